/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Mbufs to TX descriptors, 2 for each 128-bit lane at once; included by way of vec.h. The
 * same rules as oriel_tx_run_plain() and the classes of tx.h.
 *
 * A group is two vectors of which each lane is 16 bytes of an mbuf: the first VLANES mbufs
 * in the first, the others in the second. Turned about, qword 0 of a lane belongs to the mbuf
 * of that lane in the first vector, qword 1 to that in the second.
 */

#ifndef ORIEL_TX_VEC_CONSTS
#define ORIEL_TX_VEC_CONSTS
/** Constants of the code below; what they mean stands there. */
static const struct tx_vec_consts {
	uint64_t nb_segs[8], one_seg[8], low_word[8], cmd[8];
	/* with offloads */
	uint64_t offload_mask[8], asking_mask[8], ones[8];
} tx_vec_consts __rte_aligned(64) = {
	/* of the qword at data_off */
	.nb_segs = ORIEL_VEC_QWORDS(UINT64_C(0x0000ffff00000000)),
	.one_seg = ORIEL_VEC_QWORDS(UINT64_C(0x0000000100000000)),
	.low_word = ORIEL_VEC_QWORDS(0xffff),
	.cmd = ORIEL_VEC_QWORDS(ORIEL_TXD_CMD_DATA | ORIEL_TXD_Q1_EOP),
	.offload_mask = ORIEL_VEC_QWORDS(RTE_MBUF_F_TX_OFFLOAD_MASK),
	/* without those that only say what a packet is */
	.asking_mask = ORIEL_VEC_QWORDS(RTE_MBUF_F_TX_OFFLOAD_MASK & ~ORIEL_TX_F_TYPE),
	.ones = ORIEL_VEC_QWORDS(UINT64_MAX),
};
#endif /* ORIEL_TX_VEC_CONSTS */

/** What a burst needs of its queue, in registers. */
#define TX_REGS VN(tx_regs)
struct TX_REGS {
	VT min_len; /* in the lowest word of each qword */
	VT span;    /* longest length - min_len */
	/* with offloads */
	struct {
		VT ol, lens, lens_mask, tag, tag_mask, q1;
	} class[ORIEL_NB_TX_CTX];
};

/** 16 bytes of each mbuf of a group, from `at` on. */
static __rte_always_inline void
VN(tx_gather)(struct rte_mbuf **pkts, size_t at, VT two[2])
{
#define MBUF(i) _mm_loadu_si128((const __m128i *)((const uint8_t *)pkts[i] + at))
#if ORIEL_VEC == 128
	two[0] = MBUF(0);
	two[1] = MBUF(1);
#elif ORIEL_VEC == 256
	two[0] = _mm256_inserti128_si256(_mm256_castsi128_si256(MBUF(0)), MBUF(1), 1);
	two[1] = _mm256_inserti128_si256(_mm256_castsi128_si256(MBUF(2)), MBUF(3), 1);
#else
	__m256i four[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		four[i] = _mm256_inserti128_si256(
			_mm256_castsi128_si256(MBUF(2 * i)), MBUF(2 * i + 1), 1);
	two[0] = _mm512_inserti64x4(_mm512_castsi256_si512(four[0]), four[1], 1);
	two[1] = _mm512_inserti64x4(_mm512_castsi256_si512(four[2]), four[3], 1);
#endif
#undef MBUF
}

static __rte_always_inline void
VN(tx_load_regs)(struct TX_REGS *g, const struct oriel_txq *q, const bool offloads)
{
	uint16_t min_len = ORIEL_TX_MIN_FRAME, max_len = ORIEL_TX_MAX_FRAME;
	unsigned int i;

	for (i = 0; offloads && i < ORIEL_NB_TX_CTX; i++) {
		const struct oriel_tx_class *class = &q->class[i];

		/* The strictest limits for all: what is between them goes the long way. */
		min_len = RTE_MAX(min_len, class->min_len);
		max_len = RTE_MIN(max_len, class->max_len);
		g->class[i].ol = VX(set1_epi64x)((long long)class->ol);
		g->class[i].lens = VX(set1_epi64x)((long long)class->lens);
		g->class[i].lens_mask = VX(set1_epi64x)((long long)class->lens_mask);
		g->class[i].tag = VX(set1_epi64x)((long long)class->tag);
		g->class[i].tag_mask = VX(set1_epi64x)((long long)class->tag_mask);
		g->class[i].q1 = VX(set1_epi64x)((long long)class->q1);
	}
	g->min_len = VX(set1_epi64x)(min_len);
	g->span = VX(set1_epi64x)(max_len - min_len);
}

/** Which packets are of a class. */
static __rte_always_inline VT
VN(tx_of_class)(const struct TX_REGS *g, unsigned int slot, VT ol, VT lens, VT len_tag)
{
	return VAND(VEQ64(ol, g->class[slot].ol),
		VAND(VEQ64(VAND(lens, g->class[slot].lens_mask), g->class[slot].lens),
			VEQ64(VAND(len_tag, g->class[slot].tag_mask), g->class[slot].tag)));
}

/**
 * A group of packets to descriptors.
 *
 * @param desc
 *   The descriptors: those of the first VLANES packets, those of the others.
 * @param len
 *   The packets' lengths, a qword each.
 * @param of_class
 *   With offloads: which packets are of the class of slot 0 and of slot 1, all ones or zeros.
 * @return
 *   Nonzero qwords for packets to be looked at one by one; their descriptors are worth nothing.
 */
static __rte_always_inline VT
VN(tx_convert)(const struct TX_REGS *g, struct rte_mbuf **pkts, VT desc[2], VT *len, VT of_class[2],
	const bool offloads)
{
	const struct tx_vec_consts *k = &tx_vec_consts;
	VT addr[2], rearm[2], fields[2], len_tag, bad, q1, iova;

	ORIEL_VEC_HIDE(k);
	VN(tx_gather)(pkts, offsetof(struct rte_mbuf, packet_type), fields);
#if ORIEL_IOVA_IN_MBUF
	/* Address and rearm data lie side by side. */
	VN(tx_gather)(pkts, offsetof(struct rte_mbuf, buf_iova), addr);
	iova = VX(unpacklo_epi64)(addr[0], addr[1]);
	q1 = VX(unpackhi_epi64)(addr[0], addr[1]);
	if (offloads)
		VN(tx_gather)(pkts, offsetof(struct rte_mbuf, data_off), rearm);
#else
	VN(tx_gather)(pkts, offsetof(struct rte_mbuf, buf_addr), addr);
	VN(tx_gather)(pkts, offsetof(struct rte_mbuf, data_off), rearm);
	iova = VX(unpacklo_epi64)(addr[0], addr[1]);
	q1 = VX(unpacklo_epi64)(rearm[0], rearm[1]);
#endif
	len_tag = VX(unpackhi_epi64)(fields[0], fields[1]);
	*len = VAND(len_tag, VCONST(k->low_word));
	/* Too short wraps around and is too long. */
	bad = VX(subs_epu16)(VX(sub_epi16)(*len, g->min_len), g->span);
	iova = VX(add_epi64)(iova, VAND(q1, VCONST(k->low_word)));
	bad = VOR(bad, VXOR(VAND(q1, VCONST(k->nb_segs)), VCONST(k->one_seg)));
	q1 = VOR(VOR(*len, VCONST(k->cmd)), VX(slli_epi64)(*len, ORIEL_TXD_Q1_PAYLEN_SHIFT));
	if (offloads) {
		VT ol = VX(unpackhi_epi64)(rearm[0], rearm[1]);
		VT lens[2], none, pkt_len;

		VN(tx_gather)(pkts, offsetof(struct rte_mbuf, tx_offload) - 8, lens);
		lens[0] = VX(unpackhi_epi64)(lens[0], lens[1]);
		/* As tx_prepare() has it, which refuses what is dropped. */
		pkt_len = VX(srli_epi64)(VX(unpacklo_epi64)(fields[0], fields[1]), 32);
		bad = VOR(bad, VXOR(pkt_len, *len));
		none = VEQ64(VAND(ol, VCONST(k->asking_mask)), VXOR(ol, ol));
		ol = VAND(ol, VCONST(k->offload_mask));
		of_class[0] = VN(tx_of_class)(g, 0, ol, lens[0], len_tag);
		of_class[1] = VN(tx_of_class)(g, 1, ol, lens[0], len_tag);
		q1 = VOR(q1,
			VOR(VAND(of_class[0], g->class[0].q1), VAND(of_class[1], g->class[1].q1)));
		bad = VOR(bad, VANDNOT(VOR(none, VOR(of_class[0], of_class[1])), VCONST(k->ones)));
	}
	desc[0] = VX(unpacklo_epi64)(iova, q1);
	desc[1] = VX(unpackhi_epi64)(iova, q1);
	return bad;
}

#undef TX_REGS
