/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * A register file in memory for unit tests of the control path. A test includes this file and
 * then the driver's source itself, so that the source's register accesses, sleeps and accesses
 * of PCI configuration space come here. Time is virtual: a sleep only adds to a sum, so that a
 * test can say how long a wait lasts. Real side effects are proven on the twin; here are those
 * that a sequence needs to go on, and faults.
 */

#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_cycles.h>
#include <rte_io.h>

#include "compat.h"

/* Everything below, and the driver's source that is included next, talks to the fake. */
static __rte_unused uint32_t fake_read32(const volatile void *addr);
static __rte_unused void fake_write32(uint32_t val, volatile void *addr);
static __rte_unused void fake_sleep(unsigned int us);
static __rte_unused int fake_pci_read(
	const struct rte_pci_device *pci, void *buf, size_t len, off_t off);
static __rte_unused int fake_pci_write(
	const struct rte_pci_device *pci, const void *buf, size_t len, off_t off);
static __rte_unused int fake_bus_master(struct rte_pci_device *pci, bool on);
#define rte_read32(addr) fake_read32(addr)
#define rte_write32(val, addr) fake_write32(val, addr)
#define rte_delay_us_sleep(us) fake_sleep(us)
#define rte_get_timer_cycles() fake.slept_us
#define rte_get_timer_hz() UINT64_C(1000000)
#define rte_pci_read_config(pci, buf, len, off) fake_pci_read(pci, buf, len, off)
#define rte_pci_write_config(pci, buf, len, off) fake_pci_write(pci, buf, len, off)
#define rte_pci_set_bus_master(pci, on) fake_bus_master(pci, on)

#include "adapter.h"

#define FAKE_CONFIG_SIZE 256
#define FAKE_NVM_WORDS 256
#define FAKE_PCIE_CAP 0xa0
#define FAKE_LOG 4096

struct fake_write {
	uint32_t off;
	uint32_t val;
};

static struct {
	uint32_t regs[ORIEL_BAR0_SIZE / 4];
	uint16_t nvm[FAKE_NVM_WORDS];
	uint16_t phy[32];
	uint8_t config[FAKE_CONFIG_SIZE];
	struct fake_write log[FAKE_LOG]; /* writes in order; what does not fit is not kept */
	unsigned int nb_log;
	uint64_t slept_us;
	unsigned int reads, writes;
	bool bus_master;
	/* faults */
	bool gone;		   /* every register reads all-ones */
	unsigned int gone_after;   /* the device goes with that read, 0: never */
	bool eerd_dead;		   /* EERD.DONE never comes */
	bool mdic_dead;		   /* MDIC.READY never comes */
	bool mdic_error;	   /* MDIC.ERROR */
	uint32_t mdic_other_reg;   /* XORed into the register number that MDIC answers with */
	bool reset_dead;	   /* CTRL.RST stays set */
	bool master_dead;	   /* STATUS.GIO_MASTER_ENABLE stays set */
	bool smbi_dead;		   /* SWSM.SMBI always reads 1 */
	uint32_t queue_dead;	   /* offset of an RXDCTL or TXDCTL whose ENABLE stays set */
	unsigned int nvm_bad;	   /* so many reads of word 0 give a wrong value */
	unsigned int resets, flrs; /* seen */
	void (*on_write)(uint32_t off, uint32_t val); /* a test's own device, behind a write */
} fake;

static struct oriel_adapter fake_ad;
static struct rte_eth_dev_data fake_data;
static struct rte_pci_device fake_pci;
static struct rte_eth_dev *const fake_dev = &rte_eth_devices[0];

static uint32_t
fake_offset(const volatile void *addr)
{
	uintptr_t off = (uintptr_t)addr - (uintptr_t)fake.regs;

	assert_true(off < sizeof(fake.regs));
	assert_int_equal(off % 4, 0);
	return off;
}

static uint32_t *
fake_reg(uint32_t off)
{
	return &fake.regs[off / 4];
}

static void
fake_eerd(void)
{
	uint32_t *eerd = fake_reg(ORIEL_EERD);
	uint32_t word = ORIEL_GET(ORIEL_EERD_ADDR, *eerd);
	uint16_t data = word < FAKE_NVM_WORDS ? fake.nvm[word] : 0xffff;

	if ((*eerd & ORIEL_EERD_START) == 0 || fake.eerd_dead)
		return;
	if (word == 0 && fake.nvm_bad > 0) {
		fake.nvm_bad--;
		data++;
	}
	*eerd = ORIEL_PREP(ORIEL_EERD_ADDR, word) | ORIEL_EERD_DONE |
		ORIEL_PREP(ORIEL_EERD_DATA, data);
}

static void
fake_mdic(void)
{
	uint32_t *mdic = fake_reg(ORIEL_MDIC);
	uint32_t reg = ORIEL_GET(ORIEL_MDIC_REGADD, *mdic);

	if (fake.mdic_dead || ORIEL_GET(ORIEL_MDIC_PHYADD, *mdic) != ORIEL_PHY_ADDR)
		return;
	if (*mdic & ORIEL_MDIC_OP_WRITE)
		fake.phy[reg] = ORIEL_GET(ORIEL_MDIC_DATA, *mdic);
	*mdic = ORIEL_PREP(ORIEL_MDIC_REGADD, reg ^ fake.mdic_other_reg) |
		ORIEL_PREP(ORIEL_MDIC_PHYADD, ORIEL_PHY_ADDR) | ORIEL_MDIC_READY |
		ORIEL_PREP(ORIEL_MDIC_DATA, fake.phy[reg]) |
		(fake.mdic_error ? ORIEL_MDIC_ERROR : 0);
}

static void
fake_ctrl(uint32_t val)
{
	uint32_t *status = fake_reg(ORIEL_STATUS);

	if (val & ORIEL_CTRL_GIO_MASTER_DISABLE) {
		if (!fake.master_dead)
			*status &= ~ORIEL_STATUS_GIO_MASTER_ENABLE;
	} else {
		*status |= ORIEL_STATUS_GIO_MASTER_ENABLE;
	}
	if ((val & ORIEL_CTRL_RST) == 0)
		return;
	fake.resets++;
	if (!fake.reset_dead)
		*fake_reg(ORIEL_CTRL) = ORIEL_CTRL_FD;
	*status |= ORIEL_STATUS_GIO_MASTER_ENABLE;
	/* As QEMU's model has it: the first queues come up enabled. */
	*fake_reg(ORIEL_RXQ(0) + ORIEL_RXDCTL) = ORIEL_RXDCTL_ENABLE;
	*fake_reg(ORIEL_TXQ(0) + ORIEL_TXDCTL) = ORIEL_TXDCTL_ENABLE;
}

/* Counters and causes: cleared by reading. */
static bool
fake_clears(uint32_t off)
{
#define ORIEL_X(name, offset, count, stride, access) \
	if ((off - (offset)) < (count) * (stride) && (off - (offset)) % (stride) == 0) \
		return strcmp(#access, "RC") == 0;
	ORIEL_REG_LIST(ORIEL_X)
#undef ORIEL_X
	return false;
}

static uint32_t
fake_read32(const volatile void *addr)
{
	uint32_t off = fake_offset(addr);
	uint32_t val;

	fake.reads++;
	if (fake.gone_after != 0 && --fake.gone_after == 0)
		fake.gone = true;
	if (fake.gone)
		return UINT32_MAX;
	val = *fake_reg(off);
	if (off == ORIEL_SWSM) {
		*fake_reg(off) |= ORIEL_SWSM_SMBI;
		if (fake.smbi_dead)
			val |= ORIEL_SWSM_SMBI;
	} else if (off == ORIEL_RXSTMPH) {
		*fake_reg(ORIEL_TSYNCRXCTL) &= ~ORIEL_TSYNCRXCTL_VALID;
	} else if (off == ORIEL_TXSTMPH) {
		*fake_reg(ORIEL_TSYNCTXCTL) &= ~ORIEL_TSYNCTXCTL_VALID;
	} else if (fake_clears(off)) {
		*fake_reg(off) = 0;
	}
	return val;
}

static void
fake_write32(uint32_t val, volatile void *addr)
{
	uint32_t off = fake_offset(addr);

	fake.writes++;
	if (fake.nb_log < FAKE_LOG)
		fake.log[fake.nb_log++] = (struct fake_write){ off, val };
	if (fake.gone)
		return;
	if (off == fake.queue_dead && off != 0)
		val |= ORIEL_RXDCTL_ENABLE;
	*fake_reg(off) = val;
	if (off == ORIEL_EERD)
		fake_eerd();
	else if (off == ORIEL_MDIC)
		fake_mdic();
	else if (off == ORIEL_CTRL)
		fake_ctrl(val);
	if (fake.on_write != NULL)
		fake.on_write(off, val);
}

static void
fake_sleep(unsigned int us)
{
	fake.slept_us += us;
}

static int
fake_pci_read(const struct rte_pci_device *pci, void *buf, size_t len, off_t off)
{
	assert_ptr_equal(pci, &fake_pci);
	assert_true(off >= 0 && (size_t)off + len <= FAKE_CONFIG_SIZE);
	memcpy(buf, fake.config + off, len);
	return len;
}

static int
fake_pci_write(const struct rte_pci_device *pci, const void *buf, size_t len, off_t off)
{
	assert_ptr_equal(pci, &fake_pci);
	assert_true(off >= 0 && (size_t)off + len <= FAKE_CONFIG_SIZE);
	memcpy(fake.config + off, buf, len);
	if (off == FAKE_PCIE_CAP + 8 && (fake.config[off + 1] & 0x80)) {
		fake.config[off + 1] &= 0x7f;
		fake.flrs++;
		fake.reset_dead = false;
	}
	return len;
}

static int
fake_bus_master(struct rte_pci_device *pci, bool on)
{
	assert_ptr_equal(pci, &fake_pci);
	fake.bus_master = on;
	return 0;
}

/* Whether off was written after the first `from` writes; *val is the last value. */
static inline bool
fake_written(uint32_t off, unsigned int from, uint32_t *val)
{
	bool found = false;
	unsigned int i;

	for (i = from; i < fake.nb_log; i++) {
		if (fake.log[i].off != off)
			continue;
		found = true;
		*val = fake.log[i].val;
	}
	return found;
}

/* A healthy copper port at power-on; cmocka's set-up function of a test. */
static int
fake_setup(void **state)
{
	uint32_t pcie[3] = { 0x0002 << 16 | 0x10, 1u << 28, 0 };
	uint16_t sum = 0;
	int i;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	memset(&fake_ad, 0, sizeof(fake_ad));
	memset(&fake_data, 0, sizeof(fake_data));
	memset(&fake_pci, 0, sizeof(fake_pci));
	fake_dev->data = &fake_data;
	fake_dev->device = &fake_pci.device;
	fake_data.dev_private = &fake_ad;
	fake_pci.kdrv = RTE_PCI_KDRV_VFIO;
	fake_pci.id.vendor_id = 0x8086;
	fake_pci.id.device_id = 0x10c9;
	fake_ad.mmio.base = (volatile uint8_t *)fake.regs;
	*fake_reg(ORIEL_STATUS) = ORIEL_STATUS_GIO_MASTER_ENABLE | ORIEL_STATUS_LAN_INIT_DONE;
	*fake_reg(ORIEL_EECD) = ORIEL_EECD_PRES | ORIEL_EECD_AUTO_RD |
		ORIEL_PREP(ORIEL_EECD_SIZE_EX, 2);
	*fake_reg(ORIEL_GCR) = ORIEL_GCR_CAP_VER2 | ORIEL_GCR_CMPL_TMOUT_RESEND;
	*fake_reg(ORIEL_EEMNGCTL) = ORIEL_EEMNGCTL_CFG_DONE(0) | ORIEL_EEMNGCTL_CFG_DONE(1);
	fake.config[0] = 0x86;
	fake.config[1] = 0x80;
	fake.config[0x34] = 0x40;
	fake.config[0x40] = 0x01; /* power management first, then PCI Express */
	fake.config[0x41] = FAKE_PCIE_CAP;
	memcpy(fake.config + FAKE_PCIE_CAP, pcie, sizeof(pcie));
	fake.phy[ORIEL_PHY_ID1] = ORIEL_PHY_ID_IGP03 >> 16;
	fake.phy[ORIEL_PHY_ID2] = (ORIEL_PHY_ID_IGP03 & 0xffff) | 1;
	for (i = 0; i < FAKE_NVM_WORDS; i++)
		fake.nvm[i] = 0x1111 * (i % 16);
	fake.nvm[ORIEL_NVM_ALT_MAC_PTR] = 0xffff;
	for (i = 0; i < (int)ORIEL_NVM_CHECKSUM; i++)
		sum += fake.nvm[i];
	fake.nvm[ORIEL_NVM_CHECKSUM] = ORIEL_NVM_CHECKSUM_SUM - sum;
	return 0;
}

#endif /* FAKE_DEVICE_H */
