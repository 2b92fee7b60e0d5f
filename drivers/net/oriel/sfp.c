/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* An SFP module's EEPROM, byte by byte through I2CCMD. Byte numbers are those of SFF-8472. */

#include "hw.h"
#include "log.h"
#include "sfp.h"

#define SFP_IDENTIFIER 0
#define SFP_IDENTIFIER_SOLDERED 0x02
#define SFP_IDENTIFIER_SFP 0x03
#define SFP_DIAG_TYPE 92
#define SFP_DIAG_IMPLEMENTED 0x40
#define SFP_DIAG_ADDR_CHANGE 0x04
#define SFP_COMPLIANCE 94

/* A byte takes 0.4 ms at 100 kHz. */
#define I2C_US 50
#define I2C_TRIES 200
/* A module may take 300 ms from power to its first answer. */
#define POWER_US 100000
#define POWER_TRIES 4
/* The lock is given back in between: it is the PHY's too. */
#define BYTES_AT_ONCE 32

/* One byte; the caller holds the PHY's resource. PHY 0 is address A0h, 1 is A2h. */
static int
read_byte(struct oriel_mmio *m, uint32_t at, uint8_t *byte)
{
	uint32_t val;
	int ret;

	oriel_wr32(m, ORIEL_I2CCMD,
		ORIEL_I2CCMD_OP_READ | ORIEL_PREP(ORIEL_I2CCMD_REG, at % 256) |
			ORIEL_PREP(ORIEL_I2CCMD_PHY, at / 256));
	ret = oriel_wait32(
		m, ORIEL_I2CCMD, ORIEL_I2CCMD_READY, ORIEL_I2CCMD_READY, I2C_US, I2C_TRIES);
	if (ret != 0)
		return ret;
	val = oriel_rd32(m, ORIEL_I2CCMD);
	if (m->gone)
		return -ENODEV;
	if (val & ORIEL_I2CCMD_ERROR)
		return -EIO;
	*byte = ORIEL_GET(ORIEL_I2CCMD_DATA, val); /* the first of two that come */
	return 0;
}

static int
read_bytes(struct oriel_adapter *ad, uint32_t at, uint32_t length, uint8_t *out)
{
	const uint32_t resource = oriel_hw_phy_resource(ad);
	uint32_t i, j;
	int ret = 0;

	for (i = 0; i < length && ret == 0; i += BYTES_AT_ONCE) {
		ret = oriel_hw_lock(ad, resource);
		if (ret != 0)
			return ret;
		for (j = i; j < length && j < i + BYTES_AT_ONCE && ret == 0; j++)
			ret = read_byte(&ad->mmio, at + j, &out[j]);
		oriel_hw_unlock(ad, resource);
	}
	return ret;
}

/* Power for the cage and the pins for I2C; *old is what they were. */
static int
power_on(struct oriel_adapter *ad, uint32_t *old, uint8_t *identifier)
{
	struct oriel_mmio *m = &ad->mmio;
	int i, ret;

	*old = oriel_rd32(m, ORIEL_CTRL_EXT);
	if (m->gone)
		return -ENODEV;
	oriel_wr32(m, ORIEL_CTRL_EXT, (*old & ~ORIEL_CTRL_EXT_SDP3_DATA) | ORIEL_CTRL_EXT_I2C_ENA);
	oriel_flush(m);
	for (i = 0;; i++) {
		ret = read_bytes(ad, SFP_IDENTIFIER, 1, identifier);
		if (ret != -EIO || i + 1 == POWER_TRIES)
			return ret;
		rte_delay_us_sleep(POWER_US);
	}
}

static void
power_restore(struct oriel_adapter *ad, uint32_t old)
{
	const uint32_t bits = ORIEL_CTRL_EXT_SDP3_DATA | ORIEL_CTRL_EXT_I2C_ENA;
	uint32_t now = oriel_rd32(&ad->mmio, ORIEL_CTRL_EXT);

	oriel_wr32(&ad->mmio, ORIEL_CTRL_EXT, (now & ~bits) | (old & bits));
	oriel_flush(&ad->mmio);
}

/* Bytes of the module's EEPROM, or negative errno. */
static int
module_length(struct oriel_adapter *ad, uint8_t identifier)
{
	uint8_t diag[3];
	int ret;

	if (identifier != SFP_IDENTIFIER_SFP && identifier != SFP_IDENTIFIER_SOLDERED) {
		ORIEL_DRV_LOG(ERR, "port %u: module identifier %#x: an SFP has 0x2 or 0x3",
			ad->port_id, identifier);
		return -ENOTSUP;
	}
	ret = read_bytes(ad, SFP_DIAG_TYPE, sizeof(diag), diag);
	if (ret != 0)
		return ret;
	/* Modules that want an address change first have nothing at A2h for us. */
	if ((diag[0] & SFP_DIAG_IMPLEMENTED) == 0 || (diag[0] & SFP_DIAG_ADDR_CHANGE) != 0 ||
		diag[SFP_COMPLIANCE - SFP_DIAG_TYPE] == 0)
		return RTE_ETH_MODULE_SFF_8079_LEN;
	return RTE_ETH_MODULE_SFF_8472_LEN;
}

/* Finds the module, and reads of it if info is not NULL. Its length, or negative errno. */
static int
access_module(struct rte_eth_dev *dev, const struct rte_dev_eeprom_info *info)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint8_t identifier = 0;
	uint32_t old = 0;
	int len, ret;

	if (ad->media == ORIEL_MEDIA_COPPER) {
		ORIEL_DRV_LOG(ERR, "port %u: a copper port has no module", ad->port_id);
		return -ENOTSUP;
	}
	ret = power_on(ad, &old, &identifier);
	len = ret != 0 ? ret : module_length(ad, identifier);
	if (len > 0 && info != NULL) {
		if (info->data == NULL || info->length == 0 || info->offset >= (uint32_t)len ||
			info->length > (uint32_t)len - info->offset) {
			ORIEL_DRV_LOG(ERR,
				"port %u: module EEPROM: %u bytes from %u: it has %d, and one is "
				"the least",
				ad->port_id, info->length, info->offset, len);
			ret = -EINVAL;
		} else {
			ret = read_bytes(ad, info->offset, info->length, info->data);
		}
		len = ret != 0 ? ret : len;
	}
	power_restore(ad, old);
	if (len == -EIO || len == -ETIMEDOUT)
		ORIEL_DRV_LOG(ERR, "port %u: no module answers: I2CCMD.%s", ad->port_id,
			len == -EIO ? "ERROR" : "READY does not come");
	return ad->mmio.gone ? -ENODEV : len;
}

int
oriel_get_module_info(struct rte_eth_dev *dev, struct rte_eth_dev_module_info *info)
{
	int len = access_module(dev, NULL);

	if (len < 0)
		return len;
	info->eeprom_len = len;
	info->type = len == RTE_ETH_MODULE_SFF_8472_LEN ? RTE_ETH_MODULE_SFF_8472 :
							  RTE_ETH_MODULE_SFF_8079;
	return 0;
}

int
oriel_get_module_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info)
{
	int len = access_module(dev, info);

	return len < 0 ? len : 0;
}
