/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* LEDs: on, off, and what they showed before. */

#include "fake_device.h"

#include "led.c"

#define AT_RESET 0x07068342u

static void
test_on_off(void **state)
{
	(void)state;
	*fake_reg(ORIEL_LEDCTL) = AT_RESET;
	oriel_led_restore(&fake_ad); /* nothing was changed: nothing is written */
	assert_int_equal(fake.writes, 0);
	assert_int_equal(oriel_led_on(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_LEDCTL), 0x0e0e0e4e);
	assert_int_equal(oriel_led_off(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_LEDCTL), 0x0f0f0f4f);
	assert_int_equal(oriel_led_on(fake_dev), 0);
	oriel_led_restore(&fake_ad);
	assert_int_equal(*fake_reg(ORIEL_LEDCTL), AT_RESET);
	/* The next time begins anew. */
	*fake_reg(ORIEL_LEDCTL) = 0x01020304;
	oriel_led_restore(&fake_ad);
	assert_int_equal(*fake_reg(ORIEL_LEDCTL), 0x01020304);
	assert_int_equal(oriel_led_off(fake_dev), 0);
	oriel_led_restore(&fake_ad);
	assert_int_equal(*fake_reg(ORIEL_LEDCTL), 0x01020304);
}

static void
test_gone(void **state)
{
	(void)state;
	fake.gone = true;
	assert_int_equal(oriel_led_on(fake_dev), -ENODEV);
	assert_int_equal(oriel_led_off(fake_dev), -ENODEV);
	assert_false(fake_ad.led_forced);
	assert_int_equal(fake.writes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_on_off, fake_setup),
		cmocka_unit_test_setup(test_gone, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
