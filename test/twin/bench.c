/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What a bench asks of the twin besides twin_step(): frames for a port's receive side,
 * the counters, and lines that leave the caches after the device wrote them.
 */

#include <cpuid.h>
#include <immintrin.h>

#include "host.h"

#define LINE 64u
#define CLFLUSHOPT (1u << 23) /* of EBX, leaf 7 */

bool twin_flush_on;
static bool has_clflushopt;

__attribute__((target("clflushopt"))) static void
flush_unordered(uintptr_t at, uintptr_t end)
{
	for (; at < end; at += LINE)
		_mm_clflushopt((void *)at);
}

static void
flush_ordered(uintptr_t at, uintptr_t end)
{
	for (; at < end; at += LINE)
		_mm_clflush((void *)at);
}

void
twin_flush_lines(const void *at, uint32_t len)
{
	uintptr_t first = (uintptr_t)at & ~(uintptr_t)(LINE - 1);

	if (has_clflushopt)
		flush_unordered(first, (uintptr_t)at + len);
	else
		flush_ordered(first, (uintptr_t)at + len);
}

__attribute__((visibility("default"))) bool
twin_flush_written(bool on)
{
	unsigned int eax, ebx = 0, ecx, edx;
	sigset_t saved;

	if (!host_active())
		return false;
	host_enter(&saved);
	has_clflushopt = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & CLFLUSHOPT) != 0;
	twin_flush_on = on;
	host_leave(&saved);
	return true;
}

__attribute__((visibility("default"))) unsigned int
twin_inject(unsigned int port, const struct twin_frame *frames, unsigned int nb)
{
	unsigned int n = 0;
	sigset_t saved;

	if (!host_active() || port >= twin_cfg.nb_ports)
		return 0;
	host_enter(&saved);
	while (n < nb && twin_wire_inject(&twin_ports[port], frames[n].data, frames[n].len) == 0)
		n++;
	host_leave(&saved);
	return n;
}

__attribute__((visibility("default"))) const struct twin_config *
twin_config_get(void)
{
	return host_active() ? &twin_cfg : NULL;
}

__attribute__((visibility("default"))) const struct twin_counters *
twin_counters_get(unsigned int port)
{
	return host_active() && port < twin_cfg.nb_ports ? twin_ports[port].cnt : NULL;
}
