/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the files of the twin's host side promise one another: the VFIO objects,
 * the function's config space and interrupts, the traps on BAR0 and the engine.
 * The device model and the wires see none of it, they use twin.h.
 */

#ifndef TWIN_HOST_H
#define TWIN_HOST_H

#include <linux/vfio.h>
#include <signal.h>
#include <sys/types.h>

#include "iommu.h"
#include "twin.h"

#define HOST_REGION_SHIFT \
	40		   /* a region's offset in the device fd is index << 40, as the kernel's */
#define HOST_BAR2_SIZE 32u /* IOADDR and IODATA */
#define HOST_BAR3_SIZE 0x4000u /* MSI-X table and PBA */
#define HOST_PBA_OFFSET 0x2000u
#define HOST_CONFIG_SIZE 4096u

/* ---- irq.c ---- */

/** One kind of interrupt of VFIO: its eventfds and whether it is switched on. */
struct host_irq_index {
	unsigned int nb_ctx;	   /* vectors switched on with the kind, 0: off */
	int eventfd[TWIN_NB_MSIX]; /* -1: none */
	bool masked, pending;	   /* INTx only */
};

/** Sets all eventfds to "none" without closing anything. */
void irq_init(struct twin_port *p);
/** Switches every kind of interrupt off and closes the eventfds. */
void irq_disable_all(struct twin_port *p);
/** How many vectors an index of VFIO_PCI_NUM_IRQS has, and its VFIO_IRQ_INFO flags. */
unsigned int irq_count(unsigned int index, uint32_t *flags);
/** VFIO_DEVICE_SET_IRQS with data already copied in; 0 or negative errno. */
int irq_set(struct twin_port *p, const struct vfio_irq_set *set, const void *data);
/** Signals a single-vector index (VFIO_PCI_REQ_IRQ_INDEX, VFIO_PCI_ERR_IRQ_INDEX). */
bool irq_signal(struct twin_port *p, unsigned int index);

/* ---- a port's host side ---- */

struct twin_host {
	struct twin_iommu *iommu; /* of the port's container, NULL: no DMA */
	unsigned int hit;	  /* the window that the last DMA lay in */
	int memfd;		  /* BAR0 at 0, BAR3 at 3 << 40 */
	unsigned int nb_open;	  /* device files and mappings of them */
	uint32_t ioaddr;	  /* IOADDR of BAR2 */
	uint8_t config[HOST_CONFIG_SIZE];
	struct host_irq_index irq[VFIO_PCI_NUM_IRQS];
};

extern struct twin_host host_ports[TWIN_MAX_PORTS];

/** The process that opened /dev/vfio first is served; 0 or negative errno. Idempotent. */
int host_start(void);
/** True in the process that host_start() served, false in a forked child of it. */
bool host_active(void);
/** Stops the engine and the control socket; called at exit. */
void host_stop(void);

/** twin_lock() for threads of the program: with all signals blocked, so that no handler meets the
 * lock. */
void host_enter(sigset_t *saved);
void host_leave(const sigset_t *saved);

/* ---- pci.c ---- */

void pci_init(struct twin_port *p);
/** Config space access of vfio-pci: any length, no side effects but those of the registers. Bytes
 * or -errno. */
ssize_t pci_config_read(struct twin_port *p, uint64_t off, void *buf, size_t len);
ssize_t pci_config_write(struct twin_port *p, uint64_t off, const void *buf, size_t len);
/** Function-level reset: the device forgets everything, the command register is kept as Linux does.
 */
void pci_flr(struct twin_port *p);
/** State after the last close of the device: reset, no bus master, interrupts off. */
void pci_release(struct twin_port *p);
/** MSI-X and MSI enable bits follow what VFIO_DEVICE_SET_IRQS did. */
void pci_set_irq_enable(struct twin_port *p, bool msix, bool msi);

/* ---- trap.c ---- */

/** Installs the handlers of SIGSEGV and SIGTRAP, remembering those that were there. */
int trap_start(void);
/**
 * A new mapping of BAR `bar` at va, which must have been made without access if bar is 0.
 * 0 or -ENOMEM. `file` is handed to put() when the mapping ends.
 */
int trap_add(struct twin_port *p, unsigned int bar, void *va, size_t len, uint32_t off, int prot,
	void *file);
/**
 * A range of addresses goes away or is mapped over. Calls put(file) for every
 * mapping of a BAR that ends with it.
 */
void trap_remove(uintptr_t va, size_t len, void (*put)(void *file));
/** True if any mapping of a BAR lies in the range. Takes no lock. */
bool trap_overlaps(uintptr_t va, size_t len);
/** Gives or takes access to the hot pages as p->gone, p->memory_on and the mode want it. */
void trap_apply(struct twin_port *p);
/** BAR0 accesses with their counting; width in bytes 1, 2, 4 or 8. */
uint64_t trap_bar0_read(struct twin_port *p, uint32_t off, unsigned int width);
void trap_bar0_write(struct twin_port *p, uint32_t off, unsigned int width, uint64_t val);
/** sigaction() of the program for SIGSEGV and SIGTRAP: remembered, never displaces ours. */
int trap_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
/** In a forked child: the program's own handlers come back. */
void trap_forked(void);

/* ---- engine.c ---- */

int engine_start(void);
void engine_stop(void);
void engine_lock_init_child(void);

/* ---- preload.c: libc's own functions ---- */

struct real_calls {
	int (*open)(const char *, int, ...);
	int (*openat)(int, const char *, int, ...);
	int (*close)(int);
	int (*ioctl)(int, unsigned long, ...);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
	ssize_t (*pread)(int, void *, size_t, off_t);
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	int (*dup)(int);
	int (*dup2)(int, int);
	int (*dup3)(int, int, int);
	int (*fcntl)(int, int, ...);
	int (*sigaction)(int, const struct sigaction *, struct sigaction *);
	int (*thread_mask)(int, const sigset_t *, sigset_t *);
};

extern struct real_calls real;
/** Looks libc's functions up; every entry of the library calls it first. */
void real_init(void);

#endif /* TWIN_HOST_H */
