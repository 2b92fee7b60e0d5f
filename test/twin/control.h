/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Between the control socket and its commands. */

#ifndef TWIN_CONTROL_H
#define TWIN_CONTROL_H

#include <stddef.h>

/** Longest line in, without its end: an injected frame of TWIN_MAX_FRAME in hex, and then some. */
#define TWIN_CONTROL_LINE 65536

/**
 * Carries out the command in `line` (one JSON object) and returns the reply, one JSON
 * object with its newline, to be freed; NULL without memory.
 */
char *twin_control_command(const char *line, size_t len);

/** The reply that says what was wrong, as above. */
char *twin_control_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* TWIN_CONTROL_H */
