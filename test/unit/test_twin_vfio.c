/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Tests test/twin/{vfio,vfio_device,pci,irq,preload}.c from a program's side: runs under
 * `oriel-twin --ports 2` and speaks to /dev/vfio as to the kernel's.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../twin/twin.h"

#define SIZE_2M (2u << 20)
#define CONFIG_OFF (UINT64_C(7) << 40)
#define MSIX_OFF (UINT64_C(3) << 40)
#define REG_STATUS 0x8
#define NB_MSIX 10

/* Not known to be NULL at compile time, or the compiler complains about it. */
static void *volatile nowhere;

static const char *const address[] = { "0000:01:00.0", "0000:02:00.0" };

/* One opened device with its group and container. */
struct dev {
	int container, group, fd;
};

#define assert_errno(call, want) \
	do { \
		errno = 0; \
		assert_int_equal((call), -1); \
		assert_int_equal(errno, want); \
	} while (0)

static unsigned int
count_fds(void)
{
	unsigned int nb = 0;
	DIR *d = opendir("/proc/self/fd");

	assert_non_null(d);
	while (readdir(d) != NULL)
		nb++;
	closedir(d);
	return nb;
}

static struct dev
dev_open(unsigned int port)
{
	char path[32];
	struct dev d;

	snprintf(path, sizeof(path), "/dev/vfio/%u", port + 1);
	d.container = open("/dev/vfio/vfio", O_RDWR);
	d.group = open(path, O_RDWR);
	assert_true(d.container >= 0 && d.group >= 0);
	assert_int_equal(ioctl(d.group, VFIO_GROUP_SET_CONTAINER, &d.container), 0);
	assert_int_equal(ioctl(d.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0);
	d.fd = ioctl(d.group, VFIO_GROUP_GET_DEVICE_FD, address[port]);
	assert_true(d.fd >= 0);
	return d;
}

static void
dev_close(struct dev *d)
{
	assert_int_equal(close(d->fd), 0);
	assert_int_equal(close(d->group), 0);
	assert_int_equal(close(d->container), 0);
}

static uint32_t
config32(const struct dev *d, unsigned int off)
{
	uint32_t v;

	assert_int_equal(pread(d->fd, &v, 4, (off_t)(CONFIG_OFF + off)), 4);
	return v;
}

static void
config_set(const struct dev *d, unsigned int off, uint32_t val, unsigned int len)
{
	assert_int_equal(pwrite(d->fd, &val, len, (off_t)(CONFIG_OFF + off)), len);
}

static void
test_witnesses(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/sys/module/vfio", &st), 0);
	assert_int_equal(stat("/sys/module/vfio_pci", &st), 0);
	assert_int_equal(access("/dev/vfio/vfio", R_OK | W_OK), 0);
	assert_errno(stat("/sys/module/oriel_no_such_module", &st), ENOENT);
	assert_errno(open("/dev/vfio/77", O_RDWR), ENOENT);
	assert_errno(open("/dev/vfio/0", O_RDWR), ENOENT);
	assert_errno(open("/dev/vfio/1x", O_RDWR), ENOENT);
	/* What is not ours gives libc's own answers. */
	assert_errno(close(-1), EBADF);
	assert_errno(ioctl(-1, VFIO_GET_API_VERSION), EBADF);
	assert_errno(ioctl(0x7fffffff, VFIO_GET_API_VERSION), EBADF);
	assert_errno(open("/no/such/file", O_RDONLY), ENOENT);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, -1, 0), MAP_FAILED);
	assert_int_equal(errno, EBADF);
}

static void
test_group_order(void **state)
{
	struct vfio_group_status st = { .argsz = sizeof(st) };
	int c, g, other, fd, bad = 12345;

	(void)state;
	c = open("/dev/vfio/vfio", O_RDWR);
	g = open("/dev/vfio/1", O_RDWR);
	assert_true(c >= 0 && g >= 0);
	assert_int_equal(ioctl(c, VFIO_GET_API_VERSION), VFIO_API_VERSION);
	assert_int_equal(ioctl(c, VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU), 1);
	assert_int_equal(ioctl(c, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU), 1);
	assert_int_equal(ioctl(c, VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU), 0);
	assert_errno(open("/dev/vfio/1", O_RDWR), EBUSY);
	assert_errno(ioctl(c, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), EINVAL);
	assert_errno(ioctl(c, VFIO_IOMMU_GET_INFO, &st), EINVAL);
	assert_errno(ioctl(g, VFIO_GROUP_GET_DEVICE_FD, address[0]), EINVAL);
	assert_errno(ioctl(g, VFIO_GROUP_UNSET_CONTAINER), EINVAL);
	assert_errno(ioctl(g, VFIO_GROUP_SET_CONTAINER, &bad), EBADF);
	assert_errno(ioctl(g, VFIO_GROUP_SET_CONTAINER, &g), EINVAL);
	assert_errno(ioctl(g, VFIO_GROUP_SET_CONTAINER, NULL), EFAULT);
	assert_errno(ioctl(g, 0x3b00 + 200, NULL), ENOTTY);

	assert_int_equal(ioctl(g, VFIO_GROUP_GET_STATUS, &st), 0);
	assert_int_equal(st.flags, VFIO_GROUP_FLAGS_VIABLE);
	assert_int_equal(ioctl(g, VFIO_GROUP_SET_CONTAINER, &c), 0);
	assert_errno(ioctl(g, VFIO_GROUP_SET_CONTAINER, &c), EINVAL);
	assert_int_equal(ioctl(g, VFIO_GROUP_GET_STATUS, &st), 0);
	assert_int_equal(st.flags, VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET);
	st.argsz = 4;
	assert_errno(ioctl(g, VFIO_GROUP_GET_STATUS, &st), EINVAL);

	assert_errno(ioctl(g, VFIO_GROUP_GET_DEVICE_FD, address[0]), EINVAL);
	assert_errno(ioctl(c, VFIO_SET_IOMMU, 77), ENODEV);
	assert_int_equal(ioctl(c, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), 0);
	assert_errno(ioctl(c, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), EINVAL);
	assert_errno(ioctl(g, VFIO_GROUP_GET_DEVICE_FD, address[1]), ENODEV);
	assert_errno(ioctl(g, VFIO_GROUP_GET_DEVICE_FD, "0000:99:00.0 and more text"), ENODEV);
	assert_errno(ioctl(g, VFIO_GROUP_GET_DEVICE_FD, NULL), EFAULT);
	fd = ioctl(g, VFIO_GROUP_GET_DEVICE_FD, address[0]);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_errno(ioctl(g, VFIO_GROUP_UNSET_CONTAINER), EBUSY);

	/* A second group joins the container of the first. */
	other = open("/dev/vfio/2", O_RDWR);
	assert_int_equal(ioctl(other, VFIO_GROUP_SET_CONTAINER, &c), 0);
	bad = ioctl(other, VFIO_GROUP_GET_DEVICE_FD, address[1]);
	assert_true(bad >= 0);
	close(bad);
	close(other);
	close(fd);
	assert_int_equal(ioctl(g, VFIO_GROUP_UNSET_CONTAINER), 0);
	/* The last group took the IOMMU with it. */
	assert_errno(ioctl(c, VFIO_IOMMU_GET_INFO, &st), EINVAL);
	close(g);
	close(c);
}

static int
map_dma(int c, void *va, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m),
		.flags = flags,
		.vaddr = (uintptr_t)va,
		.iova = iova,
		.size = size,
	};

	return ioctl(c, VFIO_IOMMU_MAP_DMA, &m);
}

static void
test_dma_map(void **state)
{
	struct vfio_iommu_type1_dma_unmap u = { .argsz = sizeof(u) };
	struct vfio_iommu_type1_dma_map m = { .argsz = sizeof(m) };
	const uint32_t rw = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	struct dev d = dev_open(0);
	uint8_t *va = mmap(
		NULL, SIZE_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_errno(map_dma(d.container, va, 0, SIZE_2M, 0), EINVAL);
	assert_errno(map_dma(d.container, va, 0, SIZE_2M, rw | 64), EINVAL);
	assert_errno(map_dma(d.container, va, 12, SIZE_2M, rw), EINVAL);
	assert_errno(map_dma(d.container, va + 12, 0, SIZE_2M, rw), EINVAL);
	assert_errno(map_dma(d.container, va, 0, 0, rw), EINVAL);
	assert_errno(map_dma(d.container, va, 0xfee00000, 4096, rw), EINVAL);
	m.argsz = 8;
	assert_errno(ioctl(d.container, VFIO_IOMMU_MAP_DMA, &m), EINVAL);
	assert_errno(ioctl(d.container, VFIO_IOMMU_MAP_DMA, NULL), EFAULT);
	assert_int_equal(map_dma(d.container, va, 0, SIZE_2M / 2, rw), 0);
	assert_errno(map_dma(d.container, va, 4096, 4096, rw), EEXIST);

	/* Memory that is not there, or must not be written, cannot be pinned. */
	assert_int_equal(mprotect(va + SIZE_2M / 2, 4096, PROT_READ), 0);
	assert_errno(map_dma(d.container, va + SIZE_2M / 2, SIZE_2M, 8192, rw), EFAULT);
	assert_int_equal(munmap(va + SIZE_2M - 4096, 4096), 0);
	assert_errno(map_dma(d.container, va + SIZE_2M - 8192, SIZE_2M, 8192, rw), EFAULT);
	assert_int_equal(
		map_dma(d.container, va + SIZE_2M / 2, SIZE_2M, 4096, VFIO_DMA_MAP_FLAG_READ), 0);

	u.size = 4096;
	assert_errno(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), EINVAL);
	u.size = 12;
	assert_errno(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), EINVAL);
	u.iova = 64 * (uint64_t)SIZE_2M;
	u.size = 4096;
	assert_int_equal(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), 0);
	assert_int_equal(u.size, 0);
	u.iova = 0;
	u.size = SIZE_2M / 2;
	assert_int_equal(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), 0);
	assert_int_equal(u.size, SIZE_2M / 2);
	u.flags = VFIO_DMA_UNMAP_FLAG_ALL;
	assert_errno(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), EINVAL);
	u.size = 0;
	assert_int_equal(ioctl(d.container, VFIO_IOMMU_UNMAP_DMA, &u), 0);
	assert_int_equal(u.size, 4096);
	munmap(va, SIZE_2M);
	dev_close(&d);
}

static void
test_iommu_info(void **state)
{
	uint8_t buf[512];
	struct vfio_iommu_type1_info *info = (struct vfio_iommu_type1_info *)buf;
	struct dev d = dev_open(0);
	bool ranges = false, avail = false;
	uint32_t want, off;

	(void)state;
	memset(buf, 0, sizeof(buf));
	info->argsz = 8;
	assert_errno(ioctl(d.container, VFIO_IOMMU_GET_INFO, info), EINVAL);
	/* Too short for the chain: the size that it takes comes back. */
	info->argsz = sizeof(*info);
	assert_int_equal(ioctl(d.container, VFIO_IOMMU_GET_INFO, info), 0);
	assert_true(info->flags & VFIO_IOMMU_INFO_CAPS);
	assert_int_equal(info->iova_pgsizes & 4096, 4096);
	assert_int_equal(info->cap_offset, 0);
	want = info->argsz;
	assert_true(want > sizeof(*info) && want <= sizeof(buf));
	assert_int_equal(ioctl(d.container, VFIO_IOMMU_GET_INFO, info), 0);
	for (off = info->cap_offset; off != 0;) {
		const struct vfio_info_cap_header *cap = (void *)(buf + off);

		assert_true(off + sizeof(*cap) <= want);
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
			const struct vfio_iommu_type1_info_cap_iova_range *r = (const void *)cap;

			ranges = true;
			assert_int_equal(r->nr_iovas, 2);
			assert_int_equal(r->iova_ranges[0].end, 0xfedfffff);
			assert_int_equal(r->iova_ranges[1].end, 0xffffffffffff);
		} else if (cap->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) {
			avail = true;
			assert_int_equal(
				((const struct vfio_iommu_type1_info_dma_avail *)(const void *)cap)
					->avail,
				65535);
		}
		off = cap->next;
	}
	assert_true(ranges && avail);
	dev_close(&d);
}

static void
test_device_info(void **state)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	struct {
		struct vfio_region_info info;
		uint8_t caps[64];
	} r = { .info.argsz = sizeof(r) };
	struct dev d = dev_open(0);

	(void)state;
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_INFO, &info), 0);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
	assert_int_equal(info.num_regions, VFIO_PCI_NUM_REGIONS);
	info.argsz = 3;
	assert_errno(ioctl(d.fd, VFIO_DEVICE_GET_INFO, &info), EINVAL);
	assert_errno(ioctl(d.fd, VFIO_DEVICE_GET_INFO, NULL), EFAULT);

	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_REGION_INFO, &r), 0);
	assert_int_equal(r.info.size, 0x20000);
	assert_int_equal(r.info.offset, 0);
	assert_true(r.info.flags & VFIO_REGION_INFO_FLAG_MMAP);
	r.info.index = VFIO_PCI_BAR3_REGION_INDEX;
	r.info.argsz = sizeof(r.info);
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_REGION_INFO, &r), 0);
	assert_int_equal(r.info.cap_offset, 0);
	assert_true(r.info.argsz > sizeof(r.info));
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_REGION_INFO, &r), 0);
	assert_int_equal(r.info.offset, MSIX_OFF);
	assert_int_equal(((struct vfio_info_cap_header *)((uint8_t *)&r + r.info.cap_offset))->id,
		VFIO_REGION_INFO_CAP_MSIX_MAPPABLE);
	r.info.index = VFIO_PCI_BAR5_REGION_INDEX;
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_REGION_INFO, &r), 0);
	assert_int_equal(r.info.size, 0);
	assert_int_equal(r.info.flags, 0);
	r.info.index = VFIO_PCI_NUM_REGIONS;
	assert_errno(ioctl(d.fd, VFIO_DEVICE_GET_REGION_INFO, &r), EINVAL);

	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_IRQ_INFO, &irq), 0);
	assert_int_equal(irq.count, NB_MSIX);
	assert_true(irq.flags & VFIO_IRQ_INFO_EVENTFD);
	irq.index = VFIO_PCI_NUM_IRQS;
	assert_errno(ioctl(d.fd, VFIO_DEVICE_GET_IRQ_INFO, &irq), EINVAL);
	assert_errno(ioctl(d.fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info), ENODEV);
	assert_errno(ioctl(d.fd, VFIO_DEVICE_QUERY_GFX_PLANE, &info), ENOTTY);
	dev_close(&d);
}

static void
test_config(void **state)
{
	struct dev d = dev_open(0);
	unsigned int cap, nb = 0, seen = 0, express = 0;
	uint32_t v = 0;

	(void)state;
	assert_int_equal(config32(&d, 0) & 0xffff, 0x8086);
	assert_int_equal(config32(&d, PCI_CLASS_REVISION), 0x02000001);
	for (cap = config32(&d, PCI_CAPABILITY_LIST) & 0xff; cap != 0 && nb < 16; nb++) {
		v = config32(&d, cap);
		seen |= 1u << (v & 0x1f);
		if ((v & 0xff) == PCI_CAP_ID_MSIX) {
			assert_int_equal((v >> 16) & PCI_MSIX_FLAGS_QSIZE, NB_MSIX - 1);
			assert_int_equal(config32(&d, cap + PCI_MSIX_TABLE), 3);
			assert_int_equal(config32(&d, cap + PCI_MSIX_PBA), 0x2003);
		} else if ((v & 0xff) == PCI_CAP_ID_EXP) {
			express = cap;
			assert_true(config32(&d, cap + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR);
		}
		cap = (v >> 8) & 0xff;
	}
	assert_int_equal(nb, 4);
	assert_int_equal(seen,
		1u << PCI_CAP_ID_PM | 1u << PCI_CAP_ID_MSI | 1u << PCI_CAP_ID_MSIX |
			1u << PCI_CAP_ID_EXP);
	assert_int_equal(config32(&d, 0x100) & 0xffff, PCI_EXT_CAP_ID_ERR);

	/* Handed out with memory on and bus mastership off. */
	assert_int_equal(config32(&d, PCI_COMMAND) & 0x7, PCI_COMMAND_MEMORY);
	config_set(&d, PCI_COMMAND, 0xffff, 2);
	assert_int_equal(config32(&d, PCI_COMMAND) & 0xffff, 0x0547);
	/* Identity is read-only, BARs tell their size. */
	config_set(&d, 0, 0, 4);
	assert_int_equal(config32(&d, 0) & 0xffff, 0x8086);
	config_set(&d, PCI_BASE_ADDRESS_0, 0xffffffff, 4);
	assert_int_equal(config32(&d, PCI_BASE_ADDRESS_0), 0xfffe0000);
	config_set(&d, PCI_BASE_ADDRESS_1, 0xffffffff, 4);
	assert_int_equal(config32(&d, PCI_BASE_ADDRESS_1), 0);
	config_set(&d, PCI_BASE_ADDRESS_3, 0xffffffff, 4);
	assert_int_equal(config32(&d, PCI_BASE_ADDRESS_3), 0xffffc000);

	/* FLR by config space: reads as 0, and the command register stays as Linux keeps it. */
	config_set(&d, express + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR, 2);
	assert_int_equal(config32(&d, express + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_BCR_FLR, 0);
	assert_int_equal(config32(&d, PCI_COMMAND) & PCI_COMMAND_MASTER, PCI_COMMAND_MASTER);
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_RESET), 0);

	assert_errno(pread(d.fd, &v, 4, (off_t)(CONFIG_OFF + 4096)), EFAULT);
	assert_errno(pread(d.fd, &v, 4, (off_t)(CONFIG_OFF + 4094)), EFAULT);
	assert_errno(pread(d.fd, nowhere, 4, (off_t)CONFIG_OFF), EFAULT);
	assert_errno(pread(d.fd, &v, 4, (off_t)(UINT64_C(1) << 40)), EINVAL);
	assert_errno(pread(d.group, &v, 4, 0), EINVAL);
	dev_close(&d);
	d = dev_open(0);
	/* The next user finds nothing of the last one. */
	assert_int_equal(config32(&d, PCI_COMMAND) & 0x7, PCI_COMMAND_MEMORY);
	dev_close(&d);
}

static int
set_irqs(const struct dev *d, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
	const void *data, size_t len)
{
	uint8_t buf[sizeof(struct vfio_irq_set) + 64] __attribute__((aligned(8)));
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;

	set->argsz = (uint32_t)(sizeof(*set) + len);
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = count;
	if (len > 0)
		memcpy(set->data, data, len);
	return ioctl(d->fd, VFIO_DEVICE_SET_IRQS, set);
}

static uint64_t
rung(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void
test_msix(void **state)
{
	const uint32_t ring = VFIO_IRQ_SET_ACTION_TRIGGER, fds = ring | VFIO_IRQ_SET_DATA_EVENTFD,
		       none = ring | VFIO_IRQ_SET_DATA_NONE, bools = ring | VFIO_IRQ_SET_DATA_BOOL;
	const uint32_t x = VFIO_PCI_MSIX_IRQ_INDEX;
	struct dev d = dev_open(0);
	int32_t fd[NB_MSIX + 1];
	uint8_t on[3] = { 0, 1, 1 };
	int pipes[2];
	unsigned int before;

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		fd[i] = eventfd(0, EFD_NONBLOCK);
	before = count_fds();
	/* Bad arguments. */
	assert_errno(set_irqs(&d, VFIO_PCI_NUM_IRQS, fds, 0, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, fds, 0, 3, fd, 8), EINVAL);
	assert_errno(set_irqs(&d, x, fds, NB_MSIX, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, fds, 0, NB_MSIX + 1, fd, 44), EINVAL);
	assert_errno(set_irqs(&d, x, fds, 2, UINT32_MAX - 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, ring, 0, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, fds | VFIO_IRQ_SET_DATA_BOOL, 0, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, 0x80 | fds, 0, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, none, 0, 1, NULL, 0), EINVAL);
	assert_int_equal(pipe(pipes), 0);
	assert_errno(set_irqs(&d, x, fds, 0, 1, pipes, 4), EINVAL);
	close(pipes[0]);
	assert_errno(set_irqs(&d, x, fds, 0, 1, pipes, 4), EBADF);
	close(pipes[1]);
	assert_errno(
		set_irqs(&d, x, VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_DATA_NONE, 0, 1, NULL, 0),
		ENOTTY);

	assert_int_equal(set_irqs(&d, x, fds, 0, 3, fd, 12), 0);
	assert_int_equal((config32(&d, 0x70) >> 16) & PCI_MSIX_FLAGS_ENABLE, PCI_MSIX_FLAGS_ENABLE);
	/* Only one kind at a time, and no growing while it is on. */
	assert_errno(set_irqs(&d, VFIO_PCI_MSI_IRQ_INDEX, fds, 0, 1, fd, 4), EINVAL);
	assert_errno(set_irqs(&d, x, fds, 3, 1, fd, 4), EINVAL);
	assert_int_equal(set_irqs(&d, x, none, 0, 2, NULL, 0), 0);
	assert_int_equal(rung(fd[0]), 1);
	assert_int_equal(rung(fd[1]), 1);
	assert_int_equal(rung(fd[2]), 0);
	assert_int_equal(set_irqs(&d, x, bools, 0, 3, on, 3), 0);
	assert_int_equal(rung(fd[0]) * 100 + rung(fd[1]) * 10 + rung(fd[2]), 11);
	/* Taken away with -1. */
	fd[NB_MSIX] = -1;
	assert_int_equal(set_irqs(&d, x, fds, 1, 1, &fd[NB_MSIX], 4), 0);
	assert_int_equal(set_irqs(&d, x, none, 0, 3, NULL, 0), 0);
	assert_int_equal(rung(fd[0]) * 100 + rung(fd[1]) * 10 + rung(fd[2]), 101);
	assert_int_equal(set_irqs(&d, x, none, 0, 0, NULL, 0), 0);
	assert_int_equal((config32(&d, 0x70) >> 16) & PCI_MSIX_FLAGS_ENABLE, 0);
	assert_int_equal(count_fds(), before);

	/* The notifiers are independent of that. */
	assert_errno(set_irqs(&d, VFIO_PCI_REQ_IRQ_INDEX, none, 0, 1, NULL, 0), EINVAL);
	assert_int_equal(set_irqs(&d, VFIO_PCI_REQ_IRQ_INDEX, fds, 0, 1, fd, 4), 0);
	assert_int_equal(set_irqs(&d, VFIO_PCI_REQ_IRQ_INDEX, none, 0, 1, NULL, 0), 0);
	assert_int_equal(rung(fd[0]), 1);
	assert_int_equal(set_irqs(&d, VFIO_PCI_ERR_IRQ_INDEX, fds, 0, 1, &fd[1], 4), 0);
	/* Closing the device lets go of them. */
	dev_close(&d);
	assert_int_equal(count_fds(), before - 3);
	for (unsigned int i = 0; i < 3; i++)
		close(fd[i]);
}

static void
test_intx(void **state)
{
	const uint32_t fds = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD;
	struct dev d = dev_open(0);
	int32_t fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_errno(set_irqs(&d, VFIO_PCI_INTX_IRQ_INDEX,
			     VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_NONE, 0, 1, NULL, 0),
		EINVAL);
	assert_int_equal(set_irqs(&d, VFIO_PCI_INTX_IRQ_INDEX, fds, 0, 1, &fd, 4), 0);
	assert_int_equal(set_irqs(&d, VFIO_PCI_INTX_IRQ_INDEX,
				 VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_DATA_NONE, 0, 1, NULL, 0),
		0);
	assert_int_equal(
		set_irqs(&d, VFIO_PCI_INTX_IRQ_INDEX,
			VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_NONE, 0, 1, NULL, 0),
		0);
	dev_close(&d);
	close(fd);
}

static void
test_bars(void **state)
{
	struct dev d = dev_open(0);
	volatile uint32_t *bar, *part;
	uint32_t v = 0, status;
	void *msix;

	(void)state;
	assert_ptr_equal(mmap(NULL, 0x21000, PROT_READ, MAP_SHARED, d.fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 0x1000, PROT_READ, MAP_PRIVATE, d.fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(
		mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, d.fd, (off_t)CONFIG_OFF), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, d.group, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);

	bar = mmap(NULL, 0x20000, PROT_READ | PROT_WRITE, MAP_SHARED, d.fd, 0);
	part = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, d.fd, 0x2000);
	msix = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_SHARED, d.fd, (off_t)MSIX_OFF);
	assert_true(bar != MAP_FAILED && part != MAP_FAILED && msix != MAP_FAILED);
	memset(msix, 0, 0x4000);

	/* By memory, by file and by the I/O BAR it is the same register. */
	status = bar[REG_STATUS / 4];
	assert_int_equal(pread(d.fd, &v, 4, REG_STATUS), 4);
	assert_int_equal(v, status);
	v = REG_STATUS;
	assert_int_equal(pwrite(d.fd, &v, 4, (off_t)(UINT64_C(2) << 40)), 4);
	assert_int_equal(pread(d.fd, &v, 4, (off_t)((UINT64_C(2) << 40) + 4)), 4);
	assert_int_equal(v, status);
	assert_int_equal(pread(d.fd, &v, 4, 0x1fffe), 2);
	assert_int_equal(pread(d.fd, &v, 4, 0x20000), 0);
	/* A plain page is the same memory in every mapping. */
	bar[0x2804 / 4] = 0x1234;
	assert_int_equal(part[0x804 / 4], 0x1234);

	/* Memory decoding off: all-ones, in the plain pages too. */
	config_set(&d, PCI_COMMAND, 0, 2);
	assert_int_equal(bar[REG_STATUS / 4], UINT32_MAX);
	assert_int_equal(part[0x804 / 4], UINT32_MAX);
	part[0x804 / 4] = 0;
	config_set(&d, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	assert_int_equal(part[0x804 / 4], 0x1234);

	/* A mapping keeps the device open after its descriptors are gone. */
	dev_close(&d);
	assert_int_equal(part[0x804 / 4], 0x1234);
	assert_int_equal(munmap((void *)(uintptr_t)bar, 0x20000), 0);
	assert_int_equal(munmap((void *)(uintptr_t)part, 0x1000), 0);
	assert_int_equal(munmap(msix, 0x4000), 0);
	d = dev_open(0);
	dev_close(&d);
}

static void
test_duplicates(void **state)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	unsigned int before = count_fds();
	struct dev d = dev_open(1);
	int copy = dup(d.fd), high = fcntl(d.fd, F_DUPFD_CLOEXEC, 100), plain;

	(void)state;
	assert_true(copy >= 0 && high >= 100);
	dev_close(&d);
	assert_int_equal(ioctl(copy, VFIO_DEVICE_GET_INFO, &info), 0);
	assert_int_equal(dup2(high, copy), copy);
	assert_int_equal(close(high), 0);
	assert_int_equal(ioctl(copy, VFIO_DEVICE_GET_INFO, &info), 0);
	/* An ordinary file over it: then it is an ordinary file. */
	plain = open("/dev/null", O_RDWR);
	assert_int_equal(dup2(plain, copy), copy);
	assert_errno(ioctl(copy, VFIO_DEVICE_GET_INFO, &info), ENOTTY);
	close(plain);
	close(copy);
	assert_int_equal(count_fds(), before);
}

static void
test_fork(void **state)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct dev d = dev_open(0);
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* The child has no device, but all of libc. */
		int bad = ioctl(d.fd, VFIO_DEVICE_GET_INFO, &info) != -1 || errno != ENOTTY;

		bad |= open("/dev/vfio/1", O_RDWR) != -1 || errno != EBUSY;
		bad |= open("/dev/null", O_RDONLY) < 0;
		bad |= close(d.fd) != 0;
		_exit(bad);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* A helper program too, and the parent's device is untouched by both. */
	assert_int_equal(system("cat /dev/null && ls /proc/self >/dev/null"), 0);
	assert_int_equal(ioctl(d.fd, VFIO_DEVICE_GET_INFO, &info), 0);
	dev_close(&d);
}

static void
test_signal_mask(void **state)
{
	struct dev d = dev_open(0);
	volatile uint32_t *bar;
	sigset_t all, saved;

	(void)state;
	bar = mmap(NULL, 0x20000, PROT_READ | PROT_WRITE, MAP_SHARED, d.fd, 0);
	assert_ptr_not_equal(bar, MAP_FAILED);
	/* A thread that blocks every signal reads registers all the same. */
	sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &saved), 0);
	(void)bar[REG_STATUS / 4];
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &saved, NULL), 0);
	munmap((void *)(uintptr_t)bar, 0x20000);
	dev_close(&d);
}

/*
 * What a bench finds with dlsym(). Needs --lockstep: a device that moves by itself would take
 * frames off the wire of a port that does not receive, between two looks at it.
 */
static void
test_bench(void **state)
{
	unsigned int (*inject)(unsigned int, const struct twin_frame *, unsigned int);
	const struct twin_counters *(*counters)(unsigned int);
	const struct twin_config *(*config)(void);
	bool (*flush)(bool);
	static uint8_t bytes[1514];
	struct twin_frame frames[256];
	struct dev d = dev_open(0);
	unsigned int n;

	(void)state;
	*(void **)&inject = dlsym(RTLD_DEFAULT, "twin_inject");
	*(void **)&counters = dlsym(RTLD_DEFAULT, "twin_counters_get");
	*(void **)&config = dlsym(RTLD_DEFAULT, "twin_config_get");
	*(void **)&flush = dlsym(RTLD_DEFAULT, "twin_flush_written");
	assert_true(inject != NULL && counters != NULL && config != NULL && flush != NULL);
	assert_int_equal(config()->nb_ports, 2);
	assert_non_null(counters(1));
	assert_null(counters(2));
	assert_int_equal(counters(0)->rx[0].frames, 0);
	for (unsigned int i = 0; i < 256; i++)
		frames[i] = (struct twin_frame){ .data = bytes, .len = sizeof(bytes) };
	frames[2].len = 0;
	assert_int_equal(inject(0, frames, 256), 2); /* up to the one that is none */
	assert_int_equal(inject(2, frames, 1), 0);
	/* Nobody takes them: the ring has room for so many, and no frame more. */
	n = inject(0, frames + 3, 253);
	assert_in_range(n, TWIN_FIFO_BYTES / sizeof(bytes), 252);
	assert_int_equal(inject(0, frames + 3, 1), 0);
	assert_true(flush(true));
	assert_true(flush(false));
	dev_close(&d);
}

/* cmocka sets its own SIGSEGV handler for each test; the twin must keep its place. */
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_group_order),
		cmocka_unit_test(test_dma_map),
		cmocka_unit_test(test_iommu_info),
		cmocka_unit_test(test_device_info),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_msix),
		cmocka_unit_test(test_intx),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_signal_mask),
	};
	const struct CMUnitTest bench[] = {
		cmocka_unit_test(test_bench),
	};

	if (argc == 2 && strcmp(argv[1], "bench") == 0)
		return cmocka_run_group_tests_name("twin_bench", bench, NULL, NULL);
	return cmocka_run_group_tests_name("twin_vfio", tests, NULL, NULL);
}
