/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The last warnings and errors of each port, for telemetry: what log.h logs is kept here. */

#ifndef ORIEL_ERRORS_H
#define ORIEL_ERRORS_H

#include <stdint.h>

#include <rte_common.h>

#define ORIEL_NB_ERRORS 16
#define ORIEL_ERROR_TEXT 240

struct oriel_error {
	uint64_t number;  /* of the port's, from 1 */
	uint64_t time_ms; /* since 1970 */
	uint32_t level;	  /* RTE_LOG_* */
	char text[ORIEL_ERROR_TEXT];
};

/**
 * Keeps a message that begins with "port N:", of N. Of others nothing is kept. From any thread,
 * never per packet.
 */
void oriel_errors_note(uint32_t level, const char *fmt, ...) __rte_format_printf(2, 3);

/**
 * Copies what is kept of a port, oldest first.
 *
 * @param out
 *   ORIEL_NB_ERRORS entries.
 * @param total
 *   Messages since the port's probe, also those that are no longer kept.
 * @return
 *   How many were copied.
 */
unsigned int oriel_errors_get(uint16_t port_id, struct oriel_error *out, uint64_t *total);

/** Forgets a port's: at its probe, since numbers of ports are used again. */
void oriel_errors_forget(uint16_t port_id);

#endif /* ORIEL_ERRORS_H */
