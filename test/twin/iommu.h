/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The DMA windows of one VFIO container and where device addresses lead.
 */

#ifndef TWIN_IOMMU_H
#define TWIN_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#define IOMMU_READ 1u		 /* the device may read */
#define IOMMU_WRITE 2u		 /* the device may write */
#define IOMMU_PAGE 4096u	 /* granularity of windows */
#define IOMMU_ENTRY_LIMIT 65535u /* windows a container may have, as Linux' default */
#define IOMMU_NB_VALID 2

struct iommu_span {
	uint64_t first, last;
};

/** [first, last] of device addresses lies at va. */
struct iommu_range {
	uint64_t first, last;
	uintptr_t va;
	uint32_t prot;
};

struct twin_iommu {
	struct iommu_range *win; /* as mapped, sorted: an unmap must not cut one */
	unsigned int nb_win, cap_win;
	struct iommu_range *merged; /* neighbours joined, sorted, what look-ups use */
	unsigned int nb_merged, cap_merged;
	bool dirty;	/* merged is older than win */
	uint64_t epoch; /* another one after each change */
};

/** Device addresses that can be mapped: all 48 bits but for the interrupt window. */
extern const struct iommu_span iommu_valid[IOMMU_NB_VALID];

/**
 * Adds a window. 0, -EINVAL (alignment, zero length, wrap, no permission, outside
 * the valid ranges), -EEXIST (overlap), -ENOSPC (too many), -ENOMEM.
 */
int iommu_map(struct twin_iommu *io, uint64_t iova, uintptr_t va, uint64_t len, uint32_t prot);

/**
 * Removes every window wholly inside the range; *unmapped gets their bytes. -EINVAL
 * for a misaligned or empty range and for one that would cut a window (type1v2).
 */
int iommu_unmap(struct twin_iommu *io, uint64_t iova, uint64_t len, uint64_t *unmapped);

/** Removes all windows; returns their bytes. */
uint64_t iommu_unmap_all(struct twin_iommu *io);

/** The program unmapped this memory while windows led there: the device must not touch it. */
void iommu_forget_memory(struct twin_iommu *io, uintptr_t va, uint64_t len);

/** The range that iova lies in, or NULL. *hit is a cache of the caller's. */
const struct iommu_range *iommu_find(struct twin_iommu *io, uint64_t iova, unsigned int *hit);

#endif /* TWIN_IOMMU_H */
