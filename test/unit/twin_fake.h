/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Stands in for the twin's host side in unit tests of its wires: ports, counters, log. */

#ifndef TWIN_FAKE_H
#define TWIN_FAKE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../twin/wire.h"

struct twin_config twin_cfg;
struct twin_port twin_ports[TWIN_MAX_PORTS];

static struct twin_counters fake_counters[TWIN_MAX_PORTS];
static char fake_log[1024]; /* the last line of twin_log() */
static unsigned int fake_logged;

void
twin_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_log, sizeof(fake_log), fmt, ap);
	va_end(ap);
	fake_logged++;
}

bool twin_flush_on;

void
twin_flush_lines(const void *at, uint32_t len)
{
	(void)at;
	(void)len;
}

static uint64_t fake_now_ns = 1;

uint64_t
twin_now_ns(void)
{
	return fake_now_ns;
}

/* A port with the wire of that kind, not opened yet. */
static struct twin_port *
fake_port(unsigned int index, enum twin_wire_kind kind, enum twin_fifo_policy fifo)
{
	struct twin_port *p = &twin_ports[index];
	struct twin_wire_config *w = &twin_cfg.port[index].wire;

	memset(p, 0, sizeof(*p));
	memset(w, 0, sizeof(*w));
	memset(&fake_counters[index], 0, sizeof(fake_counters[index]));
	fake_log[0] = '\0';
	fake_logged = 0;
	w->kind = kind;
	w->fifo = fifo;
	w->port = index;
	w->repeat = 1;
	p->index = index;
	p->cfg = &twin_cfg.port[index];
	p->cnt = &fake_counters[index];
	return p;
}

/* The seed of random tests: ORIEL_TEST_SEED, or the clock. Printed, to be given again. */
static inline void
fake_seed(void)
{
	const char *text = getenv("ORIEL_TEST_SEED");
	unsigned int seed = text != NULL ? (unsigned int)strtoul(text, NULL, 0) :
					   (unsigned int)time(NULL);

	printf("# ORIEL_TEST_SEED=%u\n", seed);
	srand(seed);
}

/* Bytes that tell one frame from any other, and a shifted one from itself. */
static inline void
fake_frame(uint8_t *frame, uint32_t len, uint32_t id)
{
	uint32_t x = id * 2654435761u + 1;

	for (uint32_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		frame[i] = (uint8_t)(x >> 24);
	}
	/* A frame's first bytes are its number, where there is room for it. */
	if (len >= sizeof(id))
		memcpy(frame, &id, sizeof(id));
}

#endif /* TWIN_FAKE_H */
