/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The twin's VFIO objects behind file descriptors: containers, groups, devices. The
 * interposers of preload.c speak to these functions only; all answer as the kernel
 * does, with a value or a negative errno.
 */

#ifndef TWIN_VFIO_H
#define TWIN_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twin.h"

#define VFIO_MAX_FD 65536

enum vfio_kind {
	VFIO_KIND_CONTAINER,
	VFIO_KIND_GROUP,
	VFIO_KIND_DEVICE,
};

struct vfio_container;

/** An open file: what the descriptors that dup() made share. */
struct vfio_file {
	enum vfio_kind kind;
	unsigned int refs;		  /* descriptors and mappings */
	struct vfio_container *container; /* of a container file */
	struct twin_port *port;		  /* of a group or device file */
};

/** True if the path is one that the twin answers for (/dev/vfio/...). */
bool vfio_is_path(const char *path);

/** Opens /dev/vfio/vfio or a group. A descriptor, or negative errno. */
int vfio_open(const char *path, int flags);

/** True if the descriptor is one of ours. Takes no lock. */
bool vfio_is_fd(int fd);

int vfio_ioctl(int fd, unsigned long request, void *arg);
ssize_t vfio_pread(int fd, void *buf, size_t len, uint64_t off);
ssize_t vfio_pwrite(int fd, const void *buf, size_t len, uint64_t off);
void *vfio_mmap(void *va, size_t len, int prot, int flags, int fd, uint64_t off);

/** The memory goes away or is mapped over: ends BAR mappings and DMA windows on it. */
void vfio_memory_gone(void *va, size_t len);

/** fd was made by dup() from one of ours. */
void vfio_duplicated(int from, int fd);
/** fd is about to be closed; does nothing if it is not ours. */
void vfio_closing(int fd);
/** A forked child has none of them. */
void vfio_forked(void);

/* ---- between vfio.c and vfio_device.c ---- */

/** A descriptor for a new file of a device: first open resets it. Called with the lock held. */
int vfio_device_open(struct twin_port *p);
void vfio_device_put(struct vfio_file *f);
int vfio_device_ioctl(struct vfio_file *f, unsigned long request, void *arg);
void *vfio_device_mmap(
	struct vfio_file *f, void *va, size_t len, int prot, int flags, int fd, uint64_t off);
ssize_t vfio_device_pread(struct twin_port *p, void *buf, size_t len, uint64_t off);
ssize_t vfio_device_pwrite(struct twin_port *p, const void *buf, size_t len, uint64_t off);
/** Registers fd as a descriptor of f, taking a reference. */
int vfio_install(int fd, struct vfio_file *f);
void vfio_put(struct vfio_file *f);

/** The program's memory, with -EFAULT instead of a fault. */
int user_read(void *dst, const void *user, size_t len);
int user_write(void *user, const void *src, size_t len);

#endif /* TWIN_VFIO_H */
