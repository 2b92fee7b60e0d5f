/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the kinds of wire have in common: the frame ring on the receiving side of
 * every port, and the few operations in which a wire to the host differs from one
 * inside the twin.
 *
 * Policies. With TWIN_FIFO_DROP the ring is the port's receive packet buffer: it
 * takes TWIN_FIFO_BYTES bytes of frames, and a frame that finds it full is lost,
 * counted as TWIN_DROP_NO_DESC of the receiving port and handed to its model by
 * twin_wire_take_missed(). With TWIN_FIFO_WAIT nothing is lost: a sender inside
 * the twin gets false from twin_wire_tx(), and from the host no more is read.
 */

#ifndef TWIN_WIRE_H
#define TWIN_WIRE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "twin.h"

/* Ring memory: 1,092 frames of 60 bytes (a full packet buffer of them) with room to spare. */
#define TWIN_RING_BYTES 131072u
#define TWIN_RING_ALIGN 16u
#define TWIN_RING_HEADER 16u /* keeps the frame aligned as its record is */

/* Shorter frames than this never travel on a wire; the sending station pads with zeros. */
#define TWIN_MIN_FRAME 60u
/* A frame without its two addresses and type is none. */
#define TWIN_ETH_HEADER 14u

/** How many frames one look at a host interface brings in at most. */
#define TWIN_PULL_BURST 32

/**
 * Frames in a row of bytes, each in one piece so that it can be peeked at. head and
 * tail are offsets of records; data lies in [head, tail) or, wrapped, in [head, wrap)
 * and [0, tail). An emptied ring starts again at 0, so that a ring which never fills
 * far stays in the first-level cache.
 */
struct twin_ring {
	uint32_t head, tail;
	uint32_t wrap; /* where the upper part ends */
	uint32_t frames;
	uint32_t bytes; /* of frames, without headers and alignment */
	uint32_t limit; /* the most that `bytes` may reach */
	uint8_t *mem;	/* TWIN_RING_BYTES, aligned to a cache line */
};

/** What a kind of wire does by itself; NULL where there is nothing to do. */
struct twin_wire_ops {
	/** Opens what the wire needs of the host. 0 or negative errno, said with twin_log(). */
	int (*open)(struct twin_wire *w);
	void (*close)(struct twin_wire *w);
	/** As twin_wire_tx(). NULL: frames go nowhere, as into an unlistened cable. */
	bool (*tx)(struct twin_wire *w, const void *frame, uint32_t len);
	/** Moves up to TWIN_PULL_BURST frames from the host to the ring. */
	void (*pull)(struct twin_wire *w);
	/** As twin_wire_play(). */
	void (*play)(struct twin_wire *w);
};

struct twin_wire {
	struct twin_wire *to;		     /* loop, pair: whose ring a sent frame lands in */
	struct twin_ring ring;		     /* what comes in to this port */
	bool drop;			     /* TWIN_FIFO_DROP */
	bool peeked;			     /* the first frame was looked at and left */
	uint32_t missed;		     /* for twin_wire_take_missed() */
	uint32_t high;			     /* bytes from which on the port is told */
	const struct twin_wire_watch *watch; /* NULL: nobody wants to be told */
	uint64_t *no_desc;		     /* counter TWIN_DROP_NO_DESC of the port */
	const struct twin_wire_ops *ops;
	struct twin_port *port;
	const struct twin_wire_config *cfg;
	int fd;	    /* to wait on, or -1 */
	bool said;  /* an error of the host was logged, once is enough */
	void *priv; /* of the kind */
};

extern const struct twin_wire_ops twin_wire_tap_ops;
extern const struct twin_wire_ops twin_wire_pcap_ops;
extern const struct twin_wire_ops twin_wire_socket_ops;
extern const struct twin_wire_ops twin_wire_flood_ops;

static inline uint32_t
twin_ring_record(uint32_t len)
{
	return (TWIN_RING_HEADER + len + TWIN_RING_ALIGN - 1) & ~(TWIN_RING_ALIGN - 1);
}

/**
 * Where a frame of `len` bytes can be written, or NULL if the ring has no room in one
 * piece. Nothing changes until twin_ring_commit(), but that a wrap is taken.
 */
static inline void *
twin_ring_reserve(struct twin_ring *r, uint32_t len)
{
	uint32_t need = twin_ring_record(len);

	if (r->tail >= r->head && (r->frames == 0 || r->tail != r->head)) {
		if (need <= TWIN_RING_BYTES - r->tail)
			return r->mem + r->tail + TWIN_RING_HEADER;
		if (need > r->head)
			return NULL;
		r->wrap = r->tail;
		r->tail = 0;
		return r->mem + TWIN_RING_HEADER;
	}
	if (need > r->head - r->tail)
		return NULL;
	return r->mem + r->tail + TWIN_RING_HEADER;
}

/** Adds the frame of `len` bytes, at most what was reserved, to the ring. */
static inline void
twin_ring_commit(struct twin_ring *r, uint32_t len)
{
	memcpy(r->mem + r->tail, &len, sizeof(len));
	r->tail += twin_ring_record(len);
	r->frames++;
	r->bytes += len;
}

static inline const void *
twin_ring_peek(const struct twin_ring *r, uint32_t *len)
{
	const uint8_t *rec = r->mem + r->head;

	memcpy(len, rec, sizeof(*len));
	return rec + TWIN_RING_HEADER;
}

static inline void
twin_ring_pop(struct twin_ring *r)
{
	uint32_t len;

	memcpy(&len, r->mem + r->head, sizeof(len));
	r->bytes -= len;
	r->head += twin_ring_record(len);
	if (--r->frames == 0) {
		r->head = 0;
		r->tail = 0;
		r->wrap = TWIN_RING_BYTES;
	} else if (r->head == r->wrap) {
		r->head = 0;
		r->wrap = TWIN_RING_BYTES;
	}
}

/* Frames of 32 to 64 bytes are the bulk of a benchmark: two overlapping halves, no loop. */
static inline void
twin_frame_copy(void *dst, const void *src, uint32_t len)
{
	if (len - 32u <= 32u) {
		uint8_t low[32], high[32];

		memcpy(low, src, 32);
		memcpy(high, (const uint8_t *)src + len - 32, 32);
		memcpy(dst, low, 32);
		memcpy((uint8_t *)dst + len - 32, high, 32);
		return;
	}
	memcpy(dst, src, len);
}

/**
 * Counts a frame that the host offered and that has no room (only with TWIN_FIFO_DROP
 * does a wire read on when its ring is full).
 */
static inline void
twin_wire_miss(struct twin_wire *w)
{
	w->missed++;
	(*w->no_desc)++;
}

/** The port hears of it if there is enough in its ring. */
static inline void
twin_wire_filled(struct twin_wire *w)
{
	if (w->ring.bytes >= w->high && w->drop)
		w->watch->high(w->port);
}

/**
 * Puts a frame from another port into the ring. True if it was taken or dropped as the
 * policy says, false if it has to wait.
 */
static inline bool
twin_wire_deliver(struct twin_wire *w, const void *frame, uint32_t len)
{
	struct twin_ring *r = &w->ring;
	void *dst = NULL;

	if (r->bytes + len <= r->limit)
		dst = twin_ring_reserve(r, len);
	if (dst == NULL) {
		if (!w->drop)
			return false;
		twin_wire_miss(w);
		return true;
	}
	twin_frame_copy(dst, frame, len);
	twin_ring_commit(r, len);
	twin_wire_filled(w);
	return true;
}

/**
 * Takes a frame that the host wrote to `dst` (from twin_wire_room()), pads it as the
 * sending station would have, and adds it to the ring. A frame that is too short or too
 * long to be one is dropped and counted.
 */
void twin_wire_accept(struct twin_wire *w, uint8_t *dst, size_t len);

/**
 * Where the next frame of the host shall be written, TWIN_MAX_FRAME + 1 bytes: the one
 * byte more shows that a frame was longer than the most. NULL if the ring has no room.
 */
uint8_t *twin_wire_room(struct twin_wire *w);

#endif /* TWIN_WIRE_H */
