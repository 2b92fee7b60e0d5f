/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * TX bursts on made-up rings: the exact bytes of descriptors, contexts, RS, reclaim in
 * order, padding, and the questions about a ring. Every row of the table.
 */

#include <rte_net.h>

#include "datapath_bed.h"
#include "tx.h"

#define RING 64
#define POOL 512
/* Second qword of a plain data descriptor: DTYP 3, DEXT, IFCS; EOP and RS by name. */
#define Q1_DATA UINT64_C(0x22300000)
#define Q1_EOP UINT64_C(0x01000000)
#define Q1_RS UINT64_C(0x08000000)
#define Q1_VLE UINT64_C(0x40000000)
#define Q1_TSE UINT64_C(0x80000000)
#define Q1_IDX(n) ((uint64_t)(n) << 36)
#define Q1_IXSM (UINT64_C(1) << 40)
#define Q1_TXSM (UINT64_C(1) << 41)
#define Q1_PAYLEN(n) ((uint64_t)(n) << 46)
#define Q1_DD (UINT64_C(1) << 32)
/* A context's: DTYP 2, DEXT. */
#define Q1_CTX UINT64_C(0x20200000)

static struct rte_mempool *pool, *other;

static int
setup(void **state)
{
	(void)state;
	pool = bed_pool("tx", POOL, BED_ROOM);
	other = bed_pool("tx_other", POOL, BED_ROOM);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_pool_done(pool);
	bed_pool_done(other);
	return 0;
}

static struct rte_mbuf *
packet(uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	assert_non_null(rte_pktmbuf_append(m, len));
	return m;
}

static struct rte_mbuf *
chain(const uint16_t *lens, unsigned int n)
{
	struct rte_mbuf *head = packet(lens[0]);

	for (unsigned int i = 1; i < n; i++)
		assert_int_equal(rte_pktmbuf_chain(head, packet(lens[i])), 0);
	return head;
}

/** The device has sent everything up to and with descriptor idx. */
static void
device_done(struct oriel_txq *q, uint16_t idx)
{
	q->ring[idx].q[1] = Q1_DD;
}

static void
assert_desc(const struct oriel_txq *q, uint16_t idx, uint64_t q0, uint64_t q1)
{
	assert_int_equal(q->ring[idx].q[0], q0);
	assert_int_equal(q->ring[idx].q[1], q1);
}

typedef void (*row_test)(const struct oriel_tx_path *row);

static void
each_row(row_test test)
{
	unsigned int n, i;
	const struct oriel_tx_path *rows = oriel_path_tx_table(&n);

	for (i = 0; i < n; i++)
		if (bed_row_runs(rows[i].name, rows[i].simd_width))
			test(&rows[i]);
}

/* ---- plain packets ---- */

static void
row_plain(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 4, 16);
	struct rte_mbuf *pkts[5];
	static const uint16_t lens[5] = { 60, 17, 1514, 2048, 64 };
	uint64_t iova[5];

	for (int i = 0; i < 5; i++) {
		pkts[i] = packet(lens[i]);
		iova[i] = rte_mbuf_data_iova(pkts[i]);
	}
	assert_int_equal(row->burst(q, pkts, 0), 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	assert_int_equal(row->burst(q, pkts, 5), 5);
	assert_int_equal(bed_take_doorbell(q->tail), 5);
	for (int i = 0; i < 5; i++)
		assert_desc(q, i, iova[i],
			Q1_DATA | Q1_EOP | lens[i] | Q1_PAYLEN(lens[i]) | (i == 3 ? Q1_RS : 0));
	assert_int_equal(q->stats.packets, 5);
	assert_int_equal(q->stats.bytes, 60 + 17 + 1514 + 2048 + 64);
	assert_int_equal(q->nb_free, RING - 1 - 5);
	bed_txq_done(q);
}

static void
test_plain(void **state)
{
	(void)state;
	each_row(row_plain);
}

/** RS on each rs_thresh-th, freed chunk by chunk and only when DD is there, for many rounds. */
static void
run_rounds(const struct oriel_tx_path *row, uint16_t nb_desc, uint16_t rs, uint16_t free_thresh)
{
	struct oriel_txq *q = bed_txq(nb_desc, rs, free_thresh);
	uint32_t total = 0, cleaned = 0;
	struct rte_mbuf *pkts[32];
	uint16_t head = 0;

	for (int round = 0; round < 400; round++) {
		uint16_t want = 1 + round % 32, sent;

		for (uint16_t i = 0; i < want; i++)
			pkts[i] = packet(60 + i);
		sent = row->burst(q, pkts, want);
		rte_pktmbuf_free_bulk(pkts + sent, want - sent);
		total += sent;
		assert_int_equal(
			bed_take_doorbell(q->tail), sent == 0 ? BED_NO_DOORBELL : total % nb_desc);
		/* One descriptor stays unused. */
		assert_true((uint16_t)(total - cleaned) <= nb_desc + 32);
		assert_int_equal(q->next, total % nb_desc);
		assert_true(q->nb_free < nb_desc);
		/* What is not free is held: nothing is freed without DD. */
		assert_int_equal(rte_mempool_avail_count(pool) + nb_desc - 1 - q->nb_free, POOL);
		/* The device sends some, in order, and says so where RS is. */
		for (uint16_t n = round * 7 % 40; n > 0 && head != q->next; n--) {
			uint64_t q1 = q->ring[head].q[1];

			assert_int_equal(!!(q1 & Q1_RS), ++cleaned % rs == 0);
			if (q1 & Q1_RS)
				device_done(q, head);
			head = (head + 1) % nb_desc;
		}
	}
	assert_true(total > 3u * nb_desc);
	bed_txq_done(q);
}

static void
row_rounds(const struct oriel_tx_path *row)
{
	run_rounds(row, 32, 8, 8);
	run_rounds(row, 32, 1, 31);
	run_rounds(row, 40, 20, 1);
	run_rounds(row, 64, 32, 32);
	run_rounds(row, 128, 5, 40);
	/* Reclaim is tried all the time, also when no RS is on the way. */
	run_rounds(row, 32, 16, 31);
	run_rounds(row, 64, 4, 63);
}

static void
test_rounds(void **state)
{
	(void)state;
	each_row(row_rounds);
}

static void
row_full(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 16, 16);
	struct rte_mbuf *pkts[RING + 1];

	for (int i = 0; i < RING; i++)
		pkts[i] = packet(60);
	/* 63 fit. DD on descriptors without RS means nothing. */
	assert_int_equal(row->burst(q, pkts, RING), RING - 1);
	assert_int_equal(bed_take_doorbell(q->tail), RING - 1);
	for (int i = 0; i < RING; i++)
		if (i % 16 != 15)
			q->ring[i].q[1] |= Q1_DD;
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 0);
	/* Nor does a later chunk's before an earlier one's. */
	device_done(q, 31);
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - RING);
	/* The oldest makes both free. */
	device_done(q, 15);
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 1);
	assert_int_equal(rte_mempool_avail_count(pool) + q->nb_desc - 1 - q->nb_free, POOL);
	assert_int_equal(bed_take_doorbell(q->tail), 0);
	bed_txq_done(q);
}

static void
test_full(void **state)
{
	(void)state;
	each_row(row_full);
}

static void
row_stopped(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 16, 16);
	struct rte_mbuf *m = packet(60), *tiny = packet(3);

	oriel_txq_reset(q);
	assert_int_equal(row->burst(q, &m, 1), 0);
	assert_int_equal(row->burst(q, &tiny, 1), 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(tiny);
	bed_txq_done(q);
}

static void
test_stopped(void **state)
{
	(void)state;
	each_row(row_stopped);
}

/** Mbufs that others hold, that lie elsewhere, of several pools: each goes where it belongs. */
static void
row_owners(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 32, 8);
	struct rte_mbuf *pkts[33], *kept = packet(60), *indirect, *direct;

	for (int i = 0; i < 32; i++) {
		pkts[i] = rte_pktmbuf_alloc(i % 3 ? pool : other);
		rte_pktmbuf_append(pkts[i], 60);
	}
	rte_pktmbuf_free(pkts[5]);
	rte_mbuf_refcnt_update(kept, 1);
	pkts[5] = kept;
	direct = pkts[7];
	indirect = rte_pktmbuf_clone(direct, other);
	assert_non_null(indirect);
	rte_pktmbuf_free(pkts[8]);
	pkts[8] = indirect;
	pkts[32] = packet(60);
	assert_int_equal(row->burst(q, pkts, 32), 32);
	assert_true(q->ring[31].q[1] & Q1_RS);
	device_done(q, 31);
	assert_int_equal(oriel_tx_done_cleanup(q, 0), 32);
	assert_int_equal(rte_mbuf_refcnt_read(kept), 1);
	/* All but what is still held outside. */
	assert_int_equal(rte_mempool_avail_count(other), POOL);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 2);
	rte_pktmbuf_free(kept);
	assert_int_equal(row->burst(q, pkts + 32, 1), 1);
	bed_txq_done(q);
}

static void
test_owners(void **state)
{
	(void)state;
	each_row(row_owners);
}

/* ---- lengths ---- */

/** Frames below 17 bytes get zeros from a descriptor of their own; no mbuf is written to. */
static void
row_short(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 4, 16);

	for (uint16_t len = 1; len < ORIEL_TX_MIN_FRAME; len++) {
		struct rte_mbuf *m = packet(len), before = *m, *data = m;
		uint16_t idx = q->next;

		if (len % 2) {
			/* An indirect mbuf: the data belong to somebody else. */
			m = rte_pktmbuf_clone(data, pool);
			rte_pktmbuf_free(data);
			before = *m;
		}
		rte_mbuf_refcnt_update(m, 1);
		assert_int_equal(row->burst(q, &m, 1), 1);
		assert_desc(q, idx, rte_mbuf_data_iova(m), Q1_DATA | len | Q1_PAYLEN(17));
		idx = (idx + 1) % RING;
		assert_int_equal(q->ring[idx].q[0], q->pad_iova);
		assert_int_equal(
			q->ring[idx].q[1] & ~Q1_RS, Q1_DATA | Q1_EOP | (17 - len) | Q1_PAYLEN(17));
		assert_int_equal(m->data_len, before.data_len);
		assert_int_equal(m->pkt_len, before.pkt_len);
		if (q->ring[idx].q[1] & Q1_RS)
			device_done(q, idx);
		oriel_tx_done_cleanup(q, 0);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(q->stats.packets, 16);
	assert_int_equal(q->stats.errors, 0);
	bed_txq_done(q);
}

static void
test_short(void **state)
{
	(void)state;
	each_row(row_short);
}

static void
row_bad_lengths(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(RING, 16, 16);
	struct rte_mempool *jumbo = bed_pool("tx_jumbo", 8, 12000);
	static const uint16_t lens[] = { 0, 9724, 9725, 12000, 60 };
	struct rte_mbuf *pkts[RTE_DIM(lens)];

	for (unsigned int i = 0; i < RTE_DIM(lens); i++) {
		pkts[i] = rte_pktmbuf_alloc(jumbo);
		assert_non_null(rte_pktmbuf_append(pkts[i], lens[i]));
	}
	/* The bad ones are freed and counted, the good ones go. */
	assert_int_equal(row->burst(q, pkts, RTE_DIM(lens)), RTE_DIM(lens));
	assert_int_equal(q->stats.errors, 3);
	assert_int_equal(q->stats.packets, 2);
	assert_int_equal(rte_mempool_avail_count(jumbo), 8 - 2);
	assert_int_equal(q->ring[0].q[1], Q1_DATA | Q1_EOP | 9724 | Q1_PAYLEN(9724));
	assert_int_equal(q->ring[1].q[1], Q1_DATA | Q1_EOP | 60 | Q1_PAYLEN(60));
	assert_int_equal(bed_take_doorbell(q->tail), 2);
	bed_txq_done(q);
	bed_pool_done(jumbo);
}

static void
test_bad_lengths(void **state)
{
	(void)state;
	each_row(row_bad_lengths);
}

/* ---- segments ---- */

/** Chains go out right by every row, asked for or not. */
static void
row_segments(const struct oriel_tx_path *row)
{
	static const uint16_t lens[] = { 14, 0, 20, 1000, 0 };
	struct oriel_txq *q = bed_txq(RING, 4, 16);
	struct rte_mbuf *m = chain(lens, RTE_DIM(lens)), *seg = m;
	const uint64_t q1 = Q1_DATA | Q1_PAYLEN(1034);

	assert_int_equal(row->burst(q, &m, 1), 1);
	assert_int_equal(bed_take_doorbell(q->tail), 3);
	assert_desc(q, 0, rte_mbuf_data_iova(seg), q1 | 14);
	seg = seg->next->next;
	assert_desc(q, 1, rte_mbuf_data_iova(seg), q1 | 20);
	seg = seg->next;
	assert_desc(q, 2, rte_mbuf_data_iova(seg), q1 | 1000 | Q1_EOP);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 5);
	/* The next packet reaches the threshold: its EOP descriptor has the RS. */
	m = chain(lens, RTE_DIM(lens));
	assert_int_equal(row->burst(q, &m, 1), 1);
	assert_int_equal(q->ring[3].q[1], q1 | 14);
	assert_int_equal(q->ring[4].q[1], q1 | 20);
	assert_int_equal(q->ring[5].q[1], q1 | 1000 | Q1_EOP | Q1_RS);
	/* Zero-length segments are freed with the others. */
	device_done(q, 5);
	assert_int_equal(oriel_tx_done_cleanup(q, 0), 2);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	bed_txq_done(q);
}

static void
test_segments(void **state)
{
	(void)state;
	each_row(row_segments);
}

static struct rte_mbuf *
many_segments(unsigned int n)
{
	uint16_t lens[128];

	for (unsigned int i = 0; i < n; i++)
		lens[i] = 10;
	return chain(lens, n);
}

static void
row_segment_limits(const struct oriel_tx_path *row)
{
	struct oriel_txq *q = bed_txq(256, 32, 32), *small = bed_txq(32, 16, 8);
	struct rte_mbuf *m = many_segments(ORIEL_TX_MAX_SEGS);

	assert_int_equal(row->burst(q, &m, 1), 1);
	assert_int_equal(q->next, ORIEL_TX_MAX_SEGS);
	m = many_segments(ORIEL_TX_MAX_SEGS + 1);
	assert_int_equal(row->burst(q, &m, 1), 1);
	assert_int_equal(q->stats.errors, 1);
	assert_int_equal(q->next, ORIEL_TX_MAX_SEGS);
	/* A small ring takes what always fits it. */
	m = many_segments(16);
	assert_int_equal(row->burst(small, &m, 1), 1);
	m = many_segments(17);
	assert_int_equal(row->burst(small, &m, 1), 1);
	assert_int_equal(small->stats.packets, 1);
	assert_int_equal(small->stats.errors, 1);
	/* 15 are free: 16 must wait, and are not split. */
	m = many_segments(16);
	assert_int_equal(row->burst(small, &m, 1), 0);
	assert_int_equal(small->nb_free, 15);
	device_done(small, 15);
	assert_int_equal(row->burst(small, &m, 1), 1);
	bed_txq_done(q);
	bed_txq_done(small);
}

static void
test_segment_limits(void **state)
{
	(void)state;
	each_row(row_segment_limits);
}

/** nb_segs or pkt_len that lie would make the device wait for bytes that never come. */
static void
row_lying_chain(const struct oriel_tx_path *row)
{
	static const uint16_t lens[] = { 100, 100, 100 };
	struct oriel_txq *q = bed_txq(RING, 16, 16);
	struct rte_mbuf *m[4];

	for (int i = 0; i < 4; i++)
		m[i] = chain(lens, RTE_DIM(lens));
	m[0]->pkt_len = 301;
	m[1]->nb_segs = 2;
	m[2]->nb_segs = 4;
	m[3]->pkt_len = 200;
	assert_int_equal(row->burst(q, m, 4), 4);
	assert_int_equal(q->stats.errors, 4);
	assert_int_equal(q->next, 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	bed_txq_done(q);
}

static void
test_lying_chain(void **state)
{
	(void)state;
	each_row(row_lying_chain);
}

/* ---- questions ---- */

static void
test_done_cleanup(void **state)
{
	static const uint16_t lens[] = { 60, 60 };
	struct oriel_txq *q = bed_txq(RING, 8, 1);
	struct rte_mbuf *pkts[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		pkts[i] = i % 2 ? packet(60) : chain(lens, 2);
	assert_int_equal(oriel_tx_done_cleanup(q, 0), 0);
	assert_int_equal(oriel_tx_burst_multi(q, pkts, 10), 10);
	/* 15 descriptors; RS on the first EOP from the eighth on: packet 4, descriptor 7. */
	assert_true(q->ring[7].q[1] & Q1_RS);
	assert_int_equal(oriel_tx_done_cleanup(q, 0), 0);
	device_done(q, 7);
	assert_int_equal(oriel_tx_done_cleanup(q, 2), 2);
	assert_int_equal(q->nb_free, RING - 1 - 15 + 3);
	assert_int_equal(oriel_tx_done_cleanup(q, 1), 1);
	/* A burst goes on where it stopped. */
	oriel_tx_reclaim(q, RING - 1);
	assert_int_equal(q->nb_free, RING - 1 - 15 + 8);
	assert_int_equal(oriel_tx_done_cleanup(q, 0), 0);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 7);
	bed_txq_done(q);
}

static void
test_status(void **state)
{
	struct oriel_txq *q = bed_txq(RING, 8, 1);
	struct rte_mbuf *pkts[20];

	(void)state;
	assert_int_equal(oriel_tx_descriptor_status(q, RING), -EINVAL);
	for (int i = 0; i < RING; i++)
		assert_int_equal(oriel_tx_descriptor_status(q, i), RTE_ETH_TX_DESC_DONE);
	for (int i = 0; i < 20; i++)
		pkts[i] = packet(60);
	assert_int_equal(oriel_tx_burst_simple(q, pkts, 20), 20);
	/* From the next one to write: 43 free, the unused one, then 20 in use, oldest first. */
	for (int i = 0; i < RING; i++)
		assert_int_equal(oriel_tx_descriptor_status(q, i),
			i < RING - 20 ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL);
	device_done(q, 7);
	for (int i = 0; i < RING; i++)
		assert_int_equal(oriel_tx_descriptor_status(q, i),
			i < RING - 12 ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL);
	device_done(q, 15);
	assert_int_equal(oriel_tx_descriptor_status(q, RING - 5), RTE_ETH_TX_DESC_DONE);
	assert_int_equal(oriel_tx_descriptor_status(q, RING - 4), RTE_ETH_TX_DESC_FULL);
	bed_txq_done(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segment_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lying_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_done_cleanup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_status, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
