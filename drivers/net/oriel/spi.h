/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Writing the SPI memory that is the NVM: the 82576 has no register for it but EECD's pins. */

#ifndef ORIEL_SPI_H
#define ORIEL_SPI_H

#include "adapter.h"

/**
 * Writes words of the NVM, page by page. The resource EEP of SW_FW_SYNC and the pins are held
 * for one page at a time and given back in every case, also after an error: firmware may wait
 * for no longer than a second.
 *
 * @param word
 *   First word's index.
 * @param nb_words
 *   At least 1; word + nb_words must not pass ad->nvm_words.
 * @param nb_done
 *   Words of the pages that were written in whole.
 * @return
 *   0; -EINVAL on a bad range; -ETIMEDOUT if EECD.GNT does not come or the memory stays busy;
 *   -EROFS if the memory does not accept writes; -ENODEV.
 */
int oriel_spi_write(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words,
	const uint16_t *data, uint32_t *nb_done);

#endif /* ORIEL_SPI_H */
