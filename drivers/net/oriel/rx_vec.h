/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the vector RX bursts of x86 share: the walk over the ring, groups of 4, refill. A file
 * for one instruction set defines, before it includes this,
 *
 *   RX_WIDE                  frames of its own group, 0: none but those of 4
 *   struct rx_wide_regs      and rx_wide_load_regs(), as vec.h and rx_vec_lanes.h make them
 *   rx_wide_group()          with the face of rx_group4() below, but for the type of sum:
 *   rx_wide_t                for which there are rx_wide_zero() and rx_wide_fold() to __m128i
 *
 * A group that is not all plain good frames hands over those before the first that is not;
 * that one goes to rx_take.h, as do the last few of a burst.
 */

#ifndef ORIEL_RX_VEC_H
#define ORIEL_RX_VEC_H

#include "rx_take.h"

/* vec.h for 128 bits and rx_vec_lanes.h were included by the file. */

/*
 * Descriptors looked at one by one after one that stopped a group: it seldom comes alone. The
 * more so if it was the first of the group: chains are nothing for groups.
 */
#define RX_VEC_BACKOFF 4
#define RX_VEC_BACKOFF_FIRST 32

/*
 * Descriptors that are asked for ahead of the group at hand, and how many lie in a line. On a
 * platform that puts what a device writes into memory and not into a cache, they are the only
 * lines of its that a burst waits for. Beyond the end of the ring it does no harm.
 */
#define RX_VEC_AHEAD 32
#define RX_VEC_LINE (RTE_CACHE_LINE_SIZE / sizeof(struct oriel_rx_desc))

/** One descriptor is one load of 16 bytes, which x86 does as one. */
static __rte_always_inline __m128i
rx_vec_load(const struct oriel_rx_desc *desc)
{
	return *(const volatile __m128i *)desc;
}

/** What is left of a group's lengths when the rest of it does not count. */
static __rte_noinline uint64_t
rx_vec_bytes(struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t bytes = 0;

	while (n-- > 0)
		bytes += pkts[n]->pkt_len;
	return bytes;
}

/**
 * 4 descriptors to 4 mbufs.
 *
 * @param pkts
 *   Room for the whole group.
 * @param sum
 *   Their lengths are added to its dwords if all count.
 * @return
 *   Frames before the first descriptor that is not one; the mbufs from there on are the
 *   ring's, and what was written to them is of no account.
 */
static __rte_always_inline unsigned int
rx_group4(const struct v128_rx_regs *g, const struct oriel_rx_desc *desc, struct rte_mbuf **sw,
	struct rte_mbuf **pkts, __m128i *sum, const bool offloads)
{
	__m128i d[4], r[4], bad, len;
	unsigned int i, good;

	for (i = 0; i < 4; i++)
		d[i] = rx_vec_load(desc + i);
	bad = v128_rx_convert(g, d, r, &len, NULL, offloads, false);
	oriel_copy_pointers(pkts, sw, 4);
	for (i = 0; i < 4; i++) {
		_mm_storeu_si128((__m128i *)&sw[i]->data_off, r[i]);
		_mm_storeu_si128((__m128i *)&sw[i]->packet_type, d[i]);
	}
	if (likely(_mm_testz_si128(bad, bad))) {
		*sum = _mm_add_epi32(*sum, len);
		return 4;
	}
	good = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(bad, _mm_setzero_si128())));
	return __builtin_ctz(~good);
}

_Static_assert(offsetof(struct rte_mbuf, data_off) % 16 == 0 &&
		offsetof(struct rte_mbuf, packet_type) == offsetof(struct rte_mbuf, data_off) + 16,
	"two aligned stores");

/**
 * Up to 4 descriptors some of which are links of chains; as oriel_rx_take_scattered(), without
 * KEEP_CRC.
 *
 * @param nb_rx
 *   Frames that were completed are added; there is room for 4.
 * @return
 *   Descriptors taken: those before the first that has to be looked at by itself.
 */
static __rte_always_inline unsigned int
rx_links4(const struct v128_rx_regs *g, const struct oriel_rxq *q, uint16_t next,
	struct oriel_rx_chain *chain, struct rte_mbuf **pkts, uint16_t *nb_rx, uint64_t *bytes,
	const bool offloads)
{
	const __m128i full = _mm_set1_epi32(q->buf_len);
	struct rte_mbuf **sw = q->sw_ring + next;
	struct oriel_rx_chain c = *chain;
	__m128i d[4], r[4], bad, len, eop;
	unsigned int i, good, is_eop, n = *nb_rx;

	for (i = 0; i < 4; i++)
		d[i] = rx_vec_load(q->ring + next + i);
	bad = v128_rx_convert(g, d, r, &len, &eop, offloads, true);
	/* A buffer before the last is full. */
	eop = _mm_srai_epi32(eop, 31);
	bad = _mm_or_si128(bad, _mm_andnot_si128(eop, _mm_xor_si128(len, full)));
	bad = _mm_cmpeq_epi32(bad, _mm_setzero_si128());
	good = __builtin_ctz(~_mm_movemask_ps(_mm_castsi128_ps(bad)));
	is_eop = _mm_movemask_ps(_mm_castsi128_ps(eop));
#pragma GCC unroll 4
	for (i = 0; i < 4; i++) {
		struct rte_mbuf *m = sw[i], *first = c.first;
		uint32_t pkt_len;

		if (unlikely(i >= good))
			break;
		if (is_eop & 1u << i && first == NULL) {
			_mm_store_si128((__m128i *)&m->data_off, r[i]);
			_mm_store_si128((__m128i *)&m->packet_type, d[i]);
			*bytes += (uint32_t)_mm_extract_epi32(d[i], 1);
			pkts[n++] = m;
			continue;
		}
		/* Of a chain, the first mbuf's flags count, but how to free it each one says. */
		if (!(is_eop & 1u << i)) {
			if (unlikely(c.nb_segs + 1 >= q->max_segs))
				break;
			_mm_store_si128((__m128i *)&m->data_off, g->rearm);
			m->data_len = q->buf_len;
			if (first == NULL)
				c.first = m;
			else
				c.last->next = m;
			c.last = m;
			c.nb_segs++;
			continue;
		}
		pkt_len = (uint32_t)c.nb_segs * q->buf_len + _mm_extract_epi32(d[i], 1);
		if (unlikely(pkt_len > ORIEL_MAX_FRAME))
			break;
		_mm_store_si128((__m128i *)&m->data_off, g->rearm);
		m->data_len = _mm_extract_epi16(d[i], 4);
		c.last->next = m;
		/* The last descriptor's metadata, the first buffer's length. */
		_mm_store_si128((__m128i *)&first->data_off, r[i]);
		_mm_store_si128((__m128i *)&first->packet_type, d[i]);
		first->nb_segs = c.nb_segs + 1;
		first->pkt_len = pkt_len;
		first->data_len = q->buf_len;
		*bytes += pkt_len;
		pkts[n++] = first;
		c.first = NULL;
		c.last = NULL;
		c.nb_segs = 0;
	}
	*nb_rx = n;
	*chain = c;
	return i;
}

static __rte_always_inline uint64_t
rx_vec_sum(__m128i sum)
{
	__m128i pairs = _mm_add_epi64(_mm_unpacklo_epi32(sum, _mm_setzero_si128()),
		_mm_unpackhi_epi32(sum, _mm_setzero_si128()));

	return _mm_extract_epi64(pairs, 0) + _mm_extract_epi64(pairs, 1);
}

/** The buffer's IO address, and 0. */
static __rte_always_inline __m128i
rx_vec_iova(const struct rte_mbuf *m)
{
#if ORIEL_IOVA_IN_MBUF
	return _mm_loadl_epi64((const __m128i *)&m->buf_iova);
#else
	return _mm_loadl_epi64((const __m128i *)&m->buf_addr);
#endif
}

#ifdef __AVX512F__
#define RX_VEC_NEAR 8
/** Addresses at the same distance from their mbufs, each with 0 behind it. */
static __rte_always_inline void
rx_vec_arm_near(struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint64_t distance)
{
	const __m512i low = _mm512_setr_epi64(0, 0, 1, 0, 2, 0, 3, 0);
	const __m512i high = _mm512_setr_epi64(4, 0, 5, 0, 6, 0, 7, 0);
	__m512i addr = _mm512_add_epi64(
		_mm512_loadu_si512(sw), _mm512_set1_epi64((long long)distance));

	_mm512_storeu_si512(desc, _mm512_maskz_permutexvar_epi64(0x55, low, addr));
	_mm512_storeu_si512(desc + 4, _mm512_maskz_permutexvar_epi64(0x55, high, addr));
}
#elif defined(__AVX2__)
#define RX_VEC_NEAR 4
static __rte_always_inline void
rx_vec_arm_near(struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint64_t distance)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i addr = _mm256_add_epi64(
		_mm256_loadu_si256((const __m256i *)sw), _mm256_set1_epi64x((long long)distance));
	__m256i even = _mm256_unpacklo_epi64(addr, zero), odd = _mm256_unpackhi_epi64(addr, zero);

	_mm256_storeu_si256((__m256i *)desc, _mm256_permute2x128_si256(even, odd, 0x20));
	_mm256_storeu_si256((__m256i *)(desc + 2), _mm256_permute2x128_si256(even, odd, 0x31));
}
#else
#define RX_VEC_NEAR 2
static __rte_always_inline void
rx_vec_arm_near(struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint64_t distance)
{
	const __m128i zero = _mm_setzero_si128();
	__m128i addr = _mm_add_epi64(
		_mm_loadu_si128((const __m128i *)sw), _mm_set1_epi64x((long long)distance));

	_mm_store_si128((__m128i *)desc, _mm_unpacklo_epi64(addr, zero));
	_mm_store_si128((__m128i *)(desc + 1), _mm_unpackhi_epi64(addr, zero));
}
#endif

/** Fresh buffers into descriptors; the second qword's zero takes the old DD away. */
static __rte_always_inline void
rx_vec_arm(struct oriel_rx_desc *desc, struct rte_mbuf **sw, uint16_t n, uint64_t distance)
{
	const __m128i headroom = _mm_set_epi64x(0, RTE_PKTMBUF_HEADROOM);
	uint16_t i = 0;

	if (likely(distance != 0))
		for (; i + RX_VEC_NEAR <= n; i += RX_VEC_NEAR)
			rx_vec_arm_near(desc + i, sw + i, distance);
	for (; i < n; i++)
		_mm_store_si128((__m128i *)(desc + i), _mm_add_epi64(rx_vec_iova(sw[i]), headroom));
}

static __rte_noinline uint16_t
rx_vec_refill(struct oriel_rxq *q, uint16_t nb_rx)
{
	oriel_rx_refill(q, rx_vec_arm);
	return nb_rx;
}

/**
 * Groups from desc on, as many as room has for and as are whole.
 *
 * @param odd
 *   Set if a descriptor stopped a group; else fewer than 4 are left.
 * @return
 *   Frames taken.
 */
static __rte_always_inline unsigned int
rx_vec_run(const struct oriel_rxq *q, uint16_t next, struct rte_mbuf **pkts, unsigned int room,
	uint64_t *bytes, bool *odd, const uint16_t max_len, const bool offloads,
	const bool use_wide)
{
	const struct oriel_rx_desc *desc = q->ring + next;
	struct rte_mbuf **sw = q->sw_ring + next;
	__m128i sum = _mm_setzero_si128();
	unsigned int i = 0, got = 0;

	*odd = false;
#if RX_WIDE
	if (use_wide && room >= RX_WIDE) {
		rx_wide_t sums = rx_wide_zero();
		struct rx_wide_regs wide;

		rx_wide_load_regs(&wide, q, max_len);
		do {
			for (unsigned int k = 0; k < RX_WIDE; k += RX_VEC_LINE)
				rte_prefetch0(desc + i + RX_VEC_AHEAD + k);
			got = rx_wide_group(&wide, desc + i, sw + i, pkts + i, &sums, offloads);
			*odd = got != RX_WIDE;
			i += got;
		} while (likely(!*odd) && room - i >= RX_WIDE);
		sum = rx_wide_fold(sums);
	}
#else
	RTE_SET_USED(use_wide);
#endif
	if (!*odd && room - i >= 4) {
		struct v128_rx_regs narrow;

		v128_rx_load_regs(&narrow, q, max_len);
		do {
			got = rx_group4(&narrow, desc + i, sw + i, pkts + i, &sum, offloads);
			*odd = got != 4;
			i += got;
		} while (likely(!*odd) && room - i >= 4);
	}
	if (unlikely(*odd))
		*bytes += rx_vec_bytes(pkts + i - got, got);
	*bytes += rx_vec_sum(sum);
	return i;
}

/** The walk; scattered, offloads and use_wide are constants of the caller. */
static __rte_always_inline uint16_t
rx_vec_walk(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, const bool scattered,
	const bool offloads, const bool use_wide)
{
	/* Scattered: a frame may take several, but no refill inside, see rx.c. */
	const uint16_t limit = scattered ? oriel_rx_owned(q) : RTE_MIN(nb_pkts, oriel_rx_owned(q));
	/* One buffer: the device cannot have written beyond it. Scattered: no frame is longer. */
	const uint16_t max_len = scattered ? RTE_MIN(q->buf_len, ORIEL_MAX_FRAME) : q->buf_len;
	struct oriel_rx_chain chain = oriel_rx_chain_load(q);
	uint16_t next = q->next, seen = 0, nb_rx = 0, singles = q->singles;
	struct v128_rx_regs narrow;
	uint64_t bytes = 0;

	if (scattered)
		v128_rx_load_regs(&narrow, q, max_len);
	while (seen < limit && nb_rx < nb_pkts) {
		struct oriel_rx_wb wb;

		if (likely(singles == 0 && !q->skip_frame && (!scattered || chain.first == NULL))) {
			unsigned int room = RTE_MIN(limit - seen, q->nb_desc - next), got;
			bool odd;

			if (scattered)
				room = RTE_MIN(room, (unsigned int)nb_pkts - nb_rx);
			got = rx_vec_run(q, next, pkts + nb_rx, room, &bytes, &odd, max_len,
				offloads, use_wide);
			next = oriel_ring_add(next, got, q->nb_desc);
			seen += got;
			nb_rx += got;
			if (likely(got == room))
				continue;
			if (odd)
				singles = got == 0 ? RX_VEC_BACKOFF_FIRST : RX_VEC_BACKOFF;
		}
		if (scattered && likely(!q->skip_frame && q->crc_len == 0)) {
			unsigned int room = RTE_MIN(limit - seen, q->nb_desc - next), left = room;
			unsigned int got = 4;

			for (; left >= 4 && nb_pkts - nb_rx >= 4 && likely(got == 4); left -= got)
				got = rx_links4(&narrow, q, next + room - left, &chain, pkts,
					&nb_rx, &bytes, offloads);
			next = oriel_ring_add(next, room - left, q->nb_desc);
			seen += room - left;
			singles -= RTE_MIN(singles, room - left);
			if (left == 0 || nb_rx == nb_pkts)
				continue;
		}
		if (!oriel_rx_load(q->ring + next, &wb))
			break;
		if (scattered)
			nb_rx += oriel_rx_take_scattered(
				q, &chain, next, &wb, pkts + nb_rx, &bytes);
		else
			nb_rx += oriel_rx_take_onebuf(q, next, &wb, pkts + nb_rx, &bytes);
		next = oriel_ring_next(next, q->nb_desc);
		seen++;
		singles -= singles != 0;
	}
	q->singles = singles;
	if (scattered)
		oriel_rx_chain_store(q, &chain);
	return oriel_rx_finish(q, next, seen, nb_rx, bytes, rx_vec_refill);
}

/* One function for each choice: the burst itself stays small, and so does an empty poll. */
#define RX_VEC_WALK(name, scattered, offloads, use_wide) \
	static __rte_noinline uint16_t rx_walk_##name( \
		struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts) \
	{ \
		return rx_vec_walk(q, pkts, nb_pkts, scattered, offloads, use_wide); \
	}

RX_VEC_WALK(onebuf, false, false, false)
RX_VEC_WALK(onebuf_offload, false, true, false)
RX_VEC_WALK(scattered, true, false, false)
RX_VEC_WALK(scattered_offload, true, true, false)
#if RX_WIDE
RX_VEC_WALK(onebuf_wide, false, false, true)
RX_VEC_WALK(onebuf_offload_wide, false, true, true)
RX_VEC_WALK(scattered_wide, true, false, true)
RX_VEC_WALK(scattered_offload_wide, true, true, true)
#else
#define rx_walk_onebuf_wide rx_walk_onebuf
#define rx_walk_onebuf_offload_wide rx_walk_onebuf_offload
#define rx_walk_scattered_wide rx_walk_scattered
#define rx_walk_scattered_offload_wide rx_walk_scattered_offload
#endif

typedef uint16_t (*rx_walk_t)(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts);

/**
 * @param few
 *   The scalar burst: for fewer frames than a group it is the faster one.
 */
static __rte_always_inline uint16_t
rx_vec_burst(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts, eth_rx_burst_t few,
	rx_walk_t plain, rx_walk_t plain_wide, rx_walk_t offload, rx_walk_t offload_wide)
{
	if (nb_pkts < 4)
		return few(q, pkts, nb_pkts);
	if (!oriel_rx_waiting(q)) {
		if (unlikely(q->nb_hold >= q->refill_at))
			return rx_vec_refill(q, 0);
		return 0;
	}
	/* Stripping is switched while lcores poll: the choice is made here, burst by burst. */
	if (q->status_mask != 0 || q->rss_mask != 0 || q->crc_len != 0)
		return nb_pkts < RTE_MAX(RX_WIDE, 8) ? offload(q, pkts, nb_pkts) :
						       offload_wide(q, pkts, nb_pkts);
	return nb_pkts < RTE_MAX(RX_WIDE, 8) ? plain(q, pkts, nb_pkts) :
					       plain_wide(q, pkts, nb_pkts);
}

static __rte_always_inline uint16_t
rx_vec_burst_onebuf(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst(q, pkts, nb_pkts, oriel_rx_burst_onebuf, rx_walk_onebuf,
		rx_walk_onebuf_wide, rx_walk_onebuf_offload, rx_walk_onebuf_offload_wide);
}

static __rte_always_inline uint16_t
rx_vec_burst_scattered(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst(q, pkts, nb_pkts, oriel_rx_burst_scattered, rx_walk_scattered,
		rx_walk_scattered_wide, rx_walk_scattered_offload, rx_walk_scattered_offload_wide);
}

#endif /* ORIEL_RX_VEC_H */
