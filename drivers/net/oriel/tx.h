/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Building blocks of TX bursts: reclaim, bulk free, offload flags to descriptor bits,
 * contexts, descriptors, RS, doorbell. Applications' mbufs are checked for what would
 * hang the ring, not for what only they would suffer from.
 */

#ifndef ORIEL_TX_H
#define ORIEL_TX_H

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "queue.h"

/** Longest frame that can be handed to the MAC, bytes; it adds the CRC. */
#define ORIEL_TX_MAX_FRAME (ORIEL_MAX_FRAME - RTE_ETHER_CRC_LEN)
/** A tag that the MAC inserts, bytes. */
#define ORIEL_TX_VLAN_LEN 4u

/** Flags that need a context descriptor. */
#define ORIEL_TX_F_CTX \
	(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG | \
		RTE_MBUF_F_TX_VLAN)
/** Flags that say what a packet is and ask for nothing. */
#define ORIEL_TX_F_TYPE (RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6)
/** Asks for a stamp: has no context and is of no class, so it goes packet by packet. */
#define ORIEL_TX_F_STAMP RTE_MBUF_F_TX_IEEE1588_TMST
/** What this device cannot do. */
#define ORIEL_TX_F_NOTSUP \
	(RTE_MBUF_F_TX_OFFLOAD_MASK & ~(ORIEL_TX_F_CTX | ORIEL_TX_F_TYPE | ORIEL_TX_F_STAMP))
/** A stamp is one packet's: not of one that is cut into several. */
#define ORIEL_TX_F_STAMPED_TSO (ORIEL_TX_F_STAMP | RTE_MBUF_F_TX_TCP_SEG)

/* Second qword of a data descriptor: the command dword below, olinfo above. */
#define ORIEL_TXD_CMD_DATA (ORIEL_TXD_DTYP_DATA | ORIEL_TXD_DEXT | ORIEL_TXD_IFCS)
#define ORIEL_TXD_Q1_EOP ((uint64_t)ORIEL_TXD_EOP)
#define ORIEL_TXD_Q1_RS ((uint64_t)ORIEL_TXD_RS)
#define ORIEL_TXD_Q1_DD ((uint64_t)ORIEL_TXD_STA_DD << 32)
#define ORIEL_TXD_Q1_PAYLEN_SHIFT 46
_Static_assert((uint64_t)ORIEL_TXD_PAYLEN << 32 == UINT64_C(0x3ffff) << ORIEL_TXD_Q1_PAYLEN_SHIFT,
	"PAYLEN in the qword");

/** A packet on its way to descriptors. */
struct oriel_tx_pkt {
	uint64_t q1;	  /* second qword of its data descriptors but DTALEN, EOP, RS */
	uint32_t len;	  /* bytes of all its segments */
	uint16_t nb_segs; /* segments with data */
	uint16_t pad;	  /* zeros to add, bytes */
};

/* ---- reclaim ---- */

/** Descriptors from q->clean up to and with idx. */
static __rte_always_inline uint16_t
oriel_tx_span(const struct oriel_txq *q, uint16_t idx)
{
	return (idx >= q->clean ? idx - q->clean : idx + q->nb_desc - q->clean) + 1;
}

/**
 * Whether the device is through with the oldest descriptor that has RS. The acquire
 * orders this load before the reuse of the descriptors and buffers that it releases.
 */
static __rte_always_inline bool
oriel_tx_oldest_done(const struct oriel_txq *q)
{
	uint16_t idx = q->rs_fifo[q->rs_head & q->rs_mask] & ORIEL_TX_RS_IDX;

	return q->rs_head != q->rs_tail &&
		rte_le_to_cpu_64(__atomic_load_n(&q->ring[idx].q[1], __ATOMIC_ACQUIRE)) &
		ORIEL_TXD_Q1_DD;
}

/**
 * Frees what n descriptors from q->clean on hold, if anything, and moves q->clean;
 * n <= nb_desc.
 */
void oriel_tx_free_descs(struct oriel_txq *q, uint16_t n);

/** Frees chunk by chunk until at least `want` descriptors are free or one is not done. */
typedef void (*oriel_tx_reclaim_t)(struct oriel_txq *q, uint16_t want);
void oriel_tx_reclaim(struct oriel_txq *q, uint16_t want);

/**
 * What a burst begins with: reclaim, where fewer than free_thresh descriptors are free. Not
 * much more than the burst will take: what a device completes in one go would run over the
 * pool's cache, and RX would have to fetch it from behind that again.
 */
static __rte_always_inline void
oriel_tx_begin(struct oriel_txq *q, uint16_t nb_pkts, oriel_tx_reclaim_t reclaim)
{
	if (q->nb_free < q->free_thresh && oriel_tx_oldest_done(q))
		reclaim(q, RTE_MIN((uint32_t)q->free_thresh, q->nb_free + 2u * nb_pkts));
}

/* ---- what a packet asks for ---- */

/** Data descriptor bits of the offload flags. */
static __rte_always_inline uint64_t
oriel_tx_q1_flags(uint64_t ol)
{
	uint64_t q1 = 0;

	if (ol & RTE_MBUF_F_TX_IP_CKSUM)
		q1 |= (uint64_t)ORIEL_TXD_IXSM << 32;
	if (ol & RTE_MBUF_F_TX_L4_MASK)
		q1 |= (uint64_t)ORIEL_TXD_TXSM << 32;
	if (ol & RTE_MBUF_F_TX_VLAN)
		q1 |= ORIEL_TXD_VLE;
	if (ol & RTE_MBUF_F_TX_TCP_SEG) {
		q1 |= ORIEL_TXD_TSE | (uint64_t)ORIEL_TXD_TXSM << 32;
		if (ol & RTE_MBUF_F_TX_IPV4)
			q1 |= (uint64_t)ORIEL_TXD_IXSM << 32;
	}
	return q1;
}

/** Bytes of the L4 header up to its checksum's end that a packet must have: none, TCP, SCTP, UDP.
 */
static __rte_always_inline uint32_t
oriel_tx_min_l4(uint64_t ol)
{
	return 0x080c1400u >> (ol >> 52 & 3) * 8 & 0xff;
}
_Static_assert(RTE_MBUF_F_TX_TCP_CKSUM == 1ULL << 52 && RTE_MBUF_F_TX_SCTP_CKSUM == 2ULL << 52 &&
		RTE_MBUF_F_TX_UDP_CKSUM == 3ULL << 52,
	"L4 type is a number at bit 52");

/** Header bytes that the device edits or copies: must lie within the packet. */
static __rte_always_inline uint32_t
oriel_tx_hdr_len(const struct rte_mbuf *m, uint64_t ol)
{
	if (ol & RTE_MBUF_F_TX_TCP_SEG)
		return m->l2_len + m->l3_len + m->l4_len;
	if (ol & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM))
		return m->l2_len + m->l3_len + oriel_tx_min_l4(ol);
	return RTE_ETHER_HDR_LEN;
}

/**
 * The context that a packet wants. Fields that its offloads do not use stay zero, so that
 * packets which differ only there share one.
 */
static __rte_always_inline struct oriel_tx_ctx
oriel_tx_ctx_of(const struct rte_mbuf *m, uint64_t ol)
{
	uint32_t lens = ORIEL_PREP(ORIEL_TXC_MACLEN, RTE_ETHER_HDR_LEN);
	uint32_t tucmd = ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT;
	uint32_t mss = 0;

	if (ol & (ORIEL_TX_F_CTX & ~RTE_MBUF_F_TX_VLAN)) {
		lens = ORIEL_PREP(ORIEL_TXC_MACLEN, m->l2_len) |
			ORIEL_PREP(ORIEL_TXC_IPLEN, m->l3_len);
		if (ol & (RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM))
			tucmd |= ORIEL_TXC_IPV4;
		if (ol & RTE_MBUF_F_TX_TCP_SEG) {
			tucmd |= ORIEL_TXC_L4T_TCP;
			mss = ORIEL_PREP(ORIEL_TXC_L4LEN, m->l4_len) |
				ORIEL_PREP(ORIEL_TXC_MSS, m->tso_segsz);
		} else if ((ol & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM) {
			tucmd |= ORIEL_TXC_L4T_TCP;
		} else if ((ol & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_SCTP_CKSUM) {
			tucmd |= ORIEL_TXC_L4T_SCTP;
		}
	}
	if (ol & RTE_MBUF_F_TX_VLAN)
		lens |= ORIEL_PREP(ORIEL_TXC_VLAN, m->vlan_tci);
	return (struct oriel_tx_ctx){ .q0 = lens, .q1 = tucmd | (uint64_t)mss << 32 };
}

/** Slot that has this context, or -1. */
static __rte_always_inline int
oriel_tx_ctx_find(const struct oriel_txq *q, const struct oriel_tx_ctx *ctx)
{
	uint8_t slot = q->ctx_last;

	if (likely(q->ctx[slot].q0 == ctx->q0 && q->ctx[slot].q1 == ctx->q1))
		return slot;
	slot ^= 1;
	return q->ctx[slot].q0 == ctx->q0 && q->ctx[slot].q1 == ctx->q1 ? slot : -1;
}
_Static_assert(ORIEL_NB_TX_CTX == 2, "the slot not used last is the other one");

/* ---- classes: which context, told by comparing ---- */

/** Bits of tx_offload that hold l2_len and l3_len. */
#define ORIEL_TX_LENS_MASK UINT64_C(0xffff)
_Static_assert(RTE_MBUF_L2_LEN_BITS + RTE_MBUF_L3_LEN_BITS == 16, "l2_len and l3_len are 16 bits");
/** vlan_tci in the qword at data_len. */
#define ORIEL_TX_TAG_MASK UINT64_C(0xffff0000)
_Static_assert(offsetof(struct rte_mbuf, vlan_tci) == offsetof(struct rte_mbuf, data_len) + 2,
	"vlan_tci is the second word at data_len");

static __rte_always_inline bool
oriel_tx_class_fits(const struct oriel_tx_class *class, const struct rte_mbuf *m, uint64_t ol)
{
	return ol == class->ol && (m->tx_offload & class->lens_mask) == class->lens &&
		(*(const uint64_t *)&m->data_len & class->tag_mask) == class->tag;
}

/** Slot whose class a packet is of, or -1: then the long way may still find a context. */
static __rte_always_inline int
oriel_tx_class_find(const struct oriel_txq *q, const struct rte_mbuf *m, uint64_t ol)
{
	uint8_t slot = q->ctx_last;

	if (likely(oriel_tx_class_fits(&q->class[slot], m, ol)))
		return slot;
	slot ^= 1;
	return oriel_tx_class_fits(&q->class[slot], m, ol) ? slot : -1;
}

/** Makes the class of a slot that of a packet which uses its context. */
static __rte_always_inline void
oriel_tx_class_set(struct oriel_txq *q, uint8_t slot, const struct rte_mbuf *m, uint64_t ol)
{
	struct oriel_tx_class *class = &q->class[slot];

	/* Segmentation has rules of its own for each packet. */
	if (ol & RTE_MBUF_F_TX_TCP_SEG) {
		*class = ORIEL_TX_NO_CLASS;
		return;
	}
	class->ol = ol;
	class->lens_mask = ol & (ORIEL_TX_F_CTX & ~RTE_MBUF_F_TX_VLAN) ? ORIEL_TX_LENS_MASK : 0;
	class->lens = m->tx_offload & class->lens_mask;
	class->tag_mask = ol & RTE_MBUF_F_TX_VLAN ? ORIEL_TX_TAG_MASK : 0;
	class->tag = *(const uint64_t *)&m->data_len & class->tag_mask;
	class->q1 = oriel_tx_q1_flags(ol) | (uint64_t)ORIEL_PREP(ORIEL_TXD_IDX, slot) << 32;
	class->min_len = RTE_MAX(oriel_tx_hdr_len(m, ol), ORIEL_TX_MIN_FRAME);
	class->max_len = ORIEL_TX_MAX_FRAME - (ol & RTE_MBUF_F_TX_VLAN ? ORIEL_TX_VLAN_LEN : 0);
}

/**
 * Whether the device can work with the header lengths and the MSS of a packet; asked
 * once a context, so it looks only at what the context says.
 *
 * @return
 *   0 or -EINVAL.
 */
int oriel_tx_check_headers(const struct rte_mbuf *m, uint64_t ol);

/**
 * Adds up the segments of a chain.
 *
 * @return
 *   0; -EINVAL if nb_segs or pkt_len do not tell the truth.
 */
int oriel_tx_measure(const struct rte_mbuf *m, uint32_t *len, uint16_t *nb_segs);

/**
 * Length rules of one packet. Fills p->pad and the PAYLEN of p->q1 from p->len.
 *
 * @return
 *   Whether the device can send it.
 */
static __rte_always_inline bool
oriel_tx_fit(struct oriel_tx_pkt *p, const struct rte_mbuf *m, uint64_t ol)
{
	uint32_t paylen = p->len;

	p->pad = 0;
	if (ol & RTE_MBUF_F_TX_TCP_SEG) {
		uint32_t hdr = oriel_tx_hdr_len(m, ol);

		/* Neither IPv4 nor IPv6: whose length shall the device write? */
		if (unlikely(!(ol & ORIEL_TX_F_TYPE) || p->len <= hdr ||
			    p->len - hdr > ORIEL_TX_MAX_PAYLEN))
			return false;
		paylen = p->len - hdr;
	} else {
		uint32_t max = ORIEL_TX_MAX_FRAME;

		if (ol & RTE_MBUF_F_TX_VLAN)
			max -= ORIEL_TX_VLAN_LEN;
		if (unlikely(p->len - 1 >= max))
			return false;
		if (ol & ORIEL_TX_F_CTX && unlikely(p->len < oriel_tx_hdr_len(m, ol)))
			return false;
		if (unlikely(p->len < ORIEL_TX_MIN_FRAME)) {
			p->pad = ORIEL_TX_MIN_FRAME - p->len;
			paylen = ORIEL_TX_MIN_FRAME;
		}
	}
	p->q1 |= (uint64_t)paylen << ORIEL_TXD_Q1_PAYLEN_SHIFT;
	return true;
}

/* ---- descriptors ---- */

static __rte_always_inline void
oriel_tx_write(struct oriel_tx_desc *desc, uint64_t q0, uint64_t q1)
{
	desc->q[0] = rte_cpu_to_le_64(q0);
	desc->q[1] = rte_cpu_to_le_64(q1);
}

/** RS on the packet's EOP descriptor if enough descriptors have none; q1 is its qword. */
static __rte_always_inline uint64_t
oriel_tx_mark_rs(struct oriel_txq *q, uint16_t idx, uint16_t nb_desc)
{
	q->nb_used += nb_desc;
	if (likely(q->nb_used < q->rs_thresh))
		return 0;
	q->nb_used = 0;
	q->rs_fifo[q->rs_tail++ & q->rs_mask] = idx | q->holes;
	q->holes = 0;
	return ORIEL_TXD_Q1_RS;
}

static __rte_always_inline void
oriel_tx_doorbell(const struct oriel_txq *q)
{
	/* rte_write32(): descriptors and packets are visible before the device is told. */
	rte_write32(rte_cpu_to_le_32(q->next), q->tail);
}

/* ---- bursts: names for path.c ---- */

uint16_t oriel_tx_burst_simple_sse(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_offload_sse(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_simple_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_offload_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_simple_avx512(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_offload_avx512(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_simple(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_offload(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_tx_burst_multi(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_TX_H */
