/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Mbufs from and to a pool in bulk: straight from and to this lcore's cache, where it has
 * one that holds enough; else as DPDK does it.
 */

#ifndef ORIEL_POOL_H
#define ORIEL_POOL_H

#include <stdint.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

/* With statistics the pool counts each operation, so it must see each. */
#if defined(RTE_LIBRTE_MEMPOOL_DEBUG) || defined(RTE_LIBRTE_MEMPOOL_STATS)
#define ORIEL_POOL_CACHE_DIRECT 0
#else
#define ORIEL_POOL_CACHE_DIRECT 1
#endif

/* Pointers, as many as the widest register holds that the file at hand is compiled for. */
#if defined(__AVX512F__)
#define ORIEL_POINTERS_WIDE 8
#elif defined(__AVX2__)
#define ORIEL_POINTERS_WIDE 4
#else
#define ORIEL_POINTERS_WIDE 2
#endif
typedef uintptr_t oriel_pointers_t __attribute__((
	vector_size(ORIEL_POINTERS_WIDE * sizeof(void *)), aligned(sizeof(void *)), may_alias));

/** Copies n pointers; memcpy() would use narrower moves, or be called. */
static __rte_always_inline void
oriel_copy_pointers(void *dst, const void *src, unsigned int n)
{
	const uintptr_t *from = src;
	uintptr_t *to = dst;
	unsigned int i = 0, k;

	/* What one RS covers, or half a refill. */
	for (; i + 32 <= n; i += 32) {
#pragma GCC unroll 16
		for (k = i; k < i + 32; k += ORIEL_POINTERS_WIDE)
			*(oriel_pointers_t *)(to + k) = *(const oriel_pointers_t *)(from + k);
	}
	for (; i + ORIEL_POINTERS_WIDE <= n; i += ORIEL_POINTERS_WIDE)
		*(oriel_pointers_t *)(to + i) = *(const oriel_pointers_t *)(from + i);
	for (; i < n; i++)
		to[i] = from[i];
}

/**
 * Gets n objects, in any order.
 *
 * @return
 *   0, or a negative errno if the pool has fewer; then it gives none.
 */
static __rte_always_inline int
oriel_pool_get(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());

	if (ORIEL_POOL_CACHE_DIRECT && likely(cache != NULL && cache->len >= n)) {
		cache->len -= n;
		oriel_copy_pointers(objs, cache->objs + cache->len, n);
		return 0;
	}
	return rte_mempool_generic_get(mp, objs, n, cache);
}

/** Gives n objects back. */
static __rte_always_inline void
oriel_pool_put(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());

	if (ORIEL_POOL_CACHE_DIRECT && cache != NULL &&
		likely(cache->len + n <= cache->flushthresh)) {
		oriel_copy_pointers(cache->objs + cache->len, objs, n);
		cache->len += n;
		return;
	}
	rte_mempool_generic_put(mp, objs, n, cache);
}

#endif /* ORIEL_POOL_H */
