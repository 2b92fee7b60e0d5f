/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* TX bursts of AVX2: 4 packets at once. */

#include "tx.h"

#define ORIEL_VEC 256
#include "vec.h"
#include "tx_vec_lanes.h"
#include "vec_end.h"

#define TX_GROUP 4
#define tx_group_regs v256_tx_regs
#define tx_group_load_regs v256_tx_load_regs
typedef __m256i tx_group_t;
#define tx_group_zero _mm256_setzero_si256
#include "tx_vec.h"

/** A bit for each packet whose qword is all ones, in the packets' order. */
static __rte_always_inline unsigned int
tx_bits(__m256i mask)
{
	/* By lanes the packets are 0 2 and 1 3. */
	return _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_permute4x64_epi64(mask, 0xd8)));
}

static __rte_always_inline uint64_t
tx_group_fold(tx_group_t sum)
{
	__m128i two = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));

	return _mm_extract_epi64(two, 0) + _mm_extract_epi64(two, 1);
}

static __rte_always_inline unsigned int
tx_group(const struct v256_tx_regs *g, struct rte_mbuf **pkts, struct oriel_tx_desc *desc,
	tx_group_t *sum, int *slot, const bool offloads)
{
	__m256i d[2], of_class[2], len, bad;
	unsigned int got = TX_GROUP;

	bad = v256_tx_convert(g, pkts, d, &len, of_class, offloads);
	_mm256_storeu_si256((__m256i *)desc, d[0]);
	_mm256_storeu_si256((__m256i *)(desc + 2), d[1]);
	if (likely(_mm256_testz_si256(bad, bad))) {
		*sum = _mm256_add_epi64(*sum, len);
	} else {
		bad = _mm256_cmpeq_epi64(bad, _mm256_setzero_si256());
		got = __builtin_ctz(~tx_bits(bad));
	}
	if (offloads)
		*slot = tx_last_slot(tx_bits(of_class[0]), tx_bits(of_class[1]), got, *slot);
	return got;
}

uint16_t
oriel_tx_burst_simple_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_simple(txq, pkts, nb_pkts);
}

uint16_t
oriel_tx_burst_offload_avx2(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_offload(txq, pkts, nb_pkts);
}
