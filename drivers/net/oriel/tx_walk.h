/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The TX burst of rows that write runs of descriptors, one for each packet, as far as the
 * packets allow it: what ends a run, and where the packets go that are not for one.
 */

#ifndef ORIEL_TX_WALK_H
#define ORIEL_TX_WALK_H

#include "tx.h"

/** What became of a packet that was looked at by itself. */
enum oriel_tx_result {
	ORIEL_TX_SENT,
	ORIEL_TX_DROPPED,
	ORIEL_TX_NO_ROOM,
};

/*
 * tx.c, out of line: packets that a row of bursts was not made for are served all the same,
 * with offloads or, where those are not in force, without a look at the flags.
 */
enum oriel_tx_result oriel_tx_odd(struct oriel_txq *q, struct rte_mbuf *m);
enum oriel_tx_result oriel_tx_odd_offload(struct oriel_txq *q, struct rte_mbuf *m);
typedef enum oriel_tx_result (*oriel_tx_odd_t)(struct oriel_txq *q, struct rte_mbuf *m);

/**
 * tx.c, out of line: a burst of a row without offloads, while packets may ask for a stamp; and
 * the same after oriel_tx_begin().
 */
uint16_t oriel_tx_burst_stamps(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_rest_stamps(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts);

/**
 * Writes descriptors from q->next on, as many as there are packets for it before one that is
 * not, and their mbufs into the software ring. The descriptors are free, n >= 1 of them, and do
 * not pass the ring's end or the next RS. q stays as it is.
 *
 * @param bytes
 *   The packets' lengths are added here.
 * @return
 *   Packets written.
 */
typedef uint16_t (*oriel_tx_run_t)(
	struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes);

/**
 * tx.c, out of line: the same for packets of several segments too, up to the first that
 * oriel_tx_odd() has to look at. Moves q on, up to a doorbell.
 */
uint16_t oriel_tx_run_segs(
	struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes);
uint16_t oriel_tx_run_segs_offload(
	struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes);

/*
 * Packets that oriel_tx_run_segs() gets after one that ended a run: it seldom comes alone. The
 * more so if a run could not even begin.
 */
#define ORIEL_TX_BACKOFF 4
#define ORIEL_TX_BACKOFF_FIRST 128

/**
 * Descriptors from the one `at` behind q->next on: one segment, a length that needs no care;
 * offloads are not looked at.
 */
static __rte_always_inline uint16_t
oriel_tx_write_plain(
	struct oriel_txq *q, uint16_t at, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes)
{
	struct oriel_tx_desc *desc = q->ring + q->next + at;
	struct rte_mbuf **sw = q->sw_ring + q->next + at;
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
	return i;
}

static __rte_always_inline uint16_t
oriel_tx_run_plain(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes)
{
	return oriel_tx_write_plain(q, 0, pkts, n, bytes);
}

/** Counts a run of n descriptors in; the last one gets RS if it is time. */
static __rte_always_inline void
oriel_tx_run_end(struct oriel_txq *q, uint16_t n)
{
	uint16_t last = q->next + n - 1;

	if (n == 0)
		return;
	if (oriel_tx_mark_rs(q, last, n) != 0)
		q->ring[last].q[1] |= rte_cpu_to_le_64(ORIEL_TXD_Q1_RS);
	q->next = oriel_ring_next(last, q->nb_desc);
	q->nb_free -= n;
}

/** What a burst ends with. */
static __rte_always_inline void
oriel_tx_end(struct oriel_txq *q, uint16_t first, uint16_t nb_sent, uint64_t bytes)
{
	if (q->next == first)
		return;
	q->stats.packets += nb_sent;
	q->stats.bytes += bytes;
	oriel_tx_doorbell(q);
}

/**
 * The rest of a burst that is no single run: packets from pkts[i] on.
 *
 * @param group
 *   Packets that `run` takes at once: of fewer it takes none, and that says nothing of them.
 * @param run_segs
 *   oriel_tx_run_segs() or oriel_tx_run_segs_offload(), `odd` likewise.
 * @param first
 *   Where the burst began in the ring.
 * @param bytes
 *   Of what it has written already.
 * @param offloads
 *   A row that looks at the flags by itself: a packet that asks for a stamp ends its runs.
 */
static __rte_always_inline uint16_t
oriel_tx_rest(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint16_t i,
	uint16_t first, uint64_t bytes, oriel_tx_run_t run, const uint16_t group,
	oriel_tx_run_t run_segs, oriel_tx_odd_t odd, const bool offloads)
{
	uint16_t nb_dropped = 0;

	/* In the middle of a burst, that was switched on just now: from the next one on. */
	if (!offloads && unlikely(q->stamps) && i == 0)
		return oriel_tx_rest_stamps(q, pkts, nb_pkts);
	while (i < nb_pkts) {
		uint16_t n = RTE_MIN(nb_pkts - i, q->nb_desc - q->next), done = 0;
		enum oriel_tx_result result;

		n = RTE_MIN(n, RTE_MIN(q->rs_thresh - q->nb_used, q->nb_free));
		if (likely(q->singles == 0 && n != 0)) {
			done = run(q, pkts + i, n, &bytes);
			oriel_tx_run_end(q, done);
			i += done;
			if (likely(done == n))
				continue;
			/* Too few for a group, or one that stopped it. */
			if (n - done < group)
				q->singles = n - done;
			else
				q->singles = done == 0 ? ORIEL_TX_BACKOFF_FIRST : ORIEL_TX_BACKOFF;
		}
		n = RTE_MIN(nb_pkts - i, RTE_MAX(q->singles, 1));
		done = run_segs(q, pkts + i, n, &bytes);
		i += done;
		q->singles -= RTE_MIN(q->singles, done);
		if (likely(done == n))
			continue;
		/* The ring is full, or this packet is one for the general code. */
		result = odd(q, pkts[i]);
		if (result == ORIEL_TX_NO_ROOM)
			break;
		nb_dropped += result == ORIEL_TX_DROPPED;
		q->singles -= q->singles != 0;
		i++;
	}
	oriel_tx_end(q, first, i - nb_dropped, bytes);
	return i;
}

/** oriel_tx_rest() with all but the burst's state filled in: out of line, each row has its own. */
typedef uint16_t (*oriel_tx_rest_t)(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts,
	uint16_t i, uint16_t first, uint64_t bytes);

/** A burst: as a rule one run, with RS at its end or none. */
static __rte_always_inline uint16_t
oriel_tx_walk(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, oriel_tx_run_t run,
	oriel_tx_rest_t rest, oriel_tx_reclaim_t reclaim, const bool offloads)
{
	uint16_t first = q->next, n, done = 0;
	uint64_t bytes = 0;

	oriel_tx_begin(q, nb_pkts, reclaim);
	n = RTE_MIN(q->nb_desc - first, RTE_MIN(q->rs_thresh - q->nb_used, q->nb_free));
	if (unlikely(nb_pkts > n || (offloads ? q->singles : q->odd) != 0))
		return rest(q, pkts, nb_pkts, 0, first, 0);
	done = run(q, pkts, nb_pkts, &bytes);
	oriel_tx_run_end(q, done);
	if (unlikely(done != nb_pkts))
		return rest(q, pkts, nb_pkts, done, first, bytes);
	oriel_tx_end(q, first, done, bytes);
	return done;
}

/**
 * A short burst where nothing is due: no reclaim, no RS, no end of the ring, and no packet
 * that is not plain. No calls, little state.
 *
 * @return
 *   Whether it was one; if not, nothing was done.
 */
static __rte_always_inline bool
oriel_tx_few(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;

	/* Not a constant: 0 while packets may ask for a stamp. */
	if (n > q->few || n > q->nb_free || q->nb_used + n >= q->rs_thresh ||
		q->next + n >= q->nb_desc ||
		(q->nb_free < q->free_thresh && oriel_tx_oldest_done(q)))
		return false;
	/* Known to the compiler as well: it writes the descriptors without a loop. */
	if (n > ORIEL_TX_FEW)
		__builtin_unreachable();
	if (oriel_tx_write_plain(q, 0, pkts, n, &bytes) != n || n == 0)
		return false;
	q->next += n;
	q->nb_free -= n;
	q->nb_used += n;
	q->stats.packets += n;
	q->stats.bytes += bytes;
	oriel_tx_doorbell(q);
	return true;
}

#endif /* ORIEL_TX_WALK_H */
