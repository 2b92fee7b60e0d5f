/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The words of the mailbox between PF and VF: ids and flags of the first dword. */

#ifndef ORIEL_MBX_MSG_H
#define ORIEL_MBX_MSG_H

#include "regs.h"

#define ORIEL_MBX_DWORDS	16	/* size of a message buffer */

#define ORIEL_MBX_ID		ORIEL_MASK(15, 0)
#define ORIEL_MBX_INFO		ORIEL_MASK(23, 16)
#define ORIEL_MBX_CTS		ORIEL_BIT(29)	/* the PF lets the VF send */
#define ORIEL_MBX_NACK		ORIEL_BIT(30)
#define ORIEL_MBX_ACK		ORIEL_BIT(31)

enum oriel_mbx_id {
	ORIEL_MBX_VF_RESET = 0x01,
	ORIEL_MBX_SET_MAC_ADDR = 0x02,
	ORIEL_MBX_SET_MULTICAST = 0x03,
	ORIEL_MBX_SET_VLAN = 0x04,
	ORIEL_MBX_SET_LPE = 0x05,
	ORIEL_MBX_SET_PROMISC = 0x06,
	ORIEL_MBX_PF_CONTROL_MSG = 0x100,
};

#endif /* ORIEL_MBX_MSG_H */
