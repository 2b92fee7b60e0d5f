/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The bed agent's questions about a port's health. */

#include "agent.h"

static int
cmd_is_removed(struct request *c)
{
	uint16_t port = agent_port(c);

	if (request_bad(c))
		return c->bad;
	request_put(c, "removed", json_boolean(rte_eth_dev_is_removed(port)));
	return 0;
}

const struct request_command agent_watch_commands[] = {
	{ "is_removed", cmd_is_removed, "port" },
	{ NULL, NULL, NULL },
};
