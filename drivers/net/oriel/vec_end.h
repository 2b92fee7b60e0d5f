/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Takes back what vec.h defined, so that it can be included for another width. */

#undef ORIEL_VEC
#undef VN
#undef VT
#undef VX
#undef VLOGIC
#undef VBSLL
#undef VBSRL
#undef VLANE
#undef VCONST
#undef VEQ32
#undef VEQ64
#undef VPICK32
#undef VLANES
#undef VAND
#undef VANDNOT
#undef VOR
#undef VXOR
