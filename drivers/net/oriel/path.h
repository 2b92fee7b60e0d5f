/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The tables of bursts and the choice among them. All that the driver says of its data
 * path (offload capabilities, packet types, burst modes) comes from here.
 */

#ifndef ORIEL_PATH_H
#define ORIEL_PATH_H

#include "queue.h"

/** One way to receive. */
struct oriel_rx_path {
	const char *name; /* as burst_mode_get says it */
	eth_rx_burst_t burst;
	uint64_t offloads;   /* RTE_ETH_RX_OFFLOAD_* that it serves */
	uint16_t simd_width; /* bits, 0: scalar */
	bool scattered;	     /* takes frames of several buffers */
	uint8_t special;     /* ORIEL_RX_SPECIAL_*: more than any row serves */
};

/** What the rows of the special table alone can do, for ports that need it. */
#define ORIEL_RX_SPECIAL_STRIP 0x1u /* takes VLAN tags out on some queues only */
#define ORIEL_RX_SPECIAL_SPLIT 0x2u /* takes headers from buffers of their own */

/** One way to send. */
struct oriel_tx_path {
	const char *name;
	eth_tx_burst_t burst;
	uint64_t offloads;   /* RTE_ETH_TX_OFFLOAD_* that it serves */
	uint16_t simd_width; /* bits, 0: scalar */
};

/** The tables, best row first; *n is the number of rows. */
const struct oriel_rx_path *oriel_path_rx_table(unsigned int *n);
/** Rows that are taken only where one of the other table cannot do what a port needs. */
const struct oriel_rx_path *oriel_path_rx_special_table(unsigned int *n);
const struct oriel_tx_path *oriel_path_tx_table(unsigned int *n);

/** What burst= accepts, for error messages. */
#define ORIEL_PATH_SIMD_NAMES "scalar, sse, avx2, avx512"

/**
 * The SIMD width of a name as the device argument burst= has it.
 *
 * @return
 *   0, 128, 256 or 512 (bits); -EINVAL for any other name.
 */
int oriel_path_simd_width(const char *name);

/**
 * Why rows of a SIMD width cannot run: the build has none, or the CPU cannot.
 *
 * @param simd_width
 *   Bits, 0 for scalar.
 * @return
 *   NULL if they can.
 */
const char *oriel_path_simd_missing(uint16_t simd_width);

/**
 * Whether burst= may ask for a SIMD width: the build has it, the CPU can, and EAL allows it
 * (--force-max-simd-bitwidth). Logs the reason if not.
 *
 * @return
 *   0 or -ENOTSUP.
 */
int oriel_path_check_forced(uint16_t port_id, uint16_t simd_width);

/**
 * Sets the burst functions and those for descriptor status and count in an rte_eth_dev of
 * this process, from dev->data: the offloads in force, scattered_rx as
 * oriel_queues_program() left it. For primary and secondary processes.
 *
 * @param forced_simd
 *   SIMD width in bits of the only rows that may be taken, negative: the best that can run.
 * @return
 *   0; -ENOTSUP if the forced width is not to be had (logged; the functions are then those
 *   of the scalar rows).
 */
int oriel_path_select(struct rte_eth_dev *dev, int forced_simd);

/** Offloads of the device, RTE_ETH_{RX,TX}_OFFLOAD_*; those of a queue may differ per queue. */
uint64_t oriel_path_rx_offload_capa(void);
uint64_t oriel_path_tx_offload_capa(void);
uint64_t oriel_path_rx_queue_offload_capa(void);
uint64_t oriel_path_tx_queue_offload_capa(void);

/**
 * Packet types that RX reports.
 *
 * @param n
 *   Their number, without the RTE_PTYPE_UNKNOWN that ends the list.
 */
const uint32_t *oriel_path_ptypes(size_t *n);

/** Whether the TX burst that is chosen serves these RTE_ETH_TX_OFFLOAD_*. */
bool oriel_path_tx_serves(const struct rte_eth_dev *dev, uint64_t offloads);

/* dev_ops; -EINVAL if another burst than those of the tables is set */
int oriel_rx_burst_mode_get(
	struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_burst_mode *mode);
int oriel_tx_burst_mode_get(
	struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_burst_mode *mode);

#endif /* ORIEL_PATH_H */
