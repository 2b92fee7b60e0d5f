/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The watch over a started port. Of a queue it only reads words that its lcore writes, each once
 * and for itself: none of them must fit another, since nothing is said before two looks, a whole
 * period apart, have seen the same.
 */

#include <rte_alarm.h>

#include "hw.h"
#include "link.h"
#include "log.h"
#include "watch.h"

/* What is to be told once the watch has done its work. */
#define TELL_LSC 0x1u
#define TELL_RMV 0x2u
#define TELL_RESET 0x4u

#define HEAD_MASK ORIEL_MASK(15, 0)

/* Nothing of the adapter is touched from here on: a callback may close the port. */
static void
tell(struct rte_eth_dev *dev, uint32_t what)
{
	if (what & TELL_LSC)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
	if (what & TELL_RMV)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RMV, NULL);
	if (what & TELL_RESET)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
}

static uint32_t
lost(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t what = 0;

	oriel_queues_detach(dev);
	if (ad->watch.told_lost)
		return 0;
	ad->watch.told_lost = true;
	oriel_watch_count(&ad->watch.stats.lost);
	ORIEL_DRV_LOG(ERR, "port %u: registers read all-ones: the device has gone", ad->port_id);
	if (oriel_link_update(dev, 0) == 0 && ad->intr.link)
		what |= TELL_LSC;
	if (dev->data->dev_conf.intr_conf.rmv)
		what |= TELL_RMV;
	return what;
}

static uint32_t
fault(struct rte_eth_dev *dev, uint32_t causes)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_watch *w = &ad->watch;

	causes &= ORIEL_INTR_CAUSE_RESET | ORIEL_INTR_CAUSE_DMA;
	if (causes == 0)
		return 0;
	/* Without VFs there is no spoofed frame, which has the same cause on the 82576. */
	if (causes & ORIEL_INTR_CAUSE_DMA)
		oriel_watch_count(&w->stats.dma_errors);
	if (__atomic_exchange_n(&w->told_reset, true, __ATOMIC_ACQ_REL))
		return 0;
	if (causes & ORIEL_INTR_CAUSE_RESET) {
		oriel_watch_count(&w->stats.foreign_resets);
		ORIEL_DRV_LOG(ERR,
			"port %u: reset by somebody else; rte_eth_dev_reset() brings it back",
			ad->port_id);
	}
	if (causes & ORIEL_INTR_CAUSE_DMA)
		ORIEL_DRV_LOG(ERR,
			"port %u: DMA engine out of step (ICR.DOUTSYNC); rte_eth_dev_reset() "
			"brings it back",
			ad->port_id);
	return TELL_RESET;
}

void
oriel_watch_lost(struct rte_eth_dev *dev)
{
	tell(dev, lost(dev));
}

void
oriel_watch_fault(struct rte_eth_dev *dev, uint32_t causes)
{
	tell(dev, fault(dev, causes));
}

void
oriel_watch_told(struct oriel_adapter *ad)
{
	__atomic_store_n(&ad->watch.told_reset, true, __ATOMIC_RELEASE);
}

/* ---- TX queues ---- */

/* Looks at a queue; true if it had work at the last look too, and nothing has moved since. */
static bool
is_still(struct oriel_txq *q, struct oriel_watch_txq *last)
{
	const uint16_t head = oriel_rd32(q->mmio, q->reg_base + ORIEL_TDH) & HEAD_MASK;
	const uint16_t next = __atomic_load_n(&q->next, __ATOMIC_RELAXED);
	const uint16_t rs_head = __atomic_load_n(&q->rs_head, __ATOMIC_RELAXED);
	const uint16_t rs_tail = __atomic_load_n(&q->rs_tail, __ATOMIC_RELAXED);
	bool waits = head != next, still;

	/* All fetched, and what was to be written back is not: that waits too. */
	if (!waits && rs_head != rs_tail) {
		uint16_t rs = __atomic_load_n(&q->rs_fifo[rs_head & q->rs_mask], __ATOMIC_RELAXED);
		uint16_t idx = rs & ORIEL_TX_RS_IDX;

		waits = idx < q->nb_desc &&
			(rte_le_to_cpu_32(
				 __atomic_load_n(&q->ring[idx].rd.olinfo, __ATOMIC_RELAXED)) &
				ORIEL_TXD_STA_DD) == 0;
	}
	/*
	 * The head alone may be where it was because it went once around. Not so if no
	 * descriptor was reclaimed meanwhile: then there was no room for a whole ring.
	 */
	still = waits && last->seen && last->head == head && last->rs_head == rs_head;
	last->seen = waits;
	last->head = head;
	last->rs_head = rs_head;
	return still;
}

/* Whether a PAUSE frame came since the last look, or holds the transmitter now. */
static bool
paused(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint64_t xoff;

	rte_spinlock_lock(&ad->stats_lock);
	oriel_hw(dev)->stats_read(ad);
	xoff = ad->stats.xoffrxc;
	rte_spinlock_unlock(&ad->stats_lock);
	if (xoff != ad->watch.xoffrxc) {
		ad->watch.xoffrxc = xoff;
		return true;
	}
	return oriel_hw(dev)->tx_paused(ad);
}

/* One queue that stood still since the last look. */
static uint32_t
count_still(struct oriel_adapter *ad, const struct oriel_txq *q)
{
	struct oriel_watch *w = &ad->watch;
	struct oriel_watch_txq *txq = &w->txq[q->queue_id];
	const bool first = w->hung == 0;

	if (w->hung & ORIEL_BIT(q->queue_id))
		return 0;
	if (++txq->still < ORIEL_WATCH_STILL_PERIODS)
		return 0;
	w->hung |= ORIEL_BIT(q->queue_id);
	oriel_watch_count(&w->stats.tx_hangs);
	ORIEL_DRV_LOG(ERR,
		"port %u: TX queue %u hangs: descriptors wait, TDH has been %u for %u ms with the "
		"link up and no PAUSE; rte_eth_dev_reset() brings the device back",
		ad->port_id, q->queue_id, txq->head, txq->still * w->period_ms);
	return first ? TELL_RESET : 0;
}

static void
moves(struct oriel_adapter *ad, uint16_t queue_id)
{
	struct oriel_watch *w = &ad->watch;

	w->txq[queue_id].still = 0;
	if ((w->hung & ORIEL_BIT(queue_id)) == 0)
		return;
	w->hung &= ~ORIEL_BIT(queue_id);
	ORIEL_DRV_LOG(NOTICE, "port %u: TX queue %u moves again", ad->port_id, queue_id);
}

/* Queues that stand still through no fault of theirs begin anew. */
static void
forget_txqs(struct oriel_watch *w)
{
	memset(w->txq, 0, sizeof(w->txq));
}

static uint32_t
look_at_txqs(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_watch *w = &ad->watch;
	bool asked = false;
	uint32_t what = 0;
	uint16_t i;

	for (i = 0; i < dev->data->nb_tx_queues && i < ORIEL_NB_QUEUES; i++) {
		struct oriel_txq *q = dev->data->tx_queues[i];

		if (q == NULL || dev->data->tx_queue_state[i] != RTE_ETH_QUEUE_STATE_STARTED) {
			w->txq[i].seen = false;
			moves(ad, i);
			continue;
		}
		if (!is_still(q, &w->txq[i])) {
			moves(ad, i);
			continue;
		}
		if (ad->mmio.gone)
			return 0;
		/* Some seventy registers: only if something seems wrong, and once. */
		if (!asked && paused(dev)) {
			forget_txqs(w);
			return what;
		}
		asked = true;
		what |= count_still(ad, q);
	}
	return what;
}

/* ---- the alarm ---- */

/* One look at the device; what is to be told. */
static uint32_t
look(struct rte_eth_dev *dev)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_watch *w = &ad->watch;
	struct rte_eth_link link;
	uint32_t causes = 0, what = 0;

	if (oriel_hw_is_removed(ad))
		return lost(dev);
	/* With link interrupts the handler has the causes: reading takes them away. */
	if (ad->intr.mode == ORIEL_INTR_OFF || !ad->intr.link)
		causes = hw->intr_cause(ad);
	if (hw->forgot(ad))
		causes |= ORIEL_INTR_CAUSE_RESET;
	what = fault(dev, causes);
	if (__atomic_load_n(&w->told_reset, __ATOMIC_ACQUIRE))
		return what;
	if (hw->link_get(ad, &link) != 0 || link.link_status != RTE_ETH_LINK_UP) {
		forget_txqs(w);
		return what;
	}
	rte_spinlock_lock(&w->lock);
	what |= look_at_txqs(dev);
	rte_spinlock_unlock(&w->lock);
	return what;
}

static void on_alarm(void *param);

static void
arm(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret = rte_eal_alarm_set(ad->watch.period_ms * UINT64_C(1000), on_alarm, dev);

	if (ret != 0)
		ORIEL_DRV_LOG(WARNING, "port %u: no watch: EAL sets no alarm: %s", ad->port_id,
			strerror(-ret));
}

static void
on_alarm(void *param)
{
	struct rte_eth_dev *dev = param;
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t what;

	if (!__atomic_load_n(&ad->watch.armed, __ATOMIC_ACQUIRE))
		return;
	what = look(dev);
	/* Before the application is told, which may stop the port then, and so the alarm. */
	if (!ad->watch.told_lost)
		arm(dev);
	tell(dev, what);
}

void
oriel_watch_start(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_watch *w = &ad->watch;

	w->told_lost = false;
	w->told_reset = false;
	w->hung = 0;
	forget_txqs(w);
	w->xoffrxc = ad->stats.xoffrxc;
	if (w->period_ms == 0)
		return;
	__atomic_store_n(&w->armed, true, __ATOMIC_RELEASE);
	arm(dev);
}

void
oriel_watch_stop(struct rte_eth_dev *dev)
{
	struct oriel_watch *w = &oriel_adapter(dev)->watch;

	if (!__atomic_exchange_n(&w->armed, false, __ATOMIC_ACQ_REL))
		return;
	/* Waits for a look that is under way, unless it is this very one. */
	rte_eal_alarm_cancel(on_alarm, dev);
}

void
oriel_watch_sync(struct oriel_adapter *ad)
{
	rte_spinlock_lock(&ad->watch.lock);
	rte_spinlock_unlock(&ad->watch.lock);
}
