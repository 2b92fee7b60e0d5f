/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The self-test's loopback: one RX and one TX ring in memory of its own, frames of many
 * lengths through the PHY on copper, through the MAC on other media.
 */

#include <rte_memzone.h>

#include "link.h"
#include "log.h"
#include "phy.h"
#include "selftest.h"

#define NB_DESC 32
#define NB_FRAMES (NB_DESC - 1)
#define BUF_BYTES 2048u
#define RING_BYTES (NB_DESC * 16u)
#define RX_RING 0u
#define TX_RING RING_BYTES
#define RX_BUFS 4096u
#define TX_BUFS (RX_BUFS + NB_DESC * BUF_BYTES)
#define MEM_BYTES (TX_BUFS + NB_DESC * BUF_BYTES)
#define MIN_LEN 60u
#define LEN_STEP 46u
#define LBM_MAC 1u
#define THRESHOLDS \
	(ORIEL_PREP(ORIEL_RXDCTL_PTHRESH, 8) | ORIEL_PREP(ORIEL_RXDCTL_HTHRESH, 8) | \
		ORIEL_PREP(ORIEL_RXDCTL_WTHRESH, 1))
#define ENABLE_US 100
#define ENABLE_TRIES 200
#define LINK_US 10000
#define LINK_TRIES 100
#define FRAME_US 200
#define FRAME_TRIES 5000 /* for all of them: 1 s */
#define PHY_SETTLE_US 50000

_Static_assert(MIN_LEN + NB_FRAMES * LEN_STEP <= BUF_BYTES, "a frame fits its buffer");

static void
memory_name(const struct oriel_adapter *ad, char *name, size_t size)
{
	snprintf(name, size, "oriel_selftest_%u", ad->port_id);
}

static const struct rte_memzone *
memory_get(struct rte_eth_dev *dev)
{
	const struct oriel_adapter *ad = oriel_adapter(dev);
	const struct rte_memzone *mz;
	char name[RTE_MEMZONE_NAMESIZE];

	memory_name(ad, name, sizeof(name));
	mz = rte_memzone_lookup(name);
	if (mz == NULL)
		mz = rte_memzone_reserve_aligned(
			name, MEM_BYTES, SOCKET_ID_ANY, RTE_MEMZONE_IOVA_CONTIG, 4096);
	if (mz != NULL)
		memset(mz->addr, 0, MEM_BYTES);
	return mz;
}

void
oriel_selftest_loop_free(struct rte_eth_dev *dev)
{
	char name[RTE_MEMZONE_NAMESIZE];

	memory_name(oriel_adapter(dev), name, sizeof(name));
	rte_memzone_free(rte_memzone_lookup(name));
}

static uint32_t
frame_len(unsigned int n)
{
	return MIN_LEN + n * LEN_STEP;
}

static uint8_t
frame_byte(unsigned int n, uint32_t at)
{
	/* The type is one that nobody uses, the address a local one. */
	static const uint8_t header[] = { 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x88, 0xb5 };

	return at < sizeof(header) ? header[at] : 41 * n + 7 * at + (at >> 8);
}

/* Link within the loop: on copper the PHY's own, which needs no cable. */
static int
loop_on(struct oriel_adapter *ad)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret;

	if (ad->media != ORIEL_MEDIA_COPPER)
		return m->gone ? -ENODEV : 0;
	ret = oriel_phy_write(
		ad, ORIEL_PHY_BMCR, ORIEL_BMCR_LOOPBACK | ORIEL_BMCR_FD | ORIEL_BMCR_SPEED_MSB);
	if (ret != 0)
		return ret;
	rte_delay_us_sleep(PHY_SETTLE_US);
	oriel_wr32(m, ORIEL_CTRL,
		(oriel_rd32(m, ORIEL_CTRL) & ~ORIEL_CTRL_SPEED) | ORIEL_CTRL_SLU |
			ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX | ORIEL_CTRL_FD |
			ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_1000));
	return oriel_wait32(m, ORIEL_STATUS, ORIEL_STATUS_LU, ORIEL_STATUS_LU, LINK_US, LINK_TRIES);
}

static void
put_ring(struct oriel_mmio *m, uint32_t base, uint64_t iova)
{
	/* The same places in RX and TX blocks. */
	oriel_wr32(m, base + ORIEL_RDBAL, (uint32_t)iova);
	oriel_wr32(m, base + ORIEL_RDBAH, iova >> 32);
	oriel_wr32(m, base + ORIEL_RDLEN, RING_BYTES);
}

static int
rings_on(struct oriel_adapter *ad, const struct rte_memzone *mz)
{
	struct oriel_rx_desc *rx = RTE_PTR_ADD(mz->addr, RX_RING);
	uint32_t rctl = ORIEL_RCTL_RXEN | ORIEL_RCTL_UPE | ORIEL_RCTL_MPE | ORIEL_RCTL_SECRC;
	const uint32_t enable = ORIEL_RXDCTL_ENABLE;
	struct oriel_mmio *m = &ad->mmio;
	unsigned int i;
	int ret;

	for (i = 0; i < NB_DESC; i++) {
		rx[i].q[0] = mz->iova + RX_BUFS + i * BUF_BYTES;
		rx[i].q[1] = 0;
	}
	put_ring(m, ORIEL_RXQ(0), mz->iova + RX_RING);
	put_ring(m, ORIEL_TXQ(0), mz->iova + TX_RING);
	oriel_wr32(m, ORIEL_RXQ(0) + ORIEL_SRRCTL,
		ORIEL_PREP(ORIEL_SRRCTL_BSIZEPACKET, BUF_BYTES / 1024) |
			ORIEL_PREP(ORIEL_SRRCTL_DESCTYPE, ORIEL_DESCTYPE_ADV_ONEBUF));
	if (ad->media != ORIEL_MEDIA_COPPER)
		rctl |= ORIEL_PREP(ORIEL_RCTL_LBM, LBM_MAC);
	oriel_wr32(m, ORIEL_MRQC, 0);
	oriel_wr32(m, ORIEL_RCTL, rctl);
	oriel_wr32(m, ORIEL_TCTL, ORIEL_TCTL_EN | ORIEL_TCTL_PSP);
	oriel_wr32(m, ORIEL_RXQ(0) + ORIEL_RXDCTL, enable | THRESHOLDS);
	oriel_wr32(m, ORIEL_TXQ(0) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE | THRESHOLDS);
	ret = oriel_wait32(m, ORIEL_RXQ(0) + ORIEL_RXDCTL, enable, enable, ENABLE_US, ENABLE_TRIES);
	if (ret == 0)
		ret = oriel_wait32(m, ORIEL_TXQ(0) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE,
			ORIEL_TXDCTL_ENABLE, ENABLE_US, ENABLE_TRIES);
	if (ret == 0)
		oriel_wr32(m, ORIEL_RXQ(0) + ORIEL_RDT, NB_DESC - 1);
	return ret;
}

static void
send_frames(struct oriel_adapter *ad, const struct rte_memzone *mz)
{
	struct oriel_tx_desc *tx = RTE_PTR_ADD(mz->addr, TX_RING);
	unsigned int n;
	uint32_t at;

	for (n = 0; n < NB_FRAMES; n++) {
		uint8_t *data = RTE_PTR_ADD(mz->addr, TX_BUFS + n * BUF_BYTES);
		const uint32_t len = frame_len(n);

		for (at = 0; at < len; at++)
			data[at] = frame_byte(n, at);
		tx[n].rd.addr = mz->iova + TX_BUFS + n * BUF_BYTES;
		tx[n].rd.cmd = ORIEL_PREP(ORIEL_TXD_DTALEN, len) | ORIEL_TXD_DTYP_DATA |
			ORIEL_TXD_DEXT | ORIEL_TXD_EOP | ORIEL_TXD_IFCS | ORIEL_TXD_RS;
		tx[n].rd.olinfo = ORIEL_PREP(ORIEL_TXD_PAYLEN, len);
	}
	rte_io_wmb();
	oriel_wr32(&ad->mmio, ORIEL_TXQ(0) + ORIEL_TDT, NB_FRAMES);
}

/* Waits for each frame and compares it; what the device wrote is read once and checked. */
static int
receive_frames(const struct rte_memzone *mz, char *why, size_t size)
{
	const volatile struct oriel_rx_desc *rx = RTE_PTR_ADD(mz->addr, RX_RING);
	const uint32_t want = ORIEL_RXD_DD | ORIEL_RXD_EOP;
	unsigned int n, tries = FRAME_TRIES;

	for (n = 0; n < NB_FRAMES; n++) {
		const uint8_t *data = RTE_PTR_ADD(mz->addr, RX_BUFS + n * BUF_BYTES);
		uint32_t status, len, at;

		while (((status = rx[n].wb.status) & ORIEL_RXD_DD) == 0) {
			if (tries-- == 0) {
				snprintf(why, size, "frame %u of %u does not come back", n,
					NB_FRAMES);
				return -EIO;
			}
			rte_delay_us_sleep(FRAME_US);
		}
		rte_io_rmb();
		len = rx[n].wb.length;
		if ((status & (want | ORIEL_RXD_RXE)) != want || len != frame_len(n)) {
			snprintf(why, size, "frame %u: %u bytes were sent, %u come, status %#x", n,
				frame_len(n), len, status);
			return -EIO;
		}
		for (at = 0; at < len; at++) {
			if (data[at] != frame_byte(n, at)) {
				snprintf(why, size, "frame %u differs at byte %u", n, at);
				return -EIO;
			}
		}
	}
	return 0;
}

int
oriel_selftest_loop(struct rte_eth_dev *dev, char *why, size_t size)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const struct rte_memzone *mz = memory_get(dev);
	int ret;

	if (mz == NULL) {
		snprintf(why, size, "no memory for rings of %u bytes", MEM_BYTES);
		return -ENOMEM;
	}
	ret = loop_on(ad);
	if (ret != 0) {
		snprintf(why, size, "no link in loopback: %s", strerror(-ret));
		return ret;
	}
	ret = rings_on(ad, mz);
	if (ret != 0) {
		snprintf(why, size, "the queues do not start: %s", strerror(-ret));
		return ret;
	}
	send_frames(ad, mz);
	ret = receive_frames(mz, why, size);
	return ad->mmio.gone ? -ENODEV : ret;
}
