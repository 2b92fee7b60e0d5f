/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Freeing what a TX ring holds, in bulk. Out of line, one call a burst: inlined into each
 * burst, the mempool's copy loops make objects that take compilers minutes.
 */

#include "tx.h"

/** Mbufs of one pool on their way back to it. */
struct tx_bulk {
	struct rte_mempool *mp;
	unsigned int n;
	void *obj[64];
};

static __rte_always_inline void
tx_bulk_flush(struct tx_bulk *b)
{
	if (b->n != 0)
		rte_mempool_put_bulk(b->mp, b->obj, b->n);
	b->n = 0;
}

/**
 * Frees a packet. One mbuf that nobody shares needs no look at its second cache line:
 * nb_segs == 1 in a packet's first mbuf means that `next` is NULL, as the pool wants it.
 */
static __rte_always_inline void
tx_bulk_free(struct tx_bulk *b, struct rte_mbuf *m)
{
	if (unlikely(rte_mbuf_refcnt_read(m) != 1 || m->nb_segs != 1 || !RTE_MBUF_DIRECT(m))) {
		rte_pktmbuf_free(m);
		return;
	}
	if (unlikely(b->n == RTE_DIM(b->obj) || m->pool != b->mp)) {
		tx_bulk_flush(b);
		b->mp = m->pool;
	}
	b->obj[b->n++] = m;
}

void
oriel_tx_free_descs(struct oriel_txq *q, uint16_t n)
{
	struct tx_bulk bulk;
	uint16_t idx = q->clean, i;

	bulk.n = 0;
	bulk.mp = NULL;
	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = q->sw_ring[idx];

		if (likely(m != NULL))
			tx_bulk_free(&bulk, m);
		idx = unlikely(idx + 1 == q->nb_desc) ? 0 : idx + 1;
	}
	tx_bulk_flush(&bulk);
	q->clean = idx;
	q->nb_free += n;
}

void
oriel_tx_reclaim(struct oriel_txq *q, uint16_t want)
{
	while (q->nb_free < want && oriel_tx_oldest_done(q)) {
		uint16_t idx = q->rs_fifo[q->rs_head & q->rs_mask];

		q->rs_head++;
		oriel_tx_free_descs(q, oriel_tx_span(q, idx));
	}
}
