/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Headers of a received frame: tags, IP, layer 4, and the packet type bits. Cheap, as
 * every frame passes here; nothing is summed.
 */

#include "model.h"

#define ETH_HEADER 14u
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define PROTO_HOPOPTS 0
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_ESP 50
#define PROTO_AH 51
#define PROTO_NONE 59
#define PROTO_DSTOPTS 60
#define PROTO_SCTP 132
#define IPV6_HEADER 40u
#define MAX_EXT_HEADERS 16
#define OPT_PAD1 0
#define OPT_HOME_ADDRESS 0xc9
#define NFS_PORT 2049

static bool
is_nfs(const struct twin_model *m, const struct model_pkt *pkt)
{
	/* Requests to and replies from the server, unless switched off. */
	if (pkt->l4 + 4 > pkt->end)
		return false;
	return (!(m->rfctl & ORIEL_RFCTL_NFSW_DIS) &&
		       model_be16(pkt->data + pkt->l4 + 2) == NFS_PORT) ||
		(!(m->rfctl & ORIEL_RFCTL_NFSR_DIS) && model_be16(pkt->data + pkt->l4) == NFS_PORT);
}

static void
parse_l4(const struct twin_model *m, struct model_pkt *pkt, uint8_t proto, uint32_t off)
{
	uint32_t room = pkt->end - off;

	pkt->proto = proto;
	switch (proto) {
	case PROTO_TCP:
		if (room < 20)
			return;
		pkt->ptype |= ORIEL_RXD_PT_TCP;
		break;
	case PROTO_UDP:
		if (room < 8)
			return;
		pkt->ptype |= ORIEL_RXD_PT_UDP;
		break;
	case PROTO_SCTP:
		if (room < 12)
			return;
		pkt->ptype |= ORIEL_RXD_PT_SCTP;
		break;
	case PROTO_ESP:
		pkt->ptype |= ORIEL_RXD_PT_ESP;
		return;
	case PROTO_AH:
		pkt->ptype |= ORIEL_RXD_PT_AH;
		return;
	default:
		return;
	}
	pkt->l4 = off;
	if (proto != PROTO_SCTP && is_nfs(m, pkt))
		pkt->ptype |= ORIEL_RXD_PT_NFS;
}

/** Options of a destination header: the home address, if it is there. */
static void
parse_dest_options(struct model_pkt *pkt, uint32_t off, uint32_t end)
{
	off += 2;
	while (off + 2 <= end) {
		if (pkt->data[off] == OPT_PAD1) {
			off++;
			continue;
		}
		if (pkt->data[off] == OPT_HOME_ADDRESS && pkt->data[off + 1] == 16 &&
			off + 18 <= end)
			pkt->home = (uint16_t)(off + 2);
		off += 2u + pkt->data[off + 1];
	}
}

/** Walks extension headers; returns false where the walk ends without layer 4. */
static bool
parse_ext(struct model_pkt *pkt, uint8_t *proto, uint32_t *off)
{
	for (unsigned int i = 0; i < MAX_EXT_HEADERS; i++) {
		const uint8_t *h = pkt->data + *off;
		uint32_t len;

		if (*proto != PROTO_HOPOPTS && *proto != PROTO_ROUTING &&
			*proto != PROTO_FRAGMENT && *proto != PROTO_DSTOPTS)
			return *proto != PROTO_NONE;
		if (*off + 8 > pkt->end)
			return false;
		len = *proto == PROTO_FRAGMENT ? 8 : 8 + h[1] * 8u;
		if (*off + len > pkt->end)
			return false;
		pkt->exthdr = true;
		if (*proto == PROTO_FRAGMENT && (model_be16(h + 2) & 0xfff9) != 0) {
			pkt->frag = true;
			pkt->first = (model_be16(h + 2) & 0xfff8) == 0;
		} else if (*proto == PROTO_ROUTING && h[2] == 2 && h[3] != 0 && len >= 24) {
			pkt->route = (uint16_t)(*off + 8);
		} else if (*proto == PROTO_DSTOPTS) {
			parse_dest_options(pkt, *off, *off + len);
		}
		*proto = h[0];
		*off += len;
	}
	return false;
}

static void
parse_ipv6(const struct twin_model *m, struct model_pkt *pkt, uint32_t l3)
{
	const uint8_t *ip = pkt->data + l3;
	uint8_t proto;
	uint32_t off = l3 + IPV6_HEADER, end;

	if (off > pkt->end || ip[0] >> 4 != 6 || (m->rfctl & ORIEL_RFCTL_IPV6_DIS))
		return;
	end = off + model_be16(ip + 4);
	if (end > pkt->end)
		return;
	pkt->end = end;
	pkt->ptype |= ORIEL_RXD_PT_IPV6;
	if (!pkt->tunnel)
		pkt->ipv6 = true;
	proto = ip[6];
	if (!(m->rfctl & ORIEL_RFCTL_IPV6_EX_DIS)) {
		bool on = parse_ext(pkt, &proto, &off);

		if (pkt->exthdr)
			pkt->ptype |= ORIEL_RXD_PT_IPV6_EXT;
		if (!on || pkt->frag)
			return;
	}
	parse_l4(m, pkt, proto, off);
}

static void
parse_ipv4(const struct twin_model *m, struct model_pkt *pkt, uint32_t l3)
{
	const uint8_t *ip = pkt->data + l3;
	uint32_t hlen, total, frag;

	if (l3 + 20 > pkt->len || ip[0] >> 4 != 4)
		return;
	hlen = (ip[0] & 0xfu) * 4;
	total = model_be16(ip + 2);
	if (hlen < 20 || total < hlen || l3 + total > pkt->len)
		return;
	pkt->ipv4 = true;
	pkt->end = l3 + total;
	pkt->ptype |= ORIEL_RXD_PT_IPV4 | (hlen > 20 ? ORIEL_RXD_PT_IPV4_OPT : 0);
	frag = model_be16(ip + 6) & 0x3fff;
	if (frag != 0) {
		pkt->frag = true;
		pkt->first = (frag & 0x1fff) == 0;
		return;
	}
	if (ip[9] == PROTO_IPV6) {
		pkt->tunnel = true;
		parse_ipv6(m, pkt, l3 + hlen);
		return;
	}
	parse_l4(m, pkt, ip[9], l3 + hlen);
}

void
model_parse(const struct twin_model *m, const uint8_t *frame, uint32_t len, struct model_pkt *pkt)
{
	uint32_t off = 12;

	memset(pkt, 0, sizeof(*pkt));
	pkt->data = frame;
	pkt->len = len;
	pkt->end = len;
	if (len < ETH_HEADER)
		return;
	pkt->etype = model_be16(frame + off);
	if (m->ext_vlan && pkt->etype == m->vet_ext && len >= off + 6) {
		pkt->ext_tag = true;
		off += 4;
		pkt->etype = model_be16(frame + off);
	}
	if (pkt->etype == m->vet && (!m->ext_vlan || pkt->ext_tag) && len >= off + 6) {
		pkt->tagged = true;
		pkt->vlan_off = (uint16_t)off;
		pkt->vlan = model_be16(frame + off + 2);
		off += 4;
		pkt->etype = model_be16(frame + off);
	}
	pkt->l3 = off + 2;
	if (pkt->etype == TYPE_IPV4)
		parse_ipv4(m, pkt, off + 2);
	else if (pkt->etype == TYPE_IPV6)
		parse_ipv6(m, pkt, off + 2);
}
