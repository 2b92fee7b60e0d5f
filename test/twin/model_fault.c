/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Faults that a test asks for: transmit queues that stand still, DMA out of step, a reset. */

#include "model.h"

void
twin_model_fault(struct twin_port *p, enum twin_fault kind, uint32_t queues, bool on)
{
	struct twin_model *m = p->model;

	m->now = 0;
	switch (kind) {
	case TWIN_FAULT_TX_HANG:
		if (on)
			m->tx_frozen |= queues;
		else
			m->tx_frozen &= ~queues;
		break;
	case TWIN_FAULT_DMA:
		/* As after a refused access: the engine stands still, and says so. */
		m->stuck = true;
		model_irq_cause(p, ORIEL_ICR_DOUTSYNC);
		break;
	case TWIN_FAULT_RESET:
		twin_model_reset(p, TWIN_RESET_SW);
		model_irq_cause(p, ORIEL_ICR_DRSTA);
		break;
	case TWIN_FAULT_LOST: /* the host's part: its registers and config space */
		break;
	}
}
