/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The watch: which looks, one after another, make a hang, and which do not; incidents are told
 * once; the alarm is set and cancelled as it must be. What it does to a device is shown by the
 * beds.
 */

#include "fake_device.h"

#include <rte_alarm.h>

#include "hw.h"
#include "link.h"

static __rte_unused int fake_alarm_set(uint64_t us, void (*fn)(void *), void *arg);
static __rte_unused int fake_alarm_cancel(void (*fn)(void *), void *arg);
static __rte_unused int fake_callback(
	struct rte_eth_dev *dev, enum rte_eth_event_type event, void *ret_param);
#define rte_eal_alarm_set(us, fn, arg) fake_alarm_set(us, fn, arg)
#define rte_eal_alarm_cancel(fn, arg) fake_alarm_cancel(fn, arg)
#define rte_eth_dev_callback_process(dev, event, param) fake_callback(dev, event, param)
/* Linked code would see the real device. */
#define oriel_hw_is_removed(ad) fake_is_removed(ad)
#define oriel_link_update(dev, wait) fake_link_update(dev, wait)

static bool
fake_is_removed(struct oriel_adapter *ad)
{
	return oriel_rd32(&ad->mmio, ORIEL_STATUS) == ORIEL_ALL_ONES;
}

static int
fake_link_update(struct rte_eth_dev *dev, int wait)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(wait);
	return 0;
}

#include "watch.c"

#define NB_DESC 64
#define PERIOD 100

static struct {
	bool link_up, paused, forgot;
	uint32_t causes;
	unsigned int cause_reads, stats_reads;
	uint64_t xoff;
	bool alarm; /* set */
	uint64_t alarm_us;
	unsigned int rmv, reset, lsc; /* events */
	bool stop_in_callback;
} host;

static struct oriel_txq txq[2];
static void *tx_queues[2] = { &txq[0], &txq[1] };
static struct oriel_tx_desc rings[2][NB_DESC];
static uint16_t fifos[2][8];

static int
fake_alarm_set(uint64_t us, void (*fn)(void *), void *arg)
{
	assert_ptr_equal(fn, on_alarm);
	assert_ptr_equal(arg, fake_dev);
	assert_false(host.alarm);
	host.alarm = true;
	host.alarm_us = us;
	return 0;
}

static int
fake_alarm_cancel(void (*fn)(void *), void *arg)
{
	assert_ptr_equal(fn, on_alarm);
	assert_ptr_equal(arg, fake_dev);
	host.alarm = false;
	return 1;
}

static int
fake_callback(struct rte_eth_dev *dev, enum rte_eth_event_type event, void *ret_param)
{
	assert_ptr_equal(dev, fake_dev);
	assert_null(ret_param);
	host.rmv += event == RTE_ETH_EVENT_INTR_RMV;
	host.reset += event == RTE_ETH_EVENT_INTR_RESET;
	host.lsc += event == RTE_ETH_EVENT_INTR_LSC;
	if (host.stop_in_callback)
		oriel_watch_stop(dev);
	return 0;
}

static int
link_get(struct oriel_adapter *ad, struct rte_eth_link *link)
{
	RTE_SET_USED(ad);
	memset(link, 0, sizeof(*link));
	link->link_status = host.link_up;
	return 0;
}

static int
stats_read(struct oriel_adapter *ad)
{
	host.stats_reads++;
	ad->stats.xoffrxc = host.xoff;
	return 0;
}

static uint32_t
intr_cause(struct oriel_adapter *ad)
{
	uint32_t causes = host.causes;

	RTE_SET_USED(ad);
	host.cause_reads++;
	host.causes = 0;
	return causes;
}

static bool
forgot(struct oriel_adapter *ad)
{
	RTE_SET_USED(ad);
	return host.forgot;
}

static bool
tx_paused(struct oriel_adapter *ad)
{
	RTE_SET_USED(ad);
	return host.paused;
}

static const struct oriel_hw_ops ops = {
	.link_get = link_get,
	.stats_read = stats_read,
	.intr_cause = intr_cause,
	.forgot = forgot,
	.tx_paused = tx_paused,
};
static struct oriel_process process = { .hw = &ops };

static int
setup(void **state)
{
	unsigned int i;

	fake_setup(state);
	memset(&host, 0, sizeof(host));
	host.link_up = true;
	memset(txq, 0, sizeof(txq));
	memset(rings, 0, sizeof(rings));
	memset(fifos, 0, sizeof(fifos));
	for (i = 0; i < RTE_DIM(txq); i++) {
		txq[i].mmio = &fake_ad.mmio;
		txq[i].reg_base = ORIEL_TXQ(i);
		txq[i].queue_id = i;
		txq[i].nb_desc = NB_DESC;
		txq[i].ring = rings[i];
		txq[i].rs_fifo = fifos[i];
		txq[i].rs_mask = RTE_DIM(fifos[i]) - 1;
		fake_data.tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
	}
	fake_dev->process_private = &process;
	fake_data.tx_queues = tx_queues;
	fake_data.nb_tx_queues = RTE_DIM(txq);
	fake_data.dev_conf.intr_conf.rmv = 1;
	rte_spinlock_init(&fake_ad.stats_lock);
	rte_spinlock_init(&fake_ad.watch.lock);
	fake_ad.watch.period_ms = PERIOD;
	oriel_watch_start(fake_dev);
	return 0;
}

/* A period passes. */
static void
tick(void)
{
	assert_true(host.alarm);
	assert_int_equal(host.alarm_us, PERIOD * 1000);
	host.alarm = false;
	on_alarm(fake_dev);
}

static void
queue(unsigned int i, uint16_t head, uint16_t next)
{
	*fake_reg(ORIEL_TXQ(i) + ORIEL_TDH) = head;
	txq[i].next = next;
}

/* Descriptors wait and the head stands: told at the third look, once; and again if it recurs. */
static void
test_hang(void **state)
{
	(void)state;
	queue(1, 5, 9);
	tick();
	tick();
	assert_int_equal(host.reset, 0);
	tick();
	assert_int_equal(host.reset, 1);
	assert_int_equal(fake_ad.watch.stats.tx_hangs, 1);
	assert_int_equal(fake_ad.watch.hung, 2);
	/* A second queue is counted, and belongs to the same incident. */
	queue(0, 0, 1);
	tick();
	tick();
	tick();
	tick();
	assert_int_equal(host.reset, 1);
	assert_int_equal(fake_ad.watch.stats.tx_hangs, 2);
	/* They move, and hang anew. */
	queue(0, 1, 1);
	queue(1, 6, 9);
	tick();
	assert_int_equal(fake_ad.watch.hung, 0);
	tick();
	tick();
	assert_int_equal(host.reset, 2);
	assert_int_equal(fake_ad.watch.stats.tx_hangs, 3);
}

/* All fetched but never written back; and written back, which the lcore need not look at. */
static void
test_no_write_back(void **state)
{
	(void)state;
	queue(0, 9, 9);
	txq[0].rs_tail = 1;
	fifos[0][0] = 8 | ORIEL_TX_RS_HOLES;
	rings[0][8].rd.olinfo = ORIEL_TXD_STA_DD;
	tick();
	tick();
	tick();
	tick();
	assert_int_equal(host.reset, 0);
	rings[0][8].rd.olinfo = 0;
	tick();
	tick();
	tick();
	assert_int_equal(host.reset, 1);
}

/* Behind a packet that is done and that the lcore has not reclaimed, the head stands. */
static void
test_hang_behind_done(void **state)
{
	(void)state;
	queue(0, 9, 20);
	txq[0].rs_tail = 2;
	fifos[0][0] = 8;
	fifos[0][1] = 19;
	rings[0][8].rd.olinfo = ORIEL_TXD_STA_DD;
	tick();
	tick();
	tick();
	assert_int_equal(host.reset, 1);
}

/* The same head each time, but reclaims between: it went around. */
static void
test_goes_around(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		queue(0, 5, 9);
		txq[0].rs_head++;
		txq[0].rs_tail = txq[0].rs_head + 1;
		tick();
	}
	/* Heads that move. */
	for (i = 0; i < 10; i++) {
		queue(0, i, 40);
		tick();
	}
	/* Nothing waits. */
	for (i = 0; i < 10; i++) {
		queue(0, 40, 40);
		txq[0].rs_head = txq[0].rs_tail;
		tick();
	}
	assert_int_equal(host.reset, 0);
	assert_int_equal(host.stats_reads, 0);
}

/* Link down, PAUSE, a queue that is stopped: no hang, and each begins anew afterwards. */
static void
test_good_reasons(void **state)
{
	int i;

	(void)state;
	queue(0, 5, 9);
	host.link_up = false;
	for (i = 0; i < 5; i++)
		tick();
	host.link_up = true;
	tick();
	tick();
	/* PAUSE frames keep coming, whether or not the transmitter is held at this moment. */
	for (i = 0; i < 5; i++) {
		host.xoff++;
		tick();
	}
	host.paused = true;
	for (i = 0; i < 5; i++)
		tick();
	host.paused = false;
	tick();
	fake_data.tx_queue_state[0] = RTE_ETH_QUEUE_STATE_STOPPED;
	for (i = 0; i < 5; i++)
		tick();
	fake_data.tx_queue_state[0] = RTE_ETH_QUEUE_STATE_STARTED;
	tick();
	tick();
	assert_int_equal(host.reset, 0);
	assert_int_equal(fake_ad.watch.stats.tx_hangs, 0);
	tick();
	assert_int_equal(host.reset, 1);
}

/* Once: removal, with the link's event where asked for; nothing is looked at any more. */
static void
test_lost(void **state)
{
	(void)state;
	fake_ad.intr.link = true;
	tick();
	fake.gone = true;
	tick();
	assert_int_equal(host.rmv, 1);
	assert_int_equal(host.lsc, 1);
	assert_int_equal(host.reset, 0);
	assert_int_equal(fake_ad.watch.stats.lost, 1);
	assert_false(host.alarm);
	assert_ptr_equal(txq[0].tail, &txq[0].no_device);
	/* The interrupt handler comes to the same. */
	oriel_watch_lost(fake_dev);
	assert_int_equal(host.rmv, 1);
	/* Who did not ask is not told. */
	fake_data.dev_conf.intr_conf.rmv = 0;
	fake_ad.intr.link = false;
	fake_ad.mmio.gone = false;
	oriel_watch_start(fake_dev);
	tick();
	assert_int_equal(host.rmv + host.lsc, 2);
	assert_int_equal(fake_ad.watch.stats.lost, 2);
}

/* Reset by others, and DMA out of step: once each life, by register or by cause. */
static void
test_faults(void **state)
{
	(void)state;
	host.forgot = true;
	tick();
	tick();
	assert_int_equal(host.reset, 1);
	assert_int_equal(fake_ad.watch.stats.foreign_resets, 1);
	oriel_watch_stop(fake_dev);
	assert_false(host.alarm);
	oriel_watch_start(fake_dev);
	host.forgot = false;
	host.causes = ORIEL_INTR_CAUSE_DMA | ORIEL_INTR_CAUSE_LINK;
	tick();
	host.causes = ORIEL_INTR_CAUSE_DMA;
	tick();
	assert_int_equal(host.reset, 2);
	assert_int_equal(host.lsc, 0);
	assert_int_equal(fake_ad.watch.stats.dma_errors, 2);
	/* With link interrupts the causes are the handler's, which hands these on. */
	oriel_watch_stop(fake_dev);
	oriel_watch_start(fake_dev);
	fake_ad.intr.mode = ORIEL_INTR_MSIX;
	fake_ad.intr.link = true;
	host.cause_reads = 0;
	host.causes = ORIEL_INTR_CAUSE_DMA;
	tick();
	assert_int_equal(host.cause_reads, 0);
	assert_int_equal(host.reset, 2);
	oriel_watch_fault(fake_dev, ORIEL_INTR_CAUSE_LINK);
	assert_int_equal(host.reset, 2);
	oriel_watch_fault(fake_dev, ORIEL_INTR_CAUSE_DMA | ORIEL_INTR_CAUSE_LINK);
	assert_int_equal(host.reset, 3);
}

/* A reset that the driver makes itself, and tells of, is none by others. */
static void
test_told(void **state)
{
	(void)state;
	oriel_watch_told(&fake_ad);
	host.forgot = true;
	tick();
	tick();
	assert_int_equal(host.reset, 0);
	assert_int_equal(fake_ad.watch.stats.foreign_resets, 0);
	oriel_watch_stop(fake_dev);
	oriel_watch_start(fake_dev);
	tick();
	assert_int_equal(host.reset, 1);
}

/* A callback stops the port: no alarm is left behind. */
static void
test_stop_in_callback(void **state)
{
	(void)state;
	host.stop_in_callback = true;
	host.forgot = true;
	tick();
	assert_int_equal(host.reset, 1);
	assert_false(host.alarm);
	/* A look that EAL had begun. */
	on_alarm(fake_dev);
	assert_int_equal(host.reset, 1);
	assert_false(host.alarm);
}

/* A period of 0: no alarm at all. */
static void
test_off(void **state)
{
	(void)state;
	oriel_watch_stop(fake_dev);
	fake_ad.watch.period_ms = 0;
	oriel_watch_start(fake_dev);
	assert_false(host.alarm);
	oriel_watch_stop(fake_dev);
}

/* Values that cannot be, from the device or from a torn look, lead nowhere outside. */
static void
test_distrust(void **state)
{
	int i;

	(void)state;
	queue(0, 0xffff, 9);
	*fake_reg(ORIEL_TXQ(0) + ORIEL_TDH) = 0xdeadffff;
	txq[0].rs_head = 0xfff0;
	txq[0].rs_tail = 0x10;
	fifos[0][0] = ORIEL_TX_RS_IDX;
	for (i = 0; i < 3; i++)
		tick();
	assert_int_equal(host.reset, 1);
	queue(0, 9, 9);
	for (i = 0; i < 5; i++)
		tick();
	assert_int_equal(host.reset, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_hang, setup),
		cmocka_unit_test_setup(test_no_write_back, setup),
		cmocka_unit_test_setup(test_hang_behind_done, setup),
		cmocka_unit_test_setup(test_goes_around, setup),
		cmocka_unit_test_setup(test_good_reasons, setup),
		cmocka_unit_test_setup(test_lost, setup),
		cmocka_unit_test_setup(test_faults, setup),
		cmocka_unit_test_setup(test_told, setup),
		cmocka_unit_test_setup(test_stop_in_callback, setup),
		cmocka_unit_test_setup(test_off, setup),
		cmocka_unit_test_setup(test_distrust, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
