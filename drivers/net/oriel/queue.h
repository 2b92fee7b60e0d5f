/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * RX and TX queues. What the bursts touch for every packet comes first in each
 * struct and fits one or two cache lines; a line says where that ends. A burst gets
 * all it needs from its queue and knows no adapter.
 */

#ifndef ORIEL_QUEUE_H
#define ORIEL_QUEUE_H

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include "compat.h"
#include "desc.h"
#include "mmio.h"

/** Ring sizes, descriptors: a multiple of ORIEL_RING_ALIGN_DESC between these. */
#define ORIEL_MIN_DESC		32
#define ORIEL_MAX_DESC		4096
#define ORIEL_DEFAULT_DESC	512

/** Written by one lcore (the queue's), read by the control path: plain 64-bit loads. */
struct oriel_rxq_stats {
	uint64_t packets;
	uint64_t bytes;			/* without CRC */
	uint64_t alloc_failed;		/* mbufs that the pool did not have */
	uint64_t bad_length;		/* device-given length that cannot be */
	uint64_t no_eop;		/* one-buffer path: frame without EOP */
	uint64_t chain_overrun;		/* scattered path: more buffers than the largest frame needs */
	uint64_t errors;		/* RXE: the MAC saw a bad frame */
};

struct oriel_rxq {
	struct oriel_rx_desc *ring;	/* nb_desc descriptors, device-writable memory */
	struct rte_mbuf **sw_ring;	/* the mbuf posted in each descriptor */
	volatile void *tail;		/* this queue's RDT */
	struct rte_mempool *mp;
	uint64_t mbuf_init;		/* rearm data: data_off, refcnt 1, nb_segs 1, port */
	uint16_t nb_desc;
	uint16_t next;			/* descriptor to look at next */
	uint16_t nb_hold;		/* descriptors taken and not yet given back */
	uint16_t free_thresh;		/* refill when nb_hold exceeds it */
	uint16_t buf_len;		/* bytes of a buffer as the device was told */
	uint8_t crc_len;		/* 4 with KEEP_CRC, else 0 */
	uint8_t rx_flags;		/* ORIEL_RXF_* */
	/* ---- scattered path and statistics: second line ---- */
	struct rte_mbuf *seg_first;	/* frame in progress */
	struct rte_mbuf *seg_last;
	uint32_t seg_len;
	bool skip_frame;		/* drop buffers up to the next EOP */
	struct oriel_rxq_stats stats;
	/* ---- end of the hot part ---- */
	uint64_t offloads;
	struct oriel_mmio *mmio;
	uint32_t reg_base;		/* ORIEL_RXQ(queue_id) */
	uint16_t queue_id;
	uint16_t port_id;
	bool deferred_start;
	bool drop_en;
	uint8_t pthresh, hthresh, wthresh;
	const struct rte_memzone *mz;
} __rte_cache_aligned;

/* oriel_rxq.rx_flags: what the device was told to do, so what may be believed */
#define ORIEL_RXF_CSUM		0x01	/* RXCSUM offload on */
#define ORIEL_RXF_RSS		0x02	/* the hash is in the descriptor (PCSD = 1, RSS mode) */
#define ORIEL_RXF_VLAN		0x04	/* stripping on */
#define ORIEL_RXF_TIMESTAMP	0x08

/** A TX context as the device has it; equal means that no new descriptor is needed. */
struct oriel_tx_ctx {
	uint32_t lens;
	uint32_t tucmd;
	uint32_t mss;
	bool valid;
};

struct oriel_txq_stats {
	uint64_t packets;
	uint64_t bytes;
	uint64_t contexts;		/* context descriptors written */
	uint64_t errors;		/* packets that cannot be sent, freed */
};

struct oriel_txq {
	struct oriel_tx_desc *ring;
	struct rte_mbuf **sw_ring;	/* the segment in each descriptor, NULL for contexts */
	volatile void *tail;		/* this queue's TDT */
	uint16_t nb_desc;
	uint16_t next;			/* descriptor to write next */
	uint16_t nb_free;		/* one is always kept unused */
	uint16_t nb_used;		/* descriptors written since the last RS */
	uint16_t rs_thresh;		/* RS on one descriptor in so many */
	uint16_t free_thresh;		/* reclaim when nb_free is below */
	uint16_t next_dd;		/* descriptor with RS whose DD is awaited */
	uint16_t next_rs;
	/* ---- offload path and statistics: second line ---- */
	struct oriel_tx_ctx ctx[ORIEL_NB_TX_CTX];
	uint8_t ctx_last;		/* slot used last; the other one is replaced */
	struct oriel_txq_stats stats;
	/* ---- end of the hot part ---- */
	uint16_t *last_desc;		/* per RS descriptor bookkeeping of the reclaim */
	uint64_t offloads;
	struct oriel_mmio *mmio;
	uint32_t reg_base;		/* ORIEL_TXQ(queue_id) */
	uint16_t queue_id;
	uint16_t port_id;
	bool deferred_start;
	uint8_t pthresh, hthresh, wthresh;
	const struct rte_memzone *mz;
} __rte_cache_aligned;

/* dev_ops that queue.c serves; signatures and errors as in DPDK's ethdev driver API */
int oriel_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
			 unsigned int socket_id, const struct rte_eth_rxconf *conf,
			 struct rte_mempool *mp);
int oriel_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
			 unsigned int socket_id, const struct rte_eth_txconf *conf);
void oriel_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
void oriel_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_tx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_tx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);
void oriel_rxq_info_get(struct rte_eth_dev *dev, uint16_t queue_id,
			struct rte_eth_rxq_info *info);
void oriel_txq_info_get(struct rte_eth_dev *dev, uint16_t queue_id,
			struct rte_eth_txq_info *info);

/*
 * The control path's steps. oriel_queues_program() writes rings, SRRCTL and thresholds
 * of every queue with the device stopped; oriel_queues_enable() enables all that are not
 * deferred, waits for ENABLE, posts the buffers and sets the states; oriel_queues_disable()
 * clears ENABLE, waits within a bound, then frees what the rings hold and resets them.
 * oriel_queues_abandon() frees without touching the device, for one that has gone.
 */
int oriel_queues_program(struct rte_eth_dev *dev);
int oriel_queues_enable(struct rte_eth_dev *dev);
int oriel_queues_disable(struct rte_eth_dev *dev);
void oriel_queues_abandon(struct rte_eth_dev *dev);

/* rx.c, tx.c: dev_ops and rte_eth_dev function pointers beside the bursts */
oriel_queue_count_t oriel_rx_queue_count(void *rxq);
int oriel_rx_descriptor_status(void *rxq, uint16_t offset);
int oriel_tx_descriptor_status(void *txq, uint16_t offset);
int oriel_tx_done_cleanup(void *txq, uint32_t free_cnt);
uint16_t oriel_tx_prepare(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_QUEUE_H */
