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

#ifndef ORIEL_L3
/* Entries of the tables below. */
#define ORIEL_L3(i) (char)(ORIEL_RX_PT1((i) | 0x10) & 0xff)
#define ORIEL_CSUM(i) \
	(char)(ORIEL_RX_F1(((i)&1) << 2 | ((i)&2) << 2 | ((i)&4) >> 1 | ((i)&8) << 1) >> 3)
#endif

/** What a burst needs of its queue, in registers. */
struct VN(rx_consts) {
	VT min_len; /* in the low half of each dword */
	VT span;    /* longest length - min_len, high half all ones */
	VT status_mask;
	VT rss_mask;
	VT crc_fields; /* crc_len at pkt_len and at data_len of the mbuf's fields */
	VT crc_len;
	VT rearm; /* mbuf_init, ol_init */
};

static __rte_always_inline void
VN(rx_load_consts)(struct VN(rx_consts) * k, const struct oriel_rxq *q, uint16_t max_len)
{
	const __m128i crc = _mm_set_epi16(0, 0, 0, q->crc_len, 0, q->crc_len, 0, 0);

	k->min_len = VX(set1_epi32)(q->min_len);
	k->span = VX(set1_epi32)((int)(0xffff0000u | (uint16_t)(max_len - q->min_len)));
	k->status_mask = VX(set1_epi32)((int)q->status_mask);
	k->rss_mask = VX(set1_epi32)(q->rss_mask);
	k->crc_fields = VLANE(crc);
	k->crc_len = VX(set1_epi32)(q->crc_len);
	k->rearm = VLANE(_mm_loadu_si128((const __m128i *)&q->mbuf_init));
}
_Static_assert(offsetof(struct oriel_rxq, ol_init) == offsetof(struct oriel_rxq, mbuf_init) + 8,
	"mbuf_init and ol_init are loaded as one");

/**
 * Nonzero dwords: descriptors that are not plain good frames. The caller has a look at
 * those one by one: not written back, no EOP, RXE, a length that cannot be; or a packet type
 * that the table of VN(rx_ptype)() is too small for.
 */
static __rte_always_inline VT
VN(rx_bad)(const struct VN(rx_consts) * k, VT status, VT len_vlan)
{
	const VT want = VX(set1_epi32)(ORIEL_RXD_DD | ORIEL_RXD_EOP);
	const VT look = VX(set1_epi32)((int)(ORIEL_RXD_DD | ORIEL_RXD_EOP | ORIEL_RXD_RXE));
	/* Unsigned: too short wraps around and is too long. */
	VT len = VX(subs_epu16)(VX(sub_epi16)(len_vlan, k->min_len), k->span);

	return VOR(VXOR(VAND(status, look), want), len);
}

/**
 * packet_type of 4 descriptors a lane. Two levels of 16 instead of one of 128: bits 7:4 of the
 * information say what the network header is, bits 10:8 are one for each transport.
 *
 * @param rare
 *   Dwords become nonzero where this does not do: headers in one another, two transports.
 */
static __rte_always_inline VT
VN(rx_ptype)(VT info, VT *rare)
{
	/* Index: IPv4, IPv4 options, IPv6, IPv6 extensions. */
	const VT l3_table = VLANE(_mm_setr_epi8(ORIEL_L3(0), ORIEL_L3(1), ORIEL_L3(2), ORIEL_L3(3),
		ORIEL_L3(4), ORIEL_L3(5), ORIEL_L3(6), ORIEL_L3(7), ORIEL_L3(8), ORIEL_L3(9),
		ORIEL_L3(10), ORIEL_L3(11), ORIEL_L3(12), ORIEL_L3(13), ORIEL_L3(14),
		ORIEL_L3(15)));
	const VT nested_table = VLANE(
		_mm_setr_epi8(0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1));
	const VT two_l4_table = VLANE(
		_mm_setr_epi8(0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
	/* A transport without a network header below it: the tables know none. */
	const VT no_l3 = VX(set1_epi32)(0);
	VT etqf = VX(srai_epi32)(VX(slli_epi32)(info, 16), 31);
	VT idx = VANDNOT(etqf, VAND(VX(srli_epi32)(info, 4), VX(set1_epi32)(0x7f)));
	VT l4 = VX(srli_epi32)(idx, 4);
	VT l3 = VAND(idx, VX(set1_epi32)(0xf));
	/* Only the low byte of each dword is looked up: with bit 7 set the result is 0. */
	VT l3_idx = VOR(l3, VX(set1_epi32)((int)0x80808000));
	/* IPv6 without a transport: nobody knows whether extensions follow. */
	VT v6_only = VAND(VEQ32(idx, VX(set1_epi32)(4)),
		VX(set1_epi32)(RTE_PTYPE_L3_IPV6 ^ RTE_PTYPE_L3_IPV6_EXT_UNKNOWN));
	VT l4_type = VANDNOT(VEQ32(l3, no_l3), VX(slli_epi32)(l4, 8));

	*rare = VOR(VX(shuffle_epi8)(nested_table, l3_idx), VX(shuffle_epi8)(two_l4_table, l4));
	return VOR(VXOR(VX(shuffle_epi8)(l3_table, l3_idx), v6_only), l4_type);
}
_Static_assert(
	RTE_PTYPE_L4_TCP == 1 << 8 && RTE_PTYPE_L4_UDP == 2 << 8 && RTE_PTYPE_L4_SCTP == 4 << 8,
	"transport bits are the packet type's");

/** Low dword of ol_flags of 4 descriptors a lane; as oriel_rx_ol_flags(). */
static __rte_always_inline VT
VN(rx_flags)(const struct VN(rx_consts) * k, VT status, VT info, VT len)
{
	/* Index: L4CS, IPCS, L4E, IPE. The flags of a checksum, shifted to fit a byte. */
	const VT checksum_table = VLANE(_mm_setr_epi8(ORIEL_CSUM(0), ORIEL_CSUM(1), ORIEL_CSUM(2),
		ORIEL_CSUM(3), ORIEL_CSUM(4), ORIEL_CSUM(5), ORIEL_CSUM(6), ORIEL_CSUM(7),
		ORIEL_CSUM(8), ORIEL_CSUM(9), ORIEL_CSUM(10), ORIEL_CSUM(11), ORIEL_CSUM(12),
		ORIEL_CSUM(13), ORIEL_CSUM(14), ORIEL_CSUM(15)));
	const VT rss_table = VLANE(_mm_setr_epi8(0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0));
	const VT sctp = VX(set1_epi32)(ORIEL_RXD_PT_SCTP);
	VT sctp60, wrong, idx, flags, vlan;

	status = VAND(status, k->status_mask);
	/* Erratum, see oriel_rx_ol_flags(). */
	sctp60 = VAND(VEQ32(len, VX(set1_epi32)(60)),
		VEQ32(VAND(info, VX(set1_epi32)(ORIEL_RXD_PT_SCTP | ORIEL_RXD_PT_ETQF)), sctp));
	wrong = VAND(VAND(sctp60, VX(srli_epi32)(status, 24)), VX(set1_epi32)(ORIEL_RXD_L4CS));
	status = VANDNOT(wrong, status);

	idx = VOR(VAND(VX(srli_epi32)(status, 5), VX(set1_epi32)(3)),
		VAND(VX(srli_epi32)(status, 27), VX(set1_epi32)(0xc)));
	flags = VX(slli_epi32)(VX(shuffle_epi8)(checksum_table, idx), 3);
	vlan = VAND(status, VX(set1_epi32)(ORIEL_RXD_VP));
	flags = VOR(flags, VOR(VX(srli_epi32)(vlan, 3), VX(slli_epi32)(vlan, 3)));
	return VOR(flags, VX(shuffle_epi8)(rss_table, VAND(info, k->rss_mask)));
}
_Static_assert(RTE_MBUF_F_RX_RSS_HASH == 2 && RTE_MBUF_F_RX_VLAN == ORIEL_RXD_VP >> 3 &&
		RTE_MBUF_F_RX_VLAN_STRIPPED == ORIEL_RXD_VP << 3,
	"flags made of bits of the descriptor");
_Static_assert(((RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_IP_CKSUM_MASK) & 7) == 0 &&
		(RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_IP_CKSUM_MASK) < 0x800,
	"flags of checksums fit a byte when shifted");
_Static_assert(ORIEL_RXD_L4E >> 24 == ORIEL_RXD_L4CS && ORIEL_RXD_IPE == ORIEL_RXD_L4E << 1 &&
		ORIEL_RXD_IPCS == ORIEL_RXD_L4CS << 1 && ORIEL_RXD_L4CS == 1 << 5,
	"places of the checksum bits");

/**
 * A group of descriptors to what is stored in their mbufs.
 *
 * @param d
 *   The descriptors; afterwards the 16 bytes from packet_type on, a lane for each.
 * @param r
 *   The 16 bytes from data_off on: rearm data and ol_flags.
 * @param offloads
 *   Whether status_mask and rss_mask may be anything but 0.
 * @return
 *   Nonzero dwords for descriptors to be looked at one by one; their output is worth nothing.
 */
static __rte_always_inline VT
VN(rx_convert)(const struct VN(rx_consts) * k, VT d[4], VT r[4], VT *len, const bool offloads)
{
	/* length to pkt_len and data_len, tag to vlan_tci, hash to hash. */
	const VT fields = VLANE(
		_mm_setr_epi8(-1, -1, -1, -1, 12, 13, -1, -1, 12, 13, 14, 15, 4, 5, 6, 7));
	VT hi01 = VX(unpackhi_epi32)(d[0], d[1]), hi23 = VX(unpackhi_epi32)(d[2], d[3]);
	VT lo01 = VX(unpacklo_epi32)(d[0], d[1]), lo23 = VX(unpacklo_epi32)(d[2], d[3]);
	VT status = VX(unpacklo_epi64)(hi01, hi23), len_vlan = VX(unpackhi_epi64)(hi01, hi23);
	VT info = VX(unpacklo_epi64)(lo01, lo23);
	VT bad = VN(rx_bad)(k, status, len_vlan);
	VT rare, ptype = VN(rx_ptype)(info, &rare);
	unsigned int i;

	*len = VX(sub_epi32)(VAND(len_vlan, VX(set1_epi32)(0xffff)), k->crc_len);
	for (i = 0; i < 4; i++)
		d[i] = VX(sub_epi16)(VX(shuffle_epi8)(d[i], fields), k->crc_fields);
	d[0] = VPICK32(d[0], ptype, 1);
	d[1] = VPICK32(d[1], VBSRL(ptype, 4), 1);
	d[2] = VPICK32(d[2], VBSRL(ptype, 8), 1);
	d[3] = VPICK32(d[3], VBSRL(ptype, 12), 1);
	if (offloads) {
		VT flags = VN(rx_flags)(k, status, info, *len);

		r[0] = VPICK32(k->rearm, VBSLL(flags, 8), 4);
		r[1] = VPICK32(k->rearm, VBSLL(flags, 4), 4);
		r[2] = VPICK32(k->rearm, flags, 4);
		r[3] = VPICK32(k->rearm, VBSRL(flags, 4), 4);
	} else {
		for (i = 0; i < 4; i++)
			r[i] = k->rearm;
	}
	return VOR(bad, rare);
}
