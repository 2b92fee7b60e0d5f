/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Scalar TX bursts, one body for all, and the questions about a TX ring: descriptor
 * status, freeing of what is done.
 */

#include <errno.h>

#include <rte_ethdev.h>

#include "tx.h"

/** Frees a packet that the device cannot send; to the caller it counts as sent. */
static __rte_noinline void
tx_drop(struct oriel_txq *q, struct rte_mbuf *m)
{
	q->stats.errors++;
	rte_pktmbuf_free(m);
}

/** Writes the context into the slot not used last. */
static __rte_always_inline void
tx_write_ctx(struct oriel_txq *q, const struct oriel_tx_ctx *ctx)
{
	uint8_t slot = q->ctx_last ^ 1;

	q->ctx[slot] = *ctx;
	q->ctx_last = slot;
	oriel_tx_write(q->ring + q->next, ctx->q0,
		ctx->q1 | (uint64_t)ORIEL_PREP(ORIEL_TXC_IDX, slot) << 32);
	q->sw_ring[q->next] = NULL;
	q->next = oriel_tx_next(q, q->next);
	q->stats.contexts++;
}

/** Writes the data descriptors of a packet with several segments, or with padding. */
static __rte_noinline void
tx_write_chain(
	struct oriel_txq *q, struct rte_mbuf *m, const struct oriel_tx_pkt *p, uint16_t nb_desc)
{
	struct rte_mbuf *seg = m;
	uint16_t left = p->nb_segs + (p->pad != 0);
	uint16_t idx = q->next;
	uint64_t iova, len, end;

	for (;;) {
		/* A descriptor without data is not legal inside a frame. */
		while (seg != NULL && seg->data_len == 0)
			seg = seg->next;
		if (seg != NULL) {
			iova = rte_mbuf_data_iova(seg);
			len = seg->data_len;
			seg = seg->next;
		} else {
			iova = q->pad_iova;
			len = p->pad;
		}
		if (--left == 0)
			break;
		oriel_tx_write(q->ring + idx, iova, p->q1 | len);
		q->sw_ring[idx] = NULL;
		idx = oriel_tx_next(q, idx);
	}
	/* The EOP descriptor owns the whole chain: nothing of it is freed before all is read. */
	end = ORIEL_TXD_Q1_EOP | oriel_tx_mark_rs(q, idx, nb_desc);
	oriel_tx_write(q->ring + idx, iova, p->q1 | len | end);
	q->sw_ring[idx] = m;
	q->next = oriel_tx_next(q, idx);
}

/** Writes the data descriptors of a packet; nb_desc says how many with the context. */
static __rte_always_inline void
tx_write_data(struct oriel_txq *q, struct rte_mbuf *m, const struct oriel_tx_pkt *p,
	uint16_t nb_desc, const bool multi_seg)
{
	uint16_t idx = q->next;
	uint64_t q1;

	if (unlikely(p->pad != 0) || (multi_seg && m->nb_segs != 1)) {
		tx_write_chain(q, m, p, nb_desc);
		return;
	}
	q1 = p->q1 | m->data_len | ORIEL_TXD_Q1_EOP | oriel_tx_mark_rs(q, idx, nb_desc);
	oriel_tx_write(q->ring + idx, rte_mbuf_data_iova(m), q1);
	q->sw_ring[idx] = m;
	q->next = oriel_tx_next(q, idx);
}

/** What tx_one() did with a packet. */
enum tx_result {
	TX_SENT,
	TX_DROPPED,
	TX_NO_ROOM,
};

static enum tx_result tx_odd(struct oriel_txq *q, struct rte_mbuf *m);
static enum tx_result tx_odd_offload(struct oriel_txq *q, struct rte_mbuf *m);

/** Makes descriptors of any packet; with the flags constant the compiler drops what cannot be. */
static __rte_always_inline enum tx_result
tx_one(struct oriel_txq *q, struct rte_mbuf *m, const bool offloads, const bool multi_seg)
{
	uint64_t ol = offloads ? m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK : 0;
	struct oriel_tx_pkt p = { .q1 = ORIEL_TXD_CMD_DATA, .len = m->data_len, .nb_segs = 1 };
	struct oriel_tx_ctx ctx;
	bool new_ctx = false;
	uint16_t need;

	if (m->nb_segs != 1 || unlikely(m->pkt_len != m->data_len)) {
		if (!multi_seg)
			return offloads ? tx_odd_offload(q, m) : tx_odd(q, m);
		if (unlikely(oriel_tx_measure(m, &p.len, &p.nb_segs) != 0))
			goto drop;
	}
	if (offloads && ol & ~ORIEL_TX_F_TYPE) {
		int slot;

		if (unlikely(ol & ORIEL_TX_F_NOTSUP))
			goto drop;
		ctx = oriel_tx_ctx_of(m, ol);
		slot = oriel_tx_ctx_find(q, &ctx);
		if (unlikely(slot < 0)) {
			if (unlikely(oriel_tx_check_headers(m, ol) != 0))
				goto drop;
			new_ctx = true;
			slot = q->ctx_last ^ 1;
		}
		p.q1 |= oriel_tx_q1_flags(ol) | (uint64_t)ORIEL_PREP(ORIEL_TXD_IDX, slot) << 32;
		if (unlikely(!oriel_tx_fit(&p, m, ol)))
			goto drop;
		if (!new_ctx)
			q->ctx_last = slot;
	} else if (unlikely(!oriel_tx_fit(&p, m, 0))) {
		goto drop;
	}

	need = p.nb_segs + new_ctx + (p.pad != 0);
	if (unlikely(need > q->max_desc || p.nb_segs > ORIEL_TX_MAX_SEGS))
		goto drop;
	if (unlikely(need > q->nb_free)) {
		oriel_tx_reclaim(q, need);
		if (need > q->nb_free)
			return TX_NO_ROOM;
	}
	q->nb_free -= need;
	q->stats.bytes += p.len;
	if (new_ctx)
		tx_write_ctx(q, &ctx);
	tx_write_data(q, m, &p, need, multi_seg);
	return TX_SENT;
drop:
	tx_drop(q, m);
	return TX_DROPPED;
}

/* Packets that the row of bursts at hand was not chosen for; they are served all the same. */
static __rte_noinline enum tx_result
tx_odd(struct oriel_txq *q, struct rte_mbuf *m)
{
	return tx_one(q, m, false, true);
}

static __rte_noinline enum tx_result
tx_odd_offload(struct oriel_txq *q, struct rte_mbuf *m)
{
	return tx_one(q, m, true, true);
}

static __rte_always_inline uint16_t
tx_burst(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool offloads,
	const bool multi_seg)
{
	uint16_t first = q->next, i, nb_dropped = 0;

	if (q->nb_free < q->free_thresh)
		oriel_tx_reclaim(q, q->free_thresh);

	for (i = 0; i < nb_pkts; i++) {
		enum tx_result result = tx_one(q, pkts[i], offloads, multi_seg);

		if (unlikely(result == TX_NO_ROOM))
			break;
		nb_dropped += result == TX_DROPPED;
	}
	if (q->next != first) {
		q->stats.packets += i - nb_dropped;
		oriel_tx_doorbell(q);
	}
	return i;
}

/**
 * One segment, no offload, a length that needs no care: descriptors up to the next RS, the
 * end of the ring, or a packet that is not so.
 *
 * @return
 *   Packets written, at most n.
 */
static __rte_always_inline uint16_t
tx_simple_run(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes)
{
	struct oriel_tx_desc *desc = q->ring + q->next;
	struct rte_mbuf **sw = q->sw_ring + q->next;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint64_t len = m->data_len;

		if (unlikely(len - ORIEL_TX_MIN_FRAME > ORIEL_TX_MAX_FRAME - ORIEL_TX_MIN_FRAME ||
			    m->nb_segs != 1))
			break;
		oriel_tx_write(desc + i, rte_mbuf_data_iova(m),
			ORIEL_TXD_CMD_DATA | ORIEL_TXD_Q1_EOP | len |
				len << ORIEL_TXD_Q1_PAYLEN_SHIFT);
		sw[i] = m;
		*bytes += len;
	}
	if (i != 0)
		desc[i - 1].q[1] |= rte_cpu_to_le_64(oriel_tx_mark_rs(q, q->next + i - 1, i));
	q->next = oriel_ring_add(q->next, i, q->nb_desc);
	q->nb_free -= i;
	return i;
}

uint16_t
oriel_tx_burst_simple(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_txq *q = txq;
	uint16_t first = q->next, i = 0, nb_dropped = 0;
	uint64_t bytes = 0;

	if (q->nb_free < q->free_thresh)
		oriel_tx_reclaim(q, q->free_thresh);

	while (i < nb_pkts) {
		uint16_t room = RTE_MIN(
			(uint16_t)(q->rs_thresh - q->nb_used), (uint16_t)(q->nb_desc - q->next));
		uint16_t n = RTE_MIN((uint16_t)(nb_pkts - i), RTE_MIN(room, q->nb_free));
		uint16_t done = tx_simple_run(q, pkts + i, n, &bytes);
		enum tx_result result;

		i += done;
		if (likely(done == n && n != 0))
			continue;
		/* The ring is full, or this packet is one for the general code. */
		result = tx_odd(q, pkts[i]);
		if (result == TX_NO_ROOM)
			break;
		nb_dropped += result == TX_DROPPED;
		i++;
	}
	if (q->next != first) {
		q->stats.packets += i - nb_dropped;
		q->stats.bytes += bytes;
		oriel_tx_doorbell(q);
	}
	return i;
}

uint16_t
oriel_tx_burst_offload(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst(txq, pkts, nb_pkts, true, false);
}

uint16_t
oriel_tx_burst_multi(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst(txq, pkts, nb_pkts, false, true);
}

uint16_t
oriel_tx_burst_multi_offload(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst(txq, pkts, nb_pkts, true, true);
}

/* ---- questions ---- */

/** offset counts from the descriptor that is written next. */
int
oriel_tx_descriptor_status(void *txq, uint16_t offset)
{
	const struct oriel_txq *q = txq;
	uint16_t i, used, pos;

	if (offset >= q->nb_desc)
		return -EINVAL;
	/* Free ones come first, with the one that is kept unused; then the oldest in use. */
	if (offset <= q->nb_free)
		return RTE_ETH_TX_DESC_DONE;
	pos = offset - q->nb_free - 1;
	used = 0;
	for (i = q->rs_head; i != q->rs_tail; i++) {
		uint16_t idx = q->rs_fifo[i & q->rs_mask];

		if (!(rte_le_to_cpu_64(__atomic_load_n(&q->ring[idx].q[1], __ATOMIC_RELAXED)) &
			    ORIEL_TXD_Q1_DD))
			break;
		used = oriel_tx_span(q, idx);
		if (pos < used)
			return RTE_ETH_TX_DESC_DONE;
	}
	return RTE_ETH_TX_DESC_FULL;
}

/** Frees packets one by one up to idx, at most max of them; returns how many. */
static uint32_t
tx_free_packets(struct oriel_txq *q, uint16_t idx, uint32_t max)
{
	uint32_t freed = 0;
	uint16_t span = oriel_tx_span(q, idx);

	while (span != 0 && freed < max) {
		freed += q->sw_ring[q->clean] != NULL;
		oriel_tx_free_descs(q, 1);
		span--;
	}
	if (span == 0)
		q->rs_head++;
	return freed;
}

/**
 * Frees packets that have been sent. One whose mbufs somebody else holds too counts.
 *
 * @param free_cnt
 *   Most packets to free, 0 for all.
 * @return
 *   Packets freed.
 */
int
oriel_tx_done_cleanup(void *txq, uint32_t free_cnt)
{
	struct oriel_txq *q = txq;
	uint32_t max = free_cnt == 0 ? UINT32_MAX : free_cnt;
	uint32_t freed = 0;

	while (freed < max && oriel_tx_oldest_done(q))
		freed += tx_free_packets(q, q->rs_fifo[q->rs_head & q->rs_mask], max - freed);
	return freed;
}
