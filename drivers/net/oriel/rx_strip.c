/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* VLAN strip in software, behind the scattered burst of each SIMD width. */

#include <rte_ether.h>
#include <rte_prefetch.h>

#include "rx.h"
#include "rx_strip.h"

#define ADDRESSES (2 * RTE_ETHER_ADDR_LEN)
#define TAG sizeof(struct rte_vlan_hdr)

/** The EtherType field at a frame's byte `off`, as it is in the frame. */
static rte_be16_t
type_at(const uint8_t *frame, unsigned int off)
{
	rte_be16_t type;

	memcpy(&type, frame + off, sizeof(type));
	return type;
}

/** Whether there was a tag to take out. */
static bool
strip_one(const struct oriel_rxq *q, struct rte_mbuf *m)
{
	unsigned int off = ADDRESSES + (q->strip_outer != 0 ? TAG : 0);
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

	/* All of the tag and the type behind it must be there, in the first buffer. */
	if (m->data_len < off + TAG + sizeof(rte_be16_t))
		return false;
	if (q->strip_outer != 0 && type_at(frame, ADDRESSES) != q->strip_outer)
		return false;
	if (type_at(frame, off) != q->strip_tpid)
		return false;
	m->vlan_tci = rte_be_to_cpu_16(type_at(frame, off + sizeof(rte_be16_t)));
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	memmove(frame + TAG, frame, off);
	m->data_off += TAG;
	m->data_len -= TAG;
	m->pkt_len -= TAG;
	return true;
}

void
oriel_rx_strip(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	uint16_t i, stripped = 0;

	if (q->strip_tpid == 0)
		return;
	for (i = 0; i < nb_pkts; i++) {
		if (i + 2 < nb_pkts)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 2], void *));
		stripped += strip_one(q, pkts[i]);
	}
	q->stats.bytes -= stripped * TAG;
}

#define STRIP_BURST(isa, inner) \
	uint16_t oriel_rx_burst_strip_##isa(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts) \
	{ \
		uint16_t nb_rx = inner(rxq, pkts, nb_pkts); \
\
		oriel_rx_strip(rxq, pkts, nb_rx); \
		return nb_rx; \
	}

STRIP_BURST(scalar, oriel_rx_burst_scattered)
#ifdef ORIEL_HAVE_SSE
STRIP_BURST(sse, oriel_rx_burst_scattered_sse)
#endif
#ifdef ORIEL_HAVE_AVX2
STRIP_BURST(avx2, oriel_rx_burst_scattered_avx2)
#endif
#ifdef ORIEL_HAVE_AVX512
STRIP_BURST(avx512, oriel_rx_burst_scattered_avx512)
#endif
