/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The bed agent's less common offloads: EtherTypes of VLAN tags, offloads of a queue, buffer split.
 */

#include <errno.h>
#include <rte_cycles.h>
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

/* An RX queue that splits: headers "proto_hdr" from "hdr_pool", the rest from "pool". */
static int
cmd_rxq_split(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_mempool *hdr = agent_pool(c, request_str(c, "hdr_pool"));
	struct rte_mempool *rest = agent_pool(c, request_str(c, "pool"));
	union rte_eth_rxseg segs[2] = { { .split = { .mp = hdr } }, { .split = { .mp = rest } } };
	struct rte_eth_dev_info info;
	struct rte_eth_rxconf conf;
	int ret;

	segs[0].split.proto_hdr = (uint32_t)request_uint_or(c, "proto_hdr", 0, 0, UINT32_MAX);
	segs[0].split.length = (uint16_t)request_uint_or(c, "hdr_length", 0, 0, UINT16_MAX);
	segs[1].split.length = (uint16_t)request_uint_or(c, "length", 0, 0, UINT16_MAX);
	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	conf = info.default_rxconf;
	conf.rx_seg = segs;
	conf.rx_nseg = RTE_DIM(segs);
	conf.offloads = RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT;
	ret = rte_eth_rx_queue_setup(port, queue, 64, SOCKET_ID_ANY, &conf, NULL);
	return request_ret(c, ret, "rte_eth_rx_queue_setup");
}

/* The header types that may be split off. */
static int
cmd_split_hdrs(struct request *c)
{
	uint16_t port = agent_port(c);
	json_t *list = json_array();
	uint32_t ptypes[32];
	int n = rte_eth_buffer_split_get_supported_hdr_ptypes(port, ptypes, RTE_DIM(ptypes));

	for (int i = 0; i < n && i < (int)RTE_DIM(ptypes); i++)
		json_array_append_new(list, json_integer(ptypes[i]));
	request_put(c, "ptypes", list);
	return request_ret(c, n, "rte_eth_buffer_split_get_supported_hdr_ptypes");
}

/* Bytes of each segment of the next frame on queue 0, and of which pool it is. */
static int
cmd_rx_segments(struct request *c)
{
	uint16_t port = agent_port(c);
	static uint8_t copy[AGENT_MAX_FRAME];
	struct rte_mbuf *m = NULL;
	json_t *lens = json_array(), *pools = json_array();

	for (unsigned int ms = 0; ms < 2000 && rte_eth_rx_burst(port, 0, &m, 1) == 0; ms++)
		rte_delay_us_sleep(1000);
	if (m == NULL)
		return request_fail(c, -ETIMEDOUT, "no frame came");
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next) {
		json_array_append_new(lens, json_integer(s->data_len));
		json_array_append_new(pools, json_string(s->pool->name));
	}
	request_put(c, "lens", lens);
	request_put(c, "pools", pools);
	request_put_uint(c, "nb_segs", m->nb_segs);
	request_put_uint(c, "pkt_len", m->pkt_len);
	if (m->pkt_len <= sizeof(copy)) {
		const void *data = rte_pktmbuf_read(m, 0, m->pkt_len, copy);

		request_put(c, "data", data == NULL ? json_null() : agent_hex(data, m->pkt_len));
	}
	rte_pktmbuf_free(m);
	return 0;
}

const struct request_command agent_offload_commands[] = {
	{ "vlan_tpid", cmd_vlan_tpid, "port type tpid" },
	{ "rxq_offloads", cmd_rxq_offloads, "port queue" },
	{ "rxq_split", cmd_rxq_split, "port queue hdr_pool pool proto_hdr hdr_length length" },
	{ "split_hdrs", cmd_split_hdrs, "port" },
	{ "rx_segments", cmd_rx_segments, "port" },
	{ NULL, NULL, NULL },
};
