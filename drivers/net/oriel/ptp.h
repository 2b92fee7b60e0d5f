/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Time synchronisation (IEEE 1588): the device's clock as nanoseconds of 64 bits, its
 * adjustment, and the stamps of sent and received PTP frames.
 */

#ifndef ORIEL_PTP_H
#define ORIEL_PTP_H

#include <time.h>

#include "adapter.h"

/**
 * Before a reset, which clears the device's clock: notes the time. After it: sets clock, filters
 * and stamps up again, the clock having gone on by the host's meanwhile. Both do nothing while
 * time synchronisation is off.
 */
void oriel_ptp_before_reset(struct oriel_adapter *ad);
void oriel_ptp_after_reset(struct oriel_adapter *ad);

/** Ends it all, for close. */
void oriel_ptp_close(struct oriel_adapter *ad);

/** Tells the port's queues whether stamps are on: after a queue was set up. */
void oriel_ptp_set_queues(struct rte_eth_dev *dev);

/*
 * dev_ops. All return 0 or a negative errno: -EINVAL for an argument out of range, when time
 * synchronisation is off (all but enable and disable) and, as DPDK has it, when there is no
 * stamp; -ENODEV if the device has gone; -EIO if it gives a time that cannot be, or stands
 * still after a reset that failed.
 */

/**
 * Starts the clock at the time of CLOCK_REALTIME, nominal frequency, and stamps for PTP version
 * 2 event messages over Ethernet and over UDP/IPv4. While it is on already: changes nothing.
 */
int oriel_timesync_enable(struct rte_eth_dev *dev);
int oriel_timesync_disable(struct rte_eth_dev *dev);
/**
 * The stamp of the one frame that was stamped last.
 *
 * @param flags
 *   Number of the stamp register, from the mbuf's `timesync`: there is one, 0.
 */
int oriel_timesync_read_rx_timestamp(
	struct rte_eth_dev *dev, struct timespec *timestamp, uint32_t flags);
int oriel_timesync_read_tx_timestamp(struct rte_eth_dev *dev, struct timespec *timestamp);
/** Moves the clock by delta nanoseconds; not before 1970 nor beyond INT64_MAX ns after it. */
int oriel_timesync_adjust_time(struct rte_eth_dev *dev, int64_t delta);
/**
 * Sets the frequency, relative to the nominal one.
 *
 * @param ppm
 *   Parts per million in steps of 2^-16, at most half of the frequency either way. The device's
 *   own step is 0.12 ppm.
 */
int oriel_timesync_adjust_freq(struct rte_eth_dev *dev, int64_t ppm);
int oriel_timesync_read_time(struct rte_eth_dev *dev, struct timespec *timestamp);
int oriel_timesync_write_time(struct rte_eth_dev *dev, const struct timespec *timestamp);
/**
 * Nanoseconds since time synchronisation was enabled: of the same clock with its frequency
 * adjusted, but neither set nor moved.
 */
int oriel_read_clock(struct rte_eth_dev *dev, uint64_t *clock);

#endif /* ORIEL_PTP_H */
