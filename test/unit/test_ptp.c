/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The clock against a model of 128 bits that never wraps: wraps, drift between the device's and
 * the host's clock, frequency, setting, stamps; resets and a clock that is lost; what is refused.
 */

#include "fake_device.h"

#include <rte_alarm.h>
#include <rte_eal.h>

static int fake_clock(clockid_t id, struct timespec *ts);
static int fake_alarm_set(uint64_t us, rte_eal_alarm_callback cb, void *arg);
static int fake_alarm_cancel(rte_eal_alarm_callback cb, void *arg);
#define clock_gettime(id, ts) fake_clock(id, ts)
#define rte_eal_alarm_set(us, cb, arg) fake_alarm_set(us, cb, arg)
#define rte_eal_alarm_cancel(cb, arg) fake_alarm_cancel(cb, arg)

#include "ptp.c"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 swide;

#define S UINT64_C(1000000000)
#define HOUR (3600 * S)
#define TODAY (UINT64_C(1800000000) * S + 123456789)

/** The world: real time is counted in the device's ticks of 16 ns. */
static struct {
	uint64_t mono, real; /* host clocks, ns */
	wide counts;	     /* of SYSTIM since the clock was programmed */
	uint64_t base;	     /* SYSTIM then */
	unsigned int alarms; /* set */
	rte_eal_alarm_callback cb;
} world;

static int
fake_clock(clockid_t id, struct timespec *ts)
{
	*ts = rte_ns_to_timespec(id == CLOCK_REALTIME ? world.real : world.mono);
	return 0;
}

static int
fake_alarm_set(uint64_t us, rte_eal_alarm_callback cb, void *arg)
{
	assert_ptr_equal(arg, &fake_ad);
	assert_int_equal(us, 500000);
	world.cb = cb;
	world.alarms++;
	return 0;
}

static int
fake_alarm_cancel(rte_eal_alarm_callback cb, void *arg)
{
	assert_ptr_equal(arg, &fake_ad);
	assert_ptr_equal(cb, world.cb);
	world.cb = NULL;
	return 1;
}

static void
put_pair(uint32_t low, uint64_t val)
{
	*fake_reg(low) = (uint32_t)val;
	*fake_reg(low + 4) = val >> 32;
}

static uint64_t
get_pair(uint32_t low)
{
	return *fake_reg(low) | (uint64_t)*fake_reg(low + 4) << 32;
}

/** Time goes by: the device counts ticks, the host's clock nearly as many nanoseconds. */
static void
pass(uint64_t ticks, int64_t host_error)
{
	world.counts += (wide)ticks * (*fake_reg(ORIEL_TIMINCA) & 0xffffff);
	put_pair(ORIEL_SYSTIML, world.base + (uint64_t)world.counts);
	world.mono += 16 * ticks + host_error;
	world.real += 16 * ticks + host_error;
}

/** The device was programmed just now. */
static void
rebase(void)
{
	world.base = get_pair(ORIEL_SYSTIML);
	world.counts = 0;
}

static uint64_t
model_ns(void)
{
	return (uint64_t)(world.counts >> 19);
}

static uint64_t
read_ns(void)
{
	struct timespec ts = { -1, -1 };

	assert_int_equal(oriel_timesync_read_time(fake_dev, &ts), 0);
	assert_in_range(ts.tv_nsec, 0, S - 1);
	return ts.tv_sec * S + ts.tv_nsec;
}

static int
setup(void **state)
{
	fake_setup(state);
	memset(&world, 0, sizeof(world));
	world.mono = 77 * S;
	world.real = TODAY;
	rte_spinlock_init(&fake_ad.time.lock);
	return 0;
}

static int
setup_on(void **state)
{
	setup(state);
	assert_int_equal(oriel_timesync_enable(fake_dev), 0);
	rebase();
	return 0;
}

static uint64_t
xorshift(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static uint64_t
seed_of(const char *test)
{
	const char *given = getenv("ORIEL_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	print_message("# %s: ORIEL_TEST_SEED=%" PRIu64 "\n", test, seed);
	return seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

/* ---- start and end ---- */

static void
test_enable(void **state)
{
	(void)state;
	assert_int_equal(oriel_timesync_enable(fake_dev), 0);
	assert_int_equal(*fake_reg(ORIEL_TIMINCA), 1 << 24 | 16 << 19);
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0x88f7 | 1 << 26 | 1 << 30);
	assert_int_equal(*fake_reg(ORIEL_IMIR(3)), 0x3f01); /* 319 as it lies in the packet */
	assert_int_equal(*fake_reg(ORIEL_SPQF(3)), 0x3f01);
	assert_int_equal(*fake_reg(ORIEL_IMIREXT(3)), 1 << 12 | 1 << 19);
	assert_int_equal(*fake_reg(ORIEL_FTQF(3)), 17 | 1 << 15 | 1 << 27 | 1 << 29 | 1 << 30);
	assert_int_equal(*fake_reg(ORIEL_TSYNCRXCTL), 1 << 4 | 5 << 1);
	assert_int_equal(*fake_reg(ORIEL_TSYNCRXCFG), 0);
	assert_int_equal(*fake_reg(ORIEL_TSYNCTXCTL), 1 << 4);
	assert_int_equal(world.alarms, 1);
	/* Not for rte_flow's rules, as long as it is on. */
	assert_int_equal(fake_ad.flow.etqf_reserved, 1 << 3);
	assert_int_equal(fake_ad.flow.tuple_reserved, 1 << 3);
	/* Not at 0, whatever SYSTIM is: the time of day. */
	assert_int_equal(read_ns(), TODAY);
}

/** A wrap comes soon after the start, not after hours. */
static void
test_wrap_is_soon(void **state)
{
	(void)state;
	assert_true(0 - world.base <= (wide)5 * S << 19);
	assert_true(0 - world.base > (wide)S << 19);
	pass(3 * S / 16, 0);
	assert_true(get_pair(ORIEL_SYSTIML) < world.base);
	assert_int_equal(read_ns(), TODAY + 3 * S);
}

static void
test_enable_again(void **state)
{
	unsigned int writes = fake.writes;

	(void)state;
	pass(S, 0);
	assert_int_equal(oriel_timesync_enable(fake_dev), 0);
	assert_int_equal(fake.writes, writes);
	assert_int_equal(world.alarms, 1);
	assert_int_equal(read_ns(), TODAY + 16 * S);
}

static void
test_disable(void **state)
{
	(void)state;
	assert_int_equal(oriel_timesync_disable(fake_dev), 0);
	assert_null(world.cb);
	assert_int_equal(*fake_reg(ORIEL_TIMINCA), 0);
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0);
	assert_int_equal(*fake_reg(ORIEL_FTQF(3)), 0xf0008000);
	assert_int_equal(*fake_reg(ORIEL_TSYNCRXCTL), 0);
	assert_int_equal(*fake_reg(ORIEL_TSYNCTXCTL), 0);
	/* Twice is as once. */
	fake.reads = fake.writes = 0;
	assert_int_equal(oriel_timesync_disable(fake_dev), 0);
	assert_int_equal(fake.reads + fake.writes, 0);
	/* Anew: the time of day again, the nominal frequency. */
	world.real = TODAY + HOUR;
	assert_int_equal(oriel_timesync_enable(fake_dev), 0);
	assert_int_equal(read_ns(), TODAY + HOUR);
}

static void
test_off(void **state)
{
	struct timespec ts = { 5, 6 };
	uint64_t clock = 7;

	(void)state;
	assert_int_equal(oriel_timesync_read_time(fake_dev, &ts), -EINVAL);
	assert_int_equal(oriel_timesync_write_time(fake_dev, &ts), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, 1), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, 1), -EINVAL);
	assert_int_equal(oriel_timesync_read_rx_timestamp(fake_dev, &ts, 0), -EINVAL);
	assert_int_equal(oriel_timesync_read_tx_timestamp(fake_dev, &ts), -EINVAL);
	assert_int_equal(oriel_read_clock(fake_dev, &clock), -EINVAL);
	assert_int_equal(ts.tv_sec, 5);
	assert_int_equal(clock, 7);
	assert_int_equal(fake.reads + fake.writes, 0);
}

/* ---- the clock ---- */

/** INCVALUE by the book: 2^23 * (1 + ppm / 10^6 / 2^16), rounded to the nearest. */
static void
check_frequency(int64_t ppm)
{
	const swide den = (swide)1000000 << 16;
	const swide num = ((swide)1 << 23) * (den + ppm);
	swide inc, best;

	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, ppm), 0);
	inc = *fake_reg(ORIEL_TIMINCA) & 0xffffff;
	assert_int_equal(*fake_reg(ORIEL_TIMINCA) >> 24, 1);
	best = inc * den - num;
	assert_true(best <= den / 2 && -best <= den / 2);
}

static void
test_frequency(void **state)
{
	static const int64_t edges[] = { 0, 1, -1, 7812, 7813, -7812, -7813, 65536, -65536,
		INT64_C(500000) << 16, -(INT64_C(500000) << 16) };
	uint64_t seed = seed_of("test_frequency");

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(edges); i++)
		check_frequency(edges[i]);
	for (unsigned int i = 0; i < 100000; i++)
		check_frequency((int64_t)(xorshift(&seed) % (UINT64_C(1000000) << 16)) -
			(INT64_C(500000) << 16));
	/* Beyond: refused, and nothing is touched. */
	fake.reads = fake.writes = 0;
	assert_int_equal(
		oriel_timesync_adjust_freq(fake_dev, (INT64_C(500000) << 16) + 1), -EINVAL);
	assert_int_equal(
		oriel_timesync_adjust_freq(fake_dev, -(INT64_C(500000) << 16) - 1), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, INT64_MAX), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, INT64_MIN), -EINVAL);
	assert_int_equal(fake.reads + fake.writes, 0);
}

/** From one tick to two days, all magnitudes alike; the host's clock is off by up to 200 ppm. */
static void
pass_randomly(uint64_t *seed)
{
	const uint64_t ticks = 1 + (xorshift(seed) % (48 * HOUR / 16) >> xorshift(seed) % 44);
	const int64_t error = (int64_t)(ticks * 16 / 5000);

	pass(ticks, error == 0 ? 0 : (int64_t)(xorshift(seed) % (2 * (uint64_t)error)) - error);
}

/**
 * A long time of everything: the clock is exactly the model's. Many gaps between looks are of
 * several wraps, which the host's clock tells.
 */
static void
test_random(void **state)
{
	uint64_t seed = seed_of("test_random"), offset = TODAY, clock, wraps = 0;

	(void)state;
	for (unsigned int i = 0; i < 300000; i++) {
		const uint64_t before = get_pair(ORIEL_SYSTIML);
		int64_t by;
		struct timespec ts;

		pass_randomly(&seed);
		wraps += get_pair(ORIEL_SYSTIML) < before;
		switch (xorshift(&seed) % 8) {
		case 0:
			by = (int64_t)(xorshift(&seed) >> 16) - (INT64_C(1) << 47);
			assert_int_equal(oriel_timesync_adjust_time(fake_dev, by), 0);
			offset += by;
			break;
		case 1:
			ts = rte_ns_to_timespec(TODAY + (xorshift(&seed) >> 16));
			assert_int_equal(oriel_timesync_write_time(fake_dev, &ts), 0);
			offset = rte_timespec_to_ns(&ts) - model_ns();
			break;
		case 2:
			check_frequency((int64_t)(xorshift(&seed) % (UINT64_C(2000) << 16)) -
				(INT64_C(1000) << 16));
			break;
		case 3:
			assert_int_equal(oriel_read_clock(fake_dev, &clock), 0);
			assert_int_equal(clock, model_ns());
			break;
		case 4:
			world.cb(&fake_ad);
			break;
		default:
			assert_int_equal(read_ns(), model_ns() + offset);
			break;
		}
	}
	assert_int_equal(read_ns(), model_ns() + offset);
	assert_true(wraps > 10);
	print_message("# %" PRIu64 " h of the device's time, %" PRIu64 " wraps seen\n",
		model_ns() / HOUR, wraps);
}

/** Nobody looks for days, the timer is held up: the wraps are counted by the host's clock. */
static void
test_long_gap(void **state)
{
	static const unsigned int hours[] = { 4, 5, 9, 10, 14, 19, 20, 48, 1000, 8760 };
	uint64_t total = 0;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(hours); i++) {
		/* The host's clock is 50 ppm fast, then slow. */
		const int64_t error = (int64_t)(hours[i] * HOUR / 20000);

		pass(hours[i] * HOUR / 16, i & 1 ? error : -error);
		total += hours[i] * HOUR;
		assert_int_equal(read_ns(), TODAY + total);
	}
}

static void
test_time_range(void **state)
{
	static const struct timespec bad[] = { { -1, 0 }, { 0, -1 }, { 0, 1000000000 },
		{ INT64_MAX / 1000000000, 0 }, { INT64_MAX, 0 }, { INT64_MIN, 0 } };
	const struct timespec zero = { 0, 0 }, last = { INT64_MAX / 1000000000 - 1, 999999999 };

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		assert_int_equal(oriel_timesync_write_time(fake_dev, &bad[i]), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, -(int64_t)TODAY - 1), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, INT64_MIN), -EINVAL);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, INT64_MAX), -EINVAL);
	assert_int_equal(read_ns(), TODAY);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, -(int64_t)TODAY), 0);
	assert_int_equal(read_ns(), 0);
	assert_int_equal(oriel_timesync_write_time(fake_dev, &last), 0);
	assert_int_equal(read_ns(), (uint64_t)last.tv_sec * S + 999999999);
	assert_int_equal(oriel_timesync_write_time(fake_dev, &zero), 0);
	assert_int_equal(read_ns(), 0);
}

/** The host's clock tells when the device's has stopped, jumped or was reset behind the back. */
static void
test_lost(void **state)
{
	(void)state;
	pass(S / 16, 0);
	assert_int_equal(read_ns(), TODAY + S);
	/* A reset that nobody told of: TIMINCA and SYSTIM are 0. */
	*fake_reg(ORIEL_TIMINCA) = 0;
	put_pair(ORIEL_SYSTIML, 0);
	world.mono += 10 * S;
	assert_int_equal(read_ns(), TODAY + 11 * S);
	assert_int_equal(*fake_reg(ORIEL_TIMINCA), 1 << 24 | 16 << 19);
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0x88f7 | 1 << 26 | 1 << 30);
	rebase();
	pass(S / 16, 0);
	assert_int_equal(read_ns(), TODAY + 12 * S);
	/* It stands still. */
	*fake_reg(ORIEL_TIMINCA) = 0;
	world.mono += 10 * S;
	assert_int_equal(read_ns(), TODAY + 22 * S);
	/* It jumps ahead by an hour. */
	put_pair(ORIEL_SYSTIML, get_pair(ORIEL_SYSTIML) + (HOUR << 19));
	assert_int_equal(read_ns(), TODAY + 22 * S);
}

/** A model of the device computes SYSTIM from TIMINCA, so that it jumps when that is written. */
static void
test_frequency_jump(void **state)
{
	uint64_t before;

	(void)state;
	pass(S, 0);
	before = read_ns();
	fake_ad.time.counter += UINT64_C(1) << 60;
	put_pair(ORIEL_SYSTIML, get_pair(ORIEL_SYSTIML) + (UINT64_C(1) << 60));
	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, 65536), 0);
	assert_int_equal(read_ns(), before);
}

/* ---- resets, and a device that goes ---- */

static void
test_reset(void **state)
{
	(void)state;
	check_frequency(INT64_C(100) << 16);
	pass(S / 16, 0);
	oriel_ptp_before_reset(&fake_ad);
	/* All is gone. */
	memset(fake.regs + ORIEL_SYSTIML / 4, 0, 0x40);
	*fake_reg(ORIEL_ETQF(3)) = *fake_reg(ORIEL_FTQF(3)) = 0;
	world.mono += 3 * S;
	oriel_ptp_after_reset(&fake_ad);
	rebase();
	assert_int_equal(*fake_reg(ORIEL_ETQF(3)), 0x88f7 | 1 << 26 | 1 << 30);
	assert_int_equal(*fake_reg(ORIEL_TSYNCTXCTL), 1 << 4);
	/* Both parts at 100 ppm more, in INCVALUE's steps: 839 of 2^-23. */
	assert_in_range(read_ns(), TODAY + 4 * S + 400064, TODAY + 4 * S + 400067);
	pass(S / 16, 0);
	assert_in_range(read_ns(), TODAY + 5 * S + 500080, TODAY + 5 * S + 500084);
}

static void
test_reset_that_fails(void **state)
{
	struct timespec ts;

	(void)state;
	oriel_ptp_before_reset(&fake_ad);
	assert_int_equal(oriel_timesync_read_time(fake_dev, &ts), -EIO);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, 1), -EIO);
	world.cb(&fake_ad); /* the timer goes on, and leaves the device alone */
	assert_int_equal(world.alarms, 2);
	world.mono += 3 * S;
	oriel_ptp_before_reset(&fake_ad);
	oriel_ptp_after_reset(&fake_ad);
	assert_int_equal(read_ns(), TODAY + 3 * S);
}

static void
test_reset_while_off(void **state)
{
	(void)state;
	oriel_ptp_before_reset(&fake_ad);
	oriel_ptp_after_reset(&fake_ad);
	assert_int_equal(fake.reads + fake.writes, 0);
}

static void
test_gone(void **state)
{
	struct timespec ts = { 5, 6 };
	uint64_t clock = 7;

	(void)state;
	fake.gone = true;
	assert_int_equal(oriel_timesync_read_rx_timestamp(fake_dev, &ts, 0), -ENODEV);
	assert_int_equal(oriel_timesync_read_tx_timestamp(fake_dev, &ts), -ENODEV);
	assert_int_equal(oriel_timesync_read_time(fake_dev, &ts), -ENODEV);
	assert_int_equal(oriel_timesync_write_time(fake_dev, &ts), -ENODEV);
	assert_int_equal(oriel_timesync_adjust_time(fake_dev, 1), -ENODEV);
	assert_int_equal(oriel_timesync_adjust_freq(fake_dev, 1), -ENODEV);
	assert_int_equal(oriel_read_clock(fake_dev, &clock), -ENODEV);
	assert_int_equal(ts.tv_sec, 5);
	assert_int_equal(clock, 7);
	world.cb(&fake_ad);
	oriel_ptp_close(&fake_ad);
	assert_null(world.cb);
	assert_int_equal(oriel_timesync_enable(fake_dev), -ENODEV);
	assert_false(fake_ad.time.on);
	assert_int_equal(fake_ad.flow.etqf_reserved | fake_ad.flow.tuple_reserved, 0);
}

/* ---- stamps ---- */

static const struct {
	uint32_t ctl, low;
} stamp_regs[2] = { { ORIEL_TSYNCRXCTL, ORIEL_RXSTMPL }, { ORIEL_TSYNCTXCTL, ORIEL_TXSTMPL } };

static int
read_stamp_of(unsigned int tx, struct timespec *ts)
{
	return tx ? oriel_timesync_read_tx_timestamp(fake_dev, ts) :
		    oriel_timesync_read_rx_timestamp(fake_dev, ts, 0);
}

static void
latch(unsigned int tx, uint64_t stamp)
{
	*fake_reg(stamp_regs[tx].ctl) |= 1;
	put_pair(stamp_regs[tx].low, stamp);
}

static void
test_stamps(void **state)
{
	uint64_t seed = seed_of("test_stamps"), want;
	struct timespec ts;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		const unsigned int tx = xorshift(&seed) & 1;

		assert_int_equal(read_stamp_of(tx, &ts), -EINVAL);
		latch(tx, get_pair(ORIEL_SYSTIML));
		want = TODAY + model_ns();
		/* Up to two seconds later, with or without a look at the clock in between. */
		pass(xorshift(&seed) % (S / 16), 0);
		if (xorshift(&seed) & 1)
			read_ns();
		pass(xorshift(&seed) % (S / 16) >> xorshift(&seed) % 26, 0);
		assert_int_equal(read_stamp_of(tx, &ts), 0);
		assert_int_equal(rte_timespec_to_ns(&ts), want);
		/* Odd frequencies, so that counts do not end at nanoseconds. */
		if (i % 64 == 0)
			check_frequency((int64_t)(xorshift(&seed) % (UINT64_C(200) << 16)));
	}
	/* Both at once. */
	latch(0, get_pair(ORIEL_SYSTIML));
	latch(1, get_pair(ORIEL_SYSTIML));
	assert_int_equal(read_stamp_of(0, &ts), 0);
	assert_int_equal(read_stamp_of(0, &ts), -EINVAL);
	assert_int_equal(read_stamp_of(1, &ts), 0);
	assert_int_equal(read_stamp_of(1, &ts), -EINVAL);
}

static void
test_stamp_refused(void **state)
{
	struct timespec ts = { 5, 6 };

	(void)state;
	pass(S, 0);
	read_ns();
	for (unsigned int tx = 0; tx < 2; tx++) {
		/* Of the future, and of long ago: no such can be. */
		latch(tx, get_pair(ORIEL_SYSTIML) + 1);
		assert_int_equal(read_stamp_of(tx, &ts), -EIO);
		latch(tx, get_pair(ORIEL_SYSTIML) - ((11 * S) << 19));
		assert_int_equal(read_stamp_of(tx, &ts), -EIO);
		/* It holds up no other. */
		assert_int_equal(read_stamp_of(tx, &ts), -EINVAL);
	}
	latch(0, get_pair(ORIEL_SYSTIML));
	fake.reads = fake.writes = 0;
	assert_int_equal(oriel_timesync_read_rx_timestamp(fake_dev, &ts, 1), -EINVAL);
	assert_int_equal(oriel_timesync_read_rx_timestamp(fake_dev, &ts, UINT32_MAX), -EINVAL);
	assert_int_equal(fake.reads + fake.writes, 0);
	assert_int_equal(ts.tv_sec, 5);
	assert_int_equal(read_stamp_of(0, &ts), 0);
}

/** A stamp that nobody reads: kept for a second, gone after one and a half. */
static void
test_stale(void **state)
{
	struct timespec ts;

	(void)state;
	for (unsigned int tx = 0; tx < 2; tx++) {
		latch(tx, get_pair(ORIEL_SYSTIML));
		world.cb(&fake_ad);
		world.cb(&fake_ad);
		assert_true(*fake_reg(stamp_regs[tx].ctl) & 1);
		world.cb(&fake_ad);
		assert_false(*fake_reg(stamp_regs[tx].ctl) & 1);
		assert_int_equal(read_stamp_of(tx, &ts), -EINVAL);
		/* Stamps that are read do not add up to a stale one. */
		for (unsigned int i = 0; i < 6; i++) {
			latch(tx, get_pair(ORIEL_SYSTIML));
			world.cb(&fake_ad);
			world.cb(&fake_ad);
			assert_int_equal(read_stamp_of(tx, &ts), 0);
		}
	}
}

/** All queues hear of it, those set up later as well. */
static void
test_queues(void **state)
{
	static struct oriel_rxq rxq[2];
	static struct oriel_txq txq[2];
	void *rx[2] = { &rxq[0], NULL }, *tx[2] = { NULL, &txq[1] };

	(void)state;
	fake_data.rx_queues = rx;
	fake_data.tx_queues = tx;
	fake_data.nb_rx_queues = fake_data.nb_tx_queues = 2;
	assert_int_equal(oriel_timesync_enable(fake_dev), 0);
	assert_int_equal(rxq[0].stamps, ORIEL_STAMPS_ON);
	assert_int_equal(txq[1].stamps, ORIEL_STAMPS_ON);
	assert_int_equal(txq[1].few, 0);
	rx[1] = &rxq[1];
	tx[0] = &txq[0];
	oriel_ptp_set_queues(fake_dev);
	assert_int_equal(rxq[1].stamps, ORIEL_STAMPS_ON);
	assert_int_equal(txq[0].stamps, ORIEL_STAMPS_ON);
	assert_int_equal(oriel_timesync_disable(fake_dev), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(rxq[i].stamps, 0);
		assert_int_equal(txq[i].stamps, 0);
		assert_int_equal(txq[i].few, ORIEL_TX_FEW);
	}
}

/** The primary's timer keeps the clock: a secondary is not to switch it. */
static int
eal(void **state)
{
	static char *argv[] = { (char *)(uintptr_t) "test_ptp", (char *)(uintptr_t) "--no-huge",
		(char *)(uintptr_t) "--no-pci", (char *)(uintptr_t) "--no-shconf",
		(char *)(uintptr_t) "--no-telemetry", (char *)(uintptr_t) "-l",
		(char *)(uintptr_t) "0", (char *)(uintptr_t) "-m", (char *)(uintptr_t) "16", NULL };

	(void)state;
	return rte_eal_init(RTE_DIM(argv) - 1, argv) < 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_enable, setup),
		cmocka_unit_test_setup(test_wrap_is_soon, setup_on),
		cmocka_unit_test_setup(test_enable_again, setup_on),
		cmocka_unit_test_setup(test_disable, setup_on),
		cmocka_unit_test_setup(test_off, setup),
		cmocka_unit_test_setup(test_frequency, setup_on),
		cmocka_unit_test_setup(test_random, setup_on),
		cmocka_unit_test_setup(test_long_gap, setup_on),
		cmocka_unit_test_setup(test_time_range, setup_on),
		cmocka_unit_test_setup(test_lost, setup_on),
		cmocka_unit_test_setup(test_frequency_jump, setup_on),
		cmocka_unit_test_setup(test_reset, setup_on),
		cmocka_unit_test_setup(test_reset_that_fails, setup_on),
		cmocka_unit_test_setup(test_reset_while_off, setup),
		cmocka_unit_test_setup(test_gone, setup_on),
		cmocka_unit_test_setup(test_stamps, setup_on),
		cmocka_unit_test_setup(test_stamp_refused, setup_on),
		cmocka_unit_test_setup(test_stale, setup_on),
		cmocka_unit_test_setup(test_queues, setup),
	};

	return cmocka_run_group_tests(tests, eal, NULL);
}
