/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What telemetry's commands show of a port. Queue fields are written by the queue's lcore
 * meanwhile: each is one aligned load, together they are of about the same time. Registers
 * whose reading changes the device are not read.
 */

#include "errors.h"
#include "ethdev.h"
#include "log.h"
#include "path.h"
#include "telemetry_show.h"

#define MAX_RANGES 24 /* of memory, in one list */
#define MAX_VLANS 64

/* ---- building blocks ---- */

static void
put_hex(struct rte_tel_data *d, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	rte_tel_data_add_dict_string(d, name, text);
}

static void
put_bool(struct rte_tel_data *d, const char *name, bool value)
{
	rte_tel_data_add_dict_int(d, name, value ? 1 : 0);
}

static void
put_mac(struct rte_tel_data *d, const char *name, const struct rte_ether_addr *addr)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(text, sizeof(text), addr);
	rte_tel_data_add_dict_string(d, name, text);
}

/* A dictionary inside another one; NULL without memory: it is left out. */
static struct rte_tel_data *
new_dict(struct rte_tel_data *d, const char *name)
{
	struct rte_tel_data *sub = rte_tel_data_alloc();

	if (sub == NULL)
		return NULL;
	rte_tel_data_start_dict(sub);
	if (rte_tel_data_add_dict_container(d, name, sub, 0) != 0) {
		rte_tel_data_free(sub);
		return NULL;
	}
	return sub;
}

static struct rte_tel_data *
new_strings(struct rte_tel_data *d, const char *name)
{
	struct rte_tel_data *sub = rte_tel_data_alloc();

	if (sub == NULL)
		return NULL;
	rte_tel_data_start_array(sub, RTE_TEL_STRING_VAL);
	if (rte_tel_data_add_dict_container(d, name, sub, 0) != 0) {
		rte_tel_data_free(sub);
		return NULL;
	}
	return sub;
}

/* Arguments behind PORT where there are none. */
static int
no_args(const struct oriel_adapter *ad, const char *args)
{
	if (args == NULL)
		return 0;
	ORIEL_DRV_LOG(ERR, "port %u: telemetry: '%.64s' behind PORT: nothing is wanted there",
		ad->port_id, args);
	return -EINVAL;
}

/* The queue that is asked for, -EINVAL if there is none such. */
static int
queue_arg(const struct oriel_adapter *ad, const char *args, uint16_t nb, unsigned int *queue)
{
	const char *rest = NULL;

	if (nb > 0 && oriel_show_number(args, nb - 1, queue, &rest) == 0 && rest == NULL)
		return 0;
	ORIEL_DRV_LOG(ERR, "port %u: telemetry: queue '%.64s': the port has %u, from 0",
		ad->port_id, args == NULL ? "" : args, nb);
	return -EINVAL;
}

/* ---- the port ---- */

int
oriel_show_info(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	static const char *const media[] = { "copper", "serdes", "sgmii" };
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct rte_pci_device *pci = ORIEL_DEV_TO_PCI(dev);
	char version[16] = "";

	if (no_args(ad, args) != 0)
		return -EINVAL;
	oriel_fw_version_get(dev, version, sizeof(version));
	rte_tel_data_add_dict_string(d, "pci", pci->name);
	put_hex(d, "device_id", pci->id.device_id);
	rte_tel_data_add_dict_string(d, "media", media[ad->media % RTE_DIM(media)]);
	rte_tel_data_add_dict_int(d, "lan", ad->lan_id);
	put_hex(d, "phy_id", ad->phy_id);
	rte_tel_data_add_dict_int(d, "nvm_bytes", 2 * ad->nvm_words);
	rte_tel_data_add_dict_string(d, "nvm_version", version);
	put_mac(d, "permanent_mac", &ad->perm_addr);
	put_bool(d, "started", ad->started);
	put_bool(d, "gone", ad->mmio.gone);
	put_bool(d, "link_wanted", ad->link_wanted);
	rte_tel_data_add_dict_string(
		d, "link", dev->data->dev_link.link_status == RTE_ETH_LINK_UP ? "up" : "down");
	put_hex(d, "status", oriel_rd32(&ad->mmio, ORIEL_STATUS));
	rte_tel_data_add_dict_int(d, "max_frame", ad->max_frame);
	rte_tel_data_add_dict_int(d, "rx_queues", dev->data->nb_rx_queues);
	rte_tel_data_add_dict_int(d, "tx_queues", dev->data->nb_tx_queues);
	put_bool(d, "loopback", ad->rx_mode.loopback);
	oriel_tel_add_u64(
		d, "refused_dangerous_operations", __atomic_load_n(&ad->refused, __ATOMIC_RELAXED));
	return 0;
}

/* ---- queues ---- */

static void
put_ring(struct rte_tel_data *d, const struct rte_memzone *mz, uint16_t nb_desc)
{
	rte_tel_data_add_dict_int(d, "nb_desc", nb_desc);
	if (mz != NULL)
		put_hex(d, "ring_iova", mz->iova);
}

static const char *
state_name(uint8_t state)
{
	return state == RTE_ETH_QUEUE_STATE_STARTED ? "started" : "stopped";
}

int
oriel_show_rxq(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_rxq *q;
	unsigned int queue;

	if (queue_arg(ad, args, RTE_MIN(dev->data->nb_rx_queues, ORIEL_NB_QUEUES), &queue) != 0)
		return -EINVAL;
	rte_tel_data_add_dict_int(d, "queue", queue);
	q = ad->shown_rxq[queue];
	put_bool(d, "set_up", q != NULL);
	if (q == NULL)
		return 0;
	rte_tel_data_add_dict_string(d, "state", state_name(dev->data->rx_queue_state[queue]));
	put_ring(d, q->mz, q->nb_desc);
	rte_tel_data_add_dict_int(d, "next", q->next);
	rte_tel_data_add_dict_int(d, "to_refill", q->nb_hold);
	rte_tel_data_add_dict_int(d, "refill_head", q->refill_head);
	rte_tel_data_add_dict_int(d, "free_thresh", q->free_thresh);
	rte_tel_data_add_dict_int(d, "pthresh", q->pthresh);
	rte_tel_data_add_dict_int(d, "hthresh", q->hthresh);
	rte_tel_data_add_dict_int(d, "wthresh", q->wthresh);
	put_hex(d, "rdh", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_RDH));
	put_hex(d, "rdt", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_RDT));
	put_hex(d, "rxdctl", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_RXDCTL));
	rte_tel_data_add_dict_int(d, "buffer_bytes", q->buf_len);
	put_bool(d, "drop_en", q->drop_en);
	put_bool(d, "deferred_start", q->deferred_start);
	put_hex(d, "offloads", q->offloads);
	rte_tel_data_add_dict_string(d, "pool", q->mp != NULL ? q->mp->name : "");
	oriel_tel_add_u64(d, "packets", q->stats.packets);
	oriel_tel_add_u64(d, "bytes", q->stats.bytes);
	oriel_tel_add_u64(d, "alloc_failed", q->stats.alloc_failed);
	return 0;
}

int
oriel_show_txq(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_txq *q;
	unsigned int queue;

	if (queue_arg(ad, args, RTE_MIN(dev->data->nb_tx_queues, ORIEL_NB_QUEUES), &queue) != 0)
		return -EINVAL;
	rte_tel_data_add_dict_int(d, "queue", queue);
	q = ad->shown_txq[queue];
	put_bool(d, "set_up", q != NULL);
	if (q == NULL)
		return 0;
	rte_tel_data_add_dict_string(d, "state", state_name(dev->data->tx_queue_state[queue]));
	put_ring(d, q->mz, q->nb_desc);
	rte_tel_data_add_dict_int(d, "next", q->next);
	rte_tel_data_add_dict_int(d, "clean", q->clean);
	rte_tel_data_add_dict_int(d, "free", q->nb_free);
	rte_tel_data_add_dict_int(d, "since_rs", q->nb_used);
	rte_tel_data_add_dict_int(d, "rs_pending", (uint16_t)(q->rs_tail - q->rs_head));
	rte_tel_data_add_dict_int(d, "rs_thresh", q->rs_thresh);
	rte_tel_data_add_dict_int(d, "free_thresh", q->free_thresh);
	rte_tel_data_add_dict_int(d, "pthresh", q->pthresh);
	rte_tel_data_add_dict_int(d, "hthresh", q->hthresh);
	rte_tel_data_add_dict_int(d, "wthresh", q->wthresh);
	put_hex(d, "tdh", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_TDH));
	put_hex(d, "tdt", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_TDT));
	put_hex(d, "txdctl", oriel_rd32(&ad->mmio, q->reg_base + ORIEL_TXDCTL));
	put_bool(d, "deferred_start", q->deferred_start);
	put_bool(d, "fast_free", q->fast_free);
	put_hex(d, "offloads", q->offloads);
	oriel_tel_add_u64(d, "packets", q->stats.packets);
	oriel_tel_add_u64(d, "bytes", q->stats.bytes);
	oriel_tel_add_u64(d, "contexts", q->stats.contexts);
	oriel_tel_add_u64(d, "errors", q->stats.errors);
	return 0;
}

int
oriel_show_path(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct rte_eth_burst_mode rx = { 0 }, tx = { 0 };
	struct oriel_adapter *ad = oriel_adapter(dev);

	if (no_args(ad, args) != 0)
		return -EINVAL;
	/* Which ones a start would take is known at the start alone. */
	if (oriel_rx_burst_mode_get(dev, 0, &rx) != 0)
		snprintf(rx.info, sizeof(rx.info), "none");
	if (oriel_tx_burst_mode_get(dev, 0, &tx) != 0)
		snprintf(tx.info, sizeof(tx.info), "none");
	put_bool(d, "started", ad->started);
	rte_tel_data_add_dict_string(d, "rx", rx.info);
	rte_tel_data_add_dict_string(d, "tx", tx.info);
	rte_tel_data_add_dict_int(d, "forced_simd_bits", ad->forced_simd);
	put_bool(d, "scattered_rx", dev->data->scattered_rx);
	put_hex(d, "rx_offloads", dev->data->dev_conf.rxmode.offloads);
	put_hex(d, "tx_offloads", dev->data->dev_conf.txmode.offloads);
	return 0;
}

static void
put_context(struct rte_tel_data *d, const char *name, const struct oriel_tx_ctx *ctx)
{
	/* As in a descriptor: lens and sa_idx, then tucmd and mss. */
	const uint32_t lens = ctx->q0, tucmd = ctx->q1, mss = ctx->q1 >> 32;
	static const char *const l4[] = { "udp", "tcp", "sctp", "?" };
	struct rte_tel_data *sub = ctx->q1 == 0 ? NULL : new_dict(d, name);

	if (sub == NULL)
		return;
	rte_tel_data_add_dict_int(sub, "mac_len", ORIEL_GET(ORIEL_TXC_MACLEN, lens));
	rte_tel_data_add_dict_int(sub, "ip_len", ORIEL_GET(ORIEL_TXC_IPLEN, lens));
	rte_tel_data_add_dict_int(sub, "vlan", ORIEL_GET(ORIEL_TXC_VLAN, lens));
	put_bool(sub, "ipv4", (tucmd & ORIEL_TXC_IPV4) != 0);
	rte_tel_data_add_dict_string(sub, "l4", l4[ORIEL_GET(ORIEL_TXC_L4T, tucmd)]);
	rte_tel_data_add_dict_int(sub, "l4_len", ORIEL_GET(ORIEL_TXC_L4LEN, mss));
	rte_tel_data_add_dict_int(sub, "mss", ORIEL_GET(ORIEL_TXC_MSS, mss));
}

int
oriel_show_contexts(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	char name[24];
	unsigned int i, slot;

	if (no_args(ad, args) != 0)
		return -EINVAL;
	for (i = 0; i < dev->data->nb_tx_queues && i < ORIEL_NB_QUEUES; i++) {
		const struct oriel_txq *q = ad->shown_txq[i];
		struct rte_tel_data *sub;

		snprintf(name, sizeof(name), "txq_%u", i);
		sub = q == NULL ? NULL : new_dict(d, name);
		if (sub == NULL)
			continue;
		rte_tel_data_add_dict_int(sub, "last", q->ctx_last);
		oriel_tel_add_u64(sub, "written", q->stats.contexts);
		for (slot = 0; slot < ORIEL_NB_TX_CTX; slot++) {
			snprintf(name, sizeof(name), "slot_%u", slot);
			put_context(sub, name, &q->ctx[slot]);
		}
	}
	return 0;
}

/* ---- filters: what the registers hold ---- */

static void
put_addresses(struct oriel_mmio *m, struct rte_tel_data *d)
{
	struct rte_tel_data *sub = new_dict(d, "mac");
	struct rte_ether_addr addr;
	char name[24];
	unsigned int i, j;

	for (i = 0; i < ORIEL_NB_RAR && sub != NULL; i++) {
		const uint32_t low = oriel_rd32(m, ORIEL_RAL(i)),
			       high = oriel_rd32(m, ORIEL_RAH(i));

		if (m->gone || (high & ORIEL_RAH_AV) == 0)
			continue;
		for (j = 0; j < RTE_ETHER_ADDR_LEN; j++)
			addr.addr_bytes[j] = (j < 4 ? low : high) >> (8 * (j % 4));
		snprintf(name, sizeof(name), "ra_%u", i);
		put_mac(sub, name, &addr);
	}
}

/* VLANs as ranges, so that all 4096 are one line. */
static void
put_vlans(const struct oriel_rx_mode *mode, struct rte_tel_data *d)
{
	struct rte_tel_data *sub = new_strings(d, "vlans");
	unsigned int id, first, n = 0;
	char text[24];

	for (id = 0; id <= RTE_ETHER_MAX_VLAN_ID && sub != NULL; id++) {
		if ((mode->vfta[id / 32] & ORIEL_BIT(id % 32)) == 0)
			continue;
		for (first = id; id < RTE_ETHER_MAX_VLAN_ID &&
			(mode->vfta[(id + 1) / 32] & ORIEL_BIT((id + 1) % 32)) != 0;
			id++)
			;
		if (n++ < MAX_VLANS) {
			snprintf(text, sizeof(text), first == id ? "%u" : "%u-%u", first, id);
			rte_tel_data_add_array_string(sub, text);
		}
	}
	rte_tel_data_add_dict_int(d, "vlans_left_out", n > MAX_VLANS ? n - MAX_VLANS : 0);
}

static void
put_enabled(struct oriel_mmio *m, struct rte_tel_data *d, const char *name, uint32_t base,
	unsigned int nb, uint32_t enabled)
{
	struct rte_tel_data *sub = new_dict(d, name);
	char entry[24];
	unsigned int i;

	for (i = 0; i < nb && sub != NULL; i++) {
		const uint32_t val = oriel_rd32(m, base + 4 * i);

		if (m->gone || (val & enabled) == 0)
			continue;
		snprintf(entry, sizeof(entry), "%s_%u", name, i);
		put_hex(sub, entry, val);
	}
}

int
oriel_show_filters(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_rx_mode *mode = &ad->rx_mode;
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i, multicast = 0;

	if (no_args(ad, args) != 0)
		return -EINVAL;
	for (i = 0; i < ORIEL_NB_MTA; i++)
		multicast += __builtin_popcount(mode->mta[i]);
	put_bool(d, "promiscuous", mode->promiscuous);
	put_bool(d, "allmulticast", mode->allmulticast);
	put_bool(d, "vlan_filter", mode->vlan_filter);
	put_bool(d, "vlan_strip", mode->vlan_strip);
	put_hex(d, "rctl", oriel_rd32(m, ORIEL_RCTL));
	put_addresses(m, d);
	rte_tel_data_add_dict_int(d, "multicast_hashes", multicast);
	put_vlans(mode, d);
	put_enabled(m, d, "etqf", ORIEL_ETQF(0), ORIEL_NB_ETQF, ORIEL_ETQF_FILTER_EN);
	put_enabled(m, d, "ftqf", ORIEL_FTQF(0), ORIEL_NB_FTQF, ORIEL_FTQF_QUEUE_EN);
	put_enabled(m, d, "synqf", ORIEL_SYNQF, 1, ORIEL_SYNQF_EN);
	return m->gone ? -ENODEV : 0;
}

/* ---- interrupts ---- */

int
oriel_show_interrupts(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	static const char *const mode[] = { "off", "single", "msix" };
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct oriel_intr *intr = &ad->intr;
	struct oriel_mmio *m = &ad->mmio;
	struct rte_tel_data *sub;
	char name[24];
	uint16_t i;

	if (no_args(ad, args) != 0)
		return -EINVAL;
	rte_tel_data_add_dict_string(d, "mode", mode[intr->mode % RTE_DIM(mode)]);
	put_bool(d, "handler_registered", intr->registered);
	put_bool(d, "link", intr->link);
	rte_tel_data_add_dict_int(d, "rx_queues", intr->nb_rxq);
	rte_tel_data_add_dict_int(d, "rx_vectors", intr->nb_rx_vectors);
	sub = new_dict(d, "vectors");
	if (sub != NULL && intr->mode != ORIEL_INTR_OFF)
		rte_tel_data_add_dict_int(sub, "other", 0);
	for (i = 0; i < intr->nb_rxq && sub != NULL; i++) {
		snprintf(name, sizeof(name), "rxq_%u", i);
		rte_tel_data_add_dict_int(sub, name, oriel_intr_rx_vector(intr, i));
	}
	put_hex(d, "gpie", oriel_rd32(m, ORIEL_GPIE));
	put_hex(d, "ims", oriel_rd32(m, ORIEL_IMS));
	put_hex(d, "eims", oriel_rd32(m, ORIEL_EIMS));
	put_hex(d, "eiac", oriel_rd32(m, ORIEL_EIAC));
	put_hex(d, "eiam", oriel_rd32(m, ORIEL_EIAM));
	put_hex(d, "ivar_misc", oriel_rd32(m, ORIEL_IVAR_MISC));
	for (i = 0; i < ORIEL_NB_QUEUES / 2; i++) {
		snprintf(name, sizeof(name), "ivar_%u", i);
		put_hex(d, name, oriel_rd32(m, ORIEL_IVAR(i)));
	}
	return m->gone ? -ENODEV : 0;
}

/* ---- errors ---- */

int
oriel_show_errors(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_error kept[ORIEL_NB_ERRORS];
	struct rte_tel_data *sub;
	unsigned int i, n;
	uint64_t total;
	char text[RTE_TEL_MAX_STRING_LEN];

	if (no_args(oriel_adapter(dev), args) != 0)
		return -EINVAL;
	n = oriel_errors_get(dev->data->port_id, kept, &total);
	oriel_tel_add_u64(d, "total", total);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "error_%" PRIu64, kept[i].number);
		sub = new_dict(d, text);
		if (sub == NULL)
			continue;
		oriel_tel_add_u64(sub, "time_ms", kept[i].time_ms);
		rte_tel_data_add_dict_string(
			sub, "level", kept[i].level <= RTE_LOG_ERR ? "error" : "warning");
		/* A string of telemetry has 127 bytes at most. */
		snprintf(text, sizeof(text), "%s", kept[i].text);
		rte_tel_data_add_dict_string(sub, "text", text);
		if (strlen(kept[i].text) >= sizeof(text))
			rte_tel_data_add_dict_string(sub, "rest", kept[i].text + sizeof(text) - 1);
	}
	return 0;
}

/* ---- memory ---- */

struct ranges {
	struct rte_tel_data *d;
	unsigned int nb;
	uint64_t bytes;
};

static void
add_range(struct ranges *r, const char *what, uint64_t iova, uint64_t len)
{
	char text[RTE_TEL_MAX_STRING_LEN];

	r->bytes += len;
	if (r->nb++ >= MAX_RANGES || r->d == NULL)
		return;
	snprintf(text, sizeof(text), "%s 0x%" PRIx64 "+0x%" PRIx64, what, iova, len);
	rte_tel_data_add_array_string(r->d, text);
}

static void
add_chunk(struct rte_mempool *mp, void *arg, struct rte_mempool_memhdr *chunk, unsigned int idx)
{
	RTE_SET_USED(idx);
	add_range(arg, mp->name, chunk->iova, chunk->len);
}

static int
add_memseg(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	/* Memory of the application's own is in the device's reach only if it was mapped for it. */
	if (!msl->external)
		add_range(arg, "eal", ms->iova, len);
	return 0;
}

static void
put_ranges(struct rte_tel_data *d, const char *name, const struct ranges *r)
{
	char text[48];

	snprintf(text, sizeof(text), "%s_bytes", name);
	oriel_tel_add_u64(d, text, r->bytes);
	snprintf(text, sizeof(text), "%s_left_out", name);
	rte_tel_data_add_dict_int(d, text, r->nb > MAX_RANGES ? r->nb - MAX_RANGES : 0);
}

int
oriel_show_dma(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct ranges rings = { 0 }, pools = { 0 }, eal = { 0 };
	char name[24];
	unsigned int i, j;

	if (no_args(ad, args) != 0)
		return -EINVAL;
	rings.d = new_strings(d, "rings");
	for (i = 0; i < 2 * ORIEL_NB_QUEUES; i++) {
		const bool tx = i >= ORIEL_NB_QUEUES;
		const unsigned int q = i % ORIEL_NB_QUEUES;
		const struct rte_memzone *mz = NULL;

		if (tx && ad->shown_txq[q] != NULL)
			mz = ad->shown_txq[q]->mz;
		else if (!tx && ad->shown_rxq[q] != NULL)
			mz = ad->shown_rxq[q]->mz;
		snprintf(name, sizeof(name), "%s_%u", tx ? "txq" : "rxq", q);
		if (mz != NULL)
			add_range(&rings, name, mz->iova, mz->len);
	}
	put_ranges(d, "rings", &rings);
	/* Each pool once; what is sent comes from where the application takes it. */
	pools.d = new_strings(d, "rx_pools");
	for (i = 0; i < ORIEL_NB_QUEUES; i++) {
		const struct oriel_rxq *q = ad->shown_rxq[i];

		for (j = 0; j < i && q != NULL; j++) {
			if (ad->shown_rxq[j] != NULL && ad->shown_rxq[j]->mp == q->mp)
				q = NULL;
		}
		if (q != NULL && q->mp != NULL)
			rte_mempool_mem_iter(q->mp, add_chunk, &pools);
	}
	put_ranges(d, "rx_pools", &pools);
	/* What EAL has mapped for the device: it may reach all of it. */
	eal.d = new_strings(d, "reachable");
	rte_memseg_contig_walk(add_memseg, &eal);
	put_ranges(d, "reachable", &eal);
	return 0;
}
