/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The configuration as one environment variable: KEY=VALUE fields between blanks, bytes
 * that could be mistaken written as %XX. First comes a version, so that a library of
 * another build refuses it.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opts.h"

#define ENV_VERSION 2

/* Each port has less than 20 fields; the longest are two paths of which each byte takes three. */
#define ENV_MAX (TWIN_MAX_PORTS * (2 * 3 * TWIN_PATH_MAX + 512) + 4 * 3 * TWIN_PATH_MAX)

bool
twin_opts_number(const char *text, unsigned int base, uint64_t max, uint64_t *val)
{
	uint64_t v = 0;

	if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned int digit;

		if (*text >= '0' && *text <= '9')
			digit = (unsigned int)(*text - '0');
		else if (base == 16 && isxdigit((unsigned char)*text))
			digit = (unsigned int)(tolower((unsigned char)*text) - 'a') + 10;
		else
			return false;
		if (v > (max - digit) / base || digit > max)
			return false;
		v = v * base + digit;
	}
	*val = v;
	return true;
}

static void
put_number(FILE *f, const char *key, uint64_t val)
{
	fprintf(f, " %s=%llu", key, (unsigned long long)val);
}

static void
put_text(FILE *f, const char *key, const char *text)
{
	fprintf(f, " %s=", key);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("/._-:,", c) != NULL)
			fputc(c, f);
		else
			fprintf(f, "%%%02x", c);
	}
}

static void
put_port(FILE *f, const struct twin_port_config *p)
{
	const uint8_t *m = p->mac;

	put_text(f, "pci", p->pci_addr);
	put_number(f, "device", p->device_id);
	fprintf(f, " mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	put_number(f, "nvm_corrupt", p->nvm_corrupt);
	put_number(f, "wire", p->wire.kind);
	put_number(f, "fifo", p->wire.fifo);
	put_number(f, "wire_port", p->wire.port);
	put_number(f, "wire_peer", p->wire.peer);
	put_text(f, "wire_name", p->wire.name);
	put_text(f, "wire_rx", p->wire.rx_path);
	put_text(f, "wire_tx", p->wire.tx_path);
	put_number(f, "wire_repeat", p->wire.repeat);
	put_number(f, "wire_start", p->wire.start_ms);
	put_number(f, "wire_frames", p->wire.frames);
	put_number(f, "wire_flows", p->wire.flows);
	put_number(f, "wire_size", p->wire.size);
}

int
twin_opts_to_env(const struct twin_config *cfg)
{
	char *text = calloc(1, ENV_MAX);
	FILE *f;
	int ret = 0;

	if (text == NULL)
		return -ENOMEM;
	f = fmemopen(text, ENV_MAX, "w");
	if (f == NULL) {
		ret = -errno;
		free(text);
		return ret;
	}
	fprintf(f, "version=%d", ENV_VERSION);
	put_number(f, "exact", cfg->exact);
	put_number(f, "lockstep", cfg->lockstep);
	put_number(f, "spin", cfg->spin);
	put_number(f, "allow_dma_violations", cfg->allow_dma_violations);
	put_number(f, "summary", cfg->summary);
	put_number(f, "seed", cfg->seed);
	put_text(f, "control", cfg->control_path);
	put_text(f, "stats", cfg->stats_path);
	put_text(f, "run_dir", cfg->run_dir);
	/* Each "pci" begins the next port. */
	for (unsigned int i = 0; i < cfg->nb_ports; i++)
		put_port(f, &cfg->port[i]);
	if (fclose(f) != 0 || text[ENV_MAX - 1] != '\0')
		ret = -ENOSPC;
	else if (setenv(TWIN_OPTS_ENV, text, 1) < 0)
		ret = -errno;
	free(text);
	return ret;
}

static bool
get_text(const char *val, char *dst, size_t size)
{
	size_t n = 0;

	for (; *val != '\0'; val++) {
		char c = *val;

		if (c == '%') {
			char hex[3] = { val[1], val[1] != '\0' ? val[2] : '\0', '\0' };
			uint64_t byte;

			if (strlen(hex) != 2 || !twin_opts_number(hex, 16, 255, &byte) || byte == 0)
				return false;
			c = (char)byte;
			val += 2;
		}
		if (n + 1 >= size)
			return false;
		dst[n++] = c;
	}
	dst[n] = '\0';
	return true;
}

static bool
get_bool(const char *val, bool *dst)
{
	uint64_t v;

	if (!twin_opts_number(val, 10, 1, &v))
		return false;
	*dst = v != 0;
	return true;
}

static bool
get_uint(const char *val, uint64_t max, unsigned int *dst)
{
	uint64_t v;

	if (!twin_opts_number(val, 10, max, &v))
		return false;
	*dst = (unsigned int)v;
	return true;
}

static bool
get_mac(const char *val, uint8_t mac[6])
{
	return strlen(val) == 17 &&
		sscanf(val, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
			&mac[3], &mac[4], &mac[5]) == 6;
}

static bool
get_general(struct twin_config *cfg, const char *key, const char *val)
{
	if (strcmp(key, "exact") == 0)
		return get_bool(val, &cfg->exact);
	if (strcmp(key, "lockstep") == 0)
		return get_bool(val, &cfg->lockstep);
	if (strcmp(key, "spin") == 0)
		return get_bool(val, &cfg->spin);
	if (strcmp(key, "allow_dma_violations") == 0)
		return get_bool(val, &cfg->allow_dma_violations);
	if (strcmp(key, "summary") == 0)
		return get_bool(val, &cfg->summary);
	if (strcmp(key, "seed") == 0)
		return twin_opts_number(val, 10, UINT64_MAX, &cfg->seed);
	if (strcmp(key, "control") == 0)
		return get_text(val, cfg->control_path, sizeof(cfg->control_path));
	if (strcmp(key, "stats") == 0)
		return get_text(val, cfg->stats_path, sizeof(cfg->stats_path));
	if (strcmp(key, "run_dir") == 0)
		return get_text(val, cfg->run_dir, sizeof(cfg->run_dir));
	return false;
}

static bool
get_port(struct twin_port_config *p, const char *key, const char *val)
{
	struct twin_wire_config *w = &p->wire;
	unsigned int v = 0;
	bool ok;

	if (strcmp(key, "pci") == 0)
		return get_text(val, p->pci_addr, sizeof(p->pci_addr));
	if (strcmp(key, "mac") == 0)
		return get_mac(val, p->mac);
	if (strcmp(key, "nvm_corrupt") == 0)
		return get_bool(val, &p->nvm_corrupt);
	if (strcmp(key, "wire_port") == 0)
		return get_uint(val, TWIN_MAX_PORTS - 1, &w->port);
	if (strcmp(key, "wire_peer") == 0)
		return get_uint(val, TWIN_MAX_PORTS - 1, &w->peer);
	if (strcmp(key, "wire_name") == 0)
		return get_text(val, w->name, sizeof(w->name));
	if (strcmp(key, "wire_rx") == 0)
		return get_text(val, w->rx_path, sizeof(w->rx_path));
	if (strcmp(key, "wire_tx") == 0)
		return get_text(val, w->tx_path, sizeof(w->tx_path));
	if (strcmp(key, "wire_repeat") == 0)
		return twin_opts_number(val, 10, UINT64_MAX, &w->repeat);
	if (strcmp(key, "wire_start") == 0)
		return get_uint(val, UINT32_MAX, &w->start_ms);
	if (strcmp(key, "wire_frames") == 0)
		return twin_opts_number(val, 10, UINT64_MAX, &w->frames);
	if (strcmp(key, "wire_flows") == 0)
		return get_uint(val, TWIN_FLOOD_MAX_FLOWS, &w->flows);
	if (strcmp(key, "wire_size") == 0)
		return get_uint(val, TWIN_FLOOD_MAX_SIZE, &w->size);
	if (strcmp(key, "device") == 0) {
		ok = get_uint(val, UINT16_MAX, &v);
		p->device_id = (uint16_t)v;
	} else if (strcmp(key, "wire") == 0) {
		ok = get_uint(val, TWIN_WIRE_FLOOD, &v);
		w->kind = (enum twin_wire_kind)v;
	} else if (strcmp(key, "fifo") == 0) {
		ok = get_uint(val, TWIN_FIFO_WAIT, &v);
		w->fifo = (enum twin_fifo_policy)v;
	} else {
		return false;
	}
	return ok;
}

/* Fields in order; false at the first that is not understood. */
static bool
get_fields(char *text, struct twin_config *cfg)
{
	struct twin_port_config *port = NULL;
	uint64_t version;
	char *field, *val;

	field = strsep(&text, " ");
	if (strncmp(field, "version=", 8) != 0 ||
		!twin_opts_number(field + 8, 10, UINT32_MAX, &version) || version != ENV_VERSION)
		return false;
	while ((field = strsep(&text, " ")) != NULL) {
		val = strchr(field, '=');
		if (val == NULL)
			return false;
		*val++ = '\0';
		if (strcmp(field, "pci") == 0) {
			if (cfg->nb_ports == TWIN_MAX_PORTS)
				return false;
			port = &cfg->port[cfg->nb_ports++];
		}
		if (port != NULL ? !get_port(port, field, val) : !get_general(cfg, field, val))
			return false;
	}
	return cfg->nb_ports > 0;
}

int
twin_opts_from_env(struct twin_config *cfg)
{
	const char *env = getenv(TWIN_OPTS_ENV);
	struct twin_config *tmp;
	char *text;
	int ret = -ENOMEM;

	if (env == NULL)
		return -ENOENT;
	text = strdup(env);
	tmp = calloc(1, sizeof(*tmp));
	if (text != NULL && tmp != NULL) {
		ret = get_fields(text, tmp) ? 0 : -EINVAL;
		if (ret == 0)
			*cfg = *tmp;
	}
	free(tmp);
	free(text);
	return ret;
}
