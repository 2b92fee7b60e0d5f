/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Sums over bytes: the Internet checksum, Ethernet's CRC32 and SCTP's CRC32c; and
 * what the receiver says about the checksums of a frame.
 */

#include "model.h"

#define CRC32_POLY 0xedb88320u /* reflected */
#define CRC32C_POLY 0x82f63b78u
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_SCTP 132

uint64_t
model_sum(const uint8_t *data, uint32_t len, uint64_t sum)
{
	uint64_t part = 0, carry = 0, word;
	uint16_t half;

	/* Little-endian words: a one's complement sum is the same but for its byte order. */
	for (; len >= 8; len -= 8, data += 8) {
		memcpy(&word, data, 8);
		part += word;
		carry += part < word;
	}
	part = (part & UINT32_MAX) + (part >> 32) + carry;
	for (; len >= 2; len -= 2, data += 2) {
		memcpy(&half, data, 2);
		part += half;
	}
	if (len != 0)
		part += *data;
	while (part >> 16 != 0)
		part = (part & 0xffff) + (part >> 16);
	return sum + __builtin_bswap16((uint16_t)part);
}

uint16_t
model_fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t
model_pseudo(const struct model_pkt *pkt, uint32_t l4_len)
{
	const uint8_t *ip = pkt->data + pkt->l3;
	uint64_t sum = (uint64_t)pkt->proto + l4_len;

	if (pkt->ipv4)
		return model_sum(ip + 12, 8, sum);
	return model_sum(ip + 8, 32, sum);
}

static uint32_t crc_table[2][8][256];
static bool crc_ready;

static void
crc_build(void)
{
	static const uint32_t poly[2] = { CRC32_POLY, CRC32C_POLY };

	for (unsigned int k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (unsigned int bit = 0; bit < 8; bit++)
				c = c & 1 ? c >> 1 ^ poly[k] : c >> 1;
			crc_table[k][0][i] = c;
		}
		for (uint32_t i = 0; i < 256; i++)
			for (unsigned int s = 1; s < 8; s++)
				crc_table[k][s][i] = crc_table[k][s - 1][i] >> 8 ^
					crc_table[k][0][crc_table[k][s - 1][i] & 0xff];
	}
	crc_ready = true;
}

/** Eight bytes a step by table, reflected. */
static uint32_t
crc_run(unsigned int kind, const uint8_t *data, uint32_t len, uint32_t crc)
{
	uint32_t(*t)[256];
	uint64_t w;

	if (!crc_ready)
		crc_build();
	t = crc_table[kind];
	for (; len >= 8; len -= 8, data += 8) {
		memcpy(&w, data, 8);
		w ^= crc;
		crc = t[7][w & 0xff] ^ t[6][w >> 8 & 0xff] ^ t[5][w >> 16 & 0xff] ^
			t[4][w >> 24 & 0xff] ^ t[3][w >> 32 & 0xff] ^ t[2][w >> 40 & 0xff] ^
			t[1][w >> 48 & 0xff] ^ t[0][w >> 56];
	}
	for (; len > 0; len--, data++)
		crc = crc >> 8 ^ t[0][(crc ^ *data) & 0xff];
	return crc;
}

uint32_t
model_crc32(const uint8_t *data, uint32_t len)
{
	return ~crc_run(0, data, len, UINT32_MAX);
}

uint32_t
model_crc32c(const uint8_t *data, uint32_t len, uint32_t crc)
{
	return crc_run(1, data, len, crc);
}

static uint32_t
check_sctp(const struct model_pkt *pkt)
{
	const uint8_t *s = pkt->data + pkt->l4;
	uint32_t len = pkt->end - pkt->l4, got, crc;
	static const uint8_t zero[4];

	if (len < 12)
		return 0;
	memcpy(&got, s + 8, 4);
	crc = model_crc32c(s, 8, UINT32_MAX);
	crc = model_crc32c(zero, 4, crc);
	crc = ~model_crc32c(s + 12, len - 12, crc);
	return ORIEL_RXD_L4CS | (crc != got ? ORIEL_RXD_L4E : 0);
}

static uint32_t
check_udp(const struct model_pkt *pkt)
{
	const uint8_t *udp = pkt->data + pkt->l4;
	uint32_t room = pkt->end - pkt->l4, len;

	if (room < 8 || model_be16(udp + 6) == 0)
		return 0;
	len = model_be16(udp + 4);
	if (len < 8 || len > room)
		return ORIEL_RXD_L4CS | ORIEL_RXD_UDPCS | ORIEL_RXD_L4E;
	return ORIEL_RXD_L4CS | ORIEL_RXD_UDPCS |
		(model_fold(model_sum(udp, len, model_pseudo(pkt, len))) != 0xffff ? ORIEL_RXD_L4E :
										     0);
}

static uint32_t
check_l4(const struct twin_model *m, const struct model_pkt *pkt)
{
	uint32_t len = pkt->end - pkt->l4;

	if (pkt->proto == PROTO_SCTP)
		return m->rxcsum & ORIEL_RXCSUM_CRCOFL ? check_sctp(pkt) : 0;
	if (!(m->rxcsum & ORIEL_RXCSUM_TUOFL) ||
		(pkt->ipv6 && (m->rfctl & ORIEL_RFCTL_IPV6_XSUM_DIS)))
		return 0;
	if (pkt->proto == PROTO_UDP)
		return check_udp(pkt);
	if (pkt->proto != PROTO_TCP || len < 20)
		return 0;
	return ORIEL_RXD_L4CS |
		(model_fold(model_sum(pkt->data + pkt->l4, len, model_pseudo(pkt, len))) != 0xffff ?
				ORIEL_RXD_L4E :
				0);
}

/**
 * What the hash field holds without PCSD: the IP id and, with IPPCSE, the sum of an
 * IPv4 fragment's payload; else the sum of the frame from PCSS on.
 */
static uint32_t
check_packet(const struct twin_model *m, const struct model_pkt *pkt, uint32_t *status)
{
	uint32_t from = ORIEL_GET(ORIEL_RXCSUM_PCSS, m->rxcsum);
	uint32_t id = 0, sum = 0, payload;
	const uint8_t *ip = pkt->data + pkt->l3;

	if (!(m->rxcsum & ORIEL_RXCSUM_IPPCSE)) {
		if (from < pkt->len)
			sum = model_fold(model_sum(pkt->data + from, pkt->len - from, 0));
		return (uint32_t)__builtin_bswap16((uint16_t)sum) << 16;
	}
	if (!pkt->ipv4)
		return 0;
	id = model_be16(ip + 4);
	if (pkt->frag && ip[9] == PROTO_UDP) {
		payload = pkt->l3 + (ip[0] & 0xfu) * 4;
		sum = model_fold(model_sum(pkt->data + payload, pkt->end - payload, 0));
		*status |= ORIEL_RXD_UDPCS;
		if (pkt->first && payload + 8 <= pkt->end &&
			model_be16(pkt->data + payload + 6) != 0)
			*status |= ORIEL_RXD_UDPV;
	}
	return id | sum << 16;
}

uint32_t
model_rx_checks(const struct twin_model *m, const struct model_pkt *pkt, uint32_t *extra)
{
	uint32_t status = 0;
	const uint8_t *ip = pkt->data + pkt->l3;

	*extra = 0;
	if (pkt->ipv4 && (m->rxcsum & ORIEL_RXCSUM_IPOFL)) {
		status |= ORIEL_RXD_IPCS;
		if (model_fold(model_sum(ip, (ip[0] & 0xfu) * 4, 0)) != 0xffff)
			status |= ORIEL_RXD_IPE;
	}
	if (pkt->l4 != 0 && !pkt->frag && !pkt->tunnel)
		status |= check_l4(m, pkt);
	if (!(m->rxcsum & ORIEL_RXCSUM_PCSD))
		*extra = check_packet(m, pkt, &status);
	return status;
}
