/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The transmit rate scheduler: a limited queue's frames take the factor of RTTBCNRC times as long
 * as they do on the wire. What a queue did not use is saved up as far as RTTBCNRM says.
 */

#include "model.h"

#define FACTOR (ORIEL_RTTBCNRC_RF_INT | ORIEL_RTTBCNRC_RF_DEC)
#define FACTOR_SHIFT 14
#define MEMORY_WINDOW ORIEL_MASK(9, 0) /* KiB */

/** Time that so many bytes take with the queue's factor. */
static uint64_t
rate_ns(struct twin_port *p, const struct model_queue *q, uint64_t bytes)
{
	static const uint64_t bit_ns[] = { 100, 10, 1, 1 };
	uint32_t speed = ORIEL_GET(ORIEL_STATUS_SPEED, twin_reg(p, ORIEL_STATUS));

	return (bytes * 8 * bit_ns[speed] * q->rate) >> FACTOR_SHIFT;
}

void
model_rate_write(struct twin_port *p, uint32_t val)
{
	struct twin_model *m = p->model;
	struct model_queue *q = &m->txq[twin_reg(p, ORIEL_RTTDQSEL) % TWIN_NB_QUEUES];

	q->rate = val & ORIEL_RTTBCNRC_RS_ENA ? val & FACTOR : 0;
	q->rate_next = model_now(m);
}

bool
model_rate_open(struct twin_port *p, struct model_queue *q)
{
	struct twin_model *m = p->model;

	if (model_now(m) >= q->rate_next)
		return true;
	if (q->head != q->tail)
		model_timer(m, q->rate_next);
	return false;
}

void
model_rate_sent(struct twin_port *p, struct model_queue *q, uint64_t bytes)
{
	struct twin_model *m = p->model;
	uint64_t window = twin_reg(p, ORIEL_RTTBCNRM) & MEMORY_WINDOW, now = model_now(m), oldest;

	window = rate_ns(p, q, window * 1024);
	oldest = now > window ? now - window : 0;
	if (q->rate_next < oldest)
		q->rate_next = oldest;
	q->rate_next += rate_ns(p, q, bytes);
	model_timer(m, q->rate_next);
}
