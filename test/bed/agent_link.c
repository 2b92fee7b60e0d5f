/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The bed agent's link settings: flow control, and what queues may send at most. */

#include <stdlib.h>
#include <string.h>

#include "agent.h"

static const char *const fc_modes[] = {
	[RTE_ETH_FC_NONE] = "none",
	[RTE_ETH_FC_RX_PAUSE] = "rx",
	[RTE_ETH_FC_TX_PAUSE] = "tx",
	[RTE_ETH_FC_FULL] = "full",
};

static int
cmd_fc_get(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_fc_conf conf = { 0 };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_flow_ctrl_get(port, &conf);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_flow_ctrl_get");
	request_put(c, "mode",
		json_string(conf.mode < RTE_DIM(fc_modes) ? fc_modes[conf.mode] : "unknown"));
	request_put_uint(c, "high", conf.high_water);
	request_put_uint(c, "low", conf.low_water);
	request_put_uint(c, "pause_time", conf.pause_time);
	request_put(c, "xon", json_boolean(conf.send_xon != 0));
	request_put(c, "forward", json_boolean(conf.mac_ctrl_frame_fwd != 0));
	request_put(c, "autoneg", json_boolean(conf.autoneg != 0));
	return 0;
}

/* What is not given stays as the port has it; "mode" is one of fc_modes, or a number. */
static int
cmd_fc_set(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_fc_conf conf = { 0 };
	const char *mode = request_str_or(c, "mode", NULL);

	if (request_bad(c))
		return c->bad;
	if (rte_eth_dev_flow_ctrl_get(port, &conf) != 0)
		conf = (struct rte_eth_fc_conf){ .autoneg = 1 };
	conf.high_water = (uint32_t)request_uint_or(c, "high", conf.high_water, 0, UINT32_MAX);
	conf.low_water = (uint32_t)request_uint_or(c, "low", conf.low_water, 0, UINT32_MAX);
	conf.pause_time = (uint16_t)request_uint_or(
		c, "pause_time", conf.pause_time, 0, UINT16_MAX);
	conf.send_xon = request_bool(c, "xon", conf.send_xon != 0);
	conf.mac_ctrl_frame_fwd = request_bool(c, "forward", conf.mac_ctrl_frame_fwd != 0);
	conf.autoneg = request_bool(c, "autoneg", conf.autoneg != 0);
	for (unsigned int i = 0; mode != NULL && i < RTE_DIM(fc_modes); i++)
		if (strcmp(mode, fc_modes[i]) == 0)
			conf.mode = (enum rte_eth_fc_mode)i;
	if (mode != NULL && mode[0] >= '0' && mode[0] <= '9')
		conf.mode = (enum rte_eth_fc_mode)atoi(mode);
	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_flow_ctrl_set(port, &conf), "rte_eth_dev_flow_ctrl_set");
}

static int
cmd_pfc_set(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_pfc_conf conf = { .fc = { .mode = RTE_ETH_FC_FULL } };

	conf.priority = (uint8_t)request_uint_or(c, "priority", 0, 0, UINT8_MAX);
	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_priority_flow_ctrl_set(port, &conf),
		"rte_eth_dev_priority_flow_ctrl_set");
}

/* Mb/s, 0: as fast as the link. */
static int
cmd_rate_set(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint32_t rate = (uint32_t)request_uint(c, "rate", 0, UINT32_MAX);

	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_set_queue_rate_limit(port, queue, rate), "rte_eth_set_queue_rate_limit");
}

const struct request_command agent_link_commands[] = {
	{ "fc_get", cmd_fc_get, "port" },
	{ "fc_set", cmd_fc_set, "port mode high low pause_time xon forward autoneg" },
	{ "pfc_set", cmd_pfc_set, "port priority" },
	{ "rate_set", cmd_rate_set, "port queue rate" },
	{ NULL, NULL, NULL },
};
