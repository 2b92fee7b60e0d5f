/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Freeing what a TX ring holds: the scalar rows' reclaim, and what no row does inline. */

#include "tx_reclaim.h"

/* Mbufs that go back to a pool at once. */
#define TX_BULK 64

/** Mbufs of one pool on their way back to it. */
struct tx_bulk {
	struct rte_mempool *mp;
	unsigned int n;
	void *obj[TX_BULK];
};

static __rte_always_inline void
tx_bulk_flush(struct tx_bulk *b)
{
	if (b->n != 0)
		oriel_pool_put(b->mp, b->obj, b->n);
	b->n = 0;
}

static __rte_always_inline void
tx_bulk_add(struct tx_bulk *b, struct rte_mbuf *m)
{
	if (unlikely(b->n == RTE_DIM(b->obj) || m->pool != b->mp)) {
		tx_bulk_flush(b);
		b->mp = m->pool;
	}
	b->obj[b->n++] = m;
}

__rte_noinline void
oriel_tx_free_each(struct rte_mbuf **sw, uint16_t n)
{
	struct tx_bulk bulk;
	uint16_t i;

	bulk.n = 0;
	bulk.mp = NULL;
	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = sw[i], *next;

		for (; m != NULL; m = next) {
			/* One segment: `next`, in the second line, is NULL and not looked at. */
			next = m->nb_segs == 1 && m == sw[i] ? NULL : m->next;
			if (unlikely(rte_mbuf_refcnt_read(m) != 1 || !RTE_MBUF_DIRECT(m))) {
				rte_pktmbuf_free_seg(m);
				continue;
			}
			/* As the pool wants it. */
			if (next != NULL)
				m->next = NULL;
			if (m->nb_segs != 1)
				m->nb_segs = 1;
			tx_bulk_add(&bulk, m);
		}
	}
	tx_bulk_flush(&bulk);
}

void
oriel_tx_free_descs(struct oriel_txq *q, uint16_t n)
{
	oriel_tx_free(q, n, false);
}

void
oriel_tx_reclaim(struct oriel_txq *q, uint16_t want)
{
	oriel_tx_reclaim_inline(q, want);
}
