/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What the tests that compare rows share: how many descriptors or packets each row gets. */

#ifndef ROWS_BED_H
#define ROWS_BED_H

#include <errno.h>

#include "datapath_bed.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ROWS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ROWS_SANITIZED 1
#endif
#endif
#ifndef ROWS_SANITIZED
#define ROWS_SANITIZED 0
#endif

/** Rows that one test may compare. */
#define ROWS_MAX 8
#define ROWS_FULL 1000000u

/** Items for each row: 10^6, fewer where each step is slow; ORIEL_TEST_COUNT overrides. */
static inline unsigned int
rows_count(const char *test)
{
	const char *given = getenv("ORIEL_TEST_COUNT");
	const char *why = "";
	unsigned int n = ROWS_FULL;

	if (given != NULL) {
		char *end;
		unsigned long value = strtoul(given, &end, 0);

		if (end == given || *end != '\0' || value == 0 || value > 1000 * ROWS_FULL)
			fail_msg("ORIEL_TEST_COUNT=%s; accepted: 1 to %u", given, 1000 * ROWS_FULL);
		n = value;
		why = " (ORIEL_TEST_COUNT)";
	} else if (RUNNING_ON_VALGRIND) {
		n = ROWS_FULL / 20;
		why = " (valgrind: a twentieth)";
	} else if (ROWS_SANITIZED) {
		n = ROWS_FULL / 10;
		why = " (sanitizers: a tenth)";
	}
	print_message("# %s: %u for each row%s\n", test, n, why);
	return n;
}

/** A number from 0 to n - 1. */
static inline uint32_t
rows_below(uint64_t *seed, uint32_t n)
{
	return (bed_random(seed) >> 32) * n >> 32;
}

#endif /* ROWS_BED_H */
