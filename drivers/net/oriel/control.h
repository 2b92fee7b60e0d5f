/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * dev_ops under the port's control lock. Telemetry asks from threads of its own: what it looks
 * at, and what a self-test has to itself, must not change meanwhile. ethdev leaves it to the
 * application that its own calls do not meet; here are those that must not meet telemetry's.
 */

#ifndef ORIEL_CONTROL_H
#define ORIEL_CONTROL_H

#include <rte_dev_info.h>

#include "adapter.h"

/** Makes the lock; once, at probe of the primary process. */
int oriel_control_init(struct oriel_adapter *ad);
void oriel_control_lock(struct oriel_adapter *ad);
void oriel_control_unlock(struct oriel_adapter *ad);

/* dev_ops; each is oriel_<name>() with the lock held. */
int oriel_control_dev_configure(struct rte_eth_dev *dev);
int oriel_control_dev_start(struct rte_eth_dev *dev);
int oriel_control_dev_stop(struct rte_eth_dev *dev);
int oriel_control_dev_close(struct rte_eth_dev *dev);
int oriel_control_dev_reset(struct rte_eth_dev *dev);
int oriel_control_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp);
int oriel_control_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf);
void oriel_control_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
void oriel_control_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_control_set_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info);
int oriel_control_get_module_info(struct rte_eth_dev *dev, struct rte_eth_dev_module_info *info);
int oriel_control_get_module_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info);
int oriel_control_led_on(struct rte_eth_dev *dev);
int oriel_control_led_off(struct rte_eth_dev *dev);

#endif /* ORIEL_CONTROL_H */
