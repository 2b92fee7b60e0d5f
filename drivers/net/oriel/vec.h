/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * One name for one operation of x86 vectors of 128, 256 and 512 bits, for code that works
 * on each 128-bit lane by itself (rx_vec_lanes.h, tx_vec_lanes.h). Such code is written once
 * and included once for each width that a file wants; it sees only what this header defines:
 *
 *   #define ORIEL_VEC 256
 *   #include "vec.h"
 *   #include "rx_vec_lanes.h"
 *   #include "vec_end.h"
 *
 * VT is the vector type, VN(name) a name of its own for each width, VLANES the lanes. Another
 * architecture brings its own definitions of the same names.
 */

#include <immintrin.h>

#include <rte_common.h>

#ifndef ORIEL_VEC_H
#define ORIEL_VEC_H
/*
 * Constants as wide as the widest vector, to be read where they are used: compilers would
 * rather make each anew from a number, several instructions each time, than take it from
 * memory as the operand of the instruction that needs it.
 */
#define ORIEL_VEC_4(...) __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__
#define ORIEL_VEC_8(...) ORIEL_VEC_4(__VA_ARGS__), ORIEL_VEC_4(__VA_ARGS__)
#define ORIEL_VEC_16(...) ORIEL_VEC_4(ORIEL_VEC_4(__VA_ARGS__))
/** A constant for each dword, for each qword, for each lane (16 bytes). */
#define ORIEL_VEC_DWORDS(x) \
	{ \
		ORIEL_VEC_16(x) \
	}
#define ORIEL_VEC_QWORDS(x) \
	{ \
		ORIEL_VEC_8(x) \
	}
#define ORIEL_VEC_LANES(...) \
	{ \
		ORIEL_VEC_4(__VA_ARGS__) \
	}

/** A pointer to constants of which the compiler does not know that it knows them. */
#define ORIEL_VEC_HIDE(p) __asm__("" : "+r"(p))

/* The one name that is not alike for all widths. */
#define _mm512_set1_epi64x _mm512_set1_epi64
#define ORIEL_VEC_NAME(bits, name) ORIEL_VEC_NAME_(bits, name)
#define ORIEL_VEC_NAME_(bits, name) v##bits##_##name
#endif

#define VN(name) ORIEL_VEC_NAME(ORIEL_VEC, name)

#if ORIEL_VEC == 128
#define VT __m128i
#define VX(op) _mm_##op
#define VLOGIC(op, a, b) _mm_##op##_si128(a, b)
#define VBSLL(v, n) _mm_bslli_si128(v, n)
#define VBSRL(v, n) _mm_bsrli_si128(v, n)
#define VLANE(p) _mm_loadu_si128((const __m128i *)(p))
#define VCONST(p) _mm_load_si128((const __m128i *)(p))
#define VEQ32(a, b) _mm_cmpeq_epi32(a, b)
#define VEQ64(a, b) _mm_cmpeq_epi64(a, b)
/* VLANE(p): 16 bytes at p in each lane; VCONST(p): a constant as declared below. */
/* Of each lane the dwords in `mask` (4 bits) from b, the others from a. */
#define VPICK32(a, b, mask) \
	_mm_blend_epi16(a, b, \
		((mask)&1 ? 0x03 : 0) | ((mask)&2 ? 0x0c : 0) | ((mask)&4 ? 0x30 : 0) | \
			((mask)&8 ? 0xc0 : 0))
#elif ORIEL_VEC == 256
#define VT __m256i
#define VX(op) _mm256_##op
#define VLOGIC(op, a, b) _mm256_##op##_si256(a, b)
#define VBSLL(v, n) _mm256_bslli_epi128(v, n)
#define VBSRL(v, n) _mm256_bsrli_epi128(v, n)
#define VLANE(p) _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(p)))
#define VCONST(p) _mm256_load_si256((const __m256i *)(p))
#define VEQ32(a, b) _mm256_cmpeq_epi32(a, b)
#define VEQ64(a, b) _mm256_cmpeq_epi64(a, b)
#define VPICK32(a, b, mask) _mm256_blend_epi32(a, b, (mask) | (mask) << 4)
#elif ORIEL_VEC == 512
#define VT __m512i
#define VX(op) _mm512_##op
#define VLOGIC(op, a, b) _mm512_##op##_si512(a, b)
#define VBSLL(v, n) _mm512_bslli_epi128(v, n)
#define VBSRL(v, n) _mm512_bsrli_epi128(v, n)
#define VLANE(p) _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(p)))
#define VCONST(p) _mm512_load_si512(p)
#define VEQ32(a, b) _mm512_movm_epi32(_mm512_cmpeq_epi32_mask(a, b))
#define VEQ64(a, b) _mm512_movm_epi64(_mm512_cmpeq_epi64_mask(a, b))
#define VPICK32(a, b, mask) _mm512_mask_blend_epi32((mask)*0x1111, a, b)
#else
#error "ORIEL_VEC is 128, 256 or 512"
#endif

#define VLANES (ORIEL_VEC / 128)
#define VAND(a, b) VLOGIC(and, a, b)
#define VANDNOT(a, b) VLOGIC(andnot, a, b) /* ~a & b */
#define VOR(a, b) VLOGIC(or, a, b)
#define VXOR(a, b) VLOGIC(xor, a, b)
