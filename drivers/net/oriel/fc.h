/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Flow control by PAUSE frames: what is asked for, what is agreed upon with the partner. */

#ifndef ORIEL_FC_H
#define ORIEL_FC_H

#include "adapter.h"

/** Bytes of the receive packet buffer: RXPBS at reset, which this driver leaves alone. */
#define ORIEL_RX_PACKET_BUFFER (64u * 1024)

/* An end's PAUSE abilities (802.3 table 28B-2). */
#define ORIEL_FC_PAUSE 0x1u /* symmetric PAUSE */
#define ORIEL_FC_ASYM 0x2u  /* asymmetric PAUSE */

/** What a port begins with: no flow control, negotiated, the default marks. */
void oriel_fc_init(struct oriel_adapter *ad);

/** ORIEL_FC_* to be advertised for what is wanted; 0 if it is not to be negotiated. */
uint32_t oriel_fc_advertise(const struct oriel_adapter *ad);

/**
 * What both ends agree upon (802.3 table 28B-3), and of that what is wanted here.
 *
 * @param local, partner
 *   ORIEL_FC_* of each end.
 */
enum rte_eth_fc_mode oriel_fc_resolve(
	enum rte_eth_fc_mode wanted, uint32_t local, uint32_t partner);

/** By register: marks, timers and addresses, and whether MAC control frames are passed on. */
int oriel_fc_setup(struct oriel_adapter *ad);

/**
 * Brings CTRL.RFCE and TFCE in line with a link that is up; for each time that the link is read.
 * With negotiated flow control the partner's abilities are read from PHY or PCS.
 *
 * @param full
 *   Full duplex: half duplex has no PAUSE.
 */
void oriel_fc_follow(struct oriel_adapter *ad, bool full);

/*
 * dev_ops. Marks are bytes of the receive packet buffer in steps of 16, the pause time is in
 * quanta of 512 bit times; 0 for both marks, or for the time, takes the default. set: 0; -EINVAL
 * for what is out of range (logged, nothing changed); -ENODEV.
 */
int oriel_flow_ctrl_get(struct rte_eth_dev *dev, struct rte_eth_fc_conf *conf);
int oriel_flow_ctrl_set(struct rte_eth_dev *dev, struct rte_eth_fc_conf *conf);
/** -ENOTSUP: the 82576 has one packet buffer for all priorities. */
int oriel_priority_flow_ctrl_set(struct rte_eth_dev *dev, struct rte_eth_pfc_conf *conf);

#endif /* ORIEL_FC_H */
