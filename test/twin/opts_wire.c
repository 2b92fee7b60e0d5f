/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Reads --wire: KIND:PORT[,...], the same form for all kinds. */

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "opts.h"
#include "sockpath.h"

#define START_MAX_MS 3600000
#define FLOOD_MIN_SIZE 60
#define FLOOD_FLOWS 16

enum key {
	KEY_FIFO = 1 << 0,
	KEY_RX = 1 << 1,
	KEY_TX = 1 << 2,
	KEY_REPEAT = 1 << 3,
	KEY_LOCAL = 1 << 4,
	KEY_REMOTE = 1 << 5,
	KEY_START = 1 << 6,
	KEY_FRAMES = 1 << 7,
	KEY_FLOWS = 1 << 8,
	KEY_SIZE = 1 << 9,
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{ "fifo", KEY_FIFO },
	{ "rx", KEY_RX },
	{ "tx", KEY_TX },
	{ "repeat", KEY_REPEAT },
	{ "start", KEY_START },
	{ "local", KEY_LOCAL },
	{ "remote", KEY_REMOTE },
	{ "frames", KEY_FRAMES },
	{ "flows", KEY_FLOWS },
	{ "size", KEY_SIZE },
};

static const struct kind {
	enum twin_wire_kind kind;
	unsigned int keys;
	const char *form;
} kinds[] = {
	{ TWIN_WIRE_NONE, 0, "none:P" },
	{ TWIN_WIRE_LOOP, KEY_FIFO, "loop:P[,fifo=drop|wait]" },
	{ TWIN_WIRE_PAIR, KEY_FIFO, "pair:P,Q[,fifo=drop|wait]" },
	{ TWIN_WIRE_TAP, KEY_FIFO, "tap:P,NAME[,fifo=drop|wait]" },
	{ TWIN_WIRE_PCAP, KEY_FIFO | KEY_RX | KEY_TX | KEY_REPEAT | KEY_START,
		"pcap:P[,rx=FILE][,tx=FILE][,repeat=N|forever][,start=MS|command]"
		"[,fifo=drop|wait]" },
	{ TWIN_WIRE_SOCKET, KEY_FIFO | KEY_LOCAL | KEY_REMOTE,
		"socket:P,local=PATH,remote=PATH[,fifo=drop|wait]" },
	{ TWIN_WIRE_FLOOD, KEY_FRAMES | KEY_FLOWS | KEY_SIZE,
		"flood:P[,size=BYTES][,flows=N][,frames=N|forever]" },
};

#define NB_KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define NB_KEYS (sizeof(keys) / sizeof(keys[0]))

static int
read_port(const char *spec, const char *text, unsigned int *port)
{
	uint64_t val;

	if (text == NULL || !twin_opts_number(text, 10, TWIN_MAX_PORTS - 1, &val))
		return twin_opts_error("--wire %s: port '%s': accepted are 0 to %d", spec,
			text != NULL ? text : "", TWIN_MAX_PORTS - 1);
	*port = (unsigned int)val;
	return 0;
}

/* What the kernel accepts as the name of an interface, without its patterns (tap%d). */
static int
read_tap_name(const char *spec, const char *name, char *dst)
{
	size_t len = name != NULL ? strlen(name) : 0;

	if (len == 0 || len > IFNAMSIZ - 1 || strpbrk(name, "/:% \t\n") != NULL ||
		strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return twin_opts_error("--wire %s: interface name '%s': accepted are 1 to %d "
				       "characters without '/', ':', '%%' and blanks",
			spec, name != NULL ? name : "", IFNAMSIZ - 1);
	memcpy(dst, name, len + 1);
	return 0;
}

static int
read_file(const char *spec, const char *key, const char *path, char *dst)
{
	if (!twin_opts_path(dst, path))
		return twin_opts_error("--wire %s: %s=%s: accepted is a path of 1 to %d bytes",
			spec, key, path, TWIN_PATH_MAX - 1);
	return 0;
}

static int
read_socket(const char *spec, const char *key, const char *path, char *dst)
{
	if (path[0] == '\0' || strlen(path) > TWIN_SOCKPATH_MAX)
		return twin_opts_error("--wire %s: %s=%s: accepted is a path of 1 to %zu bytes, "
				       "as unix sockets have it",
			spec, key, path, TWIN_SOCKPATH_MAX);
	return twin_opts_path(dst, path) ? 0 : -1;
}

/* When a capture begins, in milliseconds after the port could first receive. */
static int
read_start(const char *spec, const char *val, struct twin_wire_config *w)
{
	uint64_t ms = TWIN_START_BY_COMMAND;

	if (strcmp(val, "command") != 0 && !twin_opts_number(val, 10, START_MAX_MS, &ms))
		return twin_opts_error("--wire %s: start=%s: accepted are 0 to %d milliseconds and "
				       "the word command",
			spec, val, START_MAX_MS);
	w->start_ms = (uint32_t)ms;
	return 0;
}

/* A number with a least and a most. */
static int
read_limited(const char *spec, const char *key, const char *val, unsigned int least,
	unsigned int most, uint32_t *dst)
{
	uint64_t n;

	if (!twin_opts_number(val, 10, most, &n) || n < least)
		return twin_opts_error(
			"--wire %s: %s=%s: accepted are %u to %u", spec, key, val, least, most);
	*dst = (uint32_t)n;
	return 0;
}

/* How often something is done: a number from 1, or the word forever. */
static int
read_count(const char *spec, const char *key, const char *val, uint64_t *dst)
{
	if (strcmp(val, "forever") == 0) {
		*dst = UINT64_MAX;
		return 0;
	}
	if (!twin_opts_number(val, 10, UINT64_MAX - 1, dst) || *dst == 0)
		return twin_opts_error("--wire %s: %s=%s: accepted are numbers from 1 and the word "
				       "forever",
			spec, key, val);
	return 0;
}

static int
read_value(const char *spec, const char *name, enum key key, const char *val,
	struct twin_wire_config *w)
{
	switch (key) {
	case KEY_FIFO:
		if (strcmp(val, "drop") == 0)
			w->fifo = TWIN_FIFO_DROP;
		else if (strcmp(val, "wait") == 0)
			w->fifo = TWIN_FIFO_WAIT;
		else
			return twin_opts_error(
				"--wire %s: fifo=%s: accepted are drop and wait", spec, val);
		return 0;
	case KEY_REPEAT:
		return read_count(spec, name, val, &w->repeat);
	case KEY_FRAMES:
		return read_count(spec, name, val, &w->frames);
	case KEY_FLOWS:
		return read_limited(spec, name, val, 1, TWIN_FLOOD_MAX_FLOWS, &w->flows);
	case KEY_SIZE:
		return read_limited(spec, name, val, FLOOD_MIN_SIZE, TWIN_FLOOD_MAX_SIZE, &w->size);
	case KEY_START:
		return read_start(spec, val, w);
	case KEY_RX:
		return read_file(spec, name, val, w->rx_path);
	case KEY_TX:
		return read_file(spec, name, val, w->tx_path);
	case KEY_LOCAL:
		return read_socket(spec, name, val, w->rx_path);
	case KEY_REMOTE:
		return read_socket(spec, name, val, w->tx_path);
	}
	return -1;
}

/* One KEY=VALUE of the specification. */
static int
read_key(const char *spec, const struct kind *kind, char *text, struct twin_wire_config *w,
	unsigned int *seen)
{
	char *val = strchr(text, '=');

	if (val != NULL)
		*val++ = '\0';
	for (size_t i = 0; val != NULL && i < NB_KEYS; i++) {
		if (strcmp(text, keys[i].name) != 0 || (kind->keys & keys[i].key) == 0)
			continue;
		if (*seen & keys[i].key)
			return twin_opts_error("--wire %s: %s= is given twice", spec, text);
		*seen |= keys[i].key;
		return read_value(spec, text, keys[i].key, val, w);
	}
	return twin_opts_error("--wire %s: '%s%s%s': accepted is %s", spec, text,
		val != NULL ? "=" : "", val != NULL ? val : "", kind->form);
}

/* What must be there, and what cannot be together. */
static int
check(const char *spec, const struct kind *kind, const struct twin_wire_config *w,
	unsigned int seen)
{
	if (kind->kind == TWIN_WIRE_PAIR && w->port == w->peer)
		return twin_opts_error("--wire %s: a pair joins two ports, port %u cannot be both "
				       "(loop:%u returns a port's own frames)",
			spec, w->port, w->port);
	if (kind->kind == TWIN_WIRE_PCAP && (seen & (KEY_RX | KEY_TX)) == 0)
		return twin_opts_error("--wire %s: rx=FILE or tx=FILE is missing: accepted is %s",
			spec, kind->form);
	if ((seen & (KEY_REPEAT | KEY_START)) && !(seen & KEY_RX))
		return twin_opts_error(
			"--wire %s: repeat= and start= are of use only with rx=FILE", spec);
	if (kind->kind == TWIN_WIRE_SOCKET && seen != (seen | KEY_LOCAL | KEY_REMOTE))
		return twin_opts_error("--wire %s: %s is missing: accepted is %s", spec,
			seen & KEY_LOCAL ? "remote=PATH" : "local=PATH", kind->form);
	if ((kind->kind == TWIN_WIRE_SOCKET || kind->kind == TWIN_WIRE_PCAP) &&
		strcmp(w->rx_path, w->tx_path) == 0)
		return twin_opts_error("--wire %s: both directions have the same path", spec);
	return 0;
}

/* Hangs the wire on its port, or on both. */
static int
hang(const char *spec, const struct twin_wire_config *w, struct twin_config *cfg,
	const char **given)
{
	if (given[w->port] != NULL)
		return twin_opts_error("--wire %s: port %u has a wire already, %s: accepted is one "
				       "wire a port",
			spec, w->port, given[w->port]);
	if (w->kind == TWIN_WIRE_PAIR) {
		if (given[w->peer] != NULL)
			return twin_opts_error(
				"--wire %s: port %u has a wire already, %s: accepted "
				"is one wire a port",
				spec, w->peer, given[w->peer]);
		given[w->peer] = spec;
		cfg->port[w->peer].wire = *w;
		cfg->port[w->peer].wire.port = w->peer;
		cfg->port[w->peer].wire.peer = w->port;
	}
	given[w->port] = spec;
	cfg->port[w->port].wire = *w;
	return 0;
}

/* The part behind KIND: is cut up in place. */
static int
read_args(const char *spec, const struct kind *kind, char *args, struct twin_wire_config *w)
{
	unsigned int seen = 0;
	char *arg;

	if (read_port(spec, strsep(&args, ","), &w->port) < 0)
		return -1;
	if (kind->kind == TWIN_WIRE_PAIR) {
		if (args == NULL)
			return twin_opts_error("--wire %s: the second port is missing: accepted is "
					       "%s",
				spec, kind->form);
		if (read_port(spec, strsep(&args, ","), &w->peer) < 0)
			return -1;
	} else if (kind->kind == TWIN_WIRE_TAP) {
		if (read_tap_name(spec, strsep(&args, ","), w->name) < 0)
			return -1;
	}
	while ((arg = strsep(&args, ",")) != NULL)
		if (read_key(spec, kind, arg, w, &seen) < 0)
			return -1;
	return check(spec, kind, w, seen);
}

int
twin_opts_wire(const char *spec, struct twin_config *cfg, const char **given)
{
	struct twin_wire_config w = { .repeat = 1,
		.start_ms = TWIN_START_DEFAULT,
		.frames = UINT64_MAX,
		.flows = FLOOD_FLOWS,
		.size = FLOOD_MIN_SIZE };
	const struct kind *kind = NULL;
	const char *colon = strchr(spec, ':');
	char *args;
	int ret;

	for (size_t i = 0; colon != NULL && i < NB_KINDS; i++) {
		const char *name = twin_wire_kind_name(kinds[i].kind);
		size_t len = (size_t)(colon - spec);

		if (strlen(name) == len && strncmp(spec, name, len) == 0)
			kind = &kinds[i];
	}
	if (kind == NULL)
		return twin_opts_error("--wire %s: accepted are loop:P, pair:P,Q, tap:P,NAME, "
				       "pcap:P,rx=FILE,tx=FILE, "
				       "socket:P,local=PATH,remote=PATH, flood:P and none:P",
			spec);
	w.kind = kind->kind;
	args = strdup(colon + 1);
	if (args == NULL)
		return twin_opts_error("--wire %s: no memory", spec);
	ret = read_args(spec, kind, args, &w);
	free(args);
	return ret < 0 ? ret : hang(spec, &w, cfg, given);
}

/* The name on the host that one wire alone can have: it takes it or writes to it. */
static const char *
owned(const struct twin_wire_config *w)
{
	switch (w->kind) {
	case TWIN_WIRE_TAP:
		return w->name;
	case TWIN_WIRE_SOCKET:
		return w->rx_path;
	case TWIN_WIRE_PCAP:
		return w->tx_path;
	default:
		return "";
	}
}

int
twin_opts_wires_distinct(const struct twin_config *cfg)
{
	for (unsigned int i = 0; i < cfg->nb_ports; i++) {
		const struct twin_wire_config *a = &cfg->port[i].wire;

		if (owned(a)[0] == '\0')
			continue;
		if (a->kind == TWIN_WIRE_SOCKET && strcmp(a->rx_path, cfg->control_path) == 0)
			return twin_opts_error("--control %s: the wire of port %u has this path",
				cfg->control_path, i);
		for (unsigned int j = 0; j < i; j++) {
			const struct twin_wire_config *b = &cfg->port[j].wire;

			if (a->kind == b->kind && strcmp(owned(a), owned(b)) == 0)
				return twin_opts_error("--wire: ports %u and %u both want %s %s", j,
					i, twin_wire_kind_name(a->kind), owned(a));
		}
	}
	return 0;
}
