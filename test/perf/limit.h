/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The limit kernel: bursts written by hand for the bench, to know how far the driver is from
 * what can be done. They take over the started queues of a net_oriel port.
 */

#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum limit_kind {
	LIMIT_NONE,
	LIMIT_BEST, /* of what the CPU has */
	LIMIT_AVX2,
	LIMIT_AVX512,
};

/**
 * Puts the limit kernel's bursts in the place of the driver's. Nothing may lie in the port's
 * TX rings that the device has not sent.
 *
 * @param fast_free
 *   Whether MBUF_FAST_FREE was asked for; it stays a promise of the caller.
 * @param name
 *   What the bursts are called in reports.
 * @return
 *   0; -ENOTSUP: not this CPU, this ring or these offloads; -ENOMEM; *why says which.
 */
int limit_take(
	uint16_t port, enum limit_kind kind, bool fast_free, const char **name, const char **why);

/** Gives the queues back to the driver; the device has sent everything. */
void limit_give_back(uint16_t port);

#endif /* LIMIT_H */
