/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* TX bursts of AVX-512 (F, BW, DQ, VL): 8 packets at once. */

#include "tx.h"

#define ORIEL_VEC 512
#include "vec.h"
#include "tx_vec_lanes.h"
#include "vec_end.h"

#define TX_GROUP 8
#define tx_group_regs v512_tx_regs
#define tx_group_load_regs v512_tx_load_regs
typedef __m512i tx_group_t;
#define tx_group_zero _mm512_setzero_si512
#include "tx_vec.h"

/* By lanes the packets are 0 4, 1 5, 2 6, 3 7. */
static __rte_always_inline __m512i
tx_in_order(__m512i v)
{
	return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), v);
}

/** A bit for each packet whose qword is not 0, in the packets' order. */
static __rte_always_inline unsigned int
tx_bits(__m512i v)
{
	v = tx_in_order(v);
	return _mm512_test_epi64_mask(v, v);
}

static __rte_always_inline uint64_t
tx_group_fold(tx_group_t sum)
{
	return _mm512_reduce_add_epi64(sum);
}

static __rte_always_inline unsigned int
tx_group(const struct v512_tx_regs *g, struct rte_mbuf **pkts, struct oriel_tx_desc *desc,
	tx_group_t *sum, int *slot, const bool offloads)
{
	__m512i d[2], of_class[2], len, bad;
	unsigned int got = TX_GROUP;

	bad = v512_tx_convert(g, pkts, d, &len, of_class, offloads);
	_mm512_storeu_si512(desc, d[0]);
	_mm512_storeu_si512(desc + 4, d[1]);
	if (likely(_mm512_test_epi64_mask(bad, bad) == 0)) {
		*sum = _mm512_add_epi64(*sum, len);
	} else {
		got = __builtin_ctz(tx_bits(bad));
	}
	if (offloads)
		*slot = tx_last_slot(tx_bits(of_class[0]), tx_bits(of_class[1]), got, *slot);
	return got;
}

uint16_t
oriel_tx_burst_simple_avx512(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_simple(txq, pkts, nb_pkts);
}

uint16_t
oriel_tx_burst_offload_avx512(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return tx_vec_offload(txq, pkts, nb_pkts);
}
