/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Logging: pmd.net.oriel.init for set-up, pmd.net.oriel.driver for run time. */

#ifndef ORIEL_LOG_H
#define ORIEL_LOG_H

#include <rte_log.h>

#include "errors.h"

extern int oriel_logtype_init;
extern int oriel_logtype_driver;

/* Warnings and worse are kept for telemetry, whatever the log level: "port %u: ..." says whose. */
#define ORIEL_LOG(level, type, fmt, ...) \
	do { \
		rte_log(RTE_LOG_##level, oriel_logtype_##type, "oriel: " fmt "\n", ##__VA_ARGS__); \
		if (RTE_LOG_##level <= RTE_LOG_WARNING) \
			oriel_errors_note(RTE_LOG_##level, fmt, ##__VA_ARGS__); \
	} while (0)

/** Set-up and configuration. */
#define ORIEL_INIT_LOG(level, fmt, ...) ORIEL_LOG(level, init, fmt, ##__VA_ARGS__)
/** Run time; never per packet. */
#define ORIEL_DRV_LOG(level, fmt, ...) ORIEL_LOG(level, driver, fmt, ##__VA_ARGS__)

#endif /* ORIEL_LOG_H */
