/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The NVM by bytes, for users: reading, and writing with the magic, checksum and check. */

#include <stdlib.h>

#include "eeprom.h"
#include "log.h"
#include "nvm.h"
#include "spi.h"

#define CHECKED_WORDS (ORIEL_NVM_CHECKSUM + 1)
/* Firmware gets its turn in between. */
#define READ_AT_ONCE 64u

uint32_t
oriel_eeprom_magic(struct rte_eth_dev *dev)
{
	const struct rte_pci_id *id = &ORIEL_DEV_TO_PCI(dev)->id;

	return (uint32_t)id->device_id << 16 | id->vendor_id;
}

int
oriel_get_eeprom_length(struct rte_eth_dev *dev)
{
	const uint32_t nb_words = oriel_adapter(dev)->nvm_words;

	return nb_words == 0 ? -ENODEV : (int)(2 * nb_words);
}

static int
check_range(const struct oriel_adapter *ad, const struct rte_dev_eeprom_info *info)
{
	const uint32_t size = 2u * ad->nvm_words;

	if (info->data != NULL && info->length != 0 && info->offset < size &&
		info->length <= size - info->offset)
		return 0;
	ORIEL_DRV_LOG(ERR,
		"port %u: NVM: %u bytes from %u%s: it has %u bytes, and one is the least",
		ad->port_id, info->length, info->offset,
		info->data == NULL ? " with no buffer" : "", size);
	return -EINVAL;
}

static int
read_words(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words, uint16_t *data)
{
	uint32_t done, n;
	int ret = 0;

	for (done = 0; done < nb_words && ret == 0; done += n) {
		n = RTE_MIN(nb_words - done, READ_AT_ONCE);
		ret = oriel_nvm_read(ad, word + done, n, &data[done]);
	}
	return ret;
}

int
oriel_get_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint8_t *out = info->data;
	uint16_t word[READ_AT_ONCE];
	uint32_t at, end;
	int ret;

	ret = check_range(ad, info);
	if (ret != 0)
		return ret;
	info->magic = oriel_eeprom_magic(dev);
	end = info->offset + info->length;
	for (at = info->offset; at < end;) {
		const uint32_t first = at / 2;
		const uint32_t n = RTE_MIN((end + 1) / 2 - first, READ_AT_ONCE);

		ret = oriel_nvm_read(ad, first, n, word);
		if (ret != 0)
			return ret;
		for (; at < end && at / 2 < first + n; at++)
			*out++ = word[at / 2 - first] >> (8 * (at % 2));
	}
	return 0;
}

/* Writes the words in [from, to) that differ, run by run, and notes them in `old`. */
static int
write_changed(
	struct oriel_adapter *ad, uint16_t *old, const uint16_t *new, uint32_t from, uint32_t to)
{
	uint32_t i = from, n, done;
	int ret;

	while (i < to) {
		if (old[i] == new[i]) {
			i++;
			continue;
		}
		for (n = 1; i + n < to && old[i + n] != new[i + n]; n++)
			;
		ret = oriel_spi_write(ad, i, n, &new[i], &done);
		if (ret != 0) {
			ORIEL_DRV_LOG(ERR,
				"port %u: NVM: a write ended at word %#x: the image is not "
				"whole; repeat the write before the port is closed",
				ad->port_id, i + done);
			return ret;
		}
		i += n;
	}
	return 0;
}

static int
check_written(struct oriel_adapter *ad, uint16_t *scratch, const uint16_t *new, uint32_t nb_words)
{
	int ret = read_words(ad, 0, nb_words, scratch);
	uint32_t i;

	if (ret != 0)
		return ret;
	for (i = 0; i < nb_words; i++) {
		if (scratch[i] != new[i]) {
			ORIEL_DRV_LOG(ERR,
				"port %u: NVM word %#x: %#06x was written, %#06x is read back",
				ad->port_id, i, new[i], scratch[i]);
			return -EIO;
		}
	}
	return 0;
}

/* The image up to the last word concerned: as it is in `old`, as it shall be in `new`. */
static int
change(struct oriel_adapter *ad, const struct rte_dev_eeprom_info *info, uint16_t *old,
	uint16_t *new, uint32_t nb_words)
{
	const uint8_t *in = info->data;
	uint32_t i;
	int ret;

	ret = read_words(ad, 0, nb_words, old);
	if (ret != 0)
		return ret;
	memcpy(new, old, nb_words * sizeof(*new));
	for (i = 0; i < info->length; i++) {
		const uint32_t at = info->offset + i;
		const unsigned int shift = 8 * (at % 2);

		new[at / 2] = (new[at / 2] & ~(0xffu << shift)) | (uint32_t)in[i] << shift;
	}
	new[ORIEL_NVM_CHECKSUM] = ORIEL_NVM_CHECKSUM_SUM - oriel_nvm_sum(new, ORIEL_NVM_CHECKSUM);
	/* The checksum last: up to then an interrupted write shows. */
	ret = write_changed(ad, old, new, 0, ORIEL_NVM_CHECKSUM);
	if (ret == 0)
		ret = write_changed(ad, old, new, CHECKED_WORDS, nb_words);
	if (ret == 0)
		ret = write_changed(ad, old, new, ORIEL_NVM_CHECKSUM, CHECKED_WORDS);
	if (ret == 0)
		ret = check_written(ad, old, new, nb_words);
	if (ret == 0)
		ad->nvm_version = new[ORIEL_NVM_VERSION];
	return ret;
}

int
oriel_set_eeprom(struct rte_eth_dev *dev, struct rte_dev_eeprom_info *info)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	uint32_t nb_words;
	uint16_t *image;
	int ret;

	if (info->magic != oriel_eeprom_magic(dev)) {
		oriel_refuse(ad);
		ORIEL_DRV_LOG(ERR,
			"port %u: NVM write with magic %#x refused: it is %#x (device id << 16 | "
			"vendor id)",
			ad->port_id, info->magic, oriel_eeprom_magic(dev));
		return -EPERM;
	}
	ret = check_range(ad, info);
	if (ret != 0)
		return ret;
	nb_words = RTE_MAX((info->offset + info->length + 1) / 2, (uint32_t)CHECKED_WORDS);
	image = calloc(2 * (size_t)nb_words, sizeof(*image));
	if (image == NULL)
		return -ENOMEM;
	ret = change(ad, info, image, image + nb_words, nb_words);
	free(image);
	return ret;
}
