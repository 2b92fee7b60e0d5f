/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Statistics: counted once, never from all-ones, reset, names; and the register dump. */

#include "fake_device.h"

#include "regdump.c"
#include "stats.c"

#define NB_RXQ 3
#define NB_TXQ 2
#define NB_HW NB_PORT_XSTATS

static const struct oriel_hw_ops ops = { .stats_read = oriel_stats_read };
static struct oriel_process process = { .hw = &ops };
static struct oriel_rxq rxq[NB_RXQ];
static struct oriel_txq txq[NB_TXQ];
static void *rx_queues[NB_RXQ] = { &rxq[0], &rxq[1], &rxq[2] };
static void *tx_queues[NB_TXQ] = { &txq[0], &txq[1] };

static int
setup(void **state)
{
	fake_setup(state);
	memset(rxq, 0, sizeof(rxq));
	memset(txq, 0, sizeof(txq));
	fake_dev->process_private = &process;
	fake_data.rx_queues = rx_queues;
	fake_data.tx_queues = tx_queues;
	fake_data.nb_rx_queues = NB_RXQ;
	fake_data.nb_tx_queues = NB_TXQ;
	return 0;
}

static struct rte_eth_stats
basic(void)
{
	struct rte_eth_stats stats = { 0 };

#if ORIEL_STATS_GET_HAS_QUEUES
	assert_int_equal(oriel_stats_get(fake_dev, &stats, NULL), 0);
#else
	assert_int_equal(oriel_stats_get(fake_dev, &stats), 0);
#endif
	return stats;
}

static void
test_basic(void **state)
{
	struct rte_eth_stats stats;
	int i;

	(void)state;
	*fake_reg(ORIEL_GPRC) = 10;
	*fake_reg(ORIEL_GPTC) = 20;
	*fake_reg(ORIEL_GORCL) = 640;
	*fake_reg(ORIEL_GOTCL) = 80;
	*fake_reg(ORIEL_GOTCH) = 1;
	*fake_reg(ORIEL_MPC) = 3;
	*fake_reg(ORIEL_RXQ(1) + ORIEL_RQDPC) = 0xabc00005; /* 12 bits are valid */
	*fake_reg(ORIEL_CRCERRS) = 1;
	*fake_reg(ORIEL_RUC) = 2;
	*fake_reg(ORIEL_ROC) = 4;
	*fake_reg(ORIEL_RLEC) = 64;
	*fake_reg(ORIEL_LATECOL) = 8;
	rxq[0].stats.bad_length = 16;
	rxq[2].stats.no_eop = 32;
	rxq[2].stats.alloc_failed = 7;
	txq[1].stats.errors = 9;
	/* Counters clear on read: a second reading adds nothing. */
	for (i = 0; i < 2; i++) {
		stats = basic();
		assert_int_equal(stats.ipackets, 10 - 5);
		assert_int_equal(stats.opackets, 20);
		assert_int_equal(stats.ibytes, 640 - 10 * 4);
		assert_int_equal(stats.obytes, (UINT64_C(1) << 32 | 80) - 20 * 4);
		assert_int_equal(stats.imissed, 3 + 5);
		assert_int_equal(stats.ierrors, 1 + 2 + 4 + 16 + 32);
		assert_int_equal(stats.oerrors, 8 + 9);
		/* ethdev puts in what the bursts added up: once is enough. */
		assert_int_equal(stats.rx_nombuf, 0);
	}
	*fake_reg(ORIEL_GPRC) = UINT32_MAX - 1;
	assert_int_equal(basic().ipackets, UINT64_C(10) - 5 + UINT32_MAX - 1);
}

/* A device that has gone counts nothing; what was counted before stays. */
static void
test_all_ones(void **state)
{
	struct oriel_hw_stats zero = { 0 };
	unsigned int i, nb_reads;

	(void)state;
	assert_int_equal(oriel_stats_read(&fake_ad), 0);
	nb_reads = fake.reads;
	*fake_reg(ORIEL_GPRC) = 5;
	assert_int_equal(basic().ipackets, 5);
	fake.gone = true;
	assert_int_equal(basic().ipackets, 5);
	assert_int_equal(oriel_stats_read(&fake_ad), -ENODEV);
	for (i = 1; i <= nb_reads; i++) {
		setup(NULL);
		fake.gone_after = i;
		assert_int_equal(oriel_stats_read(&fake_ad), -ENODEV);
		assert_memory_equal(&fake_ad.stats, &zero, sizeof(zero));
	}
	/* All-ones of one counter of a device that is there: it stands at its end. */
	setup(NULL);
	*fake_reg(ORIEL_GPRC) = UINT32_MAX;
	assert_int_equal(basic().ipackets, 0);
	assert_false(fake_ad.mmio.gone);
}

static void
test_order(void **state)
{
	(void)state;
	/* Reading the high half first would lose the low one: both are RC in the fake. */
	*fake_reg(ORIEL_TORL) = UINT32_MAX;
	*fake_reg(ORIEL_TORH) = 2;
	assert_int_equal(oriel_stats_read(&fake_ad), 0);
	assert_int_equal(fake_ad.stats.tor, UINT64_C(2) << 32 | UINT32_MAX);
}

static void
test_reset(void **state)
{
	(void)state;
	*fake_reg(ORIEL_GPRC) = 10;
	rxq[0].stats.packets = 100;
	rxq[0].stats.errors = 1;
	txq[0].stats.errors = 2;
	assert_int_equal(basic().ipackets, 10);
	*fake_reg(ORIEL_GPRC) = 5;
	assert_int_equal(oriel_stats_reset(fake_dev), 0);
	assert_int_equal(basic().ipackets, 0);
	assert_int_equal(basic().ierrors, 0);
	assert_int_equal(basic().oerrors, 0);
	rxq[0].stats.errors = 4;
	assert_int_equal(basic().ierrors, 3);
	/* The queue's own counters belong to its lcore: nobody else writes them. */
	assert_int_equal(rxq[0].stats.packets, 100);
	/* A queue that is set up anew counts from 0. */
	memset(&rxq[0].stats, 0, sizeof(rxq[0].stats));
	oriel_stats_rxq_new(&fake_ad, 0);
	assert_int_equal(basic().ierrors, 0);
}

static void
test_no_queues(void **state)
{
	(void)state;
	rx_queues[1] = NULL;
	tx_queues[0] = NULL;
	assert_int_equal(basic().ierrors, 0);
	assert_int_equal(oriel_stats_reset(fake_dev), 0);
	rx_queues[1] = &rxq[1];
	tx_queues[0] = &txq[0];
}

static void
test_xstats(void **state)
{
	struct rte_eth_xstat_name names[MAX_XSTATS];
	struct rte_eth_xstat xstats[MAX_XSTATS];
	unsigned int i, j, n;

	(void)state;
	n = NB_HW + NB_RXQ * NB_RXQ_XSTATS + NB_TXQ * NB_TXQ_XSTATS;
	assert_int_equal(oriel_xstats_get(fake_dev, NULL, 0), n);
	assert_int_equal(oriel_xstats_get_names(fake_dev, NULL, 0), n);
	memset(xstats, 0xee, sizeof(xstats));
	assert_int_equal(oriel_xstats_get(fake_dev, xstats, n - 1), n);
	assert_int_equal(xstats[0].id, UINT64_C(0xeeeeeeeeeeeeeeee));
	rxq[2].stats.bytes = 77;
	txq[1].stats.contexts = 88;
	fake_ad.watch.stats.tx_hangs = 66;
	fake_ad.watch.stats.resets = 55;
	*fake_reg(ORIEL_RXQ(2) + ORIEL_RQDPC) = 99;
	*fake_reg(ORIEL_CRCERRS) = 11;
	fake_ad.refused = 3;
	assert_int_equal(oriel_xstats_get(fake_dev, xstats, n), n);
	assert_int_equal(oriel_xstats_get_names(fake_dev, names, n), n);
	for (i = 0; i < n; i++) {
		uint64_t want = 0;

		assert_int_equal(xstats[i].id, i);
		assert_in_range(strlen(names[i].name), 1, RTE_ETH_XSTATS_NAME_SIZE - 1);
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i].name, names[j].name);
		if (strcmp(names[i].name, "rx_q2_bytes") == 0)
			want = 77;
		else if (strcmp(names[i].name, "tx_q1_contexts") == 0)
			want = 88;
		else if (strcmp(names[i].name, "rx_q2_no_descriptor_dropped") == 0)
			want = 99;
		else if (strcmp(names[i].name, "rx_crc_errors") == 0)
			want = 11;
		else if (strcmp(names[i].name, "refused_dangerous_operations") == 0)
			want = 3;
		else if (strcmp(names[i].name, "tx_hangs") == 0)
			want = 66;
		else if (strcmp(names[i].name, "resets") == 0)
			want = 55;
		assert_int_equal(xstats[i].value, want);
	}
	/* Names that ethdev gives to the basic statistics. */
	for (i = 0; i < n; i++) {
		assert_string_not_equal(names[i].name, "rx_good_packets");
		assert_string_not_equal(names[i].name, "rx_good_bytes");
		assert_string_not_equal(names[i].name, "tx_good_packets");
		assert_string_not_equal(names[i].name, "tx_good_bytes");
		assert_string_not_equal(names[i].name, "rx_missed_errors");
		assert_string_not_equal(names[i].name, "rx_errors");
		assert_string_not_equal(names[i].name, "tx_errors");
		assert_string_not_equal(names[i].name, "rx_mbuf_allocation_errors");
	}
}

static void
test_xstats_by_id(void **state)
{
	const unsigned int n = NB_HW + NB_RXQ * NB_RXQ_XSTATS + NB_TXQ * NB_TXQ_XSTATS;
	struct rte_eth_xstat_name all[MAX_XSTATS], names[3];
	uint64_t ids[3] = { n - 1, 0, NB_HW };
	uint64_t values[MAX_XSTATS];

	(void)state;
	txq[NB_TXQ - 1].stats.errors = 5;
	rxq[0].stats.packets = 6;
	*fake_reg(ORIEL_CRCERRS) = 7;
	assert_int_equal(oriel_xstats_get_by_id(fake_dev, ids, values, 3), 3);
	assert_int_equal(values[0], 5);
	assert_int_equal(values[1], 7);
	assert_int_equal(values[2], 6);
	assert_int_equal(oriel_xstats_get_names_by_id(fake_dev, ids, names, 3), 3);
	assert_int_equal(oriel_xstats_get_names(fake_dev, all, n), n);
	assert_string_equal(names[0].name, all[n - 1].name);
	assert_string_equal(names[1].name, all[0].name);
	assert_string_equal(names[2].name, "rx_q0_packets");
	assert_int_equal(oriel_xstats_get_by_id(fake_dev, NULL, values, n), n);
	assert_int_equal(values[0], 7);
	assert_int_equal(oriel_xstats_get_by_id(fake_dev, NULL, NULL, 0), n);
	assert_int_equal(oriel_xstats_get_names_by_id(fake_dev, NULL, NULL, 0), n);
	ids[1] = n;
	assert_int_equal(oriel_xstats_get_by_id(fake_dev, ids, values, 3), -EINVAL);
	assert_int_equal(oriel_xstats_get_names_by_id(fake_dev, ids, names, 3), -EINVAL);
}

/* ---- register dump ---- */

/* No two registers share an offset, all lie in BAR 0 and are aligned. */
static void
test_reg_list(void **state)
{
	static uint8_t used[ORIEL_BAR0_SIZE / 4];
	unsigned int i, j;

	(void)state;
	memset(used, 0, sizeof(used));
	for (i = 0; i < RTE_DIM(regs); i++) {
		for (j = 0; j < regs[i].count; j++) {
			uint32_t off = regs[i].offset + j * regs[i].stride;

			assert_int_equal(off % 4, 0);
			assert_in_range(off, 0, ORIEL_BAR0_SIZE - 4);
			if (used[off / 4])
				fail_msg("offset %#x is listed twice", off);
			used[off / 4] = 1;
		}
	}
	/* Every counter that is summed up is listed, and as cleared by reading. */
#define ORIEL_X(field, reg, name) assert_true(fake_clears(ORIEL_##reg));
	ORIEL_HW_STATS(ORIEL_X)
#undef ORIEL_X
#define ORIEL_X(field, lo, hi, name) \
	assert_true(fake_clears(ORIEL_##lo) && fake_clears(ORIEL_##hi));
	ORIEL_HW_STATS64(ORIEL_X)
#undef ORIEL_X
}

static void
test_dump(void **state)
{
	struct rte_dev_reg_info info = { 0 };
	uint32_t length = oriel_regdump_length(), *data;
	unsigned int i, j, n;

	(void)state;
	assert_int_equal(oriel_get_reg(fake_dev, &info), 0);
	assert_int_equal(info.length, length);
	assert_int_equal(info.width, 4);
	assert_int_equal(fake.reads, 0);
	data = malloc(length * sizeof(*data));
	assert_non_null(data);
	memset(fake.regs, 0x11, sizeof(fake.regs));
	/* DPDK's example ethtool leaves the offset unset. */
	info = (struct rte_dev_reg_info){ .data = data, .offset = UINT32_MAX };
	assert_int_equal(oriel_get_reg(fake_dev, &info), 0);
	assert_int_equal(info.length, length);
	assert_int_equal(info.version >> 16, 0x10c9);
	/* Reading changed nothing, and what it would change was not read. */
	for (i = 0; i < RTE_DIM(fake.regs); i++)
		assert_int_equal(fake.regs[i], 0x11111111);
	for (i = 0, n = 0; i < RTE_DIM(regs); i++) {
		for (j = 0; j < regs[i].count; j++, n++)
			assert_int_equal(data[n], safe_to_read(&regs[i]) ? 0x11111111 : 0);
	}
	assert_int_equal(n, length);
	info = (struct rte_dev_reg_info){ .data = data, .length = length - 1 };
	assert_int_equal(oriel_get_reg(fake_dev, &info), -EINVAL);
	info = (struct rte_dev_reg_info){ .data = data, .length = length, .offset = 1 };
	assert_int_equal(oriel_get_reg(fake_dev, &info), -EINVAL);
	fake.gone = true;
	info = (struct rte_dev_reg_info){ .data = data, .length = length };
	assert_int_equal(oriel_get_reg(fake_dev, &info), -ENODEV);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_basic, setup),
		cmocka_unit_test_setup(test_all_ones, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_no_queues, setup),
		cmocka_unit_test_setup(test_xstats, setup),
		cmocka_unit_test_setup(test_xstats_by_id, setup),
		cmocka_unit_test_setup(test_reg_list, setup),
		cmocka_unit_test_setup(test_dump, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
