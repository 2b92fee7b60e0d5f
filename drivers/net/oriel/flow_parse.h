/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* From rte_flow's attributes, items and actions to a rule of the hardware. */

#ifndef ORIEL_FLOW_PARSE_H
#define ORIEL_FLOW_PARSE_H

#include "compat.h"
#include "flow_rule.h"

/**
 * Parses a rule. Touches neither the device nor the port's rules.
 *
 * @param nb_queues
 *   RX queues of the port.
 * @param[out] rule
 *   The rule, all of it written; undefined after an error.
 * @param[out] error
 *   After an error what is wrong: `cause` is the struct that it is in (the attributes, the
 *   item, its spec, mask or last, the action or its configuration), `message` says what the
 *   hardware has instead. May not be NULL.
 * @return
 *   0; -EINVAL for what makes no sense, -ENOTSUP for what the 82576 cannot do.
 */
int oriel_flow_parse(uint16_t nb_queues, const struct rte_flow_attr *attr,
	const struct rte_flow_item items[], const struct rte_flow_action actions[],
	struct oriel_flow_rule *rule, struct rte_flow_error *error);

#endif /* ORIEL_FLOW_PARSE_H */
