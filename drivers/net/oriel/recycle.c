/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Mbufs from a TX queue straight into an RX queue, not by way of their pool:
 * rte_eth_recycle_mbufs(), where DPDK has it. Either queue may be another driver's; what they
 * know of one another is struct rte_eth_recycle_rxq_info.
 */

#include "recycle.h"
#include "rx.h"
#include "tx_reclaim.h"

void
oriel_recycle_rxq_info_get(
	struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_recycle_rxq_info *info)
{
	struct oriel_rxq *q = dev->data->rx_queues[queue_id];

	info->mbuf_ring = q->sw_ring;
	/* No mbuf is of no pool: one that splits needs header buffers too, and refills by itself.
	 */
	info->mp = q->hdr_ring != NULL ? NULL : q->mp;
	info->mbuf_ring_size = q->nb_desc;
	info->refill_head = &q->refill_head;
	info->receive_tail = &q->next;
	/* Any number of buffers may be posted, also around the end of the ring. */
	info->refill_requirement = 0;
}

/** Entries of an RX queue's mbuf ring that wait for a buffer, from refill_head on. */
static uint16_t
rxq_room(const struct rte_eth_recycle_rxq_info *info)
{
	uint16_t head = *info->refill_head, tail = *info->receive_tail;

	/* Equal: all are posted, or the queue is stopped. */
	return tail >= head ? tail - head : tail + info->mbuf_ring_size - head;
}

uint16_t
oriel_recycle_tx_mbufs_reuse(void *txq, struct rte_eth_recycle_rxq_info *info)
{
	struct oriel_txq *q = txq;
	uint16_t head = *info->refill_head, n, i, rs;

	if (q->nb_free >= q->free_thresh || !oriel_tx_oldest_done(q))
		return 0;
	rs = q->rs_fifo[q->rs_head & q->rs_mask];
	n = oriel_tx_span(q, rs & ORIEL_TX_RS_IDX);
	/* What cannot go as it is goes to its pool, by the next burst's reclaim. */
	if (rs & ORIEL_TX_RS_HOLES || n > rxq_room(info) || q->clean + n > q->nb_desc)
		return 0;
	if (info->refill_requirement != 0 &&
		(n != info->refill_requirement || head + n > info->mbuf_ring_size))
		return 0;
	if (q->sw_ring[q->clean]->pool != info->mp ||
		(!q->fast_free && !oriel_tx_all_plain(q->sw_ring + q->clean, n)))
		return 0;
	for (i = 0; i < n; i++) {
		info->mbuf_ring[head] = q->sw_ring[q->clean + i];
		head = oriel_ring_next(head, info->mbuf_ring_size);
	}
	q->rs_head++;
	q->clean = oriel_ring_add(q->clean, n, q->nb_desc);
	q->nb_free += n;
	return n;
}

void
oriel_recycle_rx_descriptors_refill(void *rxq, uint16_t nb)
{
	struct oriel_rxq *q = rxq;
	uint16_t idx = q->refill_head, part;

	if (nb == 0 || nb > q->nb_hold || q->refill_at > q->nb_desc)
		return;
	part = RTE_MIN(nb, (uint16_t)(q->nb_desc - idx));
	oriel_rx_arm_each(q->ring + idx, q->sw_ring + idx, part, q->buf_distance);
	oriel_rx_arm_each(q->ring, q->sw_ring, nb - part, q->buf_distance);
	q->nb_hold -= nb;
	q->refill_head = oriel_ring_add(idx, nb, q->nb_desc);
	oriel_rx_doorbell(q, q->refill_head == 0 ? q->nb_desc - 1 : q->refill_head - 1);
}
