/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The device: what lives in dev_private, and hw_ops, the table of all that differs
 * between a PF (registers) and a VF (mailbox). No other file asks "is this a VF?".
 */

#ifndef ORIEL_ADAPTER_H
#define ORIEL_ADAPTER_H

#include <pthread.h>

#include <rte_ether.h>
#include <rte_spinlock.h>

#include "compat.h"
#include "flow_rule.h"
#include "mmio.h"
#include "queue.h"

enum oriel_media {
	ORIEL_MEDIA_COPPER,
	ORIEL_MEDIA_SERDES, /* fibre, SerDes, KX: link through the PCS */
	ORIEL_MEDIA_SGMII,  /* PCS to an external PHY behind I2CCMD */
};

enum oriel_intr_mode {
	ORIEL_INTR_OFF,
	ORIEL_INTR_SINGLE, /* MSI or INTx: one message for every cause */
	ORIEL_INTR_MSIX,   /* vector 0: link and other causes; from 1 on: RX queues */
};

struct oriel_adapter;

/**
 * What differs between PF and VF. All return 0 or a negative errno unless said; -ENODEV when
 * the device has gone. None but reset() and link_start() sleeps for longer than a register's
 * bound, none is called by a burst.
 */
struct oriel_hw_ops {
	/** Global reset and the first state: interrupts off, DMA stopped, filters empty. */
	int (*reset)(struct oriel_adapter *ad);
	/** Hands the device back on close: nobody answers it from now on. */
	void (*release)(struct oriel_adapter *ad);
	/** All of receive and transmit but queues, as ad and dev_conf say; both stay off. */
	int (*rxtx_setup)(struct rte_eth_dev *dev);
	/** Starts or stops receiver and transmitter. */
	int (*rxtx_set)(struct oriel_adapter *ad, bool rx, bool tx);
	/** Starts bringing the link up as link_speeds asks; does not wait. */
	int (*link_start)(struct oriel_adapter *ad, uint32_t link_speeds);
	/** Takes the link down, so that the partner sees it. */
	int (*link_stop)(struct oriel_adapter *ad);
	/** Reads the link now, never waits. */
	int (*link_get)(struct oriel_adapter *ad, struct rte_eth_link *link);
	/** Programs entry `index` of the address filter; addr NULL clears it. */
	int (*mac_set)(struct oriel_adapter *ad, uint32_t index, const struct rte_ether_addr *addr);
	/** Promiscuous, allmulticast, the multicast list, VLAN modes and TPIDs: ad->rx_mode. */
	int (*rx_mode_set)(struct oriel_adapter *ad);
	/** Writes the part of ad->rx_mode.vfta that holds vlan_id. */
	int (*vlan_filter_set)(struct oriel_adapter *ad, uint16_t vlan_id);
	/** Largest frame that is let in, bytes with CRC and tag: ad->max_frame. */
	int (*max_frame_set)(struct oriel_adapter *ad);
	/** Hash types, key and redirection table: oriel_rss_in_force(). */
	int (*rss_set)(struct oriel_adapter *ad);
	/** The redirection table alone, as oriel_reta_in_force() has it. */
	int (*reta_set)(struct oriel_adapter *ad);
	/** The filters that choose a queue: ad->flow. */
	int (*flow_set)(struct oriel_adapter *ad);
	/** Adds the counters up into ad->stats. The caller holds ad->stats_lock. */
	int (*stats_read)(struct oriel_adapter *ad);
	/** Routes causes to vectors as ad->intr says; all stay masked. */
	int (*intr_setup)(struct oriel_adapter *ad);
	/** Unmasks the link cause (and what belongs to it), or masks all causes. */
	void (*intr_set)(struct oriel_adapter *ad, bool on);
	/** Reads and acknowledges what vector 0 stands for; ORIEL_INTR_CAUSE_* or 0. */
	uint32_t (*intr_cause)(struct oriel_adapter *ad);
	/** Raises the link cause, so that the handler runs in its own thread. */
	void (*intr_trigger)(struct oriel_adapter *ad);
	/** Lets the next message of vector 0 through. */
	void (*intr_rearm)(struct oriel_adapter *ad);
	/** Masks or unmasks the vector of an RX queue. */
	void (*intr_rxq_set)(struct oriel_adapter *ad, uint16_t vector, bool on);
	/** As reset(), by the strongest means there is: for a device that reset() may not free. */
	int (*recover)(struct oriel_adapter *ad);
	/** Whether a started device has forgotten what it was told: somebody else reset it. */
	bool (*forgot)(struct oriel_adapter *ad);
	/** Whether the link partner holds the transmitter (PAUSE) at this moment. */
	bool (*tx_paused)(struct oriel_adapter *ad);
};

/* what intr_cause() returns */
#define ORIEL_INTR_CAUSE_LINK 0x1u  /* the link may have changed */
#define ORIEL_INTR_CAUSE_RESET 0x2u /* the device was reset behind the driver's back */
#define ORIEL_INTR_CAUSE_DMA 0x4u   /* the DMA engine ran out of step */

/** The hardware's counters, added up: the registers clear on read. X(field, register, xstat). */
#define ORIEL_HW_STATS(X) \
	X(crcerrs, CRCERRS, "rx_crc_errors") \
	X(algnerrc, ALGNERRC, "rx_align_errors") \
	X(symerrs, SYMERRS, "rx_symbol_errors") \
	X(rxerrc, RXERRC, "rx_errors_phy") \
	X(mpc, MPC, "rx_missed_packets") \
	X(scc, SCC, "tx_single_collision_packets") \
	X(ecol, ECOL, "tx_excessive_collision_packets") \
	X(mcc, MCC, "tx_multiple_collision_packets") \
	X(latecol, LATECOL, "tx_late_collisions") \
	X(colc, COLC, "tx_total_collisions") \
	X(dc, DC, "tx_deferred_packets") \
	X(tncrs, TNCRS, "tx_no_carrier_sense_packets") \
	X(sec, SEC, "rx_sequence_errors") \
	X(htdpmc, HTDPMC, "tx_discarded_by_mac_packets") \
	X(rlec, RLEC, "rx_length_errors") \
	X(xonrxc, XONRXC, "rx_xon_packets") \
	X(xontxc, XONTXC, "tx_xon_packets") \
	X(xoffrxc, XOFFRXC, "rx_xoff_packets") \
	X(xofftxc, XOFFTXC, "tx_xoff_packets") \
	X(fcruc, FCRUC, "rx_flow_control_unsupported_packets") \
	X(prc64, PRC64, "rx_size_64_packets") \
	X(prc127, PRC127, "rx_size_65_to_127_packets") \
	X(prc255, PRC255, "rx_size_128_to_255_packets") \
	X(prc511, PRC511, "rx_size_256_to_511_packets") \
	X(prc1023, PRC1023, "rx_size_512_to_1023_packets") \
	X(prc1522, PRC1522, "rx_size_1024_to_max_packets") \
	X(gprc, GPRC, "rx_good_filtered_packets") \
	X(bprc, BPRC, "rx_broadcast_packets") \
	X(mprc, MPRC, "rx_multicast_packets") \
	X(gptc, GPTC, "tx_good_sent_packets") \
	X(rnbc, RNBC, "rx_no_host_buffer_events") \
	X(ruc, RUC, "rx_undersize_errors") \
	X(rfc, RFC, "rx_fragment_errors") \
	X(roc, ROC, "rx_oversize_errors") \
	X(rjc, RJC, "rx_jabber_errors") \
	X(mgtprc, MGTPRC, "rx_management_packets") \
	X(mgtpdc, MGTPDC, "rx_management_dropped") \
	X(mgtptc, MGTPTC, "tx_management_packets") \
	X(tpr, TPR, "rx_total_packets") \
	X(tpt, TPT, "tx_total_packets") \
	X(ptc64, PTC64, "tx_size_64_packets") \
	X(ptc127, PTC127, "tx_size_65_to_127_packets") \
	X(ptc255, PTC255, "tx_size_128_to_255_packets") \
	X(ptc511, PTC511, "tx_size_256_to_511_packets") \
	X(ptc1023, PTC1023, "tx_size_512_to_1023_packets") \
	X(ptc1522, PTC1522, "tx_size_1024_to_max_packets") \
	X(mptc, MPTC, "tx_multicast_packets") \
	X(bptc, BPTC, "tx_broadcast_packets") \
	X(tsctc, TSCTC, "tx_tso_packets") \
	X(iac, IAC, "interrupt_assert_count") \
	X(rpthc, RPTHC, "rx_sent_to_host_packets") \
	X(hgptc, HGPTC, "tx_sent_by_host_packets") \
	X(rxdmtc, RXDMTC, "rx_descriptors_low_events") \
	X(htcbdpc, HTCBDPC, "tx_circuit_breaker_dropped") \
	X(lenerrs, LENERRS, "rx_length_type_errors")

/**
 * Octet pairs: X(field, low register, high register, xstat); reading high clears both. They
 * count from the destination address to the CRC, both included.
 */
#define ORIEL_HW_STATS64(X) \
	X(gorc, GORCL, GORCH, "rx_good_filtered_octets") \
	X(gotc, GOTCL, GOTCH, "tx_good_sent_octets") \
	X(tor, TORL, TORH, "rx_total_bytes") \
	X(tot, TOTL, TOTH, "tx_total_bytes") \
	X(hgorc, HGORCL, HGORCH, "rx_sent_to_host_octets") \
	X(hgotc, HGOTCL, HGOTCH, "tx_sent_by_host_octets")

struct oriel_hw_stats {
#define ORIEL_X(field, reg, name) uint64_t field;
	ORIEL_HW_STATS(ORIEL_X)
#undef ORIEL_X
#define ORIEL_X(field, lo, hi, name) uint64_t field;
	ORIEL_HW_STATS64(ORIEL_X)
#undef ORIEL_X
	uint64_t rqdpc[ORIEL_NB_QUEUES]; /* frames dropped per queue */
};

/** What the receiver lets in and strips. Kept here, so that a reset loses nothing. */
struct oriel_rx_mode {
	bool promiscuous;
	bool allmulticast;
	bool vlan_filter;
	bool vlan_strip;     /* by the device, for all queues (CTRL.VME) */
	bool vlan_strip_sw;  /* some queues only: by their bursts; since the last start */
	bool vlan_extend;    /* two tags are expected (CTRL_EXT.EXT_VLAN) */
	uint16_t tpid_outer; /* EtherType of the only tag, or of the outer one of two */
	uint16_t tpid_inner; /* of the inner one of two */
	bool keep_crc;
	bool buffer_split;	      /* headers may go to buffers of their own */
	bool split_in_use;	      /* they do on some queue, since the last start */
	bool loopback;		      /* MAC loopback: what is sent comes back */
	uint32_t rxcsum;	      /* RXCSUM as it should be */
	uint32_t mta[ORIEL_NB_MTA];   /* multicast hash table */
	uint32_t vfta[ORIEL_NB_VFTA]; /* VLAN filter table */
};

struct oriel_rss {
	bool enabled;	 /* rxmode.mq_mode has RSS */
	bool random_key; /* device argument rss_key=random */
	uint64_t types;	 /* RTE_ETH_RSS_* in force */
	uint8_t key[ORIEL_RSS_KEY_LEN];
	uint8_t reta[ORIEL_NB_RETA]; /* queue of each entry */
	bool reta_set;		     /* by the user: survives stop and start */
};

/** Flow control by PAUSE frames, see fc.h. */
struct oriel_fc {
	enum rte_eth_fc_mode wanted;   /* by the application */
	enum rte_eth_fc_mode in_force; /* with this link's partner */
	uint32_t high, low;	       /* bytes of the receive packet buffer */
	uint16_t pause_time;	       /* quanta of 512 bit times */
	bool send_xon;
	bool autoneg; /* agreed upon with the partner, not forced */
	bool forward; /* MAC control frames are given to the host */
};

struct oriel_intr {
	enum oriel_intr_mode mode;
	bool registered;	/* the handler is known to EAL */
	bool link;		/* link changes raise an interrupt */
	bool link_pending;	/* a change that the driver made itself is to be told */
	uint64_t nb_seen;	/* times that the handler ran; atomic */
	uint16_t nb_rxq;	/* RX queues with an interrupt, 0: none */
	uint16_t nb_rx_vectors; /* MSI-X vectors that they share */
};

/** What the watch and the interrupt handler count: X(field, xstat). */
#define ORIEL_WATCH_STATS(X) \
	X(tx_hangs, "tx_hangs") \
	X(dma_errors, "dma_out_of_step_events") \
	X(foreign_resets, "unexpected_resets") \
	X(lost, "device_lost_events") \
	X(resets, "resets")

struct oriel_watch_stats {
#define ORIEL_X(field, name) uint64_t field;
	ORIEL_WATCH_STATS(ORIEL_X)
#undef ORIEL_X
};

/** A TX queue as the watch saw it last. */
struct oriel_watch_txq {
	uint16_t head;	  /* TDH */
	uint16_t rs_head; /* of the queue's FIFO: goes on with each reclaim */
	uint8_t still;	  /* periods in which neither moved and descriptors waited */
	bool seen;	  /* the two above are of a queue that had work */
};

struct oriel_watch {
	uint16_t period_ms; /* from the device argument watch_ms=; 0: off */
	bool armed;	    /* the alarm is set, or is to be set again */
	bool told_lost;	    /* this incident was reported, until the next start or reset */
	bool told_reset;
	uint16_t hung; /* bit n: TX queue n hangs, and that was reported */
	struct oriel_watch_txq txq[ORIEL_NB_QUEUES];
	uint64_t xoffrxc;    /* PAUSE frames received when it was last looked */
	rte_spinlock_t lock; /* held while queues are looked at: see oriel_watch_sync() */
	struct oriel_watch_stats stats;
};

/** MSI-X vector of an RX queue: the last vector serves all queues that are left. */
static inline uint16_t
oriel_intr_rx_vector(const struct oriel_intr *intr, uint16_t queue_id)
{
	uint16_t last = intr->nb_rx_vectors - 1;

	return 1 + (queue_id < last ? queue_id : last);
}

/** The device's clock, widened, and its stamps; see ptp.c. But for `on`, the lock guards it. */
struct oriel_time {
	rte_spinlock_t lock;
	bool on;      /* time synchronisation is enabled */
	bool running; /* the device is set up for it: not between a reset and the set-up */
	uint8_t rx_unread, tx_unread; /* looks of the timer that saw a stamp since one was read */
	uint32_t inc;		      /* TIMINCA.INCVALUE */
	uint32_t frac;		      /* counts of SYSTIM beyond ns */
	uint64_t counter;	      /* SYSTIM when ns was last brought up to it */
	uint64_t ns;		      /* since enabled; frequency adjusted, but never set */
	uint64_t offset;	      /* time of day - ns */
	uint64_t host_ns;	      /* CLOCK_MONOTONIC at `counter` */
};

/** Queue counters at the last reset: the queue's own are written by its lcore alone. */
struct oriel_queue_base {
	struct oriel_rxq_stats rx[ORIEL_NB_QUEUES];
	struct oriel_txq_stats tx[ORIEL_NB_QUEUES];
};

struct oriel_adapter {
	struct oriel_mmio mmio;
	enum oriel_media media;
	uint16_t port_id;
	uint8_t lan_id; /* port of the chip, STATUS.LAN_ID */
	uint32_t phy_id;
	uint16_t nvm_words;   /* that EERD reaches */
	uint16_t nvm_version; /* word 0x05 */
	struct rte_ether_addr perm_addr;
	bool started;		       /* dev_start() has ended well, dev_stop() not begun */
	bool at_rest;		       /* the last reset ended well: no DMA, nothing programmed */
	bool link_wanted;	       /* set_link_down() clears it */
	bool link_negotiated;	       /* the link comes from autonegotiation */
	uint32_t max_frame;	       /* bytes with CRC and one tag */
	uint32_t ledctl;	       /* LEDCTL before the LEDs were forced, see led_forced */
	bool led_forced;	       /* on or off by the application */
	pthread_mutex_t control_mutex; /* see control.h */
	struct oriel_rxq *shown_rxq[ORIEL_NB_QUEUES]; /* those set up; under the mutex */
	struct oriel_txq *shown_txq[ORIEL_NB_QUEUES];
	uint64_t refused;    /* dangerous operations without their magic; atomic */
	int16_t forced_simd; /* bits, from the device argument burst=; negative: free choice */
	struct oriel_intr intr;
	struct oriel_watch watch;
	struct oriel_rx_mode rx_mode;
	struct oriel_rss rss;
	struct oriel_rss rss_rule; /* of the RSS flow rule; enabled: in force instead of rss */
	uint16_t rxq_running;	   /* bit n: RX queue n is started */
	struct oriel_flow_table flow;
	struct oriel_hw_stats stats;
	struct oriel_queue_base queue_base;
	struct oriel_fc fc;
	uint32_t rate[ORIEL_NB_QUEUES]; /* limit of each TX queue, Mb/s; 0: none */
	uint32_t rate_speed;		/* link speed that the device has factors for, 0: none */
	rte_spinlock_t ctrl_lock; /* CTRL is read and written as one: threads change its bits */
	struct oriel_time time;
	rte_spinlock_t link_lock;  /* the link is read and published as one */
	rte_spinlock_t stats_lock; /* the counters clear on read: one reader at a time */
};

/** Counts a dangerous operation that came without its magic or token: it was not begun. */
static inline void
oriel_refuse(struct oriel_adapter *ad)
{
	__atomic_fetch_add(&ad->refused, 1, __ATOMIC_RELAXED);
}

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
