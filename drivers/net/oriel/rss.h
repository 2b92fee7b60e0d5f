/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Receive-side scaling: hash types, key, redirection table. */

#ifndef ORIEL_RSS_H
#define ORIEL_RSS_H

#include "adapter.h"

/** The hash types of the 82576: X(RTE_ETH_RSS_ suffix, MRQC suffix). */
#define ORIEL_RSS_TYPES(X) \
	X(IPV4, IPV4) \
	X(NONFRAG_IPV4_TCP, TCP_IPV4) \
	X(NONFRAG_IPV4_UDP, UDP_IPV4) \
	X(IPV6, IPV6) \
	X(NONFRAG_IPV6_TCP, TCP_IPV6) \
	X(NONFRAG_IPV6_UDP, UDP_IPV6) \
	X(IPV6_EX, IPV6_EX) \
	X(IPV6_TCP_EX, TCP_IPV6_EX) \
	X(IPV6_UDP_EX, UDP_IPV6_EX)

#define ORIEL_RSS_OR(eth, mrqc) | RTE_ETH_RSS_##eth
/** RTE_ETH_RSS_* that the device can hash. */
#define ORIEL_RSS_SUPPORTED (UINT64_C(0) ORIEL_RSS_TYPES(ORIEL_RSS_OR))

/**
 * At probe: the key that is in force until the application sets one, as the device argument
 * rss_key says. Never the default of the device, which is zeros: all hashes would be 0.
 *
 * @return
 *   0; -EIO if the kernel gives no random numbers (logged).
 */
int oriel_rss_key_init(struct oriel_adapter *ad);

/** MRQC's hash enables for RTE_ETH_RSS_*; bits that the device has no hash for are left out. */
uint32_t oriel_rss_to_mrqc(uint64_t types);

/** What RSS does now: as the RSS flow rule says, or without one as the port is configured. */
static inline const struct oriel_rss *
oriel_rss_in_force(const struct oriel_adapter *ad)
{
	return ad->rss_rule.enabled ? &ad->rss_rule : &ad->rss;
}

/**
 * The table that the device is given: rss->reta, but entries of queues that do not run are dealt
 * out in turn to those of the table that do, or if none of these does, to all that run.
 *
 * @param running
 *   the queues that run, bit n queue n; with none the table is as it was asked for
 */
void oriel_reta_in_force(
	const struct oriel_rss *rss, uint16_t running, uint8_t reta[ORIEL_NB_RETA]);

/** hw_ops by register: the redirection table alone; -ENODEV if the device has gone. */
int oriel_reta_set(struct oriel_adapter *ad);

/** Before a start: the queues that it will start are those that run. */
void oriel_reta_start(struct rte_eth_dev *dev);

/** A queue of a running port has been started, or is about to stop; 0 or -ENODEV. */
int oriel_reta_queue_set(struct rte_eth_dev *dev, uint16_t queue_id, bool running);

/** hw_ops by register: key, redirection table and MRQC as oriel_rss_in_force() has them. */
int oriel_rss_set(struct oriel_adapter *ad);

/**
 * Puts an RSS flow rule in force, or with NULL the port's own configuration again. What the
 * rule leaves open (types 0, no key) is the port's; all types where the port has none. Writes
 * no register.
 */
void oriel_rss_take_rule(struct oriel_adapter *ad, const struct oriel_flow_rss *rule);

/**
 * Takes rxmode.mq_mode and rss_conf into ad->rss. What the user set earlier and does not set
 * now stays, as far as it fits the number of queues.
 *
 * @return
 *   0; -EINVAL for a key that is not 40 bytes long, -ENOTSUP for hash types.
 */
int oriel_rss_configure(struct rte_eth_dev *dev);

/* dev_ops */
int oriel_rss_hash_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int oriel_rss_hash_conf_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int oriel_reta_update(
	struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t reta_size);
int oriel_reta_query(
	struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t reta_size);

#endif /* ORIEL_RSS_H */
