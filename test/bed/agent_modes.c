/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's receive modes: promiscuous, addresses, VLANs, MTU, RSS, packet types.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define MAX_MC_ADDRS 256
#define MAX_RETA 512

static const struct agent_flag vlan_offloads[] = {
	{ RTE_ETH_VLAN_STRIP_OFFLOAD, "strip" },
	{ RTE_ETH_VLAN_FILTER_OFFLOAD, "filter" },
	{ RTE_ETH_VLAN_EXTEND_OFFLOAD, "extend" },
	{ RTE_ETH_QINQ_STRIP_OFFLOAD, "qinq-strip" },
	{ 0, NULL },
};

/* A switch with its reading: {"on": bool} sets it, the reply tells how it is. */
static int
switch_command(struct request *c, int (*enable)(uint16_t), int (*disable)(uint16_t),
	int (*get)(uint16_t), const char *what)
{
	uint16_t port = agent_port(c);
	bool set = json_object_get(c->req, "on") != NULL, on = request_bool(c, "on", false);
	int ret = 0;

	if (request_bad(c))
		return c->bad;
	if (set)
		ret = on ? enable(port) : disable(port);
	request_put(c, "on", json_boolean(get(port) == 1));
	return request_ret(c, ret, what);
}

static int
cmd_promisc(struct request *c)
{
	return switch_command(c, rte_eth_promiscuous_enable, rte_eth_promiscuous_disable,
		rte_eth_promiscuous_get, "promiscuous mode");
}

static int
cmd_allmulti(struct request *c)
{
	return switch_command(c, rte_eth_allmulticast_enable, rte_eth_allmulticast_disable,
		rte_eth_allmulticast_get, "allmulticast mode");
}

/* ---- addresses ---- */

static void
get_mac(struct request *c, const char *text, struct rte_ether_addr *mac)
{
	if (!request_bad(c) && rte_ether_unformat_addr(text, mac) != 0)
		c->bad = request_fail(c, -EINVAL, "'%.40s' is no MAC address", text);
}

static int
cmd_mac_add(struct request *c)
{
	uint16_t port = agent_port(c);
	uint32_t pool = (uint32_t)request_uint_or(c, "pool", 0, 0, UINT32_MAX);
	struct rte_ether_addr mac;

	get_mac(c, request_str(c, "mac"), &mac);
	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_dev_mac_addr_add(port, &mac, pool), "rte_eth_dev_mac_addr_add");
}

static int
cmd_mac_remove(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_ether_addr mac;

	get_mac(c, request_str(c, "mac"), &mac);
	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_dev_mac_addr_remove(port, &mac), "rte_eth_dev_mac_addr_remove");
}

static int
cmd_mac_set(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_ether_addr mac;

	get_mac(c, request_str(c, "mac"), &mac);
	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_default_mac_addr_set(port, &mac),
		"rte_eth_dev_default_mac_addr_set");
}

static int
cmd_mc_list(struct request *c)
{
	uint16_t port = agent_port(c);
	json_t *list = json_object_get(c->req, "macs"), *item;
	struct rte_ether_addr macs[MAX_MC_ADDRS];
	size_t i, n = json_array_size(list);

	if (n > MAX_MC_ADDRS)
		return request_fail(c, -EINVAL, "%zu addresses, at most %d", n, MAX_MC_ADDRS);
	json_array_foreach(list, i, item)
		get_mac(c, json_is_string(item) ? json_string_value(item) : "", &macs[i]);
	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_set_mc_addr_list(port, macs, (uint32_t)n),
		"rte_eth_dev_set_mc_addr_list");
}

static int
cmd_uta(struct request *c)
{
	uint16_t port = agent_port(c);
	uint8_t on = request_bool(c, "on", true);
	struct rte_ether_addr mac;

	get_mac(c, request_str(c, "mac"), &mac);
	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_dev_uc_hash_table_set(port, &mac, on), "rte_eth_dev_uc_hash_table_set");
}

/* ---- VLAN ---- */

static int
cmd_vlan_filter(struct request *c)
{
	uint16_t port = agent_port(c);
	uint16_t vlan = (uint16_t)request_uint(c, "vlan", 0, UINT16_MAX);
	int on = request_bool(c, "on", true);

	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_vlan_filter(port, vlan, on), "rte_eth_dev_vlan_filter");
}

/* {"modes": [...]} sets them, all others go off; the reply has those in force. */
static int
cmd_vlan_offload(struct request *c)
{
	uint16_t port = agent_port(c);
	int mask = (int)agent_flags(c, c->req, "modes", vlan_offloads), now, ret = 0;

	if (request_bad(c))
		return c->bad;
	if (json_object_get(c->req, "modes") != NULL)
		ret = rte_eth_dev_set_vlan_offload(port, mask);
	now = rte_eth_dev_get_vlan_offload(port);
	request_put(c, "modes", agent_flags_to_json(vlan_offloads, now > 0 ? (uint64_t)now : 0));
	return request_ret(c, ret, "rte_eth_dev_set_vlan_offload");
}

static int
cmd_vlan_strip_queue(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	int on = request_bool(c, "on", true);

	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eth_dev_set_vlan_strip_on_queue(port, queue, on),
		"rte_eth_dev_set_vlan_strip_on_queue");
}

static int
cmd_mtu(struct request *c)
{
	uint16_t port = agent_port(c), now = 0;
	uint16_t mtu = (uint16_t)request_uint_or(c, "mtu", 0, 0, UINT16_MAX);
	int ret = 0;

	if (request_bad(c))
		return c->bad;
	if (json_object_get(c->req, "mtu") != NULL)
		ret = rte_eth_dev_set_mtu(port, mtu);
	if (rte_eth_dev_get_mtu(port, &now) == 0)
		request_put_uint(c, "mtu", now);
	return request_ret(c, ret, "rte_eth_dev_set_mtu");
}

/* ---- RSS ---- */

static int
cmd_reta_get(struct request *c)
{
	uint16_t port = agent_port(c);
	uint16_t size = (uint16_t)request_uint(c, "size", 0, MAX_RETA);
	struct rte_eth_rss_reta_entry64 reta[MAX_RETA / RTE_ETH_RETA_GROUP_SIZE];
	json_t *list;
	int ret;

	if (request_bad(c))
		return c->bad;
	memset(reta, 0, sizeof(reta));
	for (size_t i = 0; i < RTE_DIM(reta); i++)
		reta[i].mask = UINT64_MAX;
	ret = rte_eth_dev_rss_reta_query(port, reta, size);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_rss_reta_query");
	list = json_array();
	for (unsigned int i = 0; i < size; i++)
		json_array_append_new(list,
			json_integer(reta[i / RTE_ETH_RETA_GROUP_SIZE]
					     .reta[i % RTE_ETH_RETA_GROUP_SIZE]));
	request_put(c, "reta", list);
	return 0;
}

/* {"reta": [queue or null, ...]}: entries of null keep what they have. */
static int
cmd_reta_set(struct request *c)
{
	uint16_t port = agent_port(c);
	json_t *list = json_object_get(c->req, "reta"), *item;
	struct rte_eth_rss_reta_entry64 reta[MAX_RETA / RTE_ETH_RETA_GROUP_SIZE];
	size_t i, n = json_array_size(list);

	if (request_bad(c))
		return c->bad;
	if (n == 0 || n > MAX_RETA)
		return request_fail(c, -EINVAL, "'reta': 1 to %d entries are wanted", MAX_RETA);
	memset(reta, 0, sizeof(reta));
	json_array_foreach(list, i, item)
	{
		struct rte_eth_rss_reta_entry64 *e = &reta[i / RTE_ETH_RETA_GROUP_SIZE];

		if (!json_is_integer(item))
			continue;
		e->mask |= RTE_BIT64(i % RTE_ETH_RETA_GROUP_SIZE);
		e->reta[i % RTE_ETH_RETA_GROUP_SIZE] = (uint16_t)json_integer_value(item);
	}
	return request_ret(c, rte_eth_dev_rss_reta_update(port, reta, (uint16_t)n),
		"rte_eth_dev_rss_reta_update");
}

static int
cmd_rss_get(struct request *c)
{
	uint16_t port = agent_port(c);
	uint8_t key[128] = { 0 };
	struct rte_eth_rss_conf conf = { .rss_key = key };
	int ret;

	conf.rss_key_len = (uint8_t)request_uint_or(c, "key_len", 40, 0, sizeof(key));
	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_rss_hash_conf_get(port, &conf);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_rss_hash_conf_get");
	request_put(c, "types", agent_flags_to_json(agent_rss_types, conf.rss_hf));
	request_put_uint(c, "key_len", conf.rss_key_len);
	request_put(c, "key", agent_hex(key, RTE_MIN(conf.rss_key_len, sizeof(key))));
	return 0;
}

static int
cmd_rss_set(struct request *c)
{
	uint16_t port = agent_port(c);
	uint8_t key[255];
	struct rte_eth_rss_conf conf = { 0 };

	conf.rss_hf = agent_flags(c, c->req, "types", agent_rss_types);
	conf.rss_key_len = (uint8_t)agent_hex_or(c, "key", key, sizeof(key));
	if (conf.rss_key_len != 0)
		conf.rss_key = key;
	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_dev_rss_hash_update(port, &conf), "rte_eth_dev_rss_hash_update");
}

static int
cmd_ptypes_set(struct request *c)
{
	uint16_t port = agent_port(c);
	uint32_t mask = (uint32_t)request_uint(c, "mask", 0, UINT32_MAX);
	uint32_t set[64];

	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, rte_eth_dev_set_ptypes(port, mask, set, RTE_DIM(set)), "rte_eth_dev_set_ptypes");
}

const struct request_command agent_mode_commands[] = {
	{ "promisc", cmd_promisc, "port on" },
	{ "allmulti", cmd_allmulti, "port on" },
	{ "mac_add", cmd_mac_add, "port mac pool" },
	{ "mac_remove", cmd_mac_remove, "port mac" },
	{ "mac_set", cmd_mac_set, "port mac" },
	{ "mc_list", cmd_mc_list, "port macs" },
	{ "uta", cmd_uta, "port mac on" },
	{ "vlan_filter", cmd_vlan_filter, "port vlan on" },
	{ "vlan_offload", cmd_vlan_offload, "port modes" },
	{ "vlan_strip_queue", cmd_vlan_strip_queue, "port queue on" },
	{ "mtu", cmd_mtu, "port mtu" },
	{ "reta_get", cmd_reta_get, "port size" },
	{ "reta_set", cmd_reta_set, "port reta" },
	{ "rss_get", cmd_rss_get, "port key_len" },
	{ "rss_set", cmd_rss_set, "port types key" },
	{ "ptypes_set", cmd_ptypes_set, "port mask" },
	{ NULL, NULL, NULL },
};
