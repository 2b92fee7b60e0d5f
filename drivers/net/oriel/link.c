/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The link: which speeds can be asked for, up and down for copper and SerDes, its state. */

#include "fc.h"
#include "hw.h"
#include "link.h"
#include "log.h"
#include "phy.h"
#include "rate.h"

/* What rte_eth_link_get() promises: it may wait up to 9 s. */
#define LINK_WAIT_MS 9000
#define LINK_POLL_MS 100

#define SPEEDS_COPPER \
	(RTE_ETH_LINK_SPEED_10M_HD | RTE_ETH_LINK_SPEED_10M | RTE_ETH_LINK_SPEED_100M_HD | \
		RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_1G)

uint32_t
oriel_link_speed_capa(const struct oriel_adapter *ad)
{
	return ad->media == ORIEL_MEDIA_COPPER ? SPEEDS_COPPER : RTE_ETH_LINK_SPEED_1G;
}

int
oriel_link_check_speeds(const struct oriel_adapter *ad, uint32_t link_speeds)
{
	const uint32_t capa = oriel_link_speed_capa(ad);
	const uint32_t speeds = link_speeds & ~RTE_ETH_LINK_SPEED_FIXED;

	if ((speeds & ~capa) != 0) {
		ORIEL_INIT_LOG(ERR, "port %u: link_speeds %#x: the port can do %#x", ad->port_id,
			link_speeds, capa);
		return -EINVAL;
	}
	if ((link_speeds & RTE_ETH_LINK_SPEED_FIXED) != 0 && __builtin_popcount(speeds) != 1) {
		ORIEL_INIT_LOG(ERR,
			"port %u: link_speeds %#x: a fixed link needs one speed, %d given",
			ad->port_id, link_speeds, __builtin_popcount(speeds));
		return -EINVAL;
	}
	return 0;
}

static int
start_copper(struct oriel_adapter *ad, uint32_t link_speeds)
{
	const bool fixed = (link_speeds & RTE_ETH_LINK_SPEED_FIXED) != 0;
	/* Of flow control is known when the link is there. */
	const uint32_t clear = ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX | ORIEL_CTRL_SPEED |
		ORIEL_CTRL_FD | ORIEL_CTRL_ILOS | ORIEL_CTRL_RFCE | ORIEL_CTRL_TFCE;
	/* SLU is needed beside the PHY's own link. */
	uint32_t set = ORIEL_CTRL_SLU;

	/* 1000BASE-T has no link without autonegotiation: then 1000 alone is offered. */
	ad->link_negotiated = !fixed || (link_speeds & RTE_ETH_LINK_SPEED_1G) != 0;
	if (ad->link_negotiated) {
		set |= ORIEL_CTRL_FD | ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_1000);
		oriel_ctrl_update(ad, clear, set);
		link_speeds &= ~RTE_ETH_LINK_SPEED_FIXED;
		return oriel_phy_autoneg(ad, link_speeds != 0 ? link_speeds : SPEEDS_COPPER);
	}
	set |= ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX;
	if (link_speeds & (RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_100M_HD))
		set |= ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_100);
	if (link_speeds & (RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_10M))
		set |= ORIEL_CTRL_FD;
	oriel_ctrl_update(ad, clear, set);
	return oriel_phy_force(ad, link_speeds);
}

static uint32_t
pcs_pause(const struct oriel_adapter *ad)
{
	const uint32_t fc = oriel_fc_advertise(ad);

	return (fc & ORIEL_FC_PAUSE ? ORIEL_PCS_ANADV_PAUSE : 0) |
		(fc & ORIEL_FC_ASYM ? ORIEL_PCS_ANADV_ASYM : 0);
}

static int
start_serdes(struct oriel_adapter *ad, uint32_t link_speeds)
{
	struct oriel_mmio *m = &ad->mmio;
	uint32_t lctl;

	ad->link_negotiated = (link_speeds & RTE_ETH_LINK_SPEED_FIXED) == 0;
	oriel_wr32(m, ORIEL_SCTL, ORIEL_SCTL_LOOPBACK_OFF);
	/* SDP3 low feeds the SFP cage, SDP0 and SDP1 high the laser of some boards. */
	oriel_clear32(m, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_SDP3_DATA);
	oriel_ctrl_update(ad, ORIEL_CTRL_RFCE | ORIEL_CTRL_TFCE,
		ORIEL_CTRL_SLU | ORIEL_CTRL_SDP0_DATA | ORIEL_CTRL_SDP1_DATA | ORIEL_CTRL_FRCSPD |
			ORIEL_CTRL_FRCDPX | ORIEL_CTRL_FD |
			ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_1000));
	oriel_set32(m, ORIEL_PCS_CFG0, ORIEL_PCS_CFG0_PCS_EN);

	lctl = oriel_rd32(m, ORIEL_PCS_LCTL);
	lctl &= ~(ORIEL_PCS_LCTL_AN_TIMEOUT_EN | ORIEL_PCS_LCTL_FLV | ORIEL_PCS_LCTL_FSD |
		ORIEL_PCS_LCTL_FORCE_LINK | ORIEL_PCS_LCTL_AN_ENABLE | ORIEL_PCS_LCTL_FSV);
	lctl |= ORIEL_PCS_LCTL_FORCE_FCTRL | ORIEL_PCS_LCTL_FDV |
		ORIEL_PREP(ORIEL_PCS_LCTL_FSV, ORIEL_SPEED_1000);
	if (ad->link_negotiated) {
		oriel_wr32(m, ORIEL_PCS_ANADV, ORIEL_PCS_ANADV_FULL | pcs_pause(ad));
		lctl |= ORIEL_PCS_LCTL_AN_ENABLE | ORIEL_PCS_LCTL_AN_RESTART;
	} else {
		lctl |= ORIEL_PCS_LCTL_FSD | ORIEL_PCS_LCTL_FLV;
	}
	oriel_wr32(m, ORIEL_PCS_LCTL, lctl);
	return m->gone ? -ENODEV : 0;
}

int
oriel_link_start(struct oriel_adapter *ad, uint32_t link_speeds)
{
	if (ad->media == ORIEL_MEDIA_COPPER)
		return start_copper(ad, link_speeds);
	return start_serdes(ad, link_speeds);
}

int
oriel_link_stop(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret = 0;

	if (ad->media == ORIEL_MEDIA_COPPER) {
		ret = oriel_phy_power_down(ad);
	} else {
		/* No carrier, and no light from the SFP. */
		oriel_clear32(m, ORIEL_PCS_CFG0, ORIEL_PCS_CFG0_PCS_EN);
		oriel_set32(m, ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_SDP3_DATA);
	}
	oriel_ctrl_update(ad, ORIEL_CTRL_SLU, 0);
	oriel_flush(m);
	return m->gone ? -ENODEV : ret;
}

static uint32_t
status_speed(uint32_t status)
{
	switch (ORIEL_GET(ORIEL_STATUS_SPEED, status)) {
	case ORIEL_SPEED_10:
		return RTE_ETH_SPEED_NUM_10M;
	case ORIEL_SPEED_100:
		return RTE_ETH_SPEED_NUM_100M;
	default: /* 2 and 3 */
		return RTE_ETH_SPEED_NUM_1G;
	}
}

int
oriel_link_get(struct oriel_adapter *ad, struct rte_eth_link *link)
{
	struct oriel_mmio *m = &ad->mmio;
	bool up, full;
	uint32_t val, speed;

	memset(link, 0, sizeof(*link));
	link->link_speed = RTE_ETH_SPEED_NUM_NONE;
	link->link_autoneg = ad->link_negotiated ? RTE_ETH_LINK_AUTONEG : RTE_ETH_LINK_FIXED;
	if (ad->media == ORIEL_MEDIA_COPPER) {
		/* With SLU set, LU follows the PHY; an MDIC access would take 64 us. */
		val = oriel_rd32(m, ORIEL_STATUS);
		up = (val & ORIEL_STATUS_LU) != 0;
		full = (val & ORIEL_STATUS_FD) != 0;
		speed = status_speed(val);
	} else {
		const uint32_t need = ORIEL_PCS_LSTAT_LINK | ORIEL_PCS_LSTAT_SYNC;

		val = oriel_rd32(m, ORIEL_PCS_LSTAT);
		up = (val & need) == need;
		full = (val & ORIEL_PCS_LSTAT_FULL) != 0;
		speed = RTE_ETH_SPEED_NUM_1G;
	}
	if (m->gone)
		return -ENODEV;
	if (up) {
		link->link_status = RTE_ETH_LINK_UP;
		link->link_speed = speed;
		link->link_duplex = full ? RTE_ETH_LINK_FULL_DUPLEX : RTE_ETH_LINK_HALF_DUPLEX;
		/* Each time: the partner may have been exchanged since the last one. */
		oriel_fc_follow(ad, full);
		oriel_rate_follow(ad, speed);
	}
	return m->gone ? -ENODEV : 0;
}

/*
 * Reads the link and publishes it; 0 if it is not what it was, else -1. Under a lock: between
 * reading and publishing, the interrupt thread might publish a later state.
 */
static int
publish(struct rte_eth_dev *dev, struct rte_eth_link *link)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret;

	rte_spinlock_lock(&ad->link_lock);
	ret = oriel_hw(dev)->link_get(ad, link);
	/* A device that has gone has no link, nor one that nobody wants. */
	if (ret != 0 || !ad->link_wanted || !ad->started) {
		link->link_status = RTE_ETH_LINK_DOWN;
		link->link_speed = RTE_ETH_SPEED_NUM_NONE;
		link->link_duplex = RTE_ETH_LINK_HALF_DUPLEX;
	}
	ret = rte_eth_linkstatus_set(dev, link);
	rte_spinlock_unlock(&ad->link_lock);
	return ret;
}

int
oriel_link_update(struct rte_eth_dev *dev, int wait_to_complete)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const uint64_t bound = rte_get_timer_hz() / 1000 * LINK_WAIT_MS;
	const uint64_t start = rte_get_timer_cycles();
	struct rte_eth_link link;
	int ret = publish(dev, &link);

	/* By the clock: on a loaded machine a sleep may last far longer than it should. */
	while (wait_to_complete && link.link_status == RTE_ETH_LINK_DOWN &&
		rte_get_timer_cycles() - start < bound && ad->link_wanted && ad->started &&
		!ad->mmio.gone) {
		rte_delay_us_sleep(LINK_POLL_MS * 1000);
		if (publish(dev, &link) == 0)
			ret = 0;
	}
	return ret;
}

int
oriel_link_set_up(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	ad->link_wanted = true;
	/* A port that is not started brings its link up when it starts. */
	if (!ad->started)
		return 0;
	return oriel_hw(dev)->link_start(ad, dev->data->dev_conf.link_speeds);
}

int
oriel_link_set_down(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret = 0;

	ad->link_wanted = false;
	if (ad->started)
		ret = oriel_hw(dev)->link_stop(ad);
	/* The change shows at once; callbacks belong into the interrupt thread. */
	if (oriel_link_update(dev, 0) == 0 && ad->started && ad->intr.link) {
		__atomic_store_n(&ad->intr.link_pending, true, __ATOMIC_RELEASE);
		oriel_hw(dev)->intr_trigger(ad);
	}
	return ret;
}
