/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The only file that looks at RTE_VERSION: what changed in DPDK's driver API from
 * 22.11 on, and the guard that keeps a plugin from being registered in another
 * release than the one that it was built for.
 */

#ifndef ORIEL_COMPAT_H
#define ORIEL_COMPAT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_version.h>

#include <bus_pci_driver.h>
#include <ethdev_driver.h>
#include <ethdev_pci.h>
#include <rte_flow_driver.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0)
#error "oriel needs DPDK 22.11 or later"
#endif

/* rx_queue_count returns int instead of uint32_t since 25.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
typedef int oriel_queue_count_t;
#else
typedef uint32_t oriel_queue_count_t;
#endif

/* Applications can ask for the descriptors in use of a TX queue since 24.03. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define ORIEL_HAS_TX_QUEUE_COUNT 1
#else
#define ORIEL_HAS_TX_QUEUE_COUNT 0
#endif

/* dev_supported_ptypes_get returns the number of elements since 24.03. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define ORIEL_PTYPES_GET_HAS_COUNT 1
#else
#define ORIEL_PTYPES_GET_HAS_COUNT 0
#endif

/* stats_get has the queue counters apart since 25.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
#define ORIEL_STATS_GET_HAS_QUEUES 1
#else
#define ORIEL_STATS_GET_HAS_QUEUES 0
#endif

/* Whether an mbuf holds its buffer's IO address; the macro has another name since 23.03. */
#ifdef RTE_IOVA_IN_MBUF
#define ORIEL_IOVA_IN_MBUF RTE_IOVA_IN_MBUF
#else
#define ORIEL_IOVA_IN_MBUF RTE_IOVA_AS_PA
#endif

/*
 * Mbufs are recycled from TX to RX queues since 23.11. Older releases get the struct, so that
 * the code is built and tested with them too; nobody calls it there.
 */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#define ORIEL_HAS_RECYCLE 1
#else
#define ORIEL_HAS_RECYCLE 0
struct rte_eth_recycle_rxq_info {
	struct rte_mbuf **mbuf_ring;
	struct rte_mempool *mp;
	uint16_t *refill_head;	     /* entry that is to be filled next */
	uint16_t *receive_tail;	     /* entry of the frame that is received next */
	uint16_t mbuf_ring_size;     /* entries */
	uint16_t refill_requirement; /* mbufs to be refilled at once, 0: any number */
};
#endif

/* The frequency of a device's clock can be adjusted since 24.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
#define ORIEL_HAS_ADJUST_FREQ 1
#else
#define ORIEL_HAS_ADJUST_FREQ 0
#endif

/* Telemetry's 64-bit numbers have another name since 23.03; the old one has gone in 25.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define oriel_tel_add_u64 rte_tel_data_add_dict_uint
#else
#define oriel_tel_add_u64 rte_tel_data_add_dict_u64
#endif

#if RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0)
#define ORIEL_DEV_TO_PCI(eth_dev) RTE_BUS_DEVICE((eth_dev)->device, struct rte_pci_device)
#else
#define ORIEL_DEV_TO_PCI(eth_dev) RTE_ETH_DEV_TO_PCI(eth_dev)
#endif

/* The release is YEAR.MONTH: a point release never changes a driver's structs. */
#ifdef ORIEL_BUILT_FOR_OVERRIDE /* a test builds a module that pretends to be for another release \
				 */
#define ORIEL_BUILT_FOR ORIEL_BUILT_FOR_OVERRIDE
#else
static inline const char *
oriel_built_for(void)
{
	static char release[16];

	if (release[0] == '\0')
		snprintf(release, sizeof(release), "%d.%02d", RTE_VER_YEAR, RTE_VER_MONTH);
	return release;
}
#define ORIEL_BUILT_FOR oriel_built_for()
#endif

/**
 * Whether the DPDK that runs is of the release this file was compiled for. Struct
 * layouts of drivers are no ABI and one soname covers several releases, so this must
 * be asked before registration: in probe() it would be too late.
 */
static inline bool
oriel_release_fits(void)
{
	const char *running = rte_version(); /* "DPDK YY.MM.P..." */
	char want[32];

	snprintf(want, sizeof(want), "DPDK %s.", ORIEL_BUILT_FOR);
	if (strncmp(running, want, strlen(want)) == 0)
		return true;
	fprintf(stderr, "oriel: built for DPDK %s, running on %s: driver not registered\n",
		ORIEL_BUILT_FOR, running);
	return false;
}

/* The name that the tools find takes no number since 25.07. */
#if RTE_VERSION >= RTE_VERSION_NUM(25, 7, 0, 0)
#define ORIEL_EXPORT_NAME(nm) RTE_PMD_EXPORT_NAME(nm)
#else
#define ORIEL_EXPORT_NAME(nm) RTE_PMD_EXPORT_NAME(nm, __COUNTER__)
#endif

/** RTE_PMD_REGISTER_PCI with the release guard before it. */
#define ORIEL_REGISTER_PCI(nm, pci_drv) \
	RTE_INIT(oriel_pci_init_##nm) \
	{ \
		if (!oriel_release_fits()) \
			return; \
		(pci_drv).driver.name = RTE_STR(nm); \
		rte_pci_register(&(pci_drv)); \
	} \
	ORIEL_EXPORT_NAME(nm)

#endif /* ORIEL_COMPAT_H */
