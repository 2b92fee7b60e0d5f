/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What can be sent and what cannot: the checks behind rte_eth_tx_prepare() and, out of
 * line, those of the bursts, so that both refuse the same packets. Prepares headers for
 * checksum offload and segmentation.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "tx.h"

/* Field limits of the context descriptor that header lengths in an mbuf could miss. */
#define TX_MIN_L3_IPV4 20u
#define TX_MIN_L3_IPV6 40u
#define TX_MIN_TCP 20u

int
oriel_tx_check_headers(const struct rte_mbuf *m, uint64_t ol)
{
	uint32_t hdr, min_l3 = TX_MIN_L3_IPV6;

	if (!(ol & (ORIEL_TX_F_CTX & ~RTE_MBUF_F_TX_VLAN)))
		return 0;
	if (ol & (RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM))
		min_l3 = TX_MIN_L3_IPV4;
	if (m->l2_len < RTE_ETHER_HDR_LEN || m->l3_len < min_l3)
		return -EINVAL;
	hdr = m->l2_len + m->l3_len;
	if (ol & RTE_MBUF_F_TX_TCP_SEG) {
		hdr += m->l4_len;
		if (m->l4_len < TX_MIN_TCP || m->tso_segsz == 0 ||
			m->tso_segsz > ORIEL_TX_MAX_MSS ||
			hdr + m->tso_segsz + ORIEL_TX_VLAN_LEN > ORIEL_TX_MAX_FRAME)
			return -EINVAL;
	}
	return hdr > ORIEL_TX_MAX_HDR ? -EINVAL : 0;
}

int
oriel_tx_measure(const struct rte_mbuf *m, uint32_t *len, uint16_t *nb_segs)
{
	const struct rte_mbuf *seg = m;
	uint16_t i, with_data = 0;
	uint32_t sum = 0;

	for (i = 0; i < m->nb_segs && seg != NULL; i++) {
		sum += seg->data_len;
		with_data += seg->data_len != 0;
		seg = seg->next;
	}
	*len = sum;
	*nb_segs = with_data;
	/* The device would wait for ever for bytes that PAYLEN promises and no segment has. */
	return i != m->nb_segs || seg != NULL || sum != m->pkt_len ? -EINVAL : 0;
}

/** 0, or why a burst with offloads and chains would drop this packet. */
static int
tx_check(const struct oriel_txq *q, const struct rte_mbuf *m)
{
	uint64_t ol = m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK;
	struct oriel_tx_pkt p = { .q1 = 0 };
	uint16_t need;

	if (ol & ORIEL_TX_F_NOTSUP || (ol & ORIEL_TX_F_STAMPED_TSO) == ORIEL_TX_F_STAMPED_TSO)
		return -ENOTSUP;
	if (m->nb_segs == 0 || oriel_tx_measure(m, &p.len, &p.nb_segs) != 0)
		return -EINVAL;
	if (ol & ORIEL_TX_F_CTX && oriel_tx_check_headers(m, ol) != 0)
		return -EINVAL;
	if (!oriel_tx_fit(&p, m, ol & ORIEL_TX_F_CTX ? ol : 0))
		return -EINVAL;
	need = p.nb_segs + !!(ol & ORIEL_TX_F_CTX) + (p.pad != 0);
	return need > q->max_desc || p.nb_segs > ORIEL_TX_MAX_SEGS ? -EINVAL : 0;
}

/**
 * Whether the L4 checksum field lies in the first segment. l4_len may be 0 without segmentation,
 * and rte_net_intel_cksum_prepare() would then write behind the segment's data.
 */
static bool
tx_has_l4_field(const struct rte_mbuf *m)
{
	uint32_t end = m->l2_len + m->l3_len;

	switch (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) {
	case RTE_MBUF_F_TX_UDP_CKSUM:
		end += sizeof(struct rte_udp_hdr);
		break;
	case RTE_MBUF_F_TX_TCP_CKSUM:
		end += sizeof(struct rte_tcp_hdr);
		break;
	default:
		return true;
	}
	return m->data_len >= end;
}

/** Segmentation: the device writes each frame's length and header checksum over zeros. */
static void
tx_clear_lengths(struct rte_mbuf *m)
{
	if (m->ol_flags & RTE_MBUF_F_TX_IPV4) {
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			m, struct rte_ipv4_hdr *, m->l2_len);

		ip->total_length = 0;
		ip->hdr_checksum = 0;
	} else {
		struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			m, struct rte_ipv6_hdr *, m->l2_len);

		ip->payload_len = 0;
	}
}

/**
 * Refuses what the bursts would drop and prepares headers: pseudo-header sums, zeros.
 *
 * @return
 *   Packets that are ready; if fewer than nb_pkts, rte_errno says why the next one is not:
 *   EINVAL (lengths, segments, MSS) or ENOTSUP (an offload that the device does not have, or
 *   headers that are not in the first segment).
 */
uint16_t
oriel_tx_prepare(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const struct oriel_txq *q = txq;
	uint16_t i;

	for (i = 0; i < nb_pkts; i++) {
		struct rte_mbuf *m = pkts[i];
		int ret = tx_check(q, m);

		if (ret == 0 && !tx_has_l4_field(m))
			ret = -ENOTSUP;
		if (ret == 0)
			ret = rte_net_intel_cksum_prepare(m);
		if (ret != 0) {
			rte_errno = -ret;
			return i;
		}
		if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
			tx_clear_lengths(m);
	}
	return nb_pkts;
}
