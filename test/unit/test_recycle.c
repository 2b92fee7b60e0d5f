/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Mbufs from a TX queue straight into an RX queue: what goes, what is left to the pool, and
 * that none gets lost on the way.
 */

#include "datapath_bed.h"
#include "recycle.h"
#include "rx.h"
#include "tx.h"

#define POOL 512
#define RING 64
#define RS 16

static struct rte_mempool *pool;
static struct rte_eth_dev_data data;
static struct rte_eth_dev dev = { .data = &data };
static void *rx_queues[1];
static struct oriel_rxq *rxq;
static struct oriel_txq *txq;
static struct rte_eth_recycle_rxq_info info;

static int
setup(void **state)
{
	(void)state;
	pool = bed_pool("recycle", POOL, BED_ROOM);
	/* No refill but by recycling; reclaim when anything is done. */
	rxq = bed_rxq(pool, RING, RING - 1, 0);
	txq = bed_txq(RING, RS, RING - RS);
	data.rx_queues = rx_queues;
	rx_queues[0] = rxq;
	memset(&info, 0, sizeof(info));
	oriel_recycle_rxq_info_get(&dev, 0, &info);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_rxq_done(rxq);
	bed_txq_done(txq);
	bed_pool_done(pool);
	return 0;
}

/** The device writes n frames to the RX ring; they are taken and sent. */
static void
forward(uint16_t n)
{
	struct rte_mbuf *pkts[RING];

	for (uint16_t i = 0; i < n; i++)
		bed_rx_done(rxq, rxq->next + i, 0, 0, ORIEL_RXD_DD | ORIEL_RXD_EOP, 60, 0);
	assert_int_equal(oriel_rx_burst_onebuf(rxq, pkts, n), n);
	assert_int_equal(oriel_tx_burst_simple(txq, pkts, n), n);
}

/** The device is through with all that has RS. */
static void
sent(void)
{
	for (uint16_t i = txq->rs_head; i != txq->rs_tail; i++) {
		uint16_t idx = txq->rs_fifo[i & txq->rs_mask] & ORIEL_TX_RS_IDX;

		txq->ring[idx].q[1] |= ORIEL_TXD_Q1_DD;
	}
}

static uint16_t
recycle(void)
{
	uint16_t n = oriel_recycle_tx_mbufs_reuse(txq, &info);

	oriel_recycle_rx_descriptors_refill(rxq, n);
	return n;
}

static void
test_info(void **state)
{
	(void)state;
	assert_ptr_equal(info.mbuf_ring, rxq->sw_ring);
	assert_ptr_equal(info.mp, pool);
	assert_int_equal(info.mbuf_ring_size, RING);
	assert_int_equal(info.refill_requirement, 0);
	assert_int_equal(*info.refill_head, *info.receive_tail);
}

/** Many rounds about both rings: the pool is not asked for anything. */
static void
test_rounds(void **state)
{
	unsigned int before = rte_mempool_avail_count(pool);

	(void)state;
	for (int round = 0; round < 50; round++) {
		uint16_t first = rxq->refill_head;

		forward(RS);
		bed_take_doorbell(rxq->tail);
		/* Not sent yet: nothing goes. */
		assert_int_equal(recycle(), 0);
		assert_int_equal(bed_take_doorbell(rxq->tail), BED_NO_DOORBELL);
		sent();
		assert_int_equal(recycle(), RS);
		assert_int_equal(rxq->nb_hold, 0);
		assert_int_equal(bed_take_doorbell(rxq->tail), (first + RS - 1) % RING);
		assert_int_equal(txq->nb_free, RING - 1);
		for (uint16_t i = 0; i < RS; i++) {
			uint16_t idx = (first + i) % RING;

			assert_int_equal(
				rxq->ring[idx].q[0], rte_mbuf_data_iova_default(rxq->sw_ring[idx]));
			assert_int_equal(rxq->ring[idx].q[1], 0);
		}
		assert_int_equal(rte_mempool_avail_count(pool), before);
	}
}

/** What is posted in part: the head follows, whoever refills. */
static void
test_mixed_with_refill(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		forward(RS);
		forward(RS / 2);
		sent();
		assert_int_equal(recycle(), RS);
		assert_int_equal(rxq->nb_hold, RS / 2);
		/* The burst's own refill takes the rest. */
		rxq->refill_at = 1;
		forward(RS / 2);
		rxq->refill_at = RING - 1;
		assert_int_equal(rxq->nb_hold, 0);
		assert_int_equal(*info.refill_head, *info.receive_tail);
		sent();
		oriel_tx_done_cleanup(txq, 0);
		assert_int_equal(txq->nb_free, RING - 1);
	}
}

/** One odd mbuf among what an RS covers: all of it is left to the pool. */
static void
left_to_pool(void)
{
	sent();
	assert_int_equal(recycle(), 0);
	assert_int_equal(oriel_tx_done_cleanup(txq, 0), RS);
	assert_int_equal(txq->nb_free, RING - 1);
}

static void
test_shared(void **state)
{
	struct rte_mbuf *m;

	(void)state;
	forward(RS);
	m = txq->sw_ring[5];
	rte_mbuf_refcnt_update(m, 1);
	left_to_pool();
	rte_pktmbuf_free(m);
}

static void
test_other_pool(void **state)
{
	struct rte_mempool *other = bed_pool("recycle_other", RS, BED_ROOM);
	struct rte_mbuf *pkts[RS];

	(void)state;
	forward(0);
	for (int i = 0; i < RS; i++) {
		pkts[i] = rte_pktmbuf_alloc(other);
		assert_non_null(rte_pktmbuf_append(pkts[i], 60));
	}
	assert_int_equal(oriel_tx_burst_simple(txq, pkts, RS), RS);
	left_to_pool();
	/* With fast free it is still asked whose they are. */
	for (int i = 0; i < RS; i++) {
		pkts[i] = rte_pktmbuf_alloc(other);
		assert_non_null(rte_pktmbuf_append(pkts[i], 60));
	}
	txq->fast_free = true;
	assert_int_equal(oriel_tx_burst_simple(txq, pkts, RS), RS);
	left_to_pool();
	bed_pool_done(other);
}

static void
test_chain(void **state)
{
	struct rte_mbuf *first = rte_pktmbuf_alloc(pool), *second = rte_pktmbuf_alloc(pool);

	(void)state;
	rte_pktmbuf_append(first, 60);
	rte_pktmbuf_append(second, 60);
	assert_int_equal(rte_pktmbuf_chain(first, second), 0);
	forward(RS - 2);
	assert_int_equal(oriel_tx_burst_multi(txq, &first, 1), 1);
	sent();
	assert_int_equal(recycle(), 0);
	assert_int_equal(oriel_tx_done_cleanup(txq, 0), RS - 1);
}

/** No room in the RX ring: it is full, or stopped. */
static void
test_no_room(void **state)
{
	struct rte_mbuf *pkts[RS];

	(void)state;
	assert_int_equal(rte_pktmbuf_alloc_bulk(pool, pkts, RS), 0);
	for (int i = 0; i < RS; i++)
		rte_pktmbuf_append(pkts[i], 60);
	assert_int_equal(oriel_tx_burst_simple(txq, pkts, RS), RS);
	sent();
	assert_int_equal(recycle(), 0);
	oriel_rxq_reset(rxq);
	assert_int_equal(recycle(), 0);
	oriel_recycle_rx_descriptors_refill(rxq, RS);
	assert_int_equal(rxq->nb_hold, RING);
	assert_int_equal(oriel_tx_done_cleanup(txq, 0), RS);
}

/** Another driver's RX queue that can take so many at once only, and not around its end. */
static void
test_requirement(void **state)
{
	struct rte_mbuf *ring[RING] = { NULL };
	uint16_t head = RING - RS / 2, tail = RING / 2;
	struct rte_eth_recycle_rxq_info other = { .mbuf_ring = ring,
		.mp = pool,
		.refill_head = &head,
		.receive_tail = &tail,
		.mbuf_ring_size = RING,
		.refill_requirement = RS };

	(void)state;
	forward(RS);
	sent();
	assert_int_equal(oriel_recycle_tx_mbufs_reuse(txq, &other), 0);
	head = 0;
	other.refill_requirement = RS / 2;
	assert_int_equal(oriel_recycle_tx_mbufs_reuse(txq, &other), 0);
	other.refill_requirement = RS;
	assert_int_equal(oriel_recycle_tx_mbufs_reuse(txq, &other), RS);
	assert_int_equal(head, 0);
	assert_non_null(ring[RS - 1]);
	assert_null(ring[RS]);
	rte_pktmbuf_free_bulk(ring, RS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mixed_with_refill, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requirement, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
