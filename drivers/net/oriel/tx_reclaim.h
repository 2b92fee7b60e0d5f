/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Freeing what a TX ring holds, in bulk, once for all that one RS covers. Inline, so that
 * each row has it with its own width of copies; what is not one plain mbuf for each
 * descriptor is freed out of line.
 */

#ifndef ORIEL_TX_RECLAIM_H
#define ORIEL_TX_RECLAIM_H

#include "pool.h"
#include "tx.h"

/** Frees any mix of packets, shared, chained, and of descriptors that own none (tx_reclaim.c). */
void oriel_tx_free_each(struct rte_mbuf **sw, uint16_t n);

/** An mbuf's two qwords at data_off. */
typedef uint64_t oriel_two_t __attribute__((vector_size(16), may_alias));
_Static_assert(offsetof(struct rte_mbuf, data_off) % 16 == 0, "two qwords, aligned");

/** Whether all n mbufs can go back as they are: not shared, one segment, of one pool. */
static __rte_always_inline bool
oriel_tx_all_plain(struct rte_mbuf *const *sw, uint16_t n)
{
	/* Reference count and number of segments, and flags. */
	const oriel_two_t look = { UINT64_C(0x0000ffffffff0000),
		RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL };
	const oriel_two_t one_each = { UINT64_C(0x0000000100010000), 0 };
	const struct rte_mempool *mp = sw[0]->pool;
	oriel_two_t odd = { 0, 0 };
	uint64_t other = 0;
	uint16_t i;

	/*
	 * nb_segs == 1 in a packet's first mbuf means that `next` is NULL, as the pool wants it:
	 * the mbuf's second line is not looked at.
	 */
	for (i = 0; i < n; i++) {
		const struct rte_mbuf *m = sw[i];

		odd |= *(const oriel_two_t *)&m->data_off ^ one_each;
		other |= (uintptr_t)m->pool ^ (uintptr_t)mp;
	}
	odd &= look;
	return (odd[0] | odd[1] | other) == 0;
}
_Static_assert(offsetof(struct rte_mbuf, refcnt) == offsetof(struct rte_mbuf, data_off) + 2 &&
		offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, data_off) + 4,
	"reference count and number of segments in the qword at data_off");

/** Frees n packets, one in each entry; each is a single mbuf or the first of a chain. */
static __rte_always_inline void
oriel_tx_free_full(const struct oriel_txq *q, struct rte_mbuf **sw, uint16_t n)
{
	/* With fast free no mbuf is touched but the first, for its pool. */
	if (q->fast_free || likely(oriel_tx_all_plain(sw, n)))
		oriel_pool_put(sw[0]->pool, (void *const *)sw, n);
	else
		oriel_tx_free_each(sw, n);
}

/** Frees what n descriptors from q->clean on hold, none of them a hole if `full`. */
static __rte_always_inline void
oriel_tx_free(struct oriel_txq *q, uint16_t n, bool full)
{
	uint16_t to_end = q->nb_desc - q->clean;
	uint16_t part = RTE_MIN(n, to_end);

	if (likely(full)) {
		oriel_tx_free_full(q, q->sw_ring + q->clean, part);
		if (unlikely(part != n))
			oriel_tx_free_full(q, q->sw_ring, n - part);
	} else {
		oriel_tx_free_each(q->sw_ring + q->clean, part);
		oriel_tx_free_each(q->sw_ring, n - part);
	}
	q->clean = oriel_ring_add(q->clean, n, q->nb_desc);
	q->nb_free += n;
}

/** Frees chunk by chunk until at least `want` descriptors are free or one is not done. */
static __rte_always_inline void
oriel_tx_reclaim_inline(struct oriel_txq *q, uint16_t want)
{
	while (q->nb_free < want && oriel_tx_oldest_done(q)) {
		uint16_t rs = q->rs_fifo[q->rs_head & q->rs_mask];

		q->rs_head++;
		oriel_tx_free(q, oriel_tx_span(q, rs & ORIEL_TX_RS_IDX), !(rs & ORIEL_TX_RS_HOLES));
	}
}

#endif /* ORIEL_TX_RECLAIM_H */
