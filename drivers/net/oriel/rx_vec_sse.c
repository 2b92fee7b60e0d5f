/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* RX bursts of SSE4.2: 4 descriptors at once. */

#include "rx.h"

#define ORIEL_VEC 128
#include "vec.h"
#include "rx_vec_lanes.h"
#include "vec_end.h"

#define RX_WIDE 0
#include "rx_vec.h"

uint16_t
oriel_rx_burst_onebuf_sse(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_onebuf(rxq, pkts, nb_pkts);
}

uint16_t
oriel_rx_burst_scattered_sse(void *rxq, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return rx_vec_burst_scattered(rxq, pkts, nb_pkts);
}
