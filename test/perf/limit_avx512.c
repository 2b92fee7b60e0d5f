/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The limit kernel's bursts compiled for AVX-512. */

#define LIMIT_WIDE 1
#define LIMIT_TARGET \
	__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,bmi,bmi2,popcnt")))
#include "limit_burst.h"

const struct limit_bursts limit_avx512 = LIMIT_BURSTS("Limit AVX-512");
