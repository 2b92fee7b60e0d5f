/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * RX descriptors to mbuf fields, 4 for each 128-bit lane at once; included by way of vec.h.
 * The same rules as oriel_rx_take_onebuf() and oriel_rx_fill_mbuf(), bit for bit: a test
 * compares all rows.
 *
 * A group is 4 vectors d[0..3]; a lane of each is one descriptor. The dwords of the 4
 * descriptors of a lane are then turned about: `status` holds the status of d[0], d[1],
 * d[2], d[3] of that lane, and so on. What is computed there for dword i belongs to d[i].
 */

#ifndef ORIEL_RX_VEC_CONSTS
#define ORIEL_RX_VEC_CONSTS
/* Index: IPv4, IPv4 options, IPv6, no transport. 0 for what the full table has to be asked. */
#define ORIEL_L3(i) \
	(((i)&3 && (i)&4) || (i) == 0 ? 0 : ORIEL_RX_PT1(((i)&7) | ((i)&8 ? 0 : 0x10)) & 0xff)
#define ORIEL_CSUM(i) (ORIEL_RX_F1(((i)&1) << 2 | ((i)&2) << 2 | ((i)&4) >> 1 | ((i)&8) << 1) >> 3)

/** Constants of the code below; what they mean stands there. */
static const struct rx_vec_consts {
	uint32_t good[16], looked_at[16], done[16], done_looked_at[16];
	uint32_t low_word[16];
	uint8_t fields[64];
	/* packet type */
	uint32_t l4[16], l3[16], no_l4[16], not_here[16], one[16], tcp[16];
	uint8_t l3_table[64];
	/* flags */
	uint32_t sctp[16], two_bits[16], next_two_bits[16];
	uint32_t vp[16];
	uint8_t checksum_table[64], rss_table[64];
} rx_vec_consts __rte_aligned(64) = {
	.good = ORIEL_VEC_DWORDS(ORIEL_RXD_DD | ORIEL_RXD_EOP),
	.looked_at = ORIEL_VEC_DWORDS(
		ORIEL_RXD_DD | ORIEL_RXD_EOP | ORIEL_RXD_RXE | ORIEL_RX_SPECIAL_STATUS),
	.done = ORIEL_VEC_DWORDS(ORIEL_RXD_DD),
	.done_looked_at = ORIEL_VEC_DWORDS(ORIEL_RXD_DD | ORIEL_RXD_RXE | ORIEL_RX_SPECIAL_STATUS),
	.low_word = ORIEL_VEC_DWORDS(0xffff),
	/* length to pkt_len and data_len, tag to vlan_tci, hash to hash */
	.fields = ORIEL_VEC_LANES(255, 255, 255, 255, 12, 13, 255, 255, 12, 13, 14, 15, 4, 5, 6, 7),
	.l4 = ORIEL_VEC_DWORDS(ORIEL_RXD_PT_TCP | ORIEL_RXD_PT_UDP | ORIEL_RXD_PT_SCTP),
	.l3 = ORIEL_VEC_DWORDS(7),
	.no_l4 = ORIEL_VEC_DWORDS(8),
	.not_here = ORIEL_VEC_DWORDS(ORIEL_RXD_PT_IPV6_EXT | ORIEL_RX_SPECIAL_INFO),
	.one = ORIEL_VEC_DWORDS(1),
	.tcp = ORIEL_VEC_DWORDS(ORIEL_RXD_PT_TCP),
	.l3_table = ORIEL_VEC_LANES(ORIEL_L3(0), ORIEL_L3(1), ORIEL_L3(2), ORIEL_L3(3), ORIEL_L3(4),
		ORIEL_L3(5), ORIEL_L3(6), ORIEL_L3(7), ORIEL_L3(8), ORIEL_L3(9), ORIEL_L3(10),
		ORIEL_L3(11), ORIEL_L3(12), ORIEL_L3(13), ORIEL_L3(14), ORIEL_L3(15)),
	.sctp = ORIEL_VEC_DWORDS(ORIEL_RXD_PT_SCTP),
	.two_bits = ORIEL_VEC_DWORDS(3),
	.next_two_bits = ORIEL_VEC_DWORDS(0xc),
	.vp = ORIEL_VEC_DWORDS(ORIEL_RXD_VP),
	/* index: L4CS, IPCS, L4E, IPE; the flags of a checksum, shifted to fit a byte */
	.checksum_table = ORIEL_VEC_LANES(ORIEL_CSUM(0), ORIEL_CSUM(1), ORIEL_CSUM(2),
		ORIEL_CSUM(3), ORIEL_CSUM(4), ORIEL_CSUM(5), ORIEL_CSUM(6), ORIEL_CSUM(7),
		ORIEL_CSUM(8), ORIEL_CSUM(9), ORIEL_CSUM(10), ORIEL_CSUM(11), ORIEL_CSUM(12),
		ORIEL_CSUM(13), ORIEL_CSUM(14), ORIEL_CSUM(15)),
	/* index: RSS type */
	.rss_table = ORIEL_VEC_LANES(0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0),
};
_Static_assert(offsetof(struct oriel_rxq, ol_init) == offsetof(struct oriel_rxq, mbuf_init) + 8,
	"mbuf_init and ol_init are loaded as one");
_Static_assert(
	RTE_PTYPE_L4_TCP == 1 << 8 && RTE_PTYPE_L4_UDP == 2 << 8 && RTE_PTYPE_L4_SCTP == 4 << 8,
	"transport bits are the packet type's");
_Static_assert(RTE_MBUF_F_RX_RSS_HASH == 2 && RTE_MBUF_F_RX_VLAN == ORIEL_RXD_VP >> 3 &&
		RTE_MBUF_F_RX_VLAN_STRIPPED == ORIEL_RXD_VP << 3,
	"flags made of bits of the descriptor");
_Static_assert(((RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_IP_CKSUM_MASK) & 7) == 0 &&
		(RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_IP_CKSUM_MASK) < 0x800,
	"flags of checksums fit a byte when shifted");
_Static_assert(ORIEL_RXD_L4E >> 19 == ORIEL_RXD_PT_SCTP && ORIEL_RXD_IPE == ORIEL_RXD_L4E << 1 &&
		ORIEL_RXD_IPCS == ORIEL_RXD_L4CS << 1 && ORIEL_RXD_L4CS == 1 << 5,
	"places of the checksum bits");
#endif /* ORIEL_RX_VEC_CONSTS */

/** What a burst needs of its queue, in registers. */
#define RX_REGS VN(rx_regs)
struct RX_REGS {
	VT min_len; /* in the low half of each dword */
	VT span;    /* longest length - min_len, high half all ones */
	VT status_mask;
	VT rss_mask;
	VT crc_len;
	VT crc_fields; /* crc_len at pkt_len and at data_len of the mbuf's fields */
	VT rearm;      /* mbuf_init, ol_init */
};

static __rte_always_inline void
VN(rx_load_regs)(struct RX_REGS *g, const struct oriel_rxq *q, uint16_t max_len)
{
	g->min_len = VX(set1_epi32)(q->min_len);
	g->span = VX(set1_epi32)((int)(0xffff0000u | (uint16_t)(max_len - q->min_len)));
	g->status_mask = VX(set1_epi32)((int)q->status_mask);
	g->rss_mask = VX(set1_epi32)(q->rss_mask);
	g->crc_len = VX(set1_epi32)(q->crc_len);
	g->crc_fields = VLANE(q->crc_fields);
	g->rearm = VLANE(&q->mbuf_init);
}

/**
 * Nonzero dwords: descriptors that are not plain good frames or, with `chains`, not buffers of
 * good ones. The caller has a look at those one by one: not written back, no EOP, RXE, a stamp,
 * or a length that cannot be.
 */
static __rte_always_inline VT
VN(rx_bad)(const struct RX_REGS *g, const struct rx_vec_consts *k, VT status, VT len_vlan,
	const bool chains)
{
	VT look = VCONST(chains ? k->done_looked_at : k->looked_at);
	VT want = VCONST(chains ? k->done : k->good);
	/* Unsigned: too short wraps around and is too long. */
	VT len = VX(subs_epu16)(VX(sub_epi16)(len_vlan, g->min_len), g->span);

	return VOR(VXOR(VAND(status, look), want), len);
}

/**
 * packet_type of 4 descriptors a lane: a table of 16 for the network header instead of one of
 * 128 for all, and the transport's bits as they are.
 *
 * @param rare
 *   Dwords become nonzero where this does not do: headers in one another, two transports, one
 *   without a network header, extensions, the index of a filter.
 */
static __rte_always_inline VT
VN(rx_ptype)(const struct rx_vec_consts *k, VT info, VT *rare)
{
	VT l4 = VAND(info, VCONST(k->l4));
	VT l3 = VAND(VX(srli_epi32)(info, 4), VCONST(k->l3));
	VT idx = VOR(l3, VAND(VEQ32(l4, VXOR(l4, l4)), VCONST(k->no_l4)));
	/* The other bytes of each dword get entry 0, which is 0. */
	VT ptype = VX(shuffle_epi8)(VCONST(k->l3_table), idx);
	VT two_l4 = VAND(l4, VX(sub_epi32)(l4, VCONST(k->tcp)));

	*rare = VOR(VOR(VAND(info, VCONST(k->not_here)), VANDNOT(ptype, VCONST(k->one))), two_l4);
	return VOR(ptype, l4);
}

/**
 * Low dword of ol_flags of 4 descriptors a lane; as oriel_rx_ol_flags().
 *
 * @param rare
 *   Dwords become nonzero where an erratum may make L4E a lie: an SCTP frame with it.
 */
static __rte_always_inline VT
VN(rx_flags)(const struct RX_REGS *g, const struct rx_vec_consts *k, VT status, VT info, VT *rare)
{
	VT idx, flags, vlan;

	status = VAND(status, g->status_mask);
	/* Both bits at the place of SCTP. */
	*rare = VOR(*rare, VAND(VAND(VX(srli_epi32)(status, 19), info), VCONST(k->sctp)));
	idx = VOR(VAND(VX(srli_epi32)(status, 5), VCONST(k->two_bits)),
		VAND(VX(srli_epi32)(status, 27), VCONST(k->next_two_bits)));
	flags = VX(slli_epi32)(VX(shuffle_epi8)(VCONST(k->checksum_table), idx), 3);
	vlan = VAND(status, VCONST(k->vp));
	flags = VOR(flags, VOR(VX(srli_epi32)(vlan, 3), VX(slli_epi32)(vlan, 3)));
	return VOR(flags, VX(shuffle_epi8)(VCONST(k->rss_table), VAND(info, g->rss_mask)));
}

/**
 * A group of descriptors to what is stored in their mbufs.
 *
 * @param d
 *   The descriptors; afterwards the 16 bytes from packet_type on, a lane for each.
 * @param r
 *   The 16 bytes from data_off on: rearm data and ol_flags.
 * @param len
 *   The frames' lengths, a dword each.
 * @param eop
 *   With `chains`: dwords of which the highest bit says EOP.
 * @param offloads
 *   Whether status_mask, rss_mask and crc_len may be anything but 0.
 * @return
 *   Nonzero dwords for descriptors to be looked at one by one; their output is worth nothing.
 */
static __rte_always_inline VT
VN(rx_convert)(const struct RX_REGS *g, VT d[4], VT r[4], VT *len, VT *eop, const bool offloads,
	const bool chains)
{
	const struct rx_vec_consts *k = &rx_vec_consts;
	VT hi01 = VX(unpackhi_epi32)(d[0], d[1]), hi23 = VX(unpackhi_epi32)(d[2], d[3]);
	VT lo01 = VX(unpacklo_epi32)(d[0], d[1]), lo23 = VX(unpacklo_epi32)(d[2], d[3]);
	VT status = VX(unpacklo_epi64)(hi01, hi23), len_vlan = VX(unpackhi_epi64)(hi01, hi23);
	VT info = VX(unpacklo_epi64)(lo01, lo23);
	VT bad, rare, ptype;
	unsigned int i;

	ORIEL_VEC_HIDE(k);
	bad = VN(rx_bad)(g, k, status, len_vlan, chains);
	if (chains)
		*eop = VX(slli_epi32)(status, 30);
	ptype = VN(rx_ptype)(k, info, &rare);
	*len = VAND(len_vlan, VCONST(k->low_word));
	for (i = 0; i < 4; i++)
		d[i] = VX(shuffle_epi8)(d[i], VCONST(k->fields));
	if (offloads) {
		*len = VX(sub_epi32)(*len, g->crc_len);
		for (i = 0; i < 4; i++)
			d[i] = VX(sub_epi16)(d[i], g->crc_fields);
	}
	d[0] = VPICK32(d[0], ptype, 1);
	d[1] = VPICK32(d[1], VBSRL(ptype, 4), 1);
	d[2] = VPICK32(d[2], VBSRL(ptype, 8), 1);
	d[3] = VPICK32(d[3], VBSRL(ptype, 12), 1);
	for (i = 0; i < 4; i++)
		r[i] = g->rearm;
	if (offloads) {
		VT flags = VN(rx_flags)(g, k, status, info, &rare);

		r[0] = VPICK32(g->rearm, VBSLL(flags, 8), 4);
		r[1] = VPICK32(g->rearm, VBSLL(flags, 4), 4);
		r[2] = VPICK32(g->rearm, flags, 4);
		r[3] = VPICK32(g->rearm, VBSRL(flags, 4), 4);
	}
	return VOR(bad, rare);
}

#undef RX_REGS
