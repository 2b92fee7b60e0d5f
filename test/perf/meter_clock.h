/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The fenced time stamp counter, and a chain of additions whose length in core cycles is known. */

#ifndef METER_CLOCK_H
#define METER_CLOCK_H

#include <stdint.h>
#include <x86intrin.h>

/** Core cycles of meter_chain(): each addition needs the one before. */
#define METER_CHAIN 2000
#define METER_CHAIN_STR_(x) #x
#define METER_CHAIN_STR(x) METER_CHAIN_STR_(x)

/** Nothing before is still going on, and nothing behind has begun, when it is read. */
static inline uint64_t
meter_begin(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

static inline uint64_t
meter_end(void)
{
	unsigned int aux;
	uint64_t t = __rdtscp(&aux);

	_mm_lfence();
	return t;
}

/** The chain, as TSC cycles with those of the empty region in it. */
static inline uint64_t
meter_chain(void)
{
	uint64_t begin = meter_begin(), x = begin, one = 1;

	__asm__ volatile(".rept " METER_CHAIN_STR(METER_CHAIN) "\n\tadd %1, %0\n\t.endr"
			 : "+r"(x)
			 : "r"(one));
	return meter_end() - begin;
}

#endif /* METER_CLOCK_H */
