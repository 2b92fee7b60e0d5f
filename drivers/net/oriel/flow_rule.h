/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * A flow rule as the filters of the 82576 can have it, and the table of a port's rules. Types
 * alone: parsed by flow_parse.c, kept by flow.c, programmed by flow_hw.c.
 */

#ifndef ORIEL_FLOW_RULE_H
#define ORIEL_FLOW_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_spinlock.h>

#include "regs.h"

/** rte_flow priorities: 0 comes first, this one last. */
#define ORIEL_FLOW_PRIORITY_MAX 7
/** A 5-tuple filter has the levels 7 (first) to 1: priorities 0 to 6. */
#define ORIEL_FLOW_TUPLE_PRIORITY_MAX 6
/** EtherType and SYN filters have three bits for the queue. */
#define ORIEL_FLOW_NARROW_QUEUES 8
/** Every filter of the hardware in use, and the RSS rule. */
#define ORIEL_NB_FLOWS (ORIEL_NB_FTQF + ORIEL_NB_ETQF + 2)

enum oriel_flow_kind {
	ORIEL_FLOW_TUPLE,     /* FTQF and its sisters of the same index: IPv4 only */
	ORIEL_FLOW_ETHERTYPE, /* ETQF */
	ORIEL_FLOW_SYN,	      /* SYNQF: TCP over IPv4 and IPv6 */
	ORIEL_FLOW_RSS,	      /* what no filter took */
	ORIEL_FLOW_NB_KINDS,
};

/* fields of a tuple that must be equal; the filter passes over the others */
#define ORIEL_FLOW_SRC_ADDR 0x01u
#define ORIEL_FLOW_DST_ADDR 0x02u
#define ORIEL_FLOW_SRC_PORT 0x04u
#define ORIEL_FLOW_DST_PORT 0x08u
#define ORIEL_FLOW_PROTO 0x10u

struct oriel_flow_tuple {
	uint8_t fields; /* ORIEL_FLOW_*; a field that is not named here is 0 */
	uint8_t proto;
	uint8_t tcp_flag; /* the one RTE_TCP_*_FLAG that must be set, 0: no matter */
	rte_be32_t src_addr, dst_addr;
	rte_be16_t src_port, dst_port;
};

struct oriel_flow_rss {
	uint64_t types; /* RTE_ETH_RSS_*; 0: those that the port has */
	bool has_key;	/* else the port's */
	uint8_t key[ORIEL_RSS_KEY_LEN];
	uint8_t nb_queues; /* entries of queues: 1 to ORIEL_NB_RETA */
	uint16_t queues[ORIEL_NB_RETA];
};

struct oriel_flow_rule {
	enum oriel_flow_kind kind;
	uint8_t priority; /* rte_flow's: 0 to ORIEL_FLOW_PRIORITY_MAX */
	uint8_t queue;	  /* all kinds but RSS */
	union {
		struct oriel_flow_tuple tuple;
		uint16_t ethertype; /* CPU order */
		struct oriel_flow_rss rss;
	};
};

/** A rule in force; ethdev's handle. Lives as long as the port. */
struct rte_flow {
	bool used;
	uint8_t index; /* of its filter, 0 if there is one only */
	struct oriel_flow_rule rule;
};

/**
 * All rules of a port. Which filter is free is nowhere noted apart: it is what neither a rule
 * nor a reservation has.
 */
struct oriel_flow_table {
	rte_spinlock_t lock; /* flow operations and reservations, one at a time */
	struct rte_flow flows[ORIEL_NB_FLOWS];
	uint8_t next;		/* where the search for a free entry of flows begins */
	uint8_t tuple_reserved; /* bit n: filter n is not for rules */
	uint8_t etqf_reserved;
	uint16_t etqf_type[ORIEL_NB_ETQF]; /* EtherType of a reserved filter */
};

#endif /* ORIEL_FLOW_RULE_H */
