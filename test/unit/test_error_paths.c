/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Error paths of the loaded plugin on the twin: each of its dev_ops is called with each kind of
 * argument that it cannot take, and must return a negative errno and change nothing - no
 * register that can be read without side effects, no byte of the adapter, of the queues and of
 * ethdev's data. Runs as `oriel-twin -- test_error_paths PLUGIN`.
 *
 * An op without a line here fails the test: add one to REFUSALS for each kind of argument, or,
 * if there is no argument that could be wrong, one to TAKES_ANYTHING that says why.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_log.h>
#include <rte_power_intrinsics.h>

#include "adapter.h"

#define PORT 0
#define NB_QUEUES 4
#define NB_DESC 64
#define NO_QUEUE NB_QUEUES
#define MAX_REGS 4096
#define MAX_XSTATS 512

/* When a call must be refused. */
#define STOPPED 1u
#define STARTED 2u
#define EITHER (STOPPED | STARTED)

/* Who refuses: ethdev before the driver is asked, or the driver, which then must say so. */
#define ETHDEV false
#define DRIVER true

static const uint8_t key[64];
static const struct rte_ether_addr zero, group = { { 1, 0, 0x5e, 0, 0, 1 } };
static const struct rte_ether_addr unicast = { { 2, 0, 0, 0, 0, 9 } };
static struct rte_mempool *pool, *small_pool;

/* ---- arguments that need more than an expression ---- */

enum conf_fault {
	CONF_RX_DCB,
	CONF_RX_VMDQ,
	CONF_TX_DCB,
	CONF_TX_VMDQ,
	CONF_LOOPBACK,
	CONF_SPEED,
	CONF_NO_FIXED_SPEED,
	CONF_TWO_FIXED_SPEEDS,
	CONF_RSS_TYPES,
	CONF_RSS_KEY,
};

/* dev_configure with one thing wrong; ethdev's own part of a configuration is put back. */
static int
configure(struct rte_eth_dev *dev, enum conf_fault fault)
{
	const struct rte_eth_conf before = dev->data->dev_conf;
	struct rte_eth_conf *conf = &dev->data->dev_conf;
	int ret;

	switch (fault) {
	case CONF_RX_DCB:
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_DCB;
		break;
	case CONF_RX_VMDQ:
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_VMDQ_RSS;
		break;
	case CONF_TX_DCB:
		conf->txmode.mq_mode = RTE_ETH_MQ_TX_DCB;
		break;
	case CONF_TX_VMDQ:
		conf->txmode.mq_mode = RTE_ETH_MQ_TX_VMDQ_ONLY;
		break;
	case CONF_LOOPBACK:
		conf->lpbk_mode = 2;
		break;
	case CONF_SPEED:
		conf->link_speeds = RTE_ETH_LINK_SPEED_10G;
		break;
	case CONF_NO_FIXED_SPEED:
		conf->link_speeds = RTE_ETH_LINK_SPEED_FIXED;
		break;
	case CONF_TWO_FIXED_SPEEDS:
		conf->link_speeds = RTE_ETH_LINK_SPEED_FIXED | RTE_ETH_LINK_SPEED_100M |
			RTE_ETH_LINK_SPEED_10M;
		break;
	case CONF_RSS_TYPES:
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf->rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_L2_PAYLOAD;
		break;
	case CONF_RSS_KEY:
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf->rx_adv_conf.rss_conf.rss_key = (uint8_t *)(uintptr_t)key;
		conf->rx_adv_conf.rss_conf.rss_key_len = 52;
		break;
	}
	ret = dev->dev_ops->dev_configure(dev);
	dev->data->dev_conf = before;
	return ret;
}

/* The whole way: what ethdev refuses before the driver is asked. */
static int
configure_offloads(uint64_t rx, uint64_t tx)
{
	struct rte_eth_conf conf = { .rxmode.offloads = rx, .txmode.offloads = tx };
	struct rte_eth_dev_data *data = rte_eth_devices[PORT].data;
	const uint8_t configured = data->dev_configured;
	int ret = rte_eth_dev_configure(PORT, NB_QUEUES, NB_QUEUES, &conf);

	/* ethdev's own: a port whose configuration fails is not configured. */
	data->dev_configured = configured;
	return ret;
}

static int
setup_rxq(struct rte_eth_dev *dev, uint16_t nb_desc, uint16_t free_thresh,
	struct rte_eth_thresh thresh, struct rte_mempool *mp)
{
	const struct rte_eth_rxconf conf = { .rx_thresh = thresh, .rx_free_thresh = free_thresh };

	return dev->dev_ops->rx_queue_setup(dev, 1, nb_desc, SOCKET_ID_ANY, &conf, mp);
}

static int
setup_txq(struct rte_eth_dev *dev, uint16_t nb_desc, uint16_t rs_thresh, uint16_t free_thresh,
	struct rte_eth_thresh thresh)
{
	const struct rte_eth_txconf conf = {
		.tx_thresh = thresh, .tx_rs_thresh = rs_thresh, .tx_free_thresh = free_thresh
	};

	return dev->dev_ops->tx_queue_setup(dev, 1, nb_desc, SOCKET_ID_ANY, &conf);
}

static int
mac_add(struct rte_eth_dev *dev, const struct rte_ether_addr *addr, uint32_t index, uint32_t vmdq)
{
	struct rte_ether_addr copy = *addr;

	return dev->dev_ops->mac_addr_add(dev, &copy, index, vmdq);
}

static int
mac_set(struct rte_eth_dev *dev, const struct rte_ether_addr *addr)
{
	struct rte_ether_addr copy = *addr;

	return dev->dev_ops->mac_addr_set(dev, &copy);
}

static int
remove_default_mac(void)
{
	struct rte_ether_addr mac;

	rte_eth_macaddr_get(PORT, &mac);
	return rte_eth_dev_mac_addr_remove(PORT, &mac);
}

static int
mc_list(struct rte_eth_dev *dev)
{
	struct rte_ether_addr list[2] = { group, unicast };

	return dev->dev_ops->set_mc_addr_list(dev, list, 2);
}

static int
rss_update(struct rte_eth_dev *dev, uint64_t types, uint8_t key_len)
{
	struct rte_eth_rss_conf conf = { .rss_hf = types,
		.rss_key = key_len == 0 ? NULL : (uint8_t *)(uintptr_t)key,
		.rss_key_len = key_len };

	return dev->dev_ops->rss_hash_update(dev, &conf);
}

static int
rss_get(struct rte_eth_dev *dev, uint8_t room)
{
	uint8_t mine[64];
	struct rte_eth_rss_conf conf = { .rss_key = mine, .rss_key_len = room };

	return dev->dev_ops->rss_hash_conf_get(dev, &conf);
}

static int
reta(struct rte_eth_dev *dev, bool update, uint16_t size, uint16_t queue)
{
	struct rte_eth_rss_reta_entry64 conf[8];

	memset(conf, 0, sizeof(conf));
	conf[1].mask = 1;
	conf[1].reta[0] = queue;
	return update ? dev->dev_ops->reta_update(dev, conf, size) :
			dev->dev_ops->reta_query(dev, conf, size);
}

static int
xstats_by_id(struct rte_eth_dev *dev, bool names)
{
	struct rte_eth_xstat_name name[2];
	uint64_t ids[2] = { 0, UINT32_MAX }, values[2];

	return names ? dev->dev_ops->xstats_get_names_by_id(dev, ids, name, 2) :
		       dev->dev_ops->xstats_get_by_id(dev, ids, values, 2);
}

static int
regs(struct rte_eth_dev *dev, uint32_t offset, uint32_t length)
{
	static uint32_t data[MAX_REGS];
	struct rte_dev_reg_info info = { .data = data, .offset = offset, .length = length };

	return dev->dev_ops->get_reg(dev, &info);
}

static int
eeprom(struct rte_eth_dev *dev, bool set, uint32_t offset, uint32_t length, uint32_t magic)
{
	uint8_t data[64] = { 0 };
	struct rte_dev_eeprom_info info = {
		.data = data, .offset = offset, .length = length, .magic = magic
	};

	return set ? dev->dev_ops->set_eeprom(dev, &info) : dev->dev_ops->get_eeprom(dev, &info);
}
#define MAGIC 0x10c98086u

static int
queue_info(bool rx)
{
	struct rte_eth_rxq_info rxq;
	struct rte_eth_txq_info txq;

	return rx ? rte_eth_rx_queue_info_get(PORT, NO_QUEUE, &rxq) :
		    rte_eth_tx_queue_info_get(PORT, NO_QUEUE, &txq);
}

static int
burst_mode(bool rx)
{
	struct rte_eth_burst_mode mode;

	return rx ? rte_eth_rx_burst_mode_get(PORT, NO_QUEUE, &mode) :
		    rte_eth_tx_burst_mode_get(PORT, NO_QUEUE, &mode);
}

static int
monitor_addr(uint16_t queue)
{
	struct rte_power_monitor_cond cond;

	return rte_eth_get_monitor_addr(PORT, queue, &cond);
}

static int
dump(struct rte_eth_dev *dev, bool rx, uint16_t offset, uint16_t num)
{
	return rx ? dev->dev_ops->eth_rx_descriptor_dump(dev, 0, offset, num, stderr) :
		    dev->dev_ops->eth_tx_descriptor_dump(dev, 0, offset, num, stderr);
}

/* Returns nothing: that it changes nothing, and says so, is what counts. */
static int
strip_queue(struct rte_eth_dev *dev, uint16_t queue)
{
	dev->dev_ops->vlan_strip_queue_set(dev, queue, 1);
	return -EINVAL;
}

static struct timespec stamp;
static uint64_t ticks;
static struct rte_eth_dev_module_info module;
static struct rte_dev_eeprom_info module_bytes;

static int
flow_ctrl(struct rte_eth_dev *dev, struct rte_eth_fc_conf conf)
{
	return dev->dev_ops->flow_ctrl_set(dev, &conf);
}

static int
priority_flow_ctrl(struct rte_eth_dev *dev)
{
	struct rte_eth_pfc_conf conf = { .priority = 3 };

	return dev->dev_ops->priority_flow_ctrl_set(dev, &conf);
}

#define THRESH(p, h) ((struct rte_eth_thresh){ .pthresh = (p), .hthresh = (h), .wthresh = 1 })
#define FINE THRESH(8, 8)

/* X(op, name of the case, when it is refused, by whom, the call) */
#define REFUSALS(X) \
	X(dev_configure, rx_dcb, STOPPED, DRIVER, configure(dev, CONF_RX_DCB)) \
	X(dev_configure, rx_vmdq, STOPPED, DRIVER, configure(dev, CONF_RX_VMDQ)) \
	X(dev_configure, tx_dcb, STOPPED, DRIVER, configure(dev, CONF_TX_DCB)) \
	X(dev_configure, tx_vmdq, STOPPED, DRIVER, configure(dev, CONF_TX_VMDQ)) \
	X(dev_configure, loopback, STOPPED, DRIVER, configure(dev, CONF_LOOPBACK)) \
	X(dev_configure, speed, STOPPED, DRIVER, configure(dev, CONF_SPEED)) \
	X(dev_configure, no_speed, STOPPED, DRIVER, configure(dev, CONF_NO_FIXED_SPEED)) \
	X(dev_configure, two_speeds, STOPPED, DRIVER, configure(dev, CONF_TWO_FIXED_SPEEDS)) \
	X(dev_configure, rss_types, STOPPED, DRIVER, configure(dev, CONF_RSS_TYPES)) \
	X(dev_configure, rss_key, STOPPED, DRIVER, configure(dev, CONF_RSS_KEY)) \
	X(dev_configure, lro, STOPPED, ETHDEV, configure_offloads(RTE_ETH_RX_OFFLOAD_TCP_LRO, 0)) \
	X(dev_configure, all_stamps, STOPPED, ETHDEV, \
		configure_offloads(RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0)) \
	X(dev_configure, timed_send, STOPPED, ETHDEV, \
		configure_offloads(0, RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP)) \
	X(dev_configure, outer_sums, STOPPED, ETHDEV, \
		configure_offloads(0, RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM)) \
	X(dev_configure, running, STARTED, ETHDEV, configure_offloads(0, 0)) \
	X(dev_reset, running, STARTED, DRIVER, ops->dev_reset(dev)) \
	X(mac_addr_remove, default_address, EITHER, ETHDEV, remove_default_mac()) \
	X(mac_addr_add, pool, EITHER, DRIVER, mac_add(dev, &unicast, 1, 1)) \
	X(mac_addr_add, beyond_table, EITHER, DRIVER, mac_add(dev, &unicast, ORIEL_NB_RAR, 0)) \
	X(mac_addr_add, group, EITHER, DRIVER, mac_add(dev, &group, 1, 0)) \
	X(mac_addr_add, zero, EITHER, DRIVER, mac_add(dev, &zero, 1, 0)) \
	X(mac_addr_set, group, EITHER, DRIVER, mac_set(dev, &group)) \
	X(mac_addr_set, zero, EITHER, DRIVER, mac_set(dev, &zero)) \
	X(set_mc_addr_list, unicast, EITHER, DRIVER, mc_list(dev)) \
	X(mtu_set, zero, EITHER, DRIVER, ops->mtu_set(dev, 0)) \
	X(mtu_set, small, EITHER, DRIVER, ops->mtu_set(dev, ORIEL_MIN_MTU - 1)) \
	X(mtu_set, large, EITHER, DRIVER, ops->mtu_set(dev, ORIEL_MAX_MTU + 1)) \
	X(mtu_set, largest, EITHER, DRIVER, ops->mtu_set(dev, UINT16_MAX)) \
	X(mtu_set, beyond_buffers, STARTED, DRIVER, ops->mtu_set(dev, 4000)) \
	X(stats_get, no_room, EITHER, ETHDEV, rte_eth_stats_get(PORT, NULL)) \
	X(xstats_get_by_id, no_such_id, EITHER, DRIVER, xstats_by_id(dev, false)) \
	X(xstats_get_names_by_id, no_such_id, EITHER, DRIVER, xstats_by_id(dev, true)) \
	X(dev_infos_get, no_room, EITHER, ETHDEV, rte_eth_dev_info_get(PORT, NULL)) \
	X(rxq_info_get, no_queue, EITHER, ETHDEV, queue_info(true)) \
	X(txq_info_get, no_queue, EITHER, ETHDEV, queue_info(false)) \
	X(rx_burst_mode_get, no_queue, EITHER, ETHDEV, burst_mode(true)) \
	X(tx_burst_mode_get, no_queue, EITHER, ETHDEV, burst_mode(false)) \
	X(fw_version_get, no_room, EITHER, ETHDEV, rte_eth_dev_fw_version_get(PORT, NULL, 9)) \
	X(dev_supported_ptypes_get, no_room, EITHER, ETHDEV, \
		rte_eth_dev_get_supported_ptypes(PORT, RTE_PTYPE_ALL_MASK, NULL, 9)) \
	X(vlan_filter_set, id, EITHER, DRIVER, ops->vlan_filter_set(dev, 4096, 1)) \
	X(vlan_filter_set, largest_id, EITHER, DRIVER, ops->vlan_filter_set(dev, UINT16_MAX, 0)) \
	X(vlan_filter_set, filter_off, EITHER, ETHDEV, rte_eth_dev_vlan_filter(PORT, 7, 1)) \
	X(vlan_tpid_set, no_tpid, EITHER, DRIVER, \
		ops->vlan_tpid_set(dev, RTE_ETH_VLAN_TYPE_OUTER, 0)) \
	X(vlan_tpid_set, no_type, EITHER, DRIVER, \
		ops->vlan_tpid_set(dev, RTE_ETH_VLAN_TYPE_UNKNOWN, 0x8100)) \
	X(vlan_offload_set, qinq, EITHER, ETHDEV, \
		rte_eth_dev_set_vlan_offload(PORT, RTE_ETH_QINQ_STRIP_OFFLOAD)) \
	X(rx_queue_start, no_queue, EITHER, ETHDEV, rte_eth_dev_rx_queue_start(PORT, NO_QUEUE)) \
	X(rx_queue_start, stopped_port, STOPPED, ETHDEV, rte_eth_dev_rx_queue_start(PORT, 0)) \
	X(rx_queue_start, full_ring, STARTED, DRIVER, ops->rx_queue_start(dev, 0)) \
	X(rx_queue_stop, no_queue, EITHER, ETHDEV, rte_eth_dev_rx_queue_stop(PORT, NO_QUEUE)) \
	X(tx_queue_start, no_queue, EITHER, ETHDEV, rte_eth_dev_tx_queue_start(PORT, NO_QUEUE)) \
	X(tx_queue_start, stopped_port, STOPPED, ETHDEV, rte_eth_dev_tx_queue_start(PORT, 0)) \
	X(tx_queue_stop, no_queue, EITHER, ETHDEV, rte_eth_dev_tx_queue_stop(PORT, NO_QUEUE)) \
	X(rx_queue_setup, no_desc, STOPPED, DRIVER, setup_rxq(dev, 0, 0, FINE, pool)) \
	X(rx_queue_setup, few_desc, STOPPED, DRIVER, setup_rxq(dev, 24, 0, FINE, pool)) \
	X(rx_queue_setup, odd_desc, STOPPED, DRIVER, setup_rxq(dev, 100, 0, FINE, pool)) \
	X(rx_queue_setup, many_desc, STOPPED, DRIVER, setup_rxq(dev, 4104, 0, FINE, pool)) \
	X(rx_queue_setup, free_thresh, STOPPED, DRIVER, setup_rxq(dev, 64, 64, FINE, pool)) \
	X(rx_queue_setup, pthresh, STOPPED, DRIVER, setup_rxq(dev, 64, 0, THRESH(32, 8), pool)) \
	X(rx_queue_setup, hthresh, STOPPED, DRIVER, setup_rxq(dev, 64, 0, THRESH(8, 32), pool)) \
	X(rx_queue_setup, small_bufs, STOPPED, DRIVER, setup_rxq(dev, 64, 0, FINE, small_pool)) \
	X(rx_queue_setup, no_queue, EITHER, ETHDEV, \
		rte_eth_rx_queue_setup(PORT, NO_QUEUE, 64, SOCKET_ID_ANY, NULL, pool)) \
	X(tx_queue_setup, no_desc, STOPPED, DRIVER, setup_txq(dev, 0, 0, 0, FINE)) \
	X(tx_queue_setup, few_desc, STOPPED, DRIVER, setup_txq(dev, 24, 0, 0, FINE)) \
	X(tx_queue_setup, odd_desc, STOPPED, DRIVER, setup_txq(dev, 100, 0, 0, FINE)) \
	X(tx_queue_setup, many_desc, STOPPED, DRIVER, setup_txq(dev, 4104, 0, 0, FINE)) \
	X(tx_queue_setup, rs_thresh, STOPPED, DRIVER, setup_txq(dev, 64, 33, 0, FINE)) \
	X(tx_queue_setup, free_thresh, STOPPED, DRIVER, setup_txq(dev, 64, 0, 64, FINE)) \
	X(tx_queue_setup, hthresh, STOPPED, DRIVER, setup_txq(dev, 64, 0, 0, THRESH(8, 32))) \
	X(tx_queue_setup, no_queue, EITHER, ETHDEV, \
		rte_eth_tx_queue_setup(PORT, NO_QUEUE, 64, SOCKET_ID_ANY, NULL)) \
	X(rx_queue_intr_enable, none, EITHER, DRIVER, ops->rx_queue_intr_enable(dev, 0)) \
	X(rx_queue_intr_disable, none, EITHER, DRIVER, ops->rx_queue_intr_disable(dev, 0)) \
	X(tx_done_cleanup, no_queue, EITHER, ETHDEV, rte_eth_tx_done_cleanup(PORT, NO_QUEUE, 0)) \
	X(rss_hash_update, types, EITHER, DRIVER, rss_update(dev, RTE_ETH_RSS_L2_PAYLOAD, 0)) \
	X(rss_hash_update, short_key, EITHER, DRIVER, rss_update(dev, RTE_ETH_RSS_IPV4, 39)) \
	X(rss_hash_update, long_key, EITHER, DRIVER, rss_update(dev, RTE_ETH_RSS_IPV4, 41)) \
	X(rss_hash_conf_get, little_room, EITHER, DRIVER, rss_get(dev, 39)) \
	X(reta_update, short_table, EITHER, DRIVER, reta(dev, true, 64, 0)) \
	X(reta_update, long_table, EITHER, DRIVER, reta(dev, true, 256, 0)) \
	X(reta_update, no_queue, EITHER, DRIVER, reta(dev, true, ORIEL_NB_RETA, NO_QUEUE)) \
	X(reta_query, short_table, EITHER, DRIVER, reta(dev, false, 64, 0)) \
	X(reta_query, long_table, EITHER, DRIVER, reta(dev, false, 512, 0)) \
	X(get_reg, offset, EITHER, DRIVER, regs(dev, 1, MAX_REGS)) \
	X(get_reg, little_room, EITHER, DRIVER, regs(dev, 0, 1)) \
	X(get_eeprom, no_bytes, EITHER, DRIVER, eeprom(dev, false, 0, 0, MAGIC)) \
	X(get_eeprom, beyond, EITHER, DRIVER, eeprom(dev, false, 1u << 20, 2, MAGIC)) \
	X(get_eeprom, wraps, EITHER, DRIVER, eeprom(dev, false, UINT32_MAX, 2, MAGIC)) \
	X(set_eeprom, magic, EITHER, DRIVER, eeprom(dev, true, 64, 2, MAGIC ^ 1)) \
	X(set_eeprom, no_bytes, EITHER, DRIVER, eeprom(dev, true, 0, 0, MAGIC)) \
	X(set_eeprom, beyond, EITHER, DRIVER, eeprom(dev, true, 1u << 20, 2, MAGIC)) \
	X(set_eeprom, wraps, EITHER, DRIVER, eeprom(dev, true, UINT32_MAX, 2, MAGIC)) \
	X(eth_rx_descriptor_dump, beyond, EITHER, DRIVER, dump(dev, true, 1, NB_DESC)) \
	X(eth_rx_descriptor_dump, no_offset, EITHER, DRIVER, dump(dev, true, NB_DESC, 1)) \
	X(eth_rx_descriptor_dump, wraps, EITHER, DRIVER, dump(dev, true, 2, UINT16_MAX)) \
	X(eth_rx_descriptor_dump, no_queue, EITHER, ETHDEV, \
		rte_eth_rx_descriptor_dump(PORT, NO_QUEUE, 0, 1, stderr)) \
	X(eth_tx_descriptor_dump, beyond, EITHER, DRIVER, dump(dev, false, 1, NB_DESC)) \
	X(eth_tx_descriptor_dump, no_offset, EITHER, DRIVER, dump(dev, false, NB_DESC, 1)) \
	X(eth_tx_descriptor_dump, wraps, EITHER, DRIVER, dump(dev, false, 2, UINT16_MAX)) \
	X(eth_tx_descriptor_dump, no_queue, EITHER, ETHDEV, \
		rte_eth_tx_descriptor_dump(PORT, NO_QUEUE, 0, 1, stderr)) \
	X(get_module_info, copper, EITHER, DRIVER, ops->get_module_info(dev, &module)) \
	X(get_module_eeprom, copper, EITHER, DRIVER, ops->get_module_eeprom(dev, &module_bytes)) \
	X(flow_ctrl_set, mode, EITHER, DRIVER, \
		flow_ctrl(dev, (struct rte_eth_fc_conf){ .mode = RTE_ETH_FC_FULL + 1 })) \
	X(flow_ctrl_set, autoneg, EITHER, DRIVER, \
		flow_ctrl(dev, (struct rte_eth_fc_conf){ .autoneg = 2 })) \
	X(flow_ctrl_set, xon, EITHER, DRIVER, \
		flow_ctrl(dev, (struct rte_eth_fc_conf){ .send_xon = 2 })) \
	X(flow_ctrl_set, forward, EITHER, DRIVER, \
		flow_ctrl(dev, (struct rte_eth_fc_conf){ .mac_ctrl_frame_fwd = 2 })) \
	X(flow_ctrl_set, marks, EITHER, DRIVER, \
		flow_ctrl(dev, (struct rte_eth_fc_conf){ .high_water = 4096, .low_water = 8192 })) \
	X(flow_ctrl_set, high, EITHER, DRIVER, \
		flow_ctrl(dev, \
			(struct rte_eth_fc_conf){ .high_water = UINT32_MAX, .low_water = 8192 })) \
	X(flow_ctrl_get, no_room, EITHER, ETHDEV, rte_eth_dev_flow_ctrl_get(PORT, NULL)) \
	X(priority_flow_ctrl_set, any, EITHER, DRIVER, priority_flow_ctrl(dev)) \
	X(set_queue_rate_limit, no_queue, EITHER, DRIVER, \
		ops->set_queue_rate_limit(dev, NO_QUEUE, 100)) \
	X(set_queue_rate_limit, rate, EITHER, DRIVER, \
		ops->set_queue_rate_limit(dev, 0, UINT16_MAX)) \
	X(timesync_read_rx_timestamp, off, EITHER, DRIVER, \
		ops->timesync_read_rx_timestamp(dev, &stamp, 0)) \
	X(timesync_read_rx_timestamp, no_register, EITHER, DRIVER, \
		ops->timesync_read_rx_timestamp(dev, &stamp, 1)) \
	X(timesync_read_tx_timestamp, off, EITHER, DRIVER, \
		ops->timesync_read_tx_timestamp(dev, &stamp)) \
	X(timesync_adjust_time, off, EITHER, DRIVER, ops->timesync_adjust_time(dev, 1)) \
	X(timesync_read_time, off, EITHER, DRIVER, ops->timesync_read_time(dev, &stamp)) \
	X(timesync_write_time, off, EITHER, DRIVER, ops->timesync_write_time(dev, &stamp)) \
	X(read_clock, off, EITHER, DRIVER, ops->read_clock(dev, &ticks)) \
	X(vlan_strip_queue_set, no_queue, EITHER, ETHDEV, \
		rte_eth_dev_set_vlan_strip_on_queue(PORT, NO_QUEUE, 1)) \
	X(vlan_strip_queue_set, no_queue_here, EITHER, DRIVER, strip_queue(dev, NO_QUEUE)) \
	X(get_monitor_addr, no_queue, EITHER, ETHDEV, monitor_addr(NO_QUEUE))

#if ORIEL_HAS_RECYCLE
#define RECYCLE(X) X(recycle_rxq_info_get, "returns nothing; ethdev gives queues that there are")
#else
#define RECYCLE(X)
#endif

/* X(op, why there is nothing to refuse) */
#define TAKES_ANYTHING(X) \
	RECYCLE(X) \
	X(dev_start, "no argument; what it refuses, queues that are not set up: test_errors.py") \
	X(dev_stop, "no argument") \
	X(dev_close, "no argument") \
	X(dev_set_link_up, "no argument") \
	X(dev_set_link_down, "no argument") \
	X(link_update, "whether to wait: any int") \
	X(is_removed, "no argument") \
	X(promiscuous_enable, "no argument") \
	X(promiscuous_disable, "no argument") \
	X(allmulticast_enable, "no argument") \
	X(allmulticast_disable, "no argument") \
	X(stats_reset, "no argument") \
	X(xstats_reset, "no argument") \
	X(xstats_get, "too little room: how much it takes is the answer, not an error") \
	X(xstats_get_names, "too little room: how much it takes is the answer, not an error") \
	X(rx_queue_release, "returns nothing; ethdev gives queues that there are") \
	X(tx_queue_release, "returns nothing; ethdev gives queues that there are") \
	X(dev_led_on, "no argument") \
	X(dev_led_off, "no argument") \
	X(get_eeprom_length, "no argument") \
	X(timesync_enable, "no argument") \
	X(timesync_disable, "no argument") \
	X(flow_ops_get, "no argument; rules have errors of their own, and tests of those") \
	X(buffer_split_supported_hdr_ptypes_get, "no argument")

#define X(op, what, when, by, call) \
	static int refuse_##op##_##what(struct rte_eth_dev *dev, const struct eth_dev_ops *ops) \
	{ \
		RTE_SET_USED(dev); \
		RTE_SET_USED(ops); \
		return call; \
	}
REFUSALS(X)
#undef X

static const struct refusal {
	const char *name;
	size_t op; /* offset in eth_dev_ops */
	unsigned int when;
	bool says;
	int (*call)(struct rte_eth_dev *dev, const struct eth_dev_ops *ops);
} refusals[] = {
#define X(op, what, when, by, call) \
	{ #op ": " #what, offsetof(struct eth_dev_ops, op), when, by, refuse_##op##_##what },
	REFUSALS(X)
#undef X
};

static const struct {
	const char *name, *why;
	size_t op;
} takes_anything[] = {
#define X(op, why) { #op, why, offsetof(struct eth_dev_ops, op) },
	TAKES_ANYTHING(X)
#undef X
};

/* ---- what must not change ---- */

struct snapshot {
	uint32_t regs[MAX_REGS];
	struct rte_eth_stats stats;
	struct rte_eth_xstat xstats[MAX_XSTATS];
	struct rte_eth_dev_info info;
	struct oriel_adapter adapter;
	struct rte_eth_dev_data data;
	struct rte_ether_addr macs[ORIEL_NB_RAR];
	struct oriel_rxq rxq[NB_QUEUES];
	struct oriel_txq txq[NB_QUEUES];
};

static struct snapshot before, after;
static uint32_t nb_regs;
static bool moves[MAX_REGS]; /* registers that change by themselves */
static bool started;
static char *said;
static size_t said_len;

static void
take(struct rte_eth_dev *dev, struct snapshot *s)
{
	struct rte_dev_reg_info regs_info = { .data = s->regs, .length = MAX_REGS };
	unsigned int i;

	memset(s, 0, sizeof(*s));
	assert_int_equal(rte_eth_dev_get_reg_info(PORT, &regs_info), 0);
	nb_regs = regs_info.length;
	for (i = 0; i < nb_regs; i++)
		if (moves[i])
			s->regs[i] = 0;
	assert_int_equal(rte_eth_stats_get(PORT, &s->stats), 0);
	assert_in_range(rte_eth_xstats_get(PORT, s->xstats, MAX_XSTATS), 1, MAX_XSTATS);
	assert_int_equal(rte_eth_dev_info_get(PORT, &s->info), 0);
	s->adapter = *oriel_adapter(dev);
	s->data = *dev->data;
	memcpy(s->macs, dev->data->mac_addrs, sizeof(s->macs));
	for (i = 0; i < NB_QUEUES; i++) {
		s->rxq[i] = *(struct oriel_rxq *)dev->data->rx_queues[i];
		s->txq[i] = *(struct oriel_txq *)dev->data->tx_queues[i];
	}
}

/* Counters that count refusals are meant to change. */
static void
forget_refusals(struct snapshot *s)
{
	struct rte_eth_xstat_name names[MAX_XSTATS];
	int i, n = rte_eth_xstats_get_names(PORT, names, MAX_XSTATS);

	s->adapter.refused = 0;
	for (i = 0; i < n; i++)
		if (strstr(names[i].name, "refused") != NULL)
			s->xstats[i].value = 0;
}

#define assert_same(name, part) \
	do { \
		if (memcmp(&before.part, &after.part, sizeof(before.part)) != 0) \
			fail_msg("%s (%s): " #part " has changed", name, \
				started ? "started" : "stopped"); \
	} while (0)

static void
compare(const char *name)
{
	unsigned int i;

	forget_refusals(&before);
	forget_refusals(&after);
	for (i = 0; i < nb_regs; i++)
		if (before.regs[i] != after.regs[i])
			fail_msg("%s (%s): register %u of the dump: %#x is now %#x", name,
				started ? "started" : "stopped", i, before.regs[i], after.regs[i]);
	assert_same(name, stats);
	assert_same(name, xstats);
	assert_same(name, info);
	assert_same(name, adapter);
	assert_same(name, data);
	assert_same(name, macs);
	assert_same(name, rxq);
	assert_same(name, txq);
}

/* ---- tests ---- */

static int
set_up_port(enum rte_eth_rx_mq_mode mode)
{
	struct rte_eth_conf conf = { .rxmode.mq_mode = mode };
	uint16_t i;

	if (mode == RTE_ETH_MQ_RX_RSS)
		conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IPV4;
	if (rte_eth_dev_configure(PORT, NB_QUEUES, NB_QUEUES, &conf) != 0)
		return -1;
	for (i = 0; i < NB_QUEUES; i++)
		if (rte_eth_rx_queue_setup(PORT, i, NB_DESC, SOCKET_ID_ANY, NULL, pool) != 0 ||
			rte_eth_tx_queue_setup(PORT, i, NB_DESC, SOCKET_ID_ANY, NULL) != 0)
			return -1;
	return 0;
}

/* Whether the driver has an op; lines of those that it lacks are passed over. */
static bool
is_there(size_t op)
{
	const void *fn;

	memcpy(&fn, (const char *)rte_eth_devices[PORT].dev_ops + op, sizeof(fn));
	return fn != NULL;
}

/* Every op is in one of the tables. */
static void
test_every_op(void **state)
{
	bool listed[sizeof(struct eth_dev_ops) / sizeof(void *)] = { false };
	bool anything[RTE_DIM(listed)] = { false };
	unsigned int i;

	(void)state;
	assert_int_equal(sizeof(struct eth_dev_ops) % sizeof(void *), 0);
	for (i = 0; i < RTE_DIM(refusals); i++)
		listed[refusals[i].op / sizeof(void *)] = true;
	for (i = 0; i < RTE_DIM(takes_anything); i++) {
		assert_true(strlen(takes_anything[i].why) > 0);
		if (listed[takes_anything[i].op / sizeof(void *)])
			fail_msg("%s is in both tables", takes_anything[i].name);
		anything[takes_anything[i].op / sizeof(void *)] = true;
	}
	for (i = 0; i < RTE_DIM(listed); i++) {
		if (is_there(i * sizeof(void *)) && !listed[i] && !anything[i])
			fail_msg("the op at offset %zu of struct eth_dev_ops has no line here",
				i * sizeof(void *));
	}
}

/* All that must be refused now; only: of ops of that name, NULL for all. */
static void
refuse_all(unsigned int when, const char *only)
{
	struct rte_eth_dev *dev = &rte_eth_devices[PORT];
	unsigned int i, n = 0;
	FILE *stream;
	int ret;

	started = when == STARTED;
	take(dev, &before);
	for (i = 0; i < RTE_DIM(refusals); i++) {
		const struct refusal *r = &refusals[i];

		if ((r->when & when) == 0 || !is_there(r->op) ||
			(only != NULL && strncmp(r->name, only, strlen(only)) != 0))
			continue;
		free(said);
		said = NULL;
		stream = open_memstream(&said, &said_len);
		assert_non_null(stream);
		rte_openlog_stream(stream);
		ret = r->call(dev, dev->dev_ops);
		rte_openlog_stream(NULL);
		fclose(stream);
		take(dev, &after);
		if (ret >= 0)
			fail_msg("%s: returns %d", r->name, ret);
		if (r->says && strstr(said, "oriel: port 0") == NULL)
			fail_msg("%s: the log does not name the port: '%s'", r->name, said);
		compare(r->name);
		before = after;
		n++;
	}
	print_message("# %u refusals, %u registers compared each time\n", n, nb_regs);
	assert_true(n > (only != NULL ? 5 : RTE_DIM(refusals) / 2));
}

static void
test_refused(void **state)
{
	(void)state;
	/* Without RSS first, which some of what is refused would switch on. */
	assert_int_equal(set_up_port(RTE_ETH_MQ_RX_NONE), 0);
	refuse_all(STOPPED, "dev_configure");
	assert_int_equal(set_up_port(RTE_ETH_MQ_RX_RSS), 0);
	refuse_all(STOPPED, NULL);
	assert_int_equal(rte_eth_dev_start(PORT), 0);
	/* Until the link is up and has been seen. */
	for (int i = 0; i < 1000; i++) {
		struct rte_eth_link link;

		assert_int_equal(rte_eth_link_get_nowait(PORT, &link), 0);
		if (link.link_status == RTE_ETH_LINK_UP)
			break;
		usleep(10000);
	}
	refuse_all(STARTED, NULL);
	assert_int_equal(rte_eth_dev_stop(PORT), 0);
}

/* The comparison sees what it must see. */
static void
test_changes_are_seen(void **state)
{
	struct rte_eth_dev *dev = &rte_eth_devices[PORT];
	uint16_t mtu = dev->data->mtu;

	(void)state;
	take(dev, &before);
	take(dev, &after);
	compare("nothing");
	assert_int_equal(rte_eth_dev_set_mtu(PORT, mtu - 100), 0);
	take(dev, &after);
	assert_memory_not_equal(&before.adapter, &after.adapter, sizeof(before.adapter));
	assert_memory_not_equal(&before.data, &after.data, sizeof(before.data));
	assert_int_equal(rte_eth_dev_set_mtu(PORT, mtu), 0);
	assert_int_equal(rte_eth_dev_start(PORT), 0);
	take(dev, &before);
	assert_int_equal(rte_eth_allmulticast_enable(PORT), 0);
	take(dev, &after);
	assert_memory_not_equal(before.regs, after.regs, sizeof(before.regs));
	assert_int_equal(rte_eth_allmulticast_disable(PORT), 0);
	assert_int_equal(rte_eth_dev_stop(PORT), 0);
}

static int
set_up(void **state)
{
	struct rte_eth_dev *dev = &rte_eth_devices[PORT];
	unsigned int i, j;

	(void)state;
	pool = rte_pktmbuf_pool_create("pool", 1023, 0, 0, 2048 + RTE_PKTMBUF_HEADROOM, 0);
	small_pool = rte_pktmbuf_pool_create("small", 31, 0, 0, 512, 0);
	if (pool == NULL || small_pool == NULL || rte_eth_dev_count_avail() != 1)
		return -1;
	if (set_up_port(RTE_ETH_MQ_RX_RSS) != 0)
		return -1;
	take(dev, &before);
	for (j = 0; j < 5; j++) {
		usleep(2000);
		take(dev, &after);
		for (i = 0; i < nb_regs; i++)
			if (before.regs[i] != after.regs[i])
				moves[i] = true;
	}
	for (i = 0, j = 0; i < nb_regs; i++)
		j += moves[i];
	/* The free-running timer and the clock, and few others. */
	return j < 8 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_op),
		cmocka_unit_test(test_changes_are_seen),
		cmocka_unit_test(test_refused),
	};
	/* No watch: what it counts and sees would change by itself. */
	const char *args[] = { argv[0], "-d", argc > 1 ? argv[1] : "", "-a",
		"0000:01:00.0,watch_ms=0", "--no-huge", "--no-shconf", "--no-telemetry",
		"--iova-mode=va", "-m", "128", "-l", "0", "--log-level=lib.*:error",
		"--log-level=pmd.net.oriel.*:notice", NULL };
	char *eal[RTE_DIM(args)];
	int failed;

	for (size_t i = 0; i < RTE_DIM(args); i++)
		eal[i] = (char *)(uintptr_t)args[i];
	if (rte_eal_init(RTE_DIM(args) - 1, eal) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, set_up, NULL);
	rte_eth_dev_close(PORT);
	rte_mempool_free(pool);
	rte_mempool_free(small_pool);
	rte_eal_cleanup();
	free(said);
	return failed;
}
