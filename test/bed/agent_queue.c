/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The bed agent's single queues: counters, descriptors as text, and pools that are empty. */

#include <errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent.h"

typedef int (*dump_op)(uint16_t port, uint16_t queue, uint16_t offset, uint16_t num, FILE *file);

static int
dump(struct request *c, dump_op op, const char *call)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	uint16_t offset = (uint16_t)request_uint_or(c, "offset", 0, 0, UINT16_MAX);
	uint16_t num = (uint16_t)request_uint_or(c, "num", 1, 0, UINT16_MAX);
	char *text = NULL;
	size_t size = 0;
	FILE *file;
	int ret;

	if (request_bad(c))
		return c->bad;
	file = open_memstream(&text, &size);
	if (file == NULL)
		return request_ret(c, -errno, "open_memstream");
	ret = op(port, queue, offset, num, file);
	fclose(file);
	request_put(c, "text", json_string(text));
	free(text);
	return request_ret(c, ret, call);
}

static int
cmd_rx_dump(struct request *c)
{
	return dump(c, rte_eth_rx_descriptor_dump, "rte_eth_rx_descriptor_dump");
}

static int
cmd_tx_dump(struct request *c)
{
	return dump(c, rte_eth_tx_descriptor_dump, "rte_eth_tx_descriptor_dump");
}

/* Mbufs taken from a pool, so that drivers find it empty; one pool at a time. */
static struct rte_mbuf *held[16384];
static unsigned int nb_held;

static int
cmd_hold(struct request *c)
{
	struct rte_mempool *mp = agent_pool(c, request_str_or(c, "pool", "pool"));

	if (request_bad(c))
		return c->bad;
	while (nb_held < RTE_DIM(held) && (held[nb_held] = rte_pktmbuf_alloc(mp)) != NULL)
		nb_held++;
	request_put_uint(c, "held", nb_held);
	return 0;
}

static int
cmd_release(struct request *c)
{
	(void)c;
	rte_pktmbuf_free_bulk(held, nb_held);
	nb_held = 0;
	return 0;
}

const struct request_command agent_queue_commands[] = {
	{ "rx_dump", cmd_rx_dump, "port queue offset num" },
	{ "tx_dump", cmd_tx_dump, "port queue offset num" },
	{ "hold", cmd_hold, "pool" },
	{ "release", cmd_release, "" },
	{ NULL, NULL, NULL },
};
