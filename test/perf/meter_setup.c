/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The meter's ports: configures and starts them as a request says, and waits for the link. */

#include <errno.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <string.h>

#include "meter.h"

#define LINK_WAIT_MS 10000
#define POOL_CACHE 256

struct meter_ports meter_ports;

/* What a request asks for. */
struct wish {
	uint16_t ports, queues, ring, mtu, data_room;
	uint64_t rx_offloads, tx_offloads;
	enum limit_kind limit;
	bool fast_free;
};

static uint64_t
read_offloads(struct request *c, const char *key, const char *(*name_of)(uint64_t))
{
	json_t *list = json_object_get(c->req, key), *item;
	uint64_t value = 0;
	size_t i;

	if (list != NULL && !json_is_array(list)) {
		c->bad = request_fail(c, -EINVAL, "argument '%s': a list of names is wanted", key);
		return 0;
	}
	json_array_foreach(list, i, item)
	{
		const char *name = json_is_string(item) ? json_string_value(item) : "";
		unsigned int bit = 0;

		while (bit < 64 && strcmp(name_of(RTE_BIT64(bit)), name) != 0)
			bit++;
		if (bit == 64) {
			c->bad = request_fail(c, -EINVAL,
				"argument '%s': '%.60s' is no offload; accepted are the names of "
				"rte_ethdev",
				key, name);
			return 0;
		}
		value |= RTE_BIT64(bit);
	}
	return value;
}

static void
read_wish(struct request *c, struct wish *w)
{
	w->ports = (uint16_t)request_uint_or(c, "ports", 1, 1, METER_MAX_PORTS);
	w->queues = (uint16_t)request_uint_or(c, "queues", 1, 1, METER_MAX_QUEUES);
	w->ring = (uint16_t)request_uint_or(c, "ring", 512, 32, 4096);
	w->mtu = (uint16_t)request_uint_or(c, "mtu", 1500, RTE_ETHER_MIN_MTU, 9216);
	w->data_room = (uint16_t)request_uint_or(
		c, "data_room", 2176, RTE_PKTMBUF_HEADROOM + 64, 16384);
	w->limit = meter_limit_kind(c, LIMIT_NONE);
	w->rx_offloads = read_offloads(c, "rx_offloads", rte_eth_dev_rx_offload_name);
	w->tx_offloads = read_offloads(c, "tx_offloads", rte_eth_dev_tx_offload_name);
	w->fast_free = (w->tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
	if (!request_bad(c) && w->ports > rte_eth_dev_count_avail())
		c->bad = request_fail(c, -ENODEV, "ports: %u are asked for, there are %u", w->ports,
			rte_eth_dev_count_avail());
}

/* Offloads that are asked for and not there: an error, but for hints, which are dropped. */
static int
check_offloads(struct request *c, struct wish *w, const struct rte_eth_dev_info *info)
{
	uint64_t rx = w->rx_offloads & ~info->rx_offload_capa;
	uint64_t tx = w->tx_offloads & ~info->tx_offload_capa;
	json_t *dropped = json_array();

	if (tx & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) {
		/* The limit kernel takes the hint whatever the driver says. */
		if (w->limit == LIMIT_NONE)
			json_array_append_new(dropped, json_string("MBUF_FAST_FREE"));
		w->tx_offloads &= ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
		tx &= ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	}
	request_put(c, "dropped", dropped);
	if (rx != 0)
		return request_fail(c, -ENOTSUP, "%s does not offer RX offload %s",
			info->driver_name, rte_eth_dev_rx_offload_name(rx & -rx));
	if (tx != 0)
		return request_fail(c, -ENOTSUP, "%s does not offer TX offload %s",
			info->driver_name, rte_eth_dev_tx_offload_name(tx & -tx));
	return 0;
}

enum limit_kind
meter_limit_kind(struct request *c, enum limit_kind def)
{
	static const char *const names[] = { "", "best", "avx2", "avx512", NULL };
	json_t *value = json_object_get(c->req, "limit");

	if (value == NULL || json_is_boolean(value))
		return value == NULL ? def : json_is_true(value) ? LIMIT_BEST : LIMIT_NONE;
	return (enum limit_kind)meter_choice(c, "limit", def, names);
}

int
meter_limit_in(struct request *c, enum limit_kind kind)
{
	const char *name = "", *why = "";

	if (strcmp(meter_ports.driver, "net_oriel") != 0)
		return request_fail(c, -ENOTSUP, "limit: it works on net_oriel's queues, not %s's",
			meter_ports.driver);
	/* Whatever lies in the TX rings is sent. */
	meter_device_clear();
	for (uint16_t p = 0; p < meter_ports.nb_ports; p++) {
		int ret = limit_take(p, kind, meter_ports.fast_free, &name, &why);

		if (ret != 0) {
			meter_limit_out();
			return request_fail(
				c, ret, "limit: port %u: it cannot work with %s", p, why);
		}
	}
	meter_ports.limit = true;
	request_put(c, "rx_burst", json_string(name));
	request_put(c, "tx_burst", json_string(name));
	return 0;
}

void
meter_limit_out(void)
{
	if (meter_ports.started)
		meter_device_clear();
	for (uint16_t p = 0; p < meter_ports.nb_ports; p++)
		limit_give_back(p);
	meter_ports.limit = false;
}

void
meter_ports_stop(void)
{
	unsigned int left;

	if (!meter_ports.started)
		return;
	meter_device_clear();
	meter_limit_out();
	for (uint16_t p = 0; p < meter_ports.nb_ports; p++) {
		int ret = rte_eth_dev_stop(p);

		if (ret != 0)
			fprintf(stderr, "oriel-meter: port %u: rte_eth_dev_stop: %s\n", p,
				rte_strerror(-ret));
	}
	meter_ports.started = false;
	left = rte_mempool_in_use_count(meter_ports.pool);
	if (left != 0)
		fprintf(stderr, "oriel-meter: %u mbufs are not back in the pool after the stop\n",
			left);
}

/* The pool is kept if it would be the same again. */
static int
prepare_pool(struct request *c, const struct wish *w)
{
	unsigned int rings = 2u * w->ring * w->ports * w->queues;
	bool free_running = meter_twin() != NULL && !meter_twin()->lockstep;
	/* A frame on its way may have two segments; what every lcore's cache may keep. */
	unsigned int size = rings + 2 * METER_MAX_BATCH + 2 * POOL_CACHE * 3;

	/* Nothing is kept outside rings and caches: no more memory than is needed goes round. */
	if (free_running)
		size = rings + 2 * POOL_CACHE * w->queues;
	if (meter_ports.pool != NULL && meter_ports.pool_size == size &&
		meter_ports.data_room == w->data_room)
		return 0;
	rte_mempool_free(meter_ports.pool);
	meter_ports.data_room = w->data_room;
	meter_ports.pool_size = size;
	meter_ports.pool = rte_pktmbuf_pool_create(
		"meter", size, POOL_CACHE, 0, w->data_room, (int)rte_socket_id());
	if (meter_ports.pool == NULL)
		return request_fail(c, -ENOMEM, "no memory for %u mbufs of %u bytes: %s", size,
			w->data_room, rte_strerror(rte_errno));
	return 0;
}

static int
configure_port(struct request *c, uint16_t port, struct wish *w)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret;

	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return meter_ret(c, ret, "rte_eth_dev_info_get", port);
	ret = check_offloads(c, w, &info);
	if (ret != 0)
		return ret;
	snprintf(meter_ports.driver, sizeof(meter_ports.driver), "%s", info.driver_name);
	conf.rxmode.mtu = w->mtu;
	conf.rxmode.offloads = w->rx_offloads;
	conf.txmode.offloads = w->tx_offloads;
	if (w->rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH || w->queues > 1) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	ret = rte_eth_dev_configure(port, w->queues, w->queues, &conf);
	if (ret != 0)
		return meter_ret(c, ret, "rte_eth_dev_configure", port);
	for (uint16_t q = 0; q < w->queues; q++) {
		struct rte_eth_rxconf rx = info.default_rxconf;
		struct rte_eth_txconf tx = info.default_txconf;
		unsigned int socket = (unsigned int)rte_eth_dev_socket_id(port);

		rx.offloads = w->rx_offloads;
		tx.offloads = w->tx_offloads;
		ret = rte_eth_rx_queue_setup(port, q, w->ring, socket, &rx, meter_ports.pool);
		if (ret != 0)
			return meter_ret(c, ret, "rte_eth_rx_queue_setup", port);
		ret = rte_eth_tx_queue_setup(port, q, w->ring, socket, &tx);
		if (ret != 0)
			return meter_ret(c, ret, "rte_eth_tx_queue_setup", port);
	}
	return 0;
}

/* The frames' address is not the port's, and autonegotiation takes a moment. */
static int
open_port(struct request *c, uint16_t port)
{
	struct rte_eth_link link = { 0 };
	int ret = rte_eth_promiscuous_enable(port);

	/* net_null takes everything anyway and has no such mode. */
	if (ret != 0 && ret != -ENOTSUP)
		return meter_ret(c, ret, "rte_eth_promiscuous_enable", port);
	for (unsigned int ms = 0; ms < LINK_WAIT_MS; ms++) {
		ret = rte_eth_link_get_nowait(port, &link);
		if (ret != 0)
			return meter_ret(c, ret, "rte_eth_link_get_nowait", port);
		if (link.link_status == RTE_ETH_LINK_UP)
			return 0;
		rte_delay_us_sleep(1000);
	}
	return request_fail(c, -ETIMEDOUT, "port %u: no link within %d ms", port, LINK_WAIT_MS);
}

static void
put_burst_modes(struct request *c)
{
	struct rte_eth_burst_mode rx = { 0 }, tx = { 0 };

	if (rte_eth_rx_burst_mode_get(0, 0, &rx) != 0)
		rx.info[0] = '\0';
	if (rte_eth_tx_burst_mode_get(0, 0, &tx) != 0)
		tx.info[0] = '\0';
	request_put(c, "rx_burst", json_string(rx.info));
	request_put(c, "tx_burst", json_string(tx.info));
}

static int
start_ports(struct request *c, const struct wish *w)
{
	int ret = 0;

	for (uint16_t p = 0; p < w->ports; p++) {
		ret = rte_eth_dev_start(p);
		if (ret != 0) {
			ret = meter_ret(c, ret, "rte_eth_dev_start", p);
			for (uint16_t i = 0; i < p; i++)
				rte_eth_dev_stop(i);
			return ret;
		}
	}
	meter_ports.nb_ports = w->ports;
	meter_ports.nb_queues = w->queues;
	meter_ports.ring = w->ring;
	meter_ports.mtu = w->mtu;
	meter_ports.rx_offloads = w->rx_offloads;
	meter_ports.tx_offloads = w->tx_offloads;
	meter_ports.fast_free = w->fast_free;
	meter_ports.started = true;
	for (uint16_t p = 0; ret == 0 && p < w->ports; p++)
		ret = open_port(c, p);
	return ret;
}

int
meter_cmd_setup(struct request *c)
{
	struct wish w = { 0 };
	int ret;

	read_wish(c, &w);
	if (request_bad(c))
		return c->bad;
	meter_ports_stop();
	ret = prepare_pool(c, &w);
	for (uint16_t p = 0; ret == 0 && p < w.ports; p++)
		ret = configure_port(c, p, &w);
	if (ret == 0)
		ret = start_ports(c, &w);
	if (ret != 0) {
		meter_ports_stop();
		return ret;
	}
	put_burst_modes(c);
	return w.limit != LIMIT_NONE ? meter_limit_in(c, w.limit) : 0;
}
