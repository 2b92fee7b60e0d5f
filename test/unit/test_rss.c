/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* RSS: hash types to MRQC, key and redirection table in their registers, what is refused. */

#include "fake_device.h"

#include "rss.c"

#define NB_QUEUES 4

static const struct oriel_hw_ops ops = { .rss_set = oriel_rss_set, .reta_set = oriel_reta_set };
static struct oriel_process process = { .hw = &ops };
static struct rte_eth_rss_reta_entry64 groups[ORIEL_NB_RETA / RTE_ETH_RETA_GROUP_SIZE];

static int
setup(void **state)
{
	fake_setup(state);
	fake_dev->process_private = &process;
	memset(groups, 0, sizeof(groups));
	fake_data.nb_rx_queues = NB_QUEUES;
	fake_data.dev_conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	fake_data.dev_conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IPV4;
	assert_int_equal(oriel_rss_key_init(&fake_ad), 0);
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	fake_ad.started = true;
	return 0;
}

static void
test_types(void **state)
{
	static const struct {
		uint64_t type;
		uint32_t bit;
	} table[] = {
		{ RTE_ETH_RSS_NONFRAG_IPV4_TCP, 16 },
		{ RTE_ETH_RSS_IPV4, 17 },
		{ RTE_ETH_RSS_IPV6_TCP_EX, 18 },
		{ RTE_ETH_RSS_IPV6_EX, 19 },
		{ RTE_ETH_RSS_IPV6, 20 },
		{ RTE_ETH_RSS_NONFRAG_IPV6_TCP, 21 },
		{ RTE_ETH_RSS_NONFRAG_IPV4_UDP, 22 },
		{ RTE_ETH_RSS_NONFRAG_IPV6_UDP, 23 },
		{ RTE_ETH_RSS_IPV6_UDP_EX, 24 },
	};
	uint64_t all = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		assert_int_equal(oriel_rss_to_mrqc(table[i].type), UINT32_C(1) << table[i].bit);
		all |= table[i].type;
	}
	assert_int_equal(all, ORIEL_RSS_SUPPORTED);
	assert_int_equal(oriel_rss_to_mrqc(ORIEL_RSS_SUPPORTED), ORIEL_MASK(24, 16));
	assert_int_equal(oriel_rss_to_mrqc(0), 0);
	/* What the device cannot hash leaves no trace. */
	assert_int_equal(oriel_rss_to_mrqc(~ORIEL_RSS_SUPPORTED), 0);
}

static void
test_registers(void **state)
{
	int i;

	(void)state;
	assert_int_equal(oriel_rss_set(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_MRQC), ORIEL_MRQC_MODE_RSS | ORIEL_MRQC_IPV4);
	/* The well-known key, its first byte lowest. */
	assert_int_equal(*fake_reg(ORIEL_RSSRK(0)), 0xda565a6d);
	assert_int_equal(*fake_reg(ORIEL_RSSRK(9)), 0xfa01acbe);
	for (i = 0; i < 32; i++)
		assert_int_equal(*fake_reg(ORIEL_RETA(i)), 0x03020100);
	fake_ad.rss.enabled = false;
	assert_int_equal(oriel_rss_set(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_MRQC), 0);
	fake.gone = true;
	assert_int_equal(oriel_rss_set(&fake_ad), -ENODEV);
}

static void
test_hash(void **state)
{
	uint8_t key[ORIEL_RSS_KEY_LEN], got[ORIEL_RSS_KEY_LEN];
	struct rte_eth_rss_conf conf = {
		.rss_key = key, .rss_key_len = sizeof(key), .rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_UDP
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = i + 1;
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), 0);
	assert_int_equal(*fake_reg(ORIEL_MRQC), ORIEL_MRQC_MODE_RSS | ORIEL_MRQC_UDP_IPV4);
	assert_int_equal(*fake_reg(ORIEL_RSSRK(0)), 0x04030201);
	/* Types alone leave the key. */
	conf = (struct rte_eth_rss_conf){ .rss_hf = 0 };
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), 0);
	assert_int_equal(*fake_reg(ORIEL_MRQC), ORIEL_MRQC_MODE_RSS);
	/* The length is filled in, with and without room for the key. */
	conf = (struct rte_eth_rss_conf){ .rss_key = got, .rss_key_len = sizeof(got) };
	assert_int_equal(oriel_rss_hash_conf_get(fake_dev, &conf), 0);
	assert_memory_equal(got, key, sizeof(key));
	assert_int_equal(conf.rss_key_len, 40);
	conf = (struct rte_eth_rss_conf){ .rss_key = NULL };
	assert_int_equal(oriel_rss_hash_conf_get(fake_dev, &conf), 0);
	assert_int_equal(conf.rss_key_len, 40);
	assert_int_equal(conf.rss_hf, 0);
	conf = (struct rte_eth_rss_conf){ .rss_key = got, .rss_key_len = 39 };
	assert_int_equal(oriel_rss_hash_conf_get(fake_dev, &conf), -EINVAL);
}

static void
test_hash_refused(void **state)
{
	uint8_t key[52] = { 0 };
	struct rte_eth_rss_conf conf = {
		.rss_key = key, .rss_key_len = 39, .rss_hf = RTE_ETH_RSS_IPV6
	};
	const struct oriel_rss before = fake_ad.rss;

	(void)state;
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), -EINVAL);
	conf.rss_key_len = 52;
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), -EINVAL);
	conf.rss_key_len = 40;
	conf.rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_SCTP;
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), -ENOTSUP);
	assert_memory_equal(&fake_ad.rss, &before, sizeof(before));
	fake_ad.rss.enabled = false;
	conf.rss_hf = RTE_ETH_RSS_IPV4;
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), -ENOTSUP);
}

static void
test_reta(void **state)
{
	unsigned int i;

	(void)state;
	/* One entry alone; a masked-out one may hold anything. */
	groups[1].mask = RTE_BIT64(63);
	groups[1].reta[63] = 3;
	groups[1].reta[62] = 99;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 128), 0);
	assert_int_equal(*fake_reg(ORIEL_RETA(31)), 0x03020100);
	groups[1].reta[63] = 0;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 128), 0);
	assert_int_equal(*fake_reg(ORIEL_RETA(31)), 0x00020100);
	assert_int_equal(*fake_reg(ORIEL_RETA(30)), 0x03020100);
	memset(groups, 0xee, sizeof(groups));
	groups[0].mask = 1;
	groups[1].mask = RTE_BIT64(63);
	assert_int_equal(oriel_reta_query(fake_dev, groups, 128), 0);
	assert_int_equal(groups[0].reta[0], 0);
	assert_int_equal(groups[0].reta[1], 0xeeee);
	assert_int_equal(groups[1].reta[63], 0);
	for (i = 0; i < 2; i++)
		groups[i].mask = UINT64_MAX;
	assert_int_equal(oriel_reta_query(fake_dev, groups, 128), 0);
	assert_int_equal(groups[1].reta[62], 2);
}

static void
test_reta_refused(void **state)
{
	const struct oriel_rss before = fake_ad.rss;

	(void)state;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 64), -EINVAL);
	assert_int_equal(oriel_reta_query(fake_dev, groups, 512), -EINVAL);
	/* The last of several is wrong: none is taken. */
	groups[0].mask = 3;
	groups[0].reta[0] = 1;
	groups[0].reta[1] = NB_QUEUES;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 128), -EINVAL);
	assert_memory_equal(&fake_ad.rss, &before, sizeof(before));
	fake_ad.rss.enabled = false;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 128), -ENOTSUP);
	assert_int_equal(oriel_reta_query(fake_dev, groups, 128), -ENOTSUP);
}

/* What the user set stays over a new configuration, unless queues it names are gone. */
static void
test_reconfigure(void **state)
{
	uint8_t key[ORIEL_RSS_KEY_LEN];
	struct rte_eth_rss_conf conf = {
		.rss_key = key, .rss_key_len = sizeof(key), .rss_hf = RTE_ETH_RSS_IPV4
	};

	(void)state;
	memset(key, 0xa5, sizeof(key));
	assert_int_equal(oriel_rss_hash_update(fake_dev, &conf), 0);
	groups[0].mask = 1;
	groups[0].reta[0] = 3;
	assert_int_equal(oriel_reta_update(fake_dev, groups, 128), 0);
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	assert_int_equal(fake_ad.rss.reta[0], 3);
	assert_memory_equal(fake_ad.rss.key, key, sizeof(key));
	fake_data.nb_rx_queues = 2;
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	assert_int_equal(fake_ad.rss.reta[0], 0);
	assert_int_equal(fake_ad.rss.reta[1], 1);
	assert_int_equal(fake_ad.rss.reta[2], 0);
	fake_data.nb_rx_queues = 0;
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	fake_data.dev_conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_L2_PAYLOAD;
	assert_int_equal(oriel_rss_configure(fake_dev), -ENOTSUP);
	fake_data.dev_conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	assert_false(fake_ad.rss.enabled);
}

/** Random keys differ each time and are not the known one; what the application sets wins. */
static void
test_random_key(void **state)
{
	uint8_t keys[8][ORIEL_RSS_KEY_LEN], zeros[ORIEL_RSS_KEY_LEN] = { 0 };
	struct rte_eth_rss_conf *conf = &fake_data.dev_conf.rx_adv_conf.rss_conf;
	unsigned int i, j;

	(void)state;
	fake_ad.rss.random_key = true;
	for (i = 0; i < RTE_DIM(keys); i++) {
		assert_int_equal(oriel_rss_key_init(&fake_ad), 0);
		assert_int_equal(oriel_rss_configure(fake_dev), 0);
		memcpy(keys[i], fake_ad.rss.key, sizeof(keys[i]));
		assert_memory_not_equal(keys[i], default_key, ORIEL_RSS_KEY_LEN);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(keys[i], keys[j], ORIEL_RSS_KEY_LEN);
	}
	/* Zeros too: then the application wants every packet in the table's first entry. */
	conf->rss_key = zeros;
	conf->rss_key_len = sizeof(zeros);
	assert_int_equal(oriel_rss_configure(fake_dev), 0);
	assert_memory_equal(fake_ad.rss.key, zeros, sizeof(zeros));
	fake_ad.rss.random_key = false;
	assert_int_equal(oriel_rss_key_init(&fake_ad), 0);
	assert_memory_equal(fake_ad.rss.key, default_key, sizeof(default_key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_types, setup),
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_hash, setup),
		cmocka_unit_test_setup(test_hash_refused, setup),
		cmocka_unit_test_setup(test_reta, setup),
		cmocka_unit_test_setup(test_reta_refused, setup),
		cmocka_unit_test_setup(test_reconfigure, setup),
		cmocka_unit_test_setup(test_random_key, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
