/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's inner interface: the arguments that only its commands have, and the tables
 * of commands of each file. Public rte_ethdev only.
 */

#ifndef AGENT_H
#define AGENT_H

#include <jansson.h>
#include <rte_ethdev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/request.h"

#define AGENT_MAX_FRAME 16384 /* bytes of a frame given or built here */

/** Tables that end with a name of NULL. */
extern const struct request_command agent_port_commands[];
extern const struct request_command agent_mode_commands[];
extern const struct request_command agent_info_commands[];
extern const struct request_command agent_intr_commands[];
extern const struct request_command agent_flow_commands[];
extern const struct request_command agent_frame_commands[];
extern const struct request_command agent_bulk_commands[];
extern const struct request_command agent_service_commands[];
extern const struct request_command agent_rss_commands[];
extern const struct request_command agent_watch_commands[];
extern const struct request_command agent_offload_commands[];
extern const struct request_command agent_queue_commands[];
extern const struct request_command agent_link_commands[];
extern const struct request_command agent_time_commands[];

/* ---- agent.c: arguments. As those of request.h: the first error sticks ---- */

/** The argument "port": a valid port id, else the error sticks and 0 comes back. */
uint16_t agent_port(struct request *c);
/** The argument "queue", below RTE_MAX_QUEUES_PER_PORT; ethdev checks the rest. */
uint16_t agent_queue(struct request *c);

/** Bytes of a string of hexadecimal digits; the number of bytes, or negative errno. */
int agent_unhex(const char *hex, uint8_t *dst, size_t size);
/** The argument key as hex; the number of bytes, 0 if it is not there. */
size_t agent_hex_or(struct request *c, const char *key, uint8_t *dst, size_t size);
/** A JSON string of hexadecimal digits. */
json_t *agent_hex(const uint8_t *src, size_t len);

/** A name and its bits, for flags in both directions. */
struct agent_flag {
	uint64_t value;
	const char *name;
};

/** The names of set bits; bits without a name as one hexadecimal string. */
json_t *agent_flags_to_json(const struct agent_flag *table, uint64_t value);
/** The list of names at key to bits, 0 if it is not there; the error sticks. */
uint64_t agent_flags(
	struct request *c, json_t *from, const char *key, const struct agent_flag *table);

/* ---- agent_bulk.c ---- */

/** Tells every job to end and waits for them, a second at most; true if all have ended. */
bool agent_bulk_stop_all(void);

/* ---- agent_port.c ---- */

extern const struct agent_flag agent_rss_types[];

/** Counts LSC and other events from now on. */
int agent_events_init(void);
/** Stops and closes all ports and frees what the agent has allocated. */
void agent_ports_close(void);
/** The pool of that name, or NULL with the error noted. */
struct rte_mempool *agent_pool(struct request *c, const char *name);

#endif /* AGENT_H */
