/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * All rows of TX bursts side by side: each has a queue and pools of its own, all get the same
 * random packets, and after each burst descriptors to the byte, RS, statistics, state,
 * doorbells and what is back in the pools are those of a scalar row.
 */

#include "rows_bed.h"
#include "tx.h"

#define MAX_RING 512
#define POOL 1023
#define ROOM 512
#define BURST 64
#define MAX_SEGS (ORIEL_TX_MAX_SEGS + 2)
/* Buffers of the application that mbufs are attached to: more than can be on the way. */
#define NB_EXT 1024
#define EXT_ROOM 64
#define HELD 32
#define Q1_DD (UINT64_C(1) << 32)
#define Q1_RS UINT64_C(0x08000000)
#define Q1_DTYP UINT64_C(0xf00000)
#define Q1_TSTAMP UINT64_C(0x80000)
#define Q1_DTYP_CTX UINT64_C(0x200000)

#define F(x) RTE_MBUF_F_TX_##x

/** One row with its queue. Lane 0 is the scalar row that serves all. */
struct lane {
	const struct oriel_tx_path *row;
	struct rte_mempool *pool, *other;
	struct oriel_txq *q;
	struct rte_mbuf *pkts[BURST];
	/* Segments that the application has a reference of. */
	struct rte_mbuf *held[HELD];
	/* Buffers that are not of a pool. */
	struct rte_mbuf_ext_shared_info shared;
	uint8_t (*ext)[EXT_ROOM];
};

static struct lane lanes[ROWS_MAX];
static unsigned int nb_lanes, nb_held, next_ext;

/** What was tried: nothing of it may be missing in the end. */
static struct {
	uint64_t packets, chains, padded, cleaned, partly, kinds[4], shared;
	uint64_t stamps[2]; /* asked for by descriptors, without and with time synchronisation */
	struct oriel_txq_stats stats;
} seen;

/* ---- packets ---- */

enum kind { PLAIN, OTHER_POOL, INDIRECT, EXTERNAL };

struct segment {
	enum kind kind;
	uint16_t len, data_off;
	bool shared; /* the application keeps a reference */
	uint64_t id; /* the first bytes of its data: tells whose address a descriptor has */
};

/** A packet as all lanes get it. */
struct packet {
	uint64_t ol, tx_offload;
	uint16_t vlan, nb_segs;
	int16_t lie_segs, lie_len; /* added to nb_segs and pkt_len */
	struct segment segs[MAX_SEGS];
};

/** Packets of a flow ask for the same offloads. */
struct flow {
	uint64_t ol, tx_offload;
	uint16_t vlan;
};

struct app {
	uint64_t seed, next_id;
	struct flow flows[6];
	unsigned int flow;
	unsigned int odd; /* of 256 packets, how many are not of the most common kind */
	bool fast_free;
	uint8_t stamps; /* ORIEL_STAMPS_ON or 0 */
};

static const struct {
	uint64_t ol;
	uint16_t l2, l3, l4, mss;
} usual[] = {
	{ 0, 0, 0, 0, 0 },
	{ F(IPV4), 14, 20, 0, 0 },
	{ F(IPV6), 14, 40, 0, 0 },
	{ F(VLAN), 0, 0, 0, 0 },
	{ F(IPV4) | F(IP_CKSUM), 14, 20, 0, 0 },
	{ F(IPV4) | F(IP_CKSUM) | F(TCP_CKSUM), 14, 20, 20, 0 },
	{ F(IPV4) | F(IP_CKSUM) | F(UDP_CKSUM) | F(VLAN), 14, 20, 8, 0 },
	{ F(IPV6) | F(UDP_CKSUM), 14, 40, 8, 0 },
	{ F(IPV6) | F(TCP_CKSUM), 18, 48, 20, 0 },
	{ F(IPV4) | F(SCTP_CKSUM), 14, 24, 12, 0 },
	{ F(IPV4) | F(IP_CKSUM) | F(TCP_SEG) | F(TCP_CKSUM), 14, 20, 20, 536 },
	{ F(IPV6) | F(TCP_SEG) | F(VLAN), 14, 40, 32, 1400 },
};

static struct flow
random_flow(uint64_t *seed)
{
	static const uint64_t flags[] = { F(IPV4), F(IPV6), F(IP_CKSUM), F(TCP_CKSUM), F(UDP_CKSUM),
		F(SCTP_CKSUM), F(TCP_SEG), F(VLAN), F(UDP_SEG), F(OUTER_IPV6), F(TUNNEL_VXLAN),
		F(QINQ), F(MACSEC) };
	uint64_t r = bed_random(seed);
	unsigned int i = rows_below(seed, RTE_DIM(usual));
	struct flow flow = { .ol = usual[i].ol, .vlan = r };

	if (r >> 60 != 0) {
		flow.tx_offload = rte_mbuf_tx_offload(
			usual[i].l2, usual[i].l3, usual[i].l4, usual[i].mss, 0, 0, 0);
		return flow;
	}
	/* Whatever an application may put there by mistake. */
	for (i = 0; i < RTE_DIM(flags); i++)
		if (rows_below(seed, i < 8 ? 3 : 16) == 0)
			flow.ol |= flags[i];
	flow.ol |= rows_below(seed, 8) == 0 ? F(IEEE1588_TMST) : 0;
	flow.tx_offload = rte_mbuf_tx_offload(10 + (r >> 16) % 10, 16 + (r >> 24) % 30,
		(r >> 32) % 30, rows_below(seed, 8) == 0 ? 0xffff : (r >> 40) % 3000, 0, 0, 0);
	return flow;
}

static uint16_t
random_length(uint64_t *seed)
{
	static const uint16_t edges[] = { 0, 1, 13, 14, 16, 17, 18, 33, 34, 41, 42, 53, 54,
		ORIEL_TX_MAX_FRAME - 5, ORIEL_TX_MAX_FRAME - 4, ORIEL_TX_MAX_FRAME - 3,
		ORIEL_TX_MAX_FRAME - 1, ORIEL_TX_MAX_FRAME, ORIEL_TX_MAX_FRAME + 1, 0x7fff, 0x8000,
		0xffff };

	return rows_below(seed, 4) == 0 ? edges[rows_below(seed, RTE_DIM(edges))] :
					  rows_below(seed, 200);
}

static void
random_segment(struct app *app, struct segment *seg, bool odd)
{
	uint64_t r = bed_random(&app->seed);

	seg->kind = PLAIN;
	seg->shared = false;
	seg->data_off = odd ? r % 200 : RTE_PKTMBUF_HEADROOM;
	seg->len = 60 + (r >> 8) % 1455;
	seg->id = ++app->next_id;
	if (!odd || app->fast_free)
		return;
	if ((r >> 24 & 3) == 0)
		seg->kind = r >> 26 & 3;
	seg->shared = (r >> 28 & 0xf) == 0;
}

/** Chains: mostly short, with empty segments, some too long, some that lie. */
static void
random_chain(struct app *app, struct packet *p)
{
	p->nb_segs = 2 + rows_below(&app->seed, 4);
	if (rows_below(&app->seed, 32) == 0)
		p->nb_segs = MAX_SEGS - rows_below(&app->seed, 6);
	for (unsigned int i = 0; i < p->nb_segs; i++) {
		random_segment(app, &p->segs[i], true);
		if (rows_below(&app->seed, 3) == 0)
			p->segs[i].len = random_length(&app->seed);
	}
	if (rows_below(&app->seed, 16) == 0)
		p->lie_len = 1 - 2 * (int)rows_below(&app->seed, 2);
	else if (rows_below(&app->seed, 16) == 0)
		p->lie_segs = p->nb_segs > 2 && rows_below(&app->seed, 2) ? -1 : 1;
}

static void
random_packet(struct app *app, struct packet *p)
{
	const bool odd = rows_below(&app->seed, 256) < app->odd;
	const struct flow *flow;
	uint64_t r;

	if (rows_below(&app->seed, 200) == 0) {
		static const unsigned int moods[] = { 0, 2, 16, 128 };

		app->odd = moods[rows_below(&app->seed, RTE_DIM(moods))];
	}
	if (rows_below(&app->seed, 40) == 0)
		app->flows[rows_below(&app->seed, RTE_DIM(app->flows))] = random_flow(&app->seed);
	/* Two flows by turns have their contexts, more want new ones. */
	r = bed_random(&app->seed);
	if (r % 16 == 0)
		app->flow = (r >> 4) % RTE_DIM(app->flows);
	flow = &app->flows[r >> 8 & 1 ? app->flow : 0];
	p->ol = flow->ol;
	p->tx_offload = flow->tx_offload;
	p->vlan = flow->vlan;
	p->lie_segs = p->lie_len = 0;
	p->nb_segs = 1;
	/* Few ask for a stamp, whatever else they ask for. */
	p->ol |= rows_below(&app->seed, 32) == 0 ? F(IEEE1588_TMST) : 0;
	random_segment(app, &p->segs[0], odd);
	/* What says nothing for sending, what says nothing without TSO. */
	p->ol |= r >> 16 & 3 ? 0 : RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_RSS_HASH;
	if ((r >> 18 & 3) == 0)
		p->tx_offload ^= (r >> 32 & 0xff) << (RTE_MBUF_L2_LEN_BITS + RTE_MBUF_L3_LEN_BITS);
	if (!odd)
		return;
	/* Of one segment pkt_len counts with offloads only. */
	if ((r >> 52) % 32 == 0)
		p->lie_len = 1 - 2 * (int)(r >> 57 & 1);
	switch (r >> 20 & 7) {
	case 0:
		p->vlan ^= r >> 40;
		break;
	case 1:
		p->tx_offload ^= r >> 40 & 0x181;
		break;
	case 2:
	case 3:
		p->segs[0].len = random_length(&app->seed);
		if ((r >> 24) % 64 == 0)
			p->lie_segs = -1;
		break;
	case 4:
	case 5:
		random_chain(app, p);
		break;
	default:
		break;
	}
}

static void
ext_freed(void *addr, void *opaque)
{
	(void)addr;
	fail_msg("%s: the application's buffer was freed", (const char *)opaque);
}

/** The data of an indirect mbuf, or of one with a buffer of the application, lies elsewhere. */
static struct rte_mbuf *
make_segment(struct lane *lane, const struct segment *seg)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(seg->kind == OTHER_POOL ? lane->other : lane->pool);
	struct rte_mbuf *direct;

	assert_non_null(m);
	m->data_off = seg->data_off;
	if (seg->kind == INDIRECT) {
		direct = rte_pktmbuf_alloc(lane->other);
		assert_non_null(direct);
		direct->data_off = seg->data_off;
		rte_pktmbuf_attach(m, direct);
		rte_pktmbuf_free(direct);
	} else if (seg->kind == EXTERNAL) {
		uint8_t *buf = lane->ext[next_ext % NB_EXT];

		rte_mbuf_ext_refcnt_update(&lane->shared, 1);
		rte_pktmbuf_attach_extbuf(
			m, buf, (rte_iova_t)(uintptr_t)buf, EXT_ROOM, &lane->shared);
		m->data_off = seg->data_off % 32;
	}
	memcpy(rte_pktmbuf_mtod(m, void *), &seg->id, sizeof(seg->id));
	m->data_len = seg->len;
	m->pkt_len = seg->len;
	return m;
}

static struct rte_mbuf *
make_packet(struct lane *lane, const struct packet *p)
{
	struct rte_mbuf *first = NULL, *last = NULL, *m;
	const unsigned int ext = next_ext, held = nb_held;

	for (unsigned int i = 0; i < p->nb_segs; i++) {
		m = make_segment(lane, &p->segs[i]);
		next_ext += p->segs[i].kind == EXTERNAL;
		if (p->segs[i].shared && nb_held < HELD) {
			rte_mbuf_refcnt_update(m, 1);
			lane->held[nb_held++] = m;
		}
		if (first == NULL) {
			first = m;
		} else {
			last->next = m;
			first->pkt_len += m->data_len;
			first->nb_segs++;
		}
		last = m;
	}
	first->ol_flags |= p->ol;
	first->tx_offload = p->tx_offload;
	first->vlan_tci = p->vlan;
	first->nb_segs += p->lie_segs;
	first->pkt_len += p->lie_len;
	if (lane != &lanes[nb_lanes - 1]) {
		next_ext = ext;
		nb_held = held;
	}
	return first;
}

/** The application lets go of what it held, of all or of the last few. */
static void
release(unsigned int keep)
{
	while (nb_held > keep) {
		nb_held--;
		for (unsigned int i = 0; i < nb_lanes; i++)
			rte_pktmbuf_free_seg(lanes[i].held[nb_held]);
	}
}

/** Up to n packets for all lanes, as far as their pools reach; returns how many. */
static uint16_t
make_burst(struct app *app, uint16_t n)
{
	static struct packet p;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (rte_mempool_avail_count(lanes[0].pool) < MAX_SEGS ||
			rte_mempool_avail_count(lanes[0].other) < MAX_SEGS)
			break;
		random_packet(app, &p);
		seen.chains += p.nb_segs > 1;
		for (unsigned int k = 0; k < p.nb_segs; k++) {
			seen.kinds[p.segs[k].kind]++;
			seen.shared += p.segs[k].shared;
		}
		for (unsigned int k = 0; k < nb_lanes; k++)
			lanes[k].pkts[i] = make_packet(&lanes[k], &p);
	}
	return i;
}

/* ---- what the rows make of them ---- */

#define assert_same(a, b) \
	do { \
		const uint64_t want_ = (a), got_ = (b); \
		if (want_ != got_) \
			fail_msg("row \"%s\": " #b " is %#" PRIx64 ", row \"%s\": %#" PRIx64, \
				lane->row->name, got_, lanes[0].row->name, want_); \
	} while (0)

/** Whose data a descriptor points to. */
static uint64_t
target(const struct lane *lane, uint64_t iova)
{
	uint64_t id;

	if (iova == lane->q->pad_iova)
		return UINT64_MAX;
	memcpy(&id, (const void *)(uintptr_t)iova, sizeof(id));
	return id;
}

/** The descriptors from `from` to the tail. */
static void
compare_descriptors(const struct lane *lane, uint16_t from)
{
	const struct oriel_txq *want = lanes[0].q, *got = lane->q;

	for (uint16_t idx = from; idx != want->next; idx = (idx + 1) % want->nb_desc) {
		const uint64_t *a = want->ring[idx].q, *b = got->ring[idx].q;

		assert_same(a[1], b[1]);
		if ((a[1] & Q1_DTYP) == Q1_DTYP_CTX)
			assert_same(a[0], b[0]);
		else
			assert_same(target(&lanes[0], a[0]), target(lane, b[0]));
	}
}

static void
compare_state(const struct lane *lane)
{
	const struct oriel_txq *want = lanes[0].q, *got = lane->q;

	assert_same(want->next, got->next);
	assert_same(want->clean, got->clean);
	assert_same(want->nb_free, got->nb_free);
	assert_same(want->nb_used, got->nb_used);
	assert_same(want->rs_head, got->rs_head);
	assert_same(want->rs_tail, got->rs_tail);
	assert_same(want->holes, got->holes);
	assert_same(want->ctx_last, got->ctx_last);
	for (unsigned int i = 0; i < ORIEL_NB_TX_CTX; i++) {
		assert_same(want->ctx[i].q0, got->ctx[i].q0);
		assert_same(want->ctx[i].q1, got->ctx[i].q1);
	}
	assert_same(want->stats.packets, got->stats.packets);
	assert_same(want->stats.bytes, got->stats.bytes);
	assert_same(want->stats.contexts, got->stats.contexts);
	assert_same(want->stats.errors, got->stats.errors);
	assert_same(rte_mempool_avail_count(lanes[0].pool), rte_mempool_avail_count(lane->pool));
	assert_same(rte_mempool_avail_count(lanes[0].other), rte_mempool_avail_count(lane->other));
	assert_same(rte_mbuf_ext_refcnt_read(&lanes[0].shared),
		rte_mbuf_ext_refcnt_read(&lane->shared));
}

/** A burst of every row; all must have done the same. */
static void
burst_all(uint16_t nb_pkts)
{
	const uint16_t from = lanes[0].q->next;
	uint32_t bell = 0;
	uint16_t n = 0;

	for (unsigned int i = 0; i < nb_lanes; i++) {
		struct lane *lane = &lanes[i];
		uint16_t got = lane->row->burst(lane->q, lane->pkts, nb_pkts);

		if (i == 0) {
			n = got;
			bell = bed_take_doorbell(lane->q->tail);
			continue;
		}
		assert_same(n, got);
		assert_same(bell, bed_take_doorbell(lane->q->tail));
		compare_state(lane);
		compare_descriptors(lane, from);
	}
	assert_int_equal(bell, lanes[0].q->next == from ? BED_NO_DOORBELL : lanes[0].q->next);
	seen.packets += n;
	seen.partly += n < nb_pkts;
	for (uint16_t idx = from; idx != lanes[0].q->next; idx = (idx + 1) % lanes[0].q->nb_desc) {
		const struct oriel_txq *q = lanes[0].q;

		seen.padded += q->ring[idx].q[0] == q->pad_iova;
		seen.stamps[q->stamps != 0] += (q->ring[idx].q[1] & Q1_DTYP) != Q1_DTYP_CTX &&
			q->ring[idx].q[1] & Q1_TSTAMP;
	}
	/* The rest was not taken, so it is the application's. */
	for (unsigned int i = 0; i < nb_lanes; i++)
		rte_pktmbuf_free_bulk(lanes[i].pkts + n, nb_pkts - n);
}

/** The device sends up to n descriptors from *head on; in between, DD where it says nothing. */
static void
device_sends(struct app *app, uint16_t *head, unsigned int n)
{
	const struct oriel_txq *q = lanes[0].q;

	for (; n > 0 && *head != q->next; n--) {
		const bool rs = q->ring[*head].q[1] & Q1_RS;

		for (unsigned int i = 0; i < nb_lanes; i++) {
			assert_int_equal(lanes[i].q->ring[*head].q[1] & Q1_RS, rs ? Q1_RS : 0);
			if (rs)
				lanes[i].q->ring[*head].q[1] = Q1_DD;
			else if (app->next_id % 8 == 0)
				lanes[i].q->ring[*head].q[1] |= Q1_DD;
		}
		*head = (*head + 1) % q->nb_desc;
	}
}

static void
cleanup_all(uint32_t free_cnt)
{
	int want = oriel_tx_done_cleanup(lanes[0].q, free_cnt);

	for (unsigned int i = 1; i < nb_lanes; i++) {
		const struct lane *lane = &lanes[i];
		int got = oriel_tx_done_cleanup(lane->q, free_cnt);

		assert_same(want, got);
		compare_state(lane);
	}
	seen.cleaned += want;
}

/* ---- a trial: one set of queues ---- */

static void
trial(struct app *app, unsigned int count)
{
	const uint16_t nb_desc = 32 + 8 * rows_below(&app->seed, (MAX_RING - 32) / 8 + 1);
	const uint16_t rs_thresh = 1 + rows_below(&app->seed, RTE_MIN(nb_desc / 2, 100));
	const uint16_t free_thresh = 1 + rows_below(&app->seed, nb_desc - 1);
	const unsigned int most = 1 + rows_below(&app->seed, 2 * BURST);
	const struct oriel_txq_stats *from;
	const uint64_t until = seen.packets + count;
	uint16_t head = 0;

	for (unsigned int i = 0; i < nb_lanes; i++) {
		lanes[i].q = bed_txq(nb_desc, rs_thresh, free_thresh);
		oriel_txq_set_stamps(lanes[i].q, app->stamps);
		lanes[i].q->fast_free = app->fast_free;
	}
	for (unsigned int i = 0; i < RTE_DIM(app->flows); i++)
		app->flows[i] = random_flow(&app->seed);
	for (unsigned int round = 0; seen.packets < until; round++) {
		/* A device that stands still would be a fault of this test. */
		assert_true(round < 10000 + 100 * count);
		burst_all(make_burst(app, rows_below(&app->seed, RTE_MIN(most, BURST) + 1)));
		device_sends(app, &head, rows_below(&app->seed, most + 1));
		if (rows_below(&app->seed, 64) == 0)
			cleanup_all(rows_below(&app->seed, 40));
		/* Time synchronisation is switched while ports are at work. */
		if (rows_below(&app->seed, 256) == 0) {
			app->stamps ^= ORIEL_STAMPS_ON;
			for (unsigned int i = 0; i < nb_lanes; i++)
				oriel_txq_set_stamps(lanes[i].q, app->stamps);
		}
		if (rows_below(&app->seed, 8) == 0)
			release(rows_below(&app->seed, HELD));
	}
	release(0);
	from = &lanes[0].q->stats;
	seen.stats.packets += from->packets;
	seen.stats.contexts += from->contexts;
	seen.stats.errors += from->errors;
	for (unsigned int i = 0; i < nb_lanes; i++) {
		bed_txq_done(lanes[i].q);
		assert_int_equal(rte_mempool_avail_count(lanes[i].pool), POOL);
		assert_int_equal(rte_mempool_avail_count(lanes[i].other), POOL);
		assert_int_equal(rte_mbuf_ext_refcnt_read(&lanes[i].shared), 1);
	}
}

/* ---- all rows of a kind ---- */

static void
lane_up(struct lane *lane, unsigned int i, const struct oriel_tx_path *row)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	lane->row = row;
	snprintf(name, sizeof(name), "rows_tx%u", i);
	/* One pool with a cache of the lcore, one without. */
	lane->pool = rte_pktmbuf_pool_create(name, POOL, 64, 0, ROOM + RTE_PKTMBUF_HEADROOM, 0);
	assert_non_null(lane->pool);
	snprintf(name, sizeof(name), "rows_tx_other%u", i);
	lane->other = bed_pool(name, POOL, ROOM);
	lane->ext = calloc(NB_EXT, sizeof(*lane->ext));
	assert_non_null(lane->ext);
	lane->shared.free_cb = ext_freed;
	lane->shared.fcb_opaque = (void *)(uintptr_t)row->name;
	rte_mbuf_ext_refcnt_set(&lane->shared, 1);
}

/** All rows that run here and serve offloads, or do not; that which serves most comes first. */
static void
lanes_up(bool offloads)
{
	unsigned int n, i, vectors = 0;
	const struct oriel_tx_path *rows = oriel_path_tx_table(&n);

	nb_lanes = 0;
	for (i = n; i-- > 0;) {
		if (!(rows[i].offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO) == offloads ||
			!bed_row_runs(rows[i].name, rows[i].simd_width))
			continue;
		assert_true(nb_lanes < ROWS_MAX);
		lane_up(&lanes[nb_lanes], nb_lanes, &rows[i]);
		nb_lanes++;
		vectors += rows[i].simd_width != 0;
	}
	assert_int_equal(lanes[0].row->simd_width, 0);
	print_message("# %u rows, %u of them vectors\n", nb_lanes, vectors);
}

static void
lanes_down(void)
{
	for (unsigned int i = 0; i < nb_lanes; i++) {
		bed_pool_done(lanes[i].pool);
		bed_pool_done(lanes[i].other);
		free(lanes[i].ext);
	}
	nb_lanes = 0;
}

/** Whether chance left something out that it must not. */
static void
assert_all_seen(bool offloads)
{
	assert_int_equal(seen.stats.packets + seen.stats.errors, seen.packets);
	assert_true(seen.stats.errors > 0 && seen.chains > 0 && seen.padded > 0);
	assert_true(seen.stamps[1] > 0 && seen.stamps[0] == 0);
	assert_true(seen.partly > 0 && seen.cleaned > 0 && seen.shared > 0);
	for (unsigned int i = 0; i < RTE_DIM(seen.kinds); i++)
		assert_true(seen.kinds[i] > 0);
	assert_true(offloads ? seen.stats.contexts > 0 : seen.stats.contexts == 0);
}

static void
compare_rows(const char *test, bool offloads)
{
	struct app app = { .seed = bed_seed(test) };
	const unsigned int count = rows_count(test);
	const unsigned int trials = count >= 100000 ? 60 : 12;

	memset(&seen, 0, sizeof(seen));
	lanes_up(offloads);
	for (unsigned int i = 0; i < trials; i++) {
		app.fast_free = i % 3 == 0;
		app.stamps = i & 1 ? ORIEL_STAMPS_ON : 0;
		trial(&app, count / trials + 1);
	}
	lanes_down();
	print_message("# %s: %" PRIu64 " packets, %" PRIu64 " of them chains, %" PRIu64
		      " dropped, %" PRIu64 " contexts\n",
		test, seen.packets, seen.chains, seen.stats.errors, seen.stats.contexts);
	assert_true(seen.packets >= count);
	assert_all_seen(offloads);
}

static void
test_plain(void **state)
{
	(void)state;
	compare_rows("test_plain", false);
}

static void
test_offload(void **state)
{
	(void)state;
	compare_rows("test_offload", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_offload),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
