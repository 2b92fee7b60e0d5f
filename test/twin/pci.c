/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The function's PCI config space as vfio-pci shows it: identity, BARs, the 82576's
 * capability list, which bits can be written, and what the writes do.
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "host.h"

#define PCI_CAP_PM 0x40
#define PCI_CAP_MSI 0x50
#define PCI_CAP_MSIX 0x70
#define PCI_CAP_PCIE 0xa0
#define PCI_CAP_AER 0x100
#define PCI_CAP_DSN 0x140

static uint8_t pci_mask[HOST_CONFIG_SIZE]; /* bits that the program can write */
static uint8_t pci_w1c[HOST_CONFIG_SIZE];  /* bits that a written 1 clears */

static uint16_t
pci_get16(const struct twin_port *p, unsigned int off)
{
	return (uint16_t)(p->host->config[off] | p->host->config[off + 1] << 8);
}

static void
put16(uint8_t *c, unsigned int off, uint16_t v)
{
	c[off] = (uint8_t)v;
	c[off + 1] = (uint8_t)(v >> 8);
}

static void
put32(uint8_t *c, unsigned int off, uint32_t v)
{
	put16(c, off, (uint16_t)v);
	put16(c, off + 2, (uint16_t)(v >> 16));
}

static void
pci_init_masks(void)
{
	put16(pci_mask, PCI_COMMAND,
		PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	put16(pci_w1c, PCI_STATUS, 0xf900);
	pci_mask[PCI_CACHE_LINE_SIZE] = 0xff;
	pci_mask[PCI_INTERRUPT_LINE] = 0xff;
	put32(pci_mask, PCI_BASE_ADDRESS_0, ~(TWIN_BAR0_SIZE - 1));
	put32(pci_mask, PCI_BASE_ADDRESS_2, ~(HOST_BAR2_SIZE - 1));
	put32(pci_mask, PCI_BASE_ADDRESS_3, ~(HOST_BAR3_SIZE - 1));
	put16(pci_mask, PCI_CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE);
	put32(pci_mask, PCI_CAP_MSI + PCI_MSI_ADDRESS_LO, 0xfffffffc);
	put32(pci_mask, PCI_CAP_MSI + PCI_MSI_ADDRESS_HI, 0xffffffff);
	put16(pci_mask, PCI_CAP_MSI + PCI_MSI_DATA_64, 0xffff);
	/*
	 * The enable bits of MSI and MSI-X are not among them: interrupts are switched
	 * through VFIO_DEVICE_SET_IRQS, the bits only show it.
	 */
	put16(pci_mask, PCI_CAP_MSIX + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL);
	/* Payload sizes and relaxed ordering; BCR_FLR (bit 15) acts and reads as 0. */
	put16(pci_mask, PCI_CAP_PCIE + PCI_EXP_DEVCTL, 0x7fff);
	put16(pci_w1c, PCI_CAP_PCIE + PCI_EXP_DEVSTA, 0x000f);
	put16(pci_mask, PCI_CAP_PCIE + PCI_EXP_LNKCTL, 0x00cb);
	put16(pci_mask, PCI_CAP_PCIE + PCI_EXP_DEVCTL2, 0x001f);
	put32(pci_w1c, PCI_CAP_AER + PCI_ERR_UNCOR_STATUS, 0x003ff010);
	put32(pci_mask, PCI_CAP_AER + PCI_ERR_UNCOR_MASK, 0x003ff010);
	put32(pci_mask, PCI_CAP_AER + PCI_ERR_UNCOR_SEVER, 0x003ff010);
	put32(pci_w1c, PCI_CAP_AER + PCI_ERR_COR_STATUS, 0x000031c1);
	put32(pci_mask, PCI_CAP_AER + PCI_ERR_COR_MASK, 0x000031c1);
}

static void
pci_init_header(uint8_t *c, const struct twin_port_config *cfg, unsigned int index)
{
	put16(c, PCI_VENDOR_ID, 0x8086);
	put16(c, PCI_DEVICE_ID, cfg->device_id);
	put16(c, PCI_STATUS, PCI_STATUS_CAP_LIST);
	c[PCI_REVISION_ID] = 1;
	put16(c, PCI_CLASS_DEVICE, 0x0200);
	c[PCI_CACHE_LINE_SIZE] = 16;
	put32(c, PCI_BASE_ADDRESS_0, 0xfe000000u + index * 0x40000u);
	put32(c, PCI_BASE_ADDRESS_2, (0xc000u + index * 0x100u) | PCI_BASE_ADDRESS_SPACE_IO);
	put32(c, PCI_BASE_ADDRESS_3, 0xfe020000u + index * 0x40000u);
	put16(c, PCI_SUBSYSTEM_VENDOR_ID, 0x8086);
	put16(c, PCI_SUBSYSTEM_ID, 0xa03c);
	c[PCI_CAPABILITY_LIST] = PCI_CAP_PM;
	c[PCI_INTERRUPT_PIN] = 1;
}

static void
pci_init_caps(uint8_t *c, const struct twin_port_config *cfg)
{
	const uint8_t *mac = cfg->mac;

	c[PCI_CAP_PM] = PCI_CAP_ID_PM;
	c[PCI_CAP_PM + 1] = PCI_CAP_MSI;
	put16(c, PCI_CAP_PM + PCI_PM_PMC, 0xc823);
	put16(c, PCI_CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);

	c[PCI_CAP_MSI] = PCI_CAP_ID_MSI;
	c[PCI_CAP_MSI + 1] = PCI_CAP_MSIX;
	put16(c, PCI_CAP_MSI + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);

	c[PCI_CAP_MSIX] = PCI_CAP_ID_MSIX;
	c[PCI_CAP_MSIX + 1] = PCI_CAP_PCIE;
	put16(c, PCI_CAP_MSIX + PCI_MSIX_FLAGS, TWIN_NB_MSIX - 1);
	put32(c, PCI_CAP_MSIX + PCI_MSIX_TABLE, 3);
	put32(c, PCI_CAP_MSIX + PCI_MSIX_PBA, HOST_PBA_OFFSET | 3);

	c[PCI_CAP_PCIE] = PCI_CAP_ID_EXP;
	put16(c, PCI_CAP_PCIE + PCI_EXP_FLAGS, 0x0002);
	/* MPS 512, role-based errors, FLR. */
	put32(c, PCI_CAP_PCIE + PCI_EXP_DEVCAP, 0x00008002 | PCI_EXP_DEVCAP_FLR);
	put16(c, PCI_CAP_PCIE + PCI_EXP_DEVCTL, 0x2810);
	/* 2.5 GT/s x4, L0s and L1. */
	put32(c, PCI_CAP_PCIE + PCI_EXP_LNKCAP, 0x00036c41);
	put16(c, PCI_CAP_PCIE + PCI_EXP_LNKSTA, 0x1041);
	/* Completion timeout ranges A..D, and disabling it. */
	put32(c, PCI_CAP_PCIE + PCI_EXP_DEVCAP2, 0x0000001f);

	put32(c, PCI_CAP_AER, PCI_EXT_CAP_ID_ERR | 1u << 16 | (uint32_t)PCI_CAP_DSN << 20);
	put32(c, PCI_CAP_AER + PCI_ERR_UNCOR_SEVER, 0x00062030);
	put32(c, PCI_CAP_AER + PCI_ERR_COR_MASK, 0x00002000);

	/* The serial number is the MAC address with ff:ff in the middle, last byte lowest. */
	put32(c, PCI_CAP_DSN, PCI_EXT_CAP_ID_DSN | 1u << 16);
	put32(c, PCI_CAP_DSN + 4, mac[5] | mac[4] << 8 | mac[3] << 16 | 0xffu << 24);
	put32(c, PCI_CAP_DSN + 8, 0xffu | mac[2] << 8 | mac[1] << 16 | (uint32_t)mac[0] << 24);
}

/** Bits of the command register that others look at. */
static void
pci_command_changed(struct twin_port *p)
{
	uint16_t cmd = pci_get16(p, PCI_COMMAND);
	bool memory_on = (cmd & PCI_COMMAND_MEMORY) != 0;

	p->bus_master = (cmd & PCI_COMMAND_MASTER) != 0;
	if (memory_on != p->memory_on) {
		p->memory_on = memory_on;
		trap_apply(p);
	}
}

void
pci_init(struct twin_port *p)
{
	uint8_t *c = p->host->config;

	pci_init_masks();
	memset(c, 0, HOST_CONFIG_SIZE);
	pci_init_header(c, p->cfg, p->index);
	pci_init_caps(c, p->cfg);
	/* vfio-pci enables memory and takes bus mastership away before it hands a device out. */
	put16(c, PCI_COMMAND, PCI_COMMAND_MEMORY);
	pci_command_changed(p);
}

void
pci_set_irq_enable(struct twin_port *p, bool msix, bool msi)
{
	uint8_t *c = p->host->config;

	put16(c, PCI_CAP_MSIX + PCI_MSIX_FLAGS,
		(TWIN_NB_MSIX - 1) | (msix ? PCI_MSIX_FLAGS_ENABLE : 0));
	put16(c, PCI_CAP_MSI + PCI_MSI_FLAGS,
		PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT | (msi ? PCI_MSI_FLAGS_ENABLE : 0));
}

void
pci_flr(struct twin_port *p)
{
	p->cnt->flrs++;
	twin_model_reset(p, TWIN_RESET_FLR);
}

void
pci_release(struct twin_port *p)
{
	irq_disable_all(p);
	pci_init(p);
	twin_model_reset(p, TWIN_RESET_FLR);
}

ssize_t
pci_config_read(struct twin_port *p, uint64_t off, void *buf, size_t len)
{
	if (off >= HOST_CONFIG_SIZE || len > HOST_CONFIG_SIZE - off)
		return -EFAULT;
	if (p->gone)
		memset(buf, 0xff, len);
	else
		memcpy(buf, p->host->config + off, len);
	return (ssize_t)len;
}

static bool
pci_touches(uint64_t off, size_t len, unsigned int byte)
{
	return byte >= off && byte < off + len;
}

ssize_t
pci_config_write(struct twin_port *p, uint64_t off, const void *buf, size_t len)
{
	const uint8_t *in = buf;
	uint8_t *c = p->host->config;

	if (off >= HOST_CONFIG_SIZE || len > HOST_CONFIG_SIZE - off)
		return -EFAULT;
	if (p->gone)
		return (ssize_t)len;
	for (size_t i = 0; i < len; i++) {
		uint8_t m = pci_mask[off + i], w1c = pci_w1c[off + i];

		c[off + i] = (uint8_t)((c[off + i] & ~m & ~(in[i] & w1c)) | (in[i] & m));
	}
	if (pci_touches(off, len, PCI_COMMAND))
		pci_command_changed(p);
	if (pci_touches(off, len, PCI_CAP_PCIE + PCI_EXP_DEVCTL + 1) &&
		(in[PCI_CAP_PCIE + PCI_EXP_DEVCTL + 1 - off] & (PCI_EXP_DEVCTL_BCR_FLR >> 8)) != 0)
		pci_flr(p);
	return (ssize_t)len;
}
