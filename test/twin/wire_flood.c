/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The flood: a few frames, made when the port is, which come in over and over without ever
 * running out. One a flow: UDP over IPv4 to the port's address, right in all its sums.
 */

#include <stdlib.h>

#include "wire.h"

#define LINE 64u
#define IP_AT 14u
#define UDP_AT (IP_AT + 20u)
#define DATA_AT (UDP_AT + 8u)

struct store {
	struct twin_flood flood;
	uint8_t *mem;
};

static void
put16(uint8_t *at, uint32_t val)
{
	at[0] = (uint8_t)(val >> 8);
	at[1] = (uint8_t)val;
}

/* One's complement sum of `len` bytes, an even number but at the end. */
static uint32_t
sum16(const uint8_t *data, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
make_frame(uint8_t *f, uint32_t size, const uint8_t mac[6], uint32_t flow)
{
	static const uint8_t head[] = { 0x02, 0, 0, 0, 0xf1, 0, 0x08, 0x00 };
	uint32_t sum;

	memset(f, 0, DATA_AT);
	memcpy(f, mac, 6);
	memcpy(f + 6, head, sizeof(head));
	f[11] = (uint8_t)flow;
	f[IP_AT] = 0x45;
	put16(f + IP_AT + 2, size - IP_AT);
	put16(f + IP_AT + 4, flow);
	f[IP_AT + 8] = 64;
	f[IP_AT + 9] = 17;
	/* 198.18.0.0/15 is for benches: from 198.18.0.flow + 1 to 198.19.0.1 */
	memcpy(f + IP_AT + 12, (const uint8_t[]){ 198, 18, 0, (uint8_t)(flow + 1) }, 4);
	memcpy(f + IP_AT + 16, (const uint8_t[]){ 198, 19, 0, 1 }, 4);
	put16(f + IP_AT + 10, 0xffff - sum16(f + IP_AT, UDP_AT - IP_AT, 0));
	put16(f + UDP_AT, 10000 + flow);
	put16(f + UDP_AT + 2, 9);
	put16(f + UDP_AT + 4, size - UDP_AT);
	for (uint32_t i = DATA_AT; i < size; i++)
		f[i] = (uint8_t)(i + 7 * flow);
	/* The pseudo-header: addresses, protocol, length; a sum of 0 would say that there is none.
	 */
	sum = sum16(f + IP_AT + 12, 8, 17 + size - UDP_AT);
	sum = 0xffff - sum16(f + UDP_AT, size - UDP_AT, sum);
	put16(f + UDP_AT + 6, sum != 0 ? sum : 0xffff);
}

static int
flood_open(struct twin_wire *w)
{
	uint32_t room = (w->cfg->size + LINE - 1) / LINE * LINE;
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->mem = aligned_alloc(LINE, (size_t)room * w->cfg->flows);
	if (s->mem == NULL) {
		free(s);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < w->cfg->flows; i++) {
		make_frame(s->mem + i * room, w->cfg->size, w->port->cfg->mac, i);
		s->flood.data[i] = s->mem + i * room;
	}
	s->flood.nb = w->cfg->flows;
	s->flood.size = w->cfg->size;
	s->flood.left = w->cfg->frames;
	w->priv = s;
	w->port->flood = &s->flood;
	return 0;
}

static void
flood_close(struct twin_wire *w)
{
	struct store *s = w->priv;

	w->port->flood = NULL;
	free(s->mem);
	free(s);
}

const struct twin_wire_ops twin_wire_flood_ops = {
	.open = flood_open,
	.close = flood_close,
};
