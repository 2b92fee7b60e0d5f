/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The SPI memory behind EECD: clock, select, data in and data out are bits of that register,
 * moved one by one. SPI mode 0, most significant bit first, chip select active low; the
 * commands are those that all such memories have.
 */

#include "hw.h"
#include "log.h"
#include "spi.h"

#define SPI_WRITE 0x02
#define SPI_RDSR 0x05
#define SPI_WREN 0x06
#define SPI_A8 0x08 /* small memories: address bit 8 goes into the command */
#define SPI_STATUS_BUSY 0x01
#define SPI_STATUS_WEL 0x02

/* Half a clock: 500 kHz is below what the slowest of these memories takes. */
#define HALF_CLOCK_US 1
#define GRANT_US 50
#define GRANT_TRIES 100
/* A page takes the memory 5 to 10 ms. */
#define BUSY_US 500
#define BUSY_TRIES 100
#define MAX_PAGE_WORDS 16

/* The pins as they were written last. */
struct pins {
	struct oriel_mmio *m;
	uint32_t eecd;
};

static void
put(struct pins *p, uint32_t clear, uint32_t set)
{
	p->eecd = (p->eecd & ~clear) | set;
	oriel_wr32(p->m, ORIEL_EECD, p->eecd);
	oriel_flush(p->m);
	rte_delay_us_block(HALF_CLOCK_US);
}

static void
select_chip(struct pins *p)
{
	put(p, ORIEL_EECD_CS | ORIEL_EECD_SK, 0);
}

static void
deselect_chip(struct pins *p)
{
	put(p, ORIEL_EECD_SK, ORIEL_EECD_CS);
}

/* A byte each way. */
static uint8_t
transfer(struct pins *p, uint8_t out)
{
	uint8_t in = 0;
	int bit;

	for (bit = 7; bit >= 0; bit--) {
		if (out >> bit & 1)
			put(p, 0, ORIEL_EECD_DI);
		else
			put(p, ORIEL_EECD_DI, 0);
		put(p, 0, ORIEL_EECD_SK);
		in = in << 1 | ((oriel_rd32(p->m, ORIEL_EECD) & ORIEL_EECD_DO) != 0);
		put(p, ORIEL_EECD_SK, 0);
	}
	return in;
}

static uint8_t
read_status(struct pins *p)
{
	uint8_t status;

	select_chip(p);
	transfer(p, SPI_RDSR);
	status = transfer(p, 0);
	deselect_chip(p);
	return status;
}

static int
wait_ready(struct pins *p)
{
	int i;

	for (i = 0; i < BUSY_TRIES; i++) {
		/* Without a memory the line stays where it is: busy, or never ready to write. */
		if ((read_status(p) & SPI_STATUS_BUSY) == 0)
			return p->m->gone ? -ENODEV : 0;
		if (p->m->gone)
			return -ENODEV;
		rte_delay_us_sleep(BUSY_US);
	}
	return -ETIMEDOUT;
}

/* The pins are software's own from GNT until REQ falls. */
static int
grant(struct pins *p)
{
	int ret;

	p->eecd = oriel_rd32(p->m, ORIEL_EECD) & ~(ORIEL_EECD_SK | ORIEL_EECD_DI);
	if (p->m->gone)
		return -ENODEV;
	put(p, 0, ORIEL_EECD_REQ | ORIEL_EECD_CS);
	ret = oriel_wait32(p->m, ORIEL_EECD, ORIEL_EECD_GNT, ORIEL_EECD_GNT, GRANT_US, GRANT_TRIES);
	if (ret != 0)
		put(p, ORIEL_EECD_REQ, 0);
	return ret;
}

/* Words of one page of the memory. */
static int
write_page(struct pins *p, uint32_t word, uint32_t nb_words, const uint16_t *data)
{
	const bool wide = (p->eecd & ORIEL_EECD_ADDR_BITS) != 0;
	const uint32_t addr = 2 * word;
	uint32_t i;
	int ret;

	ret = wait_ready(p);
	if (ret != 0)
		return ret;
	select_chip(p);
	transfer(p, SPI_WREN);
	deselect_chip(p);
	if ((read_status(p) & SPI_STATUS_WEL) == 0)
		return p->m->gone ? -ENODEV : -EROFS;
	select_chip(p);
	if (wide) {
		transfer(p, SPI_WRITE);
		transfer(p, addr >> 8);
	} else {
		transfer(p, SPI_WRITE | (addr & 0x100 ? SPI_A8 : 0));
	}
	transfer(p, addr);
	for (i = 0; i < nb_words; i++) {
		transfer(p, data[i]);
		transfer(p, data[i] >> 8);
	}
	/* The memory begins to write when it is no longer selected. */
	deselect_chip(p);
	return wait_ready(p);
}

static int
locked_page(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words, const uint16_t *data)
{
	struct pins p = { .m = &ad->mmio };
	int ret = oriel_hw_lock(ad, ORIEL_SW_FW_SYNC_EEP);

	if (ret != 0)
		return ret;
	ret = grant(&p);
	if (ret == 0) {
		ret = write_page(&p, word, nb_words, data);
		deselect_chip(&p);
		put(&p, ORIEL_EECD_REQ, 0);
		if (ret == -EROFS)
			ORIEL_DRV_LOG(ERR,
				"port %u: NVM: the SPI memory does not accept a write (WEL)",
				ad->port_id);
		else if (ret != 0)
			ORIEL_DRV_LOG(ERR, "port %u: NVM words %#x to %#x: the SPI memory: %s",
				ad->port_id, word, word + nb_words - 1, strerror(-ret));
	} else {
		ORIEL_DRV_LOG(ERR,
			"port %u: NVM: EECD.GNT does not come: the SPI memory's pins are not given",
			ad->port_id);
	}
	oriel_hw_unlock(ad, ORIEL_SW_FW_SYNC_EEP);
	return ret;
}

int
oriel_spi_write(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words, const uint16_t *data,
	uint32_t *nb_done)
{
	/* Pages are of 32 bytes, of 8 with 8 address bits; a write must not cross their ends. */
	const bool wide = (oriel_rd32(&ad->mmio, ORIEL_EECD) & ORIEL_EECD_ADDR_BITS) != 0;
	const uint32_t page = wide ? MAX_PAGE_WORDS : 4;
	int ret;

	*nb_done = 0;
	if (ad->mmio.gone)
		return -ENODEV;
	if (nb_words == 0 || word >= ad->nvm_words || nb_words > ad->nvm_words - word) {
		ORIEL_DRV_LOG(ERR, "port %u: NVM words %#x to %#x to write, there are %#x",
			ad->port_id, word, word + nb_words, ad->nvm_words);
		return -EINVAL;
	}
	while (*nb_done < nb_words) {
		const uint32_t first = word + *nb_done;
		const uint32_t n = RTE_MIN(nb_words - *nb_done, page - first % page);

		ret = locked_page(ad, first, n, &data[*nb_done]);
		if (ret != 0)
			return ret;
		*nb_done += n;
	}
	return 0;
}
