/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What each TX queue may send at most. */

#ifndef ORIEL_RATE_H
#define ORIEL_RATE_H

#include "adapter.h"

/**
 * RTTBCNRC for a limit: the link's speed over the limit, 14 bits before and 14 behind the point.
 *
 * @param speed, limit
 *   Mb/s.
 * @return
 *   0, which is no limit, if limit is 0 or not below speed.
 */
uint32_t oriel_rate_factor(uint32_t speed, uint32_t limit);

/** By register, at start: no queue is limited until the link's speed is known. */
int oriel_rate_setup(struct oriel_adapter *ad);

/** The link is up at `speed` Mb/s: factors are made anew if that is another speed than before. */
void oriel_rate_follow(struct oriel_adapter *ad, uint32_t speed);

/**
 * dev_op. The limit of a queue, kept over stop and start.
 *
 * @param limit
 *   Mb/s of frames with their CRC, without preamble and gaps; 0: none.
 * @return
 *   0; -EINVAL for a queue or limit out of range (logged), -ENODEV.
 */
int oriel_set_queue_rate_limit(struct rte_eth_dev *dev, uint16_t queue_id, uint32_t limit);

#endif /* ORIEL_RATE_H */
