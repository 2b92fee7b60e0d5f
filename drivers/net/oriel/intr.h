/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Interrupts: link changes, and RX queues for applications that sleep. */

#ifndef ORIEL_INTR_H
#define ORIEL_INTR_H

#include "adapter.h"

/** Tells EAL of the handler; without interrupts in EAL the port works, but has none. */
void oriel_intr_register(struct rte_eth_dev *dev);
void oriel_intr_unregister(struct rte_eth_dev *dev);

/**
 * Sets up what dev_conf.intr_conf asks for; all causes stay masked until
 * oriel_intr_unmask().
 *
 * @return
 *   0; -ENOTSUP if the interrupts that EAL has cannot do that.
 */
int oriel_intr_start(struct rte_eth_dev *dev);
void oriel_intr_unmask(struct rte_eth_dev *dev);
void oriel_intr_stop(struct rte_eth_dev *dev);

/* hw_ops by register */
int oriel_intr_setup(struct oriel_adapter *ad);
void oriel_intr_set(struct oriel_adapter *ad, bool on);
uint32_t oriel_intr_cause(struct oriel_adapter *ad);
void oriel_intr_trigger(struct oriel_adapter *ad);
void oriel_intr_rearm(struct oriel_adapter *ad);
void oriel_intr_rxq_set(struct oriel_adapter *ad, uint16_t vector, bool on);

/* dev_ops */
int oriel_rx_queue_intr_enable(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_rx_queue_intr_disable(struct rte_eth_dev *dev, uint16_t queue_id);

#endif /* ORIEL_INTR_H */
