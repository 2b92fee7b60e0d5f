/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The model's receive path: filters, queues, RSS, buffers, write-back, checksum
 * verdicts, VLAN, CRC, drops and counters.
 */

#include "twin_model_bed.h"

static uint8_t frame[TWIN_MAX_FRAME];

static int
setup(void **state)
{
	bed_setup(state);
	bed_up();
	return 0;
}

/* One frame in, its descriptor of queue q at i out. */
static struct oriel_rx_desc *
receive(uint32_t len, unsigned int q, unsigned int i)
{
	bed_in(frame, len);
	bed_poll();
	return bed_rxd(q, i);
}

/* How many frames queue 0 took. */
static uint64_t
taken(unsigned int q)
{
	return bed.port->cnt->rx[q].frames;
}

static void
test_plain(void **state)
{
	struct oriel_rx_desc *d;
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_rx_ring(0, 8, 2);
	fix_sums(frame, len);
	d = receive(len, 0, 0);
	assert_int_equal(d->wb.length, len);
	assert_int_equal(d->wb.status,
		ORIEL_RXD_DD | ORIEL_RXD_EOP | ORIEL_RXD_IPCS | ORIEL_RXD_L4CS | ORIEL_RXD_UDPCS);
	assert_int_equal(d->wb.info, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_UDP);
	assert_memory_equal(bed_ptr(BED_RX_BUF(0)), frame, len);
	assert_int_equal(rd(ORIEL_RXQ(0) + ORIEL_RDH), 1);
	assert_int_equal(rd(ORIEL_GPRC), 1);
	assert_int_equal(rd(ORIEL_TPR), 1);
	assert_int_equal(rd(ORIEL_GORCL), len + 4);
	assert_int_equal(rd(ORIEL_PRC255), 1);
	assert_int_equal(rd(ORIEL_MPRC), 0);
	memset(frame, 0, 60);
	(void)receive(60, 0, 1);
	assert_int_equal(rd(ORIEL_PRC64), 1);
	memset(frame, 0xff, 6);
	(void)receive(61, 0, 2);
	assert_int_equal(rd(ORIEL_PRC127), 1);
	assert_int_equal(rd(ORIEL_BPRC), 1);
	frame[0] = 1;
	(void)receive(1514, 0, 3);
	assert_int_equal(rd(ORIEL_PRC1522), 1);
	assert_int_equal(rd(ORIEL_MPRC), 1);
}

static void
test_address_filter(void **state)
{
	static const uint8_t other[6] = { 2, 1, 1, 1, 1, 1 }, mc[6] = { 1, 0, 0x5e, 0, 0xab, 0xcd };
	uint32_t h;

	(void)state;
	bed_rx_ring(0, 32, 2);
	wr(ORIEL_RCTL, ORIEL_RCTL_RXEN | ORIEL_RCTL_SECRC);
	make_ipv4(frame, 17, 60);
	receive(100, 0, 0);
	assert_int_equal(taken(0), 1); /* own address */
	memcpy(frame, other, 6);
	receive(100, 0, 1);
	assert_int_equal(taken(0), 1);
	wr(ORIEL_RAL(23), 0x01010102);
	wr(ORIEL_RAH(23), 0x0101);
	receive(100, 0, 1);
	assert_int_equal(taken(0), 1); /* not valid yet */
	wr(ORIEL_RAH(23), ORIEL_RAH_AV | 0x0101);
	receive(100, 0, 1);
	assert_int_equal(taken(0), 2);
	/* multicast: each of the four offsets */
	memcpy(frame, mc, 6);
	for (unsigned int mo = 0; mo < 4; mo++) {
		static const unsigned int shift[4] = { 4, 3, 2, 0 };

		wr(ORIEL_RCTL, ORIEL_RCTL_RXEN | ORIEL_RCTL_SECRC | ORIEL_PREP(ORIEL_RCTL_MO, mo));
		h = 0xcdabu >> shift[mo] & 0xfff;
		receive(100, 0, 0);
		assert_int_equal(taken(0), 2 + mo);
		wr(ORIEL_MTA(h >> 5), ORIEL_BIT(h & 31));
		assert_true(receive(100, 0, 2 + mo)->wb.status & ORIEL_RXD_PIF);
		assert_int_equal(taken(0), 3 + mo);
		wr(ORIEL_MTA(h >> 5), 0);
	}
	memset(frame, 0xff, 6);
	receive(100, 0, 0);
	assert_int_equal(taken(0), 6);
	wr(ORIEL_RCTL, ORIEL_RCTL_RXEN | ORIEL_RCTL_SECRC | ORIEL_RCTL_BAM);
	receive(100, 0, 0);
	assert_int_equal(taken(0), 7);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_FILTER], 7);
	assert_int_equal(rd(ORIEL_GPRC), 7);
	assert_int_equal(rd(ORIEL_TPR), 14);
}

static uint32_t
make_vlan(uint16_t tag)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	fix_sums(frame, len);
	memmove(frame + 16, frame + 12, len - 12);
	model_put_be16(frame + 12, 0x8100);
	model_put_be16(frame + 14, tag);
	return len + 4;
}

static void
test_vlan(void **state)
{
	struct oriel_rx_desc *d;
	uint32_t len = make_vlan(0x6123);

	(void)state;
	bed_rx_ring(0, 32, 2);
	d = receive(len, 0, 0); /* kept, yet parsed */
	assert_int_equal(d->wb.length, len);
	assert_false(d->wb.status & ORIEL_RXD_VP);
	assert_true(d->wb.status & ORIEL_RXD_L4CS);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_VME);
	d = receive(len, 0, 1);
	assert_int_equal(d->wb.length, len - 4);
	assert_true(d->wb.status & ORIEL_RXD_VP);
	assert_int_equal(d->wb.vlan, 0x6123);
	assert_int_equal(model_be16((uint8_t *)bed_ptr(BED_RX_BUF(1)) + 12), 0x0800);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_VFE);
	receive(len, 0, 2);
	assert_int_equal(taken(0), 2);
	wr(ORIEL_VFTA(0x123 >> 5), ORIEL_BIT(0x123 & 31));
	receive(len, 0, 2);
	assert_int_equal(taken(0), 3);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_CFIEN | ORIEL_RCTL_CFI);
	receive(len, 0, 3);
	assert_int_equal(taken(0), 3);
	make_vlan(0x7123);
	receive(len, 0, 3);
	assert_int_equal(taken(0), 4);
}

static void
test_lengths(void **state)
{
	(void)state;
	bed_rx_ring(0, 32, 16);
	make_ipv4(frame, 17, 2000);
	receive(1514, 0, 0);
	receive(1515, 0, 1);
	assert_int_equal(taken(0), 1);
	assert_int_equal(rd(ORIEL_ROC), 1);
	make_vlan(1);
	receive(1518, 0, 1);
	receive(1519, 0, 2);
	assert_int_equal(taken(0), 2);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_LPE);
	wr(ORIEL_RLPML, 1600);
	receive(1596, 0, 2);
	receive(1597, 0, 3);
	assert_int_equal(taken(0), 3);
	wr(ORIEL_RLPML, 0x3fff);
	receive(9724, 0, 3);
	receive(9725, 0, 4);
	assert_int_equal(taken(0), 4);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_OVERSIZE], 4);
	receive(59, 0, 4);
	assert_int_equal(taken(0), 4);
	assert_int_equal(rd(ORIEL_RUC), 1);
}

static void
test_scatter(void **state)
{
	(void)state;
	bed_rx_ring(0, 8, 1);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_LPE);
	make_ipv4(frame, 17, 3000);
	fix_sums(frame, 3042);
	bed_in(frame, 3042);
	bed_poll();
	for (unsigned int i = 0; i < 3; i++) {
		struct oriel_rx_desc *d = bed_rxd(0, i);
		uint32_t want = i < 2 ? 1024 : 3042 - 2048;

		assert_int_equal(d->wb.length, want);
		assert_true(d->wb.status & ORIEL_RXD_DD);
		assert_int_equal((d->wb.status & ORIEL_RXD_EOP) != 0, i == 2);
		assert_memory_equal(bed_ptr(BED_RX_BUF(i)), frame + 1024 * i, want);
	}
	assert_false(bed_rxd(0, 0)->wb.status & ORIEL_RXD_IPCS); /* valid with EOP only */
	assert_true(bed_rxd(0, 2)->wb.status & ORIEL_RXD_L4CS);

	/* 4 left: 5 KiB begin, and end when the driver gives more */
	bed_in(frame, 5000);
	bed_poll();
	assert_true(bed_rxd(0, 6)->wb.status & ORIEL_RXD_DD);
	assert_int_equal(taken(0), 1);
	bed_rxd(0, 7)->q[0] = BED_RX_BUF(7);
	bed_rxd(0, 7)->q[1] = 0;
	wr(ORIEL_RXQ(0) + ORIEL_RDT, 2);
	bed_poll();
	assert_int_equal(taken(0), 2);
	assert_true(bed_rxd(0, 7)->wb.status & ORIEL_RXD_EOP);
	assert_int_equal(bed_rxd(0, 7)->wb.length, 5000 - 4096);
	assert_memory_equal(bed_ptr(BED_RX_BUF(7)), frame + 4096, 5000 - 4096);
}

static void
test_crc_kept(void **state)
{
	uint32_t crc, len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) & ~ORIEL_RCTL_SECRC);
	assert_int_equal(receive(len, 0, 0)->wb.length, len + 4);
	memcpy(&crc, (uint8_t *)bed_ptr(BED_RX_BUF(0)) + len, 4);
	assert_int_equal(crc, ref_crc(frame, len, 0xedb88320));
}

static uint32_t
verdict(uint32_t len)
{
	static unsigned int i;
	uint32_t status;

	if (taken(0) == 0)
		i = 0;
	status = receive(len, 0, i)->wb.status;
	i++;
	return status & (ORIEL_RXD_IPCS | ORIEL_RXD_IPE | ORIEL_RXD_L4CS | ORIEL_RXD_L4E);
}

static void
test_checksums(void **state)
{
	const uint32_t ip_ok = ORIEL_RXD_IPCS, l4_ok = ORIEL_RXD_L4CS;
	static const uint8_t protos[] = { 6, 17, 132 };
	uint32_t len;

	(void)state;
	bed_rx_ring(0, 64, 2);
	for (unsigned int i = 0; i < sizeof(protos); i++) {
		len = make_ipv4(frame, protos[i], 101);
		fix_sums(frame, len);
		assert_int_equal(verdict(len), ip_ok | l4_ok);
		assert_int_equal(verdict(len + 7), ip_ok | l4_ok); /* padding is not summed */
		frame[len - 1] ^= 1;
		assert_int_equal(verdict(len), ip_ok | l4_ok | ORIEL_RXD_L4E);
		len = make_ipv6(frame, protos[i], 77);
		fix_sums(frame, len);
		assert_int_equal(verdict(len), l4_ok);
		frame[len - 1] ^= 1;
		assert_int_equal(verdict(len), l4_ok | ORIEL_RXD_L4E);
	}
	len = make_ipv4(frame, 17, 50);
	fix_sums(frame, len);
	frame[14 + 8] ^= 0x40; /* TTL */
	assert_int_equal(verdict(len), ip_ok | ORIEL_RXD_IPE | l4_ok);
	fix_sums(frame, len);
	model_put_be16(frame + 14 + 26, 0); /* UDP without checksum */
	assert_int_equal(verdict(len), ip_ok);
	model_put_be16(frame + 14 + 6, 0x2000); /* a fragment */
	fix_sums(frame, len);
	assert_int_equal(verdict(len), ip_ok);
	wr(ORIEL_RXCSUM, ORIEL_RXCSUM_PCSD);
	make_ipv4(frame, 17, 50);
	assert_int_equal(verdict(len), 0);
	assert_int_equal(bed_rxd(0, 18)->wb.info, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_UDP);
}

static void
test_packet_types(void **state)
{
	uint32_t len;

	(void)state;
	bed_rx_ring(0, 32, 2);
	len = make_ipv4(frame, 6, 30);
	assert_int_equal(receive(len, 0, 0)->wb.info, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_TCP);
	len = make_ipv6(frame, 132, 30);
	assert_int_equal(receive(len, 0, 1)->wb.info, ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_SCTP);
	/* hop-by-hop before UDP: not walked while IPV6_EX_DIS is set */
	len = make_ipv6(frame, 17, 30);
	memmove(frame + 62, frame + 54, len - 54);
	memset(frame + 54, 0, 8);
	frame[54] = 17;
	frame[20] = 0;
	model_put_be16(frame + 18, len - 54 + 8);
	assert_int_equal(receive(len + 8, 0, 2)->wb.info, ORIEL_RXD_PT_IPV6);
	wr(ORIEL_RFCTL, 0);
	assert_int_equal(receive(len + 8, 0, 3)->wb.info,
		ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_IPV6_EXT | ORIEL_RXD_PT_UDP);
	len = make_ipv4(frame, 41, 60);
	frame[34] = 0x60;
	memset(frame + 35, 0, 39);
	model_put_be16(frame + 34 + 4, 20);
	frame[34 + 6] = 6;
	assert_int_equal(receive(len, 0, 4)->wb.info,
		ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_TCP);
	model_put_be16(frame + 12, 0x0806);
	assert_int_equal(receive(len, 0, 5)->wb.info, 0);
	model_put_be16(frame + 12, 0x0800);
	frame[14] = 0x4f; /* options beyond the packet's total length */
	model_put_be16(frame + 16, 40);
	assert_int_equal(receive(len, 0, 6)->wb.info, 0);
}

/* ---- RSS: the vectors that Microsoft publishes for verifying an implementation ---- */

static const uint8_t ms_key[40] = {
	0x6d,
	0x5a,
	0x56,
	0xda,
	0x25,
	0x5b,
	0x0e,
	0xc2,
	0x41,
	0x67,
	0x25,
	0x3d,
	0x43,
	0xa3,
	0x8f,
	0xb0,
	0xd0,
	0xca,
	0x2b,
	0xcb,
	0xae,
	0x7b,
	0x30,
	0xb4,
	0x77,
	0xcb,
	0x2d,
	0xa3,
	0x80,
	0x30,
	0xf2,
	0x0c,
	0x6a,
	0x42,
	0xb7,
	0x3b,
	0xbe,
	0xac,
	0x01,
	0xfa,
};

static void
rss_on(uint32_t mrqc)
{
	for (unsigned int i = 0; i < 10; i++) {
		uint32_t w;

		memcpy(&w, ms_key + 4 * i, 4);
		wr(ORIEL_RSSRK(i), w);
	}
	for (unsigned int i = 0; i < 32; i++)
		wr(ORIEL_RETA(i), 0x0f0e0d0c & 0x03030303 << (i & 1) * 2);
	wr(ORIEL_MRQC, ORIEL_MRQC_MODE_RSS | mrqc);
}

static const struct {
	uint8_t src[4], dst[4];
	uint16_t sport, dport;
	uint32_t hash2, hash4;
} ms_ipv4[] = {
	{ { 66, 9, 149, 187 }, { 161, 142, 100, 80 }, 2794, 1766, 0x323e8fc2, 0x51ccc178 },
	{ { 199, 92, 111, 2 }, { 65, 69, 140, 83 }, 14230, 4739, 0xd718262a, 0xc626b0ea },
	{ { 24, 19, 198, 95 }, { 12, 22, 207, 184 }, 12898, 38024, 0xd2d0a5de, 0x5c2b394a },
	{ { 38, 27, 205, 30 }, { 209, 142, 163, 6 }, 48228, 2217, 0x82989176, 0xafc7327f },
	{ { 153, 39, 163, 191 }, { 202, 188, 127, 2 }, 44251, 1303, 0x5d1809c5, 0x10e828a2 },
};

static const struct {
	uint16_t src[8], dst[8];
	uint16_t sport, dport;
	uint32_t hash2, hash4;
} ms_ipv6[] = {
	{ { 0x3ffe, 0x2501, 0x200, 0x1fff, 0, 0, 0, 7 }, { 0x3ffe, 0x2501, 0x200, 3, 0, 0, 0, 1 },
		2794, 1766, 0x2cc18cd5, 0x40207d3d },
	{ { 0x3ffe, 0x501, 8, 0, 0x260, 0x97ff, 0xfe40, 0xefab }, { 0xff02, 0, 0, 0, 0, 0, 0, 1 },
		14230, 4739, 0x0f0c461c, 0xdde51bbf },
	{ { 0x3ffe, 0x1900, 0x4545, 3, 0x200, 0xf8ff, 0xfe21, 0x67cf },
		{ 0xfe80, 0, 0, 0, 0x200, 0xf8ff, 0xfe21, 0x67cf }, 44251, 38024, 0x4b61e985,
		0x02d1feef },
};

static void
expect_hash(uint32_t len, uint32_t hash, uint32_t type)
{
	struct twin_model *m = bed.port->model;
	struct model_dest d = { 0 };
	struct model_pkt pkt;

	model_parse(m, frame, len, &pkt);
	model_filter_queue(bed.port, &pkt, &d);
	assert_int_equal(d.hash, hash);
	assert_int_equal(d.rss_type, type);
}

static void
test_rss_vectors(void **state)
{
	uint32_t len;

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		len = make_ipv4(frame, 6, 40);
		memcpy(frame + 26, ms_ipv4[i].src, 4);
		memcpy(frame + 30, ms_ipv4[i].dst, 4);
		model_put_be16(frame + 34, ms_ipv4[i].sport);
		model_put_be16(frame + 36, ms_ipv4[i].dport);
		rss_on(ORIEL_MRQC_IPV4 | ORIEL_MRQC_TCP_IPV4);
		expect_hash(len, ms_ipv4[i].hash4, ORIEL_RSS_TCP_IPV4);
		rss_on(ORIEL_MRQC_IPV4 | ORIEL_MRQC_UDP_IPV4);
		expect_hash(len, ms_ipv4[i].hash2, ORIEL_RSS_IPV4);
		frame[23] = 17;
		expect_hash(len, ms_ipv4[i].hash4, ORIEL_RSS_UDP_IPV4);
		frame[20] = 0x20; /* a fragment has no ports */
		expect_hash(len, ms_ipv4[i].hash2, ORIEL_RSS_IPV4);
	}
	for (unsigned int i = 0; i < 3; i++) {
		len = make_ipv6(frame, 6, 40);
		for (unsigned int k = 0; k < 8; k++) {
			model_put_be16(frame + 22 + 2 * k, ms_ipv6[i].src[k]);
			model_put_be16(frame + 38 + 2 * k, ms_ipv6[i].dst[k]);
		}
		model_put_be16(frame + 54, ms_ipv6[i].sport);
		model_put_be16(frame + 56, ms_ipv6[i].dport);
		rss_on(ORIEL_MRQC_IPV6 | ORIEL_MRQC_TCP_IPV6);
		expect_hash(len, ms_ipv6[i].hash4, ORIEL_RSS_TCP_IPV6);
		rss_on(ORIEL_MRQC_IPV6);
		expect_hash(len, ms_ipv6[i].hash2, ORIEL_RSS_IPV6);
		rss_on(ORIEL_MRQC_TCP_IPV6_EX);
		expect_hash(len, ms_ipv6[i].hash4, ORIEL_RSS_TCP_IPV6_EX);
	}
}

static void
test_rss_queue(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);
	struct oriel_rx_desc *d;

	(void)state;
	memcpy(frame + 26, ms_ipv4[0].src, 4);
	memcpy(frame + 30, ms_ipv4[0].dst, 4);
	model_put_be16(frame + 34, ms_ipv4[0].sport);
	model_put_be16(frame + 36, ms_ipv4[0].dport);
	rss_on(ORIEL_MRQC_TCP_IPV4);
	wr(ORIEL_RETA(0x78 / 4), 0x0d); /* entry of hash ...78 */
	bed_rx_ring(13, 8, 2);
	bed_rx_ring(0, 8, 2);
	d = receive(len, 13, 0);
	assert_int_equal(taken(13), 1);
	assert_int_equal(d->wb.hash, 0x51ccc178);
	assert_int_equal(d->wb.info & ORIEL_RXD_RSS_TYPE, ORIEL_RSS_TCP_IPV4);
	/* without PCSD the field is the checksum of the packet, steering stays */
	wr(ORIEL_RXCSUM, 0);
	d = receive(len, 13, 1);
	assert_int_equal(d->wb.hash & 0xffff, 0);
	assert_int_equal(__builtin_bswap16((uint16_t)(d->wb.hash >> 16)),
		(uint16_t)~ref_csum(frame, len, 0));
	assert_int_equal(d->wb.info & ORIEL_RXD_RSS_TYPE, 0);
	/* what has no hash goes where entry 0 points */
	wr(ORIEL_RETA(0), 0);
	model_put_be16(frame + 12, 0x0806);
	receive(len, 0, 0);
	assert_int_equal(taken(0), 1);
	/* no RSS: DEF_Q */
	bed_rx_ring(6, 8, 2);
	wr(ORIEL_MRQC, ORIEL_PREP(ORIEL_MRQC_DEF_Q, 6));
	receive(len, 6, 0);
	assert_int_equal(taken(6), 1);
}

static void
test_fragment_checksum(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 40);
	struct oriel_rx_desc *d;

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_RXCSUM, ORIEL_RXCSUM_IPPCSE);
	fix_sums(frame, len);
	d = receive(len, 0, 0);
	assert_int_equal(d->wb.hash, 0x1234); /* no fragment: the IP id alone */
	model_put_be16(frame + 20, 0x2000);
	d = receive(len, 0, 1);
	assert_int_equal(d->wb.hash & 0xffff, 0x1234);
	assert_int_equal(d->wb.hash >> 16, (uint16_t)~ref_csum(frame + 34, len - 34, 0));
	assert_true(d->wb.status & ORIEL_RXD_UDPCS);
	assert_true(d->wb.status & ORIEL_RXD_UDPV);
	assert_false(d->wb.status & ORIEL_RXD_L4CS);
}

static void
test_filters(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	for (unsigned int q = 0; q < 6; q++)
		bed_rx_ring(q, 8, 2);
	/* 5-tuple 2: queue 3, all fields */
	wr(ORIEL_SAQF(2), 0x0100000a);
	wr(ORIEL_DAQF(2), 0x0200000a);
	wr(ORIEL_SPQF(2), __builtin_bswap16(1000));
	wr(ORIEL_IMIR(2), __builtin_bswap16(2000) | ORIEL_PREP(ORIEL_IMIR_PRIORITY, 2));
	wr(ORIEL_IMIREXT(2), ORIEL_IMIREXT_SIZE_BP | ORIEL_IMIREXT_CTRL_BP);
	wr(ORIEL_FTQF(2),
		6 | ORIEL_FTQF_QUEUE_EN | ORIEL_FTQF_VF_BP | ORIEL_PREP(ORIEL_FTQF_QUEUE, 3));
	receive(len, 3, 0);
	assert_int_equal(taken(3), 1);
	model_put_be16(frame + 36, 2001);
	receive(len, 0, 0);
	assert_int_equal(taken(0), 1);
	model_put_be16(frame + 36, 2000);
	/* a filter of higher priority that looks at the protocol alone */
	wr(ORIEL_IMIR(5), ORIEL_IMIR_PORT_BP | ORIEL_PREP(ORIEL_IMIR_PRIORITY, 3));
	wr(ORIEL_IMIREXT(5), ORIEL_IMIREXT_SIZE_BP | ORIEL_IMIREXT_CTRL_BP);
	wr(ORIEL_FTQF(5),
		6 | ORIEL_FTQF_QUEUE_EN | ORIEL_FTQF_SRC_IP_BP | ORIEL_FTQF_DST_IP_BP |
			ORIEL_FTQF_SRC_PORT_BP | ORIEL_PREP(ORIEL_FTQF_QUEUE, 4));
	receive(len, 4, 0);
	assert_int_equal(taken(4), 1);
	/* SYN: behind the 5-tuples, or before them with SYNQFP */
	wr(ORIEL_SYNQF, ORIEL_SYNQF_EN | ORIEL_PREP(ORIEL_SYNQF_QUEUE, 5));
	frame[14 + 20 + 13] = 0x02;
	receive(len, 4, 1);
	assert_int_equal(taken(4), 2);
	wr(ORIEL_RFCTL, ORIEL_RFCTL_SYNQFP);
	receive(len, 5, 0);
	assert_int_equal(taken(5), 1);
	/* EtherType: first of all, and the type bits say so */
	wr(ORIEL_ETQF(7),
		0x0800 | ORIEL_ETQF_FILTER_EN | ORIEL_ETQF_QUEUE_EN |
			ORIEL_PREP(ORIEL_ETQF_QUEUE, 2));
	assert_int_equal(receive(len, 2, 0)->wb.info, ORIEL_RXD_PT_ETQF | 7u << 4);
	assert_int_equal(taken(2), 1);
	wr(ORIEL_ETQF(7), 0x0800 | ORIEL_ETQF_FILTER_EN);
	assert_int_equal(receive(len, 5, 1)->wb.info, ORIEL_RXD_PT_ETQF | 7u << 4);
	assert_int_equal(taken(5), 2);
}

static void
test_drops(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	bed_rx_ring(0, 8, 2);
	for (unsigned int i = 0; i < 9; i++)
		bed_in(frame, len);
	bed_poll();
	assert_int_equal(taken(0), 7);
	assert_int_equal(bed.nb_in - bed.in_next, 2); /* they wait */
	assert_int_equal(rd(ORIEL_RNBC), 1);
	bed.missed = 5;
	bed_poll();
	assert_int_equal(rd(ORIEL_MPC), 5);
	assert_true(rd(ORIEL_ICR) & ORIEL_ICR_RXO);
	wr(ORIEL_RXQ(0) + ORIEL_SRRCTL, rd(ORIEL_RXQ(0) + ORIEL_SRRCTL) | ORIEL_SRRCTL_DROP_EN);
	bed_poll();
	assert_int_equal(bed.nb_in, 0);
	assert_int_equal(rd(ORIEL_RXQ(0) + ORIEL_RQDPC), 2);
	assert_int_equal(rd(ORIEL_RXQ(0) + ORIEL_RQDPC), 0);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_QUEUE], 2);
	/* QDE does the same */
	wr(ORIEL_RXQ(0) + ORIEL_SRRCTL, 0x02000002);
	bed_in(frame, len);
	bed_poll();
	assert_int_equal(bed.nb_in, 1);
	wr(ORIEL_QDE, 1);
	bed_poll();
	assert_int_equal(bed.nb_in, 0);
}

/* Fast mode: a plain page cannot clear RQDPC when it is read, MPC counts instead. */
static void
test_drops_fast(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	bed_power(0x10c9, 0, false, false);
	bed_up();
	bed_rx_ring(2, 8, 2);
	(void)state;
	wr(ORIEL_MRQC, ORIEL_PREP(ORIEL_MRQC_DEF_Q, 2));
	twin_reg_set(bed.port, ORIEL_QDE, 4);
	for (unsigned int i = 0; i < 9; i++)
		bed_in(frame, len);
	bed_poll();
	assert_int_equal(taken(2), 7);
	assert_int_equal(rd(ORIEL_MPC), 2);
	assert_int_equal(twin_reg(bed.port, ORIEL_RXQ(2) + ORIEL_RQDPC), 0);
	assert_int_equal(bed.port->cnt->rx[2].dropped, 2);
}

static void
test_off(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) & ~ORIEL_RCTL_RXEN);
	bed_in(frame, len);
	bed_poll();
	assert_int_equal(bed.nb_in, 0);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_DISABLED], 1);
	bed.fifo = TWIN_FIFO_WAIT;
	bed_in(frame, len);
	bed_poll();
	assert_int_equal(bed.nb_in, 1);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_RXEN);
	bed.port->bus_master = false;
	bed_poll();
	assert_int_equal(bed.nb_in, 1);
	bed.port->bus_master = true;
	twin_model_set_cable(bed.port, false);
	bed_poll();
	assert_int_equal(bed.nb_in, 1);
	twin_model_set_cable(bed.port, true);
	bed_wait(2 * MODEL_AN_NS);
	bed_poll();
	assert_int_equal(taken(0), 1);
}

static void
test_bad_dma(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	bed_rx_ring(0, 8, 2);
	bed_rxd(0, 0)->q[0] = 0; /* null: nobody mapped it */
	assert_true(receive(len, 0, 0)->wb.status & ORIEL_RXD_DD);
	assert_int_equal(bed.port->cnt->dma_violations, 1);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_DMA], 1);
	/* a buffer that lies in two windows is fine */
	bed.split = BED_RX_BUF(1) + 10 - BED_IOVA;
	receive(len, 0, 1);
	assert_memory_equal(bed_ptr(BED_RX_BUF(1)), frame, len);
	assert_int_equal(bed.port->cnt->dma_violations, 1);
	/* and so is a ring */
	bed.split = BED_RX_RING(0) + 32 - BED_IOVA;
	assert_true(receive(len, 0, 2)->wb.status & ORIEL_RXD_EOP);
	assert_int_equal(bed.port->cnt->dma_violations, 1);
	bed.split = 0;
	/* a ring base that leads nowhere: the device hangs until a function reset */
	wr(ORIEL_RXQ(1) + ORIEL_RDLEN, 128);
	wr(ORIEL_RXQ(1) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE);
	wr(ORIEL_RXQ(1) + ORIEL_RDT, 7);
	wr(ORIEL_MRQC, ORIEL_PREP(ORIEL_MRQC_DEF_Q, 1));
	bed_in(frame, len);
	bed_poll();
	assert_true(bed.port->model->stuck);
	wr(ORIEL_CTRL, ORIEL_CTRL_RST);
	assert_true(bed.port->model->stuck);
	twin_model_reset(bed.port, TWIN_RESET_FLR);
	assert_false(bed.port->model->stuck);
}

static void
test_bad_tail(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_RXQ(0) + ORIEL_RDT, 0xfff0);
	bed_in(frame, len);
	bed_poll();
	assert_int_equal(taken(0), 0);
	wr(ORIEL_RXQ(0) + ORIEL_RDT, 7);
	bed_poll();
	assert_int_equal(taken(0), 1);
	assert_int_equal(bed.port->cnt->dma_violations, 0);
}

static void
test_header_split(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 100);
	struct oriel_rx_desc *d;

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_RXQ(0) + ORIEL_SRRCTL,
		2 | ORIEL_PREP(ORIEL_SRRCTL_BSIZEHEADER, 1) |
			ORIEL_PREP(ORIEL_SRRCTL_DESCTYPE, ORIEL_DESCTYPE_HDR_SPLIT));
	for (unsigned int i = 0; i < 8; i++)
		bed_rxd(0, i)->q[1] = BED_HDR_BUF + 1024 * i;
	d = receive(len, 0, 0); /* PSRTYPE allows nothing yet */
	assert_int_equal(d->wb.length, len);
	assert_false(d->wb.info & ORIEL_RXD_SPH);
	wr(ORIEL_PSRTYPE(0), ORIEL_BIT(2));
	d = receive(len, 0, 1);
	assert_true(d->wb.info & ORIEL_RXD_SPH);
	assert_int_equal(ORIEL_GET(ORIEL_RXD_HDR_LEN, d->wb.info), 54);
	assert_int_equal(d->wb.length, len - 54);
	assert_memory_equal(bed_ptr(BED_HDR_BUF + 1024), frame, 54);
	assert_memory_equal(bed_ptr(BED_RX_BUF(1)), frame + 54, len - 54);
	/* 24 bytes of TCP options: 78 do not fit 64 */
	frame[14 + 20 + 12] = 11 << 4;
	d = receive(len, 0, 2);
	assert_true(d->wb.info & ORIEL_RXD_SPH);
	assert_true(d->wb.status & ORIEL_RXD_HBO);
	assert_int_equal(d->wb.length, len);
}

static void
test_wthresh(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 40);

	(void)state;
	bed_rx_ring(0, 32, 2);
	wr(ORIEL_RXQ(0) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE | ORIEL_PREP(ORIEL_RXDCTL_WTHRESH, 4));
	for (unsigned int i = 0; i < 3; i++)
		receive(len, 0, i);
	assert_false(bed_rxd(0, 0)->wb.status & ORIEL_RXD_DD);
	receive(len, 0, 3);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(bed_rxd(0, i)->wb.status & ORIEL_RXD_DD);
	receive(len, 0, 4);
	assert_false(bed_rxd(0, 4)->wb.status & ORIEL_RXD_DD);
	bed_wait(10 * MODEL_NS_PER_US);
	assert_true(bed_rxd(0, 4)->wb.status & ORIEL_RXD_DD);
	/* with MSI-X the rest of a batch stays where it is: erratum of the 82576 */
	wr(ORIEL_GPIE, ORIEL_GPIE_MULTIPLE_MSIX);
	receive(len, 0, 5);
	bed_wait(1000 * MODEL_NS_PER_US);
	assert_false(bed_rxd(0, 5)->wb.status & ORIEL_RXD_DD);
	wr(ORIEL_RXQ(0) + ORIEL_RXDCTL, rd(ORIEL_RXQ(0) + ORIEL_RXDCTL) | ORIEL_RXDCTL_SWFLSH);
	assert_true(bed_rxd(0, 5)->wb.status & ORIEL_RXD_DD);
}

/* What the device wrote is said to whoever wants it out of the caches; else nothing is. */
static void
test_wrote(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_rx_ring(0, 8, 1);
	receive(len, 0, 0);
	assert_int_equal(bed.flushes, 0);
	twin_flush_on = true;
	receive(len, 0, 1);
	assert_int_equal(bed.flushes, 2); /* data and descriptor */
	assert_int_equal(bed.flushed, len + sizeof(struct oriel_rx_desc));
	receive(1400, 0, 3); /* two buffers */
	assert_int_equal(bed.flushes, 6);
	assert_int_equal(bed.flushed, len + 1400 + 3 * sizeof(struct oriel_rx_desc));
}

static void
test_ptp(void **state)
{
	uint32_t low;

	(void)state;
	bed_rx_ring(0, 8, 2);
	wr(ORIEL_TIMINCA, 1u << 24 | 16u << 16);
	wr(ORIEL_ETQF(3), 0x88f7 | ORIEL_ETQF_FILTER_EN | ORIEL_ETQF_TS_1588);
	wr(ORIEL_TSYNCRXCTL, 0x1a); /* on, all version 2 event messages */
	memset(frame, 0, 100);
	memcpy(frame, "\x01\x1b\x19\x00\x00\x00\x02\x01\x02\x03\x04\x05\x88\xf7\x00\x02", 16);
	model_put_be16(frame + 14 + 30, 0xbeef);
	bed.now += 12345678;
	assert_true(receive(100, 0, 0)->wb.status & ORIEL_RXD_TS);
	assert_true(rd(ORIEL_TSYNCRXCTL) & 1);
	low = rd(ORIEL_RXSTMPL);
	assert_int_equal(rd(ORIEL_RXSATRL), 0x03020102);
	assert_int_equal(rd(ORIEL_RXSATRH) & 0xffff, 0x0504);
	assert_int_equal(rd(ORIEL_RXSATRH) >> 16, 0xbeef);
	assert_false(receive(100, 0, 1)->wb.status & ORIEL_RXD_TS); /* latched */
	assert_int_not_equal((uint64_t)rd(ORIEL_RXSTMPH) << 32 | low, 0);
	assert_false(rd(ORIEL_TSYNCRXCTL) & 1);
	assert_true(receive(100, 0, 2)->wb.status & ORIEL_RXD_TS);
	rd(ORIEL_RXSTMPH);
	frame[14] = 0x08; /* a general message */
	assert_false(receive(100, 0, 3)->wb.status & ORIEL_RXD_TS);
}

static void
test_pause(void **state)
{
	(void)state;
	bed_rx_ring(0, 8, 2);
	bed_tx_ring(0, 8);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_RFCE);
	memset(frame, 0, 60);
	memcpy(frame, "\x01\x80\xc2\x00\x00\x01\x02\x01\x02\x03\x04\x05\x88\x08\x00\x01\x10\x00",
		18);
	receive(60, 0, 0);
	assert_int_equal(taken(0), 0);
	assert_int_equal(rd(ORIEL_XOFFRXC), 1);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_TXOFF);
	bed_tx_frame(0, frame, 60, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 0);
	bed_wait(0x1000 * 512);
	bed_poll();
	assert_int_equal(bed.nb_out, 1);
	assert_false(rd(ORIEL_STATUS) & ORIEL_STATUS_TXOFF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bed_teardown)
		T(test_plain),
		T(test_address_filter),
		T(test_vlan),
		T(test_lengths),
		T(test_scatter),
		T(test_crc_kept),
		T(test_checksums),
		T(test_packet_types),
		T(test_rss_vectors),
		T(test_rss_queue),
		T(test_fragment_checksum),
		T(test_filters),
		T(test_drops),
		T(test_drops_fast),
		T(test_off),
		T(test_bad_dma),
		T(test_bad_tail),
		T(test_header_split),
		T(test_wthresh),
		T(test_wrote),
		T(test_ptp),
		T(test_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
