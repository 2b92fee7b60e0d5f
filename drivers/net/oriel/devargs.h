/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Device arguments: -a 0000:01:00.0,NAME=VALUE */

#ifndef ORIEL_DEVARGS_H
#define ORIEL_DEVARGS_H

#include "adapter.h"

/** Which bursts may be taken; see ORIEL_PATH_SIMD_NAMES. */
#define ORIEL_DEVARG_BURST "burst"

/** The RSS key if the application brings none: the well-known one, or a random one. */
#define ORIEL_DEVARG_RSS_KEY "rss_key"

/** How often the watch looks, ms; see watch.h. */
#define ORIEL_DEVARG_WATCH "watch_ms"

/** For RTE_PMD_REGISTER_PARAM_STRING. */
#define ORIEL_DEVARGS_HELP \
	ORIEL_DEVARG_BURST "=<scalar|sse|avx2|avx512> " ORIEL_DEVARG_RSS_KEY \
			   "=<default|random> " ORIEL_DEVARG_WATCH "=<0|10..10000>"

/**
 * Reads a port's device arguments into the adapter; those not given get their defaults.
 *
 * @param args
 *   As rte_devargs has them, NULL if there are none.
 * @return
 *   0; -EINVAL for an unknown name or value, or a name given twice; -ENOTSUP for bursts that
 *   cannot run here. Logged.
 */
int oriel_devargs_parse(struct oriel_adapter *ad, const char *args);

#endif /* ORIEL_DEVARGS_H */
