/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * A device that costs little, for benches in which the driver shall be what is waited
 * for. A flood's frames never change: what the receive path made of one (queue, fields of
 * the descriptor, bytes as stored) is remembered and holds until something is written that
 * decides about frames. Plain frames that the driver sends are not looked at.
 *
 * All that the driver and its memory can notice is as on the long way: descriptors are
 * read and written back, buffers filled, addresses checked against the windows. Whatever
 * is not as usual is left to the long way, one frame at a time.
 */

#include <stdlib.h>

#include "model.h"

#define LINE 64u
#define DESC_LINE (LINE / sizeof(struct oriel_rx_desc))
#define ROOM ((TWIN_FLOOD_MAX_SIZE + MODEL_CRC_LEN + LINE - 1) / LINE * LINE)
#define WINDOWS 64u /* memory comes in huge pages of which each may be one */
#define WINDOW_SHIFT 21
#define AHEAD 32u /* descriptors between a buffer that is filled and one asked for */
#define LEAST 32u /* bytes that are copied in one piece */

struct known {
	uint64_t config; /* that it was made under, 0: it was not */
	uint64_t q0, q1;
	const uint8_t *data;
	uint32_t len;
	uint8_t queue;
};

struct model_flood {
	uint64_t epoch; /* of the windows */
	struct twin_window window[2][WINDOWS];
	struct known known[TWIN_FLOOD_MAX_FLOWS];
	uint8_t data[TWIN_FLOOD_MAX_FLOWS][ROOM] __attribute__((aligned(LINE)));
};

/** For writing: the other core's copy goes away at once, not only when the write comes. */
static inline void
ask_for(const void *at)
{
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
}

/** The state of the port, with windows as they are now; NULL if there is no memory. */
static struct model_flood *
flood_state(struct twin_port *p)
{
	struct model_flood *s = p->model->flood;

	if (s == NULL) {
		s = aligned_alloc(LINE, sizeof(*s));
		if (s == NULL)
			return NULL;
		memset(s, 0, sizeof(*s));
		p->model->flood = s;
	} else if (s->epoch == twin_dma_epoch(p)) {
		return s;
	}
	for (unsigned int i = 0; i < 2 * WINDOWS; i++)
		s->window[i / WINDOWS][i % WINDOWS] = (struct twin_window){ .first = 1 };
	s->epoch = twin_dma_epoch(p);
	return s;
}

static inline struct twin_window *
window_of(struct model_flood *s, uint64_t iova, bool write)
{
	return &s->window[write][(iova >> WINDOW_SHIFT) % WINDOWS];
}

/** Host memory at iova, NULL if it is not to be had in one piece; never a violation. */
static inline uint8_t *
memory_at(struct twin_port *p, struct model_flood *s, uint64_t iova, uint32_t len, bool write)
{
	struct twin_window *w = window_of(s, iova, write);

	if (iova < w->first || iova > w->last)
		if (!twin_dma_window(p, iova, write, w))
			return NULL;
	return w->last - iova >= len - 1 ? w->va + (iova - w->first) : NULL;
}

static inline void
copy(uint8_t *to, const uint8_t *from, uint32_t len)
{
	uint8_t head[LEAST], tail[LEAST];

	if (len - LEAST > LEAST) {
		memcpy(to, from, len);
		return;
	}
	memcpy(head, from, LEAST);
	memcpy(tail, from + len - LEAST, LEAST);
	memcpy(to, head, LEAST);
	memcpy(to + len - LEAST, tail, LEAST);
}

void
model_flood_learn(struct twin_port *p, const struct model_rx_done *done)
{
	struct twin_model *m = p->model;
	uint32_t flow = p->flood->next;
	struct model_flood *s;
	struct known *k;

	if (done->len < LEAST || done->len > ROOM)
		return;
	s = flood_state(p);
	if (s == NULL)
		return;
	k = &s->known[flow];
	k->data = memcpy(s->data[flow], done->data, done->len);
	k->len = done->len;
	k->queue = done->q->index;
	k->q0 = done->q0;
	k->q1 = done->q1;
	k->config = m->config;
}

static inline uint32_t
owned(const struct model_queue *q)
{
	return q->tail >= q->head ? q->tail - q->head : q->nb - q->head + q->tail;
}

/** Asks for the lines of the next descriptors, all at once: their ways overlap. */
static void
ask_for_ring(const struct model_queue *q, uint32_t budget)
{
	const struct oriel_rx_desc *ring = q->ring;
	uint32_t nb = owned(q);

	nb = nb < budget ? nb : budget;
	for (uint32_t i = 0; i < nb; i += DESC_LINE)
		ask_for(&ring[model_queue_ahead(q, i)]);
}

static bool
rx_ready(struct twin_port *p, struct model_queue *q, uint32_t budget)
{
	if (q->head == q->tail || !q->active || q->partial)
		return false;
	if (q->ring != NULL)
		return true;
	if (!model_queue_map(p, q))
		return false;
	ask_for_ring(q, budget + AHEAD);
	return true;
}

/** One frame into the descriptor at head. False: not this way. */
static inline bool
rx_put(struct twin_port *p, struct model_flood *s, struct model_queue *q, const struct known *k)
{
	const struct oriel_rx_desc *ring = q->ring;
	struct model_wb *wb = &q->wb[q->nb_wb];
	uint8_t *to = memory_at(p, s, ring[q->head].q[0] & ~UINT64_C(1), k->len, true);
	const struct twin_window *w;
	uint64_t ahead;

	if (to == NULL)
		return false;
	if (owned(q) > AHEAD) {
		ahead = ring[model_queue_ahead(q, AHEAD)].q[0];
		w = window_of(s, ahead, true);
		if (ahead >= w->first && ahead <= w->last)
			ask_for(w->va + (ahead - w->first));
	}
	copy(to, k->data, k->len);
	twin_wrote(to, k->len);
	*wb = (struct model_wb){ .idx = q->head, .q = { k->q0, k->q1 } };
	q->head = q->head + 1 == q->nb ? 0 : q->head + 1;
	q->acc_frames++;
	if (++q->nb_wb == MODEL_WB_MAX)
		model_rx_flush(p, q);
	return true;
}

unsigned int
model_flood_rx(struct twin_port *p, unsigned int budget)
{
	struct model_flood *s = flood_state(p);
	struct twin_model *m = p->model;
	struct twin_flood *f = p->flood;
	uint32_t took[TWIN_NB_QUEUES] = { 0 };
	uint64_t stored = 0;
	unsigned int n = 0;

	if (s == NULL)
		return 0;
	while (n < budget && f->left != 0) {
		const struct known *k = &s->known[f->next];
		struct model_queue *q = &m->rxq[k->queue];

		if (k->config != m->config || !rx_ready(p, q, budget) || !rx_put(p, s, q, k))
			break;
		took[q->index]++;
		stored += k->len;
		twin_flood_advance(f);
		n++;
	}
	if (n == 0)
		return 0;
	for (uint32_t on = m->rx_active; on != 0; on &= on - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(on);

		m->rxq[i].acc_bytes += (uint64_t)took[i] * f->size;
		m->rxq[i].acc_fetched += took[i];
		m->rxq[i].acc_written += took[i];
	}
	p->cnt->payload_bytes_written += stored;
	model_acc_add_unicast(&m->acc_rx, f->size, n);
	m->hol_counted = false;
	return n;
}

/** Whether a descriptor is a whole frame with nothing to be done; *len its bytes. */
static inline bool
tx_is_plain(const struct oriel_tx_desc *desc, uint32_t cmd, uint32_t *len)
{
	uint32_t olinfo = desc->rd.olinfo;

	*len = ORIEL_GET(ORIEL_TXD_DTALEN, cmd);
	return (cmd & MODEL_PLAIN_MASK) == MODEL_PLAIN_CMD && (olinfo & MODEL_POPTS) == 0 &&
		ORIEL_GET(ORIEL_TXD_PAYLEN, olinfo) == *len && *len >= MODEL_MIN_FRAME &&
		*len <= MODEL_MAX_NO_CRC;
}

unsigned int
model_flood_tx(struct twin_port *p, struct model_queue *q, unsigned int budget)
{
	struct model_flood *s = flood_state(p);
	uint32_t n = 0, len, run = 0, run_len = 0, nb = owned(q);
	uint64_t bytes = 0;

	if (s == NULL || q->ring == NULL || q->skip || q->seg_done != 0)
		return 0;
	ask_for_ring(q, budget);
	nb = nb < budget ? nb : budget;
	for (; n < nb; n++) {
		const struct oriel_tx_desc *desc = (struct oriel_tx_desc *)q->ring + q->head;
		uint32_t cmd = __atomic_load_n(&desc->rd.cmd, __ATOMIC_RELAXED);

		if (!tx_is_plain(desc, cmd, &len) ||
			memory_at(p, s, desc->rd.addr, len, false) == NULL)
			break;
		if (cmd & ORIEL_TXD_RS) {
			if (q->nb_rs == MODEL_NB_RS)
				break;
			q->rs[q->nb_rs++] = q->head;
		}
		if (len != run_len) {
			if (run != 0)
				model_acc_add_unicast(&p->model->acc_tx, run_len, run);
			run_len = len;
			run = 0;
		}
		run++;
		bytes += len;
		q->head = q->head + 1 == q->nb ? 0 : q->head + 1;
	}
	if (n == 0)
		return 0;
	model_acc_add_unicast(&p->model->acc_tx, run_len, run);
	q->wb_nb += n;
	q->acc_fetched += n;
	q->acc_frames += n;
	q->acc_bytes += bytes;
	p->cnt->payload_bytes_read += bytes;
	return n;
}
