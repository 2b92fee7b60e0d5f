/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Loads libpcap. It is not linked, because the twin is preloaded into every process of
 * the command, and libpcap brings half a dozen libraries with constructors of their own
 * along (with AddressSanitizer's runtime in front, a plain `cat` then hangs).
 */

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "pcaplib.h"

static const struct {
	const char *name;
	size_t where;
} functions[] = {
#define ROW(f) \
	{ \
		"pcap_" #f, offsetof(struct pcaplib, f) \
	}
	ROW(close),
	ROW(datalink),
	ROW(datalink_val_to_name),
	ROW(dump),
	ROW(dump_close),
	ROW(dump_flush),
	ROW(dump_fopen),
	ROW(geterr),
	ROW(next_ex),
	ROW(open_dead),
	ROW(open_offline),
};

const struct pcaplib *
twin_pcaplib(const char **why)
{
	/* Debian's name and everybody else's. */
	static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1" };
	static struct pcaplib lib;
	static void *handle;

	*why = "";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && handle == NULL; i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && handle != NULL; i++) {
		void *f = dlsym(handle, functions[i].name);

		if (f == NULL)
			handle = NULL;
		memcpy((char *)&lib + functions[i].where, &f, sizeof(f));
	}
	if (handle == NULL)
		*why = dlerror();
	return handle == NULL ? NULL : &lib;
}
