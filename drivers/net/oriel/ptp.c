/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Time synchronisation. SYSTIM counts 2^-19 ns: each tick of 16 ns adds TIMINCA.INCVALUE, of
 * which 2^23 is the nominal frequency. Its 64 bits wrap after 9.77 h; what was counted since the
 * last look is added to nanoseconds of 64 bits. A timer looks twice a second, and the host's
 * clock tells how many wraps there were if it did not.
 *
 * Setting the time moves an offset, never SYSTIM: stamps taken before and read after agree with
 * the clock then. Registers and sequences: 82576 datasheet, time sync (facts sheet 2.10, 4.17).
 */

#include <inttypes.h>

#include <rte_alarm.h>
#include <rte_byteorder.h>
#include <rte_time.h>

#include "flow_hw.h"
#include "log.h"
#include "ptp.h"

#define NS_SHIFT 19
#define COUNTS_PER_NS (UINT64_C(1) << NS_SHIFT)
/** INCVALUE that adds 16 ns a tick; a quarter of what the field holds. */
#define INC_SHIFT 23
#define INC_NOMINAL (UINT32_C(1) << INC_SHIFT)
/** Nanoseconds after which SYSTIM is as before. */
#define WRAP_SHIFT (64 - NS_SHIFT)

/** Parts per million times 2^16 in one; and the most that adjust_freq takes. */
#define PPM_ONE (INT64_C(1000000) << 16)
#define PPM_MAX (PPM_ONE / 2)

/**
 * SYSTIM starts two seconds before its wrap, so that a wrap is nothing that is met for the first
 * time after hours.
 */
#define START_COUNT (0 - 2 * (uint64_t)NSEC_PER_SEC * COUNTS_PER_NS)

/** The timer's period, microseconds, and so many unread looks make a stamp stale. */
#define TICK_US 500000
#define STALE_TICKS 3
/** No stamp is older when it is read: the timer would have thrown it away. */
#define MAX_STAMP_AGE_NS (10 * (uint64_t)NSEC_PER_SEC)
/** What may lie between a look at SYSTIM and one at the host's clock, beside half of the time. */
#define SLACK_NS (uint64_t) NSEC_PER_SEC

#define PTP_ETHERTYPE 0x88f7u
#define PTP_EVENT_PORT 319
#define PROTO_UDP 17u

static uint64_t
host_clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* ---- arithmetic ---- */

/** Nanoseconds that the clock counts while `ns` of real time go by. */
static uint64_t
clock_scale(uint64_t ns, uint32_t inc)
{
	const uint64_t low = ns & (INC_NOMINAL - 1);

	return (ns >> INC_SHIFT) * inc + ((low * inc) >> INC_SHIFT);
}

/** INCVALUE for a relative frequency, |ppm| <= PPM_MAX; rounded to the nearest. */
static uint32_t
clock_inc(int64_t ppm)
{
	const int64_t num = ppm * INC_NOMINAL;
	const int64_t half = num < 0 ? -PPM_ONE / 2 : PPM_ONE / 2;

	return INC_NOMINAL + (int32_t)((num + half) / PPM_ONE);
}

/** Brings ns up to SYSTIM's value; `wraps` more of it have gone by than show in the difference. */
static void
clock_add(struct oriel_time *t, uint64_t counter, uint64_t wraps)
{
	const uint64_t counts = counter - t->counter;
	const uint64_t frac = t->frac + (counts & (COUNTS_PER_NS - 1));

	t->ns += (wraps << WRAP_SHIFT) + (counts >> NS_SHIFT) + (frac >> NS_SHIFT);
	t->frac = frac & (COUNTS_PER_NS - 1);
	t->counter = counter;
}

/** Nanoseconds, rounded down, at an earlier value of SYSTIM. */
static uint64_t
clock_before(const struct oriel_time *t, uint64_t age)
{
	if (age <= t->frac)
		return t->ns;
	/* Up: what lies between two nanoseconds belongs to the earlier. */
	age -= t->frac;
	return t->ns - (age >> NS_SHIFT) - ((age & (COUNTS_PER_NS - 1)) != 0);
}

/**
 * How many whole wraps SYSTIM made beyond `counted` nanoseconds while the host saw `expected`.
 *
 * @return
 *   false if no number of them explains it: the counter was reset, or stands still.
 */
static bool
clock_wraps(uint64_t counted, uint64_t expected, uint64_t *wraps)
{
	const uint64_t half = UINT64_C(1) << (WRAP_SHIFT - 1);
	uint64_t total, off;

	*wraps = expected > counted ? (expected - counted + half) >> WRAP_SHIFT : 0;
	total = counted + (*wraps << WRAP_SHIFT);
	off = total > expected ? total - expected : expected - total;
	return off <= expected / 2 + SLACK_NS;
}

/* ---- registers; the caller holds the lock ---- */

/** SYSTIM; reading the low half keeps the high one. */
static uint64_t
read_pair(struct oriel_adapter *ad, uint32_t low, uint32_t high)
{
	const uint64_t val = oriel_rd32(&ad->mmio, low);

	return val | (uint64_t)oriel_rd32(&ad->mmio, high) << 32;
}

static uint64_t
read_systim(struct oriel_adapter *ad)
{
	return read_pair(ad, ORIEL_SYSTIML, ORIEL_SYSTIMH);
}

/**
 * Throws the stamps away that are held. A model of the device lets go of the RX stamp only when
 * RXSATRH is read as well.
 */
static void
release_rx_stamp(struct oriel_adapter *ad)
{
	read_pair(ad, ORIEL_RXSTMPL, ORIEL_RXSTMPH);
	oriel_rd32(&ad->mmio, ORIEL_RXSATRH);
}

static void
release_tx_stamp(struct oriel_adapter *ad)
{
	read_pair(ad, ORIEL_TXSTMPL, ORIEL_TXSTMPH);
}

/** What marks PTP frames for a stamp, by EtherType and by UDP ports. Steers nothing. */
static void
set_filters(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	/* As in the packet: network order. */
	const uint32_t port = rte_cpu_to_be_16(PTP_EVENT_PORT);

	oriel_wr32(m, ORIEL_ETQF(ORIEL_PTP_ETQF),
		ORIEL_ETQF_FILTER_EN | ORIEL_ETQF_TS_1588 |
			ORIEL_PREP(ORIEL_ETQF_ETYPE, PTP_ETHERTYPE));
	oriel_wr32(m, ORIEL_IMIR(ORIEL_PTP_FTQF), ORIEL_PREP(ORIEL_IMIR_DST_PORT, port));
	oriel_wr32(m, ORIEL_IMIREXT(ORIEL_PTP_FTQF), ORIEL_IMIREXT_SIZE_BP | ORIEL_IMIREXT_CTRL_BP);
	/* The 82576 wants the source port as well. */
	oriel_wr32(m, ORIEL_SPQF(ORIEL_PTP_FTQF), port);
	oriel_wr32(m, ORIEL_FTQF(ORIEL_PTP_FTQF),
		ORIEL_PREP(ORIEL_FTQF_PROTO, PROTO_UDP) | ORIEL_FTQF_VF_BP | ORIEL_FTQF_TS_1588 |
			ORIEL_FTQF_SRC_IP_BP | ORIEL_FTQF_DST_IP_BP);
}

static void
clear_filters(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;

	oriel_wr32(m, ORIEL_ETQF(ORIEL_PTP_ETQF), 0);
	oriel_wr32(m, ORIEL_FTQF(ORIEL_PTP_FTQF),
		ORIEL_FTQF_VF_BP | ORIEL_FTQF_PROTO_BP | ORIEL_FTQF_SRC_IP_BP |
			ORIEL_FTQF_DST_IP_BP | ORIEL_FTQF_SRC_PORT_BP);
	oriel_wr32(m, ORIEL_SPQF(ORIEL_PTP_FTQF), 0);
	oriel_wr32(m, ORIEL_IMIR(ORIEL_PTP_FTQF), 0);
	oriel_wr32(m, ORIEL_IMIREXT(ORIEL_PTP_FTQF), 0);
}

static void
set_frequency(struct oriel_adapter *ad, uint32_t inc)
{
	oriel_wr32(&ad->mmio, ORIEL_TIMINCA,
		ORIEL_PREP(ORIEL_TIMINCA_PERIOD, 1) | ORIEL_PREP(ORIEL_TIMINCA_VALUE, inc));
}

/** Clock, filters and stamps, from a device that has none of it; 0 or -ENODEV. */
static int
program(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	struct oriel_time *t = &ad->time;

	oriel_wr32(m, ORIEL_TIMINCA, 0);
	oriel_wr32(m, ORIEL_SYSTIML, (uint32_t)START_COUNT);
	oriel_wr32(m, ORIEL_SYSTIMH, (uint32_t)(START_COUNT >> 32));
	set_frequency(ad, t->inc);
	set_filters(ad);
	oriel_wr32(m, ORIEL_TSYNCRXCFG, ORIEL_PREP(ORIEL_TSYNCRXCFG_MSGT, ORIEL_PTP_MSG_SYNC));
	oriel_wr32(m, ORIEL_TSYNCRXCTL,
		ORIEL_TSYNCRXCTL_EN |
			ORIEL_PREP(ORIEL_TSYNCRXCTL_TYPE, ORIEL_TSYNCRXCTL_TYPE_EVENT_V2));
	oriel_wr32(m, ORIEL_TSYNCTXCTL, ORIEL_TSYNCTXCTL_EN);
	oriel_flush(m);
	release_rx_stamp(ad);
	release_tx_stamp(ad);
	/* Whatever the device made of the value that it was given. */
	t->counter = read_systim(ad);
	t->host_ns = host_clock_ns(CLOCK_MONOTONIC);
	t->frac = 0;
	t->rx_unread = 0;
	t->tx_unread = 0;
	t->running = !m->gone;
	return m->gone ? -ENODEV : 0;
}

static void
unprogram(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;

	oriel_wr32(m, ORIEL_TSYNCRXCTL, 0);
	oriel_wr32(m, ORIEL_TSYNCTXCTL, 0);
	clear_filters(ad);
	release_rx_stamp(ad);
	release_tx_stamp(ad);
	oriel_wr32(m, ORIEL_TIMINCA, 0);
	oriel_flush(m);
	ad->time.running = false;
}

/** The clock goes on where the host's says it should be by now. */
static int
go_on_by_host(struct oriel_adapter *ad)
{
	struct oriel_time *t = &ad->time;
	const uint64_t since = t->host_ns;
	int ret = program(ad);

	/* With the time that it took to set the device up. */
	t->ns += clock_scale(t->host_ns - since, t->inc);
	return ret;
}

/** Brings t->ns up to now; 0, -ENODEV, -EIO if the clock was lost: it then goes on by the host's.
 */
static int
update(struct oriel_adapter *ad)
{
	struct oriel_time *t = &ad->time;
	uint64_t counter, host, expected, counted, wraps;
	int ret;

	if (ad->mmio.gone)
		return -ENODEV;
	if (!t->running)
		return -EIO;
	counter = read_systim(ad);
	host = host_clock_ns(CLOCK_MONOTONIC);
	if (ad->mmio.gone)
		return -ENODEV;
	expected = clock_scale(host - t->host_ns, t->inc);
	counted = (counter - t->counter) >> NS_SHIFT;
	if (clock_wraps(counted, expected, &wraps)) {
		clock_add(t, counter, wraps);
		t->host_ns = host;
		return 0;
	}
	ORIEL_DRV_LOG(WARNING,
		"port %u: the device's clock counts %" PRIu64 " ns, the host's %" PRIu64
		": started anew, by the host's",
		ad->port_id, counted, expected);
	ret = go_on_by_host(ad);
	return ret == 0 ? -EIO : ret;
}

/** As update(), but a clock that was lost and found again is good enough: no stamp hangs on it. */
static int
now(struct oriel_adapter *ad)
{
	int ret = update(ad);

	return ret == -EIO && ad->time.running ? 0 : ret;
}

/* ---- the timer ---- */

/** Counts how often a stamp was seen unread; one that nobody wants is thrown away. */
static void
check_stale(struct oriel_adapter *ad, uint32_t ctl, uint32_t valid, uint8_t *unread,
	void (*release)(struct oriel_adapter *ad), const char *which)
{
	const uint32_t val = oriel_rd32(&ad->mmio, ctl);

	if (ad->mmio.gone || !(val & valid)) {
		*unread = 0;
		return;
	}
	if (++*unread < STALE_TICKS)
		return;
	release(ad);
	*unread = 0;
	ORIEL_DRV_LOG(DEBUG, "port %u: a stamp of a %s frame was not read for %u ms: thrown away",
		ad->port_id, which, (STALE_TICKS - 1) * TICK_US / 1000);
}

static void
tick(void *arg)
{
	struct oriel_adapter *ad = arg;
	struct oriel_time *t = &ad->time;
	bool on;

	rte_spinlock_lock(&t->lock);
	on = t->on;
	if (on && t->running && now(ad) == 0) {
		check_stale(ad, ORIEL_TSYNCRXCTL, ORIEL_TSYNCRXCTL_VALID, &t->rx_unread,
			release_rx_stamp, "received");
		check_stale(ad, ORIEL_TSYNCTXCTL, ORIEL_TSYNCTXCTL_VALID, &t->tx_unread,
			release_tx_stamp, "sent");
	}
	rte_spinlock_unlock(&t->lock);
	if (on && rte_eal_alarm_set(TICK_US, tick, ad) != 0)
		ORIEL_DRV_LOG(ERR,
			"port %u: no timer: stamps that are not read block later ones from now on",
			ad->port_id);
}

/* ---- for the life cycle ---- */

void
oriel_ptp_before_reset(struct oriel_adapter *ad)
{
	struct oriel_time *t = &ad->time;

	rte_spinlock_lock(&t->lock);
	if (t->on && t->running)
		update(ad);
	t->running = false;
	rte_spinlock_unlock(&t->lock);
}

void
oriel_ptp_after_reset(struct oriel_adapter *ad)
{
	struct oriel_time *t = &ad->time;

	rte_spinlock_lock(&t->lock);
	if (t->on)
		go_on_by_host(ad);
	rte_spinlock_unlock(&t->lock);
}

/** Both filters, from the flow rules: a rule that has one moves to another, if one is free. */
static int
take_filters(struct oriel_adapter *ad)
{
	int ret = oriel_flow_hw_etqf_reserve(ad, ORIEL_PTP_ETQF, PTP_ETHERTYPE);

	if (ret == 0) {
		ret = oriel_flow_hw_tuple_reserve(ad, ORIEL_PTP_FTQF);
		if (ret != 0)
			oriel_flow_hw_etqf_free(ad, ORIEL_PTP_ETQF);
	}
	if (ret != 0)
		ORIEL_DRV_LOG(ERR,
			"port %u: timesync_enable: flow rules have %s: an EtherType filter and a "
			"5-tuple filter are wanted",
			ad->port_id, ret == -EEXIST ? "the EtherType of PTP" : "all filters");
	return ret;
}

static void
give_filters_back(struct oriel_adapter *ad)
{
	oriel_flow_hw_etqf_free(ad, ORIEL_PTP_ETQF);
	oriel_flow_hw_tuple_free(ad, ORIEL_PTP_FTQF);
}

/** Switches it off; whether it was on. */
static bool
switch_off(struct oriel_adapter *ad)
{
	struct oriel_time *t = &ad->time;
	bool was_on;

	rte_spinlock_lock(&t->lock);
	was_on = t->on;
	if (was_on) {
		t->on = false;
		unprogram(ad);
	}
	rte_spinlock_unlock(&t->lock);
	/* Not under the lock: waits for a tick that is under way. */
	if (was_on) {
		rte_eal_alarm_cancel(tick, ad);
		give_filters_back(ad);
	}
	return was_on;
}

void
oriel_ptp_close(struct oriel_adapter *ad)
{
	switch_off(ad);
}

void
oriel_ptp_set_queues(struct rte_eth_dev *dev)
{
	const uint8_t stamps = oriel_adapter(dev)->time.on ? ORIEL_STAMPS_ON : 0;
	uint16_t i;

	/* lcores may be inside a burst: it sees the one or the other. */
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		struct oriel_rxq *q = dev->data->rx_queues[i];

		if (q != NULL)
			__atomic_store_n(&q->stamps, stamps, __ATOMIC_RELAXED);
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		struct oriel_txq *q = dev->data->tx_queues[i];

		if (q != NULL)
			oriel_txq_set_stamps(q, stamps);
	}
}

/* ---- dev_ops ---- */

/** Whether the clock may be used; logged if not. */
static int
check_on(const struct oriel_adapter *ad, const char *what)
{
	if (ad->time.on)
		return 0;
	ORIEL_DRV_LOG(ERR,
		"port %u: %s: time synchronisation is off: rte_eth_timesync_enable() comes first",
		ad->port_id, what);
	return -EINVAL;
}

static int
check_primary(const struct oriel_adapter *ad, const char *what)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return 0;
	ORIEL_DRV_LOG(ERR, "port %u: %s: for the primary process, whose timer keeps the clock",
		ad->port_id, what);
	return -ENOTSUP;
}

int
oriel_timesync_enable(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_primary(ad, "timesync_enable");

	if (ret != 0 || t->on)
		return ret;
	ret = take_filters(ad);
	if (ret != 0)
		return ret;
	rte_spinlock_lock(&t->lock);
	t->inc = INC_NOMINAL;
	t->ns = 0;
	ret = program(ad);
	t->offset = host_clock_ns(CLOCK_REALTIME);
	t->on = ret == 0;
	rte_spinlock_unlock(&t->lock);
	if (ret != 0) {
		give_filters_back(ad);
	} else {
		ret = rte_eal_alarm_set(TICK_US, tick, ad);
		if (ret != 0)
			switch_off(ad);
	}
	oriel_ptp_set_queues(dev);
	if (ret != 0)
		ORIEL_DRV_LOG(ERR, "port %u: timesync_enable: %s", ad->port_id, strerror(-ret));
	return ret;
}

int
oriel_timesync_disable(struct rte_eth_dev *dev)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	int ret = check_primary(ad, "timesync_disable");

	if (ret == 0 && switch_off(ad))
		oriel_ptp_set_queues(dev);
	return ret;
}

/** Reads a stamp if there is one; *ns is of the time of day. The caller holds the lock. */
static int
read_stamp(struct oriel_adapter *ad, uint32_t low, uint32_t high, uint64_t *ns)
{
	struct oriel_time *t = &ad->time;
	const uint64_t stamp = read_pair(ad, low, high);
	uint64_t age;
	int ret;

	ret = update(ad);
	if (ret != 0)
		return ret;
	age = t->counter - stamp;
	if (age >> NS_SHIFT > MAX_STAMP_AGE_NS) {
		ORIEL_DRV_LOG(ERR,
			"port %u: stamp %#" PRIx64
			" is not of the %u s before the clock's %#" PRIx64,
			ad->port_id, stamp, (unsigned int)(MAX_STAMP_AGE_NS / NSEC_PER_SEC),
			t->counter);
		return -EIO;
	}
	*ns = clock_before(t, age) + t->offset;
	return 0;
}

int
oriel_timesync_read_rx_timestamp(
	struct rte_eth_dev *dev, struct timespec *timestamp, uint32_t flags)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, "timesync_read_rx_timestamp");
	uint64_t ns;

	if (ret != 0)
		return ret;
	if (flags != 0) {
		ORIEL_DRV_LOG(ERR,
			"port %u: timesync_read_rx_timestamp: stamp register %u: there is one, 0",
			ad->port_id, flags);
		return -EINVAL;
	}
	rte_spinlock_lock(&t->lock);
	ret = -EINVAL;
	if (oriel_rd32(&ad->mmio, ORIEL_TSYNCRXCTL) & ORIEL_TSYNCRXCTL_VALID) {
		ret = ad->mmio.gone ? -ENODEV : read_stamp(ad, ORIEL_RXSTMPL, ORIEL_RXSTMPH, &ns);
		oriel_rd32(&ad->mmio, ORIEL_RXSATRH);
		t->rx_unread = 0;
	}
	rte_spinlock_unlock(&t->lock);
	if (ret == 0)
		*timestamp = rte_ns_to_timespec(ns);
	return ret;
}

int
oriel_timesync_read_tx_timestamp(struct rte_eth_dev *dev, struct timespec *timestamp)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, "timesync_read_tx_timestamp");
	uint64_t ns;

	if (ret != 0)
		return ret;
	rte_spinlock_lock(&t->lock);
	ret = -EINVAL;
	if (oriel_rd32(&ad->mmio, ORIEL_TSYNCTXCTL) & ORIEL_TSYNCTXCTL_VALID) {
		ret = ad->mmio.gone ? -ENODEV : read_stamp(ad, ORIEL_TXSTMPL, ORIEL_TXSTMPH, &ns);
		t->tx_unread = 0;
	}
	rte_spinlock_unlock(&t->lock);
	if (ret == 0)
		*timestamp = rte_ns_to_timespec(ns);
	return ret;
}

int
oriel_timesync_adjust_time(struct rte_eth_dev *dev, int64_t delta)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, "timesync_adjust_time");
	uint64_t time = 0;

	if (ret != 0)
		return ret;
	rte_spinlock_lock(&t->lock);
	ret = now(ad);
	if (ret == 0) {
		time = t->ns + t->offset;
		if (delta < 0 ? 0 - (uint64_t)delta > time : (uint64_t)delta > INT64_MAX - time)
			ret = -EINVAL;
		else
			t->offset += (uint64_t)delta;
	}
	rte_spinlock_unlock(&t->lock);
	if (ret == -EINVAL)
		ORIEL_DRV_LOG(ERR,
			"port %u: timesync_adjust_time: by %" PRId64 " ns: the clock, at %" PRIu64
			" ns, can be set to 0 to %" PRId64,
			ad->port_id, delta, time, INT64_MAX);
	return ret;
}

int
oriel_timesync_adjust_freq(struct rte_eth_dev *dev, int64_t ppm)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, "timesync_adjust_freq");
	uint64_t after;

	if (ret != 0)
		return ret;
	if (ppm < -PPM_MAX || ppm > PPM_MAX) {
		ORIEL_DRV_LOG(ERR,
			"port %u: timesync_adjust_freq: %" PRId64
			" / 2^16 ppm: accepted are %" PRId64 " to %" PRId64,
			ad->port_id, ppm, -PPM_MAX, PPM_MAX);
		return -EINVAL;
	}
	rte_spinlock_lock(&t->lock);
	ret = now(ad);
	if (ret == 0) {
		t->inc = clock_inc(ppm);
		set_frequency(ad, t->inc);
		after = read_systim(ad);
		/* A model of the device computes SYSTIM from TIMINCA: it jumps. Then from there. */
		if ((after - t->counter) >> NS_SHIFT > SLACK_NS)
			t->counter = after;
		ret = ad->mmio.gone ? -ENODEV : 0;
	}
	rte_spinlock_unlock(&t->lock);
	return ret;
}

/** What the clock has counted since it was switched on, and the time that it shows, ns. */
static int
clock_read(struct oriel_adapter *ad, const char *op, uint64_t *counted, uint64_t *time)
{
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, op);

	if (ret != 0)
		return ret;
	rte_spinlock_lock(&t->lock);
	ret = now(ad);
	*counted = t->ns;
	*time = t->ns + t->offset;
	rte_spinlock_unlock(&t->lock);
	return ret;
}

int
oriel_timesync_read_time(struct rte_eth_dev *dev, struct timespec *timestamp)
{
	uint64_t counted, time;
	int ret = clock_read(oriel_adapter(dev), "timesync_read_time", &counted, &time);

	if (ret == 0)
		*timestamp = rte_ns_to_timespec(time);
	return ret;
}

int
oriel_timesync_write_time(struct rte_eth_dev *dev, const struct timespec *timestamp)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	struct oriel_time *t = &ad->time;
	int ret = check_on(ad, "timesync_write_time");

	if (ret != 0)
		return ret;
	if (timestamp->tv_sec < 0 || timestamp->tv_sec >= INT64_MAX / NSEC_PER_SEC ||
		timestamp->tv_nsec < 0 || timestamp->tv_nsec >= NSEC_PER_SEC) {
		ORIEL_DRV_LOG(ERR,
			"port %u: timesync_write_time: %" PRId64
			" s, %ld ns: accepted are 0 to %" PRId64 " s, 0 to 999999999 ns",
			ad->port_id, (int64_t)timestamp->tv_sec, timestamp->tv_nsec,
			(int64_t)(INT64_MAX / NSEC_PER_SEC - 1));
		return -EINVAL;
	}
	rte_spinlock_lock(&t->lock);
	ret = now(ad);
	if (ret == 0)
		t->offset = rte_timespec_to_ns(timestamp) - t->ns;
	rte_spinlock_unlock(&t->lock);
	return ret;
}

int
oriel_read_clock(struct rte_eth_dev *dev, uint64_t *clock)
{
	uint64_t counted, time;
	int ret = clock_read(oriel_adapter(dev), "read_clock", &counted, &time);

	if (ret == 0)
		*clock = counted;
	return ret;
}
