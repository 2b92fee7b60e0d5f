/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Building blocks of RX bursts: a descriptor into a local, descriptor to mbuf, bulk
 * refill, doorbell. Everything in a descriptor is the device's word and may be a lie.
 */

#ifndef ORIEL_RX_H
#define ORIEL_RX_H

#include <rte_mbuf.h>
#include <rte_mbuf_ptype.h>
#include <rte_mempool.h>

#include "pool.h"
#include "queue.h"

#if RTE_BYTE_ORDER != RTE_LITTLE_ENDIAN
#error "mbuf fields are written in pairs: little endian only"
#endif

/* The fields that are written by one 8-byte store. */
_Static_assert(offsetof(struct rte_mbuf, ol_flags) == offsetof(struct rte_mbuf, data_off) + 8,
	"rearm data is 8 bytes");
_Static_assert(offsetof(struct rte_mbuf, packet_type) % 8 == 0 &&
		offsetof(struct rte_mbuf, pkt_len) == offsetof(struct rte_mbuf, packet_type) + 4,
	"packet_type and pkt_len are one qword");
_Static_assert(offsetof(struct rte_mbuf, data_len) == offsetof(struct rte_mbuf, packet_type) + 8 &&
		offsetof(struct rte_mbuf, vlan_tci) == offsetof(struct rte_mbuf, data_len) + 2 &&
		offsetof(struct rte_mbuf, hash.rss) == offsetof(struct rte_mbuf, data_len) + 4,
	"data_len, vlan_tci and hash are one qword");

/** A descriptor as it was when its DD was seen. */
struct oriel_rx_wb {
	uint64_t q0, q1;
};

static inline uint32_t
oriel_rx_info(const struct oriel_rx_wb *wb)
{
	return (uint32_t)wb->q0;
}

static inline uint32_t
oriel_rx_hash(const struct oriel_rx_wb *wb)
{
	return wb->q0 >> 32;
}

static inline uint32_t
oriel_rx_status(const struct oriel_rx_wb *wb)
{
	return (uint32_t)wb->q1;
}

static inline uint16_t
oriel_rx_length(const struct oriel_rx_wb *wb)
{
	return wb->q1 >> 32;
}

static inline uint16_t
oriel_rx_vlan(const struct oriel_rx_wb *wb)
{
	return wb->q1 >> 48;
}

/**
 * Reads a descriptor once. The qword with DD comes first; the acquire orders it before
 * the load of the other qword and before any load of the packet.
 *
 * @return
 *   Whether the device has written it back.
 */
static __rte_always_inline bool
oriel_rx_load(const struct oriel_rx_desc *desc, struct oriel_rx_wb *wb)
{
	wb->q1 = rte_le_to_cpu_64(__atomic_load_n(&desc->q[1], __ATOMIC_ACQUIRE));
	if (!(wb->q1 & ORIEL_RXD_DD))
		return false;
	wb->q0 = rte_le_to_cpu_64(__atomic_load_n(&desc->q[0], __ATOMIC_RELAXED));
	return true;
}

/* ---- metadata ---- */

/* Index into oriel_rx_flags: VP, L4E, L4CS, IPCS, IPE at bits 0..4. */
#define ORIEL_RX_FLAGS_IDX(status) \
	((((status) >> 3) & 0xd) | (((status) >> 28) & 0x2) | (((status) >> 26) & 0x10))

/** Bits of the status that ORIEL_RX_FLAGS_IDX looks at. */
#define ORIEL_RX_STATUS_IP (ORIEL_RXD_IPCS | ORIEL_RXD_IPE)
#define ORIEL_RX_STATUS_L4 (ORIEL_RXD_L4CS | ORIEL_RXD_L4E)
#define ORIEL_RX_STATUS_VLAN ORIEL_RXD_VP

#define ORIEL_RX_FLAGS_VLAN(i) (0x01 & (i) ? RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED : 0)
/* An error bit without its "checked" bit says nothing. */
#define ORIEL_RX_FLAGS_L4(i) \
	(!(0x04 & (i)) ? 0 : 0x02 & (i) ? RTE_MBUF_F_RX_L4_CKSUM_BAD : RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define ORIEL_RX_FLAGS_IP(i) \
	(!(0x08 & (i)) ? 0 : 0x10 & (i) ? RTE_MBUF_F_RX_IP_CKSUM_BAD : RTE_MBUF_F_RX_IP_CKSUM_GOOD)
#define ORIEL_RX_F1(i) (ORIEL_RX_FLAGS_VLAN(i) | ORIEL_RX_FLAGS_L4(i) | ORIEL_RX_FLAGS_IP(i))
#define ORIEL_RX_F4(i) \
	ORIEL_RX_F1(i), ORIEL_RX_F1((i) + 1), ORIEL_RX_F1((i) + 2), ORIEL_RX_F1((i) + 3)
#define ORIEL_RX_F16(i) \
	ORIEL_RX_F4(i), ORIEL_RX_F4((i) + 4), ORIEL_RX_F4((i) + 8), ORIEL_RX_F4((i) + 12)

/** ol_flags of the status bits; all of them fit 16 bits. */
static const uint16_t oriel_rx_flags[32] = { ORIEL_RX_F16(0), ORIEL_RX_F16(16) };

/* Packet type bits 10:4 of wb.info as an index. */
#define ORIEL_RX_PT_IDX(info) (((info) >> 4) & 0x7f)

#define ORIEL_RX_PT_L4(i, tcp, udp, sctp) \
	((0x70 & (i)) == 0x10		     ? (tcp) : \
			(0x70 & (i)) == 0x20 ? (udp) : \
			(0x70 & (i)) == 0x40 ? (sctp) : \
					       0)
#define ORIEL_RX_PT_OUTER_L4(i) \
	ORIEL_RX_PT_L4(i, RTE_PTYPE_L4_TCP, RTE_PTYPE_L4_UDP, RTE_PTYPE_L4_SCTP)
#define ORIEL_RX_PT_INNER_L4(i) \
	ORIEL_RX_PT_L4(i, RTE_PTYPE_INNER_L4_TCP, RTE_PTYPE_INNER_L4_UDP, RTE_PTYPE_INNER_L4_SCTP)
#define ORIEL_RX_PT_IPV4(i) (0x02 & (i) ? RTE_PTYPE_L3_IPV4_EXT : RTE_PTYPE_L3_IPV4)
/*
 * The parser for extension headers is switched off (erratum), so "IPv6" with an L4 bit
 * means that none came before it, and without one nobody knows.
 */
#define ORIEL_RX_PT_IPV6(i) \
	(0x08 & (i)		   ? RTE_PTYPE_L3_IPV6_EXT : \
			0x70 & (i) ? RTE_PTYPE_L3_IPV6 : \
				     RTE_PTYPE_L3_IPV6_EXT_UNKNOWN)
#define ORIEL_RX_PT_INNER_IPV6(i) \
	(0x08 & (i)		   ? RTE_PTYPE_INNER_L3_IPV6_EXT : \
			0x70 & (i) ? RTE_PTYPE_INNER_L3_IPV6 : \
				     RTE_PTYPE_INNER_L3_IPV6_EXT_UNKNOWN)
#define ORIEL_RX_PT1(i) \
	(RTE_PTYPE_L2_ETHER | \
		(0x03 & (i) && 0x0c & (i) ? ORIEL_RX_PT_IPV4(i) | RTE_PTYPE_TUNNEL_IP | \
					ORIEL_RX_PT_INNER_IPV6(i) | ORIEL_RX_PT_INNER_L4(i) : \
				0x03 & (i) ? ORIEL_RX_PT_IPV4(i) | ORIEL_RX_PT_OUTER_L4(i) : \
				0x0c & (i) ? ORIEL_RX_PT_IPV6(i) | ORIEL_RX_PT_OUTER_L4(i) : \
					     0))
#define ORIEL_RX_PT4(i) \
	ORIEL_RX_PT1(i), ORIEL_RX_PT1((i) + 1), ORIEL_RX_PT1((i) + 2), ORIEL_RX_PT1((i) + 3)
#define ORIEL_RX_PT16(i) \
	ORIEL_RX_PT4(i), ORIEL_RX_PT4((i) + 4), ORIEL_RX_PT4((i) + 8), ORIEL_RX_PT4((i) + 12)

/** packet_type of bits 10:4: IPv4, IPv4 options, IPv6, IPv6 extensions, TCP, UDP, SCTP. */
static const uint32_t oriel_rx_ptypes[128] = { ORIEL_RX_PT16(0), ORIEL_RX_PT16(16),
	ORIEL_RX_PT16(32), ORIEL_RX_PT16(48), ORIEL_RX_PT16(64), ORIEL_RX_PT16(80),
	ORIEL_RX_PT16(96), ORIEL_RX_PT16(112) };

static __rte_always_inline uint32_t
oriel_rx_ptype(uint32_t info)
{
	return oriel_rx_ptypes[ORIEL_RX_PT_IDX(info)];
}

/** What sets a good frame apart: it has a stamp, or the index of a filter for a packet type. */
#define ORIEL_RX_SPECIAL_STATUS ORIEL_RXD_TS
#define ORIEL_RX_SPECIAL_INFO ORIEL_RXD_PT_ETQF

/** RTE_MBUF_F_RX_RSS_HASH for the RSS types 1..9 that exist. */
static __rte_always_inline uint64_t
oriel_rx_rss_flag(uint32_t rss_type)
{
	return (0x3feu >> rss_type & 1) * RTE_MBUF_F_RX_RSS_HASH;
}

/**
 * ol_flags of a frame.
 *
 * @param len
 *   Bytes of the frame without CRC.
 */
static __rte_always_inline uint64_t
oriel_rx_ol_flags(const struct oriel_rxq *q, const struct oriel_rx_wb *wb, uint32_t len)
{
	uint32_t status = oriel_rx_status(wb) & q->status_mask;
	uint32_t info = oriel_rx_info(wb);

	/* Erratum: L4E may be set wrongly on SCTP frames of 60 bytes. */
	if (unlikely(status & ORIEL_RXD_L4E) && len == 60 && info & ORIEL_RXD_PT_SCTP)
		status &= ~ORIEL_RX_STATUS_L4;
	return q->ol_init | oriel_rx_flags[ORIEL_RX_FLAGS_IDX(status)] |
		oriel_rx_rss_flag(info & q->rss_mask);
}

/**
 * Fills the first mbuf of a frame, four stores. vlan_tci and hash are as the device gave
 * them; they mean something where ol_flags say so. Not for a special frame as it is.
 *
 * @param pkt_len
 *   Bytes of the frame, without CRC.
 * @param data_len
 *   Bytes in this mbuf, without CRC.
 */
static __rte_always_inline void
oriel_rx_fill_mbuf(const struct oriel_rxq *q, struct rte_mbuf *m, const struct oriel_rx_wb *wb,
	uint32_t pkt_len, uint16_t data_len)
{
	*(uint64_t *)&m->data_off = q->mbuf_init;
	m->ol_flags = oriel_rx_ol_flags(q, wb, pkt_len);
	*(uint64_t *)&m->packet_type = oriel_rx_ptype(oriel_rx_info(wb)) | (uint64_t)pkt_len << 32;
	*(uint64_t *)&m->data_len = data_len | (uint64_t)oriel_rx_vlan(wb) << 16 |
		(uint64_t)oriel_rx_hash(wb) << 32;
}

/* ---- ring ---- */

/** Descriptors from q->next on that the device owns: none other is believed. */
static __rte_always_inline uint16_t
oriel_rx_owned(const struct oriel_rxq *q)
{
	int owned = q->nb_desc - 1 - q->nb_hold;

	return owned > 0 ? owned : 0;
}

/** Frees an mbuf that the ring held: as the pool gave it, nobody else has it. */
static __rte_always_inline void
oriel_rx_free(struct rte_mbuf *m)
{
	rte_mbuf_raw_free(m);
}

/** Arms a descriptor; the second qword's zero takes the old DD away. */
static __rte_always_inline void
oriel_rx_arm(struct oriel_rx_desc *desc, const struct rte_mbuf *m)
{
	desc->q[0] = rte_cpu_to_le_64(rte_mbuf_data_iova_default(m));
	desc->q[1] = 0;
}

/**
 * Arms n descriptors from desc on with the mbufs at sw; vector rows bring a wider one.
 *
 * @param distance
 *   oriel_rxq.buf_distance.
 */
typedef void (*oriel_rx_arm_t)(
	struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint16_t n, uint64_t distance);

static __rte_always_inline void
oriel_rx_arm_each(struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint16_t n, uint64_t distance)
{
	uint16_t i;

	if (likely(distance != 0)) {
		for (i = 0; i < n; i++) {
			desc[i].q[0] = rte_cpu_to_le_64((uintptr_t)sw[i] + distance);
			desc[i].q[1] = 0;
		}
		return;
	}
	for (i = 0; i < n; i++)
		oriel_rx_arm(desc + i, sw[i]);
}

/**
 * Arms up to n descriptors from idx on with mbufs fetched in bulk straight into the
 * software ring. idx + n must not pass the end of the ring.
 *
 * @return
 *   Descriptors armed: n, fewer if the pool is nearly empty.
 */
static __rte_always_inline uint16_t
oriel_rx_arm_bulk(struct oriel_rxq *q, uint16_t idx, uint16_t n, oriel_rx_arm_t arm)
{
	struct rte_mbuf **sw = q->sw_ring + idx;

	while (unlikely(oriel_pool_get(q->mp, (void **)sw, n) != 0)) {
		/* What the pool has left may still keep the queue alive. */
		n /= 2;
		if (n == 0)
			return 0;
	}
	arm(q->ring + idx, sw, n, q->buf_distance);
	return n;
}

static __rte_always_inline void
oriel_rx_doorbell(const struct oriel_rxq *q, uint16_t idx)
{
	/* rte_write32(): descriptors are visible before the device is told of them. */
	rte_write32(rte_cpu_to_le_32(idx), q->tail);
}

void oriel_rx_count_alloc_failed(struct oriel_rxq *q);

/**
 * Gives all taken descriptors back, in at most two runs, with one doorbell. If the pool
 * has too few mbufs, the rest is tried again by the next burst.
 */
static __rte_always_inline void
oriel_rx_refill(struct oriel_rxq *q, oriel_rx_arm_t arm)
{
	uint16_t idx = q->next >= q->nb_hold ? q->next - q->nb_hold :
					       q->next + q->nb_desc - q->nb_hold;
	uint16_t want, got, done = 0;

	do {
		want = RTE_MIN(q->nb_hold, (uint16_t)(q->nb_desc - idx));
		got = oriel_rx_arm_bulk(q, idx, want, arm);
		done += got;
		q->nb_hold -= got;
		idx = oriel_ring_add(idx, got, q->nb_desc);
	} while (got == want && q->nb_hold != 0);

	q->refill_head = idx;
	if (unlikely(got != want))
		oriel_rx_count_alloc_failed(q);
	/* The last armed descriptor stays the driver's: head == tail means empty. */
	if (likely(done != 0))
		oriel_rx_doorbell(q, idx == 0 ? q->nb_desc - 1 : idx - 1);
}

static __rte_always_inline void
oriel_rx_prefetch(const struct oriel_rxq *q, uint16_t idx)
{
	/* sw_ring has ORIEL_SW_RING_PAD entries behind its end; what they hold does not matter. */
	rte_prefetch0(q->sw_ring[idx + 4]);
}

/* ---- what bursts begin and end with ---- */

/** Whether the descriptor that comes next is written back. */
static __rte_always_inline bool
oriel_rx_waiting(const struct oriel_rxq *q)
{
	const struct oriel_rx_desc *desc = q->ring + q->next;

	return rte_le_to_cpu_64(__atomic_load_n(&desc->q[1], __ATOMIC_ACQUIRE)) & ORIEL_RXD_DD;
}

/**
 * A refill that is no part of a burst's code: a burst without calls but at its end has its
 * state in registers, and saves none.
 *
 * @return
 *   nb_rx, for the burst to return.
 */
typedef uint16_t (*oriel_rx_refill_t)(struct oriel_rxq *q, uint16_t nb_rx);

/** Moves on by what was taken. */
static __rte_always_inline void
oriel_rx_count(struct oriel_rxq *q, uint16_t next, uint16_t seen, uint16_t nb_rx, uint64_t bytes)
{
	q->next = next;
	q->nb_hold += seen;
	q->stats.packets += nb_rx;
	q->stats.bytes += bytes;
}

/** Counts what a burst took and gives descriptors back when there are enough; returns nb_rx. */
static __rte_always_inline uint16_t
oriel_rx_finish(struct oriel_rxq *q, uint16_t next, uint16_t seen, uint16_t nb_rx, uint64_t bytes,
	oriel_rx_refill_t refill)
{
	oriel_rx_count(q, next, seen, nb_rx, bytes);
	if (q->nb_hold >= q->refill_at)
		return refill(q, nb_rx);
	return nb_rx;
}

/* ---- bursts: names for path.c ---- */

uint16_t oriel_rx_burst_onebuf(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_scattered(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_onebuf_sse(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_scattered_sse(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_onebuf_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_scattered_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_onebuf_avx512(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_scattered_avx512(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_RX_H */
