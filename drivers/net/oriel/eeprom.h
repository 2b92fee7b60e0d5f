/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The NVM as rte_eth_dev_get_eeprom() and its siblings have it. */

#ifndef ORIEL_EEPROM_H
#define ORIEL_EEPROM_H

#include <rte_dev_info.h>

#include "adapter.h"

/** The magic that a write needs, as ethtool has it: device id << 16 | vendor id. */
uint32_t oriel_eeprom_magic(struct rte_eth_dev *dev);

/* dev_ops. Offsets and lengths are bytes; a word's low byte comes first. */

/** Bytes of the NVM that EERD reaches; -ENODEV without an NVM. */
int oriel_get_eeprom_length(struct rte_eth_dev *dev);

/**
 * Reads, and sets info->magic to what a write needs.
 *
 * @return
 *   0; -EINVAL without data, for a length of 0 and beyond the end; -ETIMEDOUT, -ENODEV.
 */
int oriel_get_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info);

/**
 * Writes, then reads back what it wrote. Words that have the wanted value are not written. The
 * checksum, word 0x3f, is always the right one for what is then there: bytes given for it are
 * ignored. Neighbours of the range stay as they are. What is written takes effect with the
 * next reset or, as to addresses, probe.
 *
 * @return
 *   0; -EPERM if info->magic is not oriel_eeprom_magic(): counted, the hardware is not touched;
 *   -EINVAL as above; -EIO if something else is read back; -ETIMEDOUT, -EROFS, -ENODEV. After
 *   an error some words may be written: the log says which.
 */
int oriel_set_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info);

#endif /* ORIEL_EEPROM_H */
