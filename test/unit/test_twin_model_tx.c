/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The model's transmit path: checksums and segments from the descriptors' lengths,
 * tags, padding, malformed descriptors, write-back, loopback. What a segment must look
 * like is computed here apart from the model.
 */

#include "twin_model_bed.h"

#define NB 64u

static uint8_t frame[TWIN_MAX_FRAME];
static uint8_t big[300000];

static int
setup(void **state)
{
	bed_setup(state);
	bed_up();
	bed_tx_ring(0, NB);
	return 0;
}

static bool
done(unsigned int i)
{
	return (bed_txd(0, i)->rd.olinfo & ORIEL_TXD_STA_DD) != 0;
}

static uint32_t
lens(uint32_t maclen, uint32_t iplen, uint32_t vlan)
{
	return ORIEL_PREP(ORIEL_TXC_MACLEN, maclen) | ORIEL_PREP(ORIEL_TXC_IPLEN, iplen) |
		ORIEL_PREP(ORIEL_TXC_VLAN, vlan);
}

static void
expect_bad(unsigned int n)
{
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_TX_BAD], n);
	assert_int_equal(bed.nb_out, 0);
}

static void
test_plain(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(bed.out[0].len, len);
	assert_memory_equal(bed.out[0].data, frame, len);
	assert_true(done(0));
	assert_int_equal(rd(ORIEL_TXQ(0) + ORIEL_TDH), 1);
	assert_int_equal(rd(ORIEL_GPTC), 1);
	assert_int_equal(rd(ORIEL_TPT), 1);
	assert_int_equal(rd(ORIEL_GOTCL), len + 4);
	assert_int_equal(rd(ORIEL_PTC255), 1);
	/* no RS, no DD */
	bed_tx_frame(0, frame, len, TXD_PLAIN & ~ORIEL_TXD_RS, 0);
	assert_int_equal(bed.nb_out, 2);
	assert_false(done(1));
	/* padding */
	bed_tx_frame(0, frame, 17, TXD_PLAIN, 0);
	assert_int_equal(bed.out[2].len, 60);
	assert_memory_equal(bed.out[2].data, frame, 17);
	for (unsigned int i = 17; i < 60; i++)
		assert_int_equal(bed.out[2].data[i], 0);
	assert_int_equal(rd(ORIEL_PTC64), 1);
}

/* A frozen queue fetches nothing, others do; told so or reset, it goes on. */
static void
test_frozen(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_tx_ring(1, NB);
	twin_model_fault(bed.port, TWIN_FAULT_TX_HANG, 1, true);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	bed_tx_frame(1, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(rd(ORIEL_TXQ(0) + ORIEL_TDH), 0);
	assert_int_equal(rd(ORIEL_TXQ(1) + ORIEL_TDH), 1);
	twin_model_fault(bed.port, TWIN_FAULT_TX_HANG, 1, false);
	bed_poll();
	assert_int_equal(bed.nb_out, 2);
	assert_int_equal(rd(ORIEL_TXQ(0) + ORIEL_TDH), 1);
	twin_model_fault(bed.port, TWIN_FAULT_TX_HANG, 0xffff, true);
	wr(ORIEL_CTRL, ORIEL_CTRL_RST);
	assert_int_equal(bed.port->model->tx_frozen, 0);
}

/* DMA out of step: a cause, and no frame until a function-level reset; CTRL.RST is not enough. */
static void
test_dma_fault(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	rd(ORIEL_ICR);
	twin_model_fault(bed.port, TWIN_FAULT_DMA, 0, true);
	assert_true(rd(ORIEL_ICR) & ORIEL_ICR_DOUTSYNC);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 0);
	wr(ORIEL_CTRL, ORIEL_CTRL_RST);
	assert_true(bed.port->model->stuck);
	twin_model_reset(bed.port, TWIN_RESET_FLR);
	assert_false(bed.port->model->stuck);
}

/* Somebody else's reset: nothing of the driver's is left, and a cause says so. */
static void
test_reset_fault(void **state)
{
	(void)state;
	twin_model_fault(bed.port, TWIN_FAULT_RESET, 0, true);
	assert_int_equal(rd(ORIEL_RCTL) & ORIEL_RCTL_RXEN, 0);
	assert_int_equal(rd(ORIEL_TCTL) & ORIEL_TCTL_EN, 0);
	assert_true(rd(ORIEL_ICR) & ORIEL_ICR_DRSTA);
}

/* The frame has left when its write-back has not. */
static void
test_completion_is_later(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	wr(ORIEL_TXQ(0) + ORIEL_TDT, 1);
	twin_model_poll(bed.port, 8, 8);
	assert_int_equal(bed.nb_out, 1);
	assert_false(done(0));
	assert_int_equal(twin_model_next_timer(bed.port), 0);
	twin_model_poll(bed.port, 0, 0);
	assert_true(done(0));
	twin_cfg.lockstep = true; /* told to move, it finishes what it moved */
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	wr(ORIEL_TXQ(0) + ORIEL_TDT, 2);
	twin_model_poll(bed.port, 8, 8);
	assert_true(done(1));
}

/* A write-back is said to whoever wants it out of the caches. */
static void
test_wrote(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	twin_flush_on = true;
	twin_cfg.lockstep = true;
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	bed_tx_desc(0, BED_TX_BUF, (TXD_PLAIN & ~ORIEL_TXD_RS) | len,
		ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	wr(ORIEL_TXQ(0) + ORIEL_TDT, 2);
	twin_model_poll(bed.port, 8, 8);
	assert_int_equal(bed.nb_out, 2);
	assert_int_equal(bed.flushes, 1);
	assert_int_equal(bed.flushed, sizeof(struct oriel_tx_desc));
}

/* Master disable is over when what was sent is written back. */
static void
test_drain(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	wr(ORIEL_TXQ(0) + ORIEL_TDT, 1);
	twin_model_poll(bed.port, 8, 8);
	assert_false(done(0));
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_GIO_MASTER_DISABLE);
	assert_true(done(0));
	/* no bus master: nothing is tried, and nothing keeps the engine awake */
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) & ~ORIEL_CTRL_GIO_MASTER_DISABLE);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	wr(ORIEL_TXQ(0) + ORIEL_TDT, 2);
	twin_model_poll(bed.port, 8, 8);
	bed.port->bus_master = false;
	twin_model_poll(bed.port, 8, 8);
	assert_false(done(1));
	assert_true(twin_model_next_timer(bed.port) > 0);
	wr(ORIEL_TXQ(0) + ORIEL_TXDCTL, 0);
	assert_int_equal(bed.port->cnt->dma_violations, 0);
}

static void
test_segments_of_memory(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 5000);

	(void)state;
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	bed_tx_desc(0, BED_TX_BUF, (TXD_PLAIN & ~ORIEL_TXD_EOP) | 10,
		ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	bed_tx_desc(0, BED_TX_BUF + 10, (TXD_PLAIN & ~ORIEL_TXD_EOP) | 4000, 0);
	bed_tx_go(0);
	assert_int_equal(bed.nb_out, 0); /* not complete */
	assert_int_equal(rd(ORIEL_TXQ(0) + ORIEL_TDH), 0);
	bed.split = BED_TX_BUF + 4100 - BED_IOVA;
	bed_tx_desc(0, BED_TX_BUF + 4010, TXD_PLAIN | (len - 4010), 0);
	bed_tx_go(0);
	assert_int_equal(bed.out[0].len, len);
	assert_memory_equal(bed.out[0].data, frame, len);
	assert_int_equal(bed.port->cnt->dma_violations, 0);
}

static void
test_malformed(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);
	unsigned int n = 0;

	(void)state;
	/* PAYLEN is not what comes */
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len - 1));
	bed_tx_go(0);
	expect_bad(++n);
	assert_true(done(0));
	/* too short, too long */
	bed_tx_frame(0, frame, 16, TXD_PLAIN, 0);
	expect_bad(++n);
	bed_tx_frame(0, frame, 9725, TXD_PLAIN, 0);
	expect_bad(++n);
	/* an empty descriptor inside a frame */
	bed_tx_desc(0, BED_TX_BUF, (TXD_PLAIN & ~ORIEL_TXD_EOP) | len,
		ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN, 0);
	bed_tx_go(0);
	expect_bad(++n);
	/* a context inside a frame */
	bed_tx_desc(0, BED_TX_BUF, (TXD_PLAIN & ~ORIEL_TXD_EOP) | 50,
		ORIEL_PREP(ORIEL_TXD_PAYLEN, 100));
	bed_tx_ctx(0, 0, 0, 0);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | 50, 0);
	bed_tx_go(0);
	expect_bad(++n);
	/* offload without a context, with one of another index, with lengths beyond the frame */
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_IXSM);
	expect_bad(++n);
	bed_tx_ctx(0, lens(14, 20, 0), ORIEL_TXC_IPV4, ORIEL_PREP(ORIEL_TXC_IDX, 1));
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_IXSM);
	expect_bad(++n);
	bed_tx_ctx(0, lens(127, 511, 0), ORIEL_TXC_IPV4, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_IXSM);
	expect_bad(++n);
	bed_tx_ctx(0, lens(14, 20, 0), ORIEL_TXC_IPV4, ORIEL_PREP(ORIEL_TXC_IDX, 5));
	bed_tx_go(0);
	expect_bad(++n);
	/* edited, but without IFCS */
	bed_tx_ctx(0, lens(14, 20, 0), ORIEL_TXC_IPV4, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN & ~ORIEL_TXD_IFCS, ORIEL_TXD_IXSM);
	expect_bad(++n);
	/* short frames need PSP */
	wr(ORIEL_TCTL, ORIEL_TCTL_EN);
	bed_tx_frame(0, frame, 59, TXD_PLAIN, 0);
	expect_bad(++n);
	/* a lone empty descriptor is nothing at all */
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN, 0);
	bed_tx_go(0);
	expect_bad(n);
	bed_tx_frame(0, frame, 60, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(bed.port->cnt->tx[0].dropped, n);
}

/* More descriptors than the ring can hold at once never get an end. */
static void
test_longer_than_ring(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	for (unsigned int i = 0; i < NB - 1; i++)
		bed_tx_desc(0, BED_TX_BUF, (TXD_PLAIN & ~ORIEL_TXD_EOP) | 10,
			ORIEL_PREP(ORIEL_TXD_PAYLEN, 1000));
	bed_tx_go(0);
	expect_bad(1);
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | 10, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(bed.out[0].len, len);
}

static void
test_own_crc(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100), crc = ref_crc(frame, len, 0xedb88320);

	(void)state;
	memcpy(frame + len, &crc, 4);
	bed_tx_frame(0, frame, len + 4, TXD_PLAIN & ~ORIEL_TXD_IFCS, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(bed.out[0].len, len);
	bed.nb_out = 0;
	frame[len] ^= 1;
	bed_tx_frame(0, frame, len + 4, TXD_PLAIN & ~ORIEL_TXD_IFCS, 0);
	expect_bad(1);
}

/* Puts the pseudo-header's sum where layer 4 has its checksum, as a driver must. */
static void
seed(uint8_t *f, uint32_t l3, bool v4, bool tso, uint32_t len)
{
	uint8_t *ip = f + l3, proto = v4 ? ip[9] : ip[6], *l4 = ip + (v4 ? 20 : 40);
	uint32_t l4_len = tso ? 0 : len - l3 - (v4 ? 20 : 40);

	model_put_be16(l4 + (proto == 6 ? 16 : 6), ref_pseudo(ip, proto, l4_len));
}

static uint32_t
l4t(uint8_t proto)
{
	return proto == 6   ? ORIEL_TXC_L4T_TCP :
		proto == 17 ? ORIEL_TXC_L4T_UDP :
			      ORIEL_TXC_L4T_SCTP;
}

static void
test_checksums(void **state)
{
	static const uint8_t protos[] = { 6, 17, 132 };
	uint8_t want[2000];

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		uint8_t proto = protos[i / 2];
		bool v4 = i & 1;
		uint32_t len = v4 ? make_ipv4(frame, proto, 333) : make_ipv6(frame, proto, 334);

		memcpy(want, frame, len);
		fix_sums(want, len);
		if (proto != 132)
			seed(frame, 14, v4, false, len);
		bed_tx_ctx(0, lens(14, v4 ? 20 : 40, 0), l4t(proto) | (v4 ? ORIEL_TXC_IPV4 : 0), 0);
		bed.nb_out = 0;
		bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_TXSM | (v4 ? ORIEL_TXD_IXSM : 0));
		assert_int_equal(bed.nb_out, 1);
		assert_int_equal(bed.out[0].len, len);
		assert_memory_equal(bed.out[0].data, want, len);
	}
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_TX_BAD], 0);
}

/* Wrong lengths and a missing seed give wrong frames, not right ones. */
static void
test_lengths_are_used(void **state)
{
	uint32_t len = make_ipv4(frame, 6, 100);
	uint8_t want[200];

	(void)state;
	memcpy(want, frame, len);
	fix_sums(want, len);
	bed_tx_ctx(0, lens(14, 20, 0), ORIEL_TXC_L4T_TCP | ORIEL_TXC_IPV4, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_TXSM | ORIEL_TXD_IXSM);
	assert_memory_equal(bed.out[0].data, want, 50); /* IP is right */
	assert_memory_not_equal(bed.out[0].data + 50, want + 50, 2);
	seed(frame, 14, true, false, len);
	bed_tx_ctx(0, lens(14, 24, 0), ORIEL_TXC_L4T_TCP | ORIEL_TXC_IPV4, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_TXSM | ORIEL_TXD_IXSM);
	assert_memory_not_equal(bed.out[1].data + 24, want + 24, 2);
	assert_memory_equal(bed.out[1].data + 50, frame + 50, 2); /* it went elsewhere */
	assert_memory_not_equal(bed.out[1].data + 54, frame + 54, 2);
	bed_tx_ctx(0, lens(14, 20, 0), ORIEL_TXC_L4T_UDP | ORIEL_TXC_IPV4, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_TXSM | ORIEL_TXD_IXSM);
	assert_memory_not_equal(bed.out[2].data + 40, frame + 40, 2); /* UDP's field is at 6 */
	/* a checksum field that was not cleared is summed too */
	model_put_be16(frame + 24, 0x1111);
	bed_tx_frame(0, frame, len, TXD_PLAIN, ORIEL_TXD_IXSM);
	assert_memory_not_equal(bed.out[3].data + 24, want + 24, 2);
}

static void
test_vlan(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 10);

	(void)state;
	bed_tx_ctx(0, lens(14, 0, 0x6abc), 0, ORIEL_PREP(ORIEL_TXC_IDX, 1));
	bed_tx_frame(0, frame, len, TXD_PLAIN | ORIEL_TXD_VLE, ORIEL_PREP(ORIEL_TXD_IDX, 1));
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(bed.out[0].len, 60); /* 52 + 4, padded */
	assert_memory_equal(bed.out[0].data, frame, 12);
	assert_int_equal(model_be32(bed.out[0].data + 12), 0x81006abc);
	assert_memory_equal(bed.out[0].data + 16, frame + 12, len - 12);
	/* the tag follows VET, and in double VLAN mode the outer tag that is there */
	wr(ORIEL_VET, 0x88a89100);
	wr(ORIEL_CTRL_EXT, rd(ORIEL_CTRL_EXT) | ORIEL_CTRL_EXT_EXT_VLAN);
	bed_tx_frame(0, frame, 100, TXD_PLAIN | ORIEL_TXD_VLE, ORIEL_PREP(ORIEL_TXD_IDX, 1));
	assert_int_equal(bed.out[1].len, 104);
	assert_int_equal(model_be32(bed.out[1].data + 16), 0x91006abc);
}

struct tso_case {
	bool v4, vle;
	uint8_t proto;
	uint32_t payload, mss;
};

static void
tso_send(const struct tso_case *c, uint32_t *hdr)
{
	uint32_t len = c->v4 ? make_ipv4(big, c->proto, c->payload) :
			       make_ipv6(big, c->proto, c->payload);
	uint32_t l4len = c->proto == 6 ? 20 : 8, at = 0, part;

	*hdr = len - c->payload;
	model_put_be16(big + 14 + (c->v4 ? 2 : 4), 0);
	if (c->proto == 6)
		big[*hdr - 7] = 0x99; /* CWR, ACK, PSH, FIN */
	else
		model_put_be16(big + *hdr - 4, 0);
	seed(big, 14, c->v4, true, len);
	bed_tx_ctx(0, lens(14, c->v4 ? 20 : 40, 0x123),
		l4t(c->proto) | (c->v4 ? ORIEL_TXC_IPV4 : 0),
		ORIEL_PREP(ORIEL_TXC_L4LEN, l4len) | ORIEL_PREP(ORIEL_TXC_MSS, c->mss));
	memcpy(bed_ptr(BED_TX_BUF), big, len);
	while (at < len) {
		part = len - at < 20000 ? len - at : 20000;
		bed_tx_desc(0, BED_TX_BUF + at,
			part | ORIEL_TXD_TSE | (c->vle ? ORIEL_TXD_VLE : 0) |
				(at + part < len ? TXD_PLAIN & ~ORIEL_TXD_EOP : TXD_PLAIN),
			ORIEL_TXD_TXSM | (c->v4 ? ORIEL_TXD_IXSM : 0) |
				ORIEL_PREP(ORIEL_TXD_PAYLEN, c->payload));
		at += part;
	}
	bed_tx_go(0);
}

/* Segment i as it has to look, without tag; returns its length. */
static uint32_t
tso_expect(const struct tso_case *c, uint32_t hdr, uint32_t i, uint32_t n, uint8_t *want)
{
	uint32_t at = i * c->mss, chunk = c->payload - at < c->mss ? c->payload - at : c->mss;
	uint8_t *ip = want + 14, *l4 = ip + (c->v4 ? 20 : 40);
	static const uint8_t flags[3] = { 0x90, 0x10, 0x19 };

	memcpy(want, big, hdr);
	memcpy(want + hdr, big + hdr + at, chunk);
	if (c->v4) {
		model_put_be16(ip + 2, hdr - 14 + chunk);
		model_put_be16(ip + 4, 0x1234 + i);
	} else {
		model_put_be16(ip + 4, hdr - 54 + chunk);
	}
	if (c->proto == 6) {
		model_put_be32(l4 + 4, 0x01020304 + at);
		l4[13] = n == 1 ? 0x99 : i == 0 ? flags[0] : i + 1 == n ? flags[2] : flags[1];
	} else {
		model_put_be16(l4 + 4, 8 + chunk);
	}
	fix_sums(want, hdr + chunk);
	return hdr + chunk;
}

static void
test_tso(void **state)
{
	static const struct tso_case cases[] = {
		{ true, false, 6, 5000, 1460 },
		{ false, false, 6, 5000, 1440 },
		{ true, true, 6, 1461, 1460 },
		{ true, false, 6, 1000, 1460 },
		{ true, false, 6, 1460 * 3, 1460 },
		{ true, false, 6, 261000, 1460 },
		{ false, true, 6, 60000, 9000 },
		{ true, false, 17, 4000, 1400 },
		{ true, false, 6, 3, 1 },
	};
	static uint8_t want[TWIN_MAX_FRAME];
	uint32_t hdr, total = 0;

	(void)state;
	for (unsigned int k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const struct tso_case *c = &cases[k];
		uint32_t n = (c->payload + c->mss - 1) / c->mss;

		bed.nb_out = 0;
		tso_send(c, &hdr);
		assert_int_equal(bed.nb_out, n);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t len = tso_expect(c, hdr, i, n, want);
			struct bed_frame *f = &bed.out[i];

			uint32_t min = c->vle ? 56 : 60; /* the tag counts */

			if (c->vle) {
				assert_int_equal(model_be32(f->data + 12), 0x81000123);
				memmove(f->data + 12, f->data + 16, f->len - 16);
				f->len -= 4;
			}
			assert_int_equal(f->len, len < min ? min : len);
			assert_memory_equal(f->data, want, len);
		}
		total++;
	}
	assert_int_equal(rd(ORIEL_TSCTC), total);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_TX_BAD], 0);
}

static void
test_tso_malformed(void **state)
{
	static const struct tso_case mss0 = { true, false, 6, 5000, 0 };
	static const struct tso_case mss_high = { true, false, 6, 20000, 9217 };
	static const struct tso_case sctp = { true, false, 132, 3000, 1000 };
	static const struct tso_case good = { true, false, 6, 3000, 1000 };
	uint32_t hdr;

	(void)state;
	tso_send(&mss0, &hdr);
	expect_bad(1);
	tso_send(&mss_high, &hdr);
	expect_bad(2);
	tso_send(&sctp, &hdr);
	expect_bad(3);
	/* PAYLEN counts the payload alone */
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | ORIEL_TXD_TSE | 3054,
		ORIEL_TXD_TXSM | ORIEL_TXD_IXSM | ORIEL_PREP(ORIEL_TXD_PAYLEN, 3054));
	bed_tx_go(0);
	expect_bad(4);
	/* the wire fills in the middle: the rest follows, nothing is sent twice */
	bed.wire_full = true;
	tso_send(&good, &hdr);
	assert_int_equal(bed.nb_out, 0);
	assert_false(done(bed.tx_tail[0] - 1));
	bed.wire_full = false;
	bed_poll();
	assert_int_equal(bed.nb_out, 3);
	assert_true(done(bed.tx_tail[0] - 1));
}

static void
test_wthresh(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	wr(ORIEL_TXQ(0) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE | ORIEL_PREP(ORIEL_TXDCTL_WTHRESH, 4));
	for (unsigned int i = 0; i < 3; i++)
		bed_tx_frame(0, frame, len, TXD_PLAIN & ~(i == 0 ? ORIEL_TXD_RS : 0), 0);
	assert_false(done(1));
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(done(i));
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_false(done(4));
	bed_wait(10 * MODEL_NS_PER_US);
	assert_true(done(4));
	wr(ORIEL_GPIE, ORIEL_GPIE_MULTIPLE_MSIX);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	bed_wait(1000 * MODEL_NS_PER_US);
	assert_false(done(5));
}

static void
test_head_writeback(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100), *head = bed_ptr(BED_HDR_BUF);

	(void)state;
	wr(ORIEL_TXQ(0) + ORIEL_TDWBAL, (uint32_t)BED_HDR_BUF | ORIEL_TDWBAL_HEAD_WB_EN);
	wr(ORIEL_TXQ(0) + ORIEL_TDWBAH, (uint32_t)(BED_HDR_BUF >> 32));
	bed_tx_frame(0, frame, len, TXD_PLAIN & ~ORIEL_TXD_RS, 0);
	assert_int_equal(*head, 0);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(*head, 2);
	assert_false(done(0));
	assert_false(done(1));
}

static void
test_gates(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	twin_model_set_cable(bed.port, false);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 0);
	twin_model_set_cable(bed.port, true);
	bed_wait(2 * MODEL_AN_NS);
	wr(ORIEL_TCTL, ORIEL_TCTL_PSP);
	bed_poll();
	assert_int_equal(bed.nb_out, 0);
	wr(ORIEL_TCTL, ORIEL_TCTL_PSP | ORIEL_TCTL_EN);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_GIO_MASTER_DISABLE);
	bed_poll();
	assert_int_equal(bed.nb_out, 0);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) & ~ORIEL_CTRL_GIO_MASTER_DISABLE);
	bed_poll();
	assert_int_equal(bed.nb_out, 1);
	/* a read that is refused hangs the port */
	bed_tx_desc(0, 0x1000, TXD_PLAIN | len, ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.port->cnt->dma_violations, 1);
	assert_int_equal(bed.nb_out, 1);
	bed_poll();
	assert_int_equal(bed.port->cnt->dma_violations, 1);
}

static void
test_loopback(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	bed_rx_ring(0, 8, 2);
	twin_model_set_cable(bed.port, false);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_PREP(ORIEL_RCTL_LBM, 1));
	fix_sums(frame, len);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 0);
	assert_int_equal(bed.port->cnt->rx[0].frames, 1);
	assert_memory_equal(bed_ptr(BED_RX_BUF(0)), frame, len);
	/* PHY loopback, without a cable */
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) & ~ORIEL_RCTL_LBM);
	wr(ORIEL_MDIC, 0x4140 | ORIEL_PREP(ORIEL_MDIC_PHYADD, 1) | ORIEL_MDIC_OP_WRITE);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_LU);
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 0);
	assert_int_equal(bed.port->cnt->rx[0].frames, 2);
}

static void
test_timestamp(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 100);

	(void)state;
	wr(ORIEL_TIMINCA, 1u << 24 | 16u << 16);
	wr(ORIEL_TSYNCTXCTL, 0x10);
	bed.now += 1000;
	bed_tx_frame(0, frame, len, TXD_PLAIN, 0);
	assert_int_equal(rd(ORIEL_TSYNCTXCTL), 0x10);
	bed_tx_frame(0, frame, len, TXD_PLAIN | ORIEL_TXD_MAC_TSTAMP, 0);
	assert_int_equal(rd(ORIEL_TSYNCTXCTL), 0x11);
	assert_true(rd(ORIEL_TXSTMPL) != 0);
	rd(ORIEL_TXSTMPH);
	assert_int_equal(rd(ORIEL_TSYNCTXCTL), 0x10);
}

static void
test_legacy(void **state)
{
	uint32_t len = make_ipv4(frame, 17, 101);
	uint8_t want[200];

	(void)state;
	memcpy(want, frame, len);
	fix_sums(want, len);
	seed(frame, 14, true, false, len);
	model_put_be16(frame + 24, model_be16(want + 24));
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	/* CSO 40, CSS 34; IC is bit 26 */
	bed_tx_desc(0, BED_TX_BUF,
		len | 40u << 16 | ORIEL_TXD_EOP | ORIEL_TXD_IFCS | ORIEL_BIT(26) | ORIEL_TXD_RS |
			ORIEL_TXD_VLE,
		34u << 8 | 0x0777u << 16);
	bed_tx_go(0);
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(model_be32(bed.out[0].data + 12), 0x81000777);
	assert_memory_equal(bed.out[0].data + 16, want + 12, len - 12);
	assert_true(done(0));
}

/* Random descriptors: nothing outside the DMA memory is touched, and the ring moves on. */
static void
test_random(void **state)
{
	uint32_t s = 4711;

	(void)state;
	print_message("seed %u\n", s);
	for (unsigned int i = 0; i < 100000; i++) {
		struct oriel_tx_desc *d = bed_txd(0, bed.tx_tail[0]);

		for (unsigned int k = 0; k < 2; k++) {
			s = s * 1664525 + 1013904223;
			d->q[k] = (uint64_t)s << 32;
			s = s * 1664525 + 1013904223;
			d->q[k] |= s;
		}
		if (s & 0x100) {
			/* mostly plausible: an address inside, data or context, few bytes */
			d->q[0] = BED_TX_BUF + (d->q[0] & 0x3ffff);
			d->rd.cmd = (d->rd.cmd & ~(ORIEL_TXD_DTYP | 0xf000)) | ORIEL_TXD_DEXT |
				(s & 0x200 ? ORIEL_TXD_DTYP_DATA : ORIEL_TXD_DTYP_CTX);
		} else if ((d->rd.cmd & (ORIEL_TXD_DTYP | ORIEL_TXD_DEXT)) !=
			(ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT)) {
			d->q[0] = BED_TX_BUF;
		}
		bed.tx_tail[0] = (bed.tx_tail[0] + 1) % NB;
		bed.nb_out = 0;
		bed_tx_go(0);
	}
	assert_false(bed.port->model->stuck);
	assert_true(bed.port->cnt->drops[TWIN_DROP_TX_BAD] > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bed_teardown)
		T(test_plain),
		T(test_frozen),
		T(test_dma_fault),
		T(test_reset_fault),
		T(test_completion_is_later),
		T(test_wrote),
		T(test_drain),
		T(test_segments_of_memory),
		T(test_malformed),
		T(test_longer_than_ring),
		T(test_own_crc),
		T(test_checksums),
		T(test_lengths_are_used),
		T(test_vlan),
		T(test_tso),
		T(test_tso_malformed),
		T(test_wthresh),
		T(test_head_writeback),
		T(test_gates),
		T(test_loopback),
		T(test_timestamp),
		T(test_legacy),
		T(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
