/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Scalar RX bursts, one-buffer and scattered, and the questions about an RX ring:
 * descriptor status, count of waiting descriptors.
 */

#include <errno.h>

#include <rte_ethdev.h>

#include "rx.h"

_Static_assert(ORIEL_SW_RING_PAD >= 4, "oriel_rx_prefetch() looks four ahead");

/* Out of line: happens when the pool runs dry only. */
__rte_noinline void
oriel_rx_count_alloc_failed(struct oriel_rxq *q)
{
	q->stats.alloc_failed++;
	/* ethdev's counter is one for all queues of the port, each on its own lcore. */
	__atomic_fetch_add(
		&rte_eth_devices[q->port_id].data->rx_mbuf_alloc_failed, 1, __ATOMIC_RELAXED);
}

/* ---- one buffer a frame ---- */

/** A buffer of a frame that cannot be handed up: counts the frame once, frees the buffer. */
static __rte_noinline void
rx_drop_onebuf(struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb)
{
	uint32_t status = oriel_rx_status(wb);
	uint16_t len = oriel_rx_length(wb);

	if (!q->skip_frame) {
		if (len < q->min_len || len > q->buf_len)
			q->stats.bad_length++;
		else if (!(status & ORIEL_RXD_EOP))
			q->stats.no_eop++;
		else
			q->stats.errors++;
	}
	q->skip_frame = !(status & ORIEL_RXD_EOP);
	oriel_rx_free(m);
}

uint16_t
oriel_rx_burst_onebuf(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_rxq *q = rxq;
	uint16_t limit = RTE_MIN(nb_pkts, oriel_rx_owned(q));
	uint16_t span = q->buf_len - q->min_len;
	uint16_t next = q->next;
	uint16_t seen, nb_rx = 0;
	uint64_t bytes = 0;

	for (seen = 0; seen < limit; seen++) {
		struct oriel_rx_wb wb;
		struct rte_mbuf *m;
		uint16_t len;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		m = q->sw_ring[next];
		oriel_rx_prefetch(q, next);
		next = unlikely(next + 1 == q->nb_desc) ? 0 : next + 1;

		/* One test each for too short and too long, for EOP missing and RXE set. */
		len = oriel_rx_length(&wb);
		if (unlikely((uint16_t)(len - q->min_len) > span ||
			    (oriel_rx_status(&wb) & (ORIEL_RXD_EOP | ORIEL_RXD_RXE)) !=
				    ORIEL_RXD_EOP ||
			    q->skip_frame)) {
			rx_drop_onebuf(q, m, &wb);
			continue;
		}
		len -= q->crc_len;
		oriel_rx_fill_mbuf(q, m, &wb, len, len);
		bytes += len;
		pkts[nb_rx++] = m;
	}
	if (seen == 0 && likely(q->nb_hold < q->refill_at))
		return 0;
	q->next = next;
	q->nb_hold += seen;
	q->stats.packets += nb_rx;
	q->stats.bytes += bytes;
	if (q->nb_hold >= q->refill_at)
		oriel_rx_refill(q);
	return nb_rx;
}

/* ---- scattered ---- */

static void
rx_free_chain(struct oriel_rxq *q)
{
	if (q->seg_first != NULL) {
		q->seg_first->nb_segs = q->nb_segs;
		rte_pktmbuf_free(q->seg_first);
	}
	q->seg_first = NULL;
	q->seg_last = NULL;
	q->nb_segs = 0;
}

/** Drops the frame in progress together with the buffer at hand, and the rest up to EOP. */
static __rte_noinline void
rx_drop_scattered(
	struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb, uint64_t *cause)
{
	(*cause)++;
	oriel_rx_free(m);
	rx_free_chain(q);
	q->skip_frame = !(oriel_rx_status(wb) & ORIEL_RXD_EOP);
}

/** Puts a buffer of the frame in progress at the end of its chain. */
static __rte_always_inline void
rx_append(struct oriel_rxq *q, struct rte_mbuf *m, uint16_t len)
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
 * The frame in progress ends with a buffer that holds nothing but (a part of) the CRC: the
 * buffer goes, and the rest of the CRC is cut from the one before, which is full.
 */
static __rte_noinline void
rx_cut_crc(struct oriel_rxq *q, struct rte_mbuf *m, uint16_t len)
{
	oriel_rx_free(m);
	q->seg_last->data_len -= q->crc_len - len;
}

/**
 * Takes one buffer. A buffer before the last is full: the device fills one before it
 * takes the next.
 *
 * @return
 *   The frame, if this was its last buffer and it is good, else NULL.
 */
static __rte_always_inline struct rte_mbuf *
rx_take(struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb)
{
	uint32_t status = oriel_rx_status(wb);
	uint16_t len = oriel_rx_length(wb);
	struct rte_mbuf *first;
	uint32_t pkt_len;

	if (unlikely(q->skip_frame)) {
		q->skip_frame = !(status & ORIEL_RXD_EOP);
		oriel_rx_free(m);
		return NULL;
	}
	if (!(status & ORIEL_RXD_EOP)) {
		if (unlikely(len != q->buf_len))
			rx_drop_scattered(q, m, wb, &q->stats.bad_length);
		else if (unlikely(q->nb_segs + 1 >= q->max_segs))
			rx_drop_scattered(q, m, wb, &q->stats.chain_overrun);
		else
			rx_append(q, m, len);
		return NULL;
	}

	pkt_len = (uint32_t)q->nb_segs * q->buf_len + len;
	if (unlikely(len == 0 || len > q->buf_len || pkt_len < q->min_len)) {
		rx_drop_scattered(q, m, wb, &q->stats.bad_length);
		return NULL;
	}
	if (unlikely(pkt_len > ORIEL_MAX_FRAME)) {
		rx_drop_scattered(q, m, wb, &q->stats.chain_overrun);
		return NULL;
	}
	if (unlikely(status & ORIEL_RXD_RXE)) {
		rx_drop_scattered(q, m, wb, &q->stats.errors);
		return NULL;
	}
	pkt_len -= q->crc_len;
	if (likely(q->seg_first == NULL)) {
		oriel_rx_fill_mbuf(q, m, wb, pkt_len, pkt_len);
		return m;
	}
	if (unlikely(len <= q->crc_len))
		rx_cut_crc(q, m, len);
	else
		rx_append(q, m, len - q->crc_len);
	first = q->seg_first;
	oriel_rx_fill_mbuf(q, first, wb, pkt_len, first->data_len);
	first->nb_segs = q->nb_segs;
	q->seg_first = NULL;
	q->seg_last = NULL;
	q->nb_segs = 0;
	return first;
}

uint16_t
oriel_rx_burst_scattered(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_rxq *q = rxq;
	/* No refill inside: a chain without end cannot eat more than a ring. */
	uint16_t limit = oriel_rx_owned(q);
	uint16_t next = q->next;
	uint16_t seen, nb_rx = 0;
	uint64_t bytes = 0;

	for (seen = 0; seen < limit && nb_rx < nb_pkts; seen++) {
		struct oriel_rx_wb wb;
		struct rte_mbuf *m;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		m = q->sw_ring[next];
		oriel_rx_prefetch(q, next);
		next = unlikely(next + 1 == q->nb_desc) ? 0 : next + 1;

		m = rx_take(q, m, &wb);
		if (m == NULL)
			continue;
		bytes += m->pkt_len;
		pkts[nb_rx++] = m;
	}
	if (seen == 0 && likely(q->nb_hold < q->refill_at))
		return 0;
	q->next = next;
	q->nb_hold += seen;
	q->stats.packets += nb_rx;
	q->stats.bytes += bytes;
	if (q->nb_hold >= q->refill_at)
		oriel_rx_refill(q);
	return nb_rx;
}

/* ---- questions ---- */

static bool
rx_is_done(const struct oriel_rxq *q, uint16_t offset)
{
	const struct oriel_rx_desc *desc = q->ring + oriel_ring_add(q->next, offset, q->nb_desc);

	return rte_le_to_cpu_64(__atomic_load_n(&desc->q[1], __ATOMIC_RELAXED)) & ORIEL_RXD_DD;
}

int
oriel_rx_descriptor_status(void *rxq, uint16_t offset)
{
	const struct oriel_rxq *q = rxq;

	if (offset >= q->nb_desc)
		return -EINVAL;
	if (offset >= oriel_rx_owned(q))
		return RTE_ETH_RX_DESC_UNAVAIL;
	return rx_is_done(q, offset) ? RTE_ETH_RX_DESC_DONE : RTE_ETH_RX_DESC_AVAIL;
}

/** Descriptors written back and not yet taken. They are done in order: a binary search. */
oriel_queue_count_t
oriel_rx_queue_count(void *rxq)
{
	const struct oriel_rxq *q = rxq;
	uint16_t done = 0, end = oriel_rx_owned(q);

	while (done < end) {
		uint16_t middle = done + (end - done) / 2;

		if (rx_is_done(q, middle))
			done = middle + 1;
		else
			end = middle;
	}
	return done;
}
