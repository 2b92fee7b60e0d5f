/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The device's self-test: link, EEPROM, registers, interrupt; selftest_loop.c has the frames. */

#include <rte_interrupts.h>

#include "hw.h"
#include "log.h"
#include "nvm.h"
#include "phy.h"
#include "selftest.h"

#define LINK_US 20000
#define LINK_TRIES 250 /* 5 s: autonegotiation of 1000BASE-T takes 2 to 3 */
#define INTR_US 1000
#define INTR_TRIES 500
#define NO_INTR_US 20000
#define CHECKED_WORDS (ORIEL_NVM_CHECKSUM + 1)

const char *const oriel_selftest_name[ORIEL_NB_SELFTEST] = {
	[ORIEL_SELFTEST_LINK] = "link",
	[ORIEL_SELFTEST_EEPROM] = "eeprom",
	[ORIEL_SELFTEST_REGISTERS] = "registers",
	[ORIEL_SELFTEST_INTERRUPT] = "interrupt",
	[ORIEL_SELFTEST_LOOPBACK] = "loopback",
};

/* Registers that hold what is written and do nothing of their own while nothing runs. */
static const struct {
	uint32_t offset, count, stride, mask;
} storage[] = {
	{ ORIEL_FCAL, 1, 4, 0xffffffff },
	{ ORIEL_FCAH, 1, 4, 0x0000ffff },
	{ ORIEL_FCT, 1, 4, 0x0000ffff },
	{ ORIEL_VET, 1, 4, 0xffffffff },
	{ ORIEL_RXQ(0) + ORIEL_RDBAL, ORIEL_NB_QUEUES, 0x40, 0xffffff80 },
	{ ORIEL_RXQ(0) + ORIEL_RDBAH, ORIEL_NB_QUEUES, 0x40, 0xffffffff },
	{ ORIEL_RXQ(0) + ORIEL_RDLEN, ORIEL_NB_QUEUES, 0x40, 0x000fff80 },
	{ ORIEL_TXQ(0) + ORIEL_TDBAL, ORIEL_NB_QUEUES, 0x40, 0xffffff80 },
	{ ORIEL_TXQ(0) + ORIEL_TDBAH, ORIEL_NB_QUEUES, 0x40, 0xffffffff },
	{ ORIEL_TXQ(0) + ORIEL_TDLEN, ORIEL_NB_QUEUES, 0x40, 0x000fff80 },
	{ ORIEL_MTA(0), ORIEL_NB_MTA, 4, 0xffffffff },
	{ ORIEL_VFTA(0), ORIEL_NB_VFTA, 4, 0xffffffff },
	{ ORIEL_RAL(0), 16, 8, 0xffffffff },
	{ ORIEL_RAH(0), 16, 8, 0x8000ffff },
	{ ORIEL_RAL(16), 8, 8, 0xffffffff },
	{ ORIEL_RAH(16), 8, 8, 0x8000ffff },
	{ ORIEL_RETA(0), ORIEL_NB_RETA / 4, 4, 0x0f0f0f0f },
	{ ORIEL_RSSRK(0), ORIEL_NB_RSSRK, 4, 0xffffffff },
};

static void __rte_format_printf(4, 5) set(struct oriel_selftest *out, enum oriel_selftest_item item,
	enum oriel_selftest_result result, const char *fmt, ...)
{
	va_list args;

	out->item[item].result = result;
	va_start(args, fmt);
	vsnprintf(out->item[item].why, sizeof(out->item[item].why), fmt, args);
	va_end(args);
}

static void
test_eeprom(struct oriel_adapter *ad, struct oriel_selftest *out)
{
	uint16_t data[CHECKED_WORDS], sum;
	int ret = oriel_nvm_read(ad, 0, CHECKED_WORDS, data);

	if (ret != 0) {
		set(out, ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_FAIL, "not readable: %s",
			strerror(-ret));
		return;
	}
	sum = oriel_nvm_sum(data, CHECKED_WORDS);
	if (sum == ORIEL_NVM_CHECKSUM_SUM)
		set(out, ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_PASS, "%s", "");
	else
		set(out, ORIEL_SELFTEST_EEPROM, ORIEL_SELFTEST_FAIL,
			"words 0x00 to 0x3f sum to %#06x, not %#06x", sum, ORIEL_NVM_CHECKSUM_SUM);
}

/* Whether there is a link; waits for one that was just started. */
static bool
test_link(struct rte_eth_dev *dev, struct oriel_selftest *out, unsigned int tries)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct rte_eth_link link;
	int ret;

	for (;;) {
		ret = oriel_hw(dev)->link_get(ad, &link);
		if (ret != 0 || link.link_status == RTE_ETH_LINK_UP || --tries == 0)
			break;
		rte_delay_us_sleep(LINK_US);
	}
	if (ret == 0 && link.link_status == RTE_ETH_LINK_UP) {
		set(out, ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_PASS, "%s", "");
		return true;
	}
	set(out, ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_FAIL, "%s",
		ret != 0 ? strerror(-ret) : "no link");
	return false;
}

/* A register takes each pattern; then it has its old value again. */
static bool
test_register(struct oriel_mmio *m, uint32_t off, uint32_t mask, struct oriel_selftest *out)
{
	static const uint32_t patterns[] = { 0x5a5a5a5a, 0xa5a5a5a5, 0x00000000, 0xffffffff };
	const uint32_t old = oriel_rd32(m, off);
	bool good = true;
	unsigned int i;

	for (i = 0; i < RTE_DIM(patterns) && good; i++) {
		const uint32_t want = patterns[i] & mask;
		uint32_t got;

		oriel_wr32(m, off, want);
		got = oriel_rd32(m, off) & mask;
		good = got == want && !m->gone;
		if (!good)
			set(out, ORIEL_SELFTEST_REGISTERS, ORIEL_SELFTEST_FAIL,
				"%#06x: %#x was written, %#x is read", off, want, got);
	}
	oriel_wr32(m, off, old);
	return good;
}

static void
test_registers(struct oriel_adapter *ad, struct oriel_selftest *out)
{
	unsigned int i, j;

	for (i = 0; i < RTE_DIM(storage); i++) {
		for (j = 0; j < storage[i].count; j++) {
			if (!test_register(&ad->mmio, storage[i].offset + j * storage[i].stride,
				    storage[i].mask, out))
				return;
		}
	}
	set(out, ORIEL_SELFTEST_REGISTERS, ORIEL_SELFTEST_PASS, "%s", "");
}

static uint64_t
nb_seen(const struct oriel_adapter *ad)
{
	return __atomic_load_n(&ad->intr.nb_seen, __ATOMIC_ACQUIRE);
}

/* A cause that is unmasked comes as an interrupt, a masked one does not. */
static void
fire(struct rte_eth_dev *dev, struct oriel_selftest *out)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint64_t before = nb_seen(ad);
	unsigned int i;

	hw->intr_set(ad, true);
	hw->intr_trigger(ad);
	for (i = 0; i < INTR_TRIES && nb_seen(ad) == before && !ad->mmio.gone; i++)
		rte_delay_us_sleep(INTR_US);
	hw->intr_set(ad, false);
	if (nb_seen(ad) == before) {
		set(out, ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_FAIL, "no interrupt within %u ms",
			INTR_TRIES * INTR_US / 1000);
		return;
	}
	/* One more may be under way when the masks are set. */
	rte_delay_us_sleep(NO_INTR_US);
	before = nb_seen(ad);
	hw->intr_trigger(ad);
	rte_delay_us_sleep(NO_INTR_US);
	if (nb_seen(ad) != before)
		set(out, ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_FAIL, "%s",
			"a masked cause raises an interrupt");
	else
		set(out, ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_PASS, "%s", "");
	hw->intr_set(ad, false);
}

static void
test_interrupt(struct rte_eth_dev *dev, struct oriel_selftest *out)
{
	struct rte_intr_handle *handle = dev->intr_handle;
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	if (!ad->intr.registered) {
		set(out, ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_SKIP, "%s",
			"EAL has no interrupts for the port");
		return;
	}
	ad->intr.mode = rte_intr_type_get(handle) == RTE_INTR_HANDLE_VFIO_MSIX ? ORIEL_INTR_MSIX :
										 ORIEL_INTR_SINGLE;
	ad->intr.nb_rxq = 0;
	ad->intr.nb_rx_vectors = 0;
	ret = oriel_hw(dev)->intr_setup(ad);
	if (ret == 0 && rte_intr_enable(handle) != 0)
		ret = -EIO;
	if (ret == 0) {
		fire(dev, out);
		rte_intr_disable(handle);
	} else {
		set(out, ORIEL_SELFTEST_INTERRUPT, ORIEL_SELFTEST_FAIL, "not set up: %s",
			strerror(-ret));
	}
	ad->intr.mode = ORIEL_INTR_OFF;
}

/* What a reset does not give back: the PHY, and the PCS's part. */
struct media_state {
	uint16_t bmcr, anar, gig;
	uint32_t pcs_cfg, ctrl_ext;
};

static int
media_save(struct oriel_adapter *ad, struct media_state *s)
{
	int ret;

	s->pcs_cfg = oriel_rd32(&ad->mmio, ORIEL_PCS_CFG0);
	s->ctrl_ext = oriel_rd32(&ad->mmio, ORIEL_CTRL_EXT);
	if (ad->media != ORIEL_MEDIA_COPPER)
		return ad->mmio.gone ? -ENODEV : 0;
	ret = oriel_phy_read(ad, ORIEL_PHY_BMCR, &s->bmcr);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_ANAR, &s->anar);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_1000T_CTRL, &s->gig);
	return ret;
}

static int
media_restore(struct oriel_adapter *ad, const struct media_state *s)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret;

	if (ad->media != ORIEL_MEDIA_COPPER) {
		oriel_wr32(m, ORIEL_PCS_CFG0, s->pcs_cfg);
		if (s->ctrl_ext & ORIEL_CTRL_EXT_SDP3_DATA)
			oriel_set32(m, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_SDP3_DATA);
		return m->gone ? -ENODEV : 0;
	}
	ret = oriel_phy_write(ad, ORIEL_PHY_ANAR, s->anar);
	if (ret == 0)
		ret = oriel_phy_write(ad, ORIEL_PHY_1000T_CTRL, s->gig);
	if (ret == 0)
		ret = oriel_phy_write(ad, ORIEL_PHY_BMCR, s->bmcr);
	return ret;
}

/* Link, then loopback while it is up: a PHY that is asked for loopback keeps it. */
static void
test_frames(struct rte_eth_dev *dev, struct oriel_selftest *out)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	char why[sizeof(out->item[0].why)] = "";
	int ret;

	ret = oriel_hw(dev)->link_start(ad, dev->data->dev_conf.link_speeds);
	if (ret != 0)
		set(out, ORIEL_SELFTEST_LINK, ORIEL_SELFTEST_FAIL, "it cannot be started: %s",
			strerror(-ret));
	else
		test_link(dev, out, LINK_TRIES);
	ret = oriel_selftest_loop(dev, why, sizeof(why));
	set(out, ORIEL_SELFTEST_LOOPBACK, ret == 0 ? ORIEL_SELFTEST_PASS : ORIEL_SELFTEST_FAIL,
		"%s", why);
}

static int
offline_tests(struct rte_eth_dev *dev, struct oriel_selftest *out)
{
	const struct oriel_hw_ops *hw = oriel_hw(dev);
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_hw_stats stats;
	struct media_state media;
	int ret, rest;

	ret = oriel_hw_bus_master(ad, true);
	if (ret == 0)
		ret = media_save(ad, &media);
	if (ret != 0)
		return ret;
	/* The counters go on where they are: what the test sends is not the application's. */
	rte_spinlock_lock(&ad->stats_lock);
	hw->stats_read(ad);
	stats = ad->stats;
	rte_spinlock_unlock(&ad->stats_lock);
	ad->at_rest = false;
	ret = hw->reset(ad);
	if (ret == 0) {
		test_eeprom(ad, out);
		test_registers(ad, out);
		ret = hw->reset(ad);
	}
	if (ret == 0) {
		test_interrupt(dev, out);
		ret = hw->reset(ad);
	}
	if (ret == 0)
		test_frames(dev, out);
	rest = hw->reset(ad);
	if (rest != 0)
		oriel_hw_bus_master(ad, false);
	ad->at_rest = rest == 0;
	oriel_selftest_loop_free(dev);
	rte_spinlock_lock(&ad->stats_lock);
	hw->stats_read(ad);
	ad->stats = stats;
	rte_spinlock_unlock(&ad->stats_lock);
	if (rest == 0)
		rest = media_restore(ad, &media);
	return ret != 0 ? ret : rest;
}

int
oriel_selftest(struct rte_eth_dev *dev, bool offline, struct oriel_selftest *out)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ORIEL_NB_SELFTEST; i++)
		set(out, i, ORIEL_SELFTEST_SKIP, "%s", offline ? "not reached" : "offline only");
	if (offline && ad->started) {
		ORIEL_DRV_LOG(ERR, "port %u: offline self-test: the port is started, stop it first",
			ad->port_id);
		return -EBUSY;
	}
	if (oriel_hw_is_removed(ad)) {
		ORIEL_DRV_LOG(ERR, "port %u: self-test: the device has gone", ad->port_id);
		return -ENODEV;
	}
	if (offline) {
		ret = offline_tests(dev, out);
	} else {
		test_eeprom(ad, out);
		test_link(dev, out, 1);
	}
	for (i = 0; i < ORIEL_NB_SELFTEST; i++) {
		if (out->item[i].result == ORIEL_SELFTEST_FAIL)
			ORIEL_DRV_LOG(WARNING, "port %u: self-test: %s: %s", ad->port_id,
				oriel_selftest_name[i], out->item[i].why);
	}
	if (ret != 0)
		ORIEL_DRV_LOG(ERR, "port %u: self-test did not end well: %s", ad->port_id,
			strerror(-ret));
	return ad->mmio.gone ? -ENODEV : ret;
}
