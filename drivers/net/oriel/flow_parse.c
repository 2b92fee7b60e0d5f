/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * From rte_flow's attributes, items and actions to a rule of the hardware. A rule is taken only
 * if a filter matches exactly what the pattern says: neither less nor more.
 *
 *   [eth /] ipv4 [/ tcp | udp | sctp]   5-tuple filter
 *   eth (type)                          EtherType filter
 *   tcp (flags syn)                     SYN filter: TCP over anything
 *   nothing, or eth                     RSS
 */

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "flow_parse.h"
#include "rss.h"

/* below are lengths (IEEE 802.3) */
#define MIN_ETHERTYPE 0x0600

#define ERR(code, what, cause, message) \
	rte_flow_error_set(error, code, RTE_FLOW_ERROR_TYPE_##what, cause, message)

/* An item's spec and mask, in room of our own: what is looked at is what is used. */
union item_body {
	struct rte_flow_item_eth eth;
	struct rte_flow_item_ipv4 ipv4;
	struct rte_flow_item_tcp tcp;
	struct rte_flow_item_udp udp;
	struct rte_flow_item_sctp sctp;
	uint8_t bytes[64];
};

struct item_copy {
	const struct rte_flow_item *item;
	union item_body spec, mask; /* all zero if the item has no spec */
};

static int
parse_attr(const struct rte_flow_attr *attr, struct rte_flow_error *error)
{
	if (attr == NULL)
		return ERR(EINVAL, ATTR, NULL, "no attributes");
	if (attr->group != 0)
		return ERR(ENOTSUP, ATTR_GROUP, attr, "there is group 0 alone");
	if (attr->egress)
		return ERR(
			ENOTSUP, ATTR_EGRESS, attr, "filters are in the receiver: ingress alone");
	if (attr->transfer)
		return ERR(ENOTSUP, ATTR_TRANSFER, attr, "there is no switch to transfer through");
	if (!attr->ingress)
		return ERR(EINVAL, ATTR_INGRESS, attr, "ingress is wanted");
	if (attr->reserved != 0)
		return ERR(EINVAL, ATTR, attr, "reserved bits of the attributes are set");
	if (attr->priority > ORIEL_FLOW_PRIORITY_MAX)
		return ERR(ENOTSUP, ATTR_PRIORITY, attr, "priorities are 0 (first) to 7 (last)");
	return 0;
}

static const struct rte_flow_item *
skip_void_items(const struct rte_flow_item *item)
{
	while (item->type == RTE_FLOW_ITEM_TYPE_VOID)
		item++;
	return item;
}

static const struct rte_flow_action *
skip_void_actions(const struct rte_flow_action *action)
{
	while (action->type == RTE_FLOW_ACTION_TYPE_VOID)
		action++;
	return action;
}

/* The mask if the item brings one, else the item: a default mask is nobody's mistake. */
static const void *
mask_cause(const struct rte_flow_item *item)
{
	return item->mask != NULL ? item->mask : (const void *)item;
}

static int
copy_item(const struct rte_flow_item *item, const void *default_mask, size_t size,
	struct item_copy *copy, struct rte_flow_error *error)
{
	memset(copy, 0, sizeof(*copy));
	copy->item = item;
	if (item->spec == NULL) {
		if (item->mask != NULL || item->last != NULL)
			return ERR(EINVAL, ITEM, item, "a mask or a last without a spec");
		return 0;
	}
	if (item->last != NULL)
		return ERR(ENOTSUP, ITEM_LAST, item->last, "filters compare, they have no ranges");
	memcpy(&copy->spec, item->spec, size);
	memcpy(&copy->mask, item->mask != NULL ? item->mask : default_mask, size);
	return 0;
}

/*
 * Takes a field out of the mask. 1: it must be equal, 0: it does not matter, negative: only a
 * part of it would be compared.
 */
static int
take_field(struct item_copy *copy, void *field, size_t size, struct rte_flow_error *error)
{
	static const uint8_t ones[4] = { 0xff, 0xff, 0xff, 0xff };
	static const uint8_t none[4];
	const bool full = memcmp(field, ones, size) == 0;

	if (!full && memcmp(field, none, size) != 0)
		return ERR(ENOTSUP, ITEM_MASK, mask_cause(copy->item),
			"filters compare all bits of a field or none");
	memset(field, 0, size);
	return full;
}

/* What the caller has not taken out of the mask cannot be compared. */
static int
no_more_fields(const struct item_copy *copy, const char *message, struct rte_flow_error *error)
{
	static const union item_body none;

	if (memcmp(&copy->mask, &none, sizeof(none)) == 0)
		return 0;
	return ERR(ENOTSUP, ITEM_MASK, mask_cause(copy->item), message);
}

/* eth: 1 if it names a type, which is then in *type; 0 if it matches every frame. */
static int
parse_eth(const struct rte_flow_item *item, uint16_t *type, struct rte_flow_error *error)
{
	static const struct rte_ether_addr no_addr;
	struct item_copy copy;
	int ret, has_type;

	ret = copy_item(
		item, &rte_flow_item_eth_mask, sizeof(struct rte_flow_item_eth), &copy, error);
	if (ret != 0)
		return ret;
	if (memcmp(&copy.mask.eth.hdr.dst_addr, &no_addr, sizeof(no_addr)) != 0 ||
		memcmp(&copy.mask.eth.hdr.src_addr, &no_addr, sizeof(no_addr)) != 0)
		return ERR(ENOTSUP, ITEM_MASK, mask_cause(item),
			"addresses let frames in, they choose no queue: only VMDq's pools would");
	has_type = take_field(
		&copy, &copy.mask.eth.hdr.ether_type, sizeof(copy.mask.eth.hdr.ether_type), error);
	if (has_type < 0)
		return has_type;
	ret = no_more_fields(&copy, "of an Ethernet header the type alone is compared", error);
	if (ret != 0)
		return ret;
	*type = rte_be_to_cpu_16(copy.spec.eth.hdr.ether_type);
	return has_type;
}

/* Takes a field of four or two bytes or one into the tuple. */
#define TAKE(copy, path, dst, field) \
	do { \
		int on_ = take_field(copy, &(copy)->mask.path, sizeof((copy)->mask.path), error); \
		if (on_ < 0) \
			return on_; \
		if (on_) { \
			(dst) = (copy)->spec.path; \
			tuple->fields |= (field); \
		} \
	} while (0)

static int
parse_ipv4(const struct rte_flow_item *item, struct oriel_flow_tuple *tuple,
	struct rte_flow_error *error)
{
	struct item_copy copy;
	int ret;

	ret = copy_item(
		item, &rte_flow_item_ipv4_mask, sizeof(struct rte_flow_item_ipv4), &copy, error);
	if (ret != 0)
		return ret;
	TAKE(&copy, ipv4.hdr.src_addr, tuple->src_addr, ORIEL_FLOW_SRC_ADDR);
	TAKE(&copy, ipv4.hdr.dst_addr, tuple->dst_addr, ORIEL_FLOW_DST_ADDR);
	TAKE(&copy, ipv4.hdr.next_proto_id, tuple->proto, ORIEL_FLOW_PROTO);
	return no_more_fields(
		&copy, "of an IPv4 header addresses and protocol alone are compared", error);
}

static int
parse_ports(struct item_copy *copy, rte_be16_t *src_mask, rte_be16_t src, rte_be16_t *dst_mask,
	rte_be16_t dst, struct oriel_flow_tuple *tuple, struct rte_flow_error *error)
{
	int on;

	on = take_field(copy, src_mask, sizeof(*src_mask), error);
	if (on < 0)
		return on;
	if (on) {
		tuple->src_port = src;
		tuple->fields |= ORIEL_FLOW_SRC_PORT;
	}
	on = take_field(copy, dst_mask, sizeof(*dst_mask), error);
	if (on < 0)
		return on;
	if (on) {
		tuple->dst_port = dst;
		tuple->fields |= ORIEL_FLOW_DST_PORT;
	}
	return 0;
}

/*
 * The filter takes a packet that has any of its flags: with one flag alone that is what the
 * pattern says.
 */
static int
parse_tcp_flags(struct item_copy *copy, uint8_t *flag, struct rte_flow_error *error)
{
	const uint8_t mask = copy->mask.tcp.hdr.tcp_flags;

	*flag = 0;
	if (mask == 0)
		return 0;
	if ((mask & (mask - 1)) != 0 || mask > RTE_TCP_URG_FLAG)
		return ERR(ENOTSUP, ITEM_MASK, mask_cause(copy->item),
			"one of the flags FIN to URG can be looked at");
	if ((copy->spec.tcp.hdr.tcp_flags & mask) == 0)
		return ERR(ENOTSUP, ITEM_SPEC, copy->item->spec,
			"filters look for a flag that is set, not for one that is not");
	*flag = mask;
	copy->mask.tcp.hdr.tcp_flags = 0;
	return 0;
}

static int
parse_tcp(const struct rte_flow_item *item, struct oriel_flow_tuple *tuple,
	struct rte_flow_error *error)
{
	struct item_copy copy;
	int ret;

	ret = copy_item(
		item, &rte_flow_item_tcp_mask, sizeof(struct rte_flow_item_tcp), &copy, error);
	if (ret == 0)
		ret = parse_ports(&copy, &copy.mask.tcp.hdr.src_port, copy.spec.tcp.hdr.src_port,
			&copy.mask.tcp.hdr.dst_port, copy.spec.tcp.hdr.dst_port, tuple, error);
	if (ret == 0)
		ret = parse_tcp_flags(&copy, &tuple->tcp_flag, error);
	if (ret != 0)
		return ret;
	return no_more_fields(&copy, "of a TCP header ports and flags alone are compared", error);
}

static int
parse_udp(const struct rte_flow_item *item, struct oriel_flow_tuple *tuple,
	struct rte_flow_error *error)
{
	struct item_copy copy;
	int ret;

	ret = copy_item(
		item, &rte_flow_item_udp_mask, sizeof(struct rte_flow_item_udp), &copy, error);
	if (ret == 0)
		ret = parse_ports(&copy, &copy.mask.udp.hdr.src_port, copy.spec.udp.hdr.src_port,
			&copy.mask.udp.hdr.dst_port, copy.spec.udp.hdr.dst_port, tuple, error);
	if (ret != 0)
		return ret;
	return no_more_fields(&copy, "of a UDP header ports alone are compared", error);
}

static int
parse_sctp(const struct rte_flow_item *item, struct oriel_flow_tuple *tuple,
	struct rte_flow_error *error)
{
	struct item_copy copy;
	int ret;

	ret = copy_item(
		item, &rte_flow_item_sctp_mask, sizeof(struct rte_flow_item_sctp), &copy, error);
	if (ret == 0)
		ret = parse_ports(&copy, &copy.mask.sctp.hdr.src_port, copy.spec.sctp.hdr.src_port,
			&copy.mask.sctp.hdr.dst_port, copy.spec.sctp.hdr.dst_port, tuple, error);
	if (ret != 0)
		return ret;
	return no_more_fields(&copy, "of an SCTP header ports alone are compared", error);
}

/* The item that ends the pattern, or what is wrong with the one that is there instead. */
static int
end_of_pattern(const struct rte_flow_item *item, struct rte_flow_error *error)
{
	item = skip_void_items(item);
	switch (item->type) {
	case RTE_FLOW_ITEM_TYPE_END:
		return 0;
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return ERR(ENOTSUP, ITEM, item, "filters do not look at VLAN tags");
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return ERR(ENOTSUP, ITEM, item, "5-tuple filters are for IPv4 alone");
	default:
		return ERR(ENOTSUP, ITEM, item,
			"patterns: [eth /] ipv4 [/ tcp|udp|sctp]; eth type; tcp flags syn; eth");
	}
}

/* What follows ipv4. */
static int
parse_l4(const struct rte_flow_item *item, struct oriel_flow_tuple *tuple,
	struct rte_flow_error *error)
{
	uint8_t proto;
	int ret;

	item = skip_void_items(item);
	switch (item->type) {
	case RTE_FLOW_ITEM_TYPE_TCP:
		proto = IPPROTO_TCP;
		ret = parse_tcp(item, tuple, error);
		break;
	case RTE_FLOW_ITEM_TYPE_UDP:
		proto = IPPROTO_UDP;
		ret = parse_udp(item, tuple, error);
		break;
	case RTE_FLOW_ITEM_TYPE_SCTP:
		proto = IPPROTO_SCTP;
		ret = parse_sctp(item, tuple, error);
		break;
	default:
		return end_of_pattern(item, error);
	}
	if (ret != 0)
		return ret;
	if ((tuple->fields & ORIEL_FLOW_PROTO) && tuple->proto != proto)
		return ERR(EINVAL, ITEM, item, "the IPv4 item names another protocol");
	tuple->proto = proto;
	tuple->fields |= ORIEL_FLOW_PROTO;
	return end_of_pattern(item + 1, error);
}

static int
parse_tuple(const struct rte_flow_item *item, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	int ret;

	rule->kind = ORIEL_FLOW_TUPLE;
	ret = parse_ipv4(item, &rule->tuple, error);
	if (ret == 0)
		ret = parse_l4(item + 1, &rule->tuple, error);
	if (ret != 0)
		return ret;
	/* Nothing tells whether a filter that compares nothing would stop at IPv4. */
	if (rule->tuple.fields == 0)
		return ERR(ENOTSUP, ITEM, item,
			"a 5-tuple filter compares at least one address, port or the protocol");
	return 0;
}

static int
parse_ethertype(const struct rte_flow_item *item, uint16_t type, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	if (type < MIN_ETHERTYPE)
		return ERR(EINVAL, ITEM_SPEC, item->spec, "EtherTypes begin at 0x0600");
	if (type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6)
		return ERR(ENOTSUP, ITEM_SPEC, item->spec,
			"a filter for IP would take its packet type, checksums and hash");
	if (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ)
		return ERR(ENOTSUP, ITEM_SPEC, item->spec,
			"the type that is compared is the one behind the tag");
	rule->kind = ORIEL_FLOW_ETHERTYPE;
	rule->ethertype = type;
	return 0;
}

/* tcp without anything below: over IPv4 and IPv6, as the SYN filter has it. */
static int
parse_syn(const struct rte_flow_item *item, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	struct oriel_flow_tuple tuple = { 0 };
	int ret = parse_tcp(item, &tuple, error);

	if (ret != 0)
		return ret;
	if (tuple.fields != 0 || tuple.tcp_flag != RTE_TCP_SYN_FLAG)
		return ERR(ENOTSUP, ITEM, item,
			"TCP over any IP is matched by its SYN flag alone: put ipv4 before it");
	rule->kind = ORIEL_FLOW_SYN;
	return end_of_pattern(item + 1, error);
}

static int
parse_eth_first(const struct rte_flow_item *item, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	const struct rte_flow_item *next = skip_void_items(item + 1);
	uint16_t type = 0;
	int has_type = parse_eth(item, &type, error);

	if (has_type < 0)
		return has_type;
	if (next->type == RTE_FLOW_ITEM_TYPE_IPV4) {
		if (has_type && type != RTE_ETHER_TYPE_IPV4)
			return ERR(EINVAL, ITEM_SPEC, item->spec, "the type is not that of IPv4");
		return parse_tuple(next, rule, error);
	}
	if (next->type == RTE_FLOW_ITEM_TYPE_TCP || next->type == RTE_FLOW_ITEM_TYPE_UDP ||
		next->type == RTE_FLOW_ITEM_TYPE_SCTP)
		return ERR(EINVAL, ITEM, next, "between eth and this item ipv4 is missing");
	if (has_type) {
		int ret = parse_ethertype(item, type, rule, error);

		return ret != 0 ? ret : end_of_pattern(next, error);
	}
	rule->kind = ORIEL_FLOW_RSS;
	return end_of_pattern(next, error);
}

static int
parse_items(const struct rte_flow_item *item, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	if (item == NULL)
		return ERR(EINVAL, ITEM_NUM, NULL, "no pattern");
	item = skip_void_items(item);
	switch (item->type) {
	case RTE_FLOW_ITEM_TYPE_END:
		rule->kind = ORIEL_FLOW_RSS;
		return 0;
	case RTE_FLOW_ITEM_TYPE_ETH:
		return parse_eth_first(item, rule, error);
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return parse_tuple(item, rule, error);
	case RTE_FLOW_ITEM_TYPE_TCP:
		return parse_syn(item, rule, error);
	case RTE_FLOW_ITEM_TYPE_UDP:
	case RTE_FLOW_ITEM_TYPE_SCTP:
		return ERR(ENOTSUP, ITEM, item,
			"5-tuple filters are for IPv4 alone: put ipv4 before this item");
	default:
		return end_of_pattern(item, error);
	}
}

static int
parse_queue(uint16_t nb_queues, const struct rte_flow_action *action, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	const struct rte_flow_action_queue *conf = action->conf;
	uint16_t index;

	if (rule->kind == ORIEL_FLOW_RSS)
		return ERR(ENOTSUP, ACTION, action, "a rule for every frame has the action RSS");
	if (conf == NULL)
		return ERR(EINVAL, ACTION, action, "the action has no configuration");
	index = conf->index;
	if (index >= nb_queues)
		return ERR(EINVAL, ACTION_CONF, conf, "the port has no such RX queue");
	if (rule->kind != ORIEL_FLOW_TUPLE && index >= ORIEL_FLOW_NARROW_QUEUES)
		return ERR(ENOTSUP, ACTION_CONF, conf,
			"EtherType and SYN filters reach the queues 0 to 7");
	rule->queue = index;
	return 0;
}

static int
check_rss(const struct rte_flow_action_rss *conf, struct rte_flow_error *error)
{
	if (conf->func != RTE_ETH_HASH_FUNCTION_DEFAULT &&
		conf->func != RTE_ETH_HASH_FUNCTION_TOEPLITZ)
		return ERR(ENOTSUP, ACTION_CONF, conf, "the hash function is Toeplitz");
	if (conf->level > 1)
		return ERR(ENOTSUP, ACTION_CONF, conf, "the outermost headers alone are hashed");
	if ((conf->types & ~ORIEL_RSS_SUPPORTED) != 0)
		return ERR(ENOTSUP, ACTION_CONF, conf, "among the types are some without a hash");
	if (conf->key_len != 0 && (conf->key_len != ORIEL_RSS_KEY_LEN || conf->key == NULL))
		return ERR(EINVAL, ACTION_CONF, conf, "the key has 40 bytes");
	if (conf->queue_num == 0 || conf->queue == NULL)
		return ERR(EINVAL, ACTION_CONF, conf, "the action names no queue");
	if (conf->queue_num > ORIEL_NB_RETA)
		return ERR(ENOTSUP, ACTION_CONF, conf, "the redirection table has 128 entries");
	return 0;
}

static int
parse_rss(uint16_t nb_queues, const struct rte_flow_action *action, struct oriel_flow_rule *rule,
	struct rte_flow_error *error)
{
	const struct rte_flow_action_rss *conf = action->conf;
	struct oriel_flow_rss *rss = &rule->rss;
	uint32_t i;
	int ret;

	if (rule->kind != ORIEL_FLOW_RSS)
		return ERR(ENOTSUP, ACTION, action,
			"RSS spreads what no filter takes: its pattern is empty, or eth");
	if (conf == NULL)
		return ERR(EINVAL, ACTION, action, "the action has no configuration");
	ret = check_rss(conf, error);
	if (ret != 0)
		return ret;
	for (i = 0; i < conf->queue_num; i++) {
		if (conf->queue[i] >= nb_queues)
			return ERR(EINVAL, ACTION_CONF, conf, "the port has no such RX queue");
		rss->queues[i] = conf->queue[i];
	}
	rss->nb_queues = conf->queue_num;
	rss->types = conf->types;
	rss->has_key = conf->key_len != 0;
	if (rss->has_key)
		memcpy(rss->key, conf->key, sizeof(rss->key));
	return 0;
}

static int
parse_actions(uint16_t nb_queues, const struct rte_flow_action *action,
	struct oriel_flow_rule *rule, struct rte_flow_error *error)
{
	int ret;

	if (action == NULL)
		return ERR(EINVAL, ACTION_NUM, NULL, "no actions");
	action = skip_void_actions(action);
	switch (action->type) {
	case RTE_FLOW_ACTION_TYPE_END:
		return ERR(EINVAL, ACTION, action, "no action: QUEUE or RSS is wanted");
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		ret = parse_queue(nb_queues, action, rule, error);
		break;
	case RTE_FLOW_ACTION_TYPE_RSS:
		ret = parse_rss(nb_queues, action, rule, error);
		break;
	case RTE_FLOW_ACTION_TYPE_COUNT:
		return ERR(ENOTSUP, ACTION, action, "filters count nothing");
	case RTE_FLOW_ACTION_TYPE_DROP:
		/*
		 * A queue without descriptors would drop. But such frames are in GPRC, and what
		 * would take them out again, RQDPC, has 12 bits: ipackets would be too high as
		 * soon as 4096 are dropped between two readings.
		 */
		return ERR(ENOTSUP, ACTION, action,
			"filters choose a queue; what a queue drops would count as received");
	default:
		return ERR(ENOTSUP, ACTION, action, "actions are QUEUE and RSS");
	}
	if (ret != 0)
		return ret;
	action = skip_void_actions(action + 1);
	if (action->type == RTE_FLOW_ACTION_TYPE_COUNT)
		return ERR(ENOTSUP, ACTION, action, "filters count nothing");
	if (action->type != RTE_FLOW_ACTION_TYPE_END)
		return ERR(ENOTSUP, ACTION, action, "a filter has one action");
	return 0;
}

int
oriel_flow_parse(uint16_t nb_queues, const struct rte_flow_attr *attr,
	const struct rte_flow_item items[], const struct rte_flow_action actions[],
	struct oriel_flow_rule *rule, struct rte_flow_error *error)
{
	int ret;

	memset(rule, 0, sizeof(*rule));
	ret = parse_attr(attr, error);
	if (ret == 0)
		ret = parse_items(items, rule, error);
	if (ret == 0)
		ret = parse_actions(nb_queues, actions, rule, error);
	if (ret != 0)
		return ret;
	rule->priority = attr->priority;
	if (rule->kind == ORIEL_FLOW_TUPLE && rule->priority > ORIEL_FLOW_TUPLE_PRIORITY_MAX)
		return ERR(ENOTSUP, ATTR_PRIORITY, attr,
			"5-tuple filters have the priorities 0 (first) to 6 (last)");
	return 0;
}
