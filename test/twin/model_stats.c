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

/** A size bin of the RX or TX row; len without CRC. */
static inline unsigned int
size_bin(uint32_t len)
{
	len += MODEL_CRC_LEN;
	return len <= 64    ? 0 :
		len <= 127  ? 1 :
		len <= 255  ? 2 :
		len <= 511  ? 3 :
		len <= 1023 ? 4 :
			      5;
}

static inline bool
is_broadcast(const uint8_t *frame)
{
	uint32_t low;
	uint16_t high;

	memcpy(&low, frame, 4);
	memcpy(&high, frame + 4, 2);
	return low == UINT32_MAX && high == UINT16_MAX;
}

void
model_stats_rx(struct twin_model *m, const uint8_t *frame, uint32_t len)
{
	uint64_t octets = len + MODEL_CRC_LEN;

	(&MODEL_STAT(m, PRC64))[size_bin(len)]++;
	MODEL_STAT(m, GPRC)++;
	MODEL_STAT(m, GORCL) += octets;
	MODEL_STAT(m, HGORCL) += octets;
	MODEL_STAT(m, RPTHC)++;
	if (frame[0] & 1) {
		if (is_broadcast(frame))
			MODEL_STAT(m, BPRC)++;
		else
			MODEL_STAT(m, MPRC)++;
	}
}

void
model_stats_tx(struct twin_model *m, const uint8_t *frame, uint32_t len)
{
	uint64_t octets = len + MODEL_CRC_LEN;

	(&MODEL_STAT(m, PTC64))[size_bin(len)]++;
	MODEL_STAT(m, GPTC)++;
	MODEL_STAT(m, TPT)++;
	MODEL_STAT(m, HGPTC)++;
	MODEL_STAT(m, GOTCL) += octets;
	MODEL_STAT(m, TOTL) += octets;
	MODEL_STAT(m, HGOTCL) += octets;
	if (frame[0] & 1) {
		if (is_broadcast(frame))
			MODEL_STAT(m, BPTC)++;
		else
			MODEL_STAT(m, MPTC)++;
	}
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
	m->published = true;
}
