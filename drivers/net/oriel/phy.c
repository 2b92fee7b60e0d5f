/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The internal copper PHY: MDIC access, reset, autonegotiation, power. */

#include "fc.h"
#include "hw.h"
#include "log.h"
#include "phy.h"

#define MDIC_US 50
#define MDIC_TRIES 1000
#define CFG_DONE_US 1000
#define CFG_DONE_TRIES 100
#define PHY_ID_REVISION 0x0fu

/* One access; the caller holds the PHY's resource. */
static int
mdic(struct oriel_adapter *ad, uint32_t reg, uint32_t op, uint16_t *val)
{
	struct oriel_mmio *m = &ad->mmio;
	uint32_t got;
	int ret;

	oriel_wr32(m, ORIEL_MDIC,
		op | ORIEL_PREP(ORIEL_MDIC_PHYADD, ORIEL_PHY_ADDR) |
			ORIEL_PREP(ORIEL_MDIC_REGADD, reg) | ORIEL_PREP(ORIEL_MDIC_DATA, *val));
	ret = oriel_wait32(m, ORIEL_MDIC, ORIEL_MDIC_READY, ORIEL_MDIC_READY, MDIC_US, MDIC_TRIES);
	if (ret != 0)
		return ret;
	got = oriel_rd32(m, ORIEL_MDIC);
	if (m->gone)
		return -ENODEV;
	/* Another register's number: somebody else used MDIC meanwhile. */
	if ((got & ORIEL_MDIC_ERROR) != 0 || ORIEL_GET(ORIEL_MDIC_REGADD, got) != reg)
		return -EIO;
	*val = ORIEL_GET(ORIEL_MDIC_DATA, got);
	return 0;
}

static int
access(struct oriel_adapter *ad, uint32_t reg, uint32_t op, uint16_t *val)
{
	uint32_t resource = oriel_hw_phy_resource(ad);
	int ret;

	if (reg > ORIEL_GET(ORIEL_MDIC_REGADD, ORIEL_ALL_ONES))
		return -EINVAL;
	ret = oriel_hw_lock(ad, resource);
	if (ret != 0)
		return ret;
	ret = mdic(ad, reg, op, val);
	oriel_hw_unlock(ad, resource);
	if (ret != 0)
		ORIEL_DRV_LOG(ERR, "port %u: PHY register %u cannot be %s: %s", ad->port_id, reg,
			op == ORIEL_MDIC_OP_READ ? "read" : "written", strerror(-ret));
	return ret;
}

int
oriel_phy_read(struct oriel_adapter *ad, uint32_t reg, uint16_t *val)
{
	*val = 0;
	return access(ad, reg, ORIEL_MDIC_OP_READ, val);
}

int
oriel_phy_write(struct oriel_adapter *ad, uint32_t reg, uint16_t val)
{
	return access(ad, reg, ORIEL_MDIC_OP_WRITE, &val);
}

/* Management firmware talks through this PHY too and may forbid its reset. */
static bool
kept_by_management(struct oriel_adapter *ad)
{
	return (oriel_rd32(&ad->mmio, ORIEL_MANC) & ORIEL_MANC_BLK_PHY_RST) != 0;
}

static int
hard_reset(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	uint32_t done = ORIEL_EEMNGCTL_CFG_DONE(ad->lan_id);
	int ret;

	if (kept_by_management(ad)) {
		ORIEL_INIT_LOG(INFO, "port %u: management keeps the PHY: not reset", ad->port_id);
		return m->gone ? -ENODEV : 0;
	}
	ret = oriel_hw_lock(ad, oriel_hw_phy_resource(ad));
	if (ret != 0)
		return ret;
	oriel_set32(m, ORIEL_CTRL, ORIEL_CTRL_PHY_RST);
	oriel_flush(m);
	rte_delay_us_sleep(100);
	oriel_clear32(m, ORIEL_CTRL, ORIEL_CTRL_PHY_RST);
	oriel_flush(m);
	rte_delay_us_sleep(150);
	/* Not fatal: a model of the device may never set it. */
	if (oriel_wait32(m, ORIEL_EEMNGCTL, done, done, CFG_DONE_US, CFG_DONE_TRIES) == -ETIMEDOUT)
		ORIEL_INIT_LOG(
			DEBUG, "port %u: EEMNGCTL.CFG_DONE not set after PHY reset", ad->port_id);
	rte_delay_us_sleep(300); /* no MDIC before */
	oriel_hw_unlock(ad, oriel_hw_phy_resource(ad));
	return m->gone ? -ENODEV : 0;
}

int
oriel_phy_init(struct oriel_adapter *ad)
{
	uint16_t id1, id2;
	int ret;

	ret = hard_reset(ad);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_ID1, &id1);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_ID2, &id2);
	if (ret != 0)
		return ret;
	ad->phy_id = (uint32_t)id1 << 16 | id2;
	if (ad->phy_id == 0 || ad->phy_id == ORIEL_ALL_ONES) {
		ORIEL_INIT_LOG(ERR, "port %u: no PHY answers at address %u (identifier %#x)",
			ad->port_id, ORIEL_PHY_ADDR, ad->phy_id);
		return -EIO;
	}
	if ((ad->phy_id & ~PHY_ID_REVISION) != (ORIEL_PHY_ID_IGP03 & ~PHY_ID_REVISION))
		ORIEL_INIT_LOG(NOTICE,
			"port %u: PHY identifier %#x, expected %#x: driven by the "
			"standard registers",
			ad->port_id, ad->phy_id, ORIEL_PHY_ID_IGP03);
	return 0;
}

static uint16_t
advertise_10_100(uint32_t speeds)
{
	uint16_t anar = ORIEL_ANAR_SELECTOR_8023;

	if (speeds & RTE_ETH_LINK_SPEED_10M_HD)
		anar |= ORIEL_ANAR_10_HD;
	if (speeds & RTE_ETH_LINK_SPEED_10M)
		anar |= ORIEL_ANAR_10_FD;
	if (speeds & RTE_ETH_LINK_SPEED_100M_HD)
		anar |= ORIEL_ANAR_100_HD;
	if (speeds & RTE_ETH_LINK_SPEED_100M)
		anar |= ORIEL_ANAR_100_FD;
	return anar;
}

static uint16_t
advertise_pause(const struct oriel_adapter *ad)
{
	const uint32_t fc = oriel_fc_advertise(ad);

	return (fc & ORIEL_FC_PAUSE ? ORIEL_ANAR_PAUSE : 0) |
		(fc & ORIEL_FC_ASYM ? ORIEL_ANAR_ASYM_PAUSE : 0);
}

int
oriel_phy_autoneg(struct oriel_adapter *ad, uint32_t link_speeds)
{
	const uint16_t anar_new = advertise_10_100(link_speeds) | advertise_pause(ad);
	uint16_t bmcr, bmsr, anar, gig, gig_new;
	int ret;

	ret = oriel_phy_read(ad, ORIEL_PHY_BMCR, &bmcr);
	/* The link bit latches low: the second reading is the present. */
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_BMSR, &bmsr);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_BMSR, &bmsr);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_ANAR, &anar);
	if (ret == 0)
		ret = oriel_phy_read(ad, ORIEL_PHY_1000T_CTRL, &gig);
	if (ret != 0)
		return ret;
	gig_new = gig & ~(ORIEL_1000T_CTRL_HD | ORIEL_1000T_CTRL_FD);
	if (link_speeds & RTE_ETH_LINK_SPEED_1G)
		gig_new |= ORIEL_1000T_CTRL_FD;
	if (anar == anar_new && gig == gig_new &&
		(bmcr & (ORIEL_BMCR_AN_EN | ORIEL_BMCR_POWER_DOWN)) == ORIEL_BMCR_AN_EN &&
		(bmsr & ORIEL_BMSR_LINK) != 0)
		return 0;

	ret = oriel_phy_write(ad, ORIEL_PHY_ANAR, anar_new);
	if (ret == 0)
		ret = oriel_phy_write(ad, ORIEL_PHY_1000T_CTRL, gig_new);
	if (ret == 0)
		ret = oriel_phy_write(ad, ORIEL_PHY_BMCR, ORIEL_BMCR_AN_EN | ORIEL_BMCR_AN_RESTART);
	return ret;
}

int
oriel_phy_force(struct oriel_adapter *ad, uint32_t link_speeds)
{
	uint16_t bmcr = 0;

	if (link_speeds & (RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_100M_HD))
		bmcr |= ORIEL_BMCR_SPEED_LSB;
	if (link_speeds & (RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_10M))
		bmcr |= ORIEL_BMCR_FD;
	return oriel_phy_write(ad, ORIEL_PHY_BMCR, bmcr);
}

int
oriel_phy_power_down(struct oriel_adapter *ad)
{
	uint16_t bmcr;
	int ret;

	if (kept_by_management(ad))
		return ad->mmio.gone ? -ENODEV : 0;
	ret = oriel_phy_read(ad, ORIEL_PHY_BMCR, &bmcr);
	if (ret != 0)
		return ret;
	return oriel_phy_write(ad, ORIEL_PHY_BMCR, bmcr | ORIEL_BMCR_POWER_DOWN);
}
