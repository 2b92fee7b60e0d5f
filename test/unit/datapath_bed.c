/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* EAL, pools and queues on made-up rings for the tests of the data path. */

#include "datapath_bed.h"

/* ethdev's counter of failed allocations lives here. */
static struct rte_eth_dev_data bed_data;

int
bed_eal_init(void **state)
{
	char *argv[] = { (char *)(uintptr_t) "test", (char *)(uintptr_t) "--no-huge",
		(char *)(uintptr_t) "--no-pci", (char *)(uintptr_t) "--no-shconf",
		(char *)(uintptr_t) "--no-telemetry", (char *)(uintptr_t) "--iova-mode=va",
		(char *)(uintptr_t) "-m", (char *)(uintptr_t) "128", (char *)(uintptr_t) "-l",
		(char *)(uintptr_t) "0", (char *)(uintptr_t) "--log-level=lib.*:error",
		(char *)(uintptr_t) "--log-level=pmd.net.oriel.*:emerg", NULL };

	(void)state;
	if (rte_eal_init(RTE_DIM(argv) - 1, argv) < 0)
		return -1;
	rte_eth_devices[0].data = &bed_data;
	return 0;
}

bool
bed_row_runs(const char *name, uint16_t simd_width)
{
	const char *missing = oriel_path_simd_missing(simd_width);

	if (missing != NULL)
		print_message("# row \"%s\" left out: %s\n", name, missing);
	return missing == NULL;
}

struct rte_mempool *
bed_pool(const char *name, unsigned int n, unsigned int room)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create(
		name, n, 0, 0, room + RTE_PKTMBUF_HEADROOM, 0);

	assert_non_null(mp);
	return mp;
}

void
bed_pool_done(struct rte_mempool *mp)
{
	assert_int_equal(rte_mempool_avail_count(mp), mp->size);
	rte_mempool_free(mp);
}

static void *
bed_zalloc(size_t bytes)
{
	size_t rounded = RTE_ALIGN_CEIL(bytes, ORIEL_RING_ALIGN);
	void *p = aligned_alloc(ORIEL_RING_ALIGN, rounded);

	assert_non_null(p);
	memset(p, 0, rounded);
	return p;
}

struct oriel_rxq *
bed_rxq(struct rte_mempool *mp, uint16_t nb_desc, uint16_t free_thresh, uint64_t offloads)
{
	struct oriel_rxq *q = bed_zalloc(sizeof(*q));
	struct rte_mbuf init = { .data_off = RTE_PKTMBUF_HEADROOM, .nb_segs = 1 };

	rte_mbuf_refcnt_set(&init, 1);
	init.port = 0;
	memcpy(&q->mbuf_init, &init.data_off, sizeof(q->mbuf_init));
	q->ring = bed_zalloc(nb_desc * sizeof(*q->ring));
	q->sw_ring = bed_zalloc((nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring));
	q->tail = bed_zalloc(sizeof(uint32_t));
	q->mp = mp;
	q->buf_distance = oriel_rxq_buf_distance(mp);
	q->nb_desc = nb_desc;
	q->nb_hold = nb_desc;
	q->free_thresh = free_thresh;
	q->buf_len = RTE_ALIGN_FLOOR(rte_pktmbuf_data_room_size(mp) - RTE_PKTMBUF_HEADROOM, 1024);
	q->max_segs = (ORIEL_MAX_FRAME + q->buf_len - 1) / q->buf_len;
	oriel_rxq_reset(q);
	oriel_rxq_set_offloads(q, offloads);
	assert_int_equal(oriel_rxq_fill(q), 0);
	oriel_rxq_run(q, 0);
	assert_int_equal(bed_take_doorbell(q->tail), nb_desc - 1);
	return q;
}

void
bed_rxq_done(struct oriel_rxq *q)
{
	oriel_rxq_reset(q);
	free(q->ring);
	free(q->sw_ring);
	free((void *)(uintptr_t)q->tail);
	free(q);
}

struct oriel_txq *
bed_txq(uint16_t nb_desc, uint16_t rs_thresh, uint16_t free_thresh)
{
	struct oriel_txq *q = bed_zalloc(sizeof(*q));
	uint32_t fifo = rte_align32pow2(nb_desc / rs_thresh + 1);

	q->ring = bed_zalloc(nb_desc * sizeof(*q->ring));
	q->sw_ring = bed_zalloc((nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring));
	q->rs_fifo = bed_zalloc(fifo * sizeof(*q->rs_fifo));
	q->tail = bed_zalloc(sizeof(uint32_t));
	q->rs_mask = fifo - 1;
	q->nb_desc = nb_desc;
	q->rs_thresh = rs_thresh;
	q->free_thresh = free_thresh;
	q->max_desc = nb_desc - rs_thresh;
	q->pad_iova = 0x123456789000;
	oriel_txq_set_stamps(q, 0);
	oriel_txq_reset(q);
	oriel_txq_run(q, 0);
	bed_take_doorbell(q->tail);
	return q;
}

void
bed_txq_done(struct oriel_txq *q)
{
	oriel_txq_reset(q);
	free(q->ring);
	free(q->sw_ring);
	free(q->rs_fifo);
	free((void *)(uintptr_t)q->tail);
	free(q);
}

uint32_t
bed_take_doorbell(volatile void *tail)
{
	uint32_t val = *(volatile uint32_t *)tail;

	*(volatile uint32_t *)tail = BED_NO_DOORBELL;
	return val;
}

void
bed_rx_done(struct oriel_rxq *q, uint16_t idx, uint32_t info, uint32_t hash, uint32_t status,
	uint16_t length, uint16_t vlan)
{
	struct oriel_rx_desc *desc = q->ring + idx % q->nb_desc;

	desc->wb.info = info;
	desc->wb.hash = hash;
	desc->wb.length = length;
	desc->wb.vlan = vlan;
	__atomic_store_n(&desc->wb.status, status, __ATOMIC_RELEASE);
}

uint64_t
bed_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(2685821657736338717);
}

uint64_t
bed_seed(const char *test)
{
	const char *given = getenv("ORIEL_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	if (seed == 0)
		seed = 1;
	print_message("# %s: ORIEL_TEST_SEED=%" PRIu64 "\n", test, seed);
	return seed;
}
