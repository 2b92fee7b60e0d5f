/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The meter's inner interface: the ports as they are set up, the device that is stepped, and
 * frames.
 */

#ifndef METER_H
#define METER_H

#include <jansson.h>
#include <rte_ethdev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/request.h"
#include "../twin/twin.h"
#include "limit.h"

#define METER_MAX_PORTS 2
#define METER_MAX_QUEUES 8
#define METER_MAX_BURST 256
#define METER_MAX_BATCH 2048 /* packets of a sample, all ports */

/** The ports as "setup" made them. */
struct meter_ports {
	bool started;
	bool limit;	/* the limit kernel stands in for the driver's bursts */
	bool fast_free; /* MBUF_FAST_FREE was asked for, whether the driver knows it or not */
	uint16_t nb_ports, nb_queues, ring, data_room, mtu;
	uint64_t rx_offloads, tx_offloads; /* without those that were dropped */
	struct rte_mempool *pool;
	unsigned int pool_size;
	char driver[64];
};

extern struct meter_ports meter_ports;

/* ---- meter.c ---- */

/** request_ret() for a call on a port. */
int meter_ret(struct request *c, int ret, const char *call, unsigned int port);

/** A string that must be one of a list that ends with NULL: its index. */
unsigned int meter_choice(
	struct request *c, const char *key, unsigned int def, const char *const *names);

/** CPUs of the measuring thread and of the device when it is on another core. */
extern unsigned int meter_cpu, meter_device_cpu;

/** Pins the calling thread; 0 or negative errno. */
int meter_pin(unsigned int cpu);

/* ---- meter_setup.c ---- */

int meter_cmd_setup(struct request *c);
/** Stops the ports, the limit kernel taken out before. */
void meter_ports_stop(void);
/** The argument "limit": false, true, "avx2" or "avx512". */
enum limit_kind meter_limit_kind(struct request *c, enum limit_kind def);
/** Puts the limit kernel in on all ports and takes it out again. */
int meter_limit_in(struct request *c, enum limit_kind kind);
void meter_limit_out(void);

/* ---- meter_device.c: the twin ---- */

/** NULL if the program runs without the twin. */
const struct twin_config *meter_twin(void);
const struct twin_counters *meter_counters(unsigned int port);
/** Rounds of the device that runs by itself. */
struct twin_passes meter_passes(void);

int meter_device_init(void);

/**
 * Puts nb frames into the RX ring of each of the ports, from the calling thread or, with
 * `other`, from a thread on the device's CPU. 0, or negative errno and an error said.
 */
int meter_device_feed(
	struct request *c, const struct twin_frame *frames, unsigned int nb, bool other);
/** Sends all that the TX rings of the ports hold: nb frames each are expected. */
int meter_device_drain(struct request *c, unsigned int nb, bool other);
/** Whatever is under way is sent, received and freed. */
void meter_device_clear(void);
int meter_device_flush(struct request *c, bool on);
/** Moves the engine of a twin that runs by itself to a CPU; false if there is none. */
bool meter_engine_pin(unsigned int cpu);

/* ---- meter_frames.c ---- */

enum meter_frames {
	METER_MIN,
	METER_MIXED,
	METER_FULL,
	METER_TWO_SEGS,
	METER_TX_OFFLOAD,
	METER_ODD, /* for "verify": what fast paths leave to others */
	METER_NB_FRAMES
};

extern const char *const meter_frames_names[METER_NB_FRAMES + 1];

/**
 * Frames number `first` on of an endless row; the same numbers give the same frames. `tagged`
 * says whether those for TX offloads come with a VLAN tag.
 */
void meter_frames_get(enum meter_frames kind, bool tagged, uint64_t first,
	struct twin_frame *frames, unsigned int nb);
/** Frame number `n` of the flows for forwarding; returns its length. */
uint32_t meter_frames_flow(unsigned int n, uint8_t *dst, size_t size);
/** Asks for TX offloads: IPv4 and L4 checksum, VLAN tag. */
void meter_frames_ask(struct rte_mbuf **pkts, unsigned int nb);

/* ---- meter_sample.c ---- */

/** Cost of an empty timed region and of what else is taken off; once at the start. */
void meter_sample_init(void);
int meter_cmd_sample(struct request *c);
int meter_cmd_counts(struct request *c);

/* ---- meter_verify.c, meter_forward.c ---- */

int meter_cmd_verify(struct request *c);
int meter_cmd_forward(struct request *c);

#endif /* METER_H */
