/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Freeing what a TX ring holds, in bulk. Out of line, once for all that one RS covers:
 * inlined into each burst, the copy loops make objects that take compilers minutes.
 */

#include "pool.h"
#include "tx.h"

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

/** Any mix of packets and of descriptors that own none. */
static __rte_noinline void
tx_free_each(struct rte_mbuf **sw, uint16_t n)
{
	struct tx_bulk bulk;
	uint16_t i;

	bulk.n = 0;
	bulk.mp = NULL;
	for (i = 0; i < n; i++)
		if (likely(sw[i] != NULL))
			tx_bulk_free(&bulk, sw[i]);
	tx_bulk_flush(&bulk);
}

/** Whether all n mbufs are what tx_bulk_free() need not free one by one, and of one pool. */
static __rte_always_inline bool
tx_all_plain(struct rte_mbuf *const *sw, uint16_t n)
{
	/* Of the qword at data_off: reference count and number of segments. */
	const uint64_t look = UINT64_C(0x0000ffffffff0000), one_each = UINT64_C(0x0000000100010000);
	const struct rte_mempool *mp = sw[0]->pool;
	uint64_t odd = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		const struct rte_mbuf *m = sw[i];

		odd |= (__atomic_load_n((const uint64_t *)&m->data_off, __ATOMIC_RELAXED) & look) ^
			one_each;
		odd |= m->ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
		odd |= (uintptr_t)m->pool ^ (uintptr_t)mp;
	}
	return odd == 0;
}
_Static_assert(offsetof(struct rte_mbuf, refcnt) == offsetof(struct rte_mbuf, data_off) + 2 &&
		offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, data_off) + 4,
	"reference count and number of segments in the qword at data_off");

/** Frees n packets, one in each entry; each is a single mbuf or the first of a chain. */
static __rte_always_inline void
tx_free_full(const struct oriel_txq *q, struct rte_mbuf **sw, uint16_t n)
{
	/* With fast free no mbuf is touched but the first, for its pool. */
	if (q->fast_free || likely(tx_all_plain(sw, n)))
		oriel_pool_put(sw[0]->pool, (void *const *)sw, n);
	else
		tx_free_each(sw, n);
}

/** Frees what n descriptors from q->clean on hold, none of them a hole if `full`. */
static __rte_always_inline void
tx_free(struct oriel_txq *q, uint16_t n, bool full)
{
	uint16_t to_end = q->nb_desc - q->clean;
	uint16_t part = RTE_MIN(n, to_end);

	if (likely(full)) {
		tx_free_full(q, q->sw_ring + q->clean, part);
		if (unlikely(part != n))
			tx_free_full(q, q->sw_ring, n - part);
	} else {
		tx_free_each(q->sw_ring + q->clean, part);
		tx_free_each(q->sw_ring, n - part);
	}
	q->clean = oriel_ring_add(q->clean, n, q->nb_desc);
	q->nb_free += n;
}

void
oriel_tx_free_descs(struct oriel_txq *q, uint16_t n)
{
	tx_free(q, n, false);
}

void
oriel_tx_reclaim(struct oriel_txq *q, uint16_t want)
{
	while (q->nb_free < want && oriel_tx_oldest_done(q)) {
		uint16_t rs = q->rs_fifo[q->rs_head & q->rs_mask];

		q->rs_head++;
		tx_free(q, oriel_tx_span(q, rs & ORIEL_TX_RS_IDX), !(rs & ORIEL_TX_RS_HOLES));
	}
}
