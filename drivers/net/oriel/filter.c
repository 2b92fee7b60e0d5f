/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the receiver lets in: receive addresses, multicast hash, VLAN filter and strip,
 * promiscuous modes, the largest frame; and the set-up of receiver and transmitter.
 */

#include "filter.h"
#include "hw.h"
#include "log.h"

/* TIPG: 8 + 4 byte times between frames; 4 and 6 for half duplex (value at reset) */
#define TIPG_IEEE 0x00601008u
#define TCTL_CT_IEEE 15u
#define TCTL_COLD_FD 0x40u
/* Smaller values of an EtherType field are lengths. */
#define MIN_ETHERTYPE 0x0600u
/* 82576: MAC loopback, code 01 of RCTL.LBM */
#define LBM_MAC 1u

uint16_t
oriel_filter_mc_hash(const struct rte_ether_addr *addr)
{
	return (addr->addr_bytes[4] >> 4 | addr->addr_bytes[5] << 4) & 0xfff;
}

int
oriel_filter_mac_set(struct oriel_adapter *ad, uint32_t index, const struct rte_ether_addr *addr)
{
	struct oriel_mmio *m = &ad->mmio;
	uint32_t low = 0, high = 0;
	int i;

	if (index >= ORIEL_NB_RAR)
		return -EINVAL;
	if (addr != NULL) {
		for (i = 0; i < 4; i++)
			low |= (uint32_t)addr->addr_bytes[i] << (8 * i);
		for (i = 0; i < 2; i++)
			high |= (uint32_t)addr->addr_bytes[4 + i] << (8 * i);
		high |= ORIEL_RAH_AV;
	}
	/*
	 * ethdev sets all addresses once more when the port already runs: what is there stays,
	 * or frames would be lost meanwhile.
	 */
	if (oriel_rd32(m, ORIEL_RAL(index)) == low && oriel_rd32(m, ORIEL_RAH(index)) == high &&
		!m->gone)
		return 0;
	/*
	 * Invalid first, so that no mixture of two addresses ever matches. A bridge may merge
	 * the writes of the two halves: a read between them keeps them apart.
	 */
	oriel_wr32(m, ORIEL_RAH(index), 0);
	oriel_flush(m);
	oriel_wr32(m, ORIEL_RAL(index), low);
	oriel_flush(m);
	oriel_wr32(m, ORIEL_RAH(index), high);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

/* Only where it changes: some bits of these registers act when they are written. */
static void
set_bit(struct oriel_mmio *m, uint32_t reg, uint32_t bit, bool on)
{
	if (((oriel_rd32(m, reg) & bit) != 0) == on)
		return;
	if (on)
		oriel_set32(m, reg, bit);
	else
		oriel_clear32(m, reg, bit);
}

int
oriel_filter_rx_mode_set(struct oriel_adapter *ad)
{
	const struct oriel_rx_mode *mode = &ad->rx_mode;
	struct oriel_mmio *m = &ad->mmio;
	uint32_t rctl;
	int i;

	for (i = 0; i < ORIEL_NB_MTA; i++)
		oriel_wr32(m, ORIEL_MTA(i), mode->mta[i]);
	rctl = oriel_rd32(m, ORIEL_RCTL);
	rctl &= ~(ORIEL_RCTL_UPE | ORIEL_RCTL_MPE | ORIEL_RCTL_VFE | ORIEL_RCTL_CFIEN |
		ORIEL_RCTL_MO);
	if (mode->promiscuous)
		rctl |= ORIEL_RCTL_UPE | ORIEL_RCTL_MPE;
	if (mode->allmulticast)
		rctl |= ORIEL_RCTL_MPE;
	if (mode->vlan_filter)
		rctl |= ORIEL_RCTL_VFE;
	/* With one tag the device looks at the field for the inner one. */
	oriel_wr32(m, ORIEL_VET,
		ORIEL_PREP(ORIEL_VET_VET, mode->vlan_extend ? mode->tpid_inner : mode->tpid_outer) |
			ORIEL_PREP(ORIEL_VET_VET_EXT, mode->tpid_outer));
	set_bit(m, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_EXT_VLAN, mode->vlan_extend);
	oriel_wr32(m, ORIEL_RCTL, rctl);
	oriel_ctrl_update(ad, ORIEL_CTRL_VME, mode->vlan_strip ? ORIEL_CTRL_VME : 0);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

int
oriel_filter_vlan_set(struct oriel_adapter *ad, uint16_t vlan_id)
{
	uint32_t n = vlan_id / 32;

	oriel_wr32(&ad->mmio, ORIEL_VFTA(n), ad->rx_mode.vfta[n]);
	oriel_flush(&ad->mmio);
	return ad->mmio.gone ? -ENODEV : 0;
}

int
oriel_filter_max_frame_set(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;

	/* With LPE the limit of RLPML holds for short MTUs too. */
	oriel_wr32(m, ORIEL_RLPML, ORIEL_PREP(ORIEL_RLPML_LEN, ad->max_frame));
	oriel_set32(m, ORIEL_RCTL, ORIEL_RCTL_LPE);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

int
oriel_filter_rxtx_setup(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_mmio *m = &ad->mmio;
	uint32_t rctl = ORIEL_RCTL_BAM | ORIEL_RCTL_LPE, rfctl;
	int i, ret;

	/* receiver */
	if (!ad->rx_mode.keep_crc)
		rctl |= ORIEL_RCTL_SECRC;
	if (ad->rx_mode.loopback)
		rctl |= ORIEL_PREP(ORIEL_RCTL_LBM, LBM_MAC);
	oriel_wr32(m, ORIEL_RCTL, rctl);
	/* Parsing of IPv6 extension headers is wrong on the 82576 (erratum): always off. */
	rfctl = ORIEL_RFCTL_IPV6_EX_DIS;
	/* What goes to or comes from an NFS server would be of a type of its own, and not split. */
	if (ad->rx_mode.buffer_split)
		rfctl |= ORIEL_RFCTL_NFSW_DIS | ORIEL_RFCTL_NFSR_DIS;
	oriel_wr32(m, ORIEL_RFCTL, rfctl);
	oriel_wr32(m, ORIEL_RXCSUM, ad->rx_mode.rxcsum);
	for (i = 0; i < ORIEL_NB_UTA; i++)
		oriel_wr32(m, ORIEL_UTA(i), 0);
	for (i = 0; i < ORIEL_NB_VFTA; i++)
		oriel_wr32(m, ORIEL_VFTA(i), ad->rx_mode.vfta[i]);
	ret = oriel_filter_max_frame_set(ad);
	if (ret == 0)
		ret = oriel_filter_rx_mode_set(ad);
	if (ret != 0)
		return ret;

	/* Transmitter. Short frames are padded, lost collisions retried. */
	oriel_wr32(m, ORIEL_TIPG, TIPG_IEEE);
	oriel_wr32(m, ORIEL_TCTL,
		ORIEL_TCTL_PSP | ORIEL_TCTL_RTLC | ORIEL_PREP(ORIEL_TCTL_CT, TCTL_CT_IEEE) |
			ORIEL_PREP(ORIEL_TCTL_COLD, TCTL_COLD_FD));
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

void
oriel_filter_init(struct oriel_adapter *ad)
{
	ad->rx_mode.tpid_outer = RTE_ETHER_TYPE_VLAN;
	ad->rx_mode.tpid_inner = RTE_ETHER_TYPE_VLAN;
}

void
oriel_filter_configure(struct rte_eth_dev *dev)
{
	const struct rte_eth_conf *conf = &dev->data->dev_conf;
	const uint64_t offloads = conf->rxmode.offloads;
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_rx_mode *mode = &ad->rx_mode;

	mode->vlan_filter = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
	mode->vlan_strip = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	mode->vlan_strip_sw = false;
	mode->vlan_extend = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_EXTEND) != 0;
	/* Queues that stay as they are follow the port; those set up anew say what they want. */
	oriel_queues_strip_all(dev, mode->vlan_strip);
	mode->keep_crc = (offloads & RTE_ETH_RX_OFFLOAD_KEEP_CRC) != 0;
	mode->buffer_split = (offloads & RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT) != 0;
	mode->loopback = conf->lpbk_mode != 0;
	/* PCSD: the descriptor brings the RSS hash, not the IP identification. */
	mode->rxcsum = ORIEL_RXCSUM_PCSD;
	if (offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM)
		mode->rxcsum |= ORIEL_RXCSUM_IPOFL;
	if (offloads & (RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM))
		mode->rxcsum |= ORIEL_RXCSUM_TUOFL;
	if (offloads & RTE_ETH_RX_OFFLOAD_SCTP_CKSUM)
		mode->rxcsum |= ORIEL_RXCSUM_CRCOFL;
	ad->max_frame = dev->data->mtu + ORIEL_ETH_OVERHEAD;
}

void
oriel_filter_choose_strip(struct rte_eth_dev *dev)
{
	struct oriel_rx_mode *mode = &oriel_adapter(dev)->rx_mode;
	unsigned int nb, count = oriel_queues_strip_count(dev, &nb);

	/* The device strips for all queues or for none (per pool with VMDq only). */
	mode->vlan_strip = count != 0 && count == nb;
	mode->vlan_strip_sw = count != 0 && count != nb;
}

int
oriel_filter_restore(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t i;
	int ret;

	for (i = 0; i < ORIEL_NB_RAR; i++) {
		const struct rte_ether_addr *addr = &dev->data->mac_addrs[i];

		ret = oriel_hw(dev)->mac_set(ad, i, rte_is_zero_ether_addr(addr) ? NULL : addr);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/*
 * The modes below are kept in ad and reach the device with the next start at the latest; a
 * port that is stopped has a receiver that is off, so nothing is written then.
 */
static int
apply_rx_mode(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	return ad->started ? oriel_hw(dev)->rx_mode_set(ad) : 0;
}

int
oriel_promiscuous_enable(struct rte_eth_dev *dev)
{
	oriel_adapter(dev)->rx_mode.promiscuous = true;
	return apply_rx_mode(dev);
}

int
oriel_promiscuous_disable(struct rte_eth_dev *dev)
{
	oriel_adapter(dev)->rx_mode.promiscuous = false;
	return apply_rx_mode(dev);
}

int
oriel_allmulticast_enable(struct rte_eth_dev *dev)
{
	oriel_adapter(dev)->rx_mode.allmulticast = true;
	return apply_rx_mode(dev);
}

int
oriel_allmulticast_disable(struct rte_eth_dev *dev)
{
	oriel_adapter(dev)->rx_mode.allmulticast = false;
	return apply_rx_mode(dev);
}

int
oriel_mac_addr_add(
	struct rte_eth_dev *dev, struct rte_ether_addr *addr, uint32_t index, uint32_t pool)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (pool != 0) {
		ORIEL_DRV_LOG(ERR, "port %u: address for pool %u: there is pool 0 alone (no VMDq)",
			ad->port_id, pool);
		return -ENOTSUP;
	}
	if (index >= ORIEL_NB_RAR) {
		ORIEL_DRV_LOG(ERR, "port %u: address %u: the filter has %u", ad->port_id, index,
			ORIEL_NB_RAR);
		return -ENOSPC;
	}
	if (!rte_is_valid_assigned_ether_addr(addr)) {
		ORIEL_DRV_LOG(ERR, "port %u: " RTE_ETHER_ADDR_PRT_FMT " is no unicast address",
			ad->port_id, RTE_ETHER_ADDR_BYTES(addr));
		return -EINVAL;
	}
	return ad->started ? oriel_hw(dev)->mac_set(ad, index, addr) : 0;
}

void
oriel_mac_addr_remove(struct rte_eth_dev *dev, uint32_t index)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (ad->started)
		oriel_hw(dev)->mac_set(ad, index, NULL);
}

int
oriel_mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *addr)
{
	return oriel_mac_addr_add(dev, addr, 0, 0);
}

int
oriel_set_mc_addr_list(struct rte_eth_dev *dev, struct rte_ether_addr *addrs, uint32_t nb_addrs)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t mta[ORIEL_NB_MTA] = { 0 };
	uint32_t i;

	for (i = 0; i < nb_addrs; i++) {
		uint16_t hash = oriel_filter_mc_hash(&addrs[i]);

		if (!rte_is_multicast_ether_addr(&addrs[i])) {
			ORIEL_DRV_LOG(ERR,
				"port %u: " RTE_ETHER_ADDR_PRT_FMT " is no multicast address",
				ad->port_id, RTE_ETHER_ADDR_BYTES(&addrs[i]));
			return -EINVAL;
		}
		mta[hash / 32] |= ORIEL_BIT(hash % 32);
	}
	memcpy(ad->rx_mode.mta, mta, sizeof(mta));
	return apply_rx_mode(dev);
}

int
oriel_vlan_filter_set(struct rte_eth_dev *dev, uint16_t vlan_id, int on)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (vlan_id > RTE_ETHER_MAX_VLAN_ID) {
		ORIEL_DRV_LOG(ERR, "port %u: VLAN %u: ids are 0 to %u", ad->port_id, vlan_id,
			RTE_ETHER_MAX_VLAN_ID);
		return -EINVAL;
	}
	if (on)
		ad->rx_mode.vfta[vlan_id / 32] |= ORIEL_BIT(vlan_id % 32);
	else
		ad->rx_mode.vfta[vlan_id / 32] &= ~ORIEL_BIT(vlan_id % 32);
	return ad->started ? oriel_hw(dev)->vlan_filter_set(ad, vlan_id) : 0;
}

int
oriel_vlan_offload_set(struct rte_eth_dev *dev, int mask)
{
	const uint64_t offloads = dev->data->dev_conf.rxmode.offloads;
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_rx_mode *mode = &ad->rx_mode;
	int ret;

	if (mask & RTE_ETH_QINQ_STRIP_MASK && offloads & RTE_ETH_RX_OFFLOAD_QINQ_STRIP) {
		ORIEL_DRV_LOG(ERR, "port %u: QinQ strip: the device takes out one tag, not two",
			ad->port_id);
		return -ENOTSUP;
	}
	if (mask & RTE_ETH_VLAN_EXTEND_MASK)
		mode->vlan_extend = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_EXTEND) != 0;
	if (mask & RTE_ETH_VLAN_FILTER_MASK)
		mode->vlan_filter = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
	if (mask & RTE_ETH_VLAN_STRIP_MASK) {
		bool strip = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;

		oriel_queues_strip_all(dev, strip);
		mode->vlan_strip = strip && !mode->vlan_strip_sw;
	}
	ret = apply_rx_mode(dev);
	/* The bursts look at the tag only where stripping was asked for. */
	oriel_queues_update_offloads(dev);
	return ret;
}

void
oriel_vlan_strip_queue_set(struct rte_eth_dev *dev, uint16_t queue_id, int on)
{
	const uint64_t strip = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_rxq *q = NULL;
	unsigned int nb, count;

	if (queue_id < dev->data->nb_rx_queues)
		q = dev->data->rx_queues[queue_id];
	if (q == NULL) {
		ORIEL_DRV_LOG(ERR, "port %u: VLAN strip of RX queue %u: %u queues are configured%s",
			ad->port_id, queue_id, dev->data->nb_rx_queues,
			queue_id < dev->data->nb_rx_queues ? ", this one is not set up" : "");
		return;
	}
	if (((q->offloads & strip) != 0) == (on != 0))
		return;
	q->offloads ^= strip;
	/* A port that is stopped: the next start chooses. */
	if (!ad->started)
		return;
	count = oriel_queues_strip_count(dev, &nb);
	if (!ad->rx_mode.vlan_strip_sw) {
		if (count != 0 && count != nb) {
			q->offloads ^= strip;
			ORIEL_DRV_LOG(ERR,
				"port %u: VLAN strip of RX queue %u alone %s: the device strips "
				"for all queues or for none, and the burst in use not at all: "
				"nothing is changed; stop the port first",
				ad->port_id, queue_id, on ? "on" : "off");
			return;
		}
		ad->rx_mode.vlan_strip = on != 0;
		apply_rx_mode(dev);
	}
	oriel_queues_update_offloads(dev);
}

int
oriel_vlan_tpid_set(struct rte_eth_dev *dev, enum rte_vlan_type type, uint16_t tpid)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_rx_mode *mode = &ad->rx_mode;
	int ret;

	if (type != RTE_ETH_VLAN_TYPE_OUTER && type != RTE_ETH_VLAN_TYPE_INNER) {
		ORIEL_DRV_LOG(ERR, "port %u: TPID of VLAN type %d: there are inner and outer",
			ad->port_id, type);
		return -EINVAL;
	}
	if (tpid < MIN_ETHERTYPE || tpid == RTE_ETHER_TYPE_IPV4 || tpid == RTE_ETHER_TYPE_IPV6) {
		ORIEL_DRV_LOG(ERR,
			"port %u: TPID %#06x: accepted are EtherTypes from %#06x on, but not those "
			"of IPv4 and IPv6",
			ad->port_id, tpid, MIN_ETHERTYPE);
		return -EINVAL;
	}
	if (type == RTE_ETH_VLAN_TYPE_INNER && !mode->vlan_extend) {
		ORIEL_DRV_LOG(ERR,
			"port %u: TPID %#06x of the inner tag: without "
			"RTE_ETH_RX_OFFLOAD_VLAN_EXTEND there is one tag alone, the outer one",
			ad->port_id, tpid);
		return -ENOTSUP;
	}
	if (type == RTE_ETH_VLAN_TYPE_OUTER)
		mode->tpid_outer = tpid;
	else
		mode->tpid_inner = tpid;
	ret = apply_rx_mode(dev);
	oriel_queues_update_offloads(dev);
	return ret;
}

int
oriel_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (mtu < ORIEL_MIN_MTU || mtu > ORIEL_MAX_MTU) {
		ORIEL_DRV_LOG(ERR, "port %u: MTU %u: accepted are %u to %u", ad->port_id, mtu,
			ORIEL_MIN_MTU, ORIEL_MAX_MTU);
		return -EINVAL;
	}
	/* The burst of a started port was chosen for the frames of then. */
	if (ad->started) {
		ret = oriel_queues_check_mtu(dev, mtu);
		if (ret != 0)
			return ret;
	}
	ad->max_frame = mtu + ORIEL_ETH_OVERHEAD;
	return ad->started ? oriel_hw(dev)->max_frame_set(ad) : 0;
}
