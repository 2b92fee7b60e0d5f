/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent: a DPDK program that does what a test tells it. One JSON object a line
 * comes in on stdin, one goes out on stdout for each; all else is said on stderr. This
 * file is the protocol: the loop, the arguments, the replies.
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
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_version.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static bool quitting;

int
agent_fail(struct agent_cmd *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	return err;
}

int
agent_ret(struct agent_cmd *c, int ret, const char *call)
{
	if (ret < 0)
		return agent_fail(c, ret, "%s: %s", call, rte_strerror(-ret));
	return ret;
}

static void
argument_error(struct agent_cmd *c, const char *key, const char *wanted)
{
	if (c->bad != 0)
		return;
	c->bad = -EINVAL;
	agent_fail(c, -EINVAL, "argument '%s': %s", key, wanted);
}

uint64_t
agent_uint_or(struct agent_cmd *c, const char *key, uint64_t def, uint64_t max)
{
	json_t *value = json_object_get(c->req, key);
	char wanted[64];

	if (value == NULL)
		return def;
	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
		(uint64_t)json_integer_value(value) <= max)
		return (uint64_t)json_integer_value(value);
	snprintf(wanted, sizeof(wanted), "a number from 0 to %" PRIu64 " is wanted", max);
	argument_error(c, key, wanted);
	return def;
}

uint64_t
agent_uint(struct agent_cmd *c, const char *key, uint64_t max)
{
	if (json_object_get(c->req, key) == NULL)
		argument_error(c, key, "is missing");
	return agent_uint_or(c, key, 0, max);
}

bool
agent_bool(struct agent_cmd *c, const char *key, bool def)
{
	json_t *value = json_object_get(c->req, key);

	if (value == NULL)
		return def;
	if (!json_is_boolean(value))
		argument_error(c, key, "true or false is wanted");
	return json_is_true(value);
}

const char *
agent_str_or(struct agent_cmd *c, const char *key, const char *def)
{
	json_t *value = json_object_get(c->req, key);

	if (value == NULL)
		return def;
	if (!json_is_string(value)) {
		argument_error(c, key, "a string is wanted");
		return def;
	}
	return json_string_value(value);
}

const char *
agent_str(struct agent_cmd *c, const char *key)
{
	if (json_object_get(c->req, key) == NULL)
		argument_error(c, key, "is missing");
	return agent_str_or(c, key, "");
}

uint16_t
agent_port(struct agent_cmd *c)
{
	uint64_t port = agent_uint(c, "port", UINT16_MAX);

	if (!agent_bad(c) && !rte_eth_dev_is_valid_port((uint16_t)port)) {
		c->bad = -ENODEV;
		agent_fail(c, -ENODEV, "there is no port %" PRIu64, port);
		return 0;
	}
	return (uint16_t)port;
}

uint16_t
agent_queue(struct agent_cmd *c)
{
	return (uint16_t)agent_uint_or(c, "queue", 0, RTE_MAX_QUEUES_PER_PORT - 1);
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
agent_hex_or(struct agent_cmd *c, const char *key, uint8_t *dst, size_t size)
{
	const char *text = agent_str_or(c, key, NULL);
	int len;

	if (text == NULL)
		return 0;
	len = agent_unhex(text, dst, size);
	if (len < 0) {
		argument_error(c, key, "an even number of hexadecimal digits is wanted, or fewer");
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

void
agent_put(struct agent_cmd *c, const char *key, json_t *value)
{
	json_object_set_new(c->rep, key, value);
}

void
agent_put_uint(struct agent_cmd *c, const char *key, uint64_t value)
{
	agent_put(c, key, json_integer((json_int_t)value));
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
agent_flags(struct agent_cmd *c, json_t *from, const char *key, const struct agent_flag *table)
{
	json_t *list = json_object_get(from, key), *item;
	uint64_t value = 0;
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_is_array(list)) {
		argument_error(c, key, "a list of names is wanted");
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
			argument_error(c, key, wanted);
			return 0;
		}
		value |= f->value;
	}
	return value;
}

/* ---- the loop ---- */

static int
cmd_ping(struct agent_cmd *c)
{
	agent_put_uint(c, "pid", (uint64_t)getpid());
	agent_put_uint(c, "uid", (uint64_t)getuid());
	agent_put_uint(c, "workers", rte_lcore_count() - 1);
	agent_put_uint(c, "lcore", rte_lcore_id());
	agent_put(c, "dpdk", json_string(rte_version()));
	return 0;
}

static int
cmd_quit(struct agent_cmd *c)
{
	(void)c;
	quitting = true;
	return 0;
}

static int cmd_help(struct agent_cmd *c);

static const struct agent_command own_commands[] = {
	{ "ping", cmd_ping, "" },
	{ "help", cmd_help, "" },
	{ "quit", cmd_quit, "" },
	{ NULL, NULL, NULL },
};

static const struct agent_command *const command_tables[] = {
	own_commands,
	agent_port_commands,
	agent_mode_commands,
	agent_info_commands,
	agent_intr_commands,
	agent_frame_commands,
	agent_bulk_commands,
};

static int
cmd_help(struct agent_cmd *c)
{
	json_t *all = json_object();

	for (size_t t = 0; t < RTE_DIM(command_tables); t++)
		for (const struct agent_command *k = command_tables[t]; k->name != NULL; k++)
			json_object_set_new(all, k->name, json_string(k->keys));
	agent_put(c, "commands", all);
	return 0;
}

static const struct agent_command *
find_command(const char *name)
{
	for (size_t t = 0; t < RTE_DIM(command_tables); t++)
		for (const struct agent_command *k = command_tables[t]; k->name != NULL; k++)
			if (strcmp(k->name, name) == 0)
				return k;
	return NULL;
}

static bool
is_word_of(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *p = words; (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static int
carry_out(struct agent_cmd *c)
{
	const char *name = agent_str(c, "cmd"), *key;
	const struct agent_command *k = find_command(name);
	json_t *value;

	if (k == NULL)
		return agent_fail(c, -EINVAL, "there is no command '%.60s'; see \"help\"", name);
	json_object_foreach(c->req, key, value) {
		if (strcmp(key, "cmd") != 0 && !is_word_of(key, k->keys))
			return agent_fail(c, -EINVAL,
				"command '%s' has no argument '%.60s', but: %s", name, key,
				k->keys);
	}
	return k->run(c);
}

/* One request line to one reply, which the caller frees. */
static json_t *
answer(const char *line)
{
	struct agent_cmd c = { .rep = json_object() };
	json_error_t why;
	int ret;

	c.req = json_loads(line, 0, &why);
	if (!json_is_object(c.req))
		ret = agent_fail(&c, -EINVAL, "no JSON object: %s", why.text);
	else
		ret = carry_out(&c);
	if (c.bad != 0)
		ret = c.bad;
	if (ret < 0) {
		agent_put(&c, "error",
			json_string(c.error[0] != '\0' ? c.error : rte_strerror(-ret)));
		agent_put_uint(&c, "errno", (uint64_t)-ret);
	}
	agent_put(&c, "ok", json_boolean(ret >= 0));
	json_decref(c.req);
	return c.rep;
}

/*
 * Replies get a stream of their own, and what libraries print on stdout goes to stderr:
 * it would break the protocol.
 */
static FILE *
take_stdout(void)
{
	int fd = dup(STDOUT_FILENO);

	if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return NULL;
	return fdopen(fd, "w");
}

static int
serve(FILE *out)
{
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	while (!quitting && getline(&line, &size, stdin) >= 0) {
		json_t *reply = answer(line);

		if (json_dumpf(reply, out, JSON_COMPACT) != 0 || fputc('\n', out) == EOF ||
			fflush(out) != 0) {
			fprintf(stderr, "oriel-bed-agent: cannot write a reply: %s\n",
				strerror(errno));
			ret = -EPIPE;
			quitting = true;
		}
		json_decref(reply);
	}
	free(line);
	return ret;
}

int
main(int argc, char **argv)
{
	FILE *out = take_stdout();
	int ret;

	if (out == NULL) {
		fprintf(stderr, "oriel-bed-agent: stdout: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		fprintf(stderr, "oriel-bed-agent: rte_eal_init: %s\n", rte_strerror(rte_errno));
		fclose(out);
		return EXIT_FAILURE;
	}
	if (ret + 1 < argc) {
		fprintf(stderr, "oriel-bed-agent: '%s': only EAL arguments are accepted\n",
			argv[ret + 1]);
		rte_eal_cleanup();
		fclose(out);
		return 2;
	}
	ret = agent_events_init();
	if (ret == 0)
		ret = serve(out);
	if (agent_bulk_stop_all()) {
		agent_ports_close();
		rte_eal_cleanup();
	} else {
		fprintf(stderr,
			"oriel-bed-agent: a worker does not end, ports are left as they are\n");
		ret = -EBUSY;
	}
	fclose(out);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
