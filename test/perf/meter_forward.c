/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Free running: one lcore a queue sends back whatever it receives from a twin's flood wire,
 * which has frames all the time, or frames go round through its loop wire. Says how many, in
 * which bursts, on which CPUs all this was, and how often driver and device found nothing.
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "meter.h"

#define MAX_LCORES 2
#define QUIET_MS 20   /* without a frame: none is left in the loop */
#define DRAIN_MS 2000 /* at most so long until then */
#define TX_PATIENCE 100000u
#define WARM_MS 10 /* driver and device at work, not counted */

/* One lcore's work. */
struct lane {
	uint16_t queue, burst;
	unsigned int cpu;
	bool shared;	       /* with the device */
	uint64_t warm, cycles; /* to run uncounted, and counted */
	/* what it saw */
	uint64_t packets, polls, empty, lost, ran, busy;
	uint64_t bursts[METER_MAX_BURST + 1];
	int ret;
} __rte_cache_aligned;

static struct lane lanes[MAX_LCORES];
static _Atomic unsigned int ready, wanted;

/* What the device counted before the frames that are ours. */
static struct {
	uint64_t drops;
	struct twin_passes passes;
} device, device_end;

static void
forward(struct lane *l, uint64_t cycles)
{
	struct rte_mbuf *pkts[METER_MAX_BURST];
	uint64_t begin = rte_rdtsc(), now = begin, before, busy = 0;

	while (now - begin < cycles) {
		uint16_t n = rte_eth_rx_burst(0, l->queue, pkts, l->burst), sent = 0;
		unsigned int patience = TX_PATIENCE;
		uint64_t full = 0;

		l->polls++;
		l->bursts[n]++;
		/* What it waits for can only come if the device gets their CPU. */
		if (n == 0 && l->shared)
			sched_yield();
		while (sent < n && patience-- > 0) {
			sent += rte_eth_tx_burst(0, l->queue, pkts + sent, n - sent);
			if (sent < n && full == 0)
				full = rte_rdtsc();
			if (sent < n && l->shared)
				sched_yield();
		}
		if (sent < n) {
			rte_pktmbuf_free_bulk(pkts + sent, n - sent);
			l->lost += n - sent;
		}
		l->packets += sent;
		before = now;
		now = rte_rdtsc();
		/* Waiting for room in the TX ring is no work. */
		busy += n == 0 ? 0 : full != 0 ? full - before : now - before;
	}
	l->empty = l->bursts[0];
	l->busy = busy;
	l->ran = now - begin;
}

static void
read_device(uint64_t *drops, struct twin_passes *passes)
{
	const struct twin_counters *cnt = meter_counters(0);

	*drops = 0;
	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		*drops += cnt->drops[i];
	*passes = meter_passes();
}

/* The first lane watches the device. */
static void
run_lane(struct lane *l)
{
	struct lane fresh = *l;

	forward(l, l->warm);
	*l = fresh;
	if (l == &lanes[0])
		read_device(&device.drops, &device.passes);
	forward(l, l->cycles);
	if (l == &lanes[0])
		read_device(&device_end.drops, &device_end.passes);
}

/* All begin together. */
static void
start_line(void)
{
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < atomic_load(&wanted))
		rte_pause();
}

static void *
lane_main(void *arg)
{
	struct lane *l = arg;

	l->ret = rte_thread_register() == 0 ? meter_pin(l->cpu) : -rte_errno;
	start_line();
	if (l->ret == 0)
		run_lane(l);
	rte_thread_unregister();
	return NULL;
}

/* Frames of several flows into the loop. */
static int
prime(struct request *c, unsigned int frames)
{
	for (unsigned int i = 0; i < frames; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(meter_ports.pool);
		unsigned int patience = TX_PATIENCE;
		uint16_t sent = 0;

		if (m == NULL)
			return request_fail(c, -ENOMEM, "forward: no mbuf for frame %u", i);
		m->data_len = (uint16_t)meter_frames_flow(
			i, rte_pktmbuf_mtod(m, uint8_t *), rte_pktmbuf_tailroom(m));
		m->pkt_len = m->data_len;
		while (sent == 0 && patience-- > 0)
			sent = rte_eth_tx_burst(0, 0, &m, 1);
		if (sent == 0) {
			rte_pktmbuf_free(m);
			return request_fail(
				c, -EIO, "forward: the TX ring took %u of %u frames", i, frames);
		}
	}
	return 0;
}

/* Takes the frames out of the loop again; how many there were. */
static uint64_t
empty_loop(void)
{
	uint64_t begin = rte_rdtsc(), last = begin, now = begin, ms = rte_get_tsc_hz() / 1000;
	struct rte_mbuf *pkts[METER_MAX_BURST];
	uint64_t got = 0;

	while (now - last < QUIET_MS * ms && now - begin < DRAIN_MS * ms) {
		for (uint16_t q = 0; q < meter_ports.nb_queues; q++) {
			uint16_t n = rte_eth_rx_burst(0, q, pkts, METER_MAX_BURST);

			rte_pktmbuf_free_bulk(pkts, n);
			got += n;
			if (n != 0)
				last = rte_rdtsc();
		}
		now = rte_rdtsc();
	}
	return got;
}

static int
run_lanes(struct request *c, unsigned int nb)
{
	pthread_t thread[MAX_LCORES];
	unsigned int started = 1;
	int ret = 0;

	atomic_store(&ready, 0);
	atomic_store(&wanted, nb);
	for (; ret == 0 && started < nb; started++)
		ret = pthread_create(&thread[started], NULL, lane_main, &lanes[started]);
	if (ret != 0) {
		/* Those that run wait for nobody any more. */
		atomic_store(&wanted, 0);
		started--;
	} else {
		start_line();
		run_lane(&lanes[0]);
	}
	for (unsigned int i = 1; i < started; i++) {
		pthread_join(thread[i], NULL);
		if (ret == 0 && lanes[i].ret != 0)
			ret = -lanes[i].ret;
	}
	return ret == 0 ? 0 : request_fail(c, -ret, "forward: a second lcore: %s", strerror(ret));
}

static void
put_results(struct request *c, unsigned int nb, unsigned int left, bool pinned)
{
	json_t *histogram = json_array(), *placement = json_object(), *cpus = json_array();
	uint64_t packets = 0, polls = 0, empty = 0, lost = 0, busy = 0, ran = 0;
	uint64_t bursts[METER_MAX_BURST + 1] = { 0 };
	uint64_t passes = device_end.passes.all - device.passes.all;
	uint64_t idle = device_end.passes.idle - device.passes.idle;
	double rate = 0;

	for (unsigned int i = 0; i < nb; i++) {
		const struct lane *l = &lanes[i];

		packets += l->packets;
		polls += l->polls;
		empty += l->empty;
		lost += l->lost;
		busy += l->busy;
		ran += l->ran;
		rate += (double)l->packets / ((double)l->ran / (double)rte_get_tsc_hz());
		for (unsigned int b = 0; b <= METER_MAX_BURST; b++)
			bursts[b] += l->bursts[b];
		json_array_append_new(cpus, json_integer(l->cpu));
	}
	for (unsigned int b = 0; b <= lanes[0].burst; b++)
		json_array_append_new(histogram, json_integer((json_int_t)bursts[b]));
	json_object_set_new(placement, "lcores", cpus);
	json_object_set_new(
		placement, "engine", pinned ? json_integer(meter_device_cpu) : json_null());
	request_put(c, "mpps", json_real(rate / 1e6));
	request_put_uint(c, "packets", packets);
	request_put_uint(c, "lost", lost);
	request_put_uint(c, "drops", device_end.drops - device.drops);
	request_put_uint(c, "left_in_loop", left);
	request_put(c, "histogram", histogram);
	request_put(c, "empty_share", json_real(polls == 0 ? 0 : (double)empty / (double)polls));
	request_put(
		c, "device_idle_share", json_real(passes == 0 ? 0 : (double)idle / (double)passes));
	request_put(c, "busy_share", json_real(ran == 0 ? 0 : (double)busy / (double)ran));
	request_put_uint(c, "device_passes", passes - idle);
	request_put(c, "placement", placement);
}

int
meter_cmd_forward(struct request *c)
{
	uint16_t burst = (uint16_t)request_uint_or(c, "burst", 32, 1, METER_MAX_BURST);
	unsigned int nb = (unsigned int)request_uint_or(c, "lcores", 1, 1, MAX_LCORES);
	uint64_t millis = request_uint_or(c, "millis", 1000, 1, 60000);
	unsigned int frames = (unsigned int)request_uint_or(c, "frames", 64, 1, 1024);
	uint64_t left = 0;
	bool pinned, loop;
	int ret;

	if (request_bad(c))
		return c->bad;
	if (!meter_ports.started)
		return request_fail(c, -EINVAL, "no port is set up: \"setup\" comes first");
	if (meter_twin() == NULL || meter_twin()->lockstep)
		return request_fail(c, -ENOTSUP, "forward: a twin that runs by itself is wanted");
	loop = meter_twin()->port[0].wire.kind == TWIN_WIRE_LOOP;
	if (!loop && meter_twin()->port[0].wire.kind != TWIN_WIRE_FLOOD)
		return request_fail(c, -ENOTSUP, "forward: port 0 needs a flood or a loop wire");
	if (nb != meter_ports.nb_queues)
		return request_fail(c, -EINVAL,
			"forward: %u lcores want as many queues, there are %u", nb,
			meter_ports.nb_queues);
	memset(lanes, 0, sizeof(lanes));
	for (unsigned int i = 0; i < nb; i++)
		lanes[i] = (struct lane){ .queue = (uint16_t)i,
			.burst = burst,
			.cpu = i == 0 ? meter_cpu : meter_device_cpu,
			.shared = i > 0 || meter_cpu == meter_device_cpu,
			.warm = WARM_MS * rte_get_tsc_hz() / 1000,
			.cycles = millis * rte_get_tsc_hz() / 1000 };
	pinned = meter_engine_pin(meter_device_cpu);
	if (loop)
		(void)empty_loop();
	ret = loop ? prime(c, frames) : 0;
	if (ret == 0)
		ret = run_lanes(c, nb);
	if (loop)
		left = empty_loop();
	if (ret == 0)
		put_results(c, nb, (unsigned int)left, pinned);
	return ret;
}
