/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The receive path: takes frames from the wire (or from the transmitter in loopback),
 * has them filtered, puts them into the buffers of their queue's descriptors and writes
 * the descriptors back.
 *
 * A frame that finds no descriptor stays where it is and holds up those behind it, as
 * in the chip's one packet buffer; with SRRCTL.DROP_EN or QDE it is dropped instead. A
 * frame may also stop between two of its descriptors and go on when the driver gives
 * more.
 */

#include "model.h"

/** A frame on its way to the descriptors. */
struct rx_frame {
	const uint8_t *data;
	uint32_t len; /* as stored: tag stripped, CRC there or not */
	uint32_t info, hash;
	uint32_t status; /* with EOP and errors, for the last descriptor */
	uint16_t vlan;
	uint32_t hdr; /* bytes of header for a split, 0: none */
};

enum rx_result {
	RX_DONE,
	RX_DROPPED,
	RX_WAIT,
};

/**
 * Writes a descriptor back: the first qword, then the one with DD, so that a driver
 * that sees DD sees all.
 */
static inline void
rx_store(struct oriel_rx_desc *desc, uint64_t q0, uint64_t q1)
{
	__atomic_store_n(&desc->q[0], q0, __ATOMIC_RELAXED);
	__atomic_store_n(&desc->q[1], q1, __ATOMIC_RELEASE);
}

void
model_rx_flush(struct twin_port *p, struct model_queue *q)
{
	struct oriel_rx_desc *desc;

	if (q->nb_wb == 0)
		return;
	if (!q->active || !model_queue_map(p, q)) {
		q->nb_wb = 0;
		return;
	}
	for (uint32_t i = 0; i < q->nb_wb; i++) {
		desc = q->ring != NULL ? (struct oriel_rx_desc *)q->ring + q->wb[i].idx :
					 model_queue_desc(p, q, q->wb[i].idx);
		if (desc == NULL)
			break;
		rx_store(desc, q->wb[i].q[0], q->wb[i].q[1]);
		twin_wrote(desc, sizeof(*desc));
	}
	q->nb_wb = 0;
	q->ring = NULL;
	p->model->causes_rx |= ORIEL_BIT(q->index);
}

/** The batch waits for WTHRESH descriptors; without MSI-X also for the throttle's interval. */
static void
rx_hold(struct twin_port *p, struct model_queue *q, uint32_t idx, uint64_t q0, uint64_t q1)
{
	struct twin_model *m = p->model;
	uint32_t us;

	q->wb[q->nb_wb].idx = idx;
	q->wb[q->nb_wb].q[0] = q0;
	q->wb[q->nb_wb].q[1] = q1;
	q->nb_wb++;
	/* With MSI-X the chip forgets the rest of a batch: its known erratum. */
	if (m->wb_flush == 0 && !(m->irq.gpie & ORIEL_GPIE_MULTIPLE_MSIX)) {
		us = ORIEL_GET(ORIEL_EITR_INTERVAL, twin_reg(p, ORIEL_EITR(0)));
		m->wb_flush = model_now(m) + (us != 0 ? us : 1) * MODEL_NS_PER_US;
		model_timer(m, m->wb_flush);
	}
	if (q->nb_wb >= q->wthresh)
		model_rx_flush(p, q);
}

static inline void
rx_writeback(struct twin_port *p, struct model_queue *q, uint64_t q0, uint64_t q1)
{
	q->acc_written++;
	if (q->wthresh > 1) {
		rx_hold(p, q, q->head, q0, q1);
		return;
	}
	/*
	 * All of a poll at its end: a driver that waits for the next descriptor would pull
	 * the line that four of them share away between any two writes.
	 */
	q->wb[q->nb_wb].idx = q->head;
	q->wb[q->nb_wb].q[0] = q0;
	q->wb[q->nb_wb].q[1] = q1;
	q->nb_wb++;
	if (q->nb_wb == MODEL_WB_MAX)
		model_rx_flush(p, q);
}

/** Bytes to a buffer. A refused write is lost, as a posted write is on the bus. */
static void
rx_copy(struct twin_port *p, uint64_t iova, const uint8_t *from, uint32_t len)
{
	uint64_t before = p->cnt->dma_violations;
	void *to;

	if (len == 0)
		return;
	to = twin_dma_ptr(p, iova, len, true);
	if (to != NULL) {
		memcpy(to, from, len);
		twin_wrote(to, len);
	} else if (p->cnt->dma_violations != before || !twin_dma_write(p, iova, from, len)) {
		p->cnt->drops[TWIN_DROP_DMA]++;
	}
	p->cnt->payload_bytes_written += len;
}

/** Free descriptors of a ring that is mapped. */
static inline uint32_t
rx_free(const struct model_queue *q)
{
	return q->tail >= q->head ? q->tail - q->head : q->nb - q->head + q->tail;
}

static inline bool
splits(const struct model_queue *q)
{
	return q->desctype == ORIEL_DESCTYPE_HDR_SPLIT ||
		q->desctype == ORIEL_DESCTYPE_HDR_SPLIT_ALWAYS;
}

/**
 * Fills the descriptor at head from the frame's byte `off` on; returns the new offset.
 * The header goes to its own buffer in the first descriptor only.
 */
static uint32_t
rx_fill(struct twin_port *p, struct model_queue *q, struct oriel_rx_desc *desc,
	const struct rx_frame *f, uint32_t off)
{
	uint64_t addr = desc->q[0], haddr = desc->q[1] & ~UINT64_C(1);
	uint32_t info = f->info, status = ORIEL_RXD_DD, part;
	uint64_t q0, q1;

	q->acc_fetched++;
	if (off == 0 && f->hdr != 0 && splits(q)) {
		info |= ORIEL_RXD_SPH | ORIEL_PREP(ORIEL_RXD_HDR_LEN, f->hdr);
		if (f->hdr > q->hsize) {
			status |= ORIEL_RXD_HBO;
		} else {
			rx_copy(p, haddr, f->data, f->hdr);
			off = f->hdr;
		}
	}
	part = f->len - off < q->bsize ? f->len - off : q->bsize;
	rx_copy(p, addr & ~UINT64_C(1), f->data + off, part);
	off += part;
	if (off == f->len)
		status |= f->status;
	q0 = info | (uint64_t)f->hash << 32;
	q1 = status | (uint64_t)part << 32 | (off == f->len ? (uint64_t)f->vlan << 48 : 0);
	if (q->desctype == ORIEL_DESCTYPE_LEGACY) {
		/* address kept; length, packet checksum, status, errors, tag */
		q0 = addr;
		q1 = part | (uint64_t)(f->hash >> 16) << 16 | (uint64_t)(status & 0xff) << 32 |
			(uint64_t)(status >> 24 & 0xe0) << 40 | (uint64_t)f->vlan << 48;
	}
	rx_writeback(p, q, q0, q1);
	return off;
}

/** Lines that another core wrote take long to come: asks for what comes next in time. */
static inline void
rx_ahead(struct twin_port *p, const struct model_queue *q)
{
	const struct oriel_rx_desc *ring = q->ring;
	uint32_t nb = rx_free(q);

	if (ring == NULL)
		return;
	if (nb > MODEL_AHEAD_DESC)
		__builtin_prefetch(&ring[model_queue_ahead(q, MODEL_AHEAD_DESC)], 1);
	if (nb > MODEL_AHEAD_DATA)
		twin_dma_prefetch(p, ring[model_queue_ahead(q, MODEL_AHEAD_DATA)].q[0], true);
}

/** Descriptors for the frame, as many as it needs. */
static enum rx_result
rx_deliver(struct twin_port *p, struct model_queue *q, const struct rx_frame *f)
{
	struct oriel_rx_desc *desc;
	uint32_t off = q->partial ? q->part_off : 0, next;

	/* The frame may have become shorter if the driver switched stripping on meanwhile. */
	if (off > f->len)
		off = f->len;
	do {
		if (rx_free(q) == 0) {
			q->partial = off != 0;
			q->part_off = off;
			return RX_WAIT;
		}
		desc = model_queue_desc(p, q, q->head);
		if (desc == NULL)
			return RX_WAIT;
		next = q->head + 1 == q->nb ? 0 : q->head + 1;
		rx_ahead(p, q);
		off = rx_fill(p, q, desc, f, off);
		q->head = next;
	} while (off < f->len);
	q->partial = false;
	return RX_DONE;
}

/** Header length for a split: MAC, IP and TCP or UDP headers; PSRTYPE must allow the type. */
static uint32_t
rx_header(struct twin_port *p, const struct model_pkt *pkt, const struct model_queue *q,
	uint32_t moved)
{
	uint32_t psrtype = twin_reg(p, ORIEL_PSRTYPE(0)), hdr, bit;
	bool tcp = pkt->proto == 6, udp = pkt->proto == 17;

	if (!splits(q) || (!pkt->ipv4 && !pkt->ipv6) || pkt->tunnel)
		return 0;
	if (pkt->l4 != 0 && tcp) {
		hdr = pkt->l4 + (pkt->data[pkt->l4 + 12] >> 4) * 4u;
		bit = pkt->ipv4 ? 2 : 8;
	} else if (pkt->l4 != 0 && udp) {
		hdr = pkt->l4 + 8;
		bit = pkt->ipv4 ? 3 : 9;
	} else if (pkt->ipv4) {
		hdr = pkt->l3 + (pkt->data[pkt->l3] & 0xfu) * 4;
		bit = 1;
	} else {
		return 0;
	}
	if (!(psrtype >> bit & 1) || hdr > pkt->end)
		return 0;
	return hdr - moved;
}

/** Takes the tag out and puts the CRC behind, in a copy; the wire's frame stays. */
static void
rx_edit(struct twin_model *m, const struct model_pkt *pkt, struct rx_frame *f)
{
	bool strip = m->vme && pkt->tagged;
	uint8_t *to = m->rx_buf;
	uint32_t crc, at = pkt->vlan_off;

	f->data = pkt->data;
	f->len = pkt->len;
	f->vlan = 0;
	if (strip) {
		f->vlan = pkt->vlan;
		memcpy(to, pkt->data, at);
		memcpy(to + at, pkt->data + at + 4, pkt->len - at - 4);
		f->len -= 4;
		f->data = to;
	}
	if (m->strip_crc)
		return;
	/* the CRC that came over the wire, computed with the tag */
	if (!strip)
		memcpy(to, pkt->data, pkt->len);
	crc = model_crc32(pkt->data, pkt->len);
	memcpy(to + f->len, &crc, MODEL_CRC_LEN);
	f->len += MODEL_CRC_LEN;
	f->data = to;
}

/** Descriptor fields of the frame for its queue. */
static void
rx_describe(struct twin_port *p, struct model_pkt *pkt, const struct model_dest *d,
	const struct model_queue *q, struct rx_frame *f)
{
	struct twin_model *m = p->model;
	uint32_t extra;

	rx_edit(m, pkt, f);
	f->status = model_rx_checks(m, pkt, &extra) | ORIEL_RXD_EOP;
	if (m->vme && pkt->tagged)
		f->status |= ORIEL_RXD_VP;
	if (pkt->ext_tag)
		f->status |= ORIEL_RXD_VEXT;
	if (d->pif)
		f->status |= ORIEL_RXD_PIF;
	if (d->imm)
		f->status |= ORIEL_RXD_LLINT;
	f->info = pkt->ptype;
	if (m->rxcsum & ORIEL_RXCSUM_PCSD) {
		f->info |= d->rss_type;
		f->hash = d->hash;
	} else {
		f->hash = extra;
	}
	f->hdr = q->desctype > ORIEL_DESCTYPE_ADV_ONEBUF ?
		rx_header(p, pkt, q, m->vme && pkt->tagged ? 4 : 0) :
		0;
}

/** What became of a frame of a flood, if the next one like it may go the short way. */
static void
rx_learn(struct twin_port *p, const struct model_queue *q, const struct rx_frame *f)
{
	struct model_rx_done done = { .q = q, .data = f->data, .len = f->len };

	if (q->desctype != ORIEL_DESCTYPE_ADV_ONEBUF || f->len > q->bsize || q->wthresh > 1)
		return;
	done.q0 = f->info | (uint64_t)f->hash << 32;
	done.q1 = ORIEL_RXD_DD | f->status | (uint64_t)f->len << 32 | (uint64_t)f->vlan << 48;
	model_flood_learn(p, &done);
}

/** Lengths, MAC control frames, addresses. MODEL_PASS or the cause of the drop. */
static unsigned int
rx_admit(struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d)
{
	struct twin_model *m = p->model;
	unsigned int tags = pkt->tagged + (unsigned int)pkt->ext_tag;

	if (pkt->len < MODEL_MIN_FRAME) {
		MODEL_STAT(m, RUC)++;
		return TWIN_DROP_FILTER;
	}
	if (pkt->len > m->max_len[tags]) {
		MODEL_STAT(m, ROC)++;
		return TWIN_DROP_OVERSIZE;
	}
	if (model_fc_in(p, pkt->data, pkt->len))
		return TWIN_DROP_FILTER;
	return model_filter_l2(p, pkt, d);
}

/** The queue of the frame cannot take it now. */
static enum rx_result
rx_no_desc(struct twin_port *p, struct model_queue *q)
{
	struct twin_model *m = p->model;

	if (q->drop_en && !q->partial) {
		p->cnt->rx[q->index].dropped++;
		p->cnt->drops[TWIN_DROP_QUEUE]++;
		/* A plain queue page cannot clear RQDPC when it is read: MPC counts instead. */
		if (!twin_cfg.exact)
			MODEL_STAT(m, MPC)++;
		else
			model_queue_show(
				p, q, MQ_RQDPC, (q->reg[MQ_RQDPC] + 1) & ORIEL_RQDPC_COUNT);
		return RX_DROPPED;
	}
	if (!m->hol_counted) {
		m->hol_counted = true;
		MODEL_STAT(m, RNBC)++;
		m->published = false;
	}
	return RX_WAIT;
}

static bool
rx_queue_ready(struct twin_port *p, struct model_queue *q)
{
	if (!q->active)
		return false;
	return q->ring != NULL || model_queue_map(p, q);
}

static void
rx_count_refused(struct twin_model *m, uint32_t len)
{
	MODEL_STAT(m, TPR)++;
	MODEL_STAT(m, TORL) += len + MODEL_CRC_LEN;
}

/** One frame from the wire: RX_WAIT leaves it there. */
static enum rx_result
rx_one(struct twin_port *p, const uint8_t *data, uint32_t len)
{
	struct twin_model *m = p->model;
	struct model_queue *q;
	struct model_pkt pkt;
	struct model_dest d;
	struct rx_frame f;
	enum rx_result ret;
	unsigned int cause;

	model_parse(m, data, len, &pkt);
	cause = rx_admit(p, &pkt, &d);
	if (cause != MODEL_PASS) {
		rx_count_refused(m, len);
		p->cnt->drops[cause]++;
		return RX_DROPPED;
	}
	model_filter_queue(p, &pkt, &d);
	q = &m->rxq[d.queue & (TWIN_NB_QUEUES - 1)];
	if (!rx_queue_ready(p, q) || rx_free(q) == 0) {
		if (!q->active && (m->rx_active != 0 || twin_wire_fifo(p) == TWIN_FIFO_DROP)) {
			rx_count_refused(m, len);
			p->cnt->drops[TWIN_DROP_DISABLED]++;
			return RX_DROPPED;
		}
		ret = rx_no_desc(p, q);
		if (ret == RX_DROPPED) {
			model_acc_add(&m->acc_rx, data, len);
		}
		return ret;
	}
	if (m->part_q != q->index) {
		m->rxq[m->part_q].partial = false;
		m->part_q = q->index;
	}
	rx_describe(p, &pkt, &d, q, &f);
	if ((d.stamp && !q->partial) && model_time_rx(p, &pkt, &d))
		f.status |= ORIEL_RXD_TS;
	ret = rx_deliver(p, q, &f);
	if (ret != RX_DONE)
		return ret;
	if (p->flood != NULL && !m->loopback && !d.stamp)
		rx_learn(p, q, &f);
	model_acc_add(&m->acc_rx, data, len);
	q->acc_frames++;
	q->acc_bytes += len;
	m->hol_counted = false;
	return RX_DONE;
}

/** After the batch: heads, thresholds, and the mapping is given back. */
static void
rx_finish(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (uint32_t on = m->rx_active; on != 0; on &= on - 1) {
		struct model_queue *q = &m->rxq[__builtin_ctz(on)];

		if (q->nb_wb != 0 && q->wthresh <= 1)
			model_rx_flush(p, q);
		q->ring = NULL;
		if (q->acc_fetched != 0)
			model_stats_fold_queue(p, q);
		if (q->head == q->reg[MQ_H])
			continue;
		model_queue_show(p, q, MQ_H, q->head);
		if (q->dmt != 0 && rx_free(q) < q->dmt) {
			MODEL_STAT(m, RXDMTC)++;
			if (!(m->irq.gpie & ORIEL_GPIE_MULTIPLE_MSIX))
				model_irq_cause(p, ORIEL_ICR_RXDMT0);
		}
	}
}

/** True if frames may come in now; else what to do with those on the wire is in *drop. */
static bool
rx_open(struct twin_port *p, bool *drop)
{
	struct twin_model *m = p->model;

	*drop = twin_wire_fifo(p) == TWIN_FIFO_DROP;
	if (!(m->rctl & ORIEL_RCTL_RXEN) || !p->memory_on || !model_dma_on(p))
		return false;
	return m->loopback || (twin_reg(p, ORIEL_STATUS) & ORIEL_STATUS_LU) != 0;
}

static void
rx_missed(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint32_t missed = twin_wire_take_missed(p);

	if (missed == 0)
		return;
	MODEL_STAT(m, MPC) += missed;
	m->published = false;
	model_irq_cause(p, ORIEL_ICR_RXO);
}

/** What lies on the wire while the receiver is off or in loopback is lost. */
static void
rx_discard(struct twin_port *p, unsigned int budget)
{
	uint32_t len;

	while (budget-- > 0 && twin_wire_rx_peek(p, &len) != NULL) {
		twin_wire_rx_done(p);
		p->cnt->drops[TWIN_DROP_DISABLED]++;
	}
}

unsigned int
model_rx_poll(struct twin_port *p, unsigned int budget)
{
	struct twin_model *m = p->model;
	const uint8_t *data;
	unsigned int moved = 0;
	uint32_t len;
	bool drop, lb = m->loopback, flood = p->flood != NULL && !lb;

	if (!rx_open(p, &drop)) {
		if (drop)
			rx_discard(p, budget);
		rx_missed(p);
		return 0;
	}
	if (lb && drop)
		rx_discard(p, budget);
	while (moved < budget) {
		enum rx_result ret;

		if (flood)
			moved += model_flood_rx(p, budget - moved);
		if (moved == budget)
			break;
		data = lb ? model_lb_peek(m, &len) : twin_wire_rx_peek(p, &len);
		if (data == NULL)
			break;
		ret = rx_one(p, data, len);
		if (ret == RX_WAIT || m->stuck)
			break;
		if (lb)
			model_lb_pop(m);
		else
			twin_wire_rx_done(p);
		moved++;
	}
	rx_finish(p);
	rx_missed(p);
	model_fc_low(p);
	return moved;
}
