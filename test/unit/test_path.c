/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The tables of bursts: every row can be chosen, says its name, and nothing is announced twice. */

#include <errno.h>

#include <rte_vect.h>

#include "datapath_bed.h"

static struct rte_eth_dev dev;
static struct rte_eth_dev_data data;
static void *tx_queues[2];
static struct oriel_txq txq[2];

static int
setup(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	memset(&data, 0, sizeof(data));
	memset(txq, 0, sizeof(txq));
	dev.data = &data;
	data.tx_queues = tx_queues;
	tx_queues[0] = &txq[0];
	tx_queues[1] = &txq[1];
	return 0;
}

static const char *
rx_name(int forced)
{
	static struct rte_eth_burst_mode mode;

	assert_int_equal(oriel_path_select(&dev, forced), 0);
	assert_int_equal(oriel_rx_burst_mode_get(&dev, 0, &mode), 0);
	return mode.info;
}

static const char *
tx_name(int forced)
{
	static struct rte_eth_burst_mode mode;

	assert_int_equal(oriel_path_select(&dev, forced), 0);
	assert_int_equal(oriel_tx_burst_mode_get(&dev, 0, &mode), 0);
	return mode.info;
}

static void
test_rx_choice(void **state)
{
	(void)state;
	assert_string_equal(rx_name(0), "Scalar");
	data.dev_conf.rxmode.offloads = oriel_path_rx_offload_capa();
	assert_string_equal(rx_name(0), "Scalar");
	data.scattered_rx = 1;
	assert_string_equal(rx_name(0), "Scalar Scattered");
	data.dev_conf.rxmode.offloads = 0;
	assert_string_equal(rx_name(0), "Scalar Scattered");
	assert_ptr_equal(dev.rx_queue_count, oriel_rx_queue_count);
	assert_ptr_equal(dev.rx_descriptor_status, oriel_rx_descriptor_status);
	assert_ptr_equal(dev.tx_descriptor_status, oriel_tx_descriptor_status);
	assert_ptr_equal(dev.tx_pkt_prepare, oriel_tx_prepare);
}

/** One queue that strips by itself is enough, with and without long frames; at each width. */
static void
test_special_choice(void **state)
{
	struct oriel_rxq queues[2] = { { .strip_tpid = 0 } };
	void *rx_queues[] = { &queues[0], &queues[1] };
	const struct oriel_rx_path *rows;
	struct rte_eth_burst_mode mode;
	unsigned int n, i;

	(void)state;
	data.rx_queues = rx_queues;
	data.nb_rx_queues = 2;
	assert_string_equal(rx_name(0), "Scalar");
	queues[1].strip_tpid = RTE_BE16(0x8100);
	assert_string_equal(rx_name(0), "Scalar Queue Strip");
	data.scattered_rx = 1;
	assert_string_equal(rx_name(0), "Scalar Queue Strip");
	rows = oriel_path_rx_special_table(&n);
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	for (i = 0; i < n; i++) {
		if (oriel_path_simd_missing(rows[i].simd_width) != NULL ||
			rows[i].special != ORIEL_RX_SPECIAL_STRIP)
			continue;
		assert_int_equal(oriel_path_select(&dev, rows[i].simd_width), 0);
		assert_int_equal(oriel_rx_burst_mode_get(&dev, 0, &mode), 0);
		assert_string_equal(mode.info, rows[i].name);
	}
	/* Headers apart: scalar alone, and refused where another width is forced. */
	queues[0].hdr_ring = (struct rte_mbuf **)&queues[1];
	assert_string_equal(rx_name(0), "Scalar Buffer Split");
	if (oriel_path_simd_missing(128) == NULL)
		assert_int_equal(oriel_path_select(&dev, 128), -ENOTSUP);
	queues[0].hdr_ring = NULL;
	queues[1].strip_tpid = 0;
	assert_string_equal(rx_name(0), "Scalar Scattered");
	rx_queues[0] = NULL;
	assert_string_equal(rx_name(0), "Scalar Scattered");
}

static void
test_tx_choice(void **state)
{
	(void)state;
	assert_string_equal(tx_name(0), "Scalar Simple");
	data.dev_conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	assert_string_equal(tx_name(0), "Scalar Simple");
	data.dev_conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	assert_string_equal(tx_name(0), "Scalar Multi-Segment");
	data.dev_conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO;
	assert_string_equal(tx_name(0), "Scalar Offload");
	data.dev_conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	assert_string_equal(tx_name(0), "Scalar Offload");
	data.dev_conf.txmode.offloads = oriel_path_tx_offload_capa();
	assert_string_equal(tx_name(0), "Scalar Offload");
	/* One queue that wants more is enough: the burst is one for all. */
	data.dev_conf.txmode.offloads = 0;
	txq[1].offloads = RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	data.nb_tx_queues = 1;
	assert_string_equal(tx_name(0), "Scalar Simple");
	data.nb_tx_queues = 2;
	assert_string_equal(tx_name(0), "Scalar Offload");
	tx_queues[0] = NULL;
	assert_string_equal(tx_name(0), "Scalar Offload");
}

/** Each row is the choice for what it serves when its width is the one that is forced. */
static void
test_rows(void **state)
{
	unsigned int n, i;
	const struct oriel_rx_path *rx = oriel_path_rx_table(&n);
	const struct oriel_tx_path *tx;

	(void)state;
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	for (i = 0; i < n; i++) {
		if (!bed_row_runs(rx[i].name, rx[i].simd_width))
			continue;
		data.scattered_rx = rx[i].scattered;
		data.dev_conf.rxmode.offloads = rx[i].offloads;
		assert_string_equal(rx_name(rx[i].simd_width), rx[i].name);
		assert_ptr_equal(dev.rx_pkt_burst, rx[i].burst);
	}
	tx = oriel_path_tx_table(&n);
	for (i = 0; i < n; i++) {
		if (!bed_row_runs(tx[i].name, tx[i].simd_width))
			continue;
		data.dev_conf.txmode.offloads = tx[i].offloads;
		assert_string_equal(tx_name(tx[i].simd_width), tx[i].name);
		assert_ptr_equal(dev.tx_pkt_burst, tx[i].burst);
	}
}

/** Unforced: the widest that the CPU has and EAL allows, with every limit that EAL knows. */
static void
test_width(void **state)
{
	const uint16_t limits[] = { RTE_VECT_SIMD_DISABLED, RTE_VECT_SIMD_128, RTE_VECT_SIMD_256,
		RTE_VECT_SIMD_512 };
	unsigned int n, i, k;
	const struct oriel_rx_path *rx = oriel_path_rx_table(&n);
	const struct oriel_tx_path *tx = oriel_path_tx_table(&k);

	(void)state;
	/* Best row first. */
	for (i = 1; i < n; i++)
		assert_true(rx[i].simd_width <= rx[i - 1].simd_width);
	for (i = 1; i < k; i++)
		assert_true(tx[i].simd_width <= tx[i - 1].simd_width);
	for (k = 0; k < RTE_DIM(limits); k++) {
		uint16_t best = 0;

		rte_vect_set_max_simd_bitwidth(limits[k]);
		for (i = 0; i < n; i++)
			if (rx[i].simd_width <= limits[k] &&
				oriel_path_simd_missing(rx[i].simd_width) == NULL)
				best = RTE_MAX(best, rx[i].simd_width);
		/* rx_name() gives what a row of that width, forced, says of itself. */
		rx_name(best);
		assert_non_null(dev.rx_pkt_burst);
		eth_rx_burst_t forced = dev.rx_pkt_burst;
		eth_tx_burst_t forced_tx = dev.tx_pkt_burst;

		rx_name(-1);
		assert_ptr_equal(dev.rx_pkt_burst, forced);
		assert_ptr_equal(dev.tx_pkt_burst, forced_tx);
	}
}

/** burst= for what cannot be: refused, and the port keeps bursts that run. */
static void
test_forced_impossible(void **state)
{
	struct rte_eth_burst_mode mode;

	(void)state;
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_128);
	assert_int_equal(oriel_path_check_forced(0, 256), -ENOTSUP);
	assert_int_equal(oriel_path_select(&dev, 256), -ENOTSUP);
	assert_int_equal(oriel_rx_burst_mode_get(&dev, 0, &mode), 0);
	assert_string_equal(mode.info, "Scalar");
	/* No instruction set has this width. */
	assert_non_null(oriel_path_simd_missing(1024));
	assert_int_equal(oriel_path_check_forced(0, 1024), -ENOTSUP);
	assert_null(oriel_path_simd_missing(0));
	assert_int_equal(oriel_path_check_forced(0, 0), 0);
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(oriel_path_simd_width("scalar"), 0);
	assert_int_equal(oriel_path_simd_width("sse"), 128);
	assert_int_equal(oriel_path_simd_width("avx2"), 256);
	assert_int_equal(oriel_path_simd_width("avx512"), 512);
	assert_int_equal(oriel_path_simd_width("AVX2"), -EINVAL);
	assert_int_equal(oriel_path_simd_width(""), -EINVAL);
}

static uint16_t
foreign_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	(void)queue;
	(void)pkts;
	return n;
}

static void
test_foreign_burst(void **state)
{
	struct rte_eth_burst_mode mode;

	(void)state;
	dev.rx_pkt_burst = foreign_burst;
	dev.tx_pkt_burst = foreign_burst;
	assert_int_equal(oriel_rx_burst_mode_get(&dev, 0, &mode), -EINVAL);
	assert_int_equal(oriel_tx_burst_mode_get(&dev, 0, &mode), -EINVAL);
}

static void
test_capabilities(void **state)
{
	const uint64_t rx = oriel_path_rx_offload_capa(), tx = oriel_path_tx_offload_capa();

	(void)state;
	assert_int_equal(rx,
		RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER |
			RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |
			RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM |
			RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_KEEP_CRC |
			RTE_ETH_RX_OFFLOAD_VLAN_EXTEND | RTE_ETH_RX_OFFLOAD_SCATTER |
			RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT);
	assert_int_equal(tx,
		RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |
			RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
			RTE_ETH_TX_OFFLOAD_SCTP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |
			RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	assert_int_equal(oriel_path_rx_queue_offload_capa(), RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
	assert_int_equal(oriel_path_tx_queue_offload_capa() & ~tx, 0);
}

static void
test_ptypes(void **state)
{
	size_t n, i;
	const uint32_t *list = oriel_path_ptypes(&n);

	(void)state;
	assert_true(n > 0);
	assert_int_equal(list[n], RTE_PTYPE_UNKNOWN);
	for (i = 0; i < n; i++)
		assert_int_not_equal(list[i], RTE_PTYPE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rx_choice, setup),
		cmocka_unit_test_setup(test_special_choice, setup),
		cmocka_unit_test_setup(test_tx_choice, setup),
		cmocka_unit_test_setup(test_rows, setup),
		cmocka_unit_test_setup(test_width, setup),
		cmocka_unit_test_setup(test_forced_impossible, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_foreign_burst, setup),
		cmocka_unit_test_setup(test_capabilities, setup),
		cmocka_unit_test_setup(test_ptypes, setup),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
