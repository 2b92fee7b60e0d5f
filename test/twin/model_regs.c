/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The model's register file: dispatch of reads and writes, what a reset leaves, device
 * control, and the pass over a port's work. Registers that belong to one job of the
 * device are handed to that job's file.
 */

#include <errno.h>
#include <stdlib.h>

#include "model.h"

static uint64_t
rar_load(const struct twin_port *p, unsigned int n)
{
	uint32_t high = twin_reg(p, ORIEL_RAH(n));

	return twin_reg(p, ORIEL_RAL(n)) | (uint64_t)(high & ORIEL_RAH_ADDR) << 32 |
		(uint64_t)((high & ORIEL_RAH_AV) != 0) << 48;
}

static void
rx_config_lengths(struct twin_model *m, uint32_t rlpml)
{
	for (uint32_t tags = 0; tags < 3; tags++) {
		uint32_t max = 1518 + 4 * tags;

		if (m->rctl & ORIEL_RCTL_LPE)
			max = rlpml < ORIEL_MAX_FRAME ? rlpml : ORIEL_MAX_FRAME;
		m->max_len[tags] = max > MODEL_CRC_LEN ? max - MODEL_CRC_LEN : 0;
	}
}

void
model_rx_config(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint32_t ctrl = twin_reg(p, ORIEL_CTRL);
	uint32_t vet = twin_reg(p, ORIEL_VET);
	uint32_t lbm;

	m->config++;
	m->rctl = twin_reg(p, ORIEL_RCTL);
	m->rxcsum = twin_reg(p, ORIEL_RXCSUM);
	m->mrqc = twin_reg(p, ORIEL_MRQC);
	m->rfctl = twin_reg(p, ORIEL_RFCTL);
	m->vet = ORIEL_GET(ORIEL_VET_VET, vet);
	m->vet_ext = ORIEL_GET(ORIEL_VET_VET_EXT, vet);
	m->vme = (ctrl & ORIEL_CTRL_VME) != 0;
	m->ext_vlan = (twin_reg(p, ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_EXT_VLAN) != 0;
	m->strip_crc = (m->rctl & ORIEL_RCTL_SECRC) != 0;
	lbm = ORIEL_GET(ORIEL_RCTL_LBM, m->rctl);
	m->loopback = lbm == 1 ||
		(!m->phy.serdes && (m->phy.reg[ORIEL_PHY_BMCR] & ORIEL_BMCR_LOOPBACK) != 0);
	rx_config_lengths(m, twin_reg(p, ORIEL_RLPML));

	m->nb_rar = 0;
	for (unsigned int i = 0; i < ORIEL_NB_RAR; i++) {
		m->rar[i] = rar_load(p, i);
		if (m->rar[i] >> 48 != 0)
			m->rar_list[m->nb_rar++] = (uint8_t)i;
	}
	m->etqf_on = 0;
	for (unsigned int i = 0; i < ORIEL_NB_ETQF; i++)
		if (twin_reg(p, ORIEL_ETQF(i)) & ORIEL_ETQF_FILTER_EN)
			m->etqf_on |= ORIEL_BIT(i);
	m->ftqf_on = 0;
	for (unsigned int i = 0; i < ORIEL_NB_FTQF; i++)
		if ((twin_reg(p, ORIEL_FTQF(i)) & (ORIEL_FTQF_QUEUE_EN | ORIEL_FTQF_TS_1588)) ||
			(twin_reg(p, ORIEL_IMIR(i)) & ORIEL_IMIR_IM_EN))
			m->ftqf_on |= ORIEL_BIT(i);
	m->syn_on = (twin_reg(p, ORIEL_SYNQF) & ORIEL_SYNQF_EN) != 0;
	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++)
		model_queue_config(p, &m->rxq[i]);
}

static void
regs_defaults(struct twin_port *p)
{
	twin_reg_set(p, ORIEL_CTRL,
		ORIEL_CTRL_FD | ORIEL_CTRL_LRST | ORIEL_CTRL_ADVD3WUC |
			ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_1000));
	/* Both ports of a board share the chip; the odd one is LAN 1. */
	twin_reg_set(p, ORIEL_STATUS,
		ORIEL_STATUS_PHYRA | ORIEL_STATUS_GIO_MASTER_ENABLE | ORIEL_STATUS_LAN_INIT_DONE |
			ORIEL_BIT(31) | ORIEL_PREP(ORIEL_STATUS_LAN_ID, p->index & 1));
	twin_reg_set(p, ORIEL_CTRL_EXT,
		ORIEL_PREP(ORIEL_CTRL_EXT_LINK_MODE,
			p->model->phy.serdes ? ORIEL_LINK_MODE_SERDES : ORIEL_LINK_MODE_COPPER));
	twin_reg_set(p, ORIEL_VET, 0x81008100u);
	twin_reg_set(p, ORIEL_LEDCTL, 0x07068302u);
	twin_reg_set(p, ORIEL_GCR,
		ORIEL_BIT(9) | ORIEL_GCR_CMPL_TMOUT_RESEND | ORIEL_GCR_CAP_VER2 | ORIEL_BIT(23) |
			ORIEL_BIT(25) | ORIEL_BIT(26));
	twin_reg_set(p, ORIEL_DCA_CTRL, ORIEL_DCA_CTRL_DIS);
	twin_reg_set(p, ORIEL_FWSM, ORIEL_FWSM_FW_VALID);
	twin_reg_set(p, ORIEL_RXCSUM, ORIEL_RXCSUM_IPOFL | ORIEL_RXCSUM_TUOFL);
	twin_reg_set(p, ORIEL_RLPML, 0x2600);
	twin_reg_set(p, ORIEL_TCTL, 0xa40400f8u);
	twin_reg_set(p, ORIEL_TCTL_EXT, 0x00010840u);
	twin_reg_set(p, ORIEL_TIPG, 0x00601008u);
	twin_reg_set(p, ORIEL_DTXCTL, 0x44);
	/* FIN and PSH only in the last segment, CWR only in the first */
	twin_reg_set(p, ORIEL_DTXTCPFLGL, 0x0f760ff6u);
	twin_reg_set(p, ORIEL_DTXTCPFLGH, 0x0f7fu);
	twin_reg_set(p, ORIEL_MBVFIMR, 0xff);
	twin_reg_set(p, ORIEL_VFRE, 0xff);
	twin_reg_set(p, ORIEL_VFTE, 0xff);
	twin_reg_set(p, ORIEL_RPLOLR, 0x80000000u);
	for (unsigned int i = 0; i < ORIEL_NB_VF; i++)
		twin_reg_set(p, ORIEL_VMOLR(i), 0x80002600u);
}

void
twin_model_reset(struct twin_port *p, enum twin_reset kind)
{
	struct twin_model *m = p->model;
	uint32_t rxpbs = 0x40, txpbs = 0x28, swsm = 0, sync = 0;
	uint32_t eitr[MODEL_NB_VECTORS] = { 0 };

	m->now = 0;
	m->timer = 0;
	if (kind == TWIN_RESET_SW) {
		rxpbs = twin_reg(p, ORIEL_RXPBS);
		txpbs = twin_reg(p, ORIEL_TXPBS);
		swsm = twin_reg(p, ORIEL_SWSM);
		sync = twin_reg(p, ORIEL_SW_FW_SYNC);
		for (unsigned int v = 0; v < MODEL_NB_VECTORS; v++)
			eitr[v] = twin_reg(p, ORIEL_EITR(v));
		p->cnt->resets++;
	} else {
		m->stuck = false;
		if (kind == TWIN_RESET_FLR)
			p->cnt->flrs++;
	}
	m->config++;
	memset(p->regs, 0, TWIN_BAR0_SIZE);
	regs_defaults(p);
	twin_reg_set(p, ORIEL_RXPBS, rxpbs);
	twin_reg_set(p, ORIEL_TXPBS, txpbs);
	twin_reg_set(p, ORIEL_SWSM, swsm);
	twin_reg_set(p, ORIEL_SW_FW_SYNC, sync);
	for (unsigned int v = 0; v < MODEL_NB_VECTORS; v++)
		twin_reg_set(p, ORIEL_EITR(v), eitr[v]);
	model_queue_reset(p);
	model_irq_reset(p);
	model_stats_reset(p);
	model_time_reset(p);
	model_nvm_load(p);
	m->pause_until = 0;
	m->tx_frozen = 0;
	memset(&m->fc, 0, sizeof(m->fc));
	m->wb_flush = 0;
	m->hol_counted = false;
	m->lb_head = 0;
	m->lb_tail = 0;
	m->lb_bytes = 0;
	m->rss_dirty = true;
	if (kind == TWIN_RESET_SW)
		model_pcs_reset(p);
	else
		model_phy_reset(p);
	model_link_update(p);
	model_rx_config(p);
	model_fc_config(p);
}

int
twin_model_init(struct twin_port *p)
{
	struct twin_model *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return -ENOMEM;
	m->port = p;
	m->config = 1;
	m->lb = malloc(MODEL_LB_BYTES + TWIN_MAX_FRAME + 16);
	m->tx_buf = malloc(MODEL_TX_BUF);
	m->seg_buf = malloc(TWIN_MAX_FRAME + 64);
	m->rx_buf = malloc(TWIN_MAX_FRAME + 64);
	if (m->lb == NULL || m->tx_buf == NULL || m->seg_buf == NULL || m->rx_buf == NULL) {
		free(m->lb);
		free(m->tx_buf);
		free(m->seg_buf);
		free(m->rx_buf);
		free(m);
		return -ENOMEM;
	}
	model_access_init();
	p->model = m;
	model_nvm_init(p);
	model_sfp_init(p);
	model_phy_init(p);
	twin_model_reset(p, TWIN_RESET_POWER);
	return 0;
}

/** What is under way ends: the write-backs of frames that have left. */
static void
drain(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		model_rx_flush(p, &m->rxq[i]);
		model_tx_writeback(p, &m->txq[i], true);
	}
}

static void
ctrl_write(struct twin_port *p, uint32_t val)
{
	uint32_t old = twin_reg(p, ORIEL_CTRL);
	uint32_t status;

	if (val & ORIEL_CTRL_RST) {
		twin_model_reset(p, TWIN_RESET_SW);
		return;
	}
	if (val & ORIEL_CTRL_GIO_MASTER_DISABLE)
		drain(p);
	twin_reg_set(p, ORIEL_CTRL, val);
	status = twin_reg(p, ORIEL_STATUS) & ~ORIEL_STATUS_GIO_MASTER_ENABLE;
	if (!(val & ORIEL_CTRL_GIO_MASTER_DISABLE))
		status |= ORIEL_STATUS_GIO_MASTER_ENABLE;
	twin_reg_set(p, ORIEL_STATUS, status);
	if ((val & ORIEL_CTRL_PHY_RST) != 0 && (old & ORIEL_CTRL_PHY_RST) == 0) {
		model_phy_reset(p);
		status = twin_reg(p, ORIEL_STATUS);
		twin_reg_set(p, ORIEL_STATUS, status | ORIEL_STATUS_PHYRA);
	}
	model_link_update(p);
	model_rx_config(p);
	model_fc_config(p);
}

static void
ctrl_ext_write(struct twin_port *p, uint32_t val)
{
	if (val & ORIEL_CTRL_EXT_EE_RST) {
		model_nvm_load(p);
		val &= ~ORIEL_CTRL_EXT_EE_RST;
	}
	twin_reg_set(p, ORIEL_CTRL_EXT, val & ~ORIEL_CTRL_EXT_PBA_CLR);
	model_link_update(p);
	model_rx_config(p);
}

static uint32_t
frtimer(struct twin_model *m)
{
	return (uint32_t)(model_now(m) / MODEL_NS_PER_US);
}

uint32_t
twin_model_read(struct twin_port *p, uint32_t off)
{
	struct twin_model *m = p->model;
	struct model_queue *q;
	unsigned int idx;
	uint32_t val;

	if (off >= TWIN_BAR0_SIZE)
		return 0;
	off = model_access_canonical(off & ~3u);
	m->now = 0;
	if (model_access(off) == ACC_NONE) {
		p->cnt->mmio_unknown++;
		return 0;
	}
	q = model_queue_find(p, off, &idx);
	if (q != NULL)
		return model_queue_read(p, q, idx);
	if (model_irq_read(p, off, &val) || model_stats_read(p, off, &val) ||
		model_nvm_read(p, off, &val) || model_phy_read(p, off, &val) ||
		model_sfp_read(p, off, &val) || model_time_read(p, off, &val))
		return val;
	if (off == ORIEL_FRTIMER)
		return frtimer(m);
	val = twin_reg(p, off);
	if (off == ORIEL_STATUS && m->pause_until != 0 && model_now(m) < m->pause_until)
		val |= ORIEL_STATUS_TXOFF;
	if (model_access(off) == ACC_WO)
		return 0;
	if (model_access(off) == ACC_RC)
		twin_reg_set(p, off, 0);
	return val;
}

/** What follows from a plain register's new value. */
static void
reg_changed(struct twin_port *p, uint32_t off)
{
	struct twin_model *m = p->model;

	switch (off) {
	case ORIEL_RCTL:
	case ORIEL_TCTL:
		model_rx_config(p);
		model_queue_gate(p);
		twin_kick();
		break;
	case ORIEL_FCRTH:
		model_fc_config(p);
		break;
	case ORIEL_RTTBCNRC:
		model_rate_write(p, twin_reg(p, off));
		break;
	case ORIEL_QDE:
	case ORIEL_VET:
	case ORIEL_RXCSUM:
	case ORIEL_MRQC:
	case ORIEL_RFCTL:
	case ORIEL_RLPML:
	case ORIEL_SYNQF:
		model_rx_config(p);
		break;
	default:
		if (model_in_array(off, ORIEL_RSSRK(0), ORIEL_NB_RSSRK))
			m->rss_dirty = true;
		else if (model_in_array(off, ORIEL_RAL(0), 32) ||
			model_in_array(off, ORIEL_RAL(16), 16) ||
			model_in_array(off, ORIEL_ETQF(0), 8) ||
			model_in_array(off, ORIEL_FTQF(0), 8) ||
			model_in_array(off, ORIEL_IMIR(0), 8))
			model_rx_config(p);
		break;
	}
}

void
twin_model_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct twin_model *m = p->model;
	struct model_queue *q;
	unsigned int idx;
	uint32_t mask;

	if (off >= TWIN_BAR0_SIZE)
		return;
	off = model_access_canonical(off & ~3u);
	m->now = 0;
	m->timer = 0;
	if (model_access(off) == ACC_NONE) {
		p->cnt->mmio_unknown++;
		return;
	}
	q = model_queue_find(p, off, &idx);
	if (q != NULL) {
		model_queue_write(p, q, idx, val);
		twin_kick();
		return;
	}
	m->config++;
	if (off == ORIEL_CTRL) {
		ctrl_write(p, val);
		return;
	}
	if (off == ORIEL_CTRL_EXT) {
		ctrl_ext_write(p, val);
		return;
	}
	if (off == ORIEL_STATUS) {
		if (!(val & ORIEL_STATUS_PHYRA))
			twin_reg_set(p, off, twin_reg(p, off) & ~ORIEL_STATUS_PHYRA);
		return;
	}
	if (model_irq_write(p, off, val) || model_nvm_write(p, off, val) ||
		model_phy_write(p, off, val) || model_sfp_write(p, off, val) ||
		model_time_write(p, off, val))
		return;
	switch (model_access(off)) {
	case ACC_RW:
		mask = model_access_mask(off);
		twin_reg_set(p, off, (twin_reg(p, off) & ~mask) | (val & mask));
		reg_changed(p, off);
		break;
	case ACC_W1C:
		twin_reg_set(p, off, twin_reg(p, off) & ~val);
		break;
	case ACC_W1S:
		twin_reg_set(p, off, twin_reg(p, off) | val);
		break;
	default: /* RO, RC, WO: nothing to keep */
		break;
	}
}

/** Write-backs that wait for a full batch (WTHRESH) go out when their time is over. */
static void
flush_held(struct twin_port *p)
{
	struct twin_model *m = p->model;

	if (m->wb_flush == 0)
		return;
	if (model_now(m) < m->wb_flush) {
		model_timer(m, m->wb_flush);
		return;
	}
	m->wb_flush = 0;
	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		model_rx_flush(p, &m->rxq[i]);
		model_tx_writeback(p, &m->txq[i], true);
	}
}

unsigned int
twin_model_poll(struct twin_port *p, unsigned int rx, unsigned int tx)
{
	struct twin_model *m = p->model;
	unsigned int moved = 0;

	m->now = 0;
	if (p->gone)
		return 0;
	if (m->timer != MODEL_NEVER && model_now(m) >= m->timer) {
		m->timer = MODEL_NEVER;
		model_phy_timer(p);
		(void)model_irq_timer(p);
		flush_held(p);
		model_fc_timer(p);
	}
	if (tx > 0 || m->tx_due != 0)
		moved += model_tx_poll(p, tx);
	if (rx > 0)
		moved += model_rx_poll(p, rx);
	if ((m->causes_rx | m->causes_tx) != 0) {
		model_irq_queues(p, m->causes_rx, m->causes_tx);
		m->causes_rx = 0;
		m->causes_tx = 0;
	}
	model_stats_fold(m);
	if (moved == 0 && !m->published)
		model_stats_publish(p);
	return moved;
}

uint64_t
twin_model_next_timer(struct twin_port *p)
{
	struct twin_model *m = p->model;
	uint64_t now;

	m->now = 0;
	if (p->gone)
		return UINT64_MAX;
	if (m->tx_due != 0 && model_dma_on(p))
		return 0;
	if (m->timer == MODEL_NEVER)
		return UINT64_MAX;
	now = model_now(m);
	return m->timer <= now ? 0 : m->timer - now;
}
