/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The NVM and who may touch it: EERD reads, the SPI memory behind EECD's four pins,
 * the load after a reset (address to RAR 0), and the semaphores that software and
 * firmware share.
 */

#include "model.h"

#define SPI_READ 0x03
#define SPI_WRITE 0x02
#define SPI_WREN 0x06
#define SPI_WRDI 0x04
#define SPI_RDSR 0x05
#define SPI_STATUS_BUSY 0x01
#define SPI_STATUS_WEL 0x02

#define NVM_SIZE_EX 4u /* 1 << (6 + 4) = 1,024 words */
_Static_assert(MODEL_NVM_WORDS == 1u << (6 + NVM_SIZE_EX), "EECD.SIZE_EX tells the size");

#define EECD_WRITABLE \
	(ORIEL_EECD_SK | ORIEL_EECD_CS | ORIEL_EECD_DI | ORIEL_EECD_FWE | ORIEL_EECD_REQ)

void
model_nvm_init(struct twin_port *p)
{
	struct model_nvm *n = &p->model->nvm;
	const uint8_t *mac = p->cfg->mac;
	uint16_t sum = 0;

	memset(n->word, 0xff, sizeof(n->word));
	for (unsigned int i = 0; i < ORIEL_NVM_CHECKSUM; i++)
		n->word[i] = 0;
	for (unsigned int i = 0; i < 3; i++)
		n->word[ORIEL_NVM_MAC + i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
	n->word[ORIEL_NVM_VERSION] = 0x1690; /* 1.69 */
	n->word[0x08] = 0xffff;		     /* part number: none */
	n->word[0x09] = 0xffff;
	n->word[0x0a] = 0x4c1b;		   /* initialization control 1 */
	n->word[0x0b] = p->cfg->device_id; /* subsystem */
	n->word[0x0c] = 0x8086;
	n->word[0x0d] = p->cfg->device_id;
	n->word[0x0e] = 0x8086;
	n->word[0x0f] = 0x7060; /* initialization control 2 */
	n->word[0x11] = p->cfg->device_id;
	n->word[0x14] = 0x0400; /* initialization control 3, port 1 */
	n->word[0x16] = 0x4a40; /* MSI-X configuration */
	n->word[0x24] = 0x0400; /* initialization control 3, port 0 */
	n->word[0x25] = 0x00f5; /* I/O virtualisation */
	n->word[0x26] = 0x10ca; /* device id of the VFs */
	n->word[ORIEL_NVM_ALT_MAC_PTR] = 0xffff;
	for (unsigned int i = 0; i < ORIEL_NVM_CHECKSUM; i++)
		sum = (uint16_t)(sum + n->word[i]);
	n->word[ORIEL_NVM_CHECKSUM] = (uint16_t)(ORIEL_NVM_CHECKSUM_SUM - sum);
	if (p->cfg->nvm_corrupt)
		n->word[ORIEL_NVM_CHECKSUM] ^= 0x5a5a;
}

void
model_nvm_load(struct twin_port *p)
{
	struct model_nvm *n = &p->model->nvm;

	n->ready = model_now(p->model) + MODEL_NVM_NS;
	n->sk = false;
	n->cs = false;
	n->wren = false;
	n->out_on = false;
	twin_reg_set(p, ORIEL_EECD,
		ORIEL_EECD_PRES | ORIEL_EECD_ADDR_BITS | ORIEL_PREP(ORIEL_EECD_FWE, 1) |
			ORIEL_PREP(ORIEL_EECD_SIZE_EX, NVM_SIZE_EX));
	twin_reg_set(p, ORIEL_EERD, ORIEL_EERD_DONE);
	twin_reg_set(p, ORIEL_RAL(0), n->word[0] | (uint32_t)n->word[1] << 16);
	twin_reg_set(p, ORIEL_RAH(0), n->word[2] | ORIEL_RAH_AV);
}

static uint32_t
eerd_word(const struct model_nvm *n, uint32_t eerd)
{
	uint32_t addr = ORIEL_GET(ORIEL_EERD_ADDR, eerd);

	return addr < MODEL_NVM_WORDS ? n->word[addr] : 0xffff;
}

/** The byte at an address of the memory; words lie low byte first. */
static uint8_t
spi_byte(const struct model_nvm *n, uint32_t addr)
{
	uint16_t word = n->word[addr / 2 % MODEL_NVM_WORDS];

	return (uint8_t)(addr & 1 ? word >> 8 : word);
}

/** The page is full or the driver has given all of it: the memory writes, which takes its time. */
static void
spi_commit(struct twin_model *m)
{
	struct model_nvm *n = &m->nvm;
	uint32_t base = n->addr & ~(MODEL_SPI_PAGE - 1);

	for (uint32_t i = 0; i < MODEL_SPI_PAGE; i++) {
		uint16_t *word = &n->word[(base + i) / 2 % MODEL_NVM_WORDS];

		if ((n->page_set >> i & 1) == 0)
			continue;
		if (i & 1)
			*word = (uint16_t)((*word & 0x00ff) | n->page[i] << 8);
		else
			*word = (uint16_t)((*word & 0xff00) | n->page[i]);
	}
	n->wren = false;
	n->busy_until = model_now(m) + MODEL_SPI_NS;
}

/** A whole byte came in; what goes out during the next is in n->out. */
static void
spi_take(struct twin_model *m)
{
	struct model_nvm *n = &m->nvm;
	bool busy = model_now(m) < n->busy_until;
	uint32_t at = n->nb_bytes++;

	if (at == 0) {
		/* While it writes, the memory answers to nothing but the question for its state. */
		n->opcode = busy && n->in != SPI_RDSR ? 0 : n->in;
		n->addr = 0;
		n->page_set = 0;
		if (n->opcode == 0)
			return;
		if (n->in == SPI_WREN || n->in == SPI_WRDI)
			n->wren = n->in == SPI_WREN;
		n->out_on = n->in == SPI_RDSR;
		n->out = (n->wren ? SPI_STATUS_WEL : 0) | (busy ? SPI_STATUS_BUSY : 0);
		return;
	}
	if (n->opcode != SPI_READ && n->opcode != SPI_WRITE)
		return;
	if (at <= 2) {
		n->addr = n->addr << 8 | n->in;
	} else if (n->opcode == SPI_WRITE) {
		/* Behind the end of a page comes its beginning. */
		n->page[n->addr % MODEL_SPI_PAGE] = n->in;
		n->page_set |= ORIEL_BIT(n->addr % MODEL_SPI_PAGE);
		n->addr = (n->addr & ~(MODEL_SPI_PAGE - 1)) | (n->addr + 1) % MODEL_SPI_PAGE;
	}
	if (n->opcode == SPI_READ && at >= 2) {
		n->out = spi_byte(n, n->addr++);
		n->out_on = true;
	}
}

/** The pins moved: mode 0, most significant bit first; CS is active low. */
static uint32_t
spi_pins(struct twin_model *m, uint32_t eecd)
{
	struct model_nvm *n = &m->nvm;
	bool sk = (eecd & ORIEL_EECD_SK) != 0, cs = (eecd & ORIEL_EECD_CS) == 0;
	uint32_t level = eecd & ORIEL_EECD_DO;

	if (cs != n->cs) {
		/* Half a byte too many, and nothing is written. */
		if (!cs && n->opcode == SPI_WRITE && n->nb_bytes > 3 && n->nb_bits == 0 && n->wren)
			spi_commit(m);
		n->cs = cs;
		n->nb_bits = 0;
		n->nb_bytes = 0;
		n->out_on = false;
	} else if (cs && sk && !n->sk) {
		n->in = (uint8_t)(n->in << 1 | ((eecd & ORIEL_EECD_DI) != 0));
		level = n->out_on && (n->out >> (7 - n->nb_bits) & 1) ? ORIEL_EECD_DO : 0;
		if (++n->nb_bits == 8) {
			n->nb_bits = 0;
			spi_take(m);
		}
	}
	n->sk = sk;
	return level;
}

static void
eecd_write(struct twin_port *p, uint32_t val)
{
	struct model_nvm *n = &p->model->nvm;
	uint32_t eecd = twin_reg(p, ORIEL_EECD);

	eecd = (eecd & ~EECD_WRITABLE) | (val & EECD_WRITABLE);
	eecd &= ~ORIEL_EECD_GNT;
	if (eecd & ORIEL_EECD_REQ) {
		eecd |= ORIEL_EECD_GNT;
		eecd = (eecd & ~ORIEL_EECD_DO) | spi_pins(p->model, eecd);
	} else {
		n->cs = false;
	}
	twin_reg_set(p, ORIEL_EECD, eecd);
}

bool
model_nvm_read(struct twin_port *p, uint32_t off, uint32_t *val)
{
	struct twin_model *m = p->model;

	switch (off) {
	case ORIEL_EECD:
		*val = twin_reg(p, off);
		if (model_now(m) >= m->nvm.ready)
			*val |= ORIEL_EECD_AUTO_RD;
		twin_reg_set(p, off, *val);
		return true;
	case ORIEL_SWSM:
		*val = twin_reg(p, off);
		twin_reg_set(p, off, *val | ORIEL_SWSM_SMBI);
		return true;
	default:
		return false;
	}
}

bool
model_nvm_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	struct model_nvm *n = &p->model->nvm;

	switch (off) {
	case ORIEL_EECD:
		eecd_write(p, val);
		return true;
	case ORIEL_EERD:
		if (val & ORIEL_EERD_START)
			val = (val & ORIEL_EERD_ADDR) | ORIEL_EERD_DONE |
				ORIEL_PREP(ORIEL_EERD_DATA, eerd_word(n, val));
		twin_reg_set(p, off, val);
		return true;
	case ORIEL_SWSM:
		/* SMBI: only reading sets it. The firmware never holds SWESMBI here. */
		twin_reg_set(p, off,
			(val & (ORIEL_SWSM_SWESMBI | ORIEL_BIT(3))) |
				(twin_reg(p, off) & val & ORIEL_SWSM_SMBI));
		return true;
	case ORIEL_SW_FW_SYNC:
		/* the upper half is the firmware's */
		twin_reg_set(p, off, (val & 0xffff) | (twin_reg(p, off) & 0xffff0000u));
		return true;
	default:
		return false;
	}
}
