/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * TX offloads: context and data descriptors to the bit, the two cached contexts, what
 * prepare refuses and what the bursts drop, pseudo-headers; and random packets through a
 * device that reads descriptors as the datasheet has them.
 */

#include <rte_ip.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "datapath_bed.h"
#include "tx.h"

#define RING 128
#define POOL 1023
#define Q1_DATA UINT64_C(0x23300000) /* DTYP 3, DEXT, IFCS, EOP */
#define Q1_VLE UINT64_C(0x40000000)
#define Q1_TSE UINT64_C(0x80000000)
#define Q1_RS UINT64_C(0x08000000)
#define Q1_IDX(n) ((uint64_t)(n) << 36)
#define Q1_IXSM (UINT64_C(1) << 40)
#define Q1_TXSM (UINT64_C(1) << 41)
#define Q1_PAYLEN(n) ((uint64_t)(n) << 46)
#define Q1_DD (UINT64_C(1) << 32)
#define CTX UINT64_C(0x20200000) /* DTYP 2, DEXT */
#define CTX_IPV4 UINT64_C(0x400)
#define CTX_UDP UINT64_C(0)
#define CTX_TCP UINT64_C(0x800)
#define CTX_SCTP UINT64_C(0x1000)
#define CTX_L4LEN(n) ((uint64_t)(n) << 40)
#define CTX_MSS(n) ((uint64_t)(n) << 48)
#define CTX_LENS(vlan, mac, ip) ((uint64_t)(vlan) << 16 | (uint64_t)(mac) << 9 | (ip))

#define F(x) RTE_MBUF_F_TX_##x

static struct rte_mempool *pool;

static int
setup(void **state)
{
	(void)state;
	pool = bed_pool("txo", POOL, BED_ROOM);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_pool_done(pool);
	return 0;
}

/** A packet with offload fields; no content. */
static struct rte_mbuf *
packet(uint16_t len, uint64_t ol, uint16_t l2, uint16_t l3, uint16_t l4, uint16_t mss)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	memset(rte_pktmbuf_append(m, len), 0, len);
	m->ol_flags |= ol;
	m->tx_offload = rte_mbuf_tx_offload(l2, l3, l4, mss, 0, 0, 0);
	m->vlan_tci = 0xa123;
	return m;
}

typedef void (*row_test)(const struct oriel_tx_path *row);

/** The rows that serve offloads. */
static void
each_row(row_test test)
{
	unsigned int n, i, tested = 0;
	const struct oriel_tx_path *rows = oriel_path_tx_table(&n);

	for (i = 0; i < n; i++) {
		if (rows[i].offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO &&
			bed_row_runs(rows[i].name, rows[i].simd_width)) {
			test(&rows[i]);
			tested++;
		}
	}
	assert_true(tested > 0);
}

struct wanted {
	uint16_t len;
	uint64_t ol;
	uint16_t l2, l3, l4, mss;
	uint64_t ctx_q0, ctx_q1; /* of the context without IDX */
	uint64_t q1;		 /* of the data descriptor without IDX, address and length */
};

static const struct wanted wanted[] = {
	{ 100, F(IPV4) | F(IP_CKSUM), 14, 20, 0, 0, CTX_LENS(0, 14, 20), CTX | CTX_IPV4,
		Q1_IXSM | Q1_PAYLEN(100) },
	{ 100, F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM), 14, 20, 20, 0, CTX_LENS(0, 14, 20),
		CTX | CTX_IPV4 | CTX_TCP, Q1_IXSM | Q1_TXSM | Q1_PAYLEN(100) },
	{ 100, F(IPV4) | F(UDP_CKSUM), 18, 24, 8, 0, CTX_LENS(0, 18, 24), CTX | CTX_IPV4 | CTX_UDP,
		Q1_TXSM | Q1_PAYLEN(100) },
	{ 100, F(IPV6) | F(UDP_CKSUM), 14, 40, 8, 0, CTX_LENS(0, 14, 40), CTX | CTX_UDP,
		Q1_TXSM | Q1_PAYLEN(100) },
	{ 100, F(IPV6) | F(TCP_CKSUM), 14, 60, 20, 0, CTX_LENS(0, 14, 60), CTX | CTX_TCP,
		Q1_TXSM | Q1_PAYLEN(100) },
	{ 100, F(IPV4) | F(SCTP_CKSUM), 14, 20, 0, 0, CTX_LENS(0, 14, 20),
		CTX | CTX_IPV4 | CTX_SCTP, Q1_TXSM | Q1_PAYLEN(100) },
	/* A tag alone: header lengths in the mbuf do not matter. */
	{ 60, F(VLAN), 99, 99, 9, 9, CTX_LENS(0xa123, 14, 0), CTX, Q1_VLE | Q1_PAYLEN(60) },
	{ 100, F(VLAN) | F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM), 14, 20, 20, 0,
		CTX_LENS(0xa123, 14, 20), CTX | CTX_IPV4 | CTX_TCP,
		Q1_VLE | Q1_IXSM | Q1_TXSM | Q1_PAYLEN(100) },
	/* Segmentation: PAYLEN counts what follows the headers. */
	{ 2000, F(IPV4) | F(IP_CKSUM) | F(TCP_SEG), 14, 20, 32, 536, CTX_LENS(0, 14, 20),
		CTX | CTX_IPV4 | CTX_TCP | CTX_L4LEN(32) | CTX_MSS(536),
		Q1_TSE | Q1_IXSM | Q1_TXSM | Q1_PAYLEN(2000 - 66) },
	{ 2000, F(IPV4) | F(TCP_SEG), 14, 20, 20, 9216, CTX_LENS(0, 14, 20),
		CTX | CTX_IPV4 | CTX_TCP | CTX_L4LEN(20) | CTX_MSS(9216),
		Q1_TSE | Q1_IXSM | Q1_TXSM | Q1_PAYLEN(2000 - 54) },
	{ 2000, F(IPV6) | F(TCP_SEG) | F(TCP_CKSUM) | F(VLAN), 14, 40, 20, 1,
		CTX_LENS(0xa123, 14, 40), CTX | CTX_TCP | CTX_L4LEN(20) | CTX_MSS(1),
		Q1_VLE | Q1_TSE | Q1_TXSM | Q1_PAYLEN(2000 - 74) },
};

static void
row_bits(const struct oriel_tx_path *row)
{
	for (unsigned int i = 0; i < RTE_DIM(wanted); i++) {
		const struct wanted *w = &wanted[i];
		struct oriel_txq *q = bed_txq(RING, 32, 32);
		struct rte_mbuf *m = packet(w->len, w->ol, w->l2, w->l3, w->l4, w->mss);
		uint64_t idx = q->ctx_last ^ 1;

		assert_int_equal(row->burst(q, &m, 1), 1);
		assert_int_equal(q->next, 2);
		assert_int_equal(q->ring[0].q[0], w->ctx_q0);
		assert_int_equal(q->ring[0].q[1], w->ctx_q1 | Q1_IDX(idx));
		assert_int_equal(q->ring[1].q[0], rte_mbuf_data_iova(m));
		assert_int_equal(q->ring[1].q[1], Q1_DATA | w->q1 | w->len | Q1_IDX(idx));
		assert_int_equal(q->stats.contexts, 1);
		bed_txq_done(q);
	}
}

static void
test_bits(void **state)
{
	(void)state;
	each_row(row_bits);
}

/** Descriptor of kind 2 with this index at idx? */
static void
assert_ctx(const struct oriel_txq *q, uint16_t idx, unsigned int slot)
{
	assert_int_equal(q->ring[idx].q[1] & 0x00f00000, 0x00200000);
	assert_int_equal(q->ring[idx].q[1] >> 36 & 7, slot);
}

static void
assert_data(const struct oriel_txq *q, uint16_t idx, unsigned int slot)
{
	assert_int_equal(q->ring[idx].q[1] & 0x00f00000, 0x00300000);
	assert_int_equal(q->ring[idx].q[1] >> 36 & 7, slot);
}

static struct rte_mbuf *
kind(unsigned int k)
{
	switch (k) {
	case 0:
		return packet(100, F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM), 14, 20, 20, 0);
	case 1:
		return packet(100, F(IPV4) | F(UDP_CKSUM), 14, 20, 8, 0);
	case 2:
		return packet(100, F(VLAN), 0, 0, 0, 0);
	default:
		return packet(100, F(IPV4), 14, 20, 0, 0); /* asks for nothing */
	}
}

static void
row_contexts(const struct oriel_tx_path *row)
{
	static const unsigned int kinds[] = { 0, 0, 1, 0, 1, 3, 1, 2, 1, 0 };
	struct rte_mbuf *pkts[RTE_DIM(kinds)];
	struct oriel_txq *q = bed_txq(RING, 32, 32);
	unsigned int a, b;

	for (unsigned int i = 0; i < RTE_DIM(kinds); i++)
		pkts[i] = kind(kinds[i]);
	assert_int_equal(row->burst(q, pkts, RTE_DIM(kinds)), RTE_DIM(kinds));
	/* 0 new, 0, 1 new, 0, 1, none, 1, 2 new in the slot of 0, 1, 0 new in the slot of 2 */
	a = q->ring[0].q[1] >> 36 & 7;
	b = a ^ 1;
	assert_ctx(q, 0, a);
	assert_data(q, 1, a);
	assert_data(q, 2, a);
	assert_ctx(q, 3, b);
	assert_data(q, 4, b);
	assert_data(q, 5, a);
	assert_data(q, 6, b);
	assert_data(q, 7, 0);
	assert_int_equal(q->ring[7].q[1], Q1_DATA | 100 | Q1_PAYLEN(100));
	assert_data(q, 8, b);
	assert_ctx(q, 9, a);
	assert_data(q, 10, a);
	assert_data(q, 11, b);
	assert_ctx(q, 12, a);
	assert_data(q, 13, a);
	assert_int_equal(q->next, 14);
	assert_int_equal(q->stats.contexts, 4);
	/* A stopped queue forgets: the device has lost them too. */
	oriel_txq_reset(q);
	oriel_txq_run(q, 0);
	for (unsigned int i = 0; i < 4; i++)
		pkts[i] = kind(i % 2);
	assert_int_equal(row->burst(q, pkts, 4), 4);
	assert_ctx(q, 0, q->ring[1].q[1] >> 36 & 7);
	/* Two kinds in turn need two contexts, not one for each packet. */
	assert_int_equal(q->next, 6);
	bed_txq_done(q);
}

static void
test_contexts(void **state)
{
	(void)state;
	each_row(row_contexts);
}

/** Room for a packet but not for its context: neither is written. */
static void
row_no_room(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(32, 8, 1);
	struct rte_mbuf *pkts[32];

	for (int i = 0; i < 31; i++)
		pkts[i] = kind(i < 30 ? 3 : 0);
	assert_int_equal(row->burst(q, pkts, 31), 30);
	assert_int_equal(q->nb_free, 1);
	assert_int_equal(q->stats.contexts, 0);
	q->ring[7].q[1] = Q1_DD;
	assert_int_equal(row->burst(q, pkts + 30, 1), 1);
	assert_ctx(q, 30, q->ring[31].q[1] >> 36 & 7);
	bed_txq_done(q);
}

static void
test_no_room(void **state)
{
	(void)state;
	each_row(row_no_room);
}

/* ---- what cannot be sent ---- */

static const struct {
	struct wanted w;
	int err;
} refused[] = {
	{ { 100, F(IPV4) | F(IP_CKSUM), 13, 20, 0, 0, 0, 0, 0 }, EINVAL },
	{ { 100, F(IPV4) | F(IP_CKSUM), 14, 19, 0, 0, 0, 0, 0 }, EINVAL },
	{ { 100, F(IPV6) | F(UDP_CKSUM), 14, 39, 0, 0, 0, 0, 0 }, EINVAL },
	/* the header is longer than the packet, or than the device can hold */
	{ { 53, F(IPV4) | F(TCP_CKSUM), 14, 20, 20, 0, 0, 0, 0 }, EINVAL },
	{ { 41, F(IPV4) | F(UDP_CKSUM), 14, 20, 8, 0, 0, 0, 0 }, EINVAL },
	{ { 33, F(IPV4) | F(IP_CKSUM), 14, 20, 0, 0, 0, 0, 0 }, EINVAL },
	{ { 13, F(VLAN), 0, 0, 0, 0, 0, 0, 0 }, EINVAL },
	{ { 600, F(IPV6) | F(TCP_CKSUM), 14, 499, 0, 0, 0, 0, 0 }, EINVAL },
	{ { 600, F(IPV4) | F(TCP_SEG), 14, 479, 20, 100, 0, 0, 0 }, EINVAL },
	/* segmentation */
	{ { 500, F(IPV4) | F(TCP_SEG), 14, 20, 20, 0, 0, 0, 0 }, EINVAL },
	{ { 500, F(IPV4) | F(TCP_SEG), 14, 20, 20, 9217, 0, 0, 0 }, EINVAL },
	{ { 500, F(IPV4) | F(TCP_SEG), 14, 20, 19, 100, 0, 0, 0 }, EINVAL },
	{ { 500, F(TCP_SEG), 14, 40, 20, 100, 0, 0, 0 }, EINVAL },
	{ { 54, F(IPV4) | F(TCP_SEG), 14, 20, 20, 100, 0, 0, 0 }, EINVAL },
	{ { 600, F(IPV6) | F(TCP_SEG), 14, 478, 20, 9216, 0, 0, 0 }, EINVAL },
	/* what the 82576 does not have */
	{ { 500, F(IPV4) | F(UDP_SEG), 14, 20, 8, 100, 0, 0, 0 }, ENOTSUP },
	{ { 100, F(IPV4) | F(IP_CKSUM) | F(OUTER_IPV4) | F(OUTER_IP_CKSUM), 14, 20, 0, 0, 0, 0, 0 },
		ENOTSUP },
	{ { 100, F(TUNNEL_VXLAN) | F(IPV4) | F(IP_CKSUM), 14, 20, 0, 0, 0, 0, 0 }, ENOTSUP },
	{ { 100, F(QINQ), 0, 0, 0, 0, 0, 0, 0 }, ENOTSUP },
	{ { 100, F(SEC_OFFLOAD), 0, 0, 0, 0, 0, 0, 0 }, ENOTSUP },
	{ { 100, F(MACSEC), 0, 0, 0, 0, 0, 0, 0 }, ENOTSUP },
};

static void
row_refused(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 32, 32);

	for (unsigned int i = 0; i < RTE_DIM(refused); i++) {
		const struct wanted *w = &refused[i].w;
		struct rte_mbuf *m = packet(w->len, w->ol, w->l2, w->l3, w->l4, w->mss);

		rte_errno = 0;
		if (oriel_tx_prepare(q, &m, 1) != 0 || rte_errno != refused[i].err)
			fail_msg("packet %u: errno %d, expected %d", i, rte_errno, refused[i].err);
		/* An application that does not ask: dropped and counted, the ring untouched. */
		assert_int_equal(row->burst(q, &m, 1), 1);
		assert_int_equal(q->stats.errors, i + 1);
		assert_int_equal(q->next, 0);
		assert_int_equal(rte_mempool_avail_count(pool), POOL);
	}
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	bed_txq_done(q);
}

static void
test_refused(void **state)
{
	(void)state;
	each_row(row_refused);
}

/** A tag that the device inserts counts. */
static void
row_longest(const struct oriel_tx_path *row)
{
	struct rte_mempool *jumbo = bed_pool("txo_jumbo", 4, 10000);
	struct oriel_txq *q = bed_txq(RING, 32, 32);
	struct rte_mbuf *m[3];

	for (unsigned int i = 0; i < RTE_DIM(m); i++) {
		m[i] = rte_pktmbuf_alloc(jumbo);
		m[i]->ol_flags |= i == 2 ? 0 : F(VLAN);
		assert_non_null(rte_pktmbuf_append(m[i], i == 0 ? 9721 : i == 1 ? 9720 : 9724));
	}
	assert_int_equal(oriel_tx_prepare(q, m, 1), 0);
	assert_int_equal(oriel_tx_prepare(q, m + 1, 2), 2);
	assert_int_equal(row->burst(q, m, 3), 3);
	assert_int_equal(q->stats.errors, 1);
	assert_int_equal(q->stats.packets, 2);
	bed_txq_done(q);
	bed_pool_done(jumbo);
}

static void
test_longest(void **state)
{
	(void)state;
	each_row(row_longest);
}

/** A packet of a kind whose context a slot has already: its length is looked at all the same. */
static void
row_known_context(const struct oriel_tx_path *row)
{
	static const struct {
		struct wanted w;
		uint32_t longest;
	} kinds[] = {
		{ { 54, F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM), 14, 20, 20, 0, 0, 0, 0 }, 9724 },
		{ { 42, F(IPV4) | F(UDP_CKSUM), 14, 20, 8, 0, 0, 0, 0 }, 9724 },
		{ { 60, F(IPV6) | F(UDP_CKSUM) | F(VLAN), 14, 40, 6, 0, 0, 0, 0 }, 9720 },
		{ { 14, F(VLAN), 0, 0, 0, 0, 0, 0, 0 }, 9720 },
	};
	struct oriel_txq *q = bed_txq(RING, 32, 32);
	uint64_t errors = 0;

	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		const struct wanted *w = &kinds[i].w;
		const uint16_t shortest = w->l2 + w->l3 > 50 ? 62 : w->len;
		const uint32_t lens[] = { 100, shortest, shortest - 1u, 100, kinds[i].longest,
			kinds[i].longest + 1, 100, 100 };
		struct rte_mbuf *m[2 * RTE_DIM(lens)];

		/* Alone, then each in a burst. */
		for (unsigned int k = 0; k < RTE_DIM(m); k++) {
			m[k] = packet(100, w->ol, w->l2, w->l3, w->l4, 0);
			/* Nobody reads it. */
			m[k]->data_len = m[k]->pkt_len = lens[k % RTE_DIM(lens)];
			if (k < RTE_DIM(lens))
				assert_int_equal(row->burst(q, m + k, 1), 1);
		}
		errors += 2;
		assert_int_equal(q->stats.errors, errors);
		assert_int_equal(row->burst(q, m + RTE_DIM(lens), RTE_DIM(lens)), RTE_DIM(lens));
		errors += 2;
		assert_int_equal(q->stats.errors, errors);
	}
	bed_txq_done(q);
}

static void
test_known_context(void **state)
{
	(void)state;
	each_row(row_known_context);
}

/** Prepare says no exactly when a burst would drop. */
static void
row_same_verdict(const struct oriel_tx_path *row)
{
	static const uint64_t flags[] = { F(IPV4), F(IPV6), F(IP_CKSUM), F(TCP_CKSUM), F(UDP_CKSUM),
		F(SCTP_CKSUM), F(TCP_SEG), F(VLAN), F(UDP_SEG), F(OUTER_IPV6) };
	uint64_t seed = bed_seed("test_same_verdict");
	unsigned int refusals = 0;

	for (int i = 0; i < 100000; i++) {
		struct oriel_txq *q = i % 5000 == 0 ? bed_txq(RING, 1, 32) : NULL;
		static struct oriel_txq *kept;
		uint64_t r = bed_random(&seed), ol = 0, errors;
		struct rte_mbuf *m;
		uint16_t ok;

		if (q != NULL) {
			if (kept != NULL)
				bed_txq_done(kept);
			kept = q;
		}
		q = kept;
		for (unsigned int k = 0; k < RTE_DIM(flags); k++)
			if (bed_random(&seed) % (k < 8 ? 3 : 40) == 0)
				ol |= flags[k];
		/* Headers are in the first segment here: prepare alone asks for that. */
		m = packet(1 + r % 600, ol, 10 + (r >> 10) % 10, 16 + (r >> 20) % 30,
			(r >> 30) % 30, (r >> 40) % 12 == 0 ? r >> 48 : (r >> 48) % 3000);
		if (r % 7 == 0)
			m->pkt_len++;
		if (m->data_len < 600 &&
			(unsigned int)(m->l2_len + m->l3_len + m->l4_len) > m->data_len)
			m->l4_len = 0;
		errors = q->stats.errors;
		if ((unsigned int)(m->l2_len + m->l3_len + m->l4_len) > m->data_len) {
			rte_pktmbuf_free(m);
			goto next;
		}
		ok = oriel_tx_prepare(q, &m, 1);
		assert_int_equal(row->burst(q, &m, 1), 1);
		if ((q->stats.errors == errors) != ok)
			fail_msg("flags %#" PRIx64 " prepare %u", ol, ok);
		refusals += !ok;
		q->ring[q->next == 0 ? RING - 1 : q->next - 1].q[1] |= ok ? Q1_DD : 0;
next:
		if (i == 99999) {
			bed_txq_done(kept);
			kept = NULL;
		}
	}
	assert_true(refusals > 1000 && refusals < 99000);
}

static void
test_same_verdict(void **state)
{
	(void)state;
	each_row(row_same_verdict);
}

/* ---- pseudo-headers ---- */

/** A frame with Ethernet, IPv4 or IPv6, TCP or UDP, and content. */
static struct rte_mbuf *
real_packet(bool v6, bool tcp, uint16_t payload, uint64_t ol)
{
	uint16_t l3 = v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	uint16_t l4 = tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr);
	struct rte_mbuf *m = packet(14 + l3 + l4 + payload, ol, 14, l3, l4, 500);
	uint8_t proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	struct rte_ipv4_hdr *ip4 = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, 14);
	struct rte_ipv6_hdr *ip6 = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, 14);

	if (v6) {
		ip6->vtc_flow = rte_cpu_to_be_32(6u << 28);
		ip6->payload_len = rte_cpu_to_be_16(l4 + payload);
		ip6->proto = proto;
		memset(ip6->src_addr, 0x11, 16);
		memset(ip6->dst_addr, 0x22, 16);
	} else {
		ip4->version_ihl = 0x45;
		ip4->total_length = rte_cpu_to_be_16(l3 + l4 + payload);
		ip4->next_proto_id = proto;
		ip4->src_addr = 0x01020304;
		ip4->dst_addr = 0x05060708;
		ip4->hdr_checksum = 0xaaaa;
	}
	return m;
}

/** The pseudo-header's sum, by hand. */
static uint16_t
pseudo(const struct rte_mbuf *m, bool v6, bool tcp, uint32_t l4_len)
{
	const uint8_t *p = rte_pktmbuf_mtod_offset(m, const uint8_t *, 14 + (v6 ? 8 : 12));
	uint32_t sum = 0;

	for (unsigned int i = 0; i < (v6 ? 32u : 8u); i += 2)
		sum += p[i] << 8 | p[i + 1];
	sum += (tcp ? IPPROTO_TCP : IPPROTO_UDP) + l4_len;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
test_prepare(void **state)
{
	struct oriel_txq *q = bed_txq(RING, 32, 32);

	(void)state;
	for (unsigned int c = 0; c < 8; c++) {
		bool v6 = c & 1, tcp = c & 2, tso = c & 4;
		uint64_t ol = v6 ? F(IPV6) : F(IPV4) | F(IP_CKSUM);
		struct rte_mbuf *m;
		uint16_t l4_len, sum;
		const uint8_t *p;

		if (tso && !tcp)
			continue;
		ol |= tso ? F(TCP_SEG) : tcp ? F(TCP_CKSUM) : F(UDP_CKSUM);
		m = real_packet(v6, tcp, 1000, ol);
		l4_len = m->l4_len + 1000;
		sum = pseudo(m, v6, tcp, tso ? 0 : l4_len);
		assert_int_equal(oriel_tx_prepare(q, &m, 1), 1);
		p = rte_pktmbuf_mtod_offset(m, const uint8_t *,
			14 + m->l3_len +
				(tcp ? offsetof(struct rte_tcp_hdr, cksum) :
				       offsetof(struct rte_udp_hdr, dgram_cksum)));
		assert_int_equal(p[0] << 8 | p[1], sum);
		p = rte_pktmbuf_mtod_offset(m, const uint8_t *, 14);
		/* Segmentation wants zeros where the device writes each frame's length. */
		if (v6) {
			assert_int_equal(p[4] << 8 | p[5], tso ? 0 : l4_len);
		} else {
			assert_int_equal(p[2] << 8 | p[3], tso ? 0 : 20 + l4_len);
			assert_int_equal(p[10] << 8 | p[11], 0);
		}
		/* Twice does no harm. */
		assert_int_equal(oriel_tx_prepare(q, &m, 1), 1);
		rte_pktmbuf_free(m);
	}
	bed_txq_done(q);
}

/** Stops at the first bad one; headers beyond the first segment are not supported by prepare. */
static void
test_prepare_stops(void **state)
{
	struct oriel_txq *q = bed_txq(RING, 32, 32);
	struct rte_mbuf *pkts[3];

	(void)state;
	pkts[0] = real_packet(false, true, 10, F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM));
	pkts[1] = packet(20, F(IPV4) | F(IP_CKSUM), 14, 20, 0, 0);
	assert_int_equal(rte_pktmbuf_chain(pkts[1], packet(80, 0, 0, 0, 0, 0)), 0);
	pkts[2] = kind(0);
	rte_errno = 0;
	assert_int_equal(oriel_tx_prepare(q, pkts, 3), 1);
	assert_int_equal(rte_errno, ENOTSUP);
	assert_int_equal(oriel_tx_prepare(q, pkts + 2, 1), 1);
	rte_pktmbuf_free_bulk(pkts, 3);
	bed_txq_done(q);
}

/** A checksum field that lies in the second segment, by a byte or wholly: nothing is written. */
static void
test_prepare_cut_headers(void **state)
{
	static const struct {
		uint64_t ol;
		uint16_t l3, l4; /* bytes that the first segment must have of each */
	} kinds_cut[] = {
		{ F(IPV4) | F(UDP_CKSUM), 20, 8 },
		{ F(IPV6) | F(UDP_CKSUM), 40, 8 },
		{ F(IPV4) | F(TCP_CKSUM), 20, 20 },
		{ F(IPV6) | F(TCP_CKSUM), 40, 20 },
	};
	struct oriel_txq *q = bed_txq(RING, 32, 32);

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds_cut); i++) {
		for (uint16_t have = 0; have <= kinds_cut[i].l4; have++) {
			uint16_t first = 14 + kinds_cut[i].l3 + have;
			/* l4_len 0, as the API allows without segmentation */
			struct rte_mbuf *m = packet(
				first, kinds_cut[i].ol, 14, kinds_cut[i].l3, 0, 0);
			bool whole = have == kinds_cut[i].l4;
			uint8_t behind[20];

			memset(rte_pktmbuf_mtod(m, uint8_t *), 0x45, first + sizeof(behind));
			assert_int_equal(rte_pktmbuf_chain(m, packet(80, 0, 0, 0, 0, 0)), 0);
			rte_errno = 0;
			assert_int_equal(oriel_tx_prepare(q, &m, 1), whole);
			assert_int_equal(rte_errno, whole ? 0 : ENOTSUP);
			memset(behind, 0x45, sizeof(behind));
			assert_memory_equal(
				rte_pktmbuf_mtod_offset(m, void *, first), behind, sizeof(behind));
			rte_pktmbuf_free(m);
		}
	}
	bed_txq_done(q);
}

/* ---- random packets through a device ---- */

/** Reads one frame's descriptors as the datasheet has them; returns how many. */
static uint16_t
device_frame(struct oriel_txq *q, uint16_t head, uint8_t *frame, uint32_t *len)
{
	uint16_t n = 0;
	uint64_t q1;

	*len = 0;
	do {
		struct oriel_tx_desc *desc = &q->ring[(head + n) % q->nb_desc];

		assert_true((head + n) % q->nb_desc != q->next);
		q1 = desc->q[1];
		n++;
		if ((q1 >> 20 & 0xf) == 2) {
			assert_int_equal(*len, 0);
			q1 = 0;
			continue;
		}
		assert_int_equal(q1 & Q1_DD, 0);
		assert_true((q1 & 0xffff) != 0);
		if (desc->q[0] == q->pad_iova)
			memset(frame + *len, 0, q1 & 0xffff);
		else
			memcpy(frame + *len, (void *)(uintptr_t)desc->q[0], q1 & 0xffff);
		*len += q1 & 0xffff;
	} while (!(q1 & (1u << 24)));
	if (!(q1 & Q1_TSE))
		assert_int_equal(q1 >> 46, *len);
	return n;
}

struct shadow {
	uint8_t data[700];
	uint32_t len;
};

static struct rte_mbuf *
random_packet(uint64_t *seed, struct shadow *s)
{
	static const uint64_t ols[] = { 0, 0, F(VLAN), F(IPV4) | F(IP_CKSUM),
		F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM) | F(VLAN), F(IPV4) | F(UDP_CKSUM) };
	uint64_t r = bed_random(seed);
	unsigned int segs = 1 + r % 4;
	struct rte_mbuf *m = NULL, *seg;

	s->len = 0;
	for (unsigned int i = 0; i < segs; i++) {
		uint16_t len = i == 0 && r & 0x10 ? 54 + bed_random(seed) % 100 :
						    bed_random(seed) % 60;

		seg = rte_pktmbuf_alloc(pool);
		assert_non_null(seg);
		rte_pktmbuf_append(seg, len);
		for (uint16_t k = 0; k < len; k++)
			s->data[s->len++] = rte_pktmbuf_mtod(seg, uint8_t *)[k] = bed_random(seed);
		if (m == NULL)
			m = seg;
		else
			assert_int_equal(rte_pktmbuf_chain(m, seg), 0);
	}
	if (m->data_len >= 54) {
		m->ol_flags |= ols[(r >> 8) % RTE_DIM(ols)];
		m->tx_offload = rte_mbuf_tx_offload(14, 20, 20, 0, 0, 0, 0);
		m->vlan_tci = r >> 32 & 1;
	}
	if (s->len == 0) {
		*rte_pktmbuf_append(m, 1) = 7;
		s->data[s->len++] = 7;
	}
	return m;
}

static void
row_random(const struct oriel_tx_path *row)
{
	uint64_t seed = bed_seed("test_random");
	struct oriel_txq *q = bed_txq(RING, 1 + seed % 40, 1 + seed % 60);
	static struct shadow shadow[256];
	uint32_t sent = 0, seen = 0;
	uint16_t head = 0;
	uint8_t frame[1024];

	for (int round = 0; round < 5000; round++) {
		struct rte_mbuf *pkts[32];
		uint16_t want = bed_random(&seed) % 32, n;
		uint64_t r = bed_random(&seed);

		for (uint16_t i = 0; i < want; i++)
			pkts[i] = random_packet(&seed, &shadow[(sent + i) % 256]);
		n = row->burst(q, pkts, want);
		rte_pktmbuf_free_bulk(pkts + n, want - n);
		sent += n;
		for (uint16_t k = r % 48; k > 0 && head != q->next; k--) {
			const struct shadow *s = &shadow[seen++ % 256];
			uint16_t descs, last;
			uint32_t len;

			descs = device_frame(q, head, frame, &len);
			assert_int_equal(len, RTE_MAX(s->len, 17u));
			assert_memory_equal(frame, s->data, s->len);
			for (uint32_t i = s->len; i < len; i++)
				assert_int_equal(frame[i], 0);
			last = (head + descs - 1) % RING;
			if (q->ring[last].q[1] & Q1_RS)
				q->ring[last].q[1] = Q1_DD;
			head = (head + descs) % RING;
		}
	}
	assert_int_equal(q->stats.errors, 0);
	assert_true(seen > 10000);
	bed_txq_done(q);
}

static void
test_random(void **state)
{
	(void)state;
	each_row(row_random);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contexts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known_context, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_verdict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prepare, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prepare_stops, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prepare_cut_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
