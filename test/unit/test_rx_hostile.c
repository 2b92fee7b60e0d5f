/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * RX bursts and a device that lies: whatever it writes into its rings, no mbuf is lost,
 * handed up twice or longer than its buffer. Every row of the table.
 */

#include <pthread.h>

#include "rx_bed.h"

/* ---- lengths ---- */

static void
one_length(const struct oriel_rx_path *row, struct oriel_rxq *q, uint32_t len)
{
	struct oriel_rxq_stats before = q->stats;
	bool good = len > q->crc_len && len <= BED_ROOM;
	struct rte_mbuf *pkts[2];
	uint16_t n;

	bed_rx_done(q, q->next, 0, 0, DD | EOP, len, 0);
	n = row->burst(q, pkts, 2);
	assert_int_equal(n, good);
	if (good) {
		assert_int_equal(pkts[0]->pkt_len, len - q->crc_len);
		assert_int_equal(pkts[0]->data_len, len - q->crc_len);
	}
	assert_int_equal(q->stats.bad_length - before.bad_length, !good);
	assert_int_equal(q->stats.packets - before.packets, good);
	assert_accounted(q, n);
	check_and_free(pkts, n);
}

static void
row_lengths(const struct oriel_rx_path *row)
{
	static const uint64_t offloads[] = { 0, RTE_ETH_RX_OFFLOAD_KEEP_CRC };

	for (unsigned int i = 0; i < RTE_DIM(offloads); i++) {
		struct oriel_rxq *q = bed_rxq(pool, RING, 16, offloads[i]);

		for (uint32_t len = 0; len <= UINT16_MAX; len++)
			one_length(row, q, len);
		bed_rxq_done(q);
	}
}

static void
test_lengths(void **state)
{
	(void)state;
	each_row(row_lengths);
}

/** Frames of `full` whole buffers and a last one of every length there is. */
static void
chain_lengths(uint64_t offloads, uint16_t full)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 16, offloads);
	struct rte_mbuf *pkts[2];

	for (uint32_t len = 0; len <= UINT16_MAX; len++) {
		struct oriel_rxq_stats before = q->stats;
		uint32_t total = full * BED_ROOM + len;
		bool bad_len = len == 0 || len > BED_ROOM;
		bool good = !bad_len && total <= ORIEL_MAX_FRAME;
		uint16_t n;

		for (uint16_t i = 0; i < full; i++)
			bed_rx_done(q, q->next + i, 0, 0, DD, BED_ROOM, 0);
		bed_rx_done(q, q->next + full, ORIEL_RXD_PT_IPV4 | ORIEL_RSS_IPV4, 77, DD | EOP,
			len, 0);
		n = oriel_rx_burst_scattered(q, pkts, 2);
		assert_int_equal(n, good);
		if (good) {
			assert_int_equal(pkts[0]->pkt_len, total - q->crc_len);
			/* A buffer with nothing but CRC is not handed up. */
			assert_int_equal(pkts[0]->nb_segs, full + (len > q->crc_len));
			assert_int_equal(pkts[0]->hash.rss, 77);
			assert_int_equal(
				pkts[0]->packet_type, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4);
		}
		assert_int_equal(q->stats.bad_length - before.bad_length, bad_len);
		assert_int_equal(q->stats.chain_overrun - before.chain_overrun, !bad_len && !good);
		assert_int_equal(q->nb_segs, 0);
		if (n != 0)
			assert_int_equal(rte_mempool_avail_count(pool) + q->nb_desc - q->nb_hold +
					pkts[0]->nb_segs,
				pool->size);
		check_and_free(pkts, n);
		assert_accounted(q, 0);
	}
	bed_rxq_done(q);
}

static void
test_chain_lengths(void **state)
{
	(void)state;
	chain_lengths(0, 1);
	chain_lengths(RTE_ETH_RX_OFFLOAD_KEEP_CRC, 1);
	chain_lengths(RTE_ETH_RX_OFFLOAD_KEEP_CRC, 2);
	chain_lengths(0, 4);
}

/** The device fills a buffer before it takes the next: any other length is a lie. */
static void
test_part_filled(void **state)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 16, 0);
	struct rte_mbuf *pkts[2];

	(void)state;
	for (uint32_t len = 0; len <= UINT16_MAX; len++) {
		uint64_t before = q->stats.bad_length;
		uint16_t n;

		bed_rx_done(q, q->next, 0, 0, DD, len, 0);
		bed_rx_done(q, q->next + 1, 0, 0, DD | EOP, 100, 0);
		n = oriel_rx_burst_scattered(q, pkts, 2);
		assert_int_equal(n, len == BED_ROOM);
		assert_int_equal(q->stats.bad_length - before, len != BED_ROOM);
		check_and_free(pkts, n);
		assert_accounted(q, 0);
	}
	bed_rxq_done(q);
}

/* ---- EOP ---- */

static void
test_missing_eop(void **state)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[8];

	(void)state;
	/* A frame of three buffers for a burst that takes one, then a good one. */
	bed_rx_done(q, 0, 0, 0, DD, BED_ROOM, 0);
	bed_rx_done(q, 1, 0, 0, DD, BED_ROOM, 0);
	assert_int_equal(oriel_rx_burst_onebuf(q, pkts, 8), 0);
	bed_rx_done(q, 2, 0, 0, DD | EOP, 60, 0);
	bed_rx_done(q, 3, 0, 4711, DD | EOP, 60, 0);
	assert_int_equal(oriel_rx_burst_onebuf(q, pkts, 8), 1);
	assert_int_equal(pkts[0]->hash.rss, 4711);
	assert_int_equal(q->stats.no_eop, 1);
	assert_int_equal(q->stats.bad_length, 0);
	assert_accounted(q, 1);
	check_and_free(pkts, 1);
	bed_rxq_done(q);
}

/** The device never sets EOP, for ten rounds of the ring; then it behaves. */
static void
row_endless(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[32];
	uint16_t head;

	for (int i = 0; i < 10 * RING; i++) {
		for (uint16_t k = 0; k < RING; k++)
			if (q->ring[k].q[1] == 0)
				bed_rx_done(q, k, 0, 0, DD, BED_ROOM, 0);
		assert_int_equal(row->burst(q, pkts, 32), 0);
		/* What is held back is refilled, and no chain outgrows a frame. */
		assert_true(q->nb_hold < 32);
		assert_true(q->nb_segs <= q->max_segs);
		assert_accounted(q, 0);
	}
	assert_int_equal(row->scattered ? q->stats.chain_overrun : q->stats.no_eop, 1);
	assert_int_equal(q->stats.packets, 0);

	/* Whatever lies ready is of that frame; the first EOP ends it. */
	for (uint16_t k = 0; k < RING; k++)
		q->ring[k].q[1] = 0;
	head = q->next;
	bed_rx_done(q, head, 0, 0, DD | EOP, 60, 0);
	bed_rx_done(q, head + 1, 0, 1, DD | EOP, 61, 0);
	assert_int_equal(row->burst(q, pkts, 32), 1);
	assert_int_equal(pkts[0]->pkt_len, 61);
	check_and_free(pkts, 1);
	bed_rxq_done(q);
}

static void
test_endless(void **state)
{
	(void)state;
	each_row(row_endless);
}

/** The largest frame needs five buffers: the fifth must be the last. */
static void
test_chain_limit(void **state)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[4];

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(q->stats.chain_overrun, 0);
		bed_rx_done(q, i, 0, 0, DD, BED_ROOM, 0);
		assert_int_equal(oriel_rx_burst_scattered(q, pkts, 4), 0);
		assert_int_equal(q->nb_segs, (i + 1) % 5);
	}
	assert_int_equal(q->stats.chain_overrun, 1);
	assert_accounted(q, 0);
	bed_rxq_done(q);
}

/** A chain that waits for its EOP when the queue stops is freed. */
static void
test_stop_in_chain(void **state)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[4];

	(void)state;
	bed_rx_done(q, 0, 0, 0, DD, BED_ROOM, 0);
	bed_rx_done(q, 1, 0, 0, DD, BED_ROOM, 0);
	assert_int_equal(oriel_rx_burst_scattered(q, pkts, 4), 0);
	assert_int_equal(q->nb_segs, 2);
	assert_accounted(q, 0);
	oriel_rxq_reset(q);
	assert_int_equal(rte_mempool_avail_count(pool), pool->size);
	/* And nothing of it is left for the next start. */
	assert_int_equal(oriel_rxq_fill(q), 0);
	oriel_rxq_run(q, 0);
	bed_rx_done(q, 0, 0, 0, DD | EOP, 60, 0);
	assert_int_equal(oriel_rx_burst_scattered(q, pkts, 4), 1);
	assert_int_equal(pkts[0]->nb_segs, 1);
	check_and_free(pkts, 1);
	/* Nor is a new frame dropped because an old one was. */
	bed_rx_done(q, 1, 0, 0, DD, 0, 0);
	assert_int_equal(oriel_rx_burst_scattered(q, pkts, 4), 0);
	oriel_rxq_reset(q);
	assert_int_equal(oriel_rxq_fill(q), 0);
	oriel_rxq_run(q, 0);
	bed_rx_done(q, 0, 0, 0, DD | EOP, 60, 0);
	assert_int_equal(oriel_rx_burst_scattered(q, pkts, 4), 1);
	check_and_free(pkts, 1);
	bed_rxq_done(q);
}

static void
row_mac_error(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, ALL_RX);
	struct rte_mbuf *pkts[4];

	bed_rx_done(q, 0, 0, 0, DD | EOP | ORIEL_RXD_RXE | ORIEL_RXD_L4CS, 60, 0);
	bed_rx_done(q, 1, 0, 0, DD | EOP, 60, 0);
	assert_int_equal(row->burst(q, pkts, 4), 1);
	assert_int_equal(q->stats.errors, 1);
	assert_accounted(q, 1);
	check_and_free(pkts, 1);
	bed_rxq_done(q);
}

static void
test_mac_error(void **state)
{
	(void)state;
	each_row(row_mac_error);
}

/* ---- a device that says DD where it may not ---- */

static void
row_stale_dd(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, RING - 1, 0);
	struct rte_mbuf *pkts[2 * RING];

	/* All at once, even the one descriptor that was never handed over. */
	for (int i = 0; i < RING; i++)
		bed_rx_done(q, i, 0, i, DD | EOP, 60, 0);
	assert_int_equal(row->burst(q, pkts, 20), 20);
	assert_int_equal(row->burst(q, pkts + 20, 2 * RING - 20), RING - 1 - 20);
	for (int i = 0; i < RING - 1; i++)
		assert_int_equal(pkts[i]->hash.rss, i);
	assert_accounted(q, RING - 1);
	check_and_free(pkts, RING - 1);
	/* Refilled once: the last one kept its old write-back and is believed only now. */
	assert_int_equal(q->nb_hold, 0);
	assert_int_equal(row->burst(q, pkts, 2 * RING), 1);
	check_and_free(pkts, 1);

	/* Slots taken and not given back yet: written again, never handed up. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < RING; i++)
			bed_rx_done(q, i, 0, 0, DD | EOP, 60, 0);
		row->burst(q, pkts, 0);
	}
	assert_true(oriel_rx_queue_count(q) < RING);
	bed_rxq_done(q);
}

static void
test_stale_dd(void **state)
{
	(void)state;
	each_row(row_stale_dd);
}

/** No mbuf is handed up twice while the application holds it, however often DD is set. */
static void
row_dd_everywhere(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 16, 0);
	struct rte_mbuf *held[POOL];
	unsigned int n = 0;
	uint16_t got;

	/* Nothing is freed: the pool runs dry, then nothing may come any more. */
	for (int i = 0; i < 4 * POOL; i++) {
		for (int k = 0; k < RING; k++)
			bed_rx_done(q, k, 0, 0, DD | EOP, 60, 0);
		got = row->burst(q, held + n, RTE_MIN(5, POOL - (int)n));
		n += got;
		assert_accounted(q, n);
	}
	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int k = i + 1; k < n; k++)
			assert_ptr_not_equal(held[i], held[k]);
		assert_int_equal(rte_mbuf_refcnt_read(held[i]), 1);
	}
	/* All but the one that stays the driver's. */
	assert_int_equal(n, POOL - 1);
	assert_true(q->stats.alloc_failed > 0);
	rte_pktmbuf_free_bulk(held, n);
	bed_rxq_done(q);
}

static void
test_dd_everywhere(void **state)
{
	(void)state;
	each_row(row_dd_everywhere);
}

/* ---- the pool runs dry ---- */

static void
row_no_mbufs(const struct oriel_rx_path *row)
{
	struct rte_eth_dev_data *data = rte_eth_devices[0].data;
	struct oriel_rxq *q = bed_rxq(pool, RING, 16, 0);
	struct rte_mbuf *rest[POOL], *pkts[64];
	unsigned int nb_rest = rte_mempool_avail_count(pool);
	uint64_t failed = data->rx_mbuf_alloc_failed;

	assert_int_equal(rte_mempool_get_bulk(pool, (void **)rest, nb_rest), 0);
	for (int i = 0; i < RING - 1; i++)
		bed_rx_done(q, i, 0, i, DD | EOP, 60, 0);
	assert_int_equal(row->burst(q, pkts, 20), 20);
	assert_int_equal(q->stats.alloc_failed, 1);
	assert_int_equal(data->rx_mbuf_alloc_failed, failed + 1);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	/* What is in the ring is still delivered. */
	assert_int_equal(row->burst(q, pkts + 20, 44), RING - 1 - 20);
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 0);
	assert_int_equal(q->nb_hold, RING - 1);

	/* Fewer come back than are wanted: they are used. The next empty burst takes more. */
	rte_mempool_put_bulk(pool, (void **)rest, 5);
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 0);
	assert_true(q->nb_hold < RING - 1);
	assert_int_not_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	rte_mempool_put_bulk(pool, (void **)(rest + 5), nb_rest - 5);
	assert_int_equal(row->burst(q, pkts + RING - 1, 1), 0);
	assert_int_equal(q->nb_hold, 0);
	assert_int_equal(bed_take_doorbell(q->tail), (q->next + RING - 1) % RING);
	check_and_free(pkts, RING - 1);
	bed_rxq_done(q);
}

static void
test_no_mbufs(void **state)
{
	(void)state;
	each_row(row_no_mbufs);
}

/* ---- chance ---- */

static void
fuzz_row(const struct oriel_rx_path *row, uint64_t *seed, uint64_t offloads)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 1 + bed_random(seed) % 60, offloads);
	struct rte_mbuf *pkts[64];
	uint64_t stops = 0;

	for (int i = 0; i < 20000; i++) {
		unsigned int writes = bed_random(seed) % 20;
		uint16_t n, want = bed_random(seed) % 64;

		for (unsigned int k = 0; k < writes; k++) {
			uint64_t r = bed_random(seed);
			/* Mostly believable lengths, and now and then any. */
			uint16_t len = r & 1 ? BED_ROOM : (r & 2 ? r >> 8 : (r >> 8) % 1600);

			bed_rx_done(q, q->next + k % (RING / 2), bed_random(seed), bed_random(seed),
				bed_random(seed) | (r & 4 ? EOP | DD : DD), len, r >> 32);
		}
		n = row->burst(q, pkts, want);
		assert_true(n <= want);
		check_and_free(pkts, n);
		assert_accounted(q, 0);
		if (bed_random(seed) % 1000 == 0) {
			stops++;
			oriel_rxq_reset(q);
			assert_int_equal(rte_mempool_avail_count(pool), pool->size);
			assert_int_equal(oriel_rxq_fill(q), 0);
			oriel_rxq_run(q, bed_random(seed) % RING);
		}
	}
	assert_true(q->stats.packets > 0 && stops > 0);
	bed_rxq_done(q);
}

static uint64_t fuzz_seed;

static void
row_fuzz(const struct oriel_rx_path *row)
{
	fuzz_row(row, &fuzz_seed, ALL_RX);
	fuzz_row(row, &fuzz_seed, ALL_RX | RTE_ETH_RX_OFFLOAD_KEEP_CRC);
}

static void
test_fuzz(void **state)
{
	(void)state;
	fuzz_seed = bed_seed("test_fuzz");
	each_row(row_fuzz);
}

/* ---- a device that writes while the burst reads ---- */

struct liar {
	struct oriel_rxq *q;
	bool stop;
};

/** Changes length and flags of all descriptors without a pause. */
static void *
liar_main(void *arg)
{
	struct liar *l = arg;
	uint64_t seed = 42;
	cpu_set_t cpus;

	/* Not on EAL's core, if there is another: on one core nothing happens between two loads. */
	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);

	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		struct oriel_rx_desc *desc = l->q->ring + bed_random(&seed) % RING;
		uint64_t good = UINT64_C(60) << 32 | DD | EOP;
		uint64_t bad = UINT64_C(0xffff) << 32 | DD | (bed_random(&seed) & 1 ? EOP : 0);

		__atomic_store_n(&desc->q[1], good, __ATOMIC_RELAXED);
		__atomic_store_n(&desc->q[1], bad, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
row_double_fetch(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 16, 0);
	struct liar liar = { .q = q };
	struct rte_mbuf *pkts[32];
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, liar_main, &liar), 0);
	for (int i = 0; i < 50000; i++) {
		uint16_t n = row->burst(q, pkts, 32);

		for (uint16_t k = 0; k < n; k++)
			assert_int_equal(pkts[k]->pkt_len, 60);
		check_and_free(pkts, n);
		assert_accounted(q, 0);
	}
	__atomic_store_n(&liar.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	bed_rxq_done(q);
}

static void
test_double_fetch(void **state)
{
	(void)state;
	each_row(row_double_fetch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_part_filled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_eop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_in_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mac_error, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale_dd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dd_everywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_mbufs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fuzz, setup, teardown),
		cmocka_unit_test_setup_teardown(test_double_fetch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
