/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The tables of bursts, and the choice: the first row that serves what is asked for. */

#include <errno.h>

#include <rte_cpuflags.h>
#include <rte_vect.h>

#include "log.h"
#include "path.h"
#include "recycle.h"
#include "rx.h"
#include "rx_split.h"
#include "rx_strip.h"
#include "tx.h"

/* What every RX burst does: metadata from the descriptor, whatever it says. */
#define RX_OFFLOADS \
	(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER | \
		RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_KEEP_CRC | \
		RTE_ETH_RX_OFFLOAD_VLAN_EXTEND)

#define TX_OFFLOADS \
	(RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_TX_OFFLOAD_SCTP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO)

/* Served by the reclaim, whatever the burst. */
#define TX_FREE RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE

/*
 * The rows of one SIMD width. SCATTER may be asked for and not be needed; chains to send are
 * taken by the vector rows too, packet by packet.
 */
#define RX_VEC_ROWS(label, isa, width) \
	{ \
		.name = label, \
		.burst = oriel_rx_burst_onebuf_##isa, \
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER, \
		.simd_width = width, \
	}, \
	{ \
		.name = label " Scattered", .burst = oriel_rx_burst_scattered_##isa, \
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER, .simd_width = width, \
		.scattered = true, \
	}
#define TX_VEC_ROWS(label, isa, width) \
	{ \
		.name = label " Simple", \
		.burst = oriel_tx_burst_simple_##isa, \
		.offloads = TX_FREE | RTE_ETH_TX_OFFLOAD_MULTI_SEGS, \
		.simd_width = width, \
	}, \
	{ \
		.name = label " Offload", .burst = oriel_tx_burst_offload_##isa, \
		.offloads = TX_OFFLOADS | TX_FREE | RTE_ETH_TX_OFFLOAD_MULTI_SEGS, \
		.simd_width = width, \
	}

static const struct oriel_rx_path rx_paths[] = {
#ifdef ORIEL_HAVE_AVX512
	RX_VEC_ROWS("AVX-512", avx512, 512),
#endif
#ifdef ORIEL_HAVE_AVX2
	RX_VEC_ROWS("AVX2", avx2, 256),
#endif
#ifdef ORIEL_HAVE_SSE
	RX_VEC_ROWS("SSE", sse, 128),
#endif
	{
		.name = "Scalar",
		.burst = oriel_rx_burst_onebuf,
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER,
	},
	{
		.name = "Scalar Scattered",
		.burst = oriel_rx_burst_scattered,
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER,
		.scattered = true,
	},
};

/* The row of a SIMD width that strips tags on some queues; for frames of any length. */
#define RX_STRIP_ROW(label, isa, width) \
	{ \
		.name = label " Queue Strip", .burst = oriel_rx_burst_strip_##isa, \
		.offloads = RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER, .simd_width = width, \
		.scattered = true, .special = ORIEL_RX_SPECIAL_STRIP, \
	}

static const struct oriel_rx_path rx_special_paths[] = {
#ifdef ORIEL_HAVE_AVX512
	RX_STRIP_ROW("AVX-512", avx512, 512),
#endif
#ifdef ORIEL_HAVE_AVX2
	RX_STRIP_ROW("AVX2", avx2, 256),
#endif
#ifdef ORIEL_HAVE_SSE
	RX_STRIP_ROW("SSE", sse, 128),
#endif
	RX_STRIP_ROW("Scalar", scalar, 0),
	{
		.name = "Scalar Buffer Split",
		.burst = oriel_rx_burst_split,
		.offloads = (RX_OFFLOADS & ~RTE_ETH_RX_OFFLOAD_KEEP_CRC) |
			RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT,
		.scattered = true,
		.special = ORIEL_RX_SPECIAL_SPLIT | ORIEL_RX_SPECIAL_STRIP,
	},
};

static const struct oriel_tx_path tx_paths[] = {
#ifdef ORIEL_HAVE_AVX512
	TX_VEC_ROWS("AVX-512", avx512, 512),
#endif
#ifdef ORIEL_HAVE_AVX2
	TX_VEC_ROWS("AVX2", avx2, 256),
#endif
#ifdef ORIEL_HAVE_SSE
	TX_VEC_ROWS("SSE", sse, 128),
#endif
	{
		.name = "Scalar Simple",
		.burst = oriel_tx_burst_simple,
		.offloads = TX_FREE,
	},
	{
		.name = "Scalar Multi-Segment",
		.burst = oriel_tx_burst_multi,
		.offloads = TX_FREE | RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	},
	{
		.name = "Scalar Offload",
		.burst = oriel_tx_burst_offload,
		.offloads = TX_OFFLOADS | TX_FREE | RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
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

const struct oriel_rx_path *
oriel_path_rx_special_table(unsigned int *n)
{
	*n = RTE_DIM(rx_special_paths);
	return rx_special_paths;
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
	for (i = 0; i < RTE_DIM(rx_special_paths); i++)
		offloads |= rx_special_paths[i].offloads;
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

/*
 * RXCSUM, RCTL.SECRC and MRQC are one for the port, and so is the burst. CTRL.VME is too: where
 * queues differ, a special row strips.
 */
uint64_t
oriel_path_rx_queue_offload_capa(void)
{
	return RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
}

/* TX offloads are asked for packet by packet; the burst serves those of all queues. */
uint64_t
oriel_path_tx_queue_offload_capa(void)
{
	return oriel_path_tx_offload_capa();
}

/* ---- SIMD widths ---- */

static const struct {
	const char *name;
	uint16_t width;
} simd_names[] = {
	{ "scalar", 0 },
	{ "sse", 128 },
	{ "avx2", 256 },
	{ "avx512", 512 },
};

int
oriel_path_simd_width(const char *name)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(simd_names); i++)
		if (strcmp(name, simd_names[i].name) == 0)
			return simd_names[i].width;
	return -EINVAL;
}

#ifdef RTE_ARCH_X86
static const char *
cpu_missing(uint16_t simd_width)
{
	switch (simd_width) {
	case 128:
		return rte_cpu_get_flag_enabled(RTE_CPUFLAG_SSE4_2) == 1 ? NULL :
									   "this CPU has no SSE4.2";
	case 256:
		return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) == 1 ? NULL :
									 "this CPU has no AVX2";
	case 512:
		return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512F) == 1 &&
				rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512BW) == 1 &&
				rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512DQ) == 1 &&
				rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512VL) == 1 ?
			NULL :
			"this CPU lacks one of AVX512F, BW, DQ, VL";
	default:
		return NULL;
	}
}
#else
static const char *
cpu_missing(uint16_t simd_width)
{
	RTE_SET_USED(simd_width);
	return NULL;
}
#endif

const char *
oriel_path_simd_missing(uint16_t simd_width)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_paths); i++)
		if (rx_paths[i].simd_width == simd_width)
			return cpu_missing(simd_width);
	return "this build has no such bursts (architecture or compiler)";
}

int
oriel_path_check_forced(uint16_t port_id, uint16_t simd_width)
{
	const uint16_t max_simd = rte_vect_get_max_simd_bitwidth();
	const char *missing = oriel_path_simd_missing(simd_width);

	if (missing != NULL) {
		ORIEL_INIT_LOG(ERR, "port %u: burst= asks for bursts of %u bits: %s", port_id,
			simd_width, missing);
		return -ENOTSUP;
	}
	if (simd_width > max_simd) {
		ORIEL_INIT_LOG(ERR,
			"port %u: burst= asks for bursts of %u bits, EAL allows %u: start it with "
			"--force-max-simd-bitwidth=%u",
			port_id, simd_width, max_simd, simd_width);
		return -ENOTSUP;
	}
	return 0;
}

/** Whether a row of that width may be taken. */
static bool
simd_fits(uint16_t simd_width, int forced_simd)
{
	if (forced_simd >= 0)
		return simd_width == forced_simd;
	return simd_width <= rte_vect_get_max_simd_bitwidth() &&
		oriel_path_simd_missing(simd_width) == NULL;
}

/* ---- the choice ---- */

static const struct oriel_rx_path *
rx_choose(uint64_t wanted, bool scattered, int forced_simd)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_paths); i++) {
		const struct oriel_rx_path *p = &rx_paths[i];

		if ((wanted & ~p->offloads) == 0 && p->scattered == scattered &&
			simd_fits(p->simd_width, forced_simd))
			return p;
	}
	return NULL;
}

/** The special row, for frames in one buffer and in several. */
static const struct oriel_rx_path *
rx_choose_special(uint8_t special, int forced_simd)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_special_paths); i++) {
		const struct oriel_rx_path *p = &rx_special_paths[i];

		if ((special & ~p->special) == 0 && simd_fits(p->simd_width, forced_simd))
			return p;
	}
	return NULL;
}

/** What the port's queues need that the rows of the first table do not have. */
static uint8_t
rx_special(const struct rte_eth_dev *dev)
{
	uint8_t special = 0;
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL && q->strip_tpid != 0)
			special |= ORIEL_RX_SPECIAL_STRIP;
		if (q != NULL && q->hdr_ring != NULL)
			special |= ORIEL_RX_SPECIAL_SPLIT;
	}
	return special;
}

static const struct oriel_tx_path *
tx_choose(uint64_t wanted, int forced_simd)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(tx_paths); i++) {
		const struct oriel_tx_path *p = &tx_paths[i];

		if ((wanted & ~p->offloads) == 0 && simd_fits(p->simd_width, forced_simd))
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

bool
oriel_path_tx_serves(const struct rte_eth_dev *dev, uint64_t offloads)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(tx_paths); i++) {
		if (dev->tx_pkt_burst == tx_paths[i].burst)
			return (offloads & ~tx_paths[i].offloads) == 0;
	}
	return false;
}

int
oriel_path_select(struct rte_eth_dev *dev, int forced_simd)
{
	/* ethdev lets nothing else be asked for than what the tables serve. */
	uint64_t rx_wanted = dev->data->dev_conf.rxmode.offloads & oriel_path_rx_offload_capa();
	uint64_t tx_wanted = tx_offloads(dev) & oriel_path_tx_offload_capa();
	const uint8_t special = rx_special(dev);
	const struct oriel_rx_path *rx;
	const struct oriel_tx_path *tx;
	int ret = 0;

	/* The limit of EAL may have changed since the port was probed. */
	if (forced_simd >= 0)
		ret = oriel_path_check_forced(dev->data->port_id, forced_simd);
	/* Without queues that split it asks for nothing. */
	rx_wanted &= ~RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT;
	if (special != 0)
		rx = rx_choose_special(special, ret == 0 ? forced_simd : 0);
	else
		rx = rx_choose(rx_wanted, dev->data->scattered_rx, ret == 0 ? forced_simd : 0);
	tx = tx_choose(tx_wanted, ret == 0 ? forced_simd : 0);

	/* The last row of each table serves everything. */
	if (rx == NULL && special != 0) {
		rx = &rx_special_paths[RTE_DIM(rx_special_paths) - 1];
		ORIEL_INIT_LOG(ERR,
			"port %u: burst= asks for bursts of %d bits: only scalar ones split "
			"headers "
			"off",
			dev->data->port_id, forced_simd);
		ret = -ENOTSUP;
	}
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
#if ORIEL_HAS_TX_QUEUE_COUNT
	dev->tx_queue_count = oriel_tx_queue_count;
#endif
#if ORIEL_HAS_RECYCLE
	dev->recycle_tx_mbufs_reuse = oriel_recycle_tx_mbufs_reuse;
	dev->recycle_rx_descriptors_refill = oriel_recycle_rx_descriptors_refill;
#endif
	ORIEL_INIT_LOG(DEBUG, "port %u: RX burst \"%s\", TX burst \"%s\"", dev->data->port_id,
		rx->name, tx->name);
	return ret;
}

/** The name of a burst, NULL if it is in none of the tables. */
static const char *
rx_name(eth_rx_burst_t burst)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(rx_paths); i++)
		if (burst == rx_paths[i].burst)
			return rx_paths[i].name;
	for (i = 0; i < RTE_DIM(rx_special_paths); i++)
		if (burst == rx_special_paths[i].burst)
			return rx_special_paths[i].name;
	return NULL;
}

int
oriel_rx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_burst_mode *mode)
{
	const char *name = rx_name(dev->rx_pkt_burst);

	RTE_SET_USED(queue_id);
	if (name == NULL)
		return -EINVAL;
	snprintf(mode->info, sizeof(mode->info), "%s", name);
	return 0;
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
