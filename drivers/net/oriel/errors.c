/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The last warnings and errors of each port. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_config.h>
#include <rte_spinlock.h>

#include "errors.h"

static struct {
	struct oriel_error entry[ORIEL_NB_ERRORS];
	uint64_t total;
} kept[RTE_MAX_ETHPORTS];
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;

void
oriel_errors_note(uint32_t level, const char *fmt, ...)
{
	struct oriel_error new = { .level = level };
	struct timespec now = { 0 };
	unsigned int port;
	va_list args;

	va_start(args, fmt);
	vsnprintf(new.text, sizeof(new.text), fmt, args);
	va_end(args);
	if (sscanf(new.text, "port %u:", &port) != 1 || port >= RTE_MAX_ETHPORTS)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	new.time_ms = (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	rte_spinlock_lock(&lock);
	new.number = ++kept[port].total;
	kept[port].entry[(new.number - 1) % ORIEL_NB_ERRORS] = new;
	rte_spinlock_unlock(&lock);
}

unsigned int
oriel_errors_get(uint16_t port_id, struct oriel_error *out, uint64_t *total)
{
	unsigned int i, n;

	*total = 0;
	if (port_id >= RTE_MAX_ETHPORTS)
		return 0;
	rte_spinlock_lock(&lock);
	*total = kept[port_id].total;
	n = RTE_MIN(*total, (uint64_t)ORIEL_NB_ERRORS);
	for (i = 0; i < n; i++)
		out[i] = kept[port_id].entry[(*total - n + i) % ORIEL_NB_ERRORS];
	rte_spinlock_unlock(&lock);
	return n;
}

void
oriel_errors_forget(uint16_t port_id)
{
	if (port_id >= RTE_MAX_ETHPORTS)
		return;
	rte_spinlock_lock(&lock);
	memset(&kept[port_id], 0, sizeof(kept[port_id]));
	rte_spinlock_unlock(&lock);
}
