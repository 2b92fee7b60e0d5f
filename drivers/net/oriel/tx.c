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
#include "tx_walk.h"

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
	q->holes = ORIEL_TX_RS_HOLES;
	q->next = oriel_ring_next(q->next, q->nb_desc);
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

	q->holes = ORIEL_TX_RS_HOLES;
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
		idx = oriel_ring_next(idx, q->nb_desc);
	}
	/* The EOP descriptor owns the whole chain: nothing of it is freed before all is read. */
	end = ORIEL_TXD_Q1_EOP | oriel_tx_mark_rs(q, idx, nb_desc);
	oriel_tx_write(q->ring + idx, iova, p->q1 | len | end);
	q->sw_ring[idx] = m;
	q->next = oriel_ring_next(idx, q->nb_desc);
}

/** Writes the data descriptors of a packet; nb_desc says how many with the context. */
static __rte_always_inline void
tx_write_data(
	struct oriel_txq *q, struct rte_mbuf *m, const struct oriel_tx_pkt *p, uint16_t nb_desc)
{
	uint16_t idx = q->next;
	uint64_t q1;

	if (p->pad != 0 || m->nb_segs != 1) {
		tx_write_chain(q, m, p, nb_desc);
		return;
	}
	q1 = p->q1 | m->data_len | ORIEL_TXD_Q1_EOP | oriel_tx_mark_rs(q, idx, nb_desc);
	oriel_tx_write(q->ring + idx, rte_mbuf_data_iova(m), q1);
	q->sw_ring[idx] = m;
	q->next = oriel_ring_next(idx, q->nb_desc);
}

/** What a packet with offloads makes of its descriptors. */
enum tx_ctx_need {
	TX_CTX_HAVE, /* a slot has its context */
	TX_CTX_NEW,  /* *ctx is to be written */
	TX_CTX_BAD,  /* it cannot be sent */
};

/** The way that knows all offloads; fills p and, for TX_CTX_NEW, *ctx. */
static __rte_always_inline enum tx_ctx_need
tx_find_ctx(struct oriel_txq *q, const struct rte_mbuf *m, uint64_t ol, struct oriel_tx_pkt *p,
	struct oriel_tx_ctx *ctx)
{
	bool new_ctx;
	int slot;

	if (unlikely(ol & ORIEL_TX_F_NOTSUP))
		return TX_CTX_BAD;
	*ctx = oriel_tx_ctx_of(m, ol);
	slot = oriel_tx_ctx_find(q, ctx);
	new_ctx = slot < 0;
	if (unlikely(new_ctx)) {
		if (unlikely(oriel_tx_check_headers(m, ol) != 0))
			return TX_CTX_BAD;
		slot = q->ctx_last ^ 1;
	}
	p->q1 |= oriel_tx_q1_flags(ol) | (uint64_t)ORIEL_PREP(ORIEL_TXD_IDX, slot) << 32;
	if (unlikely(!oriel_tx_fit(p, m, ol)))
		return TX_CTX_BAD;
	if (new_ctx)
		return TX_CTX_NEW;
	oriel_tx_class_set(q, slot, m, ol);
	q->ctx_last = slot;
	return TX_CTX_HAVE;
}

/**
 * Writes descriptors for packets of any number of segments, one for each, as long as nothing
 * needs a closer look: an empty segment, a length that the MAC cannot send, a context that no
 * slot has, a chain that is not as long as it says. That shows when it has been walked, so a
 * packet's descriptors count only then; until the tail moves the device knows of none.
 *
 * @return
 *   Packets written; q is moved on by their descriptors.
 */
static __rte_always_inline uint16_t
tx_run_segs(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint64_t *bytes,
	const bool offloads)
{
	const unsigned int max_segs = RTE_MIN(q->max_desc, ORIEL_TX_MAX_SEGS);
	const struct oriel_tx_desc *const end = q->ring + q->nb_desc;
	struct oriel_tx_desc *next = q->ring + q->next;
	struct rte_mbuf **next_sw = q->sw_ring + q->next;
	unsigned int nb_free = q->nb_free, i;
	uint64_t total = 0;

	for (i = 0; i < nb_pkts; i++) {
		uint32_t min_len = ORIEL_TX_MIN_FRAME, max_len = ORIEL_TX_MAX_FRAME;
		struct rte_mbuf *const m = pkts[i], *seg = m, *owned = m;
		const uint32_t nb_segs = m->nb_segs;
		/* Without offloads data_len is all that is asked of one segment, as in runs. */
		const uint32_t pkt_len = !offloads && nb_segs == 1 ? m->data_len : m->pkt_len;
		uint32_t left_segs = nb_segs, left_len = pkt_len;
		struct oriel_tx_desc *desc = next;
		struct rte_mbuf **sw = next_sw;
		uint64_t q1 = ORIEL_TXD_CMD_DATA, len;

		if (offloads && m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK & ~ORIEL_TX_F_TYPE) {
			int slot = oriel_tx_class_find(
				q, m, m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK);

			if (unlikely(slot < 0))
				break;
			min_len = q->class[slot].min_len;
			max_len = q->class[slot].max_len;
			q1 |= q->class[slot].q1;
			q->ctx_last = slot;
		}
		if (unlikely(left_len - min_len > max_len - min_len || left_segs > nb_free ||
			    left_segs > max_segs))
			break;
		q1 |= (uint64_t)left_len << ORIEL_TXD_Q1_PAYLEN_SHIFT;
		for (;;) {
			len = seg->data_len;
			if (unlikely(len == 0 || left_segs == 0))
				goto stop;
			oriel_tx_write(desc, rte_mbuf_data_iova(seg), q1 | len);
			left_segs--;
			left_len -= len;
			/* One segment: `next`, in the second line, is NULL and not looked at. */
			if (likely(nb_segs == 1))
				break;
			seg = seg->next;
			if (seg == NULL)
				break;
			*sw++ = (struct rte_mbuf *)((uintptr_t)owned | ORIEL_TX_LINK);
			owned = seg;
			if (unlikely(++desc == end)) {
				desc = q->ring;
				sw = q->sw_ring;
			}
		}
		if (unlikely((left_segs | left_len) != 0))
			break;
		/* Each descriptor owns its segment; RS is at EOP: all are freed as one. */
		*sw++ = owned;
		nb_free -= nb_segs;
		total += pkt_len;
		if (nb_segs != 1)
			q->holes = ORIEL_TX_RS_HOLES;
		desc->q[1] = rte_cpu_to_le_64(
			q1 | len | ORIEL_TXD_Q1_EOP | oriel_tx_mark_rs(q, desc - q->ring, nb_segs));
		if (unlikely(++desc == end)) {
			desc = q->ring;
			sw = q->sw_ring;
		}
		next = desc;
		next_sw = sw;
	}
stop:
	q->next = next - q->ring;
	q->nb_free = nb_free;
	*bytes += total;
	return i;
}

__rte_noinline uint16_t
oriel_tx_run_segs(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint64_t *bytes)
{
	return tx_run_segs(q, pkts, nb_pkts, bytes, false);
}

__rte_noinline uint16_t
oriel_tx_run_segs_offload(
	struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint64_t *bytes)
{
	return tx_run_segs(q, pkts, nb_pkts, bytes, true);
}

/** Makes descriptors of any packet, or drops it. */
static __rte_always_inline enum oriel_tx_result
tx_one(struct oriel_txq *q, struct rte_mbuf *m, const bool offloads)
{
	uint64_t ol = offloads ? m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK : 0;
	struct oriel_tx_pkt p = { .q1 = ORIEL_TXD_CMD_DATA, .len = m->data_len, .nb_segs = 1 };
	struct oriel_tx_ctx ctx;
	bool new_ctx = false;
	uint16_t need;

	if (unlikely(m->ol_flags & ORIEL_TX_F_STAMP)) {
		if (unlikely((ol & ORIEL_TX_F_STAMPED_TSO) == ORIEL_TX_F_STAMPED_TSO))
			goto drop;
		if (q->stamps)
			p.q1 |= ORIEL_TXD_MAC_TSTAMP;
		ol &= ~ORIEL_TX_F_STAMP;
	}
	if ((m->nb_segs != 1 || (offloads && unlikely(m->pkt_len != m->data_len))) &&
		unlikely(oriel_tx_measure(m, &p.len, &p.nb_segs) != 0))
		goto drop;
	if (offloads && ol & ~ORIEL_TX_F_TYPE) {
		enum tx_ctx_need found = tx_find_ctx(q, m, ol, &p, &ctx);

		if (unlikely(found == TX_CTX_BAD))
			goto drop;
		new_ctx = found == TX_CTX_NEW;
	} else if (unlikely(!oriel_tx_fit(&p, m, 0))) {
		goto drop;
	}

	need = p.nb_segs + new_ctx + (p.pad != 0);
	if (unlikely(need > q->max_desc || p.nb_segs > ORIEL_TX_MAX_SEGS))
		goto drop;
	if (unlikely(need > q->nb_free)) {
		oriel_tx_reclaim(q, need);
		if (need > q->nb_free)
			return ORIEL_TX_NO_ROOM;
	}
	q->nb_free -= need;
	q->stats.bytes += p.len;
	if (unlikely(new_ctx)) {
		tx_write_ctx(q, &ctx);
		oriel_tx_class_set(q, q->ctx_last, m, ol);
	}
	tx_write_data(q, m, &p, need);
	return ORIEL_TX_SENT;
drop:
	tx_drop(q, m);
	return ORIEL_TX_DROPPED;
}

__rte_noinline enum oriel_tx_result
oriel_tx_odd(struct oriel_txq *q, struct rte_mbuf *m)
{
	return tx_one(q, m, false);
}

__rte_noinline enum oriel_tx_result
oriel_tx_odd_offload(struct oriel_txq *q, struct rte_mbuf *m)
{
	return tx_one(q, m, true);
}

/* ---- bursts ---- */

/** Packets that ask for no stamp, before the first that does. */
static uint16_t
tx_unstamped(struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	uint16_t n = 0;

	while (n < nb_pkts && !(pkts[n]->ol_flags & ORIEL_TX_F_STAMP))
		n++;
	return n;
}

__rte_noinline uint16_t
oriel_tx_rest_stamps(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	uint16_t first = q->next, i = 0, nb_dropped = 0;
	uint64_t bytes = 0;

	for (;;) {
		uint16_t n = tx_unstamped(pkts + i, nb_pkts - i);
		enum oriel_tx_result result;

		i += tx_run_segs(q, pkts + i, n, &bytes, false);
		if (i == nb_pkts)
			break;
		result = tx_one(q, pkts[i], false);
		if (result == ORIEL_TX_NO_ROOM)
			break;
		nb_dropped += result == ORIEL_TX_DROPPED;
		i++;
	}
	oriel_tx_end(q, first, i - nb_dropped, bytes);
	return i;
}

__rte_noinline uint16_t
oriel_tx_burst_stamps(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	oriel_tx_begin(q, nb_pkts, oriel_tx_reclaim);
	return oriel_tx_rest_stamps(q, pkts, nb_pkts);
}

static __rte_noinline uint16_t
tx_rest_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint16_t i,
	uint16_t first, uint64_t bytes)
{
	return oriel_tx_rest(q, pkts, nb_pkts, i, first, bytes, oriel_tx_run_plain, 1,
		oriel_tx_run_segs, oriel_tx_odd, false);
}

static __rte_noinline uint16_t
tx_walk_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return oriel_tx_walk(
		q, pkts, nb_pkts, oriel_tx_run_plain, tx_rest_simple, oriel_tx_reclaim, false);
}

uint16_t
oriel_tx_burst_simple(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	if (oriel_tx_few(txq, pkts, nb_pkts))
		return nb_pkts;
	return tx_walk_simple(txq, pkts, nb_pkts);
}

/** Segments are nothing special, and neither are packets of a context that is there. */
static __rte_always_inline uint16_t
tx_burst_segs(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool offloads)
{
	uint16_t first = q->next, i = 0, nb_dropped = 0;
	uint64_t bytes = 0;

	oriel_tx_begin(q, nb_pkts, oriel_tx_reclaim);
	for (;;) {
		enum oriel_tx_result result;

		i += tx_run_segs(q, pkts + i, nb_pkts - i, &bytes, offloads);
		if (likely(i == nb_pkts))
			break;
		result = offloads ? oriel_tx_odd_offload(q, pkts[i]) : oriel_tx_odd(q, pkts[i]);
		if (result == ORIEL_TX_NO_ROOM)
			break;
		nb_dropped += result == ORIEL_TX_DROPPED;
		i++;
	}
	oriel_tx_end(q, first, i - nb_dropped, bytes);
	return i;
}

uint16_t
oriel_tx_burst_multi(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_txq *q = txq;

	if (unlikely(q->stamps))
		return oriel_tx_burst_stamps(q, pkts, nb_pkts);
	return tx_burst_segs(q, pkts, nb_pkts, false);
}

uint16_t
oriel_tx_burst_offload(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst_segs(txq, pkts, nb_pkts, true);
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
		uint16_t idx = q->rs_fifo[i & q->rs_mask] & ORIEL_TX_RS_IDX;

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
		const struct rte_mbuf *entry = q->sw_ring[q->clean];

		freed += entry != NULL && !oriel_tx_is_link(entry);
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

	/* ethdev looks up the queue and does not look whether there is one. */
	if (q == NULL)
		return -EINVAL;
	while (freed < max && oriel_tx_oldest_done(q))
		freed += tx_free_packets(
			q, q->rs_fifo[q->rs_head & q->rs_mask] & ORIEL_TX_RS_IDX, max - freed);
	return freed;
}
