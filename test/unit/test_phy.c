/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* PHY and link: MDIC and its faults, advertisement, forced speeds, state, going down. */

#include "fake_device.h"

#include "hw.c"
#include "phy.c"
#include "link.c"

#define BOUND_US 1000000
#define ALL_SPEEDS SPEEDS_COPPER

static void
test_access(void **state)
{
	uint16_t val;

	(void)state;
	fake.phy[7] = 0x1234;
	assert_int_equal(oriel_phy_read(&fake_ad, 7, &val), 0);
	assert_int_equal(val, 0x1234);
	assert_int_equal(oriel_phy_write(&fake_ad, 31, 0xbeef), 0);
	assert_int_equal(fake.phy[31], 0xbeef);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
	assert_int_equal(oriel_phy_read(&fake_ad, 32, &val), -EINVAL);
	assert_int_equal(oriel_phy_write(&fake_ad, 32, 0), -EINVAL);
}

static void
test_access_faults(void **state)
{
	uint16_t val;

	(void)state;
	fake.mdic_error = true;
	assert_int_equal(oriel_phy_read(&fake_ad, 1, &val), -EIO);
	fake.mdic_error = false;
	fake.mdic_other_reg = 3;
	assert_int_equal(oriel_phy_read(&fake_ad, 1, &val), -EIO);
	fake.mdic_other_reg = 0;
	fake.mdic_dead = true;
	assert_int_equal(oriel_phy_write(&fake_ad, 1, 0), -ETIMEDOUT);
	assert_in_range(fake.slept_us, 1, BOUND_US);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
	fake.gone = true;
	assert_int_equal(oriel_phy_read(&fake_ad, 1, &val), -ENODEV);
}

static void
test_init(void **state)
{
	uint32_t val = 0;

	(void)state;
	assert_int_equal(oriel_phy_init(&fake_ad), 0);
	assert_int_equal(fake_ad.phy_id, ORIEL_PHY_ID_IGP03 | 1);
	assert_true(fake_written(ORIEL_CTRL, 0, &val));
	assert_int_equal(val & ORIEL_CTRL_PHY_RST, 0);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
}

static void
test_init_kept_by_management(void **state)
{
	uint32_t val = 0;

	(void)state;
	*fake_reg(ORIEL_MANC) = ORIEL_MANC_BLK_PHY_RST;
	assert_int_equal(oriel_phy_init(&fake_ad), 0);
	assert_false(fake_written(ORIEL_CTRL, 0, &val));
	fake.phy[ORIEL_PHY_BMCR] = ORIEL_BMCR_AN_EN;
	assert_int_equal(oriel_phy_power_down(&fake_ad), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], ORIEL_BMCR_AN_EN);
}

static void
test_init_no_phy(void **state)
{
	static const uint16_t id[] = { 0, 0xffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(id); i++) {
		fake.phy[ORIEL_PHY_ID1] = fake.phy[ORIEL_PHY_ID2] = id[i];
		assert_int_equal(oriel_phy_init(&fake_ad), -EIO);
	}
	/* A PHY whose configuration is never said to be done is used all the same. */
	fake_setup(NULL);
	*fake_reg(ORIEL_EEMNGCTL) = 0;
	assert_int_equal(oriel_phy_init(&fake_ad), 0);
	assert_in_range(fake.slept_us, 1, BOUND_US);
}

static void
test_gone_anywhere(void **state)
{
	unsigned int nb_reads, i;
	int ret;

	(void)state;
	assert_int_equal(oriel_phy_init(&fake_ad), 0);
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	nb_reads = fake.reads;
	for (i = 1; i <= nb_reads; i++) {
		fake_setup(NULL);
		fake.gone_after = i;
		ret = oriel_phy_init(&fake_ad);
		if (ret == 0)
			ret = oriel_link_start(&fake_ad, 0);
		assert_true(ret == -ENODEV || fake_ad.mmio.gone);
		assert_true(fake.slept_us < 100000);
	}
}

static void
test_advertise(void **state)
{
	static const struct {
		uint32_t speeds;
		uint16_t anar, gig;
	} table[] = {
		{ RTE_ETH_LINK_SPEED_AUTONEG, 0x01e1, 0x0200 },
		{ RTE_ETH_LINK_SPEED_10M_HD, 0x0021, 0 },
		{ RTE_ETH_LINK_SPEED_10M, 0x0041, 0 },
		{ RTE_ETH_LINK_SPEED_100M_HD, 0x0081, 0 },
		{ RTE_ETH_LINK_SPEED_100M, 0x0101, 0 },
		{ RTE_ETH_LINK_SPEED_1G, 0x0001, 0x0200 },
		{ RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_100M, 0x0101, 0x0200 },
		/* 1000BASE-T cannot do without autonegotiation. */
		{ RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_FIXED, 0x0001, 0x0200 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		fake.phy[ORIEL_PHY_ANAR] = 0xffff;
		fake.phy[ORIEL_PHY_1000T_CTRL] = ORIEL_1000T_CTRL_HD;
		fake.phy[ORIEL_PHY_BMCR] = ORIEL_BMCR_POWER_DOWN;
		assert_int_equal(oriel_link_start(&fake_ad, table[i].speeds), 0);
		assert_int_equal(fake.phy[ORIEL_PHY_ANAR], table[i].anar);
		assert_int_equal(fake.phy[ORIEL_PHY_1000T_CTRL], table[i].gig);
		assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1200);
		assert_true(fake_ad.link_negotiated);
		assert_int_equal(*fake_reg(ORIEL_CTRL) &
				(ORIEL_CTRL_SLU | ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX),
			ORIEL_CTRL_SLU);
	}
}

/* A link that is as wanted is not taken down for it. */
static void
test_advertise_same(void **state)
{
	(void)state;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1200);
	fake.phy[ORIEL_PHY_BMCR] = ORIEL_BMCR_AN_EN;
	fake.phy[ORIEL_PHY_BMSR] = ORIEL_BMSR_LINK | ORIEL_BMSR_AN_COMPLETE;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], ORIEL_BMCR_AN_EN);
	assert_int_equal(oriel_link_start(&fake_ad, RTE_ETH_LINK_SPEED_100M), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1200);
}

static void
test_forced(void **state)
{
	static const struct {
		uint32_t speed;
		uint16_t bmcr;
		uint32_t code;
		bool full;
	} table[] = {
		{ RTE_ETH_LINK_SPEED_10M_HD, 0x0000, ORIEL_SPEED_10, false },
		{ RTE_ETH_LINK_SPEED_10M, 0x0100, ORIEL_SPEED_10, true },
		{ RTE_ETH_LINK_SPEED_100M_HD, 0x2000, ORIEL_SPEED_100, false },
		{ RTE_ETH_LINK_SPEED_100M, 0x2100, ORIEL_SPEED_100, true },
	};
	const uint32_t forced = ORIEL_CTRL_SLU | ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX;
	unsigned int i;
	uint32_t ctrl;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		assert_int_equal(
			oriel_link_start(&fake_ad, table[i].speed | RTE_ETH_LINK_SPEED_FIXED), 0);
		assert_int_equal(fake.phy[ORIEL_PHY_BMCR], table[i].bmcr);
		ctrl = *fake_reg(ORIEL_CTRL);
		assert_int_equal(ctrl & forced, forced);
		assert_int_equal(ORIEL_GET(ORIEL_CTRL_SPEED, ctrl), table[i].code);
		assert_int_equal((ctrl & ORIEL_CTRL_FD) != 0, table[i].full);
		assert_false(fake_ad.link_negotiated);
	}
}

static void
test_speeds(void **state)
{
	static const struct {
		enum oriel_media media;
		uint32_t speeds;
		int ret;
	} table[] = {
		{ ORIEL_MEDIA_COPPER, 0, 0 },
		{ ORIEL_MEDIA_COPPER, ALL_SPEEDS, 0 },
		{ ORIEL_MEDIA_COPPER, RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_FIXED, 0 },
		{ ORIEL_MEDIA_COPPER, RTE_ETH_LINK_SPEED_10M_HD | RTE_ETH_LINK_SPEED_FIXED, 0 },
		{ ORIEL_MEDIA_COPPER, RTE_ETH_LINK_SPEED_FIXED, -EINVAL },
		{ ORIEL_MEDIA_COPPER, ALL_SPEEDS | RTE_ETH_LINK_SPEED_FIXED, -EINVAL },
		{ ORIEL_MEDIA_COPPER, RTE_ETH_LINK_SPEED_2_5G, -EINVAL },
		{ ORIEL_MEDIA_COPPER, RTE_ETH_LINK_SPEED_10G | RTE_ETH_LINK_SPEED_1G, -EINVAL },
		{ ORIEL_MEDIA_SERDES, 0, 0 },
		{ ORIEL_MEDIA_SERDES, RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_FIXED, 0 },
		{ ORIEL_MEDIA_SERDES, RTE_ETH_LINK_SPEED_100M, -EINVAL },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		fake_ad.media = table[i].media;
		assert_int_equal(oriel_link_check_speeds(&fake_ad, table[i].speeds), table[i].ret);
	}
}

static void
test_state(void **state)
{
	static const uint32_t speed[] = { RTE_ETH_SPEED_NUM_10M, RTE_ETH_SPEED_NUM_100M,
		RTE_ETH_SPEED_NUM_1G, RTE_ETH_SPEED_NUM_1G };
	struct rte_eth_link link;
	uint32_t i, fd;

	(void)state;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(link.link_status, RTE_ETH_LINK_DOWN);
	assert_int_equal(link.link_speed, RTE_ETH_SPEED_NUM_NONE);
	fake_ad.link_negotiated = true;
	for (i = 0; i < RTE_DIM(speed); i++) {
		for (fd = 0; fd < 2; fd++) {
			*fake_reg(ORIEL_STATUS) = ORIEL_STATUS_LU | fd |
				ORIEL_PREP(ORIEL_STATUS_SPEED, i);
			assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
			assert_int_equal(link.link_status, RTE_ETH_LINK_UP);
			assert_int_equal(link.link_speed, speed[i]);
			assert_int_equal(link.link_duplex, fd);
			assert_int_equal(link.link_autoneg, RTE_ETH_LINK_AUTONEG);
		}
	}
	fake.gone = true;
	assert_int_equal(oriel_link_get(&fake_ad, &link), -ENODEV);
	assert_int_equal(link.link_status, RTE_ETH_LINK_DOWN);
}

static void
test_serdes(void **state)
{
	struct rte_eth_link link;
	uint32_t lctl;

	(void)state;
	fake_ad.media = ORIEL_MEDIA_SERDES;
	*fake_reg(ORIEL_CTRL_EXT) = ORIEL_CTRL_EXT_SDP3_DATA;
	*fake_reg(ORIEL_PCS_LCTL) = ORIEL_PCS_LCTL_AN_TIMEOUT_EN | ORIEL_PCS_LCTL_FORCE_LINK;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	lctl = *fake_reg(ORIEL_PCS_LCTL);
	assert_int_equal(lctl &
			(ORIEL_PCS_LCTL_AN_ENABLE | ORIEL_PCS_LCTL_AN_TIMEOUT_EN |
				ORIEL_PCS_LCTL_FORCE_LINK | ORIEL_PCS_LCTL_FSD),
		ORIEL_PCS_LCTL_AN_ENABLE);
	assert_int_equal(*fake_reg(ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_SDP3_DATA, 0);
	assert_int_equal(*fake_reg(ORIEL_PCS_CFG0), ORIEL_PCS_CFG0_PCS_EN);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0);

	/* STATUS does not count, and LINK without SYNC is none. */
	*fake_reg(ORIEL_STATUS) |= ORIEL_STATUS_LU;
	*fake_reg(ORIEL_PCS_LSTAT) = ORIEL_PCS_LSTAT_LINK;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(link.link_status, RTE_ETH_LINK_DOWN);
	*fake_reg(ORIEL_PCS_LSTAT) = ORIEL_PCS_LSTAT_LINK | ORIEL_PCS_LSTAT_SYNC |
		ORIEL_PCS_LSTAT_FULL;
	assert_int_equal(oriel_link_get(&fake_ad, &link), 0);
	assert_int_equal(link.link_status, RTE_ETH_LINK_UP);
	assert_int_equal(link.link_speed, RTE_ETH_SPEED_NUM_1G);

	assert_int_equal(oriel_link_stop(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_PCS_CFG0), 0);
	assert_int_equal(
		*fake_reg(ORIEL_CTRL_EXT) & ORIEL_CTRL_EXT_SDP3_DATA, ORIEL_CTRL_EXT_SDP3_DATA);
	assert_int_equal(
		oriel_link_start(&fake_ad, RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_FIXED), 0);
	lctl = *fake_reg(ORIEL_PCS_LCTL);
	assert_int_equal(
		lctl & (ORIEL_PCS_LCTL_AN_ENABLE | ORIEL_PCS_LCTL_FSD | ORIEL_PCS_LCTL_FLV),
		ORIEL_PCS_LCTL_FSD | ORIEL_PCS_LCTL_FLV);
	assert_int_equal(ORIEL_GET(ORIEL_PCS_LCTL_FSV, lctl), ORIEL_SPEED_1000);
}

static void
test_stop(void **state)
{
	(void)state;
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	assert_int_equal(oriel_link_stop(&fake_ad), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR] & ORIEL_BMCR_POWER_DOWN, ORIEL_BMCR_POWER_DOWN);
	assert_int_equal(*fake_reg(ORIEL_CTRL) & ORIEL_CTRL_SLU, 0);
	/* Up again: awake, and negotiating anew. */
	assert_int_equal(oriel_link_start(&fake_ad, 0), 0);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1200);
}

static const struct oriel_hw_ops ops = { .link_get = oriel_link_get };
static struct oriel_process process = { .hw = &ops };

/* The wait lasts as long as ethdev allows, and no longer; a link that nobody wants is down. */
static void
test_update(void **state)
{
	struct rte_eth_link link;

	(void)state;
	fake_dev->process_private = &process;
	fake_ad.started = fake_ad.link_wanted = true;
	oriel_link_update(fake_dev, 0);
	assert_int_equal(fake.slept_us, 0);
	oriel_link_update(fake_dev, 1);
	assert_int_equal(fake.slept_us, LINK_WAIT_MS * 1000);
	*fake_reg(ORIEL_STATUS) |= ORIEL_STATUS_LU | ORIEL_STATUS_FD;
	assert_int_equal(oriel_link_update(fake_dev, 1), 0);
	assert_int_equal(oriel_link_update(fake_dev, 1), -1);
	assert_int_equal(fake.slept_us, LINK_WAIT_MS * 1000);
	rte_eth_linkstatus_get(fake_dev, &link);
	assert_int_equal(link.link_status, RTE_ETH_LINK_UP);
	fake_ad.link_wanted = false;
	assert_int_equal(oriel_link_update(fake_dev, 1), 0);
	rte_eth_linkstatus_get(fake_dev, &link);
	assert_int_equal(link.link_status, RTE_ETH_LINK_DOWN);
	fake_ad.link_wanted = true;
	assert_int_equal(oriel_link_update(fake_dev, 0), 0);
	fake.gone = true;
	assert_int_equal(oriel_link_update(fake_dev, 1), 0);
	rte_eth_linkstatus_get(fake_dev, &link);
	assert_int_equal(link.link_status, RTE_ETH_LINK_DOWN);
	assert_int_equal(fake.slept_us, LINK_WAIT_MS * 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_access, fake_setup),
		cmocka_unit_test_setup(test_access_faults, fake_setup),
		cmocka_unit_test_setup(test_init, fake_setup),
		cmocka_unit_test_setup(test_init_kept_by_management, fake_setup),
		cmocka_unit_test_setup(test_init_no_phy, fake_setup),
		cmocka_unit_test_setup(test_gone_anywhere, fake_setup),
		cmocka_unit_test_setup(test_advertise, fake_setup),
		cmocka_unit_test_setup(test_advertise_same, fake_setup),
		cmocka_unit_test_setup(test_forced, fake_setup),
		cmocka_unit_test_setup(test_speeds, fake_setup),
		cmocka_unit_test_setup(test_state, fake_setup),
		cmocka_unit_test_setup(test_serdes, fake_setup),
		cmocka_unit_test_setup(test_stop, fake_setup),
		cmocka_unit_test_setup(test_update, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
