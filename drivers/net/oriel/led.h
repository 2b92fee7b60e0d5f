/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The port's LEDs, to find a port by its light. */

#ifndef ORIEL_LED_H
#define ORIEL_LED_H

#include "adapter.h"

/* dev_ops: all four LEDs of the port. They stay so until the port is stopped, reset or closed. */
int oriel_led_on(struct rte_eth_dev *dev);
int oriel_led_off(struct rte_eth_dev *dev);

/** Gives the LEDs back to what they showed before the first of the calls above. */
void oriel_led_restore(struct oriel_adapter *ad);

#endif /* ORIEL_LED_H */
