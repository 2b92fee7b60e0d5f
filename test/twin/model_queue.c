/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The register blocks of the 32 queues: masks, ENABLE, heads and tails, the second
 * copy of the blocks of queues 0..3, and the fast mode, in which the driver writes
 * these blocks as plain memory and sync finds out afterwards.
 *
 * reg[] is each block as the driver was last shown it; a dword that differs in either
 * copy is a write that happened since.
 */

#include "model.h"

#define RX_BASE ORIEL_RXQ(0)
#define TX_BASE ORIEL_TXQ(0)
#define RX_ALIAS ORIEL_RXQ_ALIAS(0)
#define TX_ALIAS ORIEL_TXQ_ALIAS(0)
#define NB_ALIAS 4

struct model_queue *
model_queue_find(struct twin_port *p, uint32_t off, unsigned int *idx)
{
	struct twin_model *m = p->model;

	if (off >= RX_BASE && off < RX_BASE + 0x40 * TWIN_NB_QUEUES) {
		*idx = (off & 0x3f) / 4;
		return &m->rxq[(off - RX_BASE) / 0x40];
	}
	if (off >= TX_BASE && off < TX_BASE + 0x40 * TWIN_NB_QUEUES) {
		*idx = (off & 0x3f) / 4;
		return &m->txq[(off - TX_BASE) / 0x40];
	}
	if ((off & 0xff) >= 0x40)
		return NULL;
	*idx = (off & 0x3f) / 4;
	if (off >= RX_ALIAS && off < RX_ALIAS + 0x100 * NB_ALIAS)
		return &m->rxq[(off - RX_ALIAS) / 0x100];
	if (off >= TX_ALIAS && off < TX_ALIAS + 0x100 * NB_ALIAS)
		return &m->txq[(off - TX_ALIAS) / 0x100];
	return NULL;
}

void
model_queue_show(struct twin_port *p, struct model_queue *q, unsigned int idx, uint32_t val)
{
	q->reg[idx] = val;
	twin_reg_set(p, q->off + 4 * idx, val);
	if (q->alias != 0)
		twin_reg_set(p, q->alias + 4 * idx, val);
}

static uint32_t
queue_mask(const struct model_queue *q, unsigned int idx)
{
	switch (idx) {
	case MQ_BAL:
		return ~UINT32_C(127);
	case MQ_LEN:
		return 0xffff0u;
	case MQ_SRRCTL:
		return q->tx ? 0 :
			       ORIEL_SRRCTL_BSIZEPACKET | ORIEL_SRRCTL_BSIZEHEADER |
				ORIEL_SRRCTL_RDMTS | ORIEL_SRRCTL_DESCTYPE | ORIEL_SRRCTL_DROP_EN;
	case MQ_T:
		return 0xffffu;
	case MQ_BAH:
	case MQ_CTL:
		return UINT32_MAX;
	case MQ_DCTL:
		return ORIEL_TXDCTL_PTHRESH | ORIEL_TXDCTL_HTHRESH | ORIEL_TXDCTL_WTHRESH |
			ORIEL_TXDCTL_ENABLE | (q->tx ? ORIEL_TXDCTL_PRIORITY : 0);
	case MQ_WBAL:
		return q->tx ? ~(UINT32_C(3) ^ ORIEL_TDWBAL_HEAD_WB_EN ^ ORIEL_TDWBAL_WB_ON_EITR) :
			       0;
	case MQ_WBAH:
		return q->tx ? UINT32_MAX : 0;
	default: /* heads, drop counters and holes */
		return 0;
	}
}

void
model_queue_config(struct twin_port *p, struct model_queue *q)
{
	uint32_t srrctl = q->reg[MQ_SRRCTL];
	uint32_t kib = ORIEL_GET(ORIEL_SRRCTL_BSIZEPACKET, srrctl);

	p->model->config++;
	if (q->tx)
		return;
	q->bsize = kib != 0 ? kib * 1024 :
			      2048u >> ORIEL_GET(ORIEL_RCTL_BSIZE, twin_reg(p, ORIEL_RCTL));
	q->hsize = ORIEL_GET(ORIEL_SRRCTL_BSIZEHEADER, srrctl) * 64;
	q->desctype = (uint8_t)ORIEL_GET(ORIEL_SRRCTL_DESCTYPE, srrctl);
	q->dmt = ORIEL_GET(ORIEL_SRRCTL_RDMTS, srrctl) * 16;
	q->drop_en = (srrctl & ORIEL_SRRCTL_DROP_EN) != 0 ||
		(twin_reg(p, ORIEL_QDE) >> q->index & 1) != 0;
}

/** Starts the ring: head and tail are 0, the base and length are taken. */
static void
queue_start(struct twin_port *p, struct model_queue *q)
{
	struct twin_model *m = p->model;

	q->active = true;
	q->base = (uint64_t)q->reg[MQ_BAH] << 32 | q->reg[MQ_BAL];
	q->nb = (q->reg[MQ_LEN] & ORIEL_RDLEN_LEN) / sizeof(struct oriel_rx_desc);
	q->head = 0;
	q->tail = 0;
	q->stalled = false;
	q->partial = false;
	q->seg_done = 0;
	q->wb_head = 0;
	q->wb_nb = 0;
	q->nb_rs = 0;
	q->skip = false;
	q->nb_wb = 0;
	memset(q->ctx, 0, sizeof(q->ctx));
	model_queue_show(p, q, MQ_H, 0);
	/*
	 * The tail in memory is left: in the fast mode the driver may have written it
	 * already, trusting the ENABLE bit that it reads back. It was 0 when the queue
	 * stopped, so what is not 0 now is a write that counts.
	 */
	q->reg[MQ_T] = 0;
	if (q->tx)
		m->tx_active |= ORIEL_BIT(q->index);
	else
		m->rx_active |= ORIEL_BIT(q->index);
	model_queue_config(p, q);
}

static void
queue_stop(struct twin_port *p, struct model_queue *q)
{
	struct twin_model *m = p->model;

	if (q->tx) {
		model_tx_writeback(p, q, true);
		m->tx_active &= ~ORIEL_BIT(q->index);
		m->tx_due &= ~ORIEL_BIT(q->index);
	} else {
		model_rx_flush(p, q);
		m->rx_active &= ~ORIEL_BIT(q->index);
	}
	q->active = false;
	q->partial = false;
	model_queue_show(p, q, MQ_T, 0);
}

/** Puts ENABLE into force as far as RXEN or TCTL.EN allow, and shows the true bit. */
static void
queue_gate(struct twin_port *p, struct model_queue *q)
{
	bool on = q->tx ? (twin_reg(p, ORIEL_TCTL) & ORIEL_TCTL_EN) != 0 :
			  (twin_reg(p, ORIEL_RCTL) & ORIEL_RCTL_RXEN) != 0;
	uint32_t dctl;

	if (q->wanted && !q->active && on)
		queue_start(p, q);
	else if (!q->wanted && q->active)
		queue_stop(p, q);
	dctl = q->reg[MQ_DCTL] & ~ORIEL_RXDCTL_ENABLE;
	if (q->active)
		dctl |= ORIEL_RXDCTL_ENABLE;
	model_queue_show(p, q, MQ_DCTL, dctl);
}

void
model_queue_gate(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		if (m->rxq[i].wanted != m->rxq[i].active)
			queue_gate(p, &m->rxq[i]);
		if (m->txq[i].wanted != m->txq[i].active)
			queue_gate(p, &m->txq[i]);
	}
}

static void
queue_dctl(struct twin_port *p, struct model_queue *q, uint32_t val)
{
	p->model->config++;
	q->wanted = (val & ORIEL_RXDCTL_ENABLE) != 0;
	q->wthresh = (uint8_t)ORIEL_GET(ORIEL_RXDCTL_WTHRESH, val);
	q->reg[MQ_DCTL] = val & queue_mask(q, MQ_DCTL);
	if (val & ORIEL_RXDCTL_SWFLSH) { /* self-clearing */
		if (q->tx)
			model_tx_writeback(p, q, true);
		else
			model_rx_flush(p, q);
	}
	queue_gate(p, q);
}

static void
queue_tail(struct twin_port *p, struct model_queue *q, uint32_t val)
{
	struct twin_counters *cnt = p->cnt;

	val &= 0xffff;
	(q->tx ? &cnt->tx[q->index] : &cnt->rx[q->index])->doorbells++;
	if (!q->active) {
		model_queue_show(p, q, MQ_T, q->reg[MQ_T]);
		return;
	}
	model_queue_show(p, q, MQ_T, val);
	q->tail = val;
	q->stalled = val >= q->nb;
	if (!q->tx)
		p->model->hol_counted = false;
}

void
model_queue_write(struct twin_port *p, struct model_queue *q, unsigned int idx, uint32_t val)
{
	uint32_t mask;

	if (twin_cfg.exact)
		p->cnt->mmio_hot_writes++;
	switch (idx) {
	case MQ_T:
		queue_tail(p, q, val);
		return;
	case MQ_DCTL:
		queue_dctl(p, q, val);
		return;
	default:
		break;
	}
	p->model->config++;
	mask = queue_mask(q, idx);
	model_queue_show(p, q, idx, (q->reg[idx] & ~mask) | (val & mask));
	if (idx == MQ_SRRCTL)
		model_queue_config(p, q);
}

uint32_t
model_queue_read(struct twin_port *p, struct model_queue *q, unsigned int idx)
{
	uint32_t val = q->reg[idx];

	if (twin_cfg.exact)
		p->cnt->mmio_hot_reads++;
	if (idx == MQ_RQDPC && !q->tx)
		model_queue_show(p, q, idx, 0);
	return val;
}

/** What the driver stored in a dword of the block, or its last shown value. */
static uint32_t
hot_load(const struct twin_port *p, const struct model_queue *q, unsigned int idx)
{
	const uint8_t *base = (const uint8_t *)p->regs;
	uint32_t val;

	/* Acquire: what the driver wrote before its tail is seen after it. */
	val = __atomic_load_n((const uint32_t *)(base + q->off + 4 * idx), __ATOMIC_ACQUIRE);
	if (val == q->reg[idx] && q->alias != 0)
		val = __atomic_load_n(
			(const uint32_t *)(base + q->alias + 4 * idx), __ATOMIC_ACQUIRE);
	return val;
}

static void
hot_sync_block(struct twin_port *p, struct model_queue *q)
{
	static const uint8_t order[] = { MQ_BAL, MQ_BAH, MQ_LEN, MQ_SRRCTL, MQ_CTL, MQ_WBAL,
		MQ_WBAH, MQ_H, MQ_RQDPC };
	uint32_t val;

	for (unsigned int i = 0; i < sizeof(order); i++) {
		val = hot_load(p, q, order[i]);
		if (val != q->reg[order[i]])
			model_queue_write(p, q, order[i], val);
	}
	val = hot_load(p, q, MQ_DCTL);
	if (val != q->reg[MQ_DCTL])
		queue_dctl(p, q, val);
	val = hot_load(p, q, MQ_T);
	if (val != q->reg[MQ_T])
		queue_tail(p, q, val);
}

static void
hot_sync(struct twin_port *p, struct model_queue *q)
{
	uint32_t val;

	if (hot_load(p, q, MQ_DCTL) != q->reg[MQ_DCTL]) {
		hot_sync_block(p, q);
		return;
	}
	val = hot_load(p, q, MQ_T);
	if (val != q->reg[MQ_T])
		queue_tail(p, q, val);
}

void
twin_model_sync_hot(struct twin_port *p)
{
	struct twin_model *m = p->model;
	unsigned int turn;

	if (twin_cfg.exact || p->gone)
		return;
	m->now = 0;
	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		hot_sync(p, &m->rxq[i]);
		hot_sync(p, &m->txq[i]);
	}
	if (twin_reg(p, ORIEL_QDE) != m->qde) { /* it lies on such a page as well */
		m->qde = twin_reg(p, ORIEL_QDE);
		for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++)
			model_queue_config(p, &m->rxq[i]);
	}
	/* The other dwords matter when ENABLE is written; else one block a pass is enough. */
	turn = m->sync_turn++ % (2 * TWIN_NB_QUEUES);
	hot_sync_block(p, turn < TWIN_NB_QUEUES ? &m->rxq[turn] : &m->txq[turn - TWIN_NB_QUEUES]);
}

void
model_queue_reset(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (unsigned int i = 0; i < 2 * TWIN_NB_QUEUES; i++) {
		bool tx = i >= TWIN_NB_QUEUES;
		unsigned int n = i % TWIN_NB_QUEUES;
		struct model_queue *q = tx ? &m->txq[n] : &m->rxq[n];

		memset(q, 0, sizeof(*q));
		q->tx = tx;
		q->index = (uint8_t)n;
		q->off = tx ? (uint32_t)ORIEL_TXQ(n) : (uint32_t)ORIEL_RXQ(n);
		if (n < NB_ALIAS)
			q->alias = tx ? (uint32_t)ORIEL_TXQ_ALIAS(n) : (uint32_t)ORIEL_RXQ_ALIAS(n);
		for (unsigned int k = 0; k < MQ_NB; k++)
			model_queue_show(p, q, k, 0);
		if (tx) {
			model_queue_show(p, q, MQ_CTL, 0x2a00);
			continue;
		}
		model_queue_show(p, q, MQ_SRRCTL, n == 0 ? 0x400 : 0x400 | ORIEL_SRRCTL_DROP_EN);
		model_queue_show(p, q, MQ_DCTL, ORIEL_PREP(ORIEL_RXDCTL_WTHRESH, 1));
		q->wthresh = 1;
		model_queue_config(p, q);
	}
	m->rx_active = 0;
	m->tx_active = 0;
	m->tx_due = 0;
	m->causes_rx = 0;
	m->causes_tx = 0;
}

bool
model_dma_on(const struct twin_port *p)
{
	return p->bus_master && !p->gone && !p->model->stuck &&
		!(twin_reg(p, ORIEL_CTRL) & ORIEL_CTRL_GIO_MASTER_DISABLE);
}

bool
model_queue_map(struct twin_port *p, struct model_queue *q)
{
	uint64_t before = p->cnt->dma_violations;

	if (q->nb == 0 || q->stalled || !model_dma_on(p))
		return false;
	q->ring = twin_dma_ptr(p, q->base, q->nb * (uint32_t)sizeof(struct oriel_rx_desc), true);
	if (q->ring == NULL && p->cnt->dma_violations != before) {
		p->model->stuck = true;
		return false;
	}
	return true;
}

void *
model_queue_desc(struct twin_port *p, struct model_queue *q, uint32_t idx)
{
	void *desc;

	if (q->ring != NULL)
		return (struct oriel_rx_desc *)q->ring + idx;
	/* The ring spans windows that do not adjoin; a descriptor never does, being aligned. */
	desc = twin_dma_ptr(p, q->base + idx * sizeof(struct oriel_rx_desc),
		sizeof(struct oriel_rx_desc), true);
	if (desc == NULL)
		p->model->stuck = true;
	return desc;
}
