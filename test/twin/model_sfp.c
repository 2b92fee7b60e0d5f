/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The SFP module of the fibre board (device id 10e6) behind I2CCMD: 1000BASE-SX with
 * diagnostics, 256 bytes at A0h (PHY 0) and at A2h (PHY 1). It answers while the cage has power
 * (SDP3 low) and CTRL_EXT.I2C_ENA is set.
 */

#include "model.h"

#define SFP_FIBRE_ID 0x10e6
#define CC_BASE 63
#define CC_EXT 95

static void
text(uint8_t *page, unsigned int at, unsigned int len, const char *s)
{
	memset(page + at, ' ', len);
	memcpy(page + at, s, strlen(s));
}

static uint8_t
sum(const uint8_t *page, unsigned int from, unsigned int to)
{
	uint8_t total = 0;

	for (unsigned int i = from; i < to; i++)
		total = (uint8_t)(total + page[i]);
	return total;
}

void
model_sfp_init(struct twin_port *p)
{
	struct model_sfp *s = &p->model->sfp;
	uint8_t *base = s->byte[0], *diag = s->byte[1];

	s->present = p->cfg->device_id == SFP_FIBRE_ID;
	memset(s->byte, 0, sizeof(s->byte));
	base[0] = 0x03; /* SFP */
	base[1] = 0x04;
	base[2] = 0x07;	 /* LC */
	base[6] = 0x01;	 /* 1000BASE-SX */
	base[11] = 0x01; /* 8B10B */
	base[12] = 13;	 /* 1300 Mb/s */
	base[16] = 55;	 /* 550 m */
	text(base, 20, 16, "ORIEL TWIN");
	text(base, 40, 16, "SX-MODEL");
	base[CC_BASE] = sum(base, 0, CC_BASE);
	text(base, 68, 16, "0001");
	base[92] = 0x68; /* diagnostics, calibrated inside */
	base[94] = 0x05; /* SFF-8472 revision 11 */
	base[CC_EXT] = sum(base, CC_BASE + 1, CC_EXT);
	for (unsigned int i = 0; i < 96; i++)
		diag[i] = (uint8_t)(3 * i + 1);
	diag[CC_EXT] = sum(diag, 0, CC_EXT);
	diag[96] = 0x1f; /* 31.5 degrees */
	diag[97] = 0x80;
}

static bool
answers(struct twin_port *p, uint32_t cmd)
{
	uint32_t ctrl_ext = twin_reg(p, ORIEL_CTRL_EXT);

	return p->model->sfp.present && (ctrl_ext & ORIEL_CTRL_EXT_I2C_ENA) != 0 &&
		(ctrl_ext & ORIEL_CTRL_EXT_SDP3_DATA) == 0 &&
		ORIEL_GET(ORIEL_I2CCMD_PHY, cmd) < MODEL_SFP_PAGES;
}

bool
model_sfp_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct twin_model *m = p->model;

	if (off != ORIEL_I2CCMD)
		return false;
	*val = twin_reg(p, off);
	if (m->sfp.ready != 0 && model_now(m) >= m->sfp.ready) {
		*val |= ORIEL_I2CCMD_READY;
		twin_reg_set(p, off, *val);
	}
	return true;
}

bool
model_sfp_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct model_sfp *s = &p->model->sfp;
	uint32_t at = ORIEL_GET(ORIEL_I2CCMD_REG, val);

	if (off != ORIEL_I2CCMD)
		return false;
	val &= ~(ORIEL_I2CCMD_READY | ORIEL_I2CCMD_ERROR);
	if (!answers(p, val)) {
		val |= ORIEL_I2CCMD_ERROR;
	} else if (val & ORIEL_I2CCMD_OP_READ) {
		const uint8_t *page = s->byte[ORIEL_GET(ORIEL_I2CCMD_PHY, val)];

		/* two bytes, the first one in the low half */
		val = (val & ~ORIEL_I2CCMD_DATA) |
			ORIEL_PREP(ORIEL_I2CCMD_DATA,
				page[at] | page[(at + 1) % MODEL_SFP_BYTES] << 8);
	}
	s->ready = model_now(p->model) + MODEL_I2C_NS;
	twin_reg_set(p, off, val);
	return true;
}
