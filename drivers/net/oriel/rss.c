/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Receive-side scaling: hash types, key, redirection table. */

#include <errno.h>

#include <sys/random.h>

#include "log.h"
#include "rss.h"

/* The key that everybody uses and that the datasheet verifies its hashes with (7.1.1.7.3). */
static const uint8_t default_key[ORIEL_RSS_KEY_LEN] = {
	0x6d,
	0x5a,
	0x56,
	0xda,
	0x25,
	0x5b,
	0x0e,
	0xc2,
	0x41,
	0x67,
	0x25,
	0x3d,
	0x43,
	0xa3,
	0x8f,
	0xb0,
	0xd0,
	0xca,
	0x2b,
	0xcb,
	0xae,
	0x7b,
	0x30,
	0xb4,
	0x77,
	0xcb,
	0x2d,
	0xa3,
	0x80,
	0x30,
	0xf2,
	0x0c,
	0x6a,
	0x42,
	0xb7,
	0x3b,
	0xbe,
	0xac,
	0x01,
	0xfa,
};

int
oriel_rss_key_init(struct oriel_adapter *ad)
{
	uint8_t *key = ad->rss.key;
	size_t done = 0;

	if (!ad->rss.random_key) {
		memcpy(key, default_key, sizeof(default_key));
		return 0;
	}
	/* From the kernel: a key that could be guessed would be no better than the known one. */
	while (done < ORIEL_RSS_KEY_LEN) {
		ssize_t n = getrandom(key + done, ORIEL_RSS_KEY_LEN - done, 0);

		if (n < 0 && errno != EINTR) {
			ORIEL_INIT_LOG(ERR, "port %u: no random RSS key: %s", ad->port_id,
				strerror(errno));
			return -EIO;
		}
		if (n > 0)
			done += n;
	}
	return 0;
}

uint32_t
oriel_rss_to_mrqc(uint64_t types)
{
	uint32_t mrqc = 0;

#define ORIEL_X(eth, bit) \
	if (types & RTE_ETH_RSS_##eth) \
		mrqc |= ORIEL_MRQC_##bit;
	ORIEL_RSS_TYPES(ORIEL_X)
#undef ORIEL_X
	return mrqc;
}

int
oriel_rss_set(struct oriel_adapter *ad)
{
	const struct oriel_rss *rss = oriel_rss_in_force(ad);
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i, j;

	if (!rss->enabled) {
		oriel_wr32(m, ORIEL_MRQC, ORIEL_PREP(ORIEL_MRQC_MODE, ORIEL_MRQC_MODE_NONE));
		oriel_flush(m);
		return m->gone ? -ENODEV : 0;
	}
	for (i = 0; i < ORIEL_NB_RSSRK; i++) {
		uint32_t key = 0;

		for (j = 0; j < 4; j++)
			key |= (uint32_t)rss->key[4 * i + j] << (8 * j);
		oriel_wr32(m, ORIEL_RSSRK(i), key);
	}
	if (oriel_reta_set(ad) != 0)
		return -ENODEV;
	oriel_wr32(m, ORIEL_MRQC,
		ORIEL_PREP(ORIEL_MRQC_MODE, ORIEL_MRQC_MODE_RSS) | oriel_rss_to_mrqc(rss->types));
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

/* Checks before anything is changed. */
static int
check_conf(const struct oriel_adapter *ad, const struct rte_eth_rss_conf *conf)
{
	if ((conf->rss_hf & ~ORIEL_RSS_SUPPORTED) != 0) {
		ORIEL_DRV_LOG(ERR, "port %u: RSS types %#" PRIx64 ": the device can hash %#" PRIx64,
			ad->port_id, conf->rss_hf, ORIEL_RSS_SUPPORTED);
		return -ENOTSUP;
	}
	if (conf->rss_key != NULL && conf->rss_key_len != ORIEL_RSS_KEY_LEN) {
		ORIEL_DRV_LOG(ERR, "port %u: RSS key of %u bytes: it has %u", ad->port_id,
			conf->rss_key_len, ORIEL_RSS_KEY_LEN);
		return -EINVAL;
	}
	return 0;
}

static void
take_conf(struct oriel_rss *rss, const struct rte_eth_rss_conf *conf)
{
	rss->types = conf->rss_hf;
	if (conf->rss_key != NULL)
		memcpy(rss->key, conf->rss_key, sizeof(rss->key));
}

static bool
reta_fits(const struct oriel_rss *rss, uint16_t nb_queues)
{
	unsigned int i;

	for (i = 0; i < ORIEL_NB_RETA; i++) {
		if (rss->reta[i] >= nb_queues)
			return false;
	}
	return true;
}

int
oriel_rss_configure(struct rte_eth_dev *dev)
{
	struct rte_eth_rss_conf conf = dev->data->dev_conf.rx_adv_conf.rss_conf;
	struct oriel_adapter *ad = oriel_adapter(dev);
	const uint16_t nb_queues = dev->data->nb_rx_queues;
	struct oriel_rss *rss = &ad->rss;
	unsigned int i;
	int ret;

	if ((dev->data->dev_conf.rxmode.mq_mode & RTE_ETH_MQ_RX_RSS_FLAG) == 0) {
		rss->enabled = false;
		return 0;
	}
	/* Here ethdev does not say how long the key is unless the application did. */
	if (conf.rss_key != NULL && conf.rss_key_len == 0)
		conf.rss_key_len = ORIEL_RSS_KEY_LEN;
	ret = check_conf(ad, &conf);
	if (ret != 0)
		return ret;
	/* All is well: only now does anything change. */
	rss->enabled = true;
	take_conf(rss, &conf);

	if (rss->reta_set && reta_fits(rss, nb_queues))
		return 0;
	if (rss->reta_set)
		ORIEL_INIT_LOG(NOTICE,
			"port %u: the redirection table names queues beyond the %u there are now: "
			"spread anew",
			ad->port_id, nb_queues);
	rss->reta_set = false;
	for (i = 0; i < ORIEL_NB_RETA && nb_queues != 0; i++)
		rss->reta[i] = i % nb_queues;
	return 0;
}

void
oriel_rss_take_rule(struct oriel_adapter *ad, const struct oriel_flow_rss *rule)
{
	struct oriel_rss *rss = &ad->rss_rule;
	unsigned int i;

	memset(rss, 0, sizeof(*rss));
	if (rule == NULL)
		return;
	rss->enabled = true;
	rss->types = rule->types;
	if (rss->types == 0 && ad->rss.enabled)
		rss->types = ad->rss.types;
	if (rss->types == 0)
		rss->types = ORIEL_RSS_SUPPORTED;
	memcpy(rss->key, rule->has_key ? rule->key : ad->rss.key, sizeof(rss->key));
	for (i = 0; i < ORIEL_NB_RETA; i++)
		rss->reta[i] = rule->queues[i % rule->nb_queues];
}

/* Without RSS mode since configuration and without a rule the device hashes nothing. */
static int
need_rss(const struct oriel_adapter *ad, const char *what)
{
	if (oriel_rss_in_force(ad)->enabled)
		return 0;
	ORIEL_DRV_LOG(ERR, "port %u: %s: the port is not configured with RTE_ETH_MQ_RX_RSS",
		ad->port_id, what);
	return -ENOTSUP;
}

/* What an RSS flow rule says is not changed behind its back. */
static int
need_own_rss(const struct oriel_adapter *ad, const char *what)
{
	if (!ad->rss_rule.enabled)
		return need_rss(ad, what);
	ORIEL_DRV_LOG(ERR, "port %u: %s: a flow rule has RSS: destroy it first", ad->port_id, what);
	return -EBUSY;
}

int
oriel_rss_hash_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	ret = need_own_rss(ad, "RSS hash update");
	if (ret == 0)
		ret = check_conf(ad, conf);
	if (ret != 0)
		return ret;
	take_conf(&ad->rss, conf);
	return ad->started ? oriel_hw(dev)->rss_set(ad) : 0;
}

int
oriel_rss_hash_conf_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_rss *rss = oriel_rss_in_force(ad);

	conf->rss_hf = rss->enabled ? rss->types : 0;
	if (conf->rss_key != NULL) {
		if (conf->rss_key_len != 0 && conf->rss_key_len < ORIEL_RSS_KEY_LEN) {
			ORIEL_DRV_LOG(ERR, "port %u: room for a key of %u bytes: it has %u",
				ad->port_id, conf->rss_key_len, ORIEL_RSS_KEY_LEN);
			return -EINVAL;
		}
		memcpy(conf->rss_key, rss->key, ORIEL_RSS_KEY_LEN);
	}
	conf->rss_key_len = ORIEL_RSS_KEY_LEN;
	return 0;
}

static int
check_reta_size(const struct oriel_adapter *ad, uint16_t reta_size)
{
	if (reta_size == ORIEL_NB_RETA)
		return 0;
	ORIEL_DRV_LOG(ERR, "port %u: redirection table of %u entries: it has %u", ad->port_id,
		reta_size, ORIEL_NB_RETA);
	return -EINVAL;
}

int
oriel_reta_update(
	struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t reta_size)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint8_t reta[ORIEL_NB_RETA];
	unsigned int i;
	int ret;

	ret = need_own_rss(ad, "redirection table update");
	if (ret == 0)
		ret = check_reta_size(ad, reta_size);
	if (ret != 0)
		return ret;
	memcpy(reta, ad->rss.reta, sizeof(reta));
	for (i = 0; i < ORIEL_NB_RETA; i++) {
		const struct rte_eth_rss_reta_entry64 *group = &conf[i / RTE_ETH_RETA_GROUP_SIZE];
		uint16_t queue = group->reta[i % RTE_ETH_RETA_GROUP_SIZE];

		if ((group->mask >> (i % RTE_ETH_RETA_GROUP_SIZE) & 1) == 0)
			continue;
		if (queue >= dev->data->nb_rx_queues) {
			ORIEL_DRV_LOG(ERR,
				"port %u: redirection table entry %u: queue %u, there are %u",
				ad->port_id, i, queue, dev->data->nb_rx_queues);
			return -EINVAL;
		}
		reta[i] = queue;
	}
	memcpy(ad->rss.reta, reta, sizeof(reta));
	ad->rss.reta_set = true;
	return ad->started ? oriel_hw(dev)->reta_set(ad) : 0;
}

int
oriel_reta_query(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t reta_size)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_rss *rss = oriel_rss_in_force(ad);
	unsigned int i;
	int ret;

	ret = need_rss(ad, "redirection table query");
	if (ret == 0)
		ret = check_reta_size(ad, reta_size);
	if (ret != 0)
		return ret;
	for (i = 0; i < ORIEL_NB_RETA; i++) {
		struct rte_eth_rss_reta_entry64 *group = &conf[i / RTE_ETH_RETA_GROUP_SIZE];

		if ((group->mask >> (i % RTE_ETH_RETA_GROUP_SIZE) & 1) != 0)
			group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = rss->reta[i];
	}
	return 0;
}
