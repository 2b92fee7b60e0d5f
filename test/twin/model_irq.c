/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Interrupts: causes, masks, vectors, throttling and the messages that leave.
 *
 * A vector's message leaves when (EICR & EIMS) of its bit rises; it rises again only
 * after the bit was cleared (by auto-clear, by the driver) or masked in between. The
 * causes of ICR work alike on the vector that IVAR_MISC names. Without
 * GPIE.MULTIPLE_MSIX every message is vector 0, EICR has its old layout and EIAC,
 * IVAR and IVAR_MISC take no writes; with GPIE = 0 (legacy mode) only ICR and IMS
 * count.
 */

#include "model.h"

#define EICR_OLD_OTHER ORIEL_BIT(31)
#define EICR_OLD_MASK 0xc0000f0fu
#define EITR_MASK 0x001fffffu /* the down counter is not shown */

static inline bool
multiple(const struct model_irq *q)
{
	return (q->gpie & ORIEL_GPIE_MULTIPLE_MSIX) != 0;
}

/** False in legacy mode, where EICR plays no part. */
static inline bool
extended(const struct model_irq *q)
{
	return (q->gpie & (ORIEL_GPIE_NSICR | ORIEL_GPIE_EIAME | ORIEL_GPIE_PBA_SUPPORT)) != 0;
}

static inline uint32_t
eicr_mask(const struct model_irq *q)
{
	return multiple(q) ? ORIEL_EICR_VECTORS : EICR_OLD_MASK;
}

/** False if vector v is throttled now; then its turn is remembered. */
static bool
throttle_pass(struct twin_port *p, unsigned int v)
{
	struct twin_model *m = p->model;
	uint32_t us = ORIEL_GET(ORIEL_EITR_INTERVAL, twin_reg(p, ORIEL_EITR(v)));
	uint64_t now;

	if (us == 0 && m->irq.next[v] == 0)
		return true;
	now = model_now(m);
	if (now < m->irq.next[v]) {
		m->irq.waiting |= ORIEL_BIT(v);
		model_timer(m, m->irq.next[v]);
		return false;
	}
	m->irq.next[v] = us == 0 ? 0 : now + us * MODEL_NS_PER_US;
	return true;
}

static void
message(struct twin_port *p, unsigned int v)
{
	struct twin_model *m = p->model;

	MODEL_STAT(m, IAC)++;
	m->published = false;
	if (v < TWIN_NB_MSIX)
		twin_irq(p, v);
	else
		p->cnt->irq_lost++;
}

/** After EICR or EIMS changed in MSI-X mode: messages of the vectors that rose. */
static void
evaluate_vectors(struct twin_port *p)
{
	struct model_irq *q = &p->model->irq;
	uint32_t level = q->eicr & q->eims & ORIEL_EICR_VECTORS;
	uint32_t rise;

	q->level &= level;
	rise = level & ~q->level;
	while (rise != 0) {
		unsigned int v = (unsigned int)__builtin_ctz(rise);
		uint32_t bit = ORIEL_BIT(v);

		rise &= ~bit;
		if (!throttle_pass(p, v))
			continue;
		message(p, v);
		q->level |= bit;
		if (q->eiac & bit) {
			q->eicr &= ~bit;
			q->level &= ~bit;
		}
		if ((q->gpie & ORIEL_GPIE_EIAME) && (q->eiam & bit)) {
			q->eims &= ~bit;
			q->level &= ~bit;
		}
	}
}

/** The same for the single vector. */
static void
evaluate_single(struct twin_port *p)
{
	struct model_irq *q = &p->model->irq;
	uint32_t causes = q->icr & q->ims;
	uint32_t ext = extended(q) ? q->eicr & q->eims & EICR_OLD_MASK : 0;

	if (causes == 0 && ext == 0) {
		q->legacy_level = false;
		return;
	}
	if (q->legacy_level || !throttle_pass(p, 0))
		return;
	q->legacy_level = true;
	if (causes != 0)
		q->icr |= ORIEL_ICR_INT_ASSERTED;
	message(p, 0);
	if (q->gpie & ORIEL_GPIE_EIAME) {
		q->eims &= ~(q->eiam & ext);
		if (causes == 0 && (q->eicr & q->eims) == 0)
			q->legacy_level = false;
	}
}

static void
evaluate(struct twin_port *p)
{
	struct model_irq *q = &p->model->irq;

	if (multiple(q))
		evaluate_vectors(p);
	else
		evaluate_single(p);
	twin_reg_set(p, ORIEL_ICR, q->icr);
	twin_reg_set(p, ORIEL_EICR, q->eicr);
	twin_reg_set(p, ORIEL_EIMS, q->eims);
	twin_reg_set(p, ORIEL_IMS, q->ims);
}

/** Enabled causes of ICR rose: the vector of IVAR_MISC, or bit "other". */
static void
other_rises(struct twin_port *p)
{
	struct model_irq *q = &p->model->irq;
	uint32_t misc = twin_reg(p, ORIEL_IVAR_MISC) >> 8 & 0xff;

	if (!multiple(q)) {
		if (extended(q))
			q->eicr |= EICR_OLD_OTHER;
		return;
	}
	q->icr |= ORIEL_ICR_INT_ASSERTED;
	if (misc & ORIEL_IVAR_VALID)
		q->eicr |= ORIEL_BIT(misc & ORIEL_IVAR_VECTOR) & ORIEL_EICR_VECTORS;
}

void
model_irq_cause(struct twin_port *p, uint32_t icr)
{
	struct model_irq *q = &p->model->irq;
	uint32_t rise = icr & ~q->icr;

	q->icr |= icr;
	if (rise & q->ims)
		other_rises(p);
	evaluate(p);
}

int
model_irq_vector(const struct twin_model *m, bool tx, unsigned int n)
{
	uint8_t ivar = tx ? m->irq.vec_tx[n] : m->irq.vec_rx[n];

	if (!multiple(&m->irq) || !(ivar & ORIEL_IVAR_VALID))
		return -1;
	return ivar & ORIEL_IVAR_VECTOR;
}

void
model_irq_queues(struct twin_port *p, uint32_t rx, uint32_t tx)
{
	struct twin_model *m = p->model;
	struct model_irq *q = &m->irq;
	uint32_t eicr = 0, icr;
	int v;

	if (!multiple(q)) {
		for (unsigned int i = 0; i < TWIN_NB_QUEUES; i += 4)
			eicr |= (rx >> i & 0xf) | (tx >> i & 0xf) << 8;
		icr = (rx ? ORIEL_ICR_RXDW : 0) | (tx ? ORIEL_ICR_TXDW : 0);
		if (extended(q))
			q->eicr |= eicr;
		model_irq_cause(p, icr);
		return;
	}
	for (; rx != 0; rx &= rx - 1) {
		v = model_irq_vector(m, false, (unsigned int)__builtin_ctz(rx));
		eicr |= v >= 0 ? ORIEL_BIT(v) : 0;
	}
	for (; tx != 0; tx &= tx - 1) {
		v = model_irq_vector(m, true, (unsigned int)__builtin_ctz(tx));
		eicr |= v >= 0 ? ORIEL_BIT(v) : 0;
	}
	q->eicr |= eicr & ORIEL_EICR_VECTORS;
	evaluate(p);
}

uint32_t
model_irq_timer(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint64_t now = model_now(m);
	uint32_t due = 0;

	for (unsigned int v = 0; v < MODEL_NB_VECTORS; v++) {
		if (m->irq.next[v] == 0)
			continue;
		if (m->irq.next[v] <= now) {
			due |= ORIEL_BIT(v);
			m->irq.next[v] = 0;
		} else {
			model_timer(m, m->irq.next[v]);
		}
	}
	if (m->irq.waiting & due) {
		m->irq.waiting &= ~due;
		evaluate(p);
	}
	return due;
}

/** The causes leave ICR; whether IMS follows is CTRL_EXT.IAME's word. */
static void
icr_clear(struct twin_port *p, uint32_t bits)
{
	struct model_irq *q = &p->model->irq;

	if (twin_reg(p, ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_IAME)
		q->ims &= ~q->iam;
	q->icr &= ~bits;
	if ((q->icr & q->ims) == 0) {
		q->icr &= ~ORIEL_ICR_INT_ASSERTED;
		if (!multiple(q))
			q->eicr &= ~EICR_OLD_OTHER;
	}
	evaluate(p);
}

static uint32_t
icr_read(struct twin_port *p)
{
	struct model_irq *q = &p->model->irq;
	uint32_t val = q->icr;

	if ((q->gpie & ORIEL_GPIE_NSICR) || (val & ORIEL_ICR_INT_ASSERTED) || q->ims == 0)
		icr_clear(p, UINT32_MAX);
	return val;
}

static void
eicr_clear(struct twin_port *p, uint32_t bits)
{
	struct model_irq *q = &p->model->irq;

	q->eicr &= ~bits;
	if (q->gpie & ORIEL_GPIE_EIAME)
		q->eims &= ~(q->eiam & bits);
	evaluate(p);
}

bool
model_irq_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct model_irq *q = &p->model->irq;

	switch (off) {
	case ORIEL_ICR:
		*val = icr_read(p);
		return true;
	case ORIEL_IMS:
	case ORIEL_IMC:
		*val = q->ims;
		return true;
	case ORIEL_EIMS:
	case ORIEL_EIMC:
		*val = q->eims;
		return true;
	case ORIEL_EICR:
		*val = q->eicr;
		eicr_clear(p, UINT32_MAX);
		return true;
	default:
		return false;
	}
}

static void
ivar_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct model_irq *q = &p->model->irq;
	unsigned int n = (off - ORIEL_IVAR(0)) / 4;

	if (!multiple(q))
		return;
	val &= 0x9f9f9f9fu;
	if (off == ORIEL_IVAR_MISC) {
		twin_reg_set(p, off, val & 0xffff);
		return;
	}
	twin_reg_set(p, off, val);
	q->vec_rx[n] = (uint8_t)val;
	q->vec_tx[n] = (uint8_t)(val >> 8);
	q->vec_rx[n + 8] = (uint8_t)(val >> 16);
	q->vec_tx[n + 8] = (uint8_t)(val >> 24);
}

static void
eitr_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct twin_model *m = p->model;
	unsigned int v = (off - ORIEL_EITR(0)) / 4;

	twin_reg_set(p, off, val & EITR_MASK);
	if (val & ORIEL_EITR_CNT_IGNR)
		return;
	m->irq.next[v] = 0; /* a counter of 0 was written as well */
	if (m->irq.waiting & ORIEL_BIT(v)) {
		m->irq.waiting &= ~ORIEL_BIT(v);
		evaluate(p);
	}
}

static bool
irq_write_ext(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct model_irq *q = &p->model->irq;

	switch (off) {
	case ORIEL_GPIE:
		q->gpie = val &
			(ORIEL_GPIE_NSICR | ORIEL_GPIE_MULTIPLE_MSIX | ORIEL_GPIE_LL_INTERVAL |
				ORIEL_GPIE_EIAME | ORIEL_GPIE_PBA_SUPPORT);
		twin_reg_set(p, off, q->gpie);
		return true;
	case ORIEL_EICS:
		q->eicr |= val & eicr_mask(q);
		if (q->gpie & ORIEL_GPIE_EIAME)
			q->eims |= q->eiam & val & eicr_mask(q);
		/* A software interrupt of a vector that is pending already is sent again. */
		q->level &= ~val;
		q->legacy_level = q->legacy_level && (val & q->eims & eicr_mask(q)) == 0;
		break;
	case ORIEL_EIMS:
		q->eims |= val & eicr_mask(q);
		break;
	case ORIEL_EIMC:
		q->eims &= ~val;
		break;
	case ORIEL_EIAC:
		if (multiple(q))
			q->eiac = val & ORIEL_EICR_VECTORS;
		twin_reg_set(p, off, q->eiac);
		return true;
	case ORIEL_EIAM:
		q->eiam = val & eicr_mask(q);
		twin_reg_set(p, off, q->eiam);
		return true;
	case ORIEL_EICR:
		eicr_clear(p, val);
		return true;
	default:
		return false;
	}
	evaluate(p);
	return true;
}

bool
model_irq_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct model_irq *q = &p->model->irq;
	uint32_t old;

	if ((off >= ORIEL_IVAR(0) && off <= ORIEL_IVAR(7)) || off == ORIEL_IVAR_MISC) {
		ivar_write(p, off, val);
		return true;
	}
	if (off >= ORIEL_EITR(0) && off < ORIEL_EITR(MODEL_NB_VECTORS)) {
		eitr_write(p, off, val);
		return true;
	}
	switch (off) {
	case ORIEL_ICR:
		icr_clear(p, val);
		return true;
	case ORIEL_ICS:
		model_irq_cause(p, val & ORIEL_IMS_WRITABLE);
		return true;
	case ORIEL_IMS:
		old = q->ims;
		q->ims |= val & ORIEL_IMS_WRITABLE;
		if (q->icr & q->ims & ~old)
			other_rises(p);
		evaluate(p);
		return true;
	case ORIEL_IMC:
		q->ims &= ~val;
		evaluate(p);
		return true;
	case ORIEL_IAM:
		q->iam = val & ORIEL_IMS_WRITABLE;
		twin_reg_set(p, off, q->iam);
		return true;
	default:
		return irq_write_ext(p, off, val);
	}
}

void
model_irq_reset(struct twin_port *p)
{
	memset(&p->model->irq, 0, sizeof(p->model->irq));
}
