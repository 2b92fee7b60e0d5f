/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* NVM: words, checksum, version, the addresses of a port; words that lie, waits that do not end. */

#include "fake_device.h"

#include "hw.c"
#include "nvm.c"

#define BOUND_US 1000000

static void
test_init(void **state)
{
	(void)state;
	fake.nvm[ORIEL_NVM_VERSION] += 0x0203;
	fake.nvm[ORIEL_NVM_CHECKSUM] -= 0x0203;
	assert_int_equal(oriel_nvm_init(&fake_ad), 0);
	assert_int_equal(fake_ad.nvm_words, 256);
	assert_int_equal(fake_ad.nvm_version, fake.nvm[ORIEL_NVM_VERSION]);
	/* The lock is given back. */
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
}

static void
test_size(void **state)
{
	static const struct {
		uint32_t code, words;
	} table[] = { { 0, 64 }, { 1, 128 }, { 7, 8192 }, { 8, 0x4000 }, { 9, 0x4000 },
		{ 15, 0x4000 } };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		*fake_reg(ORIEL_EECD) = ORIEL_EECD_PRES |
			ORIEL_PREP(ORIEL_EECD_SIZE_EX, table[i].code);
		assert_int_equal(oriel_nvm_init(&fake_ad), 0);
		assert_int_equal(fake_ad.nvm_words, table[i].words);
	}
}

static void
test_absent(void **state)
{
	(void)state;
	*fake_reg(ORIEL_EECD) = 0;
	assert_int_equal(oriel_nvm_init(&fake_ad), -ENODEV);
	assert_int_equal(fake_ad.nvm_words, 0);
}

static void
test_checksum(void **state)
{
	static const uint16_t words[] = { 0xffff, 0x0002, 0x8000 };

	(void)state;
	assert_int_equal(oriel_nvm_sum(words, 0), 0);
	assert_int_equal(oriel_nvm_sum(words, 2), 0x0001);
	assert_int_equal(oriel_nvm_sum(words, 3), 0x8001);
	assert_int_equal(oriel_nvm_sum(fake.nvm, 64), 0xbaba);
}

/* The first read may fail while the PCIe link sleeps; two are a bad image. */
static void
test_checksum_retry(void **state)
{
	(void)state;
	fake.nvm_bad = 1;
	assert_int_equal(oriel_nvm_init(&fake_ad), 0);
	fake.nvm_bad = 2;
	assert_int_equal(oriel_nvm_init(&fake_ad), -EIO);
	fake.nvm[0x3e] ^= 1;
	assert_int_equal(oriel_nvm_init(&fake_ad), -EIO);
}

static void
test_range(void **state)
{
	uint16_t data[4];

	(void)state;
	assert_int_equal(oriel_nvm_read(&fake_ad, 0, 1, data), -EINVAL);
	fake_ad.nvm_words = 64;
	assert_int_equal(oriel_nvm_read(&fake_ad, 63, 1, data), 0);
	assert_int_equal(data[0], fake.nvm[63]);
	assert_int_equal(oriel_nvm_read(&fake_ad, 63, 2, data), -EINVAL);
	assert_int_equal(oriel_nvm_read(&fake_ad, 64, 1, data), -EINVAL);
	assert_int_equal(oriel_nvm_read(&fake_ad, 0, 0, data), -EINVAL);
	assert_int_equal(oriel_nvm_read(&fake_ad, 1, UINT32_MAX, data), -EINVAL);
	assert_int_equal(oriel_nvm_read(&fake_ad, UINT32_MAX, 1, data), -EINVAL);
}

static void
test_dead(void **state)
{
	(void)state;
	fake.eerd_dead = true;
	assert_int_equal(oriel_nvm_init(&fake_ad), -ETIMEDOUT);
	assert_in_range(fake.slept_us, 1, BOUND_US);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
}

static void
test_gone_anywhere(void **state)
{
	struct rte_ether_addr addr;
	unsigned int nb_reads, i;
	int ret;

	(void)state;
	*fake_reg(ORIEL_RAL(0)) = 0x33221102;
	assert_int_equal(oriel_nvm_init(&fake_ad), 0);
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	nb_reads = fake.reads;
	for (i = 1; i <= nb_reads; i++) {
		fake_setup(NULL);
		*fake_reg(ORIEL_RAL(0)) = 0x33221102;
		fake.gone_after = i;
		ret = oriel_nvm_init(&fake_ad);
		if (ret == 0)
			ret = oriel_nvm_mac(&fake_ad, &addr);
		/* In the very last accesses all has been read; else the caller learns of it. */
		assert_true(ret == -ENODEV || fake_ad.mmio.gone);
		assert_true(fake.slept_us < 100000);
	}
}

static void
test_mac(void **state)
{
	static const uint8_t want[] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };
	struct rte_ether_addr addr;

	(void)state;
	fake_ad.nvm_words = 256;
	*fake_reg(ORIEL_RAL(0)) = 0x33221102;
	*fake_reg(ORIEL_RAH(0)) = ORIEL_RAH_AV | 0x5544;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, want, sizeof(want));
}

static void
test_mac_invalid(void **state)
{
	static const struct {
		uint32_t low, high;
	} table[] = { { 0, 0 }, { 0, ORIEL_RAH_AV }, { 0x33221101, 0x5544 },
		{ 0xffffffff, 0xffff } };
	struct rte_ether_addr addr;
	unsigned int i;

	(void)state;
	fake_ad.nvm_words = 256;
	for (i = 0; i < RTE_DIM(table); i++) {
		*fake_reg(ORIEL_RAL(0)) = table[i].low;
		*fake_reg(ORIEL_RAH(0)) = table[i].high;
		assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), -EINVAL);
	}
}

static void
test_alternate_mac(void **state)
{
	static const uint8_t own[] = { 0x02, 0, 0, 0, 0, 0x01 };
	uint8_t want[] = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0x00 };
	const uint16_t ptr = 0x80;
	struct rte_ether_addr addr;
	uint8_t lan;

	(void)state;
	fake_ad.nvm_words = 256;
	*fake_reg(ORIEL_RAL(0)) = 0x00000002;
	*fake_reg(ORIEL_RAH(0)) = 0x0100;
	fake.nvm[ORIEL_NVM_ALT_MAC_PTR] = ptr;
	for (lan = 0; lan < 4; lan++) {
		fake.nvm[ptr + 3 * lan] = 0xaa02;
		fake.nvm[ptr + 3 * lan + 1] = 0xccbb;
		fake.nvm[ptr + 3 * lan + 2] = lan << 8 | 0xdd;
	}
	for (lan = 0; lan < 4; lan++) {
		fake_ad.lan_id = lan;
		want[5] = lan;
		assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
		assert_memory_equal(addr.addr_bytes, want, sizeof(want));
	}
	/* Erased, zero, multicast, beyond the end, no pointer: the own one. */
	fake_ad.lan_id = 0;
	fake.nvm[ptr] = fake.nvm[ptr + 1] = fake.nvm[ptr + 2] = 0xffff;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
	fake.nvm[ptr] = fake.nvm[ptr + 1] = fake.nvm[ptr + 2] = 0;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
	fake.nvm[ptr] = 0x0001;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
	fake.nvm[ORIEL_NVM_ALT_MAC_PTR] = 254;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
	fake.nvm[ORIEL_NVM_ALT_MAC_PTR] = 0xfffe;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
	fake.nvm[ORIEL_NVM_ALT_MAC_PTR] = 0;
	assert_int_equal(oriel_nvm_mac(&fake_ad, &addr), 0);
	assert_memory_equal(addr.addr_bytes, own, sizeof(own));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, fake_setup),
		cmocka_unit_test_setup(test_size, fake_setup),
		cmocka_unit_test_setup(test_absent, fake_setup),
		cmocka_unit_test_setup(test_checksum, fake_setup),
		cmocka_unit_test_setup(test_checksum_retry, fake_setup),
		cmocka_unit_test_setup(test_range, fake_setup),
		cmocka_unit_test_setup(test_dead, fake_setup),
		cmocka_unit_test_setup(test_gone_anywhere, fake_setup),
		cmocka_unit_test_setup(test_mac, fake_setup),
		cmocka_unit_test_setup(test_mac_invalid, fake_setup),
		cmocka_unit_test_setup(test_alternate_mac, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
