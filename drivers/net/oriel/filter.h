/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What the receiver lets in: addresses, multicast hash, VLANs, modes, the largest frame. */

#ifndef ORIEL_FILTER_H
#define ORIEL_FILTER_H

#include "adapter.h"

/* hw_ops by register */
int oriel_filter_rxtx_setup(struct rte_eth_dev *dev);
int oriel_filter_mac_set(
	struct oriel_adapter *ad, uint32_t index, const struct rte_ether_addr *addr);
int oriel_filter_rx_mode_set(struct oriel_adapter *ad);
int oriel_filter_vlan_set(struct oriel_adapter *ad, uint16_t vlan_id);
int oriel_filter_max_frame_set(struct oriel_adapter *ad);

/**
 * Hash of a multicast address: address bits 47:36 (RCTL.MO = 0). Dword of the table in bits
 * 11:5, bit of it in 4:0.
 */
uint16_t oriel_filter_mc_hash(const struct rte_ether_addr *addr);

/** At probe: what ad->rx_mode is until the application says otherwise. */
void oriel_filter_init(struct oriel_adapter *ad);

/** Takes what dev_conf asks for into ad->rx_mode and ad->max_frame. */
void oriel_filter_configure(struct rte_eth_dev *dev);

/**
 * At start, before the receiver is set up: who strips VLAN tags. The device does if all queues
 * want it; if some do, their bursts do.
 */
void oriel_filter_choose_strip(struct rte_eth_dev *dev);

/** Writes all addresses of dev->data->mac_addrs: after a reset. */
int oriel_filter_restore(struct rte_eth_dev *dev);

/* dev_ops */
int oriel_promiscuous_enable(struct rte_eth_dev *dev);
int oriel_promiscuous_disable(struct rte_eth_dev *dev);
int oriel_allmulticast_enable(struct rte_eth_dev *dev);
int oriel_allmulticast_disable(struct rte_eth_dev *dev);
int oriel_mac_addr_add(
	struct rte_eth_dev *dev, struct rte_ether_addr *addr, uint32_t index, uint32_t pool);
void oriel_mac_addr_remove(struct rte_eth_dev *dev, uint32_t index);
int oriel_mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *addr);
int oriel_set_mc_addr_list(
	struct rte_eth_dev *dev, struct rte_ether_addr *addrs, uint32_t nb_addrs);
int oriel_vlan_filter_set(struct rte_eth_dev *dev, uint16_t vlan_id, int on);
int oriel_vlan_offload_set(struct rte_eth_dev *dev, int mask);
/**
 * Strip for one queue. ethdev lets it report nothing: where it cannot be done (a port that runs
 * with bursts that do not strip, and queues that would differ) it says so in the log and changes
 * nothing. On a port that is stopped it can always be done.
 */
void oriel_vlan_strip_queue_set(struct rte_eth_dev *dev, uint16_t queue_id, int on);
/**
 * EtherType by which tags are known, received and inserted.
 *
 * @return
 *   0; -EINVAL for a type of tag that is none, for a length (below 0x0600), for IPv4's and IPv6's
 *   EtherType; -ENOTSUP for the inner tag without VLAN_EXTEND; -ENODEV.
 */
int oriel_vlan_tpid_set(struct rte_eth_dev *dev, enum rte_vlan_type type, uint16_t tpid);
int oriel_mtu_set(struct rte_eth_dev *dev, uint16_t mtu);

#endif /* ORIEL_FILTER_H */
