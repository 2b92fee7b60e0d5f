/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's flow rules. A rule is its attributes and lists of items and actions:
 *
 *   "pattern": [{"type": "ipv4", "spec": "45..", "mask": "00..", "last": "00.."}, ...]
 *   "actions": [{"type": "queue", "index": 3}, {"type": "rss", "queues": [0, 1], ...}]
 *
 * A type is a name of the tables below or a number of DPDK's enum; spec, mask and last are the
 * bytes of the item's struct. The answer to a refusal names the struct that the driver's error
 * points to: "attr", "item 2", "spec 2", "mask 2", "last 2", "action 0", "conf 0".
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_errno.h>
#include <rte_flow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define MAX_ITEMS 16
#define MAX_ACTIONS 8
#define MAX_BODY 64 /* bytes of an item's struct */
#define MAX_RSS_QUEUES 256
#define MAX_FLOWS 64

static const struct agent_flag item_types[] = {
	{ RTE_FLOW_ITEM_TYPE_VOID, "void" },
	{ RTE_FLOW_ITEM_TYPE_ETH, "eth" },
	{ RTE_FLOW_ITEM_TYPE_VLAN, "vlan" },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "ipv4" },
	{ RTE_FLOW_ITEM_TYPE_IPV6, "ipv6" },
	{ RTE_FLOW_ITEM_TYPE_UDP, "udp" },
	{ RTE_FLOW_ITEM_TYPE_TCP, "tcp" },
	{ RTE_FLOW_ITEM_TYPE_SCTP, "sctp" },
	{ 0, NULL },
};

static const struct agent_flag action_types[] = {
	{ RTE_FLOW_ACTION_TYPE_VOID, "void" },
	{ RTE_FLOW_ACTION_TYPE_QUEUE, "queue" },
	{ RTE_FLOW_ACTION_TYPE_DROP, "drop" },
	{ RTE_FLOW_ACTION_TYPE_COUNT, "count" },
	{ RTE_FLOW_ACTION_TYPE_MARK, "mark" },
	{ RTE_FLOW_ACTION_TYPE_RSS, "rss" },
	{ 0, NULL },
};

struct item_bodies {
	uint8_t spec[MAX_BODY], mask[MAX_BODY], last[MAX_BODY];
};

union action_conf {
	struct rte_flow_action_queue queue;
	struct rte_flow_action_rss rss;
};

/* A rule with all that it points to. */
struct rule {
	struct rte_flow_attr attr;
	struct rte_flow_item items[MAX_ITEMS + 1];
	struct item_bodies bodies[MAX_ITEMS];
	struct rte_flow_action actions[MAX_ACTIONS + 1];
	union action_conf confs[MAX_ACTIONS];
	uint16_t queues[MAX_RSS_QUEUES];
	uint8_t key[UINT8_MAX];
};

static struct rule rule;
static struct {
	struct rte_flow *flow;
	uint16_t port;
} flows[MAX_FLOWS];

/* ---- rules ---- */

static int
get_type(struct request *c, json_t *from, const struct agent_flag *names, const char *what)
{
	json_t *type = json_object_get(from, "type");
	const char *name = json_is_string(type) ? json_string_value(type) : "";

	if (json_is_integer(type))
		return (int)json_integer_value(type);
	for (; names->name != NULL; names++) {
		if (strcmp(names->name, name) == 0)
			return (int)names->value;
	}
	request_argument_error(c, what, "a known type or its number is wanted");
	return 0;
}

/* The bytes at key, or NULL if there are none. */
static const void *
get_body(struct request *c, json_t *item, const char *key, uint8_t body[MAX_BODY])
{
	json_t *hex = json_object_get(item, key);

	memset(body, 0, MAX_BODY);
	if (hex == NULL)
		return NULL;
	if (!json_is_string(hex) || agent_unhex(json_string_value(hex), body, MAX_BODY) < 0)
		request_argument_error(c, "pattern", "spec, mask and last are hexadecimal");
	return body;
}

static void
get_pattern(struct request *c)
{
	json_t *list = json_object_get(c->req, "pattern"), *from;
	size_t i;

	if (json_array_size(list) > MAX_ITEMS) {
		request_argument_error(c, "pattern", "16 items at most");
		return;
	}
	json_array_foreach(list, i, from)
	{
		struct rte_flow_item *item = &rule.items[i];

		item->type = (enum rte_flow_item_type)get_type(c, from, item_types, "pattern");
		item->spec = get_body(c, from, "spec", rule.bodies[i].spec);
		item->mask = get_body(c, from, "mask", rule.bodies[i].mask);
		item->last = get_body(c, from, "last", rule.bodies[i].last);
	}
	rule.items[json_array_size(list)].type = RTE_FLOW_ITEM_TYPE_END;
}

static uint32_t
get_number(json_t *from, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(from, key));
}

static void
get_rss(struct request *c, json_t *from, struct rte_flow_action_rss *rss)
{
	json_t *list = json_object_get(from, "queues"), *queue;
	const char *hex = json_string_value(json_object_get(from, "key"));
	size_t i;

	rss->func = (enum rte_eth_hash_function)get_number(from, "func");
	rss->level = get_number(from, "level");
	rss->types = agent_flags(c, from, "types", agent_rss_types);
	if (hex != NULL) {
		int len = agent_unhex(hex, rule.key, sizeof(rule.key));

		if (len < 0)
			request_argument_error(c, "actions", "the key is hexadecimal");
		rss->key_len = (uint32_t)RTE_MAX(len, 0);
		rss->key = rule.key;
	}
	if (json_array_size(list) > MAX_RSS_QUEUES) {
		request_argument_error(c, "actions", "256 queues at most");
		return;
	}
	json_array_foreach(list, i, queue) rule.queues[i] = (uint16_t)json_integer_value(queue);
	rss->queue_num = (uint32_t)json_array_size(list);
	rss->queue = rss->queue_num == 0 ? NULL : rule.queues;
}

static void
get_actions(struct request *c)
{
	json_t *list = json_object_get(c->req, "actions"), *from;
	size_t i;

	if (json_array_size(list) > MAX_ACTIONS) {
		request_argument_error(c, "actions", "8 actions at most");
		return;
	}
	json_array_foreach(list, i, from)
	{
		struct rte_flow_action *action = &rule.actions[i];

		action->type = (enum rte_flow_action_type)get_type(
			c, from, action_types, "actions");
		action->conf = &rule.confs[i];
		if (action->type == RTE_FLOW_ACTION_TYPE_QUEUE)
			rule.confs[i].queue.index = (uint16_t)get_number(from, "index");
		else if (action->type == RTE_FLOW_ACTION_TYPE_RSS)
			get_rss(c, from, &rule.confs[i].rss);
		else
			action->conf = NULL;
	}
	rule.actions[json_array_size(list)].type = RTE_FLOW_ACTION_TYPE_END;
}

static void
get_rule(struct request *c)
{
	memset(&rule, 0, sizeof(rule));
	rule.attr.group = (uint32_t)request_uint_or(c, "group", 0, 0, UINT32_MAX);
	rule.attr.priority = (uint32_t)request_uint_or(c, "priority", 0, 0, UINT32_MAX);
	rule.attr.ingress = request_bool(c, "ingress", true);
	rule.attr.egress = request_bool(c, "egress", false);
	rule.attr.transfer = request_bool(c, "transfer", false);
	get_pattern(c);
	get_actions(c);
}

/* ---- errors ---- */

static void
put_cause(struct request *c, const void *cause)
{
	char name[32] = "other";
	unsigned int i;

	if (cause == NULL)
		snprintf(name, sizeof(name), "none");
	else if (cause == &rule.attr)
		snprintf(name, sizeof(name), "attr");
	for (i = 0; i < MAX_ITEMS + 1 && cause != NULL; i++) {
		const struct rte_flow_item *item = &rule.items[i];

		if (cause == item)
			snprintf(name, sizeof(name), "item %u", i);
		else if (cause == item->spec)
			snprintf(name, sizeof(name), "spec %u", i);
		else if (cause == item->mask)
			snprintf(name, sizeof(name), "mask %u", i);
		else if (cause == item->last)
			snprintf(name, sizeof(name), "last %u", i);
	}
	for (i = 0; i < MAX_ACTIONS + 1 && cause != NULL; i++) {
		if (cause == &rule.actions[i])
			snprintf(name, sizeof(name), "action %u", i);
		else if (cause == rule.actions[i].conf)
			snprintf(name, sizeof(name), "conf %u", i);
	}
	request_put(c, "cause", json_string(name));
}

static int
flow_ret(struct request *c, int ret, const struct rte_flow_error *error, const char *call)
{
	if (ret >= 0)
		return 0;
	request_put_uint(c, "error_type", error->type);
	put_cause(c, error->cause);
	return request_fail(c, ret, "%s: %s: %.300s", call, rte_strerror(-ret),
		error->message == NULL ? "" : error->message);
}

/* ---- commands ---- */

static int
cmd_flow_validate(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow_error error = { 0 };

	get_rule(c);
	if (request_bad(c))
		return c->bad;
	return flow_ret(c, rte_flow_validate(port, &rule.attr, rule.items, rule.actions, &error),
		&error, "rte_flow_validate");
}

static int
cmd_flow_create(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow_error error = { 0 };
	struct rte_flow *flow;
	unsigned int id = 0;

	get_rule(c);
	while (id < MAX_FLOWS && flows[id].flow != NULL)
		id++;
	if (id == MAX_FLOWS)
		request_argument_error(c, "pattern", "the agent keeps 64 rules");
	if (request_bad(c))
		return c->bad;
	flow = rte_flow_create(port, &rule.attr, rule.items, rule.actions, &error);
	if (flow == NULL)
		return flow_ret(c, -rte_errno, &error, "rte_flow_create");
	flows[id].flow = flow;
	flows[id].port = port;
	request_put_uint(c, "flow", id);
	return 0;
}

/* The rule "flow" of the port, and with `take` it is no longer kept here. */
static struct rte_flow *
get_flow(struct request *c, uint16_t port, bool take)
{
	uint64_t id = request_uint(c, "flow", 0, MAX_FLOWS - 1);
	struct rte_flow *flow;

	if (request_bad(c))
		return NULL;
	flow = flows[id].port == port ? flows[id].flow : NULL;
	if (flow == NULL)
		request_argument_error(c, "flow", "the agent has no such rule");
	else if (take)
		flows[id].flow = NULL;
	return flow;
}

static int
cmd_flow_destroy(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow *flow = get_flow(c, port, true);
	struct rte_flow_error error = { 0 };

	if (request_bad(c))
		return c->bad;
	return flow_ret(c, rte_flow_destroy(port, flow, &error), &error, "rte_flow_destroy");
}

static int
cmd_flow_flush(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow_error error = { 0 };
	unsigned int id;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_flow_flush(port, &error);
	for (id = 0; id < MAX_FLOWS && ret == 0; id++) {
		if (flows[id].port == port)
			flows[id].flow = NULL;
	}
	return flow_ret(c, ret, &error, "rte_flow_flush");
}

/* {"action": name or number}: what an RSS rule does; the first of the actions is asked about. */
static int
cmd_flow_query(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow *flow = get_flow(c, port, false);
	struct rte_flow_action_rss rss = { 0 };
	struct rte_flow_error error = { 0 };
	json_t *list = json_array();
	uint32_t i;
	int ret;

	memset(&rule, 0, sizeof(rule));
	get_actions(c);
	if (request_bad(c)) {
		json_decref(list);
		return c->bad;
	}
	ret = rte_flow_query(port, flow, rule.actions, &rss, &error);
	for (i = 0; i < rss.queue_num; i++)
		json_array_append_new(list, json_integer(rss.queue[i]));
	request_put(c, "queues", list);
	request_put(c, "types", agent_flags_to_json(agent_rss_types, rss.types));
	request_put(c, "key", agent_hex(rss.key, rss.key_len));
	return flow_ret(c, ret, &error, "rte_flow_query");
}

static int
cmd_flow_isolate(struct request *c)
{
	uint16_t port = agent_port(c);
	bool on = request_bool(c, "on", true);
	struct rte_flow_error error = { 0 };

	if (request_bad(c))
		return c->bad;
	return flow_ret(c, rte_flow_isolate(port, on, &error), &error, "rte_flow_isolate");
}

static int
cmd_flow_dump(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_flow_error error = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *file;
	int ret;

	if (request_bad(c))
		return c->bad;
	file = open_memstream(&text, &size);
	if (file == NULL)
		return request_fail(c, -ENOMEM, "no memory");
	ret = rte_flow_dev_dump(port, NULL, file, &error);
	fclose(file);
	request_put(c, "text", json_string(text));
	free(text);
	return flow_ret(c, ret, &error, "rte_flow_dev_dump");
}

static json_t *
numbers(const struct agent_flag *names)
{
	json_t *all = json_object();

	for (; names->name != NULL; names++)
		json_object_set_new(all, names->name, json_integer((json_int_t)names->value));
	return all;
}

/* The numbers of the types that have a name here: they differ between DPDK's releases. */
static int
cmd_flow_types(struct request *c)
{
	request_put(c, "items", numbers(item_types));
	request_put(c, "actions", numbers(action_types));
	return 0;
}

#define RULE_KEYS "port group priority ingress egress transfer pattern actions"

const struct request_command agent_flow_commands[] = {
	{ "flow_validate", cmd_flow_validate, RULE_KEYS },
	{ "flow_create", cmd_flow_create, RULE_KEYS },
	{ "flow_destroy", cmd_flow_destroy, "port flow" },
	{ "flow_flush", cmd_flow_flush, "port" },
	{ "flow_query", cmd_flow_query, "port flow actions" },
	{ "flow_isolate", cmd_flow_isolate, "port on" },
	{ "flow_dump", cmd_flow_dump, "port" },
	{ "flow_types", cmd_flow_types, "" },
	{ NULL, NULL, NULL },
};
