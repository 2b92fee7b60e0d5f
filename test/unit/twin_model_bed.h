/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the unit tests of the device model share: a host with a flat DMA memory and a
 * clock that the test moves, a wire that keeps what was sent, and a driver of a few
 * lines that sets up rings.
 */

#ifndef TWIN_MODEL_BED_H
#define TWIN_MODEL_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../twin/model.h"

#define BED_IOVA UINT64_C(0x100000000) /* where the DMA memory lies for the device */
#define BED_MEM 0x400000u	       /* its bytes */
#define BED_BUF_SIZE 16384u
#define BED_NB_FRAMES 512u

/* layout of the DMA memory */
#define BED_RX_RING(q) (BED_IOVA + 0x10000u * (q))
#define BED_TX_RING(q) (BED_IOVA + 0x80000u + 0x10000u * (q))
#define BED_RX_BUF(i) (BED_IOVA + 0x100000u + BED_BUF_SIZE * (i)) /* i below 64 */
#define BED_TX_BUF (BED_IOVA + 0x200000u)
#define BED_HDR_BUF (BED_IOVA + 0x300000u)

struct bed_frame {
	uint32_t len;
	uint8_t data[TWIN_MAX_FRAME];
};

struct bed {
	struct twin_port *port;
	uint64_t now;
	uint8_t *mem;
	uint64_t split; /* offset at which the memory is in two pieces, 0: none */
	struct bed_frame *in, *out;
	unsigned int nb_in, in_next, nb_out;
	bool wire_full; /* twin_wire_tx() refuses */
	enum twin_fifo_policy fifo;
	uint32_t missed;
	uint32_t high, level; /* of the packet buffer: when to tell, and how full it is */
	const struct twin_wire_watch *watch;
	unsigned int irqs[TWIN_NB_MSIX];
	unsigned int kicks;
	unsigned int flushes; /* calls of twin_flush_lines() */
	uint64_t flushed;     /* bytes of them */
	unsigned int tx_tail[TWIN_NB_QUEUES];
	unsigned int tx_nb[TWIN_NB_QUEUES];
};

extern struct bed bed;

/** A port after power-on; the registers' model in exact mode unless fast. */
int bed_setup(void **state);
int bed_teardown(void **state);
void bed_power(uint16_t device_id, unsigned int index, bool exact, bool corrupt);

uint32_t rd(uint32_t off);
void wr(uint32_t off, uint32_t val);
/** Time passes and timers run. */
void bed_wait(uint64_t ns);
unsigned int bed_poll(void);
/** SLU set, link up, RX promiscuous with CRC strip, TX with padding. */
void bed_up(void);

/** Ring of nb descriptors with buffers 0.., BSIZEPACKET in KiB, tail at nb - 1. */
void bed_rx_ring(unsigned int q, unsigned int nb, uint32_t kib);
void bed_tx_ring(unsigned int q, unsigned int nb);
struct oriel_rx_desc *bed_rxd(unsigned int q, unsigned int i);
struct oriel_tx_desc *bed_txd(unsigned int q, unsigned int i);
void *bed_ptr(uint64_t iova);

/** A frame comes in. */
void bed_in(const void *frame, uint32_t len);
/** One descriptor is queued (not yet told the device). */
void bed_tx_desc(unsigned int q, uint64_t addr, uint32_t cmd, uint32_t olinfo);
void bed_tx_ctx(unsigned int q, uint32_t lens, uint32_t tucmd, uint32_t mss);
void bed_tx_go(unsigned int q);
/** A data descriptor for `len` bytes at TX buffer offset 0 with PAYLEN = len. */
void bed_tx_frame(unsigned int q, const void *frame, uint32_t len, uint32_t cmd, uint32_t olinfo);

/** Reference sums, written apart from the model's. */
uint16_t ref_csum(const uint8_t *data, uint32_t len, uint32_t seed);
uint32_t ref_pseudo(const uint8_t *ip, uint8_t proto, uint32_t len);
uint32_t ref_crc(const uint8_t *data, uint32_t len, uint32_t poly);

/** Ethernet + IPv4 (id 0x1234) + proto header without checksums; returns the length. */
uint32_t make_ipv4(uint8_t *f, uint8_t proto, uint32_t payload);
uint32_t make_ipv6(uint8_t *f, uint8_t proto, uint32_t payload);
/** Fills in the right checksums of such a frame. */
void fix_sums(uint8_t *f, uint32_t len);

#define TXD_PLAIN \
	(ORIEL_TXD_DTYP_DATA | ORIEL_TXD_DEXT | ORIEL_TXD_EOP | ORIEL_TXD_IFCS | ORIEL_TXD_RS)

#endif /* TWIN_MODEL_BED_H */
