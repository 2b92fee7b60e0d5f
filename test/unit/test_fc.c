/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Flow control: what both ends agree upon, registers, settings and their refusals. */

#include "fake_device.h"

#include "hw.c"
#include "phy.c"
#include "fc.c"
#include "link.c"

#define PA ORIEL_FC_PAUSE
#define AS ORIEL_FC_ASYM

static const struct oriel_hw_ops ops = { .link_get = oriel_link_get,
	.link_start = oriel_link_start };
static struct oriel_process process = { .hw = &ops };

static int
fc_device(void **state)
{
	fake_setup(state);
	fake_dev->process_private = &process;
	oriel_fc_init(&fake_ad);
	fake_ad.link_wanted = true;
	return 0;
}

static enum rte_eth_fc_mode
ctrl_mode(void)
{
	uint32_t ctrl = *fake_reg(ORIEL_CTRL);

	return (ctrl & ORIEL_CTRL_RFCE ? RTE_ETH_FC_RX_PAUSE : 0) |
		(ctrl & ORIEL_CTRL_TFCE ? RTE_ETH_FC_TX_PAUSE : 0);
}

/* 802.3 table 28B-3, all of it, by who may send PAUSE: the local device, the partner. */
static void
test_resolve(void **state)
{
	static const struct {
		uint32_t local, partner;
		bool local_sends, partner_sends;
	} table[] = {
		{ 0, 0, false, false },
		{ 0, AS, false, false },
		{ 0, PA, false, false },
		{ 0, PA | AS, false, false },
		{ AS, 0, false, false },
		{ AS, AS, false, false },
		{ AS, PA, false, false },
		{ AS, PA | AS, true, false },
		{ PA, 0, false, false },
		{ PA, AS, false, false },
		{ PA, PA, true, true },
		{ PA, PA | AS, true, true },
		{ PA | AS, 0, false, false },
		{ PA | AS, AS, false, true },
		{ PA | AS, PA, true, true },
		{ PA | AS, PA | AS, true, true },
	};
	unsigned int i, mode;

	(void)state;
	assert_int_equal(RTE_ETH_FC_FULL, RTE_ETH_FC_RX_PAUSE | RTE_ETH_FC_TX_PAUSE);
	for (i = 0; i < RTE_DIM(table); i++) {
		const unsigned int agreed = (table[i].partner_sends ? RTE_ETH_FC_RX_PAUSE : 0) |
			(table[i].local_sends ? RTE_ETH_FC_TX_PAUSE : 0);

		/* Of what was agreed upon, that which is wanted. */
		for (mode = RTE_ETH_FC_NONE; mode <= RTE_ETH_FC_FULL; mode++)
			assert_int_equal(oriel_fc_resolve(mode, table[i].local, table[i].partner),
				mode & agreed);
	}
}

/* What the port says of itself, in the PHY's register 4 and in the PCS's. */
static void
test_advertise(void **state)
{
	static const struct {
		enum rte_eth_fc_mode mode;
		uint16_t anar;
		uint32_t anadv;
	} table[] = {
		{ RTE_ETH_FC_NONE, 0, 0 },
		{ RTE_ETH_FC_RX_PAUSE, 0x0c00, 0x180 },
		{ RTE_ETH_FC_TX_PAUSE, 0x0800, 0x100 },
		{ RTE_ETH_FC_FULL, 0x0c00, 0x180 },
	};
	unsigned int i, autoneg;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		for (autoneg = 0; autoneg < 2; autoneg++) {
			fake_ad.fc.wanted = table[i].mode;
			fake_ad.fc.autoneg = autoneg;
			fake_ad.media = ORIEL_MEDIA_COPPER;
			assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
			assert_int_equal(
				fake.phy[ORIEL_PHY_ANAR], 0x01e1 | (autoneg ? table[i].anar : 0));
			fake_ad.media = ORIEL_MEDIA_SERDES;
			assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
			assert_int_equal(
				*fake_reg(ORIEL_PCS_ANADV), 0x20 | (autoneg ? table[i].anadv : 0));
		}
	}
}

static void
link_up(bool full)
{
	*fake_reg(ORIEL_STATUS) |= ORIEL_STATUS_LU | ORIEL_PREP(ORIEL_STATUS_SPEED, 2);
	if (full)
		*fake_reg(ORIEL_STATUS) |= ORIEL_STATUS_FD;
	else
		*fake_reg(ORIEL_STATUS) &= ~ORIEL_STATUS_FD;
}

/* CTRL follows the link each time that it is read, also with another partner. */
static void
test_follow(void **state)
{
	struct rte_eth_link link;

	(void)state;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	fake_ad.fc.wanted = RTE_ETH_FC_FULL;
	*fake_reg(ORIEL_CTRL) |= ORIEL_CTRL_VME;
	fake.phy[ORIEL_PHY_ANLPAR] = 0x0c00;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_NONE); /* no link yet */
	link_up(true);
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_FULL);
	assert_int_equal(fake_ad.fc.in_force, RTE_ETH_FC_FULL);
	fake.phy[ORIEL_PHY_ANLPAR] = 0x0800;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_RX_PAUSE);
	link_up(false);
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_NONE);
	/* Forced: nobody is asked. A PHY that does not answer has no abilities. */
	link_up(true);
	fake_ad.fc.autoneg = false;
	fake.mdic_dead = true;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_FULL);
	fake_ad.fc.autoneg = true;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(link.link_status, RTE_ETH_LINK_UP);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_NONE);
	/* The other bits are as they were. */
	assert_true(*fake_reg(ORIEL_CTRL) & ORIEL_CTRL_VME);
	fake_ad.media = ORIEL_MEDIA_SERDES;
	*fake_reg(ORIEL_PCS_LSTAT) = ORIEL_PCS_LSTAT_LINK | ORIEL_PCS_LSTAT_SYNC |
		ORIEL_PCS_LSTAT_FULL;
	*fake_reg(ORIEL_PCS_LPAB) = ORIEL_PCS_ANADV_PAUSE;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(ctrl_mode(), RTE_ETH_FC_FULL);
	fake.gone = true;
	assert_int_equal(oriel_link_get(&fake_ad, &link), -ENODEV);
}

static void
test_registers(void **state)
{
	struct rte_eth_fc_conf conf = { .mode = RTE_ETH_FC_TX_PAUSE,
		.high_water = 50001,
		.low_water = 30015,
		.pause_time = 1000,
		.send_xon = 1,
		.mac_ctrl_frame_fwd = 1 };

	(void)state;
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
	assert_int_equal(fake.writes, 0); /* a stopped port: at its start */
	assert_int_equal(oriel_fc_setup(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_FCAL), 0x00c28001);
	assert_int_equal(*fake_reg(ORIEL_FCAH), 0x0100);
	assert_int_equal(*fake_reg(ORIEL_FCT), 0x8808);
	assert_int_equal(*fake_reg(ORIEL_FCTTV), 1000);
	assert_int_equal(*fake_reg(ORIEL_FCRTV), 500);
	assert_int_equal(*fake_reg(ORIEL_FCRTH), 50000);
	assert_int_equal(*fake_reg(ORIEL_FCRTL), 30000 | ORIEL_FCRTL_XONE);
	assert_int_equal(*fake_reg(ORIEL_RCTL), ORIEL_RCTL_PMCF);
	conf.mode = RTE_ETH_FC_RX_PAUSE;
	conf.mac_ctrl_frame_fwd = 0;
	fake_ad.started = true;
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
	assert_int_equal(*fake_reg(ORIEL_FCRTH), 0);
	assert_int_equal(*fake_reg(ORIEL_FCRTL), 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL), 0);
	fake.gone = true;
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), -ENODEV);
}

static void
test_refused(void **state)
{
	static const struct rte_eth_fc_conf table[] = {
		{ .mode = 4 },
		{ .mode = -1 },
		{ .send_xon = 2 },
		{ .autoneg = 2 },
		{ .mac_ctrl_frame_fwd = 255 },
		{ .high_water = 64019, .low_water = 16 },
		{ .high_water = UINT32_MAX, .low_water = 16 },
		{ .high_water = 32, .low_water = 0 },
		{ .high_water = 0, .low_water = 32 },
		{ .high_water = 32, .low_water = 15 },
		{ .high_water = 32, .low_water = 32 },
		{ .high_water = 47, .low_water = 32 },
	};
	static const struct rte_eth_fc_conf good[] = {
		{ .high_water = 64018, .low_water = 64000 },
		{ .high_water = 32, .low_water = 16 },
	};
	struct rte_eth_fc_conf conf;
	struct oriel_fc before = fake_ad.fc;
	struct rte_eth_pfc_conf pfc = { .priority = 1 };
	unsigned int i;

	(void)state;
	fake_ad.started = true;
	for (i = 0; i < RTE_DIM(table); i++) {
		conf = table[i];
		assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), -EINVAL);
		assert_memory_equal(&fake_ad.fc, &before, sizeof(before));
		assert_int_equal(fake.reads + fake.writes, 0);
	}
	assert_int_equal(oriel_priority_flow_ctrl_set(fake_dev, &pfc), -ENOTSUP);
	assert_int_equal(fake.reads + fake.writes, 0);
	fake_ad.started = false;
	for (i = 0; i < RTE_DIM(good); i++) {
		conf = good[i];
		assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
		assert_int_equal(oriel_flow_ctrl_get(fake_dev, &conf), 0);
		assert_int_equal(conf.high_water, good[i].high_water & ~15u);
		assert_int_equal(conf.low_water, good[i].low_water & ~15u);
	}
	memset(&conf, 0, sizeof(conf));
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
	assert_int_equal(fake_ad.fc.high, before.high);
	assert_int_equal(fake_ad.fc.low, before.low);
	assert_int_equal(fake_ad.fc.pause_time, before.pause_time);
}

/* The partner is disturbed only if it has to be told something new. */
static void
test_renegotiates_only_if_needed(void **state)
{
	struct rte_eth_fc_conf conf = { .mode = RTE_ETH_FC_FULL, .autoneg = 1 };
	uint32_t val;

	(void)state;
	fake_ad.started = true;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	fake.phy[ORIEL_PHY_BMCR] = ORIEL_BMCR_AN_EN;
	fake.phy[ORIEL_PHY_BMSR] = ORIEL_BMSR_LINK;
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1200);
	fake.phy[ORIEL_PHY_BMCR] = ORIEL_BMCR_AN_EN;
	fake.nb_log = 0;
	conf.high_water = 2000;
	conf.low_water = 1000;
	conf.mode = RTE_ETH_FC_RX_PAUSE; /* advertised like FULL */
	assert_int_equal(oriel_flow_ctrl_set(fake_dev, &conf), 0);
	assert_false(fake_written(ORIEL_MDIC, 0, &val) && (val & ORIEL_MDIC_OP_WRITE));
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], ORIEL_BMCR_AN_EN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_resolve, fc_device),
		cmocka_unit_test_setup(test_advertise, fc_device),
		cmocka_unit_test_setup(test_follow, fc_device),
		cmocka_unit_test_setup(test_registers, fc_device),
		cmocka_unit_test_setup(test_refused, fc_device),
		cmocka_unit_test_setup(test_renegotiates_only_if_needed, fc_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
