/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * All rows of RX bursts side by side: each has a queue and a pool of its own, all get the
 * same random write-backs at the same time, and after each burst frames, mbufs to the byte,
 * statistics, state and doorbells are those of the scalar row. The device lies: gaps, DD on
 * what it does not own, lengths that cannot be, chains without an end.
 */

#include "rows_bed.h"
#include "rx.h"

#define DD ORIEL_RXD_DD
#define EOP ORIEL_RXD_EOP
#define MAX_RING 512
#define POOL (MAX_RING + 191)
/* Bytes of an mbuf that a burst fills: from data_off to the end of hash.rss. */
#define FIELDS 32
_Static_assert(
	offsetof(struct rte_mbuf, hash.rss) + 4 == offsetof(struct rte_mbuf, data_off) + FIELDS,
	"what is compared");
/* What a write without DD has for a hash; an address cannot look like it. */
#define NO_DD_HASH 0xfedcba98u
/* Of a chain's further mbufs: data_off to ol_flags. */
#define REARM 16

#define CHECKSUMS \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM)
#define ALL_RX (CHECKSUMS | RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_RSS_HASH)

static const uint64_t offload_sets[] = {
	0,
	ALL_RX,
	RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	RTE_ETH_RX_OFFLOAD_RSS_HASH,
	RTE_ETH_RX_OFFLOAD_KEEP_CRC,
	ALL_RX | RTE_ETH_RX_OFFLOAD_KEEP_CRC,
	CHECKSUMS,
};

/** One row with its queue. Lane 0 is the scalar row. */
struct lane {
	const struct oriel_rx_path *row;
	struct rte_mempool *pools[2]; /* rooms of 1 and 2 KiB */
	struct rte_mempool *pool;
	struct oriel_rxq *q;
	struct rte_mbuf *pkts[64];
	struct rte_mbuf *taken[POOL]; /* out of the pool, so that it runs dry */
};

static struct lane lanes[ROWS_MAX];
static unsigned int nb_lanes;

/** What was tried: nothing of it may be missing in the end. */
static struct {
	uint64_t descs, frames, chains, erratum, gaps, lies, dry;
	uint64_t stamped[2], ptp[2]; /* without and with time synchronisation */
	struct oriel_rxq_stats stats;
	uint8_t ptypes[128], rss[16], flags[32];
} seen;

/* ---- what the device writes ---- */

struct write_back {
	uint32_t info, hash, status;
	uint16_t length, vlan;
};

/** The device's mood, and where it is inside a frame. */
struct device {
	uint64_t seed;
	unsigned int bad;    /* of 256 frames, how many are not plain and good */
	unsigned int inside; /* buffers without EOP still to come */
	bool full;	     /* of full length */
};

static uint16_t
odd_length(struct device *dev, const struct oriel_rxq *q)
{
	const uint16_t odd[] = { 0, 1, 2, 3, 4, 5, q->buf_len - 1, q->buf_len, q->buf_len + 1,
		0x7fff, 0x8000, 0xffff };

	return odd[rows_below(&dev->seed, RTE_DIM(odd))];
}

/** Metadata without errors: any packet type, RSS type, status. */
static void
good_frame(struct device *dev, const struct oriel_rxq *q, struct write_back *wb)
{
	uint64_t r = bed_random(&dev->seed);

	wb->info = r & 0xf; /* RSS type */
	wb->info |= (r >> 4 & 0x7f) << 4;
	/* Most frames have one network header and one transport. */
	if (r & 1 << 12)
		wb->info = (wb->info & 0xf) | 1u << (4 + (r >> 13 & 3)) |
			((r >> 15 & 3) == 0 ? 0 : 0x80u << (r >> 15 & 3));
	wb->info |= r & 0xf << 17 ? 0 : ORIEL_RXD_PT_ETQF;
	wb->info |= r & 1 << 21 ? (uint32_t)(r >> 32) & 0xffff0000 & ~ORIEL_RXD_PT_ETQF : 0;
	r = bed_random(&dev->seed);
	wb->hash = r;
	wb->vlan = r >> 32;
	/* Everything but DD, EOP and RXE may be anything; a stamp is what few frames have. */
	wb->status = (bed_random(&dev->seed) & ~(uint64_t)(ORIEL_RXD_RXE | ORIEL_RXD_TS)) | DD |
		EOP;
	wb->status |= rows_below(&dev->seed, 24) == 0 ? ORIEL_RXD_TS : 0;
	wb->length = q->min_len + rows_below(&dev->seed, q->buf_len - q->min_len + 1);
	if ((r >> 48) % 8 == 0) {
		/* Around what the erratum is about. */
		wb->length = 60 + q->crc_len - (r >> 52 & 1) + (r >> 53 & 1);
		wb->info |= ORIEL_RXD_PT_SCTP;
		wb->status |= ORIEL_RXD_L4CS | ORIEL_RXD_L4E;
	}
}

/** A buffer in the middle of a frame, or its last one. */
static void
next_of_chain(struct device *dev, const struct oriel_rxq *q, struct write_back *wb)
{
	if (--dev->inside > 0) {
		wb->status &= ~EOP;
		wb->length = q->buf_len;
		if (rows_below(&dev->seed, 64) == 0)
			wb->length = odd_length(dev, q);
		return;
	}
	if (rows_below(&dev->seed, 4) == 0)
		wb->length = 1 + rows_below(&dev->seed, 6);
	if (rows_below(&dev->seed, 16) == 0)
		wb->status |= ORIEL_RXD_RXE;
}

static void
next_write_back(struct device *dev, const struct oriel_rxq *q, struct write_back *wb)
{
	if (rows_below(&dev->seed, 256) == 0) {
		static const unsigned int moods[] = { 0, 0, 4, 32, 128 };

		dev->bad = moods[rows_below(&dev->seed, RTE_DIM(moods))];
	}
	good_frame(dev, q, wb);
	if (dev->inside > 0) {
		next_of_chain(dev, q, wb);
		return;
	}
	if (rows_below(&dev->seed, 256) >= dev->bad)
		return;
	switch (rows_below(&dev->seed, 8)) {
	case 0:
		wb->status |= ORIEL_RXD_RXE;
		break;
	case 1:
		wb->length = odd_length(dev, q);
		break;
	case 2: /* not the start of a chain that could be */
		wb->status &= ~EOP;
		wb->length = bed_random(&dev->seed);
		break;
	case 3:
		wb->info = bed_random(&dev->seed);
		wb->status = bed_random(&dev->seed) | DD;
		wb->length = bed_random(&dev->seed);
		break;
	case 4: /* without an end */
		dev->inside = 2 + rows_below(&dev->seed, 4 * q->max_segs);
		next_of_chain(dev, q, wb);
		break;
	default: /* some are longer than a frame can be */
		dev->inside = 2 + rows_below(&dev->seed, q->max_segs);
		next_of_chain(dev, q, wb);
		break;
	}
}

/** Counts what kinds of good descriptors there were. */
static void
note_kind(const struct oriel_rxq *q, const struct write_back *wb)
{
	if (!(wb->status & EOP) || wb->status & ORIEL_RXD_RXE)
		return;
	seen.rss[wb->info & 0xf] = 1;
	seen.flags[ORIEL_RX_FLAGS_IDX(wb->status)] = 1;
	if (!(wb->info & ORIEL_RXD_PT_ETQF))
		seen.ptypes[ORIEL_RX_PT_IDX(wb->info)] = 1;
	seen.erratum += wb->length == 60 + q->crc_len && wb->info & ORIEL_RXD_PT_SCTP &&
		!(wb->info & ORIEL_RXD_PT_ETQF) && wb->status & ORIEL_RXD_L4E & q->status_mask;
}

/** What the device reads before it writes: the address of the mbuf's data. */
static void
assert_armed(uint16_t idx)
{
	for (unsigned int i = 0; i < nb_lanes; i++) {
		const struct oriel_rxq *q = lanes[i].q;

		/* Written before, but not back. */
		if (q->ring[idx].wb.hash == NO_DD_HASH)
			continue;
		if (q->ring[idx].q[0] != rte_mbuf_data_iova_default(q->sw_ring[idx]) ||
			q->ring[idx].q[1] != 0)
			fail_msg("row \"%s\": descriptor %u is %#" PRIx64 ", %#" PRIx64
				 " when the device takes it",
				lanes[i].row->name, idx, q->ring[idx].q[0], q->ring[idx].q[1]);
	}
}

static void
write_all(uint16_t idx, const struct write_back *wb)
{
	for (unsigned int i = 0; i < nb_lanes; i++)
		bed_rx_done(lanes[i].q, idx, wb->info, wb->hash, wb->status, wb->length, wb->vlan);
}

/** The device writes up to n descriptors of its own back, in all lanes, some of them too early. */
static void
device_writes(struct device *dev, unsigned int n)
{
	const struct oriel_rxq *q = lanes[0].q;
	unsigned int owned = oriel_rx_owned(q);
	unsigned int at;
	struct write_back wb;

	for (at = 0; n > 0 && at < owned; at++) {
		uint16_t idx = (q->next + at) % q->nb_desc;

		if (q->ring[idx].q[1] & DD)
			continue;
		/* This one comes later. */
		if (rows_below(&dev->seed, 200) == 0) {
			seen.gaps++;
			continue;
		}
		next_write_back(dev, q, &wb);
		note_kind(q, &wb);
		assert_armed(idx);
		write_all(idx, &wb);
		n--;
	}
	if (rows_below(&dev->seed, 64) != 0)
		return;
	/* Anywhere, owned or not. */
	for (n = 1 + rows_below(&dev->seed, 20); n > 0; n--) {
		uint16_t idx = rows_below(&dev->seed, q->nb_desc);

		next_write_back(dev, q, &wb);
		if (!(q->ring[idx].q[1] & DD) && rows_below(&dev->seed, 2) == 0) {
			wb.status &= ~DD;
			wb.hash = NO_DD_HASH;
		}
		write_all(idx, &wb);
		seen.lies++;
	}
}

/* ---- what the rows make of it ---- */

#define assert_same(a, b) \
	do { \
		const uint64_t want_ = (a), got_ = (b); \
		if (want_ != got_) \
			fail_msg("row \"%s\": " #b " is %" PRIu64 ", scalar: %" PRIu64, \
				lane->row->name, got_, want_); \
	} while (0)

/** An mbuf's bytes of the same frame in two rows. */
static void
compare_bytes(const struct lane *lane, unsigned int frame, const struct rte_mbuf *want,
	const struct rte_mbuf *got, size_t n)
{
	const uint8_t *a = (const uint8_t *)&want->data_off, *b = (const uint8_t *)&got->data_off;

	if (memcmp(a, b, n) == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			fail_msg("row \"%s\", frame %u of %s: byte %zu of the mbuf is %#x, "
				 "scalar: %#x",
				lane->row->name, frame,
				lane->row->scattered ? "chains" : "one buffer",
				i + offsetof(struct rte_mbuf, data_off), b[i], a[i]);
}

static void
compare_frame(const struct lane *lane, unsigned int frame, const struct rte_mbuf *want,
	const struct rte_mbuf *got)
{
	uint32_t left = want->pkt_len;

	compare_bytes(lane, frame, want, got, FIELDS);
	for (unsigned int n = want->nb_segs; n > 0; n--) {
		assert_non_null(want);
		assert_non_null(got);
		compare_bytes(lane, frame, want, got, REARM);
		assert_same(want->data_len, got->data_len);
		left -= want->data_len;
		want = want->next;
		got = got->next;
	}
	assert_null(want);
	assert_null(got);
	assert_int_equal(left, 0);
}

static void
compare_state(const struct lane *lane, uint32_t bell)
{
	const struct oriel_rxq *want = lanes[0].q, *got = lane->q;

	assert_same(want->next, got->next);
	assert_same(want->nb_hold, got->nb_hold);
	assert_same(want->skip_frame, got->skip_frame);
	assert_same(want->nb_segs, got->nb_segs);
	assert_same(want->seg_first != NULL, got->seg_first != NULL);
	assert_same(want->stats.packets, got->stats.packets);
	assert_same(want->stats.bytes, got->stats.bytes);
	assert_same(want->stats.alloc_failed, got->stats.alloc_failed);
	assert_same(want->stats.bad_length, got->stats.bad_length);
	assert_same(want->stats.no_eop, got->stats.no_eop);
	assert_same(want->stats.chain_overrun, got->stats.chain_overrun);
	assert_same(want->stats.errors, got->stats.errors);
	assert_same(bell, bed_take_doorbell(got->tail));
	assert_same(rte_mempool_avail_count(lanes[0].pool), rte_mempool_avail_count(lane->pool));
}

/** Back to the pool, with rubbish in all that a burst must fill: other rubbish in each lane. */
static void
spoil_and_free(struct rte_mbuf *m, uint64_t rubbish)
{
	while (m != NULL) {
		struct rte_mbuf *next = m->next;

		memset(&m->data_off, (uint8_t)rubbish, FIELDS);
		/* What the pool wants. */
		rte_mbuf_refcnt_set(m, 1);
		m->nb_segs = 1;
		m->ol_flags &= ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
		m->next = NULL;
		rte_mempool_put(m->pool, m);
		m = next;
	}
}

/** Flags of PTP only where time synchronisation is on; a stamp never without the other. */
static void
check_ptp(const struct rte_mbuf *m)
{
	const bool on = lanes[0].q->stamps != 0;
	const bool ptp = m->ol_flags & RTE_MBUF_F_RX_IEEE1588_PTP;
	const bool stamped = m->ol_flags & RTE_MBUF_F_RX_IEEE1588_TMST;

	assert_true(on || !(ptp || stamped));
	assert_true(ptp || !stamped);
	seen.ptp[on] += ptp && !stamped;
	seen.stamped[on] += stamped;
}

/** A burst of every row; all must have done the same. Returns how many descriptors each took. */
static unsigned int
burst_all(struct device *dev, uint16_t nb_pkts)
{
	const struct oriel_rxq *q = lanes[0].q;
	uint16_t n = 0, before = q->next;
	uint32_t bell = 0;

	for (unsigned int i = 0; i < nb_lanes; i++) {
		struct lane *lane = &lanes[i];
		uint16_t got = lane->row->burst(lane->q, lane->pkts, nb_pkts);

		if (i == 0) {
			n = got;
			bell = bed_take_doorbell(lane->q->tail);
			continue;
		}
		assert_same(n, got);
		for (uint16_t k = 0; k < n; k++)
			compare_frame(lane, k, lanes[0].pkts[k], lane->pkts[k]);
		compare_state(lane, bell);
	}
	seen.frames += n;
	for (uint16_t k = 0; k < n; k++) {
		seen.chains += lanes[0].pkts[k]->nb_segs > 1;
		check_ptp(lanes[0].pkts[k]);
	}
	for (unsigned int i = 0; i < nb_lanes; i++)
		for (uint16_t k = 0; k < n; k++)
			spoil_and_free(lanes[i].pkts[k], dev->seed >> i * 8);
	return (q->next + q->nb_desc - before) % q->nb_desc;
}

/** Takes mbufs out of all pools, at most n, and leaves `rest`; returns how many. */
static unsigned int
run_dry(unsigned int rest)
{
	unsigned int avail = rte_mempool_avail_count(lanes[0].pool), n;

	n = avail > rest ? avail - rest : 0;
	for (unsigned int i = 0; i < nb_lanes; i++)
		assert_int_equal(
			rte_mempool_get_bulk(lanes[i].pool, (void **)lanes[i].taken, n), 0);
	seen.dry++;
	return n;
}

static void
give_back(unsigned int n)
{
	for (unsigned int i = 0; i < nb_lanes; i++)
		rte_mempool_put_bulk(lanes[i].pool, (void *const *)lanes[i].taken, n);
}

/* ---- a trial: one set of queues ---- */

static void
queues_up(struct device *dev, uint64_t offloads)
{
	const uint16_t nb_desc = 32 + 8 * rows_below(&dev->seed, (MAX_RING - 32) / 8 + 1);
	const uint16_t thresh = 1 + rows_below(&dev->seed, RTE_MIN(nb_desc - 1, 128));
	const unsigned int room = rows_below(&dev->seed, 2);
	/* What the control path puts there: the port, and how to free. */
	const uint16_t port = bed_random(&dev->seed);
	const uint64_t ol = bed_random(&dev->seed) & UINT64_C(1) << 40;
	/* Half of the queues do as if the pool's buffers lay anywhere. */
	const bool anywhere = rows_below(&dev->seed, 2) == 0;
	const uint8_t stamps = rows_below(&dev->seed, 2) == 0 ? ORIEL_STAMPS_ON : 0;

	for (unsigned int i = 0; i < nb_lanes; i++) {
		struct lane *lane = &lanes[i];
		struct rte_mbuf init;

		lane->pool = lane->pools[room];
		lane->q = bed_rxq(lane->pool, nb_desc, thresh, offloads);
		memcpy(&init.data_off, &lane->q->mbuf_init, sizeof(lane->q->mbuf_init));
		init.port = port;
		memcpy(&lane->q->mbuf_init, &init.data_off, sizeof(lane->q->mbuf_init));
		lane->q->ol_init = ol;
		lane->q->stamps = stamps;
		assert_true(lane->q->buf_distance != 0);
		if (anywhere)
			lane->q->buf_distance = 0;
	}
}

static void
queues_down(void)
{
	struct oriel_rxq_stats *to = &seen.stats;
	const struct oriel_rxq_stats *from = &lanes[0].q->stats;

	to->packets += from->packets;
	to->alloc_failed += from->alloc_failed;
	to->bad_length += from->bad_length;
	to->no_eop += from->no_eop;
	to->chain_overrun += from->chain_overrun;
	to->errors += from->errors;
	for (unsigned int i = 0; i < nb_lanes; i++) {
		bed_rxq_done(lanes[i].q);
		assert_int_equal(rte_mempool_avail_count(lanes[i].pool), lanes[i].pool->size);
	}
}

static void
trial(struct device *dev, uint64_t offloads, unsigned int count)
{
	unsigned int dry_for = 0, taken = 0, done = 0, round;

	queues_up(dev, offloads);
	dev->inside = 0;
	for (round = 0; done < count; round++) {
		/* A device that stands still would be a fault of this test. */
		assert_true(round < 1000 + count);
		if (dry_for > 0 && --dry_for == 0) {
			give_back(taken);
		} else if (dry_for == 0 && rows_below(&dev->seed, 100) == 0) {
			taken = run_dry(rows_below(&dev->seed, 40));
			dry_for = 1 + rows_below(&dev->seed, 15);
		}
		device_writes(dev, rows_below(&dev->seed, 80));
		/* Sometimes more than one burst until the device moves on. */
		do {
			done += burst_all(dev,
				rows_below(&dev->seed, 100) == 0 ? 0 :
								   1 + rows_below(&dev->seed, 64));
		} while (rows_below(&dev->seed, 4) == 0);
	}
	if (dry_for > 0)
		give_back(taken);
	queues_down();
	seen.descs += done;
}

/* ---- all rows of a kind ---- */

static void
lane_pools(struct lane *lane, unsigned int i)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	for (unsigned int room = 0; room < 2; room++) {
		snprintf(name, sizeof(name), "rows%u_%u", i, room);
		/* One kind with a cache of the lcore, one without. */
		lane->pools[room] = rte_pktmbuf_pool_create(
			name, POOL, room * 64, 0, 1024 * (room + 1) + RTE_PKTMBUF_HEADROOM, 0);
		assert_non_null(lane->pools[room]);
	}
}

/** All rows that run here, the scalar one first. */
static void
lanes_up(bool scattered)
{
	unsigned int n, i;
	const struct oriel_rx_path *rows = oriel_path_rx_table(&n);

	nb_lanes = 0;
	for (i = n; i-- > 0;) {
		if (rows[i].scattered != scattered ||
			!bed_row_runs(rows[i].name, rows[i].simd_width))
			continue;
		assert_true(nb_lanes < ROWS_MAX);
		lanes[nb_lanes].row = &rows[i];
		lane_pools(&lanes[nb_lanes], nb_lanes);
		nb_lanes++;
	}
	assert_int_equal(lanes[0].row->simd_width, 0);
	if (nb_lanes == 1)
		skip();
}

static void
lanes_down(void)
{
	for (unsigned int i = 0; i < nb_lanes; i++)
		for (unsigned int room = 0; room < 2; room++)
			bed_pool_done(lanes[i].pools[room]);
	nb_lanes = 0;
}

/** Whether chance left something out that it must not. */
static void
assert_all_seen(bool scattered)
{
	for (unsigned int i = 0; i < RTE_DIM(seen.ptypes); i++)
		assert_true(seen.ptypes[i]);
	for (unsigned int i = 0; i < RTE_DIM(seen.rss); i++)
		assert_true(seen.rss[i]);
	for (unsigned int i = 0; i < RTE_DIM(seen.flags); i++)
		assert_true(seen.flags[i]);
	assert_true(seen.erratum > 0 && seen.gaps > 0 && seen.lies > 0 && seen.dry > 0);
	assert_true(seen.stats.alloc_failed > 0 && seen.stats.bad_length > 0);
	assert_true(seen.stats.errors > 0);
	assert_true(scattered ? seen.stats.chain_overrun > 0 : seen.stats.no_eop > 0);
	assert_true(scattered ? seen.chains > 0 : seen.chains == 0);
	assert_true(seen.frames > 0 && seen.frames == seen.stats.packets);
	assert_true(seen.stamped[1] > 0 && seen.ptp[1] > 0);
	assert_true(seen.stamped[0] == 0 && seen.ptp[0] == 0);
}

static void
compare_rows(const char *test, bool scattered)
{
	struct device dev = { .seed = bed_seed(test) };
	const unsigned int count = rows_count(test);
	/* Enough queues of different shape; the last set of offloads is in the last trial. */
	const unsigned int trials = RTE_DIM(offload_sets) * (count >= 100000 ? 10 : 2);

	memset(&seen, 0, sizeof(seen));
	lanes_up(scattered);
	for (unsigned int i = 0; i < trials; i++)
		trial(&dev, offload_sets[i % RTE_DIM(offload_sets)], count / trials + 1);
	lanes_down();
	print_message("# %s: %" PRIu64 " descriptors: %" PRIu64 " frames, %" PRIu64
		      " of them chains, %" PRIu64 " with the erratum\n",
		test, seen.descs, seen.frames, seen.chains, seen.erratum);
	assert_true(seen.descs >= count);
	assert_all_seen(scattered);
}

static void
test_onebuf(void **state)
{
	(void)state;
	compare_rows("test_onebuf", false);
}

static void
test_scattered(void **state)
{
	(void)state;
	compare_rows("test_scattered", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_onebuf),
		cmocka_unit_test(test_scattered),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
