/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the vector TX bursts of x86 share: runs made of groups. A file for one instruction
 * set defines, before it includes this,
 *
 *   TX_GROUP                 packets of a group
 *   struct tx_group_regs     and tx_group_load_regs(), as vec.h and tx_vec_lanes.h make them
 *   tx_group_t               a vector, with tx_group_zero()
 *   tx_group()               as declared here, and tx_group_fold()
 */

#ifndef ORIEL_TX_VEC_H
#define ORIEL_TX_VEC_H

#include "tx_reclaim.h"
#include "tx_walk.h"

/**
 * Writes TX_GROUP descriptors.
 *
 * @param sum
 *   The packets' lengths are added to its qwords if all count.
 * @param slot
 *   Becomes the context slot of the last packet that counts and has one.
 * @return
 *   Packets before the first that is not for a run. What was written beyond lies behind the
 *   tail, where the device does not look.
 */
static unsigned int tx_group(const struct tx_group_regs *g, struct rte_mbuf **pkts,
	struct oriel_tx_desc *desc, tx_group_t *sum, int *slot, const bool offloads);

/** Adds up the qwords. */
static uint64_t tx_group_fold(tx_group_t sum);

/**
 * The last slot in use among the first n packets.
 *
 * @param slot0
 *   Bit i: packet i is of the class of slot 0; slot1 likewise.
 * @param slot
 *   What it is if none of them has one.
 */
static __rte_always_inline int
tx_last_slot(unsigned int slot0, unsigned int slot1, unsigned int n, int slot)
{
	slot0 &= (1u << n) - 1;
	slot1 &= (1u << n) - 1;
	return (slot0 | slot1) == 0 ? slot : slot1 > slot0;
}

static __rte_noinline uint64_t
tx_vec_bytes(struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t bytes = 0;

	while (n-- > 0)
		bytes += pkts[n]->data_len;
	return bytes;
}

static __rte_always_inline uint16_t
tx_vec_run(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes,
	const bool offloads)
{
	struct oriel_tx_desc *desc = q->ring + q->next;
	struct rte_mbuf **sw = q->sw_ring + q->next, **const first = pkts;
	struct rte_mbuf **const last = pkts + n - TX_GROUP;
	tx_group_t sum = tx_group_zero();
	struct tx_group_regs regs;
	unsigned int got = TX_GROUP;
	int slot = q->ctx_last;

	tx_group_load_regs(&regs, q, offloads);
	for (; pkts <= last; pkts += TX_GROUP, desc += TX_GROUP, sw += TX_GROUP) {
		oriel_copy_pointers(sw, pkts, TX_GROUP);
		got = tx_group(&regs, pkts, desc, &sum, &slot, offloads);
		if (unlikely(got != TX_GROUP)) {
			*bytes += tx_vec_bytes(pkts, got);
			pkts += got;
			break;
		}
	}
	*bytes += tx_group_fold(sum);
	if (offloads)
		q->ctx_last = slot;
	return pkts - first;
}

static __rte_always_inline uint16_t
tx_run_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes)
{
	uint16_t done = 0;

	if (n >= TX_GROUP) {
		done = tx_vec_run(q, pkts, n, bytes, false);
		if (unlikely(done < n && done % TX_GROUP != 0))
			return done;
	}
	return done + oriel_tx_write_plain(q, done, pkts + done, n - done, bytes);
}

static __rte_always_inline uint16_t
tx_run_offload(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t n, uint64_t *bytes)
{
	return n < TX_GROUP ? 0 : tx_vec_run(q, pkts, n, bytes, true);
}

static __rte_noinline void
tx_vec_reclaim(struct oriel_txq *q, uint16_t want)
{
	oriel_tx_reclaim_inline(q, want);
}

/* The bursts. Fewer packets than a group are not worth its constants, nor its registers. */

static __rte_noinline uint16_t
tx_rest_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint16_t i,
	uint16_t first, uint64_t bytes)
{
	return oriel_tx_rest(q, pkts, nb_pkts, i, first, bytes, tx_run_simple, 1, oriel_tx_run_segs,
		oriel_tx_odd, false);
}

static __rte_noinline uint16_t
tx_rest_offload(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, uint16_t i,
	uint16_t first, uint64_t bytes)
{
	return oriel_tx_rest(q, pkts, nb_pkts, i, first, bytes, tx_run_offload, TX_GROUP,
		oriel_tx_run_segs_offload, oriel_tx_odd_offload, true);
}

static __rte_noinline uint16_t
tx_walk_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return oriel_tx_walk(
		q, pkts, nb_pkts, tx_run_simple, tx_rest_simple, tx_vec_reclaim, false);
}

static __rte_noinline uint16_t
tx_walk_offload(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return oriel_tx_walk(
		q, pkts, nb_pkts, tx_run_offload, tx_rest_offload, tx_vec_reclaim, true);
}

static __rte_always_inline uint16_t
tx_vec_simple(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	if (unlikely(q->odd >= nb_pkts)) {
		if (q->stamps)
			return oriel_tx_burst_stamps(q, pkts, nb_pkts);
		/* Chains go on to come. */
		q->singles -= nb_pkts;
		return oriel_tx_burst_multi(q, pkts, nb_pkts);
	}
	return nb_pkts < TX_GROUP ? oriel_tx_burst_simple(q, pkts, nb_pkts) :
				    tx_walk_simple(q, pkts, nb_pkts);
}

static __rte_always_inline uint16_t
tx_vec_offload(struct oriel_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return nb_pkts < TX_GROUP ? oriel_tx_burst_offload(q, pkts, nb_pkts) :
				    tx_walk_offload(q, pkts, nb_pkts);
}

#endif /* ORIEL_TX_VEC_H */
