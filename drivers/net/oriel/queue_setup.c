/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Queues without the device: set-up and release with all checks of what the application
 * asks for, queue information, limits.
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_malloc.h>

#include "adapter.h"
#include "log.h"
#include "queue.h"
#include "watch.h"

#define RX_ZONE "oriel_rx"
#define TX_ZONE "oriel_tx"
/* Fields of RXDCTL and TXDCTL. */
#define MAX_RING_THRESH 31
#define DEFAULT_PTHRESH 8
#define DEFAULT_HTHRESH 8
/*
 * Erratum: with MSI-X, a write-back may never happen when WTHRESH is not 1. So 1 it is;
 * a descriptor's write-back then does not wait for others.
 */
#define ONLY_WTHRESH 1

static int
check_nb_desc(const struct rte_eth_dev *dev, const char *what, uint16_t queue_id, uint16_t nb_desc)
{
	if (nb_desc % ORIEL_RING_ALIGN_DESC == 0 && nb_desc >= ORIEL_MIN_DESC &&
		nb_desc <= ORIEL_MAX_DESC)
		return 0;
	ORIEL_INIT_LOG(ERR,
		"port %u: %s queue %u: %u descriptors; accepted: multiples of %u from %u to %u",
		dev->data->port_id, what, queue_id, nb_desc, ORIEL_RING_ALIGN_DESC, ORIEL_MIN_DESC,
		ORIEL_MAX_DESC);
	return -EINVAL;
}

/** A threshold with 0 for the default; 0 or -EINVAL. */
static int
check_thresh(const struct rte_eth_dev *dev, const char *what, uint16_t queue_id, const char *name,
	uint16_t *thresh, uint16_t def, uint16_t nb_desc, uint16_t max)
{
	if (*thresh == 0)
		*thresh = def;
	if (*thresh <= max)
		return 0;
	ORIEL_INIT_LOG(ERR,
		"port %u: %s queue %u: %s %u; accepted with %u descriptors: 1 to %u, "
		"0 for the default",
		dev->data->port_id, what, queue_id, name, *thresh, nb_desc, max);
	return -EINVAL;
}

static int
check_ring_thresh(const struct rte_eth_dev *dev, const char *what, uint16_t queue_id,
	const struct rte_eth_thresh *t)
{
	if (t->pthresh > MAX_RING_THRESH || t->hthresh > MAX_RING_THRESH) {
		ORIEL_INIT_LOG(ERR,
			"port %u: %s queue %u: pthresh %u, hthresh %u; accepted: 0 to %u",
			dev->data->port_id, what, queue_id, t->pthresh, t->hthresh,
			MAX_RING_THRESH);
		return -EINVAL;
	}
	if (t->wthresh > ONLY_WTHRESH)
		ORIEL_INIT_LOG(WARNING,
			"port %u: %s queue %u: wthresh %u; %u is used (82576 erratum)",
			dev->data->port_id, what, queue_id, t->wthresh, ONLY_WTHRESH);
	return 0;
}

/**
 * What programs ask for that were written with a younger chip's wider field in mind (DPDK's own
 * dpdk-test: 32) becomes the most that the field holds. It is a hint of when to fetch descriptors,
 * and says nothing of what is sent.
 */
static void
limit_tx_pthresh(const struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_thresh *t)
{
	if (t->pthresh <= MAX_RING_THRESH)
		return;
	ORIEL_INIT_LOG(NOTICE, "port %u: TX queue %u: pthresh %u; %u is used, the most there is",
		dev->data->port_id, queue_id, t->pthresh, MAX_RING_THRESH);
	t->pthresh = MAX_RING_THRESH;
}

/** The ring's memory, zeroed. A zone of that name that was left behind is too small or in use. */
static const struct rte_memzone *
reserve_zone(const struct rte_eth_dev *dev, const char *name, uint16_t queue_id, size_t size,
	int socket_id)
{
	const struct rte_memzone *mz;

	mz = rte_eth_dma_zone_reserve(dev, name, queue_id, size, ORIEL_RING_ALIGN, socket_id);
	if (mz == NULL && rte_eth_dma_zone_free(dev, name, queue_id) == 0)
		mz = rte_eth_dma_zone_reserve(
			dev, name, queue_id, size, ORIEL_RING_ALIGN, socket_id);
	if (mz == NULL) {
		ORIEL_INIT_LOG(ERR, "port %u: queue %u: no DMA memory of %zu bytes for ring %s",
			dev->data->port_id, queue_id, size, name);
		return NULL;
	}
	memset(mz->addr, 0, size);
	return mz;
}

/* ---- RX ---- */

static void
rxq_free(struct oriel_rxq *q)
{
	if (q == NULL)
		return;
	if (q->sw_ring != NULL)
		oriel_rxq_reset(q);
	rte_memzone_free(q->mz);
	rte_free(q->hdr_ring);
	rte_free(q->sw_ring);
	rte_free(q);
}

/** Bytes of a pool's buffers that the device may use: whole KiB. 0 if there is not even one. */
static uint16_t
rx_buf_len(struct rte_mempool *mp)
{
	uint32_t room = rte_pktmbuf_data_room_size(mp);

	if (room < RTE_PKTMBUF_HEADROOM)
		return 0;
	room = RTE_ALIGN_FLOOR(room - RTE_PKTMBUF_HEADROOM, ORIEL_MIN_RX_BUF);
	return RTE_MIN(room, ORIEL_MAX_RX_BUF);
}

struct buf_distance {
	uint64_t distance;
	bool same;
};

static void
look_at_distance(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	const struct rte_mbuf *m = obj;
	struct buf_distance *d = arg;
	uint64_t distance = rte_mbuf_data_iova_default(m) - (uintptr_t)m;

	RTE_SET_USED(mp);
	if (i == 0)
		d->distance = distance;
	d->same = d->same && distance == d->distance;
}

uint64_t
oriel_rxq_buf_distance(struct rte_mempool *mp)
{
	struct buf_distance d = { .same = true };

	/*
	 * DPDK keeps it so for mbufs with a buffer of their own: rte_pktmbuf_detach() computes the
	 * address anew from where the mbuf lies. It is the same where the IO addresses are the
	 * virtual ones.
	 */
	if (rte_pktmbuf_priv_flags(mp) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF ||
		mp->populated_size != mp->size)
		return 0;
	return rte_mempool_obj_iter(mp, look_at_distance, &d) == mp->size && d.same ? d.distance :
										      0;
}

static int
check_pool(
	const struct rte_eth_dev *dev, uint16_t queue_id, uint64_t offloads, struct rte_mempool *mp)
{
	uint32_t frame = dev->data->mtu + ORIEL_ETH_OVERHEAD;
	uint16_t buf_len;

	if (mp == NULL) {
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: no mbuf pool given", dev->data->port_id,
			queue_id);
		return -EINVAL;
	}
	buf_len = rx_buf_len(mp);
	if (buf_len == 0) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: pool %s has a data room of %u bytes; "
			"accepted: at least %u (headroom %u + %u)",
			dev->data->port_id, queue_id, mp->name, rte_pktmbuf_data_room_size(mp),
			RTE_PKTMBUF_HEADROOM + ORIEL_MIN_RX_BUF, RTE_PKTMBUF_HEADROOM,
			ORIEL_MIN_RX_BUF);
		return -EINVAL;
	}
	/* lcores are inside the burst: no other one can be chosen now. */
	if (frame > buf_len && dev->data->dev_started && !dev->data->scattered_rx) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: pool %s has buffers of %u bytes, the one-buffer "
			"burst that runs needs %u: stop the port first",
			dev->data->port_id, queue_id, mp->name, buf_len, frame);
		return -EINVAL;
	}
	/* As the other Intel PMDs do: who asks for a large MTU on small buffers gets chains. */
	if (frame > buf_len && !(offloads & RTE_ETH_RX_OFFLOAD_SCATTER))
		ORIEL_INIT_LOG(NOTICE,
			"port %u: RX queue %u: pool %s has buffers of %u bytes (headroom off, "
			"whole KiB), MTU %u needs %u: long frames will be chains of mbufs, as "
			"with RTE_ETH_RX_OFFLOAD_SCATTER",
			dev->data->port_id, queue_id, mp->name, buf_len, dev->data->mtu, frame);
	return 0;
}

/** A queue that is set up while the port runs strips as the port does, or by the burst in use. */
static int
check_strip(const struct rte_eth_dev *dev, uint16_t queue_id, uint64_t offloads)
{
	const struct oriel_rx_mode *mode = &oriel_adapter(dev)->rx_mode;
	bool strip = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;

	if (!dev->data->dev_started || mode->vlan_strip_sw || strip == mode->vlan_strip)
		return 0;
	ORIEL_INIT_LOG(ERR,
		"port %u: RX queue %u: VLAN strip %s, the running port has it %s for all queues: "
		"stop the port first",
		dev->data->port_id, queue_id, strip ? "on" : "off", strip ? "off" : "on");
	return -EBUSY;
}

/** What every mbuf gets on receipt, in one store. */
static uint64_t
rx_mbuf_init(uint16_t port_id)
{
	union {
		struct rte_mbuf m;
		uint64_t words[sizeof(struct rte_mbuf) / sizeof(uint64_t)];
	} u = { .words = { 0 } };

	u.m.data_off = RTE_PKTMBUF_HEADROOM;
	rte_mbuf_refcnt_set(&u.m, 1);
	u.m.nb_segs = 1;
	u.m.port = port_id;
	return u.words[offsetof(struct rte_mbuf, data_off) / sizeof(uint64_t)];
}

static void
rxq_init(struct rte_eth_dev *dev, struct oriel_rxq *q, uint16_t queue_id,
	const struct rte_eth_rxconf *conf, const struct oriel_rx_split *split)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_mempool *mp = split->mp;

	q->mp = mp;
	q->mbuf_init = rx_mbuf_init(dev->data->port_id);
	q->buf_distance = oriel_rxq_buf_distance(mp);
	if (rte_pktmbuf_priv_flags(mp) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF)
		q->ol_init = RTE_MBUF_F_EXTERNAL;
	q->buf_len = rx_buf_len(mp);
	if (split->max_buf != 0)
		q->buf_len = RTE_MIN(
			q->buf_len, RTE_ALIGN_FLOOR(split->max_buf, (uint16_t)ORIEL_MIN_RX_BUF));
	q->hdr_mp = split->hdr_mp;
	q->psrtype = split->psrtype;
	q->max_segs = (ORIEL_MAX_FRAME + q->buf_len - 1) / q->buf_len;
	q->offloads = conf->offloads;
	q->mmio = &ad->mmio;
	q->reg_base = ORIEL_RXQ(queue_id);
	q->tail = &q->no_device;
	q->queue_id = queue_id;
	q->port_id = dev->data->port_id;
	q->deferred_start = conf->rx_deferred_start;
	q->drop_en = conf->rx_drop_en;
	q->pthresh = conf->rx_thresh.pthresh;
	q->hthresh = conf->rx_thresh.hthresh;
	q->wthresh = ONLY_WTHRESH;
	oriel_rxq_set_offloads(q, conf->offloads);
}

int
oriel_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp)
{
	struct rte_eth_rxconf own = *conf;
	struct oriel_rx_split split;
	struct oriel_rxq *q;
	int ret;

	own.offloads |= dev->data->dev_conf.rxmode.offloads;
	ret = oriel_queue_split_check(dev, queue_id, conf, own.offloads, mp, &split);
	if (ret == 0)
		ret = check_nb_desc(dev, "RX", queue_id, nb_desc);
	if (ret == 0)
		ret = check_thresh(dev, "RX", queue_id, "rx_free_thresh", &own.rx_free_thresh,
			RTE_MIN(ORIEL_DEFAULT_RX_FREE_THRESH, nb_desc / 4), nb_desc, nb_desc - 1);
	if (ret == 0)
		ret = check_ring_thresh(dev, "RX", queue_id, &own.rx_thresh);
	if (ret == 0)
		ret = check_pool(dev, queue_id, own.offloads, split.mp);
	if (ret == 0)
		ret = check_strip(dev, queue_id, own.offloads);
	if (ret != 0)
		return ret;

	oriel_rx_queue_release(dev, queue_id);
	q = rte_zmalloc_socket("oriel_rxq", sizeof(*q), RTE_CACHE_LINE_SIZE, socket_id);
	if (q == NULL)
		goto no_memory;
	q->nb_desc = nb_desc;
	q->free_thresh = own.rx_free_thresh;
	rxq_init(dev, q, queue_id, &own, &split);
	q->mz = reserve_zone(dev, RX_ZONE, queue_id, nb_desc * sizeof(*q->ring), socket_id);
	if (q->mz == NULL)
		goto no_memory;
	q->ring = q->mz->addr;
	q->sw_ring = rte_zmalloc_socket("oriel_rx_sw_ring",
		(nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring), RTE_CACHE_LINE_SIZE,
		socket_id);
	if (q->sw_ring == NULL)
		goto no_memory;
	if (q->hdr_mp != NULL) {
		q->hdr_ring = rte_zmalloc_socket("oriel_rx_hdr_ring",
			nb_desc * sizeof(*q->hdr_ring), RTE_CACHE_LINE_SIZE, socket_id);
		if (q->hdr_ring == NULL)
			goto no_memory;
	}
	q->nb_hold = nb_desc;
	oriel_rxq_reset(q);
	dev->data->rx_queues[queue_id] = q;
	return 0;

no_memory:
	ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: no memory for %u descriptors",
		dev->data->port_id, queue_id, nb_desc);
	rxq_free(q);
	return -ENOMEM;
}

void
oriel_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	rxq_free(dev->data->rx_queues[queue_id]);
	dev->data->rx_queues[queue_id] = NULL;
}

void
oriel_rxq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_rxq_info *info)
{
	const struct oriel_rxq *q = dev->data->rx_queues[queue_id];

	info->mp = q->mp;
	info->scattered_rx = dev->data->scattered_rx;
	info->nb_desc = q->nb_desc;
	info->rx_buf_size = q->buf_len;
	info->conf.rx_thresh.pthresh = q->pthresh;
	info->conf.rx_thresh.hthresh = q->hthresh;
	info->conf.rx_thresh.wthresh = q->wthresh;
	info->conf.rx_free_thresh = q->free_thresh;
	info->conf.rx_drop_en = q->drop_en;
	info->conf.rx_deferred_start = q->deferred_start;
	info->conf.offloads = q->offloads;
}

/* ---- TX ---- */

static void
txq_free(struct oriel_txq *q)
{
	if (q == NULL)
		return;
	if (q->sw_ring != NULL)
		oriel_txq_reset(q);
	rte_memzone_free(q->mz);
	rte_free(q->rs_fifo);
	rte_free(q->sw_ring);
	rte_free(q);
}

static void
txq_init(struct rte_eth_dev *dev, struct oriel_txq *q, uint16_t queue_id,
	const struct rte_eth_txconf *conf)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	q->rs_thresh = conf->tx_rs_thresh;
	q->free_thresh = conf->tx_free_thresh;
	oriel_txq_set_stamps(q, 0);
	q->max_desc = q->nb_desc - q->rs_thresh;
	q->offloads = conf->offloads;
	q->fast_free = conf->offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	q->mmio = &ad->mmio;
	q->reg_base = ORIEL_TXQ(queue_id);
	q->tail = &q->no_device;
	q->queue_id = queue_id;
	q->port_id = dev->data->port_id;
	q->deferred_start = conf->tx_deferred_start;
	q->pthresh = conf->tx_thresh.pthresh;
	q->hthresh = conf->tx_thresh.hthresh;
	q->wthresh = ONLY_WTHRESH;
}

int
oriel_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf)
{
	size_t ring_bytes = nb_desc * sizeof(struct oriel_tx_desc);
	struct rte_eth_txconf own = *conf;
	struct oriel_txq *q;
	uint32_t fifo;
	int ret;

	own.offloads |= dev->data->dev_conf.txmode.offloads;
	limit_tx_pthresh(dev, queue_id, &own.tx_thresh);
	ret = check_nb_desc(dev, "TX", queue_id, nb_desc);
	if (ret == 0)
		ret = check_thresh(dev, "TX", queue_id, "tx_rs_thresh", &own.tx_rs_thresh,
			RTE_MIN(ORIEL_DEFAULT_RS_THRESH, nb_desc / 4), nb_desc, nb_desc / 2);
	/*
	 * What has been sent is freed as soon as it is known: the fewer mbufs are on their way,
	 * the more of them are in the cache.
	 */
	if (ret == 0)
		ret = check_thresh(dev, "TX", queue_id, "tx_free_thresh", &own.tx_free_thresh,
			nb_desc - own.tx_rs_thresh, nb_desc, nb_desc - 1);
	if (ret == 0)
		ret = check_ring_thresh(dev, "TX", queue_id, &own.tx_thresh);
	if (ret != 0)
		return ret;

	oriel_tx_queue_release(dev, queue_id);
	q = rte_zmalloc_socket("oriel_txq", sizeof(*q), RTE_CACHE_LINE_SIZE, socket_id);
	if (q == NULL)
		goto no_memory;
	q->nb_desc = nb_desc;
	txq_init(dev, q, queue_id, &own);
	/* The zeros that pad short frames lie behind the descriptors. */
	q->mz = reserve_zone(dev, TX_ZONE, queue_id, ring_bytes + ORIEL_RING_ALIGN, socket_id);
	if (q->mz == NULL)
		goto no_memory;
	q->ring = q->mz->addr;
	q->pad_iova = q->mz->iova + ring_bytes;
	q->sw_ring = rte_zmalloc_socket("oriel_tx_sw_ring",
		(nb_desc + ORIEL_SW_RING_PAD) * sizeof(*q->sw_ring), RTE_CACHE_LINE_SIZE,
		socket_id);
	/* As many as can be on the way, each covering rs_thresh descriptors or more. */
	fifo = rte_align32pow2(nb_desc / q->rs_thresh + 1);
	q->rs_fifo = rte_zmalloc_socket(
		"oriel_tx_rs_fifo", fifo * sizeof(*q->rs_fifo), RTE_CACHE_LINE_SIZE, socket_id);
	q->rs_mask = fifo - 1;
	if (q->sw_ring == NULL || q->rs_fifo == NULL)
		goto no_memory;
	oriel_txq_reset(q);
	dev->data->tx_queues[queue_id] = q;
	return 0;

no_memory:
	ORIEL_INIT_LOG(ERR, "port %u: TX queue %u: no memory for %u descriptors",
		dev->data->port_id, queue_id, nb_desc);
	txq_free(q);
	return -ENOMEM;
}

void
oriel_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	oriel_watch_sync(oriel_adapter(dev));
	txq_free(dev->data->tx_queues[queue_id]);
	dev->data->tx_queues[queue_id] = NULL;
}

void
oriel_txq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_txq_info *info)
{
	const struct oriel_txq *q = dev->data->tx_queues[queue_id];

	info->nb_desc = q->nb_desc;
	info->conf.tx_thresh.pthresh = q->pthresh;
	info->conf.tx_thresh.hthresh = q->hthresh;
	info->conf.tx_thresh.wthresh = q->wthresh;
	info->conf.tx_rs_thresh = q->rs_thresh;
	info->conf.tx_free_thresh = q->free_thresh;
	info->conf.tx_deferred_start = q->deferred_start;
	info->conf.offloads = q->offloads;
}

/* ---- limits ---- */

void
oriel_queues_dev_info(struct rte_eth_dev_info *info)
{
	const struct rte_eth_thresh thresh = {
		.pthresh = DEFAULT_PTHRESH,
		.hthresh = DEFAULT_HTHRESH,
		.wthresh = ONLY_WTHRESH,
	};
	const struct rte_eth_desc_lim lim = {
		.nb_max = ORIEL_MAX_DESC,
		.nb_min = ORIEL_MIN_DESC,
		.nb_align = ORIEL_RING_ALIGN_DESC,
	};

	info->min_mtu = ORIEL_MIN_MTU;
	info->max_mtu = ORIEL_MAX_MTU;
	info->min_rx_bufsize = ORIEL_MIN_RX_BUF;
	info->max_rx_pktlen = ORIEL_MAX_FRAME;
	info->rx_desc_lim = lim;
	info->tx_desc_lim = lim;
	info->tx_desc_lim.nb_seg_max = ORIEL_TX_MAX_SEGS;
	info->tx_desc_lim.nb_mtu_seg_max = ORIEL_TX_MAX_SEGS;
	/* 0 for the other thresholds: the default follows the size of the ring. */
	oriel_queue_split_dev_info(info);
	info->default_rxconf.rx_thresh = thresh;
	info->default_txconf.tx_thresh = thresh;
	info->default_rxportconf.burst_size = ORIEL_DEFAULT_BURST;
	info->default_txportconf.burst_size = ORIEL_DEFAULT_BURST;
	info->default_rxportconf.ring_size = ORIEL_DEFAULT_DESC;
	info->default_txportconf.ring_size = ORIEL_DEFAULT_DESC;
	info->default_rxportconf.nb_queues = 1;
	info->default_txportconf.nb_queues = 1;
}

int
oriel_queues_check_mtu(struct rte_eth_dev *dev, uint16_t mtu)
{
	uint32_t frame = mtu + ORIEL_ETH_OVERHEAD;
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q == NULL || frame <= q->buf_len)
			continue;
		if (dev->data->dev_started && !dev->data->scattered_rx) {
			ORIEL_INIT_LOG(ERR,
				"port %u: MTU %u needs more than one buffer of RX queue %u: "
				"stop the port first",
				dev->data->port_id, mtu, i);
			return -EBUSY;
		}
	}
	return 0;
}
