/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Interrupts: link changes, and RX queues for applications that sleep. */

#include <rte_errno.h>
#include <rte_interrupts.h>

#include "intr.h"
#include "link.h"
#include "log.h"
#include "queue.h"
#include "watch.h"

#define OTHER_VECTOR 0
#define UNREGISTER_TRIES 100
#define UNREGISTER_US 1000

/* ---- by register ---- */

/* Vectors in use, as bits of EIMS. */
static uint32_t
vectors(const struct oriel_intr *intr)
{
	return ORIEL_BIT(1 + intr->nb_rx_vectors) - 1;
}

static void
map_rxq(struct oriel_adapter *ad, uint16_t queue_id, uint16_t vector)
{
	const uint32_t off = ORIEL_IVAR(queue_id % 8);
	const unsigned int shift = queue_id < 8 ? 0 : 16;
	uint32_t ivar = oriel_rd32(&ad->mmio, off);

	ivar &= ~(0xffu << shift);
	ivar |= (ORIEL_IVAR_VALID | vector) << shift;
	oriel_wr32(&ad->mmio, off, ivar);
}

int
oriel_intr_setup(struct oriel_adapter *ad)
{
	const struct oriel_intr *intr = &ad->intr;
	struct oriel_mmio *m = &ad->mmio;
	uint16_t i;

	oriel_wr32(m, ORIEL_EIMC, ORIEL_ALL_ONES);
	oriel_wr32(m, ORIEL_IMC, ORIEL_ALL_ONES);
	if (intr->mode != ORIEL_INTR_MSIX) {
		oriel_wr32(m, ORIEL_GPIE, 0);
		return m->gone ? -ENODEV : 0;
	}
	/* GPIE first: it decides how all that follows is understood. */
	oriel_wr32(m, ORIEL_GPIE,
		ORIEL_GPIE_NSICR | ORIEL_GPIE_MULTIPLE_MSIX | ORIEL_GPIE_EIAME |
			ORIEL_GPIE_PBA_SUPPORT);
	oriel_flush(m);
	oriel_wr32(m, ORIEL_IVAR_MISC, (ORIEL_IVAR_VALID | OTHER_VECTOR) << 8);
	for (i = 0; i < ORIEL_NB_QUEUES / 2; i++)
		oriel_wr32(m, ORIEL_IVAR(i), 0);
	for (i = 0; i < intr->nb_rxq; i++)
		map_rxq(ad, i, oriel_intr_rx_vector(intr, i));
	/* Throttling survives CTRL.RST: off, who sleeps wants to be woken at once. */
	for (i = 0; i <= intr->nb_rx_vectors; i++)
		oriel_wr32(m, ORIEL_EITR(i), 0);
	/* A message clears its cause and masks its vector until the driver asks for the next. */
	oriel_wr32(m, ORIEL_EIAC, vectors(intr));
	oriel_wr32(m, ORIEL_EIAM, vectors(intr));
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

void
oriel_intr_set(struct oriel_adapter *ad, bool on)
{
	struct oriel_mmio *m = &ad->mmio;

	if (!on) {
		oriel_wr32(m, ORIEL_IMC, ORIEL_ALL_ONES);
		oriel_wr32(m, ORIEL_EIMC, ORIEL_ALL_ONES);
		oriel_wr32(m, ORIEL_EIAC, 0);
		oriel_rd32(m, ORIEL_ICR);
		oriel_rd32(m, ORIEL_EICR);
		return;
	}
	oriel_wr32(m, ORIEL_IMS, ORIEL_ICR_LSC | ORIEL_ICR_DOUTSYNC | ORIEL_ICR_DRSTA);
	if (ad->intr.mode == ORIEL_INTR_MSIX)
		oriel_wr32(m, ORIEL_EIMS, ORIEL_BIT(OTHER_VECTOR));
	oriel_flush(m);
}

uint32_t
oriel_intr_cause(struct oriel_adapter *ad)
{
	uint32_t icr = oriel_rd32(&ad->mmio, ORIEL_ICR);
	uint32_t cause = 0;

	/* All-ones is a device that has gone, not one with every cause at once. */
	if (ad->mmio.gone || icr == ORIEL_ALL_ONES)
		return 0;
	if (icr & ORIEL_ICR_LSC)
		cause |= ORIEL_INTR_CAUSE_LINK;
	if (icr & ORIEL_ICR_DRSTA)
		cause |= ORIEL_INTR_CAUSE_RESET;
	if (icr & ORIEL_ICR_DOUTSYNC)
		cause |= ORIEL_INTR_CAUSE_DMA;
	return cause;
}

void
oriel_intr_trigger(struct oriel_adapter *ad)
{
	oriel_wr32(&ad->mmio, ORIEL_ICS, ORIEL_ICR_LSC);
}

void
oriel_intr_rearm(struct oriel_adapter *ad)
{
	if (ad->intr.mode == ORIEL_INTR_MSIX)
		oriel_wr32(&ad->mmio, ORIEL_EIMS, ORIEL_BIT(OTHER_VECTOR));
}

void
oriel_intr_rxq_set(struct oriel_adapter *ad, uint16_t vector, bool on)
{
	oriel_wr32(&ad->mmio, on ? ORIEL_EIMS : ORIEL_EIMC, ORIEL_BIT(vector));
	oriel_flush(&ad->mmio);
}

/* ---- with EAL ---- */

/* Serves the causes of vector 0. Returns false if the device has gone. */
static bool
serve(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t cause = oriel_hw(dev)->intr_cause(ad);

	if (ad->mmio.gone) {
		oriel_watch_lost(dev);
		return false;
	}
	if (cause & ORIEL_INTR_CAUSE_LINK) {
		bool untold = __atomic_exchange_n(&ad->intr.link_pending, false, __ATOMIC_ACQ_REL);

		if (oriel_link_update(dev, 0) == 0 || untold)
			rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
	}
	oriel_hw(dev)->intr_rearm(ad);
	/* Last: the application may stop or close the port when it hears of this. */
	oriel_watch_fault(dev, cause);
	return true;
}

static void
handler(void *param)
{
	struct rte_eth_dev *dev = param;
	/* Of the PCI device, which is there still if a callback closes the port. */
	struct rte_intr_handle *handle = dev->intr_handle;

	__atomic_fetch_add(&oriel_adapter(dev)->intr.nb_seen, 1, __ATOMIC_RELEASE);
	/* A stopped device may be in reset: then its registers are left alone. */
	if (oriel_adapter(dev)->started && !serve(dev))
		return;
	rte_intr_ack(handle);
}

void
oriel_intr_register(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	ret = dev->intr_handle == NULL ? -ENOTSUP :
					 rte_intr_callback_register(dev->intr_handle, handler, dev);
	if (ret < 0)
		ORIEL_INIT_LOG(NOTICE, "port %u: no interrupts from EAL (%s)", ad->port_id,
			strerror(-ret));
	ad->intr.registered = ret >= 0;
}

void
oriel_intr_unregister(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int tries, ret = -EAGAIN;

	if (!ad->intr.registered)
		return;
	ad->intr.registered = false;
	/* -EAGAIN while the handler runs. In the interrupt thread itself that never ends. */
	for (tries = 0; tries < UNREGISTER_TRIES && ret == -EAGAIN; tries++) {
		ret = rte_intr_callback_unregister(dev->intr_handle, handler, dev);
		if (ret == -EAGAIN)
			rte_delay_us_sleep(UNREGISTER_US);
	}
	if (ret == -EAGAIN)
		ret = rte_intr_callback_unregister_pending(dev->intr_handle, handler, dev, NULL);
	if (ret < 0)
		ORIEL_INIT_LOG(ERR, "port %u: the interrupt handler stays registered: %s",
			ad->port_id, strerror(-ret));
}

/* Event descriptors and the vector of each RX queue, for rte_eth_dev_rx_intr_*(). */
static int
start_rxq(struct rte_eth_dev *dev, uint16_t nb_rxq)
{
	struct rte_intr_handle *handle = dev->intr_handle;
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_intr *intr = &ad->intr;
	uint16_t i;
	int ret;

	/* Vector 0 is for the rest; with more queues than vectors the last one is shared. */
	intr->nb_rxq = nb_rxq;
	intr->nb_rx_vectors = RTE_MIN(nb_rxq, (uint16_t)(ORIEL_NB_MSIX - 1));
	ret = rte_intr_efd_enable(handle, intr->nb_rx_vectors);
	if (ret == 0)
		ret = rte_intr_vec_list_alloc(handle, "oriel_intr_vec", nb_rxq);
	for (i = 0; i < nb_rxq && ret == 0; i++)
		ret = rte_intr_vec_list_index_set(handle, i, oriel_intr_rx_vector(intr, i));
	if (ret != 0)
		ORIEL_INIT_LOG(ERR, "port %u: no interrupts for %u RX queues: %s", ad->port_id,
			nb_rxq, strerror(abs(ret)));
	return ret == 0 ? 0 : -abs(ret);
}

int
oriel_intr_start(struct rte_eth_dev *dev)
{
	const struct rte_eth_intr_conf *conf = &dev->data->dev_conf.intr_conf;
	struct rte_intr_handle *handle = dev->intr_handle;
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_intr *intr = &ad->intr;
	int ret;

	intr->mode = ORIEL_INTR_OFF;
	intr->link = conf->lsc != 0;
	intr->link_pending = false;
	intr->nb_rxq = 0;
	intr->nb_rx_vectors = 0;
	if (!conf->lsc && !conf->rxq)
		return oriel_hw(dev)->intr_setup(ad);
	if (!intr->registered) {
		ORIEL_INIT_LOG(ERR, "port %u: link or RX queue interrupts asked for, EAL has none",
			ad->port_id);
		return -ENOTSUP;
	}
	intr->mode = rte_intr_type_get(handle) == RTE_INTR_HANDLE_VFIO_MSIX ? ORIEL_INTR_MSIX :
									      ORIEL_INTR_SINGLE;
	if (conf->rxq && intr->mode != ORIEL_INTR_MSIX) {
		ORIEL_INIT_LOG(ERR,
			"port %u: RX queue interrupts need MSI-X through VFIO (--vfio-intr=msix)",
			ad->port_id);
		intr->mode = ORIEL_INTR_OFF;
		return -ENOTSUP;
	}
	if (conf->rxq) {
		ret = start_rxq(dev, dev->data->nb_rx_queues);
		if (ret != 0)
			goto fail;
	}
	ret = oriel_hw(dev)->intr_setup(ad);
	if (ret != 0)
		goto fail;
	ret = rte_intr_enable(handle);
	if (ret != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: EAL cannot enable interrupts", ad->port_id);
		ret = -EIO;
		goto fail;
	}
	return 0;
fail:
	oriel_intr_stop(dev);
	return ret;
}

void
oriel_intr_unmask(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (ad->intr.link && ad->intr.mode != ORIEL_INTR_OFF)
		oriel_hw(dev)->intr_set(ad, true);
}

void
oriel_intr_stop(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_intr *intr = &ad->intr;

	oriel_hw(dev)->intr_set(ad, false);
	if (intr->mode == ORIEL_INTR_OFF)
		return;
	rte_intr_disable(dev->intr_handle);
	if (intr->nb_rxq != 0) {
		rte_intr_efd_disable(dev->intr_handle);
		rte_intr_vec_list_free(dev->intr_handle);
	}
	intr->mode = ORIEL_INTR_OFF;
	intr->nb_rxq = 0;
	intr->nb_rx_vectors = 0;
}

static int
rxq_intr(struct rte_eth_dev *dev, uint16_t queue_id, bool on)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (queue_id >= ad->intr.nb_rxq) {
		ORIEL_DRV_LOG(ERR,
			"port %u: interrupt of RX queue %u: %u queues have one (intr_conf.rxq)",
			ad->port_id, queue_id, ad->intr.nb_rxq);
		return -EINVAL;
	}
	oriel_hw(dev)->intr_rxq_set(ad, oriel_intr_rx_vector(&ad->intr, queue_id), on);
	return ad->mmio.gone ? -ENODEV : 0;
}

int
oriel_rx_queue_intr_enable(struct rte_eth_dev *dev, uint16_t queue_id)
{
	return rxq_intr(dev, queue_id, true);
}

int
oriel_rx_queue_intr_disable(struct rte_eth_dev *dev, uint16_t queue_id)
{
	return rxq_intr(dev, queue_id, false);
}
