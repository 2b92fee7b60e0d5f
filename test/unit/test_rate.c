/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Rate limits: the factor of each limit at each speed, when it is written, and refusals. */

#include "fake_device.h"

#include "rate.c"

/* Pairs of writes to the rate scheduler since the last call, by queue; how many there were. */
static unsigned int
programmed(uint32_t factor[ORIEL_NB_QUEUES])
{
	unsigned int i, n = 0;

	memset(factor, 0xff, ORIEL_NB_QUEUES * sizeof(*factor));
	for (i = 0; i + 1 < fake.nb_log; i++) {
		if (fake.log[i].off != ORIEL_RTTDQSEL)
			continue;
		assert_int_equal(fake.log[i + 1].off, ORIEL_RTTBCNRC);
		assert_true(fake.log[i].val < ORIEL_NB_QUEUES);
		factor[fake.log[i].val] = fake.log[i + 1].val;
		n++;
	}
	fake.nb_log = 0;
	return n;
}

static void
test_factor(void **state)
{
	static const uint32_t speeds[] = { 10, 100, 1000 };
	unsigned int i;
	uint32_t limit;

	(void)state;
	for (i = 0; i < RTE_DIM(speeds); i++) {
		assert_int_equal(oriel_rate_factor(speeds[i], 0), 0);
		for (limit = speeds[i]; limit <= 1000; limit++)
			assert_int_equal(oriel_rate_factor(speeds[i], limit), 0);
		for (limit = 1; limit < speeds[i]; limit++) {
			uint32_t val = oriel_rate_factor(speeds[i], limit);
			double factor = ORIEL_GET(ORIEL_RTTBCNRC_RF_INT, val) +
				ORIEL_GET(ORIEL_RTTBCNRC_RF_DEC, val) / 16384.0;
			double rate = speeds[i] / factor;

			assert_true(val & ORIEL_RTTBCNRC_RS_ENA);
			assert_int_equal(val & ORIEL_MASK(30, 28), 0);
			/* 14 bits behind the point: a tenth of a per mille at the most. */
			assert_true(rate >= limit && rate < limit * 1.0001);
		}
	}
}

static void
test_follow(void **state)
{
	uint32_t factor[ORIEL_NB_QUEUES], val = 0;

	(void)state;
	fake_data.nb_tx_queues = 4;
	assert_int_equal(oriel_set_queue_rate_limit(fake_dev, 2, 50), 0);
	assert_int_equal(fake.nb_log, 0); /* stopped */
	fake_ad.started = true;
	assert_int_equal(oriel_rate_setup(&fake_ad), 0);
	assert_true(fake_written(ORIEL_RTTBCNRM, 0, &val));
	assert_int_equal(val, 0x14);
	assert_int_equal(programmed(factor), ORIEL_NB_QUEUES);
	for (unsigned int i = 0; i < ORIEL_NB_QUEUES; i++)
		assert_int_equal(factor[i], 0);
	/* Without a link nothing is known of the factor. */
	assert_int_equal(oriel_set_queue_rate_limit(fake_dev, 3, 7), 0);
	assert_int_equal(programmed(factor), 0);
	oriel_rate_follow(&fake_ad, 1000);
	assert_int_equal(programmed(factor), 2);
	assert_int_equal(factor[2], oriel_rate_factor(1000, 50));
	assert_int_equal(factor[3], oriel_rate_factor(1000, 7));
	oriel_rate_follow(&fake_ad, 1000);
	assert_int_equal(programmed(factor), 0);
	oriel_rate_follow(&fake_ad, 10);
	assert_int_equal(programmed(factor), 2);
	assert_int_equal(factor[2], 0);
	assert_int_equal(factor[3], oriel_rate_factor(10, 7));
	assert_int_equal(oriel_set_queue_rate_limit(fake_dev, 3, 0), 0);
	assert_int_equal(programmed(factor), 1);
	assert_int_equal(factor[3], 0);
	fake.gone = true;
	assert_int_equal(oriel_set_queue_rate_limit(fake_dev, 3, 1), -ENODEV);
}

static void
test_refused(void **state)
{
	static const struct {
		uint16_t queue;
		uint32_t limit;
	} table[] = { { 4, 1 }, { 16, 1 }, { UINT16_MAX, 1 }, { 0, 1001 }, { 0, UINT32_MAX } };
	uint32_t before[ORIEL_NB_QUEUES];
	unsigned int i;

	(void)state;
	fake_data.nb_tx_queues = 4;
	fake_ad.started = true;
	fake_ad.rate_speed = 1000;
	memcpy(before, fake_ad.rate, sizeof(before));
	for (i = 0; i < RTE_DIM(table); i++)
		assert_int_equal(
			oriel_set_queue_rate_limit(fake_dev, table[i].queue, table[i].limit),
			-EINVAL);
	assert_memory_equal(fake_ad.rate, before, sizeof(before));
	assert_int_equal(fake.reads + fake.writes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_factor, fake_setup),
		cmocka_unit_test_setup(test_follow, fake_setup),
		cmocka_unit_test_setup(test_refused, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
