/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The register dump of rte_eth_dev_get_reg_info(). */

#ifndef ORIEL_REGDUMP_H
#define ORIEL_REGDUMP_H

#include "adapter.h"

/** Registers in a dump, 4 bytes each. */
uint32_t oriel_regdump_length(void);

/**
 * dev_op. Without info->data: sets length, width and version. With it: the registers of
 * ORIEL_REG_LIST in its order, an array's elements one after the other. info->length is
 * the room in registers, or 0: there is room for all, and info->offset does not count. Those
 * whose reading changes the device (counters, causes, mailboxes, semaphores, timestamps) are
 * not read: their places hold 0.
 *
 * @return
 *   0; -EINVAL if there is less room than a dump needs or offset is not 0; -ENODEV.
 */
int oriel_get_reg(struct rte_eth_dev *dev, struct rte_dev_reg_info *info);

#endif /* ORIEL_REGDUMP_H */
