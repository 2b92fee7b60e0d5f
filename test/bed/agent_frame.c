/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's exact frames: sends what it is given, with the mbuf options that it is
 * given, and hands back what comes in with all its metadata.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define MAX_FRAMES 1024 /* in one command */
#define BURST 32
#define MAX_WAIT_MS 60000u

static const struct agent_flag tx_flags[] = {
	{ RTE_MBUF_F_TX_IP_CKSUM, "IP_CKSUM" },
	/* UDP is both bits of the field: before its parts. */
	{ RTE_MBUF_F_TX_UDP_CKSUM, "UDP_CKSUM" },
	{ RTE_MBUF_F_TX_TCP_CKSUM, "TCP_CKSUM" },
	{ RTE_MBUF_F_TX_SCTP_CKSUM, "SCTP_CKSUM" },
	{ RTE_MBUF_F_TX_TCP_SEG, "TCP_SEG" },
	{ RTE_MBUF_F_TX_UDP_SEG, "UDP_SEG" },
	{ RTE_MBUF_F_TX_VLAN, "VLAN" },
	{ RTE_MBUF_F_TX_QINQ, "QINQ" },
	{ RTE_MBUF_F_TX_IPV4, "IPV4" },
	{ RTE_MBUF_F_TX_IPV6, "IPV6" },
	{ RTE_MBUF_F_TX_IEEE1588_TMST, "IEEE1588_TMST" },
	{ RTE_MBUF_F_TX_OUTER_IP_CKSUM, "OUTER_IP_CKSUM" },
	{ RTE_MBUF_F_TX_OUTER_IPV4, "OUTER_IPV4" },
	{ 0, NULL },
};

/* Those of one bit; the two checksum fields are told by words. */
static const struct agent_flag rx_flags[] = {
	{ RTE_MBUF_F_RX_VLAN, "VLAN" },
	{ RTE_MBUF_F_RX_VLAN_STRIPPED, "VLAN_STRIPPED" },
	{ RTE_MBUF_F_RX_RSS_HASH, "RSS_HASH" },
	{ RTE_MBUF_F_RX_FDIR, "FDIR" },
	{ RTE_MBUF_F_RX_IEEE1588_PTP, "IEEE1588_PTP" },
	{ RTE_MBUF_F_RX_IEEE1588_TMST, "IEEE1588_TMST" },
	{ RTE_MBUF_F_RX_QINQ, "QINQ" },
	{ RTE_MBUF_F_RX_QINQ_STRIPPED, "QINQ_STRIPPED" },
	{ RTE_MBUF_F_RX_LRO, "LRO" },
	{ 0, NULL },
};

/* ---- sending ---- */

/*
 * A frame's bytes into a chain of mbufs of the given lengths; what is left behind them fills
 * further mbufs.
 */
static struct rte_mbuf *
chain_of(struct request *c, struct rte_mempool *mp, const uint8_t *data, size_t len, json_t *segs)
{
	const size_t n = json_array_size(segs),
		     room = rte_pktmbuf_data_room_size(mp) - RTE_PKTMBUF_HEADROOM;
	struct rte_mbuf *head = NULL, *last = NULL;
	size_t pos = 0;

	for (size_t i = 0; i < n || pos < len || head == NULL; i++) {
		size_t part = RTE_MIN(len - pos, room);
		struct rte_mbuf *m;
		char *dst;

		if (i < n)
			part = RTE_MIN(
				len - pos, (size_t)json_integer_value(json_array_get(segs, i)));
		m = rte_pktmbuf_alloc(mp);
		dst = m != NULL && part <= room ? rte_pktmbuf_append(m, (uint16_t)part) : NULL;
		if (dst == NULL) {
			c->bad = request_fail(c, -ENOMEM, "segment %zu of %zu bytes: %s", i, part,
				m == NULL ? "no mbuf left" : "larger than the pool's buffers");
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return NULL;
		}
		memcpy(dst, data + pos, part);
		pos += part;
		if (head == NULL) {
			head = m;
		} else {
			last->next = m;
			head->nb_segs++;
			head->pkt_len += (uint32_t)part;
		}
		last = m;
	}
	return head;
}

static void
foreign_free(void *addr, void *arg)
{
	(void)addr;
	free(arg);
}

/* A buffer of our own whose I/O address is given: the device will be told to read there. */
static struct rte_mbuf *
foreign_of(struct request *c, struct rte_mempool *mp, const uint8_t *data, uint16_t len,
	rte_iova_t iova)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	struct foreign {
		struct rte_mbuf_ext_shared_info info;
		uint8_t data[AGENT_MAX_FRAME];
	} *f = calloc(1, sizeof(*f));

	if (m == NULL || f == NULL) {
		c->bad = request_fail(c, -ENOMEM, "no memory for a frame at %#" PRIx64, iova);
		rte_pktmbuf_free(m);
		free(f);
		return NULL;
	}
	memcpy(f->data, data, len);
	f->info.free_cb = foreign_free;
	f->info.fcb_opaque = f;
	rte_mbuf_ext_refcnt_set(&f->info, 1);
	rte_pktmbuf_attach_extbuf(m, f->data, iova, sizeof(f->data), &f->info);
	m->data_off = 0;
	rte_pktmbuf_append(m, len);
	return m;
}

static struct rte_mbuf *
mbuf_of(struct request *c, struct rte_mempool *mp, json_t *o)
{
	const char *hex = json_string_value(json_object_get(o, "data"));
	struct request part = { .req = o, .rep = c->rep };
	static uint8_t data[AGENT_MAX_FRAME];
	int len = hex != NULL ? agent_unhex(hex, data, sizeof(data)) : -EINVAL;
	struct rte_mbuf *m;
	rte_iova_t iova;

	if (len < 0) {
		c->bad = request_fail(c, -EINVAL,
			"'data': up to %d bytes in hexadecimal digits are wanted", AGENT_MAX_FRAME);
		return NULL;
	}
	iova = request_uint_or(&part, "iova", 0, 0, INT64_MAX);
	if (iova != 0)
		m = foreign_of(c, mp, data, (uint16_t)len, iova);
	else
		m = chain_of(c, mp, data, (size_t)len, json_object_get(o, "segs"));
	if (m == NULL)
		return NULL;
	m->ol_flags |= agent_flags(&part, o, "flags", tx_flags);
	m->l2_len = request_uint_or(&part, "l2", 0, 0, 127);
	m->l3_len = request_uint_or(&part, "l3", 0, 0, 511);
	m->l4_len = request_uint_or(&part, "l4", 0, 0, 255);
	m->tso_segsz = (uint16_t)request_uint_or(&part, "tso", 0, 0, UINT16_MAX);
	m->vlan_tci = (uint16_t)request_uint_or(&part, "vlan", 0, 0, UINT16_MAX);
	if (request_bad(&part)) {
		c->bad = request_fail(c, part.bad, "%s", part.error);
		rte_pktmbuf_free(m);
		return NULL;
	}
	return m;
}

static uint64_t
deadline_after(uint64_t ms)
{
	return rte_get_timer_cycles() + ms * rte_get_timer_hz() / 1000;
}

/* Sends all of them or stops at the deadline; what was not sent is freed. */
static unsigned int
send_all(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, unsigned int n, uint64_t ms)
{
	uint64_t deadline = deadline_after(ms);
	unsigned int sent = 0;

	while (sent < n) {
		uint16_t k = rte_eth_tx_burst(
			port, queue, pkts + sent, (uint16_t)RTE_MIN(n - sent, (unsigned int)BURST));

		sent += k;
		if (k == 0) {
			if (rte_get_timer_cycles() > deadline)
				break;
			rte_delay_us_sleep(50);
		}
	}
	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
	return sent;
}

static int
cmd_tx(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_mempool *mp = agent_pool(c, request_str_or(c, "pool", "pool"));
	uint64_t ms = request_uint_or(c, "timeout_ms", 2000, 0, MAX_WAIT_MS);
	bool prepare = request_bool(c, "prepare", true);
	json_t *frames = json_object_get(c->req, "frames"), *o;
	size_t i, n = json_array_size(frames);
	struct rte_mbuf *pkts[MAX_FRAMES];
	unsigned int ready, sent;

	if (request_bad(c))
		return c->bad;
	if (n == 0 || n > MAX_FRAMES)
		return request_fail(c, -EINVAL, "'frames': 1 to %d of them are wanted", MAX_FRAMES);
	json_array_foreach(frames, i, o)
	{
		pkts[i] = mbuf_of(c, mp, o);
		if (pkts[i] == NULL) {
			rte_pktmbuf_free_bulk(pkts, (unsigned int)i);
			return c->bad;
		}
	}
	ready = (unsigned int)n;
	if (prepare) {
		rte_errno = 0;
		ready = rte_eth_tx_prepare(port, queue, pkts, (uint16_t)n);
		request_put_uint(c, "prepared", ready);
		if (ready < n) {
			request_put_uint(c, "prepare_errno", (uint64_t)rte_errno);
			rte_pktmbuf_free_bulk(pkts + ready, (unsigned int)n - ready);
		}
	}
	sent = send_all(port, queue, pkts, ready, ms);
	request_put_uint(c, "sent", sent);
	if (sent < ready)
		return request_fail(
			c, -ETIMEDOUT, "%u of %u frames sent in %" PRIu64 " ms", sent, ready, ms);
	return 0;
}

/* ---- receiving ---- */

static const char *
ip_verdict(uint64_t flags)
{
	switch (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) {
	case RTE_MBUF_F_RX_IP_CKSUM_GOOD:
		return "good";
	case RTE_MBUF_F_RX_IP_CKSUM_BAD:
		return "bad";
	case RTE_MBUF_F_RX_IP_CKSUM_NONE:
		return "none";
	default:
		return "unknown";
	}
}

static const char *
l4_verdict(uint64_t flags)
{
	switch (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) {
	case RTE_MBUF_F_RX_L4_CKSUM_GOOD:
		return "good";
	case RTE_MBUF_F_RX_L4_CKSUM_BAD:
		return "bad";
	case RTE_MBUF_F_RX_L4_CKSUM_NONE:
		return "none";
	default:
		return "unknown";
	}
}

/* The bytes of a chain, and whether its lengths agree with one another. */
static json_t *
chain_json(const struct rte_mbuf *m, json_t *o)
{
	static uint8_t data[4 * AGENT_MAX_FRAME];
	json_t *segs = json_array();
	uint32_t len = 0;
	unsigned int n = 0;
	bool sound = true;

	for (const struct rte_mbuf *s = m; s != NULL; s = s->next, n++) {
		uint32_t part = s->data_len;

		json_array_append_new(segs, json_integer(part));
		if (s->data_off + part > s->buf_len || len + part > sizeof(data)) {
			sound = false;
			break;
		}
		memcpy(data + len, rte_pktmbuf_mtod(s, const void *), part);
		len += part;
	}
	sound = sound && n == m->nb_segs && len == m->pkt_len;
	json_object_set_new(o, "segs", segs);
	json_object_set_new(o, "sound", json_boolean(sound));
	return agent_hex(data, len);
}

static json_t *
mbuf_json(const struct rte_mbuf *m, uint16_t queue)
{
	const uint64_t words = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
	json_t *o = json_object();
	char name[128];

	json_object_set_new(o, "data", chain_json(m, o));
	json_object_set_new(o, "len", json_integer(m->pkt_len));
	json_object_set_new(o, "nb_segs", json_integer(m->nb_segs));
	json_object_set_new(o, "queue", json_integer(queue));
	json_object_set_new(o, "port", json_integer(m->port));
	json_object_set_new(o, "headroom", json_integer(m->data_off));
	json_object_set_new(o, "refcnt", json_integer(rte_mbuf_refcnt_read(m)));
	json_object_set_new(o, "flags", agent_flags_to_json(rx_flags, m->ol_flags & ~words));
	json_object_set_new(o, "ip_cksum", json_string(ip_verdict(m->ol_flags)));
	json_object_set_new(o, "l4_cksum", json_string(l4_verdict(m->ol_flags)));
	json_object_set_new(o, "vlan", json_integer(m->vlan_tci));
	json_object_set_new(o, "hash", json_integer(m->hash.rss));
	rte_get_ptype_name(m->packet_type, name, sizeof(name));
	json_object_set_new(o, "ptype", json_string(name));
	return o;
}

static int
cmd_rx(struct request *c)
{
	uint16_t port = agent_port(c), first = agent_queue(c), last;
	uint64_t count = request_uint_or(c, "count", 1, 0, MAX_FRAMES);
	uint64_t ms = request_uint_or(c, "timeout_ms", 1000, 0, MAX_WAIT_MS), deadline;
	bool one_queue = json_object_get(c->req, "queue") != NULL;
	uint16_t burst = (uint16_t)request_uint_or(c, "burst", BURST, 0, BURST);
	struct rte_eth_dev_info info;
	json_t *list;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	last = one_queue ? first + 1 : info.nb_rx_queues;
	if (last > info.nb_rx_queues || burst == 0)
		return request_fail(c, -EINVAL, "queue %u: there are %u; burst %u", first,
			info.nb_rx_queues, burst);
	list = json_array();
	deadline = deadline_after(ms);
	for (;;) {
		unsigned int got = 0;

		for (uint16_t q = first; q < last && json_array_size(list) < count; q++) {
			struct rte_mbuf *pkts[BURST];
			uint64_t room = count - json_array_size(list);
			uint16_t n = rte_eth_rx_burst(
				port, q, pkts, (uint16_t)RTE_MIN(room, (uint64_t)burst));

			for (uint16_t i = 0; i < n; i++)
				json_array_append_new(list, mbuf_json(pkts[i], q));
			rte_pktmbuf_free_bulk(pkts, n);
			got += n;
		}
		if (json_array_size(list) >= count)
			break;
		if (got == 0) {
			if (rte_get_timer_cycles() > deadline)
				break;
			rte_delay_us_sleep(20);
		}
	}
	request_put(c, "frames", list);
	return 0;
}

const struct request_command agent_frame_commands[] = {
	{ "tx", cmd_tx, "port queue pool frames prepare timeout_ms" },
	{ "rx", cmd_rx, "port queue count timeout_ms burst" },
	{ NULL, NULL, NULL },
};
