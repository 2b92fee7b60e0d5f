/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What a queue tells of its ring: descriptors printed, and how many are in use. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "adapter.h"
#include "log.h"
#include "queue.h"

struct bit {
	uint32_t mask;
	const char *name;
};

static const struct bit rx_types[] = {
	{ ORIEL_RXD_PT_IPV4, "ipv4" },
	{ ORIEL_RXD_PT_IPV4_OPT, "ipv4-options" },
	{ ORIEL_RXD_PT_IPV6, "ipv6" },
	{ ORIEL_RXD_PT_IPV6_EXT, "ipv6-ext" },
	{ ORIEL_RXD_PT_TCP, "tcp" },
	{ ORIEL_RXD_PT_UDP, "udp" },
	{ ORIEL_RXD_PT_SCTP, "sctp" },
	{ ORIEL_RXD_PT_NFS, "nfs" },
	{ ORIEL_RXD_PT_ESP, "esp" },
	{ ORIEL_RXD_PT_AH, "ah" },
};

static const struct bit rx_status[] = {
	{ ORIEL_RXD_DD, "DD" },
	{ ORIEL_RXD_EOP, "EOP" },
	{ ORIEL_RXD_VP, "VP" },
	{ ORIEL_RXD_UDPCS, "UDPCS" },
	{ ORIEL_RXD_L4CS, "L4CS" },
	{ ORIEL_RXD_IPCS, "IPCS" },
	{ ORIEL_RXD_PIF, "PIF" },
	{ ORIEL_RXD_VEXT, "VEXT" },
	{ ORIEL_RXD_UDPV, "UDPV" },
	{ ORIEL_RXD_LLINT, "LLINT" },
	{ ORIEL_RXD_TS, "TS" },
	{ ORIEL_RXD_SECP, "SECP" },
	{ ORIEL_RXD_LB, "LB" },
	{ ORIEL_RXD_HBO, "HBO" },
	{ ORIEL_RXD_L4E, "L4E" },
	{ ORIEL_RXD_IPE, "IPE" },
	{ ORIEL_RXD_RXE, "RXE" },
};

static const struct bit tx_cmd[] = {
	{ ORIEL_TXD_EOP, "EOP" },
	{ ORIEL_TXD_IFCS, "IFCS" },
	{ ORIEL_TXD_RS, "RS" },
	{ ORIEL_TXD_DEXT, "DEXT" },
	{ ORIEL_TXD_VLE, "VLE" },
	{ ORIEL_TXD_TSE, "TSE" },
	{ ORIEL_TXD_MAC_TSTAMP, "TSTAMP" },
};

/** The names of the bits that are set, with a blank before each. */
static void
print_bits(FILE *file, const struct bit *bits, unsigned int nb, uint32_t val)
{
	unsigned int i;

	for (i = 0; i < nb; i++) {
		if (val & bits[i].mask)
			fprintf(file, " %s", bits[i].name);
	}
}

/** A queue that is not set up has a ring of none. */
static int
check_range(const struct rte_eth_dev *dev, const char *what, uint16_t queue_id, uint16_t nb_desc,
	uint16_t offset, uint16_t num)
{
	if (offset < nb_desc && num <= nb_desc - offset)
		return 0;
	ORIEL_DRV_LOG(ERR,
		"port %u: %s queue %u: dump of %u descriptors from %u on: the ring has %u",
		dev->data->port_id, what, queue_id, num, offset, nb_desc);
	return -EINVAL;
}

/* ---- RX ---- */

static void
rx_dump(FILE *file, const struct oriel_rx_desc *d)
{
	const uint32_t type = ORIEL_GET(ORIEL_RXD_RSS_TYPE, d->wb.info);

	if ((d->wb.status & ORIEL_RXD_DD) == 0) {
		fprintf(file, "buffer %#" PRIx64 " header %#" PRIx64, d->q[0], d->q[1]);
		return;
	}
	fprintf(file, "length %u status %#x", d->wb.length, d->wb.status);
	print_bits(file, rx_status, RTE_DIM(rx_status), d->wb.status);
	fprintf(file, " type");
	if (d->wb.info & ORIEL_RXD_PT_ETQF)
		fprintf(file, " etqf %u", ORIEL_GET(ORIEL_RXD_PT_ETQF_IDX, d->wb.info));
	else
		print_bits(file, rx_types, RTE_DIM(rx_types), d->wb.info);
	if (type != ORIEL_RSS_NONE)
		fprintf(file, " rss %u hash %#x", type, d->wb.hash);
	if (d->wb.status & ORIEL_RXD_VP)
		fprintf(file, " vlan %#x", d->wb.vlan);
}

int
oriel_rx_descriptor_dump(
	const struct rte_eth_dev *dev, uint16_t queue_id, uint16_t offset, uint16_t num, FILE *file)
{
	const struct oriel_rxq *q = dev->data->rx_queues[queue_id];
	int ret = check_range(dev, "RX", queue_id, q == NULL ? 0 : q->nb_desc, offset, num);
	uint16_t i, next = ret == 0 ? q->next : 0;
	/* The device owns all but the last of those that the queue holds, see queue.h. */
	int owned = ret == 0 ? q->nb_desc - 1 - q->nb_hold : 0;

	for (i = 0; i < num && ret == 0; i++) {
		const uint16_t idx = oriel_ring_add(next, offset + i, q->nb_desc);
		/* The device may write it meanwhile: what is printed was read once. */
		const struct oriel_rx_desc d = {
			.q[1] = rte_le_to_cpu_64(
				__atomic_load_n(&q->ring[idx].q[1], __ATOMIC_ACQUIRE)),
			.q[0] = rte_le_to_cpu_64(
				__atomic_load_n(&q->ring[idx].q[0], __ATOMIC_RELAXED)),
		};

		fprintf(file, "rx %u descriptor %u (+%u) %s: ", queue_id, idx, offset + i,
			offset + i >= owned		   ? "not posted" :
				d.wb.status & ORIEL_RXD_DD ? "done" :
							     "posted");
		rx_dump(file, &d);
		fprintf(file, " raw %016" PRIx64 " %016" PRIx64 "\n", d.q[0], d.q[1]);
	}
	return ret;
}

/* ---- TX ---- */

static void
tx_dump_ctx(FILE *file, const struct oriel_tx_desc *d)
{
	static const char *const l4[] = { "udp", "tcp", "sctp", "reserved" };

	fprintf(file, "context %u maclen %u iplen %u l4len %u mss %u vlan %#x %s %s",
		ORIEL_GET(ORIEL_TXC_IDX, d->ctx.mss), ORIEL_GET(ORIEL_TXC_MACLEN, d->ctx.lens),
		ORIEL_GET(ORIEL_TXC_IPLEN, d->ctx.lens), ORIEL_GET(ORIEL_TXC_L4LEN, d->ctx.mss),
		ORIEL_GET(ORIEL_TXC_MSS, d->ctx.mss), ORIEL_GET(ORIEL_TXC_VLAN, d->ctx.lens),
		d->ctx.tucmd & ORIEL_TXC_IPV4 ? "ipv4" : "ipv6",
		l4[ORIEL_GET(ORIEL_TXC_L4T, d->ctx.tucmd)]);
}

static void
tx_dump(FILE *file, const struct oriel_tx_desc *d)
{
	if ((d->rd.cmd & (ORIEL_TXD_DTYP | ORIEL_TXD_DEXT)) ==
		(ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT)) {
		tx_dump_ctx(file, d);
		return;
	}
	fprintf(file, "buffer %#" PRIx64 " length %u payload %u", d->rd.addr,
		ORIEL_GET(ORIEL_TXD_DTALEN, d->rd.cmd), ORIEL_GET(ORIEL_TXD_PAYLEN, d->rd.olinfo));
	print_bits(file, tx_cmd, RTE_DIM(tx_cmd), d->rd.cmd);
	if (d->rd.olinfo & (ORIEL_TXD_IXSM | ORIEL_TXD_TXSM) ||
		d->rd.cmd & (ORIEL_TXD_VLE | ORIEL_TXD_TSE))
		fprintf(file, " context %u%s%s", ORIEL_GET(ORIEL_TXD_IDX, d->rd.olinfo),
			d->rd.olinfo & ORIEL_TXD_IXSM ? " IXSM" : "",
			d->rd.olinfo & ORIEL_TXD_TXSM ? " TXSM" : "");
	if (d->rd.olinfo & ORIEL_TXD_STA_DD)
		fprintf(file, " DD");
}

/** Descriptors from `from` on until `to` comes. */
static uint16_t
ring_distance(uint16_t from, uint16_t to, uint16_t nb_desc)
{
	return to >= from ? to - from : to + nb_desc - from;
}

int
oriel_tx_descriptor_dump(
	const struct rte_eth_dev *dev, uint16_t queue_id, uint16_t offset, uint16_t num, FILE *file)
{
	const struct oriel_txq *q = dev->data->tx_queues[queue_id];
	int ret = check_range(dev, "TX", queue_id, q == NULL ? 0 : q->nb_desc, offset, num);
	const uint16_t next = ret == 0 ? q->next : 0;
	const uint16_t used = ret == 0 ? ring_distance(q->clean, next, q->nb_desc) : 0;
	uint16_t i;

	for (i = 0; i < num && ret == 0; i++) {
		const uint16_t idx = oriel_ring_add(next, offset + i, q->nb_desc);
		const struct oriel_tx_desc d = {
			.q[1] = rte_le_to_cpu_64(
				__atomic_load_n(&q->ring[idx].q[1], __ATOMIC_ACQUIRE)),
			.q[0] = rte_le_to_cpu_64(
				__atomic_load_n(&q->ring[idx].q[0], __ATOMIC_RELAXED)),
		};

		/* The youngest in use lies right before the next one, at the end of the ring. */
		fprintf(file, "tx %u descriptor %u (+%u) %s: ", queue_id, idx, offset + i,
			offset + i >= q->nb_desc - used ? "in use" : "free");
		tx_dump(file, &d);
		fprintf(file, " raw %016" PRIx64 " %016" PRIx64 "\n", d.q[0], d.q[1]);
	}
	return ret;
}

int
oriel_tx_queue_count(void *txq)
{
	const struct oriel_txq *q = txq;
	uint16_t used = ring_distance(q->clean, q->next, q->nb_desc), rs;

	for (rs = q->rs_head; rs != q->rs_tail; rs++) {
		const uint16_t idx = q->rs_fifo[rs & q->rs_mask] & ORIEL_TX_RS_IDX;
		const uint64_t q1 = rte_le_to_cpu_64(
			__atomic_load_n(&q->ring[idx].q[1], __ATOMIC_RELAXED));

		if ((q1 >> 32 & ORIEL_TXD_STA_DD) == 0)
			break;
		used = ring_distance(oriel_ring_next(idx, q->nb_desc), q->next, q->nb_desc);
	}
	return used;
}
