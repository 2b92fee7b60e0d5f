/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Takes the place of mmio.h in a test that compiles a source of the driver itself: the
 * same functions, and a test's own code behind each access.
 */

#ifndef ORIEL_MMIO_H
#define ORIEL_MMIO_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>
#include <rte_io.h>

#include "regs.h"

struct oriel_mmio {
	volatile uint8_t *base;
	bool gone;
};

/* The test's device. */
uint32_t fake_read(struct oriel_mmio *m, uint32_t off);
void fake_write(struct oriel_mmio *m, uint32_t off, uint32_t val);
/** Time that waits would have taken, us. */
extern uint64_t fake_waited_us;

static inline uint32_t
oriel_rd32(struct oriel_mmio *m, uint32_t off)
{
	uint32_t val;

	if (m->gone)
		return ORIEL_ALL_ONES;
	val = fake_read(m, off);
	if (val == ORIEL_ALL_ONES &&
		(off == ORIEL_STATUS || fake_read(m, ORIEL_STATUS) == ORIEL_ALL_ONES))
		m->gone = true;
	return val;
}

static inline void
oriel_wr32(struct oriel_mmio *m, uint32_t off, uint32_t val)
{
	if (!m->gone)
		fake_write(m, off, val);
}

static inline void
oriel_flush(struct oriel_mmio *m)
{
	oriel_rd32(m, ORIEL_STATUS);
}

static inline int
oriel_wait32(struct oriel_mmio *m, uint32_t off, uint32_t mask, uint32_t want,
	unsigned int interval_us, unsigned int tries)
{
	for (;;) {
		uint32_t val = oriel_rd32(m, off);

		if (m->gone)
			return -ENODEV;
		if ((val & mask) == want)
			return 0;
		if (tries-- <= 1)
			return -ETIMEDOUT;
		fake_waited_us += interval_us;
	}
}

#endif /* ORIEL_MMIO_H */
