/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The transmit rate scheduler: for each queue the device holds frames back so that they take
 * `factor` times as long as they do on the wire (RTTDQSEL, RTTBCNRC). The factor is relative to
 * the link's speed, so it is made anew when that changes.
 */

#include "log.h"
#include "rate.h"

#define MAX_LIMIT 1000u /* Mb/s, the fastest link */
/* KiB of credit that a queue may save up while it waits: as much as the largest frame needs. */
#define MEMORY_WINDOW 0x14u

uint32_t
oriel_rate_factor(uint32_t speed, uint32_t limit)
{
	if (limit == 0 || limit >= speed)
		return 0;
	/* INT and DEC adjoin: one number in units of 2^-14. */
	return ORIEL_RTTBCNRC_RS_ENA |
		(((speed << 14) / limit) & (ORIEL_RTTBCNRC_RF_INT | ORIEL_RTTBCNRC_RF_DEC));
}

/** The caller holds link_lock, or nobody else runs: two registers make one access. */
static void
program(struct oriel_adapter *ad, uint16_t queue_id, uint32_t factor)
{
	oriel_wr32(&ad->mmio, ORIEL_RTTDQSEL, queue_id);
	oriel_wr32(&ad->mmio, ORIEL_RTTBCNRC, factor);
}

int
oriel_rate_setup(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint16_t i;

	oriel_wr32(m, ORIEL_RTTBCNRM, MEMORY_WINDOW);
	for (i = 0; i < ORIEL_NB_QUEUES; i++)
		program(ad, i, 0);
	oriel_flush(m);
	ad->rate_speed = 0;
	return m->gone ? -ENODEV : 0;
}

void
oriel_rate_follow(struct oriel_adapter *ad, uint32_t speed)
{
	uint16_t i;

	if (speed == ad->rate_speed)
		return;
	ad->rate_speed = speed;
	for (i = 0; i < ORIEL_NB_QUEUES; i++) {
		if (ad->rate[i] != 0)
			program(ad, i, oriel_rate_factor(speed, ad->rate[i]));
	}
	oriel_flush(&ad->mmio);
}

int
oriel_set_queue_rate_limit(struct rte_eth_dev *dev, uint16_t queue_id, uint32_t limit)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (queue_id >= dev->data->nb_tx_queues || limit > MAX_LIMIT) {
		ORIEL_DRV_LOG(ERR,
			"port %u: rate limit of %u Mb/s for TX queue %u: accepted are 0 to %u for "
			"the port's %u queues",
			ad->port_id, limit, queue_id, MAX_LIMIT, dev->data->nb_tx_queues);
		return -EINVAL;
	}
	rte_spinlock_lock(&ad->link_lock);
	ad->rate[queue_id] = limit;
	/* Without a link the next one brings it. */
	if (ad->started && ad->rate_speed != 0) {
		program(ad, queue_id, oriel_rate_factor(ad->rate_speed, limit));
		oriel_flush(&ad->mmio);
	}
	rte_spinlock_unlock(&ad->link_lock);
	return ad->mmio.gone ? -ENODEV : 0;
}
