/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The register dump: every register that reading does not change. */

#include <rte_dev_info.h>

#include "log.h"
#include "regdump.h"

#define DUMP_LAYOUT 1

/* Access of a register as in ORIEL_REG_LIST, as far as the dump cares. */
enum access { RW, RO, WO, RC, W1C, W1S, SC, RS, MX };

struct reg {
	uint32_t offset;
	uint16_t count;
	uint16_t stride;
	enum access access;
};

static const struct reg regs[] = {
#define ORIEL_X(name, offset, count, stride, access) { offset, count, stride, access },
	ORIEL_REG_LIST(ORIEL_X)
#undef ORIEL_X
};

uint32_t
oriel_regdump_length(void)
{
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(regs); i++)
		n += regs[i].count;
	return n;
}

static bool
safe_to_read(const struct reg *reg)
{
	switch (reg->offset) {
	case ORIEL_TXSTMPH: /* reading frees the timestamp for the next packet */
	case ORIEL_RXSTMPH:
	case ORIEL_RXSATRH:
		return false;
	default:
		return reg->access != RC && reg->access != RS && reg->access != MX &&
			reg->access != WO;
	}
}

int
oriel_get_reg(struct rte_eth_dev *dev, struct rte_dev_reg_info *info)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const uint32_t length = oriel_regdump_length();
	uint32_t *out = info->data;
	unsigned int i, j;

	info->width = sizeof(uint32_t);
	/* What is dumped, and how: the PCI device id, and the number of this layout. */
	info->version = (uint32_t)ORIEL_DEV_TO_PCI(dev)->id.device_id << 16 | DUMP_LAYOUT;
	if (out == NULL) {
		info->length = length;
		return 0;
	}
	/* A length of 0 means all; callers, DPDK's own among them, leave the offset then. */
	if (info->length != 0 && (info->offset != 0 || info->length < length)) {
		ORIEL_DRV_LOG(ERR,
			"port %u: register dump of %u registers from %u: it has %u, from 0",
			ad->port_id, info->length, info->offset, length);
		return -EINVAL;
	}
	info->length = length;
	for (i = 0; i < RTE_DIM(regs); i++) {
		const bool safe = safe_to_read(&regs[i]);

		for (j = 0; j < regs[i].count; j++)
			*out++ = safe ? oriel_rd32(&ad->mmio, regs[i].offset + j * regs[i].stride) :
					0;
	}
	return ad->mmio.gone ? -ENODEV : 0;
}
