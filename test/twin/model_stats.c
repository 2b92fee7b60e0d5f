/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The MAC's counters: what is counted, and reading that clears. They are kept in 64
 * bits and hold at all-ones when read; an octet counter is a pair of which reading
 * the high half clears both.
 */

#include "model.h"

#define STATS_FIRST ORIEL_CRCERRS
#define STATS_LAST ORIEL_LENERRS

/** True if off is the low half of an octet pair. */
static bool
is_pair_low(uint32_t off)
{
	switch (off) {
	case ORIEL_GORCL:
	case ORIEL_GOTCL:
	case ORIEL_TORL:
	case ORIEL_TOTL:
	case ORIEL_HGORCL:
	case ORIEL_HGOTCL:
		return true;
	default:
		return false;
	}
}

static uint32_t
saturate(uint64_t val)
{
	return val > UINT32_MAX ? UINT32_MAX : (uint32_t)val;
}

void
model_stats_fold(struct twin_model *m)
{
	struct model_acc *rx = &m->acc_rx, *tx = &m->acc_tx;
	uint64_t octets;

	if (rx->frames != 0) {
		octets = rx->bytes + (uint64_t)rx->frames * MODEL_CRC_LEN;
		for (unsigned int i = 0; i < 6; i++)
			(&MODEL_STAT(m, PRC64))[i] += rx->bin[i];
		MODEL_STAT(m, GPRC) += rx->frames;
		MODEL_STAT(m, TPR) += rx->frames;
		MODEL_STAT(m, RPTHC) += rx->frames;
		MODEL_STAT(m, GORCL) += octets;
		MODEL_STAT(m, TORL) += octets;
		MODEL_STAT(m, HGORCL) += octets;
		MODEL_STAT(m, BPRC) += rx->broadcast;
		MODEL_STAT(m, MPRC) += rx->multicast;
		memset(rx, 0, sizeof(*rx));
		m->published = false;
	}
	if (tx->frames != 0) {
		octets = tx->bytes + (uint64_t)tx->frames * MODEL_CRC_LEN;
		for (unsigned int i = 0; i < 6; i++)
			(&MODEL_STAT(m, PTC64))[i] += tx->bin[i];
		MODEL_STAT(m, GPTC) += tx->frames;
		MODEL_STAT(m, TPT) += tx->frames;
		MODEL_STAT(m, HGPTC) += tx->frames;
		MODEL_STAT(m, GOTCL) += octets;
		MODEL_STAT(m, TOTL) += octets;
		MODEL_STAT(m, HGOTCL) += octets;
		MODEL_STAT(m, BPTC) += tx->broadcast;
		MODEL_STAT(m, MPTC) += tx->multicast;
		memset(tx, 0, sizeof(*tx));
		m->published = false;
	}
}

void
model_stats_fold_queue(struct twin_port *p, struct model_queue *q)
{
	struct twin_queue_counters *cnt = q->tx ? &p->cnt->tx[q->index] : &p->cnt->rx[q->index];

	cnt->frames += q->acc_frames;
	cnt->bytes += q->acc_bytes;
	cnt->desc_fetched += q->acc_fetched;
	cnt->desc_written += q->acc_written;
	p->cnt->desc_bytes_read += (uint64_t)q->acc_fetched * sizeof(struct oriel_rx_desc);
	p->cnt->desc_bytes_written += (uint64_t)q->acc_written * sizeof(struct oriel_rx_desc);
	q->acc_frames = 0;
	q->acc_bytes = 0;
	q->acc_fetched = 0;
	q->acc_written = 0;
}

bool
model_stats_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct twin_model *m = p->model;
	uint64_t *v;

	if (off == ORIEL_SCVPC || off == ORIEL_HRMPC) {
		v = off == ORIEL_SCVPC ? &m->stats.scvpc : &m->stats.hrmpc;
	} else if (off >= STATS_FIRST && off <= STATS_LAST) {
		v = &m->stats.v[(off - STATS_FIRST) / 4];
	} else {
		return false;
	}
	if (off >= STATS_FIRST + 4 && off <= STATS_LAST && is_pair_low(off - 4)) {
		*val = (uint32_t)(v[-1] >> 32);
		v[-1] = 0;
		twin_reg_set(p, off - 4, 0);
	} else if (off <= STATS_LAST && is_pair_low(off)) {
		*val = (uint32_t)*v;
		return true;
	} else {
		*val = saturate(*v);
		*v = 0;
	}
	twin_reg_set(p, off, 0);
	return true;
}

void
model_stats_publish(struct twin_port *p)
{
	struct twin_model *m = p->model;

	for (uint32_t off = STATS_FIRST; off <= STATS_LAST; off += 4) {
		uint64_t v = m->stats.v[(off - STATS_FIRST) / 4];

		if (is_pair_low(off)) {
			twin_reg_set(p, off, (uint32_t)v);
			twin_reg_set(p, off + 4, (uint32_t)(v >> 32));
			off += 4;
		} else {
			twin_reg_set(p, off, saturate(v));
		}
	}
	m->published = true;
}

void
model_stats_reset(struct twin_port *p)
{
	struct twin_model *m = p->model;

	memset(&m->stats, 0, sizeof(m->stats));
	memset(&m->acc_rx, 0, sizeof(m->acc_rx));
	memset(&m->acc_tx, 0, sizeof(m->acc_tx));
	m->published = true;
}
