/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The limit kernel's bursts. The one file that is included twice: LIMIT_TARGET and
 * LIMIT_WIDE (512 bits, not 256) say what for, LIMIT_BURSTS is the table that comes out.
 *
 * It makes the same mbufs as the driver and keeps the same rings with real doorbells,
 * honours DD, and allocates and frees in a real mempool's cache. What it leaves out is what
 * only a lying device needs (lengths, EOP, error bits), statistics, and every case but one
 * segment without TX offloads.
 */

#include <immintrin.h>
#include <stddef.h>

#include <rte_lcore.h>
#include <rte_vect.h>

#include "limit_queue.h"

/* ---- RX ---- */

/* Frames that the vector code does not know: SCTP's erratum, tunnels, filters' indices. */
#define RARE_INFO (ORIEL_RXD_PT_SCTP | ORIEL_RXD_PT_ETQF | ORIEL_RXD_PT_IPV6_EXT)
/* In the table of packet types: not for the vector code. */
#define RARE_PTYPE 2
#define L4_BITS (ORIEL_RXD_PT_TCP | ORIEL_RXD_PT_UDP | ORIEL_RXD_PT_SCTP)
_Static_assert(ORIEL_RXD_PT_TCP == RTE_PTYPE_L4_TCP && ORIEL_RXD_PT_UDP == RTE_PTYPE_L4_UDP,
	"the device's L4 bits are DPDK's");

static __rte_always_inline void
rx_one(const struct limit_rxq *q, uint16_t idx, const bool offloads)
{
	uint64_t q0 = q->ring[idx].q[0], q1 = q->ring[idx].q[1], flags = q->ol_init;
	struct rte_mbuf *m = q->sw_ring[idx];
	uint32_t info = (uint32_t)q0;
	uint64_t len = q1 >> 32 & 0xffff;

	if (offloads) {
		uint32_t status = (uint32_t)q1 & q->status_mask;

		if (unlikely((status & ORIEL_RXD_L4E) && len == 60 &&
			    (info & (ORIEL_RXD_PT_SCTP | ORIEL_RXD_PT_ETQF)) == ORIEL_RXD_PT_SCTP))
			status &= ~ORIEL_RX_STATUS_L4;
		flags |= oriel_rx_flags[ORIEL_RX_FLAGS_IDX(status)] |
			oriel_rx_rss_flag(info & q->rss_mask);
	}
	*(uint64_t *)&m->data_off = q->mbuf_init;
	m->ol_flags = flags;
	*(uint64_t *)&m->packet_type = oriel_rx_ptype(info) | len << 32;
	*(uint64_t *)&m->data_len = len | q1 >> 48 << 16 | q0 >> 32 << 32;
}

/** Eight descriptors (or four, the rest zero) as they were when DD was looked at, in pairs. */
struct rx_eight {
	__m256i pair[4];
	__m256i info, status; /* of 0 2 4 6 1 3 5 7 */
};

/* From the last to the first: DD of a later one says that the earlier ones are there too. */
static __rte_always_inline LIMIT_TARGET void
rx_load(const struct oriel_rx_desc *desc, struct rx_eight *e, const int nb)
{
	__m256 ab, cd;

	e->pair[2] = _mm256_setzero_si256();
	e->pair[3] = _mm256_setzero_si256();
	for (int i = nb / 2 - 1; i >= 0; i--) {
		e->pair[i] = _mm256_loadu_si256((const __m256i *)(desc + 2 * i));
		rte_compiler_barrier();
	}
	ab = _mm256_shuffle_ps(
		_mm256_castsi256_ps(e->pair[0]), _mm256_castsi256_ps(e->pair[1]), 0x88);
	cd = _mm256_shuffle_ps(
		_mm256_castsi256_ps(e->pair[2]), _mm256_castsi256_ps(e->pair[3]), 0x88);
	e->info = _mm256_castps_si256(_mm256_shuffle_ps(ab, cd, 0x88));
	e->status = _mm256_castps_si256(_mm256_shuffle_ps(ab, cd, 0xdd));
}

static __rte_always_inline LIMIT_TARGET unsigned int
rx_done(const struct rx_eight *e)
{
	return (unsigned int)_mm256_movemask_ps(
		_mm256_castsi256_ps(_mm256_slli_epi32(e->status, 31)));
}

#define PT_4(a) (RTE_PTYPE_L2_ETHER | (a))
/* By bits: 0 IPv4, 1 IPv4 options, 2 IPv6, 3 no L4. Zero has no L3 and cannot have L4. */
#define PTYPES \
	0, PT_4(RTE_PTYPE_L3_IPV4), PT_4(RTE_PTYPE_L3_IPV4_EXT), PT_4(RTE_PTYPE_L3_IPV4_EXT), \
		PT_4(RTE_PTYPE_L3_IPV6), RARE_PTYPE, RARE_PTYPE, RARE_PTYPE, RTE_PTYPE_L2_ETHER, \
		PT_4(RTE_PTYPE_L3_IPV4), PT_4(RTE_PTYPE_L3_IPV4_EXT), PT_4(RTE_PTYPE_L3_IPV4_EXT), \
		(char)PT_4(RTE_PTYPE_L3_IPV6_EXT_UNKNOWN), RARE_PTYPE, RARE_PTYPE, RARE_PTYPE

static __rte_always_inline LIMIT_TARGET __m256i
rx_ptypes(const struct rx_eight *e)
{
	const __m256i table = _mm256_setr_epi8(PTYPES, PTYPES);
	__m256i l4 = _mm256_and_si256(e->info, _mm256_set1_epi32(L4_BITS));
	__m256i l3 = _mm256_and_si256(_mm256_srli_epi32(e->info, 4), _mm256_set1_epi32(7));
	__m256i no_l4 = _mm256_and_si256(
		_mm256_cmpeq_epi32(l4, _mm256_setzero_si256()), _mm256_set1_epi32(8));

	return _mm256_or_si256(_mm256_shuffle_epi8(table, _mm256_or_si256(l3, no_l4)), l4);
}

/* ol_flags but VLAN by L4CS, IPCS, L4E, IPE at bits 0..3, halved to fit a byte. */
#define FL(i) \
	((char)((((i)&1 ? (i)&4 ? RTE_MBUF_F_RX_L4_CKSUM_BAD : RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0) | \
			((i)&2 ? (i)&8 ? RTE_MBUF_F_RX_IP_CKSUM_BAD : \
					 RTE_MBUF_F_RX_IP_CKSUM_GOOD : \
				 0)) >> \
		1))
#define FLAGS \
	FL(0), FL(1), FL(2), FL(3), FL(4), FL(5), FL(6), FL(7), FL(8), FL(9), FL(10), FL(11), \
		FL(12), FL(13), FL(14), FL(15)
#define RSS(i) ((i) >= 1 && (i) <= 9 ? RTE_MBUF_F_RX_RSS_HASH >> 1 : 0)
#define RSS_FLAGS \
	RSS(0), RSS(1), RSS(2), RSS(3), RSS(4), RSS(5), RSS(6), RSS(7), RSS(8), RSS(9), RSS(10), \
		RSS(11), RSS(12), RSS(13), RSS(14), RSS(15)

static __rte_always_inline LIMIT_TARGET __m256i
rx_flags(const struct limit_rxq *q, const struct rx_eight *e)
{
	const __m256i table = _mm256_setr_epi8(FLAGS, FLAGS);
	const __m256i rss_table = _mm256_setr_epi8(RSS_FLAGS, RSS_FLAGS);
	__m256i st = _mm256_and_si256(e->status, _mm256_set1_epi32((int)q->status_mask));
	__m256i idx = _mm256_or_si256(
		_mm256_and_si256(_mm256_srli_epi32(st, 5), _mm256_set1_epi32(3)),
		_mm256_and_si256(_mm256_srli_epi32(st, 27), _mm256_set1_epi32(12)));
	__m256i rss = _mm256_and_si256(e->info, _mm256_set1_epi32(q->rss_mask));
	__m256i vlan = _mm256_and_si256(_mm256_srai_epi32(_mm256_slli_epi32(st, 28), 31),
		_mm256_set1_epi32(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED));
	__m256i half = _mm256_or_si256(
		_mm256_shuffle_epi8(table, idx), _mm256_shuffle_epi8(rss_table, rss));

	return _mm256_or_si256(_mm256_slli_epi32(half, 1), vlan);
}

/* Packets 2k and 2k + 1: rearm, flags and fields by one store each. */
#define RX_PAIR(k) \
	do { \
		__m256i pt = _mm256_shuffle_epi32(ptypes, (k)*0x55); \
		__m256i field = _mm256_blend_epi32( \
			_mm256_shuffle_epi8(e->pair[k], order), pt, 0x11); \
		__m256i head = init; \
\
		if (offloads) \
			head = _mm256_blend_epi32( \
				init, _mm256_shuffle_epi32(flags, (k)*0x55), 0x44); \
		_mm256_storeu_si256((__m256i *)&sw[2 * (k)]->rearm_data, \
			_mm256_inserti128_si256(head, _mm256_castsi256_si128(field), 1)); \
		_mm256_storeu_si256((__m256i *)&sw[2 * (k) + 1]->rearm_data, \
			_mm256_permute2x128_si256(head, field, 0x31)); \
	} while (0)

static __rte_always_inline LIMIT_TARGET void
rx_fill(const struct limit_rxq *q, const struct rx_eight *e, struct rte_mbuf **sw, __m256i ptypes,
	const int nb, const bool offloads)
{
	/* length to pkt_len and data_len, tag, hash; the packet type comes in between */
	const __m256i order = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(-1, -1, -1, -1, 12, 13, -1, -1, 12, 13, 14, 15, 4, 5, 6, 7));
	const __m256i init = _mm256_set_epi64x((long long)q->ol_init, (long long)q->mbuf_init,
		(long long)q->ol_init, (long long)q->mbuf_init);
	__m256i flags = offloads ? rx_flags(q, e) : init;

	RX_PAIR(0);
	RX_PAIR(1);
	if (nb == 4)
		return;
	RX_PAIR(2);
	RX_PAIR(3);
}

static __rte_always_inline LIMIT_TARGET bool
rx_rare(const struct rx_eight *e, __m256i ptypes)
{
	__m256i info = _mm256_and_si256(e->info, _mm256_set1_epi32((int)RARE_INFO));
	__m256i pt = _mm256_and_si256(ptypes, _mm256_set1_epi32(RARE_PTYPE));
	__m256i any = _mm256_or_si256(info, pt);

	return !_mm256_testz_si256(any, any);
}

/** Arms LIMIT_RX_BLOCK descriptors from the mbufs' own addresses. */
static __rte_always_inline LIMIT_TARGET void
rx_arm_block(struct oriel_rx_desc *desc, struct rte_mbuf **sw, struct rte_mbuf **from)
{
	const __m256i room = _mm256_set_epi64x(0, RTE_PKTMBUF_HEADROOM, 0, RTE_PKTMBUF_HEADROOM);

	for (unsigned int i = 0; i < LIMIT_RX_BLOCK; i += 2) {
		__m128i p = _mm_loadu_si128((const __m128i *)(from + i));
		__m128i low = _mm_loadl_epi64((const __m128i *)&from[i]->buf_iova);
		__m128i high = _mm_loadl_epi64((const __m128i *)&from[i + 1]->buf_iova);
		__m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);

		_mm_storeu_si128((__m128i *)(sw + i), p);
		_mm256_storeu_si256((__m256i *)(desc + i), _mm256_add_epi64(both, room));
	}
}

/**
 * The same where each mbuf's buffer lies equally far from the mbuf: then the mbuf, which is
 * in no near cache now, need not be touched before its frame is there.
 */
#if LIMIT_WIDE
static __rte_always_inline LIMIT_TARGET void
rx_arm_block_near(
	struct oriel_rx_desc *desc, struct rte_mbuf **sw, struct rte_mbuf **from, uint64_t distance)
{
	const __m512i add = _mm512_set1_epi64((long long)distance);
	const __m512i low = _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0);
	const __m512i high = _mm512_set_epi64(0, 7, 0, 6, 0, 5, 0, 4);

	for (unsigned int i = 0; i < LIMIT_RX_BLOCK; i += 8) {
		__m512i p = _mm512_loadu_si512(from + i);
		__m512i addr = _mm512_add_epi64(p, add);

		_mm512_storeu_si512(sw + i, p);
		_mm512_storeu_si512(desc + i, _mm512_maskz_permutexvar_epi64(0x55, low, addr));
		_mm512_storeu_si512(desc + i + 4, _mm512_maskz_permutexvar_epi64(0x55, high, addr));
	}
}
#else
static __rte_always_inline LIMIT_TARGET void
rx_arm_block_near(
	struct oriel_rx_desc *desc, struct rte_mbuf **sw, struct rte_mbuf **from, uint64_t distance)
{
	const __m256i add = _mm256_set1_epi64x((long long)distance), zero = _mm256_setzero_si256();

	for (unsigned int i = 0; i < LIMIT_RX_BLOCK; i += 4) {
		__m256i p = _mm256_loadu_si256((const __m256i *)(from + i));
		__m256i addr = _mm256_add_epi64(p, add);
		__m256i even = _mm256_unpacklo_epi64(addr, zero);
		__m256i odd = _mm256_unpackhi_epi64(addr, zero);

		_mm256_storeu_si256((__m256i *)(sw + i), p);
		_mm256_storeu_si256(
			(__m256i *)(desc + i), _mm256_permute2x128_si256(even, odd, 0x20));
		_mm256_storeu_si256(
			(__m256i *)(desc + i + 2), _mm256_permute2x128_si256(even, odd, 0x31));
	}
}
#endif

/** LIMIT_RX_BLOCK mbufs from the lcore's cache straight into the rings. */
static __rte_always_inline LIMIT_TARGET bool
rx_refill_block(struct limit_rxq *q, uint16_t idx)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(q->mp, rte_lcore_id());
	struct rte_mbuf **sw = q->sw_ring + idx, **from = sw;
	struct oriel_rx_desc *desc = q->ring + idx;

	if (likely(cache != NULL && cache->len >= LIMIT_RX_BLOCK)) {
		from = (struct rte_mbuf **)cache->objs + cache->len - LIMIT_RX_BLOCK;
		cache->len -= LIMIT_RX_BLOCK;
	} else if (unlikely(rte_mempool_get_bulk(q->mp, (void **)sw, LIMIT_RX_BLOCK) != 0)) {
		return false;
	}
	if (likely(q->distance != 0))
		rx_arm_block_near(desc, sw, from, q->distance);
	else
		rx_arm_block(desc, sw, from);
	return true;
}

/** From where the driver stood up to the next block; once after the queue was taken over. */
static __rte_noinline uint16_t
rx_refill_part(struct limit_rxq *q, uint16_t idx)
{
	uint16_t n = LIMIT_RX_BLOCK - idx % LIMIT_RX_BLOCK;

	if (q->nb_hold < n || rte_mempool_get_bulk(q->mp, (void **)(q->sw_ring + idx), n) != 0)
		return 0;
	for (uint16_t i = idx; i < idx + n; i++) {
		q->ring[i].q[0] = rte_mbuf_data_iova_default(q->sw_ring[i]);
		q->ring[i].q[1] = 0;
	}
	return n;
}

static __rte_always_inline LIMIT_TARGET void
rx_refill(struct limit_rxq *q)
{
	uint16_t idx = q->next >= q->nb_hold ? q->next - q->nb_hold :
					       q->next + q->nb_desc - q->nb_hold;
	uint16_t n, done = 0;

	while (q->nb_hold >= LIMIT_RX_BLOCK) {
		if (unlikely(idx % LIMIT_RX_BLOCK != 0))
			n = rx_refill_part(q, idx);
		else
			n = rx_refill_block(q, idx) ? LIMIT_RX_BLOCK : 0;
		if (unlikely(n == 0))
			break;
		q->nb_hold -= n;
		idx = idx + n == q->nb_desc ? 0 : idx + n;
		done += n;
	}
	/* Head and tail equal would mean an empty ring: the last one stays here. */
	if (likely(done != 0))
		rte_write32(idx == 0 ? q->nb_desc - 1 : idx - 1, q->tail);
}

/**
 * Takes nb descriptors, 8 or 4, if the device is through with all of them.
 *
 * @return
 *   How many from the first on are done.
 */
static __rte_always_inline LIMIT_TARGET unsigned int
rx_group(struct limit_rxq *q, uint16_t next, struct rte_mbuf **pkts, const int nb,
	const bool offloads)
{
	struct rte_mbuf **sw = q->sw_ring + next;
	struct rx_eight e;
	unsigned int done;
	__m256i ptypes;

	rx_load(q->ring + next, &e, nb);
	done = rx_done(&e);
	if (unlikely(done != (nb == 8 ? 0xff : 0x33)))
		return (unsigned int)__builtin_popcount(done);
	/* The descriptors that the next bursts look at, for the refill that follows too. */
	for (int i = 0; i < nb; i += 4)
		__builtin_prefetch(q->ring + next + LIMIT_RX_AHEAD + i, 1);
	ptypes = rx_ptypes(&e);
	for (int i = 0; i < nb; i += 4)
		_mm256_storeu_si256(
			(__m256i *)(pkts + i), _mm256_loadu_si256((const __m256i *)(sw + i)));
	if (unlikely(rx_rare(&e, ptypes)))
		for (int i = 0; i < nb; i++)
			rx_one(q, next + i, offloads);
	else
		rx_fill(q, &e, sw, ptypes, nb, offloads);
	return (unsigned int)nb;
}

static __rte_always_inline bool
rx_is_done(const struct oriel_rx_desc *desc)
{
	return __atomic_load_n(&desc->q[1], __ATOMIC_ACQUIRE) & ORIEL_RXD_DD;
}

static __rte_always_inline LIMIT_TARGET uint16_t
rx_burst(struct limit_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool offloads)
{
	uint16_t limit = RTE_MIN(nb_pkts, (uint16_t)(q->nb_desc - 1 - q->nb_hold));
	uint16_t next = q->next, n = 0;

	if (!rx_is_done(q->ring + next))
		return 0;
	while (n < limit) {
		uint16_t run = RTE_MIN((uint16_t)(limit - n), (uint16_t)(q->nb_desc - next));
		unsigned int want = run >= 8 ? 8 : run >= 4 ? 4 : 1, done;

		if (likely(want == 8)) {
			done = rx_group(q, next, pkts + n, 8, offloads);
		} else if (want == 4) {
			done = rx_group(q, next, pkts + n, 4, offloads);
		} else {
			done = rx_is_done(q->ring + next);
			if (done == 0)
				break;
			rx_one(q, next, offloads);
			pkts[n] = q->sw_ring[next];
		}
		if (unlikely(done < want)) {
			/* Those that are done, in smaller groups, and no more. */
			limit = n + (uint16_t)done;
			continue;
		}
		n += (uint16_t)want;
		next += (uint16_t)want;
		next = next == q->nb_desc ? 0 : next;
	}
	if (unlikely(n == 0))
		return 0;
	q->next = next;
	q->nb_hold += n;
	if (q->nb_hold >= LIMIT_RX_BLOCK)
		rx_refill(q);
	return n;
}

static LIMIT_TARGET uint16_t
rx_plain(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_burst(rxq, pkts, nb_pkts, false);
}

static LIMIT_TARGET uint16_t
rx_offload(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_burst(rxq, pkts, nb_pkts, true);
}

/* ---- TX ---- */

#define TX_Q1 (ORIEL_TXD_CMD_DATA | ORIEL_TXD_Q1_EOP)

static __rte_always_inline LIMIT_TARGET void
tx_copy_block(void **to, struct rte_mbuf **sw)
{
#if LIMIT_WIDE
	for (unsigned int i = 0; i < LIMIT_TX_BLOCK; i += 8)
		_mm512_storeu_si512(to + i, _mm512_loadu_si512(sw + i));
#else
	for (unsigned int i = 0; i < LIMIT_TX_BLOCK; i += 4)
		_mm256_storeu_si256(
			(__m256i *)(to + i), _mm256_loadu_si256((const __m256i *)(sw + i)));
#endif
}

/** LIMIT_TX_BLOCK mbufs to the lcore's cache, as rte_mempool_put_bulk() does with its own copy
 * loop. */
static __rte_always_inline LIMIT_TARGET void
tx_put_block(struct rte_mempool *mp, struct rte_mbuf **sw)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());

	if (unlikely(cache == NULL || cache->len + LIMIT_TX_BLOCK > cache->flushthresh)) {
		rte_mempool_put_bulk(mp, (void **)sw, LIMIT_TX_BLOCK);
		return;
	}
	tx_copy_block(&cache->objs[cache->len], sw);
	cache->len += LIMIT_TX_BLOCK;
}

/** True if the block's mbufs may go back as they are: one owner, one segment, one pool. */
static __rte_always_inline LIMIT_TARGET bool
tx_block_is_plain(struct rte_mbuf **sw)
{
	const uint64_t pool = (uint64_t)(uintptr_t)sw[0]->pool;
	/* data_off and port do not matter: they are masked out. */
	const __m128i want = _mm_set_epi64x(0, 0x0000000100010000);
	const __m128i mask = _mm_set_epi64x(
		RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL, 0x0000ffffffff0000);
	__m128i odd = _mm_setzero_si128();
	uint64_t other = 0;

	for (unsigned int i = 0; i < LIMIT_TX_BLOCK; i++) {
		odd = _mm_or_si128(odd,
			_mm_xor_si128(want, _mm_loadu_si128((const __m128i *)&sw[i]->rearm_data)));
		other |= (uint64_t)(uintptr_t)sw[i]->pool ^ pool;
	}
	return other == 0 && _mm_testz_si128(odd, mask);
}

/** Frees the oldest block if the device is through with it. */
static __rte_always_inline LIMIT_TARGET void
tx_reclaim(struct limit_txq *q, const bool fast_free)
{
	struct rte_mbuf **sw = q->sw_ring + q->clean;
	uint16_t last = q->clean + LIMIT_TX_BLOCK - 1;

	/* A block that is not all in use shows the DD of the last time round. */
	if (q->nb_desc - 1 - q->nb_free < (int)LIMIT_TX_BLOCK)
		return;
	if (!(__atomic_load_n(&q->ring[last].q[1], __ATOMIC_ACQUIRE) & ORIEL_TXD_Q1_DD))
		return;
	if (fast_free || likely(tx_block_is_plain(sw)))
		tx_put_block(sw[0]->pool, sw);
	else
		rte_pktmbuf_free_bulk(sw, LIMIT_TX_BLOCK);
	q->clean = last + 1 == q->nb_desc ? 0 : last + 1;
	q->nb_free += LIMIT_TX_BLOCK;
}

/* Bytes of an mbuf from buf_iova on: data_off to the first qword's place. */
#define TX_OFF _mm_setr_epi8(8, 9, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
/* Bytes from packet_type on: data_len to both dwords of the second qword. */
#define TX_LEN _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, 8, 9, -1, -1, 8, 9, -1, -1)
/* PAYLEN begins at bit 14 of the upper dword. */
#define TX_SHIFT _mm_set_epi32(14, 0, 0, 0)
#define TX_CMD _mm_set_epi64x((long long)TX_Q1, 0)

static __rte_always_inline LIMIT_TARGET __m128i
tx_load(const void *at)
{
	return _mm_loadu_si128(at);
}

#if LIMIT_WIDE
/** Descriptors of four packets, one line. */
static __rte_always_inline LIMIT_TARGET void
tx_four(struct oriel_tx_desc *desc, struct rte_mbuf **m)
{
	__m512i a = _mm512_castsi128_si512(tx_load(&m[0]->buf_iova));
	__m512i b = _mm512_castsi128_si512(tx_load(&m[0]->packet_type));
	__m512i q0, q1;

	a = _mm512_mask_broadcast_i32x4(a, 0x00f0, tx_load(&m[1]->buf_iova));
	b = _mm512_mask_broadcast_i32x4(b, 0x00f0, tx_load(&m[1]->packet_type));
	a = _mm512_mask_broadcast_i32x4(a, 0x0f00, tx_load(&m[2]->buf_iova));
	b = _mm512_mask_broadcast_i32x4(b, 0x0f00, tx_load(&m[2]->packet_type));
	a = _mm512_mask_broadcast_i32x4(a, 0xf000, tx_load(&m[3]->buf_iova));
	b = _mm512_mask_broadcast_i32x4(b, 0xf000, tx_load(&m[3]->packet_type));
	q0 = _mm512_shuffle_epi8(a, _mm512_broadcast_i32x4(TX_OFF));
	q1 = _mm512_sllv_epi32(_mm512_shuffle_epi8(b, _mm512_broadcast_i32x4(TX_LEN)),
		_mm512_broadcast_i32x4(TX_SHIFT));
	q1 = _mm512_or_si512(q1, _mm512_broadcast_i32x4(TX_CMD));
	_mm512_storeu_si512(desc, _mm512_mask_add_epi64(q1, 0x55, a, q0));
}
#else
/** Descriptors of two packets. */
static __rte_always_inline LIMIT_TARGET void
tx_two(struct oriel_tx_desc *desc, struct rte_mbuf **m)
{
	__m256i a = _mm256_inserti128_si256(
		_mm256_castsi128_si256(tx_load(&m[0]->buf_iova)), tx_load(&m[1]->buf_iova), 1);
	__m256i b = _mm256_inserti128_si256(_mm256_castsi128_si256(tx_load(&m[0]->packet_type)),
		tx_load(&m[1]->packet_type), 1);
	__m256i q0, q1;

	q0 = _mm256_shuffle_epi8(a, _mm256_broadcastsi128_si256(TX_OFF));
	q1 = _mm256_sllv_epi32(_mm256_shuffle_epi8(b, _mm256_broadcastsi128_si256(TX_LEN)),
		_mm256_broadcastsi128_si256(TX_SHIFT));
	q1 = _mm256_or_si256(q1, _mm256_broadcastsi128_si256(TX_CMD));
	_mm256_storeu_si256((__m256i *)desc, _mm256_blend_epi32(_mm256_add_epi64(a, q0), q1, 0xcc));
}

static __rte_always_inline LIMIT_TARGET void
tx_four(struct oriel_tx_desc *desc, struct rte_mbuf **m)
{
	tx_two(desc, m);
	tx_two(desc + 2, m + 2);
}
#endif

static __rte_always_inline void
tx_one(struct oriel_tx_desc *desc, const struct rte_mbuf *m)
{
	uint64_t len = m->data_len;

	desc->q[0] = m->buf_iova + m->data_off;
	desc->q[1] = TX_Q1 | len | len << ORIEL_TXD_Q1_PAYLEN_SHIFT;
}

/** Descriptors up to the end of the block that q->next is in, n of them. */
static __rte_always_inline LIMIT_TARGET void
tx_run(struct limit_txq *q, struct rte_mbuf **pkts, unsigned int n)
{
	struct oriel_tx_desc *desc = q->ring + q->next;
	struct rte_mbuf **sw = q->sw_ring + q->next;
	unsigned int i;

	for (i = 0; i + 4 <= n; i += 4) {
		_mm256_storeu_si256(
			(__m256i *)(sw + i), _mm256_loadu_si256((const __m256i *)(pkts + i)));
		tx_four(desc + i, pkts + i);
	}
	for (; i < n; i++) {
		sw[i] = pkts[i];
		tx_one(desc + i, pkts[i]);
	}
}

static __rte_always_inline LIMIT_TARGET uint16_t
tx_burst(struct limit_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool fast_free)
{
	uint16_t n = 0;

	while (n < nb_pkts) {
		uint16_t run = RTE_MIN((uint16_t)(LIMIT_TX_BLOCK - q->next % LIMIT_TX_BLOCK),
			(uint16_t)(nb_pkts - n));

		/* One look at a DD for each block that is begun. */
		if (q->next % LIMIT_TX_BLOCK == 0 || unlikely(run > q->nb_free))
			tx_reclaim(q, fast_free);
		if (unlikely(run > q->nb_free)) {
			run = q->nb_free;
			if (run == 0)
				break;
		}
		tx_run(q, pkts + n, run);
		n += run;
		q->nb_free -= run;
		q->next += run;
		if (q->next % LIMIT_TX_BLOCK == 0) {
			q->ring[q->next - 1].q[1] |= ORIEL_TXD_Q1_RS;
			q->next = q->next == q->nb_desc ? 0 : q->next;
		}
	}
	if (likely(n != 0))
		rte_write32(q->next, q->tail);
	return n;
}

static LIMIT_TARGET uint16_t
tx_checked(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst(txq, pkts, nb_pkts, false);
}

static LIMIT_TARGET uint16_t
tx_fast(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst(txq, pkts, nb_pkts, true);
}

#define LIMIT_BURSTS(what) \
	{ \
		.name = (what), .rx_plain = rx_plain, .rx_offload = rx_offload, \
		.tx_checked = tx_checked, .tx_fast = tx_fast, \
	}
