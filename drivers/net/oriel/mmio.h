/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Register access: one 32-bit load or store each, waits with a bound, and the
 * detection of a device that has gone. A value read is untrusted: callers mask it.
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
	volatile uint8_t *base; /* BAR0, ORIEL_BAR0_SIZE bytes */
	/*
	 * Set once a register that cannot be all-ones read so. From then on the BAR is
	 * left alone: reads give all-ones, writes are dropped. EAL repeats the faulting
	 * access for ever when the kernel has taken the mapping away.
	 */
	bool gone;
};

/**
 * Reads a register. All-ones is looked into: STATUS has reserved bits that read 0, so
 * STATUS reading all-ones too means that the device left the bus.
 */
static inline uint32_t
oriel_rd32(struct oriel_mmio *m, uint32_t off)
{
	uint32_t val;

	if (unlikely(m->gone))
		return ORIEL_ALL_ONES;
	val = rte_le_to_cpu_32(rte_read32(m->base + off));
	if (unlikely(val == ORIEL_ALL_ONES)) {
		if (off == ORIEL_STATUS || rte_read32(m->base + ORIEL_STATUS) == ORIEL_ALL_ONES)
			m->gone = true;
	}
	return val;
}

static inline void
oriel_wr32(struct oriel_mmio *m, uint32_t off, uint32_t val)
{
	if (unlikely(m->gone))
		return;
	rte_write32(rte_cpu_to_le_32(val), m->base + off);
}

/** Pushes posted writes out by a read. */
static inline void
oriel_flush(struct oriel_mmio *m)
{
	oriel_rd32(m, ORIEL_STATUS);
}

static inline void
oriel_set32(struct oriel_mmio *m, uint32_t off, uint32_t bits)
{
	oriel_wr32(m, off, oriel_rd32(m, off) | bits);
}

static inline void
oriel_clear32(struct oriel_mmio *m, uint32_t off, uint32_t bits)
{
	oriel_wr32(m, off, oriel_rd32(m, off) & ~bits);
}

/**
 * Waits until (register & mask) == want.
 *
 * @param interval_us
 *   Microseconds between two looks.
 * @param tries
 *   Number of looks, at least one is made.
 * @return
 *   0, -ETIMEDOUT after the last look, -ENODEV if the device has gone.
 */
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
		rte_delay_us_sleep(interval_us);
	}
}

#endif /* ORIEL_MMIO_H */
