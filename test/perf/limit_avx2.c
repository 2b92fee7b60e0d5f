/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The limit kernel's bursts compiled for AVX2. */

#define LIMIT_WIDE 0
#define LIMIT_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#include "limit_burst.h"

const struct limit_bursts limit_avx2 = LIMIT_BURSTS("Limit AVX2");
