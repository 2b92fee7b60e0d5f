/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The NVM (EEPROM or flash that holds the MAC address and the device's set-up). */

#ifndef ORIEL_NVM_H
#define ORIEL_NVM_H

#include "adapter.h"

/**
 * Finds out the size and checks the checksum of words 0x00..0x3f.
 *
 * @return
 *   0; -ENODEV without an NVM or device, -EIO on a wrong checksum or a failed read, -ETIMEDOUT.
 */
int oriel_nvm_init(struct oriel_adapter *ad);

/**
 * Reads words through EERD.
 *
 * @param word
 *   First word's index.
 * @param nb_words
 *   At least 1; word + nb_words must not pass ad->nvm_words.
 * @return
 *   0; -EINVAL on a bad range, -ETIMEDOUT, -ENODEV.
 */
int oriel_nvm_read(struct oriel_adapter *ad, uint32_t word, uint32_t nb_words, uint16_t *data);

/** Sum of words modulo 65536; over 0x00..0x3f it must be ORIEL_NVM_CHECKSUM_SUM. */
uint16_t oriel_nvm_sum(const uint16_t *data, uint32_t nb_words);

/**
 * The port's permanent address: the alternate one if the NVM has it, else what the hardware
 * loaded into receive address 0.
 *
 * @return
 *   0; -EINVAL if it is zero, multicast or broadcast; -ENODEV.
 */
int oriel_nvm_mac(struct oriel_adapter *ad, struct rte_ether_addr *addr);

#endif /* ORIEL_NVM_H */
