/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * dev_ops that PF and VF share: configure, start, stop, close, reset, information. What
 * differs between the two is behind hw_ops.
 */

#include "ethdev.h"
#include "filter.h"
#include "flow.h"
#include "hw.h"
#include "intr.h"
#include "led.h"
#include "link.h"
#include "log.h"
#include "path.h"
#include "ptp.h"
#include "rss.h"
#include "stats.h"
#include "watch.h"

/* NVM word 0x05: version of the image, binary-coded decimals. */
#define NVM_VERSION_MAJOR ORIEL_MASK(15, 12)
#define NVM_VERSION_MINOR ORIEL_MASK(11, 4)
#define NVM_VERSION_IMAGE ORIEL_MASK(3, 0)

#define SPLIT_OR_CRC (RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT | RTE_ETH_RX_OFFLOAD_KEEP_CRC)

RTE_LOG_REGISTER(oriel_logtype_init, pmd.net.oriel.init, NOTICE);
RTE_LOG_REGISTER(oriel_logtype_driver, pmd.net.oriel.driver, NOTICE);

int
oriel_dev_configure(struct rte_eth_dev *dev)
{
	const struct rte_eth_conf *conf = &dev->data->dev_conf;
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (conf->rxmode.mq_mode != RTE_ETH_MQ_RX_NONE &&
		conf->rxmode.mq_mode != RTE_ETH_MQ_RX_RSS) {
		ORIEL_INIT_LOG(ERR,
			"port %u: rxmode.mq_mode %#x: offered are NONE and RSS; the 82576 has no "
			"DCB, VMDq belongs to SR-IOV",
			ad->port_id, conf->rxmode.mq_mode);
		return -ENOTSUP;
	}
	if (conf->txmode.mq_mode != RTE_ETH_MQ_TX_NONE) {
		ORIEL_INIT_LOG(ERR,
			"port %u: txmode.mq_mode %#x: offered is NONE; the 82576 has no DCB, VMDq "
			"belongs to SR-IOV",
			ad->port_id, conf->txmode.mq_mode);
		return -ENOTSUP;
	}
	if (conf->lpbk_mode > 1) {
		ORIEL_INIT_LOG(ERR, "port %u: lpbk_mode %u: 0 (none) and 1 (MAC) are offered",
			ad->port_id, conf->lpbk_mode);
		return -ENOTSUP;
	}
	if ((conf->rxmode.offloads & SPLIT_OR_CRC) == SPLIT_OR_CRC) {
		ORIEL_INIT_LOG(ERR,
			"port %u: BUFFER_SPLIT with KEEP_CRC: one of them alone is offered",
			ad->port_id);
		return -ENOTSUP;
	}
	ret = oriel_link_check_speeds(ad, conf->link_speeds);
	if (ret == 0)
		ret = oriel_rss_configure(dev);
	if (ret != 0)
		return ret;
	oriel_filter_configure(dev);
	return 0;
}

/*
 * Ends all DMA by the means that are left: reset, and bus mastering off if that fails. Then
 * nothing writes to the buffers any more and they may be freed.
 */
static void
force_quiet(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	ad->at_rest = oriel_hw(dev)->reset(ad) == 0;
	if (!ad->at_rest)
		oriel_hw_bus_master(ad, false);
}

/* The device's state but for queues and link; both halves are off. */
static int
setup_device(struct rte_eth_dev *dev)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	ret = oriel_hw_bus_master(ad, true);
	if (ret == 0 && !ad->at_rest)
		ret = hw->reset(ad);
	ad->at_rest = false;
	if (ret == 0)
		ret = hw->rxtx_setup(dev);
	if (ret == 0)
		ret = oriel_filter_restore(dev);
	if (ret != 0)
		return ret;
	oriel_reta_start(dev);
	oriel_flow_restore(ad);
	ret = hw->rss_set(ad);
	if (ret == 0)
		ret = hw->flow_set(ad);
	return ret;
}

int
oriel_dev_start(struct rte_eth_dev *dev)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (oriel_hw_is_removed(ad)) {
		ORIEL_INIT_LOG(ERR, "port %u: start: the device has gone", ad->port_id);
		return -ENODEV;
	}
	ret = oriel_flow_check_queues(dev);
	if (ret != 0)
		return ret;
	oriel_filter_choose_strip(dev);
	ret = setup_device(dev);
	if (ret != 0)
		goto fail;
	ret = oriel_queues_program(dev);
	if (ret != 0)
		goto fail;
	ret = oriel_path_select(dev, ad->forced_simd);
	if (ret == 0)
		ret = oriel_intr_start(dev);
	if (ret != 0)
		goto fail_queues;
	/* A queue reads enabled only once its half of the device is on (8.10.10, 8.12.13). */
	ret = hw->rxtx_set(ad, true, true);
	if (ret == 0)
		ret = oriel_queues_enable(dev);
	if (ret != 0)
		goto fail_intr;
	ad->started = true;
	if (ad->link_wanted) {
		ret = hw->link_start(ad, dev->data->dev_conf.link_speeds);
		if (ret != 0) {
			ORIEL_INIT_LOG(ERR, "port %u: the link cannot be started: %s", ad->port_id,
				strerror(-ret));
			ad->started = false;
			goto fail_intr;
		}
	}
	oriel_intr_unmask(dev);
	/* A link that is up already raises no interrupt. */
	oriel_link_update(dev, 0);
	oriel_watch_start(dev);
	return 0;

fail_intr:
	oriel_intr_stop(dev);
fail_queues:
	hw->rxtx_set(ad, false, false);
	force_quiet(dev);
	oriel_queues_abandon(dev);
	return ret;
fail:
	force_quiet(dev);
	return ret;
}

int
oriel_dev_stop(struct rte_eth_dev *dev)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (!ad->started)
		return 0;
	ad->started = false;
	oriel_watch_stop(dev);
	oriel_intr_stop(dev);
	/* Nothing new comes in, what was queued leaves, then the queues stop. */
	hw->rxtx_set(ad, false, true);
	if (oriel_queues_disable(dev) != 0)
		ORIEL_DRV_LOG(
			WARNING, "port %u: queues do not stop: the device is reset", ad->port_id);
	hw->rxtx_set(ad, false, false);
	/* A reset clears the counters. */
	rte_spinlock_lock(&ad->stats_lock);
	hw->stats_read(ad);
	rte_spinlock_unlock(&ad->stats_lock);
	hw->link_stop(ad);
	force_quiet(dev);
	oriel_led_restore(ad);
	oriel_queues_abandon(dev);
	oriel_link_update(dev, 0);
	return 0;
}

int
oriel_dev_close(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint16_t i;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	oriel_dev_stop(dev);
	oriel_led_restore(ad);
	oriel_intr_unregister(dev);
	oriel_hw(dev)->release(ad);
	oriel_hw_bus_master(ad, false);
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		oriel_rx_queue_release(dev, i);
		dev->data->rx_queues[i] = NULL;
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		oriel_tx_queue_release(dev, i);
		dev->data->tx_queues[i] = NULL;
	}
	return 0;
}

int
oriel_dev_reset(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (ad->started) {
		ORIEL_INIT_LOG(ERR, "port %u: reset: the port runs; stop it first", ad->port_id);
		return -EBUSY;
	}
	/* A device that had gone may be back behind the same mapping. */
	ad->mmio.gone = false;
	ret = oriel_hw_bus_master(ad, true);
	if (ret == 0)
		ret = oriel_hw(dev)->recover(ad);
	ad->at_rest = ret == 0;
	oriel_led_restore(ad);
	if (ret != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: reset fails: %s", ad->port_id, strerror(-ret));
		return ret;
	}
	oriel_watch_count(&ad->watch.stats.resets);
	/* ethdev keeps in mind that it was away. */
	dev->state = RTE_ETH_DEV_ATTACHED;
	return 0;
}

int
oriel_dev_is_removed(struct rte_eth_dev *dev)
{
	const bool removed = oriel_hw_is_removed(oriel_adapter(dev));

	if (removed)
		oriel_queues_detach(dev);
	return removed;
}

int
oriel_dev_infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);

	oriel_queues_dev_info(info);
	info->rx_offload_capa = oriel_path_rx_offload_capa();
	info->tx_offload_capa = oriel_path_tx_offload_capa();
	info->rx_queue_offload_capa = oriel_path_rx_queue_offload_capa();
	info->tx_queue_offload_capa = oriel_path_tx_queue_offload_capa();
	info->max_rx_pktlen = ORIEL_MAX_FRAME;
	info->max_rx_queues = ORIEL_NB_QUEUES;
	info->max_tx_queues = ORIEL_NB_QUEUES;
	info->max_mac_addrs = ORIEL_NB_RAR;
	info->reta_size = ORIEL_NB_RETA;
	info->hash_key_size = ORIEL_RSS_KEY_LEN;
	info->flow_type_rss_offloads = ORIEL_RSS_SUPPORTED;
	info->dev_capa |= RTE_ETH_DEV_CAPA_FLOW_RULE_KEEP;
	info->speed_capa = oriel_link_speed_capa(ad);
	/* RTE_ETH_EVENT_INTR_RESET, and the application resets: see watch.h. */
	info->err_handle_mode = RTE_ETH_ERROR_HANDLE_MODE_PASSIVE;
	info->dev_capa |= RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP |
		RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP;
	return 0;
}

int
oriel_fw_version_get(struct rte_eth_dev *dev, char *version, size_t size)
{
	const uint16_t v = oriel_adapter(dev)->nvm_version;
	int len;

	len = snprintf(version, size, "%x.%02x.%x", ORIEL_GET(NVM_VERSION_MAJOR, v),
		ORIEL_GET(NVM_VERSION_MINOR, v), ORIEL_GET(NVM_VERSION_IMAGE, v));
	if (len < 0)
		return -EINVAL;
	/* With the NUL: how much room it takes if there is too little. */
	return (size_t)len < size ? 0 : len + 1;
}

#if ORIEL_PTYPES_GET_HAS_COUNT
const uint32_t *
oriel_supported_ptypes_get(struct rte_eth_dev *dev, size_t *nb)
{
	RTE_SET_USED(dev);
	return oriel_path_ptypes(nb);
}
#else
const uint32_t *
oriel_supported_ptypes_get(struct rte_eth_dev *dev)
{
	size_t nb;

	RTE_SET_USED(dev);
	return oriel_path_ptypes(&nb);
}
#endif

int
oriel_dev_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp)
{
	int ret = oriel_rx_queue_setup(dev, queue_id, nb_desc, socket_id, conf, mp);

	if (ret == 0) {
		oriel_stats_rxq_new(oriel_adapter(dev), queue_id);
		oriel_ptp_set_queues(dev);
	}
	return ret;
}

int
oriel_dev_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const uint64_t offloads = conf->offloads | dev->data->dev_conf.txmode.offloads;
	int ret;

	/* lcores are inside the burst: no other one can be chosen now. */
	if (ad->started && !oriel_path_tx_serves(dev, offloads)) {
		ORIEL_INIT_LOG(ERR,
			"port %u: TX queue %u: the burst that runs does not serve offloads "
			"%#" PRIx64 ": accepted are those of the queues at start; or stop the "
			"port first",
			ad->port_id, queue_id, offloads);
		return -EINVAL;
	}
	ret = oriel_tx_queue_setup(dev, queue_id, nb_desc, socket_id, conf);
	if (ret == 0) {
		oriel_stats_txq_new(oriel_adapter(dev), queue_id);
		oriel_ptp_set_queues(dev);
	}
	return ret;
}

int
oriel_dev_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id)
{
	int ret = oriel_rx_queue_start(dev, queue_id);

	return ret == 0 ? oriel_reta_queue_set(dev, queue_id, true) : ret;
}

int
oriel_dev_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id)
{
	/* First no more frames are sent its way. */
	int ret = oriel_reta_queue_set(dev, queue_id, false);

	return ret == 0 ? oriel_rx_queue_stop(dev, queue_id) : ret;
}
