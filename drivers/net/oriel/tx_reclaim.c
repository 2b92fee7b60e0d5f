/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Freeing what a TX ring holds: the scalar rows' reclaim, and what no row does inline. */

#include "tx_reclaim.h"

/* Mbufs that go back to a pool at once. */
#define TX_BULK 64

/** Whether an mbuf is this ring's alone, with its own buffer. */
static __rte_always_inline bool
tx_is_own(const struct rte_mbuf *m)
{
	return rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

__rte_noinline void
oriel_tx_free_each(struct rte_mbuf **sw, uint16_t n)
{
	struct rte_mempool *mp = NULL;
	struct rte_mbuf *bulk[TX_BULK];
	unsigned int nb_bulk = 0, i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = oriel_tx_entry_mbuf(sw[i]);
		const bool is_link = oriel_tx_is_link(sw[i]);

		if (m == NULL)
			continue;
		/* One segment: `next`, in the second line, is NULL and not looked at. */
		if (unlikely(!tx_is_own(m) || !(is_link || m->nb_segs == 1))) {
			if (is_link)
				rte_pktmbuf_free_seg(m);
			else
				rte_pktmbuf_free(m);
			continue;
		}
		/* As the pool wants it. */
		if (is_link) {
			m->next = NULL;
			m->nb_segs = 1;
		}
		if (unlikely(m->pool != mp || nb_bulk == TX_BULK)) {
			if (nb_bulk != 0)
				oriel_pool_put(mp, (void **)bulk, nb_bulk);
			nb_bulk = 0;
			mp = m->pool;
		}
		bulk[nb_bulk++] = m;
	}
	if (nb_bulk != 0)
		oriel_pool_put(mp, (void **)bulk, nb_bulk);
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
