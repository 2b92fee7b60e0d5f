/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* RX bursts of AVX2: 8 descriptors at once. */

#include "rx.h"

#define ORIEL_VEC 128
#include "vec.h"
#include "rx_vec_lanes.h"
#include "vec_end.h"

#define ORIEL_VEC 256
#include "vec.h"
#include "rx_vec_lanes.h"
#include "vec_end.h"

#define RX_WIDE 8
#define rx_wide_regs v256_rx_regs
#define rx_wide_load_regs v256_rx_load_regs
#define rx_wide_group rx_group8
typedef __m256i rx_wide_t;
#define rx_wide_zero _mm256_setzero_si256
static __m128i rx_wide_fold(rx_wide_t sum);
static unsigned int rx_group8(const struct v256_rx_regs *g, const struct oriel_rx_desc *desc,
	struct rte_mbuf **sw, struct rte_mbuf **pkts, rx_wide_t *sum, const bool offloads);
#include "rx_vec.h"

static __rte_always_inline __m128i
rx_wide_fold(rx_wide_t sum)
{
	return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

/** As rx_group4(). */
static __rte_always_inline unsigned int
rx_group8(const struct v256_rx_regs *g, const struct oriel_rx_desc *desc, struct rte_mbuf **sw,
	struct rte_mbuf **pkts, rx_wide_t *sum, const bool offloads)
{
	/* Descriptors by lanes are 0 2 4 6 and 1 3 5 7. */
	const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	__m256i d[4], r[4], bad, len;
	unsigned int i, good;

	for (i = 0; i < 4; i++)
		d[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(rx_vec_load(desc + 2 * i)),
			rx_vec_load(desc + 2 * i + 1), 1);
	bad = v256_rx_convert(g, d, r, &len, NULL, offloads, false);
	oriel_copy_pointers(pkts, sw, 8);
	/* 32 bytes from data_off on: all that a received frame needs. */
	for (i = 0; i < 4; i++) {
		_mm256_storeu_si256((__m256i *)&sw[2 * i]->data_off,
			_mm256_permute2x128_si256(r[i], d[i], 0x20));
		_mm256_storeu_si256((__m256i *)&sw[2 * i + 1]->data_off,
			_mm256_permute2x128_si256(r[i], d[i], 0x31));
	}
	if (likely(_mm256_testz_si256(bad, bad))) {
		*sum = _mm256_add_epi32(*sum, len);
		return 8;
	}
	bad = _mm256_permutevar8x32_epi32(bad, in_order);
	good = _mm256_movemask_ps(
		_mm256_castsi256_ps(_mm256_cmpeq_epi32(bad, _mm256_setzero_si256())));
	return __builtin_ctz(~good);
}

uint16_t
oriel_rx_burst_onebuf_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_onebuf(rxq, pkts, nb_pkts);
}

uint16_t
oriel_rx_burst_scattered_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_scattered(rxq, pkts, nb_pkts);
}
