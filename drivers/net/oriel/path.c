/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The tables of bursts, and the choice: the first row that serves what is asked for. */

#include <errno.h>

#include <rte_vect.h>

#include "log.h"
#include "path.h"
#include "rx.h"
#include "tx.h"

/* What every RX burst does: metadata from the descriptor, whatever it says. */
#define RX_OFFLOADS \
	(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER | \
		RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_KEEP_CRC)

#define TX_OFFLOADS \
	(RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_TX_OFFLOAD_SCTP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO)

static const struct oriel_rx_path rx_paths[] = {
	{
		.name = "Scalar",
		.burst = oriel_rx_burst_onebuf,
		/* SCATTER may be asked for and not be needed. */
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER,
	},
	{
		.name = "Scalar Scattered",
		.burst = oriel_rx_burst_scattered,
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER,
		.scattered = true,
	},
};

static const struct oriel_tx_path tx_paths[] = {
	{
		.name = "Scalar Simple",
		.burst = oriel_tx_burst_simple,
		.offloads = 0,
	},
	{
		.name = "Scalar Multi-Segment",
		.burst = oriel_tx_burst_multi,
		.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	},
	{
		.name = "Scalar Offload",
		.burst = oriel_tx_burst_offload,
		.offloads = TX_OFFLOADS,
	},
	{
		.name = "Scalar Offload Multi-Segment",
		.burst = oriel_tx_burst_multi_offload,
		.offloads = TX_OFFLOADS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	},
};

static const uint32_t ptypes[] = {
	RTE_PTYPE_L2_ETHER,
	RTE_PTYPE_L3_IPV4,
	RTE_PTYPE_L3_IPV4_EXT,
	RTE_PTYPE_L3_IPV6,
	RTE_PTYPE_L3_IPV6_EXT_UNKNOWN,
	RTE_PTYPE_L4_TCP,
	RTE_PTYPE_L4_UDP,
	RTE_PTYPE_L4_SCTP,
	RTE_PTYPE_TUNNEL_IP,
	RTE_PTYPE_INNER_L3_IPV6,
	RTE_PTYPE_INNER_L3_IPV6_EXT_UNKNOWN,
	RTE_PTYPE_INNER_L4_TCP,
	RTE_PTYPE_INNER_L4_UDP,
	RTE_PTYPE_INNER_L4_SCTP,
	RTE_PTYPE_UNKNOWN,
};

const struct oriel_rx_path *
oriel_path_rx_table(unsigned int *n)
{
	*n = RTE_DIM(rx_paths);
	return rx_paths;
}

const struct oriel_tx_path *
oriel_path_tx_table(unsigned int *n)
{
	*n = RTE_DIM(tx_paths);
	return tx_paths;
}

const uint32_t *
oriel_path_ptypes(size_t *n)
{
	*n = RTE_DIM(ptypes) - 1;
	return ptypes;
}

uint64_t
oriel_path_rx_offload_capa(void)
{
	uint64_t offloads = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_paths); i++)
		offloads |= rx_paths[i].offloads;
	return offloads;
}

uint64_t
oriel_path_tx_offload_capa(void)
{
	uint64_t offloads = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(tx_paths); i++)
		offloads |= tx_paths[i].offloads;
	return offloads;
}

/* RXCSUM, CTRL.VME, RCTL.SECRC and MRQC are one for the port, and so is the burst. */
uint64_t
oriel_path_rx_queue_offload_capa(void)
{
	return 0;
}

/* TX offloads are asked for packet by packet; the burst serves those of all queues. */
uint64_t
oriel_path_tx_queue_offload_capa(void)
{
	return oriel_path_tx_offload_capa();
}

static const struct oriel_rx_path *
rx_choose(uint64_t wanted, bool scattered, uint16_t max_simd)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_paths); i++) {
		const struct oriel_rx_path *p = &rx_paths[i];

		if ((wanted & ~p->offloads) == 0 && p->scattered == scattered &&
			p->simd_width <= max_simd)
			return p;
	}
	return NULL;
}

static const struct oriel_tx_path *
tx_choose(uint64_t wanted, uint16_t max_simd)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(tx_paths); i++) {
		const struct oriel_tx_path *p = &tx_paths[i];

		if ((wanted & ~p->offloads) == 0 && p->simd_width <= max_simd)
			return p;
	}
	return NULL;
}

/** TX offloads that any queue may be asked for. */
static uint64_t
tx_offloads(const struct rte_eth_dev *dev)
{
	uint64_t offloads = dev->data->dev_conf.txmode.offloads;
	uint16_t i;

	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct oriel_txq *q = dev->data->tx_queues[i];

		if (q != NULL)
			offloads |= q->offloads;
	}
	return offloads;
}

void
oriel_path_select(struct rte_eth_dev *dev)
{
	uint16_t max_simd = rte_vect_get_max_simd_bitwidth();
	/* ethdev lets nothing else be asked for than what the tables serve. */
	uint64_t rx_wanted = dev->data->dev_conf.rxmode.offloads & oriel_path_rx_offload_capa();
	uint64_t tx_wanted = tx_offloads(dev) & oriel_path_tx_offload_capa();
	const struct oriel_rx_path *rx = rx_choose(rx_wanted, dev->data->scattered_rx, max_simd);
	const struct oriel_tx_path *tx = tx_choose(tx_wanted, max_simd);

	/* The last row of each table serves everything. */
	if (rx == NULL)
		rx = &rx_paths[RTE_DIM(rx_paths) - 1];
	if (tx == NULL)
		tx = &tx_paths[RTE_DIM(tx_paths) - 1];

	dev->rx_pkt_burst = rx->burst;
	dev->tx_pkt_burst = tx->burst;
	dev->tx_pkt_prepare = oriel_tx_prepare;
	dev->rx_queue_count = oriel_rx_queue_count;
	dev->rx_descriptor_status = oriel_rx_descriptor_status;
	dev->tx_descriptor_status = oriel_tx_descriptor_status;
	ORIEL_INIT_LOG(DEBUG, "port %u: RX burst \"%s\", TX burst \"%s\"", dev->data->port_id,
		rx->name, tx->name);
}

int
oriel_rx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_burst_mode *mode)
{
	unsigned int i;

	RTE_SET_USED(queue_id);
	for (i = 0; i < RTE_DIM(rx_paths); i++) {
		if (dev->rx_pkt_burst == rx_paths[i].burst) {
			snprintf(mode->info, sizeof(mode->info), "%s", rx_paths[i].name);
			return 0;
		}
	}
	return -EINVAL;
}

int
oriel_tx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_burst_mode *mode)
{
	unsigned int i;

	RTE_SET_USED(queue_id);
	for (i = 0; i < RTE_DIM(tx_paths); i++) {
		if (dev->tx_pkt_burst == tx_paths[i].burst) {
			snprintf(mode->info, sizeof(mode->info), "%s", tx_paths[i].name);
			return 0;
		}
	}
	return -EINVAL;
}
