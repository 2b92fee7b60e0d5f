/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The internal copper PHY behind MDIC. */

#ifndef ORIEL_PHY_H
#define ORIEL_PHY_H

#include "adapter.h"

/**
 * One register of the PHY.
 *
 * @param reg
 *   0..31, clause 22.
 * @return
 *   0; -EIO if the PHY reports an error or another register answers, -ETIMEDOUT, -ENODEV.
 */
int oriel_phy_read(struct oriel_adapter *ad, uint32_t reg, uint16_t *val);
int oriel_phy_write(struct oriel_adapter *ad, uint32_t reg, uint16_t val);

/** Resets the PHY unless management forbids it, and reads its identifier. */
int oriel_phy_init(struct oriel_adapter *ad);

/**
 * Starts autonegotiation, and wakes the PHY for it. A link that was negotiated with the same
 * advertisement is left alone.
 *
 * @param link_speeds
 *   RTE_ETH_LINK_SPEED_*: what to advertise.
 */
int oriel_phy_autoneg(struct oriel_adapter *ad, uint32_t link_speeds);

/** 10 or 100 Mb/s without autonegotiation. link_speeds has one speed. */
int oriel_phy_force(struct oriel_adapter *ad, uint32_t link_speeds);

/** Switches the PHY off, so that the partner loses the link; not while management needs it. */
int oriel_phy_power_down(struct oriel_adapter *ad);

#endif /* ORIEL_PHY_H */
