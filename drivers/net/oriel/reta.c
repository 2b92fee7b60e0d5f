/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The redirection table as the device has it. ad->rss.reta is the application's; entries of
 * queues that are stopped are spread over those that run, and come back with their queue.
 */

#include "rss.h"

#define ENTRIES_PER_REG 4
#define NB_RETA_REGS (ORIEL_NB_RETA / ENTRIES_PER_REG)

void
oriel_reta_in_force(const struct oriel_rss *rss, uint16_t running, uint8_t reta[ORIEL_NB_RETA])
{
	uint8_t takers[ORIEL_NB_QUEUES];
	unsigned int nb = 0, turn = 0, i;
	uint16_t named = 0;

	for (i = 0; i < ORIEL_NB_RETA; i++)
		named |= ORIEL_BIT(rss->reta[i] % ORIEL_NB_QUEUES);
	if ((named & running) == 0)
		named = UINT16_MAX;
	for (i = 0; i < ORIEL_NB_QUEUES; i++) {
		if (named & running & ORIEL_BIT(i))
			takers[nb++] = i;
	}
	memcpy(reta, rss->reta, ORIEL_NB_RETA);
	/* In turn, so that what one queue had does not fall upon a single other one. */
	for (i = 0; i < ORIEL_NB_RETA && nb != 0; i++) {
		if (!(running & ORIEL_BIT(reta[i])))
			reta[i] = takers[turn++ % nb];
	}
}

int
oriel_reta_set(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint8_t reta[ORIEL_NB_RETA];
	unsigned int i, j;

	oriel_reta_in_force(oriel_rss_in_force(ad), ad->rxq_running, reta);
	for (i = 0; i < NB_RETA_REGS; i++) {
		uint32_t entries = 0;

		for (j = 0; j < ENTRIES_PER_REG; j++)
			entries |= (uint32_t)reta[ENTRIES_PER_REG * i + j] << (8 * j);
		oriel_wr32(m, ORIEL_RETA(i), entries);
	}
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

void
oriel_reta_start(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint16_t i;

	ad->rxq_running = 0;
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL && !q->deferred_start)
			ad->rxq_running |= ORIEL_BIT(i);
	}
}

int
oriel_reta_queue_set(struct rte_eth_dev *dev, uint16_t queue_id, bool running)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (running)
		ad->rxq_running |= ORIEL_BIT(queue_id);
	else
		ad->rxq_running &= ~ORIEL_BIT(queue_id);
	return oriel_rss_in_force(ad)->enabled ? oriel_hw(dev)->reta_set(ad) : 0;
}
