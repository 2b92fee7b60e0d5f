/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Writes the twin's counters: as JSON for programs, as a table for people. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "counters.h"

const char *const twin_drop_name[TWIN_NB_DROPS] = {
	[TWIN_DROP_NO_DESC] = "no_desc",
	[TWIN_DROP_QUEUE] = "queue",
	[TWIN_DROP_FILTER] = "filter",
	[TWIN_DROP_OVERSIZE] = "oversize",
	[TWIN_DROP_DISABLED] = "disabled",
	[TWIN_DROP_TX_BAD] = "tx_bad",
	[TWIN_DROP_WIRE] = "wire",
	[TWIN_DROP_DMA] = "dma",
};

const char *
twin_wire_kind_name(enum twin_wire_kind kind)
{
	static const char *const name[] = {
		[TWIN_WIRE_NONE] = "none",
		[TWIN_WIRE_LOOP] = "loop",
		[TWIN_WIRE_PAIR] = "pair",
		[TWIN_WIRE_TAP] = "tap",
		[TWIN_WIRE_PCAP] = "pcap",
		[TWIN_WIRE_SOCKET] = "socket",
		[TWIN_WIRE_FLOOD] = "flood",
	};

	return kind <= TWIN_WIRE_FLOOD ? name[kind] : "unknown";
}

static const char *
reason_name(uint32_t reason)
{
	switch (reason) {
	case 0:
		return "no window";
	case 1:
		return "no permission";
	case 2:
		return "bus master off";
	default:
		return "unknown";
	}
}

/* Counters stay far below 2^63, JSON's integers here. */
static void
put(json_t *obj, const char *name, uint64_t val)
{
	json_object_set_new(obj, name, json_integer((json_int_t)val));
}

static void
put_ratio(json_t *obj, const char *name, uint64_t val, uint64_t frames)
{
	json_object_set_new(
		obj, name, frames == 0 ? json_null() : json_real((double)val / (double)frames));
}

static bool
queue_used(const struct twin_queue_counters *q)
{
	static const struct twin_queue_counters none;

	return memcmp(q, &none, sizeof(none)) != 0;
}

static struct twin_queue_counters
sum_queues(const struct twin_queue_counters *q)
{
	struct twin_queue_counters sum = { 0 };

	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		sum.frames += q[i].frames;
		sum.bytes += q[i].bytes;
		sum.doorbells += q[i].doorbells;
		sum.desc_fetched += q[i].desc_fetched;
		sum.desc_written += q[i].desc_written;
		sum.contexts += q[i].contexts;
		sum.dropped += q[i].dropped;
	}
	return sum;
}

static uint64_t
sum_drops(const struct twin_counters *c)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		sum += c->drops[i];
	return sum;
}

static json_t *
queue_json(const struct twin_queue_counters *q, bool tx)
{
	json_t *obj = json_object();

	put(obj, "frames", q->frames);
	put(obj, "bytes", q->bytes);
	put(obj, "doorbells", q->doorbells);
	put(obj, "desc_fetched", q->desc_fetched);
	put(obj, "desc_written", q->desc_written);
	if (tx)
		put(obj, "contexts", q->contexts);
	put(obj, "dropped", q->dropped);
	return obj;
}

static json_t *
queues_json(const struct twin_queue_counters *q, bool tx)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++) {
		json_t *obj;

		if (!queue_used(&q[i]))
			continue;
		obj = queue_json(&q[i], tx);
		put(obj, "queue", i);
		json_array_append_new(list, obj);
	}
	return list;
}

static json_t *
drops_json(const struct twin_counters *c)
{
	json_t *obj = json_object();

	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		put(obj, twin_drop_name[i], c->drops[i]);
	put(obj, "total", sum_drops(c));
	return obj;
}

static json_t *
mmio_json(const struct twin_counters *c)
{
	json_t *obj = json_object();

	put(obj, "reads", c->mmio_reads);
	put(obj, "writes", c->mmio_writes);
	put(obj, "hot_reads", c->mmio_hot_reads);
	put(obj, "hot_writes", c->mmio_hot_writes);
	put(obj, "unknown", c->mmio_unknown);
	put(obj, "bad_width", c->mmio_bad_width);
	put(obj, "single_steps", c->mmio_single_steps);
	return obj;
}

static json_t *
dma_json(const struct twin_counters *c)
{
	json_t *obj = json_object();

	put(obj, "desc_bytes_read", c->desc_bytes_read);
	put(obj, "desc_bytes_written", c->desc_bytes_written);
	put(obj, "payload_bytes_read", c->payload_bytes_read);
	put(obj, "payload_bytes_written", c->payload_bytes_written);
	put(obj, "violations", c->dma_violations);
	return obj;
}

static json_t *
per_frame_json(const struct twin_counters *c, const struct twin_queue_counters *rx,
	const struct twin_queue_counters *tx)
{
	uint64_t both = rx->frames + tx->frames;
	json_t *obj = json_object();

	put_ratio(obj, "rx_doorbells", rx->doorbells, rx->frames);
	put_ratio(obj, "tx_doorbells", tx->doorbells, tx->frames);
	put_ratio(obj, "desc_bytes", c->desc_bytes_read + c->desc_bytes_written, both);
	put_ratio(obj, "payload_bytes", c->payload_bytes_read + c->payload_bytes_written, both);
	put_ratio(obj, "hot_reads", c->mmio_hot_reads, both);
	put_ratio(obj, "hot_writes", c->mmio_hot_writes, both);
	return obj;
}

json_t *
twin_violations_json(const struct twin_counters *c, unsigned int port)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < TWIN_NB_VIOLATIONS && i < c->dma_violations; i++) {
		const struct twin_violation *v = &c->violation[i];
		json_t *obj = json_object();
		char iova[24];

		snprintf(iova, sizeof(iova), "0x%" PRIx64, v->iova);
		put(obj, "port", port);
		json_object_set_new(obj, "iova", json_string(iova));
		put(obj, "len", v->len);
		json_object_set_new(obj, "write", json_boolean(v->write != 0));
		json_object_set_new(obj, "reason", json_string(reason_name(v->reason)));
		json_array_append_new(list, obj);
	}
	return list;
}

json_t *
twin_counters_json(
	const struct twin_counters *c, const struct twin_port_config *cfg, unsigned int port)
{
	struct twin_queue_counters rx = sum_queues(c->rx), tx = sum_queues(c->tx);
	json_t *obj = json_object(), *irqs = json_array();

	put(obj, "port", port);
	json_object_set_new(obj, "pci", json_string(cfg->pci_addr));
	json_object_set_new(obj, "wire", json_string(twin_wire_kind_name(cfg->wire.kind)));
	json_object_set_new(obj, "rx", queue_json(&rx, false));
	json_object_set_new(obj, "tx", queue_json(&tx, true));
	json_object_set_new(obj, "rx_queues", queues_json(c->rx, false));
	json_object_set_new(obj, "tx_queues", queues_json(c->tx, true));
	json_object_set_new(obj, "drops", drops_json(c));
	json_object_set_new(obj, "mmio", mmio_json(c));
	json_object_set_new(obj, "dma", dma_json(c));
	for (unsigned int i = 0; i < TWIN_NB_MSIX; i++)
		json_array_append_new(irqs, json_integer((json_int_t)c->irqs[i]));
	json_object_set_new(obj, "irqs", irqs);
	put(obj, "irqs_lost", c->irq_lost);
	put(obj, "resets", c->resets);
	put(obj, "flrs", c->flrs);
	json_object_set_new(obj, "per_frame", per_frame_json(c, &rx, &tx));
	json_object_set_new(obj, "violations", twin_violations_json(c, port));
	return obj;
}

static unsigned int
ports_of(const struct twin_shared *sh, const struct twin_config *cfg)
{
	unsigned int nb = sh->nb_ports < cfg->nb_ports ? sh->nb_ports : cfg->nb_ports;

	return nb < TWIN_MAX_PORTS ? nb : TWIN_MAX_PORTS;
}

int
twin_counters_write(const struct twin_shared *sh, const struct twin_config *cfg, const char *path)
{
	json_t *all, *ports;
	int ret = 0;
	FILE *f;

	f = fopen(path, "we");
	if (f == NULL)
		return -errno;
	all = json_object();
	ports = json_array();
	for (unsigned int i = 0; i < ports_of(sh, cfg); i++)
		json_array_append_new(ports, twin_counters_json(&sh->port[i], &cfg->port[i], i));
	put(all, "seed", cfg->seed);
	json_object_set_new(all, "mmio", json_string(cfg->exact ? "exact" : "fast"));
	json_object_set_new(all, "ports", ports);
	errno = 0;
	if (json_dumpf(all, f, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) < 0 ||
		fputc('\n', f) == EOF)
		ret = errno != 0 ? -errno : -EIO;
	if (fclose(f) != 0 && ret == 0)
		ret = -errno;
	json_decref(all);
	return ret;
}

static void
print_row(const char *name, const struct twin_queue_counters *q)
{
	fprintf(stderr,
		"  %-7s %14" PRIu64 " %16" PRIu64 " %12" PRIu64 " %14" PRIu64 " %14" PRIu64
		" %10" PRIu64 " %12" PRIu64 "\n",
		name, q->frames, q->bytes, q->doorbells, q->desc_fetched, q->desc_written,
		q->contexts, q->dropped);
}

static void
print_queues(const char *dir, const struct twin_queue_counters *q)
{
	struct twin_queue_counters sum = sum_queues(q);
	unsigned int used = 0;
	char name[16];

	for (unsigned int i = 0; i < TWIN_NB_QUEUES; i++)
		used += queue_used(&q[i]);
	print_row(dir, &sum);
	for (unsigned int i = 0; used > 1 && i < TWIN_NB_QUEUES; i++) {
		if (!queue_used(&q[i]))
			continue;
		snprintf(name, sizeof(name), " %s q%u", dir, i);
		print_row(name, &q[i]);
	}
}

static void
print_ratio(const char *name, uint64_t val, uint64_t frames)
{
	if (frames != 0)
		fprintf(stderr, "  %s %.4f", name, (double)val / (double)frames);
}

static void
print_per_frame(const struct twin_counters *c)
{
	struct twin_queue_counters rx = sum_queues(c->rx), tx = sum_queues(c->tx);
	uint64_t both = rx.frames + tx.frames;

	if (both == 0)
		return;
	fputs("  per frame:", stderr);
	print_ratio("rx doorbells", rx.doorbells, rx.frames);
	print_ratio("tx doorbells", tx.doorbells, tx.frames);
	print_ratio("descriptor bytes", c->desc_bytes_read + c->desc_bytes_written, both);
	print_ratio("queue register reads", c->mmio_hot_reads, both);
	fputc('\n', stderr);
}

static void
print_drops(const struct twin_counters *c)
{
	fputs("  drops:", stderr);
	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		if (c->drops[i] != 0)
			fprintf(stderr, "  %s %" PRIu64, twin_drop_name[i], c->drops[i]);
	fputs(sum_drops(c) == 0 ? "  none\n" : "\n", stderr);
}

static void
print_violations(const struct twin_counters *c)
{
	fprintf(stderr, "  dma violations: %" PRIu64 "\n", c->dma_violations);
	/* The first ones say most; all that were recorded are in the JSON. */
	for (unsigned int i = 0; i < 4 && i < c->dma_violations; i++) {
		const struct twin_violation *v = &c->violation[i];

		fprintf(stderr, "    %s of %" PRIu64 " bytes at 0x%" PRIx64 ": %s\n",
			v->write != 0 ? "write" : "read", v->len, v->iova, reason_name(v->reason));
	}
}

static void
print_port(const struct twin_counters *c, const struct twin_port_config *cfg, unsigned int port)
{
	fprintf(stderr, "port %u, %s, wire %s\n", port, cfg->pci_addr,
		twin_wire_kind_name(cfg->wire.kind));
	fprintf(stderr, "  %-7s %14s %16s %12s %14s %14s %10s %12s\n", "", "frames", "bytes",
		"doorbells", "desc fetched", "desc written", "contexts", "dropped");
	print_queues("rx", c->rx);
	print_queues("tx", c->tx);
	print_drops(c);
	fprintf(stderr,
		"  mmio: %" PRIu64 " reads and %" PRIu64 " writes trapped, of queue registers "
		"%" PRIu64 " and %" PRIu64 ", unknown offset %" PRIu64 ", bad width %" PRIu64 "\n",
		c->mmio_reads, c->mmio_writes, c->mmio_hot_reads, c->mmio_hot_writes,
		c->mmio_unknown, c->mmio_bad_width);
	fprintf(stderr,
		"  dma bytes: descriptors %" PRIu64 " read, %" PRIu64 " written; payload %" PRIu64
		" read, %" PRIu64 " written\n",
		c->desc_bytes_read, c->desc_bytes_written, c->payload_bytes_read,
		c->payload_bytes_written);
	fputs("  interrupts:", stderr);
	for (unsigned int i = 0; i < TWIN_NB_MSIX; i++)
		if (c->irqs[i] != 0)
			fprintf(stderr, "  vector %u %" PRIu64 ",", i, c->irqs[i]);
	fprintf(stderr, "  lost %" PRIu64 "; resets %" PRIu64 ", flrs %" PRIu64 "\n", c->irq_lost,
		c->resets, c->flrs);
	print_per_frame(c);
	print_violations(c);
}

void
twin_counters_summary(const struct twin_shared *sh, const struct twin_config *cfg)
{
	for (unsigned int i = 0; i < ports_of(sh, cfg); i++)
		print_port(&sh->port[i], &cfg->port[i], i);
}
