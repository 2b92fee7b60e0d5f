/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The filters that choose an RX queue: who has which, and their registers. */

#ifndef ORIEL_FLOW_HW_H
#define ORIEL_FLOW_HW_H

#include "adapter.h"

/**
 * Takes a 5-tuple filter (FTQF and its sisters of the same index) from the rules: its registers
 * are then the caller's, and oriel_flow_hw_set() leaves them alone. A rule that has it moves to
 * a free one.
 *
 * @return
 *   0; -EINVAL: there is no such filter, -EBUSY: it is reserved already, -ENOSPC: a rule has it
 *   and no other filter is free. After an error nothing has changed.
 */
int oriel_flow_hw_tuple_reserve(struct oriel_adapter *ad, unsigned int index);
/** Gives it back and clears it. */
void oriel_flow_hw_tuple_free(struct oriel_adapter *ad, unsigned int index);

/**
 * The same for an EtherType filter, ETQF.
 *
 * @param ethertype
 *   What the caller will match with it, CPU order: no rule for this type beside it.
 * @return
 *   As above; -EEXIST: a rule for this type is there.
 */
int oriel_flow_hw_etqf_reserve(struct oriel_adapter *ad, unsigned int index, uint16_t ethertype);
void oriel_flow_hw_etqf_free(struct oriel_adapter *ad, unsigned int index);

/**
 * A filter that neither a rule nor a reservation has. The ones that time stamping uses by
 * convention (3) are given last.
 *
 * @return
 *   Its index, -ENOSPC if all are taken.
 */
int oriel_flow_hw_find(const struct oriel_flow_table *t, enum oriel_flow_kind kind);

/**
 * Whether filters keep the order of priorities that all rules together ask for, `extra` among
 * them (NULL: none). The SYN filter stands before all 5-tuple filters or behind them, RSS
 * behind everything.
 *
 * @param[out] syn_first
 *   Where the SYN filter has to stand; may be NULL.
 */
bool oriel_flow_hw_order(
	const struct oriel_flow_table *t, const struct oriel_flow_rule *extra, bool *syn_first);

/** Programs or clears the filter of a rule and where the SYN filter stands. -ENODEV if gone. */
int oriel_flow_hw_install(struct oriel_adapter *ad, const struct rte_flow *flow);
int oriel_flow_hw_remove(struct oriel_adapter *ad, const struct rte_flow *flow);

/** hw_ops by register: all filters but the reserved ones as ad->flow says, free ones clear. */
int oriel_flow_hw_set(struct oriel_adapter *ad);

#endif /* ORIEL_FLOW_HW_H */
