/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Buffer split: chains of header and payload, and a device that lies about them: whatever it
 * writes, no mbuf of either pool is lost, handed up twice or longer than its buffer.
 */

#include "datapath_bed.h"
#include "rx.h"
#include "rx_split.h"

#define DD ORIEL_RXD_DD
#define EOP ORIEL_RXD_EOP
#define HBO ORIEL_RXD_HBO
#define RING 64
#define POOL 255
#define SPH(len) (ORIEL_RXD_SPH | ORIEL_PREP(ORIEL_RXD_HDR_LEN, len))

static struct rte_mempool *pool, *hdr_pool;
static struct oriel_rxq *q;

static int
setup(void **state)
{
	(void)state;
	pool = bed_pool("rx", POOL, BED_ROOM);
	hdr_pool = bed_pool("hdr", POOL, ORIEL_RX_HDR_LEN);
	q = bed_rxq(pool, RING, 8, 0);
	oriel_rxq_reset(q);
	q->hdr_ring = calloc(RING, sizeof(*q->hdr_ring));
	q->hdr_mp = hdr_pool;
	assert_non_null(q->hdr_ring);
	assert_int_equal(oriel_rxq_fill(q), 0);
	oriel_rxq_run(q, 0);
	return 0;
}

static int
teardown(void **state)
{
	struct rte_mbuf **ring = q->hdr_ring;

	(void)state;
	bed_rxq_done(q);
	free(ring);
	bed_pool_done(pool);
	bed_pool_done(hdr_pool);
	return 0;
}

/** What is in neither pool is in the rings, in the frame in progress, or out. */
static void
assert_accounted(unsigned int out_hdr, unsigned int out_rest)
{
	unsigned int headers = 0, hdr_segs = 0;

	for (unsigned int i = 0; i < RING; i++)
		headers += q->hdr_ring[i] != NULL;
	if (q->seg_first != NULL)
		hdr_segs = q->seg_first->pool == hdr_pool;
	assert_int_equal(rte_mempool_avail_count(hdr_pool) + headers + hdr_segs + out_hdr, POOL);
	assert_int_equal(rte_mempool_avail_count(pool) + (RING - q->nb_hold) +
			(q->nb_segs - hdr_segs) + out_rest,
		POOL);
}

static void
done(uint32_t info, uint32_t status, uint16_t len)
{
	static unsigned int ahead;
	static uint16_t from;

	/* Several before one burst: behind those that were not taken yet. */
	if (from != q->next)
		ahead = 0;
	from = q->next;
	bed_rx_done(q, (q->next + ahead++) % RING, info, 0, DD | status, len, 0);
}

/** One burst that must give a frame of these lengths and free it. */
static void
expect_frame(uint16_t hdr, uint16_t rest, unsigned int nb_rest)
{
	struct rte_mbuf *pkts[4];
	const char *reason = "";
	unsigned int n = (hdr != 0) + nb_rest;

	assert_int_equal(oriel_rx_burst_split(q, pkts, 4), 1);
	assert_int_equal(rte_mbuf_check(pkts[0], 1, &reason), 0);
	assert_int_equal(pkts[0]->nb_segs, n);
	assert_int_equal(pkts[0]->data_len, hdr != 0 ? hdr : nb_rest > 1 ? BED_ROOM : rest);
	assert_int_equal(rte_pktmbuf_lastseg(pkts[0])->data_len, nb_rest != 0 ? rest : hdr);
	assert_int_equal(
		pkts[0]->pkt_len, hdr + (nb_rest != 0 ? (nb_rest - 1) * BED_ROOM + rest : 0));
	assert_ptr_equal(pkts[0]->pool, hdr != 0 ? hdr_pool : pool);
	assert_accounted(hdr != 0, nb_rest);
	rte_pktmbuf_free(pkts[0]);
	assert_accounted(0, 0);
}

static void
expect_drop(uint64_t *counter)
{
	uint64_t before = *counter;
	struct rte_mbuf *pkts[4];

	assert_int_equal(oriel_rx_burst_split(q, pkts, 4), 0);
	assert_int_equal(*counter, before + 1);
	assert_accounted(0, 0);
}

static void
test_good(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 100; round++) {
		done(SPH(54), EOP, 100);
		expect_frame(54, 100, 1);
		done(SPH(ORIEL_RX_HDR_LEN), EOP, BED_ROOM);
		expect_frame(ORIEL_RX_HDR_LEN, BED_ROOM, 1);
		/* header alone */
		done(SPH(42), EOP, 0);
		expect_frame(42, 0, 0);
		/* no header found, and one too long for its buffer */
		done(0, EOP, 60);
		expect_frame(0, 60, 1);
		done(SPH(500), HBO | EOP, 700);
		expect_frame(0, 700, 1);
		/* several buffers; later ones may repeat the header's length */
		done(SPH(54), 0, BED_ROOM);
		done(SPH(54), EOP, 1);
		expect_frame(54, 1, 2);
	}
	assert_int_equal(q->stats.bad_length, 0);
}

static void
test_lies(void **state)
{
	(void)state;
	for (unsigned int len = 0; len <= 1023; len++) {
		done(SPH(len), EOP, 10);
		if (len == 0 || len > ORIEL_RX_HDR_LEN)
			expect_drop(&q->stats.bad_length);
		else
			expect_frame(len, 10, 1);
	}
	for (uint32_t len = BED_ROOM + 1; len <= UINT16_MAX; len += 7) {
		done(SPH(54), EOP, len);
		expect_drop(&q->stats.bad_length);
	}
	done(0, EOP, 0);
	expect_drop(&q->stats.bad_length);
	done(SPH(500), HBO | EOP, 0);
	expect_drop(&q->stats.bad_length);
	done(SPH(54), EOP | ORIEL_RXD_RXE, 100);
	expect_drop(&q->stats.errors);
	/* A buffer that is not the last and not full; the rest of the frame goes too. */
	done(SPH(54), 0, BED_ROOM - 1);
	done(0, EOP, 10);
	expect_drop(&q->stats.bad_length);
	/* A frame without end. */
	for (unsigned int i = 0; i < 6; i++)
		done(SPH(54), i == 5 ? EOP : 0, BED_ROOM);
	expect_drop(&q->stats.chain_overrun);
	done(SPH(54), EOP, 100);
	expect_frame(54, 100, 1);
}

static void
test_random(void **state)
{
	uint64_t seed = bed_seed("rx_split");
	struct rte_mbuf *pkts[8];

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		uint64_t r = bed_random(&seed);
		uint16_t n;

		bed_rx_done(q, q->next, r, r >> 32, DD | bed_random(&seed),
			r & 1 << 20 ? BED_ROOM : r >> 40 & 0xfff, 0);
		n = oriel_rx_burst_split(q, pkts, 8);
		for (uint16_t k = 0; k < n; k++) {
			const char *reason = "";

			if (rte_mbuf_check(pkts[k], 1, &reason) != 0)
				fail_msg("%s", reason);
			for (struct rte_mbuf *m = pkts[k]; m != NULL; m = m->next)
				assert_true(m->data_len <=
					(m->pool == pool ? BED_ROOM : ORIEL_RX_HDR_LEN));
			rte_pktmbuf_free(pkts[k]);
		}
		assert_accounted(0, 0);
	}
	assert_true(q->stats.packets > 1000 && q->stats.bad_length > 1000);
}

/** The header pool runs dry: nothing is lost, and it goes on when it has mbufs again. */
static void
test_dry(void **state)
{
	struct rte_mbuf *out[POOL], *pkts[RING];
	unsigned int n = rte_mempool_avail_count(hdr_pool), i;
	uint16_t got = 0;

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(hdr_pool, (void **)out, n), 0);
	for (i = 0; i < RING - 1; i++)
		bed_rx_done(q, i, SPH(54), 0, DD | EOP, 10, 0);
	got = oriel_rx_burst_split(q, pkts, RING);
	assert_int_equal(got, RING - 1);
	assert_true(q->stats.alloc_failed > 0);
	rte_mempool_put_bulk(hdr_pool, (void **)out, n);
	rte_pktmbuf_free_bulk(pkts, got);
	assert_int_equal(oriel_rx_burst_split(q, pkts, RING), 0);
	assert_int_equal(q->nb_hold, 0);
	assert_accounted(0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dry, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
