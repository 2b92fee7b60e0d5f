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

static json_t *
counters(const uint64_t *values)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < RTE_ETHDEV_QUEUE_STAT_CNTRS; i++)
		json_array_append_new(list, json_integer((json_int_t)values[i]));
	return list;
}

static int
cmd_stats(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_stats s;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_stats_get(port, &s);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_stats_get");
	request_put_uint(c, "ipackets", s.ipackets);
	request_put_uint(c, "opackets", s.opackets);
	request_put_uint(c, "ibytes", s.ibytes);
	request_put_uint(c, "obytes", s.obytes);
	request_put_uint(c, "imissed", s.imissed);
	request_put_uint(c, "ierrors", s.ierrors);
	request_put_uint(c, "oerrors", s.oerrors);
	request_put_uint(c, "rx_nombuf", s.rx_nombuf);
	request_put(c, "q_ipackets", counters(s.q_ipackets));
	request_put(c, "q_opackets", counters(s.q_opackets));
	request_put(c, "q_ibytes", counters(s.q_ibytes));
	request_put(c, "q_obytes", counters(s.q_obytes));
	request_put(c, "q_errors", counters(s.q_errors));
	return 0;
}

static int
cmd_stats_reset(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_stats_reset(port), "rte_eth_stats_reset");
}

static int
cmd_xstats(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_xstat_name *names = NULL;
	struct rte_eth_xstat *values = NULL;
	json_t *all;
	int n, got;

	if (request_bad(c))
		return c->bad;
	n = rte_eth_xstats_get_names(port, NULL, 0);
	if (n < 0)
		return request_ret(c, n, "rte_eth_xstats_get_names");
	names = calloc((size_t)n + 1, sizeof(*names));
	values = calloc((size_t)n + 1, sizeof(*values));
	if (names == NULL || values == NULL) {
		n = request_fail(c, -ENOMEM, "no memory for %d names", n);
		goto out;
	}
	got = rte_eth_xstats_get_names(port, names, (unsigned int)n);
	if (got == n)
		got = rte_eth_xstats_get(port, values, (unsigned int)n);
	if (got != n) {
		n = request_fail(c, -EIO, "xstats: %d of them, then %d", n, got);
		goto out;
	}
	all = json_object();
	for (int i = 0; i < n; i++)
		if (values[i].id < (uint64_t)n)
			json_object_set_new(all, names[values[i].id].name,
				json_integer((json_int_t)values[i].value));
	/* Names that come twice would hide one another. */
	request_put_uint(c, "count", (uint64_t)n);
	request_put(c, "xstats", all);
out:
	free(names);
	free(values);
	return n < 0 ? n : 0;
}

static int
cmd_xstats_reset(struct request *c)
{
	uint16_t port = agent_port(c);

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_xstats_reset(port), "rte_eth_xstats_reset");
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
put_thresholds(struct request *c, const struct rte_eth_thresh *t)
{
	request_put_uint(c, "pthresh", t->pthresh);
	request_put_uint(c, "hthresh", t->hthresh);
	request_put_uint(c, "wthresh", t->wthresh);
}

static int
cmd_rxq_info(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_rxq_info info;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_info_get(port, queue, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_rx_queue_info_get");
	request_put(c, "pool", json_string(info.mp != NULL ? info.mp->name : ""));
	request_put_uint(c, "nb_desc", info.nb_desc);
	request_put_uint(c, "buf_size", info.rx_buf_size);
	request_put(c, "scattered", json_boolean(info.scattered_rx != 0));
	request_put(c, "state", json_string(state_name(info.queue_state)));
	request_put_uint(c, "free_thresh", info.conf.rx_free_thresh);
	request_put(c, "drop_en", json_boolean(info.conf.rx_drop_en != 0));
	request_put(c, "deferred", json_boolean(info.conf.rx_deferred_start != 0));
	put_thresholds(c, &info.conf.rx_thresh);
	return 0;
}

static int
cmd_txq_info(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_txq_info info;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_tx_queue_info_get(port, queue, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_tx_queue_info_get");
	request_put_uint(c, "nb_desc", info.nb_desc);
	request_put(c, "state", json_string(state_name(info.queue_state)));
	request_put_uint(c, "free_thresh", info.conf.tx_free_thresh);
	request_put_uint(c, "rs_thresh", info.conf.tx_rs_thresh);
	request_put(c, "deferred", json_boolean(info.conf.tx_deferred_start != 0));
	put_thresholds(c, &info.conf.tx_thresh);
	return 0;
}

static int
cmd_burst_mode(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_eth_burst_mode rx = { 0 }, tx = { 0 };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_burst_mode_get(port, queue, &rx);
	if (ret == 0)
		ret = rte_eth_tx_burst_mode_get(port, queue, &tx);
	request_put(c, "rx", json_string(rx.info));
	request_put(c, "tx", json_string(tx.info));
	return request_ret(c, ret, "rte_eth_*_burst_mode_get");
}

static int
cmd_rx_status(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t offset = (uint16_t)request_uint_or(c, "offset", 0, 0, UINT16_MAX);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_descriptor_status(port, queue, offset);
	request_put(c, "status",
		json_string(ret == RTE_ETH_RX_DESC_AVAIL       ? "avail" :
				ret == RTE_ETH_RX_DESC_DONE    ? "done" :
				ret == RTE_ETH_RX_DESC_UNAVAIL ? "unavail" :
								 "error"));
	return request_ret(c, ret, "rte_eth_rx_descriptor_status");
}

static int
cmd_tx_status(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t offset = (uint16_t)request_uint_or(c, "offset", 0, 0, UINT16_MAX);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_tx_descriptor_status(port, queue, offset);
	request_put(c, "status",
		json_string(ret == RTE_ETH_TX_DESC_FULL	       ? "full" :
				ret == RTE_ETH_TX_DESC_DONE    ? "done" :
				ret == RTE_ETH_TX_DESC_UNAVAIL ? "unavail" :
								 "error"));
	return request_ret(c, ret, "rte_eth_tx_descriptor_status");
}

static int
cmd_rx_count(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_rx_queue_count(port, queue);
	if (ret >= 0)
		request_put_uint(c, "count", (uint64_t)ret);
	return request_ret(c, ret, "rte_eth_rx_queue_count");
}

static int
cmd_tx_cleanup(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint32_t count = (uint32_t)request_uint_or(c, "count", 0, 0, UINT32_MAX);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_tx_done_cleanup(port, queue, count);
	if (ret >= 0)
		request_put_uint(c, "freed", (uint64_t)ret);
	return request_ret(c, ret, "rte_eth_tx_done_cleanup");
}

/* ---- device ---- */

static int
cmd_fw_version(struct request *c)
{
	uint16_t port = agent_port(c);
	char text[256] = "";
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_fw_version_get(port, text, sizeof(text));
	if (ret > 0)
		return request_fail(c, -ENOSPC, "the version needs %d bytes", ret);
	request_put(c, "version", json_string(text));
	return request_ret(c, ret, "rte_eth_dev_fw_version_get");
}

static int
cmd_regs(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_dev_reg_info info = { 0 };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_get_reg_info(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_get_reg_info");
	if (info.width == 0 || info.length > MAX_REG_BYTES / info.width)
		return request_fail(
			c, -ERANGE, "%u registers of %u bytes", info.length, info.width);
	info.data = calloc(info.length, info.width);
	if (info.data == NULL)
		return request_fail(c, -ENOMEM, "no memory for %u registers", info.length);
	ret = rte_eth_dev_get_reg_info(port, &info);
	request_put_uint(c, "length", info.length);
	request_put_uint(c, "width", info.width);
	request_put_uint(c, "version", info.version);
	request_put(c, "data", agent_hex(info.data, (size_t)info.length * info.width));
	free(info.data);
	return request_ret(c, ret, "rte_eth_dev_get_reg_info");
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
cmd_resources(struct request *c)
{
	json_t *zones = json_array(), *pools = json_object();
	struct rte_malloc_socket_stats heap;
	uint64_t fds, bytes = 0, blocks = 0;

	request_put(c, "files", open_files(&fds));
	request_put_uint(c, "fds", fds);
	rte_memzone_walk(add_memzone, zones);
	request_put(c, "memzones", zones);
	rte_mempool_walk(add_pool, pools);
	request_put(c, "pools", pools);
	for (unsigned int i = 0; i < rte_socket_count(); i++) {
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &heap) != 0)
			continue;
		bytes += heap.heap_allocsz_bytes;
		blocks += heap.alloc_count;
	}
	request_put_uint(c, "heap_bytes", bytes);
	request_put_uint(c, "heap_blocks", blocks);
	return 0;
}

/* The lines of /proc/self/maps that contain "match". */
static int
cmd_maps(struct request *c)
{
	const char *match = request_str(c, "match");
	json_t *list;
	char line[512];
	FILE *f;

	if (request_bad(c))
		return c->bad;
	f = fopen("/proc/self/maps", "r");
	if (f == NULL)
		return request_ret(c, -errno, "/proc/self/maps");
	list = json_array();
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, match) == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		json_array_append_new(list, json_string(line));
	}
	fclose(f);
	request_put(c, "maps", list);
	return 0;
}

const struct request_command agent_info_commands[] = {
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
