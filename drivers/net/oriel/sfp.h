/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The EEPROM of an SFP module, behind I2CCMD. */

#ifndef ORIEL_SFP_H
#define ORIEL_SFP_H

#include <rte_dev_info.h>

#include "adapter.h"

/**
 * dev_op: SFF-8472 with 512 bytes if the module has diagnostics at address A2h, else SFF-8079
 * with 256.
 *
 * @return
 *   0; -ENOTSUP on copper and for what is no SFP; -EIO if no module answers; -ETIMEDOUT,
 *   -ENODEV.
 */
int oriel_get_module_info(struct rte_eth_dev *dev, struct rte_eth_dev_module_info *info);

/** dev_op: bytes 0 to 255 are those at address A0h, then those at A2h. -EINVAL beyond the end. */
int oriel_get_module_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info);

#endif /* ORIEL_SFP_H */
