/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Brings the twin up in the process that opens /dev/vfio first, and takes it down when
 * that process ends. Other processes of the command (shells, helpers, forked children)
 * find the devices busy, as they would with real ones.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "vfio.h"

struct twin_host host_ports[TWIN_MAX_PORTS];

static pthread_mutex_t host_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool host_running;
static int host_owner_fd = -1;
static int host_state = 1; /* of host_start(): 1 not tried yet, else the result */

bool
host_active(void)
{
	return atomic_load_explicit(&host_running, memory_order_acquire);
}

/** One process at a time has the devices; the kernel drops this with the process. */
static int
host_own(void)
{
	struct flock lk = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[TWIN_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/owner", twin_cfg.run_dir);
	host_owner_fd = real.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (host_owner_fd < 0)
		return -errno;
	if (real.fcntl(host_owner_fd, F_SETLK, &lk) == 0)
		return 0;
	real.close(host_owner_fd);
	host_owner_fd = -1;
	return -EBUSY;
}

static struct twin_shared *
host_map_counters(void)
{
	char path[TWIN_PATH_MAX + 16];
	struct twin_shared *sh;
	int fd;

	snprintf(path, sizeof(path), "%s/counters", twin_cfg.run_dir);
	fd = real.open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	sh = real.mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	real.close(fd);
	return sh == MAP_FAILED ? NULL : sh;
}

/** The BARs: one memory file, BAR0 at 0 and BAR3 at its VFIO offset. */
static int
host_make_bars(struct twin_port *p)
{
	int fd = memfd_create("oriel-twin-device", MFD_CLOEXEC);
	void *regs;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)((UINT64_C(3) << HOST_REGION_SHIFT) + HOST_BAR3_SIZE)) != 0) {
		int ret = -errno;

		real.close(fd);
		return ret;
	}
	regs = real.mmap(NULL, TWIN_BAR0_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (regs == MAP_FAILED) {
		real.close(fd);
		return -ENOMEM;
	}
	p->regs = regs;
	p->host->memfd = fd;
	return 0;
}

static int
host_start_port(unsigned int i, struct twin_shared *sh)
{
	struct twin_port *p = &twin_ports[i];
	int ret;

	p->index = i;
	p->cfg = &twin_cfg.port[i];
	p->cnt = &sh->port[i];
	p->host = &host_ports[i];
	irq_init(p);
	ret = host_make_bars(p);
	if (ret == 0) {
		pci_init(p);
		ret = twin_model_init(p);
	}
	if (ret != 0) {
		twin_log("port %u: cannot make the device: %s", i, strerror(-ret));
		return ret;
	}
	twin_model_reset(p, TWIN_RESET_POWER);
	return twin_wire_open(p); /* says itself what went wrong */
}

/** The devices, their wires, and what moves and steers them. */
static int
host_start_devices(struct twin_shared *sh)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < twin_cfg.nb_ports; i++)
		ret = host_start_port(i, sh);
	if (ret == 0)
		ret = trap_start();
	if (ret == 0)
		ret = engine_start();
	if (ret == 0)
		ret = twin_control_start();
	return ret;
}

static int
host_start_once(void)
{
	struct twin_shared *sh;
	int ret;

	ret = twin_opts_from_env(&twin_cfg);
	if (ret != 0) {
		twin_log("the environment has no configuration that this library understands: %s",
			strerror(-ret));
		return ret;
	}
	ret = host_own();
	if (ret != 0)
		return ret;
	sh = host_map_counters();
	if (sh == NULL) {
		twin_log("%s/counters: %s", twin_cfg.run_dir, strerror(errno));
		return -EIO;
	}
	ret = host_start_devices(sh);
	if (ret == 0)
		atomic_store_explicit(&host_running, true, memory_order_release);
	else
		twin_log("cannot start: %s", strerror(-ret));
	/* Many programs are content without ports: the launcher is not. */
	sh->failed = ret != 0;
	return ret;
}

int
host_start(void)
{
	sigset_t all, saved;
	int ret;

	if (host_active())
		return 0;
	sigfillset(&all);
	real.thread_mask(SIG_SETMASK, &all, &saved);
	pthread_mutex_lock(&host_mutex);
	/* Another process may be done with the devices by now, so -EBUSY is not final. */
	if (host_state == 1 || (host_state == -EBUSY && host_owner_fd < 0))
		host_state = host_start_once();
	ret = host_state;
	pthread_mutex_unlock(&host_mutex);
	real.thread_mask(SIG_SETMASK, &saved, NULL);
	return ret;
}

void
host_stop(void)
{
	if (!host_active())
		return;
	twin_control_stop();
	engine_stop();
	for (unsigned int i = 0; i < twin_cfg.nb_ports; i++)
		twin_wire_close(&twin_ports[i]);
}

/** A forked child has neither the engine nor the device; its VFIO descriptors are dead. */
static void
host_forked(void)
{
	if (!host_active())
		return;
	atomic_store(&host_running, false);
	/* The parent has the devices, now and for as long as it lives. */
	host_state = -EBUSY;
	engine_lock_init_child();
	trap_forked();
	vfio_forked();
}

__attribute__((constructor)) static void
host_on_load(void)
{
	real_init();
	pthread_atfork(NULL, NULL, host_forked);
}

__attribute__((destructor)) static void
host_on_exit(void)
{
	host_stop();
}

int
twin_unplug(unsigned int port, bool request)
{
	struct twin_port *p;
	int ret = 0;

	if (port >= twin_cfg.nb_ports)
		return -ENODEV;
	p = &twin_ports[port];
	twin_lock();
	if (p->gone) {
		ret = -ENODEV;
	} else if (request) {
		/* vfio-pci asks the user to let go, and waits for it. */
		if (!irq_signal(p, VFIO_PCI_REQ_IRQ_INDEX))
			ret = -ENOTCONN;
	} else {
		p->gone = true;
		trap_apply(p);
	}
	twin_unlock();
	return ret;
}

int
twin_fault(unsigned int port, enum twin_fault kind, uint32_t queues, bool on)
{
	struct twin_port *p;
	int ret = 0;

	if (port >= twin_cfg.nb_ports)
		return -ENODEV;
	p = &twin_ports[port];
	twin_lock();
	if (kind == TWIN_FAULT_LOST && p->model != NULL) {
		/* What comes back was reset meanwhile; its config space is as it was. */
		if (p->gone && !on)
			twin_model_reset(p, TWIN_RESET_POWER);
		p->gone = on;
		trap_apply(p);
	} else if (p->gone || p->model == NULL) {
		ret = -ENODEV;
	} else {
		twin_model_fault(p, kind, queues, on);
	}
	twin_unlock();
	return ret;
}
