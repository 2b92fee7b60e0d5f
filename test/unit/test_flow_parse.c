/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* rte_flow's items and actions to rules of the hardware; each refusal with what it is about. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_ip.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "flow_parse.h"
#include "rss.h"

#define NB_QUEUES 12
#define MAX_ITEMS 8

static struct rte_flow_attr attr;
static struct rte_flow_item items[MAX_ITEMS];
static struct rte_flow_action actions[MAX_ITEMS];
static unsigned int nb_items, nb_actions;
static struct oriel_flow_rule rule;
static struct rte_flow_error error;
static const struct rte_flow_action_queue to_queue = { .index = 5 };
static const uint8_t key[ORIEL_RSS_KEY_LEN] = { 1, 2, 3 };
static const uint16_t queues[3] = { 2, 0, 11 };

/* An ingress rule without items and actions. */
static int
setup(void **state)
{
	(void)state;
	memset(&attr, 0, sizeof(attr));
	memset(items, 0, sizeof(items));
	memset(actions, 0, sizeof(actions));
	attr.ingress = 1;
	nb_items = nb_actions = 0;
	return 0;
}

/* Fills a rule of the last item or action anew, when a test goes on with another. */
static void
anew(void)
{
	setup(NULL);
}

static struct rte_flow_item *
item(enum rte_flow_item_type type, const void *spec, const void *mask)
{
	struct rte_flow_item *new = &items[nb_items++];

	assert_true(nb_items < MAX_ITEMS);
	new->type = type;
	new->spec = spec;
	new->mask = mask;
	return new;
}

static struct rte_flow_action *
action(enum rte_flow_action_type type, const void *conf)
{
	struct rte_flow_action *new = &actions[nb_actions++];

	assert_true(nb_actions < MAX_ITEMS);
	new->type = type;
	new->conf = conf;
	return new;
}

static void
queue(void)
{
	action(RTE_FLOW_ACTION_TYPE_QUEUE, &to_queue);
}

static void
accepted(enum oriel_flow_kind kind)
{
	memset(&error, 0, sizeof(error));
	memset(&rule, 0xa5, sizeof(rule));
	if (oriel_flow_parse(NB_QUEUES, &attr, items, actions, &rule, &error) != 0)
		fail_msg("refused: %s", error.message);
	assert_int_equal(rule.kind, kind);
	assert_int_equal(rule.priority, attr.priority);
}

#define refused(code, what, about) \
	refused_at(code, RTE_FLOW_ERROR_TYPE_##what, about, __FILE__, __LINE__)

static void
refused_at(int code, enum rte_flow_error_type type, const void *cause, const char *file, int line)
{
	int ret;

	memset(&error, 0, sizeof(error));
	ret = oriel_flow_parse(NB_QUEUES, &attr, items, actions, &rule, &error);
	_assert_int_equal(ret, -code, file, line);
	_assert_int_equal(error.type, type, file, line);
	_assert_int_equal((uintptr_t)error.cause, (uintptr_t)cause, file, line);
	_assert_true(error.message != NULL, "a message", file, line);
	_assert_int_equal(rte_errno, code, file, line);
}

/* ---- what is accepted ---- */

static const struct rte_flow_item_ipv4 ip_spec = { .hdr = { .src_addr = RTE_BE32(0xc0000201),
							   .dst_addr = RTE_BE32(0xc0000202),
							   .next_proto_id = 6 } };
static const struct rte_flow_item_ipv4 ip_addrs = { .hdr = { .src_addr = RTE_BE32(UINT32_MAX),
							    .dst_addr = RTE_BE32(UINT32_MAX) } };
static const struct rte_flow_item_ipv4 ip_proto = { .hdr = { .next_proto_id = 0xff } };
static const struct rte_flow_item_udp udp_spec = { .hdr = { .src_port = RTE_BE16(1000),
							   .dst_port = RTE_BE16(2000) } };
static const struct rte_flow_item_udp udp_ports = { .hdr = { .src_port = RTE_BE16(UINT16_MAX),
							    .dst_port = RTE_BE16(UINT16_MAX) } };
static const struct rte_flow_item_udp udp_dst = { .hdr = { .dst_port = RTE_BE16(UINT16_MAX) } };
static const struct rte_flow_item_tcp syn_spec = { .hdr = { .tcp_flags = RTE_TCP_SYN_FLAG } };
static const struct rte_flow_item_tcp syn_mask = { .hdr = { .tcp_flags = RTE_TCP_SYN_FLAG } };

static void
test_tuple(void **state)
{
	(void)state;
	item(RTE_FLOW_ITEM_TYPE_VOID, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_VOID, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, &ip_addrs);
	item(RTE_FLOW_ITEM_TYPE_UDP, &udp_spec, &udp_ports);
	action(RTE_FLOW_ACTION_TYPE_VOID, NULL);
	queue();
	attr.priority = 6;
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.queue, 5);
	assert_int_equal(rule.tuple.fields, 0x1f);
	assert_int_equal(rule.tuple.src_addr, RTE_BE32(0xc0000201));
	assert_int_equal(rule.tuple.dst_addr, RTE_BE32(0xc0000202));
	assert_int_equal(rule.tuple.src_port, RTE_BE16(1000));
	assert_int_equal(rule.tuple.dst_port, RTE_BE16(2000));
	assert_int_equal(rule.tuple.proto, IPPROTO_UDP);
	assert_int_equal(rule.tuple.tcp_flag, 0);

	/* Without eth; default masks are both addresses and both ports. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
	item(RTE_FLOW_ITEM_TYPE_UDP, &udp_spec, NULL);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.tuple.fields, 0x1f);

	/* What is not compared is 0, whatever the spec has. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_UDP, &udp_spec, &udp_dst);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.tuple.fields, ORIEL_FLOW_PROTO | ORIEL_FLOW_DST_PORT);
	assert_int_equal(rule.tuple.src_port, 0);
	assert_int_equal(rule.tuple.src_addr, 0);

	/* The protocol alone, by number or by an item. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, &ip_proto);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.tuple.fields, ORIEL_FLOW_PROTO);
	assert_int_equal(rule.tuple.proto, IPPROTO_TCP);
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_SCTP, NULL, NULL);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.tuple.fields, ORIEL_FLOW_PROTO);
	assert_int_equal(rule.tuple.proto, IPPROTO_SCTP);
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, &ip_proto);
	item(RTE_FLOW_ITEM_TYPE_TCP, NULL, NULL);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
}

static void
test_tuple_eth_type(void **state)
{
	struct rte_flow_item_eth spec = { .hdr.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4) };
	struct rte_flow_item_eth mask = { .hdr.ether_type = RTE_BE16(UINT16_MAX) };

	(void)state;
	item(RTE_FLOW_ITEM_TYPE_ETH, &spec, &mask);
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
	spec.hdr.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
	refused(EINVAL, ITEM_SPEC, &spec);
}

static void
test_tcp_flag(void **state)
{
	struct rte_flow_item_tcp spec = syn_spec, mask = syn_mask;
	struct rte_flow_item *tcp;
	int bit;

	(void)state;
	item(RTE_FLOW_ITEM_TYPE_IPV4, NULL, NULL);
	tcp = item(RTE_FLOW_ITEM_TYPE_TCP, &spec, &mask);
	queue();
	for (bit = 0; bit < 6; bit++) {
		spec.hdr.tcp_flags = 0xff;
		mask.hdr.tcp_flags = 1 << bit;
		accepted(ORIEL_FLOW_TUPLE);
		assert_int_equal(rule.tuple.tcp_flag, 1 << bit);
		/* A flag that must be clear cannot be asked for. */
		spec.hdr.tcp_flags = 0xff & ~(1 << bit);
		refused(ENOTSUP, ITEM_SPEC, &spec);
	}
	spec.hdr.tcp_flags = 0xff;
	for (bit = 6; bit < 8; bit++) {
		mask.hdr.tcp_flags = 1 << bit;
		refused(ENOTSUP, ITEM_MASK, &mask);
	}
	/* The filter takes any of two flags, the pattern asks for both. */
	mask.hdr.tcp_flags = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG;
	refused(ENOTSUP, ITEM_MASK, &mask);
	tcp->mask = NULL;
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.tuple.tcp_flag, 0);
}

static void
test_ethertype(void **state)
{
	static const uint16_t good[] = { 0x0600, 0x0806, 0x88b5, 0x88f7, 0xffff };
	static const struct {
		uint16_t type;
		int code;
	} bad[] = { { 0, EINVAL }, { 0x05ff, EINVAL }, { 0x0800, ENOTSUP }, { 0x86dd, ENOTSUP },
		{ 0x8100, ENOTSUP }, { 0x88a8, ENOTSUP } };
	struct rte_flow_action_queue to = { .index = 7 };
	struct rte_flow_item_eth spec = { 0 }, mask = { 0 };
	unsigned int i;

	(void)state;
	mask.hdr.ether_type = RTE_BE16(UINT16_MAX);
	item(RTE_FLOW_ITEM_TYPE_ETH, &spec, &mask);
	action(RTE_FLOW_ACTION_TYPE_QUEUE, &to);
	for (i = 0; i < RTE_DIM(good); i++) {
		spec.hdr.ether_type = rte_cpu_to_be_16(good[i]);
		attr.priority = i;
		accepted(ORIEL_FLOW_ETHERTYPE);
		assert_int_equal(rule.ethertype, good[i]);
		assert_int_equal(rule.queue, 7);
	}
	for (i = 0; i < RTE_DIM(bad); i++) {
		spec.hdr.ether_type = rte_cpu_to_be_16(bad[i].type);
		refused(bad[i].code, ITEM_SPEC, &spec);
	}
	spec.hdr.ether_type = RTE_BE16(0x88b5);
	to.index = 8;
	refused(ENOTSUP, ACTION_CONF, &to);
	to.index = NB_QUEUES;
	refused(EINVAL, ACTION_CONF, &to);
	to.index = 0;
	mask.hdr.ether_type = RTE_BE16(0xff00);
	refused(ENOTSUP, ITEM_MASK, &mask);
	mask.hdr.ether_type = RTE_BE16(UINT16_MAX);
	mask.hdr.dst_addr.addr_bytes[5] = 1;
	refused(ENOTSUP, ITEM_MASK, &mask);
	mask.hdr.dst_addr.addr_bytes[5] = 0;
	mask.hdr.src_addr.addr_bytes[0] = 1;
	refused(ENOTSUP, ITEM_MASK, &mask);
	mask.hdr.src_addr.addr_bytes[0] = 0;
	mask.has_vlan = 1;
	refused(ENOTSUP, ITEM_MASK, &mask);
	/* The default mask is the addresses. */
	items[0].mask = NULL;
	refused(ENOTSUP, ITEM_MASK, &items[0]);
}

static void
test_syn(void **state)
{
	struct rte_flow_item_tcp spec = syn_spec, mask = syn_mask;
	struct rte_flow_action_queue to = { .index = 7 };

	(void)state;
	item(RTE_FLOW_ITEM_TYPE_TCP, &spec, &mask);
	action(RTE_FLOW_ACTION_TYPE_QUEUE, &to);
	attr.priority = 7;
	accepted(ORIEL_FLOW_SYN);
	assert_int_equal(rule.queue, 7);
	to.index = 8;
	refused(ENOTSUP, ACTION_CONF, &to);
	to.index = 0;
	mask.hdr.dst_port = RTE_BE16(UINT16_MAX);
	refused(ENOTSUP, ITEM, &items[0]);
	mask.hdr.dst_port = 0;
	spec.hdr.tcp_flags = mask.hdr.tcp_flags = RTE_TCP_ACK_FLAG;
	refused(ENOTSUP, ITEM, &items[0]);
	items[0].spec = items[0].mask = NULL;
	refused(ENOTSUP, ITEM, &items[0]);
	items[0].spec = &spec;
	items[0].mask = &mask;
	spec.hdr.tcp_flags = mask.hdr.tcp_flags = RTE_TCP_SYN_FLAG;
	item(RTE_FLOW_ITEM_TYPE_VXLAN, NULL, NULL);
	refused(ENOTSUP, ITEM, &items[1]);
}

static void
test_rss(void **state)
{
	struct rte_flow_action_rss conf = { .types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6_UDP_EX,
		.key_len = sizeof(key),
		.key = key,
		.queue_num = 3,
		.queue = queues };

	(void)state;
	action(RTE_FLOW_ACTION_TYPE_RSS, &conf);
	attr.priority = 7;
	accepted(ORIEL_FLOW_RSS);
	assert_int_equal(rule.rss.types, conf.types);
	assert_true(rule.rss.has_key);
	assert_memory_equal(rule.rss.key, key, sizeof(key));
	assert_int_equal(rule.rss.nb_queues, 3);
	assert_memory_equal(rule.rss.queues, queues, sizeof(queues));
	item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
	conf.func = RTE_ETH_HASH_FUNCTION_TOEPLITZ;
	conf.level = 1;
	conf.key_len = 0;
	accepted(ORIEL_FLOW_RSS);
	assert_false(rule.rss.has_key);
}

static void
test_rss_refused(void **state)
{
	static const uint16_t beyond[2] = { 0, NB_QUEUES };
	static const uint16_t many[ORIEL_NB_RETA + 1];
	const struct rte_flow_action_rss good = { .queue_num = 3, .queue = queues };
	struct rte_flow_action_rss conf = good;

	(void)state;
	action(RTE_FLOW_ACTION_TYPE_RSS, &conf);
	accepted(ORIEL_FLOW_RSS);
#define BAD(code, ...) \
	do { \
		conf = good; \
		__VA_ARGS__; \
		refused(code, ACTION_CONF, &conf); \
	} while (0)
	BAD(ENOTSUP, conf.func = RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ);
	BAD(ENOTSUP, conf.func = RTE_ETH_HASH_FUNCTION_SIMPLE_XOR);
	BAD(ENOTSUP, conf.level = 2);
	BAD(ENOTSUP, conf.types = RTE_ETH_RSS_NONFRAG_IPV4_SCTP);
	BAD(ENOTSUP, conf.types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_L3_SRC_ONLY);
	BAD(EINVAL, conf.key_len = 39; conf.key = key);
	BAD(EINVAL, conf.key_len = 40; conf.key = NULL);
	BAD(EINVAL, conf.queue_num = 0);
	BAD(EINVAL, conf.queue = NULL);
	BAD(EINVAL, conf.queue = beyond; conf.queue_num = 2);
	BAD(ENOTSUP, conf.queue = many; conf.queue_num = ORIEL_NB_RETA + 1);
#undef BAD
	conf = good;
	conf.queue = many;
	conf.queue_num = ORIEL_NB_RETA;
	accepted(ORIEL_FLOW_RSS);
	actions[0].conf = NULL;
	refused(EINVAL, ACTION, &actions[0]);
	actions[0].conf = &good;
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
	refused(ENOTSUP, ACTION, &actions[0]);
}

/* ---- what is refused ---- */

static void
test_attr(void **state)
{
	(void)state;
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
	queue();
	accepted(ORIEL_FLOW_TUPLE);
#define BAD(code, what, set, unset) \
	do { \
		set; \
		refused(code, what, &attr); \
		unset; \
	} while (0)
	BAD(ENOTSUP, ATTR_GROUP, attr.group = 1, attr.group = 0);
	BAD(ENOTSUP, ATTR_EGRESS, attr.egress = 1, attr.egress = 0);
	BAD(ENOTSUP, ATTR_TRANSFER, attr.transfer = 1, attr.transfer = 0);
	BAD(EINVAL, ATTR_INGRESS, attr.ingress = 0, attr.ingress = 1);
	BAD(EINVAL, ATTR, attr.reserved = 1, attr.reserved = 0);
	BAD(ENOTSUP, ATTR_PRIORITY, attr.priority = 7, attr.priority = 0);
	BAD(ENOTSUP, ATTR_PRIORITY, attr.priority = 8, attr.priority = 0);
	BAD(ENOTSUP, ATTR_PRIORITY, attr.priority = UINT32_MAX, attr.priority = 0);
#undef BAD
	assert_int_equal(oriel_flow_parse(NB_QUEUES, NULL, items, actions, &rule, &error), -EINVAL);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_ATTR);
	assert_int_equal(oriel_flow_parse(NB_QUEUES, &attr, NULL, actions, &rule, &error), -EINVAL);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_ITEM_NUM);
	assert_int_equal(oriel_flow_parse(NB_QUEUES, &attr, items, NULL, &rule, &error), -EINVAL);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_ACTION_NUM);
	/* No queue at all: the port is not configured. */
	assert_int_equal(oriel_flow_parse(0, &attr, items, actions, &rule, &error), -EINVAL);
	assert_ptr_equal(error.cause, &to_queue);
}

/* Each bit of an IPv4, TCP, UDP and SCTP mask: as a part of a field or in another field. */
static void
test_each_mask_bit(void **state)
{
	static const struct {
		enum rte_flow_item_type type;
		size_t size;
	} table[] = {
		{ RTE_FLOW_ITEM_TYPE_IPV4, sizeof(struct rte_flow_item_ipv4) },
		{ RTE_FLOW_ITEM_TYPE_TCP, sizeof(struct rte_flow_item_tcp) },
		{ RTE_FLOW_ITEM_TYPE_UDP, sizeof(struct rte_flow_item_udp) },
		{ RTE_FLOW_ITEM_TYPE_SCTP, sizeof(struct rte_flow_item_sctp) },
	};
	static const uint8_t spec[64] = { [0 ... 63] = 0xff };
	uint8_t mask[64];
	unsigned int i, bit, nb = 0;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		anew();
		if (table[i].type != RTE_FLOW_ITEM_TYPE_IPV4)
			item(RTE_FLOW_ITEM_TYPE_IPV4, NULL, NULL);
		item(table[i].type, spec, mask);
		queue();
		for (bit = 0; bit < 8 * table[i].size; bit++) {
			memset(mask, 0, sizeof(mask));
			mask[bit / 8] |= 1 << (bit % 8);
			/* The one thing that has one bit: a flag of TCP. */
			if (table[i].type == RTE_FLOW_ITEM_TYPE_TCP &&
				bit / 8 == offsetof(struct rte_tcp_hdr, tcp_flags) && bit % 8 < 6) {
				accepted(ORIEL_FLOW_TUPLE);
				nb++;
				continue;
			}
			refused(ENOTSUP, ITEM_MASK, mask);
		}
	}
	assert_int_equal(nb, 6);
}

static void
test_patterns(void **state)
{
	static const enum rte_flow_item_type alone[] = { RTE_FLOW_ITEM_TYPE_VLAN,
		RTE_FLOW_ITEM_TYPE_IPV6, RTE_FLOW_ITEM_TYPE_UDP, RTE_FLOW_ITEM_TYPE_SCTP,
		RTE_FLOW_ITEM_TYPE_ANY, RTE_FLOW_ITEM_TYPE_RAW, RTE_FLOW_ITEM_TYPE_ICMP,
		RTE_FLOW_ITEM_TYPE_VXLAN, RTE_FLOW_ITEM_TYPE_GRE, RTE_FLOW_ITEM_TYPE_INVERT,
		RTE_FLOW_ITEM_TYPE_MARK };
	struct rte_flow_item_ipv4 last = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(alone); i++) {
		/* The item first, behind eth, and behind a whole tuple: it is always the cause. */
		anew();
		item(alone[i], NULL, NULL);
		queue();
		refused(ENOTSUP, ITEM, &items[0]);
		anew();
		item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
		item(RTE_FLOW_ITEM_TYPE_VOID, NULL, NULL);
		item(alone[i], NULL, NULL);
		queue();
		if (alone[i] == RTE_FLOW_ITEM_TYPE_UDP || alone[i] == RTE_FLOW_ITEM_TYPE_SCTP)
			refused(EINVAL, ITEM, &items[2]);
		else
			refused(ENOTSUP, ITEM, &items[2]);
		anew();
		item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
		item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
		item(RTE_FLOW_ITEM_TYPE_UDP, NULL, NULL);
		item(alone[i], NULL, NULL);
		queue();
		refused(ENOTSUP, ITEM, &items[3]);
	}
	/* A frame of any kind to a queue. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
	queue();
	refused(ENOTSUP, ACTION, &actions[0]);
	/* A tuple that compares nothing. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_IPV4, NULL, NULL);
	queue();
	refused(ENOTSUP, ITEM, &items[1]);
	/* Two protocols. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, &ip_proto);
	item(RTE_FLOW_ITEM_TYPE_UDP, NULL, NULL);
	queue();
	refused(EINVAL, ITEM, &items[1]);
	/* Ranges; masks without a spec. */
	anew();
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, &ip_addrs)->last = &last;
	queue();
	refused(ENOTSUP, ITEM_LAST, &last);
	items[0].spec = NULL;
	refused(EINVAL, ITEM, &items[0]);
	items[0].last = NULL;
	refused(EINVAL, ITEM, &items[0]);
	/* eth before tcp without ipv4 */
	anew();
	item(RTE_FLOW_ITEM_TYPE_ETH, NULL, NULL);
	item(RTE_FLOW_ITEM_TYPE_TCP, &syn_spec, &syn_mask);
	queue();
	refused(EINVAL, ITEM, &items[1]);
}

static void
test_actions(void **state)
{
	static const enum rte_flow_action_type others[] = { RTE_FLOW_ACTION_TYPE_COUNT,
		RTE_FLOW_ACTION_TYPE_DROP, RTE_FLOW_ACTION_TYPE_MARK, RTE_FLOW_ACTION_TYPE_FLAG,
		RTE_FLOW_ACTION_TYPE_PASSTHRU, RTE_FLOW_ACTION_TYPE_JUMP, RTE_FLOW_ACTION_TYPE_VF,
		RTE_FLOW_ACTION_TYPE_PF, RTE_FLOW_ACTION_TYPE_OF_POP_VLAN };
	struct rte_flow_action_queue to = { .index = NB_QUEUES };
	unsigned int i;

	(void)state;
	item(RTE_FLOW_ITEM_TYPE_IPV4, &ip_spec, NULL);
	refused(EINVAL, ACTION, &actions[0]);
	for (i = 0; i < RTE_DIM(others); i++) {
		nb_actions = 0;
		action(others[i], NULL);
		actions[1].type = RTE_FLOW_ACTION_TYPE_END;
		refused(ENOTSUP, ACTION, &actions[0]);
		nb_actions = 0;
		queue();
		action(others[i], NULL);
		refused(ENOTSUP, ACTION, &actions[1]);
	}
	nb_actions = 0;
	queue();
	queue();
	refused(ENOTSUP, ACTION, &actions[1]);
	actions[1].type = RTE_FLOW_ACTION_TYPE_END;
	actions[0].conf = NULL;
	refused(EINVAL, ACTION, &actions[0]);
	actions[0].conf = &to;
	refused(EINVAL, ACTION_CONF, &to);
	to.index = UINT16_MAX;
	refused(EINVAL, ACTION_CONF, &to);
	/* A tuple reaches every queue. */
	to.index = NB_QUEUES - 1;
	accepted(ORIEL_FLOW_TUPLE);
	assert_int_equal(rule.queue, NB_QUEUES - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_tuple, setup),
		cmocka_unit_test_setup(test_tuple_eth_type, setup),
		cmocka_unit_test_setup(test_tcp_flag, setup),
		cmocka_unit_test_setup(test_ethertype, setup),
		cmocka_unit_test_setup(test_syn, setup),
		cmocka_unit_test_setup(test_rss, setup),
		cmocka_unit_test_setup(test_rss_refused, setup),
		cmocka_unit_test_setup(test_attr, setup),
		cmocka_unit_test_setup(test_each_mask_bit, setup),
		cmocka_unit_test_setup(test_patterns, setup),
		cmocka_unit_test_setup(test_actions, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
