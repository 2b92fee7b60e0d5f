/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's sleep: waits for the interrupts of a port's RX queues, and what a core that
 * would sleep on an address asks.
 */

#include <errno.h>
#include <rte_interrupts.h>
#include <rte_power_intrinsics.h>
#include <stdint.h>
#include <string.h>

#include "agent.h"

#define MAX_QUEUES 64

/* Adds or removes the event descriptors of the first n queues. */
static int
watch(struct request *c, uint16_t port, uint16_t n, int op)
{
	int first = 0;

	for (uint16_t q = 0; q < n; q++) {
		int ret = rte_eth_dev_rx_intr_ctl_q(
			port, q, RTE_EPOLL_PER_THREAD, op, (void *)(uintptr_t)q);

		/* Queues may share a descriptor, which is then known already. */
		if (ret != 0 && ret != -EEXIST && first == 0)
			first = ret;
	}
	return first == 0 ? 0 : request_ret(c, first, "rte_eth_dev_rx_intr_ctl_q");
}

static int
switch_all(struct request *c, uint16_t port, uint16_t n, bool on)
{
	for (uint16_t q = 0; q < n; q++) {
		int ret = on ? rte_eth_dev_rx_intr_enable(port, q) :
			       rte_eth_dev_rx_intr_disable(port, q);

		if (ret != 0)
			return request_ret(c, ret,
				on ? "rte_eth_dev_rx_intr_enable" : "rte_eth_dev_rx_intr_disable");
	}
	return 0;
}

/* Unmasks all RX queues, sleeps until one has frames, masks them again. */
static int
cmd_rx_wait(struct request *c)
{
	uint16_t port = agent_port(c);
	int timeout = (int)request_uint(c, "timeout_ms", 0, 60000);
	struct rte_epoll_event events[MAX_QUEUES];
	struct rte_eth_dev_info info;
	json_t *woken;
	uint16_t n;
	int ret, nb = 0;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_dev_info_get");
	n = RTE_MIN(info.nb_rx_queues, MAX_QUEUES);
	ret = watch(c, port, n, RTE_INTR_EVENT_ADD);
	if (ret != 0)
		return ret;
	ret = switch_all(c, port, n, true);
	if (ret == 0)
		nb = rte_epoll_wait(RTE_EPOLL_PER_THREAD, events, MAX_QUEUES, timeout);
	if (ret == 0)
		ret = switch_all(c, port, n, false);
	watch(c, port, n, RTE_INTR_EVENT_DEL);
	if (ret != 0)
		return ret;
	if (nb < 0)
		return request_fail(c, -EIO, "rte_epoll_wait fails");
	woken = json_array();
	for (int i = 0; i < nb; i++)
		json_array_append_new(
			woken, json_integer((json_int_t)(uintptr_t)events[i].epdata.data));
	request_put(c, "queues", woken);
	return 0;
}

/* What rte_power asks before a core goes to sleep on a queue: whether it may. */
static int
cmd_monitor(struct request *c)
{
	uint16_t port = agent_port(c), queue = agent_queue(c);
	struct rte_power_monitor_cond pmc = { .size = 0 };
	uint64_t value = 0;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_get_monitor_addr(port, queue, &pmc);
	if (ret != 0)
		return request_ret(c, ret, "rte_eth_get_monitor_addr");
	if (pmc.size > sizeof(value) || pmc.fn == NULL)
		return request_fail(c, -EIO, "%u bytes to monitor", pmc.size);
	memcpy(&value, (const void *)(uintptr_t)pmc.addr, pmc.size);
	request_put_uint(c, "size", pmc.size);
	request_put(c, "may_sleep", json_boolean(pmc.fn(value, pmc.opaque) == 0));
	return 0;
}

const struct request_command agent_intr_commands[] = {
	{ "rx_wait", cmd_rx_wait, "port timeout_ms" },
	{ "monitor", cmd_monitor, "port queue" },
	{ NULL, NULL, NULL },
};
