/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Identity, locks, reset and removal, on a healthy device and on ones that are not. */

#include "fake_device.h"

#include "hw.c"

/* The brief of every wait: far below a second, whatever the device does. */
#define BOUND_US 1000000

static void
test_identify(void **state)
{
	static const struct {
		uint32_t mode;
		enum oriel_media media;
		int ret;
	} table[] = {
		{ ORIEL_LINK_MODE_COPPER, ORIEL_MEDIA_COPPER, 0 },
		{ ORIEL_LINK_MODE_KX, ORIEL_MEDIA_SERDES, 0 },
		{ ORIEL_LINK_MODE_SERDES, ORIEL_MEDIA_SERDES, 0 },
		{ ORIEL_LINK_MODE_SGMII, ORIEL_MEDIA_SGMII, -ENOTSUP },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		*fake_reg(ORIEL_CTRL_EXT) = ORIEL_PREP(ORIEL_CTRL_EXT_LINK_MODE, table[i].mode);
		*fake_reg(ORIEL_STATUS) = ORIEL_PREP(ORIEL_STATUS_LAN_ID, i);
		assert_int_equal(oriel_hw_identify(&fake_ad), table[i].ret);
		assert_int_equal(fake_ad.media, table[i].media);
		assert_int_equal(fake_ad.lan_id, i);
	}
}

static void
test_identify_gone(void **state)
{
	(void)state;
	fake.gone = true;
	assert_int_equal(oriel_hw_identify(&fake_ad), -ENODEV);
	assert_true(fake_ad.mmio.gone);
	assert_int_equal(fake.slept_us, 0);
}

static void
test_lock(void **state)
{
	const uint32_t phy = ORIEL_SW_FW_SYNC_PHY0;

	(void)state;
	assert_int_equal(oriel_hw_lock(&fake_ad, phy), 0);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), phy);
	/* Both semaphores are free again: only the resource is held. */
	assert_int_equal(*fake_reg(ORIEL_SWSM), 0);
	oriel_hw_unlock(&fake_ad, phy);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
	assert_int_equal(*fake_reg(ORIEL_SWSM), 0);
}

static void
test_lock_held(void **state)
{
	static const uint32_t held[] = {
		ORIEL_SW_FW_SYNC_EEP,	    /* by software */
		ORIEL_SW_FW_SYNC_EEP << 16, /* by firmware */
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(held); i++) {
		*fake_reg(ORIEL_SW_FW_SYNC) = held[i];
		fake.slept_us = 0;
		assert_int_equal(oriel_hw_lock(&fake_ad, ORIEL_SW_FW_SYNC_EEP), -ETIMEDOUT);
		assert_in_range(fake.slept_us, LOCK_US * (LOCK_TRIES - 1), BOUND_US);
		assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), held[i]);
		assert_int_equal(*fake_reg(ORIEL_SWSM), 0);
	}
	/* Another resource is free. */
	assert_int_equal(oriel_hw_lock(&fake_ad, ORIEL_SW_FW_SYNC_PHY1), 0);
}

static void
test_lock_semaphore_stuck(void **state)
{
	(void)state;
	fake.smbi_dead = true;
	assert_int_equal(oriel_hw_lock(&fake_ad, ORIEL_SW_FW_SYNC_EEP), -ETIMEDOUT);
	assert_in_range(fake.slept_us, 1, BOUND_US);
}

static void
test_phy_resource(void **state)
{
	static const uint32_t want[] = { ORIEL_SW_FW_SYNC_PHY0, ORIEL_SW_FW_SYNC_PHY1,
		ORIEL_SW_FW_SYNC_PHY2, ORIEL_SW_FW_SYNC_PHY3 };

	(void)state;
	for (fake_ad.lan_id = 0; fake_ad.lan_id < 4; fake_ad.lan_id++)
		assert_int_equal(oriel_hw_phy_resource(&fake_ad), want[fake_ad.lan_id]);
}

static void
test_break_locks(void **state)
{
	(void)state;
	fake_ad.lan_id = 1;
	*fake_reg(ORIEL_SWSM) = ORIEL_SWSM_SMBI | ORIEL_SWSM_SWESMBI;
	*fake_reg(ORIEL_SW_FW_SYNC) = ORIEL_SW_FW_SYNC_EEP | ORIEL_SW_FW_SYNC_PHY1 |
		ORIEL_SW_FW_SYNC_PHY0;
	assert_int_equal(oriel_hw_break_locks(&fake_ad), 0);
	/* The other port's PHY is none of ours. */
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), ORIEL_SW_FW_SYNC_PHY0);
	assert_int_equal(*fake_reg(ORIEL_SWSM), 0);
	assert_in_range(fake.slept_us, 1, BOUND_US);
	assert_int_equal(oriel_hw_lock(&fake_ad, ORIEL_SW_FW_SYNC_EEP), 0);
}

static void
test_reset(void **state)
{
	uint32_t val = 0;

	(void)state;
	*fake_reg(ORIEL_RCTL) = ORIEL_RCTL_RXEN;
	*fake_reg(ORIEL_TCTL) = ORIEL_TCTL_EN;
	assert_int_equal(oriel_hw_reset(&fake_ad), 0);
	assert_int_equal(fake.resets, 1);
	assert_int_equal(fake.flrs, 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL), 0);
	assert_int_equal(*fake_reg(ORIEL_TCTL) & ORIEL_TCTL_EN, 0);
	assert_int_equal(*fake_reg(ORIEL_RXQ(0) + ORIEL_RXDCTL) & ORIEL_RXDCTL_ENABLE, 0);
	assert_int_equal(*fake_reg(ORIEL_TXQ(0) + ORIEL_TXDCTL) & ORIEL_TXDCTL_ENABLE, 0);
	assert_int_equal(
		*fake_reg(ORIEL_CTRL_EXT) & (ORIEL_CTRL_EXT_PFRSTD | ORIEL_CTRL_EXT_DRV_LOAD),
		ORIEL_CTRL_EXT_PFRSTD | ORIEL_CTRL_EXT_DRV_LOAD);
	assert_true(fake_written(ORIEL_IMC, 0, &val));
	assert_int_equal(val, UINT32_MAX);
	assert_int_equal(*fake_reg(ORIEL_GCR) & ORIEL_GCR_CMPL_TMOUT_RESEND, 0);
	/* CAP_VER2: the time-out lies in Device Control 2. */
	assert_int_equal(fake.config[FAKE_PCIE_CAP + PCI_EXP_DEVCTL2] & 0xf, 5);
	assert_in_range(fake.slept_us, 1000, 100000);
}

static void
test_completion_timeout(void **state)
{
	(void)state;
	*fake_reg(ORIEL_GCR) = ORIEL_GCR_CMPL_TMOUT_RESEND;
	set_completion_timeout(&fake_ad);
	assert_int_equal(*fake_reg(ORIEL_GCR), ORIEL_PREP(ORIEL_GCR_CMPL_TMOUT, 1));
	/* One that is set stays. */
	*fake_reg(ORIEL_GCR) = ORIEL_PREP(ORIEL_GCR_CMPL_TMOUT, 6) | ORIEL_GCR_CAP_VER2;
	set_completion_timeout(&fake_ad);
	assert_int_equal(
		*fake_reg(ORIEL_GCR), ORIEL_PREP(ORIEL_GCR_CMPL_TMOUT, 6) | ORIEL_GCR_CAP_VER2);
	assert_int_equal(fake.config[FAKE_PCIE_CAP + PCI_EXP_DEVCTL2], 0);
}

/* DMA that does not end, a reset that does not: PCI Express helps where it can. */
static void
test_reset_stuck_dma(void **state)
{
	(void)state;
	fake.master_dead = true;
	assert_int_equal(oriel_hw_reset(&fake_ad), 0);
	assert_int_equal(fake.flrs, 1);
	assert_in_range(fake.slept_us, 1, BOUND_US);
}

static void
test_reset_stuck(void **state)
{
	(void)state;
	fake.reset_dead = true;
	assert_int_equal(oriel_hw_reset(&fake_ad), 0);
	assert_int_equal(fake.flrs, 1);
	assert_int_equal(fake.resets, 2);
}

static void
test_reset_stuck_no_flr(void **state)
{
	(void)state;
	fake.reset_dead = true;
	memset(fake.config + FAKE_PCIE_CAP + 4, 0, 4);
	assert_int_equal(oriel_hw_reset(&fake_ad), -ETIMEDOUT);
	assert_int_equal(fake.flrs, 0);
	assert_in_range(fake.slept_us, 1, BOUND_US);
}

static void
test_reset_queue_stuck(void **state)
{
	(void)state;
	fake.queue_dead = ORIEL_TXQ(0) + ORIEL_TXDCTL;
	assert_int_equal(oriel_hw_reset(&fake_ad), -EIO);
	assert_in_range(fake.slept_us, 1, BOUND_US);
}

/* The device may go with any single read: the reset ends, quickly, and says so. */
static void
test_reset_gone_anywhere(void **state)
{
	unsigned int nb_reads, i;

	(void)state;
	assert_int_equal(oriel_hw_reset(&fake_ad), 0);
	nb_reads = fake.reads;
	for (i = 1; i <= nb_reads; i++) {
		fake_setup(NULL);
		fake.gone_after = i;
		assert_int_equal(oriel_hw_reset(&fake_ad), -ENODEV);
		assert_true(fake.slept_us < 100000);
		/* From the first sign on the BAR is left alone: at most the look at STATUS. */
		assert_in_range(fake.reads, i, i + 1);
	}
}

/* A capability list that never ends, or leads nowhere. */
static void
test_pcie_cap(void **state)
{
	(void)state;
	assert_int_equal(pcie_cap(&fake_pci), FAKE_PCIE_CAP);
	fake.config[0x41] = 0x40;
	assert_int_equal(pcie_cap(&fake_pci), 0);
	fake.config[0x34] = 0;
	assert_int_equal(pcie_cap(&fake_pci), 0);
	memset(fake.config, 0xff, sizeof(fake.config));
	assert_int_equal(pcie_cap(&fake_pci), 0);
}

static void
test_rxtx_set(void **state)
{
	(void)state;
	*fake_reg(ORIEL_RCTL) = ORIEL_RCTL_BAM;
	assert_int_equal(oriel_hw_rxtx_set(&fake_ad, true, true), 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL), ORIEL_RCTL_BAM | ORIEL_RCTL_RXEN);
	assert_int_equal(*fake_reg(ORIEL_TCTL), ORIEL_TCTL_EN);
	assert_int_equal(oriel_hw_rxtx_set(&fake_ad, false, true), 0);
	assert_int_equal(*fake_reg(ORIEL_RCTL), ORIEL_RCTL_BAM);
	assert_int_equal(*fake_reg(ORIEL_TCTL), ORIEL_TCTL_EN);
	assert_int_equal(oriel_hw_rxtx_set(&fake_ad, false, false), 0);
	assert_int_equal(*fake_reg(ORIEL_TCTL), 0);
	fake.gone = true;
	assert_int_equal(oriel_hw_rxtx_set(&fake_ad, true, true), -ENODEV);
}

static void
test_is_removed(void **state)
{
	(void)state;
	assert_false(oriel_hw_is_removed(&fake_ad));
	/* Registers of a device that is not there may read 0: config space decides. */
	*fake_reg(ORIEL_STATUS) = 0;
	assert_false(oriel_hw_is_removed(&fake_ad));
	fake.config[0] = fake.config[1] = 0xff;
	assert_true(oriel_hw_is_removed(&fake_ad));
	assert_true(fake_ad.mmio.gone);
	fake_setup(NULL);
	fake.gone = true;
	assert_true(oriel_hw_is_removed(&fake_ad));
	assert_true(fake_ad.mmio.gone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_identify, fake_setup),
		cmocka_unit_test_setup(test_identify_gone, fake_setup),
		cmocka_unit_test_setup(test_lock, fake_setup),
		cmocka_unit_test_setup(test_lock_held, fake_setup),
		cmocka_unit_test_setup(test_lock_semaphore_stuck, fake_setup),
		cmocka_unit_test_setup(test_phy_resource, fake_setup),
		cmocka_unit_test_setup(test_break_locks, fake_setup),
		cmocka_unit_test_setup(test_reset, fake_setup),
		cmocka_unit_test_setup(test_completion_timeout, fake_setup),
		cmocka_unit_test_setup(test_reset_stuck_dma, fake_setup),
		cmocka_unit_test_setup(test_reset_stuck, fake_setup),
		cmocka_unit_test_setup(test_reset_stuck_no_flr, fake_setup),
		cmocka_unit_test_setup(test_reset_queue_stuck, fake_setup),
		cmocka_unit_test_setup(test_reset_gone_anywhere, fake_setup),
		cmocka_unit_test_setup(test_pcie_cap, fake_setup),
		cmocka_unit_test_setup(test_rxtx_set, fake_setup),
		cmocka_unit_test_setup(test_is_removed, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
