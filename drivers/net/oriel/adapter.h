/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The device: what lives in dev_private, and hw_ops, the table of all that differs
 * between a PF (registers) and a VF (mailbox). No other file asks "is this a VF?".
 */

#ifndef ORIEL_ADAPTER_H
#define ORIEL_ADAPTER_H

#include <rte_ether.h>
#include <rte_spinlock.h>

#include "compat.h"
#include "mmio.h"

enum oriel_media {
	ORIEL_MEDIA_COPPER,
	ORIEL_MEDIA_SERDES,	/* fibre, SerDes, KX: link through the PCS */
	ORIEL_MEDIA_SGMII,	/* PCS to an external PHY behind I2CCMD */
};

struct oriel_adapter;

/** What differs between PF and VF. All return 0 or a negative errno unless said. */
struct oriel_hw_ops {
	/** Global reset and the first state: interrupts off, DMA stopped, MAC known. */
	int (*reset)(struct oriel_adapter *ad);
	/** Starts bringing the link up as dev_conf.link_speeds asks; does not wait. */
	int (*link_start)(struct oriel_adapter *ad, uint32_t link_speeds);
	int (*link_stop)(struct oriel_adapter *ad);
	/** Reads the link now, never waits. */
	int (*link_get)(struct oriel_adapter *ad, struct rte_eth_link *link);
	/** Programs entry `index` of the address filter; addr NULL clears it. */
	int (*mac_set)(struct oriel_adapter *ad, uint32_t index, const struct rte_ether_addr *addr);
	/** Promiscuous, allmulticast and the multicast list as ad->rx_mode says. */
	int (*rx_mode_set)(struct oriel_adapter *ad);
	int (*vlan_filter_set)(struct oriel_adapter *ad, uint16_t vlan_id, bool on);
	/** Largest frame that is let in, bytes with CRC and tags. */
	int (*max_frame_set)(struct oriel_adapter *ad, uint32_t max_frame);
	int (*stats_read)(struct oriel_adapter *ad);
};

/** The hardware's counters, added up: the registers clear on read. X(field, register). */
#define ORIEL_HW_STATS(X) \
	X(crcerrs, CRCERRS) X(algnerrc, ALGNERRC) X(symerrs, SYMERRS) X(rxerrc, RXERRC) \
	X(mpc, MPC) X(scc, SCC) X(ecol, ECOL) X(mcc, MCC) X(latecol, LATECOL) X(colc, COLC) \
	X(dc, DC) X(tncrs, TNCRS) X(sec, SEC) X(htdpmc, HTDPMC) X(rlec, RLEC) \
	X(xonrxc, XONRXC) X(xontxc, XONTXC) X(xoffrxc, XOFFRXC) X(xofftxc, XOFFTXC) \
	X(fcruc, FCRUC) X(prc64, PRC64) X(prc127, PRC127) X(prc255, PRC255) X(prc511, PRC511) \
	X(prc1023, PRC1023) X(prc1522, PRC1522) X(gprc, GPRC) X(bprc, BPRC) X(mprc, MPRC) \
	X(gptc, GPTC) X(rnbc, RNBC) X(ruc, RUC) X(rfc, RFC) X(roc, ROC) X(rjc, RJC) \
	X(mgtprc, MGTPRC) X(mgtpdc, MGTPDC) X(mgtptc, MGTPTC) X(tpr, TPR) X(tpt, TPT) \
	X(ptc64, PTC64) X(ptc127, PTC127) X(ptc255, PTC255) X(ptc511, PTC511) \
	X(ptc1023, PTC1023) X(ptc1522, PTC1522) X(mptc, MPTC) X(bptc, BPTC) X(tsctc, TSCTC) \
	X(iac, IAC) X(rpthc, RPTHC) X(hgptc, HGPTC) X(rxdmtc, RXDMTC) X(htcbdpc, HTCBDPC) \
	X(lenerrs, LENERRS)

/** Octet pairs: X(field, low register, high register); the high read clears both. */
#define ORIEL_HW_STATS64(X) \
	X(gorc, GORCL, GORCH) X(gotc, GOTCL, GOTCH) X(tor, TORL, TORH) X(tot, TOTL, TOTH) \
	X(hgorc, HGORCL, HGORCH) X(hgotc, HGOTCL, HGOTCH)

struct oriel_hw_stats {
#define ORIEL_X(field, reg) uint64_t field;
	ORIEL_HW_STATS(ORIEL_X)
#undef ORIEL_X
#define ORIEL_X(field, lo, hi) uint64_t field;
	ORIEL_HW_STATS64(ORIEL_X)
#undef ORIEL_X
	uint64_t rqdpc[ORIEL_NB_QUEUES];	/* frames dropped per queue */
};

struct oriel_rx_mode {
	bool promiscuous;
	bool allmulticast;
	uint32_t mta[ORIEL_NB_MTA];		/* multicast hash table as it should be */
	uint32_t vfta[ORIEL_NB_VFTA];
};

struct oriel_rss {
	uint64_t types;				/* RTE_ETH_RSS_* in force */
	uint8_t key[ORIEL_RSS_KEY_LEN];
	uint16_t reta[ORIEL_NB_RETA];
	bool key_set, reta_set;			/* by the user: survives stop and start */
};

struct oriel_adapter {
	struct oriel_mmio mmio;
	enum oriel_media media;
	uint16_t device_id;
	uint8_t lan_id;				/* port of the chip, STATUS.LAN_ID */
	uint8_t phy_addr;
	uint32_t phy_id;
	uint16_t nvm_words;			/* 0: no NVM */
	uint16_t nvm_version;			/* word 0x05 */
	struct rte_ether_addr perm_addr;
	bool started;
	bool link_wanted;			/* set_link_down() clears it */
	uint32_t intr_mask;			/* IMS as it should be */
	uint32_t max_frame;			/* bytes with CRC */
	struct oriel_rx_mode rx_mode;
	struct oriel_rss rss;
	struct oriel_hw_stats stats;
	rte_spinlock_t stats_lock;		/* the counters clear on read: one reader at a time */
	rte_spinlock_t link_lock;		/* link interrupt against link_update */
	uint16_t port_id;
};

/** process_private: function pointers differ between processes, dev_private is shared. */
struct oriel_process {
	const struct oriel_hw_ops *hw;
};

static inline struct oriel_adapter *
oriel_adapter(const struct rte_eth_dev *dev)
{
	return dev->data->dev_private;
}

static inline const struct oriel_hw_ops *
oriel_hw(const struct rte_eth_dev *dev)
{
	return ((const struct oriel_process *)dev->process_private)->hw;
}

#endif /* ORIEL_ADAPTER_H */
