/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The self-test finds what is broken, and leaves the port as it was. The bed has the frames. */

#include "fake_device.h"

#include "hw.c"
#include "nvm.c"
#undef CHECKED_WORDS
#include "phy.c"
#include "selftest.c"

static struct oriel_selftest out;
static unsigned int loops, frees;
static bool loop_broken, linked;

int
oriel_selftest_loop(struct rte_eth_dev *dev, char *why, size_t size)
{
	loops++;
	assert_ptr_equal(dev, fake_dev);
	/* What a test sends is counted, and the PHY is left in loopback. */
	*fake_reg(ORIEL_GPRC) = 31;
	fake.phy[ORIEL_PHY_BMCR] = 0x4140;
	if (!loop_broken)
		return 0;
	snprintf(why, size, "frame 7 is lost");
	return -EIO;
}

void
oriel_selftest_loop_free(struct rte_eth_dev *dev)
{
	assert_ptr_equal(dev, fake_dev);
	frees++;
}

static int
link_get(struct oriel_adapter *ad, struct rte_eth_link *link)
{
	*link = (struct rte_eth_link){ .link_status = linked };
	return ad->mmio.gone ? -ENODEV : 0;
}

static int
link_start(struct oriel_adapter *ad, uint32_t link_speeds)
{
	RTE_SET_USED(link_speeds);
	return oriel_phy_write(ad, ORIEL_PHY_ANAR, 0x0001);
}

static int
stats_read(struct oriel_adapter *ad)
{
	ad->stats.gprc += oriel_rd32(&ad->mmio, ORIEL_GPRC);
	return 0;
}

static const struct oriel_hw_ops ops = {
	.reset = oriel_hw_reset,
	.link_start = link_start,
	.link_get = link_get,
	.stats_read = stats_read,
};
static struct oriel_process process = { .hw = &ops };

static int
setup(void **state)
{
	fake_setup(state);
	fake_dev->process_private = &process;
	fake_ad.nvm_words = FAKE_NVM_WORDS;
	fake.phy[ORIEL_PHY_BMCR] = 0x1940; /* powered down */
	fake.phy[ORIEL_PHY_ANAR] = 0x0de1;
	fake.phy[ORIEL_PHY_1000T_CTRL] = 0x0200;
	loops = frees = 0;
	loop_broken = false;
	linked = true;
	return 0;
}

static void
assert_result(enum oriel_selftest_item item, enum oriel_selftest_result result, const char *why)
{
	assert_int_equal(out.item[item].result, result);
	if (why[0] == '\0')
		assert_string_equal(out.item[item].why, "");
	else
		assert_non_null(strstr(out.item[item].why, why));
}

static void
test_good(void **state)
{
	uint32_t mta = 0x12345678;

	(void)state;
	*fake_reg(ORIEL_MTA(5)) = mta;
	*fake_reg(ORIEL_RAH(0)) = ORIEL_RAH_AV | 0x0100;
	*fake_reg(ORIEL_GPRC) = 3;
	assert_int_equal(oriel_selftest(fake_dev, true, &out), 0);
	assert_result(ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_PASS, "");
	assert_result(ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_PASS, "");
	assert_result(ORIEL_SELFTEST_REGISTERS, ORIEL_SELFTEST_PASS, "");
	assert_result(ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_SKIP, "EAL has no interrupts");
	assert_result(ORIEL_SELFTEST_LOOPBACK, ORIEL_SELFTEST_PASS, "");
	assert_int_equal(loops, 1);
	assert_int_equal(frees, 1);
	/* As it was: registers, PHY, counters, and at rest. */
	assert_int_equal(*fake_reg(ORIEL_MTA(5)), mta);
	assert_int_equal(*fake_reg(ORIEL_RAH(0)), ORIEL_RAH_AV | 0x0100);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1940);
	assert_int_equal(fake.phy[ORIEL_PHY_ANAR], 0x0de1);
	assert_int_equal(fake.phy[ORIEL_PHY_1000T_CTRL], 0x0200);
	assert_int_equal(fake_ad.stats.gprc, 3);
	assert_true(fake_ad.at_rest);
	assert_int_equal(fake.resets, 4);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
}

/* A bit that stays 0, in the last register of an array; others are judged all the same. */
static void
stuck_bit(uint32_t off, uint32_t val)
{
	if (off == ORIEL_VFTA(127))
		*fake_reg(off) = val & ~ORIEL_BIT(9);
}

static void
test_broken(void **state)
{
	(void)state;
	fake.on_write = stuck_bit;
	fake.nvm[3] ^= 1;
	loop_broken = true;
	linked = false;
	assert_int_equal(oriel_selftest(fake_dev, true, &out), 0);
	assert_result(ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_FAIL, "no link");
	assert_result(ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_FAIL, "sum to");
	assert_result(ORIEL_SELFTEST_REGISTERS, ORIEL_SELFTEST_FAIL, "0x57fc: 0x5a5a5a5a");
	assert_result(ORIEL_SELFTEST_LOOPBACK, ORIEL_SELFTEST_FAIL, "frame 7 is lost");
	assert_true(fake_ad.at_rest);
	assert_int_equal(fake.phy[ORIEL_PHY_BMCR], 0x1940);
	assert_true(fake.slept_us < 10 * 1000 * 1000);
}

static void
test_online(void **state)
{
	unsigned int writes;

	(void)state;
	fake_ad.started = true;
	assert_int_equal(oriel_selftest(fake_dev, true, &out), -EBUSY);
	assert_int_equal(fake.writes, 0);
	assert_int_equal(oriel_selftest(fake_dev, false, &out), 0);
	assert_result(ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_PASS, "");
	assert_result(ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_PASS, "");
	assert_result(ORIEL_SELFTEST_REGISTERS, ORIEL_SELFTEST_SKIP, "offline");
	assert_result(ORIEL_SELFTEST_LOOPBACK, ORIEL_SELFTEST_SKIP, "offline");
	assert_int_equal(fake.resets, 0);
	assert_int_equal(loops, 0);
	writes = fake.writes;
	fake.eerd_dead = true;
	linked = false;
	assert_int_equal(oriel_selftest(fake_dev, false, &out), 0);
	assert_result(ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_FAIL, "not readable");
	assert_result(ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_FAIL, "no link");
	assert_true(fake.writes > writes);
}

/* A reset that does not end: said, bus mastering off, no start before another reset. */
static void
test_no_reset(void **state)
{
	(void)state;
	fake_ad.at_rest = true;
	fake_pci.kdrv = RTE_PCI_KDRV_UNKNOWN; /* no function-level reset */
	fake.reset_dead = true;
	assert_int_equal(oriel_selftest(fake_dev, true, &out), -ETIMEDOUT);
	assert_result(ORIEL_SELFTEST_LOOPBACK, ORIEL_SELFTEST_SKIP, "not reached");
	assert_false(fake_ad.at_rest);
	assert_false(fake.bus_master);
	assert_int_equal(loops, 0);
}

static void
test_gone_anywhere(void **state)
{
	unsigned int nb_reads, i;

	assert_int_equal(oriel_selftest(fake_dev, true, &out), 0);
	nb_reads = fake.reads;
	for (i = 1; i < nb_reads; i += 1 + i / 60) {
		setup(state);
		fake.gone_after = i;
		assert_int_equal(oriel_selftest(fake_dev, true, &out), -ENODEV);
		assert_true(fake.slept_us < 10 * 1000 * 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_broken, setup),
		cmocka_unit_test_setup(test_online, setup),
		cmocka_unit_test_setup(test_no_reset, setup),
		cmocka_unit_test_setup(test_gone_anywhere, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
