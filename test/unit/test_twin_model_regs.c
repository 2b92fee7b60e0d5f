/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The model's registers: resets, side effects, NVM and PHY access, link, interrupts,
 * queue blocks in exact and fast mode, statistics, the clock.
 */

#include "twin_model_bed.h"

static void
test_reset_values(void **state)
{
	(void)state;
	assert_int_equal(rd(ORIEL_VET), 0x81008100);
	assert_int_equal(rd(ORIEL_RXPBS), 0x40);
	assert_int_equal(rd(ORIEL_TXPBS), 0x28);
	assert_int_equal(rd(ORIEL_RLPML), 0x2600);
	assert_int_equal(rd(ORIEL_RXCSUM), 0x300);
	assert_int_equal(rd(ORIEL_TIPG), 0x00601008);
	assert_int_equal(rd(ORIEL_RAL(0)), 0x33221102);
	assert_int_equal(rd(ORIEL_RAH(0)), 0x80005544);
	assert_int_equal(rd(ORIEL_STATUS) & ORIEL_STATUS_LU, 0);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_GIO_MASTER_ENABLE);
	assert_int_equal(ORIEL_GET(ORIEL_STATUS_LAN_ID, rd(ORIEL_STATUS)), 0);
	bed_power(0x10c9, 3, true, false);
	assert_int_equal(ORIEL_GET(ORIEL_STATUS_LAN_ID, rd(ORIEL_STATUS)), 1);
}

static void
test_unknown_and_masks(void **state)
{
	(void)state;
	assert_int_equal(rd(0x1000), 0); /* PBA: 82575 only */
	wr(0x1000, 5);
	assert_int_equal(rd(0x1000), 0);
	assert_int_equal(bed.port->cnt->mmio_unknown, 3);
	wr(ORIEL_RCTL, UINT32_MAX);
	assert_int_equal(rd(ORIEL_RCTL), 0x04ffb0fe);
	wr(ORIEL_RAH(5), UINT32_MAX);
	assert_int_equal(rd(ORIEL_RAH(5)), 0x83ffffff);
	wr(ORIEL_RAL(5), UINT32_MAX);
	assert_int_equal(rd(ORIEL_RAL(5)), UINT32_MAX);
	wr(ORIEL_FCRTH, UINT32_MAX);
	assert_int_equal(rd(0x0160), 0xfff0);
	wr(0x0200 + 4 * 7, 0x1234); /* alias of MTA */
	assert_int_equal(rd(ORIEL_MTA(7)), 0x1234);
	wr(ORIEL_STATUS, 0);
	assert_int_equal(rd(ORIEL_STATUS) & ORIEL_STATUS_PHYRA, 0);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_GIO_MASTER_ENABLE);
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_GIO_MASTER_DISABLE);
	assert_int_equal(rd(ORIEL_STATUS) & ORIEL_STATUS_GIO_MASTER_ENABLE, 0);
}

static void
test_ctrl_rst(void **state)
{
	(void)state;
	wr(ORIEL_RXPBS, 0x30);
	wr(ORIEL_EITR(3), 400);
	wr(ORIEL_RCTL, ORIEL_RCTL_RXEN);
	wr(ORIEL_IMS, ORIEL_ICR_LSC);
	bed.port->model->stats.v[(ORIEL_GPRC - ORIEL_CRCERRS) / 4] = 7;
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_RST);
	assert_int_equal(rd(ORIEL_CTRL) & ORIEL_CTRL_RST, 0);
	assert_int_equal(rd(ORIEL_RXPBS), 0x30);
	assert_int_equal(rd(ORIEL_EITR(3)), 400);
	assert_int_equal(rd(ORIEL_RCTL), 0);
	assert_int_equal(rd(ORIEL_IMS), 0);
	assert_int_equal(rd(ORIEL_GPRC), 0);
	assert_int_equal(bed.port->cnt->resets, 1);
	/* the NVM load takes a while */
	assert_int_equal(rd(ORIEL_EECD) & ORIEL_EECD_AUTO_RD, 0);
	bed_wait(MODEL_NVM_NS);
	assert_true(rd(ORIEL_EECD) & ORIEL_EECD_AUTO_RD);
	twin_model_reset(bed.port, TWIN_RESET_FLR);
	assert_int_equal(rd(ORIEL_RXPBS), 0x40);
	assert_int_equal(rd(ORIEL_EITR(3)), 0);
	assert_int_equal(bed.port->cnt->flrs, 1);
}

static uint16_t
nvm_word(uint32_t word)
{
	uint32_t v;

	wr(ORIEL_EERD, ORIEL_PREP(ORIEL_EERD_ADDR, word) | ORIEL_EERD_START);
	v = rd(ORIEL_EERD);
	assert_true(v & ORIEL_EERD_DONE);
	assert_false(v & ORIEL_EERD_START);
	return (uint16_t)ORIEL_GET(ORIEL_EERD_DATA, v);
}

static uint16_t
nvm_sum(void)
{
	uint16_t sum = 0;

	for (uint32_t i = 0; i <= ORIEL_NVM_CHECKSUM; i++)
		sum = (uint16_t)(sum + nvm_word(i));
	return sum;
}

static void
test_nvm(void **state)
{
	(void)state;
	assert_int_equal(nvm_word(0), 0x1102);
	assert_int_equal(nvm_word(ORIEL_NVM_ALT_MAC_PTR), 0xffff);
	assert_int_equal(nvm_sum(), ORIEL_NVM_CHECKSUM_SUM);
	assert_int_equal(nvm_word(MODEL_NVM_WORDS + 1), 0xffff);
	bed_power(0x10c9, 0, true, true);
	assert_int_not_equal(nvm_sum(), ORIEL_NVM_CHECKSUM_SUM);
}

/* A byte of the module through I2CCMD, or the error bit. */
static uint32_t
i2c(uint32_t phy, uint32_t at)
{
	uint32_t val;

	wr(ORIEL_I2CCMD,
		ORIEL_I2CCMD_OP_READ | ORIEL_PREP(ORIEL_I2CCMD_PHY, phy) |
			ORIEL_PREP(ORIEL_I2CCMD_REG, at));
	assert_int_equal(rd(ORIEL_I2CCMD) & ORIEL_I2CCMD_READY, 0);
	bed_wait(MODEL_I2C_NS);
	val = rd(ORIEL_I2CCMD);
	assert_true(val & ORIEL_I2CCMD_READY);
	return val & ORIEL_I2CCMD_ERROR ? val & ORIEL_I2CCMD_ERROR : val & ORIEL_I2CCMD_DATA;
}

static void
test_sfp(void **state)
{
	(void)state;
	/* Copper and SerDes boards have none. */
	wr(ORIEL_CTRL_EXT, rd(ORIEL_CTRL_EXT) | ORIEL_CTRL_EXT_I2C_ENA);
	assert_int_equal(i2c(0, 0), ORIEL_I2CCMD_ERROR);
	bed_power(0x10e6, 0, true, false);
	assert_int_equal(i2c(0, 0), ORIEL_I2CCMD_ERROR);
	wr(ORIEL_CTRL_EXT, rd(ORIEL_CTRL_EXT) | ORIEL_CTRL_EXT_I2C_ENA);
	assert_int_equal(i2c(0, 0), 0x0403);
	assert_int_equal(i2c(0, 20), 'R' << 8 | 'O' << 0);
	assert_int_equal(i2c(1, 96), 0x801f);
	assert_int_equal(i2c(2, 0), ORIEL_I2CCMD_ERROR);
	/* No power, no answer. */
	wr(ORIEL_CTRL_EXT, rd(ORIEL_CTRL_EXT) | ORIEL_CTRL_EXT_SDP3_DATA);
	assert_int_equal(i2c(0, 0), ORIEL_I2CCMD_ERROR);
}

/* A byte over EECD's pins, as a driver clocks it. */
static uint8_t
spi_byte(uint8_t out)
{
	uint8_t in = 0;

	for (int bit = 7; bit >= 0; bit--) {
		uint32_t pins = ORIEL_EECD_REQ | (out >> bit & 1 ? ORIEL_EECD_DI : 0);

		wr(ORIEL_EECD, pins);
		wr(ORIEL_EECD, pins | ORIEL_EECD_SK);
		in = (uint8_t)(in << 1 | ((rd(ORIEL_EECD) & ORIEL_EECD_DO) != 0));
		wr(ORIEL_EECD, pins);
	}
	return in;
}

static void
spi_end(void)
{
	wr(ORIEL_EECD, ORIEL_EECD_REQ | ORIEL_EECD_CS);
}

static void
test_spi(void **state)
{
	(void)state;
	assert_int_equal(rd(ORIEL_EECD) & ORIEL_EECD_GNT, 0);
	wr(ORIEL_EECD, ORIEL_EECD_REQ | ORIEL_EECD_CS);
	assert_true(rd(ORIEL_EECD) & ORIEL_EECD_GNT);
	spi_byte(0x03); /* read from byte 2 */
	spi_byte(0);
	spi_byte(2);
	assert_int_equal(spi_byte(0), 0x22);
	assert_int_equal(spi_byte(0), 0x33);
	assert_int_equal(spi_byte(0), 0x44);
	spi_end();
	spi_byte(0x02); /* a write without write enable is ignored */
	spi_byte(0);
	spi_byte(0x20);
	spi_byte(0x77);
	spi_end();
	assert_int_equal(nvm_word(0x10), 0);
	spi_byte(0x06);
	spi_end();
	spi_byte(0x05);
	assert_int_equal(spi_byte(0), 0x02);
	spi_end();
	spi_byte(0x02);
	spi_byte(0);
	spi_byte(0x20);
	spi_byte(0x77);
	spi_byte(0x88);
	spi_end();
	assert_int_equal(nvm_word(0x10), 0x8877);
	wr(ORIEL_EECD, 0);
	assert_int_equal(rd(ORIEL_EECD) & ORIEL_EECD_GNT, 0);
}

/* A write command with its address, as far as the data. */
static void
spi_write_at(uint32_t addr)
{
	spi_byte(0x06);
	spi_end();
	spi_byte(0x02);
	spi_byte((uint8_t)(addr >> 8));
	spi_byte((uint8_t)addr);
}

static void
test_spi_page(void **state)
{
	(void)state;
	wr(ORIEL_EECD, ORIEL_EECD_REQ | ORIEL_EECD_CS);
	spi_write_at(0x21e); /* at the end of a page: its beginning comes next */
	for (uint8_t i = 1; i <= 4; i++)
		spi_byte(i);
	assert_int_equal(nvm_word(0x10f), 0xffff); /* not before CS rises */
	spi_end();
	assert_int_equal(nvm_word(0x10f), 0x0201);
	assert_int_equal(nvm_word(0x100), 0x0403);
	assert_int_equal(nvm_word(0x110), 0xffff);
	/* Busy: it tells so and hears nothing else. */
	spi_byte(0x05);
	assert_int_equal(spi_byte(0), 0x01);
	spi_end();
	spi_write_at(0x200);
	spi_byte(0x99);
	spi_end();
	assert_int_equal(nvm_word(0x100), 0x0403);
	bed_wait(MODEL_SPI_NS);
	spi_byte(0x05);
	assert_int_equal(spi_byte(0), 0);
	spi_end();
	spi_write_at(0x200);
	spi_byte(0x99);
	spi_end();
	assert_int_equal(nvm_word(0x100), 0x0499);
	wr(ORIEL_EECD, 0);
}

static void
test_semaphores(void **state)
{
	(void)state;
	assert_int_equal(rd(ORIEL_SWSM) & ORIEL_SWSM_SMBI, 0);
	assert_true(rd(ORIEL_SWSM) & ORIEL_SWSM_SMBI);
	wr(ORIEL_SWSM, rd(ORIEL_SWSM) | ORIEL_SWSM_SWESMBI);
	assert_true(rd(ORIEL_SWSM) & ORIEL_SWSM_SWESMBI);
	wr(ORIEL_SWSM, 0);
	assert_int_equal(rd(ORIEL_SWSM), 0);
	wr(ORIEL_SW_FW_SYNC, 0xffff0003);
	assert_int_equal(rd(ORIEL_SW_FW_SYNC), 3);
}

static uint32_t
mdic(uint32_t cmd)
{
	wr(ORIEL_MDIC, cmd | ORIEL_PREP(ORIEL_MDIC_PHYADD, 1));
	assert_false(rd(ORIEL_MDIC) & ORIEL_MDIC_READY);
	bed_wait(MODEL_MDIC_NS);
	assert_true(rd(ORIEL_MDIC) & ORIEL_MDIC_READY);
	return rd(ORIEL_MDIC);
}

static uint16_t
phy_rd(uint32_t reg)
{
	uint32_t v = mdic(ORIEL_PREP(ORIEL_MDIC_REGADD, reg) | ORIEL_MDIC_OP_READ);

	assert_false(v & ORIEL_MDIC_ERROR);
	return (uint16_t)v;
}

static void
phy_wr(uint32_t reg, uint16_t val)
{
	mdic(ORIEL_PREP(ORIEL_MDIC_REGADD, reg) | ORIEL_MDIC_OP_WRITE | val);
}

static bool
link_up(void)
{
	return (rd(ORIEL_STATUS) & ORIEL_STATUS_LU) != 0;
}

static void
test_phy_link(void **state)
{
	(void)state;
	assert_int_equal((uint32_t)phy_rd(2) << 16 | (phy_rd(3) & 0xfff0), ORIEL_PHY_ID_IGP03);
	wr(ORIEL_MDIC, ORIEL_PREP(ORIEL_MDIC_PHYADD, 2) | ORIEL_MDIC_OP_READ);
	bed_wait(MODEL_MDIC_NS);
	assert_true(rd(ORIEL_MDIC) & ORIEL_MDIC_ERROR);
	bed_wait(2 * MODEL_AN_NS);
	assert_false(link_up()); /* the PHY has link, SLU is not set */
	assert_true(phy_rd(1) & ORIEL_BMSR_AN_COMPLETE);
	wr(ORIEL_CTRL, ORIEL_CTRL_SLU | ORIEL_CTRL_FD);
	assert_true(link_up());
	assert_int_equal(ORIEL_GET(ORIEL_STATUS_SPEED, rd(ORIEL_STATUS)), ORIEL_SPEED_1000);
	assert_true(rd(ORIEL_STATUS) & ORIEL_STATUS_FD);

	/* BMSR's link is latched low */
	(void)phy_rd(1);
	twin_model_set_cable(bed.port, false);
	assert_false(link_up());
	twin_model_set_cable(bed.port, true);
	bed_wait(MODEL_AN_NS / 2);
	assert_false(link_up());
	bed_wait(MODEL_AN_NS);
	assert_true(link_up());

	/* 100 half only */
	phy_wr(9, 0);
	phy_wr(4, 0x81);
	phy_wr(0, 0x1200);
	assert_false(link_up());
	bed_wait(2 * MODEL_AN_NS);
	assert_true(link_up());
	assert_int_equal(ORIEL_GET(ORIEL_STATUS_SPEED, rd(ORIEL_STATUS)), ORIEL_SPEED_100);
	assert_false(rd(ORIEL_STATUS) & ORIEL_STATUS_FD);

	phy_wr(0, ORIEL_BMCR_POWER_DOWN);
	assert_false(link_up());
	phy_wr(0, ORIEL_BMCR_RESET);
	assert_int_equal(phy_rd(0) & ORIEL_BMCR_RESET, 0);
	bed_wait(2 * MODEL_AN_NS);
	assert_true(link_up());
}

static void
test_phy_forced(void **state)
{
	(void)state;
	wr(ORIEL_CTRL,
		ORIEL_CTRL_SLU | ORIEL_CTRL_FRCSPD | ORIEL_CTRL_FRCDPX | ORIEL_CTRL_FD |
			ORIEL_PREP(ORIEL_CTRL_SPEED, ORIEL_SPEED_10));
	phy_wr(0, ORIEL_BMCR_FD);
	assert_true(link_up());
	assert_int_equal(ORIEL_GET(ORIEL_STATUS_SPEED, rd(ORIEL_STATUS)), ORIEL_SPEED_10);
	/* hard reset: configuration done comes late */
	wr(ORIEL_CTRL, rd(ORIEL_CTRL) | ORIEL_CTRL_PHY_RST);
	assert_false(link_up());
	assert_int_equal(rd(ORIEL_EEMNGCTL) & ORIEL_EEMNGCTL_CFG_DONE(0), 0);
	bed_wait(MODEL_PHY_NS);
	assert_true(rd(ORIEL_EEMNGCTL) & ORIEL_EEMNGCTL_CFG_DONE(0));
}

static void
test_serdes(void **state)
{
	(void)state;
	bed_power(0x10e7, 0, true, false);
	assert_int_equal(
		ORIEL_GET(ORIEL_CTRL_EXT_LINK_MODE, rd(ORIEL_CTRL_EXT)), ORIEL_LINK_MODE_SERDES);
	wr(ORIEL_CTRL, ORIEL_CTRL_SLU);
	wr(ORIEL_PCS_CFG0, ORIEL_PCS_CFG0_PCS_EN);
	wr(ORIEL_PCS_LCTL, ORIEL_PCS_LCTL_AN_ENABLE | ORIEL_PCS_LCTL_AN_RESTART);
	assert_int_equal(rd(ORIEL_PCS_LCTL) & ORIEL_PCS_LCTL_AN_RESTART, 0);
	assert_int_equal(rd(ORIEL_PCS_LSTAT), ORIEL_PCS_LSTAT_SYNC);
	bed_wait(2 * MODEL_AN_NS);
	assert_true(rd(ORIEL_PCS_LSTAT) & ORIEL_PCS_LSTAT_LINK);
	assert_true(rd(ORIEL_PCS_LSTAT) & ORIEL_PCS_LSTAT_AN_COMPLETE);
	assert_true(link_up());
	twin_model_set_cable(bed.port, false);
	assert_int_equal(rd(ORIEL_PCS_LSTAT) & (ORIEL_PCS_LSTAT_LINK | ORIEL_PCS_LSTAT_SYNC), 0);
	assert_false(link_up());
}

static void
test_irq_single(void **state)
{
	(void)state;
	wr(ORIEL_EIAC, 3);
	assert_int_equal(rd(ORIEL_EIAC), 0); /* GPIE comes first */
	wr(ORIEL_IVAR(0), 0x80818283);
	assert_int_equal(rd(ORIEL_IVAR(0)), 0);
	wr(ORIEL_IMS, ORIEL_ICR_LSC);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 1);
	wr(ORIEL_ICS, ORIEL_ICR_LSC | ORIEL_ICR_RXDW);
	assert_int_equal(bed.irqs[0], 1); /* an edge, not yet taken back */
	assert_int_equal(rd(ORIEL_ICR), ORIEL_ICR_INT_ASSERTED | ORIEL_ICR_LSC | ORIEL_ICR_RXDW);
	assert_int_equal(rd(ORIEL_ICR), 0);
	wr(ORIEL_IMC, UINT32_MAX);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 1);
	wr(ORIEL_IMS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 2);
	assert_int_equal(rd(ORIEL_IAC), 2);
	assert_int_equal(rd(ORIEL_IAC), 0);
	wr(ORIEL_ICR, UINT32_MAX);
	/* a cause that is masked is shown, and stays until it is asserted */
	wr(ORIEL_ICS, ORIEL_ICR_TXDW);
	assert_int_equal(rd(ORIEL_ICR), ORIEL_ICR_TXDW);
	assert_int_equal(rd(ORIEL_ICR), ORIEL_ICR_TXDW);
	wr(ORIEL_GPIE, ORIEL_GPIE_NSICR);
	assert_int_equal(rd(ORIEL_ICR), ORIEL_ICR_TXDW);
	assert_int_equal(rd(ORIEL_ICR), 0);
}

/* One vector: EICR counts in the extended mode only. */
static void
test_irq_extended(void **state)
{
	(void)state;
	wr(ORIEL_EIMS, 1);
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[0], 0);
	assert_int_equal(rd(ORIEL_EICR), 0);
	assert_true(rd(ORIEL_ICR) & ORIEL_ICR_RXDW);
	wr(ORIEL_GPIE, ORIEL_GPIE_NSICR | ORIEL_GPIE_PBA_SUPPORT | ORIEL_GPIE_EIAME);
	wr(ORIEL_EIAM, 1);
	model_irq_queues(bed.port, 0x10, 0); /* queue 4 shares bit 0 */
	assert_int_equal(bed.irqs[0], 1);
	assert_int_equal(rd(ORIEL_EIMS), 0);
	assert_int_equal(rd(ORIEL_EICR), 1);
}

static void
msix_on(void)
{
	wr(ORIEL_GPIE,
		ORIEL_GPIE_MULTIPLE_MSIX | ORIEL_GPIE_EIAME | ORIEL_GPIE_PBA_SUPPORT |
			ORIEL_GPIE_NSICR);
	wr(ORIEL_IVAR_MISC, 0x8000);   /* other: vector 0 */
	wr(ORIEL_IVAR(0), 0x83828281); /* RX0 1, TX0 2, RX8 2, TX8 3 */
	assert_int_equal(rd(ORIEL_IVAR(0)), 0x83828281);
}

static void
test_irq_msix(void **state)
{
	(void)state;
	msix_on();
	wr(ORIEL_EIMS, 0xf);
	/* without auto-clear a vector is sent once until EICR is cleared */
	wr(ORIEL_IMS, ORIEL_ICR_LSC);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 1);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 1);
	assert_true(rd(ORIEL_ICR) & ORIEL_ICR_LSC);
	wr(ORIEL_EICR, 1);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	assert_int_equal(bed.irqs[0], 2);
	/* auto-clear and auto-mask */
	wr(ORIEL_EIAC, 2);
	wr(ORIEL_EIAM, 2);
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[1], 1);
	assert_int_equal(rd(ORIEL_EIMS), 0xd);
	assert_int_equal(rd(ORIEL_EICR) & 2, 0);
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[1], 1); /* masked: pending */
	wr(ORIEL_EIMS, 2);
	assert_int_equal(bed.irqs[1], 2);
	model_irq_queues(bed.port, 0x100, 0x100);
	assert_int_equal(bed.irqs[2], 1);
	assert_int_equal(bed.irqs[3], 1);
	wr(ORIEL_EICS, 8);
	assert_int_equal(bed.irqs[3], 2);
}

static void
test_irq_throttle(void **state)
{
	(void)state;
	msix_on();
	wr(ORIEL_EIAC, 0xf);
	wr(ORIEL_EIMS, 0xf);
	wr(ORIEL_EITR(1), 100 << 2); /* 100 us */
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[1], 1);
	bed_wait(50 * MODEL_NS_PER_US);
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[1], 1);
	assert_true(twin_model_next_timer(bed.port) <= 50 * MODEL_NS_PER_US);
	bed_wait(49 * MODEL_NS_PER_US);
	assert_int_equal(bed.irqs[1], 1);
	bed_wait(2 * MODEL_NS_PER_US);
	assert_int_equal(bed.irqs[1], 2);
	/* a write without CNT_IGNR starts the counter anew */
	model_irq_queues(bed.port, 1, 0);
	assert_int_equal(bed.irqs[1], 2);
	wr(ORIEL_EITR(1), 100 << 2 | ORIEL_EITR_CNT_IGNR);
	assert_int_equal(bed.irqs[1], 2);
	wr(ORIEL_EITR(1), 100 << 2);
	assert_int_equal(bed.irqs[1], 3);
}

static void
test_iam(void **state)
{
	(void)state;
	wr(ORIEL_CTRL_EXT, ORIEL_CTRL_EXT_IAME);
	wr(ORIEL_IAM, ORIEL_ICR_LSC);
	wr(ORIEL_IMS, ORIEL_ICR_LSC | ORIEL_ICR_RXDW);
	wr(ORIEL_ICS, ORIEL_ICR_LSC);
	(void)rd(ORIEL_ICR);
	assert_int_equal(rd(ORIEL_IMS), ORIEL_ICR_RXDW);
}

static void
test_queue_gate(void **state)
{
	uint32_t q = ORIEL_RXQ(5);

	(void)state;
	wr(q + ORIEL_RDBAL, 0x12345fff);
	assert_int_equal(rd(q + ORIEL_RDBAL), 0x12345f80);
	wr(q + ORIEL_RDLEN, 512);
	wr(q + ORIEL_RDT, 9);
	assert_int_equal(rd(q + ORIEL_RDT), 0); /* ignored while disabled */
	wr(q + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE | 8);
	assert_int_equal(rd(q + ORIEL_RXDCTL), 8); /* reads 0 until RXEN */
	wr(ORIEL_RCTL, ORIEL_RCTL_RXEN);
	assert_int_equal(rd(q + ORIEL_RXDCTL), 8 | ORIEL_RXDCTL_ENABLE);
	wr(q + ORIEL_RDT, 9);
	assert_int_equal(rd(q + ORIEL_RDT), 9);
	wr(q + ORIEL_RDH, 4);
	assert_int_equal(rd(q + ORIEL_RDH), 0); /* read-only */
	wr(q + ORIEL_RXDCTL, 0);
	assert_int_equal(rd(q + ORIEL_RXDCTL), 0);
	wr(ORIEL_TXQ(2) + ORIEL_TXDCTL, ORIEL_TXDCTL_ENABLE | ORIEL_TXDCTL_SWFLSH);
	assert_int_equal(rd(ORIEL_TXQ(2) + ORIEL_TXDCTL), 0);
	wr(ORIEL_TCTL, ORIEL_TCTL_EN);
	assert_int_equal(rd(ORIEL_TXQ(2) + ORIEL_TXDCTL), ORIEL_TXDCTL_ENABLE);
}

static void
test_queue_alias(void **state)
{
	(void)state;
	wr(ORIEL_RXQ_ALIAS(3) + ORIEL_RDLEN, 1024);
	assert_int_equal(rd(ORIEL_RXQ(3) + ORIEL_RDLEN), 1024);
	wr(ORIEL_TXQ(1) + ORIEL_TDBAH, 77);
	assert_int_equal(rd(ORIEL_TXQ_ALIAS(1) + ORIEL_TDBAH), 77);
	assert_int_equal(rd(0x2c00), 0); /* no block of a queue 4 there */
	assert_int_equal(bed.port->cnt->mmio_unknown, 1);
}

static void
store(uint32_t off, uint32_t val)
{
	twin_reg_set(bed.port, off, val);
}

static void
test_sync_hot(void **state)
{
	struct twin_port *p;

	(void)state;
	bed_power(0x10c9, 0, false, false);
	p = bed.port;
	store(ORIEL_RXQ_ALIAS(1) + ORIEL_RDBAL, 0x1000);
	store(ORIEL_RXQ(1) + ORIEL_RDLEN, 256);
	store(ORIEL_RXQ_ALIAS(1) + ORIEL_RDH, 3);
	store(ORIEL_RXQ_ALIAS(1) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE);
	twin_model_sync_hot(p);
	assert_int_equal(twin_reg(p, ORIEL_RXQ(1) + ORIEL_RDBAL), 0x1000);
	assert_int_equal(twin_reg(p, ORIEL_RXQ_ALIAS(1) + ORIEL_RDLEN), 256);
	assert_int_equal(twin_reg(p, ORIEL_RXQ_ALIAS(1) + ORIEL_RDH), 0);
	assert_int_equal(twin_reg(p, ORIEL_RXQ_ALIAS(1) + ORIEL_RXDCTL), 0);
	/* a tail of a queue that is off does not stay */
	store(ORIEL_RXQ_ALIAS(1) + ORIEL_RDT, 5);
	twin_model_sync_hot(p);
	assert_int_equal(twin_reg(p, ORIEL_RXQ_ALIAS(1) + ORIEL_RDT), 0);
	wr(ORIEL_RCTL, ORIEL_RCTL_RXEN);
	assert_int_equal(twin_reg(p, ORIEL_RXQ(1) + ORIEL_RXDCTL), ORIEL_RXDCTL_ENABLE);
	store(ORIEL_RXQ(1) + ORIEL_RDT, 15);
	twin_model_sync_hot(p);
	assert_int_equal(p->model->rxq[1].tail, 15);
	assert_int_equal(twin_reg(p, ORIEL_RXQ_ALIAS(1) + ORIEL_RDT), 15);
	store(ORIEL_RXQ_ALIAS(1) + ORIEL_RDT, 7);
	twin_model_sync_hot(p);
	assert_int_equal(p->model->rxq[1].tail, 7);
	assert_int_equal(p->cnt->rx[1].doorbells, 3);
	/* off, then on and a tail before the device looks: both count */
	store(ORIEL_RXQ(1) + ORIEL_RXDCTL, 0);
	twin_model_sync_hot(p);
	assert_false(p->model->rxq[1].active);
	store(ORIEL_RXQ(1) + ORIEL_RXDCTL, ORIEL_RXDCTL_ENABLE);
	store(ORIEL_RXQ(1) + ORIEL_RDT, 7);
	twin_model_sync_hot(p);
	assert_true(p->model->rxq[1].active);
	assert_int_equal(p->model->rxq[1].tail, 7);
}

static void
test_stats_clear(void **state)
{
	struct twin_model *m = bed.port->model;

	(void)state;
	MODEL_STAT(m, GPRC) = UINT64_C(0x100000005);
	assert_int_equal(rd(ORIEL_GPRC), UINT32_MAX); /* holds */
	assert_int_equal(rd(ORIEL_GPRC), 0);
	MODEL_STAT(m, GORCL) = UINT64_C(0x1200000034);
	assert_int_equal(rd(ORIEL_GORCL), 0x34);
	assert_int_equal(rd(ORIEL_GORCL), 0x34); /* the low half does not clear */
	assert_int_equal(rd(ORIEL_GORCH), 0x12);
	assert_int_equal(rd(ORIEL_GORCL), 0);
	assert_int_equal(rd(ORIEL_GORCH), 0);
	MODEL_STAT(m, MPC) = 3;
	model_stats_publish(bed.port);
	assert_int_equal(twin_reg(bed.port, ORIEL_MPC), 3); /* a dump does not clear */
	assert_int_equal(rd(ORIEL_MPC), 3);
}

static void
test_clock(void **state)
{
	uint32_t low;

	(void)state;
	wr(ORIEL_TIMINCA, 0);
	wr(ORIEL_SYSTIML, 0);
	wr(ORIEL_SYSTIMH, 0);
	wr(ORIEL_TIMINCA, 1u << 24 | 16u << 16); /* ns shifted by 16 */
	bed.now += 1000000;
	low = rd(ORIEL_SYSTIML);
	assert_int_equal((uint64_t)rd(ORIEL_SYSTIMH) << 32 | low, UINT64_C(1000000) << 16);
	bed.now += 1000000000;
	assert_int_equal(rd(ORIEL_SYSTIMH), (UINT64_C(1000000) << 16) >> 32); /* latched */
	wr(ORIEL_TIMADJL, 5);
	wr(ORIEL_TIMADJH, 0x80000000);
	low = rd(ORIEL_SYSTIML);
	assert_int_equal((uint64_t)rd(ORIEL_SYSTIMH) << 32 | low, (UINT64_C(1001000000) << 16) - 5);
}

/* The crystal is what it is: a reset mends it no more than TIMINCA does. */
static void
test_crystal(void **state)
{
	static const int32_t ppbs[] = { 0, 100000000, -100000000, 200000, -1 };
	const uint64_t hours = 30 * UINT64_C(3600000000000);

	(void)state;
	for (unsigned int i = 0; i < sizeof(ppbs) / sizeof(ppbs[0]); i++) {
		uint64_t counts;

		twin_model_set_clock(bed.port, &ppbs[i]);
		bed.now += 1000;
		wr(ORIEL_CTRL, ORIEL_CTRL_RST);
		bed.now += 10000000;
		wr(ORIEL_TIMINCA, 1u << 24 | 16);
		wr(ORIEL_SYSTIML, 0);
		wr(ORIEL_SYSTIMH, 0);
		bed.now += hours;
		counts = rd(ORIEL_SYSTIML);
		counts |= (uint64_t)rd(ORIEL_SYSTIMH) << 32;
		assert_in_range(counts, hours + hours / 1000000000 * ppbs[i] - 32,
			hours + hours / 1000000000 * ppbs[i]);
		assert_in_range(twin_model_set_clock(bed.port, NULL), counts, counts + 1000);
		/* What was counted stays when the drift changes. */
		assert_in_range(twin_model_set_clock(bed.port, &ppbs[1]), counts, counts + 1000);
	}
}

/* Every register takes any value at any time without harm. */
static void
test_any_write(void **state)
{
	uint32_t seed = 12345;

	(void)state;
	print_message("seed %u\n", seed);
	for (unsigned int mode = 0; mode < 2; mode++) {
		bed_power(0x10c9, 0, mode == 0, false);
		for (unsigned int i = 0; i < 200000; i++) {
			seed = seed * 1103515245 + 12345;
			uint32_t off = (seed >> 8) % (TWIN_BAR0_SIZE / 4) * 4;

			seed = seed * 1103515245 + 12345;
			if (mode == 1 && twin_page_is_hot(off))
				store(off, seed);
			else if (seed & 0x100)
				wr(off, seed ^ seed << 13);
			else
				(void)rd(off);
			if (i % 64 == 0) {
				bed.nb_out = 0;
				bed.now += 100000;
				twin_model_sync_hot(bed.port);
				(void)twin_model_poll(bed.port, 8, 8);
				(void)twin_model_next_timer(bed.port);
			}
		}
	}
	assert_true(bed.port->cnt->mmio_unknown > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)
		T(test_reset_values),
		T(test_unknown_and_masks),
		T(test_ctrl_rst),
		T(test_nvm),
		T(test_spi),
		T(test_spi_page),
		T(test_sfp),
		T(test_semaphores),
		T(test_phy_link),
		T(test_phy_forced),
		T(test_serdes),
		T(test_irq_single),
		T(test_irq_extended),
		T(test_irq_msix),
		T(test_irq_throttle),
		T(test_iam),
		T(test_queue_gate),
		T(test_queue_alias),
		T(test_sync_hot),
		T(test_stats_clear),
		T(test_clock),
		T(test_crystal),
		T(test_any_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
