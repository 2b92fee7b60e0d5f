/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The register map of the 82576 (PF BAR0). Masks, not C bitfields; names as the
 * datasheet (order 320961) spells them, with ORIEL_ before them. All registers are
 * 32 bits, little endian, accessed aligned.
 *
 * Access: RW, RO, WO, RC (cleared by read), W1C, W1S, SC (self-clearing), RS (set
 * by read), MX (differs by bit, see the heading).
 */

#ifndef ORIEL_REGS_H
#define ORIEL_REGS_H

#include <stdint.h>

#define ORIEL_BIT(n) (UINT32_C(1) << (n))
/** Bits hi..lo set, both included, 31 >= hi >= lo. */
#define ORIEL_MASK(hi, lo) ((UINT32_MAX >> (31 - (hi))) & (UINT32_MAX << (lo)))
/** Lowest set bit of a constant mask, as a factor. */
#define ORIEL_LSB(mask) ((mask) & (~(mask) + 1))
/** A field's value put at its place; constant expression if both are. */
#define ORIEL_PREP(mask, val) (((uint32_t)(val) * ORIEL_LSB(mask)) & (mask))
/** A field's value taken from a register; constant expression if both are. */
#define ORIEL_GET(mask, reg) (((uint32_t)(reg) & (mask)) / ORIEL_LSB(mask))

/* ---- counts and limits ---- */
#define ORIEL_BAR0_SIZE		0x20000u	/* bytes */
#define ORIEL_NB_QUEUES		16		/* RX and TX each */
#define ORIEL_NB_MSIX		10		/* MSI-X table entries of the PF */
#define ORIEL_NB_RAR		24		/* receive address registers */
#define ORIEL_NB_RETA		128		/* redirection table entries */
#define ORIEL_RSS_KEY_LEN	40		/* bytes */
#define ORIEL_NB_VF		8
#define ORIEL_MAX_FRAME		9728u		/* bytes with CRC */
#define ORIEL_ALL_ONES		UINT32_MAX	/* what a vanished device reads as */

/* ---- general control and status ---- */

/* CTRL, device control (RW; RST is SC) */
#define ORIEL_CTRL			0x0000
#define		ORIEL_CTRL_FD			ORIEL_BIT(0)
#define		ORIEL_CTRL_GIO_MASTER_DISABLE	ORIEL_BIT(2)
#define		ORIEL_CTRL_LRST			ORIEL_BIT(3)
#define		ORIEL_CTRL_SLU			ORIEL_BIT(6)
#define		ORIEL_CTRL_ILOS			ORIEL_BIT(7)
#define		ORIEL_CTRL_SPEED		ORIEL_MASK(9, 8)
#define		ORIEL_CTRL_FRCSPD		ORIEL_BIT(11)
#define		ORIEL_CTRL_FRCDPX		ORIEL_BIT(12)
#define		ORIEL_CTRL_SDP0_DATA		ORIEL_BIT(18)
#define		ORIEL_CTRL_SDP1_DATA		ORIEL_BIT(19)
#define		ORIEL_CTRL_ADVD3WUC		ORIEL_BIT(20)
#define		ORIEL_CTRL_RST			ORIEL_BIT(26)
#define		ORIEL_CTRL_RFCE			ORIEL_BIT(27)
#define		ORIEL_CTRL_TFCE			ORIEL_BIT(28)
#define		ORIEL_CTRL_VME			ORIEL_BIT(30)
#define		ORIEL_CTRL_PHY_RST		ORIEL_BIT(31)

/* STATUS, device status (RO but PHYRA, which a 0 clears) */
#define ORIEL_STATUS			0x0008
#define		ORIEL_STATUS_FD			ORIEL_BIT(0)
#define		ORIEL_STATUS_LU			ORIEL_BIT(1)
#define		ORIEL_STATUS_LAN_ID		ORIEL_MASK(3, 2)
#define		ORIEL_STATUS_TXOFF		ORIEL_BIT(4)
#define		ORIEL_STATUS_SPEED		ORIEL_MASK(7, 6)
#define		ORIEL_STATUS_LAN_INIT_DONE	ORIEL_BIT(9)
#define		ORIEL_STATUS_PHYRA		ORIEL_BIT(10)
#define		ORIEL_STATUS_NUM_VFS		ORIEL_MASK(17, 14)
#define		ORIEL_STATUS_IOV_MODE		ORIEL_BIT(18)
#define		ORIEL_STATUS_GIO_MASTER_ENABLE	ORIEL_BIT(19)

/* speed codes of CTRL_SPEED and STATUS_SPEED; 2 and 3 are both 1000 Mb/s */
#define ORIEL_SPEED_10			0u
#define ORIEL_SPEED_100			1u
#define ORIEL_SPEED_1000		2u

/* CTRL_EXT, extended device control (RW; EE_RST is SC) */
#define ORIEL_CTRL_EXT			0x0018
#define		ORIEL_CTRL_EXT_SDP3_DATA	ORIEL_BIT(7)
#define		ORIEL_CTRL_EXT_EE_RST		ORIEL_BIT(13)
#define		ORIEL_CTRL_EXT_PFRSTD		ORIEL_BIT(14)
#define		ORIEL_CTRL_EXT_NS_DIS		ORIEL_BIT(16)
#define		ORIEL_CTRL_EXT_RO_DIS		ORIEL_BIT(17)
#define		ORIEL_CTRL_EXT_LINK_MODE	ORIEL_MASK(23, 22)
#define		ORIEL_CTRL_EXT_I2C_ENA		ORIEL_BIT(25)
#define		ORIEL_CTRL_EXT_EXT_VLAN		ORIEL_BIT(26)
#define		ORIEL_CTRL_EXT_IAME		ORIEL_BIT(27)
#define		ORIEL_CTRL_EXT_DRV_LOAD		ORIEL_BIT(28)
#define		ORIEL_CTRL_EXT_PBA_CLR		ORIEL_BIT(31)
#define ORIEL_LINK_MODE_COPPER		0u
#define ORIEL_LINK_MODE_KX		1u
#define ORIEL_LINK_MODE_SGMII		2u
#define ORIEL_LINK_MODE_SERDES		3u

/* MDIC, MDI control (RW) */
#define ORIEL_MDIC			0x0020
#define		ORIEL_MDIC_DATA			ORIEL_MASK(15, 0)
#define		ORIEL_MDIC_REGADD		ORIEL_MASK(20, 16)
#define		ORIEL_MDIC_PHYADD		ORIEL_MASK(25, 21)
#define		ORIEL_MDIC_OP_WRITE		ORIEL_BIT(26)
#define		ORIEL_MDIC_OP_READ		ORIEL_BIT(27)
#define		ORIEL_MDIC_READY		ORIEL_BIT(28)
#define		ORIEL_MDIC_INT_EN		ORIEL_BIT(29)
#define		ORIEL_MDIC_ERROR		ORIEL_BIT(30)

/* SCTL, SerDes control (RW, indexed) */
#define ORIEL_SCTL			0x0024
#define		ORIEL_SCTL_LOOPBACK_OFF		0x0400u

/* FCAL, FCAH, FCT, FCTTV, flow control address, type, transmit timer value (RW) */
#define ORIEL_FCAL			0x0028
#define ORIEL_FCAH			0x002c
#define ORIEL_FCT			0x0030
#define ORIEL_FCTTV			0x0170

/* CONNSW, copper/fibre switch control (RW) */
#define ORIEL_CONNSW			0x0034

/* VET, VLAN ether types: inner [15:0], outer [31:16] (RW) */
#define ORIEL_VET			0x0038
#define		ORIEL_VET_VET			ORIEL_MASK(15, 0)
#define		ORIEL_VET_VET_EXT		ORIEL_MASK(31, 16)

/* LEDCTL, LED control (RW) */
#define ORIEL_LEDCTL			0x0e00
#define		ORIEL_LEDCTL_MODE		ORIEL_MASK(3, 0) /* LED 0; a byte each */
#define		ORIEL_LEDCTL_IVRT		ORIEL_BIT(6)
#define		ORIEL_LEDCTL_BLINK		ORIEL_BIT(7)
#define ORIEL_LEDCTL_MODE_ON		0xeu
#define ORIEL_LEDCTL_MODE_OFF		0xfu

/* FRTIMER, free running timer (RO); TCPTIMER (RW) */
#define ORIEL_FRTIMER			0x1048
#define ORIEL_TCPTIMER			0x104c

/* GCR, PCIe control (RW) */
#define ORIEL_GCR			0x5b00
#define		ORIEL_GCR_CMPL_TMOUT		ORIEL_MASK(15, 12)
#define		ORIEL_GCR_CMPL_TMOUT_RESEND	ORIEL_BIT(16)
#define		ORIEL_GCR_CAP_VER2		ORIEL_BIT(18)

/* PBACL, MSI-X PBA clear (W1C) */
#define ORIEL_PBACL			0x5b68

/* DCA_CTRL, direct cache access control (RW) */
#define ORIEL_DCA_CTRL			0x5b74
#define		ORIEL_DCA_CTRL_DIS		ORIEL_BIT(0)

/* IOVCTL, I/O virtualisation control (RW) */
#define ORIEL_IOVCTL			0x5bbc
#define		ORIEL_IOVCTL_REUSE_VFQ		ORIEL_BIT(0)

/* ---- NVM, PHY, semaphores, SerDes PCS ---- */

/* EECD, EEPROM control and data (RW; GNT, PRES, AUTO_RD, SIZE_EX are RO) */
#define ORIEL_EECD			0x0010
#define		ORIEL_EECD_SK			ORIEL_BIT(0)
#define		ORIEL_EECD_CS			ORIEL_BIT(1)
#define		ORIEL_EECD_DI			ORIEL_BIT(2)
#define		ORIEL_EECD_DO			ORIEL_BIT(3)
#define		ORIEL_EECD_FWE			ORIEL_MASK(5, 4)
#define		ORIEL_EECD_REQ			ORIEL_BIT(6)
#define		ORIEL_EECD_GNT			ORIEL_BIT(7)
#define		ORIEL_EECD_PRES			ORIEL_BIT(8)
#define		ORIEL_EECD_AUTO_RD		ORIEL_BIT(9)
#define		ORIEL_EECD_ADDR_BITS		ORIEL_BIT(10)
#define		ORIEL_EECD_SIZE_EX		ORIEL_MASK(14, 11)

/* EERD, EEPROM read (RW; START is SC) */
#define ORIEL_EERD			0x0014
#define		ORIEL_EERD_START		ORIEL_BIT(0)
#define		ORIEL_EERD_DONE			ORIEL_BIT(1)
#define		ORIEL_EERD_ADDR			ORIEL_MASK(15, 2)
#define		ORIEL_EERD_DATA			ORIEL_MASK(31, 16)

/* EEWR, EEPROM write (RW, layout of EERD) */
#define ORIEL_EEWR			0x102c

/* EEMNGCTL, management EEPROM control (RW); CFG_DONE of port n */
#define ORIEL_EEMNGCTL			0x1010
#define		ORIEL_EEMNGCTL_CFG_DONE(n)	ORIEL_BIT(18 + (n))

/* I2CCMD, SFP I2C command (RW) */
#define ORIEL_I2CCMD			0x1028
#define		ORIEL_I2CCMD_DATA		ORIEL_MASK(15, 0)
#define		ORIEL_I2CCMD_REG		ORIEL_MASK(23, 16)
#define		ORIEL_I2CCMD_PHY		ORIEL_MASK(26, 24)
#define		ORIEL_I2CCMD_OP_READ		ORIEL_BIT(27)
#define		ORIEL_I2CCMD_READY		ORIEL_BIT(29)
#define		ORIEL_I2CCMD_ERROR		ORIEL_BIT(31)

/* SWSM, software semaphore: SMBI is RS, write 0 releases; SWESMBI write 1 and read back */
#define ORIEL_SWSM			0x5b50
#define		ORIEL_SWSM_SMBI			ORIEL_BIT(0)
#define		ORIEL_SWSM_SWESMBI		ORIEL_BIT(1)

/* FWSM, firmware semaphore (RO) */
#define ORIEL_FWSM			0x5b54
#define		ORIEL_FWSM_FW_MODE		ORIEL_MASK(3, 1)
#define		ORIEL_FWSM_FW_VALID		ORIEL_BIT(15)

/* SW_FW_SYNC, resource ownership: software bit n, firmware bit n + 16 (RW) */
#define ORIEL_SW_FW_SYNC		0x5b5c
#define		ORIEL_SW_FW_SYNC_EEP		ORIEL_BIT(0)
#define		ORIEL_SW_FW_SYNC_PHY0		ORIEL_BIT(1)
#define		ORIEL_SW_FW_SYNC_PHY1		ORIEL_BIT(2)
#define		ORIEL_SW_FW_SYNC_CSR		ORIEL_BIT(3)
#define		ORIEL_SW_FW_SYNC_PHY2		ORIEL_BIT(5)
#define		ORIEL_SW_FW_SYNC_PHY3		ORIEL_BIT(6)

/* PCS of the SerDes variants (RW; PCS_LSTAT, PCS_LPAB RO; AN_RESTART SC) */
#define ORIEL_PCS_CFG0			0x4200
#define		ORIEL_PCS_CFG0_PCS_EN		ORIEL_BIT(3)
#define ORIEL_PCS_LCTL			0x4208
#define		ORIEL_PCS_LCTL_FLV		ORIEL_BIT(0)
#define		ORIEL_PCS_LCTL_FSV		ORIEL_MASK(2, 1)
#define		ORIEL_PCS_LCTL_FDV		ORIEL_BIT(3)
#define		ORIEL_PCS_LCTL_FSD		ORIEL_BIT(4)
#define		ORIEL_PCS_LCTL_FORCE_LINK	ORIEL_BIT(5)
#define		ORIEL_PCS_LCTL_FORCE_FCTRL	ORIEL_BIT(7)
#define		ORIEL_PCS_LCTL_AN_ENABLE	ORIEL_BIT(16)
#define		ORIEL_PCS_LCTL_AN_RESTART	ORIEL_BIT(17)
#define		ORIEL_PCS_LCTL_AN_TIMEOUT_EN	ORIEL_BIT(18)
#define ORIEL_PCS_LSTAT			0x420c
#define		ORIEL_PCS_LSTAT_LINK		ORIEL_BIT(0)
#define		ORIEL_PCS_LSTAT_SPEED100	ORIEL_BIT(1)
#define		ORIEL_PCS_LSTAT_SPEED1000	ORIEL_BIT(2)
#define		ORIEL_PCS_LSTAT_FULL		ORIEL_BIT(3)
#define		ORIEL_PCS_LSTAT_SYNC		ORIEL_BIT(4)
#define		ORIEL_PCS_LSTAT_AN_COMPLETE	ORIEL_BIT(16)
#define ORIEL_PCS_ANADV			0x4218
#define		ORIEL_PCS_ANADV_FULL		ORIEL_BIT(5)
#define		ORIEL_PCS_ANADV_PAUSE		ORIEL_BIT(7)
#define		ORIEL_PCS_ANADV_ASYM		ORIEL_BIT(8)
#define ORIEL_PCS_LPAB			0x421c

/* ---- flow control and packet buffers (RW) ---- */
#define ORIEL_FCRTL			0x2160
#define		ORIEL_FCRTL_RTL			ORIEL_MASK(15, 4)
#define		ORIEL_FCRTL_XONE		ORIEL_BIT(31)
#define ORIEL_FCRTH			0x2168
#define		ORIEL_FCRTH_RTH			ORIEL_MASK(15, 4)
#define ORIEL_FCRTV			0x2460
#define ORIEL_RXPBS			0x2404
#define		ORIEL_RXPBS_KIB			ORIEL_MASK(6, 0)
#define ORIEL_TXPBS			0x3404
#define ORIEL_SWPBS			0x3004

/* ---- interrupts ---- */

/* ICR, interrupt cause read (RC, W1C); ICS set (WO); IMS mask set/read; IMC mask clear; IAM */
#define ORIEL_ICR			0x00c0
#define ORIEL_ICS			0x00c8
#define ORIEL_IMS			0x00d0
#define ORIEL_IMC			0x00d8
#define ORIEL_IAM			0x00e0
#define		ORIEL_ICR_TXDW			ORIEL_BIT(0)
#define		ORIEL_ICR_LSC			ORIEL_BIT(2)
#define		ORIEL_ICR_RXDMT0		ORIEL_BIT(4)
#define		ORIEL_ICR_RXO			ORIEL_BIT(6)
#define		ORIEL_ICR_RXDW			ORIEL_BIT(7)
#define		ORIEL_ICR_VMMB			ORIEL_BIT(8)
#define		ORIEL_ICR_MDAC			ORIEL_BIT(9)
#define		ORIEL_ICR_TS			ORIEL_BIT(19)
#define		ORIEL_ICR_DOUTSYNC		ORIEL_BIT(28)
#define		ORIEL_ICR_DRSTA			ORIEL_BIT(30)
#define		ORIEL_ICR_INT_ASSERTED		ORIEL_BIT(31)
#define		ORIEL_IMS_WRITABLE		0x77d4fbfdu

/* GPIE, general purpose interrupt enable (RW): must be written before EIAC, EIMS, IVAR */
#define ORIEL_GPIE			0x1514
#define		ORIEL_GPIE_NSICR		ORIEL_BIT(0)
#define		ORIEL_GPIE_MULTIPLE_MSIX	ORIEL_BIT(4)
#define		ORIEL_GPIE_LL_INTERVAL		ORIEL_MASK(11, 7)
#define		ORIEL_GPIE_EIAME		ORIEL_BIT(30)
#define		ORIEL_GPIE_PBA_SUPPORT		ORIEL_BIT(31)

/* extended interrupt registers: one bit a vector, 0..24 in MSI-X mode */
#define ORIEL_EICS			0x1520
#define ORIEL_EIMS			0x1524
#define ORIEL_EIMC			0x1528
#define ORIEL_EIAC			0x152c
#define ORIEL_EIAM			0x1530
#define ORIEL_EICR			0x1580
#define		ORIEL_EICR_VECTORS		ORIEL_MASK(24, 0)

/* EITR(n), interrupt throttle, n 0..24 (RW): interval in us */
#define ORIEL_EITR(n)			(0x1680 + 4 * (n))
#define		ORIEL_EITR_INTERVAL		ORIEL_MASK(14, 2)
#define		ORIEL_EITR_CNT_IGNR		ORIEL_BIT(31)

/* IVAR(n), n 0..7: bytes RX q n, TX q n, RX q n+8, TX q n+8 (RW); IVAR_MISC: TCP timer, other */
#define ORIEL_IVAR(n)			(0x1700 + 4 * (n))
#define ORIEL_IVAR_MISC			0x1740
#define		ORIEL_IVAR_VALID		0x80u
#define		ORIEL_IVAR_VECTOR		0x1fu

/* ---- receive ---- */

/*
 * RX queue block of queue n at 0xc000 + 0x40 n; for n < 4 also at 0x2800 + 0x100 n,
 * the same storage.
 */
#define ORIEL_RXQ(n)			(0xc000 + 0x40 * (n))
#define ORIEL_RXQ_ALIAS(n)		(0x2800 + 0x100 * (n))
#define ORIEL_RDBAL			0x00	/* RW, bits 31:7 */
#define ORIEL_RDBAH			0x04	/* RW */
#define ORIEL_RDLEN			0x08	/* RW, bytes, multiple of 128 */
#define		ORIEL_RDLEN_LEN			ORIEL_MASK(19, 7)
#define ORIEL_SRRCTL			0x0c	/* RW */
#define		ORIEL_SRRCTL_BSIZEPACKET	ORIEL_MASK(6, 0)	/* KiB */
#define		ORIEL_SRRCTL_BSIZEHEADER	ORIEL_MASK(13, 8)	/* 64 bytes */
#define		ORIEL_SRRCTL_RDMTS		ORIEL_MASK(24, 20)
#define		ORIEL_SRRCTL_DESCTYPE		ORIEL_MASK(27, 25)
#define		ORIEL_SRRCTL_DROP_EN		ORIEL_BIT(31)
#define ORIEL_DESCTYPE_LEGACY		0u
#define ORIEL_DESCTYPE_ADV_ONEBUF	1u
#define ORIEL_DESCTYPE_HDR_SPLIT	2u
#define ORIEL_DESCTYPE_HDR_SPLIT_ALWAYS	5u
#define ORIEL_RDH			0x10	/* RO */
#define ORIEL_RXCTL			0x14	/* RW, DCA */
#define ORIEL_RDT			0x18	/* RW, ignored while the queue is disabled */
#define ORIEL_RXDCTL			0x28	/* RW */
#define		ORIEL_RXDCTL_PTHRESH		ORIEL_MASK(4, 0)
#define		ORIEL_RXDCTL_HTHRESH		ORIEL_MASK(12, 8)
#define		ORIEL_RXDCTL_WTHRESH		ORIEL_MASK(20, 16)
#define		ORIEL_RXDCTL_ENABLE		ORIEL_BIT(25)
#define		ORIEL_RXDCTL_SWFLSH		ORIEL_BIT(26)
#define ORIEL_RQDPC			0x30	/* RC, 12 bits valid */
#define		ORIEL_RQDPC_COUNT		ORIEL_MASK(11, 0)

/* RCTL, receive control (RW) */
#define ORIEL_RCTL			0x0100
#define		ORIEL_RCTL_RXEN			ORIEL_BIT(1)
#define		ORIEL_RCTL_SBP			ORIEL_BIT(2)
#define		ORIEL_RCTL_UPE			ORIEL_BIT(3)
#define		ORIEL_RCTL_MPE			ORIEL_BIT(4)
#define		ORIEL_RCTL_LPE			ORIEL_BIT(5)
#define		ORIEL_RCTL_LBM			ORIEL_MASK(7, 6)
#define		ORIEL_RCTL_MO			ORIEL_MASK(13, 12)
#define		ORIEL_RCTL_BAM			ORIEL_BIT(15)
#define		ORIEL_RCTL_BSIZE		ORIEL_MASK(17, 16)
#define		ORIEL_RCTL_VFE			ORIEL_BIT(18)
#define		ORIEL_RCTL_CFIEN		ORIEL_BIT(19)
#define		ORIEL_RCTL_CFI			ORIEL_BIT(20)
#define		ORIEL_RCTL_PSP			ORIEL_BIT(21)
#define		ORIEL_RCTL_DPF			ORIEL_BIT(22)
#define		ORIEL_RCTL_PMCF			ORIEL_BIT(23)
#define		ORIEL_RCTL_SECRC		ORIEL_BIT(26)

/* QDE, drop enable per queue (RW), ORed with SRRCTL.DROP_EN */
#define ORIEL_QDE			0x2408

/* RXCSUM, receive checksum control (RW) */
#define ORIEL_RXCSUM			0x5000
#define		ORIEL_RXCSUM_PCSS		ORIEL_MASK(7, 0)
#define		ORIEL_RXCSUM_IPOFL		ORIEL_BIT(8)
#define		ORIEL_RXCSUM_TUOFL		ORIEL_BIT(9)
#define		ORIEL_RXCSUM_CRCOFL		ORIEL_BIT(11)
#define		ORIEL_RXCSUM_IPPCSE		ORIEL_BIT(12)
#define		ORIEL_RXCSUM_PCSD		ORIEL_BIT(13)

/* RLPML, receive long packet maximum length, bytes with CRC, used when RCTL.LPE (RW) */
#define ORIEL_RLPML			0x5004
#define		ORIEL_RLPML_LEN			ORIEL_MASK(13, 0)

/* RFCTL, receive filter control (RW); IPV6_EX_DIS must be 1 (erratum: extension headers) */
#define ORIEL_RFCTL			0x5008
#define		ORIEL_RFCTL_ISCSI_DIS		ORIEL_BIT(0)
#define		ORIEL_RFCTL_NFSW_DIS		ORIEL_BIT(6)
#define		ORIEL_RFCTL_NFSR_DIS		ORIEL_BIT(7)
#define		ORIEL_RFCTL_IPV6_DIS		ORIEL_BIT(10)
#define		ORIEL_RFCTL_IPV6_XSUM_DIS	ORIEL_BIT(11)
#define		ORIEL_RFCTL_IPV6_EX_DIS		ORIEL_BIT(16)
#define		ORIEL_RFCTL_LEF			ORIEL_BIT(18)
#define		ORIEL_RFCTL_SYNQFP		ORIEL_BIT(19)

/* MTA(n) multicast table, n 0..127; UTA(n) unicast table, n 0..127; VFTA(n), n 0..127 (RW) */
#define ORIEL_MTA(n)			(0x5200 + 4 * (n))
#define ORIEL_NB_MTA			128
#define ORIEL_UTA(n)			(0xa000 + 4 * (n))
#define ORIEL_NB_UTA			128
#define ORIEL_VFTA(n)			(0x5600 + 4 * (n))
#define ORIEL_NB_VFTA			128

/* RAL(n), RAH(n), receive address n 0..23 (RW); entries 16..23 lie apart */
#define ORIEL_RAL(n)			((n) < 16 ? 0x5400 + 8 * (n) : 0x54e0 + 8 * ((n) - 16))
#define ORIEL_RAH(n)			(ORIEL_RAL(n) + 4)
#define		ORIEL_RAH_ADDR			ORIEL_MASK(15, 0)
#define		ORIEL_RAH_POOLSEL		ORIEL_MASK(25, 18)
#define		ORIEL_RAH_AV			ORIEL_BIT(31)

/* PSRTYPE(n), header split types of pool n 0..7 (RW) */
#define ORIEL_PSRTYPE(n)		(0x5480 + 4 * (n))
#define		ORIEL_PSRTYPE_IPV4_TCP		ORIEL_BIT(2)
#define		ORIEL_PSRTYPE_IPV4_UDP		ORIEL_BIT(3)
#define		ORIEL_PSRTYPE_IPV6_TCP		ORIEL_BIT(8)
#define		ORIEL_PSRTYPE_IPV6_UDP		ORIEL_BIT(9)
#define		ORIEL_PSRTYPE_RESERVED		(ORIEL_BIT(10) | ORIEL_BIT(13) | ORIEL_BIT(16))

/* MRQC, multiple receive queues command (RW) */
#define ORIEL_MRQC			0x5818
#define		ORIEL_MRQC_MODE			ORIEL_MASK(2, 0)
#define		ORIEL_MRQC_DEF_Q		ORIEL_MASK(5, 3)
#define		ORIEL_MRQC_TCP_IPV4		ORIEL_BIT(16)
#define		ORIEL_MRQC_IPV4			ORIEL_BIT(17)
#define		ORIEL_MRQC_TCP_IPV6_EX		ORIEL_BIT(18)
#define		ORIEL_MRQC_IPV6_EX		ORIEL_BIT(19)
#define		ORIEL_MRQC_IPV6			ORIEL_BIT(20)
#define		ORIEL_MRQC_TCP_IPV6		ORIEL_BIT(21)
#define		ORIEL_MRQC_UDP_IPV4		ORIEL_BIT(22)
#define		ORIEL_MRQC_UDP_IPV6		ORIEL_BIT(23)
#define		ORIEL_MRQC_UDP_IPV6_EX		ORIEL_BIT(24)
#define ORIEL_MRQC_MODE_NONE		0u
#define ORIEL_MRQC_MODE_RSS		2u
#define ORIEL_MRQC_MODE_VMDQ		3u
#define ORIEL_MRQC_MODE_VMDQ_RSS	5u

/* RETA(n), four 8-bit entries a dword, queue in [3:0], n 0..31; RSSRK(n), key, n 0..9 (RW) */
#define ORIEL_RETA(n)			(0x5c00 + 4 * (n))
#define ORIEL_RSSRK(n)			(0x5c80 + 4 * (n))
#define ORIEL_NB_RSSRK			10

/* ---- transmit ---- */

/* TX queue block of queue n at 0xe000 + 0x40 n; for n < 4 also at 0x3800 + 0x100 n */
#define ORIEL_TXQ(n)			(0xe000 + 0x40 * (n))
#define ORIEL_TXQ_ALIAS(n)		(0x3800 + 0x100 * (n))
#define ORIEL_TDBAL			0x00	/* RW, only while disabled */
#define ORIEL_TDBAH			0x04	/* RW */
#define ORIEL_TDLEN			0x08	/* RW, bytes, multiple of 128 */
#define		ORIEL_TDLEN_LEN			ORIEL_MASK(19, 7)
#define ORIEL_TDH			0x10	/* RO */
#define ORIEL_TXCTL			0x14	/* RW, DCA */
#define		ORIEL_TXCTL_DESC_WB_RO		ORIEL_BIT(11)
#define ORIEL_TDT			0x18	/* RW, only after ENABLE reads 1 */
#define ORIEL_TXDCTL			0x28	/* RW */
#define		ORIEL_TXDCTL_PTHRESH		ORIEL_MASK(4, 0)
#define		ORIEL_TXDCTL_HTHRESH		ORIEL_MASK(12, 8)
#define		ORIEL_TXDCTL_WTHRESH		ORIEL_MASK(20, 16)
#define		ORIEL_TXDCTL_ENABLE		ORIEL_BIT(25)
#define		ORIEL_TXDCTL_SWFLSH		ORIEL_BIT(26)
#define		ORIEL_TXDCTL_PRIORITY		ORIEL_BIT(27)
#define ORIEL_TDWBAL			0x38	/* RW, head write-back address */
#define		ORIEL_TDWBAL_HEAD_WB_EN		ORIEL_BIT(0)
#define		ORIEL_TDWBAL_WB_ON_EITR		ORIEL_BIT(1)
#define ORIEL_TDWBAH			0x3c	/* RW */

/* TCTL, transmit control; TCTL_EXT; TIPG, inter packet gap (RW) */
#define ORIEL_TCTL			0x0400
#define		ORIEL_TCTL_EN			ORIEL_BIT(1)
#define		ORIEL_TCTL_PSP			ORIEL_BIT(3)
#define		ORIEL_TCTL_CT			ORIEL_MASK(11, 4)
#define		ORIEL_TCTL_COLD			ORIEL_MASK(21, 12)
#define		ORIEL_TCTL_RTLC			ORIEL_BIT(24)
#define ORIEL_TCTL_EXT			0x0404
#define ORIEL_TIPG			0x0410

/* DTXCTL, DMA TX control; DTXTCPFLGL/H, TCP flag masks of segments; DTXSWC switch (RW) */
#define ORIEL_DTXCTL			0x3590
#define		ORIEL_DTXCTL_VLAN_ADDED		ORIEL_BIT(3)
#define		ORIEL_DTXCTL_SPOOF_INT		ORIEL_BIT(6)
#define ORIEL_DTXTCPFLGL		0x359c
#define		ORIEL_DTXTCPFLGL_FIRST		ORIEL_MASK(11, 0)
#define		ORIEL_DTXTCPFLGL_MID		ORIEL_MASK(27, 16)
#define ORIEL_DTXTCPFLGH		0x35a0
#define		ORIEL_DTXTCPFLGH_LAST		ORIEL_MASK(11, 0)
#define ORIEL_DTXSWC			0x3500
#define		ORIEL_DTXSWC_LOOPBACK_EN	ORIEL_BIT(31)

/* LVMMC last malicious VM cause, WVBR spoof events (RC) */
#define ORIEL_LVMMC			0x3548
#define ORIEL_WVBR			0x3554

/* per-queue rate limit: select, memory window, factor (RW) */
#define ORIEL_RTTDQSEL			0x3604
#define ORIEL_RTTBCNRM			0x3690
#define ORIEL_RTTBCNRC			0x36b0
#define		ORIEL_RTTBCNRC_RF_DEC		ORIEL_MASK(13, 0)
#define		ORIEL_RTTBCNRC_RF_INT		ORIEL_MASK(27, 14)
#define		ORIEL_RTTBCNRC_RS_ENA		ORIEL_BIT(31)

/* ---- filters (RW) ---- */
#define ORIEL_ETQF(n)			(0x5cb0 + 4 * (n))
#define ORIEL_NB_ETQF			8
#define		ORIEL_ETQF_ETYPE		ORIEL_MASK(15, 0)
#define		ORIEL_ETQF_QUEUE		ORIEL_MASK(18, 16)
#define		ORIEL_ETQF_FILTER_EN		ORIEL_BIT(26)
#define		ORIEL_ETQF_IMM_INT		ORIEL_BIT(29)
#define		ORIEL_ETQF_TS_1588		ORIEL_BIT(30)
#define		ORIEL_ETQF_QUEUE_EN		ORIEL_BIT(31)
#define ORIEL_SAQF(n)			(0x5980 + 4 * (n))
#define ORIEL_DAQF(n)			(0x59a0 + 4 * (n))
#define ORIEL_SPQF(n)			(0x59c0 + 4 * (n))
#define ORIEL_FTQF(n)			(0x59e0 + 4 * (n))
#define ORIEL_NB_FTQF			8
#define		ORIEL_FTQF_PROTO		ORIEL_MASK(7, 0)
#define		ORIEL_FTQF_QUEUE_EN		ORIEL_BIT(8)
#define		ORIEL_FTQF_VF_BP		ORIEL_BIT(15)
#define		ORIEL_FTQF_QUEUE		ORIEL_MASK(19, 16)
#define		ORIEL_FTQF_TS_1588		ORIEL_BIT(27)
#define		ORIEL_FTQF_PROTO_BP		ORIEL_BIT(28)
#define		ORIEL_FTQF_SRC_IP_BP		ORIEL_BIT(29)
#define		ORIEL_FTQF_DST_IP_BP		ORIEL_BIT(30)
#define		ORIEL_FTQF_SRC_PORT_BP		ORIEL_BIT(31)
#define ORIEL_IMIR(n)			(0x5a80 + 4 * (n))
#define		ORIEL_IMIR_DST_PORT		ORIEL_MASK(15, 0)
#define		ORIEL_IMIR_IM_EN		ORIEL_BIT(16)
#define		ORIEL_IMIR_PORT_BP		ORIEL_BIT(17)
#define		ORIEL_IMIR_PRIORITY		ORIEL_MASK(31, 29)
#define ORIEL_IMIREXT(n)		(0x5aa0 + 4 * (n))
#define		ORIEL_IMIREXT_SIZE_BP		ORIEL_BIT(12)
#define		ORIEL_IMIREXT_CTRL_BP		ORIEL_BIT(19)
#define ORIEL_IMIRVP			0x5ac0
#define ORIEL_SYNQF			0x55fc
#define		ORIEL_SYNQF_EN			ORIEL_BIT(0)
#define		ORIEL_SYNQF_QUEUE		ORIEL_MASK(3, 1)

/* wake-up and management registers that a driver touches (RW; WUS W1C) */
#define ORIEL_WUC			0x5800
#define ORIEL_WUFC			0x5808
#define ORIEL_WUS			0x5810
#define ORIEL_MANC			0x5820
#define		ORIEL_MANC_BLK_PHY_RST		ORIEL_BIT(18)

/* ---- VMDq, SR-IOV, mailbox: PF's view ---- */
#define ORIEL_VMBMEM(vf, n)		(0x0800 + 0x40 * (vf) + 4 * (n))
#define ORIEL_P2VMAILBOX(vf)		(0x0c00 + 4 * (vf))
#define ORIEL_V2PMAILBOX(vf)		(0x0c40 + 4 * (vf))
#define ORIEL_MBVFICR			0x0c80
#define ORIEL_MBVFIMR			0x0c84
#define ORIEL_VFLRE			0x0c88
#define ORIEL_VFRE			0x0c8c
#define ORIEL_VFTE			0x0c90
#define ORIEL_VT_CTL			0x581c
#define		ORIEL_VT_CTL_DEF_PL		ORIEL_MASK(9, 7)
#define		ORIEL_VT_CTL_IGNORE_MAC		ORIEL_BIT(28)
#define		ORIEL_VT_CTL_DIS_DEF_POOL	ORIEL_BIT(29)
#define		ORIEL_VT_CTL_REPL_EN		ORIEL_BIT(30)
#define ORIEL_VMVIR(n)			(0x3700 + 4 * (n))
#define ORIEL_VMOLR(n)			(0x5ad0 + 4 * (n))
#define ORIEL_RPLOLR			0x5af0
#define ORIEL_VLVF(n)			(0x5d00 + 4 * (n))
#define ORIEL_NB_VLVF			32

/* ---- time sync ---- */
#define ORIEL_SYSTIML			0xb600
#define ORIEL_SYSTIMH			0xb604
#define ORIEL_TIMINCA			0xb608
#define		ORIEL_TIMINCA_VALUE		ORIEL_MASK(23, 0)	/* added each period */
#define		ORIEL_TIMINCA_PERIOD		ORIEL_MASK(31, 24)	/* of 16 ns */
#define ORIEL_TIMADJL			0xb60c
#define ORIEL_TIMADJH			0xb610
#define ORIEL_TSYNCTXCTL		0xb614
#define		ORIEL_TSYNCTXCTL_VALID		ORIEL_BIT(0)	/* RO */
#define		ORIEL_TSYNCTXCTL_EN		ORIEL_BIT(4)
#define ORIEL_TXSTMPL			0xb618
#define ORIEL_TXSTMPH			0xb61c
#define ORIEL_TSYNCRXCTL		0xb620
#define		ORIEL_TSYNCRXCTL_VALID		ORIEL_BIT(0)	/* RO */
#define		ORIEL_TSYNCRXCTL_TYPE		ORIEL_MASK(3, 1)
#define		ORIEL_TSYNCRXCTL_TYPE_L2_V2	0u
#define		ORIEL_TSYNCRXCTL_TYPE_L4_V1	1u
#define		ORIEL_TSYNCRXCTL_TYPE_L2_L4_V2	2u
#define		ORIEL_TSYNCRXCTL_TYPE_EVENT_V2	5u
#define		ORIEL_TSYNCRXCTL_EN		ORIEL_BIT(4)
#define		ORIEL_TSYNCRXCTL_SYSCFI		ORIEL_BIT(5)
#define ORIEL_RXSTMPL			0xb624
#define ORIEL_RXSTMPH			0xb628
#define ORIEL_RXSATRL			0xb62c
#define ORIEL_RXSATRH			0xb630
#define ORIEL_TSYNCRXCFG		0x5f50
#define		ORIEL_TSYNCRXCFG_CTRLT		ORIEL_MASK(7, 0)	/* PTP version 1 */
#define		ORIEL_TSYNCRXCFG_MSGT		ORIEL_MASK(15, 8)	/* PTP version 2 */
#define		ORIEL_PTP_MSG_SYNC		0u

/*
 * Statistics (RC, hold at all-ones; octet counters are pairs: read the low half
 * first, reading the high half clears both).
 */
#define ORIEL_CRCERRS			0x4000
#define ORIEL_ALGNERRC			0x4004
#define ORIEL_SYMERRS			0x4008
#define ORIEL_RXERRC			0x400c
#define ORIEL_MPC			0x4010
#define ORIEL_SCC			0x4014
#define ORIEL_ECOL			0x4018
#define ORIEL_MCC			0x401c
#define ORIEL_LATECOL			0x4020
#define ORIEL_COLC			0x4028
#define ORIEL_CBTMPC			0x402c
#define ORIEL_DC			0x4030
#define ORIEL_TNCRS			0x4034
#define ORIEL_SEC			0x4038
#define ORIEL_HTDPMC			0x403c
#define ORIEL_RLEC			0x4040
#define ORIEL_CBRDPC			0x4044
#define ORIEL_XONRXC			0x4048
#define ORIEL_XONTXC			0x404c
#define ORIEL_XOFFRXC			0x4050
#define ORIEL_XOFFTXC			0x4054
#define ORIEL_FCRUC			0x4058
#define ORIEL_PRC64			0x405c
#define ORIEL_PRC127			0x4060
#define ORIEL_PRC255			0x4064
#define ORIEL_PRC511			0x4068
#define ORIEL_PRC1023			0x406c
#define ORIEL_PRC1522			0x4070
#define ORIEL_GPRC			0x4074
#define ORIEL_BPRC			0x4078
#define ORIEL_MPRC			0x407c
#define ORIEL_GPTC			0x4080
#define ORIEL_GORCL			0x4088
#define ORIEL_GORCH			0x408c
#define ORIEL_GOTCL			0x4090
#define ORIEL_GOTCH			0x4094
#define ORIEL_RNBC			0x40a0
#define ORIEL_RUC			0x40a4
#define ORIEL_RFC			0x40a8
#define ORIEL_ROC			0x40ac
#define ORIEL_RJC			0x40b0
#define ORIEL_MGTPRC			0x40b4
#define ORIEL_MGTPDC			0x40b8
#define ORIEL_MGTPTC			0x40bc
#define ORIEL_TORL			0x40c0
#define ORIEL_TORH			0x40c4
#define ORIEL_TOTL			0x40c8
#define ORIEL_TOTH			0x40cc
#define ORIEL_TPR			0x40d0
#define ORIEL_TPT			0x40d4
#define ORIEL_PTC64			0x40d8
#define ORIEL_PTC127			0x40dc
#define ORIEL_PTC255			0x40e0
#define ORIEL_PTC511			0x40e4
#define ORIEL_PTC1023			0x40e8
#define ORIEL_PTC1522			0x40ec
#define ORIEL_MPTC			0x40f0
#define ORIEL_BPTC			0x40f4
#define ORIEL_TSCTC			0x40f8
#define ORIEL_CBRMPC			0x40fc
#define ORIEL_IAC			0x4100
#define ORIEL_RPTHC			0x4104
#define ORIEL_HGPTC			0x4118
#define ORIEL_RXDMTC			0x4120
#define ORIEL_HTCBDPC			0x4124
#define ORIEL_HGORCL			0x4128
#define ORIEL_HGORCH			0x412c
#define ORIEL_HGOTCL			0x4130
#define ORIEL_HGOTCH			0x4134
#define ORIEL_LENERRS			0x4138
#define ORIEL_SCVPC			0x4228
#define ORIEL_HRMPC			0xa018

/*
 * Every register that this project knows: X(name, offset, count, stride, access).
 * Feeds the register dump, the twin's access rules and the test that no two overlap.
 */
#define ORIEL_REG_LIST(X) \
	X(CTRL, 0x0000, 1, 4, RW) X(STATUS, 0x0008, 1, 4, RO) X(EECD, 0x0010, 1, 4, RW) \
	X(EERD, 0x0014, 1, 4, RW) X(CTRL_EXT, 0x0018, 1, 4, RW) X(MDIC, 0x0020, 1, 4, RW) \
	X(SCTL, 0x0024, 1, 4, RW) X(FCAL, 0x0028, 1, 4, RW) X(FCAH, 0x002c, 1, 4, RW) \
	X(FCT, 0x0030, 1, 4, RW) X(CONNSW, 0x0034, 1, 4, RW) X(VET, 0x0038, 1, 4, RW) \
	X(ICR, 0x00c0, 1, 4, RC) X(ICS, 0x00c8, 1, 4, WO) X(IMS, 0x00d0, 1, 4, W1S) \
	X(IMC, 0x00d8, 1, 4, WO) X(IAM, 0x00e0, 1, 4, RW) X(RCTL, 0x0100, 1, 4, RW) \
	X(FCTTV, 0x0170, 1, 4, RW) X(TCTL, 0x0400, 1, 4, RW) X(TCTL_EXT, 0x0404, 1, 4, RW) \
	X(TIPG, 0x0410, 1, 4, RW) X(VMBMEM, 0x0800, 128, 4, RW) X(P2VMAILBOX, 0x0c00, 8, 4, MX) \
	X(V2PMAILBOX, 0x0c40, 8, 4, MX) X(MBVFICR, 0x0c80, 1, 4, W1C) X(MBVFIMR, 0x0c84, 1, 4, RW) \
	X(VFLRE, 0x0c88, 1, 4, W1C) X(VFRE, 0x0c8c, 1, 4, RW) X(VFTE, 0x0c90, 1, 4, RW) \
	X(LEDCTL, 0x0e00, 1, 4, RW) X(EEMNGCTL, 0x1010, 1, 4, RW) X(I2CCMD, 0x1028, 1, 4, RW) \
	X(EEWR, 0x102c, 1, 4, RW) X(FRTIMER, 0x1048, 1, 4, RO) X(TCPTIMER, 0x104c, 1, 4, RW) \
	X(GPIE, 0x1514, 1, 4, RW) X(EICS, 0x1520, 1, 4, WO) X(EIMS, 0x1524, 1, 4, W1S) \
	X(EIMC, 0x1528, 1, 4, WO) X(EIAC, 0x152c, 1, 4, RW) X(EIAM, 0x1530, 1, 4, RW) \
	X(EICR, 0x1580, 1, 4, RC) X(EITR, 0x1680, 25, 4, RW) X(IVAR, 0x1700, 8, 4, RW) \
	X(IVAR_MISC, 0x1740, 1, 4, RW) X(FCRTL, 0x2160, 1, 4, RW) X(FCRTH, 0x2168, 1, 4, RW) \
	X(RXPBS, 0x2404, 1, 4, RW) X(QDE, 0x2408, 1, 4, RW) X(FCRTV, 0x2460, 1, 4, RW) \
	X(SWPBS, 0x3004, 1, 4, RW) X(TXPBS, 0x3404, 1, 4, RW) X(DTXSWC, 0x3500, 1, 4, RW) \
	X(LVMMC, 0x3548, 1, 4, RC) X(WVBR, 0x3554, 1, 4, RC) X(DTXCTL, 0x3590, 1, 4, RW) \
	X(DTXTCPFLGL, 0x359c, 1, 4, RW) X(DTXTCPFLGH, 0x35a0, 1, 4, RW) \
	X(RTTDQSEL, 0x3604, 1, 4, RW) X(RTTBCNRM, 0x3690, 1, 4, RW) X(RTTBCNRC, 0x36b0, 1, 4, RW) \
	X(VMVIR, 0x3700, 8, 4, RW) \
	X(CRCERRS, 0x4000, 1, 4, RC) X(ALGNERRC, 0x4004, 1, 4, RC) X(SYMERRS, 0x4008, 1, 4, RC) \
	X(RXERRC, 0x400c, 1, 4, RC) X(MPC, 0x4010, 1, 4, RC) X(SCC, 0x4014, 1, 4, RC) \
	X(ECOL, 0x4018, 1, 4, RC) X(MCC, 0x401c, 1, 4, RC) X(LATECOL, 0x4020, 1, 4, RC) \
	X(COLC, 0x4028, 1, 4, RC) X(CBTMPC, 0x402c, 1, 4, RC) X(DC, 0x4030, 1, 4, RC) \
	X(TNCRS, 0x4034, 1, 4, RC) X(SEC, 0x4038, 1, 4, RC) X(HTDPMC, 0x403c, 1, 4, RC) \
	X(RLEC, 0x4040, 1, 4, RC) X(CBRDPC, 0x4044, 1, 4, RC) X(XONRXC, 0x4048, 1, 4, RC) \
	X(XONTXC, 0x404c, 1, 4, RC) X(XOFFRXC, 0x4050, 1, 4, RC) X(XOFFTXC, 0x4054, 1, 4, RC) \
	X(FCRUC, 0x4058, 1, 4, RC) X(PRC64, 0x405c, 1, 4, RC) X(PRC127, 0x4060, 1, 4, RC) \
	X(PRC255, 0x4064, 1, 4, RC) X(PRC511, 0x4068, 1, 4, RC) X(PRC1023, 0x406c, 1, 4, RC) \
	X(PRC1522, 0x4070, 1, 4, RC) X(GPRC, 0x4074, 1, 4, RC) X(BPRC, 0x4078, 1, 4, RC) \
	X(MPRC, 0x407c, 1, 4, RC) X(GPTC, 0x4080, 1, 4, RC) X(GORCL, 0x4088, 1, 4, RC) \
	X(GORCH, 0x408c, 1, 4, RC) X(GOTCL, 0x4090, 1, 4, RC) X(GOTCH, 0x4094, 1, 4, RC) \
	X(RNBC, 0x40a0, 1, 4, RC) X(RUC, 0x40a4, 1, 4, RC) X(RFC, 0x40a8, 1, 4, RC) \
	X(ROC, 0x40ac, 1, 4, RC) X(RJC, 0x40b0, 1, 4, RC) X(MGTPRC, 0x40b4, 1, 4, RC) \
	X(MGTPDC, 0x40b8, 1, 4, RC) X(MGTPTC, 0x40bc, 1, 4, RC) X(TORL, 0x40c0, 1, 4, RC) \
	X(TORH, 0x40c4, 1, 4, RC) X(TOTL, 0x40c8, 1, 4, RC) X(TOTH, 0x40cc, 1, 4, RC) \
	X(TPR, 0x40d0, 1, 4, RC) X(TPT, 0x40d4, 1, 4, RC) X(PTC64, 0x40d8, 1, 4, RC) \
	X(PTC127, 0x40dc, 1, 4, RC) X(PTC255, 0x40e0, 1, 4, RC) X(PTC511, 0x40e4, 1, 4, RC) \
	X(PTC1023, 0x40e8, 1, 4, RC) X(PTC1522, 0x40ec, 1, 4, RC) X(MPTC, 0x40f0, 1, 4, RC) \
	X(BPTC, 0x40f4, 1, 4, RC) X(TSCTC, 0x40f8, 1, 4, RC) X(CBRMPC, 0x40fc, 1, 4, RC) \
	X(IAC, 0x4100, 1, 4, RC) X(RPTHC, 0x4104, 1, 4, RC) X(HGPTC, 0x4118, 1, 4, RC) \
	X(RXDMTC, 0x4120, 1, 4, RC) X(HTCBDPC, 0x4124, 1, 4, RC) X(HGORCL, 0x4128, 1, 4, RC) \
	X(HGORCH, 0x412c, 1, 4, RC) X(HGOTCL, 0x4130, 1, 4, RC) X(HGOTCH, 0x4134, 1, 4, RC) \
	X(LENERRS, 0x4138, 1, 4, RC) X(PCS_CFG0, 0x4200, 1, 4, RW) X(PCS_LCTL, 0x4208, 1, 4, RW) \
	X(PCS_LSTAT, 0x420c, 1, 4, RO) X(PCS_ANADV, 0x4218, 1, 4, RW) \
	X(PCS_LPAB, 0x421c, 1, 4, RO) \
	X(SCVPC, 0x4228, 1, 4, RC) X(RXCSUM, 0x5000, 1, 4, RW) X(RLPML, 0x5004, 1, 4, RW) \
	X(RFCTL, 0x5008, 1, 4, RW) X(MTA, 0x5200, 128, 4, RW) X(RAL, 0x5400, 16, 8, RW) \
	X(RAH, 0x5404, 16, 8, RW) X(PSRTYPE, 0x5480, 8, 4, RW) X(RAL_HIGH, 0x54e0, 8, 8, RW) \
	X(RAH_HIGH, 0x54e4, 8, 8, RW) X(SYNQF, 0x55fc, 1, 4, RW) X(VFTA, 0x5600, 128, 4, RW) \
	X(WUC, 0x5800, 1, 4, RW) X(WUFC, 0x5808, 1, 4, RW) X(WUS, 0x5810, 1, 4, W1C) \
	X(MRQC, 0x5818, 1, 4, RW) X(VT_CTL, 0x581c, 1, 4, RW) X(MANC, 0x5820, 1, 4, RW) \
	X(SAQF, 0x5980, 8, 4, RW) X(DAQF, 0x59a0, 8, 4, RW) X(SPQF, 0x59c0, 8, 4, RW) \
	X(FTQF, 0x59e0, 8, 4, RW) X(IMIR, 0x5a80, 8, 4, RW) X(IMIREXT, 0x5aa0, 8, 4, RW) \
	X(IMIRVP, 0x5ac0, 1, 4, RW) X(VMOLR, 0x5ad0, 8, 4, RW) X(RPLOLR, 0x5af0, 1, 4, RW) \
	X(GCR, 0x5b00, 1, 4, RW) X(SWSM, 0x5b50, 1, 4, MX) X(FWSM, 0x5b54, 1, 4, RO) \
	X(SW_FW_SYNC, 0x5b5c, 1, 4, RW) X(PBACL, 0x5b68, 1, 4, W1C) X(DCA_CTRL, 0x5b74, 1, 4, RW) \
	X(IOVCTL, 0x5bbc, 1, 4, RW) X(RETA, 0x5c00, 32, 4, RW) X(RSSRK, 0x5c80, 10, 4, RW) \
	X(ETQF, 0x5cb0, 8, 4, RW) X(VLVF, 0x5d00, 32, 4, RW) X(TSYNCRXCFG, 0x5f50, 1, 4, RW) \
	X(UTA, 0xa000, 128, 4, RW) X(SYSTIML, 0xb600, 1, 4, RW) X(SYSTIMH, 0xb604, 1, 4, RW) \
	X(TIMINCA, 0xb608, 1, 4, RW) X(TIMADJL, 0xb60c, 1, 4, RW) X(TIMADJH, 0xb610, 1, 4, RW) \
	X(TSYNCTXCTL, 0xb614, 1, 4, RW) X(TXSTMPL, 0xb618, 1, 4, RO) X(TXSTMPH, 0xb61c, 1, 4, RO) \
	X(TSYNCRXCTL, 0xb620, 1, 4, RW) X(RXSTMPL, 0xb624, 1, 4, RO) X(RXSTMPH, 0xb628, 1, 4, RO) \
	X(RXSATRL, 0xb62c, 1, 4, RO) X(RXSATRH, 0xb630, 1, 4, RO) \
	X(RDBAL, 0xc000, 16, 64, RW) X(RDBAH, 0xc004, 16, 64, RW) X(RDLEN, 0xc008, 16, 64, RW) \
	X(SRRCTL, 0xc00c, 16, 64, RW) X(RDH, 0xc010, 16, 64, RO) X(RXCTL, 0xc014, 16, 64, RW) \
	X(RDT, 0xc018, 16, 64, RW) X(RXDCTL, 0xc028, 16, 64, RW) X(RQDPC, 0xc030, 16, 64, RC) \
	X(TDBAL, 0xe000, 16, 64, RW) X(TDBAH, 0xe004, 16, 64, RW) X(TDLEN, 0xe008, 16, 64, RW) \
	X(TDH, 0xe010, 16, 64, RO) X(TXCTL, 0xe014, 16, 64, RW) X(TDT, 0xe018, 16, 64, RW) \
	X(TXDCTL, 0xe028, 16, 64, RW) X(TDWBAL, 0xe038, 16, 64, RW) X(TDWBAH, 0xe03c, 16, 64, RW)

/* ---- PHY (MDIO clause 22, address 1 for the internal PHY) ---- */
#define ORIEL_PHY_ADDR			1u
#define ORIEL_PHY_BMCR			0u
#define		ORIEL_BMCR_RESET		ORIEL_BIT(15)
#define		ORIEL_BMCR_LOOPBACK		ORIEL_BIT(14)
#define		ORIEL_BMCR_SPEED_LSB		ORIEL_BIT(13)
#define		ORIEL_BMCR_AN_EN		ORIEL_BIT(12)
#define		ORIEL_BMCR_POWER_DOWN		ORIEL_BIT(11)
#define		ORIEL_BMCR_AN_RESTART		ORIEL_BIT(9)
#define		ORIEL_BMCR_FD			ORIEL_BIT(8)
#define		ORIEL_BMCR_SPEED_MSB		ORIEL_BIT(6)
#define ORIEL_PHY_BMSR			1u
#define		ORIEL_BMSR_AN_COMPLETE		ORIEL_BIT(5)
#define		ORIEL_BMSR_LINK			ORIEL_BIT(2)
#define ORIEL_PHY_ID1			2u
#define ORIEL_PHY_ID2			3u
#define ORIEL_PHY_ANAR			4u
#define		ORIEL_ANAR_SELECTOR_8023	0x0001u
#define		ORIEL_ANAR_10_HD		ORIEL_BIT(5)
#define		ORIEL_ANAR_10_FD		ORIEL_BIT(6)
#define		ORIEL_ANAR_100_HD		ORIEL_BIT(7)
#define		ORIEL_ANAR_100_FD		ORIEL_BIT(8)
#define		ORIEL_ANAR_PAUSE		ORIEL_BIT(10)
#define		ORIEL_ANAR_ASYM_PAUSE		ORIEL_BIT(11)
#define ORIEL_PHY_ANLPAR		5u
#define ORIEL_PHY_1000T_CTRL		9u
#define		ORIEL_1000T_CTRL_HD		ORIEL_BIT(8)
#define		ORIEL_1000T_CTRL_FD		ORIEL_BIT(9)
#define ORIEL_PHY_1000T_STATUS		10u
#define		ORIEL_1000T_STATUS_LP_FD	ORIEL_BIT(11)
#define ORIEL_PHY_ID_IGP03		0x02a80390u	/* low 4 bits: revision */

/* ---- NVM words ---- */
#define ORIEL_NVM_MAC			0x00u
#define ORIEL_NVM_COMPAT		0x03u
#define ORIEL_NVM_VERSION		0x05u
#define ORIEL_NVM_ALT_MAC_PTR		0x37u
#define ORIEL_NVM_CHECKSUM		0x3fu
#define ORIEL_NVM_CHECKSUM_SUM		0xbabau	/* words 0x00..0x3f modulo 65536 */

#endif /* ORIEL_REGS_H */
