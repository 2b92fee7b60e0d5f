/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * rte_flow: the rules of a port. They are kept in the adapter and live as long as the port:
 * over stops, starts and resets.
 */

#ifndef ORIEL_FLOW_H
#define ORIEL_FLOW_H

#include "adapter.h"

/** No rules yet; to be called once, before anything else of this part. */
void oriel_flow_init(struct oriel_adapter *ad);

/**
 * Before a start, and before anything is changed: whether the port still has the queues that
 * the rules lead to.
 *
 * @return
 *   0; -EINVAL, and the log names each rule that leads nowhere.
 */
int oriel_flow_check_queues(struct rte_eth_dev *dev);

/** At a start: the rules' part of ad->rss_rule, made anew from what the port has now. */
void oriel_flow_restore(struct oriel_adapter *ad);

/* dev_op */
int oriel_flow_ops_get(struct rte_eth_dev *dev, const struct rte_flow_ops **ops);

#endif /* ORIEL_FLOW_H */
