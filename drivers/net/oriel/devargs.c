/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Device arguments, read at probe. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>

#include "devargs.h"
#include "log.h"
#include "path.h"
#include "watch.h"

static int
parse_burst(struct oriel_adapter *ad, const char *value)
{
	int width = value == NULL ? -EINVAL : oriel_path_simd_width(value);

	if (width < 0) {
		ORIEL_INIT_LOG(ERR,
			"port %u: " ORIEL_DEVARG_BURST "=%s; accepted: " ORIEL_PATH_SIMD_NAMES,
			ad->port_id, value == NULL ? "" : value);
		return -EINVAL;
	}
	ad->forced_simd = width;
	return oriel_path_check_forced(ad->port_id, width);
}

/* What the key is if the application brings none. */
static int
parse_rss_key(struct oriel_adapter *ad, const char *value)
{
	if (value != NULL && strcmp(value, "default") == 0) {
		ad->rss.random_key = false;
		return 0;
	}
	if (value != NULL && strcmp(value, "random") == 0) {
		ad->rss.random_key = true;
		return 0;
	}
	ORIEL_INIT_LOG(ERR, "port %u: " ORIEL_DEVARG_RSS_KEY "=%s; accepted: default, random",
		ad->port_id, value == NULL ? "" : value);
	return -EINVAL;
}

static int
parse_watch(struct oriel_adapter *ad, const char *value)
{
	unsigned long ms = ULONG_MAX;
	char *end = NULL;

	/* strtoul() would take signs and spaces. */
	if (value != NULL && value[0] >= '0' && value[0] <= '9')
		ms = strtoul(value, &end, 10);
	if (end == NULL || *end != '\0' ||
		(ms != 0 && (ms < ORIEL_WATCH_MS_MIN || ms > ORIEL_WATCH_MS_MAX))) {
		ORIEL_INIT_LOG(ERR,
			"port %u: " ORIEL_DEVARG_WATCH "=%s; accepted: 0 (off) and %u to %u",
			ad->port_id, value == NULL ? "" : value, ORIEL_WATCH_MS_MIN,
			ORIEL_WATCH_MS_MAX);
		return -EINVAL;
	}
	ad->watch.period_ms = ms;
	return 0;
}

/* Each may be given once. value is NULL for a name without "=". */
static const struct {
	const char *name;
	int (*parse)(struct oriel_adapter *ad, const char *value);
} args_table[] = {
	{ ORIEL_DEVARG_BURST, parse_burst },
	{ ORIEL_DEVARG_RSS_KEY, parse_rss_key },
	{ ORIEL_DEVARG_WATCH, parse_watch },
};

static int
parse_pair(struct oriel_adapter *ad, const struct rte_kvargs *list, unsigned int n)
{
	const struct rte_kvargs_pair *pair = &list->pairs[n];
	unsigned int i;

	/* rte_kvargs_process() says only that a handler failed, not how. */
	for (i = 0; i < RTE_DIM(args_table); i++)
		if (strcmp(pair->key, args_table[i].name) == 0)
			return args_table[i].parse(ad, pair->value);
	return -EINVAL;
}

int
oriel_devargs_parse(struct oriel_adapter *ad, const char *args)
{
	const char *known[RTE_DIM(args_table) + 1] = { NULL };
	struct rte_kvargs *list;
	unsigned int i;
	int ret = 0;

	ad->forced_simd = -1;
	ad->rss.random_key = false;
	ad->watch.period_ms = ORIEL_WATCH_MS_DEFAULT;
	if (args == NULL || args[0] == '\0')
		return 0;
	for (i = 0; i < RTE_DIM(args_table); i++)
		known[i] = args_table[i].name;
	list = rte_kvargs_parse(args, known);
	if (list == NULL) {
		ORIEL_INIT_LOG(ERR, "port %u: device arguments '%s'; accepted: " ORIEL_DEVARGS_HELP,
			ad->port_id, args);
		return -EINVAL;
	}
	for (i = 0; i < RTE_DIM(args_table) && ret == 0; i++) {
		if (rte_kvargs_count(list, args_table[i].name) > 1) {
			ORIEL_INIT_LOG(ERR, "port %u: device arguments '%s': %s is given twice",
				ad->port_id, args, args_table[i].name);
			ret = -EINVAL;
		}
	}
	for (i = 0; i < list->count && ret == 0; i++)
		ret = parse_pair(ad, list, i);
	rte_kvargs_free(list);
	return ret;
}
