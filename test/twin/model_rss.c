/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Receive side scaling: the Toeplitz hash with the key of RSSRK and the choice of its
 * input by MRQC. The hash of each half byte at each place is looked up in a table that
 * is made when the key changes.
 */

#include "model.h"

#define PROTO_TCP 6
#define PROTO_UDP 17

static void
table_build(struct twin_model *m)
{
	uint8_t key[ORIEL_RSS_KEY_LEN];

	for (unsigned int i = 0; i < ORIEL_NB_RSSRK; i++) {
		uint32_t word = twin_reg(m->port, ORIEL_RSSRK(i));

		for (unsigned int k = 0; k < 4; k++)
			key[4 * i + k] = (uint8_t)(word >> 8 * k);
	}
	for (unsigned int nib = 0; nib < 2 * MODEL_RSS_INPUT; nib++) {
		uint64_t window = 0;
		uint32_t part[4];
		unsigned int first = nib / 2;

		/* 40 bits of key from the byte on; bit i of the input takes 32 of them from i on */
		for (unsigned int k = 0; k < 5; k++)
			window = window << 8 | (first + k < ORIEL_RSS_KEY_LEN ? key[first + k] : 0);
		for (unsigned int bit = 0; bit < 4; bit++)
			part[bit] = (uint32_t)(window >> (8 - (nib & 1) * 4 - bit));
		for (unsigned int v = 0; v < 16; v++)
			m->rss_table[nib][v] = (v & 8 ? part[0] : 0) ^ (v & 4 ? part[1] : 0) ^
				(v & 2 ? part[2] : 0) ^ (v & 1 ? part[3] : 0);
	}
	m->rss_dirty = false;
}

uint32_t
model_rss_toeplitz(struct twin_model *m, const uint8_t *input, uint32_t len)
{
	uint32_t hash = 0;

	if (m->rss_dirty)
		table_build(m);
	for (uint32_t i = 0; i < len && i < MODEL_RSS_INPUT; i++)
		hash ^= m->rss_table[2 * i][input[i] >> 4] ^
			m->rss_table[2 * i + 1][input[i] & 0xf];
	return hash;
}

static uint32_t
type_ipv4(uint32_t mrqc, const struct model_pkt *pkt)
{
	bool l4 = pkt->l4 != 0 && !pkt->frag && !pkt->tunnel;

	if (l4 && pkt->proto == PROTO_TCP && (mrqc & ORIEL_MRQC_TCP_IPV4))
		return ORIEL_RSS_TCP_IPV4;
	if (l4 && pkt->proto == PROTO_UDP && (mrqc & ORIEL_MRQC_UDP_IPV4))
		return ORIEL_RSS_UDP_IPV4;
	return mrqc & ORIEL_MRQC_IPV4 ? ORIEL_RSS_IPV4 : ORIEL_RSS_NONE;
}

/**
 * A packet with extension headers takes the extended types if they are on, and so does
 * one without where only the extended type is on.
 */
static uint32_t
type_ipv6(uint32_t mrqc, const struct model_pkt *pkt)
{
	bool l4 = pkt->l4 != 0 && !pkt->frag;

	if (l4 && pkt->proto == PROTO_TCP) {
		if ((mrqc & ORIEL_MRQC_TCP_IPV6_EX) &&
			(pkt->exthdr || !(mrqc & ORIEL_MRQC_TCP_IPV6)))
			return ORIEL_RSS_TCP_IPV6_EX;
		if (mrqc & ORIEL_MRQC_TCP_IPV6)
			return ORIEL_RSS_TCP_IPV6;
	}
	if (l4 && pkt->proto == PROTO_UDP) {
		if ((mrqc & ORIEL_MRQC_UDP_IPV6_EX) &&
			(pkt->exthdr || !(mrqc & ORIEL_MRQC_UDP_IPV6)))
			return ORIEL_RSS_UDP_IPV6_EX;
		if (mrqc & ORIEL_MRQC_UDP_IPV6)
			return ORIEL_RSS_UDP_IPV6;
	}
	if ((mrqc & ORIEL_MRQC_IPV6_EX) && (pkt->exthdr || !(mrqc & ORIEL_MRQC_IPV6)))
		return ORIEL_RSS_IPV6_EX;
	return mrqc & ORIEL_MRQC_IPV6 ? ORIEL_RSS_IPV6 : ORIEL_RSS_NONE;
}

static bool
type_has_ports(uint32_t type)
{
	return type != ORIEL_RSS_IPV4 && type != ORIEL_RSS_IPV6 && type != ORIEL_RSS_IPV6_EX;
}

static bool
type_is_extended(uint32_t type)
{
	return type == ORIEL_RSS_IPV6_EX || type == ORIEL_RSS_TCP_IPV6_EX ||
		type == ORIEL_RSS_UDP_IPV6_EX;
}

uint32_t
model_rss_hash(struct twin_model *m, const struct model_pkt *pkt, uint32_t *type)
{
	uint8_t input[MODEL_RSS_INPUT];
	uint32_t len;

	*type = ORIEL_RSS_NONE;
	if (pkt->ipv4)
		*type = type_ipv4(m->mrqc, pkt);
	else if (pkt->ipv6)
		*type = type_ipv6(m->mrqc, pkt);
	if (*type == ORIEL_RSS_NONE)
		return 0;

	if (pkt->ipv4) {
		memcpy(input, pkt->data + pkt->l3 + 12, 8);
		len = 8;
	} else {
		bool ext = type_is_extended(*type);

		memcpy(input, pkt->data + (ext && pkt->home ? pkt->home : pkt->l3 + 8), 16);
		memcpy(input + 16, pkt->data + (ext && pkt->route ? pkt->route : pkt->l3 + 24), 16);
		len = 32;
	}
	if (type_has_ports(*type)) {
		memcpy(input + len, pkt->data + pkt->l4, 4);
		len += 4;
	}
	return model_rss_toeplitz(m, input, len);
}
