/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What the tests of RX bursts share: the pool, its accounts, and a test over every row. */

#ifndef RX_BED_H
#define RX_BED_H

#include "datapath_bed.h"
#include "rx.h"

#define DD ORIEL_RXD_DD
#define EOP ORIEL_RXD_EOP
#define RING 64
#define POOL 512
#define ALL_RX \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_VLAN_STRIP | \
		RTE_ETH_RX_OFFLOAD_RSS_HASH)

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

/** Every mbuf is in the pool, in the ring or in the frame in progress, and `out` outside. */
static void
assert_accounted(const struct oriel_rxq *q, unsigned int out)
{
	unsigned int ring = q->nb_desc - q->nb_hold;

	assert_int_equal(rte_mempool_avail_count(pool) + ring + q->nb_segs + out, pool->size);
}

static void
check_and_free(struct rte_mbuf **pkts, uint16_t n)
{
	const char *reason = "";

	for (uint16_t i = 0; i < n; i++) {
		if (rte_mbuf_check(pkts[i], 1, &reason) != 0)
			fail_msg("mbuf %u: %s", i, reason);
		for (struct rte_mbuf *m = pkts[i]; m != NULL; m = m->next) {
			assert_true(m->data_len > 0 && m->data_len <= BED_ROOM);
			assert_int_equal(m->data_off, RTE_PKTMBUF_HEADROOM);
		}
		rte_pktmbuf_free(pkts[i]);
	}
}

typedef void (*row_test)(const struct oriel_rx_path *row);

static void
each_row(row_test test)
{
	unsigned int n, i;
	const struct oriel_rx_path *rows = oriel_path_rx_table(&n);

	for (i = 0; i < n; i++)
		if (bed_row_runs(rows[i].name, rows[i].simd_width))
			test(&rows[i]);
}

#endif /* RX_BED_H */
