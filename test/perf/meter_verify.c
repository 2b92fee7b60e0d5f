/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Holds the limit kernel against the driver: the same frames through both, and every byte
 * of the mbufs' metadata and data compared.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

#define MAX_DATA 2048u
#define BATCH 128u
#define PATIENCE 1000u

_Static_assert(offsetof(struct rte_mbuf, ol_flags) == offsetof(struct rte_mbuf, rearm_data) + 8 &&
		offsetof(struct rte_mbuf, packet_type) ==
			offsetof(struct rte_mbuf, rearm_data) + 16,
	"rearm data, ol_flags and the descriptor fields are 32 bytes in a row");

/* An mbuf as a burst left it. */
struct seen {
	uint16_t data_off, refcnt, nb_segs, port;
	uint64_t ol_flags;
	uint32_t packet_type, pkt_len, hash;
	uint16_t data_len, vlan_tci;
	uint8_t data[MAX_DATA];
};

static void
look(const struct rte_mbuf *m, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	s->data_off = m->data_off;
	s->refcnt = rte_mbuf_refcnt_read(m);
	s->nb_segs = m->nb_segs;
	s->port = m->port;
	s->ol_flags = m->ol_flags;
	s->packet_type = m->packet_type;
	s->pkt_len = m->pkt_len;
	s->data_len = m->data_len;
	/* They mean something only where the flags say so. */
	if (m->ol_flags & RTE_MBUF_F_RX_VLAN)
		s->vlan_tci = m->vlan_tci;
	if (m->ol_flags & RTE_MBUF_F_RX_RSS_HASH)
		s->hash = m->hash.rss;
	memcpy(s->data, rte_pktmbuf_mtod(m, const void *), RTE_MIN(m->data_len, MAX_DATA));
}

static int
receive(struct request *c, struct rte_mbuf **pkts, unsigned int nb, unsigned int burst)
{
	unsigned int got = 0, patience = PATIENCE;

	while (got < nb && patience > 0) {
		uint16_t n = rte_eth_rx_burst(0, 0, pkts + got, (uint16_t)RTE_MIN(burst, nb - got));

		got += n;
		patience -= n == 0;
	}
	if (got == nb)
		return 0;
	rte_pktmbuf_free_bulk(pkts, got);
	return request_fail(c, -EIO, "verify: %u of %u frames came out of the RX ring", got, nb);
}

/* Sends the frames through whatever burst is in, and keeps what it made of them. */
static int
run(struct request *c, enum meter_frames kind, unsigned int nb, unsigned int burst,
	struct seen *seen)
{
	struct twin_frame frames[BATCH];
	struct rte_mbuf *pkts[BATCH];
	bool tagged = (meter_ports.rx_offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	unsigned int batch = RTE_MIN(BATCH, meter_ports.ring / 2u);
	int ret = 0;

	for (unsigned int done = 0; ret == 0 && done < nb; done += batch) {
		batch = RTE_MIN(batch, nb - done);
		meter_frames_get(kind, tagged, done, frames, batch);
		ret = meter_device_feed(c, frames, batch, false);
		if (ret == 0)
			ret = receive(c, pkts, batch, burst);
		for (unsigned int i = 0; ret == 0 && i < batch; i++)
			look(pkts[i], &seen[done + i]);
		if (ret == 0)
			rte_pktmbuf_free_bulk(pkts, batch);
	}
	return ret;
}

/* The first frame that differs, for the eye. */
static void
say(const struct seen *a, const struct seen *b, unsigned int i)
{
	fprintf(stderr,
		"oriel-meter: verify: frame %u: driver: flags %#" PRIx64 " type %#x length %u/%u "
		"vlan %#x hash %#x segments %u port %u; limit kernel: flags %#" PRIx64
		" type %#x length %u/%u vlan %#x hash %#x segments %u port %u; data %s\n",
		i, a->ol_flags, a->packet_type, a->pkt_len, a->data_len, a->vlan_tci, a->hash,
		a->nb_segs, a->port, b->ol_flags, b->packet_type, b->pkt_len, b->data_len,
		b->vlan_tci, b->hash, b->nb_segs, b->port,
		memcmp(a->data, b->data, MAX_DATA) == 0 ? "equal" : "not equal");
}

static int
compare(struct request *c, enum meter_frames kind, enum limit_kind kernel, unsigned int nb,
	unsigned int burst, struct seen *driver, struct seen *limit)
{
	unsigned int differences = 0, odd = 0;
	int ret;

	ret = run(c, kind, nb, burst, driver);
	if (ret == 0)
		ret = meter_limit_in(c, kernel);
	if (ret != 0)
		return ret;
	ret = run(c, kind, nb, burst, limit);
	meter_limit_out();
	for (unsigned int i = 0; ret == 0 && i < nb; i++) {
		odd += driver[i].ol_flags != 0;
		if (memcmp(&driver[i], &limit[i], sizeof(driver[i])) == 0)
			continue;
		if (differences++ == 0)
			say(&driver[i], &limit[i], i);
	}
	if (ret != 0)
		return ret;
	request_put_uint(c, "compared", nb);
	request_put_uint(c, "with_flags", odd);
	request_put_uint(c, "differences", differences);
	return 0;
}

int
meter_cmd_verify(struct request *c)
{
	enum meter_frames kind = (enum meter_frames)meter_choice(
		c, "frames", METER_MIXED, meter_frames_names);
	unsigned int nb = (unsigned int)request_uint_or(c, "packets", 4096, 1, 65536);
	unsigned int burst = (unsigned int)request_uint_or(c, "burst", 32, 1, BATCH);
	enum limit_kind kernel = meter_limit_kind(c, LIMIT_BEST);
	struct seen *driver, *limit;
	int ret;

	if (request_bad(c))
		return c->bad;
	if (!meter_ports.started)
		return request_fail(c, -EINVAL, "no port is set up: \"setup\" comes first");
	if (meter_ports.limit)
		return request_fail(
			c, -EINVAL, "verify: the ports are to be set up without \"limit\"");
	if (meter_twin() == NULL || !meter_twin()->lockstep)
		return request_fail(c, -ENOTSUP, "verify: the twin in lockstep is wanted");
	driver = calloc(nb, sizeof(*driver));
	limit = calloc(nb, sizeof(*limit));
	if (driver != NULL && limit != NULL)
		ret = compare(c, kind, kernel, nb, burst, driver, limit);
	else
		ret = request_fail(c, -ENOMEM, "no memory for %u frames", nb);
	free(driver);
	free(limit);
	return ret;
}
