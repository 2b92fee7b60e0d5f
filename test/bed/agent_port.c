/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's ports: what they can do, configure, queues, start, stop, close, reset,
 * hotplug, link and events.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define MAX_WAIT_MS 60000u

const struct agent_flag agent_rss_types[] = {
	{ RTE_ETH_RSS_IPV4, "ipv4" },
	{ RTE_ETH_RSS_FRAG_IPV4, "ipv4-frag" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_TCP, "ipv4-tcp" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_UDP, "ipv4-udp" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_SCTP, "ipv4-sctp" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_OTHER, "ipv4-other" },
	{ RTE_ETH_RSS_IPV6, "ipv6" },
	{ RTE_ETH_RSS_FRAG_IPV6, "ipv6-frag" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_TCP, "ipv6-tcp" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_UDP, "ipv6-udp" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_SCTP, "ipv6-sctp" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_OTHER, "ipv6-other" },
	{ RTE_ETH_RSS_L2_PAYLOAD, "l2-payload" },
	{ RTE_ETH_RSS_IPV6_EX, "ipv6-ex" },
	{ RTE_ETH_RSS_IPV6_TCP_EX, "ipv6-tcp-ex" },
	{ RTE_ETH_RSS_IPV6_UDP_EX, "ipv6-udp-ex" },
	{ 0, NULL },
};

static const struct agent_flag mq_modes[] = {
	{ RTE_ETH_MQ_RX_RSS_FLAG, "rss" },
	{ RTE_ETH_MQ_RX_DCB_FLAG, "dcb" },
	{ RTE_ETH_MQ_RX_VMDQ_FLAG, "vmdq" },
	{ 0, NULL },
};

static const struct agent_flag tx_mq_modes[] = {
	{ RTE_ETH_MQ_TX_DCB, "dcb" },
	{ RTE_ETH_MQ_TX_VMDQ_DCB, "vmdq-dcb" },
	{ RTE_ETH_MQ_TX_VMDQ_ONLY, "vmdq" },
	{ 0, NULL },
};

/* ---- offloads by DPDK's own names ---- */

static json_t *
offload_names(uint64_t offloads, const char *(*name_of)(uint64_t))
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < 64; i++)
		if (offloads & RTE_BIT64(i))
			json_array_append_new(list, json_string(name_of(RTE_BIT64(i))));
	return list;
}

static uint64_t
offloads(struct request *c, const char *key, const char *(*name_of)(uint64_t))
{
	json_t *list = json_object_get(c->req, key), *item;
	uint64_t value = 0;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *name = json_is_string(item) ? json_string_value(item) : "";
		unsigned int bit = 0;

		while (bit < 64 && strcmp(name_of(RTE_BIT64(bit)), name) != 0)
			bit++;
		if (bit == 64) {
			c->bad = request_fail(c, -EINVAL, "%s: '%.60s' is no offload", key, name);
			return 0;
		}
		value |= RTE_BIT64(bit);
	}
	return value;
}

/* ---- what there is ---- */

static json_t *
mac_json(const struct rte_ether_addr *mac)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(text, sizeof(text), mac);
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'F')
			*p += 'a' - 'A';
	return json_string(text);
}

static int
cmd_ports(struct request *c)
{
	json_t *list = json_array();
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port) {
		struct rte_eth_dev_info info;
		struct rte_ether_addr mac = { 0 };
		char name[RTE_ETH_NAME_MAX_LEN] = "";
		json_t *o;

		if (rte_eth_dev_info_get(port, &info) != 0)
			continue;
		rte_eth_dev_get_name_by_port(port, name);
		rte_eth_macaddr_get(port, &mac);
		o = json_object();
		json_object_set_new(o, "port", json_integer(port));
		json_object_set_new(o, "name", json_string(name));
		json_object_set_new(o, "driver", json_string(info.driver_name));
		json_object_set_new(o, "mac", mac_json(&mac));
		json_array_append_new(list, o);
	}
	request_put(c, "ports", list);
	return 0;
}

static void
put_desc_lim(struct request *c, const char *key, const struct rte_eth_desc_lim *lim)
{
	json_t *o = json_object();

	json_object_set_new(o, "min", json_integer(lim->nb_min));
	json_object_set_new(o, "max", json_integer(lim->nb_max));
	json_object_set_new(o, "align", json_integer(lim->nb_align));
	json_object_set_new(o, "seg_max", json_integer(lim->nb_seg_max));
	json_object_set_new(o, "mtu_seg_max", json_integer(lim->nb_mtu_seg_max));
	request_put(c, key, o);
}

static int
put_ptypes(struct request *c, uint16_t port)
{
	uint32_t ptypes[256];
	int n = rte_eth_dev_get_supported_ptypes(port, RTE_PTYPE_ALL_MASK, ptypes, RTE_DIM(ptypes));
	json_t *list = json_array();
	char name[128];

	for (int i = 0; i < n && i < (int)RTE_DIM(ptypes); i++) {
		rte_get_ptype_name(ptypes[i], name, sizeof(name));
		json_array_append_new(list, json_string(name));
	}
	request_put(c, "ptypes", list);
	return 0;
}

static int
cmd_info(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_dev_info info;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	request_put(c, "driver", json_string(info.driver_name));
	request_put_uint(c, "max_rx_queues", info.max_rx_queues);
	request_put_uint(c, "max_tx_queues", info.max_tx_queues);
	request_put_uint(c, "min_mtu", info.min_mtu);
	request_put_uint(c, "max_mtu", info.max_mtu);
	request_put_uint(c, "max_rx_pktlen", info.max_rx_pktlen);
	request_put_uint(c, "min_rx_bufsize", info.min_rx_bufsize);
	request_put_uint(c, "max_mac_addrs", info.max_mac_addrs);
	request_put_uint(c, "reta_size", info.reta_size);
	request_put_uint(c, "hash_key_size", info.hash_key_size);
	request_put_uint(c, "speed_capa", info.speed_capa);
	request_put_uint(c, "dev_capa", info.dev_capa);
	request_put_uint(c, "nb_rx_queues", info.nb_rx_queues);
	request_put_uint(c, "nb_tx_queues", info.nb_tx_queues);
	request_put(c, "rx_offload_capa",
		offload_names(info.rx_offload_capa, rte_eth_dev_rx_offload_name));
	request_put(c, "tx_offload_capa",
		offload_names(info.tx_offload_capa, rte_eth_dev_tx_offload_name));
	request_put(c, "rx_queue_offload_capa",
		offload_names(info.rx_queue_offload_capa, rte_eth_dev_rx_offload_name));
	request_put(c, "tx_queue_offload_capa",
		offload_names(info.tx_queue_offload_capa, rte_eth_dev_tx_offload_name));
	request_put(
		c, "rss_types", agent_flags_to_json(agent_rss_types, info.flow_type_rss_offloads));
	put_desc_lim(c, "rx_desc_lim", &info.rx_desc_lim);
	put_desc_lim(c, "tx_desc_lim", &info.tx_desc_lim);
	return put_ptypes(c, port);
}

/* ---- configuration ---- */

static int
cmd_configure(struct request *c)
{
	/* A driver may keep the pointer until the port is started. */
	static uint8_t keys[RTE_MAX_ETHPORTS][UINT8_MAX];
	uint16_t port = agent_port(c);
	uint16_t rxq = (uint16_t)request_uint_or(c, "rxq", 1, 0, UINT16_MAX);
	uint16_t txq = (uint16_t)request_uint_or(c, "txq", 1, 0, UINT16_MAX);
	struct rte_eth_conf conf = { 0 };
	uint8_t *key = keys[port];
	int ret;

	conf.link_speeds = (uint32_t)request_uint_or(c, "link_speeds", 0, 0, UINT32_MAX);
	conf.lpbk_mode = (uint32_t)request_uint_or(c, "loopback", 0, 0, UINT32_MAX);
	conf.rxmode.mtu = (uint32_t)request_uint_or(c, "mtu", 0, 0, UINT32_MAX);
	conf.rxmode.mq_mode = (enum rte_eth_rx_mq_mode)agent_flags(c, c->req, "rx_mq", mq_modes);
	conf.txmode.mq_mode = (enum rte_eth_tx_mq_mode)agent_flags(c, c->req, "tx_mq", tx_mq_modes);
	conf.rxmode.offloads = offloads(c, "rx_offloads", rte_eth_dev_rx_offload_name);
	conf.txmode.offloads = offloads(c, "tx_offloads", rte_eth_dev_tx_offload_name);
	conf.rx_adv_conf.rss_conf.rss_hf = agent_flags(c, c->req, "rss", agent_rss_types);
	conf.rx_adv_conf.rss_conf.rss_key_len = (uint8_t)agent_hex_or(c, "rss_key", key, UINT8_MAX);
	if (conf.rx_adv_conf.rss_conf.rss_key_len != 0)
		conf.rx_adv_conf.rss_conf.rss_key = key;
	conf.intr_conf.lsc = request_bool(c, "lsc", false);
	conf.intr_conf.rxq = request_bool(c, "rxq_intr", false);
	conf.intr_conf.rmv = request_bool(c, "rmv", false);
	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_configure(port, rxq, txq, &conf);
	return request_ret(c, ret, "rte_eth_dev_configure");
}

static int
cmd_adjust_desc(struct request *c)
{
	uint16_t port = agent_port(c);
	uint16_t rx = (uint16_t)request_uint(c, "rx", 0, UINT16_MAX);
	uint16_t tx = (uint16_t)request_uint(c, "tx", 0, UINT16_MAX);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
	request_put_uint(c, "rx", rx);
	request_put_uint(c, "tx", tx);
	return request_ret(c, ret, "rte_eth_dev_adjust_nb_rx_tx_desc");
}

static int
cmd_pool_create(struct request *c)
{
	const char *name = request_str_or(c, "pool", "pool");
	unsigned int size = (unsigned int)request_uint_or(c, "size", 4095, 0, 1u << 20);
	unsigned int cache = (unsigned int)request_uint_or(
		c, "cache", 64, 0, RTE_MEMPOOL_CACHE_MAX_SIZE);
	uint16_t room = (uint16_t)request_uint_or(
		c, "data_room", RTE_MBUF_DEFAULT_BUF_SIZE, 0, UINT16_MAX);

	if (request_bad(c))
		return c->bad;
	if (rte_pktmbuf_pool_create(name, size, cache, 0, room, SOCKET_ID_ANY) == NULL)
		return request_ret(c, -rte_errno, "rte_pktmbuf_pool_create");
	return 0;
}

struct rte_mempool *
agent_pool(struct request *c, const char *name)
{
	struct rte_mempool *mp = rte_mempool_lookup(name);

	if (mp == NULL)
		c->bad = request_fail(c, -ENOENT, "there is no pool '%.60s'", name);
	return mp;
}

static int
cmd_pool_free(struct request *c)
{
	struct rte_mempool *mp = agent_pool(c, request_str_or(c, "pool", "pool"));

	if (request_bad(c))
		return c->bad;
	rte_mempool_free(mp);
	return 0;
}

/* The arguments of a threshold register: only what is given replaces the default. */
static void
get_thresholds(struct request *c, struct rte_eth_thresh *thresh)
{
	thresh->pthresh = (uint8_t)request_uint_or(c, "pthresh", thresh->pthresh, 0, UINT8_MAX);
	thresh->hthresh = (uint8_t)request_uint_or(c, "hthresh", thresh->hthresh, 0, UINT8_MAX);
	thresh->wthresh = (uint8_t)request_uint_or(c, "wthresh", thresh->wthresh, 0, UINT8_MAX);
}

static int
cmd_rxq_setup(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t nb_desc = (uint16_t)request_uint_or(c, "nb_desc", 512, 0, UINT16_MAX);
	struct rte_mempool *mp = agent_pool(c, request_str_or(c, "pool", "pool"));
	struct rte_eth_dev_info info;
	struct rte_eth_rxconf conf;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	conf = info.default_rxconf;
	get_thresholds(c, &conf.rx_thresh);
	conf.rx_free_thresh = (uint16_t)request_uint_or(
		c, "free_thresh", conf.rx_free_thresh, 0, UINT16_MAX);
	conf.rx_drop_en = request_bool(c, "drop_en", conf.rx_drop_en != 0);
	conf.rx_deferred_start = request_bool(c, "deferred", false);
	conf.offloads = offloads(c, "offloads", rte_eth_dev_rx_offload_name);
	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_setup(port, queue, nb_desc, SOCKET_ID_ANY, &conf, mp);
	return request_ret(c, ret, "rte_eth_rx_queue_setup");
}

static int
cmd_txq_setup(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t nb_desc = (uint16_t)request_uint_or(c, "nb_desc", 512, 0, UINT16_MAX);
	struct rte_eth_dev_info info;
	struct rte_eth_txconf conf;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	conf = info.default_txconf;
	get_thresholds(c, &conf.tx_thresh);
	conf.tx_free_thresh = (uint16_t)request_uint_or(
		c, "free_thresh", conf.tx_free_thresh, 0, UINT16_MAX);
	conf.tx_rs_thresh = (uint16_t)request_uint_or(
		c, "rs_thresh", conf.tx_rs_thresh, 0, UINT16_MAX);
	conf.tx_deferred_start = request_bool(c, "deferred", false);
	conf.offloads = offloads(c, "offloads", rte_eth_dev_tx_offload_name);
	if (request_bad(c))
		return c->bad;
	ret = rte_eth_tx_queue_setup(port, queue, nb_desc, SOCKET_ID_ANY, &conf);
	return request_ret(c, ret, "rte_eth_tx_queue_setup");
}

/* ---- life ---- */

static int
cmd_start(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_dev_start(port), "rte_eth_dev_start");
}

static int
cmd_stop(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad : request_ret(c, rte_eth_dev_stop(port), "rte_eth_dev_stop");
}

static int
cmd_close(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_dev_close(port), "rte_eth_dev_close");
}

static int
cmd_reset(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_dev_reset(port), "rte_eth_dev_reset");
}

static int
cmd_attach(struct request *c)
{
	const char *devargs = request_str(c, "devargs");

	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_dev_probe(devargs), "rte_dev_probe");
}

/* Takes the device out of its bus; the port, if still open, is closed with it. */
static int
cmd_detach(struct request *c)
{
	const char *bus = request_str_or(c, "bus", "pci"), *name = request_str(c, "name");

	if (request_bad(c))
		return c->bad;
	return request_ret(c, rte_eal_hotplug_remove(bus, name), "rte_eal_hotplug_remove");
}

typedef int (*queue_op)(uint16_t port, uint16_t queue);

static int
queue_command(struct request *c, queue_op op, const char *call)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);

	return request_bad(c) ? c->bad : request_ret(c, op(port, queue), call);
}

static int
cmd_rxq_start(struct request *c)
{
	return queue_command(c, rte_eth_dev_rx_queue_start, "rte_eth_dev_rx_queue_start");
}

static int
cmd_rxq_stop(struct request *c)
{
	return queue_command(c, rte_eth_dev_rx_queue_stop, "rte_eth_dev_rx_queue_stop");
}

static int
cmd_txq_start(struct request *c)
{
	return queue_command(c, rte_eth_dev_tx_queue_start, "rte_eth_dev_tx_queue_start");
}

static int
cmd_txq_stop(struct request *c)
{
	return queue_command(c, rte_eth_dev_tx_queue_stop, "rte_eth_dev_tx_queue_stop");
}

/* ---- link and events ---- */

static void
put_link(struct request *c, const struct rte_eth_link *link)
{
	request_put(c, "up", json_boolean(link->link_status == RTE_ETH_LINK_UP));
	request_put_uint(c, "speed", link->link_speed);
	request_put(c, "full_duplex", json_boolean(link->link_duplex == RTE_ETH_LINK_FULL_DUPLEX));
	request_put(c, "autoneg", json_boolean(link->link_autoneg == RTE_ETH_LINK_AUTONEG));
}

static int
cmd_link(struct request *c)
{
	uint16_t port = agent_port(c);
	bool wait = request_bool(c, "wait", false);
	struct rte_eth_link link = { 0 };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = wait ? rte_eth_link_get(port, &link) : rte_eth_link_get_nowait(port, &link);
	put_link(c, &link);
	return request_ret(c, ret, wait ? "rte_eth_link_get" : "rte_eth_link_get_nowait");
}

static int
cmd_link_wait(struct request *c)
{
	uint16_t port = agent_port(c);
	bool up = request_bool(c, "up", true);
	uint64_t ms = request_uint_or(c, "timeout_ms", 5000, 0, MAX_WAIT_MS), passed;
	struct rte_eth_link link = { 0 };
	int ret = 0;

	if (request_bad(c))
		return c->bad;
	for (passed = 0;; passed += 5) {
		ret = rte_eth_link_get_nowait(port, &link);
		if (ret != 0 || (link.link_status == RTE_ETH_LINK_UP) == up || passed >= ms)
			break;
		rte_delay_us_sleep(5000);
	}
	put_link(c, &link);
	request_put_uint(c, "ms", passed);
	if (ret == 0 && (link.link_status == RTE_ETH_LINK_UP) != up)
		return request_fail(c, -ETIMEDOUT, "the link is not %s after %" PRIu64 " ms",
			up ? "up" : "down", ms);
	return request_ret(c, ret, "rte_eth_link_get_nowait");
}

static int
cmd_link_set(struct request *c)
{
	uint16_t port = agent_port(c);
	bool up = request_bool(c, "up", true);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = up ? rte_eth_dev_set_link_up(port) : rte_eth_dev_set_link_down(port);
	return request_ret(c, ret, up ? "rte_eth_dev_set_link_up" : "rte_eth_dev_set_link_down");
}

/* Written by EAL's interrupt thread. */
struct event_counts {
	uint64_t lsc, rmv, reset;
	uint64_t link_up; /* the link's state that the last LSC callback saw */
};

static struct event_counts events[RTE_MAX_ETHPORTS];

static int
on_event(uint16_t port, enum rte_eth_event_type type, void *arg, void *ret_param)
{
	struct event_counts *e = &events[port];
	struct rte_eth_link link = { 0 };

	(void)arg;
	(void)ret_param;
	if (type == RTE_ETH_EVENT_INTR_LSC) {
		if (rte_eth_link_get_nowait(port, &link) == 0)
			__atomic_store_n(
				&e->link_up, link.link_status == RTE_ETH_LINK_UP, __ATOMIC_RELAXED);
		__atomic_add_fetch(&e->lsc, 1, __ATOMIC_RELEASE);
	} else if (type == RTE_ETH_EVENT_INTR_RMV) {
		__atomic_add_fetch(&e->rmv, 1, __ATOMIC_RELEASE);
	} else if (type == RTE_ETH_EVENT_INTR_RESET) {
		__atomic_add_fetch(&e->reset, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

int
agent_events_init(void)
{
	static const enum rte_eth_event_type types[] = { RTE_ETH_EVENT_INTR_LSC,
		RTE_ETH_EVENT_INTR_RMV, RTE_ETH_EVENT_INTR_RESET };
	int ret = 0;

	for (size_t i = 0; i < RTE_DIM(types) && ret == 0; i++)
		ret = rte_eth_dev_callback_register(RTE_ETH_ALL, types[i], on_event, NULL);
	if (ret != 0)
		fprintf(stderr, "oriel-bed-agent: rte_eth_dev_callback_register: %s\n",
			rte_strerror(-ret));
	return ret;
}

/* Event counts, after waiting until there are at least "lsc", "rmv" and "reset" of them. */
static int
cmd_events(struct request *c)
{
	uint64_t port = request_uint(c, "port", 0, RTE_MAX_ETHPORTS - 1);
	uint64_t lsc = request_uint_or(c, "lsc", 0, 0, UINT32_MAX);
	uint64_t rmv = request_uint_or(c, "rmv", 0, 0, UINT32_MAX);
	uint64_t reset = request_uint_or(c, "reset", 0, 0, UINT32_MAX);
	uint64_t ms = request_uint_or(c, "timeout_ms", 0, 0, MAX_WAIT_MS);
	struct event_counts *e;

	if (request_bad(c))
		return c->bad;
	e = &events[port];
	for (uint64_t passed = 0; passed < ms; passed += 5) {
		if (__atomic_load_n(&e->lsc, __ATOMIC_ACQUIRE) >= lsc &&
			__atomic_load_n(&e->rmv, __ATOMIC_ACQUIRE) >= rmv &&
			__atomic_load_n(&e->reset, __ATOMIC_ACQUIRE) >= reset)
			break;
		rte_delay_us_sleep(5000);
	}
	request_put_uint(c, "lsc", __atomic_load_n(&e->lsc, __ATOMIC_ACQUIRE));
	request_put_uint(c, "rmv", __atomic_load_n(&e->rmv, __ATOMIC_ACQUIRE));
	request_put_uint(c, "reset", __atomic_load_n(&e->reset, __ATOMIC_ACQUIRE));
	request_put(
		c, "link_up", json_boolean(__atomic_load_n(&e->link_up, __ATOMIC_RELAXED) != 0));
	return 0;
}

void
agent_ports_close(void)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port) {
		rte_eth_dev_stop(port);
		rte_eth_dev_close(port);
	}
}

const struct request_command agent_port_commands[] = {
	{ "ports", cmd_ports, "" },
	{ "info", cmd_info, "port" },
	{ "configure", cmd_configure,
		"port rxq txq link_speeds loopback mtu rx_mq tx_mq rx_offloads tx_offloads rss "
		"rss_key lsc rxq_intr rmv" },
	{ "adjust_desc", cmd_adjust_desc, "port rx tx" },
	{ "pool_create", cmd_pool_create, "pool size cache data_room" },
	{ "pool_free", cmd_pool_free, "pool" },
	{ "rxq_setup", cmd_rxq_setup,
		"port queue nb_desc pool pthresh hthresh wthresh free_thresh drop_en deferred "
		"offloads" },
	{ "txq_setup", cmd_txq_setup,
		"port queue nb_desc pthresh hthresh wthresh free_thresh rs_thresh deferred "
		"offloads" },
	{ "start", cmd_start, "port" },
	{ "stop", cmd_stop, "port" },
	{ "close", cmd_close, "port" },
	{ "reset", cmd_reset, "port" },
	{ "attach", cmd_attach, "devargs" },
	{ "detach", cmd_detach, "bus name" },
	{ "rxq_start", cmd_rxq_start, "port queue" },
	{ "rxq_stop", cmd_rxq_stop, "port queue" },
	{ "txq_start", cmd_txq_start, "port queue" },
	{ "txq_stop", cmd_txq_stop, "port queue" },
	{ "link", cmd_link, "port wait" },
	{ "link_wait", cmd_link_wait, "port up timeout_ms" },
	{ "link_set", cmd_link_set, "port up" },
	{ "events", cmd_events, "port lsc rmv reset timeout_ms" },
	{ NULL, NULL, NULL },
};
