/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The limit kernel on a port: takes the driver's queues over, chooses the bursts, and gives
 * the queues back as the driver wants them.
 */

#include <errno.h>

#include <rte_cpuflags.h>

#include "limit.h"
#include "limit_queue.h"

#define MAX_PORTS 2
#define MAX_QUEUES 8

static struct limit_rxq rxqs[MAX_PORTS][MAX_QUEUES];
static struct limit_txq txqs[MAX_PORTS][MAX_QUEUES];
/* What rte_eth_fp_ops points to instead of the driver's queues. */
static void *rxq_data[MAX_PORTS][MAX_QUEUES], *txq_data[MAX_PORTS][MAX_QUEUES];
static struct {
	eth_rx_burst_t rx;
	eth_tx_burst_t tx;
	void **rx_data, **tx_data;
	bool taken;
} saved[MAX_PORTS];

static void
note_distance(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	uint64_t here = rte_mbuf_data_iova_default(obj) - (uint64_t)(uintptr_t)obj;
	uint64_t *distance = arg;

	(void)mp;
	if (i == 0)
		*distance = here;
	else if (*distance != here)
		*distance = 0;
}

/* The receive queue goes on where it is: both keep the mbufs of a ring in the same array. */
static int
take_rxq(struct limit_rxq *q, struct oriel_rxq *of, const char **why)
{
	if (of->crc_len != 0) {
		*why = "KEEP_CRC";
		return -ENOTSUP;
	}
	if (of->nb_desc % LIMIT_RX_BLOCK != 0) {
		*why = "a ring size that is no multiple of 64";
		return -ENOTSUP;
	}
	*q = (struct limit_rxq){ .ring = of->ring,
		.sw_ring = of->sw_ring,
		.tail = of->tail,
		.mbuf_init = of->mbuf_init,
		.ol_init = of->ol_init,
		.mp = of->mp,
		.nb_desc = of->nb_desc,
		.next = of->next,
		.nb_hold = of->nb_hold,
		.status_mask = of->status_mask,
		.rss_mask = of->rss_mask,
		.of = of };
	rte_mempool_obj_iter(of->mp, note_distance, &q->distance);
	return 0;
}

/*
 * The driver's transmit queue is empty. What is left of the block that it stands in is as if
 * it held packets, so that all blocks are whole.
 */
static int
take_txq(struct limit_txq *q, struct oriel_txq *of, struct rte_mempool *mp, const char **why)
{
	uint16_t part = of->next % LIMIT_TX_BLOCK, first = of->next - part;

	if (of->nb_desc % LIMIT_TX_BLOCK != 0) {
		*why = "a ring size that is no multiple of 32";
		return -ENOTSUP;
	}
	if (part != 0 && rte_pktmbuf_alloc_bulk(mp, of->sw_ring + first, part) != 0) {
		*why = "an empty pool";
		return -ENOMEM;
	}
	*q = (struct limit_txq){ .ring = of->ring,
		.sw_ring = of->sw_ring,
		.tail = of->tail,
		.nb_desc = of->nb_desc,
		.next = of->next,
		.clean = first,
		.nb_free = of->nb_desc - 1 - part,
		.of = of };
	return 0;
}

/** Frees what the driver's TX ring still holds; the device has sent it all. */
static void
empty_txq(struct oriel_txq *q)
{
	for (; q->clean != q->next; q->clean = oriel_ring_add(q->clean, 1, q->nb_desc))
		rte_pktmbuf_free(q->sw_ring[q->clean]);
	q->nb_free = q->nb_desc - 1;
	q->nb_used = 0;
	q->rs_head = q->rs_tail;
}

/** The best that the CPU has, or what is asked for. */
static const struct limit_bursts *
choose(enum limit_kind kind, const char **why)
{
	bool avx2 = rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0;
	bool avx512 = avx2 && rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512F) > 0 &&
		rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512VL) > 0 &&
		rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512BW) > 0 &&
		rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512DQ) > 0;

	if (avx512 && kind != LIMIT_AVX2)
		return &limit_avx512;
	if (avx2 && kind != LIMIT_AVX512)
		return &limit_avx2;
	*why = avx2 ? "a CPU without AVX-512" : "a CPU without AVX2";
	return NULL;
}

int
limit_take(uint16_t port, enum limit_kind kind, bool fast_free, const char **name, const char **why)
{
	const struct limit_bursts *bursts;
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];
	const struct rte_eth_dev_data *data = rte_eth_devices[port].data;
	int ret = 0;

	*why = "a port or queue number beyond its own";
	if (port >= MAX_PORTS || data->nb_rx_queues > MAX_QUEUES ||
		data->nb_tx_queues > MAX_QUEUES || data->nb_rx_queues == 0 || saved[port].taken)
		return -ENOTSUP;
	*why = "frames of several buffers or TX offloads";
	if (data->scattered_rx ||
		(data->dev_conf.txmode.offloads & ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0)
		return -ENOTSUP;
	bursts = choose(kind, why);
	if (bursts == NULL)
		return -ENOTSUP;
	for (uint16_t i = 0; ret == 0 && i < data->nb_rx_queues; i++) {
		ret = take_rxq(&rxqs[port][i], data->rx_queues[i], why);
		rxq_data[port][i] = &rxqs[port][i];
	}
	for (uint16_t i = 0; ret == 0 && i < data->nb_tx_queues; i++) {
		empty_txq(data->tx_queues[i]);
		ret = take_txq(&txqs[port][i], data->tx_queues[i], rxqs[port][0].mp, why);
		txq_data[port][i] = &txqs[port][i];
	}
	if (ret != 0)
		return ret;
	saved[port].rx = ops->rx_pkt_burst;
	saved[port].tx = ops->tx_pkt_burst;
	saved[port].rx_data = ops->rxq.data;
	saved[port].tx_data = ops->txq.data;
	saved[port].taken = true;
	ops->rxq.data = rxq_data[port];
	ops->txq.data = txq_data[port];
	ops->rx_pkt_burst = rxqs[port][0].status_mask != 0 || rxqs[port][0].rss_mask != 0 ?
		bursts->rx_offload :
		bursts->rx_plain;
	ops->tx_pkt_burst = fast_free ? bursts->tx_fast : bursts->tx_checked;
	*name = bursts->name;
	return 0;
}

void
limit_give_back(uint16_t port)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];
	const struct rte_eth_dev_data *data = rte_eth_devices[port].data;

	if (port >= MAX_PORTS || !saved[port].taken)
		return;
	for (uint16_t i = 0; i < data->nb_rx_queues; i++) {
		rxqs[port][i].of->next = rxqs[port][i].next;
		rxqs[port][i].of->nb_hold = rxqs[port][i].nb_hold;
	}
	for (uint16_t i = 0; i < data->nb_tx_queues; i++) {
		struct oriel_txq *of = txqs[port][i].of;

		of->clean = txqs[port][i].clean;
		of->next = txqs[port][i].next;
		empty_txq(of);
	}
	ops->rx_pkt_burst = saved[port].rx;
	ops->tx_pkt_burst = saved[port].tx;
	ops->rxq.data = saved[port].rx_data;
	ops->txq.data = saved[port].tx_data;
	saved[port].taken = false;
}
