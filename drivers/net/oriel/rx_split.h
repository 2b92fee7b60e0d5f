/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Buffer split: the device puts the headers of some packets into buffers of another pool
 * (SRRCTL.DESCTYPE header split). A descriptor then has two buffers. The row that takes them
 * is chosen for ports with such queues alone.
 */

#ifndef ORIEL_RX_SPLIT_H
#define ORIEL_RX_SPLIT_H

#include "queue.h"

/**
 * The burst for ports with queues that split; a queue that does not is served as by the
 * scattered one. A packet whose headers were cut off is a chain that begins with them, one of
 * headers alone is a single mbuf; all others come from the queue's second pool, whole.
 */
uint16_t oriel_rx_burst_split(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_RX_SPLIT_H */
