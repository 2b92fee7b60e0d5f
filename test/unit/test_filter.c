/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Address filter, multicast hash, VLAN table, receive modes, MTU. */

#include "fake_device.h"

#include "filter.c"

static const struct oriel_hw_ops ops = {
	.mac_set = oriel_filter_mac_set,
	.rx_mode_set = oriel_filter_rx_mode_set,
	.vlan_filter_set = oriel_filter_vlan_set,
	.max_frame_set = oriel_filter_max_frame_set,
};
#define VET_OF(outer, inner) ((uint32_t)(outer) << 16 | (inner))
static struct oriel_process process = { .hw = &ops };
static struct rte_ether_addr addrs[ORIEL_NB_RAR];

static int
setup(void **state)
{
	fake_setup(state);
	fake_dev->process_private = &process;
	memset(addrs, 0, sizeof(addrs));
	fake_data.mac_addrs = addrs;
	fake_data.mtu = RTE_ETHER_MTU;
	oriel_filter_init(&fake_ad);
	fake_ad.started = true;
	return 0;
}

static struct rte_ether_addr
address(const char *text)
{
	struct rte_ether_addr addr;

	assert_int_equal(rte_ether_unformat_addr(text, &addr), 0);
	return addr;
}

/* Twelve bits 47:36 of the address, the last byte the highest. */
static void
test_mc_hash(void **state)
{
	static const struct {
		const char *addr;
		uint16_t hash;
	} table[] = {
		{ "01:00:00:00:00:00", 0x000 },
		{ "ff:ff:ff:ff:ff:ff", 0xfff },
		{ "01:00:5e:00:00:01", 0x010 },
		{ "01:00:5e:00:00:fb", 0xfb0 },
		{ "01:00:5e:7f:ff:fa", 0xfaf },
		{ "33:33:00:00:00:01", 0x010 },
		{ "01:00:00:00:0f:00", 0x000 },
		{ "01:00:00:00:10:00", 0x001 },
		{ "01:80:c2:00:00:0e", 0x0e0 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		struct rte_ether_addr addr = address(table[i].addr);

		assert_int_equal(oriel_filter_mc_hash(&addr), table[i].hash);
	}
}

static void
test_mac_set(void **state)
{
	struct rte_ether_addr addr = address("02:11:22:33:44:55");
	uint32_t i, j;

	(void)state;
	for (i = 0; i < ORIEL_NB_RAR; i++) {
		fake.nb_log = 0;
		*fake_reg(ORIEL_RAH(i)) = ORIEL_RAH_AV | 0x1234;
		assert_int_equal(oriel_filter_mac_set(&fake_ad, i, &addr), 0);
		assert_int_equal(*fake_reg(ORIEL_RAL(i)), 0x33221102);
		assert_int_equal(*fake_reg(ORIEL_RAH(i)), ORIEL_RAH_AV | 0x5544);
		/* Never valid with a low half of another address. */
		assert_int_equal(fake.nb_log, 3);
		assert_int_equal(fake.log[0].off, ORIEL_RAH(i));
		assert_int_equal(fake.log[0].val, 0);
		assert_int_equal(fake.log[1].off, ORIEL_RAL(i));
		assert_int_equal(fake.log[2].off, ORIEL_RAH(i));
		/* The same once more: the entry is never invalid. */
		assert_int_equal(oriel_filter_mac_set(&fake_ad, i, &addr), 0);
		assert_int_equal(fake.nb_log, 3);
		assert_int_equal(oriel_filter_mac_set(&fake_ad, i, NULL), 0);
		assert_int_equal(*fake_reg(ORIEL_RAH(i)), 0);
		for (j = 0; j < ORIEL_NB_RAR; j++)
			assert_int_equal(*fake_reg(ORIEL_RAH(j)), 0);
	}
	assert_int_equal(oriel_filter_mac_set(&fake_ad, ORIEL_NB_RAR, &addr), -EINVAL);
	fake.gone = true;
	assert_int_equal(oriel_filter_mac_set(&fake_ad, 0, &addr), -ENODEV);
}

static void
test_mac_ops(void **state)
{
	struct rte_ether_addr good = address("02:11:22:33:44:55");
	struct rte_ether_addr multicast = address("01:00:5e:00:00:01");
	struct rte_ether_addr zero = address("00:00:00:00:00:00");

	(void)state;
	assert_int_equal(oriel_mac_addr_add(fake_dev, &good, 23, 0), 0);
	assert_int_equal(*fake_reg(ORIEL_RAL(23)), 0x33221102);
	oriel_mac_addr_remove(fake_dev, 23);
	assert_int_equal(*fake_reg(ORIEL_RAH(23)), 0);
	assert_int_equal(oriel_mac_addr_add(fake_dev, &good, 24, 0), -ENOSPC);
	assert_int_equal(oriel_mac_addr_add(fake_dev, &good, 1, 1), -ENOTSUP);
	assert_int_equal(oriel_mac_addr_add(fake_dev, &multicast, 1, 0), -EINVAL);
	assert_int_equal(oriel_mac_addr_add(fake_dev, &zero, 1, 0), -EINVAL);
	assert_int_equal(oriel_mac_addr_set(fake_dev, &good), 0);
	assert_int_equal(*fake_reg(ORIEL_RAH(0)), ORIEL_RAH_AV | 0x5544);
	/* After a reset the table is what ethdev remembers. */
	memset(fake.regs, 0x55, sizeof(fake.regs));
	addrs[0] = good;
	addrs[17] = good;
	assert_int_equal(oriel_filter_restore(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_RAH(0)), ORIEL_RAH_AV | 0x5544);
	assert_int_equal(*fake_reg(ORIEL_RAH(1)), 0);
	assert_int_equal(*fake_reg(ORIEL_RAL(17)), 0x33221102);
	assert_int_equal(*fake_reg(ORIEL_RAH(23)), 0);
}

static void
test_mc_list(void **state)
{
	struct rte_ether_addr list[3] = { address("01:00:5e:00:00:01"),
		address("01:00:5e:00:00:fb"), address("33:33:00:00:00:01") };
	unsigned int i;

	(void)state;
	assert_int_equal(oriel_set_mc_addr_list(fake_dev, list, 2), 0);
	for (i = 0; i < ORIEL_NB_MTA; i++) {
		uint32_t want = 0;

		want |= i == 0x010 / 32 ? ORIEL_BIT(0x010 % 32) : 0;
		want |= i == 0xfb0 / 32 ? ORIEL_BIT(0xfb0 % 32) : 0;
		assert_int_equal(*fake_reg(ORIEL_MTA(i)), want);
	}
	/* A list that is refused changes nothing. */
	list[1] = address("02:00:00:00:00:01");
	assert_int_equal(oriel_set_mc_addr_list(fake_dev, list, 3), -EINVAL);
	assert_int_equal(*fake_reg(ORIEL_MTA(0xfb0 / 32)), ORIEL_BIT(0xfb0 % 32));
	assert_int_equal(oriel_set_mc_addr_list(fake_dev, NULL, 0), 0);
	for (i = 0; i < ORIEL_NB_MTA; i++)
		assert_int_equal(*fake_reg(ORIEL_MTA(i)), 0);
}

static void
test_modes(void **state)
{
	const uint32_t mask = ORIEL_RCTL_UPE | ORIEL_RCTL_MPE;
	const uint32_t *rctl = fake_reg(ORIEL_RCTL);

	(void)state;
	*fake_reg(ORIEL_RCTL) = ORIEL_RCTL_RXEN | ORIEL_RCTL_BAM;
	assert_int_equal(oriel_promiscuous_enable(fake_dev), 0);
	assert_int_equal(*rctl & mask, mask);
	assert_int_equal(oriel_allmulticast_enable(fake_dev), 0);
	assert_int_equal(oriel_promiscuous_disable(fake_dev), 0);
	assert_int_equal(*rctl & mask, ORIEL_RCTL_MPE);
	assert_int_equal(oriel_allmulticast_disable(fake_dev), 0);
	assert_int_equal(*rctl, ORIEL_RCTL_RXEN | ORIEL_RCTL_BAM);
	fake.gone = true;
	assert_int_equal(oriel_promiscuous_enable(fake_dev), -ENODEV);
}

/* A port that is stopped keeps what it is told, and writes nothing. */
static void
test_stopped(void **state)
{
	struct rte_ether_addr addr = address("01:00:5e:00:00:01");

	(void)state;
	fake_ad.started = false;
	assert_int_equal(oriel_promiscuous_enable(fake_dev), 0);
	assert_int_equal(oriel_set_mc_addr_list(fake_dev, &addr, 1), 0);
	assert_int_equal(oriel_vlan_filter_set(fake_dev, 100, 1), 0);
	assert_int_equal(oriel_mtu_set(fake_dev, 2000), 0);
	assert_int_equal(fake.writes, 0);
	oriel_filter_configure(fake_dev);
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL) & ORIEL_RCTL_UPE, ORIEL_RCTL_UPE);
	assert_int_equal(*fake_reg(ORIEL_MTA(0)), ORIEL_BIT(16));
	assert_int_equal(*fake_reg(ORIEL_VFTA(3)), ORIEL_BIT(4));
}

static void
test_vlan(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i <= RTE_ETHER_MAX_VLAN_ID; i++) {
		assert_int_equal(oriel_vlan_filter_set(fake_dev, i, 1), 0);
		assert_true(*fake_reg(ORIEL_VFTA(i >> 5)) & ORIEL_BIT(i & 31));
	}
	assert_int_equal(oriel_vlan_filter_set(fake_dev, 33, 0), 0);
	assert_int_equal(*fake_reg(ORIEL_VFTA(1)), ~ORIEL_BIT(1));
	assert_int_equal(*fake_reg(ORIEL_VFTA(127)), UINT32_MAX);
	assert_int_equal(oriel_vlan_filter_set(fake_dev, 4096, 1), -EINVAL);
}

static int
tpid(enum rte_vlan_type type, uint16_t value)
{
	return oriel_vlan_tpid_set(fake_dev, type, value);
}

/** One tag is known by the outer TPID, in the field that the device has for it; two by both. */
static void
test_tpid(void **state)
{
	static const uint16_t bad[] = { 0, 1, 0x5ff, 0x0800, 0x86dd };
	unsigned int i;

	(void)state;
	assert_int_equal(oriel_filter_rx_mode_set(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x8100, 0x8100));
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_OUTER, 0x88a8), 0);
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x88a8, 0x88a8));
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_INNER, 0x9100), -ENOTSUP);
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_UNKNOWN, 0x9100), -EINVAL);
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_MAX, 0x9100), -EINVAL);
	for (i = 0; i < RTE_DIM(bad); i++) {
		fake.writes = 0;
		assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_OUTER, bad[i]), -EINVAL);
		assert_int_equal(fake.writes, 0);
	}
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x88a8, 0x88a8));
	/* A second tag: the first one's stays, the inner one has a TPID of its own. */
	fake_data.dev_conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_VLAN_EXTEND;
	assert_int_equal(oriel_vlan_offload_set(fake_dev, RTE_ETH_VLAN_EXTEND_MASK), 0);
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x88a8, 0x8100));
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_INNER, 0x600), 0);
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x88a8, 0x600));
	/* Not lost with the device's state, nor written to a device at rest. */
	fake_ad.started = false;
	fake.writes = 0;
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_OUTER, 0x9100), 0);
	assert_int_equal(fake.writes, 0);
	memset(fake.regs, 0, sizeof(fake.regs));
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_VET), VET_OF(0x9100, 0x600));
	assert_true(*fake_reg(ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_EXT_VLAN);
}

static void
test_vlan_offload(void **state)
{
	const int mask = RTE_ETH_VLAN_STRIP_MASK | RTE_ETH_VLAN_FILTER_MASK;
	struct oriel_rxq queue = { .crc_len = 0 };
	void *queues[2] = { &queue, NULL };
	uint64_t *offloads = &fake_data.dev_conf.rxmode.offloads;

	(void)state;
	fake_data.rx_queues = queues;
	fake_data.nb_rx_queues = 2;
	*offloads = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	assert_int_equal(oriel_vlan_offload_set(fake_dev, mask), 0);
	assert_true(*fake_reg(ORIEL_CTRL) & ORIEL_CTRL_VME);
	assert_false(*fake_reg(ORIEL_RCTL) & ORIEL_RCTL_VFE);
	/* The burst knows of it too. */
	assert_true(queue.status_mask & ORIEL_RXD_VP);
	*offloads = RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	assert_int_equal(oriel_vlan_offload_set(fake_dev, mask), 0);
	assert_false(*fake_reg(ORIEL_CTRL) & ORIEL_CTRL_VME);
	assert_true(*fake_reg(ORIEL_RCTL) & ORIEL_RCTL_VFE);
	assert_false(queue.status_mask & ORIEL_RXD_VP);
	*offloads = RTE_ETH_RX_OFFLOAD_VLAN_EXTEND;
	assert_int_equal(oriel_vlan_offload_set(fake_dev, RTE_ETH_VLAN_EXTEND_MASK), 0);
	assert_true(*fake_reg(ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_EXT_VLAN);
	*offloads = 0;
	assert_int_equal(oriel_vlan_offload_set(fake_dev, RTE_ETH_VLAN_EXTEND_MASK), 0);
	assert_false(*fake_reg(ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_EXT_VLAN);
	*offloads = RTE_ETH_RX_OFFLOAD_QINQ_STRIP;
	fake.writes = 0;
	assert_int_equal(oriel_vlan_offload_set(
				 fake_dev, RTE_ETH_QINQ_STRIP_MASK | RTE_ETH_VLAN_FILTER_MASK),
		-ENOTSUP);
	assert_int_equal(fake.writes, 0);
}

#define STRIP RTE_ETH_RX_OFFLOAD_VLAN_STRIP
#define NB_STRIP 3

static bool
strips_in_hardware(void)
{
	return (*fake_reg(ORIEL_CTRL) & ORIEL_CTRL_VME) != 0;
}

/** The device strips for all queues or for none; where they differ, the bursts are told to. */
static void
test_strip_per_queue(void **state)
{
	struct oriel_rxq queues[NB_STRIP] = { { .crc_len = 0 } };
	void *list[NB_STRIP] = { &queues[0], &queues[1], &queues[2] };
	unsigned int i;

	(void)state;
	fake_data.rx_queues = list;
	fake_data.nb_rx_queues = NB_STRIP;
	/* Running, with the device's strip off: one queue alone cannot. */
	oriel_vlan_strip_queue_set(fake_dev, 1, 1);
	assert_int_equal(queues[1].offloads, 0);
	assert_false(strips_in_hardware());
	/* One queue that is all there is: it is the port. */
	fake_data.nb_rx_queues = 1;
	oriel_vlan_strip_queue_set(fake_dev, 0, 1);
	assert_true(strips_in_hardware());
	assert_true(queues[0].status_mask & ORIEL_RXD_VP);
	oriel_vlan_strip_queue_set(fake_dev, 0, 0);
	assert_false(strips_in_hardware());
	assert_false(queues[0].status_mask & ORIEL_RXD_VP);
	/* What is no queue. */
	oriel_vlan_strip_queue_set(fake_dev, 1, 1);
	assert_int_equal(queues[1].offloads, 0);
	fake_data.nb_rx_queues = NB_STRIP;
	/* Stopped: any choice, and the next start takes it. */
	fake_ad.started = false;
	oriel_vlan_strip_queue_set(fake_dev, 1, 1);
	oriel_filter_choose_strip(fake_dev);
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	oriel_queues_update_offloads(fake_dev);
	fake_ad.started = true;
	assert_false(strips_in_hardware());
	for (i = 0; i < NB_STRIP; i++) {
		assert_int_equal(queues[i].strip_tpid, i == 1 ? RTE_BE16(0x8100) : 0);
		assert_int_equal(queues[i].strip_outer, 0);
		/* The device strips nothing: a tag that it claims is a lie. */
		assert_false(queues[i].status_mask & ORIEL_RXD_VP);
	}
	/* Now while it runs, too; and the port's mode is all queues'. */
	oriel_vlan_strip_queue_set(fake_dev, 2, 1);
	assert_int_equal(queues[2].strip_tpid, RTE_BE16(0x8100));
	fake_data.dev_conf.rxmode.offloads = STRIP | RTE_ETH_RX_OFFLOAD_VLAN_EXTEND;
	assert_int_equal(oriel_vlan_offload_set(
				 fake_dev, RTE_ETH_VLAN_STRIP_MASK | RTE_ETH_VLAN_EXTEND_MASK),
		0);
	assert_int_equal(tpid(RTE_ETH_VLAN_TYPE_OUTER, 0x88a8), 0);
	assert_false(strips_in_hardware());
	for (i = 0; i < NB_STRIP; i++) {
		assert_int_equal(queues[i].strip_tpid, RTE_BE16(0x8100));
		assert_int_equal(queues[i].strip_outer, RTE_BE16(0x88a8));
	}
	/* All alike: from the next start on it is the device's work. */
	oriel_filter_choose_strip(fake_dev);
	assert_true(fake_ad.rx_mode.vlan_strip);
	assert_false(fake_ad.rx_mode.vlan_strip_sw);
	/* A new configuration is all queues'. */
	fake_data.dev_conf.rxmode.offloads = 0;
	oriel_filter_configure(fake_dev);
	for (i = 0; i < NB_STRIP; i++)
		assert_int_equal(queues[i].offloads, 0);
}

static void
test_setup(void **state)
{
	uint64_t *offloads = &fake_data.dev_conf.rxmode.offloads;
	uint32_t rctl;
	int i;

	(void)state;
	memset(fake.regs, 0x55, sizeof(fake.regs));
	oriel_filter_configure(fake_dev);
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	rctl = *fake_reg(ORIEL_RCTL);
	/* Off, bad frames never stored, broadcast in, CRC stripped. */
	assert_int_equal(rctl, ORIEL_RCTL_BAM | ORIEL_RCTL_LPE | ORIEL_RCTL_SECRC);
	assert_int_equal(*fake_reg(ORIEL_TCTL) & ORIEL_TCTL_EN, 0);
	assert_int_equal(*fake_reg(ORIEL_TCTL) & ORIEL_TCTL_PSP, ORIEL_TCTL_PSP);
	assert_int_equal(*fake_reg(ORIEL_RFCTL), ORIEL_RFCTL_IPV6_EX_DIS);
	assert_int_equal(*fake_reg(ORIEL_RXCSUM), ORIEL_RXCSUM_PCSD);
	assert_int_equal(*fake_reg(ORIEL_RLPML), RTE_ETHER_MTU + ORIEL_ETH_OVERHEAD);
	for (i = 0; i < 128; i++) {
		assert_int_equal(*fake_reg(ORIEL_UTA(i)), 0);
		assert_int_equal(*fake_reg(ORIEL_MTA(i)), 0);
		assert_int_equal(*fake_reg(ORIEL_VFTA(i)), 0);
	}
	*offloads = RTE_ETH_RX_OFFLOAD_KEEP_CRC | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
	oriel_filter_configure(fake_dev);
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL) & ORIEL_RCTL_SECRC, 0);
	assert_int_equal(*fake_reg(ORIEL_RXCSUM), ORIEL_RXCSUM_PCSD | ORIEL_RXCSUM_IPOFL);
	*offloads = RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM;
	fake_data.dev_conf.lpbk_mode = 1;
	oriel_filter_configure(fake_dev);
	assert_int_equal(oriel_filter_rxtx_setup(fake_dev), 0);
	assert_int_equal(ORIEL_GET(ORIEL_RCTL_LBM, *fake_reg(ORIEL_RCTL)), 1);
	assert_int_equal(*fake_reg(ORIEL_RXCSUM),
		ORIEL_RXCSUM_PCSD | ORIEL_RXCSUM_TUOFL | ORIEL_RXCSUM_CRCOFL);
}

static void
test_mtu(void **state)
{
	static const uint16_t bad[] = { 0, ORIEL_MIN_MTU - 1, ORIEL_MAX_MTU + 1, UINT16_MAX };
	unsigned int i;

	(void)state;
	assert_int_equal(oriel_mtu_set(fake_dev, ORIEL_MAX_MTU), 0);
	assert_int_equal(*fake_reg(ORIEL_RLPML), ORIEL_MAX_FRAME);
	assert_true(*fake_reg(ORIEL_RCTL) & ORIEL_RCTL_LPE);
	assert_int_equal(oriel_mtu_set(fake_dev, ORIEL_MIN_MTU), 0);
	assert_int_equal(*fake_reg(ORIEL_RLPML), ORIEL_MIN_MTU + ORIEL_ETH_OVERHEAD);
	for (i = 0; i < RTE_DIM(bad); i++)
		assert_int_equal(oriel_mtu_set(fake_dev, bad[i]), -EINVAL);
	assert_int_equal(*fake_reg(ORIEL_RLPML), ORIEL_MIN_MTU + ORIEL_ETH_OVERHEAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_mc_hash, setup),
		cmocka_unit_test_setup(test_mac_set, setup),
		cmocka_unit_test_setup(test_mac_ops, setup),
		cmocka_unit_test_setup(test_mc_list, setup),
		cmocka_unit_test_setup(test_modes, setup),
		cmocka_unit_test_setup(test_stopped, setup),
		cmocka_unit_test_setup(test_vlan, setup),
		cmocka_unit_test_setup(test_tpid, setup),
		cmocka_unit_test_setup(test_vlan_offload, setup),
		cmocka_unit_test_setup(test_strip_per_queue, setup),
		cmocka_unit_test_setup(test_setup, setup),
		cmocka_unit_test_setup(test_mtu, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
