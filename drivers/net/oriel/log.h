/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Logging: pmd.net.oriel.init for set-up, pmd.net.oriel.driver for run time. */

#ifndef ORIEL_LOG_H
#define ORIEL_LOG_H

#include <rte_log.h>

extern int oriel_logtype_init;
extern int oriel_logtype_driver;

#define ORIEL_LOG(level, type, fmt, ...) \
	rte_log(RTE_LOG_##level, oriel_logtype_##type, "oriel: " fmt "\n", ##__VA_ARGS__)

/** Set-up and configuration. */
#define ORIEL_INIT_LOG(level, fmt, ...) ORIEL_LOG(level, init, fmt, ##__VA_ARGS__)
/** Run time; never per packet. */
#define ORIEL_DRV_LOG(level, fmt, ...) ORIEL_LOG(level, driver, fmt, ##__VA_ARGS__)

#endif /* ORIEL_LOG_H */
