/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's bulk work, one job on each worker lcore:
 *   echo      what comes in goes out again, addresses exchanged if asked
 *   generate  numbered UDP frames whose every byte follows from number and seed
 *   verify    such frames come in: content, order in each flow, count
 *   loop      generate and verify at once, for a wire that leads back
 * A job makes no system call from its first burst to its last.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define MAX_BURST 256
#define MAX_SIZES 32
#define MAX_FLOWS 256
#define HEADERS \
	(sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr))
#define MIN_SIZE (HEADERS + sizeof(uint64_t)) /* the number follows the headers */
#define FIRST_PORT 10000		      /* UDP source port of flow 0 */
#define TX_PATIENCE_MS 2000

enum job_mode { JOB_ECHO, JOB_GENERATE, JOB_VERIFY, JOB_LOOP };

struct job_counts {
	uint64_t tx, rx, tx_bytes, rx_bytes;
	uint64_t good, bad, lost, late; /* late: out of order, or once too often */
	uint64_t no_mbuf, tx_dropped, rx_polls, rx_empty, tx_bursts;
	uint64_t cycles;
};

struct job {
	/* set before the launch */
	enum job_mode mode;
	uint16_t rx_port, tx_port, queue, nb_queues, burst;
	bool swap_mac;
	struct rte_mempool *mp;
	uint64_t count, window, idle_ms, timeout_ms, seed, pps;
	unsigned int nb_sizes, flows;
	uint32_t sizes[MAX_SIZES], seg_len;
	struct rte_ether_addr src, dst;
	/* the worker's */
	uint64_t next_tx;
	uint64_t next_rx[MAX_FLOWS];
	uint8_t built[AGENT_MAX_FRAME], seen[AGENT_MAX_FRAME], first_bad[128];
	/* read by the main lcore while the worker runs */
	struct job_counts n;
	uint32_t first_bad_len;
	bool timed_out, stop, used;
	pid_t tid;
};

static struct job jobs[RTE_MAX_LCORE];

/* ---- the frames ---- */

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* Builds frame number seq; returns its length. */
static uint32_t
build(const struct job *j, uint64_t seq, uint8_t *dst)
{
	uint32_t len = j->sizes[seq % j->nb_sizes], pos = MIN_SIZE;
	uint16_t flow = (uint16_t)(seq % j->flows);
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)dst;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	rte_be64_t number = rte_cpu_to_be_64(seq);
	uint64_t word = mix(j->seed ^ seq);

	eth->dst_addr = j->dst;
	eth->src_addr = j->src;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	memset(ip, 0, sizeof(*ip));
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(len - sizeof(*eth)));
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(UINT32_C(0xc0000201)); /* 192.0.2.1 */
	ip->dst_addr = rte_cpu_to_be_32(UINT32_C(0xc0000202)); /* 192.0.2.2 */
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = rte_cpu_to_be_16((uint16_t)(FIRST_PORT + flow));
	udp->dst_port = RTE_BE16(9);
	udp->dgram_len = rte_cpu_to_be_16((uint16_t)(len - sizeof(*eth) - sizeof(*ip)));
	udp->dgram_cksum = 0;
	memcpy(udp + 1, &number, sizeof(number));
	for (; pos + 8 <= len; pos += 8) {
		memcpy(dst + pos, &word, 8);
		word = word * 6364136223846793005 + 1442695040888963407;
	}
	memcpy(dst + pos, &word, len - pos);
	return len;
}

static void
note_bad(struct job *j, const uint8_t *data, uint32_t len)
{
	if (j->n.bad++ != 0)
		return;
	memcpy(j->first_bad, data, RTE_MIN(len, (uint32_t)sizeof(j->first_bad)));
	j->first_bad_len = RTE_MIN(len, (uint32_t)sizeof(j->first_bad));
}

/* Holds a received frame against what its number says that it must be. */
static void
check(struct job *j, const struct rte_mbuf *m)
{
	uint32_t len = m->pkt_len, wanted, flow;
	const uint8_t *data;
	rte_be64_t number;
	uint64_t seq;

	if (len > sizeof(j->seen) || len < MIN_SIZE) {
		note_bad(j, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
		return;
	}
	data = rte_pktmbuf_read(m, 0, len, j->seen);
	if (data == NULL) {
		note_bad(j, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
		return;
	}
	memcpy(&number, data + HEADERS, sizeof(number));
	seq = rte_be_to_cpu_64(number);
	wanted = build(j, seq, j->built);
	/* A frame below the least length arrives with padding behind it. */
	if ((len != wanted && (wanted >= 60 || len != 60)) || memcmp(data, j->built, wanted)) {
		note_bad(j, data, len);
		return;
	}
	flow = (uint32_t)(seq % j->flows);
	if (seq < j->next_rx[flow]) {
		j->n.late++;
		return;
	}
	j->n.lost += (seq - j->next_rx[flow]) / j->flows;
	j->next_rx[flow] = seq + j->flows;
	j->n.good++;
}

/* Frame number seq as an mbuf, cut into segments if asked; NULL if the pool is empty. */
static struct rte_mbuf *
next_frame(struct job *j, uint64_t seq)
{
	uint32_t len = build(j, seq, j->built), pos = 0;
	struct rte_mbuf *head = NULL, *last = NULL;

	while (pos < len) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(j->mp);
		uint32_t part;

		if (m == NULL) {
			rte_pktmbuf_free(head);
			return NULL;
		}
		part = RTE_MIN(len - pos, (uint32_t)rte_pktmbuf_tailroom(m));
		if (j->seg_len != 0)
			part = RTE_MIN(part, j->seg_len);
		memcpy(rte_pktmbuf_mtod(m, void *), j->built + pos, part);
		m->data_len = (uint16_t)part;
		pos += part;
		if (head == NULL) {
			head = m;
			head->pkt_len = len;
		} else {
			last->next = m;
			head->nb_segs++;
		}
		last = m;
	}
	return head;
}

/* ---- the worker ---- */

/* Sends a burst, with patience; what is left is dropped and counted. */
static void
send_burst(struct job *j, uint16_t queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t deadline = 0, bytes = 0;
	uint16_t sent = 0;

	for (uint16_t i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	while (sent < n) {
		uint16_t k = rte_eth_tx_burst(j->tx_port, queue, pkts + sent, n - sent);

		j->n.tx_bursts++;
		sent += k;
		if (k != 0 || sent == n)
			continue;
		if (deadline == 0)
			deadline = rte_rdtsc() + TX_PATIENCE_MS * rte_get_tsc_hz() / 1000;
		else if (rte_rdtsc() > deadline || __atomic_load_n(&j->stop, __ATOMIC_RELAXED))
			break;
	}
	for (uint16_t i = sent; i < n; i++) {
		bytes -= pkts[i]->pkt_len;
		rte_pktmbuf_free(pkts[i]);
	}
	j->n.tx += sent;
	j->n.tx_bytes += bytes;
	j->n.tx_dropped += n - sent;
}

static uint16_t
receive(struct job *j, uint16_t queue, struct rte_mbuf **pkts)
{
	uint16_t n = rte_eth_rx_burst(j->rx_port, queue, pkts, j->burst);

	j->n.rx_polls++;
	j->n.rx_empty += n == 0;
	j->n.rx += n;
	for (uint16_t i = 0; i < n; i++)
		j->n.rx_bytes += pkts[i]->pkt_len;
	return n;
}

static bool
step_echo(struct job *j)
{
	bool any = false;

	for (uint16_t q = j->queue; q < j->queue + j->nb_queues; q++) {
		struct rte_mbuf *pkts[MAX_BURST];
		uint16_t n = receive(j, q, pkts);

		if (n == 0)
			continue;
		any = true;
		for (uint16_t i = 0; j->swap_mac && i < n; i++) {
			struct rte_ether_hdr *eth = rte_pktmbuf_mtod(
				pkts[i], struct rte_ether_hdr *);
			struct rte_ether_addr tmp = eth->dst_addr;

			eth->dst_addr = eth->src_addr;
			eth->src_addr = tmp;
		}
		send_burst(j, q, pkts, n);
	}
	return any;
}

static bool
step_verify(struct job *j)
{
	bool any = false;

	for (uint16_t q = j->queue; q < j->queue + j->nb_queues; q++) {
		struct rte_mbuf *pkts[MAX_BURST];
		uint16_t n = receive(j, q, pkts);

		for (uint16_t i = 0; i < n; i++) {
			check(j, pkts[i]);
			rte_pktmbuf_free(pkts[i]);
		}
		any |= n != 0;
	}
	return any;
}

/* How many frames may be sent now: count, window and rate permitting. */
static uint16_t
allowance(const struct job *j, uint64_t start)
{
	uint64_t n = j->count - j->next_tx;

	if (j->mode == JOB_LOOP) {
		uint64_t out = j->n.tx - RTE_MIN(j->n.rx, j->n.tx);

		n = RTE_MIN(n, j->window - RTE_MIN(out, j->window));
	}
	if (j->pps != 0) {
		uint64_t due = (uint64_t)((double)(rte_rdtsc() - start) * (double)j->pps /
			(double)rte_get_tsc_hz());

		n = RTE_MIN(n, due - RTE_MIN(j->next_tx, due));
	}
	return (uint16_t)RTE_MIN(n, (uint64_t)j->burst);
}

static bool
step_generate(struct job *j, uint64_t start)
{
	struct rte_mbuf *pkts[MAX_BURST];
	uint16_t n = 0, wanted = allowance(j, start);

	while (n < wanted) {
		pkts[n] = next_frame(j, j->next_tx);
		if (pkts[n] == NULL) {
			j->n.no_mbuf++;
			break;
		}
		n++;
		j->next_tx++;
	}
	if (n != 0)
		send_burst(j, j->queue, pkts, n);
	return n != 0;
}

static bool
done(const struct job *j)
{
	switch (j->mode) {
	case JOB_GENERATE:
		return j->next_tx >= j->count;
	case JOB_LOOP:
		return j->next_tx >= j->count && j->n.rx >= j->n.tx;
	default:
		return j->n.rx >= j->count;
	}
}

static int
run(void *arg)
{
	struct job *j = arg;
	const uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc();
	uint64_t last = start, now = start;

	__atomic_store_n(&j->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (!done(j) && !__atomic_load_n(&j->stop, __ATOMIC_RELAXED)) {
		bool any = false;

		if (j->mode == JOB_ECHO)
			any = step_echo(j);
		if (j->mode == JOB_GENERATE || j->mode == JOB_LOOP)
			any = step_generate(j, start);
		if (j->mode == JOB_VERIFY || j->mode == JOB_LOOP)
			any |= step_verify(j);
		now = rte_rdtsc();
		__atomic_store_n(&j->n.cycles, now - start, __ATOMIC_RELAXED);
		if (any)
			last = now;
		if (now - start > j->timeout_ms * (hz / 1000) ||
			(j->idle_ms != 0 && now - last > j->idle_ms * (hz / 1000))) {
			j->timed_out = true;
			break;
		}
	}
	/* Behind the last frame something too many may come. */
	if (j->mode == JOB_VERIFY || j->mode == JOB_LOOP)
		step_verify(j);
	return 0;
}

/* ---- commands ---- */

static void
get_sizes(struct request *c, struct job *j)
{
	json_t *list = json_object_get(c->req, "sizes"), *item;
	size_t i;

	j->nb_sizes = 0;
	json_array_foreach(list, i, item)
	{
		json_int_t size = json_integer_value(item);

		if (i >= MAX_SIZES || size < (json_int_t)MIN_SIZE || size > AGENT_MAX_FRAME) {
			c->bad = request_fail(c, -EINVAL,
				"'sizes': up to %d lengths without CRC from %zu to %d", MAX_SIZES,
				MIN_SIZE, AGENT_MAX_FRAME);
			return;
		}
		j->sizes[j->nb_sizes++] = (uint32_t)size;
	}
	if (j->nb_sizes == 0)
		j->sizes[j->nb_sizes++] = 60;
}

static void
get_mac(struct request *c, const char *key, const char *def, struct rte_ether_addr *mac)
{
	if (rte_ether_unformat_addr(request_str_or(c, key, def), mac) != 0)
		c->bad = request_fail(c, -EINVAL, "'%s': a MAC address is wanted", key);
}

static void
get_mode(struct request *c, struct job *j)
{
	static const struct {
		const char *name;
		enum job_mode mode;
	} modes[] = { { "echo", JOB_ECHO }, { "generate", JOB_GENERATE }, { "verify", JOB_VERIFY },
		{ "loop", JOB_LOOP } };
	const char *name = request_str(c, "mode");

	for (size_t i = 0; i < RTE_DIM(modes); i++) {
		if (strcmp(modes[i].name, name) == 0) {
			j->mode = modes[i].mode;
			return;
		}
	}
	if (!request_bad(c))
		c->bad = request_fail(
			c, -EINVAL, "mode '%.20s' is not echo, generate, verify or loop", name);
}

static void
get_job(struct request *c, struct job *j)
{
	get_mode(c, j);
	j->rx_port = agent_port(c);
	j->tx_port = (uint16_t)request_uint_or(c, "tx_port", j->rx_port, 0, RTE_MAX_ETHPORTS - 1);
	j->queue = agent_queue(c);
	j->nb_queues = (uint16_t)request_uint_or(c, "nb_queues", 1, 0, RTE_MAX_QUEUES_PER_PORT);
	j->burst = (uint16_t)request_uint_or(c, "burst", 32, 0, MAX_BURST);
	j->swap_mac = request_bool(c, "swap_mac", false);
	j->mp = agent_pool(c, request_str_or(c, "pool", "pool"));
	j->count = request_uint_or(c, "count", UINT64_MAX, 0, INT64_MAX);
	j->window = request_uint_or(c, "window", 256, 0, UINT32_MAX);
	j->idle_ms = request_uint_or(c, "idle_ms", 0, 0, UINT32_MAX);
	j->timeout_ms = request_uint_or(c, "timeout_ms", 60000, 0, 600000);
	j->seed = request_uint_or(c, "seed", 1, 0, INT64_MAX);
	j->pps = request_uint_or(c, "pps", 0, 0, UINT32_MAX);
	j->flows = (unsigned int)request_uint_or(c, "flows", 1, 0, MAX_FLOWS);
	j->seg_len = (uint32_t)request_uint_or(c, "seg_len", 0, 0, AGENT_MAX_FRAME);
	get_mac(c, "src", "02:00:00:00:00:01", &j->src);
	get_mac(c, "dst", "02:00:00:00:00:02", &j->dst);
	get_sizes(c, j);
	if (!request_bad(c) && !rte_eth_dev_is_valid_port(j->tx_port))
		c->bad = request_fail(c, -ENODEV, "there is no port %u", j->tx_port);
	if (!request_bad(c) && (j->flows == 0 || j->burst == 0 || j->nb_queues == 0))
		c->bad = request_fail(c, -EINVAL, "flows, burst and nb_queues are at least 1");
}

static int
cmd_job_start(struct request *c)
{
	unsigned int lcore;
	struct job *j = NULL;
	int ret;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (rte_eal_get_lcore_state(lcore) == WAIT) {
			j = &jobs[lcore];
			break;
		}
	}
	if (j == NULL)
		return request_fail(c, -EBUSY, "no worker lcore is free");
	memset(j, 0, sizeof(*j));
	get_job(c, j);
	if (request_bad(c))
		return c->bad;
	for (unsigned int f = 0; f < j->flows; f++)
		j->next_rx[f] = f;
	j->used = true;
	ret = rte_eal_remote_launch(run, j, lcore);
	if (ret != 0)
		return request_ret(c, ret, "rte_eal_remote_launch");
	for (unsigned int i = 0; i < 1000 && __atomic_load_n(&j->tid, __ATOMIC_ACQUIRE) == 0; i++)
		rte_delay_us_sleep(1000);
	request_put_uint(c, "job", lcore);
	request_put_uint(c, "tid", (uint64_t)__atomic_load_n(&j->tid, __ATOMIC_ACQUIRE));
	return 0;
}

static struct job *
get_running(struct request *c, unsigned int *lcore)
{
	*lcore = (unsigned int)request_uint(c, "job", 0, RTE_MAX_LCORE - 1);
	if (!request_bad(c) && !jobs[*lcore].used)
		c->bad = request_fail(c, -ENOENT, "there is no job %u", *lcore);
	return &jobs[*lcore];
}

static void
put_counts(struct request *c, const struct job *j, bool running)
{
	const struct job_counts *n = &j->n;

	request_put(c, "running", json_boolean(running));
	request_put(c, "timed_out", json_boolean(j->timed_out));
	request_put_uint(c, "tx", n->tx);
	request_put_uint(c, "rx", n->rx);
	request_put_uint(c, "tx_bytes", n->tx_bytes);
	request_put_uint(c, "rx_bytes", n->rx_bytes);
	request_put_uint(c, "good", n->good);
	request_put_uint(c, "bad", n->bad);
	request_put_uint(c, "lost", n->lost);
	request_put_uint(c, "late", n->late);
	request_put_uint(c, "no_mbuf", n->no_mbuf);
	request_put_uint(c, "tx_dropped", n->tx_dropped);
	request_put_uint(c, "rx_polls", n->rx_polls);
	request_put_uint(c, "rx_empty", n->rx_empty);
	request_put_uint(c, "tx_bursts", n->tx_bursts);
	request_put(c, "seconds", json_real((double)n->cycles / (double)rte_get_tsc_hz()));
	request_put(c, "first_bad", agent_hex(j->first_bad, j->first_bad_len));
}

static int
cmd_job_status(struct request *c)
{
	unsigned int lcore;
	struct job *j = get_running(c, &lcore);

	if (request_bad(c))
		return c->bad;
	put_counts(c, j, rte_eal_get_lcore_state(lcore) == RUNNING);
	return 0;
}

/* Waits for the job's end, at most timeout_ms; with "stop" it is told to end first. */
static int
cmd_job_wait(struct request *c)
{
	uint64_t ms = request_uint_or(c, "timeout_ms", 10000, 0, 600000);
	bool stop = request_bool(c, "stop", false);
	unsigned int lcore;
	struct job *j = get_running(c, &lcore);

	if (request_bad(c))
		return c->bad;
	if (stop)
		__atomic_store_n(&j->stop, true, __ATOMIC_RELAXED);
	for (uint64_t i = 0; i < ms && rte_eal_get_lcore_state(lcore) == RUNNING; i++)
		rte_delay_us_sleep(1000);
	if (rte_eal_get_lcore_state(lcore) == RUNNING) {
		put_counts(c, j, true);
		return request_fail(
			c, -ETIMEDOUT, "job %u still runs after %" PRIu64 " ms", lcore, ms);
	}
	rte_eal_wait_lcore(lcore);
	put_counts(c, j, false);
	return 0;
}

bool
agent_bulk_stop_all(void)
{
	unsigned int lcore;
	bool ended = true;

	RTE_LCORE_FOREACH_WORKER(lcore)
	__atomic_store_n(&jobs[lcore].stop, true, __ATOMIC_RELAXED);
	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		for (int i = 0; i < 1000 && rte_eal_get_lcore_state(lcore) == RUNNING; i++)
			rte_delay_us_sleep(1000);
		ended = ended && rte_eal_get_lcore_state(lcore) != RUNNING;
	}
	return ended;
}

const struct request_command agent_bulk_commands[] = {
	{ "job_start", cmd_job_start,
		"mode port tx_port queue nb_queues burst swap_mac pool count window idle_ms "
		"timeout_ms seed pps flows sizes seg_len src dst" },
	{ "job_status", cmd_job_status, "job" },
	{ "job_wait", cmd_job_wait, "job timeout_ms stop" },
	{ NULL, NULL, NULL },
};
