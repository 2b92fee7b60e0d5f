/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The clock and the two time stamps. SYSTIM advances by INCVALUE every INCPERIOD
 * clocks of 16 ns; one TX and one RX stamp are held until their high half is read.
 */

#include "model.h"

#define CLOCK_NS 16
#define NS_PER_S UINT64_C(1000000000)
#define PTP_UDP_EVENT 319
#define PTP_ETHERTYPE 0x88f7
#define PTP_HEADER 34u	   /* bytes of a version 2 header */
#define PTP_V1_CONTROL 32u /* offset of its control byte */
#define PTP_V1_SEQUENCE 30u
#define PTP_V2_SEQUENCE 30u

#define TSYNC_VALID ORIEL_TSYNCRXCTL_VALID
#define TSYNC_EN ORIEL_TSYNCRXCTL_EN
_Static_assert(TSYNC_VALID == ORIEL_TSYNCTXCTL_VALID && TSYNC_EN == ORIEL_TSYNCTXCTL_EN,
	"the bits of both directions");

/** Nanoseconds that the device's crystal makes of real ones. */
static uint64_t
crystal_ns(const struct model_time *t, uint64_t ns)
{
	const int64_t whole = (int64_t)(ns / NS_PER_S), rest = (int64_t)(ns % NS_PER_S);

	return ns + (uint64_t)(whole * t->ppb + rest * t->ppb / (int64_t)NS_PER_S);
}

static uint64_t
systim(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint32_t inca = twin_reg(p, ORIEL_TIMINCA);
	uint32_t period = ORIEL_GET(ORIEL_TIMINCA_PERIOD, inca);
	uint64_t clocks = crystal_ns(&m->time, model_now(m) - m->time.ref) / CLOCK_NS;

	if (period == 0)
		return m->time.systim;
	return m->time.systim + clocks / period * ORIEL_GET(ORIEL_TIMINCA_VALUE, inca);
}

/** From now on the clock counts from `val`. */
static void
systim_set(struct twin_port *p, uint64_t val)
{
	struct twin_model *m = p->model;

	m->time.systim = val;
	m->time.ref = model_now(m);
}

void
model_time_reset(struct twin_port *p)
{
	const int32_t ppb = p->model->time.ppb;

	memset(&p->model->time, 0, sizeof(p->model->time));
	p->model->time.ppb = ppb;
	p->model->time.ref = model_now(p->model);
}

uint64_t
twin_model_set_clock(struct twin_port *p, const int32_t *ppb)
{
	p->model->now = 0;
	/* What it has counted so far stays. */
	if (ppb != NULL) {
		systim_set(p, systim(p));
		p->model->time.ppb = *ppb;
	}
	return systim(p);
}

bool
model_time_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct model_time *t = &p->model->time;
	uint64_t now;

	switch (off) {
	case ORIEL_SYSTIML:
		now = systim(p);
		t->latch_h = (uint32_t)(now >> 32);
		*val = (uint32_t)now;
		return true;
	case ORIEL_SYSTIMH:
		*val = t->latch_h;
		return true;
	case ORIEL_TXSTMPL:
		*val = (uint32_t)t->tx_stamp;
		return true;
	case ORIEL_TXSTMPH:
		*val = (uint32_t)(t->tx_stamp >> 32);
		t->tx_valid = false;
		return true;
	case ORIEL_RXSTMPL:
		*val = (uint32_t)t->rx_stamp;
		return true;
	case ORIEL_RXSTMPH:
		*val = (uint32_t)(t->rx_stamp >> 32);
		t->rx_valid = false;
		return true;
	case ORIEL_RXSATRL:
		*val = (uint32_t)t->rx_satr;
		return true;
	case ORIEL_RXSATRH:
		*val = (uint32_t)(t->rx_satr >> 32);
		return true;
	case ORIEL_TSYNCTXCTL:
		*val = twin_reg(p, off) | (t->tx_valid ? TSYNC_VALID : 0);
		return true;
	case ORIEL_TSYNCRXCTL:
		*val = twin_reg(p, off) | (t->rx_valid ? TSYNC_VALID : 0);
		return true;
	default:
		return false;
	}
}

static void
timadj(struct twin_port *p, uint32_t high)
{
	uint64_t by = (uint64_t)(high & ~ORIEL_BIT(31)) << 32 | twin_reg(p, ORIEL_TIMADJL);

	systim_set(p, high & ORIEL_BIT(31) ? systim(p) - by : systim(p) + by);
}

bool
model_time_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	switch (off) {
	case ORIEL_SYSTIML:
		systim_set(p, (systim(p) & ~(uint64_t)UINT32_MAX) | val);
		return true;
	case ORIEL_SYSTIMH:
		systim_set(p, (systim(p) & UINT32_MAX) | (uint64_t)val << 32);
		return true;
	case ORIEL_TIMINCA:
		systim_set(p, systim(p));
		twin_reg_set(p, off, val);
		return true;
	case ORIEL_TIMADJH:
		timadj(p, val);
		twin_reg_set(p, off, val);
		return true;
	case ORIEL_TSYNCTXCTL:
		twin_reg_set(p, off, val & TSYNC_EN);
		return true;
	case ORIEL_TSYNCRXCTL:
		twin_reg_set(
			p, off, val & (TSYNC_EN | ORIEL_TSYNCRXCTL_TYPE | ORIEL_TSYNCRXCTL_SYSCFI));
		return true;
	default:
		return false;
	}
}

void
model_time_tx(struct twin_port *p)
{
	struct model_time *t = &p->model->time;

	if (!(twin_reg(p, ORIEL_TSYNCTXCTL) & TSYNC_EN) || t->tx_valid)
		return;
	t->tx_stamp = systim(p);
	t->tx_valid = true;
	model_irq_cause(p, ORIEL_ICR_TS);
}

/** Start of the PTP message in the frame, 0 if it is none; *l2 tells which kind. */
static uint32_t
ptp_offset(const struct model_pkt *pkt, bool *l2)
{
	uint32_t off = 0;

	*l2 = pkt->etype == PTP_ETHERTYPE;
	if (*l2)
		off = pkt->l3;
	else if (pkt->l4 != 0 && pkt->proto == 17 && !pkt->frag && pkt->l4 + 8 <= pkt->len &&
		model_be16(pkt->data + pkt->l4 + 2) == PTP_UDP_EVENT)
		off = pkt->l4 + 8;
	return off != 0 && off + PTP_HEADER <= pkt->len ? off : 0;
}

static bool
ptp_matches(uint32_t type, uint32_t cfg, const uint8_t *ptp, bool l2)
{
	uint32_t control = cfg & 0xff, message = cfg >> 8 & 0xf;
	bool v2 = (ptp[1] & 0xf) == 2;

	switch (type) {
	case ORIEL_TSYNCRXCTL_TYPE_L2_V2:
		return l2 && v2 && (ptp[0] & 0xf) == message;
	case ORIEL_TSYNCRXCTL_TYPE_L4_V1:
		return !l2 && !v2 && ptp[PTP_V1_CONTROL] == control;
	case ORIEL_TSYNCRXCTL_TYPE_L2_L4_V2:
		return v2 && (ptp[0] & 0xf) == message;
	case ORIEL_TSYNCRXCTL_TYPE_EVENT_V2:
		return v2 && (ptp[0] & 0xf) < 4;
	default:
		return false;
	}
}

bool
model_time_rx(struct twin_port *p, const struct model_pkt *pkt, const struct model_dest *d)
{
	struct model_time *t = &p->model->time;
	uint32_t ctl = twin_reg(p, ORIEL_TSYNCRXCTL);
	uint32_t type = ORIEL_GET(ORIEL_TSYNCRXCTL_TYPE, ctl), off;
	const uint8_t *ptp;
	bool l2;

	if (!d->stamp || !(ctl & TSYNC_EN) || t->rx_valid)
		return false;
	off = ptp_offset(pkt, &l2);
	if (off == 0)
		return false;
	ptp = pkt->data + off;
	if (!ptp_matches(type, twin_reg(p, ORIEL_TSYNCRXCFG), ptp, l2))
		return false;
	t->rx_stamp = systim(p);
	t->rx_valid = true;
	/* source address as it lies in the frame, then the sequence id */
	t->rx_satr = (uint64_t)model_be16(ptp +
			     (type == ORIEL_TSYNCRXCTL_TYPE_L4_V1 ? PTP_V1_SEQUENCE :
								    PTP_V2_SEQUENCE))
		<< 48;
	for (unsigned int i = 0; i < 6; i++)
		t->rx_satr |= (uint64_t)pkt->data[6 + i] << 8 * i;
	model_irq_cause(p, ORIEL_ICR_TS);
	return true;
}
