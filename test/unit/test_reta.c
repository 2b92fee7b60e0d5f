/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The redirection table in force: nothing for queues that are stopped, for all sets of them. */

#include <limits.h>

#include "fake_device.h"

#include "reta.c"

static const struct oriel_hw_ops ops = { .reta_set = oriel_reta_set };
static struct oriel_process process = { .hw = &ops };

static uint8_t
entry_of(unsigned int i)
{
	return *fake_reg(ORIEL_RETA(i / 4)) >> (8 * (i % 4)) & 0xff;
}

/* Every set of running queues; entries of running ones stay, the others are dealt out evenly. */
static void
test_every_set(void **state)
{
	struct oriel_rss rss = { .enabled = true };
	uint8_t reta[ORIEL_NB_RETA];
	unsigned int set, i, most, least;

	(void)state;
	for (i = 0; i < ORIEL_NB_RETA; i++)
		rss.reta[i] = (i * 7) % ORIEL_NB_QUEUES;
	for (set = 1; set < 1u << ORIEL_NB_QUEUES; set++) {
		unsigned int extra[ORIEL_NB_QUEUES] = { 0 };

		oriel_reta_in_force(&rss, set, reta);
		for (i = 0; i < ORIEL_NB_RETA; i++) {
			assert_true(set >> reta[i] & 1);
			if (set >> rss.reta[i] & 1)
				assert_int_equal(reta[i], rss.reta[i]);
			else
				extra[reta[i]]++;
		}
		most = 0;
		least = UINT_MAX;
		for (i = 0; i < ORIEL_NB_QUEUES; i++) {
			if ((set >> i & 1) == 0)
				continue;
			most = RTE_MAX(most, extra[i]);
			least = RTE_MIN(least, extra[i]);
		}
		assert_true(most - least <= 1);
	}
	/* With none running there is nobody to take over: the table as it was asked for. */
	oriel_reta_in_force(&rss, 0, reta);
	assert_memory_equal(reta, rss.reta, sizeof(reta));
	/* Queues that the table does not name get nothing, unless all that it names have stopped.
	 */
	for (i = 0; i < ORIEL_NB_RETA; i++)
		rss.reta[i] = 1 + i % 3;
	oriel_reta_in_force(&rss, 0xfd, reta);
	for (i = 0; i < ORIEL_NB_RETA; i++)
		assert_true(reta[i] == 2 || reta[i] == 3);
	oriel_reta_in_force(&rss, 0x11, reta);
	for (i = 0; i < ORIEL_NB_RETA; i++)
		assert_int_equal(reta[i], i % 2 == 0 ? 0 : 4);
}

static void
test_registers(void **state)
{
	unsigned int i;

	(void)state;
	fake_dev->process_private = &process;
	fake_ad.rss.enabled = true;
	fake_ad.rxq_running = 0xf;
	for (i = 0; i < ORIEL_NB_RETA; i++)
		fake_ad.rss.reta[i] = i % 4;
	assert_int_equal(oriel_reta_queue_set(fake_dev, 3, false), 0);
	for (i = 0; i < ORIEL_NB_RETA; i++)
		assert_int_equal(entry_of(i), i % 4 == 3 ? i / 4 % 3 : i % 4);
	assert_int_equal(oriel_reta_queue_set(fake_dev, 3, true), 0);
	for (i = 0; i < ORIEL_NB_RETA; i++)
		assert_int_equal(entry_of(i), i % 4);
	assert_int_equal(fake_ad.rss.reta[3], 3);
	/* A flow rule's table, as long as the rule is there. */
	fake_ad.rss_rule.enabled = true;
	memset(fake_ad.rss_rule.reta, 2, sizeof(fake_ad.rss_rule.reta));
	assert_int_equal(oriel_reta_queue_set(fake_dev, 3, false), 0);
	for (i = 0; i < ORIEL_NB_RETA; i++)
		assert_int_equal(entry_of(i), 2);
	fake_ad.rss_rule.enabled = false;
	/* Without RSS the device has no such table. */
	fake_ad.rss.enabled = false;
	fake.nb_log = 0;
	assert_int_equal(oriel_reta_queue_set(fake_dev, 0, false), 0);
	assert_int_equal(fake.nb_log, 0);
	fake_ad.rss.enabled = true;
	fake.gone = true;
	assert_int_equal(oriel_reta_queue_set(fake_dev, 0, true), -ENODEV);
}

/* A start begins with the queues that it will start: set up, and not deferred. */
static void
test_start(void **state)
{
	struct oriel_rxq first = { 0 }, deferred = { .deferred_start = true };
	void *queues[] = { &first, &deferred, NULL, &first };

	(void)state;
	fake_data.rx_queues = queues;
	fake_data.nb_rx_queues = RTE_DIM(queues);
	fake_ad.rxq_running = 0xffff;
	oriel_reta_start(fake_dev);
	assert_int_equal(fake_ad.rxq_running, 0x9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_set, fake_setup),
		cmocka_unit_test_setup(test_registers, fake_setup),
		cmocka_unit_test_setup(test_start, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
