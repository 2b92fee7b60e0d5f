/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The limit kernel. It makes the same mbufs as the driver and keeps the same rings with real
 * doorbells, honours DD, and allocates and frees in a real mempool's cache. What it leaves
 * out is what only a lying device needs (lengths, EOP, error bits), statistics, and every
 * case but one segment without TX offloads. This is the only file of the bench that knows
 * the driver's structs.
 */

#include <errno.h>
#include <immintrin.h>
#include <stddef.h>

#include <ethdev_driver.h>
#include <rte_cpuflags.h>
#include <rte_lcore.h>
#include <rte_vect.h>

#include "limit.h"
#include "queue.h"
#include "rx.h"
#include "tx.h"

#define BLOCK 32u /* refill, RS and reclaim go by so many */
#define MAX_PORTS 2
#define MAX_QUEUES 8
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

struct limit_rxq {
	struct oriel_rx_desc *ring;
	struct rte_mbuf **sw_ring;
	volatile void *tail;
	uint64_t mbuf_init, ol_init;
	struct rte_mempool *mp;
	uint64_t distance; /* from an mbuf to where its frame goes, 0: not always the same */
	uint16_t nb_desc, next, nb_hold;
	uint32_t status_mask;
	uint8_t rss_mask;
	struct oriel_rxq *of;
} __rte_cache_aligned;

struct limit_txq {
	struct oriel_tx_desc *ring;
	struct rte_mbuf **sw_ring;
	volatile void *tail;
	uint16_t nb_desc, next, clean, nb_free;
	struct oriel_txq *of;
} __rte_cache_aligned;

static struct limit_rxq rxqs[MAX_PORTS][MAX_QUEUES];
static struct limit_txq txqs[MAX_PORTS][MAX_QUEUES];
/* What rte_eth_fp_ops points to instead of the driver's queues. */
static void *rxq_data[MAX_PORTS][MAX_QUEUES], *txq_data[MAX_PORTS][MAX_QUEUES];
static struct {
	eth_rx_burst_t rx;
	eth_tx_burst_t tx;
	void **rx_data, **tx_data;
	bool taken;
} saved[MAX_PORTS];

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
static __rte_always_inline AVX2 void
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

static __rte_always_inline AVX2 unsigned int
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

static __rte_always_inline AVX2 __m256i
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

static __rte_always_inline AVX2 __m256i
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

static __rte_always_inline AVX2 void
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

static __rte_always_inline AVX2 bool
rx_rare(const struct rx_eight *e, __m256i ptypes)
{
	__m256i info = _mm256_and_si256(e->info, _mm256_set1_epi32((int)RARE_INFO));
	__m256i pt = _mm256_and_si256(ptypes, _mm256_set1_epi32(RARE_PTYPE));
	__m256i any = _mm256_or_si256(info, pt);

	return !_mm256_testz_si256(any, any);
}

/** Arms BLOCK descriptors from the mbufs' own addresses. */
static __rte_always_inline AVX2 void
rx_arm_block(struct oriel_rx_desc *desc, struct rte_mbuf **sw, struct rte_mbuf **from)
{
	const __m256i room = _mm256_set_epi64x(0, RTE_PKTMBUF_HEADROOM, 0, RTE_PKTMBUF_HEADROOM);

	for (unsigned int i = 0; i < BLOCK; i += 2) {
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
static __rte_always_inline AVX2 void
rx_arm_block_near(
	struct oriel_rx_desc *desc, struct rte_mbuf **sw, struct rte_mbuf **from, uint64_t distance)
{
	const __m256i add = _mm256_set1_epi64x((long long)distance), zero = _mm256_setzero_si256();

	for (unsigned int i = 0; i < BLOCK; i += 4) {
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

/** BLOCK mbufs from the lcore's cache straight into the rings. */
static __rte_always_inline AVX2 bool
rx_refill_block(struct limit_rxq *q, uint16_t idx)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(q->mp, rte_lcore_id());
	struct rte_mbuf **sw = q->sw_ring + idx, **from = sw;
	struct oriel_rx_desc *desc = q->ring + idx;

	if (likely(cache != NULL && cache->len >= BLOCK)) {
		from = (struct rte_mbuf **)cache->objs + cache->len - BLOCK;
		cache->len -= BLOCK;
	} else if (unlikely(rte_mempool_get_bulk(q->mp, (void **)sw, BLOCK) != 0)) {
		return false;
	}
	if (likely(q->distance != 0))
		rx_arm_block_near(desc, sw, from, q->distance);
	else
		rx_arm_block(desc, sw, from);
	return true;
}

static __rte_always_inline AVX2 void
rx_refill(struct limit_rxq *q)
{
	uint16_t idx = q->next >= q->nb_hold ? q->next - q->nb_hold :
					       q->next + q->nb_desc - q->nb_hold;
	bool any = false;

	/* Blocks begin at multiples of BLOCK, see take_rxq(). */
	while (q->nb_hold >= BLOCK && rx_refill_block(q, idx)) {
		q->nb_hold -= BLOCK;
		idx = idx + BLOCK == q->nb_desc ? 0 : idx + BLOCK;
		any = true;
	}
	if (any)
		rte_write32(idx == 0 ? q->nb_desc - 1 : idx - 1, q->tail);
}

/**
 * Takes nb descriptors, 8 or 4, if the device is through with all of them.
 *
 * @return
 *   How many from the first on are done.
 */
static __rte_always_inline AVX2 unsigned int
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

static __rte_always_inline AVX2 uint16_t
rx_burst_avx2(struct limit_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool offloads)
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
	if (q->nb_hold >= BLOCK)
		rx_refill(q);
	return n;
}

static AVX2 uint16_t
rx_plain_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_burst_avx2(rxq, pkts, nb_pkts, false);
}

static AVX2 uint16_t
rx_offload_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_burst_avx2(rxq, pkts, nb_pkts, true);
}

/* ---- TX ---- */

#define TX_Q1 (ORIEL_TXD_CMD_DATA | ORIEL_TXD_Q1_EOP)

/** BLOCK mbufs to the lcore's cache, as rte_mempool_put_bulk() does with its own copy loop. */
static __rte_always_inline AVX2 void
tx_put_block(struct rte_mempool *mp, struct rte_mbuf **sw)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());
	void **to;

	if (unlikely(cache == NULL || cache->len + BLOCK > cache->flushthresh)) {
		rte_mempool_put_bulk(mp, (void **)sw, BLOCK);
		return;
	}
	to = &cache->objs[cache->len];
	for (unsigned int i = 0; i < BLOCK; i += 4)
		_mm256_storeu_si256(
			(__m256i *)(to + i), _mm256_loadu_si256((const __m256i *)(sw + i)));
	cache->len += BLOCK;
}

/** True if the block's mbufs may go back as they are: one owner, one segment, one pool. */
static __rte_always_inline AVX2 bool
tx_block_is_plain(struct rte_mbuf **sw)
{
	const uint64_t pool = (uint64_t)(uintptr_t)sw[0]->pool;
	/* data_off and port do not matter: they are masked out. */
	const __m128i want = _mm_set_epi64x(0, 0x0000000100010000);
	const __m128i mask = _mm_set_epi64x(
		RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL, 0x0000ffffffff0000);
	__m128i odd = _mm_setzero_si128();
	uint64_t other = 0;

	for (unsigned int i = 0; i < BLOCK; i++) {
		odd = _mm_or_si128(odd,
			_mm_xor_si128(want, _mm_loadu_si128((const __m128i *)&sw[i]->rearm_data)));
		other |= (uint64_t)(uintptr_t)sw[i]->pool ^ pool;
	}
	return other == 0 && _mm_testz_si128(odd, mask);
}

/** Frees the oldest block if the device is through with it. */
static __rte_always_inline AVX2 void
tx_reclaim(struct limit_txq *q, const bool fast_free)
{
	struct rte_mbuf **sw = q->sw_ring + q->clean;
	uint16_t last = q->clean + BLOCK - 1;

	/* A block that is not all in use shows the DD of the last time round. */
	if (q->nb_desc - 1 - q->nb_free < (int)BLOCK)
		return;
	if (!(__atomic_load_n(&q->ring[last].q[1], __ATOMIC_ACQUIRE) & ORIEL_TXD_Q1_DD))
		return;
	if (fast_free || likely(tx_block_is_plain(sw)))
		tx_put_block(sw[0]->pool, sw);
	else
		rte_pktmbuf_free_bulk(sw, BLOCK);
	q->clean = last + 1 == q->nb_desc ? 0 : last + 1;
	q->nb_free += BLOCK;
}

/** Descriptors of two packets. */
static __rte_always_inline AVX2 __m256i
tx_pair(const struct rte_mbuf *m0, const struct rte_mbuf *m1)
{
	/* data_off to the first qword's place */
	const __m256i off = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(8, 9, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	/* data_len to both dwords of the second qword */
	const __m256i len = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, 8, 9, -1, -1, 8, 9, -1, -1));
	const __m256i shift = _mm256_set_epi32(14, 0, 0, 0, 14, 0, 0, 0);
	const __m256i cmd = _mm256_set_epi64x((long long)TX_Q1, 0, (long long)TX_Q1, 0);
	__m256i a = _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)&m0->buf_iova)),
		_mm_loadu_si128((const __m128i *)&m1->buf_iova), 1);
	__m256i b = _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_load_si128((const __m128i *)&m0->packet_type)),
		_mm_load_si128((const __m128i *)&m1->packet_type), 1);
	__m256i q0 = _mm256_add_epi64(a, _mm256_shuffle_epi8(a, off));
	__m256i q1 = _mm256_or_si256(_mm256_sllv_epi32(_mm256_shuffle_epi8(b, len), shift), cmd);

	return _mm256_blend_epi32(q0, q1, 0xcc);
}

static __rte_always_inline AVX2 void
tx_one(struct oriel_tx_desc *desc, const struct rte_mbuf *m)
{
	uint64_t len = m->data_len;

	desc->q[0] = m->buf_iova + m->data_off;
	desc->q[1] = TX_Q1 | len | len << ORIEL_TXD_Q1_PAYLEN_SHIFT;
}

/** Descriptors up to the end of the block that q->next is in, n of them. */
static __rte_always_inline AVX2 void
tx_run(struct limit_txq *q, struct rte_mbuf **pkts, unsigned int n)
{
	struct oriel_tx_desc *desc = q->ring + q->next;
	struct rte_mbuf **sw = q->sw_ring + q->next;
	unsigned int i;

	for (i = 0; i + 4 <= n; i += 4) {
		_mm256_storeu_si256(
			(__m256i *)(sw + i), _mm256_loadu_si256((const __m256i *)(pkts + i)));
		_mm256_storeu_si256((__m256i *)(desc + i), tx_pair(pkts[i], pkts[i + 1]));
		_mm256_storeu_si256((__m256i *)(desc + i + 2), tx_pair(pkts[i + 2], pkts[i + 3]));
	}
	for (; i < n; i++) {
		sw[i] = pkts[i];
		tx_one(desc + i, pkts[i]);
	}
}

static __rte_always_inline AVX2 uint16_t
tx_burst_avx2(struct limit_txq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool fast_free)
{
	uint16_t n = 0;

	while (n < nb_pkts) {
		uint16_t run = RTE_MIN(
			(uint16_t)(BLOCK - q->next % BLOCK), (uint16_t)(nb_pkts - n));

		/* One look at a DD for each block that is begun. */
		if (q->next % BLOCK == 0 || unlikely(run > q->nb_free))
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
		if (q->next % BLOCK == 0) {
			q->ring[q->next - 1].q[1] |= ORIEL_TXD_Q1_RS;
			q->next = q->next == q->nb_desc ? 0 : q->next;
		}
	}
	if (likely(n != 0))
		rte_write32(q->next, q->tail);
	return n;
}

static AVX2 uint16_t
tx_checked_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst_avx2(txq, pkts, nb_pkts, false);
}

static AVX2 uint16_t
tx_fast_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_burst_avx2(txq, pkts, nb_pkts, true);
}

/* ---- taking over ---- */

const char *
limit_rx_name(void)
{
	return "Limit AVX2";
}

const char *
limit_tx_name(void)
{
	return "Limit AVX2";
}

static void
note_distance(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	uint64_t here = rte_mbuf_data_iova_default(obj) - (uint64_t)(uintptr_t)obj;
	uint64_t *distance = arg;

	(void)mp;
	if (i == 0)
		*distance = here;
	else if (*distance != here)
		*distance = 0;
}

/*
 * The driver's receive queue goes on where it is: both keep the mbufs of a ring in the same
 * array. Blocks begin at multiples of BLOCK, so what the driver has not refilled up to there
 * is refilled first.
 */
static int
take_rxq(struct limit_rxq *q, struct oriel_rxq *of, const char **why)
{
	uint16_t idx = (uint16_t)((of->next + of->nb_desc - of->nb_hold) % of->nb_desc);

	if (of->crc_len != 0) {
		*why = "KEEP_CRC";
		return -ENOTSUP;
	}
	if (of->nb_desc % BLOCK != 0) {
		*why = "a ring size that is no multiple of 32";
		return -ENOTSUP;
	}
	for (; idx % BLOCK != 0 && of->nb_hold > 0; idx = (idx + 1) % of->nb_desc) {
		struct rte_mbuf *m = rte_mbuf_raw_alloc(of->mp);

		if (m == NULL) {
			*why = "an empty pool";
			return -ENOMEM;
		}
		of->sw_ring[idx] = m;
		of->ring[idx].q[0] = rte_mbuf_data_iova_default(m);
		of->ring[idx].q[1] = 0;
		of->nb_hold--;
	}
	if (idx % BLOCK != 0) {
		*why = "a ring whose first free descriptor is in the middle of a block";
		return -ENOTSUP;
	}
	*q = (struct limit_rxq){ .ring = of->ring,
		.sw_ring = of->sw_ring,
		.tail = of->tail,
		.mbuf_init = of->mbuf_init,
		.ol_init = of->ol_init,
		.mp = of->mp,
		.nb_desc = of->nb_desc,
		.next = of->next,
		.nb_hold = of->nb_hold,
		.status_mask = of->status_mask,
		.rss_mask = of->rss_mask,
		.of = of };
	rte_mempool_obj_iter(of->mp, note_distance, &q->distance);
	return 0;
}

/*
 * The driver's transmit queue is empty. What is left of the block that it stands in is as if
 * it held packets, so that all blocks are whole.
 */
static int
take_txq(struct limit_txq *q, struct oriel_txq *of, struct rte_mempool *mp, const char **why)
{
	uint16_t part = of->next % BLOCK, first = of->next - part;

	if (of->nb_desc % BLOCK != 0) {
		*why = "a ring size that is no multiple of 32";
		return -ENOTSUP;
	}
	if (part != 0 && rte_pktmbuf_alloc_bulk(mp, of->sw_ring + first, part) != 0) {
		*why = "an empty pool";
		return -ENOMEM;
	}
	*q = (struct limit_txq){ .ring = of->ring,
		.sw_ring = of->sw_ring,
		.tail = of->tail,
		.nb_desc = of->nb_desc,
		.next = of->next,
		.clean = first,
		.nb_free = of->nb_desc - 1 - part,
		.of = of };
	return 0;
}

/** Frees what the driver's TX ring still holds; the device has sent it all. */
static void
empty_txq(struct oriel_txq *q)
{
	for (; q->clean != q->next; q->clean = oriel_ring_add(q->clean, 1, q->nb_desc))
		rte_pktmbuf_free(q->sw_ring[q->clean]);
	q->nb_free = q->nb_desc - 1;
	q->nb_used = 0;
	q->rs_head = q->rs_tail;
}

int
limit_take(uint16_t port, bool fast_free, const char **why)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];
	const struct rte_eth_dev_data *data = rte_eth_devices[port].data;
	int ret = 0;

	*why = "a port or queue number beyond its own";
	if (port >= MAX_PORTS || data->nb_rx_queues > MAX_QUEUES ||
		data->nb_tx_queues > MAX_QUEUES || data->nb_rx_queues == 0 || saved[port].taken)
		return -ENOTSUP;
	*why = "a CPU without AVX2";
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) <= 0)
		return -ENOTSUP;
	for (uint16_t i = 0; ret == 0 && i < data->nb_rx_queues; i++) {
		ret = take_rxq(&rxqs[port][i], data->rx_queues[i], why);
		rxq_data[port][i] = &rxqs[port][i];
	}
	for (uint16_t i = 0; ret == 0 && i < data->nb_tx_queues; i++) {
		empty_txq(data->tx_queues[i]);
		ret = take_txq(&txqs[port][i], data->tx_queues[i], rxqs[port][0].mp, why);
		txq_data[port][i] = &txqs[port][i];
	}
	if (ret != 0)
		return ret;
	saved[port].rx = ops->rx_pkt_burst;
	saved[port].tx = ops->tx_pkt_burst;
	saved[port].rx_data = ops->rxq.data;
	saved[port].tx_data = ops->txq.data;
	saved[port].taken = true;
	ops->rxq.data = rxq_data[port];
	ops->txq.data = txq_data[port];
	ops->rx_pkt_burst = rxqs[port][0].status_mask != 0 || rxqs[port][0].rss_mask != 0 ?
		rx_offload_avx2 :
		rx_plain_avx2;
	ops->tx_pkt_burst = fast_free ? tx_fast_avx2 : tx_checked_avx2;
	return 0;
}

void
limit_give_back(uint16_t port)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];
	const struct rte_eth_dev_data *data = rte_eth_devices[port].data;

	if (port >= MAX_PORTS || !saved[port].taken)
		return;
	for (uint16_t i = 0; i < data->nb_rx_queues; i++) {
		rxqs[port][i].of->next = rxqs[port][i].next;
		rxqs[port][i].of->nb_hold = rxqs[port][i].nb_hold;
	}
	for (uint16_t i = 0; i < data->nb_tx_queues; i++) {
		struct oriel_txq *of = txqs[port][i].of;

		of->clean = txqs[port][i].clean;
		of->next = txqs[port][i].next;
		empty_txq(of);
	}
	ops->rx_pkt_burst = saved[port].rx;
	ops->tx_pkt_burst = saved[port].tx;
	ops->rxq.data = saved[port].rx_data;
	ops->txq.data = saved[port].tx_data;
	saved[port].taken = false;
}
