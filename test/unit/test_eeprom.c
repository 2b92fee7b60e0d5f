/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The NVM for users: byte ranges, the magic, the checksum; and the writes through an SPI memory
 * that stands behind EECD here, well or ill.
 */

#include "fake_device.h"

#include "hw.c"
#include "nvm.c"
/* The same names in two files. */
#undef CHECKED_WORDS
#include "eeprom.c"
#include "spi.c"

#define MAGIC 0x10c98086u
#define NB_BYTES (2 * FAKE_NVM_WORDS)
#define BOUND_US 2000000
#define BUSY_READS 3

/* The memory: bits in at rising clocks, bytes taken together, a page written when CS rises. */
static struct {
	bool grants, wide, writable, always_busy, silent;
	unsigned int fail_page; /* so many pages are written, then none; 0: no limit */
	uint32_t bad_word;	/* stores it with a bit turned; UINT32_MAX: none */
	/* state */
	uint32_t pins;
	bool selected, wel;
	unsigned int busy; /* status reads until it is ready */
	unsigned int nb_bits, nb_bytes;
	uint8_t in, out, bytes[80];
	/* seen */
	unsigned int pages, crossed, pages_busy;
	bool unlocked; /* pins moved without the lock */
} part;

static void
part_write(void)
{
	const unsigned int head = part.wide ? 3 : 2;
	const uint32_t page = part.wide ? 32 : 8;
	uint32_t addr = part.wide ? (uint32_t)part.bytes[1] << 8 | part.bytes[2] :
				    (uint32_t)(part.bytes[0] & 8) << 5 | part.bytes[1];
	unsigned int i;

	if (!part.wel || part.nb_bytes <= head)
		return;
	part.wel = false;
	if (part.busy > 0)
		part.pages_busy++;
	if (part.fail_page != 0 && part.pages >= part.fail_page)
		return;
	part.pages++;
	if (addr / page != (addr + part.nb_bytes - head - 1) / page)
		part.crossed++;
	for (i = head; i < part.nb_bytes; i++, addr++) {
		uint16_t *word = &fake.nvm[addr / 2 % FAKE_NVM_WORDS];
		const unsigned int shift = 8 * (addr % 2);

		*word = (*word & ~(0xffu << shift)) | (uint32_t)part.bytes[i] << shift;
		if (addr / 2 == part.bad_word && addr % 2 == 1)
			*word ^= 0x10;
	}
	part.busy = BUSY_READS;
}

static void
part_byte(void)
{
	if (part.nb_bytes < sizeof(part.bytes))
		part.bytes[part.nb_bytes++] = part.in;
	if (part.bytes[0] == 0x06 && part.nb_bytes == 1)
		part.wel = part.writable;
	if (part.bytes[0] == 0x05) {
		if (part.nb_bytes == 1 && part.busy > 0)
			part.busy--;
		part.out = (part.busy > 0 || part.always_busy ? 1 : 0) | (part.wel ? 2 : 0);
	}
}

static void
part_pins(uint32_t val)
{
	const uint32_t old = part.pins;
	const bool cs = (val & ORIEL_EECD_CS) == 0;
	bool out;

	part.pins = val;
	if ((*fake_reg(ORIEL_SW_FW_SYNC) & ORIEL_SW_FW_SYNC_EEP) == 0)
		part.unlocked = true;
	if (cs != part.selected) {
		if (!cs && (part.bytes[0] & ~0x08) == 0x02 && part.nb_bits == 0)
			part_write();
		part.selected = cs;
		part.nb_bits = part.nb_bytes = 0;
		part.bytes[0] = 0;
		part.out = 0;
	}
	if (!cs || (old & ORIEL_EECD_SK) != 0 || (val & ORIEL_EECD_SK) == 0)
		return;
	part.in = part.in << 1 | ((val & ORIEL_EECD_DI) != 0);
	out = part.out >> (7 - part.nb_bits) & 1;
	if (part.silent)
		out = true; /* nobody drives the line */
	*fake_reg(ORIEL_EECD) = (*fake_reg(ORIEL_EECD) & ~ORIEL_EECD_DO) |
		(out ? ORIEL_EECD_DO : 0);
	if (++part.nb_bits == 8) {
		part.nb_bits = 0;
		part_byte();
	}
}

static void
on_write(uint32_t off, uint32_t val)
{
	uint32_t *eecd = fake_reg(ORIEL_EECD);

	if (off != ORIEL_EECD)
		return;
	*eecd = (val & ~(ORIEL_EECD_GNT | ORIEL_EECD_ADDR_BITS)) |
		(part.wide ? ORIEL_EECD_ADDR_BITS : 0);
	if ((val & ORIEL_EECD_REQ) == 0 || !part.grants)
		return;
	*eecd |= ORIEL_EECD_GNT;
	part_pins(val);
}

static int
setup(void **state)
{
	fake_setup(state);
	memset(&part, 0, sizeof(part));
	part.grants = part.wide = part.writable = true;
	part.bad_word = UINT32_MAX;
	*fake_reg(ORIEL_EECD) |= ORIEL_EECD_ADDR_BITS;
	fake.on_write = on_write;
	return oriel_nvm_init(&fake_ad);
}

static void
image(uint8_t *out)
{
	unsigned int i;

	for (i = 0; i < NB_BYTES; i++)
		out[i] = fake.nvm[i / 2] >> (8 * (i % 2));
}

static int
get(uint32_t offset, uint32_t length, void *data)
{
	struct rte_dev_eeprom_info info = { .data = data, .offset = offset, .length = length };
	int ret = oriel_get_eeprom(fake_dev, &info);

	if (ret == 0)
		assert_int_equal(info.magic, MAGIC);
	return ret;
}

static int
set(uint32_t offset, uint32_t length, void *data, uint32_t magic)
{
	struct rte_dev_eeprom_info info = {
		.data = data, .offset = offset, .length = length, .magic = magic
	};

	return oriel_set_eeprom(fake_dev, &info);
}

/* All is given back, and nobody moved a pin without the lock. */
static void
assert_free(void)
{
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), 0);
	assert_int_equal(*fake_reg(ORIEL_SWSM) & ORIEL_SWSM_SWESMBI, 0);
	assert_int_equal(*fake_reg(ORIEL_EECD) & ORIEL_EECD_REQ, 0);
	assert_false(part.unlocked);
	assert_true(fake.slept_us < BOUND_US);
}

/* Every range of the first bytes, and those around the end: neither a byte less nor more. */
static void
test_get_ranges(void **state)
{
	uint8_t want[NB_BYTES], got[NB_BYTES + 2];
	uint32_t offset, length;

	(void)state;
	image(want);
	assert_int_equal(oriel_get_eeprom_length(fake_dev), NB_BYTES);
	for (offset = 0; offset < NB_BYTES; offset += offset == 8 ? NB_BYTES - 16 : 1) {
		for (length = 1; length <= NB_BYTES - offset; length += length == 8 ? 121 : 1) {
			memset(got, 0xa5, sizeof(got));
			assert_int_equal(get(offset, length, got + 1), 0);
			assert_memory_equal(got + 1, want + offset, length);
			assert_int_equal(got[0], 0xa5);
			assert_int_equal(got[length + 1], 0xa5);
		}
	}
	assert_int_equal(get(0, NB_BYTES, got + 1), 0);
	assert_memory_equal(got + 1, want, NB_BYTES);
	assert_int_equal(get(NB_BYTES - 1, 1, got), 0);
	assert_int_equal(got[0], want[NB_BYTES - 1]);
}

static const struct {
	uint32_t offset, length;
} bad_ranges[] = { { 0, 0 }, { 5, 0 }, { NB_BYTES, 1 }, { NB_BYTES - 1, 2 }, { 0, NB_BYTES + 1 },
	{ 1, NB_BYTES }, { UINT32_MAX, 1 }, { 1, UINT32_MAX }, { UINT32_MAX, UINT32_MAX },
	{ NB_BYTES, 0 }, { 2, UINT32_MAX - 1 } };

static void
test_bad_ranges(void **state)
{
	uint16_t before[FAKE_NVM_WORDS];
	uint8_t data[8] = { 0 };
	unsigned int i, writes, reads;

	(void)state;
	memcpy(before, fake.nvm, sizeof(before));
	writes = fake.writes;
	reads = fake.reads;
	for (i = 0; i < RTE_DIM(bad_ranges); i++) {
		assert_int_equal(get(bad_ranges[i].offset, bad_ranges[i].length, data), -EINVAL);
		assert_int_equal(
			set(bad_ranges[i].offset, bad_ranges[i].length, data, MAGIC), -EINVAL);
	}
	assert_int_equal(get(0, 4, NULL), -EINVAL);
	assert_int_equal(set(0, 4, NULL, MAGIC), -EINVAL);
	assert_int_equal(fake.writes, writes);
	assert_int_equal(fake.reads, reads);
	assert_memory_equal(fake.nvm, before, sizeof(before));
	assert_int_equal(fake_ad.refused, 0);
}

static void
test_magic(void **state)
{
	static const uint32_t wrong[] = { 0, UINT32_MAX, 0x808610c9, 0x10c98087, 0x10ca8086, 0x8086,
		MAGIC ^ 0x80000000 };
	unsigned int i, writes = fake.writes, reads = fake.reads;
	uint8_t data[2] = { 1, 2 };

	(void)state;
	for (i = 0; i < RTE_DIM(wrong); i++) {
		assert_int_equal(set(0x80, 2, data, wrong[i]), -EPERM);
		assert_int_equal(fake_ad.refused, i + 1);
	}
	/* Before the range is looked at, and before the device is. */
	assert_int_equal(set(NB_BYTES, 2, data, 0), -EPERM);
	assert_int_equal(fake.writes, writes);
	assert_int_equal(fake.reads, reads);
	fake_pci.id.device_id = 0x10e6;
	assert_int_equal(set(0x80, 2, data, MAGIC), -EPERM);
	assert_int_equal(set(0x80, 2, data, 0x10e68086), 0);
	assert_int_equal(fake_ad.refused, RTE_DIM(wrong) + 2);
}

/* Any range: what was given is there, its neighbours are as before, the checksum is right. */
static void
check_set(uint32_t offset, uint32_t length, uint8_t seed)
{
	uint8_t before[NB_BYTES], after[NB_BYTES], data[NB_BYTES];
	uint32_t i;

	image(before);
	for (i = 0; i < length; i++)
		data[i] = seed + 7 * i;
	assert_int_equal(set(offset, length, data, MAGIC), 0);
	image(after);
	memcpy(before + offset, data, length);
	for (i = 0; i < NB_BYTES; i++) {
		if (i / 2 != ORIEL_NVM_CHECKSUM)
			assert_int_equal(after[i], before[i]);
	}
	assert_int_equal(oriel_nvm_sum(fake.nvm, 64), ORIEL_NVM_CHECKSUM_SUM);
	assert_int_equal(part.crossed, 0);
	assert_int_equal(part.pages_busy, 0);
	assert_free();
	fake.slept_us = 0;
}

static void
test_set_ranges(void **state)
{
	uint32_t length;
	int wide;

	(void)state;
	for (wide = 1; wide >= 0; wide--) {
		part.wide = wide;
		*fake_reg(ORIEL_EECD) ^= wide ? 0 : ORIEL_EECD_ADDR_BITS;
		for (length = 1; length < 12; length++) {
			check_set(0x10, length, 1 + length);
			check_set(0x111, length, 2 + length);
			check_set(0x1f, length, 3 + length);	      /* over a page's end */
			check_set(0x79, length, 4 + length);	      /* over the checksum */
			check_set(NB_BYTES - length, length, length); /* to the end */
		}
		check_set(1, NB_BYTES - 2, 99);
		check_set(0, NB_BYTES, 42);
	}
}

/* Words that are as they shall be are not written again; the version is known anew. */
static void
test_set_what_changes(void **state)
{
	uint8_t data[4];
	unsigned int pages;

	(void)state;
	assert_int_equal(get(0x100, 4, data), 0);
	assert_int_equal(set(0x100, 4, data, MAGIC), 0);
	assert_int_equal(part.pages, 0);
	data[3] ^= 1;
	assert_int_equal(set(0x100, 4, data, MAGIC), 0);
	assert_int_equal(part.pages, 1); /* beyond 0x3f: the checksum stays */
	pages = part.pages;
	data[0] = 0x34;
	data[1] = 0x12;
	assert_int_equal(set(2 * ORIEL_NVM_VERSION, 2, data, MAGIC), 0);
	assert_int_equal(part.pages, pages + 2);
	assert_int_equal(fake_ad.nvm_version, 0x1234);
	assert_free();
}

static void
test_set_faults(void **state)
{
	uint8_t data[64];

	(void)state;
	memset(data, 0x77, sizeof(data));
	part.grants = false;
	assert_int_equal(set(0x100, 64, data, MAGIC), -ETIMEDOUT);
	assert_int_equal(part.pages, 0);
	assert_free();

	part.grants = true;
	part.always_busy = true;
	assert_int_equal(set(0x100, 64, data, MAGIC), -ETIMEDOUT);
	assert_free();
	part.always_busy = false;
	part.silent = true;
	assert_int_equal(set(0x100, 64, data, MAGIC), -ETIMEDOUT);
	assert_free();
	part.silent = false;
	part.writable = false;
	assert_int_equal(set(0x100, 64, data, MAGIC), -EROFS);
	assert_int_equal(part.pages, 0);
	assert_free();

	/* A page that is not stored, a word that is stored wrongly: seen when read back. */
	part.writable = true;
	part.fail_page = 1;
	assert_int_equal(set(0x100, 64, data, MAGIC), -EIO);
	assert_free();
	part.fail_page = 0;
	part.bad_word = 0x95;
	assert_int_equal(set(0x100, 64, data, MAGIC), -EIO);
	assert_free();
	/* And the same again, once it is well. */
	part.bad_word = UINT32_MAX;
	assert_int_equal(set(0x100, 64, data, MAGIC), 0);
	assert_int_equal(fake.nvm[0x95], 0x7777);
	assert_free();
}

/* Someone else has the lock: given up in time, nothing moved. */
static void
test_set_locked(void **state)
{
	uint8_t data[2] = { 9, 9 };

	(void)state;
	*fake_reg(ORIEL_SW_FW_SYNC) = ORIEL_SW_FW_SYNC_EEP << 16;
	assert_int_equal(set(0x100, 2, data, MAGIC), -ETIMEDOUT);
	assert_int_equal(*fake_reg(ORIEL_SW_FW_SYNC), ORIEL_SW_FW_SYNC_EEP << 16);
	assert_int_equal(part.pages, 0);
	assert_true(fake.slept_us < BOUND_US);
}

/* The device goes at any of the reads of a write: an end, in time, with the right error. */
static void
test_set_gone_anywhere(void **state)
{
	uint8_t data[2] = { 0x5a, 0xa5 };
	unsigned int first, last, i;

	first = fake.reads;
	assert_int_equal(set(0x101, 2, data, MAGIC), 0);
	last = fake.reads - first;
	assert_in_range(last, 500, 5000);
	for (i = 1; i <= last; i += 1 + i / 40) {
		assert_int_equal(setup(state), 0);
		fake.gone_after = i;
		assert_int_equal(set(0x101, 2, data, MAGIC), -ENODEV);
		assert_true(fake.slept_us < BOUND_US);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_get_ranges, setup),
		cmocka_unit_test_setup(test_bad_ranges, setup),
		cmocka_unit_test_setup(test_magic, setup),
		cmocka_unit_test_setup(test_set_ranges, setup),
		cmocka_unit_test_setup(test_set_what_changes, setup),
		cmocka_unit_test_setup(test_set_faults, setup),
		cmocka_unit_test_setup(test_set_locked, setup),
		cmocka_unit_test_setup(test_set_gone_anywhere, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
