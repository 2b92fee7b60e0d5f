/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* A secondary process: it gets all function pointers, and leaves what is shared alone. */

#include "fake_device.h"

static enum rte_proc_type_t fake_type = RTE_PROC_SECONDARY;
#define rte_eal_process_type() fake_type

#include "pf.c"

static struct oriel_adapter shared;

static int
setup(void **state)
{
	fake_setup(state);
	memset(&shared, 0x5a, sizeof(shared));
	/* Any access of a register ends the test. */
	shared.mmio.base = NULL;
	shared.forced_simd = -1;
	fake_data.dev_private = &shared;
	fake_dev->dev_ops = NULL;
	fake_dev->process_private = NULL;
	fake_dev->rx_pkt_burst = NULL;
	fake_dev->tx_pkt_burst = NULL;
	fake_dev->tx_pkt_prepare = NULL;
	fake_dev->rx_queue_count = NULL;
	fake_dev->rx_descriptor_status = NULL;
	fake_dev->tx_descriptor_status = NULL;
	return 0;
}

static void
test_probe(void **state)
{
	const struct oriel_adapter before = shared;
	const struct rte_eth_dev_data data = fake_data;
	const void *const *op = (const void *const *)&pf_hw_ops;
	unsigned int i;

	(void)state;
	assert_int_equal(pf_init(fake_dev), 0);
	assert_ptr_equal(fake_dev->dev_ops, &pf_dev_ops);
	assert_ptr_equal(oriel_hw(fake_dev), &pf_hw_ops);
	assert_non_null(fake_dev->rx_pkt_burst);
	assert_non_null(fake_dev->tx_pkt_burst);
	assert_non_null(fake_dev->tx_pkt_prepare);
	assert_non_null(fake_dev->rx_queue_count);
	assert_non_null(fake_dev->rx_descriptor_status);
	assert_non_null(fake_dev->tx_descriptor_status);
	assert_memory_equal(&shared, &before, sizeof(before));
	assert_memory_equal(&fake_data, &data, sizeof(data));
	/* None of what differs between PF and VF is left out. */
	for (i = 0; i < sizeof(pf_hw_ops) / sizeof(*op); i++)
		assert_non_null(op[i]);
}

/* Frames that are scattered, and all offloads: the row is that of the shared configuration. */
static void
test_row(void **state)
{
	eth_rx_burst_t plain;
	eth_tx_burst_t simple;

	(void)state;
	assert_int_equal(pf_init(fake_dev), 0);
	plain = fake_dev->rx_pkt_burst;
	simple = fake_dev->tx_pkt_burst;
	fake_data.scattered_rx = 1;
	fake_data.dev_conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO;
	assert_int_equal(pf_init(fake_dev), 0);
	assert_ptr_not_equal(fake_dev->rx_pkt_burst, plain);
	assert_ptr_not_equal(fake_dev->tx_pkt_burst, simple);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_probe, setup),
		cmocka_unit_test_setup(test_row, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
