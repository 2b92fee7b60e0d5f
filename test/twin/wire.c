/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The wires as the model sees them: the ring of each port, loop and pair, and the way to the rest.
 */

#include <stdlib.h>

#include "wire.h"

/* Where frames of the host go that find the ring full and are to be lost. */
static uint8_t twin_wire_scratch[TWIN_MAX_FRAME + 1];

/* A port that nothing hangs on, and both kinds inside the twin: nothing to do outside. */
static const struct twin_wire_ops twin_wire_inner_ops;

static const struct twin_wire_ops *
ops_of(enum twin_wire_kind kind)
{
	switch (kind) {
	case TWIN_WIRE_TAP:
		return &twin_wire_tap_ops;
	case TWIN_WIRE_PCAP:
		return &twin_wire_pcap_ops;
	case TWIN_WIRE_SOCKET:
		return &twin_wire_socket_ops;
	case TWIN_WIRE_NONE:
	case TWIN_WIRE_LOOP:
	case TWIN_WIRE_PAIR:
		break;
	case TWIN_WIRE_FLOOD:
		return &twin_wire_flood_ops;
	}
	return &twin_wire_inner_ops;
}

enum twin_fifo_policy
twin_wire_fifo(const struct twin_port *p)
{
	const struct twin_wire_config *cfg = &p->cfg->wire;

	if (cfg->fifo != TWIN_FIFO_DEFAULT)
		return cfg->fifo;
	if (cfg->kind == TWIN_WIRE_LOOP || cfg->kind == TWIN_WIRE_PAIR)
		return TWIN_FIFO_DROP;
	return TWIN_FIFO_WAIT;
}

/* Joins the two ends of a pair as soon as the second one is there. */
static void
join(struct twin_wire *w)
{
	struct twin_wire *far;

	if (w->cfg->kind == TWIN_WIRE_LOOP) {
		w->to = w;
	} else if (w->cfg->kind == TWIN_WIRE_PAIR) {
		far = twin_ports[w->cfg->peer].wire;
		if (far == NULL)
			return;
		w->to = far;
		far->to = w;
	}
}

int
twin_wire_open(struct twin_port *p)
{
	const struct twin_wire_config *cfg = &p->cfg->wire;
	struct twin_wire *w;
	int ret;

	if (cfg->kind == TWIN_WIRE_PAIR && (cfg->peer >= TWIN_MAX_PORTS || cfg->peer == p->index)) {
		twin_log("port %u: a pair needs another port, not %u", p->index, cfg->peer);
		return -EINVAL;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -ENOMEM;
	w->ring.mem = aligned_alloc(64, TWIN_RING_BYTES);
	if (w->ring.mem == NULL) {
		free(w);
		return -ENOMEM;
	}
	w->port = p;
	w->cfg = cfg;
	w->ops = ops_of(cfg->kind);
	w->fd = -1;
	w->high = UINT32_MAX;
	w->drop = twin_wire_fifo(p) == TWIN_FIFO_DROP;
	w->ring.wrap = TWIN_RING_BYTES;
	w->ring.limit = w->drop ? TWIN_FIFO_BYTES : TWIN_RING_BYTES;
	w->no_desc = &p->cnt->drops[TWIN_DROP_NO_DESC];
	if (w->ops->open != NULL) {
		ret = w->ops->open(w);
		if (ret < 0) {
			free(w->ring.mem);
			free(w);
			return ret;
		}
	}
	p->wire = w;
	join(w);
	return 0;
}

void
twin_wire_close(struct twin_port *p)
{
	struct twin_wire *w = p->wire;

	if (w == NULL)
		return;
	if (w->to != NULL && w->to != w)
		w->to->to = NULL;
	if (w->ops->close != NULL)
		w->ops->close(w);
	p->wire = NULL;
	free(w->ring.mem);
	free(w);
}

bool
twin_wire_tx(struct twin_port *p, const void *frame, uint32_t len)
{
	struct twin_wire *w = p->wire;

	if (__builtin_expect(len - 1 >= TWIN_MAX_FRAME, 0)) {
		p->cnt->drops[TWIN_DROP_WIRE]++;
		return true;
	}
	if (__builtin_expect(w->to != NULL, 1))
		return twin_wire_deliver(w->to, frame, len);
	if (w->ops->tx != NULL)
		return w->ops->tx(w, frame, len);
	/* The far end of a pair is not there; with none, swallowing frames is the job. */
	if (w->cfg->kind == TWIN_WIRE_PAIR)
		p->cnt->drops[TWIN_DROP_WIRE]++;
	return true;
}

const void *
twin_wire_rx_peek(struct twin_port *p, uint32_t *len)
{
	struct twin_wire *w = p->wire;

	if (p->flood != NULL) {
		*len = p->flood->size;
		return p->flood->left != 0 ? p->flood->data[p->flood->next] : NULL;
	}
	/*
	 * The host is asked when nothing is left. A port that loses frames is also asked
	 * when its first frame does not get away, since the line does not wait for it.
	 */
	if (w->ops->pull != NULL && (w->ring.frames == 0 || (w->drop && w->peeked)))
		w->ops->pull(w);
	if (w->ring.frames == 0)
		return NULL;
	w->peeked = true;
	return twin_ring_peek(&w->ring, len);
}

void
twin_wire_rx_done(struct twin_port *p)
{
	struct twin_wire *w = p->wire;

	if (p->flood != NULL) {
		twin_flood_advance(p->flood);
		return;
	}
	w->peeked = false;
	if (w->ring.frames != 0)
		twin_ring_pop(&w->ring);
}

uint32_t
twin_wire_take_missed(struct twin_port *p)
{
	uint32_t missed = p->wire->missed;

	p->wire->missed = 0;
	return missed;
}

int
twin_wire_inject(struct twin_port *p, const void *frame, uint32_t len)
{
	struct twin_wire *w = p->wire;
	void *dst;

	if (w == NULL)
		return -ENODEV;
	if (len == 0 || len > TWIN_MAX_FRAME)
		return -EMSGSIZE;
	if (p->flood != NULL) /* full, always */
		return -ENOBUFS;
	dst = twin_ring_reserve(&w->ring, len);
	if (dst == NULL)
		return -ENOBUFS;
	memcpy(dst, frame, len);
	twin_ring_commit(&w->ring, len);
	twin_wire_filled(w);
	return 0;
}

int
twin_wire_play(struct twin_port *p)
{
	if (p->wire == NULL || p->wire->ops->play == NULL)
		return -ENOTSUP;
	p->wire->ops->play(p->wire);
	return 0;
}

int
twin_wire_fd(struct twin_port *p)
{
	return p->wire == NULL ? -1 : p->wire->fd;
}

uint8_t *
twin_wire_room(struct twin_wire *w)
{
	uint8_t *dst = twin_ring_reserve(&w->ring, TWIN_MAX_FRAME + 1);

	if (dst == NULL && w->drop)
		dst = twin_wire_scratch;
	return dst;
}

void
twin_wire_accept(struct twin_wire *w, uint8_t *dst, size_t len)
{
	if (len > TWIN_MAX_FRAME) {
		w->port->cnt->drops[TWIN_DROP_OVERSIZE]++;
		return;
	}
	if (len < TWIN_ETH_HEADER) {
		w->port->cnt->drops[TWIN_DROP_WIRE]++;
		return;
	}
	if (len < TWIN_MIN_FRAME) {
		memset(dst + len, 0, TWIN_MIN_FRAME - len);
		len = TWIN_MIN_FRAME;
	}
	if (dst == twin_wire_scratch || w->ring.bytes + len > w->ring.limit) {
		twin_wire_miss(w);
		return;
	}
	twin_ring_commit(&w->ring, (uint32_t)len);
	twin_wire_filled(w);
}

void
twin_wire_watch(struct twin_port *p, uint32_t bytes, const struct twin_wire_watch *watch)
{
	if (p->wire == NULL)
		return;
	p->wire->watch = watch;
	p->wire->high = watch == NULL ? UINT32_MAX : bytes;
}

uint32_t
twin_wire_level(const struct twin_port *p)
{
	return p->wire != NULL && p->wire->drop ? p->wire->ring.bytes : 0;
}

void
twin_wire_control(struct twin_port *p, const void *frame, uint32_t len)
{
	struct twin_wire *w = p->wire;

	if (w->to != NULL) {
		if (w->to->watch == NULL || !w->to->watch->control(w->to->port, frame, len))
			(void)twin_wire_deliver(w->to, frame, len);
	} else if (w->ops->tx != NULL) {
		(void)w->ops->tx(w, frame, len);
	}
}
