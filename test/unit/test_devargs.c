/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Device arguments: what each gives, and the message for what is refused. */

#include <errno.h>

#include <rte_vect.h>

#include "datapath_bed.h"
#include "devargs.h"
#include "log.h"
#include "watch.h"

static struct oriel_adapter ad;
static char *said;

/** Parses; what it logs is then in `said`. */
static int
parse(const char *args)
{
	size_t size = 0;
	FILE *stream;
	int ret;

	free(said);
	said = NULL;
	stream = open_memstream(&said, &size);
	assert_non_null(stream);
	memset(&ad, 0, sizeof(ad));
	ad.port_id = 7;
	ad.forced_simd = 4711;
	ad.watch.period_ms = 4711;
	rte_openlog_stream(stream);
	ret = oriel_devargs_parse(&ad, args);
	rte_openlog_stream(NULL);
	fclose(stream);
	return ret;
}

static void
assert_says(const char *text)
{
	if (strstr(said, text) == NULL)
		fail_msg("the log does not say '%s': %s", text, said);
}

static int
setup(void **state)
{
	if (bed_eal_init(state) != 0)
		return -1;
	rte_log_set_level(oriel_logtype_init, RTE_LOG_DEBUG);
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(said);
	return 0;
}

static void
test_none(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), 0);
	assert_int_equal(ad.forced_simd, -1);
	assert_int_equal(ad.watch.period_ms, ORIEL_WATCH_MS_DEFAULT);
	assert_string_equal(said, "");
	assert_int_equal(parse(""), 0);
	assert_int_equal(ad.forced_simd, -1);
	assert_int_equal(ad.watch.period_ms, ORIEL_WATCH_MS_DEFAULT);
	assert_string_equal(said, "");
}

/** Each name gives its width, or the reason why this machine cannot. */
static void
test_names(void **state)
{
	static const struct {
		const char *args;
		int width;
	} names[] = { { "burst=scalar", 0 }, { "burst=sse", 128 }, { "burst=avx2", 256 },
		{ "burst=avx512", 512 } };
	unsigned int accepted = 0;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		const char *missing = oriel_path_simd_missing(names[i].width);

		if (missing != NULL) {
			assert_int_equal(parse(names[i].args), -ENOTSUP);
			assert_says(missing);
			assert_says("port 7");
			continue;
		}
		accepted++;
		assert_int_equal(parse(names[i].args), 0);
		assert_int_equal(ad.forced_simd, names[i].width);
		assert_string_equal(said, "");
	}
	assert_true(accepted > 0);
}

/** Values that are none: the message has what was given and all that is accepted. */
static void
test_values(void **state)
{
	static const char *const values[] = { "foo", "AVX2", "avx", "avx2 ", "256", "scalarx" };
	char args[32];

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(values); i++) {
		snprintf(args, sizeof(args), "burst=%s", values[i]);
		assert_int_equal(parse(args), -EINVAL);
		assert_says(args);
		assert_says("port 7");
		assert_says("accepted: scalar, sse, avx2, avx512");
	}
}

/** No value at all. */
static void
test_empty_value(void **state)
{
	(void)state;
	assert_int_equal(parse("burst="), -EINVAL);
	assert_says("burst=");
	assert_says("accepted: ");
	assert_int_equal(parse("burst"), -EINVAL);
	assert_says("burst");
	assert_says("accepted: ");
}

static void
test_unknown_key(void **state)
{
	static const char *const given[] = { "speed=9", "Burst=sse", "burst=sse,speed=9",
		"speed=9,burst=sse", "bursts=sse", "=sse" };

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(given); i++) {
		assert_int_equal(parse(given[i]), -EINVAL);
		assert_says(given[i]);
		assert_says("port 7");
		assert_says("accepted: burst=<scalar|sse|avx2|avx512>");
		assert_says("rss_key=<default|random>");
		assert_says("watch_ms=<0|10..10000>");
	}
}

static void
test_twice(void **state)
{
	(void)state;
	assert_int_equal(parse("burst=scalar,burst=sse"), -EINVAL);
	assert_says("'burst=scalar,burst=sse'");
	assert_int_equal(parse("watch_ms=10,burst=scalar,watch_ms=10"), -EINVAL);
	assert_says("watch_ms is given twice");
	assert_int_equal(parse("burst=scalar,burst=sse"), -EINVAL);
	assert_says("twice");
	/* Also if both say the same. */
	assert_int_equal(parse("burst=scalar,burst=scalar"), -EINVAL);
	assert_says("twice");
	assert_int_equal(ad.forced_simd, -1);
}

/** EAL's limit is the application's word; how to raise it is in the message. */
static void
test_limit(void **state)
{
	static const struct {
		const char *args;
		uint16_t width;
	} wide[] = { { "burst=sse", 128 }, { "burst=avx2", 256 }, { "burst=avx512", 512 } };

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(wide); i++) {
		char option[64];

		rte_vect_set_max_simd_bitwidth(i == 0 ? RTE_VECT_SIMD_DISABLED : wide[i].width / 2);
		assert_int_equal(parse(wide[i].args), -ENOTSUP);
		rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
		if (oriel_path_simd_missing(wide[i].width) != NULL)
			continue;
		snprintf(option, sizeof(option), "--force-max-simd-bitwidth=%u", wide[i].width);
		assert_says(option);
		assert_int_equal(parse(wide[i].args), 0);
	}
	/* Scalar is never beyond it. */
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_DISABLED);
	assert_int_equal(parse("burst=scalar"), 0);
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
}

/** rss_key: two names and nothing else; alone and next to another argument. */
static void
test_rss_key(void **state)
{
	static const char *const values[] = { "", "=", "=Random", "=random ", "=0", "=defaults" };
	char args[32];

	(void)state;
	assert_int_equal(parse(NULL), 0);
	assert_false(ad.rss.random_key);
	assert_int_equal(parse("rss_key=random"), 0);
	assert_true(ad.rss.random_key);
	assert_int_equal(ad.forced_simd, -1);
	assert_int_equal(parse("rss_key=default"), 0);
	assert_false(ad.rss.random_key);
	assert_int_equal(parse("burst=scalar,rss_key=random"), 0);
	assert_true(ad.rss.random_key);
	assert_int_equal(ad.forced_simd, 0);
	assert_int_equal(parse("rss_key=random,rss_key=random"), -EINVAL);
	assert_says("rss_key is given twice");
	for (unsigned int i = 0; i < RTE_DIM(values); i++) {
		snprintf(args, sizeof(args), "rss_key%s", values[i]);
		assert_int_equal(parse(args), -EINVAL);
		assert_says("port 7: rss_key=");
		assert_says("accepted: default, random");
	}
}

/** The watch's period: its ends, 0, both arguments in either order, and what is no such number. */
static void
test_watch(void **state)
{
	static const struct {
		const char *args;
		unsigned int ms;
	} good[] = { { "watch_ms=0", 0 }, { "watch_ms=10", 10 }, { "watch_ms=10000", 10000 },
		{ "watch_ms=250,burst=scalar", 250 }, { "burst=scalar,watch_ms=250", 250 } };
	static const char *const bad[] = { "1", "9", "10001", "-1", "+10", " 10", "10 ", "0x10",
		"1e2", "ten", "", "99999999999999999999999", "65546" };
	char args[64];

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(good); i++) {
		assert_int_equal(parse(good[i].args), 0);
		assert_int_equal(ad.watch.period_ms, good[i].ms);
		assert_int_equal(ad.forced_simd, strchr(good[i].args, ',') != NULL ? 0 : -1);
		assert_string_equal(said, "");
	}
	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		snprintf(args, sizeof(args), "watch_ms=%s", bad[i]);
		assert_int_equal(parse(args), -EINVAL);
		assert_says(args);
		assert_says("port 7");
		assert_says("accepted: 0 (off) and 10 to 10000");
		assert_int_equal(ad.watch.period_ms, ORIEL_WATCH_MS_DEFAULT);
	}
	assert_int_equal(parse("watch_ms"), -EINVAL);
	assert_says("accepted: 0 (off) and 10 to 10000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_empty_value),
		cmocka_unit_test(test_unknown_key),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_rss_key),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
