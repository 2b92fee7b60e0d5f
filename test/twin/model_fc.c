/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * PAUSE frames in both directions. The MAC takes those that come in before they reach the packet
 * buffer; when what lies in that buffer reaches FCRTH it sends XOFF, anew when the time left of
 * the pause has fallen to FCRTV, and XON when it is below FCRTL. How full the buffer is, is known
 * of wires that lose frames: their ring is the packet buffer.
 */

#include "model.h"

#define PAUSE_TYPE 0x8808
#define PAUSE_OPCODE 0x0001
#define PAUSE_QUANTUM_NS 512ull /* 512 bit times at 1 Gb/s */

bool
model_fc_in(struct twin_port *p, const uint8_t *frame, uint32_t len)
{
	struct twin_model *m = p->model;
	uint32_t quanta;

	if (len < 18 || model_be16(frame + 12) != PAUSE_TYPE)
		return false;
	if (!(twin_reg(p, ORIEL_CTRL) & ORIEL_CTRL_RFCE) ||
		model_be16(frame + 14) != PAUSE_OPCODE) {
		MODEL_STAT(m, FCRUC)++;
		return (m->rctl & ORIEL_RCTL_PMCF) == 0;
	}
	quanta = model_be16(frame + 16);
	if (quanta == 0)
		MODEL_STAT(m, XONRXC)++;
	else
		MODEL_STAT(m, XOFFRXC)++;
	m->pause_until = quanta == 0 ? 0 : model_now(m) + quanta * PAUSE_QUANTUM_NS;
	return (m->rctl & ORIEL_RCTL_DPF) != 0 || (m->rctl & ORIEL_RCTL_PMCF) == 0;
}

/** A frame of the partner's MAC, past what waits on the wire. False: it is for the host too. */
static bool
fc_control(struct twin_port *p, const void *frame, uint32_t len)
{
	struct twin_model *m = p->model;

	m->now = 0;
	if (p->gone || !(m->rctl & ORIEL_RCTL_RXEN) ||
		!(twin_reg(p, ORIEL_STATUS) & ORIEL_STATUS_LU))
		return true;
	if (!model_fc_in(p, frame, len))
		return false;
	MODEL_STAT(m, TPR)++;
	MODEL_STAT(m, TORL) += len + MODEL_CRC_LEN;
	m->published = false;
	return true;
}

static void
fc_send(struct twin_port *p, uint32_t quanta)
{
	struct twin_model *m = p->model;
	uint8_t frame[MODEL_MIN_FRAME] = { 0 };
	uint32_t low = twin_reg(p, ORIEL_FCAL), high = twin_reg(p, ORIEL_FCAH);

	memcpy(frame, &low, 4);
	memcpy(frame + 4, &high, 2);
	low = twin_reg(p, ORIEL_RAL(0));
	high = twin_reg(p, ORIEL_RAH(0));
	memcpy(frame + 6, &low, 4);
	memcpy(frame + 10, &high, 2);
	model_put_be16(frame + 12, twin_reg(p, ORIEL_FCT));
	model_put_be16(frame + 14, PAUSE_OPCODE);
	model_put_be16(frame + 16, quanta);
	MODEL_STAT(m, TPT)++;
	MODEL_STAT(m, TOTL) += sizeof(frame) + MODEL_CRC_LEN;
	m->published = false;
	twin_wire_control(p, frame, sizeof(frame));
}

static void
fc_xoff(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint32_t quanta = twin_reg(p, ORIEL_FCTTV), left = twin_reg(p, ORIEL_FCRTV);

	m->fc.xoff = true;
	m->fc.until = model_now(m) + quanta * PAUSE_QUANTUM_NS;
	m->fc.refresh = 0;
	if (left != 0 && left < quanta) {
		m->fc.refresh = m->fc.until - left * PAUSE_QUANTUM_NS;
		model_timer(m, m->fc.refresh);
	}
	MODEL_STAT(m, XOFFTXC)++;
	fc_send(p, quanta);
}

/** Another frame has come in, and there are FCRTH bytes or more. */
static void
fc_high(struct twin_port *p)
{
	struct twin_model *m = p->model;

	m->now = 0;
	if (p->gone || !(twin_reg(p, ORIEL_STATUS) & ORIEL_STATUS_LU))
		return;
	if (!m->fc.xoff || model_now(m) >= m->fc.until)
		fc_xoff(p);
}

void
model_fc_low(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint32_t level, low = twin_reg(p, ORIEL_FCRTL);

	if (!m->fc.xoff)
		return;
	level = twin_wire_level(p);
	if (level != 0 && level >= (low & ORIEL_FCRTL_RTL))
		return;
	m->fc.xoff = false;
	if (low & ORIEL_FCRTL_XONE) {
		MODEL_STAT(m, XONTXC)++;
		fc_send(p, 0);
	}
}

void
model_fc_timer(struct twin_port *p)
{
	struct twin_model *m = p->model;

	if (!m->fc.xoff || m->fc.refresh == 0)
		return;
	if (model_now(m) < m->fc.refresh)
		model_timer(m, m->fc.refresh);
	else
		fc_xoff(p);
}

void
model_fc_config(struct twin_port *p)
{
	static const struct twin_wire_watch watch = { .high = fc_high, .control = fc_control };
	uint32_t high = twin_reg(p, ORIEL_FCRTH) & ORIEL_FCRTH_RTH;
	bool on = (twin_reg(p, ORIEL_CTRL) & ORIEL_CTRL_TFCE) != 0 && high != 0;

	if (!on)
		p->model->fc.xoff = false;
	twin_wire_watch(p, on ? high : UINT32_MAX, &watch);
}
