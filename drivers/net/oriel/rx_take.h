/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * One descriptor that was written back, whatever it says: to an mbuf, to a link of a chain,
 * or to a counter of what cannot be. The scalar bursts consist of this; the vector bursts
 * come here with their tails and with all that is not a plain good frame.
 */

#ifndef ORIEL_RX_TAKE_H
#define ORIEL_RX_TAKE_H

#include "rx.h"

/* ---- rx.c, out of line ---- */

/** A buffer of a frame that cannot be handed up: counts the frame once, frees the buffer. */
void oriel_rx_drop_onebuf(struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb);

/** Drops the frame in progress together with the buffer at hand, and the rest up to EOP. */
void oriel_rx_drop_scattered(
	struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb, uint64_t *cause);

/**
 * The frame in progress ends with a buffer that holds nothing but (a part of) the CRC: the
 * buffer goes, and the rest of the CRC is cut from the one before, which is full.
 */
void oriel_rx_cut_crc(struct oriel_rxq *q, struct rte_mbuf *m, uint16_t len);

/* ---- one buffer a frame ---- */

/**
 * Takes the buffer of descriptor idx.
 *
 * @param pkt
 *   Where the frame goes.
 * @param bytes
 *   Its bytes are added here.
 * @return
 *   1, or 0 if the frame was dropped.
 */
static __rte_always_inline uint16_t
oriel_rx_take_onebuf(struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb,
	struct rte_mbuf **pkt, uint64_t *bytes)
{
	uint16_t span = q->buf_len - q->min_len;
	struct rte_mbuf *m = q->sw_ring[idx];
	uint16_t len = oriel_rx_length(wb);

	/* One test each for too short and too long, for EOP missing and RXE set. */
	if (unlikely((uint16_t)(len - q->min_len) > span ||
		    (oriel_rx_status(wb) & (ORIEL_RXD_EOP | ORIEL_RXD_RXE)) != ORIEL_RXD_EOP ||
		    q->skip_frame)) {
		oriel_rx_drop_onebuf(q, m, wb);
		return 0;
	}
	len -= q->crc_len;
	oriel_rx_fill_mbuf(q, m, wb, len, len);
	*bytes += len;
	*pkt = m;
	return 1;
}

/* ---- scattered ---- */

/** Puts a buffer of the frame in progress at the end of its chain. */
static __rte_always_inline void
oriel_rx_append(struct oriel_rxq *q, struct rte_mbuf *m, uint16_t len)
{
	*(uint64_t *)&m->data_off = q->mbuf_init;
	/* Of a chain, the first mbuf's flags count, but how to free it each one says. */
	m->ol_flags = q->ol_init;
	m->data_len = len;
	if (q->seg_first == NULL)
		q->seg_first = m;
	else
		q->seg_last->next = m;
	q->seg_last = m;
	q->nb_segs++;
}

/**
 * Takes the buffer of descriptor idx. A buffer before the last is full: the device fills one
 * before it takes the next.
 *
 * @param pkt
 *   Where the frame goes if this was its last buffer.
 * @param bytes
 *   Its bytes are added here.
 * @return
 *   1 if a frame is complete and good, else 0.
 */
static __rte_always_inline uint16_t
oriel_rx_take_scattered(struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb,
	struct rte_mbuf **pkt, uint64_t *bytes)
{
	struct rte_mbuf *m = q->sw_ring[idx];
	uint32_t status = oriel_rx_status(wb);
	uint16_t len = oriel_rx_length(wb);
	struct rte_mbuf *first;
	uint32_t pkt_len;

	if (unlikely(q->skip_frame)) {
		q->skip_frame = !(status & ORIEL_RXD_EOP);
		oriel_rx_free(m);
		return 0;
	}
	if (!(status & ORIEL_RXD_EOP)) {
		if (unlikely(len != q->buf_len))
			oriel_rx_drop_scattered(q, m, wb, &q->stats.bad_length);
		else if (unlikely(q->nb_segs + 1 >= q->max_segs))
			oriel_rx_drop_scattered(q, m, wb, &q->stats.chain_overrun);
		else
			oriel_rx_append(q, m, len);
		return 0;
	}

	pkt_len = (uint32_t)q->nb_segs * q->buf_len + len;
	if (unlikely(len == 0 || len > q->buf_len || pkt_len < q->min_len)) {
		oriel_rx_drop_scattered(q, m, wb, &q->stats.bad_length);
		return 0;
	}
	if (unlikely(pkt_len > ORIEL_MAX_FRAME)) {
		oriel_rx_drop_scattered(q, m, wb, &q->stats.chain_overrun);
		return 0;
	}
	if (unlikely(status & ORIEL_RXD_RXE)) {
		oriel_rx_drop_scattered(q, m, wb, &q->stats.errors);
		return 0;
	}
	pkt_len -= q->crc_len;
	*bytes += pkt_len;
	if (likely(q->seg_first == NULL)) {
		oriel_rx_fill_mbuf(q, m, wb, pkt_len, pkt_len);
		*pkt = m;
		return 1;
	}
	if (unlikely(len <= q->crc_len))
		oriel_rx_cut_crc(q, m, len);
	else
		oriel_rx_append(q, m, len - q->crc_len);
	first = q->seg_first;
	oriel_rx_fill_mbuf(q, first, wb, pkt_len, first->data_len);
	first->nb_segs = q->nb_segs;
	q->seg_first = NULL;
	q->seg_last = NULL;
	q->nb_segs = 0;
	*pkt = first;
	return 1;
}

#endif /* ORIEL_RX_TAKE_H */
