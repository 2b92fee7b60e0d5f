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

/**
 * Takes the buffer of a descriptor that is not a plain good frame: a special one to *pkt and 1;
 * or 0: counts the frame once, frees the buffer.
 */
uint16_t oriel_rx_odd_onebuf(
	struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb, struct rte_mbuf **pkt);

/**
 * Drops the frame in progress, as it stands in q, together with the buffer at hand, and the
 * rest up to EOP.
 */
void oriel_rx_drop_scattered(
	struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb, uint64_t *cause);

/** Takes the last buffer of a good special frame, of which q has the chain so far. */
struct rte_mbuf *oriel_rx_special_scattered(
	struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb);

/**
 * A frame ends with a buffer that holds nothing but (a part of) the CRC: the buffer goes, and
 * the rest of the CRC is cut from the one before, which is full.
 */
void oriel_rx_cut_crc(struct oriel_rxq *q, struct rte_mbuf *last, struct rte_mbuf *m, uint16_t len);

/* ---- one buffer a frame ---- */

/** Whether the frame is a good one, all in this buffer, and nothing special. */
static __rte_always_inline bool
oriel_rx_is_good(const struct oriel_rxq *q, const struct oriel_rx_wb *wb)
{
	uint16_t span = q->buf_len - q->min_len;

	/* One test each for too short and too long, for EOP missing and what should not be set. */
	return likely((uint16_t)(oriel_rx_length(wb) - q->min_len) <= span) &&
		likely((oriel_rx_status(wb) &
			       (ORIEL_RXD_EOP | ORIEL_RXD_RXE | ORIEL_RX_SPECIAL_STATUS)) ==
			ORIEL_RXD_EOP) &&
		likely((oriel_rx_info(wb) & ORIEL_RX_SPECIAL_INFO) == 0);
}

/** Takes the good frame of descriptor idx; *bytes grows by its length. */
static __rte_always_inline struct rte_mbuf *
oriel_rx_take_good(
	const struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb, uint64_t *bytes)
{
	struct rte_mbuf *m = q->sw_ring[idx];
	uint16_t len = oriel_rx_length(wb) - q->crc_len;

	oriel_rx_fill_mbuf(q, m, wb, len, len);
	*bytes += len;
	return m;
}

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
	if (unlikely(q->skip_frame || !oriel_rx_is_good(q, wb))) {
		if (oriel_rx_odd_onebuf(q, idx, wb, pkt) == 0)
			return 0;
		*bytes += (*pkt)->pkt_len;
		return 1;
	}
	*pkt = oriel_rx_take_good(q, idx, wb, bytes);
	return 1;
}

/* ---- scattered ---- */

/** The frame in progress while a burst works on it; in q between bursts. */
struct oriel_rx_chain {
	struct rte_mbuf *first, *last;
	uint16_t nb_segs;
};

static __rte_always_inline struct oriel_rx_chain
oriel_rx_chain_load(const struct oriel_rxq *q)
{
	return (struct oriel_rx_chain){ q->seg_first, q->seg_last, q->nb_segs };
}

static __rte_always_inline void
oriel_rx_chain_store(struct oriel_rxq *q, const struct oriel_rx_chain *c)
{
	q->seg_first = c->first;
	q->seg_last = c->last;
	q->nb_segs = c->nb_segs;
}

/** Puts a buffer at the end of the chain. */
static __rte_always_inline void
oriel_rx_append(
	const struct oriel_rxq *q, struct oriel_rx_chain *c, struct rte_mbuf *m, uint16_t len)
{
	*(uint64_t *)&m->data_off = q->mbuf_init;
	/* Of a chain, the first mbuf's flags count, but how to free it each one says. */
	m->ol_flags = q->ol_init;
	m->data_len = len;
	if (c->first == NULL)
		c->first = m;
	else
		c->last->next = m;
	c->last = m;
	c->nb_segs++;
}

/** What ends a frame in progress for good. */
#define ORIEL_RX_DROP(q, c, m, wb, cause) \
	do { \
		oriel_rx_chain_store(q, c); \
		oriel_rx_drop_scattered(q, m, wb, &(q)->stats.cause); \
		*(c) = oriel_rx_chain_load(q); \
	} while (0)

/**
 * Takes the buffer of descriptor idx. A buffer before the last is full: the device fills one
 * before it takes the next.
 *
 * @param c
 *   The frame in progress.
 * @param pkt
 *   Where the frame goes if this was its last buffer.
 * @param bytes
 *   Its bytes are added here.
 * @return
 *   1 if a frame is complete and good, else 0.
 */
static __rte_always_inline uint16_t
oriel_rx_take_scattered(struct oriel_rxq *q, struct oriel_rx_chain *c, uint16_t idx,
	const struct oriel_rx_wb *wb, struct rte_mbuf **pkt, uint64_t *bytes)
{
	struct rte_mbuf *m = q->sw_ring[idx];
	uint32_t status = oriel_rx_status(wb);
	uint16_t len = oriel_rx_length(wb);
	uint32_t pkt_len;

	if (unlikely(q->skip_frame)) {
		q->skip_frame = !(status & ORIEL_RXD_EOP);
		oriel_rx_free(m);
		return 0;
	}
	if (!(status & ORIEL_RXD_EOP)) {
		if (unlikely(len != q->buf_len))
			ORIEL_RX_DROP(q, c, m, wb, bad_length);
		else if (unlikely(c->nb_segs + 1 >= q->max_segs))
			ORIEL_RX_DROP(q, c, m, wb, chain_overrun);
		else
			oriel_rx_append(q, c, m, len);
		return 0;
	}

	pkt_len = (uint32_t)c->nb_segs * q->buf_len + len;
	if (unlikely(len == 0 || len > q->buf_len || pkt_len < q->min_len)) {
		ORIEL_RX_DROP(q, c, m, wb, bad_length);
		return 0;
	}
	if (unlikely(pkt_len > ORIEL_MAX_FRAME)) {
		ORIEL_RX_DROP(q, c, m, wb, chain_overrun);
		return 0;
	}
	if (unlikely(status & (ORIEL_RXD_RXE | ORIEL_RX_SPECIAL_STATUS) ||
		    oriel_rx_info(wb) & ORIEL_RX_SPECIAL_INFO)) {
		if (status & ORIEL_RXD_RXE) {
			ORIEL_RX_DROP(q, c, m, wb, errors);
			return 0;
		}
		oriel_rx_chain_store(q, c);
		*pkt = oriel_rx_special_scattered(q, idx, wb);
		*c = oriel_rx_chain_load(q);
		*bytes += (*pkt)->pkt_len;
		return 1;
	}
	pkt_len -= q->crc_len;
	*bytes += pkt_len;
	if (c->first == NULL) {
		oriel_rx_fill_mbuf(q, m, wb, pkt_len, pkt_len);
		*pkt = m;
		return 1;
	}
	if (unlikely(len <= q->crc_len))
		oriel_rx_cut_crc(q, c->last, m, len);
	else
		oriel_rx_append(q, c, m, len - q->crc_len);
	oriel_rx_fill_mbuf(q, c->first, wb, pkt_len, c->first->data_len);
	c->first->nb_segs = c->nb_segs;
	*pkt = c->first;
	c->first = NULL;
	c->last = NULL;
	c->nb_segs = 0;
	return 1;
}

#endif /* ORIEL_RX_TAKE_H */
