/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The protocol of the bed agent and the meter: one JSON object a line comes in on stdin, one
 * goes out on stdout for each; all else is said on stderr.
 *
 *   {"cmd":"NAME","argument":7}   ->  {"ok":true,...}
 *                                 or  {"ok":false,"error":"...","errno":19}
 */

#include <errno.h>
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"

/* ---- arguments ---- */

int
request_fail(struct request *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	return err;
}

int
request_ret(struct request *c, int ret, const char *call)
{
	if (ret < 0)
		return request_fail(c, ret, "%s: %s", call, rte_strerror(-ret));
	return ret;
}

void
request_argument_error(struct request *c, const char *key, const char *wanted)
{
	if (c->bad != 0)
		return;
	c->bad = -EINVAL;
	request_fail(c, -EINVAL, "argument '%s': %s", key, wanted);
}

uint64_t
request_uint_or(struct request *c, const char *key, uint64_t def, uint64_t min, uint64_t max)
{
	json_t *value = json_object_get(c->req, key);
	char wanted[96];

	if (value == NULL)
		return def;
	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
		(uint64_t)json_integer_value(value) >= min &&
		(uint64_t)json_integer_value(value) <= max)
		return (uint64_t)json_integer_value(value);
	snprintf(wanted, sizeof(wanted), "a number from %" PRIu64 " to %" PRIu64 " is wanted", min,
		max);
	request_argument_error(c, key, wanted);
	return def;
}

uint64_t
request_uint(struct request *c, const char *key, uint64_t min, uint64_t max)
{
	if (json_object_get(c->req, key) == NULL)
		request_argument_error(c, key, "is missing");
	return request_uint_or(c, key, 0, min, max);
}

bool
request_bool(struct request *c, const char *key, bool def)
{
	json_t *value = json_object_get(c->req, key);

	if (value == NULL)
		return def;
	if (!json_is_boolean(value))
		request_argument_error(c, key, "true or false is wanted");
	return json_is_true(value);
}

const char *
request_str_or(struct request *c, const char *key, const char *def)
{
	json_t *value = json_object_get(c->req, key);

	if (value == NULL)
		return def;
	if (!json_is_string(value)) {
		request_argument_error(c, key, "a string is wanted");
		return def;
	}
	return json_string_value(value);
}

const char *
request_str(struct request *c, const char *key)
{
	if (json_object_get(c->req, key) == NULL)
		request_argument_error(c, key, "is missing");
	return request_str_or(c, key, "");
}

/* ---- the reply ---- */

void
request_put(struct request *c, const char *key, json_t *value)
{
	json_object_set_new(c->rep, key, value);
}

void
request_put_uint(struct request *c, const char *key, uint64_t value)
{
	request_put(c, key, json_integer((json_int_t)value));
}

/* ---- commands ---- */

int
request_help(struct request *c)
{
	json_t *all = json_object();

	for (const struct request_command *const *t = c->server->tables; *t != NULL; t++)
		for (const struct request_command *k = *t; k->name != NULL; k++)
			json_object_set_new(all, k->name, json_string(k->keys));
	request_put(c, "commands", all);
	return 0;
}

static const struct request_command *
find_command(const struct request_server *s, const char *name)
{
	for (const struct request_command *const *t = s->tables; *t != NULL; t++)
		for (const struct request_command *k = *t; k->name != NULL; k++)
			if (strcmp(k->name, name) == 0)
				return k;
	return NULL;
}

static bool
is_word_of(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *p = words; len > 0 && (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static int
carry_out(struct request *c)
{
	const char *name = request_str(c, "cmd"), *key;
	const struct request_command *k = find_command(c->server, name);
	json_t *value;

	if (request_bad(c))
		return c->bad;
	if (k == NULL)
		return request_fail(c, -EINVAL, "there is no command '%.60s'%s", name,
			find_command(c->server, "help") != NULL ? "; see \"help\"" : "");
	json_object_foreach(c->req, key, value) {
		if (strcmp(key, "cmd") != 0 && !is_word_of(key, k->keys))
			return request_fail(c, -EINVAL,
				"command '%s' has no argument '%.60s', but: %s", name, key,
				k->keys);
	}
	return k->run(c);
}

/* ---- the server ---- */

/* One request line to one reply, which the caller frees; true if it is the last one. */
static bool
answer(const struct request_server *s, const char *line, json_t **reply)
{
	struct request c = { .server = s, .rep = json_object() };
	json_error_t why;
	int ret;

	c.req = json_loads(line, 0, &why);
	if (!json_is_object(c.req))
		ret = request_fail(&c, -EINVAL, "no JSON object: %s", why.text);
	else
		ret = carry_out(&c);
	if (c.bad != 0)
		ret = c.bad;
	if (ret < 0) {
		request_put(&c, "error",
			json_string(c.error[0] != '\0' ? c.error : rte_strerror(-ret)));
		request_put_uint(&c, "errno", (uint64_t)-ret);
	}
	request_put(&c, "ok", json_boolean(ret >= 0));
	json_decref(c.req);
	*reply = c.rep;
	return c.last;
}

int
request_serve(const struct request_server *s)
{
	bool last = false;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	while (ret == 0 && !last && getline(&line, &size, stdin) >= 0) {
		json_t *reply;

		last = answer(s, line, &reply);
		if (json_dumpf(reply, s->out, JSON_COMPACT) != 0 || fputc('\n', s->out) == EOF ||
			fflush(s->out) != 0) {
			fprintf(stderr, "%s: cannot write a reply: %s\n", s->program,
				strerror(errno));
			ret = -EPIPE;
		}
		json_decref(reply);
	}
	free(line);
	return ret;
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

int
request_init(struct request_server *s, int argc, char **argv)
{
	int ret;

	s->out = take_stdout();
	if (s->out == NULL) {
		fprintf(stderr, "%s: stdout: %s\n", s->program, strerror(errno));
		return -1;
	}
	signal(SIGPIPE, SIG_IGN);
	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		fprintf(stderr, "%s: rte_eal_init: %s\n", s->program, rte_strerror(rte_errno));
		fclose(s->out);
	}
	return ret;
}
