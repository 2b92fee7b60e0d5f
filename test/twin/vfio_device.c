/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Device files of VFIO: regions, interrupts, reset, mappings of the BARs, and
 * register access by pread() and pwrite().
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "vfio.h"

#define BAR_MMIO 0
#define BAR_IO 2
#define BAR_MSIX 3
#define REGION_OFF_MASK ((UINT64_C(1) << HOST_REGION_SHIFT) - 1)

int
vfio_device_open(struct twin_port *p)
{
	struct vfio_file *f = calloc(1, sizeof(*f));
	int fd, ret;

	if (f == NULL)
		return -ENOMEM;
	f->kind = VFIO_KIND_DEVICE;
	f->port = p;
	fd = real.fcntl(p->host->memfd, F_DUPFD_CLOEXEC, 0);
	ret = fd < 0 ? -errno : vfio_install(fd, f);
	if (ret != 0) {
		if (fd >= 0)
			real.close(fd);
		free(f);
		return ret;
	}
	/* vfio-pci hands the device out reset. */
	if (p->host->nb_open++ == 0)
		pci_release(p);
	return fd;
}

void
vfio_device_put(struct vfio_file *f)
{
	struct twin_port *p = f->port;

	/* No DMA after the last user: the function is reset and loses bus mastership. */
	if (--p->host->nb_open == 0)
		pci_release(p);
}

static uint64_t
region_size(unsigned int index)
{
	switch (index) {
	case BAR_MMIO:
		return TWIN_BAR0_SIZE;
	case BAR_IO:
		return HOST_BAR2_SIZE;
	case BAR_MSIX:
		return HOST_BAR3_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return HOST_CONFIG_SIZE;
	default:
		return 0;
	}
}

static int
device_get_info(void *arg)
{
	const uint32_t minsz = offsetof(struct vfio_device_info, num_irqs) + 4;
	struct vfio_device_info info;
	int ret;

	ret = user_read(&info, arg, minsz);
	if (ret != 0)
		return ret;
	if (info.argsz < minsz)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return user_write(arg, &info, minsz);
}

static int
device_get_region_info(void *arg)
{
	struct {
		struct vfio_region_info info;
		struct vfio_info_cap_header mappable;
	} a;
	size_t copy = sizeof(a.info);
	uint32_t index, argsz;
	int ret;

	ret = user_read(&a, arg, sizeof(a.info));
	if (ret != 0)
		return ret;
	if (a.info.argsz < sizeof(a.info) || a.info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	index = a.info.index;
	argsz = a.info.argsz;
	memset(&a, 0, sizeof(a));
	a.info.argsz = argsz;
	a.info.index = index;
	a.info.offset = (uint64_t)index << HOST_REGION_SHIFT;
	a.info.size = region_size(index);
	if (a.info.size != 0)
		a.info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (index == BAR_MMIO || index == BAR_MSIX)
		a.info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (index == BAR_MSIX) {
		/* The whole BAR may be mapped, MSI-X table included, as on every newer kernel. */
		a.info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		a.mappable.id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE;
		a.mappable.version = 1;
		if (argsz < sizeof(a)) {
			a.info.argsz = sizeof(a);
		} else {
			a.info.cap_offset = sizeof(a.info);
			copy = sizeof(a);
		}
	}
	return user_write(arg, &a, copy);
}

static int
device_get_irq_info(void *arg)
{
	struct vfio_irq_info info;
	int ret;

	ret = user_read(&info, arg, sizeof(info));
	if (ret != 0)
		return ret;
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.count = irq_count(info.index, &info.flags);
	return user_write(arg, &info, sizeof(info));
}

static int
device_set_irqs(struct twin_port *p, void *arg)
{
	uint8_t data[TWIN_NB_MSIX * sizeof(int32_t)];
	const size_t minsz = offsetof(struct vfio_irq_set, data);
	const uint32_t all = VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK;
	struct vfio_irq_set set;
	unsigned int max;
	size_t unit = 0;
	uint32_t flags;
	int ret;

	ret = user_read(&set, arg, minsz);
	if (ret != 0)
		return ret;
	if (set.argsz < minsz || set.index >= VFIO_PCI_NUM_IRQS ||
		set.count >= UINT32_MAX - set.start || (set.flags & ~all) != 0)
		return -EINVAL;
	max = irq_count(set.index, &flags);
	if (set.start >= max || set.start + set.count > max)
		return -EINVAL;
	switch (set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		unit = sizeof(uint8_t);
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		unit = sizeof(int32_t);
		break;
	default:
		return -EINVAL;
	}
	if (set.argsz - minsz < set.count * unit)
		return -EINVAL;
	ret = user_read(data, (const uint8_t *)arg + minsz, set.count * unit);
	return ret != 0 ? ret : irq_set(p, &set, data);
}

int
vfio_device_ioctl(struct vfio_file *f, unsigned long request, void *arg)
{
	struct twin_port *p = f->port;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		return device_get_info(arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return device_get_region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return device_get_irq_info(arg);
	case VFIO_DEVICE_SET_IRQS:
		return device_set_irqs(p, arg);
	case VFIO_DEVICE_RESET:
		if (p->gone)
			return -EIO;
		pci_flr(p);
		return 0;
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
	case VFIO_DEVICE_PCI_HOT_RESET:
		/* As for a device on a root bus: there is no slot or bus to reset. */
		return -ENODEV;
	default:
		return -ENOTTY;
	}
}

void *
vfio_device_mmap(
	struct vfio_file *f, void *va, size_t len, int prot, int flags, int fd, uint64_t off)
{
	unsigned int bar = (unsigned int)(off >> HOST_REGION_SHIFT);
	uint64_t start = off & REGION_OFF_MASK, rounded = (len + 4095) & ~UINT64_C(4095);
	void *at;

	if ((flags & MAP_TYPE) != MAP_SHARED && (flags & MAP_TYPE) != MAP_SHARED_VALIDATE)
		return (void *)(intptr_t)-EINVAL;
	if ((bar != BAR_MMIO && bar != BAR_MSIX) || len == 0 || (start & 4095) != 0 ||
		start + rounded > region_size(bar) || rounded < len)
		return (void *)(intptr_t)-EINVAL;
	/* BAR0 stays without access until trap_add() has opened what may be open. */
	at = real.mmap(va, len, bar == BAR_MMIO ? PROT_NONE : prot, flags, fd, (off_t)off);
	if (at == MAP_FAILED)
		return (void *)(intptr_t)-errno;
	if (trap_add(f->port, bar, at, rounded, (uint32_t)start, prot, f) != 0) {
		real.munmap(at, len);
		return (void *)(intptr_t)-ENOMEM;
	}
	/* A mapping keeps the file, and so the device, open. */
	f->refs++;
	return at;
}

/** BAR2: IOADDR selects a register, IODATA accesses it. */
static uint64_t
bar_io_access(struct twin_port *p, uint32_t off, unsigned int width, bool write, uint64_t val)
{
	if (width != 4 || (off != 0 && off != 4))
		return UINT32_MAX;
	if (off == 0) {
		if (write)
			p->host->ioaddr = (uint32_t)val;
		return p->host->ioaddr;
	}
	if (p->host->ioaddr > TWIN_BAR0_SIZE - 4 || (p->host->ioaddr & 3) != 0)
		return UINT32_MAX;
	if (!write)
		return trap_bar0_read(p, p->host->ioaddr, 4);
	trap_bar0_write(p, p->host->ioaddr, 4, val);
	return 0;
}

static uint64_t
bar_access(struct twin_port *p, unsigned int bar, uint32_t off, unsigned int width, bool write,
	uint64_t val)
{
	if (bar == BAR_IO)
		return bar_io_access(p, off, width, write, val);
	if (bar == BAR_MSIX)
		return UINT64_MAX;
	if (!write)
		return trap_bar0_read(p, off, width);
	trap_bar0_write(p, off, width, val);
	return 0;
}

/** Register access by file: as the kernel, in the widest naturally aligned pieces up to 8. */
static ssize_t
bar_rw(struct twin_port *p, unsigned int bar, uint64_t off, uint8_t *buf, size_t len, bool write)
{
	uint64_t size = region_size(bar);
	size_t done = 0;

	if (off >= size)
		return write ? -EINVAL : 0;
	if (len > size - off)
		len = (size_t)(size - off);
	while (done < len) {
		unsigned int width = 4;
		uint64_t v = 0;

		while (width > len - done || ((off + done) & (width - 1)) != 0)
			width /= 2;
		if (write)
			memcpy(&v, buf + done, width);
		v = bar_access(p, bar, (uint32_t)(off + done), width, write, v);
		if (!write)
			memcpy(buf + done, &v, width);
		done += width;
	}
	return (ssize_t)done;
}

static ssize_t
device_rw(struct twin_port *p, void *buf, size_t len, uint64_t off, bool write)
{
	unsigned int index = (unsigned int)(off >> HOST_REGION_SHIFT);
	uint64_t at = off & REGION_OFF_MASK;

	if (index >= VFIO_PCI_NUM_REGIONS || region_size(index) == 0)
		return -EINVAL;
	if (index != VFIO_PCI_CONFIG_REGION_INDEX)
		return bar_rw(p, index, at, buf, len, write);
	return write ? pci_config_write(p, at, buf, len) : pci_config_read(p, at, buf, len);
}

/** No register access is longer than a region; anything longer is cut. */
static size_t
device_clip(size_t len)
{
	return len > TWIN_BAR0_SIZE ? TWIN_BAR0_SIZE : len;
}

ssize_t
vfio_device_pread(struct twin_port *p, void *buf, size_t len, uint64_t off)
{
	uint8_t small[64], *tmp = small;
	ssize_t n;

	len = device_clip(len);
	if (len > sizeof(small))
		tmp = malloc(len);
	if (tmp == NULL)
		return -ENOMEM;
	n = device_rw(p, tmp, len, off, false);
	if (n > 0 && user_write(buf, tmp, (size_t)n) != 0)
		n = -EFAULT;
	if (tmp != small)
		free(tmp);
	return n;
}

ssize_t
vfio_device_pwrite(struct twin_port *p, const void *buf, size_t len, uint64_t off)
{
	uint8_t small[64], *tmp = small;
	ssize_t n;

	len = device_clip(len);
	if (len > sizeof(small))
		tmp = malloc(len);
	if (tmp == NULL)
		return -ENOMEM;
	n = user_read(tmp, buf, len) != 0 ? -EFAULT : device_rw(p, tmp, len, off, true);
	if (tmp != small)
		free(tmp);
	return n;
}
