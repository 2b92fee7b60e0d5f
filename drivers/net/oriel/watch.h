/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The watch: notices, without traffic and without interrupts, that the device has gone, that
 * somebody else reset it, that its DMA engine is out of step, and that a TX queue hangs. It looks
 * once in a period, in EAL's interrupt thread, from start to stop; bursts do nothing for it.
 *
 * The application is told once per incident, in that thread: RTE_ETH_EVENT_INTR_RMV (if it asked
 * with intr_conf.rmv) for a device that has gone, RTE_ETH_EVENT_INTR_RESET for one that needs
 * rte_eth_dev_reset(). A callback may stop, reset, start or close the port.
 */

#ifndef ORIEL_WATCH_H
#define ORIEL_WATCH_H

#include "adapter.h"

/** Periods in ms: 0 (off) or from MIN to MAX. */
#define ORIEL_WATCH_MS_DEFAULT 1000u
#define ORIEL_WATCH_MS_MIN 10u
#define ORIEL_WATCH_MS_MAX 10000u
/** A TX queue hangs after so many whole periods without progress. */
#define ORIEL_WATCH_STILL_PERIODS 2u

/** Begins a new incident-free life: last step of dev_start. */
void oriel_watch_start(struct rte_eth_dev *dev);

/** Ends the watch and waits for a look that is under way: first step of dev_stop. */
void oriel_watch_stop(struct rte_eth_dev *dev);

/** Waits for a look at the queues: whoever frees a queue that is stopped calls this first. */
void oriel_watch_sync(struct oriel_adapter *ad);

/**
 * The device has gone: doorbells go nowhere, the link is down, the application is told. Only in
 * EAL's interrupt thread; the port may be closed when it returns.
 */
void oriel_watch_lost(struct rte_eth_dev *dev);

/** What the interrupt's causes (ORIEL_INTR_CAUSE_RESET, _DMA) tell; as above. */
void oriel_watch_fault(struct rte_eth_dev *dev, uint32_t causes);

/**
 * The device will be reset while the port runs, and the caller tells the application itself: no
 * incident until the next start. In any thread.
 */
void oriel_watch_told(struct oriel_adapter *ad);

/** Counters have one writer at a time, but readers and a reset in other threads. */
static inline void
oriel_watch_count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

#endif /* ORIEL_WATCH_H */
