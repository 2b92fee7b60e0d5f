/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What the files of the option parser share: errors, numbers, the wire specification. */

#ifndef TWIN_OPTS_H
#define TWIN_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "twin.h"

/* The environment variable that the configuration travels in. */
#define TWIN_OPTS_ENV "ORIEL_TWIN"

/* start= of a pcap wire that was not given: one second, in lockstep none. */
#define TWIN_START_DEFAULT (TWIN_START_BY_COMMAND - 1)

/** Prints "oriel-twin: ..." and where help is found, on stderr. Always -1. */
int twin_opts_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * Reads a number from 0 to max, base 10 or 16 (with or without 0x). False if the text is
 * anything else: a sign, blanks and an empty one are refused.
 */
bool twin_opts_number(const char *text, unsigned int base, uint64_t max, uint64_t *val);

/** Copies a path; false if it does not fit or is empty. */
bool twin_opts_path(char *dst, const char *path);

/**
 * Reads SPEC of --wire into cfg->port[]. given[P] is the SPEC that port P already has,
 * or NULL, and is set here. 0, or -1 after an error was printed.
 */
int twin_opts_wire(const char *spec, struct twin_config *cfg, const char **given);

/** Two wires on one name, file or path. 0, or -1 after an error was printed. */
int twin_opts_wires_distinct(const struct twin_config *cfg);

#endif /* TWIN_OPTS_H */
