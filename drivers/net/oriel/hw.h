/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The device as a whole: what it is, its locks, its global reset, removal. */

#ifndef ORIEL_HW_H
#define ORIEL_HW_H

#include "adapter.h"

/**
 * Reads what does not change: port of the chip and media.
 *
 * @return
 *   0; -ENODEV if the device does not answer, -ENOTSUP for media that this driver cannot drive.
 */
int oriel_hw_identify(struct oriel_adapter *ad);

/**
 * Takes a resource that software and firmware share (datasheet: SW_FW_SYNC).
 *
 * @param resource
 *   One software bit, ORIEL_SW_FW_SYNC_*.
 * @return
 *   0; -ETIMEDOUT after 1 s, -ENODEV if the device has gone.
 */
int oriel_hw_lock(struct oriel_adapter *ad, uint32_t resource);
void oriel_hw_unlock(struct oriel_adapter *ad, uint32_t resource);

/** The SW_FW_SYNC bit of this port's PHY. */
uint32_t oriel_hw_phy_resource(const struct oriel_adapter *ad);

/** Releases what a driver that died has left locked. For probe only: nobody else runs yet. */
int oriel_hw_break_locks(struct oriel_adapter *ad);

/**
 * Global reset. Ends with a device that does no DMA: bus mastering was drained, every queue
 * reads disabled, receiver, transmitter and interrupts are off.
 *
 * @return
 *   0; -EIO if a part does not come to rest, -ETIMEDOUT if the reset does not end, -ENODEV if
 *   the device has gone.
 */
int oriel_hw_reset(struct oriel_adapter *ad);

/**
 * Global reset as above, with a function-level reset before it where PCI Express and the kernel
 * have it: that one frees a device whose DMA stands still. Takes 100 ms more.
 */
int oriel_hw_recover(struct oriel_adapter *ad);

/**
 * Whether receiver and transmitter, which are on from start to stop, both read off: the device
 * was reset by somebody else. Two register reads.
 */
bool oriel_hw_forgot(struct oriel_adapter *ad);

/** STATUS.TXOFF: a PAUSE frame holds the transmitter. */
bool oriel_hw_tx_paused(struct oriel_adapter *ad);

/** Clears CTRL_EXT.DRV_LOAD: firmware is told that no driver answers. */
void oriel_hw_release(struct oriel_adapter *ad);

/** RCTL.RXEN and TCTL.EN: receiver and transmitter on or off. Frames in progress end first. */
int oriel_hw_rxtx_set(struct oriel_adapter *ad, bool rx, bool tx);

/** Clears, then sets bits of CTRL of a running device, which several threads may do. */
void oriel_ctrl_update(struct oriel_adapter *ad, uint32_t clear, uint32_t set);

/** Whether the device has left the bus. One register read, a read of config space if in doubt. */
bool oriel_hw_is_removed(struct oriel_adapter *ad);

/** Switches bus mastering; with it off the device cannot do DMA at all. */
int oriel_hw_bus_master(struct oriel_adapter *ad, bool on);

#endif /* ORIEL_HW_H */
