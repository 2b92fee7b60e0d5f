/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The timing: the device is stepped until frames wait in the RX rings, then the bursts take
 * them all between two reads of the fenced counter. Beside each sample a chain of additions
 * tells how fast the core ran.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "meter_clock.h"

#define IDLE_POLLS 64
#define DEFAULT_BATCH 256u
#define PATIENCE 1000u /* bursts without a packet before the ports are given up */
#define WARM_UP 4u     /* samples of each command that are not counted */
#define MAX_SAMPLES 16384u
#define LATELY 256u    /* chains among which the best counts */
#define DRIFT 1.05     /* a chain so much longer than the best: the core ran slow */
#define NB_EMPTY 1001u /* empty regions that are timed */

enum what { RXTX, RX, TX, BOTH, IDLE };
static const char *const what_names[] = { "rxtx", "rx", "tx", "both", "idle", NULL };
static const char *const device_names[] = { "same", "other", NULL };

/* A request as it is carried out. */
struct run {
	enum what what;
	enum meter_frames frames;
	bool other, flush, tagged;
	uint16_t burst;
	unsigned int batch; /* frames of a sample, each port */
	uint64_t next;	    /* number of the next frame */
	struct twin_frame feed[METER_MAX_BATCH];
};

/* One sample, in TSC cycles with the empty region's. */
struct sample {
	uint64_t rx, tx; /* rxtx and idle: in rx */
	uint64_t chain;
};

static struct run the_run;
static struct rte_mbuf *store[METER_MAX_PORTS][METER_MAX_BATCH];
static double empty_region;
static uint64_t chains[LATELY];
static uint64_t nb_chains;

/* ---- numbers ---- */

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The q-quantile of n sorted values. */
static double
quantile(const double *v, unsigned int n, double q)
{
	return v[(unsigned int)((double)(n - 1) * q + 0.5)];
}

/*
 * The middle of n sorted values: the mean of the half in the middle. As robust as the
 * median, and finer: the counter of many machines moves in steps of tens of cycles.
 */
static double
middle(const double *v, unsigned int n)
{
	unsigned int first = n / 4, end = n - n / 4;
	double sum = 0;

	for (unsigned int i = first; i < end; i++)
		sum += v[i];
	return sum / (end - first);
}

static double
less_empty(uint64_t cycles)
{
	return (double)cycles > empty_region ? (double)cycles - empty_region : 0;
}

void
meter_sample_init(void)
{
	static double v[NB_EMPTY];

	for (unsigned int i = 0; i < NB_EMPTY; i++) {
		uint64_t begin = meter_begin();

		v[i] = (double)(meter_end() - begin);
	}
	qsort(v, NB_EMPTY, sizeof(v[0]), by_value);
	empty_region = middle(v, NB_EMPTY);
}

/* Times the chain; true if the core ran as fast as it did lately. */
static bool
clock_holds(uint64_t *chain)
{
	uint64_t best = UINT64_MAX;

	*chain = meter_chain();
	chains[nb_chains++ % LATELY] = *chain;
	for (unsigned int i = 0; i < RTE_MIN(nb_chains, (uint64_t)LATELY); i++)
		best = RTE_MIN(best, chains[i]);
	return (double)*chain <= (double)best * DRIFT;
}

/* ---- the timed regions; what they take is in the mbufs of store[] or gone ---- */

/* What a full TX ring did not take at once, with patience; false: never, and freed. */
static __rte_noinline bool
send_rest(uint16_t port, struct rte_mbuf **pkts, uint16_t nb)
{
	uint16_t sent = 0;

	for (unsigned int i = 0; sent < nb && i < PATIENCE; i++)
		sent += rte_eth_tx_burst(port, 0, pkts + sent, nb - sent);
	rte_pktmbuf_free_bulk(pkts + sent, nb - sent);
	return sent == nb;
}

/* A burst in and out again; *left counts down. False: packets were not sent. */
static __rte_always_inline bool
pass_burst(uint16_t from, uint16_t to, uint16_t burst, unsigned int *left, unsigned int *patience)
{
	struct rte_mbuf *pkts[METER_MAX_BURST];
	uint16_t n, sent;

	n = rte_eth_rx_burst(from, 0, pkts, (uint16_t)RTE_MIN((unsigned int)burst, *left));
	if (unlikely(n == 0)) {
		(*patience)--;
		return true;
	}
	*left -= n;
	sent = rte_eth_tx_burst(to, 0, pkts, n);
	return likely(sent == n) || send_rest(to, pkts + sent, n - sent);
}

/* Two ports: a port's packets go out on the other one, bursts in turn. */
static bool
region_rxtx(const struct run *r)
{
	unsigned int left[METER_MAX_PORTS] = { r->batch, r->batch }, patience = PATIENCE;
	const uint16_t burst = r->burst;

	if (meter_ports.nb_ports == 1) {
		while (left[0] != 0 && patience != 0)
			if (!pass_burst(0, 0, burst, &left[0], &patience))
				return false;
		return left[0] == 0;
	}
	while ((left[0] | left[1]) != 0 && patience != 0)
		if (!pass_burst(0, 1, burst, &left[0], &patience) ||
			!pass_burst(1, 0, burst, &left[1], &patience))
			return false;
	return (left[0] | left[1]) == 0;
}

static __rte_always_inline void
take_burst(const struct run *r, uint16_t port, unsigned int *got, unsigned int *patience)
{
	unsigned int want = RTE_MIN((unsigned int)r->burst, r->batch - *got);
	uint16_t n = rte_eth_rx_burst(port, 0, store[port] + *got, (uint16_t)want);

	*got += n;
	*patience -= n == 0;
}

static bool
region_rx(const struct run *r)
{
	unsigned int got[METER_MAX_PORTS] = { 0 }, patience = PATIENCE;
	const bool two = meter_ports.nb_ports == 2;

	while ((got[0] < r->batch || (two && got[1] < r->batch)) && patience != 0) {
		take_burst(r, 0, &got[0], &patience);
		if (two)
			take_burst(r, 1, &got[1], &patience);
	}
	if (got[0] == r->batch && (!two || got[1] == r->batch))
		return true;
	rte_pktmbuf_free_bulk(store[0], got[0]);
	rte_pktmbuf_free_bulk(store[1], got[1]);
	return false;
}

static __rte_always_inline void
give_burst(
	const struct run *r, uint16_t from, uint16_t to, unsigned int *sent, unsigned int *patience)
{
	unsigned int want = RTE_MIN((unsigned int)r->burst, r->batch - *sent);
	uint16_t n = rte_eth_tx_burst(to, 0, store[from] + *sent, (uint16_t)want);

	*sent += n;
	*patience -= n == 0;
}

static bool
region_tx(const struct run *r)
{
	unsigned int sent[METER_MAX_PORTS] = { 0 }, patience = PATIENCE;
	const bool two = meter_ports.nb_ports == 2;

	while ((sent[0] < r->batch || (two && sent[1] < r->batch)) && patience != 0) {
		give_burst(r, 0, two, &sent[0], &patience);
		if (two)
			give_burst(r, 1, 0, &sent[1], &patience);
	}
	if (sent[0] == r->batch && (!two || sent[1] == r->batch))
		return true;
	rte_pktmbuf_free_bulk(store[0] + sent[0], r->batch - sent[0]);
	if (two)
		rte_pktmbuf_free_bulk(store[1] + sent[1], r->batch - sent[1]);
	return false;
}

/* Polls of an empty ring; false if one was not empty. */
static bool
region_idle(const struct run *r)
{
	struct rte_mbuf *pkts[METER_MAX_BURST];
	unsigned int got = 0;

	for (unsigned int i = 0; i < IDLE_POLLS; i++)
		got += rte_eth_rx_burst(0, 0, pkts, r->burst);
	return got == 0;
}

/* ---- a sample ---- */

static int
stuck(struct request *c, const char *what)
{
	return request_fail(c, -EIO,
		"%s: the driver did not take all of a sample's packets in %u "
		"bursts",
		what, PATIENCE);
}

static int
sample_idle(struct request *c, const struct run *r, struct sample *s)
{
	uint64_t begin = meter_begin();
	bool ok = region_idle(r);

	s->rx = meter_end() - begin;
	return ok ? 0 : request_fail(c, -EIO, "idle: the RX ring was not empty");
}

static int
sample_apart(struct request *c, const struct run *r, struct sample *s)
{
	uint64_t begin = meter_begin();
	bool ok = region_rx(r);

	s->rx = meter_end() - begin;
	if (!ok)
		return stuck(c, "rx");
	if (r->frames == METER_TX_OFFLOAD)
		for (uint16_t p = 0; p < meter_ports.nb_ports; p++)
			meter_frames_ask(store[p], r->batch);
	begin = meter_begin();
	ok = region_tx(r);
	s->tx = meter_end() - begin;
	return ok ? 0 : stuck(c, "tx");
}

static int
sample_rxtx(struct request *c, const struct run *r, struct sample *s)
{
	uint64_t begin = meter_begin();
	bool ok = region_rxtx(r);

	s->rx = meter_end() - begin;
	return ok ? 0 : stuck(c, "rxtx");
}

static int
take_sample(struct request *c, struct run *r, struct sample *s)
{
	int ret;

	*s = (struct sample){ 0 };
	if (r->what == IDLE)
		return sample_idle(c, r, s);
	meter_frames_get(r->frames, r->tagged, r->next, r->feed, r->batch);
	r->next += r->batch;
	ret = meter_device_feed(c, r->feed, r->batch, r->other);
	if (ret == 0)
		ret = r->what == RXTX ? sample_rxtx(c, r, s) : sample_apart(c, r, s);
	if (ret == 0)
		ret = meter_device_drain(c, r->batch, r->other);
	return ret;
}

/* ---- the command ---- */

static void
read_run(struct request *c, struct run *r, enum what what)
{
	unsigned int half = meter_ports.ring / 2, most = meter_ports.ring / 4 * 3;
	unsigned int ports = meter_ports.nb_ports;
	uint64_t batch;

	r->what = (enum what)meter_choice(c, "what", what, what_names);
	r->burst = (uint16_t)request_uint_or(c, "burst", 32, 1, METER_MAX_BURST);
	r->frames = (enum meter_frames)meter_choice(c, "frames", METER_MIN, meter_frames_names);
	r->other = meter_choice(c, "device", 0, device_names) == 1;
	r->flush = request_bool(c, "flush", false);
	batch = request_uint_or(
			c, "batch", 0, 0, RTE_MIN(ports * most, (unsigned int)METER_MAX_BATCH)) /
		ports;
	r->tagged = (meter_ports.rx_offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	r->next = 0;
	if (batch == 0) {
		/* Both ports' frames make one batch. */
		batch = RTE_MIN(DEFAULT_BATCH / ports, half);
		/* A frame of two segments takes two descriptors. */
		batch /= r->frames == METER_TWO_SEGS ? 2 : 1;
		batch -= batch % r->burst;
		if (batch == 0)
			batch = RTE_MIN(r->burst, half);
	}
	r->batch = (unsigned int)batch;
	if (request_bad(c))
		return;
	if (r->frames == METER_TX_OFFLOAD && r->what == RXTX)
		c->bad = request_fail(c, -EINVAL,
			"frames 'tx_offload': flags are set between RX and TX, so what is to be "
			"both, rx or tx");
	else if (r->what == IDLE && meter_twin() == NULL)
		c->bad = request_fail(c, -ENOTSUP,
			"what 'idle': %s without the twin always has frames", meter_ports.driver);
	else if (meter_twin() != NULL && !meter_twin()->lockstep)
		c->bad = request_fail(c, -ENOTSUP, "samples want the twin in lockstep");
}

static void
put_real(struct request *c, const char *key, double value)
{
	request_put(c, key, json_real(value));
}

/* TSC cycles of a sample for what was asked, in the timed regions that it had. */
static double
tsc_of(const struct sample *s, bool rx, bool tx)
{
	return (rx ? less_empty(s->rx) : 0) + (tx ? less_empty(s->tx) : 0);
}

/* Sorted TSC cycles a unit of n samples. */
static const double *
sorted(const struct sample *s, unsigned int n, double units, bool rx, bool tx)
{
	static double v[MAX_SAMPLES];

	for (unsigned int i = 0; i < n; i++)
		v[i] = tsc_of(&s[i], rx, tx) / units;
	qsort(v, n, sizeof(v[0]), by_value);
	return v;
}

/* The middle, and what else is asked of the kept samples. */
static void
put_results(struct request *c, const struct run *r, const struct sample *s, unsigned int n)
{
	double units = r->what == IDLE ? IDLE_POLLS : r->batch * meter_ports.nb_ports;
	double chain = 0, clk;
	const double *v;

	/* One clock for all: those that ran slow are not among them, and a chain alone is coarse.
	 */
	for (unsigned int i = 0; i < n; i++)
		chain += less_empty(s[i].chain);
	clk = (double)METER_CHAIN * n / chain;
	v = sorted(s, n, units, r->what != TX, r->what == TX || r->what == BOTH);
	put_real(c, "core", middle(v, n) * clk);
	put_real(c, "tsc", middle(v, n));
	put_real(c, "p10", quantile(v, n, 0.1) * clk);
	put_real(c, "p90", quantile(v, n, 0.9) * clk);
	if (r->what == BOTH) {
		put_real(c, "rx_core", middle(sorted(s, n, units, true, false), n) * clk);
		put_real(c, "tx_core", middle(sorted(s, n, units, false, true), n) * clk);
	}
	put_real(c, "clock", clk);
	request_put_uint(c, "packets", (uint64_t)(units * n));
}

static int
take_samples(struct request *c, struct run *r, uint64_t millis, struct sample *s,
	unsigned int *kept, unsigned int *rejected)
{
	uint64_t end = rte_rdtsc() + millis * rte_get_tsc_hz() / 1000;
	int ret = 0;

	*kept = 0;
	*rejected = 0;
	for (unsigned int i = 0; ret == 0 && *kept < MAX_SAMPLES; i++) {
		bool holds;

		ret = take_sample(c, r, &s[*kept]);
		holds = clock_holds(&s[*kept].chain);
		if (i < WARM_UP)
			continue;
		if (holds)
			(*kept)++;
		else
			(*rejected)++;
		if (rte_rdtsc() >= end)
			break;
	}
	return ret;
}

int
meter_cmd_sample(struct request *c)
{
	static struct sample samples[MAX_SAMPLES];
	uint64_t millis = request_uint_or(c, "millis", 20, 1, 60000);
	unsigned int kept = 0, rejected = 0;
	struct run *r = &the_run;
	int ret;

	if (!meter_ports.started)
		return request_fail(c, -EINVAL, "no port is set up: \"setup\" comes first");
	read_run(c, r, RXTX);
	if (request_bad(c))
		return c->bad;
	ret = meter_device_flush(c, r->flush);
	meter_device_clear();
	if (ret == 0)
		ret = take_samples(c, r, millis, samples, &kept, &rejected);
	(void)meter_device_flush(c, false);
	meter_device_clear();
	if (ret != 0)
		return ret;
	request_put_uint(c, "samples", kept);
	request_put_uint(c, "rejected", rejected);
	if (kept == 0)
		return request_fail(c, -EAGAIN,
			"all %u samples were thrown away: the core's clock "
			"does not hold",
			rejected);
	put_results(c, r, samples, kept);
	return 0;
}

/* ---- exact counts ---- */

static void
put_difference(struct request *c, const struct twin_counters *a, const struct twin_counters *b)
{
	struct twin_queue_counters rx = { 0 }, tx = { 0 };

	for (unsigned int q = 0; q < TWIN_NB_QUEUES; q++) {
		rx.doorbells += b->rx[q].doorbells - a->rx[q].doorbells;
		rx.desc_written += b->rx[q].desc_written - a->rx[q].desc_written;
		rx.frames += b->rx[q].frames - a->rx[q].frames;
		tx.doorbells += b->tx[q].doorbells - a->tx[q].doorbells;
		tx.desc_written += b->tx[q].desc_written - a->tx[q].desc_written;
		tx.frames += b->tx[q].frames - a->tx[q].frames;
		tx.contexts += b->tx[q].contexts - a->tx[q].contexts;
	}
	request_put_uint(c, "rx_frames", rx.frames);
	request_put_uint(c, "tx_frames", tx.frames);
	request_put_uint(c, "rx_doorbells", rx.doorbells);
	request_put_uint(c, "tx_doorbells", tx.doorbells);
	request_put_uint(c, "rx_desc_written", rx.desc_written);
	request_put_uint(c, "tx_desc_written", tx.desc_written);
	request_put_uint(c, "tx_contexts", tx.contexts);
	request_put_uint(c, "mmio_reads", b->mmio_reads - a->mmio_reads);
	request_put_uint(c, "mmio_hot_reads", b->mmio_hot_reads - a->mmio_hot_reads);
	request_put_uint(c, "mmio_hot_writes", b->mmio_hot_writes - a->mmio_hot_writes);
	request_put_uint(c, "desc_bytes_read", b->desc_bytes_read - a->desc_bytes_read);
	request_put_uint(c, "desc_bytes_written", b->desc_bytes_written - a->desc_bytes_written);
	request_put_uint(c, "payload_bytes_read", b->payload_bytes_read - a->payload_bytes_read);
	request_put_uint(
		c, "payload_bytes_written", b->payload_bytes_written - a->payload_bytes_written);
}

int
meter_cmd_counts(struct request *c)
{
	uint64_t packets = request_uint_or(c, "packets", 100000, 1, 100000000), done = 0;
	const struct twin_counters *live = meter_counters(0);
	static struct twin_counters before;
	struct run *r = &the_run;
	struct sample s;
	int ret = 0;

	if (!meter_ports.started)
		return request_fail(c, -EINVAL, "no port is set up: \"setup\" comes first");
	if (live == NULL)
		return request_fail(c, -ENOTSUP, "counts: there is no twin to count");
	read_run(c, r, BOTH);
	if (r->frames != METER_TX_OFFLOAD)
		r->what = RXTX;
	if (request_bad(c))
		return c->bad;
	meter_device_clear();
	/* What the first packets alone cost is not counted. */
	for (unsigned int i = 0; ret == 0 && i < WARM_UP; i++)
		ret = take_sample(c, r, &s);
	before = *live;
	for (; ret == 0 && done < packets; done += r->batch)
		ret = take_sample(c, r, &s);
	if (ret != 0)
		return ret;
	request_put_uint(c, "packets", done);
	put_difference(c, &before, live);
	return 0;
}
