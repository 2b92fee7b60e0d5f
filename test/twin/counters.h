/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The counters as JSON. One port is
 *
 *   port, pci, wire             number, address, kind of the wire
 *   rx, tx                      sums over the queues: frames, bytes, doorbells,
 *                               desc_fetched, desc_written, dropped; tx: contexts
 *   rx_queues, tx_queues        the same with "queue", only of queues that saw something
 *   drops                       frames by cause (twin_drop_name), and "total"
 *   mmio                        reads, writes (trapped), hot_reads, hot_writes (queue
 *                               registers, exact mode), unknown, bad_width, single_steps
 *   dma                         desc_bytes_read, desc_bytes_written, payload_bytes_read,
 *                               payload_bytes_written, violations
 *   irqs, irqs_lost             messages per MSI-X vector; raised while disabled
 *   resets, flrs
 *   per_frame                   rx_doorbells and tx_doorbells per frame of that direction,
 *                               desc_bytes, payload_bytes, hot_reads and hot_writes per
 *                               frame of both; null where there was no frame
 *   violations                  the recorded ones: iova ("0x..."), len, write, reason
 */

#ifndef TWIN_COUNTERS_H
#define TWIN_COUNTERS_H

#include <jansson.h>

#include "twin.h"

/** Name of the wire's kind as in --wire. */
const char *twin_wire_kind_name(enum twin_wire_kind kind);

/** One port's counters as a new object; NULL without memory. */
json_t *twin_counters_json(
	const struct twin_counters *c, const struct twin_port_config *cfg, unsigned int port);

/** The recorded violations as a new array, each with "port". */
json_t *twin_violations_json(const struct twin_counters *c, unsigned int port);

#endif /* TWIN_COUNTERS_H */
