/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The device under the meter's hand: the twin's functions, found at run time, frames fed
 * and taken by steps, from this core or from a thread on another one.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

/* Frames that lie in the twin's ring at a time: few, so that it stays in the first-level cache. */
#define CHUNK 64u
#define WAIT_S 10 /* for the thread on the other core */
#define CLEAR_ROUNDS 256u

static struct {
	unsigned int (*step)(unsigned int port, unsigned int rx, unsigned int tx);
	unsigned int (*inject)(unsigned int port, const struct twin_frame *frames, unsigned int nb);
	bool (*flush_written)(bool on);
	const struct twin_config *(*config_get)(void);
	const struct twin_counters *(*counters_get)(unsigned int port);
	struct twin_passes (*passes_get)(void);
} twin;

/* What the device shall do, and what it did. */
struct job {
	const struct twin_frame *frames; /* to feed; NULL: to send */
	unsigned int nb, nb_ports;
	unsigned int moved[METER_MAX_PORTS];
};

static struct {
	pthread_t thread;
	bool running;
	sem_t wanted;
	_Atomic bool done;
	struct job *job;
} other;

const struct twin_config *
meter_twin(void)
{
	return twin.config_get != NULL ? twin.config_get() : NULL;
}

const struct twin_counters *
meter_counters(unsigned int port)
{
	return twin.counters_get != NULL ? twin.counters_get(port) : NULL;
}

struct twin_passes
meter_passes(void)
{
	return twin.passes_get != NULL ? twin.passes_get() : (struct twin_passes){ 0 };
}

int
meter_device_init(void)
{
	/* The twin is preloaded, or it is not there. */
	*(void **)&twin.step = dlsym(RTLD_DEFAULT, "twin_step");
	*(void **)&twin.inject = dlsym(RTLD_DEFAULT, "twin_inject");
	*(void **)&twin.flush_written = dlsym(RTLD_DEFAULT, "twin_flush_written");
	*(void **)&twin.config_get = dlsym(RTLD_DEFAULT, "twin_config_get");
	*(void **)&twin.counters_get = dlsym(RTLD_DEFAULT, "twin_counters_get");
	*(void **)&twin.passes_get = dlsym(RTLD_DEFAULT, "twin_passes_get");
	if (twin.step != NULL &&
		(twin.inject == NULL || twin.flush_written == NULL || twin.config_get == NULL ||
			twin.counters_get == NULL || twin.passes_get == NULL)) {
		fprintf(stderr,
			"oriel-meter: this twin is older than the meter: it has no "
			"twin_passes_get()\n");
		return -ENOSYS;
	}
	return 0;
}

/* ---- steps ---- */

static unsigned int
feed_port(unsigned int port, const struct twin_frame *frames, unsigned int nb)
{
	unsigned int moved = 0;

	while (moved < nb) {
		unsigned int n = twin.inject(port, frames + moved, RTE_MIN(CHUNK, nb - moved));

		if (n == 0 || twin.step(port, n, 0) < n)
			break;
		moved += n;
	}
	return moved;
}

static void
work(struct job *j)
{
	for (unsigned int port = 0; port < j->nb_ports; port++)
		j->moved[port] = j->frames != NULL ? feed_port(port, j->frames, j->nb) :
						     twin.step(port, 0, j->nb);
}

static void *
other_main(void *arg)
{
	cpu_set_t set;

	(void)arg;
	CPU_ZERO(&set);
	CPU_SET(meter_device_cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
		fprintf(stderr, "oriel-meter: --device-cpu %u: cannot go there\n",
			meter_device_cpu);
	for (;;) {
		/* Asleep while the bursts are timed: the two CPUs may be threads of one core. */
		while (sem_wait(&other.wanted) != 0)
			;
		work(other.job);
		atomic_store_explicit(&other.done, true, memory_order_release);
	}
	return NULL;
}

static int
work_on_other(struct request *c, struct job *j)
{
	uint64_t deadline = rte_rdtsc() + WAIT_S * rte_get_tsc_hz();

	if (meter_device_cpu == meter_cpu)
		return request_fail(c, -EINVAL,
			"device 'other': --cpu and --device-cpu are both %u, two are wanted",
			meter_cpu);
	if (!other.running) {
		int ret = sem_init(&other.wanted, 0, 0) == 0 ? 0 : errno;

		if (ret == 0)
			ret = pthread_create(&other.thread, NULL, other_main, NULL);
		if (ret != 0)
			return request_fail(c, -ret, "the device's thread: %s", strerror(ret));
		other.running = true;
	}
	other.job = j;
	atomic_store_explicit(&other.done, false, memory_order_relaxed);
	sem_post(&other.wanted);
	while (!atomic_load_explicit(&other.done, memory_order_acquire)) {
		rte_pause();
		if (rte_rdtsc() < deadline)
			continue;
		/* The thread still has the job: there is no going on from here. */
		fprintf(stderr, "oriel-meter: the device's thread did not answer in %d s\n",
			WAIT_S);
		abort();
	}
	return 0;
}

static int
device_work(struct request *c, struct job *j, bool on_other)
{
	if (!on_other) {
		work(j);
		return 0;
	}
	return work_on_other(c, j);
}

int
meter_device_feed(
	struct request *c, const struct twin_frame *frames, unsigned int nb, bool on_other)
{
	struct job j = { .frames = frames, .nb = nb, .nb_ports = meter_ports.nb_ports };
	int ret;

	if (meter_twin() == NULL)
		return 0;
	ret = device_work(c, &j, on_other);
	for (unsigned int p = 0; ret == 0 && p < j.nb_ports; p++)
		if (j.moved[p] != nb)
			ret = request_fail(c, -EIO,
				"port %u: the device put %u of %u frames into the RX ring", p,
				j.moved[p], nb);
	return ret;
}

int
meter_device_drain(struct request *c, unsigned int nb, bool on_other)
{
	struct job j = { .nb = nb, .nb_ports = meter_ports.nb_ports };
	int ret;

	if (meter_twin() == NULL)
		return 0;
	ret = device_work(c, &j, on_other);
	for (unsigned int p = 0; ret == 0 && p < j.nb_ports; p++)
		if (j.moved[p] != nb)
			ret = request_fail(c, -EIO,
				"port %u: the device sent %u frames of the TX ring, %u are "
				"expected",
				p, j.moved[p], nb);
	return ret;
}

void
meter_device_clear(void)
{
	struct rte_mbuf *pkts[METER_MAX_BURST];
	unsigned int moved = 1;

	if (meter_twin() == NULL || !meter_twin()->lockstep || !meter_ports.started)
		return;
	for (unsigned int round = 0; moved != 0 && round < CLEAR_ROUNDS; round++) {
		moved = 0;
		for (uint16_t p = 0; p < meter_ports.nb_ports; p++) {
			moved += twin.step(p, CHUNK, CHUNK);
			for (uint16_t q = 0; q < meter_ports.nb_queues; q++) {
				uint16_t n = rte_eth_rx_burst(p, q, pkts, CHUNK);

				rte_pktmbuf_free_bulk(pkts, n);
				moved += n;
			}
		}
	}
}

int
meter_device_flush(struct request *c, bool on)
{
	if (twin.flush_written != NULL && twin.flush_written(on))
		return 0;
	return on ? request_fail(c, -ENOTSUP, "flush: there is no twin") : 0;
}

/* ---- the engine of a twin that runs by itself ---- */

bool
meter_engine_pin(unsigned int cpu)
{
	DIR *dir = opendir("/proc/self/task");
	bool found = false;
	struct dirent *e;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	while (dir != NULL && !found && (e = readdir(dir)) != NULL) {
		char path[300], name[32] = "";
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fgets(name, sizeof(name), f) != NULL && strcmp(name, "twin-engine\n") == 0)
			found = sched_setaffinity(atoi(e->d_name), sizeof(set), &set) == 0;
		fclose(f);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}
