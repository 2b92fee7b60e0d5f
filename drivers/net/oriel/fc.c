/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Flow control by PAUSE frames (802.3 Annexes 28B and 31B): what the application asks for is
 * advertised, and what both ends agree upon is programmed when the link is there.
 */

#include "fc.h"
#include "hw.h"
#include "link.h"
#include "log.h"
#include "phy.h"

/* MAC control frames: destination 01:80:c2:00:00:01, type 0x8808. */
#define FC_ADDR_LOW 0x00c28001u
#define FC_ADDR_HIGH 0x0100u
#define FC_TYPE 0x8808u
/* FCRTH and FCRTL count in 16 bytes. */
#define GRANULE 16u
/* Above the high mark there is room for what is under way: two of the largest frames and more. */
#define DEFAULT_HIGH (45u * 1024)
#define DEFAULT_LOW (DEFAULT_HIGH - 1504)
/* 0.85 ms at 1 Gb/s. */
#define DEFAULT_PAUSE_TIME 0x0680u
/* One frame must fit above the high mark. */
#define MAX_HIGH (ORIEL_RX_PACKET_BUFFER - RTE_ETHER_MAX_LEN)

static bool
sends(enum rte_eth_fc_mode mode)
{
	return mode == RTE_ETH_FC_TX_PAUSE || mode == RTE_ETH_FC_FULL;
}

static bool
obeys(enum rte_eth_fc_mode mode)
{
	return mode == RTE_ETH_FC_RX_PAUSE || mode == RTE_ETH_FC_FULL;
}

void
oriel_fc_init(struct oriel_adapter *ad)
{
	ad->fc = (struct oriel_fc){
		.wanted = RTE_ETH_FC_NONE,
		.in_force = RTE_ETH_FC_NONE,
		.high = DEFAULT_HIGH,
		.low = DEFAULT_LOW,
		.pause_time = DEFAULT_PAUSE_TIME,
		.send_xon = true,
		.autoneg = true,
	};
}

uint32_t
oriel_fc_advertise(const struct oriel_adapter *ad)
{
	if (!ad->fc.autoneg)
		return 0;
	switch (ad->fc.wanted) {
	case RTE_ETH_FC_RX_PAUSE:
		/* There is no way to say "I only obey": what comes of it is cut to that. */
	case RTE_ETH_FC_FULL:
		return ORIEL_FC_PAUSE | ORIEL_FC_ASYM;
	case RTE_ETH_FC_TX_PAUSE:
		return ORIEL_FC_ASYM;
	default:
		return 0;
	}
}

enum rte_eth_fc_mode
oriel_fc_resolve(enum rte_eth_fc_mode wanted, uint32_t local, uint32_t partner)
{
	const uint32_t both = local & partner;

	if (both & ORIEL_FC_PAUSE)
		return wanted;
	if ((both & ORIEL_FC_ASYM) == 0)
		return RTE_ETH_FC_NONE;
	/* One direction: the end that has PAUSE too obeys the other one. */
	if (local & ORIEL_FC_PAUSE)
		return obeys(wanted) ? RTE_ETH_FC_RX_PAUSE : RTE_ETH_FC_NONE;
	if (partner & ORIEL_FC_PAUSE)
		return sends(wanted) ? RTE_ETH_FC_TX_PAUSE : RTE_ETH_FC_NONE;
	return RTE_ETH_FC_NONE;
}

int
oriel_fc_setup(struct oriel_adapter *ad)
{
	const struct oriel_fc *fc = &ad->fc;
	const bool on = sends(fc->wanted);
	struct oriel_mmio *m = &ad->mmio;

	oriel_wr32(m, ORIEL_FCAL, FC_ADDR_LOW);
	oriel_wr32(m, ORIEL_FCAH, FC_ADDR_HIGH);
	oriel_wr32(m, ORIEL_FCT, FC_TYPE);
	oriel_wr32(m, ORIEL_FCTTV, fc->pause_time);
	/* Half of a pause is over: it is renewed if the buffer is still too full. */
	oriel_wr32(m, ORIEL_FCRTV, on ? fc->pause_time / 2 : 0);
	oriel_wr32(m, ORIEL_FCRTL,
		on ? (fc->low & ORIEL_FCRTL_RTL) | (fc->send_xon ? ORIEL_FCRTL_XONE : 0) : 0);
	oriel_wr32(m, ORIEL_FCRTH, on ? fc->high & ORIEL_FCRTH_RTH : 0);
	if (fc->forward)
		oriel_set32(m, ORIEL_RCTL, ORIEL_RCTL_PMCF);
	else
		oriel_clear32(m, ORIEL_RCTL, ORIEL_RCTL_PMCF);
	oriel_flush(m);
	return m->gone ? -ENODEV : 0;
}

/** The partner's ORIEL_FC_*; none if it cannot be read. */
static uint32_t
partner_abilities(struct oriel_adapter *ad)
{
	uint32_t lpab;
	uint16_t anlpar;

	if (ad->media != ORIEL_MEDIA_COPPER) {
		lpab = oriel_rd32(&ad->mmio, ORIEL_PCS_LPAB);
		if (ad->mmio.gone)
			return 0;
		return (lpab & ORIEL_PCS_ANADV_PAUSE ? ORIEL_FC_PAUSE : 0) |
			(lpab & ORIEL_PCS_ANADV_ASYM ? ORIEL_FC_ASYM : 0);
	}
	if (oriel_phy_read(ad, ORIEL_PHY_ANLPAR, &anlpar) != 0)
		return 0;
	return (anlpar & ORIEL_ANAR_PAUSE ? ORIEL_FC_PAUSE : 0) |
		(anlpar & ORIEL_ANAR_ASYM_PAUSE ? ORIEL_FC_ASYM : 0);
}

static const char *
mode_name(enum rte_eth_fc_mode mode)
{
	switch (mode) {
	case RTE_ETH_FC_RX_PAUSE:
		return "obeys PAUSE";
	case RTE_ETH_FC_TX_PAUSE:
		return "sends PAUSE";
	case RTE_ETH_FC_FULL:
		return "sends and obeys PAUSE";
	default:
		return "none";
	}
}

void
oriel_fc_follow(struct oriel_adapter *ad, bool full)
{
	const uint32_t both = ORIEL_CTRL_RFCE | ORIEL_CTRL_TFCE;
	enum rte_eth_fc_mode mode = full ? ad->fc.wanted : RTE_ETH_FC_NONE;
	uint32_t set;

	/* A partner is asked only if there is something to agree upon. */
	if (mode != RTE_ETH_FC_NONE && ad->fc.autoneg && ad->link_negotiated)
		mode = oriel_fc_resolve(mode, oriel_fc_advertise(ad), partner_abilities(ad));
	set = (obeys(mode) ? ORIEL_CTRL_RFCE : 0) | (sends(mode) ? ORIEL_CTRL_TFCE : 0);
	if ((oriel_rd32(&ad->mmio, ORIEL_CTRL) & both) != set)
		oriel_ctrl_update(ad, both, set);
	if (ad->fc.in_force != mode)
		ORIEL_DRV_LOG(INFO, "port %u: flow control: %s", ad->port_id, mode_name(mode));
	ad->fc.in_force = mode;
}

/* ---- dev_ops ---- */

int
oriel_flow_ctrl_get(struct rte_eth_dev *dev, struct rte_eth_fc_conf *conf)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_fc *fc = &ad->fc;
	const bool up = ad->started && dev->data->dev_link.link_status == RTE_ETH_LINK_UP;

	memset(conf, 0, sizeof(*conf));
	conf->high_water = fc->high;
	conf->low_water = fc->low;
	conf->pause_time = fc->pause_time;
	conf->send_xon = fc->send_xon;
	conf->mode = up ? fc->in_force : fc->wanted;
	conf->mac_ctrl_frame_fwd = fc->forward;
	conf->autoneg = fc->autoneg;
	return 0;
}

static int
check_conf(const struct oriel_adapter *ad, const struct rte_eth_fc_conf *conf)
{
	if ((unsigned int)conf->mode > RTE_ETH_FC_FULL) {
		ORIEL_DRV_LOG(ERR, "port %u: flow control mode %d: accepted are 0 to %d",
			ad->port_id, (int)conf->mode, (int)RTE_ETH_FC_FULL);
		return -EINVAL;
	}
	if (conf->send_xon > 1 || conf->mac_ctrl_frame_fwd > 1 || conf->autoneg > 1) {
		ORIEL_DRV_LOG(ERR,
			"port %u: flow control: send_xon %u, mac_ctrl_frame_fwd %u, autoneg %u: "
			"accepted are 0 and 1",
			ad->port_id, conf->send_xon, conf->mac_ctrl_frame_fwd, conf->autoneg);
		return -EINVAL;
	}
	if (conf->high_water == 0 && conf->low_water == 0)
		return 0;
	if (conf->high_water > MAX_HIGH || conf->low_water < GRANULE ||
		conf->low_water / GRANULE >= conf->high_water / GRANULE) {
		ORIEL_DRV_LOG(ERR,
			"port %u: flow control: high_water %u, low_water %u: accepted are %u to "
			"%u bytes in steps of %u, low below high, or 0 for both",
			ad->port_id, conf->high_water, conf->low_water, GRANULE, MAX_HIGH, GRANULE);
		return -EINVAL;
	}
	return 0;
}

static void
take_conf(struct oriel_fc *fc, const struct rte_eth_fc_conf *conf)
{
	const bool marks = conf->high_water != 0;

	fc->wanted = conf->mode;
	fc->high = marks ? RTE_ALIGN_FLOOR(conf->high_water, GRANULE) : DEFAULT_HIGH;
	fc->low = marks ? RTE_ALIGN_FLOOR(conf->low_water, GRANULE) : DEFAULT_LOW;
	fc->pause_time = conf->pause_time != 0 ? conf->pause_time : DEFAULT_PAUSE_TIME;
	fc->send_xon = conf->send_xon != 0;
	fc->autoneg = conf->autoneg != 0;
	fc->forward = conf->mac_ctrl_frame_fwd != 0;
}

int
oriel_flow_ctrl_set(struct rte_eth_dev *dev, struct rte_eth_fc_conf *conf)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t before;
	int ret = check_conf(ad, conf);

	if (ret != 0)
		return ret;
	/* The interrupt thread reads it when the link changes. */
	rte_spinlock_lock(&ad->link_lock);
	before = oriel_fc_advertise(ad);
	take_conf(&ad->fc, conf);
	rte_spinlock_unlock(&ad->link_lock);
	if (!ad->started)
		return 0;
	ret = oriel_fc_setup(ad);
	/* The partner learns of it by a new negotiation alone. */
	if (ret == 0 && ad->link_wanted && oriel_fc_advertise(ad) != before)
		ret = oriel_hw(dev)->link_start(ad, dev->data->dev_conf.link_speeds);
	if (ret == 0)
		oriel_link_update(dev, 0);
	return ret;
}

int
oriel_priority_flow_ctrl_set(struct rte_eth_dev *dev, struct rte_eth_pfc_conf *conf)
{
	ORIEL_DRV_LOG(ERR,
		"port %u: flow control of priority %u: the 82576 has one packet buffer for all "
		"priorities, flow_ctrl_set stops them together",
		oriel_adapter(dev)->port_id, conf->priority);
	return -ENOTSUP;
}
