/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* LEDCTL: one byte for each of four LEDs. */

#include "led.h"
#include "log.h"

#define NB_LEDS 4

/* The inversion is the board's wiring and stays; blinking would hide the wanted state. */
static uint32_t
with_mode(uint32_t ledctl, uint32_t mode)
{
	int i;

	for (i = 0; i < NB_LEDS; i++) {
		ledctl &= ~((ORIEL_LEDCTL_MODE | ORIEL_LEDCTL_BLINK) << (8 * i));
		ledctl |= ORIEL_PREP(ORIEL_LEDCTL_MODE, mode) << (8 * i);
	}
	return ledctl;
}

static int
set_all(struct rte_eth_dev *dev, uint32_t mode)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t ledctl = oriel_rd32(&ad->mmio, ORIEL_LEDCTL);

	if (ad->mmio.gone) {
		ORIEL_DRV_LOG(ERR, "port %u: LED: the device has gone", ad->port_id);
		return -ENODEV;
	}
	if (!ad->led_forced) {
		ad->ledctl = ledctl;
		ad->led_forced = true;
	}
	oriel_wr32(&ad->mmio, ORIEL_LEDCTL, with_mode(ledctl, mode));
	oriel_flush(&ad->mmio);
	return ad->mmio.gone ? -ENODEV : 0;
}

int
oriel_led_on(struct rte_eth_dev *dev)
{
	return set_all(dev, ORIEL_LEDCTL_MODE_ON);
}

int
oriel_led_off(struct rte_eth_dev *dev)
{
	return set_all(dev, ORIEL_LEDCTL_MODE_OFF);
}

void
oriel_led_restore(struct oriel_adapter *ad)
{
	if (!ad->led_forced)
		return;
	ad->led_forced = false;
	oriel_wr32(&ad->mmio, ORIEL_LEDCTL, ad->ledctl);
	oriel_flush(&ad->mmio);
}
