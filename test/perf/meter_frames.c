/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The frames that the meter feeds, and the TX offloads that it asks for. */

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>
#include <string.h>

#include "meter.h"

#define NB_DIFFERENT 64 /* frames of a kind, a power of two */
#define NB_FULL 16	/* the same for long ones: the store stays small */
#define MIN_LEN 60u
#define FULL_LEN 1514u
#define SMALL_ROOM 128u
#define FULL_ROOM 1536u
#define TAG_LEN 4u
#define VLAN_TCI 0x2005 /* priority 1, VLAN 5 */
#define SEED 0x9e3779b97f4a7c15ull

const char *const meter_frames_names[METER_NB_FRAMES + 1] = { "min", "mixed", "full", "two_segs",
	"tx_offload", "odd", NULL };

enum kind { IPV4_UDP, IPV4_TCP, IPV6_UDP, IPV6_TCP, NOT_IP, NB_KINDS };

#define PROTO_IPV6 41
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132

/* What is odd about a frame. */
enum { TAGGED = 1, BAD_IP = 2, BAD_L4 = 4 };

struct store {
	bool made;
	unsigned int nb;
	struct twin_frame frame[NB_DIFFERENT];
	uint8_t bytes[NB_DIFFERENT * SMALL_ROOM > NB_FULL *FULL_ROOM ?
			NB_DIFFERENT *SMALL_ROOM :
			NB_FULL *FULL_ROOM] __rte_cache_aligned;
};

/* Of TX offloads there are two, without and with tags. */
static struct store stores[METER_NB_FRAMES + 1];

/* A number that looks random and depends on n alone. */
static uint64_t
mix(uint64_t n)
{
	n = (n + SEED) * 0xbf58476d1ce4e5b9ull;
	n = (n ^ n >> 29) * 0x94d049bb133111ebull;
	return n ^ n >> 32;
}

/* TCP or UDP behind a header that is there; `room` bytes up to the frame's end. */
static void
put_l4(void *l3, bool v6, bool tcp, unsigned int flow, uint32_t room, bool bad)
{
	uint8_t *l4 = (uint8_t *)l3 +
		(v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr));
	rte_be16_t src = rte_cpu_to_be_16((uint16_t)(10000 + flow)), *sum;

	if (tcp) {
		struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)l4;

		*h = (struct rte_tcp_hdr){ .src_port = src,
			.dst_port = RTE_BE16(80),
			.data_off = 5 << 4,
			.tcp_flags = RTE_TCP_ACK_FLAG };
		sum = &h->cksum;
	} else {
		struct rte_udp_hdr *h = (struct rte_udp_hdr *)l4;

		*h = (struct rte_udp_hdr){ .src_port = src,
			.dst_port = RTE_BE16(9),
			.dgram_len = rte_cpu_to_be_16((uint16_t)room) };
		sum = &h->dgram_cksum;
	}
	*sum = v6 ? rte_ipv6_udptcp_cksum(l3, l4) : rte_ipv4_udptcp_cksum(l3, l4);
	if (bad)
		*sum ^= RTE_BE16(0x0100);
}

static uint32_t
build(uint8_t *dst, enum kind kind, unsigned int odd, unsigned int flow, uint32_t len)
{
	bool v6 = kind == IPV6_UDP || kind == IPV6_TCP, tcp = kind == IPV4_TCP || kind == IPV6_TCP;
	uint32_t l2 = RTE_ETHER_HDR_LEN + (odd & TAGGED ? TAG_LEN : 0);
	uint32_t least = l2 + (v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr)) +
		(tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr));
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)dst;
	rte_be16_t type = kind == NOT_IP ? RTE_BE16(RTE_ETHER_TYPE_ARP) :
		v6			 ? RTE_BE16(RTE_ETHER_TYPE_IPV6) :
					   RTE_BE16(RTE_ETHER_TYPE_IPV4);
	void *l3 = dst + l2;

	len = RTE_MAX(len, kind == NOT_IP ? 0 : least);
	for (uint32_t i = 0; i < len; i++)
		dst[i] = (uint8_t)(mix(flow) >> (i % 8 * 8));
	eth->dst_addr = (struct rte_ether_addr){ { 0x02, 0, 0, 0, 0, 2 } };
	eth->src_addr = (struct rte_ether_addr){ { 0x02, 0, 0, 0, 0, 1 } };
	eth->ether_type = type;
	if (odd & TAGGED) {
		struct rte_vlan_hdr *tag = (struct rte_vlan_hdr *)(eth + 1);

		eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
		tag->vlan_tci = RTE_BE16(VLAN_TCI);
		tag->eth_proto = type;
	}
	if (kind == NOT_IP)
		return len;
	if (v6) {
		struct rte_ipv6_hdr *h = l3;

		*h = (struct rte_ipv6_hdr){ .vtc_flow = RTE_BE32(6u << 28),
			.payload_len = rte_cpu_to_be_16((uint16_t)(len - l2 - sizeof(*h))),
			.proto = tcp ? IPPROTO_TCP : IPPROTO_UDP,
			.hop_limits = 64 };
		h->src_addr[0] = h->dst_addr[0] = 0xfd;
		h->src_addr[15] = 1;
		h->dst_addr[15] = 2;
		put_l4(h, true, tcp, flow, len - l2 - sizeof(*h), odd & BAD_L4);
	} else {
		struct rte_ipv4_hdr *h = l3;

		*h = (struct rte_ipv4_hdr){ .version_ihl = RTE_IPV4_VHL_DEF,
			.total_length = rte_cpu_to_be_16((uint16_t)(len - l2)),
			.time_to_live = 64,
			.next_proto_id = tcp ? IPPROTO_TCP : IPPROTO_UDP,
			.src_addr = RTE_BE32(0xc0000201),   /* 192.0.2.1 */
			.dst_addr = RTE_BE32(0xc0000202) }; /* 192.0.2.2 */
		h->hdr_checksum = rte_ipv4_cksum(h);
		put_l4(h, false, tcp, flow, len - l2 - sizeof(*h), odd & BAD_L4);
		if (odd & BAD_IP)
			h->hdr_checksum ^= RTE_BE16(0x0100);
	}
	return len;
}

/* One in four tagged, one in eight with a bad checksum each, one in five no IP. */
static uint32_t
build_mixed(uint8_t *dst, unsigned int n)
{
	unsigned int odd = (n % 4 == 1 ? TAGGED : 0) | (n / 4 % 8 == 2 ? BAD_IP : 0) |
		(n / 4 % 8 == 5 ? BAD_L4 : 0);

	return build(dst, (enum kind)(mix(n) % NB_KINDS), odd, n, MIN_LEN);
}

/*
 * What a fast path is likely to have no room for: options, fragments, other protocols,
 * IPv6 in IPv4. Made from plain frames, their checksums as they may be.
 */
static uint32_t
build_odd(uint8_t *dst, unsigned int n)
{
	struct rte_ipv4_hdr *v4 = (struct rte_ipv4_hdr *)(dst + RTE_ETHER_HDR_LEN);
	struct rte_ipv6_hdr *v6 = (struct rte_ipv6_hdr *)(dst + RTE_ETHER_HDR_LEN);
	/* One in eight is plain; UDP over IPv6 is the longest. */
	bool six = n % 8 == 4 || n % 8 == 5;
	uint32_t len = build(dst,
		six		   ? IPV6_UDP :
			n % 3 == 0 ? IPV4_TCP :
				     IPV4_UDP,
		n % 5 == 0 ? TAGGED : 0, n,
		n % 8 == 6	   ? 90 :
			n % 16 < 8 ? 60 :
				     80);

	if (n % 5 == 0) {
		v4 = (struct rte_ipv4_hdr *)((uint8_t *)v4 + TAG_LEN);
		v6 = (struct rte_ipv6_hdr *)((uint8_t *)v6 + TAG_LEN);
	}
	switch (n % 8) {
	case 1: /* one word of options */
		v4->version_ihl++;
		break;
	case 2:
		v4->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | 8);
		break;
	case 3:
		v4->next_proto_id = PROTO_SCTP;
		break;
	case 4:
		v6->proto = PROTO_ICMPV6;
		break;
	case 5:
		v6->proto = PROTO_SCTP;
		break;
	case 6:
		v4->next_proto_id = PROTO_IPV6;
		v6 = (struct rte_ipv6_hdr *)(v4 + 1);
		memset(v6, 0, sizeof(*v6));
		v6->vtc_flow = RTE_BE32(6u << 28);
		v6->payload_len = RTE_BE16(8);
		v6->proto = n % 16 == 6 ? IPPROTO_UDP : PROTO_ICMPV6;
		break;
	default:
		return len;
	}
	if (!six) {
		v4->hdr_checksum = 0;
		v4->hdr_checksum = rte_ipv4_cksum(v4);
	}
	return len;
}

static void
make(struct store *s, enum meter_frames kind, bool tagged)
{
	bool full = kind == METER_FULL || kind == METER_TWO_SEGS;

	s->nb = full ? NB_FULL : NB_DIFFERENT;
	for (unsigned int n = 0; n < s->nb; n++) {
		uint8_t *dst = s->bytes + n * (full ? FULL_ROOM : SMALL_ROOM);

		s->frame[n].data = dst;
		if (kind == METER_MIXED)
			s->frame[n].len = build_mixed(dst, n);
		else if (kind == METER_ODD)
			s->frame[n].len = build_odd(dst, n);
		else if (kind == METER_TX_OFFLOAD)
			s->frame[n].len = build(dst, n % 2 == 0 ? IPV4_UDP : IPV4_TCP,
				tagged ? TAGGED : 0, n, MIN_LEN + (tagged ? TAG_LEN : 0));
		else
			s->frame[n].len = build(dst, IPV4_UDP, 0, n, full ? FULL_LEN : MIN_LEN);
	}
	s->made = true;
}

void
meter_frames_get(enum meter_frames kind, bool tagged, uint64_t first, struct twin_frame *frames,
	unsigned int nb)
{
	bool random = kind == METER_MIXED || kind == METER_TX_OFFLOAD || kind == METER_ODD;
	struct store *s = &stores[kind == METER_TX_OFFLOAD && tagged ? METER_NB_FRAMES : kind];

	if (!s->made)
		make(s, kind, tagged);
	for (unsigned int i = 0; i < nb; i++)
		frames[i] = s->frame[(random ? mix(first + i) : first + i) % s->nb];
}

uint32_t
meter_frames_flow(unsigned int n, uint8_t *dst, size_t size)
{
	return size < MIN_LEN ? 0 : build(dst, IPV4_UDP, 0, n, MIN_LEN);
}

void
meter_frames_ask(struct rte_mbuf **pkts, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		struct rte_mbuf *m = pkts[i];
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
		uint32_t l2 = sizeof(*eth);
		struct rte_ipv4_hdr *ip;

		if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_VLAN))
			l2 += TAG_LEN;
		ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l2);
		m->l2_len = l2;
		m->l3_len = sizeof(*ip);
		m->vlan_tci = VLAN_TCI;
		m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_VLAN;
		ip->hdr_checksum = 0;
		if (ip->next_proto_id == IPPROTO_TCP) {
			struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)(ip + 1);

			m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
			m->l4_len = sizeof(*h);
			h->cksum = rte_ipv4_phdr_cksum(ip, m->ol_flags);
		} else {
			struct rte_udp_hdr *h = (struct rte_udp_hdr *)(ip + 1);

			m->ol_flags |= RTE_MBUF_F_TX_UDP_CKSUM;
			m->l4_len = sizeof(*h);
			h->dgram_cksum = rte_ipv4_phdr_cksum(ip, m->ol_flags);
		}
	}
}
