/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Queues and the device: programming, enabling, stopping, draining, and what the rings
 * hold meanwhile. The order of register accesses is that of the datasheet's receive and
 * transmit initialisation; each wait has a bound.
 */

#include <errno.h>
#include <inttypes.h>

#include "adapter.h"
#include "log.h"
#include "queue.h"
#include "rx.h"

/* RXDCTL.ENABLE and TXDCTL.ENABLE follow a write when RXEN and EN are on: up to 20 ms. */
#define ENABLE_INTERVAL_US 10
#define ENABLE_TRIES 2000
/* Clearing waits for descriptors in work: up to 10 ms. */
#define DISABLE_INTERVAL_US 100
#define DISABLE_TRIES 100
#define DRAIN_INTERVAL_US 10
/* Mbufs fetched at once when a ring is filled. */
#define FILL_BULK 32
/* RDH and TDH have 16 bits. */
#define HEAD_MASK ORIEL_MASK(15, 0)

/* ---- software state ---- */

/** Frees all mbufs that the ring and the frame in progress hold; a stopped queue afterwards. */
void
oriel_rxq_reset(struct oriel_rxq *q)
{
	uint16_t i, idx = q->next;

	for (i = q->nb_hold; i < q->nb_desc; i++) {
		rte_mbuf_raw_free(q->sw_ring[idx]);
		idx = oriel_ring_add(idx, 1, q->nb_desc);
	}
	if (q->seg_first != NULL) {
		q->seg_first->nb_segs = q->nb_segs;
		rte_pktmbuf_free(q->seg_first);
	}
	q->seg_first = NULL;
	q->seg_last = NULL;
	q->nb_segs = 0;
	q->skip_frame = false;
	q->singles = 0;
	oriel_rxq_free_headers(q);
	memset(q->sw_ring, 0, (q->nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring));
	memset(q->ring, 0, q->nb_desc * sizeof(*q->ring));
	q->next = 0;
	q->refill_head = 0;
	q->nb_hold = q->nb_desc;
	q->refill_at = q->nb_desc + 1;
}

void
oriel_rxq_set_offloads(struct oriel_rxq *q, uint64_t offloads)
{
	q->status_mask = 0;
	if (offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM)
		q->status_mask |= ORIEL_RX_STATUS_IP;
	if (offloads &
		(RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |
			RTE_ETH_RX_OFFLOAD_SCTP_CKSUM))
		q->status_mask |= ORIEL_RX_STATUS_L4;
	if (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP)
		q->status_mask |= ORIEL_RX_STATUS_VLAN;
	q->rss_mask = offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH ? ORIEL_RXD_RSS_TYPE : 0;
	q->crc_len = offloads & RTE_ETH_RX_OFFLOAD_KEEP_CRC ? RTE_ETHER_CRC_LEN : 0;
	q->min_len = q->crc_len + 1;
	memset(q->crc_fields, 0, sizeof(q->crc_fields));
	q->crc_fields[2] = q->crc_len;
	q->crc_fields[4] = q->crc_len;
}

int
oriel_rxq_fill(struct oriel_rxq *q)
{
	uint16_t n, got = 0;

	/* In pieces: one large request would pass by what lies in this lcore's cache. */
	for (n = FILL_BULK; got < q->nb_desc; got += n) {
		n = RTE_MIN(n, (uint16_t)(q->nb_desc - got));
		while (n > 0 && rte_mempool_get_bulk(q->mp, (void **)(q->sw_ring + got), n) != 0)
			n /= 2;
		if (n == 0)
			break;
	}
	if (got < q->nb_desc) {
		oriel_rx_count_alloc_failed(q);
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: pool %s has %u mbufs, the ring needs %u",
			q->port_id, q->queue_id, q->mp->name, got, q->nb_desc);
		if (got > 0)
			rte_mempool_put_bulk(q->mp, (void **)q->sw_ring, got);
		return -ENOMEM;
	}
	oriel_rx_arm_each(q->ring, q->sw_ring, q->nb_desc, q->buf_distance);
	if (oriel_rxq_fill_headers(q) != 0) {
		rte_mempool_put_bulk(q->mp, (void **)q->sw_ring, q->nb_desc);
		return -ENOMEM;
	}
	q->next = 0;
	q->nb_hold = 0;
	return 0;
}

void
oriel_rxq_run(struct oriel_rxq *q, uint16_t head)
{
	q->next = head;
	q->refill_head = head;
	q->refill_at = q->free_thresh;
	/* All but the descriptor before the head. */
	oriel_rx_doorbell(q, head == 0 ? q->nb_desc - 1 : head - 1);
}

void
oriel_txq_reset(struct oriel_txq *q)
{
	/* Only these: entries outside are stale, their packets were freed long ago. */
	while (q->clean != q->next) {
		struct rte_mbuf *entry = q->sw_ring[q->clean];

		if (oriel_tx_is_link(entry))
			rte_pktmbuf_free_seg(oriel_tx_entry_mbuf(entry));
		else
			rte_pktmbuf_free(entry);
		q->clean = oriel_ring_add(q->clean, 1, q->nb_desc);
	}
	memset(q->sw_ring, 0, (q->nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring));
	memset(q->ring, 0, q->nb_desc * sizeof(*q->ring));
	memset(q->ctx, 0, sizeof(q->ctx));
	for (unsigned int i = 0; i < ORIEL_NB_TX_CTX; i++)
		q->class[i] = ORIEL_TX_NO_CLASS;
	q->ctx_last = 0;
	q->singles = 0;
	q->holes = 0;
	q->next = 0;
	q->clean = 0;
	q->nb_free = 0;
	q->nb_used = 0;
	q->rs_head = 0;
	q->rs_tail = 0;
}

void
oriel_txq_set_stamps(struct oriel_txq *q, uint8_t stamps)
{
	__atomic_store_n(&q->stamps, stamps, __ATOMIC_RELAXED);
	__atomic_store_n(&q->few, stamps ? 0 : ORIEL_TX_FEW, __ATOMIC_RELAXED);
}

void
oriel_txq_run(struct oriel_txq *q, uint16_t head)
{
	q->next = head;
	q->clean = head;
	q->nb_free = q->nb_desc - 1;
}

/** Offloads that bursts of a queue may believe. */
static uint64_t
rx_offloads(const struct rte_eth_dev *dev, const struct oriel_rxq *q)
{
	const struct rte_eth_rxmode *mode = &dev->data->dev_conf.rxmode;
	uint64_t offloads = mode->offloads & ~RTE_ETH_RX_OFFLOAD_VLAN_STRIP;

	if (!(mode->mq_mode & RTE_ETH_MQ_RX_RSS_FLAG))
		offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	/* Where bursts strip, the device's word on tags counts for nothing. */
	if (!oriel_adapter(dev)->rx_mode.vlan_strip_sw)
		offloads |= q->offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	return offloads;
}

/** What a queue's burst may believe, and the tags that it takes out. */
static void
rxq_update_offloads(const struct rte_eth_dev *dev, struct oriel_rxq *q)
{
	const struct oriel_rx_mode *mode = &oriel_adapter(dev)->rx_mode;
	bool strip = mode->vlan_strip_sw && q->offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	uint16_t tpid = mode->vlan_extend ? mode->tpid_inner : mode->tpid_outer;

	oriel_rxq_set_offloads(q, rx_offloads(dev, q));
	q->strip_outer = rte_cpu_to_be_16(mode->vlan_extend ? mode->tpid_outer : 0);
	q->strip_tpid = rte_cpu_to_be_16(strip ? tpid : 0);
}

void
oriel_queues_update_offloads(struct rte_eth_dev *dev)
{
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL)
			rxq_update_offloads(dev, q);
	}
}

unsigned int
oriel_queues_strip_count(const struct rte_eth_dev *dev, unsigned int *nb)
{
	unsigned int count = 0;
	uint16_t i;

	*nb = 0;
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q == NULL)
			continue;
		(*nb)++;
		count += (q->offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	}
	return count;
}

void
oriel_queues_strip_all(struct rte_eth_dev *dev, bool on)
{
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q == NULL)
			continue;
		q->offloads &= ~RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
		if (on)
			q->offloads |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	}
}

/* ---- one RX queue ---- */

static void
rxq_program(struct oriel_rxq *q)
{
	struct oriel_mmio *m = q->mmio;
	uint32_t srrctl = ORIEL_PREP(ORIEL_SRRCTL_BSIZEPACKET, q->buf_len / 1024);

	if (q->hdr_ring != NULL)
		srrctl |= ORIEL_PREP(ORIEL_SRRCTL_DESCTYPE, ORIEL_DESCTYPE_HDR_SPLIT) |
			ORIEL_PREP(ORIEL_SRRCTL_BSIZEHEADER, ORIEL_RX_HDR_LEN / 64);
	else
		srrctl |= ORIEL_PREP(ORIEL_SRRCTL_DESCTYPE, ORIEL_DESCTYPE_ADV_ONEBUF);
	if (q->drop_en)
		srrctl |= ORIEL_SRRCTL_DROP_EN;
	q->tail = m->base + q->reg_base + ORIEL_RDT;
	oriel_wr32(m, q->reg_base + ORIEL_RXDCTL, 0);
	oriel_wr32(m, q->reg_base + ORIEL_SRRCTL, srrctl);
	/* One for the port; all queues that split have the same types, the others no use for it. */
	if (q->hdr_ring != NULL)
		oriel_wr32(m, ORIEL_PSRTYPE(0), q->psrtype | ORIEL_PSRTYPE_RESERVED);
	oriel_wr32(m, q->reg_base + ORIEL_RDBAL, (uint32_t)q->mz->iova);
	oriel_wr32(m, q->reg_base + ORIEL_RDBAH, q->mz->iova >> 32);
	oriel_wr32(m, q->reg_base + ORIEL_RDLEN, q->nb_desc * sizeof(*q->ring));
	oriel_wr32(m, q->reg_base + ORIEL_RDH, 0);
	oriel_wr32(m, q->reg_base + ORIEL_RDT, 0);
}

static void
rxq_set_enable(struct oriel_rxq *q)
{
	oriel_wr32(q->mmio, q->reg_base + ORIEL_RXDCTL,
		ORIEL_RXDCTL_ENABLE | ORIEL_PREP(ORIEL_RXDCTL_PTHRESH, q->pthresh) |
			ORIEL_PREP(ORIEL_RXDCTL_HTHRESH, q->hthresh) |
			ORIEL_PREP(ORIEL_RXDCTL_WTHRESH, q->wthresh));
}

/** Waits for ENABLE, then hands the buffers over: RDT is ignored before. */
static int
rxq_wait_enable(struct oriel_rxq *q)
{
	uint32_t head;
	int ret;

	ret = oriel_wait32(q->mmio, q->reg_base + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE,
		ORIEL_RXDCTL_ENABLE, ENABLE_INTERVAL_US, ENABLE_TRIES);
	if (ret != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: RXDCTL.ENABLE does not become 1: %s",
			q->port_id, q->queue_id, strerror(-ret));
		return ret;
	}
	/* RDH cannot be written on all devices: the ring begins where the device stands. */
	head = oriel_rd32(q->mmio, q->reg_base + ORIEL_RDH) & HEAD_MASK;
	if (head >= q->nb_desc) {
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: RDH is %u on a ring of %u", q->port_id,
			q->queue_id, head, q->nb_desc);
		return q->mmio->gone ? -ENODEV : -EIO;
	}
	oriel_rxq_run(q, head);
	return 0;
}

static void
rxq_clear_enable(struct oriel_rxq *q)
{
	oriel_wr32(
		q->mmio, q->reg_base + ORIEL_RXDCTL, ORIEL_PREP(ORIEL_RXDCTL_WTHRESH, q->wthresh));
}

/**
 * Waits for ENABLE to fall and frees what the ring holds. -ETIMEDOUT: the device may still
 * write to the buffers, they stay. A device that has gone writes nothing.
 */
static int
rxq_wait_disable(struct oriel_rxq *q)
{
	int ret = oriel_wait32(q->mmio, q->reg_base + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE, 0,
		DISABLE_INTERVAL_US, DISABLE_TRIES);

	if (ret == -ETIMEDOUT) {
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: RXDCTL.ENABLE does not become 0",
			q->port_id, q->queue_id);
		q->refill_at = q->nb_desc + 1;
		return ret;
	}
	/* A read pushes the device's own posted writes out before buffers change hands. */
	oriel_flush(q->mmio);
	oriel_rxq_reset(q);
	return 0;
}

/* ---- one TX queue ---- */

static void
txq_program(struct oriel_txq *q)
{
	struct oriel_mmio *m = q->mmio;

	q->tail = m->base + q->reg_base + ORIEL_TDT;
	oriel_wr32(m, q->reg_base + ORIEL_TXDCTL, 0);
	oriel_wr32(m, q->reg_base + ORIEL_TDBAL, (uint32_t)q->mz->iova);
	oriel_wr32(m, q->reg_base + ORIEL_TDBAH, q->mz->iova >> 32);
	oriel_wr32(m, q->reg_base + ORIEL_TDLEN, q->nb_desc * sizeof(*q->ring));
	/* No head write-back; a VF's reset leaves an old address here (erratum). */
	oriel_wr32(m, q->reg_base + ORIEL_TDWBAL, 0);
	oriel_wr32(m, q->reg_base + ORIEL_TDWBAH, 0);
	oriel_wr32(m, q->reg_base + ORIEL_TDH, 0);
	/* Where TDH cannot be written, equal means empty all the same. */
	oriel_wr32(m, q->reg_base + ORIEL_TDT, oriel_rd32(m, q->reg_base + ORIEL_TDH) & HEAD_MASK);
}

static void
txq_set_enable(struct oriel_txq *q)
{
	oriel_wr32(q->mmio, q->reg_base + ORIEL_TXDCTL,
		ORIEL_TXDCTL_ENABLE | ORIEL_PREP(ORIEL_TXDCTL_PTHRESH, q->pthresh) |
			ORIEL_PREP(ORIEL_TXDCTL_HTHRESH, q->hthresh) |
			ORIEL_PREP(ORIEL_TXDCTL_WTHRESH, q->wthresh));
}

static int
txq_wait_enable(struct oriel_txq *q)
{
	uint32_t head;
	int ret;

	ret = oriel_wait32(q->mmio, q->reg_base + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE,
		ORIEL_TXDCTL_ENABLE, ENABLE_INTERVAL_US, ENABLE_TRIES);
	if (ret != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: TX queue %u: TXDCTL.ENABLE does not become 1: %s",
			q->port_id, q->queue_id, strerror(-ret));
		return ret;
	}
	head = oriel_rd32(q->mmio, q->reg_base + ORIEL_TDH) & HEAD_MASK;
	if (head >= q->nb_desc) {
		ORIEL_INIT_LOG(ERR, "port %u: TX queue %u: TDH is %u on a ring of %u", q->port_id,
			q->queue_id, head, q->nb_desc);
		return q->mmio->gone ? -ENODEV : -EIO;
	}
	oriel_wr32(q->mmio, q->reg_base + ORIEL_TDT, head);
	oriel_txq_run(q, head);
	return 0;
}

/** Waits until the device has fetched what was queued; *budget_us is what is left to wait. */
static void
txq_drain(struct oriel_txq *q, unsigned int *budget_us)
{
	while ((oriel_rd32(q->mmio, q->reg_base + ORIEL_TDH) & HEAD_MASK) != q->next) {
		if (q->mmio->gone)
			return;
		if (*budget_us < DRAIN_INTERVAL_US) {
			ORIEL_INIT_LOG(NOTICE, "port %u: TX queue %u stops with frames not sent",
				q->port_id, q->queue_id);
			return;
		}
		*budget_us -= DRAIN_INTERVAL_US;
		rte_delay_us_sleep(DRAIN_INTERVAL_US);
	}
}

static void
txq_clear_enable(struct oriel_txq *q)
{
	oriel_wr32(
		q->mmio, q->reg_base + ORIEL_TXDCTL, ORIEL_PREP(ORIEL_TXDCTL_WTHRESH, q->wthresh));
}

static int
txq_wait_disable(struct oriel_txq *q)
{
	int ret = oriel_wait32(q->mmio, q->reg_base + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE, 0,
		DISABLE_INTERVAL_US, DISABLE_TRIES);

	if (ret == -ETIMEDOUT) {
		ORIEL_INIT_LOG(ERR, "port %u: TX queue %u: TXDCTL.ENABLE does not become 0",
			q->port_id, q->queue_id);
		q->nb_free = 0;
		return ret;
	}
	oriel_flush(q->mmio);
	oriel_txq_reset(q);
	return 0;
}

/* ---- dev_ops for one queue of a running port ---- */

int
oriel_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_rxq *q = dev->data->rx_queues[queue_id];
	int ret;

	/* A stop that timed out leaves a ring that is still full. */
	if (q->nb_hold != q->nb_desc) {
		ORIEL_DRV_LOG(ERR, "port %u: RX queue %u: start: %u of its buffers are posted",
			q->port_id, queue_id, q->nb_desc - q->nb_hold);
		return -EBUSY;
	}
	/* A queue that was set up while the port runs has not been told yet. */
	rxq_update_offloads(dev, q);
	ret = oriel_rxq_fill(q);
	if (ret != 0)
		return ret;
	rxq_program(q);
	rxq_set_enable(q);
	oriel_flush(q->mmio);
	ret = rxq_wait_enable(q);
	if (ret != 0) {
		rxq_clear_enable(q);
		rxq_wait_disable(q);
		return ret;
	}
	dev->data->rx_queue_state[queue_id] = RTE_ETH_QUEUE_STATE_STARTED;
	return 0;
}

int
oriel_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_rxq *q = dev->data->rx_queues[queue_id];
	int ret;

	rxq_clear_enable(q);
	ret = rxq_wait_disable(q);
	if (ret != 0)
		return ret;
	dev->data->rx_queue_state[queue_id] = RTE_ETH_QUEUE_STATE_STOPPED;
	return 0;
}

int
oriel_tx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_txq *q = dev->data->tx_queues[queue_id];
	int ret;

	txq_program(q);
	txq_set_enable(q);
	oriel_flush(q->mmio);
	ret = txq_wait_enable(q);
	if (ret != 0) {
		txq_clear_enable(q);
		txq_wait_disable(q);
		return ret;
	}
	dev->data->tx_queue_state[queue_id] = RTE_ETH_QUEUE_STATE_STARTED;
	return 0;
}

int
oriel_tx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_txq *q = dev->data->tx_queues[queue_id];
	unsigned int budget_us = ORIEL_TX_DRAIN_US;
	int ret;

	txq_drain(q, &budget_us);
	txq_clear_enable(q);
	ret = txq_wait_disable(q);
	if (ret != 0)
		return ret;
	dev->data->tx_queue_state[queue_id] = RTE_ETH_QUEUE_STATE_STOPPED;
	return 0;
}

/* ---- the control path's steps, all queues ---- */

static bool
rxq_started(const struct rte_eth_dev *dev, uint16_t i)
{
	return dev->data->rx_queue_state[i] == RTE_ETH_QUEUE_STATE_STARTED;
}

static bool
txq_started(const struct rte_eth_dev *dev, uint16_t i)
{
	return dev->data->tx_queue_state[i] == RTE_ETH_QUEUE_STATE_STARTED;
}

/** Queues may be set up while the port runs, but one at least is there before. */
static int
check_any_queue(const struct rte_eth_dev *dev)
{
	const struct rte_eth_dev_data *data = dev->data;
	uint16_t i, nb_rx = 0, nb_tx = 0;

	for (i = 0; i < data->nb_rx_queues; i++)
		nb_rx += data->rx_queues[i] != NULL;
	for (i = 0; i < data->nb_tx_queues; i++)
		nb_tx += data->tx_queues[i] != NULL;
	if (nb_rx + nb_tx == 0) {
		ORIEL_INIT_LOG(ERR, "port %u: none of %u RX and %u TX queues is set up",
			data->port_id, data->nb_rx_queues, data->nb_tx_queues);
		return -EINVAL;
	}
	if (nb_rx != data->nb_rx_queues || nb_tx != data->nb_tx_queues)
		ORIEL_INIT_LOG(NOTICE,
			"port %u: %u of %u RX and %u of %u TX queues are set up: the others stay "
			"stopped",
			data->port_id, nb_rx, data->nb_rx_queues, nb_tx, data->nb_tx_queues);
	return 0;
}

/** All frames fit? Also decides whether frames may take several buffers. */
static int
check_queues(struct rte_eth_dev *dev)
{
	uint32_t frame = dev->data->mtu + ORIEL_ETH_OVERHEAD;
	uint16_t i;
	int ret = check_any_queue(dev);
	bool split;

	if (ret != 0)
		return ret;
	dev->data->scattered_rx = 0;
	split = false;
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL && q->hdr_ring != NULL &&
			dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_KEEP_CRC) {
			ORIEL_INIT_LOG(ERR,
				"port %u: RX queue %u splits headers off: not with KEEP_CRC",
				dev->data->port_id, i);
			return -ENOTSUP;
		}
		split = split || (q != NULL && q->hdr_ring != NULL);
		if (q != NULL && frame > q->buf_len)
			dev->data->scattered_rx = 1;
	}
	oriel_adapter(dev)->rx_mode.split_in_use = split;
	return oriel_queues_check_mtu(dev, dev->data->mtu);
}

int
oriel_queues_program(struct rte_eth_dev *dev)
{
	uint16_t i;
	int ret = check_queues(dev);

	if (ret != 0)
		return ret;
	oriel_queues_update_offloads(dev);
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q == NULL)
			continue;
		if (!q->deferred_start)
			ret = oriel_rxq_fill(q);
		if (ret != 0) {
			oriel_queues_abandon(dev);
			return ret;
		}
		rxq_program(q);
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++)
		if (dev->data->tx_queues[i] != NULL)
			txq_program(dev->data->tx_queues[i]);
	oriel_flush(&oriel_adapter(dev)->mmio);
	return 0;
}

int
oriel_queues_enable(struct rte_eth_dev *dev)
{
	struct rte_eth_dev_data *data = dev->data;
	struct oriel_txq *tx;
	struct oriel_rxq *rx;
	uint16_t i;
	int ret = 0;

	for (i = 0; i < data->nb_tx_queues; i++) {
		tx = data->tx_queues[i];
		if (tx != NULL && !tx->deferred_start) {
			txq_set_enable(tx);
			data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
		}
	}
	for (i = 0; i < data->nb_rx_queues; i++) {
		rx = data->rx_queues[i];
		if (rx != NULL && !rx->deferred_start) {
			rxq_set_enable(rx);
			data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
		}
	}
	oriel_flush(&oriel_adapter(dev)->mmio);
	for (i = 0; i < data->nb_tx_queues && ret == 0; i++)
		if (txq_started(dev, i))
			ret = txq_wait_enable(data->tx_queues[i]);
	for (i = 0; i < data->nb_rx_queues && ret == 0; i++)
		if (rxq_started(dev, i))
			ret = rxq_wait_enable(data->rx_queues[i]);
	if (ret != 0)
		oriel_queues_disable(dev);
	return ret;
}

int
oriel_queues_disable(struct rte_eth_dev *dev)
{
	struct rte_eth_dev_data *data = dev->data;
	unsigned int budget_us = ORIEL_TX_DRAIN_US;
	int ret = 0;
	uint16_t i;

	for (i = 0; i < data->nb_tx_queues; i++)
		if (txq_started(dev, i))
			txq_drain(data->tx_queues[i], &budget_us);
	for (i = 0; i < data->nb_tx_queues; i++)
		if (txq_started(dev, i))
			txq_clear_enable(data->tx_queues[i]);
	for (i = 0; i < data->nb_rx_queues; i++)
		if (rxq_started(dev, i))
			rxq_clear_enable(data->rx_queues[i]);
	for (i = 0; i < data->nb_tx_queues; i++) {
		if (!txq_started(dev, i))
			continue;
		if (txq_wait_disable(data->tx_queues[i]) != 0)
			ret = -ETIMEDOUT;
		data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
	for (i = 0; i < data->nb_rx_queues; i++) {
		if (!rxq_started(dev, i))
			continue;
		if (rxq_wait_disable(data->rx_queues[i]) != 0)
			ret = -ETIMEDOUT;
		data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
	return ret;
}

void
oriel_queues_abandon(struct rte_eth_dev *dev)
{
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		if (dev->data->rx_queues[i] != NULL)
			oriel_rxq_reset(dev->data->rx_queues[i]);
		dev->data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		if (dev->data->tx_queues[i] != NULL)
			oriel_txq_reset(dev->data->tx_queues[i]);
		dev->data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
}

void
oriel_queues_detach(struct rte_eth_dev *dev)
{
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL)
			__atomic_store_n(&q->tail, &q->no_device, __ATOMIC_RELAXED);
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		struct oriel_txq *q = dev->data->tx_queues[i];

		if (q != NULL)
			__atomic_store_n(&q->tail, &q->no_device, __ATOMIC_RELAXED);
	}
}
