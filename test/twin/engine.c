/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The one lock and the one thread that moves frames on all ports, with its rules of
 * spinning and sleeping.
 */

#include <errno.h>
#include <immintrin.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define ENGINE_BUDGET 64      /* frames per port, pass and direction */
#define FLOOD_BUDGET 256      /* the same for a flood: what a pass costs by itself counts */
#define ENGINE_SPIN_NS 200000 /* idle time before the first sleep */
#define ENGINE_SLEEP_MIN_NS 20000
#define ENGINE_SLEEP_MAX_NS 1000000   /* a tail write to plain memory cannot wake the engine */
#define ENGINE_TIMER_MAX_NS 100000000 /* lockstep: nothing but timers, which kick when armed */
#define LOCK_SPINS 2000		      /* about the length of a pass */

struct twin_config twin_cfg;
struct twin_port twin_ports[TWIN_MAX_PORTS];

/* ---- the lock: a futex mutex with a count of who waits, recursive per thread ---- */

static struct {
	_Atomic unsigned int state;   /* 0 free, 1 taken, 2 taken and someone may sleep */
	_Atomic unsigned int waiters; /* threads other than the engine that want it */
} lock __attribute__((aligned(64)));

static __thread unsigned int lock_depth;

static void
lock_take(void)
{
	unsigned int free_state;

	for (unsigned int i = 0; i < LOCK_SPINS; i++) {
		free_state = 0;
		if (atomic_load_explicit(&lock.state, memory_order_relaxed) == 0 &&
			atomic_compare_exchange_weak_explicit(&lock.state, &free_state, 1,
				memory_order_acquire, memory_order_relaxed))
			return;
		_mm_pause();
	}
	while (atomic_exchange_explicit(&lock.state, 2, memory_order_acquire) != 0)
		syscall(SYS_futex, &lock.state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void
lock_give(void)
{
	if (atomic_exchange_explicit(&lock.state, 0, memory_order_release) == 2)
		syscall(SYS_futex, &lock.state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void
twin_lock(void)
{
	if (lock_depth++ > 0)
		return;
	atomic_fetch_add_explicit(&lock.waiters, 1, memory_order_relaxed);
	lock_take();
	atomic_fetch_sub_explicit(&lock.waiters, 1, memory_order_relaxed);
}

void
twin_unlock(void)
{
	if (--lock_depth == 0)
		lock_give();
}

/** The engine's way in: behind everybody who already waits. */
static void
lock_take_engine(void)
{
	for (unsigned int i = 1; atomic_load_explicit(&lock.waiters, memory_order_relaxed) > 0;
		i++) {
		_mm_pause();
		if (i % 1024 == 0)
			sched_yield();
	}
	lock_take();
	lock_depth = 1;
}

void
engine_lock_init_child(void)
{
	atomic_store(&lock.state, 0);
	atomic_store(&lock.waiters, 0);
	lock_depth = 0;
}

void
host_enter(sigset_t *saved)
{
	sigset_t all;

	sigfillset(&all);
	real.thread_mask(SIG_SETMASK, &all, saved);
	twin_lock();
}

void
host_leave(const sigset_t *saved)
{
	twin_unlock();
	real.thread_mask(SIG_SETMASK, saved, NULL);
}

uint64_t
twin_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- the thread ---- */

static struct {
	pthread_t thread;
	bool running;
	_Atomic bool stop;
	_Atomic bool asleep;
	int wake_fd;
	_Atomic uint64_t passes, idle; /* written by the thread alone */
} engine = { .wake_fd = -1 };

void
twin_kick(void)
{
	uint64_t one = 1;

	/* Pairs with the fence in engine_sleep(): either it sees the work or this sees it asleep.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&engine.asleep, memory_order_relaxed) &&
		write(engine.wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		twin_log("waking the engine: %s", strerror(errno));
}

/** One round over the ports; returns the frames moved. */
static unsigned int
engine_pass(void)
{
	unsigned int moved = 0;

	for (unsigned int i = 0; i < twin_cfg.nb_ports; i++) {
		struct twin_port *p = &twin_ports[i];
		unsigned int budget = p->flood != NULL ? FLOOD_BUDGET : ENGINE_BUDGET;

		lock_take_engine();
		if (!p->gone) {
			if (!twin_cfg.exact)
				twin_model_sync_hot(p);
			moved += twin_model_poll(p, budget, budget);
		}
		lock_depth = 0;
		lock_give();
	}
	return moved;
}

/** Lockstep: only what is due by the clock, and not a look at the rings before that. */
static void
engine_timers(void)
{
	for (unsigned int i = 0; i < twin_cfg.nb_ports; i++) {
		struct twin_port *p = &twin_ports[i];

		lock_take_engine();
		if (!p->gone && twin_model_next_timer(p) == 0)
			(void)twin_model_poll(p, 0, 0);
		lock_depth = 0;
		lock_give();
	}
}

/** Waits up to ns, for a kick, and for wires if asked; true if a wire has something. */
static bool
engine_sleep(uint64_t ns, bool wires)
{
	struct pollfd fds[TWIN_MAX_PORTS + 1];
	struct timespec ts;
	nfds_t nb = 0;
	uint64_t sink;
	bool wire = false;

	fds[nb++] = (struct pollfd){ .fd = engine.wake_fd, .events = POLLIN };
	atomic_store_explicit(&engine.asleep, true, memory_order_relaxed);
	/* Pairs with the fence in twin_kick(). */
	atomic_thread_fence(memory_order_seq_cst);

	lock_take_engine();
	for (unsigned int i = 0; i < twin_cfg.nb_ports; i++) {
		struct twin_port *p = &twin_ports[i];
		uint64_t due = p->gone ? UINT64_MAX : twin_model_next_timer(p);
		int fd = wires && !p->gone ? twin_wire_fd(p) : -1;

		if (due < ns)
			ns = due;
		if (fd >= 0)
			fds[nb++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	lock_depth = 0;
	lock_give();

	ts.tv_sec = (time_t)(ns / 1000000000u);
	ts.tv_nsec = (long)(ns % 1000000000u);
	if (ppoll(fds, nb, &ts, NULL) > 0) {
		if (fds[0].revents != 0 && read(engine.wake_fd, &sink, sizeof(sink)) < 0)
			sink = 0;
		for (nfds_t i = 1; i < nb; i++)
			wire = wire || fds[i].revents != 0;
	}
	atomic_store_explicit(&engine.asleep, false, memory_order_relaxed);
	return wire;
}

static inline void
count(_Atomic uint64_t *n)
{
	uint64_t was = atomic_load_explicit(n, memory_order_relaxed);

	atomic_store_explicit(n, was + 1, memory_order_relaxed);
}

static void
engine_free_run(void)
{
	uint64_t idle_since = 0, sleep_ns = ENGINE_SLEEP_MIN_NS;
	bool wires = true;

	while (!atomic_load_explicit(&engine.stop, memory_order_relaxed)) {
		unsigned int moved = engine_pass();

		count(&engine.passes);
		if (moved > 0) {
			idle_since = 0;
			sleep_ns = ENGINE_SLEEP_MIN_NS;
			wires = true;
			continue;
		}
		count(&engine.idle);
		if (twin_cfg.spin) {
			_mm_pause();
			continue;
		}
		if (idle_since == 0)
			idle_since = twin_now_ns();
		if (twin_now_ns() - idle_since < ENGINE_SPIN_NS) {
			_mm_pause();
			continue;
		}
		/*
		 * A wire that has something which its port does not take now must not keep
		 * the engine awake: then the next sleep is without the wires.
		 */
		wires = !engine_sleep(sleep_ns, wires);
		sleep_ns = sleep_ns * 2 < ENGINE_SLEEP_MAX_NS ? sleep_ns * 2 : ENGINE_SLEEP_MAX_NS;
	}
}

static void *
engine_main(void *arg)
{
	(void)arg;
	prctl(PR_SET_TIMERSLACK, 1000ul, 0, 0, 0);
	if (!twin_cfg.lockstep) {
		engine_free_run();
		return NULL;
	}
	while (!atomic_load_explicit(&engine.stop, memory_order_relaxed)) {
		engine_timers();
		(void)engine_sleep(ENGINE_TIMER_MAX_NS, false);
	}
	return NULL;
}

int
engine_start(void)
{
	sigset_t all, saved;
	int ret;

	engine.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine.wake_fd < 0)
		return -errno;
	/* Signals are for the program's threads; a fault of the engine's own must still be seen. */
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	real.thread_mask(SIG_SETMASK, &all, &saved);
	ret = pthread_create(&engine.thread, NULL, engine_main, NULL);
	real.thread_mask(SIG_SETMASK, &saved, NULL);
	if (ret != 0) {
		close(engine.wake_fd);
		engine.wake_fd = -1;
		return -ret;
	}
	pthread_setname_np(engine.thread, "twin-engine");
	engine.running = true;
	return 0;
}

void
engine_stop(void)
{
	if (!engine.running)
		return;
	atomic_store(&engine.stop, true);
	twin_kick();
	pthread_join(engine.thread, NULL);
	engine.running = false;
	close(engine.wake_fd);
	engine.wake_fd = -1;
}

__attribute__((visibility("default"))) struct twin_passes
twin_passes_get(void)
{
	return (struct twin_passes){
		.all = atomic_load_explicit(&engine.passes, memory_order_relaxed),
		.idle = atomic_load_explicit(&engine.idle, memory_order_relaxed),
	};
}

__attribute__((visibility("default"))) unsigned int
twin_step(unsigned int port, unsigned int rx, unsigned int tx)
{
	struct twin_port *p = &twin_ports[port % TWIN_MAX_PORTS];
	unsigned int moved = 0;
	sigset_t saved;

	if (!host_active() || port >= twin_cfg.nb_ports)
		return 0;
	host_enter(&saved);
	if (!p->gone) {
		if (!twin_cfg.exact)
			twin_model_sync_hot(p);
		moved = twin_model_poll(p, rx, tx);
		/* The flushes are done before the caller looks. */
		if (twin_flush_on)
			_mm_sfence();
	}
	host_leave(&saved);
	return moved;
}
