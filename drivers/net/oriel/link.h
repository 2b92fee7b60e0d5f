/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The link: speeds, coming up and going down, its state. */

#ifndef ORIEL_LINK_H
#define ORIEL_LINK_H

#include "adapter.h"

/* hw_ops by register */
int oriel_link_start(struct oriel_adapter *ad, uint32_t link_speeds);
int oriel_link_stop(struct oriel_adapter *ad);
int oriel_link_get(struct oriel_adapter *ad, struct rte_eth_link *link);

/** RTE_ETH_LINK_SPEED_* that the media can do, without RTE_ETH_LINK_SPEED_FIXED. */
uint32_t oriel_link_speed_capa(const struct oriel_adapter *ad);

/** 0 if link_speeds can be done, else -EINVAL and a log line that says why. */
int oriel_link_check_speeds(const struct oriel_adapter *ad, uint32_t link_speeds);

/* dev_ops; link_update() returns 0 if the link is not what it was, -1 if it is */
int oriel_link_update(struct rte_eth_dev *dev, int wait_to_complete);
int oriel_link_set_up(struct rte_eth_dev *dev);
int oriel_link_set_down(struct rte_eth_dev *dev);

#endif /* ORIEL_LINK_H */
