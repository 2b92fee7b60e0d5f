/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* TX bursts of SSE4.2: 2 packets at once. */

#include "tx.h"

#define ORIEL_VEC 128
#include "vec.h"
#include "tx_vec_lanes.h"
#include "vec_end.h"

#define TX_GROUP 2
#define tx_group_regs v128_tx_regs
#define tx_group_load_regs v128_tx_load_regs
typedef __m128i tx_group_t;
#define tx_group_zero _mm_setzero_si128
#include "tx_vec.h"

static __rte_always_inline uint64_t
tx_group_fold(tx_group_t sum)
{
	return _mm_extract_epi64(sum, 0) + _mm_extract_epi64(sum, 1);
}

static __rte_always_inline unsigned int
tx_group(const struct v128_tx_regs *g, struct rte_mbuf **pkts, struct oriel_tx_desc *desc,
	tx_group_t *sum, int *slot, const bool offloads)
{
	__m128i d[2], of_class[2], len, bad;
	unsigned int got = TX_GROUP;

	bad = v128_tx_convert(g, pkts, d, &len, of_class, offloads);
	_mm_store_si128((__m128i *)desc, d[0]);
	_mm_store_si128((__m128i *)(desc + 1), d[1]);
	if (likely(_mm_testz_si128(bad, bad)))
		*sum = _mm_add_epi64(*sum, len);
	else
		got = _mm_extract_epi64(bad, 0) == 0;
	if (offloads)
		*slot = tx_last_slot(_mm_movemask_pd(_mm_castsi128_pd(of_class[0])),
			_mm_movemask_pd(_mm_castsi128_pd(of_class[1])), got, *slot);
	return got;
}

uint16_t
oriel_tx_burst_simple_sse(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_simple(txq, pkts, nb_pkts);
}

uint16_t
oriel_tx_burst_offload_sse(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_offload(txq, pkts, nb_pkts);
}
