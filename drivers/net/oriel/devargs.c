/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Device arguments, read at probe. */

#include <errno.h>

#include <rte_kvargs.h>

#include "devargs.h"
#include "log.h"
#include "path.h"

static const char *const known[] = { ORIEL_DEVARG_BURST, NULL };

static int
parse_burst(const char *key, const char *value, void *arg)
{
	struct oriel_adapter *ad = arg;
	int width = value == NULL ? -EINVAL : oriel_path_simd_width(value);

	if (width < 0) {
		ORIEL_INIT_LOG(ERR, "port %u: %s=%s; accepted: " ORIEL_PATH_SIMD_NAMES, ad->port_id,
			key, value == NULL ? "" : value);
		return -EINVAL;
	}
	ad->forced_simd = width;
	return oriel_path_check_forced(ad->port_id, width);
}

int
oriel_devargs_parse(struct oriel_adapter *ad, const char *args)
{
	struct rte_kvargs *list;
	int ret = 0;

	ad->forced_simd = -1;
	if (args == NULL || args[0] == '\0')
		return 0;
	list = rte_kvargs_parse(args, known);
	if (list == NULL) {
		ORIEL_INIT_LOG(ERR, "port %u: device arguments '%s'; accepted: " ORIEL_DEVARGS_HELP,
			ad->port_id, args);
		return -EINVAL;
	}
	if (rte_kvargs_count(list, ORIEL_DEVARG_BURST) > 1) {
		ORIEL_INIT_LOG(ERR,
			"port %u: device arguments '%s': " ORIEL_DEVARG_BURST " is given twice",
			ad->port_id, args);
		ret = -EINVAL;
	}
	if (ret == 0 && rte_kvargs_count(list, ORIEL_DEVARG_BURST) == 1) {
		/* rte_kvargs_process() says only that a handler failed, not how. */
		struct rte_kvargs_pair *pair = &list->pairs[0];

		ret = parse_burst(pair->key, pair->value, ad);
	}
	rte_kvargs_free(list);
	return ret;
}
