/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The physical function: PCI ids, dev_ops, hw_ops by register, probe and remove. */

#include <rte_malloc.h>

#include "control.h"
#include "devargs.h"
#include "eeprom.h"
#include "ethdev.h"
#include "fc.h"
#include "filter.h"
#include "flow.h"
#include "flow_hw.h"
#include "hw.h"
#include "intr.h"
#include "link.h"
#include "log.h"
#include "nvm.h"
#include "path.h"
#include "phy.h"
#include "rate.h"
#include "ptp.h"
#include "recycle.h"
#include "regdump.h"
#include "rss.h"
#include "stats.h"
#include "telemetry.h"

#define VENDOR_INTEL 0x8086

static const struct rte_pci_id pf_ids[] = {
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x10c9) }, /* 82576, copper */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x10e6) }, /* fibre */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x10e7) }, /* SerDes */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x10e8) }, /* copper, quad board */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x150a) }, /* NS: no MACsec and IPsec */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x150d) }, /* SerDes, quad board */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x1518) }, /* NS SerDes */
	{ RTE_PCI_DEVICE(VENDOR_INTEL, 0x1526) }, /* copper, quad board, second layout */
	{ .vendor_id = 0 },
};

/* What a reset takes away: an alternate address, the clock. */
static int
pf_after_reset(struct oriel_adapter *ad, int ret)
{
	if (ret == 0)
		ret = oriel_filter_mac_set(ad, 0, &ad->perm_addr);
	if (ret == 0)
		oriel_ptp_after_reset(ad);
	return ret;
}

static int
pf_reset(struct oriel_adapter *ad)
{
	oriel_ptp_before_reset(ad);
	return pf_after_reset(ad, oriel_hw_reset(ad));
}

static int
pf_recover(struct oriel_adapter *ad)
{
	oriel_ptp_before_reset(ad);
	return pf_after_reset(ad, oriel_hw_recover(ad));
}

static void
pf_release(struct oriel_adapter *ad)
{
	oriel_ptp_close(ad);
	oriel_hw_release(ad);
}

/* What only a PF has is set up with the rest. */
static int
pf_rxtx_setup(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret = oriel_filter_rxtx_setup(dev);

	if (ret == 0)
		ret = oriel_fc_setup(ad);
	return ret == 0 ? oriel_rate_setup(ad) : ret;
}

static const struct oriel_hw_ops pf_hw_ops = {
	.reset = pf_reset,
	.rxtx_setup = pf_rxtx_setup,
	.release = pf_release,
	.rxtx_set = oriel_hw_rxtx_set,
	.link_start = oriel_link_start,
	.link_stop = oriel_link_stop,
	.link_get = oriel_link_get,
	.mac_set = oriel_filter_mac_set,
	.rx_mode_set = oriel_filter_rx_mode_set,
	.vlan_filter_set = oriel_filter_vlan_set,
	.max_frame_set = oriel_filter_max_frame_set,
	.rss_set = oriel_rss_set,
	.reta_set = oriel_reta_set,
	.flow_set = oriel_flow_hw_set,
	.stats_read = oriel_stats_read,
	.intr_setup = oriel_intr_setup,
	.intr_set = oriel_intr_set,
	.intr_cause = oriel_intr_cause,
	.intr_trigger = oriel_intr_trigger,
	.intr_rearm = oriel_intr_rearm,
	.intr_rxq_set = oriel_intr_rxq_set,
	.recover = pf_recover,
	.forgot = oriel_hw_forgot,
	.tx_paused = oriel_hw_tx_paused,
};

/* One for all ports: it holds no state. */
static struct oriel_process pf_process = { .hw = &pf_hw_ops };

static const struct eth_dev_ops pf_dev_ops = {
	.dev_configure = oriel_control_dev_configure,
	.dev_start = oriel_control_dev_start,
	.dev_stop = oriel_control_dev_stop,
	.dev_set_link_up = oriel_link_set_up,
	.dev_set_link_down = oriel_link_set_down,
	.dev_close = oriel_control_dev_close,
	.dev_reset = oriel_control_dev_reset,
	.link_update = oriel_link_update,
	.is_removed = oriel_dev_is_removed,
	.promiscuous_enable = oriel_promiscuous_enable,
	.promiscuous_disable = oriel_promiscuous_disable,
	.allmulticast_enable = oriel_allmulticast_enable,
	.allmulticast_disable = oriel_allmulticast_disable,
	.mac_addr_remove = oriel_mac_addr_remove,
	.mac_addr_add = oriel_mac_addr_add,
	.mac_addr_set = oriel_mac_addr_set,
	.set_mc_addr_list = oriel_set_mc_addr_list,
	.mtu_set = oriel_mtu_set,
	.stats_get = oriel_stats_get,
	.stats_reset = oriel_stats_reset,
	.xstats_get = oriel_xstats_get,
	.xstats_reset = oriel_stats_reset,
	.xstats_get_names = oriel_xstats_get_names,
	.xstats_get_by_id = oriel_xstats_get_by_id,
	.xstats_get_names_by_id = oriel_xstats_get_names_by_id,
	.dev_infos_get = oriel_dev_infos_get,
	.rxq_info_get = oriel_rxq_info_get,
	.txq_info_get = oriel_txq_info_get,
	.rx_burst_mode_get = oriel_rx_burst_mode_get,
	.tx_burst_mode_get = oriel_tx_burst_mode_get,
	.fw_version_get = oriel_fw_version_get,
	.dev_supported_ptypes_get = oriel_supported_ptypes_get,
	.dev_led_on = oriel_control_led_on,
	.dev_led_off = oriel_control_led_off,
	.vlan_filter_set = oriel_vlan_filter_set,
	.vlan_tpid_set = oriel_vlan_tpid_set,
	.vlan_offload_set = oriel_vlan_offload_set,
	.vlan_strip_queue_set = oriel_vlan_strip_queue_set,
	.rx_queue_start = oriel_dev_rx_queue_start,
	.rx_queue_stop = oriel_dev_rx_queue_stop,
	.tx_queue_start = oriel_tx_queue_start,
	.tx_queue_stop = oriel_tx_queue_stop,
	.buffer_split_supported_hdr_ptypes_get = oriel_split_hdr_ptypes_get,
	.flow_ctrl_get = oriel_flow_ctrl_get,
	.flow_ctrl_set = oriel_flow_ctrl_set,
	.priority_flow_ctrl_set = oriel_priority_flow_ctrl_set,
	.set_queue_rate_limit = oriel_set_queue_rate_limit,
	.rx_queue_setup = oriel_control_rx_queue_setup,
	.rx_queue_release = oriel_control_rx_queue_release,
	.rx_queue_intr_enable = oriel_rx_queue_intr_enable,
	.rx_queue_intr_disable = oriel_rx_queue_intr_disable,
	.tx_queue_setup = oriel_control_tx_queue_setup,
	.tx_queue_release = oriel_control_tx_queue_release,
	.tx_done_cleanup = oriel_tx_done_cleanup,
	.rss_hash_update = oriel_rss_hash_update,
	.rss_hash_conf_get = oriel_rss_hash_conf_get,
	.reta_update = oriel_reta_update,
	.reta_query = oriel_reta_query,
	.get_reg = oriel_get_reg,
	.get_eeprom_length = oriel_get_eeprom_length,
	.get_eeprom = oriel_get_eeprom,
	.flow_ops_get = oriel_flow_ops_get,
	.timesync_enable = oriel_timesync_enable,
	.timesync_disable = oriel_timesync_disable,
	.timesync_read_rx_timestamp = oriel_timesync_read_rx_timestamp,
	.timesync_read_tx_timestamp = oriel_timesync_read_tx_timestamp,
	.timesync_adjust_time = oriel_timesync_adjust_time,
#if ORIEL_HAS_ADJUST_FREQ
	.timesync_adjust_freq = oriel_timesync_adjust_freq,
#endif
	.timesync_read_time = oriel_timesync_read_time,
	.timesync_write_time = oriel_timesync_write_time,
	.read_clock = oriel_read_clock,
	.set_eeprom = oriel_control_set_eeprom,
	.get_module_info = oriel_control_get_module_info,
	.get_module_eeprom = oriel_control_get_module_eeprom,
	.get_monitor_addr = oriel_get_monitor_addr,
	.eth_rx_descriptor_dump = oriel_rx_descriptor_dump,
	.eth_tx_descriptor_dump = oriel_tx_descriptor_dump,
#if ORIEL_HAS_RECYCLE
	.recycle_rxq_info_get = oriel_recycle_rxq_info_get,
#endif
};

/* From a mapped BAR to a device at rest whose address is known. */
static int
pf_hw_init(struct oriel_adapter *ad)
{
	int ret;

	ret = oriel_hw_identify(ad);
	if (ret == 0)
		ret = oriel_hw_break_locks(ad);
	if (ret == 0)
		ret = oriel_hw_reset(ad);
	if (ret == 0)
		ret = oriel_nvm_init(ad);
	if (ret == 0)
		ret = oriel_nvm_mac(ad, &ad->perm_addr);
	if (ret == 0)
		ret = oriel_filter_mac_set(ad, 0, &ad->perm_addr);
	if (ret == 0 && ad->media == ORIEL_MEDIA_COPPER)
		ret = oriel_phy_init(ad);
	return ret;
}

static int
pf_init(struct rte_eth_dev *dev)
{
	struct rte_pci_device *pci = ORIEL_DEV_TO_PCI(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	dev->dev_ops = &pf_dev_ops;
	dev->process_private = &pf_process;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		return oriel_path_select(dev, ad->forced_simd);
	}
	ad->port_id = dev->data->port_id;
	rte_spinlock_init(&ad->ctrl_lock);
	oriel_errors_forget(ad->port_id);
	ret = oriel_control_init(ad);
	if (ret != 0)
		return ret;
	rte_spinlock_init(&ad->link_lock);
	rte_spinlock_init(&ad->stats_lock);
	rte_spinlock_init(&ad->watch.lock);
	oriel_flow_init(ad);
	rte_spinlock_init(&ad->time.lock);
	if (pci->mem_resource[0].addr == NULL || pci->mem_resource[0].len < ORIEL_BAR0_SIZE) {
		ORIEL_INIT_LOG(ERR,
			"port %u: %s: BAR 0 has %" PRIu64 " bytes mapped, %u are needed",
			ad->port_id, pci->name,
			pci->mem_resource[0].addr == NULL ? UINT64_C(0) :
							    (uint64_t)pci->mem_resource[0].len,
			ORIEL_BAR0_SIZE);
		return -ENODEV;
	}
	ad->mmio.base = pci->mem_resource[0].addr;
	ad->link_wanted = true;
	oriel_filter_init(ad);
	oriel_fc_init(ad);
	ret = oriel_devargs_parse(
		ad, pci->device.devargs == NULL ? NULL : pci->device.devargs->args);
	if (ret == 0)
		ret = oriel_rss_key_init(ad);
	if (ret == 0)
		ret = oriel_path_select(dev, ad->forced_simd);
	if (ret != 0)
		return ret;
	dev->data->mac_addrs = rte_zmalloc(
		"oriel_mac", ORIEL_NB_RAR * sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL)
		return -ENOMEM;
	ret = oriel_hw_bus_master(ad, true);
	if (ret == 0)
		ret = pf_hw_init(ad);
	if (ret != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: %s: probe fails: %s", ad->port_id, pci->name,
			strerror(-ret));
		oriel_hw_release(ad);
		oriel_hw_bus_master(ad, false);
		return ret;
	}
	ad->at_rest = true;
	dev->data->mac_addrs[0] = ad->perm_addr;
	oriel_intr_register(dev);
	if (!ad->intr.registered)
		dev->data->dev_flags &= ~RTE_ETH_DEV_INTR_LSC;
	/* Who looks for the device is the watch, and the interrupt handler by the way. */
	if (ad->watch.period_ms == 0)
		dev->data->dev_flags &= ~RTE_ETH_DEV_INTR_RMV;
	oriel_telemetry_add(dev);
	ORIEL_INIT_LOG(INFO,
		"port %u: %s: 82576 port %u, address " RTE_ETHER_ADDR_PRT_FMT
		", PHY %#x, NVM version %#06x",
		ad->port_id, pci->name, ad->lan_id, RTE_ETHER_ADDR_BYTES(&ad->perm_addr),
		ad->phy_id, ad->nvm_version);
	return 0;
}

static int
pf_probe(struct rte_pci_driver *drv, struct rte_pci_device *pci)
{
	RTE_SET_USED(drv);
	return rte_eth_dev_pci_generic_probe(pci, sizeof(struct oriel_adapter), pf_init);
}

static int
pf_remove(struct rte_pci_device *pci)
{
	return rte_eth_dev_pci_generic_remove(pci, oriel_control_dev_close);
}

static struct rte_pci_driver pf_driver = {
	.id_table = pf_ids,
	.drv_flags = RTE_PCI_DRV_NEED_MAPPING | RTE_PCI_DRV_INTR_LSC | RTE_PCI_DRV_INTR_RMV,
	.probe = pf_probe,
	.remove = pf_remove,
};

ORIEL_REGISTER_PCI(net_oriel, pf_driver);
RTE_PMD_REGISTER_PCI_TABLE(net_oriel, pf_ids);
RTE_PMD_REGISTER_KMOD_DEP(net_oriel, "* vfio-pci");
RTE_PMD_REGISTER_PARAM_STRING(net_oriel, ORIEL_DEVARGS_HELP);
