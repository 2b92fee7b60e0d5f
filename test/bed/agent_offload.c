/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The bed agent's less common offloads: EtherTypes of VLAN tags, offloads of a queue. */

#include <errno.h>
#include <string.h>

#include "agent.h"

static int
cmd_vlan_tpid(struct request *c)
{
	uint16_t port = agent_port(c);
	uint16_t tpid = (uint16_t)request_uint(c, "tpid", 0, UINT16_MAX);
	uint64_t type = request_uint(c, "type", 0, UINT8_MAX);

	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_set_vlan_ether_type(port, (enum rte_vlan_type)type, tpid),
		"rte_eth_dev_set_vlan_ether_type");
}

/* What an RX queue's configuration says of its offloads now. */
static int
cmd_rxq_offloads(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_rxq_info info = { .mp = NULL };
	json_t *list;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_info_get(port, queue, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_rx_queue_info_get");
	list = json_array();
	for (unsigned int i = 0; i < 64; i++)
		if (info.conf.offloads & RTE_BIT64(i))
			json_array_append_new(
				list, json_string(rte_eth_dev_rx_offload_name(RTE_BIT64(i))));
	request_put(c, "offloads", list);
	return 0;
}

const struct request_command agent_offload_commands[] = {
	{ "vlan_tpid", cmd_vlan_tpid, "port type tpid" },
	{ "rxq_offloads", cmd_rxq_offloads, "port queue" },
	{ NULL, NULL, NULL },
};
