/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The NVM: reading words, checksum, version and MAC address. */

#include "hw.h"
#include "log.h"
#include "nvm.h"

#define EERD_US 50
#define EERD_TRIES 2000
/* EERD takes 14 address bits. */
#define EERD_MAX_WORDS 0x4000u
/* An 82576 knows sizes up to 1 << (6 + 9); larger codes are taken for that. */
#define SIZE_EX_MAX 9
#define CHECKED_WORDS (ORIEL_NVM_CHECKSUM + 1)
/* Words between the alternate addresses of two ports. */
#define ALT_MAC_STRIDE 3

static int
read_word(struct oriel_adapter *ad, uint32_t word, uint16_t *data)
{
	struct oriel_mmio *m = &ad->mmio;
	int ret;

	oriel_wr32(m, ORIEL_EERD, ORIEL_PREP(ORIEL_EERD_ADDR, word) | ORIEL_EERD_START);
	ret = oriel_wait32(m, ORIEL_EERD, ORIEL_EERD_DONE, ORIEL_EERD_DONE, EERD_US, EERD_TRIES);
	if (ret != 0) {
		ORIEL_INIT_LOG(
			ERR, "port %u: NVM word %#x: EERD.DONE does not come", ad->port_id, word);
		return ret;
	}
	*data = ORIEL_GET(ORIEL_EERD_DATA, oriel_rd32(m, ORIEL_EERD));
	return m->gone ? -ENODEV : 0;
}

int
oriel_nvm_read(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words, uint16_t *data)
{
	uint32_t i;
	int ret;

	if (nb_words == 0 || word >= ad->nvm_words || nb_words > ad->nvm_words - word) {
		ORIEL_INIT_LOG(ERR, "port %u: NVM words %#x to %#x asked for, there are %#x",
			ad->port_id, word, word + nb_words, ad->nvm_words);
		return -EINVAL;
	}
	ret = oriel_hw_lock(ad, ORIEL_SW_FW_SYNC_EEP);
	if (ret != 0)
		return ret;
	for (i = 0; i < nb_words && ret == 0; i++)
		ret = read_word(ad, word + i, &data[i]);
	oriel_hw_unlock(ad, ORIEL_SW_FW_SYNC_EEP);
	return ret;
}

uint16_t
oriel_nvm_sum(const uint16_t *data, uint32_t nb_words)
{
	uint16_t sum = 0;
	uint32_t i;

	for (i = 0; i < nb_words; i++)
		sum += data[i];
	return sum;
}

static int
check_sum(struct oriel_adapter *ad, uint16_t *data)
{
	uint16_t sum = 0;
	int attempt, ret;

	/* The first read may fail while the PCIe link sleeps. */
	for (attempt = 0; attempt < 2; attempt++) {
		ret = oriel_nvm_read(ad, 0, CHECKED_WORDS, data);
		if (ret != 0)
			return ret;
		sum = oriel_nvm_sum(data, CHECKED_WORDS);
		if (sum == ORIEL_NVM_CHECKSUM_SUM)
			return 0;
	}
	ORIEL_INIT_LOG(ERR,
		"port %u: NVM checksum is wrong: words 0x00 to 0x3f sum to %#06x, not %#06x",
		ad->port_id, sum, ORIEL_NVM_CHECKSUM_SUM);
	return -EIO;
}

int
oriel_nvm_init(struct oriel_adapter *ad)
{
	uint32_t eecd = oriel_rd32(&ad->mmio, ORIEL_EECD);
	uint16_t data[CHECKED_WORDS];
	uint32_t size;
	int ret;

	ad->nvm_words = 0;
	if (ad->mmio.gone)
		return -ENODEV;
	if ((eecd & ORIEL_EECD_PRES) == 0) {
		ORIEL_INIT_LOG(
			ERR, "port %u: EECD.PRES is 0: there is no NVM to start from", ad->port_id);
		return -ENODEV;
	}
	size = ORIEL_GET(ORIEL_EECD_SIZE_EX, eecd);
	size = UINT32_C(1) << (6 + RTE_MIN(size, (uint32_t)SIZE_EX_MAX));
	ad->nvm_words = RTE_MIN(size, EERD_MAX_WORDS);
	ret = check_sum(ad, data);
	if (ret != 0)
		return ret;
	ad->nvm_version = data[ORIEL_NVM_VERSION];
	return 0;
}

/* The alternate address of this port. 0 and *addr, or -ENOENT if there is none. */
static int
alternate_mac(struct oriel_adapter *ad, struct rte_ether_addr *addr)
{
	uint16_t ptr, word[ALT_MAC_STRIDE];
	uint32_t first;
	int i, ret;

	ret = oriel_nvm_read(ad, ORIEL_NVM_ALT_MAC_PTR, 1, &ptr);
	if (ret != 0)
		return ret;
	if (ptr == 0 || ptr == UINT16_MAX)
		return -ENOENT;
	first = (uint32_t)ptr + ALT_MAC_STRIDE * ad->lan_id;
	if (first + ALT_MAC_STRIDE > ad->nvm_words)
		return -ENOENT;
	ret = oriel_nvm_read(ad, first, ALT_MAC_STRIDE, word);
	if (ret != 0)
		return ret;
	for (i = 0; i < ALT_MAC_STRIDE; i++) {
		addr->addr_bytes[2 * i] = word[i] & 0xff;
		addr->addr_bytes[2 * i + 1] = word[i] >> 8;
	}
	/* Erased words are all-ones: a multicast address. */
	return rte_is_valid_assigned_ether_addr(addr) ? 0 : -ENOENT;
}

int
oriel_nvm_mac(struct oriel_adapter *ad, struct rte_ether_addr *addr)
{
	uint32_t low, high;
	int i, ret;

	ret = alternate_mac(ad, addr);
	if (ret == 0)
		return 0;
	if (ret != -ENOENT)
		return ret;
	low = oriel_rd32(&ad->mmio, ORIEL_RAL(0));
	high = oriel_rd32(&ad->mmio, ORIEL_RAH(0));
	if (ad->mmio.gone)
		return -ENODEV;
	for (i = 0; i < 4; i++)
		addr->addr_bytes[i] = low >> (8 * i) & 0xff;
	for (i = 0; i < 2; i++)
		addr->addr_bytes[4 + i] = high >> (8 * i) & 0xff;
	if (!rte_is_valid_assigned_ether_addr(addr)) {
		ORIEL_INIT_LOG(ERR,
			"port %u: the device's address " RTE_ETHER_ADDR_PRT_FMT
			" is no unicast address",
			ad->port_id, RTE_ETHER_ADDR_BYTES(addr));
		return -EINVAL;
	}
	return 0;
}
