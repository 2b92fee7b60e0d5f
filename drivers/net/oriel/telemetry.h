/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The telemetry commands below /oriel. */

#ifndef ORIEL_TELEMETRY_H
#define ORIEL_TELEMETRY_H

#include "adapter.h"

/**
 * Shows a port from now on; the first one registers the commands. A process without telemetry
 * (--no-telemetry) has them too, nobody can ask. Primary processes only.
 */
void oriel_telemetry_add(struct rte_eth_dev *dev);

/** Hides a port; returns when no command is at it any more. */
void oriel_telemetry_remove(struct rte_eth_dev *dev);

#endif /* ORIEL_TELEMETRY_H */
