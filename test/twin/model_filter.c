/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Whether a frame is let in (addresses, VLAN) and which queue it goes to: EtherType
 * filters first, then the SYN and the 5-tuple filters in the order that RFCTL.SYNQFP
 * says, then RSS, the pool's queue or the default queue.
 */

#include "model.h"

#define PROTO_TCP 6
#define TCP_SYN 0x02
#define POOL_STRIDE 8 /* queues k and k + 8 belong to pool k */

static inline uint64_t
mac_word(const uint8_t *addr)
{
	uint32_t low;
	uint16_t high;

	memcpy(&low, addr, 4);
	memcpy(&high, addr + 4, 2);
	return low | (uint64_t)high << 32;
}

/** Index of the valid receive address that equals the frame's, or -1. */
static int
rar_match(const struct twin_model *m, const uint8_t *addr)
{
	uint64_t want = mac_word(addr) | UINT64_C(1) << 48;

	for (uint32_t i = 0; i < m->nb_rar; i++)
		if (m->rar[m->rar_list[i]] == want)
			return m->rar_list[i];
	return -1;
}

static bool
mta_match(const struct twin_port *p, uint32_t rctl, const uint8_t *addr)
{
	static const uint8_t shift[4] = { 4, 3, 2, 0 };
	unsigned int mo = ORIEL_GET(ORIEL_RCTL_MO, rctl);
	uint32_t h = ((uint32_t)(addr[4] | addr[5] << 8) >> shift[mo]) & 0xfff;

	return twin_reg(p, ORIEL_MTA(h >> 5)) >> (h & 31) & 1;
}

static bool
vlan_pass(const struct twin_port *p, const struct twin_model *m, const struct model_pkt *pkt)
{
	uint32_t vid = pkt->vlan & 0xfff;

	if (!(m->rctl & ORIEL_RCTL_VFE) || !pkt->tagged)
		return true;
	if ((m->rctl & ORIEL_RCTL_CFIEN) &&
		(pkt->vlan >> 12 & 1) != ((m->rctl & ORIEL_RCTL_CFI) != 0))
		return false;
	return twin_reg(p, ORIEL_VFTA(vid >> 5)) >> (vid & 31) & 1;
}

/** In a VMDq mode: the pool of the address that matched, else the default pool. */
static uint32_t
dest_pool(const struct twin_port *p, int rar)
{
	uint32_t vt = twin_reg(p, ORIEL_VT_CTL), pools = 0;

	if (rar >= 0)
		pools = ORIEL_GET(ORIEL_RAH_POOLSEL, twin_reg(p, ORIEL_RAH(rar)));
	if (pools != 0)
		return (uint32_t)__builtin_ctz(pools);
	return ORIEL_GET(ORIEL_VT_CTL_DEF_PL, vt);
}

unsigned int
model_filter_l2(struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d)
{
	struct twin_model *m = p->model;
	const uint8_t *addr = pkt->data;
	uint32_t mode = ORIEL_GET(ORIEL_MRQC_MODE, m->mrqc);
	int rar = rar_match(m, addr);

	memset(d, 0, sizeof(*d));
	d->etqf = -1;
	if (rar < 0) {
		if (!(addr[0] & 1)) {
			if (!(m->rctl & ORIEL_RCTL_UPE))
				return TWIN_DROP_FILTER;
		} else if (mac_word(addr) == UINT64_C(0xffffffffffff)) {
			if (!(m->rctl & (ORIEL_RCTL_BAM | ORIEL_RCTL_MPE)))
				return TWIN_DROP_FILTER;
		} else if (mta_match(p, m->rctl, addr)) {
			d->pif = !(m->rctl & ORIEL_RCTL_MPE);
		} else if (!(m->rctl & ORIEL_RCTL_MPE)) {
			return TWIN_DROP_FILTER;
		}
	}
	if (!vlan_pass(p, m, pkt))
		return TWIN_DROP_FILTER;
	if (mode == ORIEL_MRQC_MODE_VMDQ || mode == ORIEL_MRQC_MODE_VMDQ_RSS) {
		uint32_t pool = dest_pool(p, rar);

		if (rar < 0 && (twin_reg(p, ORIEL_VT_CTL) & ORIEL_VT_CTL_DIS_DEF_POOL))
			return TWIN_DROP_FILTER;
		if (!(twin_reg(p, ORIEL_VFRE) >> pool & 1))
			return TWIN_DROP_DISABLED;
		d->queue = pool;
	}
	return MODEL_PASS;
}

/** True if an EtherType filter matched; it sets the type bits and maybe the queue. */
static bool
match_etqf(struct twin_port *p, struct model_pkt *pkt, struct model_dest *d)
{
	uint32_t on = p->model->etqf_on;

	for (; on != 0; on &= on - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(on);
		uint32_t etqf = twin_reg(p, ORIEL_ETQF(i));

		if (ORIEL_GET(ORIEL_ETQF_ETYPE, etqf) != pkt->etype)
			continue;
		d->etqf = (int)i;
		d->stamp = (etqf & ORIEL_ETQF_TS_1588) != 0;
		d->imm = (etqf & ORIEL_ETQF_IMM_INT) != 0;
		pkt->ptype = ORIEL_RXD_PT_ETQF | ORIEL_PREP(ORIEL_RXD_PT_ETQF_IDX, i);
		if (!(etqf & ORIEL_ETQF_QUEUE_EN))
			return false;
		d->queue = ORIEL_GET(ORIEL_ETQF_QUEUE, etqf);
		return true;
	}
	return false;
}

static bool
match_syn(struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d)
{
	if (!p->model->syn_on || pkt->l4 == 0 || pkt->proto != PROTO_TCP || pkt->tunnel ||
		!(pkt->data[pkt->l4 + 13] & TCP_SYN))
		return false;
	d->queue = ORIEL_GET(ORIEL_SYNQF_QUEUE, twin_reg(p, ORIEL_SYNQF));
	return true;
}

static uint32_t
load32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return v;
}

static uint32_t
load16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, 2);
	return v;
}

/** Flags and size: IMIREXT [12] and [19] switch them off. */
static bool
tuple_ext(const struct model_pkt *pkt, uint32_t ext)
{
	if (!(ext & ORIEL_IMIREXT_SIZE_BP) && pkt->len + MODEL_CRC_LEN > (ext & 0xfff))
		return false;
	if (!(ext & ORIEL_IMIREXT_CTRL_BP)) {
		/* bits 13..18 are URG ACK PSH RST SYN FIN, in TCP's order from above */
		static const uint8_t flag[6] = { 0x20, 0x10, 0x08, 0x04, 0x02, 0x01 };
		uint32_t want = 0;

		if (pkt->l4 == 0 || pkt->proto != PROTO_TCP)
			return false;
		for (unsigned int i = 0; i < 6; i++)
			want |= ext >> (13 + i) & 1 ? flag[i] : 0;
		return (pkt->data[pkt->l4 + 13] & want) != 0;
	}
	return true;
}

static bool
tuple_matches(struct twin_port *p, const struct model_pkt *pkt, unsigned int i)
{
	uint32_t ftqf = twin_reg(p, ORIEL_FTQF(i)), imir = twin_reg(p, ORIEL_IMIR(i));
	const uint8_t *ip = pkt->data + pkt->l3;
	bool ports = pkt->l4 != 0;

	if (!(ftqf & ORIEL_FTQF_PROTO_BP) && ip[9] != ORIEL_GET(ORIEL_FTQF_PROTO, ftqf))
		return false;
	if (!(ftqf & ORIEL_FTQF_SRC_IP_BP) && load32(ip + 12) != twin_reg(p, ORIEL_SAQF(i)))
		return false;
	if (!(ftqf & ORIEL_FTQF_DST_IP_BP) && load32(ip + 16) != twin_reg(p, ORIEL_DAQF(i)))
		return false;
	/* Ports lie in the registers as in the packet. */
	if (!(ftqf & ORIEL_FTQF_SRC_PORT_BP) &&
		(!ports || load16(pkt->data + pkt->l4) != (twin_reg(p, ORIEL_SPQF(i)) & 0xffff)))
		return false;
	if (!(imir & ORIEL_IMIR_PORT_BP) &&
		(!ports || load16(pkt->data + pkt->l4 + 2) != ORIEL_GET(ORIEL_IMIR_DST_PORT, imir)))
		return false;
	return tuple_ext(pkt, twin_reg(p, ORIEL_IMIREXT(i)));
}

/** The matching 5-tuple filter of the highest priority, the lowest index among equals. */
static bool
match_tuple(struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d)
{
	uint32_t on = p->model->ftqf_on, best = 0, ftqf;
	int found = -1;

	if (!pkt->ipv4 || pkt->tunnel)
		return false;
	for (; on != 0; on &= on - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(on);
		uint32_t prio = ORIEL_GET(ORIEL_IMIR_PRIORITY, twin_reg(p, ORIEL_IMIR(i)));

		if ((found < 0 || prio > best) && tuple_matches(p, pkt, i)) {
			found = (int)i;
			best = prio;
		}
	}
	if (found < 0)
		return false;
	ftqf = twin_reg(p, ORIEL_FTQF(found));
	d->stamp = d->stamp || (ftqf & ORIEL_FTQF_TS_1588) != 0;
	d->imm = (twin_reg(p, ORIEL_IMIR(found)) & ORIEL_IMIR_IM_EN) != 0;
	if (!(ftqf & ORIEL_FTQF_QUEUE_EN))
		return false;
	d->queue = ORIEL_GET(ORIEL_FTQF_QUEUE, ftqf);
	return true;
}

/** RSS, pools and the default queue, for what no filter took. */
static void
default_queue(struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d)
{
	struct twin_model *m = p->model;
	uint32_t mode = ORIEL_GET(ORIEL_MRQC_MODE, m->mrqc), index, entry;

	if (mode == ORIEL_MRQC_MODE_RSS || mode == ORIEL_MRQC_MODE_VMDQ_RSS) {
		d->hash = model_rss_hash(m, pkt, &d->rss_type);
		index = d->hash & (ORIEL_NB_RETA - 1);
		entry = twin_reg(p, ORIEL_RETA(index / 4)) >> 8 * (index & 3) & 0xf;
		if (mode == ORIEL_MRQC_MODE_RSS)
			d->queue = entry;
		else if (twin_reg(p, ORIEL_VMOLR(d->queue)) >> 17 & 1)
			d->queue += (entry & 1) * POOL_STRIDE;
		return;
	}
	if (mode == ORIEL_MRQC_MODE_NONE)
		d->queue = ORIEL_GET(ORIEL_MRQC_DEF_Q, m->mrqc);
}

void
model_filter_queue(struct twin_port *p, struct model_pkt *pkt, struct model_dest *d)
{
	struct twin_model *m = p->model;
	bool syn_first = (m->rfctl & ORIEL_RFCTL_SYNQFP) != 0;

	if (m->etqf_on != 0 && match_etqf(p, pkt, d))
		return;
	if (syn_first && match_syn(p, pkt, d))
		return;
	if (m->ftqf_on != 0 && match_tuple(p, pkt, d))
		return;
	if (!syn_first && match_syn(p, pkt, d))
		return;
	default_queue(p, pkt, d);
}
