/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the tests of the data path share: EAL without hugepages and devices, pools whose
 * mbufs are counted, queues on made-up rings in ordinary memory (so that a sanitizer sees
 * a step beside them), a pseudo-random generator whose seed is printed.
 */

#ifndef DATAPATH_BED_H
#define DATAPATH_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "path.h"
#include "queue.h"

#define BED_ROOM 2048u /* bytes of data in an mbuf of a pool as most applications make it */

/** A register nobody wrote to since. */
#define BED_NO_DOORBELL 0xdeadbeefu

/** EAL for tests; 0 or -1. Group set-up of cmocka. */
int bed_eal_init(void **state);

/** Whether a row can run on this CPU; says so if not. */
bool bed_row_runs(const char *name, uint16_t simd_width);

/** A pool without cache of n mbufs with `room` bytes of data. */
struct rte_mempool *bed_pool(const char *name, unsigned int n, unsigned int room);
/** Asserts that all mbufs of a pool are back in it, then frees it. */
void bed_pool_done(struct rte_mempool *mp);

/** An RX queue as after start, all descriptors armed; `offloads` RTE_ETH_RX_OFFLOAD_*. */
struct oriel_rxq *bed_rxq(
	struct rte_mempool *mp, uint16_t nb_desc, uint16_t free_thresh, uint64_t offloads);
void bed_rxq_done(struct oriel_rxq *q);

/** A TX queue as after start. */
struct oriel_txq *bed_txq(uint16_t nb_desc, uint16_t rs_thresh, uint16_t free_thresh);
void bed_txq_done(struct oriel_txq *q);

/** The queue's tail register: BED_NO_DOORBELL if not written since the last call. */
uint32_t bed_take_doorbell(volatile void *tail);

/** The device writes descriptor idx back. */
void bed_rx_done(struct oriel_rxq *q, uint16_t idx, uint32_t info, uint32_t hash, uint32_t status,
	uint16_t length, uint16_t vlan);

/** xorshift64*: the same on all machines. */
uint64_t bed_random(uint64_t *seed);
/** A seed from ORIEL_TEST_SEED or the clock, printed. */
uint64_t bed_seed(const char *test);

#endif /* DATAPATH_BED_H */
