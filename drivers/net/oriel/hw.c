/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The device as a whole: identity, the locks shared with firmware, global reset, the master
 * switches of receive and transmit. Section numbers are those of the 82576 datasheet.
 */

#include <rte_pci.h>

#include "hw.h"
#include "log.h"

/* PCI configuration space, which the register map does not hold */
#define PCI_CAP_PTR 0x34
#define PCI_CAP_ID_EXP 0x10
#define PCI_MAX_CAPS 48 /* 192 bytes of capabilities, 4 each at least */
#define PCI_EXP_DEVCAP 0x04
#define PCI_EXP_DEVCAP_FLR ORIEL_BIT(28)
#define PCI_EXP_DEVCTL 0x08
#define PCI_EXP_DEVCTL_FLR 0x8000u
#define PCI_EXP_DEVCTL2 0x28
#define PCI_EXP_DEVCTL2_TMOUT 0x000fu
#define PCI_EXP_DEVCTL2_TMOUT_16_55_MS 0x5u

/* Bounds of waits, all well above what the datasheet or its drivers give. */
#define MASTER_DISABLE_US 1000 /* interval */
#define MASTER_DISABLE_TRIES 80
#define RESET_US 1000
#define RESET_TRIES 20
#define NVM_LOAD_US 1000
#define NVM_LOAD_TRIES 10
#define SEMAPHORE_US 1000
#define SEMAPHORE_TRIES 100
#define LOCK_US 5000
#define LOCK_TRIES 200
#define STALE_LOCK_TRIES 40
#define QUEUE_OFF_US 100
#define QUEUE_OFF_TRIES 100

static struct rte_pci_device *
pci_device(const struct oriel_adapter *ad)
{
	return ORIEL_DEV_TO_PCI(&rte_eth_devices[ad->port_id]);
}

int
oriel_hw_bus_master(struct oriel_adapter *ad, bool on)
{
	if (rte_pci_set_bus_master(pci_device(ad), on) < 0) {
		ORIEL_INIT_LOG(ERR, "port %u: cannot switch bus mastering %s", ad->port_id,
			on ? "on" : "off");
		return -EIO;
	}
	return 0;
}

/* Offset of the PCI Express capability, 0 if there is none that can be read. */
static uint8_t
pcie_cap(const struct rte_pci_device *pci)
{
	uint8_t pos = 0, entry[2];
	int i;

	if (rte_pci_read_config(pci, &pos, 1, PCI_CAP_PTR) != 1)
		return 0;
	for (i = 0; i < PCI_MAX_CAPS && pos >= 0x40; i++) {
		pos &= 0xfc;
		if (rte_pci_read_config(pci, entry, sizeof(entry), pos) != sizeof(entry))
			return 0;
		if (entry[0] == PCI_CAP_ID_EXP)
			return pos;
		pos = entry[1];
	}
	return 0;
}

/*
 * Function-level reset through config space, which VFIO carries out and saves config space
 * around. For a device that CTRL.RST does not free: one that is stuck after a refused DMA
 * (4.2.1.5.1).
 */
static int
function_reset(struct oriel_adapter *ad)
{
	struct rte_pci_device *pci = pci_device(ad);
	uint8_t cap = pcie_cap(pci);
	uint32_t devcap = 0;
	uint16_t devctl = 0;

	if (cap == 0 || pci->kdrv != RTE_PCI_KDRV_VFIO)
		return -ENOTSUP;
	if (rte_pci_read_config(pci, &devcap, 4, cap + PCI_EXP_DEVCAP) != 4 ||
		(devcap & PCI_EXP_DEVCAP_FLR) == 0)
		return -ENOTSUP;
	if (rte_pci_read_config(pci, &devctl, 2, cap + PCI_EXP_DEVCTL) != 2)
		return -EIO;
	devctl |= PCI_EXP_DEVCTL_FLR;
	if (rte_pci_write_config(pci, &devctl, 2, cap + PCI_EXP_DEVCTL) != 2)
		return -EIO;
	rte_delay_us_sleep(100 * 1000); /* PCI Express: 100 ms until the function answers */
	return 0;
}

int
oriel_hw_identify(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint32_t status = oriel_rd32(m, ORIEL_STATUS);
	uint32_t ctrl_ext = oriel_rd32(m, ORIEL_CTRL_EXT);

	if (m->gone) {
		ORIEL_INIT_LOG(ERR, "port %u: STATUS reads all-ones: the device does not answer",
			ad->port_id);
		return -ENODEV;
	}
	/* Not the PCI function number: a board may swap the two. */
	ad->lan_id = ORIEL_GET(ORIEL_STATUS_LAN_ID, status);
	switch (ORIEL_GET(ORIEL_CTRL_EXT_LINK_MODE, ctrl_ext)) {
	case ORIEL_LINK_MODE_COPPER:
		ad->media = ORIEL_MEDIA_COPPER;
		return 0;
	case ORIEL_LINK_MODE_KX:
	case ORIEL_LINK_MODE_SERDES:
		ad->media = ORIEL_MEDIA_SERDES;
		return 0;
	default:
		ad->media = ORIEL_MEDIA_SGMII;
		ORIEL_INIT_LOG(ERR,
			"port %u: CTRL_EXT.LINK_MODE is SGMII (external PHY behind I2CCMD); "
			"supported are internal PHY, SerDes and KX",
			ad->port_id);
		return -ENOTSUP;
	}
}

/* Takes SWSM: first against other software, then against firmware. */
static int
swsm_get(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i;
	int ret;

	/* A read that gives 0 has set the bit: it is ours. */
	ret = oriel_wait32(m, ORIEL_SWSM, ORIEL_SWSM_SMBI, 0, SEMAPHORE_US, SEMAPHORE_TRIES);
	if (ret != 0)
		return ret;
	for (i = 0; i < SEMAPHORE_TRIES && !m->gone; i++) {
		oriel_set32(m, ORIEL_SWSM, ORIEL_SWSM_SWESMBI);
		if ((oriel_rd32(m, ORIEL_SWSM) & ORIEL_SWSM_SWESMBI) != 0 && !m->gone)
			return 0;
		rte_delay_us_sleep(SEMAPHORE_US);
	}
	oriel_clear32(m, ORIEL_SWSM, ORIEL_SWSM_SMBI | ORIEL_SWSM_SWESMBI);
	return m->gone ? -ENODEV : -ETIMEDOUT;
}

static void
swsm_put(struct oriel_adapter *ad)
{
	oriel_clear32(&ad->mmio, ORIEL_SWSM, ORIEL_SWSM_SMBI | ORIEL_SWSM_SWESMBI);
}

static int
lock_bounded(struct oriel_adapter *ad, uint32_t resource, unsigned int tries)
{
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i;

	for (i = 0; i < tries; i++) {
		uint32_t sync;
		int ret = swsm_get(ad);

		if (ret != 0)
			return ret;
		sync = oriel_rd32(m, ORIEL_SW_FW_SYNC);
		if (m->gone)
			return -ENODEV;
		/* Firmware's bit of the same resource lies 16 above software's. */
		if ((sync & (resource | resource << 16)) == 0) {
			oriel_wr32(m, ORIEL_SW_FW_SYNC, sync | resource);
			swsm_put(ad);
			return 0;
		}
		swsm_put(ad);
		rte_delay_us_sleep(LOCK_US);
	}
	return -ETIMEDOUT;
}

int
oriel_hw_lock(struct oriel_adapter *ad, uint32_t resource)
{
	int ret = lock_bounded(ad, resource, LOCK_TRIES);

	if (ret == -ETIMEDOUT)
		ORIEL_DRV_LOG(ERR,
			"port %u: resource %#x of SW_FW_SYNC is held by others for over 1 s",
			ad->port_id, resource);
	return ret;
}

void
oriel_hw_unlock(struct oriel_adapter *ad, uint32_t resource)
{
	/*
	 * Without SWSM the bit is cleared all the same: to keep the resource would
	 * lock firmware out for good.
	 */
	int ret = swsm_get(ad);

	oriel_clear32(&ad->mmio, ORIEL_SW_FW_SYNC, resource);
	if (ret == 0)
		swsm_put(ad);
}

uint32_t
oriel_hw_phy_resource(const struct oriel_adapter *ad)
{
	static const uint32_t resource[] = {
		ORIEL_SW_FW_SYNC_PHY0,
		ORIEL_SW_FW_SYNC_PHY1,
		ORIEL_SW_FW_SYNC_PHY2,
		ORIEL_SW_FW_SYNC_PHY3,
	};

	return resource[ad->lan_id % RTE_DIM(resource)];
}

int
oriel_hw_break_locks(struct oriel_adapter *ad)
{
	const uint32_t resource[] = { ORIEL_SW_FW_SYNC_EEP, oriel_hw_phy_resource(ad) };
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i;
	int ret;

	/* A live owner lets go within the bound; what stays was left by a dead one. */
	ret = swsm_get(ad);
	if (ret == -ETIMEDOUT)
		ORIEL_INIT_LOG(
			WARNING, "port %u: semaphore SWSM was left locked, released", ad->port_id);
	swsm_put(ad);
	for (i = 0; i < RTE_DIM(resource) && !m->gone; i++) {
		ret = lock_bounded(ad, resource[i], STALE_LOCK_TRIES);
		if (ret == -ETIMEDOUT)
			ORIEL_INIT_LOG(WARNING,
				"port %u: resource %#x of SW_FW_SYNC was left locked, released",
				ad->port_id, resource[i]);
		oriel_hw_unlock(ad, resource[i]);
	}
	return m->gone ? -ENODEV : 0;
}

/* Asks for no new DMA and waits until what is under way has ended. */
static int
master_disable(struct oriel_adapter *ad)
{
	oriel_set32(&ad->mmio, ORIEL_CTRL, ORIEL_CTRL_GIO_MASTER_DISABLE);
	return oriel_wait32(&ad->mmio, ORIEL_STATUS, ORIEL_STATUS_GIO_MASTER_ENABLE, 0,
		MASTER_DISABLE_US, MASTER_DISABLE_TRIES);
}

/*
 * The default completion time-out is too short, and a completion that came too late must not
 * be asked for again (erratum).
 */
static void
set_completion_timeout(struct oriel_adapter *ad)
{
	struct rte_pci_device *pci = pci_device(ad);
	uint32_t gcr = oriel_rd32(&ad->mmio, ORIEL_GCR);
	uint16_t devctl2 = 0;
	uint8_t cap;

	if (ad->mmio.gone)
		return;
	if ((gcr & ORIEL_GCR_CMPL_TMOUT) == 0) {
		if ((gcr & ORIEL_GCR_CAP_VER2) == 0) {
			gcr |= ORIEL_PREP(ORIEL_GCR_CMPL_TMOUT, 1); /* 10 ms */
		} else {
			cap = pcie_cap(pci);
			if (cap != 0 &&
				rte_pci_read_config(pci, &devctl2, 2, cap + PCI_EXP_DEVCTL2) == 2) {
				devctl2 &= ~PCI_EXP_DEVCTL2_TMOUT;
				devctl2 |= PCI_EXP_DEVCTL2_TMOUT_16_55_MS;
				if (rte_pci_write_config(pci, &devctl2, 2, cap + PCI_EXP_DEVCTL2) !=
					2)
					ORIEL_INIT_LOG(NOTICE,
						"port %u: PCIe completion time-out not set",
						ad->port_id);
			}
		}
	}
	oriel_wr32(&ad->mmio, ORIEL_GCR, gcr & ~ORIEL_GCR_CMPL_TMOUT_RESEND);
}

static void
mask_interrupts(struct oriel_mmio *m)
{
	oriel_wr32(m, ORIEL_IMC, ORIEL_ALL_ONES);
	oriel_wr32(m, ORIEL_EIMC, ORIEL_ALL_ONES);
	oriel_wr32(m, ORIEL_EIAC, 0);
}

/* CTRL.RST and the wait for its end (4.2.1.6.1: registers rest for 1 ms). */
static int
software_reset(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;

	oriel_set32(m, ORIEL_CTRL, ORIEL_CTRL_RST);
	rte_delay_us_sleep(2 * 1000);
	return oriel_wait32(m, ORIEL_CTRL, ORIEL_CTRL_RST, 0, RESET_US, RESET_TRIES);
}

/* Queues may come up enabled; rings of the driver before must not be touched. */
static int
disable_queues(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint16_t q;

	for (q = 0; q < ORIEL_NB_QUEUES; q++) {
		oriel_clear32(m, ORIEL_RXQ(q) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE);
		oriel_clear32(m, ORIEL_TXQ(q) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE);
	}
	for (q = 0; q < ORIEL_NB_QUEUES; q++) {
		int ret = oriel_wait32(m, ORIEL_RXQ(q) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE, 0,
			QUEUE_OFF_US, QUEUE_OFF_TRIES);

		if (ret == 0)
			ret = oriel_wait32(m, ORIEL_TXQ(q) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE, 0,
				QUEUE_OFF_US, QUEUE_OFF_TRIES);
		if (ret != 0) {
			ORIEL_INIT_LOG(
				ERR, "port %u: queue %u reads enabled after reset", ad->port_id, q);
			return ret == -ENODEV ? ret : -EIO;
		}
	}
	return 0;
}

/* Ends DMA, receive, transmit and interrupts as far as the device obeys; false: DMA goes on. */
static bool
quiesce(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret = master_disable(ad);

	if (ret == -ETIMEDOUT)
		ORIEL_INIT_LOG(WARNING,
			"port %u: DMA does not end within %u ms (STATUS.GIO_MASTER_ENABLE = 1)",
			ad->port_id, MASTER_DISABLE_US * MASTER_DISABLE_TRIES / 1000);
	set_completion_timeout(ad);
	mask_interrupts(m);
	oriel_wr32(m, ORIEL_RCTL, 0);
	oriel_wr32(m, ORIEL_TCTL, ORIEL_TCTL_PSP);
	oriel_flush(m);
	if (!m->gone)
		rte_delay_us_sleep(10 * 1000);
	return ret == 0;
}

/* What every reset leaves to be done. */
static int
after_reset(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret;

	/* Not fatal: a board may have no NVM, and a model of the device may never say so. */
	ret = oriel_wait32(
		m, ORIEL_EECD, ORIEL_EECD_AUTO_RD, ORIEL_EECD_AUTO_RD, NVM_LOAD_US, NVM_LOAD_TRIES);
	if (ret == -ETIMEDOUT)
		ORIEL_INIT_LOG(DEBUG, "port %u: EECD.AUTO_RD not set after reset", ad->port_id);
	mask_interrupts(m);
	oriel_rd32(m, ORIEL_ICR);
	ret = disable_queues(ad);
	if (ret != 0)
		return ret;
	/* VFs wait for PFRSTD, firmware looks at DRV_LOAD. */
	oriel_set32(m, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_PFRSTD | ORIEL_CTRL_EXT_DRV_LOAD);
	return m->gone ? -ENODEV : 0;
}

/* flr: by PCI Express too, whether or not the device seems to need it. */
static int
reset(struct oriel_adapter *ad, bool flr)
{
	int ret;

	/* CTRL.RST does not free a device whose DMA was refused: then by PCI Express. */
	flr |= !quiesce(ad);
	if (flr && !ad->mmio.gone && function_reset(ad) != 0)
		ORIEL_INIT_LOG(
			NOTICE, "port %u: no function-level reset, CTRL.RST must do", ad->port_id);
	ret = software_reset(ad);
	if (ret == -ETIMEDOUT && function_reset(ad) == 0)
		ret = software_reset(ad);
	if (ret == -ETIMEDOUT)
		ORIEL_INIT_LOG(ERR, "port %u: CTRL.RST does not clear within %u ms", ad->port_id,
			RESET_US * RESET_TRIES / 1000);
	if (ret == 0)
		ret = after_reset(ad);
	if (ret == -ENODEV)
		ORIEL_INIT_LOG(ERR,
			"port %u: registers read all-ones during reset: the device has gone",
			ad->port_id);
	return ret;
}

int
oriel_hw_reset(struct oriel_adapter *ad)
{
	return reset(ad, false);
}

int
oriel_hw_recover(struct oriel_adapter *ad)
{
	return reset(ad, true);
}

void
oriel_hw_release(struct oriel_adapter *ad)
{
	oriel_clear32(&ad->mmio, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_DRV_LOAD);
}

void
oriel_ctrl_update(struct oriel_adapter *ad, uint32_t clear, uint32_t set)
{
	struct oriel_mmio *m = &ad->mmio;

	rte_spinlock_lock(&ad->ctrl_lock);
	oriel_wr32(m, ORIEL_CTRL, (oriel_rd32(m, ORIEL_CTRL) & ~clear) | set);
	rte_spinlock_unlock(&ad->ctrl_lock);
}

int
oriel_hw_rxtx_set(struct oriel_adapter *ad, bool rx, bool tx)
{
	struct oriel_mmio *m = &ad->mmio;

	if (rx)
		oriel_set32(m, ORIEL_RCTL, ORIEL_RCTL_RXEN);
	else
		oriel_clear32(m, ORIEL_RCTL, ORIEL_RCTL_RXEN);
	if (tx)
		oriel_set32(m, ORIEL_TCTL, ORIEL_TCTL_EN);
	else
		oriel_clear32(m, ORIEL_TCTL, ORIEL_TCTL_EN);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

bool
oriel_hw_is_removed(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint16_t vendor = 0;
	uint32_t status;

	if (m->gone)
		return true;
	status = oriel_rd32(m, ORIEL_STATUS);
	if (m->gone)
		return true;
	if (status != 0)
		return false;
	/* Behind some bridges what is not there reads 0; config space then knows better. */
	if (rte_pci_read_config(pci_device(ad), &vendor, 2, RTE_PCI_VENDOR_ID) != 2 ||
		vendor == UINT16_MAX) {
		m->gone = true;
		return true;
	}
	return false;
}

bool
oriel_hw_forgot(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	bool off = (oriel_rd32(m, ORIEL_RCTL) & ORIEL_RCTL_RXEN) == 0 &&
		(oriel_rd32(m, ORIEL_TCTL) & ORIEL_TCTL_EN) == 0;

	return off && !m->gone;
}

bool
oriel_hw_tx_paused(struct oriel_adapter *ad)
{
	return (oriel_rd32(&ad->mmio, ORIEL_STATUS) & ORIEL_STATUS_TXOFF) != 0;
}
