/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The filters that choose an RX queue: who has which, and their registers. The hardware asks
 * the EtherType filters first, then the SYN and the 5-tuple filters in the order that
 * RFCTL.SYNQFP says, then RSS.
 */

#include <rte_tcp.h>

#include "flow_hw.h"

/* Compares nothing and steers nothing. */
#define FTQF_OFF \
	(ORIEL_FTQF_VF_BP | ORIEL_FTQF_PROTO_BP | ORIEL_FTQF_SRC_IP_BP | ORIEL_FTQF_DST_IP_BP | \
		ORIEL_FTQF_SRC_PORT_BP)
/* Level of priority 0; 1 is the last one. */
#define TUPLE_LEVEL_FIRST 7u
/* IMIREXT bits 13 to 18: URG ACK PSH RST SYN FIN */
#define IMIREXT_FIN_BIT 18
#define TCP_FLAGS 6
/* Time stamping has filter 3 by convention: rules get it last. */
#define TIMESYNC_INDEX 3

/* The rule that has filter `index`, or NULL. */
static struct rte_flow *
find_owner(struct oriel_flow_table *t, enum oriel_flow_kind kind, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		struct rte_flow *flow = &t->flows[i];

		if (flow->used && flow->rule.kind == kind && flow->index == index)
			return flow;
	}
	return NULL;
}

static uint32_t
taken(const struct oriel_flow_table *t, enum oriel_flow_kind kind)
{
	uint32_t mask = 0;
	unsigned int i;

	if (kind == ORIEL_FLOW_TUPLE)
		mask = t->tuple_reserved;
	else if (kind == ORIEL_FLOW_ETHERTYPE)
		mask = t->etqf_reserved;
	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (t->flows[i].used && t->flows[i].rule.kind == kind)
			mask |= ORIEL_BIT(t->flows[i].index);
	}
	return mask;
}

int
oriel_flow_hw_find(const struct oriel_flow_table *t, enum oriel_flow_kind kind)
{
	static const uint8_t nb[ORIEL_FLOW_NB_KINDS] = {
		[ORIEL_FLOW_TUPLE] = ORIEL_NB_FTQF,
		[ORIEL_FLOW_ETHERTYPE] = ORIEL_NB_ETQF,
		[ORIEL_FLOW_SYN] = 1,
		[ORIEL_FLOW_RSS] = 1,
	};
	const uint32_t mask = taken(t, kind);
	int last = -ENOSPC, i;

	for (i = 0; i < nb[kind]; i++) {
		if (mask & ORIEL_BIT(i))
			continue;
		if (i != TIMESYNC_INDEX)
			return i;
		last = i;
	}
	return last;
}

static bool
may_take_syn(const struct oriel_flow_tuple *tuple)
{
	return (tuple->fields & ORIEL_FLOW_PROTO) == 0 || tuple->proto == IPPROTO_TCP;
}

/* First and last priority of a kind of rules; false if there are none. */
struct span {
	bool any;
	uint8_t first, last;
};

static void
widen(struct span *span, uint8_t priority)
{
	if (!span->any)
		span->first = span->last = priority;
	span->any = true;
	span->first = RTE_MIN(span->first, priority);
	span->last = RTE_MAX(span->last, priority);
}

bool
oriel_flow_hw_order(
	const struct oriel_flow_table *t, const struct oriel_flow_rule *extra, bool *syn_first)
{
	struct span syn = { 0 }, rss = { 0 }, tcp = { 0 }, filters = { 0 };
	unsigned int i;

	for (i = 0; i <= ORIEL_NB_FLOWS; i++) {
		const struct oriel_flow_rule *rule = extra;

		if (i < ORIEL_NB_FLOWS)
			rule = t->flows[i].used ? &t->flows[i].rule : NULL;
		if (rule == NULL)
			continue;
		if (rule->kind == ORIEL_FLOW_RSS)
			widen(&rss, rule->priority);
		else
			widen(&filters, rule->priority);
		if (rule->kind == ORIEL_FLOW_SYN)
			widen(&syn, rule->priority);
		else if (rule->kind == ORIEL_FLOW_TUPLE && may_take_syn(&rule->tuple))
			widen(&tcp, rule->priority);
	}
	/* Rules of one priority may stand either way. */
	if (syn_first != NULL)
		*syn_first = syn.any && (!tcp.any || syn.last <= tcp.first);
	if (rss.any && filters.any && rss.first < filters.last)
		return false;
	return !syn.any || !tcp.any || syn.last <= tcp.first || syn.first >= tcp.last;
}

static void
tuple_clear(struct oriel_mmio *m, unsigned int i)
{
	oriel_wr32(m, ORIEL_FTQF(i), FTQF_OFF);
	oriel_wr32(m, ORIEL_SAQF(i), 0);
	oriel_wr32(m, ORIEL_DAQF(i), 0);
	oriel_wr32(m, ORIEL_SPQF(i), 0);
	oriel_wr32(m, ORIEL_IMIR(i), 0);
	oriel_wr32(m, ORIEL_IMIREXT(i), 0);
}

static uint32_t
imirext_flags(uint8_t tcp_flag)
{
	uint32_t ext = 0;
	int i;

	if (tcp_flag == 0)
		return ORIEL_IMIREXT_CTRL_BP;
	/* TCP's flags lie the other way round. */
	for (i = 0; i < TCP_FLAGS; i++) {
		if (tcp_flag & (RTE_TCP_FIN_FLAG << i))
			ext |= ORIEL_BIT(IMIREXT_FIN_BIT - i);
	}
	return ext;
}

static void
tuple_write(struct oriel_mmio *m, unsigned int i, const struct oriel_flow_rule *rule)
{
	const struct oriel_flow_tuple *tuple = &rule->tuple;
	uint32_t ftqf = ORIEL_FTQF_VF_BP | ORIEL_FTQF_QUEUE_EN |
		ORIEL_PREP(ORIEL_FTQF_QUEUE, rule->queue) |
		ORIEL_PREP(ORIEL_FTQF_PROTO, tuple->proto);
	uint32_t imir = ORIEL_PREP(ORIEL_IMIR_PRIORITY, TUPLE_LEVEL_FIRST - rule->priority);

	if ((tuple->fields & ORIEL_FLOW_PROTO) == 0)
		ftqf |= ORIEL_FTQF_PROTO_BP;
	if ((tuple->fields & ORIEL_FLOW_SRC_ADDR) == 0)
		ftqf |= ORIEL_FTQF_SRC_IP_BP;
	if ((tuple->fields & ORIEL_FLOW_DST_ADDR) == 0)
		ftqf |= ORIEL_FTQF_DST_IP_BP;
	if ((tuple->fields & ORIEL_FLOW_SRC_PORT) == 0)
		ftqf |= ORIEL_FTQF_SRC_PORT_BP;
	if ((tuple->fields & ORIEL_FLOW_DST_PORT) == 0)
		imir |= ORIEL_IMIR_PORT_BP;
	/* Off meanwhile: no frame is ever compared with the halves of two rules. */
	oriel_wr32(m, ORIEL_FTQF(i), FTQF_OFF);
	oriel_flush(m);
	/* Addresses and ports lie in the registers as in the packet. */
	oriel_wr32(m, ORIEL_SAQF(i), rte_le_to_cpu_32(tuple->src_addr));
	oriel_wr32(m, ORIEL_DAQF(i), rte_le_to_cpu_32(tuple->dst_addr));
	oriel_wr32(m, ORIEL_SPQF(i), rte_le_to_cpu_16(tuple->src_port));
	oriel_wr32(m, ORIEL_IMIR(i),
		imir | ORIEL_PREP(ORIEL_IMIR_DST_PORT, rte_le_to_cpu_16(tuple->dst_port)));
	oriel_wr32(m, ORIEL_IMIREXT(i), ORIEL_IMIREXT_SIZE_BP | imirext_flags(tuple->tcp_flag));
	oriel_flush(m);
	oriel_wr32(m, ORIEL_FTQF(i), ftqf);
}

static void
filter_write(struct oriel_mmio *m, unsigned int i, const struct oriel_flow_rule *rule)
{
	switch (rule->kind) {
	case ORIEL_FLOW_TUPLE:
		tuple_write(m, i, rule);
		break;
	case ORIEL_FLOW_ETHERTYPE:
		oriel_wr32(m, ORIEL_ETQF(i),
			ORIEL_ETQF_FILTER_EN | ORIEL_ETQF_QUEUE_EN |
				ORIEL_PREP(ORIEL_ETQF_QUEUE, rule->queue) |
				ORIEL_PREP(ORIEL_ETQF_ETYPE, rule->ethertype));
		break;
	case ORIEL_FLOW_SYN:
		oriel_wr32(m, ORIEL_SYNQF,
			ORIEL_SYNQF_EN | ORIEL_PREP(ORIEL_SYNQF_QUEUE, rule->queue));
		break;
	default: /* RSS is programmed with the port's own */
		break;
	}
}

static void
filter_clear(struct oriel_mmio *m, unsigned int i, enum oriel_flow_kind kind)
{
	switch (kind) {
	case ORIEL_FLOW_TUPLE:
		tuple_clear(m, i);
		break;
	case ORIEL_FLOW_ETHERTYPE:
		oriel_wr32(m, ORIEL_ETQF(i), 0);
		break;
	case ORIEL_FLOW_SYN:
		oriel_wr32(m, ORIEL_SYNQF, 0);
		break;
	default:
		break;
	}
}

/* Where the SYN filter stands, as the rules of the table ask for it. */
static void
order_write(struct oriel_adapter *ad)
{
	bool syn_first;

	oriel_flow_hw_order(&ad->flow, NULL, &syn_first);
	if (syn_first)
		oriel_set32(&ad->mmio, ORIEL_RFCTL, ORIEL_RFCTL_SYNQFP);
	else
		oriel_clear32(&ad->mmio, ORIEL_RFCTL, ORIEL_RFCTL_SYNQFP);
}

int
oriel_flow_hw_install(struct oriel_adapter *ad, const struct rte_flow *flow)
{
	order_write(ad);
	filter_write(&ad->mmio, flow->index, &flow->rule);
	oriel_flush(&ad->mmio);
	return ad->mmio.gone ? -ENODEV : 0;
}

int
oriel_flow_hw_remove(struct oriel_adapter *ad, const struct rte_flow *flow)
{
	filter_clear(&ad->mmio, flow->index, flow->rule.kind);
	order_write(ad);
	oriel_flush(&ad->mmio);
	return ad->mmio.gone ? -ENODEV : 0;
}

int
oriel_flow_hw_set(struct oriel_adapter *ad)
{
	struct oriel_flow_table *t = &ad->flow;
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i;

	/* Nothing says that a reset clears all of these on silicon: free ones are cleared here. */
	for (i = 0; i < ORIEL_NB_FTQF; i++) {
		if ((t->tuple_reserved & ORIEL_BIT(i)) == 0)
			tuple_clear(m, i);
	}
	for (i = 0; i < ORIEL_NB_ETQF; i++) {
		if ((t->etqf_reserved & ORIEL_BIT(i)) == 0)
			oriel_wr32(m, ORIEL_ETQF(i), 0);
	}
	oriel_wr32(m, ORIEL_SYNQF, 0);
	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (t->flows[i].used)
			filter_write(m, t->flows[i].index, &t->flows[i].rule);
	}
	order_write(ad);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

/* Makes filter `index` free of rules. */
static int
evict(struct oriel_adapter *ad, enum oriel_flow_kind kind, unsigned int index)
{
	struct rte_flow *flow = find_owner(&ad->flow, kind, index);
	int other;

	if (flow == NULL)
		return 0;
	other = oriel_flow_hw_find(&ad->flow, kind);
	if (other < 0)
		return other;
	/* The new one first: two equal filters for a moment, but never none. */
	if (ad->started)
		filter_write(&ad->mmio, other, &flow->rule);
	if (ad->started)
		filter_clear(&ad->mmio, index, kind);
	flow->index = other;
	return 0;
}

int
oriel_flow_hw_tuple_reserve(struct oriel_adapter *ad, unsigned int index)
{
	struct oriel_flow_table *t = &ad->flow;
	int ret;

	if (index >= ORIEL_NB_FTQF)
		return -EINVAL;
	rte_spinlock_lock(&t->lock);
	ret = (t->tuple_reserved & ORIEL_BIT(index)) ? -EBUSY : evict(ad, ORIEL_FLOW_TUPLE, index);
	if (ret == 0)
		t->tuple_reserved |= ORIEL_BIT(index);
	rte_spinlock_unlock(&t->lock);
	return ret;
}

void
oriel_flow_hw_tuple_free(struct oriel_adapter *ad, unsigned int index)
{
	struct oriel_flow_table *t = &ad->flow;

	if (index >= ORIEL_NB_FTQF)
		return;
	rte_spinlock_lock(&t->lock);
	if (t->tuple_reserved & ORIEL_BIT(index)) {
		t->tuple_reserved &= ~ORIEL_BIT(index);
		if (ad->started)
			tuple_clear(&ad->mmio, index);
	}
	rte_spinlock_unlock(&t->lock);
}

/* Whether a rule for this EtherType is there. */
static bool
has_ethertype(const struct oriel_flow_table *t, uint16_t ethertype)
{
	unsigned int i;

	for (i = 0; i < ORIEL_NB_FLOWS; i++) {
		if (t->flows[i].used && t->flows[i].rule.kind == ORIEL_FLOW_ETHERTYPE &&
			t->flows[i].rule.ethertype == ethertype)
			return true;
	}
	return false;
}

int
oriel_flow_hw_etqf_reserve(struct oriel_adapter *ad, unsigned int index, uint16_t ethertype)
{
	struct oriel_flow_table *t = &ad->flow;
	int ret;

	if (index >= ORIEL_NB_ETQF)
		return -EINVAL;
	rte_spinlock_lock(&t->lock);
	if (t->etqf_reserved & ORIEL_BIT(index))
		ret = -EBUSY;
	else if (has_ethertype(t, ethertype))
		ret = -EEXIST;
	else
		ret = evict(ad, ORIEL_FLOW_ETHERTYPE, index);
	if (ret == 0) {
		t->etqf_reserved |= ORIEL_BIT(index);
		t->etqf_type[index] = ethertype;
	}
	rte_spinlock_unlock(&t->lock);
	return ret;
}

void
oriel_flow_hw_etqf_free(struct oriel_adapter *ad, unsigned int index)
{
	struct oriel_flow_table *t = &ad->flow;

	if (index >= ORIEL_NB_ETQF)
		return;
	rte_spinlock_lock(&t->lock);
	if (t->etqf_reserved & ORIEL_BIT(index)) {
		t->etqf_reserved &= ~ORIEL_BIT(index);
		if (ad->started)
			oriel_wr32(&ad->mmio, ORIEL_ETQF(index), 0);
	}
	rte_spinlock_unlock(&t->lock);
}
