/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Runs the bursts of the path table over frames that a device made of a few lines
 * completes, for callgrind to count the instructions of the bursts alone:
 *
 *   valgrind --tool=callgrind --collect-atstart=no --instr-atstart=no oriel-icount ...
 *
 * A line on stdout for each count says what it is of; callgrind dumps one part for each,
 * in this order. The first is of a burst that does nothing: the cost of counting.
 */

#include <getopt.h>
#include <inttypes.h>
#include <valgrind/callgrind.h>

#include "../unit/datapath_bed.h"

#define RING 512
#define RS_THRESH 32
#define POOL 4095
#define POOL_CACHE 256
#define MAX_BURST 64
#define MAX_NAMES 16
#define FRAME_LEN 60
#define AVX2_BITS 256
#define WARM_UP (4 * RING) /* packets until rings and pool are as they stay */

/** What there is to do. */
struct plan {
	const char *job;	     /* "rx", "tx", NULL: both */
	const char *rows[MAX_NAMES]; /* names; none: every scalar and AVX2 row */
	unsigned int nb_rows;
	unsigned int bursts[MAX_NAMES];
	unsigned int nb_bursts;
	unsigned int packets;
};

/** Frames of one kind and what they need of the queue. */
struct work {
	const char *name;
	unsigned int segs;
	uint64_t offloads; /* of the queue, and of the packets to send */
};

typedef uint16_t (*burst_fn)(void *queue, struct rte_mbuf **pkts, uint16_t n);

static struct rte_mempool *pool;
static uint64_t seed;

/* ---- counting ---- */

static __rte_noinline uint16_t
burst_nothing(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	(void)queue;
	/* Else the compiler leaves the call out. */
	__asm__ volatile("" : : "r"(pkts) : "memory");
	return n;
}

static __rte_noinline uint16_t
counted(burst_fn burst, void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t done;

	CALLGRIND_TOGGLE_COLLECT;
	done = burst(queue, pkts, n);
	CALLGRIND_TOGGLE_COLLECT;
	return done;
}

static void
start_counting(void)
{
	CALLGRIND_ZERO_STATS;
}

/* What was counted since start_counting() becomes a part with this name. */
static void
stop_counting(const char *side, const char *row, const char *work, unsigned int burst,
	unsigned int bursts)
{
	char label[128];

	snprintf(label, sizeof(label), "%s/%s/%s/%u", side, row, work, burst);
	CALLGRIND_DUMP_STATS_AT(label);
	printf("{\"label\": \"%s\", \"packets\": %u, \"bursts\": %u}\n", label, burst * bursts,
		bursts);
	fflush(stdout);
}

/* ---- RX ---- */

static const uint32_t statuses[] = {
	0,
	ORIEL_RXD_VP,
	ORIEL_RXD_IPCS | ORIEL_RXD_L4CS,
	ORIEL_RXD_IPCS | ORIEL_RXD_L4CS | ORIEL_RXD_VP,
	ORIEL_RXD_IPCS | ORIEL_RXD_L4CS | ORIEL_RXD_L4E,
	ORIEL_RXD_IPCS | ORIEL_RXD_IPE,
};

static const uint32_t infos[] = {
	0,
	ORIEL_RXD_PT_IPV4 | ORIEL_RSS_IPV4,
	ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_TCP | ORIEL_RSS_TCP_IPV4,
	ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_UDP | ORIEL_RSS_UDP_IPV4,
	ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_TCP | ORIEL_RSS_TCP_IPV6,
};

/** The device receives n frames from descriptor idx on; returns the next one. */
static uint16_t
rx_device(struct oriel_rxq *q, uint16_t idx, unsigned int n, unsigned int segs)
{
	for (unsigned int i = 0; i < n; i++) {
		uint32_t status = statuses[bed_random(&seed) % RTE_DIM(statuses)];
		uint32_t info = infos[bed_random(&seed) % RTE_DIM(infos)];

		for (unsigned int s = 1; s < segs; s++) {
			bed_rx_done(q, idx, info, 0, ORIEL_RXD_DD, q->buf_len, 0);
			idx = (idx + 1) % RING;
		}
		bed_rx_done(q, idx, info, (uint32_t)bed_random(&seed),
			ORIEL_RXD_DD | ORIEL_RXD_EOP | status, FRAME_LEN, 1);
		idx = (idx + 1) % RING;
	}
	return idx;
}

static int
rx_count(const struct oriel_rx_path *row, const struct work *w, unsigned int burst,
	unsigned int packets)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, RS_THRESH, w->offloads);
	struct rte_mbuf *pkts[MAX_BURST];
	unsigned int warm = WARM_UP / burst, bursts = packets / burst;
	uint16_t idx = 0, n;

	/* The same frames for each row, whatever was counted before. */
	seed = 1;
	for (unsigned int i = 0; i < warm + bursts; i++) {
		if (i == warm)
			start_counting();
		idx = rx_device(q, idx, burst, w->segs);
		n = counted(row->burst, q, pkts, burst);
		if (n != burst || pkts[n - 1]->nb_segs != w->segs) {
			fprintf(stderr,
				"oriel-icount: \"%s\" gave %u of %u frames, in %u segments\n",
				row->name, n, burst, n > 0 ? pkts[n - 1]->nb_segs : 0);
			return -1;
		}
		rte_pktmbuf_free_bulk(pkts, n);
	}
	stop_counting("rx", row->name, w->name, burst, bursts);
	bed_rxq_done(q);
	return 0;
}

/* ---- TX ---- */

/** The device sends what lies in [idx, next) of the ring and writes back where it is asked. */
static uint16_t
tx_device(struct oriel_txq *q, uint16_t idx)
{
	for (; idx != q->next; idx = (idx + 1) % RING)
		if (q->ring[idx].rd.cmd & ORIEL_TXD_RS)
			q->ring[idx].q[1] = (uint64_t)ORIEL_TXD_STA_DD << 32;
	return idx;
}

static struct rte_mbuf *
tx_packet(const struct work *w, unsigned int flow)
{
	struct rte_mbuf *head = NULL, *m;

	for (unsigned int s = 0; s < w->segs; s++) {
		m = rte_pktmbuf_alloc(pool);
		if (m == NULL || rte_pktmbuf_append(m, FRAME_LEN) == NULL ||
			(head != NULL && rte_pktmbuf_chain(head, m) != 0))
			return NULL;
		head = head == NULL ? m : head;
	}
	if (head == NULL || !(w->offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM))
		return head;
	/* Two classes of flows, as the device has two contexts. */
	head->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_VLAN |
		(flow & 1 ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM);
	head->l2_len = RTE_ETHER_HDR_LEN;
	head->l3_len = 20;
	head->vlan_tci = 5;
	return head;
}

static int
tx_count(const struct oriel_tx_path *row, const struct work *w, unsigned int burst,
	unsigned int packets)
{
	struct oriel_txq *q = bed_txq(RING, RS_THRESH, RS_THRESH);
	struct rte_mbuf *pkts[MAX_BURST];
	unsigned int warm = WARM_UP / burst, bursts = packets / burst;
	uint16_t idx = 0, n;

	q->offloads = w->offloads;
	q->fast_free = w->offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	seed = 1;
	for (unsigned int i = 0; i < warm + bursts; i++) {
		if (i == warm)
			start_counting();
		for (unsigned int k = 0; k < burst; k++) {
			pkts[k] = tx_packet(w, (unsigned int)bed_random(&seed));
			if (pkts[k] == NULL) {
				fprintf(stderr, "oriel-icount: \"%s\": mbufs are lost\n",
					row->name);
				return -1;
			}
		}
		n = counted(row->burst, q, pkts, burst);
		if (n != burst || q->stats.errors != 0) {
			fprintf(stderr,
				"oriel-icount: \"%s\" took %u of %u packets, %" PRIu64
				" of them bad\n",
				row->name, n, burst, q->stats.errors);
			return -1;
		}
		idx = tx_device(q, idx);
	}
	stop_counting("tx", row->name, w->name, burst, bursts);
	bed_txq_done(q);
	return 0;
}

/* ---- rows ---- */

#define RX_OFFLOADS \
	(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | \
		RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_RSS_HASH)
#define TX_OFFLOADS \
	(RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM)

static const struct work rx_works[] = {
	{ "min", 1, RX_OFFLOADS },
	{ "chain", 2, RX_OFFLOADS | RTE_ETH_RX_OFFLOAD_SCATTER },
};

static const struct work tx_works[] = {
	{ "min", 1, 0 },
	{ "fast", 1, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE },
	{ "chain", 2, RTE_ETH_TX_OFFLOAD_MULTI_SEGS },
	{ "offload", 1, TX_OFFLOADS },
};

static bool
is_named(const struct plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->nb_rows; i++)
		if (strcmp(plan->rows[i], name) == 0)
			return true;
	return plan->nb_rows == 0;
}

/* Whether to run a row; says so if it is wanted and this CPU (or valgrind) cannot run it. */
static bool
is_wanted(const struct plan *plan, const char *side, const char *name, uint16_t simd_width)
{
	bool is_run_by_default = simd_width == 0 || simd_width == AVX2_BITS;
	const char *why;

	if (!is_named(plan, name) || (plan->nb_rows == 0 && !is_run_by_default))
		return false;
	why = simd_width > AVX2_BITS ? "valgrind has no AVX-512" :
				       oriel_path_simd_missing(simd_width);
	if (why != NULL)
		printf("{\"label\": \"%s/%s\", \"skipped\": \"%s\"}\n", side, name, why);
	return why == NULL;
}

static int
rx_rows(const struct plan *plan)
{
	unsigned int nb_rows, i, k, b;
	const struct oriel_rx_path *rows = oriel_path_rx_table(&nb_rows);

	for (i = 0; i < nb_rows; i++) {
		if (!is_wanted(plan, "rx", rows[i].name, rows[i].simd_width))
			continue;
		for (k = 0; k < RTE_DIM(rx_works); k++) {
			if (rx_works[k].segs > 1 && !rows[i].scattered)
				continue;
			for (b = 0; b < plan->nb_bursts; b++)
				if (rx_count(&rows[i], &rx_works[k], plan->bursts[b],
					    plan->packets) != 0)
					return -1;
		}
	}
	return 0;
}

static int
tx_rows(const struct plan *plan)
{
	unsigned int nb_rows, i, k, b;
	const struct oriel_tx_path *rows = oriel_path_tx_table(&nb_rows);

	for (i = 0; i < nb_rows; i++) {
		if (!is_wanted(plan, "tx", rows[i].name, rows[i].simd_width))
			continue;
		for (k = 0; k < RTE_DIM(tx_works); k++) {
			if (tx_works[k].offloads & ~rows[i].offloads)
				continue;
			for (b = 0; b < plan->nb_bursts; b++)
				if (tx_count(&rows[i], &tx_works[k], plan->bursts[b],
					    plan->packets) != 0)
					return -1;
		}
	}
	return 0;
}

/** The cost of the call and of the switch that starts and stops counting. */
static void
nothing_count(const struct plan *plan)
{
	struct rte_mbuf *pkts[MAX_BURST];
	unsigned int bursts = plan->packets / MAX_BURST;

	start_counting();
	for (unsigned int i = 0; i < bursts; i++)
		counted(burst_nothing, NULL, pkts, MAX_BURST);
	stop_counting("none", "nothing", "none", MAX_BURST, bursts);
}

static void
list_rows(void)
{
	unsigned int n, i;
	const struct oriel_rx_path *rx = oriel_path_rx_table(&n);
	const struct oriel_tx_path *tx;

	for (i = 0; i < n; i++)
		printf("{\"side\": \"rx\", \"row\": \"%s\", \"simd_width\": %u}\n", rx[i].name,
			rx[i].simd_width);
	tx = oriel_path_tx_table(&n);
	for (i = 0; i < n; i++)
		printf("{\"side\": \"tx\", \"row\": \"%s\", \"simd_width\": %u}\n", tx[i].name,
			tx[i].simd_width);
}

/* ---- command line ---- */

static const char usage[] =
	"usage: oriel-icount [--list] [--job rx|tx] [--row NAME]... [--burst N]... [--packets N]\n"
	"\n"
	"  --list       the rows of the path table, a JSON object a line, and no more\n"
	"  --job        rx or tx alone (default: both)\n"
	"  --row        a row by its name (default: all that are scalar or 256 bits wide)\n"
	"  --burst      packets a burst, 1 to 64 (default: 32 and 4)\n"
	"  --packets    packets for each count, 64 to 1000000 (default 4096)\n";

static bool
has_row(const char *name)
{
	unsigned int n, i;
	const struct oriel_rx_path *rx = oriel_path_rx_table(&n);
	const struct oriel_tx_path *tx;

	for (i = 0; i < n; i++)
		if (strcmp(rx[i].name, name) == 0)
			return true;
	tx = oriel_path_tx_table(&n);
	for (i = 0; i < n; i++)
		if (strcmp(tx[i].name, name) == 0)
			return true;
	return false;
}

static unsigned int
number(const char *option, const char *text, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max) {
		fprintf(stderr, "oriel-icount: --%s %s: %u to %u is accepted\n", option, text, min,
			max);
		exit(2);
	}
	return value;
}

static void
take_option(struct plan *plan, int opt)
{
	bool full = plan->nb_rows == MAX_NAMES || plan->nb_bursts == MAX_NAMES;

	if (opt == 'j' && strcmp(optarg, "rx") != 0 && strcmp(optarg, "tx") != 0) {
		fprintf(stderr, "oriel-icount: --job %s: rx and tx are accepted\n", optarg);
		exit(2);
	}
	if (opt == 'r' && !has_row(optarg)) {
		fprintf(stderr, "oriel-icount: --row \"%s\": no such row; --list names them\n",
			optarg);
		exit(2);
	}
	if ((opt == 'r' || opt == 'b') && full) {
		fprintf(stderr, "oriel-icount: %s: at most %u are accepted\n", optarg, MAX_NAMES);
		exit(2);
	}
	if (opt == 'j')
		plan->job = optarg;
	else if (opt == 'r')
		plan->rows[plan->nb_rows++] = optarg;
	else if (opt == 'b')
		plan->bursts[plan->nb_bursts++] = number("burst", optarg, 1, MAX_BURST);
	else if (opt == 'p')
		plan->packets = number("packets", optarg, MAX_BURST, 1000000);
}

static void
read_options(struct plan *plan, int argc, char **argv)
{
	static const struct option options[] = { { "list", no_argument, NULL, 'l' },
		{ "job", required_argument, NULL, 'j' }, { "row", required_argument, NULL, 'r' },
		{ "burst", required_argument, NULL, 'b' },
		{ "packets", required_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?' || opt == 'h') {
			fputs(usage, opt == '?' ? stderr : stdout);
			exit(opt == '?' ? 2 : 0);
		}
		if (opt == 'l') {
			list_rows();
			exit(0);
		}
		take_option(plan, opt);
	}
	if (optind != argc) {
		fprintf(stderr, "oriel-icount: '%s' is no option\n%s", argv[optind], usage);
		exit(2);
	}
	if (plan->nb_bursts == 0) {
		plan->bursts[0] = 32;
		plan->bursts[1] = 4;
		plan->nb_bursts = 2;
	}
}

int
main(int argc, char **argv)
{
	struct plan plan = { .packets = 4096 };

	read_options(&plan, argc, argv);
	if (bed_eal_init(NULL) != 0) {
		fprintf(stderr, "oriel-icount: rte_eal_init: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	pool = rte_pktmbuf_pool_create(
		"icount", POOL, POOL_CACHE, 0, BED_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (pool == NULL) {
		fprintf(stderr, "oriel-icount: pool: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	CALLGRIND_START_INSTRUMENTATION;
	nothing_count(&plan);
	if (plan.job == NULL || strcmp(plan.job, "rx") == 0)
		if (rx_rows(&plan) != 0)
			return 1;
	if (plan.job == NULL || strcmp(plan.job, "tx") == 0)
		if (tx_rows(&plan) != 0)
			return 1;
	rte_mempool_free(pool);
	return 0;
}
