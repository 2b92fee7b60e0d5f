/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The limit kernel's queues, and the bursts that there are. This and limit.c are the only
 * files of the bench that know the driver's structs.
 */

#ifndef LIMIT_QUEUE_H
#define LIMIT_QUEUE_H

#include <stdint.h>

#include <ethdev_driver.h>

#include "queue.h"
#include "rx.h"
#include "tx.h"

#define LIMIT_RX_BLOCK 64u /* refilled at once, with one doorbell */
#define LIMIT_TX_BLOCK 32u /* one RS, one look at DD and one return to the pool for so many */
#define LIMIT_RX_AHEAD 16u /* descriptors between one that is taken and one prefetched */

struct limit_rxq {
	struct oriel_rx_desc *ring;
	struct rte_mbuf **sw_ring;
	volatile void *tail;
	uint64_t mbuf_init, ol_init;
	struct rte_mempool *mp;
	uint64_t distance; /* from an mbuf to where its frame goes, 0: not always the same */
	uint16_t nb_desc, next, nb_hold;
	uint32_t status_mask;
	uint8_t rss_mask;
	struct oriel_rxq *of;
} __rte_cache_aligned;

struct limit_txq {
	struct oriel_tx_desc *ring;
	struct rte_mbuf **sw_ring;
	volatile void *tail;
	uint16_t nb_desc, next, clean, nb_free;
	struct oriel_txq *of;
} __rte_cache_aligned;

/** The bursts for one instruction set. */
struct limit_bursts {
	const char *name;
	eth_rx_burst_t rx_plain, rx_offload;
	eth_tx_burst_t tx_checked, tx_fast; /* fast: MBUF_FAST_FREE */
};

extern const struct limit_bursts limit_avx2, limit_avx512;

#endif /* LIMIT_QUEUE_H */
