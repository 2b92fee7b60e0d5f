/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The model's PAUSE frames: XOFF above the high mark, again while it lasts, XON below the low
 * one, and those of the partner; and the transmit rate scheduler.
 */

#include "twin_model_bed.h"

#define HIGH 40000u
#define LOW 20000u
#define QUANTA 1000u
#define QUANTUM_NS 512u

static uint8_t frame[1600];

static int
setup(void **state)
{
	bed_setup(state);
	bed_up();
	wr(ORIEL_RAL(0), 0x03020102);
	wr(ORIEL_RAH(0), 0x0504 | ORIEL_RAH_AV);
	wr(ORIEL_FCAL, 0x00c28001);
	wr(ORIEL_FCAH, 0x0100);
	wr(ORIEL_FCT, 0x8808);
	wr(ORIEL_FCTTV, QUANTA);
	wr(ORIEL_FCRTL, LOW | ORIEL_FCRTL_XONE);
	wr(ORIEL_FCRTH, HIGH);
	memset(frame, 0, sizeof(frame));
	return 0;
}

/* A frame came in, and the buffer holds so many bytes. */
static void
filled(uint32_t level)
{
	bed.level = level;
	if (level >= bed.high)
		bed.watch->high(bed.port);
}

/* The frame that was sent last is a PAUSE frame, and there is no other one. */
static void
assert_sent(unsigned int nb, uint16_t quanta)
{
	const uint8_t *f = bed.out[nb - 1].data;

	assert_int_equal(bed.nb_out, nb);
	assert_int_equal(bed.out[nb - 1].len, 60);
	assert_memory_equal(
		f, "\x01\x80\xc2\x00\x00\x01\x02\x01\x02\x03\x04\x05\x88\x08\x00\x01", 16);
	assert_int_equal(f[16] << 8 | f[17], quanta);
	for (unsigned int i = 18; i < 60; i++)
		assert_int_equal(f[i], 0);
}

static void
test_sends(void **state)
{
	(void)state;
	/* Only if it shall, and from the mark on. */
	assert_int_equal(bed.high, UINT32_MAX);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_TFCE);
	assert_int_equal(bed.high, HIGH);
	filled(HIGH - 1);
	assert_int_equal(bed.nb_out, 0);
	filled(HIGH);
	assert_sent(1, QUANTA);
	/* Not for every frame. */
	filled(HIGH + 100);
	assert_int_equal(bed.nb_out, 1);
	bed.level = LOW;
	bed_poll();
	assert_int_equal(bed.nb_out, 1);
	bed.level = LOW - 1;
	bed_poll();
	assert_sent(2, 0);
	bed_poll();
	assert_int_equal(bed.nb_out, 2);
	assert_int_equal(rd(ORIEL_XOFFTXC), 1);
	assert_int_equal(rd(ORIEL_XONTXC), 1);
	/* The pause is over and the buffer is full again. */
	filled(HIGH);
	assert_sent(3, QUANTA);
	bed_wait((uint64_t)QUANTA * QUANTUM_NS);
	filled(HIGH);
	assert_sent(4, QUANTA);
	wr(ORIEL_FCRTL, LOW);
	bed.level = 0;
	bed_poll();
	assert_int_equal(bed.nb_out, 4);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) & ~ORIEL_CTRL_TFCE);
	assert_int_equal(bed.high, UINT32_MAX);
}

static void
test_refresh(void **state)
{
	(void)state;
	wr(ORIEL_FCRTV, QUANTA / 4);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_TFCE);
	filled(HIGH);
	assert_int_equal(bed.nb_out, 1);
	for (unsigned int i = 2; i < 5; i++) {
		bed_wait((uint64_t)QUANTA * QUANTUM_NS * 3 / 4 - 1000);
		assert_int_equal(bed.nb_out, i - 1);
		bed_wait(1000);
		assert_sent(i, QUANTA);
	}
	bed.level = 0;
	bed_poll();
	assert_sent(5, 0);
	bed_wait((uint64_t)QUANTA * QUANTUM_NS * 2);
	assert_int_equal(bed.nb_out, 5);
}

/* A PAUSE frame of the partner's MAC stops the transmitter in the middle of a batch. */
static void
test_obeys(void **state)
{
	static const uint8_t xoff[60] = "\x01\x80\xc2\x00\x00\x01\x02\x01\x02\x03\x04\x06"
					"\x88\x08\x00\x01\x10\x00";
	uint8_t xon[60];

	(void)state;
	memcpy(xon, xoff, sizeof(xon));
	xon[16] = 0;
	bed_tx_ring(0, 8);
	assert_true(bed.watch->control(bed.port, xoff, 60));
	assert_int_equal(rd(ORIEL_FCRUC), 1);
	bed_tx_frame(0, frame, 60, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_RFCE);
	assert_true(bed.watch->control(bed.port, xoff, 60));
	bed_tx_frame(0, frame, 60, TXD_PLAIN, 0);
	assert_int_equal(bed.nb_out, 1);
	assert_true(bed.watch->control(bed.port, xon, 60));
	bed_poll();
	assert_int_equal(bed.nb_out, 2);
	assert_int_equal(rd(ORIEL_XOFFRXC), 1);
	assert_int_equal(rd(ORIEL_XONRXC), 1);
	/* The host sees it if it wants to. */
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_PMCF);
	assert_false(bed.watch->control(bed.port, xon, 60));
}

/* The partner's abilities, as PHY and negotiation show them. */
static void
test_partner(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		twin_model_set_partner(bed.port, i & 1, i & 2);
		bed_wait(MODEL_AN_NS);
		assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_LU);
		wr(ORIEL_MDIC,
			ORIEL_MDIC_OP_READ | ORIEL_PREP(ORIEL_MDIC_PHYADD, 1) |
				ORIEL_PREP(ORIEL_MDIC_REGADD, ORIEL_PHY_ANLPAR));
		assert_int_equal(rd(ORIEL_MDIC) & (ORIEL_ANAR_PAUSE | ORIEL_ANAR_ASYM_PAUSE),
			(i & 1 ? ORIEL_ANAR_PAUSE : 0) | (i & 2 ? ORIEL_ANAR_ASYM_PAUSE : 0));
	}
}

/* Frames that a queue sends in a time, in steps of 10 us, the ring being kept full. */
static unsigned int
sent_in(unsigned int q, uint32_t len, uint64_t ns)
{
	unsigned int sent = 0;

	for (uint64_t t = 0; t < ns; t += 10000) {
		bed_tx_frame(q, frame, len, TXD_PLAIN, 0);
		bed_wait(10000);
		bed_poll();
		sent += bed.nb_out;
		bed.nb_out = 0;
		/* What is left waits; the ring takes no more than it holds. */
		while ((bed.tx_tail[q] + 1) % bed.tx_nb[q] ==
			rd((uint32_t)ORIEL_TXQ(q) + ORIEL_TDH)) {
			bed_wait(10000);
			t += 10000;
			bed_poll();
			sent += bed.nb_out;
			bed.nb_out = 0;
		}
	}
	return sent;
}

static void
test_rate(void **state)
{
	const uint64_t second = 1000000000;
	unsigned int frames;

	(void)state;
	bed_tx_ring(0, 64);
	bed_tx_ring(1, 64);
	wr(ORIEL_RTTBCNRM, 0x4);
	wr(ORIEL_RTTDQSEL, 0);
	/* 1000 / 12.5 Mb/s */
	wr(ORIEL_RTTBCNRC, ORIEL_RTTBCNRC_RS_ENA | ORIEL_PREP(ORIEL_RTTBCNRC_RF_INT, 80));
	frames = sent_in(0, 1246, second); /* 10,000 bits with CRC */
	assert_in_range(frames, 1245, 1256);
	/* The other queue has no limit: a frame every 10 us, and what waits in the first one. */
	assert_in_range(sent_in(1, 1246, second / 10), 9990, 10070);
	/* Half a unit counts: 1000 / 1.5 = 666.7 Mb/s. */
	wr(ORIEL_RTTDQSEL, 1);
	wr(ORIEL_RTTBCNRC,
		ORIEL_RTTBCNRC_RS_ENA | ORIEL_PREP(ORIEL_RTTBCNRC_RF_INT, 1) |
			ORIEL_PREP(ORIEL_RTTBCNRC_RF_DEC, 8192));
	assert_in_range(sent_in(1, 1246, second / 10), 6600, 6700);
	/* Without the enable bit there is none. */
	wr(ORIEL_RTTBCNRC, ORIEL_PREP(ORIEL_RTTBCNRC_RF_INT, 80));
	assert_in_range(sent_in(1, 1246, second / 10), 9990, 10100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bed_teardown)
		T(test_sends),
		T(test_refresh),
		T(test_obeys),
		T(test_partner),
		T(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
