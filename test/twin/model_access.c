/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Which offsets the 82576 has and how each may be accessed: from the driver's register
 * list and a list of what the chip has besides.
 */

#include "model.h"

struct reg_range {
	uint32_t off, count, stride;
	uint8_t access;
};

/* Registers that no driver of this project uses: storage, or read-only zero. */
static const struct reg_range extra_ranges[] = {
	{ 0x0004, 1, 4, ACC_RW },   /* CTRL_DUP */
	{ 0x001c, 1, 4, ACC_RW },   /* FLA */
	{ 0x0040, 32, 4, ACC_RW },  /* RAL_ALIAS */
	{ 0x0160, 1, 4, ACC_RW },   /* FCRTH_ALIAS */
	{ 0x0168, 1, 4, ACC_RW },   /* FCRTL_ALIAS */
	{ 0x0178, 1, 4, ACC_RW },   /* TXCW */
	{ 0x0180, 1, 4, ACC_RO },   /* RXCW */
	{ 0x0200, 128, 4, ACC_RW }, /* MTA_ALIAS */
	{ 0x0600, 128, 4, ACC_RW }, /* VFTA_ALIAS */
	{ 0x1024, 1, 4, ACC_RW },   /* EEARBC */
	{ 0x103c, 1, 4, ACC_RW },   /* FLOP */
	{ 0x1060, 1, 4, ACC_RO },   /* VPDDIAG */
	{ 0x1100, 1, 4, ACC_RW },   /* PBA_ECC */
	{ 0x1500, 1, 4, ACC_RC },   /* ICR_ALIAS */
	{ 0x1504, 1, 4, ACC_WO },   /* ICS_ALIAS */
	{ 0x1508, 1, 4, ACC_W1S },  /* IMS_ALIAS */
	{ 0x150c, 1, 4, ACC_WO },   /* IMC_ALIAS */
	{ 0x1510, 1, 4, ACC_RW },   /* IAM_ALIAS */
	{ 0x2410, 1, 4, ACC_RO },   /* RDFH */
	{ 0x2418, 1, 4, ACC_RO },   /* RDFT */
	{ 0x2420, 1, 4, ACC_RO },   /* RDFHS */
	{ 0x2428, 1, 4, ACC_RO },   /* RDFTS */
	{ 0x2430, 1, 4, ACC_RO },   /* RDFPC */
	{ 0x24e8, 1, 4, ACC_RO },   /* PBRWAC */
	{ 0x3410, 1, 4, ACC_RO },   /* TDFH */
	{ 0x3418, 1, 4, ACC_RO },   /* TDFT */
	{ 0x3420, 1, 4, ACC_RO },   /* TDFHS */
	{ 0x3428, 1, 4, ACC_RO },   /* TDFTS */
	{ 0x3430, 1, 4, ACC_RO },   /* TDFPC */
	{ 0x34e8, 1, 4, ACC_RO },   /* PBTWAC */
	{ 0x3540, 1, 4, ACC_RW },   /* DTXMXSZRQ */
	{ 0x3694, 7, 4, ACC_RW },   /* RTTBCNRM_N */
	{ 0x4108, 3, 4, ACC_RC },   /* ICRXATC */
	{ 0x411c, 1, 4, ACC_RC },   /* ICTXQMTC */
	{ 0x41a0, 1, 4, ACC_RC },   /* SSVPC */
	{ 0x4220, 1, 4, ACC_RW },   /* PCS_NPTX */
	{ 0x4224, 1, 4, ACC_RO },   /* LPABNP */
	{ 0x4300, 33, 4, ACC_RC },  /* LSEC */
	{ 0x5824, 1, 4, ACC_RW },   /* MFVAL */
	{ 0x5838, 1, 4, ACC_RW },   /* IPAV */
	{ 0x5840, 8, 4, ACC_RW },   /* IP4AT */
	{ 0x5860, 1, 4, ACC_RW },   /* MANC2H */
	{ 0x5880, 4, 4, ACC_RW },   /* IP6AT */
	{ 0x5890, 8, 4, ACC_RW },   /* MDEF */
	{ 0x5900, 1, 4, ACC_RO },   /* WUPL */
	{ 0x5a00, 32, 4, ACC_RO },  /* WUPM */
	{ 0x5b08, 1, 4, ACC_RW },   /* FUNCTAG */
	{ 0x5b10, 4, 4, ACC_RW },   /* GSCL */
	{ 0x5b20, 4, 4, ACC_RO },   /* GSCN */
	{ 0x5b30, 1, 4, ACC_RO },   /* FACTPS */
	{ 0x5b44, 1, 4, ACC_RW },   /* GIOCTL */
	{ 0x5b48, 1, 4, ACC_RW },   /* CCMCTL */
	{ 0x5b4c, 1, 4, ACC_RW },   /* SCCTL */
	{ 0x5b58, 1, 4, ACC_RW },   /* SWSM2 */
	{ 0x5b64, 1, 4, ACC_RW },   /* GCR2 */
	{ 0x5b70, 1, 4, ACC_RO },   /* DCA_ID */
	{ 0x5b88, 1, 4, ACC_RW },   /* CIAA */
	{ 0x5b8c, 1, 4, ACC_RW },   /* CIAD */
	{ 0x5d80, 4, 4, ACC_RW },   /* VMRCTL */
	{ 0x5d90, 4, 4, ACC_RW },   /* VMRVLAN */
	{ 0x5da0, 4, 4, ACC_RW },   /* VMRVM */
	{ 0x5db0, 1, 4, ACC_RW },   /* SCCRL */
	{ 0x5db8, 1, 4, ACC_RW },   /* BSCTRH */
	{ 0x5dbc, 1, 4, ACC_RW },   /* MSCTRH */
	{ 0x8000, 1, 4, ACC_RO },   /* RDF_ALIAS */
	{ 0x8008, 1, 4, ACC_RO },   /* RDFT_ALIAS */
	{ 0x8010, 1, 4, ACC_RO },   /* TDF_ALIAS */
	{ 0x8018, 1, 4, ACC_RO },   /* TDFT_ALIAS */
	{ 0x8800, 448, 4, ACC_RW }, /* HOST_IF */
	{ 0x8f00, 1, 4, ACC_RW },   /* HICR */
	{ 0x9000, 256, 4, ACC_RW }, /* FHFT */
	{ 0x9a00, 256, 4, ACC_RW }, /* FHFT_EXT */
	{ 0xb640, 1, 4, ACC_RW },   /* TSAUXC */
	{ 0x2800, 16, 4, ACC_MX },  /* RXQ_ALIAS0 */
	{ 0x2900, 16, 4, ACC_MX },  /* RXQ_ALIAS1 */
	{ 0x2a00, 16, 4, ACC_MX },  /* RXQ_ALIAS2 */
	{ 0x2b00, 16, 4, ACC_MX },  /* RXQ_ALIAS3 */
	{ 0x3800, 16, 4, ACC_MX },  /* TXQ_ALIAS0 */
	{ 0x3900, 16, 4, ACC_MX },  /* TXQ_ALIAS1 */
	{ 0x3a00, 16, 4, ACC_MX },  /* TXQ_ALIAS2 */
	{ 0x3b00, 16, 4, ACC_MX },  /* TXQ_ALIAS3 */
};

#define MODEL_RANGE(name, off, count, stride, access) { off, count, stride, ACC_##access },
static const struct reg_range known_ranges[] = { ORIEL_REG_LIST(MODEL_RANGE) };

static uint8_t reg_access[TWIN_BAR0_SIZE / 4];

static void
access_add(const struct reg_range *r, size_t nb)
{
	for (; nb > 0; nb--, r++)
		for (uint32_t n = 0; n < r->count; n++)
			reg_access[(r->off + n * r->stride) / 4] = r->access;
}

void
model_access_init(void)
{
	access_add(known_ranges, sizeof(known_ranges) / sizeof(known_ranges[0]));
	access_add(extra_ranges, sizeof(extra_ranges) / sizeof(extra_ranges[0]));
}

enum model_access
model_access(uint32_t off)
{
	return reg_access[off / 4];
}

uint32_t
model_access_canonical(uint32_t off)
{
	if (off == 0x0004)
		return ORIEL_CTRL;
	if (off >= 0x0040 && off < 0x00c0)
		return ORIEL_RAL(0) + off - 0x0040;
	if (off == 0x0160)
		return ORIEL_FCRTH;
	if (off == 0x0168)
		return ORIEL_FCRTL;
	if (off >= 0x0200 && off < 0x0400)
		return ORIEL_MTA(0) + off - 0x0200;
	if (off >= 0x0600 && off < 0x0800)
		return ORIEL_VFTA(0) + off - 0x0600;
	if (off >= 0x1500 && off <= 0x1510)
		return ORIEL_ICR + (off - 0x1500) * 2;
	return off;
}

uint32_t
model_access_mask(uint32_t off)
{
	switch (off) {
	case ORIEL_RCTL:
		return 0x04cfb0feu | ORIEL_RCTL_CFI | ORIEL_RCTL_PSP;
	case ORIEL_RLPML:
		return ORIEL_RLPML_LEN;
	case ORIEL_FCRTH:
		return 0xfff0u;
	case ORIEL_FCRTL:
		return 0xfff0u | ORIEL_FCRTL_XONE;
	case ORIEL_FCT:
	case ORIEL_FCTTV:
	case ORIEL_FCRTV:
	case ORIEL_FCAH:
	case ORIEL_QDE:
		return 0xffffu;
	case ORIEL_RXPBS:
	case ORIEL_TXPBS:
		return ORIEL_RXPBS_KIB;
	case ORIEL_GCR:
		return ~ORIEL_GCR_CAP_VER2;
	case ORIEL_SYNQF:
		return ORIEL_SYNQF_EN | ORIEL_SYNQF_QUEUE;
	default:
		break;
	}
	/* RAH: both groups lie so that bit 2 of the offset tells it from RAL. */
	if ((model_in_array(off, ORIEL_RAL(0), 32) || model_in_array(off, ORIEL_RAL(16), 16)) &&
		(off & 4) != 0)
		return 0x83ffffffu;
	if (model_in_array(off, ORIEL_RETA(0), 32))
		return 0x0f0f0f0fu;
	return UINT32_MAX;
}
