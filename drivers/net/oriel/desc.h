/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The 82576's descriptors: advanced receive, advanced transmit data, transmit
 * context. 16 bytes each, little endian; fields as masks of the two qwords (RX
 * status and TX command as masks of the dword that holds them).
 */

#ifndef ORIEL_DESC_H
#define ORIEL_DESC_H

#include <stdint.h>

#include "regs.h"

/** Ring base alignment in bytes; a ring's length is a multiple of it too. */
#define ORIEL_RING_ALIGN	128
/** Descriptors in one 128-byte unit: ring sizes are multiples of it. */
#define ORIEL_RING_ALIGN_DESC	8

/** RX descriptor; as given to the device: q[0] packet buffer, q[1] header buffer address. */
struct oriel_rx_desc {
	union {
		uint64_t q[2];
		struct {
			/** RSS type [3:0], packet type [16:4], header length [30:21], SPH 31 */
			uint32_t info;
			/** RSS hash; if RXCSUM.PCSD = 0: IP id [15:0], fragment checksum [31:16] */
			uint32_t hash;
			/** extended status [19:0], extended error [31:20] */
			uint32_t status;
			/** bytes in this buffer */
			uint16_t length;
			/** stripped tag, valid with ORIEL_RXD_VP */
			uint16_t vlan;
		} wb;
	};
};

#define ORIEL_RXD_RSS_TYPE	ORIEL_MASK(3, 0)	/* of wb.info */
#define ORIEL_RXD_PTYPE		ORIEL_MASK(16, 4)
#define ORIEL_RXD_PT_IPV4	ORIEL_BIT(4)
#define ORIEL_RXD_PT_IPV4_OPT	ORIEL_BIT(5)
#define ORIEL_RXD_PT_IPV6	ORIEL_BIT(6)
#define ORIEL_RXD_PT_IPV6_EXT	ORIEL_BIT(7)
#define ORIEL_RXD_PT_TCP	ORIEL_BIT(8)
#define ORIEL_RXD_PT_UDP	ORIEL_BIT(9)
#define ORIEL_RXD_PT_SCTP	ORIEL_BIT(10)
#define ORIEL_RXD_PT_NFS	ORIEL_BIT(11)
#define ORIEL_RXD_PT_ESP	ORIEL_BIT(12)
#define ORIEL_RXD_PT_AH		ORIEL_BIT(13)
#define ORIEL_RXD_PT_ETQF	ORIEL_BIT(15)
#define ORIEL_RXD_PT_ETQF_IDX	ORIEL_MASK(6, 4)
#define ORIEL_RXD_HDR_LEN	ORIEL_MASK(30, 21)
#define ORIEL_RXD_SPH		ORIEL_BIT(31)

enum oriel_rss_type {
	ORIEL_RSS_NONE = 0,
	ORIEL_RSS_TCP_IPV4 = 1,
	ORIEL_RSS_IPV4 = 2,
	ORIEL_RSS_TCP_IPV6 = 3,
	ORIEL_RSS_IPV6_EX = 4,
	ORIEL_RSS_IPV6 = 5,
	ORIEL_RSS_TCP_IPV6_EX = 6,
	ORIEL_RSS_UDP_IPV4 = 7,
	ORIEL_RSS_UDP_IPV6 = 8,
	ORIEL_RSS_UDP_IPV6_EX = 9,
};

#define ORIEL_RXD_DD		ORIEL_BIT(0)	/* of wb.status */
#define ORIEL_RXD_EOP		ORIEL_BIT(1)
#define ORIEL_RXD_VP		ORIEL_BIT(3)
#define ORIEL_RXD_UDPCS		ORIEL_BIT(4)
#define ORIEL_RXD_L4CS		ORIEL_BIT(5)
#define ORIEL_RXD_IPCS		ORIEL_BIT(6)
#define ORIEL_RXD_PIF		ORIEL_BIT(7)
#define ORIEL_RXD_VEXT		ORIEL_BIT(9)
#define ORIEL_RXD_UDPV		ORIEL_BIT(10)
#define ORIEL_RXD_LLINT		ORIEL_BIT(11)
#define ORIEL_RXD_TS		ORIEL_BIT(16)
#define ORIEL_RXD_SECP		ORIEL_BIT(17)
#define ORIEL_RXD_LB		ORIEL_BIT(18)
#define ORIEL_RXD_HBO		ORIEL_BIT(23)
#define ORIEL_RXD_L4E		ORIEL_BIT(29)	/* valid with L4CS */
#define ORIEL_RXD_IPE		ORIEL_BIT(30)	/* valid with IPCS */
#define ORIEL_RXD_RXE		ORIEL_BIT(31)

/** TX data descriptor; write-back sets ORIEL_TXD_STA_DD in olinfo. */
struct oriel_tx_desc {
	union {
		uint64_t q[2];
		struct {
			uint64_t addr;
			uint32_t cmd;		/* DTALEN [15:0] and the command bits */
			uint32_t olinfo; /* STA [3:0], IDX [6:4], POPTS [13:8], PAYLEN [31:14] */
		} rd;
		struct {
			/** MACLEN [15:9], IPLEN [8:0], VLAN [31:16] */
			uint32_t lens;
			uint32_t sa_idx;	/* IPsec, 0 */
			uint32_t tucmd;		/* L4T, IPV4, DTYP, DEXT */
			uint32_t mss;		/* IDX [6:4], L4LEN [15:8], MSS [31:16] */
		} ctx;
	};
};

#define ORIEL_TXD_DTALEN	ORIEL_MASK(15, 0)	/* of rd.cmd */
#define ORIEL_TXD_MAC_LINKSEC	ORIEL_BIT(18)
#define ORIEL_TXD_MAC_TSTAMP	ORIEL_BIT(19)
#define ORIEL_TXD_DTYP		ORIEL_MASK(23, 20)
#define ORIEL_TXD_DTYP_CTX	ORIEL_PREP(ORIEL_TXD_DTYP, 2)
#define ORIEL_TXD_DTYP_DATA	ORIEL_PREP(ORIEL_TXD_DTYP, 3)
#define ORIEL_TXD_EOP		ORIEL_BIT(24)
#define ORIEL_TXD_IFCS		ORIEL_BIT(25)
#define ORIEL_TXD_RS		ORIEL_BIT(27)
#define ORIEL_TXD_DEXT		ORIEL_BIT(29)
#define ORIEL_TXD_VLE		ORIEL_BIT(30)
#define ORIEL_TXD_TSE		ORIEL_BIT(31)

#define ORIEL_TXD_STA_DD	ORIEL_BIT(0)		/* of rd.olinfo */
#define ORIEL_TXD_IDX		ORIEL_MASK(6, 4)
#define ORIEL_TXD_IXSM		ORIEL_BIT(8)
#define ORIEL_TXD_TXSM		ORIEL_BIT(9)
#define ORIEL_TXD_PAYLEN	ORIEL_MASK(31, 14)

#define ORIEL_TXC_IPLEN		ORIEL_MASK(8, 0)	/* of ctx.lens */
#define ORIEL_TXC_MACLEN	ORIEL_MASK(15, 9)
#define ORIEL_TXC_VLAN		ORIEL_MASK(31, 16)
#define ORIEL_TXC_IPV4		ORIEL_BIT(10)		/* of ctx.tucmd */
#define ORIEL_TXC_L4T		ORIEL_MASK(12, 11)
#define ORIEL_TXC_L4T_UDP	ORIEL_PREP(ORIEL_TXC_L4T, 0)
#define ORIEL_TXC_L4T_TCP	ORIEL_PREP(ORIEL_TXC_L4T, 1)
#define ORIEL_TXC_L4T_SCTP	ORIEL_PREP(ORIEL_TXC_L4T, 2)
#define ORIEL_TXC_IDX		ORIEL_MASK(6, 4)	/* of ctx.mss */
#define ORIEL_TXC_L4LEN		ORIEL_MASK(15, 8)
#define ORIEL_TXC_MSS		ORIEL_MASK(31, 16)

/** Context slots of a TX queue. */
#define ORIEL_NB_TX_CTX		2
/** Largest sum of MACLEN, IPLEN and L4LEN, bytes. */
#define ORIEL_TX_MAX_HDR	512u
/** Largest MSS of segmentation, bytes. */
#define ORIEL_TX_MAX_MSS	9216u
/** Largest TSO payload, bytes (PAYLEN is 18 bits). */
#define ORIEL_TX_MAX_PAYLEN	((1u << 18) - 1)
/** Shortest frame without CRC that may be handed to the MAC with TCTL.PSP = 1, bytes. */
#define ORIEL_TX_MIN_FRAME	17u

_Static_assert(sizeof(struct oriel_rx_desc) == 16, "RX descriptor is 16 bytes");
_Static_assert(sizeof(struct oriel_tx_desc) == 16, "TX descriptor is 16 bytes");
_Static_assert(ORIEL_PREP(ORIEL_TXD_PAYLEN, 1) == 1u << 14, "PAYLEN starts at bit 14 of olinfo");
_Static_assert(ORIEL_GET(ORIEL_TXC_MACLEN, 14u << 9) == 14, "MACLEN starts at bit 9");

#endif /* ORIEL_DESC_H */
