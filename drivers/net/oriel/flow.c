/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * rte_flow: the rules of a port. All of a rule is checked before anything is changed; then it
 * has an entry of the table and a filter of the hardware, one for one, so that nothing is ever
 * half installed. Rules of a port that is stopped are programmed when it starts.
 */

#include <inttypes.h>

#include <rte_ip.h>

#include "flow.h"
#include "flow_hw.h"
#include "flow_parse.h"
#include "log.h"
#include "rss.h"

static const char *const kind_names[ORIEL_FLOW_NB_KINDS] = {
	[ORIEL_FLOW_TUPLE] = "5-tuple",
	[ORIEL_FLOW_ETHERTYPE] = "EtherType",
	[ORIEL_FLOW_SYN] = "TCP SYN",
	[ORIEL_FLOW_RSS] = "RSS",
};

void
oriel_flow_init(struct oriel_adapter *ad)
{
	memset(&ad->flow, 0, sizeof(ad->flow));
	rte_spinlock_init(&ad->flow.lock);
}

static bool
same_match(const struct oriel_flow_rule *a, const struct oriel_flow_rule *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == ORIEL_FLOW_ETHERTYPE)
		return a->ethertype == b->ethertype;
	if (a->kind != ORIEL_FLOW_TUPLE)
		return true;
	return a->tuple.fields == b->tuple.fields && a->tuple.proto == b->tuple.proto &&
		a->tuple.tcp_flag == b->tuple.tcp_flag && a->tuple.src_addr == b->tuple.src_addr &&
		a->tuple.dst_addr == b->tuple.dst_addr && a->tuple.src_port == b->tuple.src_port &&
		a->tuple.dst_port == b->tuple.dst_port;
}

static bool
ethertype_reserved(const struct oriel_flow_table *t, uint16_t ethertype)
{
	unsigned int i;

	for (i = 0; i < ORIEL_NB_ETQF; i++) {
		if ((t->etqf_reserved & ORIEL_BIT(i)) && t->etqf_type[i] == ethertype)
			return true;
	}
	return false;
}

/* Whether a rule may join those of the table; the filter that it would have, or an error. */
static int
check_place(const struct oriel_flow_table *t, const struct rte_flow_attr *attr,
	const struct oriel_flow_rule *rule, struct rte_flow_error *error)
{
	unsigned int i;
	int index;

	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (t->flows[i].used && same_match(&t->flows[i].rule, rule))
			return rte_flow_error_set(error, EEXIST, RTE_FLOW_ERROR_TYPE_STATE,
				&t->flows[i],
				rule->kind == ORIEL_FLOW_RSS ?
					"there is one RSS rule, and it is taken" :
					"a rule with this pattern is there already");
	}
	if (rule->kind == ORIEL_FLOW_ETHERTYPE && ethertype_reserved(t, rule->ethertype))
		return rte_flow_error_set(error, EBUSY, RTE_FLOW_ERROR_TYPE_STATE, NULL,
			"the driver itself has a filter for this EtherType: time stamping");
	if (!oriel_flow_hw_order(t, rule, NULL))
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY, attr,
			"filters keep no such order: the SYN rule is before all 5-tuple rules that "
			"may take TCP or behind them, the RSS rule behind all");
	index = oriel_flow_hw_find(t, rule->kind);
	if (index < 0)
		return rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
			rule->kind == ORIEL_FLOW_TUPLE ? "all 8 5-tuple filters are taken" :
							 "all 8 EtherType filters are taken");
	return index;
}

/* All checks; the filter's index or a negative errno. The caller holds the lock. */
static int
check_rule(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item items[], const struct rte_flow_action actions[],
	struct oriel_flow_rule *rule, struct rte_flow_error *error)
{
	int ret = oriel_flow_parse(dev->data->nb_rx_queues, attr, items, actions, rule, error);

	return ret != 0 ? ret : check_place(&oriel_adapter(dev)->flow, attr, rule, error);
}

/* Hands an error out and writes the log line of it; the number stays as it was. */
static int
refuse(const struct oriel_adapter *ad, const char *what, struct rte_flow_error *error,
	const struct rte_flow_error *found, int ret)
{
	ORIEL_DRV_LOG(ERR, "port %u: flow rule: %s: %s (%s)", ad->port_id, what, found->message,
		strerror(-ret));
	return rte_flow_error_set(error, -ret, found->type, found->cause, found->message);
}

/* The same for a rule that was to be made. */
static int
refuse_rule(const struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const char *verb,
	struct rte_flow_error *error, const struct rte_flow_error *found, int ret)
{
	char what[64];

	snprintf(what, sizeof(what), "%s, priority %u, of %u RX queues", verb,
		attr == NULL ? 0 : attr->priority, dev->data->nb_rx_queues);
	return refuse(oriel_adapter(dev), what, error, found, ret);
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item items[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { 0 };
	struct oriel_flow_rule rule;
	int ret;

	rte_spinlock_lock(&ad->flow.lock);
	ret = check_rule(dev, attr, items, actions, &rule, &found);
	rte_spinlock_unlock(&ad->flow.lock);
	return ret < 0 ? refuse_rule(dev, attr, "validate", error, &found, ret) : 0;
}

/* Programs a rule that has its entry, or takes it out of the device. */
static int
apply(struct rte_eth_dev *dev, const struct rte_flow *flow, bool on)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (flow->rule.kind == ORIEL_FLOW_RSS) {
		oriel_rss_take_rule(ad, on ? &flow->rule.rss : NULL);
		return ad->started ? oriel_hw(dev)->rss_set(ad) : 0;
	}
	if (!ad->started)
		return 0;
	return on ? oriel_flow_hw_install(ad, flow) : oriel_flow_hw_remove(ad, flow);
}

/* There are as many entries as filters: a rule with a filter finds one. */
static struct rte_flow *
take_entry(struct oriel_flow_table *t)
{
	unsigned int i;

	/* Not the one that was freed last, so that a handle kept too long is found out. */
	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		struct rte_flow *flow = &t->flows[(t->next + i) % ORIEL_NB_FLOWS];

		if (!flow->used) {
			t->next = (t->next + i + 1) % ORIEL_NB_FLOWS;
			return flow;
		}
	}
	return NULL;
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item items[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { 0 };
	struct oriel_flow_rule rule;
	struct rte_flow *flow = NULL;
	int ret;

	rte_spinlock_lock(&ad->flow.lock);
	ret = check_rule(dev, attr, items, actions, &rule, &found);
	if (ret >= 0)
		flow = take_entry(&ad->flow);
	if (flow != NULL) {
		flow->rule = rule;
		flow->index = ret;
		flow->used = true;
		ret = apply(dev, flow, true);
		if (ret != 0) {
			flow->used = false;
			apply(dev, flow, false);
			flow = NULL;
			rte_flow_error_set(&found, -ret, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				"the device has gone");
		}
	}
	rte_spinlock_unlock(&ad->flow.lock);
	if (flow == NULL)
		refuse_rule(dev, attr, "create", error, &found, ret);
	return flow;
}

/* Whether a handle is one of this port's rules. */
static bool
is_rule(const struct oriel_flow_table *t, const struct rte_flow *flow)
{
	unsigned int i;

	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (flow == &t->flows[i])
			return t->flows[i].used;
	}
	return false;
}

/* A device that has gone has no filters any more: the rule goes all the same. */
static void
drop_rule(struct rte_eth_dev *dev, struct rte_flow *flow)
{
	flow->used = false;
	apply(dev, flow, false);
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { .type = RTE_FLOW_ERROR_TYPE_HANDLE,
		.cause = flow,
		.message = "the port has no such rule" };
	bool known;

	rte_spinlock_lock(&ad->flow.lock);
	known = is_rule(&ad->flow, flow);
	if (known)
		drop_rule(dev, flow);
	rte_spinlock_unlock(&ad->flow.lock);
	return known ? 0 : refuse(ad, "destroy", error, &found, -ENOENT);
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	unsigned int i;

	RTE_SET_USED(error);
	rte_spinlock_lock(&ad->flow.lock);
	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (ad->flow.flows[i].used)
			drop_rule(dev, &ad->flow.flows[i]);
	}
	rte_spinlock_unlock(&ad->flow.lock);
	return 0;
}

/* What RSS does, as it is in force. The pointers stay good as long as the rule does. */
static void
query_rss(const struct oriel_adapter *ad, const struct rte_flow *flow,
	struct rte_flow_action_rss *conf)
{
	*conf = (struct rte_flow_action_rss){
		.func = RTE_ETH_HASH_FUNCTION_TOEPLITZ,
		.types = ad->rss_rule.types,
		.key_len = ORIEL_RSS_KEY_LEN,
		.key = ad->rss_rule.key,
		.queue_num = flow->rule.rss.nb_queues,
		.queue = flow->rule.rss.queues,
	};
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *action,
	void *data, struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { 0 };
	int ret = 0;

	while (action != NULL && action->type == RTE_FLOW_ACTION_TYPE_VOID)
		action++;
	rte_spinlock_lock(&ad->flow.lock);
	if (!is_rule(&ad->flow, flow))
		ret = rte_flow_error_set(&found, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, flow,
			"the port has no such rule");
	else if (action == NULL || data == NULL)
		ret = rte_flow_error_set(&found, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, action,
			"an action and room for the answer are wanted");
	else if (action->type == RTE_FLOW_ACTION_TYPE_COUNT)
		ret = rte_flow_error_set(&found, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
			"filters count nothing");
	else if (action->type != RTE_FLOW_ACTION_TYPE_RSS)
		ret = rte_flow_error_set(&found, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
			"RSS alone has something to tell");
	else if (flow->rule.kind != ORIEL_FLOW_RSS)
		ret = rte_flow_error_set(&found, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, action,
			"the rule has not this action");
	else
		query_rss(ad, flow, data);
	rte_spinlock_unlock(&ad->flow.lock);
	return ret != 0 ? refuse(ad, "query", error, &found, ret) : 0;
}

static int
flow_isolate(struct rte_eth_dev *dev, int set, struct rte_flow_error *error)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { .type = RTE_FLOW_ERROR_TYPE_UNSPECIFIED,
		.message = "what no filter takes always has a queue: there is no isolated mode" };

	return set ? refuse(ad, "isolate", error, &found, -ENOTSUP) : 0;
}

static void
dump_addr(FILE *file, const char *name, rte_be32_t addr)
{
	const uint32_t a = rte_be_to_cpu_32(addr);

	fprintf(file, " %s %u.%u.%u.%u", name, a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
}

static void
dump_tuple(FILE *file, const struct oriel_flow_tuple *tuple)
{
	if (tuple->fields & ORIEL_FLOW_SRC_ADDR)
		dump_addr(file, "src", tuple->src_addr);
	if (tuple->fields & ORIEL_FLOW_DST_ADDR)
		dump_addr(file, "dst", tuple->dst_addr);
	if (tuple->fields & ORIEL_FLOW_PROTO)
		fprintf(file, " protocol %u", tuple->proto);
	if (tuple->fields & ORIEL_FLOW_SRC_PORT)
		fprintf(file, " sport %u", rte_be_to_cpu_16(tuple->src_port));
	if (tuple->fields & ORIEL_FLOW_DST_PORT)
		fprintf(file, " dport %u", rte_be_to_cpu_16(tuple->dst_port));
	if (tuple->tcp_flag != 0)
		fprintf(file, " TCP flag %#04x", tuple->tcp_flag);
}

static void
dump_flow(FILE *file, const struct oriel_adapter *ad, const struct rte_flow *flow)
{
	const struct oriel_flow_rule *rule = &flow->rule;

	fprintf(file, "port %u: %s %u, priority %u:", ad->port_id, kind_names[rule->kind],
		flow->index, rule->priority);
	if (rule->kind == ORIEL_FLOW_TUPLE)
		dump_tuple(file, &rule->tuple);
	else if (rule->kind == ORIEL_FLOW_ETHERTYPE)
		fprintf(file, " type %#06x", rule->ethertype);
	if (rule->kind == ORIEL_FLOW_RSS)
		fprintf(file, " types %#" PRIx64 " over %u queues", ad->rss_rule.types,
			rule->rss.nb_queues);
	else
		fprintf(file, " to queue %u", rule->queue);
	fprintf(file, "%s\n", ad->started ? "" : ", from the next start on");
}

static int
flow_dev_dump(
	struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_flow_error found = { .type = RTE_FLOW_ERROR_TYPE_HANDLE,
		.cause = flow,
		.message = "the port has no such rule" };
	unsigned int i;
	bool known;

	rte_spinlock_lock(&ad->flow.lock);
	known = flow == NULL || is_rule(&ad->flow, flow);
	for (i = 0; i < ORIEL_NB_FLOWS && known; i++) {
		const struct rte_flow *other = &ad->flow.flows[i];

		if (other->used && (flow == NULL || flow == other))
			dump_flow(file, ad, other);
	}
	rte_spinlock_unlock(&ad->flow.lock);
	return known ? 0 : refuse(ad, "dump", error, &found, -ENOENT);
}

static bool
leads_beyond(const struct oriel_flow_rule *rule, uint16_t nb_queues, uint16_t *queue)
{
	unsigned int i;

	*queue = rule->queue;
	if (rule->kind != ORIEL_FLOW_RSS)
		return *queue >= nb_queues;
	for (i = 0; i < rule->rss.nb_queues; i++) {
		*queue = rule->rss.queues[i];
		if (*queue >= nb_queues)
			return true;
	}
	return false;
}

int
oriel_flow_check_queues(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const uint16_t nb_queues = dev->data->nb_rx_queues;
	uint16_t queue;
	unsigned int i;
	int ret = 0;

	rte_spinlock_lock(&ad->flow.lock);
	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		const struct rte_flow *flow = &ad->flow.flows[i];

		if (!flow->used || !leads_beyond(&flow->rule, nb_queues, &queue))
			continue;
		ORIEL_INIT_LOG(ERR,
			"port %u: start: a flow rule (%s) leads to RX queue %u, the port has %u "
			"now: destroy the rule first",
			ad->port_id, kind_names[flow->rule.kind], queue, nb_queues);
		ret = -EINVAL;
	}
	rte_spinlock_unlock(&ad->flow.lock);
	return ret;
}

void
oriel_flow_restore(struct oriel_adapter *ad)
{
	const struct oriel_flow_rss *rss = NULL;
	unsigned int i;

	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (ad->flow.flows[i].used && ad->flow.flows[i].rule.kind == ORIEL_FLOW_RSS)
			rss = &ad->flow.flows[i].rule.rss;
	}
	oriel_rss_take_rule(ad, rss);
}

int
oriel_flow_ops_get(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	static const struct rte_flow_ops flow_ops = {
		.validate = flow_validate,
		.create = flow_create,
		.destroy = flow_destroy,
		.flush = flow_flush,
		.query = flow_query,
		.isolate = flow_isolate,
		.dev_dump = flow_dev_dump,
	};

	RTE_SET_USED(dev);
	*ops = &flow_ops;
	return 0;
}
