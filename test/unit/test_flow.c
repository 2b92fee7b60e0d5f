/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The rules of a port: registers, conflicts, full tables, reservations, stop and start. */

#include "fake_device.h"

#include <rte_tcp.h>
#include <rte_udp.h>

#include "flow.c"
#include "flow_hw.c"
#include "reta.c"
#include "rss.c"

#define NB_QUEUES 16

static const struct oriel_hw_ops ops = {
	.rss_set = oriel_rss_set,
	.reta_set = oriel_reta_set,
	.flow_set = oriel_flow_hw_set,
};
static struct oriel_process process = { .hw = &ops };
static const struct rte_flow_ops *flow_ops;
static struct rte_flow_error error;

static int
setup(void **state)
{
	fake_setup(state);
	fake_dev->process_private = &process;
	fake_data.nb_rx_queues = NB_QUEUES;
	oriel_flow_init(&fake_ad);
	assert_int_equal(oriel_rss_key_init(&fake_ad), 0);
	fake_ad.started = true;
	*fake_reg(ORIEL_RFCTL) = ORIEL_RFCTL_IPV6_EX_DIS;
	assert_int_equal(oriel_flow_ops_get(fake_dev, &flow_ops), 0);
	return 0;
}

/* ---- rules in short ---- */

struct short_rule {
	enum oriel_flow_kind kind;
	uint32_t priority;
	uint16_t queue;
	uint16_t value; /* EtherType, or destination port of a tuple */
	bool tcp;	/* the tuple is of TCP, else of UDP */
};

static struct rte_flow *
create(const struct short_rule *r, bool for_real, int *ret)
{
	struct rte_flow_item_eth eth = { .hdr.ether_type = rte_cpu_to_be_16(r->value) };
	struct rte_flow_item_eth eth_mask = { .hdr.ether_type = RTE_BE16(UINT16_MAX) };
	struct rte_flow_item_udp udp = { .hdr.dst_port = rte_cpu_to_be_16(r->value) };
	struct rte_flow_item_udp udp_mask = { .hdr.dst_port = RTE_BE16(UINT16_MAX) };
	struct rte_flow_item_tcp tcp = { .hdr.dst_port = rte_cpu_to_be_16(r->value) };
	struct rte_flow_item_tcp tcp_mask = { .hdr.dst_port = RTE_BE16(UINT16_MAX) };
	struct rte_flow_item_tcp syn = { .hdr.tcp_flags = RTE_TCP_SYN_FLAG };
	struct rte_flow_action_queue queue = { .index = r->queue };
	struct rte_flow_action_rss rss = { .queue_num = 1, .queue = &r->queue };
	const struct rte_flow_attr attr = { .ingress = 1, .priority = r->priority };
	struct rte_flow_item items[3] = { 0 };
	struct rte_flow_action actions[2] = { { RTE_FLOW_ACTION_TYPE_QUEUE, &queue } };
	struct rte_flow *flow = NULL;

	switch (r->kind) {
	case ORIEL_FLOW_TUPLE:
		items[0].type = RTE_FLOW_ITEM_TYPE_IPV4;
		items[1].type = r->tcp ? RTE_FLOW_ITEM_TYPE_TCP : RTE_FLOW_ITEM_TYPE_UDP;
		items[1].spec = r->tcp ? (void *)&tcp : &udp;
		items[1].mask = r->tcp ? (void *)&tcp_mask : &udp_mask;
		break;
	case ORIEL_FLOW_ETHERTYPE:
		items[0] = (struct rte_flow_item){ RTE_FLOW_ITEM_TYPE_ETH, &eth, NULL, &eth_mask };
		break;
	case ORIEL_FLOW_SYN:
		items[0] = (struct rte_flow_item){ RTE_FLOW_ITEM_TYPE_TCP, &syn, NULL, &syn };
		break;
	default:
		actions[0] = (struct rte_flow_action){ RTE_FLOW_ACTION_TYPE_RSS, &rss };
		break;
	}
	memset(&error, 0, sizeof(error));
	*ret = flow_ops->validate(fake_dev, &attr, items, actions, &error);
	assert_true((*ret == 0) == (error.type == RTE_FLOW_ERROR_TYPE_NONE));
	if (!for_real)
		return NULL;
	rte_errno = 0;
	flow = flow_ops->create(fake_dev, &attr, items, actions, &error);
	assert_int_equal(flow == NULL, *ret != 0);
	if (flow == NULL)
		assert_int_equal(rte_errno, -*ret);
	return flow;
}

static struct rte_flow *
created(const struct short_rule *r)
{
	struct rte_flow *flow;
	int ret;

	flow = create(r, true, &ret);
	if (flow == NULL)
		fail_msg("%s", error.message);
	return flow;
}

static void
refused(const struct short_rule *r, int code, enum rte_flow_error_type type)
{
	uint32_t before[ORIEL_BAR0_SIZE / 4];
	int ret;

	memcpy(before, fake.regs, sizeof(before));
	assert_null(create(r, true, &ret));
	assert_int_equal(ret, -code);
	assert_int_equal(error.type, type);
	assert_memory_equal(before, fake.regs, sizeof(before));
}

static void
destroyed(struct rte_flow *flow)
{
	assert_int_equal(flow_ops->destroy(fake_dev, flow, &error), 0);
}

#define TUPLE(...) (&(struct short_rule){ .kind = ORIEL_FLOW_TUPLE, __VA_ARGS__ })
#define ETYPE(...) (&(struct short_rule){ .kind = ORIEL_FLOW_ETHERTYPE, __VA_ARGS__ })
#define SYN(...) (&(struct short_rule){ .kind = ORIEL_FLOW_SYN, __VA_ARGS__ })
#define RSS(...) (&(struct short_rule){ .kind = ORIEL_FLOW_RSS, __VA_ARGS__ })

/* ---- registers ---- */

static void
assert_tuple_off(unsigned int i)
{
	assert_int_equal(*fake_reg(ORIEL_FTQF(i)), 0xf0008000);
	assert_int_equal(*fake_reg(ORIEL_SAQF(i)), 0);
	assert_int_equal(*fake_reg(ORIEL_DAQF(i)), 0);
	assert_int_equal(*fake_reg(ORIEL_SPQF(i)), 0);
	assert_int_equal(*fake_reg(ORIEL_IMIR(i)), 0);
	assert_int_equal(*fake_reg(ORIEL_IMIREXT(i)), 0);
}

static void
test_tuple_registers(void **state)
{
	struct rte_flow flow = { .used = true, .index = 6 };
	unsigned int i, field, from;
	uint32_t val;

	(void)state;
	flow.rule = (struct oriel_flow_rule){ .kind = ORIEL_FLOW_TUPLE,
		.priority = 2,
		.queue = 13,
		.tuple = { .fields = 0x1f,
			.proto = 132,
			.src_addr = RTE_BE32(0xc0000201),
			.dst_addr = RTE_BE32(0xc6336402),
			.src_port = RTE_BE16(0x1234),
			.dst_port = RTE_BE16(0x5678) } };
	assert_int_equal(oriel_flow_hw_install(&fake_ad, &flow), 0);
	/* As the bytes lie in the packet. */
	assert_int_equal(*fake_reg(ORIEL_SAQF(6)), 0x010200c0);
	assert_int_equal(*fake_reg(ORIEL_DAQF(6)), 0x026433c6);
	assert_int_equal(*fake_reg(ORIEL_SPQF(6)), 0x3412);
	assert_int_equal(*fake_reg(ORIEL_IMIR(6)), 5u << 29 | 0x7856);
	assert_int_equal(*fake_reg(ORIEL_IMIREXT(6)), 1u << 12 | 1u << 19);
	assert_int_equal(*fake_reg(ORIEL_FTQF(6)), 13u << 16 | 1u << 15 | 1u << 8 | 132);
	/* One field less each time. */
	for (field = 0; field < 5; field++) {
		static const uint32_t bypass[] = { 1u << 29, 1u << 30, 1u << 31, 0, 1u << 28 };

		flow.rule.tuple.fields = 0x1f & ~(1u << field);
		assert_int_equal(oriel_flow_hw_install(&fake_ad, &flow), 0);
		assert_int_equal(*fake_reg(ORIEL_FTQF(6)) & 0xf0000000, bypass[field]);
		assert_int_equal(*fake_reg(ORIEL_IMIR(6)) >> 17 & 1, field == 3);
	}
	/* URG ACK PSH RST SYN FIN are 13 to 18. */
	for (i = 0; i < 6; i++) {
		flow.rule.tuple.tcp_flag = 1 << i;
		assert_int_equal(oriel_flow_hw_install(&fake_ad, &flow), 0);
		assert_int_equal(*fake_reg(ORIEL_IMIREXT(6)), 1u << 12 | 1u << (18 - i));
	}
	/* Off first, on last: never in force with parts of another rule. */
	from = fake.nb_log;
	assert_int_equal(oriel_flow_hw_install(&fake_ad, &flow), 0);
	for (i = from, val = 0; i < fake.nb_log; i++) {
		if (fake.log[i].off == ORIEL_FTQF(6)) {
			assert_int_equal(fake.log[i].val & ORIEL_FTQF_QUEUE_EN, val);
			val = ORIEL_FTQF_QUEUE_EN;
		}
	}
	assert_int_equal(fake.log[fake.nb_log - 1].off, ORIEL_FTQF(6));
	assert_int_equal(oriel_flow_hw_remove(&fake_ad, &flow), 0);
	assert_tuple_off(6);
}

static void
test_other_registers(void **state)
{
	struct rte_flow *etype, *syn, *rss;
	unsigned int i;

	(void)state;
	etype = created(ETYPE(.value = 0x88b5, .queue = 7));
	assert_int_equal(*fake_reg(ORIEL_ETQF(0)), 1u << 31 | 1u << 26 | 7u << 16 | 0x88b5);
	syn = created(SYN(.queue = 5));
	assert_int_equal(*fake_reg(ORIEL_SYNQF), 5u << 1 | 1);
	rss = created(RSS(.queue = 9));
	assert_int_equal(ORIEL_GET(ORIEL_MRQC_MODE, *fake_reg(ORIEL_MRQC)), 2);
	assert_int_equal(*fake_reg(ORIEL_MRQC) >> 16, 0x1ff);
	for (i = 0; i < ORIEL_NB_RETA / 4; i++)
		assert_int_equal(*fake_reg(ORIEL_RETA(i)), 0x09090909);
	destroyed(etype);
	assert_int_equal(*fake_reg(ORIEL_ETQF(0)), 0);
	destroyed(syn);
	assert_int_equal(*fake_reg(ORIEL_SYNQF), 0);
	destroyed(rss);
	assert_int_equal(*fake_reg(ORIEL_MRQC), 0);
}

/* ---- conflicts ---- */

static void
test_duplicates(void **state)
{
	(void)state;
	created(TUPLE(.value = 80, .queue = 1));
	/* Neither queue nor priority make it another rule. */
	refused(TUPLE(.value = 80, .queue = 2), EEXIST, RTE_FLOW_ERROR_TYPE_STATE);
	refused(TUPLE(.value = 80, .priority = 3), EEXIST, RTE_FLOW_ERROR_TYPE_STATE);
	assert_ptr_equal(error.cause, &fake_ad.flow.flows[0]);
	created(TUPLE(.value = 80, .tcp = true));
	created(ETYPE(.value = 0x88b5));
	refused(ETYPE(.value = 0x88b5, .queue = 3), EEXIST, RTE_FLOW_ERROR_TYPE_STATE);
	created(SYN(.queue = 1));
	refused(SYN(.queue = 2), EEXIST, RTE_FLOW_ERROR_TYPE_STATE);
	created(RSS(.priority = 7));
	refused(RSS(.priority = 7, .queue = 2), EEXIST, RTE_FLOW_ERROR_TYPE_STATE);
}

static void
test_full(void **state)
{
	struct rte_flow *tuple[8], *etype[8];
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		tuple[i] = created(TUPLE(.value = i, .queue = i));
		etype[i] = created(ETYPE(.value = 0x9000 + i, .queue = i));
	}
	refused(TUPLE(.value = 99), ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	refused(ETYPE(.value = 0x9999), ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	/* The filter of time stamping is the last to go. */
	assert_int_equal(tuple[7]->index, 3);
	assert_int_equal(etype[7]->index, 3);
	destroyed(tuple[4]);
	tuple[4] = created(TUPLE(.value = 99));
	assert_int_equal(tuple[4]->index, 5);
	destroyed(etype[0]);
	created(ETYPE(.value = 0x9999));
	assert_int_equal(flow_ops->flush(fake_dev, &error), 0);
	for (i = 0; i < 8; i++) {
		assert_tuple_off(i);
		assert_int_equal(*fake_reg(ORIEL_ETQF(i)), 0);
	}
	/* All handles are stale now. */
	for (i = 0; i < 8; i++) {
		assert_int_equal(flow_ops->destroy(fake_dev, tuple[i], &error), -ENOENT);
		assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_HANDLE);
		assert_ptr_equal(error.cause, tuple[i]);
	}
	assert_int_equal(flow_ops->flush(fake_dev, &error), 0);
	assert_int_equal(flow_ops->destroy(fake_dev, NULL, &error), -ENOENT);
	assert_int_equal(
		flow_ops->destroy(fake_dev, (struct rte_flow *)(uintptr_t)0x1000, &error), -ENOENT);
}

static void
test_order(void **state)
{
	struct rte_flow *syn, *late, *early;

	(void)state;
	/* The SYN rule first, as it is created; behind when a rule of TCP comes before it. */
	syn = created(SYN(.priority = 3));
	assert_true(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP);
	late = created(TUPLE(.value = 1, .priority = 5, .tcp = true));
	assert_true(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP);
	refused(TUPLE(.value = 2, .priority = 1, .tcp = true), ENOTSUP,
		RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY);
	/* UDP does not mind. */
	destroyed(created(TUPLE(.value = 2, .priority = 1)));
	destroyed(late);
	early = created(TUPLE(.value = 2, .priority = 1, .tcp = true));
	assert_false(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP);
	assert_true(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_IPV6_EX_DIS);
	refused(TUPLE(.value = 1, .priority = 5, .tcp = true), ENOTSUP,
		RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY);
	destroyed(early);
	assert_true(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP);
	destroyed(syn);
	assert_false(*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP);
	/* RSS is behind all filters. */
	created(ETYPE(.value = 0x88b5, .priority = 4));
	refused(RSS(.priority = 3), ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY);
	created(RSS(.priority = 4));
	refused(SYN(.priority = 5), ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY);
	created(SYN(.priority = 4));
}

/* ---- reservations ---- */

static void
test_reserve(void **state)
{
	struct rte_flow *flow[8];
	unsigned int i;

	(void)state;
	assert_int_equal(oriel_flow_hw_tuple_reserve(&fake_ad, 8), -EINVAL);
	assert_int_equal(oriel_flow_hw_etqf_reserve(&fake_ad, 8, 0x88f7), -EINVAL);
	assert_int_equal(oriel_flow_hw_tuple_reserve(&fake_ad, 3), 0);
	assert_int_equal(oriel_flow_hw_tuple_reserve(&fake_ad, 3), -EBUSY);
	assert_int_equal(oriel_flow_hw_etqf_reserve(&fake_ad, 3, 0x88f7), 0);
	*fake_reg(ORIEL_FTQF(3)) = 0x12345678;
	*fake_reg(ORIEL_ETQF(3)) = 0x440088f7;
	refused(ETYPE(.value = 0x88f7), EBUSY, RTE_FLOW_ERROR_TYPE_STATE);
	for (i = 0; i < 7; i++)
		flow[i] = created(TUPLE(.value = i));
	refused(TUPLE(.value = 7), ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	/* A start and a flush leave the reserved ones alone. */
	assert_int_equal(oriel_flow_hw_set(&fake_ad), 0);
	assert_int_equal(flow_ops->flush(fake_dev, &error), 0);
	assert_int_equal(*fake_reg(ORIEL_FTQF(3)), 0x12345678);
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0x440088f7);
	oriel_flow_hw_tuple_free(&fake_ad, 3);
	oriel_flow_hw_etqf_free(&fake_ad, 3);
	assert_tuple_off(3);
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0);

	/* A rule that is there moves if it can. */
	for (i = 0; i < 8; i++)
		flow[i] = created(TUPLE(.value = i));
	assert_int_equal(flow[7]->index, 3);
	assert_int_equal(oriel_flow_hw_tuple_reserve(&fake_ad, 3), -ENOSPC);
	destroyed(flow[2]);
	assert_int_equal(oriel_flow_hw_tuple_reserve(&fake_ad, 3), 0);
	assert_int_equal(flow[7]->index, 2);
	assert_tuple_off(3);
	assert_int_equal(ORIEL_GET(ORIEL_IMIR_DST_PORT, *fake_reg(ORIEL_IMIR(2))), RTE_BE16(7));
	created(ETYPE(.value = 0x88f7));
	assert_int_equal(oriel_flow_hw_etqf_reserve(&fake_ad, 3, 0x88f7), -EEXIST);
	/* Giving back what nobody has is nothing. */
	oriel_flow_hw_etqf_free(&fake_ad, 0);
	oriel_flow_hw_tuple_free(&fake_ad, 77);
	assert_int_equal(ORIEL_GET(ORIEL_ETQF_ETYPE, *fake_reg(ORIEL_ETQF(0))), 0x88f7);
}

/* ---- the port's life ---- */

static void
test_stopped(void **state)
{
	struct rte_flow *tuple, *rss;

	(void)state;
	fake_ad.started = false;
	tuple = created(TUPLE(.value = 80, .queue = 9));
	rss = created(RSS(.queue = 3));
	assert_int_equal(fake.writes, 0);
	/* What the reset left is cleared. */
	*fake_reg(ORIEL_FTQF(5)) = UINT32_MAX;
	*fake_reg(ORIEL_ETQF(7)) = UINT32_MAX;
	*fake_reg(ORIEL_SYNQF) = 1;
	assert_int_equal(oriel_flow_check_queues(fake_dev), 0);
	oriel_flow_restore(&fake_ad);
	assert_int_equal(oriel_flow_hw_set(&fake_ad), 0);
	assert_int_equal(ORIEL_GET(ORIEL_FTQF_QUEUE, *fake_reg(ORIEL_FTQF(0))), 9);
	assert_tuple_off(5);
	assert_int_equal(*fake_reg(ORIEL_ETQF(7)), 0);
	assert_int_equal(*fake_reg(ORIEL_SYNQF), 0);
	assert_true(fake_ad.rss_rule.enabled);
	/* Fewer queues than the rules lead to. */
	fake_data.nb_rx_queues = 9;
	assert_int_equal(oriel_flow_check_queues(fake_dev), -EINVAL);
	destroyed(tuple);
	assert_int_equal(oriel_flow_check_queues(fake_dev), 0);
	fake_data.nb_rx_queues = 3;
	assert_int_equal(oriel_flow_check_queues(fake_dev), -EINVAL);
	destroyed(rss);
	assert_int_equal(oriel_flow_check_queues(fake_dev), 0);
}

static void
test_gone(void **state)
{
	struct rte_flow *flow;
	const struct rte_flow_attr attr = { .ingress = 1 };
	struct rte_flow_item_eth eth = { .hdr.ether_type = RTE_BE16(0x88b5) };
	struct rte_flow_item_eth mask = { .hdr.ether_type = RTE_BE16(UINT16_MAX) };
	struct rte_flow_item items[2] = { { RTE_FLOW_ITEM_TYPE_ETH, &eth, NULL, &mask } };
	struct rte_flow_action_queue queue = { .index = 0 };
	struct rte_flow_action actions[2] = { { RTE_FLOW_ACTION_TYPE_QUEUE, &queue } };

	(void)state;
	flow = created(TUPLE(.value = 80));
	fake.gone = true;
	assert_null(flow_ops->create(fake_dev, &attr, items, actions, &error));
	assert_int_equal(rte_errno, ENODEV);
	/* What was there can be taken back, what was refused is not there. */
	destroyed(flow);
	assert_int_equal(taken(&fake_ad.flow, ORIEL_FLOW_TUPLE), 0);
	assert_int_equal(taken(&fake_ad.flow, ORIEL_FLOW_ETHERTYPE), 0);
	/* A NULL for the error is allowed. */
	assert_int_equal(flow_ops->destroy(fake_dev, flow, NULL), -ENOENT);
}

static void
test_rss_takes_over(void **state)
{
	struct rte_eth_rss_reta_entry64 reta[2] = { { .mask = UINT64_MAX },
		{ .mask = UINT64_MAX } };
	struct rte_eth_rss_conf conf = { .rss_hf = RTE_ETH_RSS_IPV6 };
	struct rte_flow_action_rss answer;
	struct rte_flow_action query[2] = { { RTE_FLOW_ACTION_TYPE_RSS, NULL } };
	struct rte_flow *flow, *other;

	(void)state;
	fake_data.dev_conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	fake_data.dev_conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IPV4;
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	flow = created(RSS(.queue = 4));
	other = created(TUPLE(.value = 80));
	/* Types and key of the port, table of the rule. */
	assert_int_equal(*fake_reg(ORIEL_MRQC), 2 | 1u << 17);
	assert_int_equal(*fake_reg(ORIEL_RETA(0)), 0x04040404);
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), -EBUSY);
	assert_int_equal(oriel_reta_update(fake_dev, reta, 128), -EBUSY);
	assert_int_equal(oriel_reta_query(fake_dev, reta, 128), 0);
	assert_int_equal(reta[1].reta[63], 4);
	assert_int_equal(oriel_rss_hash_conf_get(fake_dev, &conf), 0);
	assert_int_equal(conf.rss_hf, RTE_ETH_RSS_IPV4);
	assert_int_equal(flow_ops->query(fake_dev, flow, query, &answer, &error), 0);
	assert_int_equal(answer.types, RTE_ETH_RSS_IPV4);
	assert_int_equal(answer.queue_num, 1);
	assert_int_equal(answer.queue[0], 4);
	assert_memory_equal(answer.key, default_key, 40);
	/* Queries that have no answer. */
	assert_int_equal(flow_ops->query(fake_dev, other, query, &answer, &error), -EINVAL);
	assert_ptr_equal(error.cause, query);
	query[0].type = RTE_FLOW_ACTION_TYPE_COUNT;
	assert_int_equal(flow_ops->query(fake_dev, other, query, &answer, &error), -ENOTSUP);
	assert_ptr_equal(error.cause, query);
	/* A queue that stops leaves the rule's table, as it leaves the port's. */
	fake_ad.rxq_running = 0xffff;
	assert_int_equal(oriel_reta_queue_set(fake_dev, 4, false), 0);
	assert_int_equal(*fake_reg(ORIEL_RETA(0)), 0x03020100);
	assert_int_equal(oriel_reta_queue_set(fake_dev, 4, true), 0);
	assert_int_equal(*fake_reg(ORIEL_RETA(0)), 0x04040404);
	destroyed(flow);
	assert_int_equal(flow_ops->query(fake_dev, flow, query, &answer, &error), -ENOENT);
	assert_int_equal(*fake_reg(ORIEL_RETA(0)), 0x03020100);
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), 0);
}

static void
test_isolate(void **state)
{
	(void)state;
	assert_int_equal(flow_ops->isolate(fake_dev, 0, &error), 0);
	assert_int_equal(flow_ops->isolate(fake_dev, 1, &error), -ENOTSUP);
	assert_non_null(error.message);
}

static void
test_dump(void **state)
{
	char text[1024] = "";
	struct rte_flow *flow;
	FILE *file;

	(void)state;
	created(SYN(.queue = 3, .priority = 2));
	flow = created(TUPLE(.value = 80, .queue = 9, .tcp = true, .priority = 2));
	file = fmemopen(text, sizeof(text), "w");
	assert_int_equal(flow_ops->dev_dump(fake_dev, NULL, file, &error), 0);
	fclose(file);
	assert_string_equal(text,
		"port 0: TCP SYN 0, priority 2: to queue 3\n"
		"port 0: 5-tuple 0, priority 2: protocol 6 dport 80 to queue 9\n");
	destroyed(flow);
	assert_int_equal(flow_ops->dev_dump(fake_dev, flow, stderr, &error), -ENOENT);
}

/* ---- against a model ---- */

#define MAX_MODEL 32
#define STEPS 20000

struct model_rule {
	struct short_rule r;
	struct rte_flow *flow;
};

static struct model_rule model[MAX_MODEL];
static unsigned int nb_model;
static uint32_t model_reserved[ORIEL_FLOW_NB_KINDS];
static bool model_etype_reserved[8]; /* of 0x9000 + n */
static uint64_t random_state;

static uint32_t
rnd(uint32_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (random_state >> 33) % below;
}

static bool
model_same(const struct short_rule *a, const struct short_rule *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == ORIEL_FLOW_TUPLE)
		return a->value == b->value && a->tcp == b->tcp;
	return a->kind == ORIEL_FLOW_ETHERTYPE ? a->value == b->value : true;
}

/* Whether the hardware looks at a before b; the SYN filter before or behind the tuples. */
static bool
hw_before(const struct short_rule *a, const struct short_rule *b, bool syn_first)
{
	if (b->kind == ORIEL_FLOW_RSS)
		return true;
	if (a->kind == ORIEL_FLOW_RSS)
		return false;
	return a->kind == ORIEL_FLOW_SYN ? syn_first : !syn_first;
}

static bool
overlap(const struct short_rule *a, const struct short_rule *b)
{
	if (a->kind == ORIEL_FLOW_RSS || b->kind == ORIEL_FLOW_RSS)
		return true;
	return (a->kind == ORIEL_FLOW_SYN && b->kind == ORIEL_FLOW_TUPLE && b->tcp) ||
		(b->kind == ORIEL_FLOW_SYN && a->kind == ORIEL_FLOW_TUPLE && a->tcp);
}

/* Every pair that may meet in one frame, by its priorities. */
static bool
model_ordered(bool syn_first)
{
	unsigned int i, j;

	for (i = 0; i < nb_model; i++) {
		for (j = 0; j < nb_model; j++) {
			const struct short_rule *a = &model[i].r, *b = &model[j].r;

			if (a->priority < b->priority && overlap(a, b) &&
				!hw_before(a, b, syn_first))
				return false;
		}
	}
	return true;
}

static int
model_expect(const struct short_rule *r)
{
	static const unsigned int room[ORIEL_FLOW_NB_KINDS] = { 8, 8, 1, 1 };
	unsigned int i, used = 0;
	bool ordered;

	for (i = 0; i < nb_model; i++) {
		if (model_same(&model[i].r, r))
			return -EEXIST;
		used += model[i].r.kind == r->kind;
	}
	if (r->kind == ORIEL_FLOW_ETHERTYPE && model_etype_reserved[r->value & 7])
		return -EBUSY;
	model[nb_model++].r = *r;
	ordered = model_ordered(true) || model_ordered(false);
	nb_model--;
	if (!ordered)
		return -ENOTSUP;
	used += __builtin_popcount(model_reserved[r->kind]);
	return used < room[r->kind] ? 0 : -ENOSPC;
}

static void
random_create(void)
{
	struct short_rule r = { .kind = rnd(2) ? rnd(2) : rnd(4), .tcp = rnd(2) };
	int ret, want;

	r.priority = rnd(3) ? rnd(3) + 2 : rnd(7);
	r.queue = rnd(8);
	r.value = r.kind == ORIEL_FLOW_ETHERTYPE ? 0x9000 + rnd(12) % 8 : rnd(10);
	want = model_expect(&r);
	model[nb_model].flow = create(&r, true, &ret);
	if (ret != want)
		fail_msg("kind %d priority %u value %#x: %d (%s), expected %d", r.kind, r.priority,
			r.value, ret, error.message, want);
	if (ret == 0)
		model[nb_model++].r = r;
}

static void
random_reserve(void)
{
	static const enum oriel_flow_kind kinds[] = { ORIEL_FLOW_TUPLE, ORIEL_FLOW_ETHERTYPE };
	enum oriel_flow_kind kind = kinds[rnd(2)];
	unsigned int i, index = rnd(8), used = 0;
	bool etype = false, owned = false;
	int ret, want = 0;

	if (model_reserved[kind] >> index & 1) {
		if (kind == ORIEL_FLOW_TUPLE)
			oriel_flow_hw_tuple_free(&fake_ad, index);
		else
			oriel_flow_hw_etqf_free(&fake_ad, index);
		model_reserved[kind] &= ~(1u << index);
		if (kind == ORIEL_FLOW_ETHERTYPE)
			model_etype_reserved[index] = false;
		return;
	}
	for (i = 0; i < nb_model; i++) {
		if (model[i].r.kind != kind)
			continue;
		used++;
		owned = owned || model[i].flow->index == index;
		etype = etype || model[i].r.value == 0x9000 + index;
	}
	used += __builtin_popcount(model_reserved[kind]);
	if (kind == ORIEL_FLOW_ETHERTYPE && etype)
		want = -EEXIST;
	else if (owned && used == 8)
		want = -ENOSPC;
	ret = kind == ORIEL_FLOW_TUPLE ?
		oriel_flow_hw_tuple_reserve(&fake_ad, index) :
		oriel_flow_hw_etqf_reserve(&fake_ad, index, 0x9000 + index);
	assert_int_equal(ret, want);
	if (ret == 0) {
		model_reserved[kind] |= 1u << index;
		model_etype_reserved[index] |= kind == ORIEL_FLOW_ETHERTYPE;
	}
}

/* How often the registers have this very rule. */
static unsigned int
in_registers(const struct short_rule *r)
{
	unsigned int i, nb = 0;

	if (r->kind == ORIEL_FLOW_SYN)
		return *fake_reg(ORIEL_SYNQF) == (r->queue << 1 | 1u);
	if (r->kind == ORIEL_FLOW_RSS)
		return *fake_reg(ORIEL_RETA(31)) == r->queue * 0x01010101u &&
			ORIEL_GET(ORIEL_MRQC_MODE, *fake_reg(ORIEL_MRQC)) == 2;
	for (i = 0; i < 8; i++) {
		uint32_t ftqf = *fake_reg(ORIEL_FTQF(i)), imir = *fake_reg(ORIEL_IMIR(i));

		if (r->kind == ORIEL_FLOW_ETHERTYPE)
			nb += *fake_reg(ORIEL_ETQF(i)) ==
				(1u << 31 | 1u << 26 | (uint32_t)r->queue << 16 | r->value);
		else
			nb += ftqf ==
					(0xe0008100u | (uint32_t)r->queue << 16 |
						(r->tcp ? 6 : 17)) &&
				imir == ((7 - r->priority) << 29 | rte_cpu_to_be_16(r->value));
	}
	return nb;
}

static unsigned int
filters_on(void)
{
	unsigned int i, nb = *fake_reg(ORIEL_SYNQF) & 1;

	for (i = 0; i < 8; i++) {
		nb += *fake_reg(ORIEL_ETQF(i)) >> 31;
		nb += *fake_reg(ORIEL_FTQF(i)) >> 8 & 1;
	}
	return nb + (ORIEL_GET(ORIEL_MRQC_MODE, *fake_reg(ORIEL_MRQC)) == 2);
}

static void
check_registers(void)
{
	unsigned int i;

	for (i = 0; i < nb_model; i++)
		assert_int_equal(in_registers(&model[i].r), 1);
	assert_int_equal(filters_on(), nb_model);
	assert_true(model_ordered((*fake_reg(ORIEL_RFCTL) & ORIEL_RFCTL_SYNQFP) != 0));
}

static void
random_restart(void)
{
	unsigned int i;

	fake_ad.started = false;
	for (i = rnd(4); i > 0; i--)
		random_create();
	/* What a reset leaves, or not. */
	if (rnd(2)) {
		for (i = 0; i < 8; i++)
			*fake_reg(ORIEL_FTQF(i)) = *fake_reg(ORIEL_ETQF(i)) = 0;
		*fake_reg(ORIEL_SYNQF) = *fake_reg(ORIEL_MRQC) = *fake_reg(ORIEL_RFCTL) = 0;
	}
	oriel_flow_restore(&fake_ad);
	assert_int_equal(oriel_rss_set(&fake_ad), 0);
	assert_int_equal(oriel_flow_hw_set(&fake_ad), 0);
	fake_ad.started = true;
}

static void
test_random(void **state)
{
	const char *seed = getenv("ORIEL_SEED");
	unsigned int step, i, most = 0;

	(void)state;
	random_state = seed != NULL ? strtoull(seed, NULL, 0) : rte_rdtsc();
	rte_log_set_level(oriel_logtype_driver, RTE_LOG_EMERG);
	print_message("# ORIEL_SEED=%" PRIu64 "\n", random_state);
	nb_model = 0;
	memset(model_reserved, 0, sizeof(model_reserved));
	memset(model_etype_reserved, 0, sizeof(model_etype_reserved));
	for (step = 0; step < STEPS; step++) {
		/* Tables fill for a while, then empty. */
		uint32_t what = rnd(100), create = step / 500 % 2 == 0 ? 80 : 30;

		fake.nb_log = 0;
		if (what < create) {
			random_create();
		} else if (what < 90 && nb_model > 0) {
			i = rnd(nb_model);
			destroyed(model[i].flow);
			assert_int_equal(
				flow_ops->destroy(fake_dev, model[i].flow, &error), -ENOENT);
			model[i] = model[--nb_model];
		} else if (what < 96) {
			random_reserve();
		} else if (what < 98) {
			random_restart();
		} else if (what == 99 && rnd(4) == 0) {
			assert_int_equal(flow_ops->flush(fake_dev, &error), 0);
			nb_model = 0;
		}
		check_registers();
		most = RTE_MAX(most, nb_model);
	}
	/* The walk has been where tables are full. */
	print_message("# most rules at once: %u\n", most);
	assert_true(most >= 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_tuple_registers, setup),
		cmocka_unit_test_setup(test_other_registers, setup),
		cmocka_unit_test_setup(test_duplicates, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_reserve, setup),
		cmocka_unit_test_setup(test_stopped, setup),
		cmocka_unit_test_setup(test_gone, setup),
		cmocka_unit_test_setup(test_rss_takes_over, setup),
		cmocka_unit_test_setup(test_isolate, setup),
		cmocka_unit_test_setup(test_dump, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
