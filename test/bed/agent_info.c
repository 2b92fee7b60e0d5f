/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's readings: statistics, queues, registers, and what the process holds
 * (descriptors of files, memzones, mbufs, heap).
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_memzone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

#define MAX_REG_BYTES (1u << 20)
#define MAX_LISTED_FDS 64

/* ---- statistics ---- */

static int
cmd_stats(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_stats s;
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_stats_get(port, &s);
	if (ret != 0)
		return agent_ret(c, ret, "rte_eth_stats_get");
	agent_put_uint(c, "ipackets", s.ipackets);
	agent_put_uint(c, "opackets", s.opackets);
	agent_put_uint(c, "ibytes", s.ibytes);
	agent_put_uint(c, "obytes", s.obytes);
	agent_put_uint(c, "imissed", s.imissed);
	agent_put_uint(c, "ierrors", s.ierrors);
	agent_put_uint(c, "oerrors", s.oerrors);
	agent_put_uint(c, "rx_nombuf", s.rx_nombuf);
	return 0;
}

static int
cmd_stats_reset(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);

	return agent_bad(c) ? c->bad :
			      agent_ret(c, rte_eth_stats_reset(port), "rte_eth_stats_reset");
}

static int
cmd_xstats(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_xstat_name *names = NULL;
	struct rte_eth_xstat *values = NULL;
	json_t *all;
	int n, got;

	if (agent_bad(c))
		return c->bad;
	n = rte_eth_xstats_get_names(port, NULL, 0);
	if (n < 0)
		return agent_ret(c, n, "rte_eth_xstats_get_names");
	names = calloc((size_t)n + 1, sizeof(*names));
	values = calloc((size_t)n + 1, sizeof(*values));
	if (names == NULL || values == NULL) {
		n = agent_fail(c, -ENOMEM, "no memory for %d names", n);
		goto out;
	}
	got = rte_eth_xstats_get_names(port, names, (unsigned int)n);
	if (got == n)
		got = rte_eth_xstats_get(port, values, (unsigned int)n);
	if (got != n) {
		n = agent_fail(c, -EIO, "xstats: %d of them, then %d", n, got);
		goto out;
	}
	all = json_object();
	for (int i = 0; i < n; i++)
		if (values[i].id < (uint64_t)n)
			json_object_set_new(all, names[values[i].id].name,
				json_integer((json_int_t)values[i].value));
	/* Names that come twice would hide one another. */
	agent_put_uint(c, "count", (uint64_t)n);
	agent_put(c, "xstats", all);
out:
	free(names);
	free(values);
	return n < 0 ? n : 0;
}

static int
cmd_xstats_reset(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);

	return agent_bad(c) ? c->bad :
			      agent_ret(c, rte_eth_xstats_reset(port), "rte_eth_xstats_reset");
}

/* ---- queues ---- */

static const char *
state_name(uint8_t state)
{
	return state == RTE_ETH_QUEUE_STATE_STARTED  ? "started" :
		state == RTE_ETH_QUEUE_STATE_STOPPED ? "stopped" :
						       "hairpin";
}

static void
put_thresholds(struct agent_cmd *c, const struct rte_eth_thresh *t)
{
	agent_put_uint(c, "pthresh", t->pthresh);
	agent_put_uint(c, "hthresh", t->hthresh);
	agent_put_uint(c, "wthresh", t->wthresh);
}

static int
cmd_rxq_info(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_rxq_info info;
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_info_get(port, queue, &info);
	if (ret != 0)
		return agent_ret(c, ret, "rte_eth_rx_queue_info_get");
	agent_put(c, "pool", json_string(info.mp != NULL ? info.mp->name : ""));
	agent_put_uint(c, "nb_desc", info.nb_desc);
	agent_put_uint(c, "buf_size", info.rx_buf_size);
	agent_put(c, "scattered", json_boolean(info.scattered_rx != 0));
	agent_put(c, "state", json_string(state_name(info.queue_state)));
	agent_put_uint(c, "free_thresh", info.conf.rx_free_thresh);
	agent_put(c, "drop_en", json_boolean(info.conf.rx_drop_en != 0));
	agent_put(c, "deferred", json_boolean(info.conf.rx_deferred_start != 0));
	put_thresholds(c, &info.conf.rx_thresh);
	return 0;
}

static int
cmd_txq_info(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_txq_info info;
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_tx_queue_info_get(port, queue, &info);
	if (ret != 0)
		return agent_ret(c, ret, "rte_eth_tx_queue_info_get");
	agent_put_uint(c, "nb_desc", info.nb_desc);
	agent_put(c, "state", json_string(state_name(info.queue_state)));
	agent_put_uint(c, "free_thresh", info.conf.tx_free_thresh);
	agent_put_uint(c, "rs_thresh", info.conf.tx_rs_thresh);
	agent_put(c, "deferred", json_boolean(info.conf.tx_deferred_start != 0));
	put_thresholds(c, &info.conf.tx_thresh);
	return 0;
}

static int
cmd_burst_mode(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_burst_mode rx = { 0 }, tx = { 0 };
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_rx_burst_mode_get(port, queue, &rx);
	if (ret == 0)
		ret = rte_eth_tx_burst_mode_get(port, queue, &tx);
	agent_put(c, "rx", json_string(rx.info));
	agent_put(c, "tx", json_string(tx.info));
	return agent_ret(c, ret, "rte_eth_*_burst_mode_get");
}

static int
cmd_rx_status(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t offset = (uint16_t)agent_uint_or(c, "offset", 0, UINT16_MAX);
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_rx_descriptor_status(port, queue, offset);
	agent_put(c, "status",
		json_string(ret == RTE_ETH_RX_DESC_AVAIL       ? "avail" :
				ret == RTE_ETH_RX_DESC_DONE    ? "done" :
				ret == RTE_ETH_RX_DESC_UNAVAIL ? "unavail" :
								 "error"));
	return agent_ret(c, ret, "rte_eth_rx_descriptor_status");
}

static int
cmd_tx_status(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t offset = (uint16_t)agent_uint_or(c, "offset", 0, UINT16_MAX);
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_tx_descriptor_status(port, queue, offset);
	agent_put(c, "status",
		json_string(ret == RTE_ETH_TX_DESC_FULL	       ? "full" :
				ret == RTE_ETH_TX_DESC_DONE    ? "done" :
				ret == RTE_ETH_TX_DESC_UNAVAIL ? "unavail" :
								 "error"));
	return agent_ret(c, ret, "rte_eth_tx_descriptor_status");
}

static int
cmd_rx_count(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_count(port, queue);
	if (ret >= 0)
		agent_put_uint(c, "count", (uint64_t)ret);
	return agent_ret(c, ret, "rte_eth_rx_queue_count");
}

static int
cmd_tx_cleanup(struct agent_cmd *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint32_t count = (uint32_t)agent_uint_or(c, "count", 0, UINT32_MAX);
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_tx_done_cleanup(port, queue, count);
	if (ret >= 0)
		agent_put_uint(c, "freed", (uint64_t)ret);
	return agent_ret(c, ret, "rte_eth_tx_done_cleanup");
}

/* ---- device ---- */

static int
cmd_fw_version(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);
	char text[256] = "";
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_dev_fw_version_get(port, text, sizeof(text));
	if (ret > 0)
		return agent_fail(c, -ENOSPC, "the version needs %d bytes", ret);
	agent_put(c, "version", json_string(text));
	return agent_ret(c, ret, "rte_eth_dev_fw_version_get");
}

static int
cmd_regs(struct agent_cmd *c)
{
	uint16_t port = agent_port(c);
	struct rte_dev_reg_info info = { 0 };
	int ret;

	if (agent_bad(c))
		return c->bad;
	ret = rte_eth_dev_get_reg_info(port, &info);
	if (ret != 0)
		return agent_ret(c, ret, "rte_eth_dev_get_reg_info");
	if (info.width == 0 || info.length > MAX_REG_BYTES / info.width)
		return agent_fail(c, -ERANGE, "%u registers of %u bytes", info.length, info.width);
	info.data = calloc(info.length, info.width);
	if (info.data == NULL)
		return agent_fail(c, -ENOMEM, "no memory for %u registers", info.length);
	ret = rte_eth_dev_get_reg_info(port, &info);
	agent_put_uint(c, "length", info.length);
	agent_put_uint(c, "width", info.width);
	agent_put(c, "data", agent_hex(info.data, (size_t)info.length * info.width));
	free(info.data);
	return agent_ret(c, ret, "rte_eth_dev_get_reg_info");
}

/* ---- the process ---- */

/* Where each open descriptor of the process leads, this listing's own left out. */
static json_t *
open_files(uint64_t *count)
{
	DIR *dir = opendir("/proc/self/fd");
	json_t *list = json_array();
	struct dirent *e;

	*count = 0;
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char path[300], target[256];
		ssize_t n;

		if (e->d_name[0] == '.' || atoi(e->d_name) == dirfd(dir))
			continue;
		(*count)++;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0 || json_array_size(list) >= MAX_LISTED_FDS)
			continue;
		target[n] = '\0';
		json_array_append_new(list, json_string(target));
	}
	if (dir != NULL)
		closedir(dir);
	return list;
}

static void
add_memzone(const struct rte_memzone *mz, void *arg)
{
	json_array_append_new(arg, json_string(mz->name));
}

static void
add_pool(struct rte_mempool *mp, void *arg)
{
	json_t *o = json_object();

	json_object_set_new(o, "size", json_integer(mp->size));
	json_object_set_new(o, "avail", json_integer(rte_mempool_avail_count(mp)));
	json_object_set_new(o, "in_use", json_integer(rte_mempool_in_use_count(mp)));
	json_object_set_new(arg, mp->name, o);
}

static int
cmd_resources(struct agent_cmd *c)
{
	json_t *zones = json_array(), *pools = json_object();
	struct rte_malloc_socket_stats heap;
	uint64_t fds, bytes = 0, blocks = 0;

	agent_put(c, "files", open_files(&fds));
	agent_put_uint(c, "fds", fds);
	rte_memzone_walk(add_memzone, zones);
	agent_put(c, "memzones", zones);
	rte_mempool_walk(add_pool, pools);
	agent_put(c, "pools", pools);
	for (unsigned int i = 0; i < rte_socket_count(); i++) {
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &heap) != 0)
			continue;
		bytes += heap.heap_allocsz_bytes;
		blocks += heap.alloc_count;
	}
	agent_put_uint(c, "heap_bytes", bytes);
	agent_put_uint(c, "heap_blocks", blocks);
	return 0;
}

/* The lines of /proc/self/maps that contain "match". */
static int
cmd_maps(struct agent_cmd *c)
{
	const char *match = agent_str(c, "match");
	json_t *list;
	char line[512];
	FILE *f;

	if (agent_bad(c))
		return c->bad;
	f = fopen("/proc/self/maps", "r");
	if (f == NULL)
		return agent_ret(c, -errno, "/proc/self/maps");
	list = json_array();
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, match) == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		json_array_append_new(list, json_string(line));
	}
	fclose(f);
	agent_put(c, "maps", list);
	return 0;
}

const struct agent_command agent_info_commands[] = {
	{ "stats", cmd_stats, "port" },
	{ "stats_reset", cmd_stats_reset, "port" },
	{ "xstats", cmd_xstats, "port" },
	{ "xstats_reset", cmd_xstats_reset, "port" },
	{ "rxq_info", cmd_rxq_info, "port queue" },
	{ "txq_info", cmd_txq_info, "port queue" },
	{ "burst_mode", cmd_burst_mode, "port queue" },
	{ "rx_status", cmd_rx_status, "port queue offset" },
	{ "tx_status", cmd_tx_status, "port queue offset" },
	{ "rx_count", cmd_rx_count, "port queue" },
	{ "tx_cleanup", cmd_tx_cleanup, "port queue count" },
	{ "fw_version", cmd_fw_version, "port" },
	{ "regs", cmd_regs, "port" },
	{ "resources", cmd_resources, "" },
	{ "maps", cmd_maps, "match" },
	{ NULL, NULL, NULL },
};
