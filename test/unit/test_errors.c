/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The last errors of each port, as log.h keeps them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"

static struct oriel_error got[ORIEL_NB_ERRORS];
static uint64_t total;

static int
setup(void **state)
{
	(void)state;
	oriel_errors_forget(3);
	oriel_errors_forget(4);
	return 0;
}

/* Errors and warnings, whatever is printed; nothing below, and each at its port alone. */
static void
test_levels(void **state)
{
	(void)state;
	ORIEL_DRV_LOG(ERR, "port %u: first %s", 3, "one");
	ORIEL_INIT_LOG(WARNING, "port %u: second", 3);
	ORIEL_DRV_LOG(NOTICE, "port %u: not kept", 3);
	ORIEL_DRV_LOG(DEBUG, "port %u: not kept", 3);
	ORIEL_DRV_LOG(ERR, "port %u: another port's", 4);
	ORIEL_DRV_LOG(ERR, "nobody's");
	ORIEL_DRV_LOG(ERR, "port %u: there is none such", RTE_MAX_ETHPORTS);
	assert_int_equal(oriel_errors_get(3, got, &total), 2);
	assert_int_equal(total, 2);
	assert_string_equal(got[0].text, "port 3: first one");
	assert_int_equal(got[0].level, RTE_LOG_ERR);
	assert_int_equal(got[0].number, 1);
	assert_true(got[0].time_ms > UINT64_C(1700000000000));
	assert_string_equal(got[1].text, "port 3: second");
	assert_int_equal(got[1].level, RTE_LOG_WARNING);
	assert_int_equal(oriel_errors_get(4, got, &total), 1);
	assert_int_equal(oriel_errors_get(RTE_MAX_ETHPORTS, got, &total), 0);
	assert_int_equal(total, 0);
}

/* The newest stay, oldest first; a long text is cut. */
static void
test_many(void **state)
{
	char text[2 * ORIEL_ERROR_TEXT];
	unsigned int i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 1; i <= 3 * ORIEL_NB_ERRORS + 5; i++) {
		oriel_errors_note(RTE_LOG_ERR, "port 3: %u %s", i, text);
		assert_int_equal(oriel_errors_get(3, got, &total),
			i < ORIEL_NB_ERRORS ? i : ORIEL_NB_ERRORS);
		assert_int_equal(total, i);
	}
	for (i = 0; i < ORIEL_NB_ERRORS; i++) {
		assert_int_equal(got[i].number, 2 * ORIEL_NB_ERRORS + 6 + i);
		assert_int_equal(strlen(got[i].text), ORIEL_ERROR_TEXT - 1);
		snprintf(text, 32, "port 3: %u x", 2 * ORIEL_NB_ERRORS + 6 + i);
		assert_memory_equal(got[i].text, text, strlen(text));
	}
	oriel_errors_forget(3);
	assert_int_equal(oriel_errors_get(3, got, &total), 0);
	assert_int_equal(total, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, setup),
		cmocka_unit_test_setup(test_many, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
