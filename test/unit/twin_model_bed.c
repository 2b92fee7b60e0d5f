/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The host, the wire and the small driver that the device model is tested with.
 */

#include <stdlib.h>

#include "twin_model_bed.h"

struct bed bed;
struct twin_config twin_cfg;
bool twin_flush_on;
struct twin_port twin_ports[TWIN_MAX_PORTS];

static struct twin_port_config port_cfg;
static struct twin_counters counters;
static struct twin_port the_port;
static uint32_t *registers;

/* ---- the host ---- */

void
twin_lock(void)
{
}
void
twin_unlock(void)
{
}

uint64_t
twin_now_ns(void)
{
	return bed.now;
}

void
twin_flush_lines(const void *at, uint32_t len)
{
	(void)at;
	bed.flushes++;
	bed.flushed += len;
}

void
twin_kick(void)
{
	bed.kicks++;
}

void
twin_irq(struct twin_port *p, unsigned int vector)
{
	assert_true(vector < TWIN_NB_MSIX);
	p->cnt->irqs[vector]++;
	bed.irqs[vector]++;
}

void
twin_log(const char *fmt, ...)
{
	(void)fmt;
}

static bool
dma_inside(struct twin_port *p, uint64_t iova, uint32_t len)
{
	if (iova >= BED_IOVA && iova - BED_IOVA <= BED_MEM && len <= BED_MEM - (iova - BED_IOVA))
		return true;
	p->cnt->dma_violations++;
	return false;
}

void *
twin_dma_ptr(struct twin_port *p, uint64_t iova, uint32_t len, bool write)
{
	uint64_t off = iova - BED_IOVA;

	(void)write;
	if (!dma_inside(p, iova, len))
		return NULL;
	if (bed.split != 0 && off < bed.split && off + len > bed.split)
		return NULL;
	return bed.mem + off;
}

uint64_t
twin_dma_epoch(const struct twin_port *p)
{
	(void)p;
	return 1 + bed.split;
}

bool
twin_dma_window(struct twin_port *p, uint64_t iova, bool write, struct twin_window *w)
{
	uint64_t off = iova - BED_IOVA, end = BED_MEM;

	(void)p;
	(void)write;
	*w = (struct twin_window){ .first = BED_IOVA, .va = bed.mem };
	if (bed.split != 0 && off < bed.split) {
		end = bed.split;
	} else if (bed.split != 0) {
		w->first += bed.split;
		w->va += bed.split;
	}
	w->last = BED_IOVA + end - 1;
	return off < BED_MEM;
}

void
twin_dma_prefetch(struct twin_port *p, uint64_t iova, bool write)
{
	(void)p;
	(void)iova;
	(void)write;
}

bool
twin_dma_read(struct twin_port *p, uint64_t iova, void *dst, uint32_t len)
{
	if (!dma_inside(p, iova, len))
		return false;
	memcpy(dst, bed.mem + (iova - BED_IOVA), len);
	return true;
}

bool
twin_dma_write(struct twin_port *p, uint64_t iova, const void *src, uint32_t len)
{
	if (!dma_inside(p, iova, len))
		return false;
	memcpy(bed.mem + (iova - BED_IOVA), src, len);
	return true;
}

/* ---- the wire ---- */

bool
twin_wire_tx(struct twin_port *p, const void *frame, uint32_t len)
{
	(void)p;
	if (bed.wire_full)
		return false;
	assert_true(len <= TWIN_MAX_FRAME);
	assert_true(bed.nb_out < BED_NB_FRAMES);
	memcpy(bed.out[bed.nb_out].data, frame, len);
	bed.out[bed.nb_out++].len = len;
	return true;
}

const void *
twin_wire_rx_peek(struct twin_port *p, uint32_t *len)
{
	if (p->flood != NULL) {
		*len = p->flood->size;
		return p->flood->left != 0 ? p->flood->data[p->flood->next] : NULL;
	}
	if (bed.in_next == bed.nb_in)
		return NULL;
	*len = bed.in[bed.in_next].len;
	return bed.in[bed.in_next].data;
}

void
twin_wire_rx_done(struct twin_port *p)
{
	if (p->flood != NULL) {
		twin_flood_advance(p->flood);
		return;
	}
	if (++bed.in_next == bed.nb_in) {
		bed.in_next = 0;
		bed.nb_in = 0;
	}
}

uint32_t
twin_wire_take_missed(struct twin_port *p)
{
	uint32_t n = bed.missed;

	(void)p;
	bed.missed = 0;
	return n;
}

enum twin_fifo_policy
twin_wire_fifo(const struct twin_port *p)
{
	(void)p;
	return bed.fifo;
}

void
twin_wire_watch(struct twin_port *p, uint32_t bytes, const struct twin_wire_watch *watch)
{
	(void)p;
	bed.high = bytes;
	bed.watch = watch;
}

uint32_t
twin_wire_level(const struct twin_port *p)
{
	(void)p;
	return bed.level;
}

void
twin_wire_control(struct twin_port *p, const void *frame, uint32_t len)
{
	(void)p;
	memcpy(bed.out[bed.nb_out].data, frame, len);
	bed.out[bed.nb_out++].len = len;
}

void
bed_in(const void *frame, uint32_t len)
{
	assert_true(bed.nb_in < BED_NB_FRAMES);
	memcpy(bed.in[bed.nb_in].data, frame, len);
	bed.in[bed.nb_in++].len = len;
}

/* ---- the small driver ---- */

uint32_t
rd(uint32_t off)
{
	twin_model_sync_hot(bed.port);
	return twin_model_read(bed.port, off);
}

void
wr(uint32_t off, uint32_t val)
{
	twin_model_sync_hot(bed.port);
	twin_model_write(bed.port, off, val);
}

unsigned int
bed_poll(void)
{
	unsigned int n = 0, more;

	do {
		twin_model_sync_hot(bed.port);
		more = twin_model_poll(bed.port, 64, 64);
		n += more;
	} while (more > 0 || bed.port->model->tx_due != 0);
	return n;
}

void
bed_wait(uint64_t ns)
{
	bed.now += ns;
	twin_model_poll(bed.port, 0, 0);
}

void *
bed_ptr(uint64_t iova)
{
	return bed.mem + (iova - BED_IOVA);
}

struct oriel_rx_desc *
bed_rxd(unsigned int q, unsigned int i)
{
	return (struct oriel_rx_desc *)bed_ptr(BED_RX_RING(q)) + i;
}

struct oriel_tx_desc *
bed_txd(unsigned int q, unsigned int i)
{
	return (struct oriel_tx_desc *)bed_ptr(BED_TX_RING(q)) + i;
}

void
bed_up(void)
{
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_SLU);
	bed_wait(2 * MODEL_AN_NS);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_LU);
	wr(ORIEL_RCTL,
		ORIEL_RCTL_RXEN | ORIEL_RCTL_UPE | ORIEL_RCTL_MPE | ORIEL_RCTL_BAM |
			ORIEL_RCTL_SECRC);
	wr(ORIEL_RXCSUM,
		ORIEL_RXCSUM_IPOFL | ORIEL_RXCSUM_TUOFL | ORIEL_RXCSUM_CRCOFL | ORIEL_RXCSUM_PCSD);
	wr(ORIEL_RFCTL, ORIEL_RFCTL_IPV6_EX_DIS);
	wr(ORIEL_TCTL, ORIEL_TCTL_EN | ORIEL_TCTL_PSP);
}

void
bed_rx_ring(unsigned int q, unsigned int nb, uint32_t kib)
{
	uint32_t block = (uint32_t)ORIEL_RXQ(q);

	for (unsigned int i = 0; i < nb; i++) {
		bed_rxd(q, i)->q[0] = BED_RX_BUF((q * 16 + i) % 64);
		bed_rxd(q, i)->q[1] = 0;
	}
	wr(block + ORIEL_SRRCTL,
		ORIEL_PREP(ORIEL_SRRCTL_DESCTYPE, ORIEL_DESCTYPE_ADV_ONEBUF) | kib);
	wr(block + ORIEL_RDBAL, (uint32_t)BED_RX_RING(q));
	wr(block + ORIEL_RDBAH, (uint32_t)(BED_RX_RING(q) >> 32));
	wr(block + ORIEL_RDLEN, nb * 16);
	wr(block + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE);
	assert_true(rd(block + ORIEL_RXDCTL) & ORIEL_RXDCTL_ENABLE);
	wr(block + ORIEL_RDT, nb - 1);
}

void
bed_tx_ring(unsigned int q, unsigned int nb)
{
	uint32_t block = (uint32_t)ORIEL_TXQ(q);

	wr(block + ORIEL_TDBAL, (uint32_t)BED_TX_RING(q));
	wr(block + ORIEL_TDBAH, (uint32_t)(BED_TX_RING(q) >> 32));
	wr(block + ORIEL_TDLEN, nb * 16);
	wr(block + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE);
	assert_true(rd(block + ORIEL_TXDCTL) & ORIEL_TXDCTL_ENABLE);
	bed.tx_tail[q] = 0;
	bed.tx_nb[q] = nb;
}

static void
bed_tx_put(unsigned int q, uint64_t q0, uint32_t low, uint32_t high)
{
	struct oriel_tx_desc *d = bed_txd(q, bed.tx_tail[q]);

	d->q[0] = q0;
	d->rd.cmd = low;
	d->rd.olinfo = high;
	bed.tx_tail[q] = (bed.tx_tail[q] + 1) % bed.tx_nb[q];
}

void
bed_tx_desc(unsigned int q, uint64_t addr, uint32_t cmd, uint32_t olinfo)
{
	bed_tx_put(q, addr, cmd, olinfo);
}

void
bed_tx_ctx(unsigned int q, uint32_t lens, uint32_t tucmd, uint32_t mss)
{
	bed_tx_put(q, lens, tucmd | ORIEL_TXD_DEXT | ORIEL_TXD_DTYP_CTX, mss);
}

void
bed_tx_go(unsigned int q)
{
	wr((uint32_t)ORIEL_TXQ(q) + ORIEL_TDT, bed.tx_tail[q]);
	bed_poll();
}

void
bed_tx_frame(unsigned int q, const void *frame, uint32_t len, uint32_t cmd, uint32_t olinfo)
{
	memcpy(bed_ptr(BED_TX_BUF), frame, len);
	bed_tx_desc(q, BED_TX_BUF, cmd | len, olinfo | ORIEL_PREP(ORIEL_TXD_PAYLEN, len));
	bed_tx_go(q);
}

void
bed_power(uint16_t device_id, unsigned int index, bool exact, bool corrupt)
{
	static const uint8_t mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

	bed_teardown(NULL);
	memset(&twin_cfg, 0, sizeof(twin_cfg));
	twin_cfg.exact = exact;
	memset(&port_cfg, 0, sizeof(port_cfg));
	port_cfg.device_id = device_id;
	port_cfg.nvm_corrupt = corrupt;
	memcpy(port_cfg.mac, mac, 6);
	memset(&counters, 0, sizeof(counters));
	registers = calloc(1, TWIN_BAR0_SIZE);
	memset(&the_port, 0, sizeof(the_port));
	the_port.index = index;
	the_port.cfg = &port_cfg;
	the_port.cnt = &counters;
	the_port.regs = registers;
	the_port.bus_master = true;
	the_port.memory_on = true;
	bed.port = &the_port;
	bed.now = 1000000;
	bed.mem = calloc(1, BED_MEM);
	bed.in = malloc(BED_NB_FRAMES * sizeof(*bed.in));
	bed.out = malloc(BED_NB_FRAMES * sizeof(*bed.out));
	assert_non_null(registers);
	assert_non_null(bed.mem);
	assert_non_null(bed.in);
	assert_non_null(bed.out);
	bed.fifo = TWIN_FIFO_DROP;
	assert_int_equal(twin_model_init(&the_port), 0);
}

int
bed_setup(void **state)
{
	(void)state;
	bed_power(0x10c9, 0, true, false);
	return 0;
}

int
bed_teardown(void **state)
{
	struct twin_model *m = the_port.model;

	(void)state;
	if (m != NULL) {
		free(m->lb);
		free(m->tx_buf);
		free(m->seg_buf);
		free(m->rx_buf);
		free(m->flood);
		free(m);
		the_port.model = NULL;
	}
	free(registers);
	registers = NULL;
	free(bed.mem);
	free(bed.in);
	free(bed.out);
	memset(&bed, 0, sizeof(bed));
	twin_flush_on = false;
	return 0;
}

/* ---- frames and reference sums ---- */

uint16_t
ref_csum(const uint8_t *data, uint32_t len, uint32_t seed)
{
	uint32_t sum = seed;

	for (uint32_t i = 0; i < len; i++) {
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

uint32_t
ref_pseudo(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	bool v4 = ip[0] >> 4 == 4;
	uint32_t sum = (uint16_t)~ref_csum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, 0) + proto + len;

	return (sum & 0xffff) + (sum >> 16);
}

uint32_t
ref_crc(const uint8_t *data, uint32_t len, uint32_t poly)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int b = 0; b < 8; b++)
			crc = crc & 1 ? crc >> 1 ^ poly : crc >> 1;
	}
	return ~crc;
}

static uint32_t
make_eth(uint8_t *f, uint16_t type)
{
	static const uint8_t addr[12] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x02, 0, 0, 0, 0, 9 };

	memcpy(f, addr, 12);
	model_put_be16(f + 12, type);
	return 14;
}

static uint32_t
make_l4(uint8_t *l4, uint8_t proto, uint32_t payload)
{
	uint32_t hdr = proto == 6 ? 20 : proto == 17 ? 8 : proto == 132 ? 12 : 0;

	memset(l4, 0, hdr);
	if (hdr != 0) {
		model_put_be16(l4, 1000);
		model_put_be16(l4 + 2, 2000);
	}
	if (proto == 6) {
		model_put_be32(l4 + 4, 0x01020304);
		l4[12] = 5 << 4;
		l4[13] = 0x10;
	} else if (proto == 17) {
		model_put_be16(l4 + 4, 8 + payload);
	}
	for (uint32_t i = 0; i < payload; i++)
		l4[hdr + i] = (uint8_t)(i * 7 + 3);
	return hdr + payload;
}

uint32_t
make_ipv4(uint8_t *f, uint8_t proto, uint32_t payload)
{
	static const uint8_t addr[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	uint32_t at = make_eth(f, 0x0800), l4 = make_l4(f + at + 20, proto, payload);
	uint8_t *ip = f + at;

	memset(ip, 0, 20);
	ip[0] = 0x45;
	model_put_be16(ip + 2, 20 + l4);
	model_put_be16(ip + 4, 0x1234);
	ip[8] = 64;
	ip[9] = proto;
	memcpy(ip + 12, addr, 8);
	return at + 20 + l4;
}

uint32_t
make_ipv6(uint8_t *f, uint8_t proto, uint32_t payload)
{
	uint32_t at = make_eth(f, 0x86dd), l4 = make_l4(f + at + 40, proto, payload);
	uint8_t *ip = f + at;

	memset(ip, 0, 40);
	ip[0] = 0x60;
	model_put_be16(ip + 4, l4);
	ip[6] = proto;
	ip[7] = 64;
	for (unsigned int i = 0; i < 32; i++)
		ip[8 + i] = (uint8_t)(0x20 + i);
	return at + 40 + l4;
}

void
fix_sums(uint8_t *f, uint32_t len)
{
	bool v4 = model_be16(f + 12) == 0x0800;
	uint8_t *ip = f + 14, *l4 = ip + (v4 ? 20 : 40), proto = v4 ? ip[9] : ip[6];
	uint32_t l4_len = len - (uint32_t)(l4 - f), crc;

	if (v4) {
		model_put_be16(ip + 10, 0);
		model_put_be16(ip + 10, ref_csum(ip, 20, 0));
	}
	if (proto == 132) {
		memset(l4 + 8, 0, 4);
		crc = ref_crc(l4, l4_len, 0x82f63b78u);
		memcpy(l4 + 8, &crc, 4);
	} else if (proto == 6 || proto == 17) {
		uint32_t at = proto == 6 ? 16 : 6;

		model_put_be16(l4 + at, 0);
		model_put_be16(l4 + at, ref_csum(l4, l4_len, ref_pseudo(ip, proto, l4_len)));
	}
}
