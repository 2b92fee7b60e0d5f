/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Statistics: the hardware's counters and the queues' own. */

#ifndef ORIEL_STATS_H
#define ORIEL_STATS_H

#include "adapter.h"

/** hw_ops by register: reads all counters, which clears them, and adds them up. */
int oriel_stats_read(struct oriel_adapter *ad);

/** A queue was set up anew and counts from 0. */
void oriel_stats_rxq_new(struct oriel_adapter *ad, uint16_t queue_id);
void oriel_stats_txq_new(struct oriel_adapter *ad, uint16_t queue_id);

/* dev_ops */
#if ORIEL_STATS_GET_HAS_QUEUES
int oriel_stats_get(
	struct rte_eth_dev *dev, struct rte_eth_stats *stats, struct eth_queue_stats *qstats);
#else
int oriel_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats);
#endif
int oriel_stats_reset(struct rte_eth_dev *dev);
int oriel_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int oriel_xstats_get_names(
	struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n);
int oriel_xstats_get_by_id(
	struct rte_eth_dev *dev, const uint64_t *ids, uint64_t *values, unsigned int n);
int oriel_xstats_get_names_by_id(struct rte_eth_dev *dev, const uint64_t *ids,
	struct rte_eth_xstat_name *names, unsigned int n);

#endif /* ORIEL_STATS_H */
