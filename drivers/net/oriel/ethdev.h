/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* dev_ops of the device as a whole: configure, start, stop, close, reset, information. */

#ifndef ORIEL_ETHDEV_H
#define ORIEL_ETHDEV_H

#include "adapter.h"

int oriel_dev_configure(struct rte_eth_dev *dev);
int oriel_dev_start(struct rte_eth_dev *dev);
int oriel_dev_stop(struct rte_eth_dev *dev);
int oriel_dev_close(struct rte_eth_dev *dev);
int oriel_dev_reset(struct rte_eth_dev *dev);
int oriel_dev_is_removed(struct rte_eth_dev *dev);
int oriel_dev_infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info);
int oriel_fw_version_get(struct rte_eth_dev *dev, char *version, size_t size);
#if ORIEL_PTYPES_GET_HAS_COUNT
const uint32_t *oriel_supported_ptypes_get(struct rte_eth_dev *dev, size_t *nb);
#else
const uint32_t *oriel_supported_ptypes_get(struct rte_eth_dev *dev);
#endif

/*
 * Queue set-up as queue.h has it, and the queue's counters begin anew. Also while the port runs:
 * then a queue that needs another burst than the one that runs is refused with -EINVAL.
 */
int oriel_dev_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp);
int oriel_dev_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf);

/* Start and stop of one queue as queue.h has it, and RSS leaves queues that are stopped out. */
int oriel_dev_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_dev_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);

#endif /* ORIEL_ETHDEV_H */
