/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * What the bed agent and the meter have in common: a DPDK program that carries out requests,
 * one JSON object a line. A request as a command sees it, and the server around it.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct request_server;

/** One request and the reply that grows while it is carried out. */
struct request {
	const struct request_server *server;
	json_t *req;	 /* the request, an object */
	json_t *rep;	 /* the reply, an object */
	bool last;	 /* set by a command: the program ends after this reply */
	int bad;	 /* first argument error, negative errno, or 0 */
	char error[512]; /* what went wrong, said to who asked */
};

struct request_command {
	const char *name;
	int (*run)(struct request *c); /* 0 or negative errno */
	const char *keys;	       /* arguments, separated by blanks */
};

/** A program and what it can do. */
struct request_server {
	const char *program; /* its name, for what it says on stderr */
	/** Ends with NULL, each of the tables with a name of NULL. */
	const struct request_command *const *tables;
	FILE *out; /* for replies, set by request_init() */
};

/* ---- the server ---- */

/**
 * Takes stdout for the replies alone and starts EAL. The number of arguments that EAL took;
 * or -1, the error said and nothing left to close.
 */
int request_init(struct request_server *s, int argc, char **argv);
/** Answers until the input ends or a command says so; 0, or a negative errno and the error said. */
int request_serve(const struct request_server *s);
/** A command for the tables of those who want it: all commands and their arguments. */
int request_help(struct request *c);

/* ---- arguments. The first error sticks; ask request_bad() before acting ---- */

/** Notes an error for the reply and returns err, a negative errno. */
int request_fail(struct request *c, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** For what DPDK returned: 0 or more stays, an error gets its text with the call's name. */
int request_ret(struct request *c, int ret, const char *call);

/** Notes that the argument key is not what is wanted, unless an error is there already. */
void request_argument_error(struct request *c, const char *key, const char *wanted);

static inline bool
request_bad(const struct request *c)
{
	return c->bad != 0;
}

/* Without "or" the argument must be there. */
uint64_t request_uint(struct request *c, const char *key, uint64_t min, uint64_t max);
uint64_t request_uint_or(
	struct request *c, const char *key, uint64_t def, uint64_t min, uint64_t max);
bool request_bool(struct request *c, const char *key, bool def);
const char *request_str(struct request *c, const char *key);
const char *request_str_or(struct request *c, const char *key, const char *def);

/* ---- the reply ---- */

/** Puts a value into the reply; takes the reference. */
void request_put(struct request *c, const char *key, json_t *value);
void request_put_uint(struct request *c, const char *key, uint64_t value);

#endif /* REQUEST_H */
