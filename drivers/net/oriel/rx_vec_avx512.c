/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* RX bursts of AVX-512 (F, BW, DQ, VL): 16 descriptors at once. */

#include "rx.h"

#define ORIEL_VEC 128
#include "vec.h"
#include "rx_vec_lanes.h"
#include "vec_end.h"

#define ORIEL_VEC 512
#include "vec.h"
#include "rx_vec_lanes.h"
#include "vec_end.h"

#define RX_WIDE 16
#define rx_wide_regs v512_rx_regs
#define rx_wide_load_regs v512_rx_load_regs
#define rx_wide_group rx_group16
typedef __m512i rx_wide_t;
#define rx_wide_zero _mm512_setzero_si512
static __m128i rx_wide_fold(rx_wide_t sum);
static unsigned int rx_group16(const struct v512_rx_regs *g, const struct oriel_rx_desc *desc,
	struct rte_mbuf **sw, struct rte_mbuf **pkts, rx_wide_t *sum, const bool offloads);
#include "rx_vec.h"

static __rte_always_inline __m512i
rx_load_4(const struct oriel_rx_desc *desc)
{
	__m256i low = _mm256_inserti128_si256(
		_mm256_castsi128_si256(rx_vec_load(desc)), rx_vec_load(desc + 1), 1);
	__m256i high = _mm256_inserti128_si256(
		_mm256_castsi128_si256(rx_vec_load(desc + 2)), rx_vec_load(desc + 3), 1);

	return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/** 32 bytes from data_off on of two mbufs. */
static __rte_always_inline void
rx_store_2(struct rte_mbuf **sw, __m512i two)
{
	_mm256_storeu_si256((__m256i *)&sw[0]->data_off, _mm512_castsi512_si256(two));
	_mm256_storeu_si256((__m256i *)&sw[1]->data_off, _mm512_extracti64x4_epi64(two, 1));
}

static __rte_always_inline __m128i
rx_wide_fold(rx_wide_t sum)
{
	__m256i half = _mm256_add_epi32(
		_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));

	return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/** As rx_group4(). */
static __rte_always_inline unsigned int
rx_group16(const struct v512_rx_regs *g, const struct oriel_rx_desc *desc, struct rte_mbuf **sw,
	struct rte_mbuf **pkts, rx_wide_t *sum, const bool offloads)
{
	/* Descriptors by lanes are 0 4 8 12, 1 5 9 13, and so on. */
	const __m512i in_order = _mm512_setr_epi32(
		0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	/* Rearm data and fields of lanes 0 and 1, of lanes 2 and 3. */
	const __m512i first_two = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
	const __m512i last_two = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
	__m512i d[4], r[4], bad, len;
	unsigned int i;

	for (i = 0; i < 4; i++)
		d[i] = rx_load_4(desc + 4 * i);
	bad = v512_rx_convert(g, d, r, &len, NULL, offloads, false);
	oriel_copy_pointers(pkts, sw, 16);
	for (i = 0; i < 4; i++) {
		rx_store_2(sw + 4 * i, _mm512_permutex2var_epi64(r[i], first_two, d[i]));
		rx_store_2(sw + 4 * i + 2, _mm512_permutex2var_epi64(r[i], last_two, d[i]));
	}
	if (likely(_mm512_test_epi32_mask(bad, bad) == 0)) {
		*sum = _mm512_add_epi32(*sum, len);
		return 16;
	}
	bad = _mm512_permutexvar_epi32(in_order, bad);
	return __builtin_ctz(_mm512_test_epi32_mask(bad, bad));
}

uint16_t
oriel_rx_burst_onebuf_avx512(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_onebuf(rxq, pkts, nb_pkts);
}

uint16_t
oriel_rx_burst_scattered_avx512(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_scattered(rxq, pkts, nb_pkts);
}
