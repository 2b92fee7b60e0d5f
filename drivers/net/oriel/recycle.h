/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Recycling of mbufs from TX to RX queues; in DPDK since 23.11, see compat.h. */

#ifndef ORIEL_RECYCLE_H
#define ORIEL_RECYCLE_H

#include "queue.h"

/** dev_ops */
void oriel_recycle_rxq_info_get(
	struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_recycle_rxq_info *info);

/**
 * Moves what the oldest RS covers into the mbuf ring of an RX queue, if the device is through
 * with it and all of it are single mbufs of that queue's pool that nobody else holds.
 *
 * @return
 *   Mbufs moved, 0 if it does not go: then the bursts reclaim as ever.
 */
uint16_t oriel_recycle_tx_mbufs_reuse(void *txq, struct rte_eth_recycle_rxq_info *info);

/** Posts nb mbufs that were put into the mbuf ring from refill_head on. */
void oriel_recycle_rx_descriptors_refill(void *rxq, uint16_t nb);

#endif /* ORIEL_RECYCLE_H */
