/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The module's EEPROM: kinds of modules, ranges, and modules that do not answer. */

#include "fake_device.h"

#include "hw.c"
#include "sfp.c"

#define BOUND_US 2000000

static uint8_t module[512];
static bool present, dead;
static unsigned int powered_reads; /* so many reads fail before it answers */

static void
on_write(uint32_t off, uint32_t val)
{
	uint32_t at = ORIEL_GET(ORIEL_I2CCMD_PHY, val) * 256 + ORIEL_GET(ORIEL_I2CCMD_REG, val);
	uint32_t ctrl_ext = *fake_reg(ORIEL_CTRL_EXT);

	if (off != ORIEL_I2CCMD || dead)
		return;
	assert_true(val & ORIEL_I2CCMD_OP_READ);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), ORIEL_SW_FW_SYNC_PHY0);
	if (!present || at >= sizeof(module) || (ctrl_ext & ORIEL_CTRL_EXT_I2C_ENA) == 0 ||
		(ctrl_ext & ORIEL_CTRL_EXT_SDP3_DATA) != 0 || powered_reads > 0) {
		powered_reads -= powered_reads > 0;
		*fake_reg(off) = val | ORIEL_I2CCMD_READY | ORIEL_I2CCMD_ERROR;
		return;
	}
	*fake_reg(off) = (val & ~ORIEL_I2CCMD_DATA) | ORIEL_I2CCMD_READY | module[at] |
		(uint32_t)module[(at + 1) % sizeof(module)] << 8;
}

static int
setup(void **state)
{
	unsigned int i;

	fake_setup(state);
	fake_ad.media = ORIEL_MEDIA_SERDES;
	fake.on_write = on_write;
	*fake_reg(ORIEL_CTRL_EXT) = ORIEL_CTRL_EXT_SDP3_DATA | ORIEL_CTRL_EXT_DRV_LOAD;
	present = true;
	dead = false;
	powered_reads = 0;
	for (i = 0; i < sizeof(module); i++)
		module[i] = 5 * i + i / 256;
	module[0] = 3;
	module[92] = 0x68;
	module[94] = 5;
	return 0;
}

/* Whatever came of it: locks and pins are as they were, in time. */
static void
assert_restored(void)
{
	assert_int_equal(
		*fake_reg(ORIEL_CTRL_EXT), ORIEL_CTRL_EXT_SDP3_DATA | ORIEL_CTRL_EXT_DRV_LOAD);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
	assert_true(fake.slept_us < BOUND_US);
}

static int
info(uint32_t *type, uint32_t *length)
{
	struct rte_eth_dev_module_info i = { 0 };
	int ret = oriel_get_module_info(fake_dev, &i);

	*type = i.type;
	*length = i.eeprom_len;
	assert_restored();
	return ret;
}

static int
get(uint32_t offset, uint32_t length, void *data)
{
	struct rte_dev_eeprom_info i = { .data = data, .offset = offset, .length = length };
	int ret = oriel_get_module_eeprom(fake_dev, &i);

	assert_restored();
	return ret;
}

static void
test_kinds(void **state)
{
	static const struct {
		uint8_t id, diag, compliance;
		int ret;
		uint32_t type, length;
	} table[] = {
		{ 3, 0x68, 5, 0, RTE_ETH_MODULE_SFF_8472, 512 },
		{ 2, 0x40, 1, 0, RTE_ETH_MODULE_SFF_8472, 512 },
		{ 3, 0x6c, 5, 0, RTE_ETH_MODULE_SFF_8079, 256 },
		{ 3, 0x28, 5, 0, RTE_ETH_MODULE_SFF_8079, 256 },
		{ 3, 0x68, 0, 0, RTE_ETH_MODULE_SFF_8079, 256 },
		{ 3, 0xff, 0xff, 0, RTE_ETH_MODULE_SFF_8079, 256 },
		{ 0x0d, 0x68, 5, -ENOTSUP, 0, 0 },
		{ 0xff, 0xff, 0xff, -ENOTSUP, 0, 0 },
		{ 0, 0, 0, -ENOTSUP, 0, 0 },
	};
	uint32_t type, length;
	uint8_t data[2];
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		module[0] = table[i].id;
		module[92] = table[i].diag;
		module[94] = table[i].compliance;
		assert_int_equal(info(&type, &length), table[i].ret);
		assert_int_equal(type, table[i].type);
		assert_int_equal(length, table[i].length);
		if (table[i].ret != 0)
			continue;
		assert_int_equal(get(length - 1, 1, data), 0);
		assert_int_equal(data[0], module[length - 1]);
		assert_int_equal(get(length - 1, 2, data), -EINVAL);
	}
}

static void
test_ranges(void **state)
{
	static const struct {
		uint32_t offset, length;
	} bad[] = { { 0, 0 }, { 512, 1 }, { 511, 2 }, { 0, 513 }, { UINT32_MAX, 2 },
		{ 1, UINT32_MAX } };
	uint8_t got[514];
	uint32_t offset, length;
	unsigned int i;

	(void)state;
	for (offset = 0; offset < 512; offset += 37) {
		for (length = 1; length <= 512 - offset; length += 41) {
			memset(got, 0xa5, sizeof(got));
			assert_int_equal(get(offset, length, got + 1), 0);
			assert_memory_equal(got + 1, module + offset, length);
			assert_int_equal(got[0], 0xa5);
			assert_int_equal(got[length + 1], 0xa5);
		}
	}
	assert_int_equal(get(0, 512, got), 0);
	assert_memory_equal(got, module, 512);
	for (i = 0; i < RTE_DIM(bad); i++)
		assert_int_equal(get(bad[i].offset, bad[i].length, got), -EINVAL);
	assert_int_equal(get(0, 4, NULL), -EINVAL);
}

static void
test_no_answer(void **state)
{
	uint32_t type, length;
	unsigned int writes;
	uint8_t data[4];

	(void)state;
	present = false;
	assert_int_equal(info(&type, &length), -EIO);
	assert_int_equal(get(0, 4, data), -EIO);
	/* It needs its time after power. */
	present = true;
	powered_reads = POWER_TRIES - 1;
	fake.slept_us = 0;
	assert_int_equal(info(&type, &length), 0);
	powered_reads = POWER_TRIES;
	assert_int_equal(info(&type, &length), -EIO);
	powered_reads = 0;
	dead = true;
	*fake_reg(ORIEL_I2CCMD) = 0;
	assert_int_equal(info(&type, &length), -ETIMEDOUT);
	writes = fake.writes;
	fake_ad.media = ORIEL_MEDIA_COPPER;
	assert_int_equal(info(&type, &length), -ENOTSUP);
	assert_int_equal(get(0, 4, data), -ENOTSUP);
	assert_int_equal(fake.writes, writes);
}

static void
test_gone_anywhere(void **state)
{
	unsigned int nb_reads, i;
	uint8_t data[4];
	struct rte_dev_eeprom_info eeprom = { .data = data, .length = sizeof(data) };

	assert_int_equal(oriel_get_module_eeprom(fake_dev, &eeprom), 0);
	nb_reads = fake.reads;
	for (i = 1; i <= nb_reads; i++) {
		setup(state);
		fake.gone_after = i;
		assert_int_equal(oriel_get_module_eeprom(fake_dev, &eeprom), -ENODEV);
		assert_true(fake.slept_us < BOUND_US);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kinds, setup),
		cmocka_unit_test_setup(test_ranges, setup),
		cmocka_unit_test_setup(test_no_answer, setup),
		cmocka_unit_test_setup(test_gone_anywhere, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
