/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What telemetry's commands show of a port. */

#ifndef ORIEL_TELEMETRY_SHOW_H
#define ORIEL_TELEMETRY_SHOW_H

#include <rte_telemetry.h>

#include "adapter.h"

/**
 * Each fills a dictionary that was begun. The caller holds the port's control lock.
 *
 * @param args
 *   What follows the port in the command, NULL if nothing does.
 * @return
 *   0; -EINVAL for arguments that are not accepted (logged), -ENODEV.
 */
typedef int (*oriel_show_t)(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);

int oriel_show_info(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_rxq(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_txq(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_path(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_contexts(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_filters(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_interrupts(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_errors(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);
int oriel_show_dma(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d);

/** A whole decimal number up to max; *rest what follows its comma, NULL if none does. */
int oriel_show_number(const char *text, unsigned int max, unsigned int *value, const char **rest);

#endif /* ORIEL_TELEMETRY_SHOW_H */
