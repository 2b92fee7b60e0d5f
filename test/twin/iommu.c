/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The twin's IOMMU: DMA windows as VFIO type1v2 keeps them, look-ups for the
 * device model, and the record of every DMA that was refused.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "iommu.h"

/* 0xfee00000..0xfeefffff is where x86 interrupt messages go; Linux keeps it out as well. */
const struct iommu_span iommu_valid[IOMMU_NB_VALID] = {
	{ 0, 0xfedfffff },
	{ 0xfef00000, 0xffffffffffff },
};

/** Index of the first window whose last address is not below iova. */
static unsigned int
range_lower(const struct iommu_range *r, unsigned int nb, uint64_t iova)
{
	unsigned int lo = 0, hi = nb;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (r[mid].last < iova)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
range_reserve(struct iommu_range **r, unsigned int *cap, unsigned int want)
{
	unsigned int n = *cap ? *cap : 64;
	struct iommu_range *grown;

	if (want <= *cap)
		return 0;
	while (n < want)
		n *= 2;
	grown = realloc(*r, n * sizeof(**r));
	if (grown == NULL)
		return -ENOMEM;
	*r = grown;
	*cap = n;
	return 0;
}

static bool
range_valid(uint64_t first, uint64_t last)
{
	for (unsigned int i = 0; i < IOMMU_NB_VALID; i++)
		if (first >= iommu_valid[i].first && last <= iommu_valid[i].last)
			return true;
	return false;
}

/** Numbers are not used again by another container's windows. */
static void
changed(struct twin_iommu *io)
{
	static uint64_t last;

	io->dirty = true;
	io->epoch = ++last;
}

int
iommu_map(struct twin_iommu *io, uint64_t iova, uintptr_t va, uint64_t len, uint32_t prot)
{
	uint64_t last = iova + len - 1;
	unsigned int at;
	int ret;

	if (len == 0 || ((iova | va | len) & (IOMMU_PAGE - 1)) != 0 || prot == 0 ||
		(prot & ~(IOMMU_READ | IOMMU_WRITE)) != 0)
		return -EINVAL;
	if (last < iova || va + len - 1 < va)
		return -EINVAL;

	at = range_lower(io->win, io->nb_win, iova);
	if (at < io->nb_win && io->win[at].first <= last)
		return -EEXIST;
	if (io->nb_win >= IOMMU_ENTRY_LIMIT)
		return -ENOSPC;
	if (!range_valid(iova, last))
		return -EINVAL;

	/* Both arrays grow here, so that a look-up never has to fail for want of memory. */
	ret = range_reserve(&io->win, &io->cap_win, io->nb_win + 1);
	if (ret == 0)
		ret = range_reserve(&io->merged, &io->cap_merged, io->nb_win + 1);
	if (ret != 0)
		return ret;

	memmove(&io->win[at + 1], &io->win[at], (io->nb_win - at) * sizeof(*io->win));
	io->win[at] = (struct iommu_range){ iova, last, va, prot };
	io->nb_win++;
	changed(io);
	return 0;
}

int
iommu_unmap(struct twin_iommu *io, uint64_t iova, uint64_t len, uint64_t *unmapped)
{
	uint64_t last = iova + len - 1;
	unsigned int from, to;

	*unmapped = 0;
	if (len == 0 || ((iova | len) & (IOMMU_PAGE - 1)) != 0 || last < iova)
		return -EINVAL;

	from = range_lower(io->win, io->nb_win, iova);
	if (from < io->nb_win && io->win[from].first < iova)
		return -EINVAL;
	to = range_lower(io->win, io->nb_win, last);
	if (to < io->nb_win && io->win[to].first <= last) {
		if (io->win[to].last != last)
			return -EINVAL;
		to++;
	}
	for (unsigned int i = from; i < to; i++)
		*unmapped += io->win[i].last - io->win[i].first + 1;
	if (to > from) {
		memmove(&io->win[from], &io->win[to], (io->nb_win - to) * sizeof(*io->win));
		io->nb_win -= to - from;
		changed(io);
	}
	return 0;
}

uint64_t
iommu_unmap_all(struct twin_iommu *io)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < io->nb_win; i++)
		bytes += io->win[i].last - io->win[i].first + 1;
	free(io->win);
	free(io->merged);
	memset(io, 0, sizeof(*io));
	return bytes;
}

void
iommu_forget_memory(struct twin_iommu *io, uintptr_t va, uint64_t len)
{
	for (unsigned int i = 0; i < io->nb_win; i++) {
		struct iommu_range *w = &io->win[i];
		uint64_t size = w->last - w->first + 1;

		/* The window stays (its unmap must succeed), but nothing may pass it. */
		if (w->va < va + len && va < w->va + size) {
			w->prot = 0;
			changed(io);
		}
	}
}

static void
iommu_merge(struct twin_iommu *io)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < io->nb_win; i++) {
		const struct iommu_range *w = &io->win[i];
		struct iommu_range *m = n ? &io->merged[n - 1] : NULL;

		if (m != NULL && m->last + 1 == w->first && m->prot == w->prot &&
			m->va + (m->last - m->first + 1) == w->va)
			m->last = w->last;
		else
			io->merged[n++] = *w;
	}
	io->nb_merged = n;
	io->dirty = false;
}

const struct iommu_range *
iommu_find(struct twin_iommu *io, uint64_t iova, unsigned int *hit)
{
	const struct iommu_range *r;
	unsigned int i = *hit;

	if (io->dirty)
		iommu_merge(io);
	if (i < io->nb_merged) {
		r = &io->merged[i];
		if (iova >= r->first && iova <= r->last)
			return r;
	}
	i = range_lower(io->merged, io->nb_merged, iova);
	if (i >= io->nb_merged || io->merged[i].first > iova)
		return NULL;
	*hit = i;
	return &io->merged[i];
}

enum dma_reason {
	DMA_NO_WINDOW = 0,
	DMA_NO_PERMISSION = 1,
	DMA_NO_BUS_MASTER = 2,
};

static void
dma_refuse(struct twin_port *p, uint64_t iova, uint64_t len, bool write, enum dma_reason reason)
{
	uint64_t n = p->cnt->dma_violations++;

	if (n < TWIN_NB_VIOLATIONS)
		p->cnt->violation[n] = (struct twin_violation){
			.iova = iova,
			.len = len,
			.write = write,
			.reason = reason,
		};
}

/**
 * The part of [iova, iova + len) that lies in one range: its address, and *part its
 * bytes. NULL after recording why the device may not go there.
 */
static inline uint8_t *
dma_part(struct twin_port *p, uint64_t iova, uint32_t len, bool write, uint32_t *part)
{
	struct twin_host *h = p->host;
	const struct iommu_range *r;
	uint64_t room;

	if (!p->bus_master) {
		dma_refuse(p, iova, len, write, DMA_NO_BUS_MASTER);
		return NULL;
	}
	r = h->iommu == NULL ? NULL : iommu_find(h->iommu, iova, &h->hit);
	if (r == NULL) {
		dma_refuse(p, iova, len, write, DMA_NO_WINDOW);
		return NULL;
	}
	if ((r->prot & (write ? IOMMU_WRITE : IOMMU_READ)) == 0) {
		dma_refuse(p, iova, len, write, DMA_NO_PERMISSION);
		return NULL;
	}
	room = r->last - iova + 1;
	*part = room < len ? (uint32_t)room : len;
	return (uint8_t *)(r->va + (uintptr_t)(iova - r->first));
}

/** True if every byte of the range may be accessed; else the first bad part is recorded. */
static bool
dma_check(struct twin_port *p, uint64_t iova, uint32_t len, bool write)
{
	uint32_t part;

	for (; len > 0; len -= part, iova += part)
		if (dma_part(p, iova, len, write, &part) == NULL)
			return false;
	return true;
}

void *
twin_dma_ptr(struct twin_port *p, uint64_t iova, uint32_t len, bool write)
{
	uint32_t part = 0;
	uint8_t *va;

	va = dma_part(p, iova, len, write, &part);
	if (va == NULL || part == len)
		return va;
	/* Crosses into another window: legal, but only a copy can serve it. */
	(void)dma_check(p, iova + part, len - part, write);
	return NULL;
}

uint64_t
twin_dma_epoch(const struct twin_port *p)
{
	return p->host->iommu != NULL ? p->host->iommu->epoch : 0;
}

bool
twin_dma_window(struct twin_port *p, uint64_t iova, bool write, struct twin_window *w)
{
	struct twin_host *h = p->host;
	const struct iommu_range *r;

	if (!p->bus_master || h->iommu == NULL)
		return false;
	r = iommu_find(h->iommu, iova, &h->hit);
	if (r == NULL || (r->prot & (write ? IOMMU_WRITE : IOMMU_READ)) == 0)
		return false;
	*w = (struct twin_window){ .first = r->first, .last = r->last, .va = (uint8_t *)r->va };
	return true;
}

void
twin_dma_prefetch(struct twin_port *p, uint64_t iova, bool write)
{
	const struct twin_host *h = p->host;
	const struct iommu_range *r;
	const void *va;

	/* Only where the last access went: a look-up costs more than the hint is worth. */
	if (h->iommu == NULL || h->iommu->dirty || h->hit >= h->iommu->nb_merged)
		return;
	r = &h->iommu->merged[h->hit];
	if (iova < r->first || iova > r->last)
		return;
	va = (const void *)(r->va + (uintptr_t)(iova - r->first));
	if (write)
		__builtin_prefetch(va, 1);
	else
		__builtin_prefetch(va, 0);
}

bool
twin_dma_read(struct twin_port *p, uint64_t iova, void *dst, uint32_t len)
{
	uint8_t *to = dst, *va;
	uint32_t part = 0;

	va = dma_part(p, iova, len, false, &part);
	if (va == NULL || (part != len && !dma_check(p, iova + part, len - part, false)))
		return false;
	for (;;) {
		memcpy(to, va, part);
		to += part;
		iova += part;
		len -= part;
		if (len == 0)
			return true;
		va = dma_part(p, iova, len, false, &part);
		if (va == NULL)
			return false;
	}
}

bool
twin_dma_write(struct twin_port *p, uint64_t iova, const void *src, uint32_t len)
{
	const uint8_t *from = src;
	uint32_t part = 0;
	uint8_t *va;

	va = dma_part(p, iova, len, true, &part);
	if (va == NULL || (part != len && !dma_check(p, iova + part, len - part, true)))
		return false;
	for (;;) {
		memcpy(va, from, part);
		twin_wrote(va, part);
		from += part;
		iova += part;
		len -= part;
		if (len == 0)
			return true;
		va = dma_part(p, iova, len, true, &part);
		if (va == NULL)
			return false;
	}
}
