/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The flood: its frames, the short way that the model has for them and for plain frames
 * that are sent, and that both are seen by the driver as the long way is.
 */

#include "../twin/wire.h"
#include "twin_model_bed.h"

#define FLOWS 4u
#define RING 64u

static struct twin_wire_config wire_cfg;
static struct twin_wire wire;

static void
flood(uint32_t size, uint64_t frames)
{
	wire_cfg = (struct twin_wire_config){
		.kind = TWIN_WIRE_FLOOD, .frames = frames, .flows = FLOWS, .size = size
	};
	wire = (struct twin_wire){ .port = bed.port, .cfg = &wire_cfg };
	bed.fifo = TWIN_FIFO_WAIT;
	assert_int_equal(twin_wire_flood_ops.open(&wire), 0);
	assert_non_null(bed.port->flood);
}

static int
setup(void **state)
{
	bed_setup(state);
	bed_up();
	return 0;
}

static int
teardown(void **state)
{
	if (bed.port->flood != NULL)
		twin_wire_flood_ops.close(&wire);
	assert_null(bed.port->flood);
	return bed_teardown(state);
}

/* Gives the device all descriptors of queue 0 but one again, from `from` on. */
static void
rearm(unsigned int q, unsigned int from, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		bed_rxd(q, (from + i) % RING)->q[0] = BED_RX_BUF((from + i) % RING);
		bed_rxd(q, (from + i) % RING)->q[1] = 0;
	}
	wr(ORIEL_RXQ(q) + ORIEL_RDT, (from + nb) % RING);
}

static void
test_frames(void **state)
{
	uint8_t twin[TWIN_FLOOD_MAX_SIZE];
	const uint8_t *f;

	(void)state;
	flood(61, 1);
	for (uint32_t i = 0; i < FLOWS; i++) {
		f = bed.port->flood->data[i];
		assert_memory_equal(f, bed.port->cfg->mac, 6);
		assert_int_equal(f[6] & 1, 0);
		/* Sums that were made another way are the same. */
		memcpy(twin, f, 61);
		fix_sums(twin, 61);
		assert_memory_equal(twin, f, 61);
		assert_int_not_equal(model_be16(f + 34 + 6), 0);
		if (i > 0)
			assert_memory_not_equal(f + 26, bed.port->flood->data[i - 1] + 26, 10);
	}
}

static void
test_receive(void **state)
{
	const struct twin_counters *cnt = bed.port->cnt;

	(void)state;
	flood(60, UINT64_MAX);
	bed_rx_ring(0, RING, 2);
	assert_int_equal(bed_poll(), RING - 1);
	/* One of each flow went the long way, the others the short one. */
	for (uint32_t i = 0; i < RING - 1; i++) {
		const struct oriel_rx_desc *d = bed_rxd(0, i), *first = bed_rxd(0, i % FLOWS);

		assert_int_equal(d->wb.length, 60);
		assert_int_equal(d->wb.info, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_UDP);
		assert_int_equal(d->wb.status,
			ORIEL_RXD_DD | ORIEL_RXD_EOP | ORIEL_RXD_IPCS | ORIEL_RXD_L4CS |
				ORIEL_RXD_UDPCS);
		assert_memory_equal(d, first, sizeof(*d));
		assert_memory_equal(bed_ptr(BED_RX_BUF(i)), bed.port->flood->data[i % FLOWS], 60);
	}
	assert_int_equal(rd(ORIEL_RXQ(0) + ORIEL_RDH), RING - 1);
	assert_int_equal(cnt->rx[0].frames, RING - 1);
	assert_int_equal(cnt->rx[0].bytes, 60 * (RING - 1));
	assert_int_equal(cnt->rx[0].desc_fetched, RING - 1);
	assert_int_equal(cnt->rx[0].desc_written, RING - 1);
	assert_int_equal(cnt->desc_bytes_written, 16 * (RING - 1));
	assert_int_equal(cnt->payload_bytes_written, 60 * (RING - 1));
	assert_int_equal(cnt->dma_violations, 0);
	assert_int_equal(rd(ORIEL_GPRC), RING - 1);
	assert_int_equal(rd(ORIEL_PRC64), RING - 1);
	assert_int_equal(rd(ORIEL_MPRC), 0);
	assert_int_equal(rd(ORIEL_GORCL), 64 * (RING - 1));
	/* Without a descriptor they wait, and are lost where the queue says so. */
	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		assert_int_equal(cnt->drops[i], 0);
	assert_int_equal(bed_poll(), 0);
	rearm(0, RING - 1, 10);
	assert_int_equal(bed_poll(), 10);
	wr(ORIEL_RXQ(0) + ORIEL_SRRCTL, rd(ORIEL_RXQ(0) + ORIEL_SRRCTL) | ORIEL_SRRCTL_DROP_EN);
	twin_model_poll(bed.port, 8, 0);
	assert_int_equal(cnt->drops[TWIN_DROP_QUEUE], 8);
	assert_int_equal(cnt->rx[0].frames, RING - 1 + 10);
}

static void
test_end(void **state)
{
	(void)state;
	flood(1514, 2 * FLOWS + 1);
	bed_rx_ring(0, RING, 2);
	assert_int_equal(bed_poll(), 2 * FLOWS + 1);
	assert_int_equal(bed_poll(), 0);
	assert_int_equal(bed.port->flood->left, 0);
	assert_int_equal(rd(ORIEL_RXQ(0) + ORIEL_RDH), 2 * FLOWS + 1);
	assert_int_equal(bed_rxd(0, 2 * FLOWS)->wb.length, 1514);
	assert_memory_equal(bed_ptr(BED_RX_BUF(2 * FLOWS)), bed.port->flood->data[0], 1514);
}

/* What is remembered ends with whatever is written that could make it wrong. */
static void
test_forgets(void **state)
{
	uint32_t head = 0, crc;

	(void)state;
	flood(60, UINT64_MAX);
	bed_rx_ring(0, RING, 2);
	bed_rx_ring(1, RING, 2);
	/* queue 0 gets 16 at a time, and nobody else */
	wr(ORIEL_RXQ(0) + ORIEL_RDT, 16);
	assert_int_equal(bed_poll(), 16);
	head = 16;
	assert_int_equal(bed_rxd(0, 15)->wb.hash, 0);

	wr(ORIEL_RCTL, rd(ORIEL_RCTL) & ~ORIEL_RCTL_SECRC);
	rearm(0, head, 16);
	assert_int_equal(bed_poll(), 16);
	for (unsigned int i = head; i < head + 16; i++) {
		const uint8_t *sent = bed.port->flood->data[i % FLOWS];

		assert_int_equal(bed_rxd(0, i)->wb.length, 64);
		crc = ref_crc(sent, 60, 0xedb88320);
		assert_memory_equal((uint8_t *)bed_ptr(BED_RX_BUF(i)) + 60, &crc, 4);
		assert_memory_equal(bed_ptr(BED_RX_BUF(i)), sent, 60);
	}
	head += 16;
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) | ORIEL_RCTL_SECRC);
	/* a key, then RSS by UDP: hashes, the same for the same flow */
	for (unsigned int i = 0; i < ORIEL_NB_RSSRK; i++)
		wr(ORIEL_RSSRK(i), 0x6d5a56da + i * 0x01030507);
	wr(ORIEL_MRQC, ORIEL_MRQC_MODE_RSS | ORIEL_MRQC_UDP_IPV4);
	rearm(0, head, 16);
	assert_int_equal(bed_poll(), 16);
	for (unsigned int i = head; i < head + 16; i++) {
		assert_int_equal(bed_rxd(0, i)->wb.length, 60);
		assert_int_equal(bed_rxd(0, i)->wb.info & ORIEL_RXD_RSS_TYPE, ORIEL_RSS_UDP_IPV4);
		assert_int_not_equal(bed_rxd(0, i)->wb.hash, 0);
		assert_int_equal(bed_rxd(0, i)->wb.hash, bed_rxd(0, head + i % FLOWS)->wb.hash);
	}
	head += 16;
	/* another key: other hashes */
	crc = bed_rxd(0, head - FLOWS)->wb.hash;
	wr(ORIEL_RSSRK(0), 0x12345678);
	rearm(0, head, 8);
	assert_int_equal(bed_poll(), 8);
	assert_int_not_equal(bed_rxd(0, head)->wb.hash, crc);
	/* the table says queue 1 for all */
	for (unsigned int i = 0; i < 32; i++)
		wr(ORIEL_RETA(i), 0x01010101);
	assert_int_equal(bed_poll(), RING - 1);
	assert_int_equal(bed.port->cnt->rx[1].frames, RING - 1);
	/* no station's address and no promiscuity: all are refused */
	wr(ORIEL_RAH(0), 0);
	wr(ORIEL_RCTL, rd(ORIEL_RCTL) & ~(uint32_t)ORIEL_RCTL_UPE);
	rearm(1, RING - 1, 8);
	twin_model_poll(bed.port, 16, 0);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_FILTER], 16);
	assert_int_equal(bed.port->cnt->rx[1].frames, RING - 1);
}

static void
test_bad_address(void **state)
{
	(void)state;
	flood(60, UINT64_MAX);
	bed_rx_ring(0, RING, 2);
	bed_rxd(0, 30)->q[0] = 0x1000;
	bed_rxd(0, 40)->q[0] = BED_IOVA + BED_MEM - 30;
	bed_poll();
	assert_int_equal(bed.port->cnt->rx[0].frames, RING - 1);
	assert_int_equal(bed.port->cnt->dma_violations, 2);
	assert_int_equal(bed.port->cnt->drops[TWIN_DROP_DMA], 2);
	assert_memory_equal(bed_ptr(BED_RX_BUF(41)), bed.port->flood->data[1], 60);
}

/* A buffer across two windows is filled all the same. */
static void
test_two_windows(void **state)
{
	(void)state;
	flood(60, UINT64_MAX);
	bed_rx_ring(0, RING, 2);
	bed.split = BED_RX_BUF(33) - BED_IOVA + 20;
	assert_int_equal(bed_poll(), RING - 1);
	assert_int_equal(bed.port->cnt->dma_violations, 0);
	for (uint32_t i = 0; i < RING - 1; i++)
		assert_memory_equal(bed_ptr(BED_RX_BUF(i)), bed.port->flood->data[i % FLOWS], 60);
}

static void
test_send(void **state)
{
	const struct twin_counters *cnt = bed.port->cnt;
	const uint32_t plain = TXD_PLAIN & ~(uint32_t)ORIEL_TXD_RS;

	(void)state;
	flood(60, UINT64_MAX);
	bed_tx_ring(0, RING);
	for (unsigned int i = 0; i < 20; i++)
		bed_tx_desc(0, BED_TX_BUF + 64 * i, (i % 8 == 7 ? TXD_PLAIN : plain) | (60 + i),
			ORIEL_PREP(ORIEL_TXD_PAYLEN, 60 + i));
	/* a short one, which is padded: not plain */
	bed_tx_desc(0, BED_TX_BUF, TXD_PLAIN | 40, ORIEL_PREP(ORIEL_TXD_PAYLEN, 40));
	bed_tx_go(0);
	assert_int_equal(cnt->tx[0].frames, 21);
	assert_int_equal(cnt->tx[0].bytes, 20 * 60 + 190 + 60);
	assert_int_equal(cnt->tx[0].desc_fetched, 21);
	assert_int_equal(cnt->tx[0].desc_written, 3);
	assert_int_equal(cnt->payload_bytes_read, 20 * 60 + 190 + 40);
	assert_int_equal(rd(ORIEL_TXQ(0) + ORIEL_TDH), 21);
	for (unsigned int i = 0; i < 21; i++)
		assert_int_equal(bed_txd(0, i)->rd.olinfo & ORIEL_TXD_STA_DD,
			i % 8 == 7 || i == 20 ? ORIEL_TXD_STA_DD : 0);
	assert_int_equal(rd(ORIEL_GPTC), 21);
	/* 60 with CRC is 64, from 61 on it is the next one */
	assert_int_equal(rd(ORIEL_PTC64), 2);
	assert_int_equal(rd(ORIEL_PTC127), 19);
	assert_int_equal(rd(ORIEL_GOTCL), 20 * 60 + 190 + 60 + 21 * 4);
	/* the long one alone went to the wire; of the others no byte was read */
	assert_int_equal(bed.nb_out, 1);
	assert_int_equal(cnt->dma_violations, 0);
	bed_tx_desc(0, BED_IOVA + BED_MEM - 59, plain | 60, ORIEL_PREP(ORIEL_TXD_PAYLEN, 60));
	bed_tx_go(0);
	bed_poll();
	assert_int_equal(cnt->dma_violations, 1);
	assert_int_equal(cnt->tx[0].frames, 21);
	assert_true(bed.port->model->stuck);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_frames),
		T(test_receive),
		T(test_end),
		T(test_forgets),
		T(test_bad_address),
		T(test_two_windows),
		T(test_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
