/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The transmit path: fetches descriptors of the queues in turn, gathers frames, hands
 * them on and writes back. A write-back happens one poll after the frame left, as the
 * chip completes asynchronously; in lockstep at the end of the step.
 */

#include "model.h"

#define FLOOD_BURST 128u /* as MODEL_BURST */
#define LB_HEADER 16u

/* ---- loopback: frames wait in one stretch of bytes that starts anew when it is empty ---- */

const uint8_t *
model_lb_peek(struct twin_model *m, uint32_t *len)
{
	if (m->lb_head == m->lb_tail)
		return NULL;
	memcpy(len, m->lb + m->lb_head, sizeof(*len));
	return m->lb + m->lb_head + LB_HEADER;
}

void
model_lb_pop(struct twin_model *m)
{
	uint32_t len;

	if (model_lb_peek(m, &len) == NULL)
		return;
	m->lb_head += (LB_HEADER + len + LB_HEADER - 1) & ~(LB_HEADER - 1);
	if (m->lb_head == m->lb_tail) {
		m->lb_head = 0;
		m->lb_tail = 0;
	}
}

static void
lb_push(struct twin_port *p, const uint8_t *frame, uint32_t len)
{
	struct twin_model *m = p->model;

	if (m->lb_tail + LB_HEADER + len > MODEL_LB_BYTES) {
		MODEL_STAT(m, MPC)++;
		p->cnt->drops[TWIN_DROP_NO_DESC]++;
		return;
	}
	memcpy(m->lb + m->lb_tail, &len, sizeof(len));
	memcpy(m->lb + m->lb_tail + LB_HEADER, frame, len);
	m->lb_tail += (LB_HEADER + len + LB_HEADER - 1) & ~(LB_HEADER - 1);
}

bool
model_tx_out(struct twin_port *p, struct model_queue *q, const uint8_t *frame, uint32_t len)
{
	struct twin_model *m = p->model;

	if (m->loopback)
		lb_push(p, frame, len);
	else if (!twin_wire_tx(p, frame, len))
		return false;
	model_acc_add(&m->acc_tx, frame, len);
	q->acc_frames++;
	q->acc_bytes += len;
	return true;
}

/* ---- write-back ---- */

static void
tx_write_head(struct twin_port *p, struct model_queue *q)
{
	uint64_t addr = (uint64_t)q->reg[MQ_WBAH] << 32 | (q->reg[MQ_WBAL] & ~UINT32_C(3));
	uint32_t head = q->head;

	if (!twin_dma_write(p, addr, &head, sizeof(head)))
		p->cnt->drops[TWIN_DROP_DMA]++;
	p->cnt->desc_bytes_written += sizeof(head);
}

/** Sets DD. The other bits of the dword are the driver's own. */
static void
tx_write_dd(struct twin_port *p, struct model_queue *q, uint32_t idx)
{
	struct oriel_tx_desc *desc = model_queue_desc(p, q, idx);

	if (desc == NULL)
		return;
	__atomic_store_n(&desc->rd.olinfo, desc->rd.olinfo | ORIEL_TXD_STA_DD, __ATOMIC_RELEASE);
	twin_wrote(desc, sizeof(*desc));
	q->acc_written++;
}

/** A batch with WTHRESH: every data descriptor in it. */
static void
tx_write_all(struct twin_port *p, struct model_queue *q)
{
	for (uint32_t i = 0; i < q->wb_nb; i++) {
		uint32_t idx = (q->wb_head + i) % q->nb;
		struct oriel_tx_desc *desc = model_queue_desc(p, q, idx);

		if (desc == NULL)
			return;
		if ((desc->rd.cmd & (ORIEL_TXD_DTYP | ORIEL_TXD_DEXT)) !=
			(ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT))
			tx_write_dd(p, q, idx);
	}
}

void
model_tx_writeback(struct twin_port *p, struct model_queue *q, bool force)
{
	struct twin_model *m = p->model;
	bool head = (q->reg[MQ_WBAL] & ORIEL_TDWBAL_HEAD_WB_EN) != 0;
	bool batch = q->wthresh > 1 && !head;

	m->tx_due &= ~ORIEL_BIT(q->index);
	if (!q->active || q->wb_nb == 0 || (!batch && q->nb_rs == 0))
		return;
	if (batch && q->wb_nb < q->wthresh && !force)
		return;
	if (q->ring == NULL && !model_queue_map(p, q))
		return;
	if (head)
		tx_write_head(p, q);
	else if (batch)
		tx_write_all(p, q);
	else
		for (uint32_t i = 0; i < q->nb_rs; i++)
			tx_write_dd(p, q, q->rs[i]);
	q->wb_head = (q->wb_head + q->wb_nb) % q->nb;
	q->wb_nb = 0;
	q->nb_rs = 0;
	q->ring = NULL;
	model_stats_fold_queue(p, q);
	m->causes_tx |= ORIEL_BIT(q->index);
}

/** The descriptor at head is finished. */
static inline void
tx_consume(struct twin_port *p, struct model_queue *q, bool rs)
{
	if (rs) {
		if (q->nb_rs == MODEL_NB_RS) {
			void *ring = q->ring;

			model_tx_writeback(p, q, true);
			q->ring = ring;
		}
		q->rs[q->nb_rs++] = q->head;
	}
	q->wb_nb++;
	q->head = q->head + 1 == q->nb ? 0 : q->head + 1;
	q->acc_fetched++;
}

/** What was finished in this poll goes out in the next, or when its batch is full. */
static void
tx_schedule(struct twin_port *p, struct model_queue *q)
{
	struct twin_model *m = p->model;
	bool batch = q->wthresh > 1 && !(q->reg[MQ_WBAL] & ORIEL_TDWBAL_HEAD_WB_EN);
	uint32_t us;

	if (batch ? q->wb_nb >= q->wthresh : q->nb_rs > 0)
		m->tx_due |= ORIEL_BIT(q->index);
	/* The rest of a batch goes after the throttle's interval; with MSI-X never: erratum. */
	if (batch && q->wb_nb > 0 && m->wb_flush == 0 &&
		!(m->irq.gpie & ORIEL_GPIE_MULTIPLE_MSIX)) {
		us = ORIEL_GET(ORIEL_EITR_INTERVAL, twin_reg(p, ORIEL_EITR(0)));
		m->wb_flush = model_now(m) + (us != 0 ? us : 1) * MODEL_NS_PER_US;
		model_timer(m, m->wb_flush);
	}
}

/* ---- fetch ---- */

static void
tx_bad(struct twin_port *p, struct model_queue *q)
{
	p->cnt->drops[TWIN_DROP_TX_BAD]++;
	p->cnt->tx[q->index].dropped++;
}

static void
tx_context(struct twin_port *p, struct model_queue *q, const struct oriel_tx_desc *desc)
{
	uint32_t mss = desc->ctx.mss, idx = ORIEL_GET(ORIEL_TXC_IDX, mss);
	struct model_ctx *c;

	p->cnt->tx[q->index].contexts++;
	if (idx >= ORIEL_NB_TX_CTX) {
		tx_bad(p, q);
		return;
	}
	c = &q->ctx[idx];
	c->lens = desc->ctx.lens;
	c->sa_idx = desc->ctx.sa_idx;
	c->tucmd = desc->ctx.tucmd;
	c->mss = mss;
	c->valid = true;
}

/** Bytes of one descriptor to the gather buffer. False: refused, the port is stuck. */
static bool
tx_read(struct twin_port *p, uint64_t addr, uint8_t *to, uint32_t len)
{
	uint64_t before = p->cnt->dma_violations;
	const void *from = twin_dma_ptr(p, addr, len, false);

	p->cnt->payload_bytes_read += len;
	if (from != NULL) {
		memcpy(to, from, len);
		return true;
	}
	if (p->cnt->dma_violations == before && twin_dma_read(p, addr, to, len))
		return true;
	p->cnt->drops[TWIN_DROP_DMA]++;
	p->model->stuck = true;
	return false;
}

enum tx_gather {
	GATHER_FRAME,
	GATHER_NOTHING, /* a lone descriptor without data */
	GATHER_BAD,
	GATHER_MORE, /* the frame is not complete yet */
	GATHER_STUCK,
};

/**
 * From head on up to EOP into tx_buf; *nb descriptors. A frame that is wrong is
 * followed to its EOP all the same, as that is where the next one starts.
 */
static enum tx_gather
tx_gather(struct twin_port *p, struct model_queue *q, uint32_t avail, struct model_txf *f,
	uint32_t *nb)
{
	uint32_t idx = q->head, cmd, len;
	bool bad = false, empty = false;

	f->data = p->model->tx_buf;
	f->len = 0;
	for (*nb = 0; *nb < avail;) {
		const struct oriel_tx_desc *desc = model_queue_desc(p, q, idx);
		uint64_t addr;

		if (desc == NULL)
			return GATHER_STUCK;
		addr = desc->rd.addr;
		cmd = __atomic_load_n(&desc->rd.cmd, __ATOMIC_RELAXED);
		len = ORIEL_GET(ORIEL_TXD_DTALEN, cmd);
		if (*nb == 0) {
			f->cmd = cmd;
			f->olinfo = desc->rd.olinfo;
		} else if ((cmd & ORIEL_TXD_DEXT) != (f->cmd & ORIEL_TXD_DEXT) ||
			((cmd & ORIEL_TXD_DEXT) && (cmd & ORIEL_TXD_DTYP) != ORIEL_TXD_DTYP_DATA)) {
			bad = true;
		}
		empty = empty || len == 0;
		if (len > MODEL_TX_BUF - f->len)
			bad = true;
		else if (!bad && len != 0) {
			if (!tx_read(p, addr, f->data + f->len, len))
				return GATHER_STUCK;
			f->len += len;
		}
		idx = idx + 1 == q->nb ? 0 : idx + 1;
		(*nb)++;
		if (cmd & ORIEL_TXD_EOP) {
			if (*nb == 1 && empty)
				return GATHER_NOTHING;
			return bad || empty ? GATHER_BAD : GATHER_FRAME;
		}
	}
	return GATHER_MORE;
}

static void
tx_consume_all(struct twin_port *p, struct model_queue *q, uint32_t nb)
{
	while (nb-- > 0) {
		const struct oriel_tx_desc *desc = model_queue_desc(p, q, q->head);

		if (desc == NULL)
			return;
		tx_consume(p, q, (desc->rd.cmd & ORIEL_TXD_RS) != 0);
	}
}

/** Consumes what belongs to a malformed frame up to its EOP. */
static void
tx_skip(struct twin_port *p, struct model_queue *q, uint32_t avail)
{
	while (q->skip && avail-- > 0) {
		const struct oriel_tx_desc *desc = model_queue_desc(p, q, q->head);

		if (desc == NULL)
			return;
		q->skip = (desc->rd.cmd & ORIEL_TXD_EOP) == 0;
		tx_consume(p, q, (desc->rd.cmd & ORIEL_TXD_RS) != 0);
	}
}

/** A frame with more to it than tx_plain() takes. False: nothing more to do on this queue now. */
static bool
tx_frame(struct twin_port *p, struct model_queue *q, uint32_t avail, unsigned int *sent)
{
	enum model_tx_result ret = MODEL_TX_BAD;
	struct model_txf f;
	uint32_t nb;

	switch (tx_gather(p, q, avail, &f, &nb)) {
	case GATHER_FRAME:
		ret = model_offload_send(p, q, &f, sent);
		break;
	case GATHER_NOTHING:
		tx_consume_all(p, q, nb);
		return true;
	case GATHER_BAD:
		break;
	case GATHER_MORE:
		/* More descriptors than the ring can ever hold */
		if (avail < q->nb - 1)
			return false;
		q->skip = true;
		break;
	case GATHER_STUCK:
		return false;
	}
	if (ret == MODEL_TX_AGAIN)
		return false;
	if (ret == MODEL_TX_BAD)
		tx_bad(p, q);
	q->seg_done = 0;
	tx_consume_all(p, q, nb);
	return true;
}

/** One descriptor, one frame, nothing to edit. False: it is not such a frame, or no room. */
static inline bool
tx_plain(struct twin_port *p, struct model_queue *q, const struct oriel_tx_desc *desc, uint32_t cmd,
	bool psp, bool *again)
{
	uint32_t olinfo = desc->rd.olinfo, len = ORIEL_GET(ORIEL_TXD_DTALEN, cmd);
	uint64_t addr = desc->rd.addr, before = p->cnt->dma_violations;
	const uint8_t *frame;

	if ((olinfo & MODEL_POPTS) != 0 || ORIEL_GET(ORIEL_TXD_PAYLEN, olinfo) != len)
		return false;
	if (len > MODEL_MAX_NO_CRC || len < (psp ? ORIEL_TX_MIN_FRAME : MODEL_MIN_FRAME))
		return false;
	frame = twin_dma_ptr(p, addr, len, false);
	if (frame == NULL) {
		if (p->cnt->dma_violations != before) {
			p->cnt->drops[TWIN_DROP_DMA]++;
			p->model->stuck = true;
			*again = true;
		}
		return false;
	}
	p->cnt->payload_bytes_read += len;
	if (len < MODEL_MIN_FRAME) {
		memcpy(p->model->seg_buf, frame, len);
		memset(p->model->seg_buf + len, 0, MODEL_MIN_FRAME - len);
		frame = p->model->seg_buf;
		len = MODEL_MIN_FRAME;
	}
	*again = !model_tx_out(p, q, frame, len);
	return !*again;
}

/** Lines that another core wrote take long to come: asks for what comes next in time. */
static inline void
tx_ahead(struct twin_port *p, const struct model_queue *q, uint32_t avail)
{
	const struct oriel_tx_desc *ring = q->ring;

	if (ring == NULL)
		return;
	if (avail > MODEL_AHEAD_DESC)
		__builtin_prefetch(&ring[model_queue_ahead(q, MODEL_AHEAD_DESC)], 1);
	if (avail > MODEL_AHEAD_DATA)
		twin_dma_prefetch(p, ring[model_queue_ahead(q, MODEL_AHEAD_DATA)].rd.addr, false);
}

/** Up to `budget` frames of one queue; *full when the wire takes no more. */
static unsigned int
tx_queue(struct twin_port *p, struct model_queue *q, unsigned int budget, bool *full)
{
	bool psp = (twin_reg(p, ORIEL_TCTL) & ORIEL_TCTL_PSP) != 0;
	bool unread = p->flood != NULL && !p->model->loopback;
	unsigned int sent = 0;

	if (q->tail == q->head || (p->model->tx_frozen & ORIEL_BIT(q - p->model->txq)) != 0 ||
		!model_queue_map(p, q))
		return 0;
	/* A PAUSE frame may come in while this sends. */
	while (sent < budget && q->head != q->tail && !p->model->stuck &&
		p->model->pause_until == 0) {
		struct oriel_tx_desc *desc;
		uint32_t avail = q->tail > q->head ? q->tail - q->head : q->nb - q->head + q->tail;
		uint32_t cmd, bulk = 0;

		if (unread)
			bulk = model_flood_tx(p, q, budget - sent);
		sent += bulk;
		if (bulk != 0)
			continue;
		desc = model_queue_desc(p, q, q->head);
		if (desc == NULL)
			break;
		tx_ahead(p, q, avail);
		if (q->skip) {
			tx_skip(p, q, avail);
			continue;
		}
		cmd = __atomic_load_n(&desc->rd.cmd, __ATOMIC_RELAXED);
		if ((cmd & MODEL_PLAIN_MASK) == MODEL_PLAIN_CMD) {
			bool again = false;

			if (tx_plain(p, q, desc, cmd, psp, &again)) {
				sent++;
				tx_consume(p, q, (cmd & ORIEL_TXD_RS) != 0);
				continue;
			}
			if (again) {
				*full = true;
				break;
			}
		}
		if ((cmd & (ORIEL_TXD_DTYP | ORIEL_TXD_DEXT)) ==
			(ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT)) {
			tx_context(p, q, desc);
			tx_consume(p, q, false);
			continue;
		}
		if (!tx_frame(p, q, avail, &sent)) {
			*full = q->seg_done != 0;
			break;
		}
	}
	if (q->head != q->reg[MQ_H])
		model_queue_show(p, q, MQ_H, q->head);
	tx_schedule(p, q);
	model_stats_fold_queue(p, q);
	q->ring = NULL;
	return sent;
}

/** One frame of a queue with a rate limit, if it is time. */
static unsigned int
tx_limited(struct twin_port *p, struct model_queue *q, bool *full)
{
	struct twin_model *m = p->model;
	uint64_t bytes = m->acc_tx.bytes;
	uint32_t frames = m->acc_tx.frames;
	unsigned int sent;

	if (!model_rate_open(p, q))
		return 0;
	sent = tx_queue(p, q, 1, full);
	frames = m->acc_tx.frames - frames;
	if (frames != 0)
		model_rate_sent(p, q, m->acc_tx.bytes - bytes + (uint64_t)frames * MODEL_CRC_LEN);
	return sent;
}

static bool
tx_open(struct twin_port *p)
{
	struct twin_model *m = p->model;

	if (!(twin_reg(p, ORIEL_TCTL) & ORIEL_TCTL_EN) || !p->memory_on || !model_dma_on(p))
		return false;
	if (!m->loopback && !(twin_reg(p, ORIEL_STATUS) & ORIEL_STATUS_LU))
		return false;
	if (m->pause_until != 0) {
		if (model_now(m) < m->pause_until) {
			model_timer(m, m->pause_until);
			return false;
		}
		m->pause_until = 0;
	}
	return true;
}

static void
tx_writebacks(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (uint32_t due = m->tx_due; due != 0; due &= due - 1)
		model_tx_writeback(p, &m->txq[__builtin_ctz(due)], false);
}

unsigned int
model_tx_poll(struct twin_port *p, unsigned int budget)
{
	struct twin_model *m = p->model;
	unsigned int sent = 0, round = 1, burst = p->flood != NULL ? FLOOD_BURST : MODEL_BURST;
	bool full = false;

	if (m->tx_due != 0 && model_dma_on(p))
		tx_writebacks(p);
	if (budget == 0 || !tx_open(p))
		return 0;
	/* Each queue a burst in turn, until none has work */
	while (!full && sent < budget && round != 0) {
		round = 0;
		for (unsigned int i = 0; i < TWIN_NB_QUEUES && sent < budget && !full; i++) {
			struct model_queue *q = &m->txq[m->tx_turn % TWIN_NB_QUEUES];
			unsigned int n = budget - sent;

			m->tx_turn++;
			if (!q->active)
				continue;
			if (q->rate != 0)
				n = tx_limited(p, q, &full);
			else
				n = tx_queue(p, q, n < burst ? n : burst, &full);
			sent += n;
			round += n;
		}
	}
	if (twin_cfg.lockstep && m->tx_due != 0)
		tx_writebacks(p);
	return sent;
}
