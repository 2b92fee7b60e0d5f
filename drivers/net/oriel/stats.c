/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Statistics. The hardware's counters clear on read and are added up; the queues' own are
 * written by their lcores alone, so a reset only notes where they stand.
 */

#include "log.h"
#include "stats.h"

/* ---- by register ---- */

static void
add32(struct oriel_mmio *m, uint64_t *sum, uint32_t off)
{
	uint32_t val = oriel_rd32(m, off);

	/* A device that has gone, or a counter that stands at its end: no figure either way. */
	if (!m->gone && val != ORIEL_ALL_ONES)
		*sum += val;
}

static void
add64(struct oriel_mmio *m, uint64_t *sum, uint32_t off_low, uint32_t off_high)
{
	/* Low first: reading the high half clears both. */
	uint32_t low = oriel_rd32(m, off_low);
	uint32_t high = oriel_rd32(m, off_high);

	if (!m->gone && high != ORIEL_ALL_ONES)
		*sum += (uint64_t)high << 32 | low;
}

int
oriel_stats_read(struct oriel_adapter *ad)
{
	struct oriel_hw_stats *stats = &ad->stats;
	struct oriel_mmio *m = &ad->mmio;
	uint16_t i;

#define ORIEL_X(field, reg, name) add32(m, &stats->field, ORIEL_##reg);
	ORIEL_HW_STATS(ORIEL_X)
#undef ORIEL_X
#define ORIEL_X(field, lo, hi, name) add64(m, &stats->field, ORIEL_##lo, ORIEL_##hi);
	ORIEL_HW_STATS64(ORIEL_X)
#undef ORIEL_X
	for (i = 0; i < ORIEL_NB_QUEUES; i++) {
		uint32_t val = oriel_rd32(m, ORIEL_RXQ(i) + ORIEL_RQDPC);

		if (!m->gone && val != ORIEL_ALL_ONES)
			stats->rqdpc[i] += ORIEL_GET(ORIEL_RQDPC_COUNT, val);
	}
	return m->gone ? -ENODEV : 0;
}

/* ---- queues ---- */

void
oriel_stats_rxq_new(struct oriel_adapter *ad, uint16_t queue_id)
{
	memset(&ad->queue_base.rx[queue_id], 0, sizeof(ad->queue_base.rx[queue_id]));
}

void
oriel_stats_txq_new(struct oriel_adapter *ad, uint16_t queue_id)
{
	memset(&ad->queue_base.tx[queue_id], 0, sizeof(ad->queue_base.tx[queue_id]));
}

/* All fields are 64 bits: the difference of two snapshots, field by field. */
static void
subtract(uint64_t *now, const uint64_t *base, size_t size)
{
	size_t i;

	for (i = 0; i < size / sizeof(uint64_t); i++)
		now[i] -= base[i];
}

static struct oriel_rxq_stats
rxq_stats(const struct rte_eth_dev *dev, uint16_t queue_id)
{
	const struct oriel_rxq *rxq = dev->data->rx_queues[queue_id];
	struct oriel_rxq_stats now = { 0 };

	if (rxq != NULL) {
		now = rxq->stats;
		subtract((uint64_t *)&now,
			(const uint64_t *)&oriel_adapter(dev)->queue_base.rx[queue_id],
			sizeof(now));
	}
	return now;
}

static struct oriel_txq_stats
txq_stats(const struct rte_eth_dev *dev, uint16_t queue_id)
{
	const struct oriel_txq *txq = dev->data->tx_queues[queue_id];
	struct oriel_txq_stats now = { 0 };

	if (txq != NULL) {
		now = txq->stats;
		subtract((uint64_t *)&now,
			(const uint64_t *)&oriel_adapter(dev)->queue_base.tx[queue_id],
			sizeof(now));
	}
	return now;
}

/* Frames that the driver took from the ring and could not deliver. */
static uint64_t
rxq_errors(const struct oriel_rxq_stats *s)
{
	return s->bad_length + s->no_eop + s->chain_overrun + s->errors;
}

/* ---- dev_ops: basic ---- */

/* Reads the hardware into *out; what was read before a removal stays valid. */
static void
snapshot(struct rte_eth_dev *dev, struct oriel_hw_stats *out)
{
	struct oriel_adapter *ad = oriel_adapter(dev);

	rte_spinlock_lock(&ad->stats_lock);
	oriel_hw(dev)->stats_read(ad);
	*out = ad->stats;
	rte_spinlock_unlock(&ad->stats_lock);
}

static uint64_t
without_crc(uint64_t octets, uint64_t packets)
{
	uint64_t crc = packets * RTE_ETHER_CRC_LEN;

	return octets > crc ? octets - crc : 0;
}

static void
basic_stats(struct rte_eth_dev *dev, const struct oriel_hw_stats *hw, struct rte_eth_stats *stats)
{
	uint64_t no_desc = 0;
	uint16_t i;

	stats->ipackets = hw->gprc;
	stats->opackets = hw->gptc;
	stats->ibytes = without_crc(hw->gorc, hw->gprc);
	stats->obytes = without_crc(hw->gotc, hw->gptc);
	stats->imissed = hw->mpc;
	stats->ierrors = hw->crcerrs + hw->rxerrc + hw->algnerrc + hw->ruc + hw->roc;
	stats->oerrors = hw->ecol + hw->latecol;
	for (i = 0; i < ORIEL_NB_QUEUES; i++)
		no_desc += hw->rqdpc[i];
	stats->imissed += no_desc;
	/* GPRC counts at the filter: what a queue then drops is in it (not so MPC). */
	stats->ipackets -= RTE_MIN(no_desc, stats->ipackets);
	/* rx_nombuf is ethdev's: it gives what the queues added to rx_mbuf_alloc_failed. */
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq_stats rxq = rxq_stats(dev, i);

		stats->ierrors += rxq_errors(&rxq);
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++)
		stats->oerrors += txq_stats(dev, i).errors;
}

#if ORIEL_STATS_GET_HAS_QUEUES
#define QUEUE_STATS struct eth_queue_stats
#else
#define QUEUE_STATS struct rte_eth_stats
#endif

static void
queue_stats(struct rte_eth_dev *dev, const struct oriel_hw_stats *hw, QUEUE_STATS *stats)
{
	uint16_t i;

	for (i = 0; i < RTE_MIN(dev->data->nb_rx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS); i++) {
		const struct oriel_rxq_stats rxq = rxq_stats(dev, i);

		stats->q_ipackets[i] = rxq.packets;
		stats->q_ibytes[i] = rxq.bytes;
		/* All that was for the queue and did not get through it. */
		stats->q_errors[i] = rxq_errors(&rxq) + hw->rqdpc[i];
	}
	for (i = 0; i < RTE_MIN(dev->data->nb_tx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS); i++) {
		const struct oriel_txq_stats txq = txq_stats(dev, i);

		stats->q_opackets[i] = txq.packets;
		stats->q_obytes[i] = txq.bytes;
	}
}

#if ORIEL_STATS_GET_HAS_QUEUES
int
oriel_stats_get(
	struct rte_eth_dev *dev, struct rte_eth_stats *stats, struct eth_queue_stats *qstats)
{
	struct oriel_hw_stats hw;

	snapshot(dev, &hw);
	basic_stats(dev, &hw, stats);
	if (qstats != NULL)
		queue_stats(dev, &hw, qstats);
	return 0;
}
#else
int
oriel_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	struct oriel_hw_stats hw;

	snapshot(dev, &hw);
	basic_stats(dev, &hw, stats);
	queue_stats(dev, &hw, stats);
	return 0;
}
#endif

int
oriel_stats_reset(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint16_t i;

	rte_spinlock_lock(&ad->stats_lock);
	oriel_hw(dev)->stats_read(ad);
	memset(&ad->stats, 0, sizeof(ad->stats));
	memset(&ad->watch.stats, 0, sizeof(ad->watch.stats));
	rte_spinlock_unlock(&ad->stats_lock);
	__atomic_store_n(&ad->refused, 0, __ATOMIC_RELAXED);
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct oriel_rxq *rxq = dev->data->rx_queues[i];

		if (rxq != NULL)
			ad->queue_base.rx[i] = rxq->stats;
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct oriel_txq *txq = dev->data->tx_queues[i];

		if (txq != NULL)
			ad->queue_base.tx[i] = txq->stats;
	}
	return 0;
}

/* ---- dev_ops: extended ---- */

struct field {
	const char *name;
	size_t offset;
};

static const struct field hw_fields[] = {
#define ORIEL_X(field, reg, name) { name, offsetof(struct oriel_hw_stats, field) },
	ORIEL_HW_STATS(ORIEL_X)
#undef ORIEL_X
#define ORIEL_X(field, lo, hi, name) { name, offsetof(struct oriel_hw_stats, field) },
		ORIEL_HW_STATS64(ORIEL_X)
#undef ORIEL_X
};

/* Of the port, counted in software. */
static const struct field sw_fields[] = {
	{ "refused_dangerous_operations", offsetof(struct oriel_adapter, refused) },
#define ORIEL_X(field, name) { name, offsetof(struct oriel_adapter, watch.stats.field) },
	ORIEL_WATCH_STATS(ORIEL_X)
#undef ORIEL_X
};
#define NB_PORT_XSTATS (RTE_DIM(hw_fields) + RTE_DIM(sw_fields))

/* Per RX queue: name is rx_q<N>_<name>. The one that the hardware counts comes last. */
static const struct field rxq_fields[] = {
	{ "packets", offsetof(struct oriel_rxq_stats, packets) },
	{ "bytes", offsetof(struct oriel_rxq_stats, bytes) },
	{ "mbuf_alloc_failed", offsetof(struct oriel_rxq_stats, alloc_failed) },
	{ "bad_length_dropped", offsetof(struct oriel_rxq_stats, bad_length) },
	{ "no_eop_dropped", offsetof(struct oriel_rxq_stats, no_eop) },
	{ "chain_overrun_dropped", offsetof(struct oriel_rxq_stats, chain_overrun) },
	{ "mac_error_dropped", offsetof(struct oriel_rxq_stats, errors) },
};
static const char rxq_hw_name[] = "no_descriptor_dropped";

static const struct field txq_fields[] = {
	{ "packets", offsetof(struct oriel_txq_stats, packets) },
	{ "bytes", offsetof(struct oriel_txq_stats, bytes) },
	{ "contexts", offsetof(struct oriel_txq_stats, contexts) },
	{ "bad_packet_dropped", offsetof(struct oriel_txq_stats, errors) },
};

#define NB_RXQ_XSTATS (RTE_DIM(rxq_fields) + 1)
#define NB_TXQ_XSTATS RTE_DIM(txq_fields)

static unsigned int
nb_xstats(const struct rte_eth_dev *dev)
{
	return NB_PORT_XSTATS + dev->data->nb_rx_queues * NB_RXQ_XSTATS +
		dev->data->nb_tx_queues * NB_TXQ_XSTATS;
}

static uint64_t
value_of(const void *stats, const struct field *field)
{
	return *(const uint64_t *)RTE_PTR_ADD(stats, field->offset);
}

/* All values in order of their ids. Returns how many. */
static unsigned int
all_values(struct rte_eth_dev *dev, uint64_t *values)
{
	struct oriel_hw_stats hw;
	unsigned int n = 0, f;
	uint16_t q;

	snapshot(dev, &hw);
	for (f = 0; f < RTE_DIM(hw_fields); f++)
		values[n++] = value_of(&hw, &hw_fields[f]);
	for (f = 0; f < RTE_DIM(sw_fields); f++)
		values[n++] = value_of(oriel_adapter(dev), &sw_fields[f]);
	for (q = 0; q < dev->data->nb_rx_queues; q++) {
		const struct oriel_rxq_stats rxq = rxq_stats(dev, q);

		for (f = 0; f < RTE_DIM(rxq_fields); f++)
			values[n++] = value_of(&rxq, &rxq_fields[f]);
		values[n++] = hw.rqdpc[q];
	}
	for (q = 0; q < dev->data->nb_tx_queues; q++) {
		const struct oriel_txq_stats txq = txq_stats(dev, q);

		for (f = 0; f < RTE_DIM(txq_fields); f++)
			values[n++] = value_of(&txq, &txq_fields[f]);
	}
	return n;
}

/* Name of an id below nb_xstats(). */
static void
name_of(const struct rte_eth_dev *dev, unsigned int id, struct rte_eth_xstat_name *name)
{
	const unsigned int nb_rx = dev->data->nb_rx_queues * NB_RXQ_XSTATS;
	unsigned int f;

	if (id < RTE_DIM(hw_fields)) {
		snprintf(name->name, sizeof(name->name), "%s", hw_fields[id].name);
		return;
	}
	id -= RTE_DIM(hw_fields);
	if (id < RTE_DIM(sw_fields)) {
		snprintf(name->name, sizeof(name->name), "%s", sw_fields[id].name);
		return;
	}
	id -= RTE_DIM(sw_fields);
	if (id < nb_rx) {
		f = id % NB_RXQ_XSTATS;
		snprintf(name->name, sizeof(name->name), "rx_q%u_%s",
			(unsigned int)(id / NB_RXQ_XSTATS),
			f < RTE_DIM(rxq_fields) ? rxq_fields[f].name : rxq_hw_name);
		return;
	}
	id -= nb_rx;
	snprintf(name->name, sizeof(name->name), "tx_q%u_%s", (unsigned int)(id / NB_TXQ_XSTATS),
		txq_fields[id % NB_TXQ_XSTATS].name);
}

#define MAX_XSTATS (NB_PORT_XSTATS + ORIEL_NB_QUEUES * (NB_RXQ_XSTATS + NB_TXQ_XSTATS))

int
oriel_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	uint64_t values[MAX_XSTATS];
	unsigned int i, nb = nb_xstats(dev);

	if (xstats == NULL || n < nb)
		return nb;
	nb = all_values(dev, values);
	for (i = 0; i < nb; i++) {
		xstats[i].id = i;
		xstats[i].value = values[i];
	}
	return nb;
}

int
oriel_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int i, nb = nb_xstats(dev);

	if (names == NULL || n < nb)
		return nb;
	for (i = 0; i < nb; i++)
		name_of(dev, i, &names[i]);
	return nb;
}

/* Ids come from the application. */
static int
check_ids(const struct rte_eth_dev *dev, const uint64_t *ids, unsigned int n)
{
	unsigned int i, nb = nb_xstats(dev);

	for (i = 0; i < n; i++) {
		if (ids[i] >= nb) {
			ORIEL_DRV_LOG(ERR, "port %u: xstat id %" PRIu64 ": there are %u",
				oriel_adapter(dev)->port_id, ids[i], nb);
			return -EINVAL;
		}
	}
	return 0;
}

int
oriel_xstats_get_by_id(
	struct rte_eth_dev *dev, const uint64_t *ids, uint64_t *values, unsigned int n)
{
	uint64_t all[MAX_XSTATS];
	unsigned int i, nb = nb_xstats(dev);

	if (ids == NULL) {
		if (values != NULL && n >= nb)
			all_values(dev, values);
		return nb;
	}
	if (check_ids(dev, ids, n) != 0)
		return -EINVAL;
	all_values(dev, all);
	for (i = 0; i < n; i++)
		values[i] = all[ids[i]];
	return n;
}

int
oriel_xstats_get_names_by_id(struct rte_eth_dev *dev, const uint64_t *ids,
	struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int i;

	if (ids == NULL)
		return oriel_xstats_get_names(dev, names, n);
	if (check_ids(dev, ids, n) != 0)
		return -EINVAL;
	for (i = 0; i < n; i++)
		name_of(dev, ids[i], &names[i]);
	return n;
}
