/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * VLAN strip in software, for ports whose queues differ: the device strips for all or for
 * none. The rows that do it are chosen for such ports alone and cost no other anything.
 */

#ifndef ORIEL_RX_STRIP_H
#define ORIEL_RX_STRIP_H

#include "queue.h"

/**
 * Takes the tag of q->strip_tpid out of frames, as the device would: the tag goes to vlan_tci
 * with VLAN and VLAN_STRIPPED, its bytes are not counted. The frame then starts 4 bytes later in
 * its buffer. Frames without that tag stay as they are; all do if strip_tpid is 0.
 */
void oriel_rx_strip(struct oriel_rxq *q, struct rte_mbuf **pkts, uint16_t nb_pkts);

/* ---- bursts: names for path.c ---- */

uint16_t oriel_rx_burst_strip_scalar(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_strip_sse(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_strip_avx2(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t oriel_rx_burst_strip_avx512(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_RX_STRIP_H */
