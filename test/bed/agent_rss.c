/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's judge of RSS: random packets through a port in loopback, and hash and queue of
 * each against DPDK's Toeplitz in software. A port in loopback needs no wire, so that a hundred
 * thousand packets take no longer than the device does.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_random.h>
#include <rte_thash.h>
#include <string.h>

#include "agent.h"

#define RSS_BATCH 32u
#define MAX_PACKETS 10000000u
#define WAIT_MS 2000u
#define KEY_LEN 40u
#define RETA_SIZE 128u
#define MAX_QUEUES 16u

#define PROTO_TCP 6u
#define PROTO_UDP 17u
#define PROTO_DSTOPTS 60u
#define PROTO_OTHER 253u
#define TYPE_IPV4 0x0800u
#define TYPE_IPV6 0x86ddu
#define TYPE_OTHER 0x88b5u

enum kind {
	KIND_IPV4,
	KIND_IPV4_FRAG, /* with a TCP header behind, which is none of its hash's business */
	KIND_IPV4_TCP,
	KIND_IPV4_UDP,
	KIND_IPV6,
	KIND_IPV6_TCP,
	KIND_IPV6_UDP,
	KIND_IPV6_EXT, /* TCP behind a header of options */
	KIND_OTHER,    /* no IP */
	NB_KINDS,
};

static const struct agent_flag kinds[] = {
	{ RTE_BIT64(KIND_IPV4), "ipv4" },
	{ RTE_BIT64(KIND_IPV4_FRAG), "ipv4-frag" },
	{ RTE_BIT64(KIND_IPV4_TCP), "ipv4-tcp" },
	{ RTE_BIT64(KIND_IPV4_UDP), "ipv4-udp" },
	{ RTE_BIT64(KIND_IPV6), "ipv6" },
	{ RTE_BIT64(KIND_IPV6_TCP), "ipv6-tcp" },
	{ RTE_BIT64(KIND_IPV6_UDP), "ipv6-udp" },
	{ RTE_BIT64(KIND_IPV6_EXT), "ipv6-ext" },
	{ RTE_BIT64(KIND_OTHER), "other" },
	{ 0, NULL },
};

/** A packet on its way: what must come back. */
struct rss_wanted {
	enum kind kind;
	uint32_t len, hash;
	bool hashed;
	uint16_t queue;
	uint8_t data[256];
};

struct rss_test {
	uint16_t port;
	uint16_t nb_queues;
	uint64_t kinds;
	struct rte_mempool *pool;
	struct rte_ether_addr mac;
	uint64_t types; /* RTE_ETH_RSS_* in force */
	uint8_t key[KEY_LEN];
	uint8_t reta[RETA_SIZE];
	struct rss_wanted wanted[RSS_BATCH];
	uint64_t good, of_kind[NB_KINDS], of_queue[MAX_QUEUES];
};

/* ---- what hash a packet must have ---- */

static void
want_hash(const struct rss_test *t, struct rss_wanted *w, const uint8_t *input, unsigned int words)
{
	uint32_t tuple[9];

	for (unsigned int i = 0; i < words; i++) {
		memcpy(&tuple[i], input + 4 * i, 4);
		tuple[i] = rte_be_to_cpu_32(tuple[i]);
	}
	w->hashed = true;
	w->hash = rte_softrss(tuple, words, t->key);
	w->queue = t->reta[w->hash % RETA_SIZE];
}

/** Whether a packet with ports of that kind is hashed with them. */
static bool
hash_has_ports(uint64_t types, enum kind kind)
{
	switch (kind) {
	case KIND_IPV4_TCP:
		return types & RTE_ETH_RSS_NONFRAG_IPV4_TCP;
	case KIND_IPV4_UDP:
		return types & RTE_ETH_RSS_NONFRAG_IPV4_UDP;
	/* Extended types take packets without extension headers as well. */
	case KIND_IPV6_TCP:
		return types & (RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_IPV6_TCP_EX);
	case KIND_IPV6_UDP:
		return types & (RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_IPV6_UDP_EX);
	default:
		return false;
	}
}

static void
want(const struct rss_test *t, struct rss_wanted *w, unsigned int l3)
{
	bool v6 = w->kind >= KIND_IPV6, ports = hash_has_ports(t->types, w->kind);
	uint64_t addresses = v6 ? RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_IPV6_EX : RTE_ETH_RSS_IPV4;
	uint8_t input[36];
	unsigned int words = v6 ? 8 : 2;

	w->hashed = false;
	w->hash = 0;
	w->queue = t->reta[0];
	if (w->kind == KIND_OTHER || (!ports && !(t->types & addresses)))
		return;
	memcpy(input, w->data + l3 + (v6 ? 8 : 12), 4 * words);
	/* These packets have no IPv4 options: the ports lie behind the fixed header. */
	if (ports)
		memcpy(input + 4 * words, w->data + l3 + (v6 ? 40 : 20), 4);
	want_hash(t, w, input, words + ports);
}

/* ---- random packets ---- */

static void
put_be16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
build_ipv4(struct rss_wanted *w, uint8_t *ip, unsigned int room)
{
	ip[0] = 0x45;
	put_be16(ip + 2, room);
	put_be16(ip + 6, w->kind == KIND_IPV4_FRAG ? 0x2000 | rte_rand_max(8) : 0);
	ip[9] = w->kind == KIND_IPV4	 ? PROTO_OTHER :
		w->kind == KIND_IPV4_UDP ? PROTO_UDP :
					   PROTO_TCP;
	/* No multicast address as a source, and no fragment that is none: the rest is random. */
	ip[12] = 10;
	if (w->kind == KIND_IPV4_UDP)
		put_be16(ip + 24, room - 20);
	else
		ip[32] = 0x50;
}

static void
build_ipv6(struct rss_wanted *w, uint8_t *ip, unsigned int room)
{
	ip[0] = 0x60;
	put_be16(ip + 4, room - 40);
	ip[6] = w->kind == KIND_IPV6	 ? PROTO_OTHER :
		w->kind == KIND_IPV6_UDP ? PROTO_UDP :
		w->kind == KIND_IPV6_TCP ? PROTO_TCP :
					   PROTO_DSTOPTS;
	ip[8] = 0x20;
	if (w->kind == KIND_IPV6_EXT) {
		/* 8 bytes: TCP next, padding of 4 */
		static const uint8_t options[8] = { PROTO_TCP, 0, 1, 4, 0, 0, 0, 0 };

		memcpy(ip + 40, options, sizeof(options));
		ip[60] = 0x50;
	} else if (w->kind == KIND_IPV6_UDP) {
		put_be16(ip + 44, room - 40);
	} else {
		ip[52] = 0x50;
	}
}

static void
build(struct rss_test *t, struct rss_wanted *w)
{
	bool tagged = rte_rand_max(4) == 0;
	unsigned int l3 = tagged ? 18 : 14;
	uint8_t *d = w->data;

	do {
		w->kind = (enum kind)rte_rand_max(NB_KINDS);
	} while (!(t->kinds & RTE_BIT64(w->kind)));
	w->len = 100 + (uint32_t)rte_rand_max(sizeof(w->data) - 100 + 1);
	for (unsigned int i = 0; i < w->len; i++)
		d[i] = (uint8_t)rte_rand();
	memcpy(d, &t->mac, 6);
	memcpy(d + 6, &t->mac, 6);
	if (tagged)
		put_be16(d + 12, 0x8100);
	put_be16(d + l3 - 2,
		w->kind == KIND_OTHER	     ? TYPE_OTHER :
			w->kind >= KIND_IPV6 ? TYPE_IPV6 :
					       TYPE_IPV4);
	if (w->kind == KIND_OTHER)
		;
	else if (w->kind >= KIND_IPV6)
		build_ipv6(w, d + l3, w->len - l3);
	else
		build_ipv4(w, d + l3, w->len - l3);
	want(t, w, l3);
}

/* ---- there and back ---- */

static int
send_batch(struct request *c, struct rss_test *t, unsigned int n)
{
	struct rte_mbuf *pkts[RSS_BATCH];
	uint16_t sent = 0;

	if (rte_pktmbuf_alloc_bulk(t->pool, pkts, n) != 0)
		return request_fail(c, -ENOMEM, "the pool has no %u mbufs", n);
	for (unsigned int i = 0; i < n; i++) {
		build(t, &t->wanted[i]);
		memcpy(rte_pktmbuf_append(pkts[i], (uint16_t)t->wanted[i].len), t->wanted[i].data,
			t->wanted[i].len);
	}
	for (unsigned int ms = 0; sent < n && ms < WAIT_MS; ms++) {
		sent += rte_eth_tx_burst(t->port, 0, pkts + sent, (uint16_t)(n - sent));
		if (sent < n)
			rte_delay_us_sleep(1000);
	}
	if (sent == n)
		return 0;
	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
	return request_fail(c, -ETIMEDOUT, "%u of %u packets were taken", sent, n);
}

/** 0, or a negative errno and what is wrong with a packet that came. */
static int
judge(struct request *c, struct rss_test *t, struct rss_wanted *w, const struct rte_mbuf *m,
	uint16_t queue)
{
	bool hashed = (m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0;

	if (hashed != w->hashed || (hashed && m->hash.rss != w->hash) || queue != w->queue)
		return request_fail(c, -EBADMSG,
			"packet %" PRIu64 ", %s: hash %d %#x on queue %u; wanted: %d %#x on %u",
			t->good, kinds[w->kind].name, hashed, hashed ? m->hash.rss : 0, queue,
			w->hashed, w->hash, w->queue);
	t->good++;
	t->of_kind[w->kind]++;
	t->of_queue[queue]++;
	w->len = 0; /* came */
	return 0;
}

static struct rss_wanted *
find(struct rss_test *t, const struct rte_mbuf *m, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (t->wanted[i].len == m->pkt_len && m->nb_segs == 1 &&
			memcmp(t->wanted[i].data, rte_pktmbuf_mtod(m, uint8_t *), m->pkt_len) == 0)
			return &t->wanted[i];
	return NULL;
}

static int
take_batch(struct request *c, struct rss_test *t, unsigned int n)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * WAIT_MS;
	unsigned int came = 0;
	int ret = 0;

	while (came < n && ret == 0) {
		for (uint16_t q = 0; q < t->nb_queues; q++) {
			struct rte_mbuf *pkts[RSS_BATCH];
			uint16_t got = rte_eth_rx_burst(t->port, q, pkts, RSS_BATCH);

			for (uint16_t i = 0; i < got && ret == 0; i++) {
				struct rss_wanted *w = find(t, pkts[i], n);

				if (w == NULL)
					ret = request_fail(
						c, -EBADMSG, "a packet that nobody sent");
				else
					ret = judge(c, t, w, pkts[i], q);
			}
			rte_pktmbuf_free_bulk(pkts, got);
			came += got;
		}
		if (ret == 0 && came < n && rte_get_timer_cycles() > end)
			ret = request_fail(c, -ETIMEDOUT, "%u of %u packets came", came, n);
	}
	return ret;
}

static int
read_conf(struct request *c, struct rss_test *t)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_SIZE / RTE_ETH_RETA_GROUP_SIZE];
	struct rte_eth_rss_conf conf = { .rss_key = t->key, .rss_key_len = KEY_LEN };
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_rss_hash_conf_get(t->port, &conf);

	for (size_t i = 0; i < RTE_DIM(reta); i++)
		reta[i].mask = UINT64_MAX;
	if (ret == 0)
		ret = rte_eth_dev_rss_reta_query(t->port, reta, RETA_SIZE);
	if (ret == 0)
		ret = rte_eth_macaddr_get(t->port, &t->mac);
	if (ret == 0)
		ret = rte_eth_dev_info_get(t->port, &info);
	if (ret != 0)
		return request_ret(c, ret, "reading how the port is configured");
	for (unsigned int i = 0; i < RETA_SIZE; i++)
		t->reta[i] = (uint8_t)reta[i / RTE_ETH_RETA_GROUP_SIZE]
				     .reta[i % RTE_ETH_RETA_GROUP_SIZE];
	t->types = conf.rss_hf;
	t->nb_queues = RTE_MIN(info.nb_rx_queues, MAX_QUEUES);
	return 0;
}

/* On a port in loopback, with RSS_HASH and all its queues running. */
static int
cmd_rss_judge(struct request *c)
{
	static struct rss_test t;
	uint16_t port = agent_port(c);
	uint64_t count = request_uint(c, "count", 1, MAX_PACKETS);
	uint64_t seed = request_uint(c, "seed", 0, UINT32_MAX), done;
	json_t *list;
	int ret;

	memset(&t, 0, sizeof(t));
	t.port = port;
	t.kinds = agent_flags(c, c->req, "kinds", kinds);
	t.pool = agent_pool(c, request_str(c, "pool"));
	if (request_bad(c))
		return c->bad;
	if (t.kinds == 0)
		return request_fail(c, -EINVAL, "'kinds': at least one is wanted");
	rte_srand(seed);
	ret = read_conf(c, &t);
	for (done = 0; done < count && ret == 0; done += RSS_BATCH) {
		unsigned int n = (unsigned int)RTE_MIN(count - done, (uint64_t)RSS_BATCH);

		ret = send_batch(c, &t, n);
		if (ret == 0)
			ret = take_batch(c, &t, n);
	}
	request_put_uint(c, "good", t.good);
	list = json_object();
	for (unsigned int i = 0; i < NB_KINDS; i++)
		json_object_set_new(list, kinds[i].name, json_integer((json_int_t)t.of_kind[i]));
	request_put(c, "of_kind", list);
	list = json_array();
	for (unsigned int i = 0; i < t.nb_queues; i++)
		json_array_append_new(list, json_integer((json_int_t)t.of_queue[i]));
	request_put(c, "of_queue", list);
	return ret;
}

const struct request_command agent_rss_commands[] = {
	{ "rss_judge", cmd_rss_judge, "port count seed kinds pool" },
	{ NULL, NULL, NULL },
};
