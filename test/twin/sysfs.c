/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * A sysfs tree with the twin's ports bound to vfio-pci, as far as programs on VFIO read
 * it: EAL finds it through SYSFS_PCI_DEVICES.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysfs.h"

#define RESOURCE_MEM 0x00040200 /* IORESOURCE_MEM, IORESOURCE_SIZEALIGN */
#define RESOURCE_IO 0x00040101	/* IORESOURCE_IO, SIZEALIGN, and the BAR's type bit */

struct place {
	char path[TWIN_PATH_MAX + 128];
};

static struct place
place_of(const struct twin_config *cfg, const char *fmt, ...)
{
	struct place pl;
	va_list ap;
	int n;

	n = snprintf(pl.path, sizeof(pl.path), "%s/", cfg->run_dir);
	va_start(ap, fmt);
	(void)vsnprintf(pl.path + n, sizeof(pl.path) - (size_t)n, fmt, ap);
	va_end(ap);
	return pl;
}

static int
make_dir(struct place pl)
{
	if (mkdir(pl.path, 0755) == 0 || errno == EEXIST)
		return 0;
	return -errno;
}

static int
make_file(const struct twin_config *cfg, unsigned int port, const char *name, const char *text)
{
	struct place pl = place_of(cfg, "devices/%s/%s", cfg->port[port].pci_addr, name);
	FILE *f = fopen(pl.path, "we");
	int ret = 0;

	if (f == NULL)
		return -errno;
	if (fputs(text, f) == EOF)
		ret = -EIO;
	if (fclose(f) != 0 && ret == 0)
		ret = -errno;
	return ret;
}

static int
make_link(const struct twin_config *cfg, unsigned int port, const char *name, const char *fmt, ...)
{
	struct place pl = place_of(cfg, "devices/%s/%s", cfg->port[port].pci_addr, name);
	char target[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(target, sizeof(target), fmt, ap);
	va_end(ap);
	return symlink(target, pl.path) == 0 ? 0 : -errno;
}

/** Six BARs and the ROM: first address, last address, flags. */
static void
resource_text(unsigned int port, char *text, size_t size)
{
	struct {
		uint64_t start, len, flags;
	} bar[7] = {
		{ 0xfe000000u + port * 0x40000u, TWIN_BAR0_SIZE, RESOURCE_MEM },
		{ 0, 0, 0 },
		{ 0xc000u + port * 0x100u, 32, RESOURCE_IO },
		{ 0xfe020000u + port * 0x40000u, 0x4000, RESOURCE_MEM },
	};
	size_t n = 0;

	for (unsigned int i = 0; i < 7; i++)
		n += (size_t)snprintf(text + n, size - n,
			"0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n", bar[i].start,
			bar[i].len ? bar[i].start + bar[i].len - 1 : 0, bar[i].flags);
}

static int
make_port(const struct twin_config *cfg, unsigned int port)
{
	char device[16], resource[512];
	const struct {
		const char *name, *text;
	} file[] = {
		{ "vendor", "0x8086\n" },
		{ "device", device },
		{ "subsystem_vendor", "0x8086\n" },
		{ "subsystem_device", "0xa03c\n" },
		{ "class", "0x020000\n" },
		{ "revision", "0x01\n" },
		{ "numa_node", "-1\n" },
		{ "max_vfs", "0\n" },
		{ "sriov_numvfs", "0\n" },
		{ "sriov_totalvfs", "0\n" },
		{ "enable", "1\n" },
		{ "irq", "0\n" },
		{ "driver_override", "vfio-pci\n" },
		{ "resource", resource },
	};
	int ret;

	snprintf(device, sizeof(device), "0x%04x\n", cfg->port[port].device_id);
	resource_text(port, resource, sizeof(resource));
	ret = make_dir(place_of(cfg, "devices/%s", cfg->port[port].pci_addr));
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]) && ret == 0; i++)
		ret = make_file(cfg, port, file[i].name, file[i].text);
	if (ret == 0)
		ret = make_dir(place_of(cfg, "iommu_groups/%u", SYSFS_GROUP(port)));
	if (ret == 0)
		ret = make_link(cfg, port, "driver", "../../drivers/vfio-pci");
	if (ret == 0)
		ret = make_link(
			cfg, port, "iommu_group", "../../iommu_groups/%u", SYSFS_GROUP(port));
	return ret;
}

int
sysfs_build(const struct twin_config *cfg)
{
	static const char *const dir[] = {
		"devices",
		"drivers",
		"drivers/vfio-pci",
		"iommu_groups",
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(dir) / sizeof(dir[0]) && ret == 0; i++)
		ret = make_dir(place_of(cfg, "%s", dir[i]));
	for (unsigned int i = 0; i < cfg->nb_ports && ret == 0; i++)
		ret = make_port(cfg, i);
	if (ret != 0)
		twin_log("%s: cannot make the sysfs tree: %s", cfg->run_dir, strerror(-ret));
	return ret;
}

void
sysfs_devices_path(const struct twin_config *cfg, char *path, size_t size)
{
	snprintf(path, size, "%s/devices", cfg->run_dir);
}
