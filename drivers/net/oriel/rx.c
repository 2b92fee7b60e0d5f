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
#include "rx_take.h"

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

/* ---- frames that cannot be handed up: out of line, none of it happens in a fast burst ---- */

static void
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

__rte_noinline void
oriel_rx_drop_scattered(
	struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb, uint64_t *cause)
{
	(*cause)++;
	oriel_rx_free(m);
	rx_free_chain(q);
	q->skip_frame = !(oriel_rx_status(wb) & ORIEL_RXD_EOP);
}

__rte_noinline void
oriel_rx_cut_crc(struct oriel_rxq *q, struct rte_mbuf *last, struct rte_mbuf *m, uint16_t len)
{
	oriel_rx_free(m);
	last->data_len -= q->crc_len - len;
}

/* ---- frames that are special: a stamp, or a filter's index for a packet type ---- */

/** The descriptor as if nothing were special about it. */
static struct oriel_rx_wb
rx_as_plain(const struct oriel_rx_wb *wb)
{
	struct oriel_rx_wb plain = *wb;

	plain.q1 &= ~(uint64_t)ORIEL_RX_SPECIAL_STATUS;
	/* The index lies where others have the bits of headers. */
	if (plain.q0 & ORIEL_RX_SPECIAL_INFO)
		plain.q0 &= ~(uint64_t)ORIEL_RXD_PTYPE;
	return plain;
}

/** Adds what the plain part did not say, where it is to be believed. */
static void
rx_add_special(const struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb)
{
	const uint32_t info = oriel_rx_info(wb);

	if (!q->stamps)
		return;
	if (oriel_rx_status(wb) & ORIEL_RXD_TS) {
		m->ol_flags |= RTE_MBUF_F_RX_IEEE1588_PTP | RTE_MBUF_F_RX_IEEE1588_TMST;
		m->timesync = 0; /* the stamp register's number */
	} else if (info & ORIEL_RXD_PT_ETQF &&
		ORIEL_GET(ORIEL_RXD_PT_ETQF_IDX, info) == ORIEL_PTP_ETQF) {
		m->ol_flags |= RTE_MBUF_F_RX_IEEE1588_PTP;
	}
}

__rte_noinline uint16_t
oriel_rx_odd_onebuf(
	struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb, struct rte_mbuf **pkt)
{
	const struct oriel_rx_wb plain = rx_as_plain(wb);
	uint64_t bytes = 0;

	if (q->skip_frame || !oriel_rx_is_good(q, &plain)) {
		rx_drop_onebuf(q, q->sw_ring[idx], wb);
		return 0;
	}
	*pkt = oriel_rx_take_good(q, idx, &plain, &bytes);
	rx_add_special(q, *pkt, wb);
	return 1;
}

__rte_noinline struct rte_mbuf *
oriel_rx_special_scattered(struct oriel_rxq *q, uint16_t idx, const struct oriel_rx_wb *wb)
{
	const struct oriel_rx_wb plain = rx_as_plain(wb);
	struct oriel_rx_chain chain = oriel_rx_chain_load(q);
	struct rte_mbuf *m = NULL;
	uint64_t bytes = 0;

	/* The caller has checked all that could stop it. */
	oriel_rx_take_scattered(q, &chain, idx, &plain, &m, &bytes);
	oriel_rx_chain_store(q, &chain);
	rx_add_special(q, m, wb);
	return m;
}

/* ---- bursts ---- */

static __rte_noinline uint16_t
rx_refill(struct oriel_rxq *q, uint16_t nb_rx)
{
	oriel_rx_refill(q, oriel_rx_arm_each);
	return nb_rx;
}

/** As oriel_rx_burst_onebuf(), for descriptors not all of which are plain good frames. */
static __rte_noinline uint16_t
rx_burst_odd(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint16_t nb_before)
{
	uint16_t limit = RTE_MIN(nb_pkts, oriel_rx_owned(q));
	uint16_t next = q->next;
	uint16_t seen, nb_rx = 0;
	uint64_t bytes = 0;

	for (seen = 0; seen < limit; seen++) {
		struct oriel_rx_wb wb;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		nb_rx += oriel_rx_take_onebuf(q, next, &wb, pkts + nb_rx, &bytes);
		next = oriel_ring_next(next, q->nb_desc);
	}
	return nb_before + oriel_rx_finish(q, next, seen, nb_rx, bytes, rx_refill);
}

uint16_t
oriel_rx_burst_onebuf(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_rxq *q = rxq;
	uint16_t limit, next = q->next, nb_rx;
	uint64_t bytes = 0;

	/* First of all the empty poll: most polls are. */
	if (!oriel_rx_waiting(q))
		return unlikely(q->nb_hold >= q->refill_at) ? rx_refill(q, 0) : 0;
	limit = RTE_MIN(nb_pkts, oriel_rx_owned(q));
	if (unlikely(q->skip_frame))
		return rx_burst_odd(q, pkts, nb_pkts, 0);
	for (nb_rx = 0; nb_rx < limit; nb_rx++) {
		struct oriel_rx_wb wb;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		oriel_rx_prefetch(q, next);
		if (unlikely(!oriel_rx_is_good(q, &wb))) {
			/* The rest by code for all. It looks at this one anew. */
			oriel_rx_count(q, next, nb_rx, nb_rx, bytes);
			return rx_burst_odd(q, pkts + nb_rx, nb_pkts - nb_rx, nb_rx);
		}
		pkts[nb_rx] = oriel_rx_take_good(q, next, &wb, &bytes);
		next = oriel_ring_next(next, q->nb_desc);
	}
	if (nb_rx == 0 && likely(q->nb_hold < q->refill_at))
		return 0;
	return oriel_rx_finish(q, next, nb_rx, nb_rx, bytes, rx_refill);
}

uint16_t
oriel_rx_burst_scattered(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct oriel_rxq *q = rxq;
	/* No refill inside: a chain without end cannot eat more than a ring. */
	uint16_t limit = oriel_rx_owned(q);
	struct oriel_rx_chain chain = oriel_rx_chain_load(q);
	uint16_t next = q->next;
	uint16_t seen, nb_rx = 0;
	uint64_t bytes = 0;

	if (!oriel_rx_waiting(q))
		return unlikely(q->nb_hold >= q->refill_at) ? rx_refill(q, 0) : 0;
	for (seen = 0; seen < limit && nb_rx < nb_pkts; seen++) {
		struct oriel_rx_wb wb;

		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		oriel_rx_prefetch(q, next);
		nb_rx += oriel_rx_take_scattered(q, &chain, next, &wb, pkts + nb_rx, &bytes);
		next = oriel_ring_next(next, q->nb_desc);
	}
	if (seen == 0 && likely(q->nb_hold < q->refill_at))
		return 0;
	oriel_rx_chain_store(q, &chain);
	return oriel_rx_finish(q, next, seen, nb_rx, bytes, rx_refill);
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

/** Whether DD, opaque[0], is there: then a core must not go to sleep, in terms of rte_power. */
static int
rx_monitor(const uint64_t value, const uint64_t opaque[RTE_POWER_MONITOR_OPAQUE_SZ])
{
	return value & opaque[0] ? -1 : 0;
}

/** Where the device writes when the next frame is there, for UMWAIT and its like; 0. */
int
oriel_get_monitor_addr(void *rxq, struct rte_power_monitor_cond *pmc)
{
	struct oriel_rxq *q = rxq;

	pmc->addr = &q->ring[q->next].wb.status;
	pmc->size = sizeof(q->ring[q->next].wb.status);
	pmc->opaque[0] = rte_cpu_to_le_32(ORIEL_RXD_DD);
	pmc->fn = rx_monitor;
	return 0;
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
