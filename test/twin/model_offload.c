/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the transmitter does to a frame: checksums, VLAN tag, segmentation. Everything
 * is executed from the lengths that the descriptors and the context give, never from
 * looking at the frame: a wrong MACLEN, IPLEN or L4LEN or a missing pseudo-header sum
 * gives a wrong frame, as on the chip.
 */

#include "model.h"

#define MACLEN_MIN 14u
#define IPLEN_MIN 20u
#define TCP_MIN 20u
#define UDP_LEN 8u
#define SCTP_MIN 12u
#define VLAN_LEN 4u
#define MAX_NO_CRC (ORIEL_MAX_FRAME - MODEL_CRC_LEN)
#define LEGACY_IC ORIEL_BIT(26)
#define LEGACY_CSO ORIEL_MASK(23, 16)
#define LEGACY_CSS ORIEL_MASK(15, 8)
#define TCP_FLAGS_MASK 0xfffu

/** The context's fields as numbers. */
struct offload {
	uint32_t maclen, iplen, l4len, mss;
	uint32_t l4t;
	uint16_t vlan;
	bool ipv4, ixsm, txsm, vle;
	uint32_t l4; /* offset of layer 4 */
};

static bool
offload_load(const struct model_queue *q, const struct model_txf *f, struct offload *o)
{
	uint32_t idx = ORIEL_GET(ORIEL_TXD_IDX, f->olinfo);
	const struct model_ctx *c;

	memset(o, 0, sizeof(*o));
	o->ixsm = (f->olinfo & ORIEL_TXD_IXSM) != 0;
	o->txsm = (f->olinfo & ORIEL_TXD_TXSM) != 0;
	o->vle = (f->cmd & ORIEL_TXD_VLE) != 0;
	if (!o->ixsm && !o->txsm && !o->vle && !(f->cmd & ORIEL_TXD_TSE))
		return true;
	if (idx >= ORIEL_NB_TX_CTX || !q->ctx[idx].valid)
		return false;
	c = &q->ctx[idx];
	o->maclen = ORIEL_GET(ORIEL_TXC_MACLEN, c->lens);
	o->iplen = ORIEL_GET(ORIEL_TXC_IPLEN, c->lens);
	o->vlan = (uint16_t)ORIEL_GET(ORIEL_TXC_VLAN, c->lens);
	o->l4len = ORIEL_GET(ORIEL_TXC_L4LEN, c->mss);
	o->mss = ORIEL_GET(ORIEL_TXC_MSS, c->mss);
	o->l4t = c->tucmd & ORIEL_TXC_L4T;
	o->ipv4 = (c->tucmd & ORIEL_TXC_IPV4) != 0;
	o->l4 = o->maclen + o->iplen;
	return true;
}

/** The lengths must lie in the chip's ranges where they are used. */
static bool
offload_valid(const struct offload *o, const struct model_txf *f, bool tse)
{
	uint32_t need = o->l4t == ORIEL_TXC_L4T_TCP ? TCP_MIN :
		o->l4t == ORIEL_TXC_L4T_SCTP	    ? SCTP_MIN :
						      UDP_LEN;

	if (!o->ixsm && !o->txsm && !tse)
		return true;
	if (o->maclen < MACLEN_MIN || o->iplen < IPLEN_MIN || o->l4 > f->len)
		return false;
	if (o->ixsm && !o->ipv4)
		return false;
	if (o->txsm && (o->l4t == ORIEL_TXC_L4T || o->l4 + need > f->len))
		return false;
	return true;
}

/** IPv4 header checksum over what lies there, the checksum field included. */
static void
put_ip_csum(uint8_t *frame, const struct offload *o)
{
	uint8_t *ip = frame + o->maclen;

	model_put_be16(ip + 10, (uint16_t)~model_fold(model_sum(ip, o->iplen, 0)));
}

/** Layer 4 checksum from the start of layer 4 to the end; the field holds the seed. */
static void
put_l4_csum(uint8_t *frame, uint32_t len, const struct offload *o, uint64_t seed)
{
	uint8_t *l4 = frame + o->l4;
	uint32_t crc;
	uint16_t sum;

	if (o->l4t == ORIEL_TXC_L4T_SCTP) {
		crc = ~model_crc32c(l4, len - o->l4, UINT32_MAX);
		memcpy(l4 + 8, &crc, sizeof(crc));
		return;
	}
	sum = (uint16_t)~model_fold(model_sum(l4, len - o->l4, seed));
	if (o->l4t == ORIEL_TXC_L4T_TCP) {
		model_put_be16(l4 + 16, sum);
		return;
	}
	/* 0 would say "no checksum" */
	model_put_be16(l4 + 6, sum == 0 ? 0xffff : sum);
}

/** Puts the context's tag in; the outer tag of double VLAN mode stays in front. */
static uint32_t
put_tag(const struct twin_model *m, uint8_t *frame, uint32_t len, uint16_t tag)
{
	uint32_t at = m->ext_vlan ? 16 : 12;

	if (len < at)
		return len;
	memmove(frame + at + VLAN_LEN, frame + at, len - at);
	model_put_be16(frame + at, m->vet);
	model_put_be16(frame + at + 2, tag);
	return len + VLAN_LEN;
}

static bool
send_edited(struct twin_port *p, struct model_queue *q, uint8_t *frame, uint32_t len)
{
	if (len < MODEL_MIN_FRAME) {
		memset(frame + len, 0, MODEL_MIN_FRAME - len);
		len = MODEL_MIN_FRAME;
	}
	return model_tx_out(p, q, frame, len);
}

/** Headers of segment `i` of `n`, whose payload of `chunk` bytes starts at `done`. */
static void
segment_headers(struct twin_port *p, uint8_t *frame, const struct offload *o, uint32_t i,
	uint32_t n, uint32_t done, uint32_t chunk)
{
	uint8_t *ip = frame + o->maclen, *l4 = frame + o->l4;
	uint32_t low = twin_reg(p, ORIEL_DTXTCPFLGL), mask;

	if (o->ipv4) {
		model_put_be16(ip + 2, o->iplen + o->l4len + chunk);
		model_put_be16(ip + 4, model_be16(ip + 4) + i);
	} else {
		model_put_be16(ip + 4, o->iplen - 40 + o->l4len + chunk);
	}
	if (o->l4t == ORIEL_TXC_L4T_UDP) {
		model_put_be16(l4 + 4, o->l4len + chunk);
		return;
	}
	model_put_be32(l4 + 4, model_be32(l4 + 4) + done);
	/* A frame that is first and last at once keeps its flags. */
	if (n == 1)
		return;
	mask = i == 0	   ? ORIEL_GET(ORIEL_DTXTCPFLGL_FIRST, low) :
		i + 1 == n ? ORIEL_GET(ORIEL_DTXTCPFLGH_LAST, twin_reg(p, ORIEL_DTXTCPFLGH)) :
			     ORIEL_GET(ORIEL_DTXTCPFLGL_MID, low);
	mask |= ~TCP_FLAGS_MASK; /* the header length is no flag */
	model_put_be16(l4 + 12, model_be16(l4 + 12) & mask);
}

static bool
tso_valid(const struct offload *o, const struct model_txf *f, uint32_t hdr, uint32_t paylen)
{
	bool tcp = o->l4t == ORIEL_TXC_L4T_TCP, udp = o->l4t == ORIEL_TXC_L4T_UDP;

	if (!tcp && !udp)
		return false;
	if (o->l4len < (tcp ? TCP_MIN : UDP_LEN) || hdr > ORIEL_TX_MAX_HDR)
		return false;
	if (o->mss == 0 || o->mss > ORIEL_TX_MAX_MSS ||
		hdr + (o->vle ? VLAN_LEN : 0) + o->mss > MAX_NO_CRC)
		return false;
	if (!o->ipv4 && o->iplen < 40)
		return false;
	return paylen != 0 && f->len == hdr + paylen;
}

static enum model_tx_result
send_tso(struct twin_port *p, struct model_queue *q, const struct model_txf *f,
	const struct offload *o, unsigned int *sent)
{
	uint32_t paylen = ORIEL_GET(ORIEL_TXD_PAYLEN, f->olinfo), hdr = o->l4 + o->l4len;
	uint8_t *out = p->model->seg_buf;
	uint32_t n;

	if (!tso_valid(o, f, hdr, paylen))
		return MODEL_TX_BAD;
	n = (paylen + o->mss - 1) / o->mss;
	for (uint32_t i = q->seg_done; i < n; i++) {
		uint32_t done = i * o->mss, chunk = paylen - done < o->mss ? paylen - done : o->mss;
		uint32_t len = hdr + chunk;

		memcpy(out, f->data, hdr);
		memcpy(out + hdr, f->data + hdr + done, chunk);
		segment_headers(p, out, o, i, n, done, chunk);
		if (o->ixsm)
			put_ip_csum(out, o);
		/* The seed has no length: the chip adds each segment's. */
		if (o->txsm)
			put_l4_csum(out, len, o, o->l4len + chunk);
		if (o->vle)
			len = put_tag(p->model, out, len, o->vlan);
		if (!send_edited(p, q, out, len)) {
			q->seg_done = i;
			return MODEL_TX_AGAIN;
		}
		(*sent)++;
	}
	MODEL_STAT(p->model, TSCTC)++;
	return MODEL_TX_SENT;
}

/** IFCS = 0: the frame brings its CRC. A wrong one would be dropped by whoever receives it. */
static enum model_tx_result
send_own_crc(
	struct twin_port *p, struct model_queue *q, const struct model_txf *f, unsigned int *sent)
{
	uint32_t len = f->len - MODEL_CRC_LEN, crc;

	if (f->len < MODEL_MIN_FRAME + MODEL_CRC_LEN || f->len > ORIEL_MAX_FRAME)
		return MODEL_TX_BAD;
	memcpy(&crc, f->data + len, MODEL_CRC_LEN);
	if (crc != model_crc32(f->data, len))
		return MODEL_TX_BAD;
	if (!model_tx_out(p, q, f->data, len))
		return MODEL_TX_AGAIN;
	(*sent)++;
	return MODEL_TX_SENT;
}

/** A legacy descriptor: one sum from CSS to the end, stored at CSO, and its own tag. */
static enum model_tx_result
send_legacy(
	struct twin_port *p, struct model_queue *q, const struct model_txf *f, unsigned int *sent)
{
	uint32_t cso = ORIEL_GET(LEGACY_CSO, f->cmd), css = ORIEL_GET(LEGACY_CSS, f->olinfo);
	uint32_t len = f->len;

	if (!(f->cmd & ORIEL_TXD_IFCS))
		return send_own_crc(p, q, f, sent);
	if ((f->cmd & LEGACY_IC) && css < len && cso + 2 <= len)
		model_put_be16(f->data + cso,
			(uint16_t)~model_fold(model_sum(f->data + css, len - css, 0)));
	if (f->cmd & ORIEL_TXD_VLE)
		len = put_tag(p->model, f->data, len, (uint16_t)(f->olinfo >> 16));
	if (!send_edited(p, q, f->data, len))
		return MODEL_TX_AGAIN;
	(*sent)++;
	return MODEL_TX_SENT;
}

static bool
length_valid(struct twin_port *p, const struct model_txf *f)
{
	bool psp = (twin_reg(p, ORIEL_TCTL) & ORIEL_TCTL_PSP) != 0;

	return f->len >= (psp ? ORIEL_TX_MIN_FRAME : MODEL_MIN_FRAME) && f->len <= ORIEL_MAX_FRAME;
}

enum model_tx_result
model_offload_send(
	struct twin_port *p, struct model_queue *q, struct model_txf *f, unsigned int *sent)
{
	bool tse = (f->cmd & ORIEL_TXD_TSE) != 0, ifcs = (f->cmd & ORIEL_TXD_IFCS) != 0;
	struct offload o;
	uint32_t len = f->len;

	if (!(f->cmd & ORIEL_TXD_DEXT))
		return length_valid(p, f) ? send_legacy(p, q, f, sent) : MODEL_TX_BAD;
	if ((f->cmd & ORIEL_TXD_DTYP) != ORIEL_TXD_DTYP_DATA || !offload_load(q, f, &o) ||
		!offload_valid(&o, f, tse))
		return MODEL_TX_BAD;
	if (!ifcs && (tse || o.ixsm || o.txsm || o.vle || len < MODEL_MIN_FRAME))
		return MODEL_TX_BAD;
	if (tse)
		return send_tso(p, q, f, &o, sent);
	if (ORIEL_GET(ORIEL_TXD_PAYLEN, f->olinfo) != len || !length_valid(p, f))
		return MODEL_TX_BAD;
	if (!ifcs)
		return send_own_crc(p, q, f, sent);
	if (len + (o.vle ? VLAN_LEN : 0) > MAX_NO_CRC)
		return MODEL_TX_BAD;
	if (o.ixsm)
		put_ip_csum(f->data, &o);
	if (o.txsm)
		put_l4_csum(f->data, len, &o, 0);
	if (o.vle)
		len = put_tag(p->model, f->data, len, o.vlan);
	if (!send_edited(p, q, f->data, len))
		return MODEL_TX_AGAIN;
	if (f->cmd & ORIEL_TXD_MAC_TSTAMP)
		model_time_tx(p);
	(*sent)++;
	return MODEL_TX_SENT;
}
