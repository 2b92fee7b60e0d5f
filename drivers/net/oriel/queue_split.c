/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Buffer split without the device: which of what DPDK can ask for the hardware has, and the
 * header buffers of a ring.
 */

#include <errno.h>

#include "adapter.h"
#include "log.h"
#include "queue.h"

#define NB_SEGS 2
#define ETHER_V4 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4_EXT_UNKNOWN)
#define ETHER_V6 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6_EXT_UNKNOWN)

/*
 * The device cuts a packet behind the last header that it knows, if its type is enabled: a TCP
 * packet behind TCP, never behind IP. So these are what it has of DPDK's exact match.
 */
static const struct {
	uint32_t ptype, psrtype;
} hdr_types[] = {
	{ ETHER_V4 | RTE_PTYPE_L4_TCP, ORIEL_PSRTYPE_IPV4_TCP },
	{ ETHER_V4 | RTE_PTYPE_L4_UDP, ORIEL_PSRTYPE_IPV4_UDP },
	{ ETHER_V6 | RTE_PTYPE_L4_TCP, ORIEL_PSRTYPE_IPV6_TCP },
	{ ETHER_V6 | RTE_PTYPE_L4_UDP, ORIEL_PSRTYPE_IPV6_UDP },
};

static const uint32_t hdr_ptypes[] = {
	ETHER_V4 | RTE_PTYPE_L4_TCP,
	ETHER_V4 | RTE_PTYPE_L4_UDP,
	ETHER_V6 | RTE_PTYPE_L4_TCP,
	ETHER_V6 | RTE_PTYPE_L4_UDP,
	RTE_PTYPE_UNKNOWN,
};
_Static_assert(RTE_DIM(hdr_ptypes) == RTE_DIM(hdr_types) + 1, "the list is that of the types");

#if ORIEL_PTYPES_GET_HAS_COUNT
const uint32_t *
oriel_split_hdr_ptypes_get(struct rte_eth_dev *dev, size_t *nb)
{
	RTE_SET_USED(dev);
	*nb = RTE_DIM(hdr_ptypes) - 1;
	return hdr_ptypes;
}
#else
const uint32_t *
oriel_split_hdr_ptypes_get(struct rte_eth_dev *dev)
{
	RTE_SET_USED(dev);
	return hdr_ptypes;
}
#endif

void
oriel_queue_split_dev_info(struct rte_eth_dev_info *info)
{
	info->rx_seg_capa.max_nseg = NB_SEGS;
	info->rx_seg_capa.multi_pools = 1;
	/* Both buffers have the usual headroom, and nothing more. */
	info->rx_seg_capa.offset_allowed = 0;
	info->rx_seg_capa.offset_align_log2 = 0;
}

/** PSRTYPE's bit of a header, 0 if the device has none. */
static uint32_t
psrtype_of(uint32_t proto_hdr)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(hdr_types); i++)
		if (hdr_types[i].ptype == proto_hdr)
			return hdr_types[i].psrtype;
	return 0;
}

static int
check_segments(uint16_t port_id, uint16_t queue_id, const struct rte_eth_rxconf *conf)
{
	const struct rte_eth_rxseg_split *hdr = &conf->rx_seg[0].split;
	const struct rte_eth_rxseg_split *rest = &conf->rx_seg[1].split;

	if (conf->rx_nseg != NB_SEGS) {
		ORIEL_INIT_LOG(ERR, "port %u: RX queue %u: split into %u segments; accepted: %u",
			port_id, queue_id, conf->rx_nseg, NB_SEGS);
		return -EINVAL;
	}
	if (hdr->proto_hdr == 0) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: split after %u bytes: the device splits behind "
			"headers alone",
			port_id, queue_id, hdr->length);
		return -ENOTSUP;
	}
	if (psrtype_of(hdr->proto_hdr) == 0) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: split behind headers %#x; accepted: Ethernet, IPv4 "
			"or IPv6 with or without extensions, TCP or UDP",
			port_id, queue_id, hdr->proto_hdr);
		return -ENOTSUP;
	}
	if (rest->proto_hdr != 0 || hdr->length != 0 || hdr->offset != 0 || rest->offset != 0 ||
		(rest->length != 0 && rest->length < ORIEL_MIN_RX_BUF)) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: segments of lengths %u, %u, offsets %u, %u, the "
			"second "
			"behind headers %#x; accepted: lengths 0 and 0 or at least %u, offsets 0, "
			"headers 0",
			port_id, queue_id, hdr->length, rest->length, hdr->offset, rest->offset,
			rest->proto_hdr, ORIEL_MIN_RX_BUF);
		return -EINVAL;
	}
	return 0;
}

static int
check_header_pool(uint16_t port_id, uint16_t queue_id, struct rte_mempool *mp)
{
	if (mp == NULL ||
		rte_pktmbuf_data_room_size(mp) < RTE_PKTMBUF_HEADROOM + ORIEL_RX_HDR_LEN) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: header pool %s has a data room of %u bytes; "
			"accepted: "
			"at least %u (headroom %u + %u)",
			port_id, queue_id, mp == NULL ? "(none)" : mp->name,
			mp == NULL ? 0 : rte_pktmbuf_data_room_size(mp),
			RTE_PKTMBUF_HEADROOM + ORIEL_RX_HDR_LEN, RTE_PKTMBUF_HEADROOM,
			ORIEL_RX_HDR_LEN);
		return -EINVAL;
	}
	/* Bit 0 of the address is DD: only where DPDK lays the buffers out are they even. */
	if (rte_pktmbuf_priv_flags(mp) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: header pool %s has external buffers: not for "
			"headers",
			port_id, queue_id, mp->name);
		return -ENOTSUP;
	}
	return 0;
}

int
oriel_queue_split_check(struct rte_eth_dev *dev, uint16_t queue_id,
	const struct rte_eth_rxconf *conf, uint64_t offloads, struct rte_mempool *mp,
	struct oriel_rx_split *split)
{
	const uint16_t port_id = dev->data->port_id;
	uint16_t i;
	int ret;

	*split = (struct oriel_rx_split){ .mp = mp };
	if (conf->rx_nseg == 0 || conf->rx_seg == NULL)
		return 0;
	if (!(offloads & RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT)) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: segments without RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT",
			port_id, queue_id);
		return -EINVAL;
	}
	ret = check_segments(port_id, queue_id, conf);
	if (ret == 0)
		ret = check_header_pool(port_id, queue_id, conf->rx_seg[0].split.mp);
	if (ret != 0)
		return ret;
	if (dev->data->dev_started && !oriel_adapter(dev)->rx_mode.split_in_use) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u: split on a port that runs without: stop the port "
			"first",
			port_id, queue_id);
		return -EBUSY;
	}
	split->hdr_mp = conf->rx_seg[0].split.mp;
	split->mp = conf->rx_seg[1].split.mp;
	split->psrtype = psrtype_of(conf->rx_seg[0].split.proto_hdr);
	split->max_buf = conf->rx_seg[1].split.length;
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (i == queue_id || q == NULL || q->hdr_ring == NULL ||
			q->psrtype == split->psrtype)
			continue;
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue %u splits behind other headers than queue %u: the "
			"device "
			"has one choice for all (PSRTYPE)",
			port_id, queue_id, i);
		return -ENOTSUP;
	}
	return 0;
}

int
oriel_rxq_fill_headers(struct oriel_rxq *q)
{
	uint16_t i;

	if (q->hdr_ring == NULL)
		return 0;
	for (i = 0; i < q->nb_desc; i++) {
		if (rte_mempool_get(q->hdr_mp, (void **)&q->hdr_ring[i]) != 0) {
			q->hdr_ring[i] = NULL;
			oriel_rxq_free_headers(q);
			ORIEL_INIT_LOG(ERR,
				"port %u: RX queue %u: pool %s has %u mbufs, the ring needs %u",
				q->port_id, q->queue_id, q->hdr_mp->name, i, q->nb_desc);
			return -ENOMEM;
		}
		q->ring[i].q[1] = rte_cpu_to_le_64(rte_mbuf_data_iova_default(q->hdr_ring[i]));
	}
	return 0;
}

void
oriel_rxq_free_headers(struct oriel_rxq *q)
{
	uint16_t i;

	for (i = 0; q->hdr_ring != NULL && i < q->nb_desc; i++) {
		if (q->hdr_ring[i] != NULL)
			rte_mbuf_raw_free(q->hdr_ring[i]);
		q->hdr_ring[i] = NULL;
	}
}
