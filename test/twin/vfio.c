/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * /dev/vfio of the twin: which descriptors are ours, containers with their DMA
 * windows, and groups.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host.h"
#include "sysfs.h"
#include "vfio.h"

struct vfio_container {
	bool open; /* a descriptor exists */
	unsigned int nb_groups;
	bool type_set; /* VFIO_SET_IOMMU done */
	struct twin_iommu iommu;
};

/** Per port: whose group it is. */
static struct {
	bool open;
	struct vfio_container *container;
} vfio_groups[TWIN_MAX_PORTS];

static _Atomic(struct vfio_file *) vfio_fds[VFIO_MAX_FD];

/* ---- the program's memory ---- */

static int
user_copy(void *local, void *user, size_t len, bool to_user)
{
	struct iovec l = { .iov_base = local, .iov_len = len };
	struct iovec u = { .iov_base = user, .iov_len = len };
	ssize_t n;

	if (len == 0)
		return 0;
	if (to_user)
		n = process_vm_writev(getpid(), &l, 1, &u, 1, 0);
	else
		n = process_vm_readv(getpid(), &l, 1, &u, 1, 0);
	if (n == (ssize_t)len)
		return 0;
	if (n >= 0 || errno == EFAULT)
		return -EFAULT;
	/* Where a sandbox forbids the call, a bad pointer faults instead. */
	if (to_user)
		memcpy(user, local, len);
	else
		memcpy(local, user, len);
	return 0;
}

int
user_read(void *dst, const void *user, size_t len)
{
	return user_copy(dst, (void *)(uintptr_t)user, len, false);
}

int
user_write(void *user, const void *src, size_t len)
{
	return user_copy((void *)(uintptr_t)src, user, len, true);
}

/* ---- descriptors ---- */

bool
vfio_is_fd(int fd)
{
	return fd >= 0 && fd < VFIO_MAX_FD &&
		atomic_load_explicit(&vfio_fds[fd], memory_order_relaxed) != NULL;
}

int
vfio_install(int fd, struct vfio_file *f)
{
	if (fd >= VFIO_MAX_FD)
		return -EMFILE;
	f->refs++;
	atomic_store(&vfio_fds[fd], f);
	return 0;
}

static void
container_release(struct vfio_container *c)
{
	if (c->open || c->nb_groups > 0)
		return;
	(void)iommu_unmap_all(&c->iommu);
	free(c);
}

static void
group_detach(unsigned int port)
{
	struct vfio_container *c = vfio_groups[port].container;

	if (c == NULL)
		return;
	vfio_groups[port].container = NULL;
	host_ports[port].iommu = NULL;
	if (--c->nb_groups == 0) {
		/* The IOMMU driver goes with the last group, and all windows with it. */
		(void)iommu_unmap_all(&c->iommu);
		c->type_set = false;
	}
	container_release(c);
}

void
vfio_put(struct vfio_file *f)
{
	if (--f->refs > 0)
		return;
	switch (f->kind) {
	case VFIO_KIND_CONTAINER:
		f->container->open = false;
		container_release(f->container);
		break;
	case VFIO_KIND_GROUP:
		vfio_groups[f->port->index].open = false;
		if (host_ports[f->port->index].nb_open == 0)
			group_detach(f->port->index);
		break;
	case VFIO_KIND_DEVICE:
		vfio_device_put(f);
		if (f->port->host->nb_open == 0 && !vfio_groups[f->port->index].open)
			group_detach(f->port->index);
		break;
	}
	free(f);
}

void
vfio_closing(int fd)
{
	struct vfio_file *f;
	sigset_t saved;

	if (!vfio_is_fd(fd))
		return;
	host_enter(&saved);
	f = atomic_exchange(&vfio_fds[fd], NULL);
	if (f != NULL)
		vfio_put(f);
	host_leave(&saved);
}

void
vfio_duplicated(int from, int fd)
{
	struct vfio_file *f;
	sigset_t saved;

	host_enter(&saved);
	f = atomic_load(&vfio_fds[from]);
	if (f != NULL && vfio_install(fd, f) != 0)
		twin_log("descriptor %d is above the %d that the twin follows", fd, VFIO_MAX_FD);
	host_leave(&saved);
}

void
vfio_forked(void)
{
	for (int fd = 0; fd < VFIO_MAX_FD; fd++)
		atomic_store_explicit(&vfio_fds[fd], NULL, memory_order_relaxed);
}

/* ---- open ---- */

bool
vfio_is_path(const char *path)
{
	return path != NULL && strncmp(path, "/dev/vfio/", 10) == 0;
}

/** A descriptor of the kernel's to stand for a file of ours. */
static int
vfio_new_fd(const char *name, int flags, struct vfio_file *f)
{
	int fd = memfd_create(name, (flags & O_CLOEXEC) ? MFD_CLOEXEC : 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = vfio_install(fd, f);
	if (ret != 0) {
		real.close(fd);
		return ret;
	}
	return fd;
}

static int
vfio_open_container(int flags)
{
	struct vfio_file *f = calloc(1, sizeof(*f));
	struct vfio_container *c = calloc(1, sizeof(*c));
	int fd = -ENOMEM;

	if (f != NULL && c != NULL) {
		f->kind = VFIO_KIND_CONTAINER;
		f->container = c;
		c->open = true;
		fd = vfio_new_fd("oriel-twin-container", flags, f);
	}
	if (fd < 0) {
		free(c);
		free(f);
	}
	return fd;
}

static int
vfio_open_group(unsigned int port, int flags)
{
	struct vfio_file *f;
	int fd;

	if (vfio_groups[port].open)
		return -EBUSY;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -ENOMEM;
	f->kind = VFIO_KIND_GROUP;
	f->port = &twin_ports[port];
	fd = vfio_new_fd("oriel-twin-group", flags, f);
	if (fd < 0) {
		free(f);
		return fd;
	}
	vfio_groups[port].open = true;
	return fd;
}

int
vfio_open(const char *path, int flags)
{
	const char *name = path + strlen("/dev/vfio/");
	unsigned int group;
	sigset_t saved;
	char end;
	int ret;

	ret = host_start();
	if (ret != 0)
		return ret;
	host_enter(&saved);
	if (strcmp(name, "vfio") == 0)
		ret = vfio_open_container(flags);
	else if (sscanf(name, "%u%c", &group, &end) == 1 && group >= SYSFS_GROUP(0u) &&
		group < SYSFS_GROUP(twin_cfg.nb_ports))
		ret = vfio_open_group(group - SYSFS_GROUP(0u), flags);
	else
		ret = -ENOENT;
	host_leave(&saved);
	return ret;
}

/* ---- container ---- */

/** VFIO_IOMMU_GET_INFO's answer with both capabilities behind it. */
struct vfio_iommu_answer {
	struct vfio_iommu_type1_info info;
	uint32_t pad;
	struct {
		struct vfio_info_cap_header header;
		uint32_t nr_iovas;
		uint32_t reserved;
		struct vfio_iova_range range[IOMMU_NB_VALID];
	} iova;
	struct {
		struct vfio_info_cap_header header;
		uint32_t avail;
		uint32_t pad;
	} avail;
};

static int
container_get_info(struct vfio_container *c, void *arg)
{
	const uint32_t minsz = offsetof(struct vfio_iommu_type1_info, iova_pgsizes) + 8;
	struct vfio_iommu_answer a = {
		.info = {
			.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS,
			.iova_pgsizes = 0x40201000,	/* 4 KiB, 2 MiB, 1 GiB */
		},
		.iova = {
			.header = { VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 1, 0 },
			.nr_iovas = IOMMU_NB_VALID,
		},
		.avail = {
			.header = { VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, 1, 0 },
			.avail = IOMMU_ENTRY_LIMIT - c->iommu.nb_win,
		},
	};
	uint32_t argsz, copy;
	int ret;

	ret = user_read(&argsz, arg, sizeof(argsz));
	if (ret != 0)
		return ret;
	if (argsz < minsz)
		return -EINVAL;
	for (unsigned int i = 0; i < IOMMU_NB_VALID; i++) {
		a.iova.range[i].start = iommu_valid[i].first;
		a.iova.range[i].end = iommu_valid[i].last;
	}
	a.iova.header.next = offsetof(struct vfio_iommu_answer, avail);
	a.info.argsz = sizeof(a);
	if (argsz >= sizeof(a)) {
		a.info.cap_offset = offsetof(struct vfio_iommu_answer, iova);
		copy = sizeof(a);
	} else {
		/* Too small for the chain: say how much it takes, show no offset. */
		copy = argsz < sizeof(a.info) ? minsz : (uint32_t)sizeof(a.info);
	}
	return user_write(arg, &a, copy);
}

/** 0 if [va, va + len) is mapped in the program with the rights that pinning it takes. */
static int
container_check_memory(uintptr_t va, uint64_t len, uint32_t prot)
{
	uintptr_t at = va, end = va + len, lo, hi;
	char r, w;
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];

	if (f == NULL)
		return 0;
	while (at < end && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx %c%c", &lo, &hi, &r, &w) != 4 || hi <= at)
			continue;
		if (lo > at || r != 'r' || ((prot & IOMMU_WRITE) != 0 && w != 'w'))
			break;
		at = hi;
	}
	fclose(f);
	return at >= end ? 0 : -EFAULT;
}

static int
container_map_dma(struct vfio_container *c, void *arg)
{
	struct vfio_iommu_type1_dma_map m;
	uint32_t prot = 0;
	int ret;

	ret = user_read(&m, arg, sizeof(m));
	if (ret != 0)
		return ret;
	if (m.argsz < sizeof(m) ||
		(m.flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)) != 0)
		return -EINVAL;
	if ((m.flags & VFIO_DMA_MAP_FLAG_READ) != 0)
		prot |= IOMMU_READ;
	if ((m.flags & VFIO_DMA_MAP_FLAG_WRITE) != 0)
		prot |= IOMMU_WRITE;
	ret = iommu_map(&c->iommu, m.iova, m.vaddr, m.size, prot);
	if (ret != 0)
		return ret;
	ret = container_check_memory(m.vaddr, m.size, prot);
	if (ret != 0) {
		uint64_t bytes;

		(void)iommu_unmap(&c->iommu, m.iova, m.size, &bytes);
	}
	return ret;
}

static int
container_unmap_dma(struct vfio_container *c, void *arg)
{
	struct vfio_iommu_type1_dma_unmap u;
	int ret;

	ret = user_read(&u, arg, sizeof(u));
	if (ret != 0)
		return ret;
	if (u.argsz < sizeof(u) || (u.flags & ~VFIO_DMA_UNMAP_FLAG_ALL) != 0)
		return -EINVAL;
	if ((u.flags & VFIO_DMA_UNMAP_FLAG_ALL) != 0) {
		if (u.iova != 0 || u.size != 0)
			return -EINVAL;
		u.size = iommu_unmap_all(&c->iommu);
	} else {
		uint64_t bytes;

		ret = iommu_unmap(&c->iommu, u.iova, u.size, &bytes);
		if (ret != 0)
			return ret;
		u.size = bytes;
	}
	return user_write(arg, &u, sizeof(u));
}

static int
container_set_iommu(struct vfio_container *c, unsigned long type)
{
	if (c->nb_groups == 0 || c->type_set)
		return -EINVAL;
	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -ENODEV;
	c->type_set = true;
	for (unsigned int i = 0; i < TWIN_MAX_PORTS; i++)
		if (vfio_groups[i].container == c)
			host_ports[i].iommu = &c->iommu;
	return 0;
}

static int
container_ioctl(struct vfio_container *c, unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		switch ((uintptr_t)arg) {
		case VFIO_TYPE1_IOMMU:
		case VFIO_TYPE1v2_IOMMU:
		case VFIO_UNMAP_ALL:
			return 1;
		default:
			return 0;
		}
	case VFIO_SET_IOMMU:
		return container_set_iommu(c, (unsigned long)(uintptr_t)arg);
	default:
		break;
	}
	if (!c->type_set)
		return -EINVAL;
	switch (request) {
	case VFIO_IOMMU_GET_INFO:
		return container_get_info(c, arg);
	case VFIO_IOMMU_MAP_DMA:
		return container_map_dma(c, arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return container_unmap_dma(c, arg);
	default:
		return -ENOTTY;
	}
}

/* ---- group ---- */

static int
group_get_status(unsigned int port, void *arg)
{
	struct vfio_group_status st;
	int ret;

	ret = user_read(&st, arg, sizeof(st));
	if (ret != 0)
		return ret;
	if (st.argsz < sizeof(st))
		return -EINVAL;
	st.flags = VFIO_GROUP_FLAGS_VIABLE;
	if (vfio_groups[port].container != NULL)
		st.flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	return user_write(arg, &st, sizeof(st));
}

static int
group_set_container(unsigned int port, void *arg)
{
	struct vfio_file *cf;
	int32_t fd;
	int ret;

	ret = user_read(&fd, arg, sizeof(fd));
	if (ret != 0)
		return ret;
	if (fd < 0 || vfio_groups[port].container != NULL)
		return -EINVAL;
	cf = fd < VFIO_MAX_FD ? atomic_load(&vfio_fds[fd]) : NULL;
	if (cf == NULL)
		return real.fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	if (cf->kind != VFIO_KIND_CONTAINER)
		return -EINVAL;
	vfio_groups[port].container = cf->container;
	cf->container->nb_groups++;
	if (cf->container->type_set)
		host_ports[port].iommu = &cf->container->iommu;
	return 0;
}

static int
group_get_device(unsigned int port, void *arg)
{
	struct twin_port *p = &twin_ports[port];
	char name[sizeof(p->cfg->pci_addr)];
	struct vfio_container *c;

	memset(name, 0, sizeof(name));
	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		int ret = user_read(&name[i], (const char *)arg + i, 1);

		if (ret != 0)
			return ret;
		if (name[i] == '\0')
			break;
	}
	c = vfio_groups[port].container;
	if (c == NULL || !c->type_set)
		return -EINVAL;
	if (strcmp(name, p->cfg->pci_addr) != 0 || p->gone)
		return -ENODEV;
	return vfio_device_open(p);
}

static int
group_ioctl(unsigned int port, unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		return group_get_status(port, arg);
	case VFIO_GROUP_SET_CONTAINER:
		return group_set_container(port, arg);
	case VFIO_GROUP_UNSET_CONTAINER:
		if (vfio_groups[port].container == NULL)
			return -EINVAL;
		if (host_ports[port].nb_open > 0)
			return -EBUSY;
		group_detach(port);
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return group_get_device(port, arg);
	default:
		return -ENOTTY;
	}
}

int
vfio_ioctl(int fd, unsigned long request, void *arg)
{
	struct vfio_file *f;
	int ret = -EBADF;
	sigset_t saved;

	host_enter(&saved);
	f = atomic_load(&vfio_fds[fd]);
	if (f != NULL) {
		/* ioctl numbers are 32 bits to the kernel; callers pass them sign-extended. */
		request = (uint32_t)request;
		if (f->kind == VFIO_KIND_CONTAINER)
			ret = container_ioctl(f->container, request, arg);
		else if (f->kind == VFIO_KIND_GROUP)
			ret = group_ioctl(f->port->index, request, arg);
		else
			ret = vfio_device_ioctl(f, request, arg);
	}
	host_leave(&saved);
	return ret;
}

void *
vfio_mmap(void *va, size_t len, int prot, int flags, int fd, uint64_t off)
{
	void *ret = (void *)(intptr_t)-EBADF;
	struct vfio_file *f;
	sigset_t saved;

	host_enter(&saved);
	f = atomic_load(&vfio_fds[fd]);
	if (f != NULL && f->kind != VFIO_KIND_DEVICE)
		ret = (void *)(intptr_t)-ENODEV;
	else if (f != NULL)
		ret = vfio_device_mmap(f, va, len, prot, flags, fd, off);
	host_leave(&saved);
	return ret;
}

ssize_t
vfio_pread(int fd, void *buf, size_t len, uint64_t off)
{
	struct vfio_file *f;
	ssize_t ret = -EBADF;
	sigset_t saved;

	host_enter(&saved);
	f = atomic_load(&vfio_fds[fd]);
	if (f != NULL)
		ret = f->kind == VFIO_KIND_DEVICE ? vfio_device_pread(f->port, buf, len, off) :
						    -EINVAL;
	host_leave(&saved);
	return ret;
}

ssize_t
vfio_pwrite(int fd, const void *buf, size_t len, uint64_t off)
{
	struct vfio_file *f;
	ssize_t ret = -EBADF;
	sigset_t saved;

	host_enter(&saved);
	f = atomic_load(&vfio_fds[fd]);
	if (f != NULL)
		ret = f->kind == VFIO_KIND_DEVICE ? vfio_device_pwrite(f->port, buf, len, off) :
						    -EINVAL;
	host_leave(&saved);
	return ret;
}

static void
vfio_put_mapping(void *file)
{
	vfio_put(file);
}

void
vfio_memory_gone(void *va, size_t len)
{
	sigset_t saved;

	host_enter(&saved);
	trap_remove((uintptr_t)va, len, vfio_put_mapping);
	for (unsigned int i = 0; i < TWIN_MAX_PORTS; i++)
		if (host_ports[i].iommu != NULL)
			iommu_forget_memory(host_ports[i].iommu, (uintptr_t)va, len);
	host_leave(&saved);
}
