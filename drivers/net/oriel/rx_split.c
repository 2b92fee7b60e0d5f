/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Buffer split: descriptors with two buffers. The length of a header is the device's word as
 * much as any other: it is believed in the first descriptor of a frame, up to the size of the
 * header buffer. A header buffer whose frame does not use it stays with its descriptor.
 */

#include "rx.h"
#include "rx_split.h"
#include "rx_strip.h"
#include "rx_take.h"

/**
 * Bytes in the descriptor's header buffer.
 *
 * @return
 *   0 if there are none, negative if the device says what cannot be.
 */
static int
split_hdr_len(
	const struct oriel_rxq *q, const struct oriel_rx_chain *c, const struct oriel_rx_wb *wb)
{
	uint32_t info = oriel_rx_info(wb), len = ORIEL_GET(ORIEL_RXD_HDR_LEN, info);

	/* Too long a header: all of it is in the packet buffer. */
	if (q->hdr_ring == NULL || !(info & ORIEL_RXD_SPH) || oriel_rx_status(wb) & ORIEL_RXD_HBO)
		return 0;
	/* Later descriptors may repeat what the first one said; their header buffers are not used.
	 */
	if (c->first != NULL)
		return 0;
	return len == 0 || len > ORIEL_RX_HDR_LEN ? -1 : (int)len;
}

/** Starts a chain with the header buffer of descriptor idx. */
static void
split_take_header(struct oriel_rxq *q, struct oriel_rx_chain *c, uint16_t idx, uint16_t len)
{
	struct rte_mbuf *m = q->hdr_ring[idx];

	q->hdr_ring[idx] = NULL;
	oriel_rx_append(q, c, m, len);
	/* Its pool is not the one that ol_init is about. */
	m->ol_flags = 0;
	m->pkt_len = len;
}

/** Why the buffer of descriptor idx cannot be part of a good frame: the counter, or NULL. */
static uint64_t *
split_fault(struct oriel_rxq *q, const struct oriel_rx_chain *c, const struct oriel_rx_wb *wb,
	int hdr, uint32_t pkt_len)
{
	uint32_t status = oriel_rx_status(wb);
	uint16_t len = oriel_rx_length(wb);

	if (hdr < 0 || len > q->buf_len)
		return &q->stats.bad_length;
	/* A buffer before the last is full. The last one holds something, or the header is all. */
	if (status & ORIEL_RXD_EOP ? len == 0 && hdr == 0 : len != q->buf_len)
		return &q->stats.bad_length;
	if (pkt_len > ORIEL_MAX_FRAME || c->nb_segs > q->max_segs)
		return &q->stats.chain_overrun;
	if (status & ORIEL_RXD_EOP && status & ORIEL_RXD_RXE)
		return &q->stats.errors;
	return NULL;
}

/** Takes the buffers of descriptor idx; 1 if a frame is complete and good. */
static uint16_t
split_take(struct oriel_rxq *q, struct oriel_rx_chain *c, uint16_t idx,
	const struct oriel_rx_wb *wb, struct rte_mbuf **pkt, uint64_t *bytes)
{
	struct rte_mbuf *m = q->sw_ring[idx], *first;
	uint32_t status = oriel_rx_status(wb), pkt_len;
	uint16_t len = oriel_rx_length(wb);
	uint64_t *fault;
	int hdr;

	if (q->skip_frame) {
		q->skip_frame = !(status & ORIEL_RXD_EOP);
		oriel_rx_free(m);
		return 0;
	}
	hdr = split_hdr_len(q, c, wb);
	pkt_len = (c->first != NULL ? c->first->pkt_len : 0) + RTE_MAX(hdr, 0) + len;
	fault = split_fault(q, c, wb, hdr, pkt_len);
	if (unlikely(fault != NULL)) {
		oriel_rx_chain_store(q, c);
		oriel_rx_drop_scattered(q, m, wb, fault);
		*c = oriel_rx_chain_load(q);
		return 0;
	}
	if (hdr > 0)
		split_take_header(q, c, idx, hdr);
	if (len != 0)
		oriel_rx_append(q, c, m, len);
	else
		oriel_rx_free(m);
	first = c->first;
	first->pkt_len = pkt_len;
	if (!(status & ORIEL_RXD_EOP))
		return 0;
	oriel_rx_fill_mbuf(q, first, wb, pkt_len, first->data_len);
	if (first->pool != q->mp)
		first->ol_flags &= ~q->ol_init;
	first->nb_segs = c->nb_segs;
	*bytes += pkt_len;
	*pkt = first;
	c->first = NULL;
	c->last = NULL;
	c->nb_segs = 0;
	return 1;
}

/** Arms a descriptor with a fresh buffer, and a header buffer if its frame took that. */
static bool
split_arm(struct oriel_rxq *q, uint16_t idx)
{
	struct rte_mbuf *m;

	if (rte_mempool_get(q->mp, (void **)&m) != 0)
		return false;
	if (q->hdr_ring != NULL && q->hdr_ring[idx] == NULL &&
		rte_mempool_get(q->hdr_mp, (void **)&q->hdr_ring[idx]) != 0) {
		q->hdr_ring[idx] = NULL;
		rte_mempool_put(q->mp, m);
		return false;
	}
	q->sw_ring[idx] = m;
	oriel_rx_arm(q->ring + idx, m);
	if (q->hdr_ring != NULL)
		q->ring[idx].q[1] = rte_cpu_to_le_64(rte_mbuf_data_iova_default(q->hdr_ring[idx]));
	return true;
}

/** As oriel_rx_refill(). */
static uint16_t
split_refill(struct oriel_rxq *q, uint16_t nb_rx)
{
	uint16_t idx = q->next >= q->nb_hold ? q->next - q->nb_hold :
					       q->next + q->nb_desc - q->nb_hold;
	uint16_t first = idx;

	while (q->nb_hold != 0 && split_arm(q, idx)) {
		q->nb_hold--;
		idx = oriel_ring_next(idx, q->nb_desc);
	}
	q->refill_head = idx;
	if (unlikely(q->nb_hold != 0))
		oriel_rx_count_alloc_failed(q);
	if (likely(idx != first))
		oriel_rx_doorbell(q, idx == 0 ? q->nb_desc - 1 : idx - 1);
	return nb_rx;
}

uint16_t
oriel_rx_burst_split(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_rxq *q = rxq;
	/* No refill inside: a chain without end cannot eat more than a ring. */
	uint16_t limit = oriel_rx_owned(q);
	struct oriel_rx_chain chain = oriel_rx_chain_load(q);
	uint16_t next = q->next;
	uint16_t seen, nb_rx = 0;
	uint64_t bytes = 0;

	for (seen = 0; seen < limit && nb_rx < nb_pkts; seen++) {
		struct oriel_rx_wb wb;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		oriel_rx_prefetch(q, next);
		nb_rx += split_take(q, &chain, next, &wb, pkts + nb_rx, &bytes);
		next = oriel_ring_next(next, q->nb_desc);
	}
	oriel_rx_chain_store(q, &chain);
	nb_rx = oriel_rx_finish(q, next, seen, nb_rx, bytes, split_refill);
	oriel_rx_strip(q, pkts, nb_rx);
	return nb_rx;
}
