/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Mbufs from and to a pool in bulk: straight from and to this lcore's cache, where it has
 * one that holds enough; else as DPDK does it. Copies are made of 64 bytes, which each
 * compiler turns into the widest moves that the file it is for may use.
 */

#ifndef ORIEL_POOL_H
#define ORIEL_POOL_H

#include <string.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

/* With statistics the pool counts each operation, so it must see each. */
#if defined(RTE_LIBRTE_MEMPOOL_DEBUG) || defined(RTE_LIBRTE_MEMPOOL_STATS)
#define ORIEL_POOL_CACHE_DIRECT 0
#else
#define ORIEL_POOL_CACHE_DIRECT 1
#endif

#define ORIEL_POOL_COPY 8 /* pointers */

static __rte_always_inline void
oriel_pool_copy(void **dst, void *const *src, unsigned int n)
{
	unsigned int i = 0;

	for (; i + ORIEL_POOL_COPY <= n; i += ORIEL_POOL_COPY)
		memcpy(dst + i, src + i, ORIEL_POOL_COPY * sizeof(*dst));
	for (; i < n; i++)
		dst[i] = src[i];
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
		oriel_pool_copy(objs, cache->objs + cache->len, n);
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
		oriel_pool_copy(cache->objs + cache->len, objs, n);
		cache->len += n;
		return;
	}
	rte_mempool_generic_put(mp, objs, n, cache);
}

#endif /* ORIEL_POOL_H */
