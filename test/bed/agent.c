/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent: a DPDK program that does what a test tells it, in the protocol of
 * common/request.c. This file is the program, and the arguments that many commands have.
 *
 *   oriel-bed-agent [EAL arguments]
 *   {"cmd":"ports"}            ->  {"ok":true,"ports":[...]}
 *   {"cmd":"start","port":7}   ->  {"ok":false,"error":"...","errno":19}
 *
 * "quit" or the end of the input ends it.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

uint16_t
agent_port(struct request *c)
{
	uint64_t port = request_uint(c, "port", 0, UINT16_MAX);

	if (!request_bad(c) && !rte_eth_dev_is_valid_port((uint16_t)port)) {
		c->bad = -ENODEV;
		request_fail(c, -ENODEV, "there is no port %" PRIu64, port);
		return 0;
	}
	return (uint16_t)port;
}

uint16_t
agent_queue(struct request *c)
{
	return (uint16_t)request_uint_or(c, "queue", 0, 0, RTE_MAX_QUEUES_PER_PORT - 1);
}

static int
hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch = (char)tolower((unsigned char)ch);
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

int
agent_unhex(const char *hex, uint8_t *dst, size_t size)
{
	size_t len = strlen(hex);

	if (len % 2 != 0 || len / 2 > size)
		return -EINVAL;
	for (size_t i = 0; i < len / 2; i++) {
		int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		dst[i] = (uint8_t)(hi << 4 | lo);
	}
	return (int)(len / 2);
}

size_t
agent_hex_or(struct request *c, const char *key, uint8_t *dst, size_t size)
{
	const char *text = request_str_or(c, key, NULL);
	int len;

	if (text == NULL)
		return 0;
	len = agent_unhex(text, dst, size);
	if (len < 0) {
		request_argument_error(
			c, key, "an even number of hexadecimal digits is wanted, or fewer");
		return 0;
	}
	return (size_t)len;
}

json_t *
agent_hex(const uint8_t *src, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * len + 1);
	json_t *value;

	if (text == NULL)
		return json_null();
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[src[i] >> 4];
		text[2 * i + 1] = digits[src[i] & 15];
	}
	value = json_stringn(text, 2 * len);
	free(text);
	return value;
}

json_t *
agent_flags_to_json(const struct agent_flag *table, uint64_t value)
{
	json_t *list = json_array();
	char rest[24];

	for (; table->name != NULL; table++) {
		if ((value & table->value) == table->value) {
			json_array_append_new(list, json_string(table->name));
			value &= ~table->value;
		}
	}
	if (value != 0) {
		snprintf(rest, sizeof(rest), "%#" PRIx64, value);
		json_array_append_new(list, json_string(rest));
	}
	return list;
}

uint64_t
agent_flags(struct request *c, json_t *from, const char *key, const struct agent_flag *table)
{
	json_t *list = json_object_get(from, key), *item;
	uint64_t value = 0;
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_is_array(list)) {
		request_argument_error(c, key, "a list of names is wanted");
		return 0;
	}
	json_array_foreach(list, i, item)
	{
		const char *name = json_is_string(item) ? json_string_value(item) : "";
		const struct agent_flag *f = table;

		while (f->name != NULL && strcmp(f->name, name) != 0)
			f++;
		if (f->name == NULL) {
			char wanted[128];

			snprintf(wanted, sizeof(wanted), "'%.80s' is no name of it", name);
			request_argument_error(c, key, wanted);
			return 0;
		}
		value |= f->value;
	}
	return value;
}

/* ---- the program ---- */

static int
cmd_ping(struct request *c)
{
	request_put_uint(c, "pid", (uint64_t)getpid());
	request_put_uint(c, "uid", (uint64_t)getuid());
	request_put_uint(c, "workers", rte_lcore_count() - 1);
	request_put_uint(c, "lcore", rte_lcore_id());
	request_put(c, "dpdk", json_string(rte_version()));
	return 0;
}

static int
cmd_quit(struct request *c)
{
	c->last = true;
	return 0;
}

static const struct request_command own_commands[] = {
	{ "ping", cmd_ping, "" },
	{ "help", request_help, "" },
	{ "quit", cmd_quit, "" },
	{ NULL, NULL, NULL },
};

static const struct request_command *const command_tables[] = {
	own_commands,
	agent_port_commands,
	agent_mode_commands,
	agent_info_commands,
	agent_intr_commands,
	agent_flow_commands,
	agent_frame_commands,
	agent_bulk_commands,
	agent_service_commands,
	agent_rss_commands,
	agent_watch_commands,
	agent_offload_commands,
	agent_queue_commands,
	agent_link_commands,
	agent_time_commands,
	NULL,
};

int
main(int argc, char **argv)
{
	struct request_server server = { .program = "oriel-bed-agent", .tables = command_tables };
	int ret = request_init(&server, argc, argv);

	if (ret < 0)
		return EXIT_FAILURE;
	if (ret + 1 < argc) {
		fprintf(stderr, "oriel-bed-agent: '%s': only EAL arguments are accepted\n",
			argv[ret + 1]);
		rte_eal_cleanup();
		fclose(server.out);
		return 2;
	}
	ret = agent_events_init();
	if (ret == 0)
		ret = request_serve(&server);
	if (agent_bulk_stop_all()) {
		agent_ports_close();
		rte_eal_cleanup();
	} else {
		fprintf(stderr,
			"oriel-bed-agent: a worker does not end, ports are left as they are\n");
		ret = -EBUSY;
	}
	fclose(server.out);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
