/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The device's self-test: what `ethtool -t` has on Linux. */

#ifndef ORIEL_SELFTEST_H
#define ORIEL_SELFTEST_H

#include "adapter.h"

enum oriel_selftest_result {
	ORIEL_SELFTEST_PASS,
	ORIEL_SELFTEST_FAIL,
	ORIEL_SELFTEST_SKIP, /* not run: `why` says the reason */
};

enum oriel_selftest_item {
	ORIEL_SELFTEST_LINK,
	ORIEL_SELFTEST_EEPROM,
	ORIEL_SELFTEST_REGISTERS,
	ORIEL_SELFTEST_INTERRUPT,
	ORIEL_SELFTEST_LOOPBACK,
	ORIEL_NB_SELFTEST,
};

struct oriel_selftest {
	struct {
		enum oriel_selftest_result result;
		char why[100]; /* of a failure or what was left out, else empty */
	} item[ORIEL_NB_SELFTEST];
};

extern const char *const oriel_selftest_name[ORIEL_NB_SELFTEST];

/**
 * Tests the device. Online: link and EEPROM checksum, at any time. Offline: those, registers,
 * interrupt, and frames in loopback through rings of its own; it takes some seconds (longest
 * without a link), resets the device and leaves a port as it was: stopped, its configuration
 * and counters untouched, ready to be started. The caller holds the port's control lock.
 *
 * @return
 *   0: it was run, `out` says what came of it; -EBUSY if offline is asked of a started port;
 *   -ENODEV if the device has gone, -EIO or -ETIMEDOUT if it does not come to rest afterwards.
 */
int oriel_selftest(struct rte_eth_dev *dev, bool offline, struct oriel_selftest *out);

/* ---- selftest_loop.c ---- */

/**
 * Frames of many lengths through loopback, PHY's or MAC's, with rings in memory of its own. The
 * device was reset, no queue is in use; afterwards it must be reset.
 *
 * The memory stays until oriel_selftest_loop_free(): the device may still use it.
 *
 * @return
 *   0; -EIO with the reason in `why`, -ENOMEM, -ENODEV.
 */
int oriel_selftest_loop(struct rte_eth_dev *dev, char *why, size_t size);

/** Frees the memory: after the reset, when the device does no DMA. */
void oriel_selftest_loop_free(struct rte_eth_dev *dev);

#endif /* ORIEL_SELFTEST_H */
