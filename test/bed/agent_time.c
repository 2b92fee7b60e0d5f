/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's time synchronisation: the clock, stamps, and one exchange of PTP messages
 * between two ports, with all frames that the standard has for it.
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_time.h>
#include <rte_udp.h>
#include <rte_version.h>
#include <string.h>
#include <time.h>

#include "agent.h"

#define STAMP_MS 1000u
#define FRAME_MS 2000u
#define BURST 32

/* ---- the clock ---- */

static int
cmd_timesync(struct request *c)
{
	uint16_t port = agent_port(c);
	bool on = request_bool(c, "on", true);

	if (request_bad(c))
		return c->bad;
	if (on)
		return request_ret(c, rte_eth_timesync_enable(port), "rte_eth_timesync_enable");
	return request_ret(c, rte_eth_timesync_disable(port), "rte_eth_timesync_disable");
}

static uint64_t
host_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return rte_timespec_to_ns(&ts);
}

/* A signed argument. */
static int64_t
signed_of(struct request *c, const char *key)
{
	json_t *value = json_object_get(c->req, key);

	if (!json_is_integer(value))
		request_argument_error(c, key, "a number is wanted");
	return json_integer_value(value);
}

/* A time that is no timespec would show here. */
static int
put_time(struct request *c, int ret, const struct timespec *ts, const char *call)
{
	if (ret != 0)
		return request_ret(c, ret, call);
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC)
		return request_fail(c, -ERANGE, "%s: %" PRId64 " s, %ld ns", call,
			(int64_t)ts->tv_sec, ts->tv_nsec);
	request_put_uint(c, "ns", rte_timespec_to_ns(ts));
	return 0;
}

static int
cmd_time_read(struct request *c)
{
	uint16_t port = agent_port(c);
	struct timespec ts;
	int ret;

	if (request_bad(c))
		return c->bad;
	request_put_uint(c, "real_ns", host_ns(CLOCK_REALTIME));
	request_put_uint(c, "before_ns", host_ns(CLOCK_MONOTONIC));
	ret = rte_eth_timesync_read_time(port, &ts);
	request_put_uint(c, "after_ns", host_ns(CLOCK_MONOTONIC));
	return put_time(c, ret, &ts, "rte_eth_timesync_read_time");
}

/* Two ports' clocks at about the same time: the first, the second, and the first again. */
static int
cmd_time_compare(struct request *c)
{
	uint16_t port = agent_port(c);
	uint16_t with = (uint16_t)request_uint(c, "with", 0, RTE_MAX_ETHPORTS - 1);
	struct timespec ts[3] = { { 0 } };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_timesync_read_time(port, &ts[0]);
	if (ret == 0)
		ret = rte_eth_timesync_read_time(with, &ts[1]);
	if (ret == 0)
		ret = rte_eth_timesync_read_time(port, &ts[2]);
	request_put_uint(c, "before_ns", rte_timespec_to_ns(&ts[0]));
	request_put_uint(c, "with_ns", rte_timespec_to_ns(&ts[1]));
	request_put_uint(c, "after_ns", rte_timespec_to_ns(&ts[2]));
	return request_ret(c, ret, "rte_eth_timesync_read_time");
}

static int
cmd_time_write(struct request *c)
{
	uint16_t port = agent_port(c);
	struct timespec ts = { .tv_sec = signed_of(c, "sec"), .tv_nsec = signed_of(c, "nsec") };

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_timesync_write_time(port, &ts),
					"rte_eth_timesync_write_time");
}

static int
cmd_time_adjust(struct request *c)
{
	uint16_t port = agent_port(c);
	int64_t delta = signed_of(c, "delta");

	return request_bad(c) ? c->bad :
				request_ret(c, rte_eth_timesync_adjust_time(port, delta),
					"rte_eth_timesync_adjust_time");
}

/* ppm in steps of 2^-16. */
static int
cmd_time_freq(struct request *c)
{
	uint16_t port = agent_port(c);
	int64_t ppm = signed_of(c, "ppm");

	if (request_bad(c))
		return c->bad;
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
	return request_ret(
		c, rte_eth_timesync_adjust_freq(port, ppm), "rte_eth_timesync_adjust_freq");
#else
	RTE_SET_USED(port);
	RTE_SET_USED(ppm);
	return request_fail(c, -ENOSYS, "this DPDK has no rte_eth_timesync_adjust_freq()");
#endif
}

static int
cmd_clock_read(struct request *c)
{
	uint16_t port = agent_port(c);
	uint64_t clock;
	int ret;

	if (request_bad(c))
		return c->bad;
	request_put_uint(c, "before_ns", host_ns(CLOCK_MONOTONIC));
	ret = rte_eth_read_clock(port, &clock);
	request_put_uint(c, "after_ns", host_ns(CLOCK_MONOTONIC));
	if (ret == 0)
		request_put_uint(c, "clock", clock);
	return request_ret(c, ret, "rte_eth_read_clock");
}

/* ---- stamps ---- */

static int
read_stamp(uint16_t port, bool tx, uint32_t flags, struct timespec *ts, uint64_t ms)
{
	const uint64_t deadline = rte_get_timer_cycles() + ms * rte_get_timer_hz() / 1000;
	int ret;

	for (;;) {
		ret = tx ? rte_eth_timesync_read_tx_timestamp(port, ts) :
			   rte_eth_timesync_read_rx_timestamp(port, ts, flags);
		if (ret != -EINVAL || rte_get_timer_cycles() > deadline)
			return ret;
		rte_delay_us_sleep(20);
	}
}

static int
cmd_stamp(struct request *c)
{
	uint16_t port = agent_port(c);
	bool tx = request_bool(c, "tx", false);
	uint32_t flags = (uint32_t)request_uint_or(c, "flags", 0, 0, UINT32_MAX);
	uint64_t ms = request_uint_or(c, "timeout_ms", 0, 0, 10000);
	struct timespec ts;

	if (request_bad(c))
		return c->bad;
	return put_time(
		c, read_stamp(port, tx, flags, &ts, ms), &ts, "rte_eth_timesync_read_*_timestamp");
}

/* ---- PTP ---- */

enum ptp_message { PTP_SYNC = 0, PTP_DELAY_REQ = 1, PTP_FOLLOW_UP = 8, PTP_DELAY_RESP = 9 };

/** By its layout nothing in it is padded; in a frame it lies at an odd place. */
struct ptp_frame {
	uint8_t type;	 /* message type, transport 0 */
	uint8_t version; /* 2 */
	rte_be16_t len;
	uint8_t domain, reserved;
	rte_be16_t flags;
	uint8_t correction[8], reserved2[4], source[10];
	rte_be16_t sequence;
	uint8_t control, interval;
	rte_be16_t sec_high;
	rte_be32_t sec, nsec;
	uint8_t requester[10]; /* of Delay_Resp */
};
#define PTP_LEN 44u
#define PTP_RESP_LEN 54u
_Static_assert(offsetof(struct ptp_frame, requester) == PTP_LEN, "as on the wire");

/** An exchange between two ports. */
struct exchange {
	struct request *c;
	struct rte_mempool *pool;
	uint16_t sequence;
	bool udp;
};

static bool
is_event(enum ptp_message type)
{
	return type < PTP_FOLLOW_UP;
}

/** A message with its headers; `ns` is the time that it carries. */
static struct rte_mbuf *
message(const struct exchange *x, uint16_t port, enum ptp_message type, uint64_t ns)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(x->pool);
	const uint16_t port_number = rte_cpu_to_be_16(is_event(type) ? 319 : 320);
	const uint16_t len = type == PTP_DELAY_RESP ? PTP_RESP_LEN : PTP_LEN;
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;
	struct rte_udp_hdr *udp;
	struct ptp_frame ptp;

	if (m == NULL)
		return NULL;
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(m, sizeof(*eth));
	rte_eth_macaddr_get(port, &eth->src_addr);
	if (x->udp) {
		memcpy(&eth->dst_addr, "\x01\x00\x5e\x00\x01\x81", RTE_ETHER_ADDR_LEN);
		eth->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
		ip = (struct rte_ipv4_hdr *)rte_pktmbuf_append(m, sizeof(*ip));
		memset(ip, 0, sizeof(*ip));
		ip->version_ihl = 0x45;
		ip->total_length = rte_cpu_to_be_16(sizeof(*ip) + sizeof(*udp) + len);
		ip->time_to_live = 1;
		ip->next_proto_id = 17;
		ip->src_addr = rte_cpu_to_be_32(RTE_IPV4(UINT32_C(192), 0, 2, 1 + port));
		ip->dst_addr = rte_cpu_to_be_32(RTE_IPV4(UINT32_C(224), 0, 1, 129));
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		udp = (struct rte_udp_hdr *)rte_pktmbuf_append(m, sizeof(*udp));
		udp->src_port = udp->dst_port = port_number;
		udp->dgram_len = rte_cpu_to_be_16(sizeof(*udp) + len);
		udp->dgram_cksum = 0;
	} else {
		memcpy(&eth->dst_addr, "\x01\x1b\x19\x00\x00\x00", RTE_ETHER_ADDR_LEN);
		eth->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_1588);
	}
	memset(&ptp, 0, sizeof(ptp));
	ptp.type = type;
	ptp.version = 2;
	ptp.len = rte_cpu_to_be_16(len);
	ptp.sequence = rte_cpu_to_be_16(x->sequence);
	ptp.sec_high = rte_cpu_to_be_16(ns / NSEC_PER_SEC >> 32);
	ptp.sec = rte_cpu_to_be_32((uint32_t)(ns / NSEC_PER_SEC));
	ptp.nsec = rte_cpu_to_be_32((uint32_t)(ns % NSEC_PER_SEC));
	memcpy(rte_pktmbuf_append(m, len), &ptp, len);
	if (is_event(type))
		m->ol_flags |= RTE_MBUF_F_TX_IEEE1588_TMST;
	return m;
}

/** The message in a frame, up to its time; false if it is too short for one. */
static bool
parse(const struct exchange *x, const struct rte_mbuf *m, struct ptp_frame *ptp)
{
	const uint16_t at = sizeof(struct rte_ether_hdr) +
		(x->udp ? sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr) : 0);

	if (m->data_len < at + PTP_LEN)
		return false;
	memcpy(ptp, rte_pktmbuf_mtod_offset(m, const void *, at), PTP_LEN);
	return true;
}

/** Sends a message; *ns becomes its stamp if it is an event, else it is carried. */
static int
send_message(const struct exchange *x, uint16_t port, enum ptp_message type, uint64_t *ns)
{
	struct rte_mbuf *m = message(x, port, type, is_event(type) ? 0 : *ns);
	struct timespec ts;
	int ret;

	if (m == NULL || rte_eth_tx_burst(port, 0, &m, 1) != 1) {
		rte_pktmbuf_free(m);
		return request_fail(x->c, -EIO, "port %u: message %d is not sent", port, type);
	}
	if (!is_event(type))
		return 0;
	ret = read_stamp(port, true, 0, &ts, STAMP_MS);
	if (ret != 0)
		return request_fail(x->c, ret, "port %u: no stamp of sent message %d", port, type);
	*ns = rte_timespec_to_ns(&ts);
	return 0;
}

/** What the flags of a received message must be. */
static bool
flags_right(const struct exchange *x, enum ptp_message type, uint64_t ol_flags)
{
	const bool ptp = ol_flags & RTE_MBUF_F_RX_IEEE1588_PTP;
	const bool stamped = ol_flags & RTE_MBUF_F_RX_IEEE1588_TMST;

	return stamped == is_event(type) && ptp == (is_event(type) || !x->udp);
}

/** Takes a message; *ns becomes its stamp if it is an event, else what it carries. */
static int
take_message(const struct exchange *x, uint16_t port, enum ptp_message type, uint64_t *ns)
{
	const uint64_t deadline = rte_get_timer_cycles() + FRAME_MS * rte_get_timer_hz() / 1000;
	struct rte_mbuf *pkts[BURST];
	struct ptp_frame ptp;
	struct timespec ts;
	int ret = -ETIMEDOUT;

	while (ret == -ETIMEDOUT && rte_get_timer_cycles() < deadline) {
		uint16_t n = rte_eth_rx_burst(port, 0, pkts, BURST);

		for (uint16_t i = 0; i < n; i++) {
			if (!parse(x, pkts[i], &ptp) || ptp.type != type ||
				ptp.sequence != rte_cpu_to_be_16(x->sequence))
				continue;
			ret = flags_right(x, type, pkts[i]->ol_flags) ? 0 : -EBADMSG;
			*ns = ((uint64_t)rte_be_to_cpu_16(ptp.sec_high) << 32 |
				      rte_be_to_cpu_32(ptp.sec)) *
					NSEC_PER_SEC +
				rte_be_to_cpu_32(ptp.nsec);
		}
		rte_pktmbuf_free_bulk(pkts, n);
		if (n == 0)
			rte_delay_us_sleep(20);
	}
	if (ret == 0 && is_event(type)) {
		ret = read_stamp(port, false, 0, &ts, 0);
		*ns = rte_timespec_to_ns(&ts);
	}
	if (ret != 0)
		return request_fail(x->c, ret, "port %u: received message %d: %s", port, type,
			ret == -EBADMSG		  ? "its flags are wrong" :
				ret == -ETIMEDOUT ? "it does not come" :
						    "no stamp");
	return 0;
}

/*
 * Sync, Follow_Up, Delay_Req, Delay_Resp; the four times as the slave knows them afterwards:
 * t1 and t4 from the frames, t2 and t3 its own stamps.
 */
static int
cmd_ptp(struct request *c)
{
	static uint16_t sequence;
	uint16_t master = (uint16_t)request_uint(c, "master", 0, RTE_MAX_ETHPORTS - 1);
	uint16_t slave = (uint16_t)request_uint(c, "slave", 0, RTE_MAX_ETHPORTS - 1);
	struct exchange x = {
		.c = c,
		.pool = agent_pool(c, request_str_or(c, "pool", "pool")),
		.udp = request_bool(c, "udp", false),
		.sequence = ++sequence,
	};
	uint64_t t1 = 0, t2 = 0, t3 = 0, t4 = 0;
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = send_message(&x, master, PTP_SYNC, &t1);
	if (ret == 0)
		ret = take_message(&x, slave, PTP_SYNC, &t2);
	if (ret == 0)
		ret = send_message(&x, master, PTP_FOLLOW_UP, &t1);
	if (ret == 0)
		ret = take_message(&x, slave, PTP_FOLLOW_UP, &t1);
	if (ret == 0)
		ret = send_message(&x, slave, PTP_DELAY_REQ, &t3);
	if (ret == 0)
		ret = take_message(&x, master, PTP_DELAY_REQ, &t4);
	if (ret == 0)
		ret = send_message(&x, master, PTP_DELAY_RESP, &t4);
	if (ret == 0)
		ret = take_message(&x, slave, PTP_DELAY_RESP, &t4);
	if (ret != 0)
		return ret;
	request_put_uint(c, "t1", t1);
	request_put_uint(c, "t2", t2);
	request_put_uint(c, "t3", t3);
	request_put_uint(c, "t4", t4);
	return 0;
}

const struct request_command agent_time_commands[] = {
	{ "timesync", cmd_timesync, "port on" },
	{ "time_read", cmd_time_read, "port" },
	{ "time_compare", cmd_time_compare, "port with" },
	{ "time_write", cmd_time_write, "port sec nsec" },
	{ "time_adjust", cmd_time_adjust, "port delta" },
	{ "time_freq", cmd_time_freq, "port ppm" },
	{ "clock_read", cmd_clock_read, "port" },
	{ "stamp", cmd_stamp, "port tx flags timeout_ms" },
	{ "ptp", cmd_ptp, "master slave udp pool" },
	{ NULL, NULL, NULL },
};
