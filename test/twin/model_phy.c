/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The link: the PHY behind MDIC, the PCS of the SerDes variants, autonegotiation that
 * takes its time, the cable, and STATUS.LU with all that it depends on.
 *
 * The partner at the far end can do everything and advertises symmetric and asymmetric
 * pause unless told otherwise. Link needs CTRL.SLU besides the PHY's own link.
 */

#include "model.h"

#define PHY_MISC_REG_FIRST 11 /* 11..14 are no registers: the PHY does not answer */
#define PHY_MISC_REG_LAST 14
#define PHY_PAGE_SELECT 31
#define BMSR_ABLE 0x7949u /* 10/100 both duplexes, extended status, AN able */
#define ESTATUS_1000T 0x3000u
#define ANLPAR_ALL 0xc1e1u   /* acknowledge, 100 and 10 */
#define LP_1000T_ALL 0x3c00u /* receivers ok, 1000 full and half */
#define AN_EXPANSION 6
#define PHY_ESTATUS 15
#define IGP_PORT_STATUS 17
#define IGP_STATUS_LINK 0x0400u
#define IGP_STATUS_FD 0x0200u
#define IGP_STATUS_SPEED(s) ((uint32_t)((s) + 1) << 14)
#define PCS_LPAB_ALL 0x4020u /* acknowledge, full duplex */

static void
phy_defaults(struct model_phy *y)
{
	memset(y->reg, 0, sizeof(y->reg));
	y->page = 0;
	y->nb_paged = 0;
	y->reg[ORIEL_PHY_BMCR] = ORIEL_BMCR_AN_EN | ORIEL_BMCR_FD | ORIEL_BMCR_SPEED_MSB;
	y->reg[ORIEL_PHY_BMSR] = BMSR_ABLE;
	y->reg[ORIEL_PHY_ID1] = ORIEL_PHY_ID_IGP03 >> 16;
	y->reg[ORIEL_PHY_ID2] = (ORIEL_PHY_ID_IGP03 & 0xffff) | 1;
	y->reg[ORIEL_PHY_ANAR] = ORIEL_ANAR_SELECTOR_8023 | ORIEL_ANAR_10_HD | ORIEL_ANAR_10_FD |
		ORIEL_ANAR_100_HD | ORIEL_ANAR_100_FD;
	y->reg[ORIEL_PHY_1000T_CTRL] = ORIEL_1000T_CTRL_FD;
	y->reg[PHY_ESTATUS] = ESTATUS_1000T;
}

/** Best speed that both ends advertise; false if none is common. */
static bool
an_resolve(struct model_phy *y)
{
	uint16_t anar = y->reg[ORIEL_PHY_ANAR];

	y->fd = true;
	if (y->reg[ORIEL_PHY_1000T_CTRL] & ORIEL_1000T_CTRL_FD) {
		y->speed = ORIEL_SPEED_1000;
	} else if (anar & (ORIEL_ANAR_100_FD | ORIEL_ANAR_100_HD)) {
		y->speed = ORIEL_SPEED_100;
		y->fd = (anar & ORIEL_ANAR_100_FD) != 0;
	} else if (anar & (ORIEL_ANAR_10_FD | ORIEL_ANAR_10_HD)) {
		y->speed = ORIEL_SPEED_10;
		y->fd = (anar & ORIEL_ANAR_10_FD) != 0;
	} else {
		return false;
	}
	return true;
}

static void
phy_link_lost(struct model_phy *y)
{
	y->link = false;
	y->reg[ORIEL_PHY_BMSR] &= (uint16_t) ~(ORIEL_BMSR_LINK | ORIEL_BMSR_AN_COMPLETE);
	y->reg[ORIEL_PHY_ANLPAR] = 0;
	y->reg[ORIEL_PHY_1000T_STATUS] = 0;
	y->reg[AN_EXPANSION] = 0;
}

/** Starts what BMCR asks for; called on every change of BMCR, cable or power. */
static void
phy_restart(struct twin_port *p)
{
	struct twin_model *m = p->model;
	struct model_phy *y = &m->phy;
	uint16_t bmcr = y->reg[ORIEL_PHY_BMCR];

	phy_link_lost(y);
	y->an_done = MODEL_NEVER;
	if (bmcr & ORIEL_BMCR_POWER_DOWN)
		return;
	if (bmcr & ORIEL_BMCR_AN_EN && !(bmcr & ORIEL_BMCR_LOOPBACK)) {
		if (y->cable) {
			y->an_done = model_now(m) + MODEL_AN_NS;
			model_timer(m, y->an_done);
		}
		return;
	}
	y->speed = bmcr & ORIEL_BMCR_SPEED_MSB ? ORIEL_SPEED_1000 :
		bmcr & ORIEL_BMCR_SPEED_LSB    ? ORIEL_SPEED_100 :
						 ORIEL_SPEED_10;
	y->fd = (bmcr & ORIEL_BMCR_FD) != 0;
	/* Forced: the partner follows. In loopback no partner is needed. */
	y->link = y->cable || (bmcr & ORIEL_BMCR_LOOPBACK) != 0;
}

static void
pcs_restart(struct twin_port *p)
{
	struct twin_model *m = p->model;
	struct model_phy *y = &m->phy;
	uint32_t lctl = twin_reg(p, ORIEL_PCS_LCTL);
	bool laser = (twin_reg(p, ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_SDP3_DATA) == 0;
	bool sync = y->cable && laser && (twin_reg(p, ORIEL_PCS_CFG0) & ORIEL_PCS_CFG0_PCS_EN);

	y->link = false;
	y->an_done = MODEL_NEVER;
	y->speed = ORIEL_SPEED_1000;
	y->fd = true;
	twin_reg_set(p, ORIEL_PCS_LSTAT, sync ? ORIEL_PCS_LSTAT_SYNC : 0);
	twin_reg_set(p, ORIEL_PCS_LPAB, 0);
	if (!sync)
		return;
	if (lctl & ORIEL_PCS_LCTL_AN_ENABLE) {
		y->an_done = model_now(m) + MODEL_AN_NS;
		model_timer(m, y->an_done);
	} else {
		y->link = (lctl & ORIEL_PCS_LCTL_FORCE_LINK) == 0 || (lctl & ORIEL_PCS_LCTL_FLV);
		if (lctl & ORIEL_PCS_LCTL_FSD)
			y->fd = (lctl & ORIEL_PCS_LCTL_FDV) != 0;
	}
}

static void
pcs_show(struct twin_port *p)
{
	struct model_phy *y = &p->model->phy;
	uint32_t lstat = twin_reg(p, ORIEL_PCS_LSTAT);

	lstat &= ORIEL_PCS_LSTAT_SYNC | ORIEL_PCS_LSTAT_AN_COMPLETE;
	if (y->link)
		lstat |= ORIEL_PCS_LSTAT_LINK | ORIEL_PCS_LSTAT_SPEED1000 |
			(y->fd ? ORIEL_PCS_LSTAT_FULL : 0);
	twin_reg_set(p, ORIEL_PCS_LSTAT, lstat);
}

void
model_link_update(struct twin_port *p)
{
	struct twin_model *m = p->model;
	struct model_phy *y = &m->phy;
	uint32_t ctrl = twin_reg(p, ORIEL_CTRL);
	uint32_t old = twin_reg(p, ORIEL_STATUS);
	uint32_t status = old & ~(ORIEL_STATUS_FD | ORIEL_STATUS_LU | ORIEL_STATUS_SPEED);
	bool fd = ctrl & ORIEL_CTRL_FRCDPX ? (ctrl & ORIEL_CTRL_FD) != 0 : y->fd;
	uint32_t speed = ctrl & ORIEL_CTRL_FRCSPD ? ORIEL_GET(ORIEL_CTRL_SPEED, ctrl) : y->speed;

	if (y->serdes)
		pcs_show(p);
	else if (y->link)
		y->reg[ORIEL_PHY_BMSR] |= ORIEL_BMSR_LINK;
	if (y->link && (ctrl & ORIEL_CTRL_SLU))
		status |= ORIEL_STATUS_LU | (fd ? ORIEL_STATUS_FD : 0) |
			ORIEL_PREP(ORIEL_STATUS_SPEED, speed);
	twin_reg_set(p, ORIEL_STATUS, status);
	if ((status ^ old) & ORIEL_STATUS_LU) {
		model_irq_cause(p, ORIEL_ICR_LSC);
		twin_kick();
	}
}

void
model_phy_timer(struct twin_port *p)
{
	struct twin_model *m = p->model;
	struct model_phy *y = &m->phy;

	if (y->mdic_irq) {
		if (model_now(m) >= y->mdic_ready) {
			y->mdic_irq = false;
			model_irq_cause(p, ORIEL_ICR_MDAC);
		} else {
			model_timer(m, y->mdic_ready);
		}
	}
	if (y->an_done == MODEL_NEVER)
		return;
	if (model_now(m) < y->an_done) {
		model_timer(m, y->an_done);
		return;
	}
	y->an_done = MODEL_NEVER;
	if (y->serdes) {
		y->link = true;
		twin_reg_set(p, ORIEL_PCS_LSTAT,
			twin_reg(p, ORIEL_PCS_LSTAT) | ORIEL_PCS_LSTAT_AN_COMPLETE);
		twin_reg_set(p, ORIEL_PCS_LPAB,
			PCS_LPAB_ALL | (y->pause & ORIEL_ANAR_PAUSE ? ORIEL_PCS_ANADV_PAUSE : 0) |
				(y->pause & ORIEL_ANAR_ASYM_PAUSE ? ORIEL_PCS_ANADV_ASYM : 0));
	} else {
		y->link = an_resolve(y);
		y->reg[ORIEL_PHY_BMSR] |= ORIEL_BMSR_AN_COMPLETE;
		y->reg[ORIEL_PHY_ANLPAR] = (uint16_t)(ANLPAR_ALL | y->pause);
		y->reg[ORIEL_PHY_1000T_STATUS] = LP_1000T_ALL;
		y->reg[AN_EXPANSION] = 1;
	}
	model_link_update(p);
	model_rx_config(p);
}

void
model_phy_reset(struct twin_port *p)
{
	struct twin_model *m = p->model;

	m->phy.cfg_done = model_now(m) + MODEL_PHY_NS;
	m->phy.mdic_irq = false;
	m->phy.mdic_ready = 0;
	phy_defaults(&m->phy);
	if (m->phy.serdes)
		model_pcs_reset(p);
	else
		phy_restart(p);
}

void
model_pcs_reset(struct twin_port *p)
{
	if (!p->model->phy.serdes)
		return;
	/* the NVM of such a board switches the PCS on, with autonegotiation */
	twin_reg_set(p, ORIEL_PCS_CFG0, ORIEL_PCS_CFG0_PCS_EN);
	twin_reg_set(p, ORIEL_PCS_LCTL, ORIEL_PCS_LCTL_AN_ENABLE);
	twin_reg_set(p, ORIEL_PCS_ANADV, ORIEL_PCS_ANADV_FULL);
	pcs_restart(p);
}

void
model_phy_init(struct twin_port *p)
{
	struct model_phy *y = &p->model->phy;
	uint16_t id = p->cfg->device_id;

	y->serdes = id == 0x10e6 || id == 0x10e7 || id == 0x1518 || id == 0x150d;
	y->cable = true;
	y->pause = ORIEL_ANAR_PAUSE | ORIEL_ANAR_ASYM_PAUSE;
	y->an_done = MODEL_NEVER;
	phy_defaults(y);
}

static void
link_restart(struct twin_port *p)
{
	if (p->model->phy.serdes)
		pcs_restart(p);
	else
		phy_restart(p);
	model_link_update(p);
	model_rx_config(p);
	twin_kick();
}

void
twin_model_set_cable(struct twin_port *p, bool plugged)
{
	struct twin_model *m = p->model;

	m->now = 0;
	if (m->phy.cable == plugged)
		return;
	m->phy.cable = plugged;
	link_restart(p);
}

void
twin_model_set_partner(struct twin_port *p, bool pause, bool asym_pause)
{
	struct twin_model *m = p->model;
	uint16_t now = (uint16_t)((pause ? ORIEL_ANAR_PAUSE : 0) |
		(asym_pause ? ORIEL_ANAR_ASYM_PAUSE : 0));

	m->now = 0;
	if (m->phy.pause == now)
		return;
	m->phy.pause = now;
	/* Another partner negotiates anew. */
	link_restart(p);
}

static uint16_t *
phy_paged(struct model_phy *y, uint32_t reg)
{
	for (uint32_t i = 0; i < y->nb_paged; i++)
		if (y->paged[i].page == y->page && y->paged[i].reg == reg)
			return &y->paged[i].val;
	if (y->nb_paged == MODEL_PHY_PAGED)
		return NULL;
	y->paged[y->nb_paged].page = y->page;
	y->paged[y->nb_paged].reg = (uint16_t)reg;
	y->paged[y->nb_paged].val = 0;
	return &y->paged[y->nb_paged++].val;
}

/** True if registers above 15 are those of another page now. */
static bool
phy_on_page(const struct model_phy *y, uint32_t reg)
{
	return reg > 15 && reg != PHY_PAGE_SELECT && (y->page & ~0x1fu) != 0;
}

static uint16_t
phy_read(struct model_phy *y, uint32_t reg)
{
	uint16_t *paged, val = y->reg[reg];

	if (phy_on_page(y, reg)) {
		paged = phy_paged(y, reg);
		return paged != NULL ? *paged : 0;
	}
	switch (reg) {
	case ORIEL_PHY_BMSR:
		/* link is latched low: shown down once after it was lost */
		if (y->link)
			y->reg[reg] |= ORIEL_BMSR_LINK;
		return val;
	case IGP_PORT_STATUS:
		return y->link ? (uint16_t)(IGP_STATUS_SPEED(y->speed) | IGP_STATUS_LINK |
					 (y->fd ? IGP_STATUS_FD : 0)) :
				 0;
	case PHY_PAGE_SELECT:
		return y->page;
	default:
		return val;
	}
}

static void
phy_write(struct twin_port *p, uint32_t reg, uint16_t val)
{
	struct model_phy *y = &p->model->phy;
	uint16_t old = y->reg[reg], *paged;

	if (phy_on_page(y, reg)) {
		paged = phy_paged(y, reg);
		if (paged != NULL)
			*paged = val;
		return;
	}
	switch (reg) {
	case ORIEL_PHY_BMCR:
		if (val & ORIEL_BMCR_RESET) {
			phy_defaults(y);
			phy_restart(p);
		} else {
			y->reg[reg] = (uint16_t)(val & ~ORIEL_BMCR_AN_RESTART);
			if ((val & ORIEL_BMCR_AN_RESTART) || y->reg[reg] != old)
				phy_restart(p);
		}
		model_link_update(p);
		model_rx_config(p);
		break;
	case ORIEL_PHY_BMSR:
	case ORIEL_PHY_ID1:
	case ORIEL_PHY_ID2:
	case ORIEL_PHY_ANLPAR:
	case AN_EXPANSION:
	case ORIEL_PHY_1000T_STATUS:
	case PHY_ESTATUS:
	case IGP_PORT_STATUS:
		break;
	case PHY_PAGE_SELECT:
		y->page = val;
		break;
	default:
		y->reg[reg] = val;
		break;
	}
}

static void
mdic_write(struct twin_port *p, uint32_t val)
{
	struct twin_model *m = p->model;
	struct model_phy *y = &m->phy;
	uint32_t reg = ORIEL_GET(ORIEL_MDIC_REGADD, val);
	uint32_t op = val & (ORIEL_MDIC_OP_READ | ORIEL_MDIC_OP_WRITE);

	val &= ~(ORIEL_MDIC_READY | ORIEL_MDIC_ERROR);
	if (op == 0) {
		twin_reg_set(p, ORIEL_MDIC, val);
		return;
	}
	if (y->serdes || ORIEL_GET(ORIEL_MDIC_PHYADD, val) != ORIEL_PHY_ADDR ||
		(reg >= PHY_MISC_REG_FIRST && reg <= PHY_MISC_REG_LAST) ||
		op == (ORIEL_MDIC_OP_READ | ORIEL_MDIC_OP_WRITE))
		val |= ORIEL_MDIC_ERROR;
	else if (op == ORIEL_MDIC_OP_WRITE)
		phy_write(p, reg, (uint16_t)ORIEL_GET(ORIEL_MDIC_DATA, val));
	else
		val = (val & ~ORIEL_MDIC_DATA) | phy_read(y, reg);
	twin_reg_set(p, ORIEL_MDIC, val);
	y->mdic_ready = model_now(m) + MODEL_MDIC_NS;
	y->mdic_irq = (val & ORIEL_MDIC_INT_EN) != 0;
	if (y->mdic_irq)
		model_timer(m, y->mdic_ready);
}

bool
model_phy_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct twin_model *m = p->model;

	switch (off) {
	case ORIEL_MDIC:
		*val = twin_reg(p, off);
		if (m->phy.mdic_ready != 0 && model_now(m) >= m->phy.mdic_ready) {
			*val |= ORIEL_MDIC_READY;
			twin_reg_set(p, off, *val);
		}
		return true;
	case ORIEL_EEMNGCTL:
		*val = ORIEL_BIT(31);
		if (model_now(m) >= m->phy.cfg_done)
			for (unsigned int i = 0; i < 4; i++)
				*val |= ORIEL_EEMNGCTL_CFG_DONE(i);
		twin_reg_set(p, off, *val);
		return true;
	default:
		return false;
	}
}

bool
model_phy_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	switch (off) {
	case ORIEL_MDIC:
		mdic_write(p, val);
		return true;
	case ORIEL_SCTL:
		twin_reg_set(p, off, val | ORIEL_BIT(31));
		return true;
	case ORIEL_EEMNGCTL:
		return true;
	case ORIEL_PCS_CFG0:
	case ORIEL_PCS_LCTL:
		twin_reg_set(
			p, off, val & ~(off == ORIEL_PCS_LCTL ? ORIEL_PCS_LCTL_AN_RESTART : 0));
		if (p->model->phy.serdes) {
			pcs_restart(p);
			model_link_update(p);
		}
		return true;
	default:
		return false;
	}
}
