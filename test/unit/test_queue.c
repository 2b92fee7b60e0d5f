/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Queues: set-up and its refusals, memory that comes back, and the order of register
 * accesses against a device that the test makes: one that enables as the 82576 does, one
 * that never does, one that never stops, one that has gone.
 */

#include "fake_mmio.h"

/* Its waits must be ours. */
#define rte_delay_us_sleep fake_delay_us
static void fake_delay_us(unsigned int us);
#include "queue.c"
#undef rte_delay_us_sleep

#include "datapath_bed.h"

#define NB_Q 2
#define POOL 600

uint64_t fake_waited_us;

static void
fake_delay_us(unsigned int us)
{
	fake_waited_us += us;
}

/* ---- the device ---- */

static struct {
	uint32_t regs[ORIEL_BAR0_SIZE / 4];
	bool rx_on, tx_on; /* RCTL.RXEN, TCTL.EN */
	bool never_enables;
	bool never_stops;
	bool keeps_heads; /* RDH and TDH cannot be written, as on silicon */
	bool sends;	  /* TDH follows TDT */
	bool gone;
	uint32_t bad_head; /* RDH reads so if not 0 */
	unsigned int tail_before_enable;
	unsigned int status_reads;
	unsigned int accesses;
} device;

static bool
is_queue_reg(uint32_t off, uint32_t first, uint32_t reg)
{
	return off >= first && off < first + 0x40 * ORIEL_NB_QUEUES && (off & 0x3f) == reg;
}

static bool
enabled(uint32_t block)
{
	/* RXDCTL and TXDCTL lie at the same place and have the same bit. */
	return device.regs[(block + ORIEL_RXDCTL) / 4] & ORIEL_RXDCTL_ENABLE;
}

uint32_t
fake_read(struct oriel_mmio *m, uint32_t off)
{
	(void)m;
	device.accesses++;
	if (device.gone)
		return ORIEL_ALL_ONES;
	if (off == ORIEL_STATUS)
		device.status_reads++;
	if (is_queue_reg(off, ORIEL_RXQ(0), ORIEL_RDH) && device.bad_head != 0)
		return device.bad_head;
	if (is_queue_reg(off, ORIEL_TXQ(0), ORIEL_TDH) && device.sends)
		return device.regs[(off - ORIEL_TDH + ORIEL_TDT) / 4];
	return device.regs[off / 4];
}

void
fake_write(struct oriel_mmio *m, uint32_t off, uint32_t val)
{
	bool rx = is_queue_reg(off, ORIEL_RXQ(0), ORIEL_RXDCTL);
	bool tx = is_queue_reg(off, ORIEL_TXQ(0), ORIEL_TXDCTL);

	(void)m;
	device.accesses++;
	if (device.gone)
		return;
	if (rx || tx) {
		bool on = rx ? device.rx_on : device.tx_on;

		if (device.never_enables || !on)
			val &= ~ORIEL_RXDCTL_ENABLE;
		if (device.never_stops && enabled(off - ORIEL_RXDCTL))
			val |= ORIEL_RXDCTL_ENABLE;
		if (rx && val & ORIEL_RXDCTL_ENABLE && !enabled(off - ORIEL_RXDCTL) &&
			device.regs[(off - ORIEL_RXDCTL + ORIEL_RDT) / 4] != 0)
			device.tail_before_enable++;
	}
	if (device.keeps_heads &&
		(is_queue_reg(off, ORIEL_RXQ(0), ORIEL_RDH) ||
			is_queue_reg(off, ORIEL_TXQ(0), ORIEL_TDH)))
		return;
	device.regs[off / 4] = val;
}

static uint32_t
rx_reg(unsigned int queue, uint32_t reg)
{
	return device.regs[(ORIEL_RXQ(queue) + reg) / 4];
}

static uint32_t
tx_reg(unsigned int queue, uint32_t reg)
{
	return device.regs[(ORIEL_TXQ(queue) + reg) / 4];
}

/* ---- the port ---- */

static struct rte_eth_dev dev;
static struct rte_eth_dev_data data;
static struct oriel_adapter adapter;
static void *rx_queues[NB_Q], *tx_queues[NB_Q];
static struct rte_mempool *pool;
static unsigned int zones;

static void
count_zone(const struct rte_memzone *mz, void *arg)
{
	(void)mz;
	++*(unsigned int *)arg;
}

static unsigned int
nb_zones(void)
{
	unsigned int n = 0;

	rte_memzone_walk(count_zone, &n);
	return n;
}

static int
setup(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	memset(&data, 0, sizeof(data));
	memset(&adapter, 0, sizeof(adapter));
	memset(&device, 0, sizeof(device));
	memset(rx_queues, 0, sizeof(rx_queues));
	memset(tx_queues, 0, sizeof(tx_queues));
	device.rx_on = true;
	device.tx_on = true;
	device.sends = true;
	dev.data = &data;
	data.dev_private = &adapter;
	data.mtu = RTE_ETHER_MTU;
	data.rx_queues = rx_queues;
	data.tx_queues = tx_queues;
	data.nb_rx_queues = NB_Q;
	data.nb_tx_queues = NB_Q;
	adapter.mmio.base = (volatile uint8_t *)device.regs;
	pool = bed_pool("queue", POOL, BED_ROOM);
	zones = nb_zones();
	fake_waited_us = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < NB_Q; i++) {
		oriel_rx_queue_release(&dev, i);
		oriel_tx_queue_release(&dev, i);
	}
	assert_int_equal(nb_zones(), zones);
	bed_pool_done(pool);
	return 0;
}

static int
rx_setup(uint16_t queue_id, uint16_t nb_desc, const struct rte_eth_rxconf *conf)
{
	static const struct rte_eth_rxconf none;

	return oriel_rx_queue_setup(
		&dev, queue_id, nb_desc, SOCKET_ID_ANY, conf == NULL ? &none : conf, pool);
}

static int
tx_setup(uint16_t queue_id, uint16_t nb_desc, const struct rte_eth_txconf *conf)
{
	static const struct rte_eth_txconf none;

	return oriel_tx_queue_setup(
		&dev, queue_id, nb_desc, SOCKET_ID_ANY, conf == NULL ? &none : conf);
}

static void
setup_all(uint16_t nb_desc)
{
	for (uint16_t i = 0; i < NB_Q; i++) {
		assert_int_equal(rx_setup(i, nb_desc, NULL), 0);
		assert_int_equal(tx_setup(i, nb_desc, NULL), 0);
	}
}

/* ---- set-up ---- */

static void
test_sizes(void **state)
{
	static const uint16_t good[] = { 32, 40, 512, 4088, 4096 };
	static const uint16_t bad[] = { 0, 8, 24, 31, 33, 36, 4097, 4104, 65528, 65535 };

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(good); i++) {
		assert_int_equal(rx_setup(0, good[i], NULL), 0);
		assert_int_equal(tx_setup(0, good[i], NULL), 0);
		assert_int_equal((uintptr_t)((struct oriel_rxq *)rx_queues[0])->ring % 128, 0);
		assert_int_equal((uintptr_t)((struct oriel_txq *)tx_queues[0])->ring % 128, 0);
		/* Larger and smaller again: one zone each, no more. */
		assert_int_equal(nb_zones(), zones + 2);
	}
	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		assert_int_equal(rx_setup(0, bad[i], NULL), -EINVAL);
		assert_int_equal(tx_setup(0, bad[i], NULL), -EINVAL);
	}
}

static void
test_thresholds(void **state)
{
	struct rte_eth_rxconf rx = { 0 };
	struct rte_eth_txconf tx = { 0 };
	struct rte_eth_rxq_info rx_info = { 0 };
	struct rte_eth_txq_info tx_info = { 0 };

	(void)state;
	rx.rx_free_thresh = 63;
	rx.rx_thresh.pthresh = 31;
	rx.rx_thresh.hthresh = 3;
	rx.rx_thresh.wthresh = 16;
	rx.rx_drop_en = 1;
	rx.rx_deferred_start = 1;
	assert_int_equal(rx_setup(0, 64, &rx), 0);
	oriel_rxq_info_get(&dev, 0, &rx_info);
	assert_ptr_equal(rx_info.mp, pool);
	assert_int_equal(rx_info.nb_desc, 64);
	assert_int_equal(rx_info.rx_buf_size, 2048);
	assert_int_equal(rx_info.conf.rx_free_thresh, 63);
	assert_int_equal(rx_info.conf.rx_thresh.pthresh, 31);
	assert_int_equal(rx_info.conf.rx_thresh.hthresh, 3);
	assert_int_equal(rx_info.conf.rx_thresh.wthresh, 1); /* erratum: no other */
	assert_int_equal(rx_info.conf.rx_drop_en, 1);
	assert_int_equal(rx_info.conf.rx_deferred_start, 1);
	rx.rx_free_thresh = 64;
	assert_int_equal(rx_setup(0, 64, &rx), -EINVAL);
	rx.rx_free_thresh = 0;
	rx.rx_thresh.pthresh = 32;
	assert_int_equal(rx_setup(0, 64, &rx), -EINVAL);

	tx.tx_rs_thresh = 32;
	tx.tx_free_thresh = 63;
	assert_int_equal(tx_setup(0, 64, &tx), 0);
	oriel_txq_info_get(&dev, 0, &tx_info);
	assert_int_equal(tx_info.nb_desc, 64);
	assert_int_equal(tx_info.conf.tx_rs_thresh, 32);
	assert_int_equal(tx_info.conf.tx_free_thresh, 63);
	assert_int_equal(tx_info.conf.tx_thresh.wthresh, 1);
	/* dpdk-test's, which was written for a chip with a wider field. */
	tx.tx_thresh.pthresh = 32;
	assert_int_equal(tx_setup(0, 64, &tx), 0);
	oriel_txq_info_get(&dev, 0, &tx_info);
	assert_int_equal(tx_info.conf.tx_thresh.pthresh, 31);
	tx.tx_rs_thresh = 33;
	assert_int_equal(tx_setup(0, 64, &tx), -EINVAL);
	tx.tx_rs_thresh = 0;
	tx.tx_free_thresh = 64;
	assert_int_equal(tx_setup(0, 64, &tx), -EINVAL);
	tx.tx_free_thresh = 0;
	tx.tx_thresh.hthresh = 32;
	assert_int_equal(tx_setup(0, 64, &tx), -EINVAL);
	/* Defaults follow the size of the ring. */
	assert_int_equal(tx_setup(0, 32, NULL), 0);
	oriel_txq_info_get(&dev, 0, &tx_info);
	assert_int_equal(tx_info.conf.tx_rs_thresh, 8);
	assert_int_equal(tx_setup(0, 512, NULL), 0);
	oriel_txq_info_get(&dev, 0, &tx_info);
	assert_int_equal(tx_info.conf.tx_rs_thresh, 32);
}

static int
setup_with_room(unsigned int room)
{
	static const struct rte_eth_rxconf none;
	struct rte_mempool *mp = bed_pool("room", 64, room);
	int ret = oriel_rx_queue_setup(&dev, 0, 32, SOCKET_ID_ANY, &none, mp);

	oriel_rx_queue_release(&dev, 0);
	bed_pool_done(mp);
	return ret;
}

static void
test_pools(void **state)
{
	static const struct rte_eth_rxconf none;

	(void)state;
	assert_int_equal(oriel_rx_queue_setup(&dev, 0, 32, SOCKET_ID_ANY, &none, NULL), -EINVAL);
	/* Whole KiB; smaller buffers than 1500 + 14 + 4 + 8 mean chains, asked for or not. */
	assert_int_equal(setup_with_room(2047), 0);
	assert_int_equal(setup_with_room(1024), 0);
	assert_int_equal(setup_with_room(1023), -EINVAL);
	assert_int_equal(setup_with_room(60000), 0);
}

static void
test_check_mtu(void **state)
{
	(void)state;
	setup_all(32);
	assert_int_equal(oriel_queues_check_mtu(&dev, 2048 - 26), 0);
	assert_int_equal(oriel_queues_check_mtu(&dev, 2048 - 25), 0);
	data.dev_started = 1;
	assert_int_equal(oriel_queues_check_mtu(&dev, 2048 - 26), 0);
	assert_int_equal(oriel_queues_check_mtu(&dev, 2048 - 25), -EBUSY);
	data.scattered_rx = 1;
	assert_int_equal(oriel_queues_check_mtu(&dev, 9000), 0);
}

static void
test_dev_info(void **state)
{
	struct rte_eth_dev_info info = { 0 };

	(void)state;
	oriel_queues_dev_info(&info);
	assert_int_equal(info.rx_desc_lim.nb_min, 32);
	assert_int_equal(info.rx_desc_lim.nb_max, 4096);
	assert_int_equal(info.rx_desc_lim.nb_align, 8);
	assert_int_equal(info.max_mtu, 9728 - 26);
	/* What is announced as default is accepted. */
	assert_int_equal(rx_setup(0, info.default_rxportconf.ring_size, &info.default_rxconf), 0);
	assert_int_equal(tx_setup(0, info.default_txportconf.ring_size, &info.default_txconf), 0);
}

/* ---- start and stop ---- */

static void
test_start_stop(void **state)
{
	struct oriel_rxq *rx;

	(void)state;
	setup_all(128);
	rx = rx_queues[1];
	for (int round = 0; round < 50; round++) {
		assert_int_equal(oriel_queues_program(&dev), 0);
		assert_int_equal(data.scattered_rx, 0);
		assert_int_equal(rx_reg(1, ORIEL_RDBAL), (uint32_t)rx->mz->iova);
		assert_int_equal(rx_reg(1, ORIEL_RDBAH), rx->mz->iova >> 32);
		assert_int_equal(rx_reg(1, ORIEL_RDLEN), 128 * 16);
		assert_int_equal(rx_reg(1, ORIEL_SRRCTL), 2 | 1u << 25);
		assert_int_equal(rx_reg(1, ORIEL_RXDCTL), 0);
		assert_int_equal(rx_reg(1, ORIEL_RDT), 0);
		assert_int_equal(tx_reg(0, ORIEL_TDLEN), 128 * 16);
		assert_int_equal(rte_mempool_avail_count(pool), POOL - 256);
		assert_int_equal(oriel_queues_enable(&dev), 0);
		assert_int_equal(device.tail_before_enable, 0);
		for (int i = 0; i < NB_Q; i++) {
			assert_int_equal(data.rx_queue_state[i], RTE_ETH_QUEUE_STATE_STARTED);
			assert_int_equal(data.tx_queue_state[i], RTE_ETH_QUEUE_STATE_STARTED);
			assert_int_equal(rx_reg(i, ORIEL_RDT), 127);
			assert_int_equal(tx_reg(i, ORIEL_TDT), 0);
			assert_int_equal(
				ORIEL_GET(ORIEL_RXDCTL_WTHRESH, rx_reg(i, ORIEL_RXDCTL)), 1);
		}
		device.status_reads = 0;
		assert_int_equal(oriel_queues_disable(&dev), 0);
		/* A read after ENABLE fell, before buffers are freed. */
		assert_true(device.status_reads >= 2 * NB_Q);
		assert_int_equal(rx_reg(0, ORIEL_RXDCTL) & ORIEL_RXDCTL_ENABLE, 0);
		assert_int_equal(tx_reg(1, ORIEL_TXDCTL) & ORIEL_TXDCTL_ENABLE, 0);
		assert_int_equal(data.rx_queue_state[0], RTE_ETH_QUEUE_STATE_STOPPED);
		assert_int_equal(rte_mempool_avail_count(pool), POOL);
		assert_int_equal(nb_zones(), zones + 2 * NB_Q);
	}
}

static void
test_not_set_up(void **state)
{
	(void)state;
	assert_int_equal(oriel_queues_program(&dev), -EINVAL);
	assert_int_equal(device.accesses, 0);
	/* The others may be set up later; until then they are stopped. */
	device.rx_on = device.tx_on = true;
	assert_int_equal(rx_setup(1, 64, NULL), 0);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(data.rx_queue_state[0], RTE_ETH_QUEUE_STATE_STOPPED);
	assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STARTED);
	assert_int_equal(data.tx_queue_state[0], RTE_ETH_QUEUE_STATE_STOPPED);
	assert_int_equal(rx_reg(0, ORIEL_RXDCTL) & ORIEL_RXDCTL_ENABLE, 0);
	/* One comes while the port runs. */
	data.dev_started = 1;
	assert_int_equal(rx_setup(0, 128, NULL), 0);
	assert_int_equal(oriel_rx_queue_start(&dev, 0), 0);
	assert_int_equal(rx_reg(0, ORIEL_RDLEN), 128 * 16);
	assert_int_equal(rx_reg(0, ORIEL_RDT), 127);
	assert_int_equal(oriel_queues_disable(&dev), 0);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	data.dev_started = 0;
}

/** The second queue finds too few mbufs: the start fails and the first one's are back. */
static void
test_empty_pool(void **state)
{
	struct rte_mbuf *taken[POOL];

	(void)state;
	setup_all(256);
	assert_int_equal(rte_mempool_get_bulk(pool, (void **)taken, POOL - 300), 0);
	assert_int_equal(oriel_queues_program(&dev), -ENOMEM);
	assert_int_equal(rte_mempool_avail_count(pool), 300);
	rte_mempool_put_bulk(pool, (void **)taken, POOL - 300);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(oriel_queues_disable(&dev), 0);
}

static void
test_never_enables(void **state)
{
	(void)state;
	setup_all(64);
	device.never_enables = true;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), -ETIMEDOUT);
	assert_true(fake_waited_us < 100000);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	assert_int_equal(data.rx_queue_state[0], RTE_ETH_QUEUE_STATE_STOPPED);
	/* RXEN off: the same. */
	device.never_enables = false;
	device.rx_on = false;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), -ETIMEDOUT);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	device.rx_on = true;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(oriel_queues_disable(&dev), 0);
}

/** Buffers that a device may still write to stay until somebody stops it by force. */
static void
test_never_stops(void **state)
{
	struct rte_mbuf *pkts[4];

	(void)state;
	setup_all(64);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	device.never_stops = true;
	device.sends = false;
	fake_waited_us = 0;
	assert_int_equal(oriel_queues_disable(&dev), -ETIMEDOUT);
	assert_true(fake_waited_us < 100000);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 128);
	oriel_path_select(&dev, -1);
	device.accesses = 0;
	assert_int_equal(dev.rx_pkt_burst(rx_queues[0], pkts, 4), 0);
	oriel_queues_abandon(&dev);
	assert_int_equal(device.accesses, 0);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	device.never_stops = false;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(oriel_queues_disable(&dev), 0);
}

static void
test_gone(void **state)
{
	(void)state;
	setup_all(64);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	device.gone = true;
	fake_waited_us = 0;
	assert_int_equal(oriel_queues_disable(&dev), 0);
	assert_int_equal(fake_waited_us, 0);
	assert_true(adapter.mmio.gone);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	/* And a start on it fails at once. */
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), -ENODEV);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
}

/** The first thread that sees it gone tells the bursts: they ring no bell on its registers. */
static void
test_detach(void **state)
{
	struct oriel_rxq *rx;
	struct rte_mbuf *m[64];
	uint32_t rdt, tdt;

	(void)state;
	setup_all(64);
	rx = rx_queues[1];
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	oriel_path_select(&dev, -1);
	oriel_queues_detach(&dev);
	device.accesses = 0;
	rdt = rx_reg(1, ORIEL_RDT);
	tdt = tx_reg(1, ORIEL_TDT);
	for (int i = 0; i < 40; i++)
		bed_rx_done(rx, i, 0, 0, ORIEL_RXD_DD | ORIEL_RXD_EOP, 60, 0);
	assert_int_equal(dev.rx_pkt_burst(rx, m, 64), 40);
	assert_int_equal(dev.tx_pkt_burst(tx_queues[1], m, 40), 40);
	assert_int_equal(device.accesses, 0);
	assert_int_equal(rx_reg(1, ORIEL_RDT), rdt);
	assert_int_equal(tx_reg(1, ORIEL_TDT), tdt);
	oriel_queues_abandon(&dev);
	/* It is back. */
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(rx_reg(1, ORIEL_RDT), 63);
	assert_int_equal(oriel_queues_disable(&dev), 0);
}

/** A pool with little to spare, much of it in the cache of this lcore: every start finds it. */
static void
test_tight_pool(void **state)
{
	static const struct rte_eth_rxconf none;
	struct rte_mempool *tight = rte_pktmbuf_pool_create(
		"tight", 256 + 7, 64, 0, BED_ROOM + RTE_PKTMBUF_HEADROOM, 0);

	(void)state;
	assert_non_null(tight);
	for (uint16_t i = 0; i < NB_Q; i++) {
		assert_int_equal(
			oriel_rx_queue_setup(&dev, i, 128, SOCKET_ID_ANY, &none, tight), 0);
		assert_int_equal(tx_setup(i, 64, NULL), 0);
	}
	for (int round = 0; round < 10; round++) {
		assert_int_equal(oriel_queues_program(&dev), 0);
		assert_int_equal(rte_mempool_avail_count(tight), 7);
		assert_int_equal(oriel_queues_enable(&dev), 0);
		assert_int_equal(oriel_queues_disable(&dev), 0);
	}
	for (uint16_t i = 0; i < NB_Q; i++)
		oriel_rx_queue_release(&dev, i);
	bed_pool_done(tight);
}

/** Heads that stay where they were: the rings begin there. */
static void
test_heads_stay(void **state)
{
	struct oriel_rxq *rx;
	struct oriel_txq *tx;
	struct rte_mbuf *m[1];

	(void)state;
	setup_all(64);
	rx = rx_queues[0];
	tx = tx_queues[0];
	device.keeps_heads = true;
	device.sends = false;
	device.regs[(ORIEL_RXQ(0) + ORIEL_RDH) / 4] = 17;
	device.regs[(ORIEL_TXQ(0) + ORIEL_TDH) / 4] = 63;
	device.regs[(ORIEL_TXQ(1) + ORIEL_TDH) / 4] = 5;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(tx_reg(0, ORIEL_TDT), 63);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(rx->next, 17);
	assert_int_equal(rx_reg(0, ORIEL_RDT), 16);
	assert_int_equal(rx_reg(1, ORIEL_RDT), 63);
	assert_int_equal(tx->next, 63);
	assert_int_equal(tx_reg(1, ORIEL_TDT), 5);
	oriel_path_select(&dev, -1);
	bed_rx_done(rx, 17, 0, 0, ORIEL_RXD_DD | ORIEL_RXD_EOP, 60, 0);
	assert_int_equal(dev.rx_pkt_burst(rx, m, 1), 1);
	assert_int_equal(dev.tx_pkt_burst(tx, m, 1), 1);
	assert_int_equal(tx_reg(0, ORIEL_TDT), 0);
	device.regs[(ORIEL_TXQ(0) + ORIEL_TDH) / 4] = 0;
	assert_int_equal(oriel_queues_disable(&dev), 0);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
	/* A head beyond the ring is a lie. */
	device.bad_head = 64;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), -EIO);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
}

/** What was queued leaves before the queue stops, within a bound. */
static void
test_drain(void **state)
{
	struct oriel_txq *tx;
	struct rte_mbuf *m;

	(void)state;
	setup_all(64);
	tx = tx_queues[1];
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	oriel_path_select(&dev, -1);
	m = rte_pktmbuf_alloc(pool);
	rte_pktmbuf_append(m, 60);
	assert_int_equal(dev.tx_pkt_burst(tx, &m, 1), 1);
	device.sends = false;
	fake_waited_us = 0;
	assert_int_equal(oriel_queues_disable(&dev), 0);
	assert_in_range(fake_waited_us, ORIEL_TX_DRAIN_US - 10, ORIEL_TX_DRAIN_US);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
}

static void
test_deferred(void **state)
{
	struct rte_eth_rxconf rx = { .rx_deferred_start = 1 };
	struct rte_eth_txconf tx = { .tx_deferred_start = 1 };

	(void)state;
	setup_all(64);
	assert_int_equal(rx_setup(1, 64, &rx), 0);
	assert_int_equal(tx_setup(1, 64, &tx), 0);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(oriel_queues_enable(&dev), 0);
	assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STOPPED);
	assert_int_equal(data.tx_queue_state[1], RTE_ETH_QUEUE_STATE_STOPPED);
	assert_int_equal(rx_reg(1, ORIEL_RXDCTL) & ORIEL_RXDCTL_ENABLE, 0);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 64);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(oriel_rx_queue_start(&dev, 1), 0);
		assert_int_equal(oriel_tx_queue_start(&dev, 1), 0);
		assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STARTED);
		assert_int_equal(data.tx_queue_state[1], RTE_ETH_QUEUE_STATE_STARTED);
		assert_int_equal(rx_reg(1, ORIEL_RDT), 63);
		assert_int_equal(rte_mempool_avail_count(pool), POOL - 128);
		assert_int_equal(oriel_rx_queue_stop(&dev, 1), 0);
		assert_int_equal(oriel_tx_queue_stop(&dev, 1), 0);
		assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STOPPED);
		assert_int_equal(rte_mempool_avail_count(pool), POOL - 64);
	}
	assert_int_equal(oriel_rx_queue_start(&dev, 1), 0);
	device.never_stops = true;
	assert_int_equal(oriel_rx_queue_stop(&dev, 1), -ETIMEDOUT);
	assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STARTED);
	device.never_stops = false;
	assert_int_equal(oriel_rx_queue_stop(&dev, 1), 0);
	device.never_enables = true;
	assert_int_equal(oriel_rx_queue_start(&dev, 1), -ETIMEDOUT);
	assert_int_equal(oriel_tx_queue_start(&dev, 1), -ETIMEDOUT);
	assert_int_equal(data.rx_queue_state[1], RTE_ETH_QUEUE_STATE_STOPPED);
	assert_int_equal(rte_mempool_avail_count(pool), POOL - 64);
	assert_int_equal(oriel_queues_disable(&dev), 0);
}

static void
test_drop_en(void **state)
{
	struct rte_eth_rxconf rx = { .rx_drop_en = 1 };

	(void)state;
	setup_all(64);
	assert_int_equal(rx_setup(1, 64, &rx), 0);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(rx_reg(0, ORIEL_SRRCTL) & ORIEL_SRRCTL_DROP_EN, 0);
	assert_int_equal(rx_reg(1, ORIEL_SRRCTL) & ORIEL_SRRCTL_DROP_EN, ORIEL_SRRCTL_DROP_EN);
	oriel_queues_abandon(&dev);
}

/** MTU decides whether a frame may take several buffers. */
static void
test_scatter(void **state)
{
	(void)state;
	data.dev_conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_SCATTER;
	setup_all(64);
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(data.scattered_rx, 0);
	oriel_queues_abandon(&dev);
	data.mtu = 2048 - 26;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(data.scattered_rx, 0);
	oriel_queues_abandon(&dev);
	data.mtu++;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(data.scattered_rx, 1);
	oriel_queues_abandon(&dev);
	data.mtu = 9000;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(data.scattered_rx, 1);
	assert_int_equal(((struct oriel_rxq *)rx_queues[0])->max_segs, 5);
	oriel_queues_abandon(&dev);
	/* Without the offload asked for as well. */
	data.dev_conf.rxmode.offloads = 0;
	assert_int_equal(oriel_queues_program(&dev), 0);
	assert_int_equal(data.scattered_rx, 1);
	oriel_queues_abandon(&dev);
	assert_int_equal(rte_mempool_avail_count(pool), POOL);
}

static void
test_offloads(void **state)
{
	struct oriel_rxq *q;

	(void)state;
	setup_all(64);
	q = rx_queues[1];
	data.dev_conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_KEEP_CRC;
	oriel_queues_update_offloads(&dev);
	assert_int_equal(q->rss_mask, 0);
	assert_int_equal(q->crc_len, 4);
	assert_int_equal(q->status_mask, 0);
	data.dev_conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	data.dev_conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	oriel_queues_strip_all(&dev, true);
	oriel_queues_update_offloads(&dev);
	assert_int_equal(q->rss_mask, 0xf);
	assert_int_equal(q->crc_len, 0);
	assert_int_equal(q->min_len, 1);
	assert_int_equal(q->status_mask, ORIEL_RXD_VP);
}

static void
move_one_buffer(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	struct rte_mbuf *m = obj;

	(void)mp;
	if (i == *(unsigned int *)arg)
		m->buf_iova += 4096;
}

/** Addresses are computed only where each mbuf's buffer lies where the others' do. */
static void
test_buf_distance(void **state)
{
	struct rte_pktmbuf_extmem mem = { .elt_size = BED_ROOM + RTE_PKTMBUF_HEADROOM };
	unsigned int which;
	struct rte_mempool *mp;
	void *room;

	(void)state;
	mp = rte_pktmbuf_pool_create(
		"near", 64, 0, 32, BED_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	assert_non_null(mp);
	assert_int_equal(
		oriel_rxq_buf_distance(mp), sizeof(struct rte_mbuf) + 32 + RTE_PKTMBUF_HEADROOM);
	which = 63;
	rte_mempool_obj_iter(mp, move_one_buffer, &which);
	assert_int_equal(oriel_rxq_buf_distance(mp), 0);
	rte_mempool_free(mp);

	/* Mbufs may still be added to it, and nobody has seen those. */
	mp = rte_pktmbuf_pool_create(
		"part", 64, 0, 0, BED_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	assert_non_null(mp);
	mp->populated_size--;
	assert_int_equal(oriel_rxq_buf_distance(mp), 0);
	mp->populated_size++;
	rte_mempool_free(mp);

	room = aligned_alloc(4096, 64 * 4096);
	assert_non_null(room);
	mem.buf_ptr = room;
	mem.buf_iova = (rte_iova_t)(uintptr_t)room;
	mem.buf_len = 64 * 4096;
	mp = rte_pktmbuf_pool_create_extbuf(
		"pinned", 32, 0, 0, BED_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY, &mem, 1);
	assert_non_null(mp);
	assert_int_equal(oriel_rxq_buf_distance(mp), 0);
	rte_mempool_free(mp);
	free(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_thresholds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pools, setup, teardown),
		cmocka_unit_test_setup_teardown(test_check_mtu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dev_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_start_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_set_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_enables, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_stops, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_detach, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tight_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heads_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deferred, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drop_en, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scatter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_offloads, setup, teardown),
		cmocka_unit_test(test_buf_distance),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
