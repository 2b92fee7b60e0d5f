/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* VLAN strip in software: which tags go, what an mbuf says then, and that each row does it. */

#include "datapath_bed.h"
#include "rx.h"
#include "rx_strip.h"

#define DD ORIEL_RXD_DD
#define EOP ORIEL_RXD_EOP
#define RING 64
#define POOL 512

#define TPID 0x8100
#define OUTER 0x88a8

static struct rte_mempool *pool;

static int
setup(void **state)
{
	(void)state;
	pool = bed_pool("rx", POOL, BED_ROOM);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_pool_done(pool);
	return 0;
}

static void
put_be16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/** Counted bytes with tags at 12 and, if it is not 0, at 16. */
static void
fill(uint8_t *frame, unsigned int len, uint16_t first, uint16_t second)
{
	for (unsigned int i = 0; i < len; i++)
		frame[i] = 0x80 + i;
	if (len >= 14)
		put_be16(frame + 12, first);
	if (second != 0 && len >= 18)
		put_be16(frame + 16, second);
}

/** One frame through oriel_rx_strip(); `gone` is the byte from which 4 are to go, 0: none. */
static void
check_one(uint16_t tpid, uint16_t outer, uint16_t first, uint16_t second, unsigned int len,
	unsigned int gone)
{
	struct oriel_rxq q = { .strip_tpid = rte_cpu_to_be_16(tpid),
		.strip_outer = rte_cpu_to_be_16(outer),
		.stats.bytes = 1000 };
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t frame[64], want[64];

	assert_non_null(m);
	fill(frame, len, first, second);
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	m->ol_flags = RTE_MBUF_F_RX_RSS_HASH;
	m->vlan_tci = 0x5555;
	oriel_rx_strip(&q, &m, 1);
	if (gone == 0) {
		assert_int_equal(m->pkt_len, len);
		assert_int_equal(m->data_len, len);
		assert_int_equal(m->data_off, RTE_PKTMBUF_HEADROOM);
		assert_int_equal(m->ol_flags, RTE_MBUF_F_RX_RSS_HASH);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), frame, len);
		assert_int_equal(q.stats.bytes, 1000);
	} else {
		memcpy(want, frame, gone);
		memcpy(want + gone, frame + gone + 4, len - gone - 4);
		assert_int_equal(m->pkt_len, len - 4);
		assert_int_equal(m->data_len, len - 4);
		assert_int_equal(m->data_off, RTE_PKTMBUF_HEADROOM + 4);
		assert_int_equal(m->ol_flags,
			RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
		assert_int_equal(m->vlan_tci, frame[gone + 2] << 8 | frame[gone + 3]);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), want, len - 4);
		assert_int_equal(q.stats.bytes, 996);
	}
	rte_pktmbuf_free(m);
}

static void
test_one_tag(void **state)
{
	(void)state;
	check_one(TPID, 0, TPID, 0, 60, 12);
	check_one(TPID, 0, TPID, TPID, 60, 12);
	check_one(TPID, 0, OUTER, 0, 60, 0);
	check_one(TPID, 0, OUTER, TPID, 60, 0);
	check_one(OUTER, 0, OUTER, 0, 60, 12);
	check_one(0, 0, TPID, 0, 60, 0);
	/* Frames that end with the tag, or within it, have none that could go. */
	for (unsigned int len = 1; len < 18; len++)
		check_one(TPID, 0, TPID, 0, len, 0);
	check_one(TPID, 0, TPID, 0, 18, 12);
}

/** The inner one goes, and only from behind an outer one. */
static void
test_two_tags(void **state)
{
	(void)state;
	check_one(TPID, OUTER, OUTER, TPID, 60, 16);
	check_one(TPID, TPID, TPID, TPID, 60, 16);
	check_one(TPID, OUTER, TPID, TPID, 60, 0);
	check_one(TPID, OUTER, OUTER, OUTER, 60, 0);
	check_one(TPID, OUTER, OUTER, 0x800, 60, 0);
	for (unsigned int len = 1; len < 22; len++)
		check_one(TPID, OUTER, OUTER, TPID, len, 0);
	check_one(TPID, OUTER, OUTER, TPID, 22, 16);
}

/* A tag that the device claims, where bursts strip, is no tag. */
#define LIE ORIEL_RXD_VP
#define LIED_TAG 0x777

/** Frames of one and of two buffers through the row's burst, some tagged. */
static void
check_row(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 8, 0);
	struct rte_mbuf *pkts[8];
	uint64_t bytes = 0;
	uint16_t n;

	q->strip_tpid = RTE_BE16(TPID);
	for (uint16_t i = 0; i < 6; i++) {
		fill(rte_pktmbuf_mtod_offset(q->sw_ring[i], uint8_t *, 0), 100,
			i % 2 ? TPID : 0x88b5, 0);
		rte_pktmbuf_mtod(q->sw_ring[i], uint8_t *)[15] = i;
	}
	/* 0 and 1 alone, 2 to 3 and 4 to 5 a frame each: 3's "tag" is in its second buffer. */
	for (uint16_t i = 0; i < 6; i++) {
		bool first = i == 2 || i == 4;

		bed_rx_done(q, i, 0, 0, DD | LIE | (first ? 0 : EOP), first ? q->buf_len : 100,
			LIED_TAG);
	}
	put_be16(rte_pktmbuf_mtod_offset(q->sw_ring[4], uint8_t *, 12), TPID);
	n = row->burst(q, pkts, 8);
	assert_int_equal(n, 4);
	for (uint16_t i = 0; i < n; i++) {
		bool tagged = i == 1 || i == 3;
		uint32_t len = (i < 2 ? 100 : 100 + q->buf_len) - (tagged ? 4 : 0);

		assert_int_equal(pkts[i]->pkt_len, len);
		assert_int_equal(pkts[i]->nb_segs, i < 2 ? 1 : 2);
		assert_int_equal((pkts[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0, tagged);
		assert_int_equal((pkts[i]->ol_flags & RTE_MBUF_F_RX_VLAN) != 0, tagged);
		if (tagged)
			assert_int_equal(pkts[i]->vlan_tci & 0xff, i == 1 ? 1 : 4);
		bytes += len;
	}
	assert_int_equal(q->stats.bytes, bytes);
	assert_int_equal(q->stats.packets, n);
	rte_pktmbuf_free_bulk(pkts, n);
	bed_rxq_done(q);
}

static void
test_rows(void **state)
{
	unsigned int n, i, ran = 0;
	const struct oriel_rx_path *rows = oriel_path_rx_special_table(&n);

	(void)state;
	for (i = 0; i < n; i++) {
		if (!(rows[i].special & ORIEL_RX_SPECIAL_STRIP) ||
			!bed_row_runs(rows[i].name, rows[i].simd_width))
			continue;
		check_row(&rows[i]);
		ran++;
	}
	assert_true(ran > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_tag, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
