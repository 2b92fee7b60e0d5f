/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* libpcap, loaded when a wire asks for it. */

#ifndef TWIN_PCAPLIB_H
#define TWIN_PCAPLIB_H

#include <pcap/pcap.h>

/** The functions of libpcap that the twin uses, under their names without pcap_. */
struct pcaplib {
	__typeof__(pcap_close) *close;
	__typeof__(pcap_datalink) *datalink;
	__typeof__(pcap_datalink_val_to_name) *datalink_val_to_name;
	__typeof__(pcap_dump) *dump;
	__typeof__(pcap_dump_close) *dump_close;
	__typeof__(pcap_dump_flush) *dump_flush;
	__typeof__(pcap_dump_fopen) *dump_fopen;
	__typeof__(pcap_geterr) *geterr;
	__typeof__(pcap_next_ex) *next_ex;
	__typeof__(pcap_open_dead) *open_dead;
	__typeof__(pcap_open_offline) *open_offline;
};

/** The library, or NULL and *why. It stays loaded. */
const struct pcaplib *twin_pcaplib(const char **why);

#endif /* TWIN_PCAPLIB_H */
