/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* dev_ops under the port's control lock. A mutex: a self-test may hold it for seconds. */

#include "control.h"
#include "eeprom.h"
#include "ethdev.h"
#include "led.h"
#include "sfp.h"
#include "telemetry.h"

int
oriel_control_init(struct oriel_adapter *ad)
{
	return -pthread_mutex_init(&ad->control_mutex, NULL);
}

void
oriel_control_lock(struct oriel_adapter *ad)
{
	pthread_mutex_lock(&ad->control_mutex);
}

void
oriel_control_unlock(struct oriel_adapter *ad)
{
	pthread_mutex_unlock(&ad->control_mutex);
}

#define LOCKED(dev, call) \
	do { \
		struct oriel_adapter *ad_ = oriel_adapter(dev); \
		int ret_; \
\
		oriel_control_lock(ad_); \
		ret_ = call; \
		oriel_control_unlock(ad_); \
		return ret_; \
	} while (0)

int
oriel_control_dev_configure(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_dev_configure(dev));
}

int
oriel_control_dev_start(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_dev_start(dev));
}

int
oriel_control_dev_stop(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_dev_stop(dev));
}

int
oriel_control_dev_close(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return oriel_dev_close(dev);
	/* From here on no command of telemetry finds the port, and none is at it. */
	oriel_telemetry_remove(dev);
	oriel_control_lock(ad);
	memset(ad->shown_rxq, 0, sizeof(ad->shown_rxq));
	memset(ad->shown_txq, 0, sizeof(ad->shown_txq));
	ret = oriel_dev_close(dev);
	oriel_control_unlock(ad);
	return ret;
}

int
oriel_control_dev_reset(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_dev_reset(dev));
}

int
oriel_control_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	oriel_control_lock(ad);
	ret = oriel_dev_rx_queue_setup(dev, queue_id, nb_desc, socket_id, conf, mp);
	if (queue_id < ORIEL_NB_QUEUES)
		ad->shown_rxq[queue_id] = dev->data->rx_queues[queue_id];
	oriel_control_unlock(ad);
	return ret;
}

int
oriel_control_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	oriel_control_lock(ad);
	ret = oriel_dev_tx_queue_setup(dev, queue_id, nb_desc, socket_id, conf);
	if (queue_id < ORIEL_NB_QUEUES)
		ad->shown_txq[queue_id] = dev->data->tx_queues[queue_id];
	oriel_control_unlock(ad);
	return ret;
}

void
oriel_control_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	oriel_control_lock(ad);
	if (queue_id < ORIEL_NB_QUEUES)
		ad->shown_rxq[queue_id] = NULL;
	oriel_rx_queue_release(dev, queue_id);
	oriel_control_unlock(ad);
}

void
oriel_control_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	oriel_control_lock(ad);
	if (queue_id < ORIEL_NB_QUEUES)
		ad->shown_txq[queue_id] = NULL;
	oriel_tx_queue_release(dev, queue_id);
	oriel_control_unlock(ad);
}

int
oriel_control_set_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info)
{
	LOCKED(dev, oriel_set_eeprom(dev, info));
}

int
oriel_control_get_module_info(struct rte_eth_dev *dev, struct rte_eth_dev_module_info *info)
{
	LOCKED(dev, oriel_get_module_info(dev, info));
}

int
oriel_control_get_module_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info)
{
	LOCKED(dev, oriel_get_module_eeprom(dev, info));
}

int
oriel_control_led_on(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_led_on(dev));
}

int
oriel_control_led_off(struct rte_eth_dev *dev)
{
	LOCKED(dev, oriel_led_off(dev));
}
