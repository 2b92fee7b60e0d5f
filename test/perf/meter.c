/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The meter: times the bursts of whatever PMD it is given. One JSON object a line comes in
 * on stdin, one goes out on stdout for each; all else is said on stderr. This file is the
 * protocol: the loop, the arguments, the replies.
 *
 *   oriel-meter [EAL arguments] -- [--cpu N] [--device-cpu M]
 *   {"cmd":"hello"}
 *   {"cmd":"setup","ring":512,"tx_offloads":["MBUF_FAST_FREE"]}
 *   {"cmd":"sample","what":"rxtx","burst":32}
 *
 * The end of the input ends it.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meter.h"

unsigned int meter_cpu, meter_device_cpu;

/* ---- arguments ---- */

int
meter_fail(struct meter_cmd *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	return err;
}

int
meter_ret(struct meter_cmd *c, int ret, const char *call, unsigned int port)
{
	if (ret < 0)
		return meter_fail(c, ret, "port %u: %s: %s", port, call, rte_strerror(-ret));
	return ret;
}

static void
argument_error(struct meter_cmd *c, const char *key, const char *wanted)
{
	if (c->bad != 0)
		return;
	c->bad = -EINVAL;
	meter_fail(c, -EINVAL, "argument '%s': %s", key, wanted);
}

uint64_t
meter_uint_or(struct meter_cmd *c, const char *key, uint64_t def, uint64_t min, uint64_t max)
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
	argument_error(c, key, wanted);
	return def;
}

bool
meter_bool(struct meter_cmd *c, const char *key, bool def)
{
	json_t *value = json_object_get(c->req, key);

	if (value == NULL)
		return def;
	if (!json_is_boolean(value))
		argument_error(c, key, "true or false is wanted");
	return json_is_true(value);
}

unsigned int
meter_choice(struct meter_cmd *c, const char *key, unsigned int def, const char *const *names)
{
	json_t *value = json_object_get(c->req, key);
	const char *text = json_string_value(value);
	char wanted[256];
	size_t len;

	if (value == NULL)
		return def;
	for (unsigned int i = 0; text != NULL && names[i] != NULL; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	len = (size_t)snprintf(wanted, sizeof(wanted),
		"'%.40s', accepted are:", text != NULL ? text : "(no string)");
	for (unsigned int i = 0; names[i] != NULL && len < sizeof(wanted); i++)
		len += (size_t)snprintf(wanted + len, sizeof(wanted) - len, " %s", names[i]);
	argument_error(c, key, wanted);
	return def;
}

void
meter_put(struct meter_cmd *c, const char *key, json_t *value)
{
	json_object_set_new(c->rep, key, value);
}

void
meter_put_uint(struct meter_cmd *c, const char *key, uint64_t value)
{
	meter_put(c, key, json_integer((json_int_t)value));
}

int
meter_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : -errno;
}

/* ---- the loop ---- */

/* The value of the first line of /proc/cpuinfo that begins so. */
static json_t *
cpu_model(void)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256] = "";
	json_t *name = NULL;

	while (f != NULL && name == NULL && fgets(line, sizeof(line), f) != NULL) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = json_string(colon + strspn(colon, ": \t"));
	}
	if (f != NULL)
		fclose(f);
	return name != NULL ? name : json_string("");
}

static int
cmd_hello(struct meter_cmd *c)
{
	const struct twin_config *twin = meter_twin();
	struct rte_eth_dev_info info = { 0 };
	uint16_t nb = rte_eth_dev_count_avail();
	int ret = 0;

	if (nb > 0)
		ret = rte_eth_dev_info_get(0, &info);
	if (ret != 0)
		return meter_ret(c, ret, "rte_eth_dev_info_get", 0);
	meter_put(c, "driver", json_string(info.driver_name != NULL ? info.driver_name : ""));
	meter_put_uint(c, "ports", nb);
	meter_put_uint(c, "tsc_hz", rte_get_tsc_hz());
	meter_put(c, "iova", json_string(rte_eal_iova_mode() == RTE_IOVA_VA ? "va" : "pa"));
	meter_put(c, "hugepages", json_boolean(rte_eal_has_hugepages()));
	meter_put(c, "twin",
		json_string(twin == NULL       ? "none" :
				twin->lockstep ? "lockstep" :
						 "free"));
	meter_put(c, "exact", json_boolean(twin != NULL && twin->exact));
	meter_put(c, "cpu", cpu_model());
	meter_put(c, "dpdk", json_string(rte_version()));
	meter_put_uint(c, "pid", (uint64_t)getpid());
	return 0;
}

static const struct meter_command commands[] = {
	{ "hello", cmd_hello, "" },
	{ "setup", meter_cmd_setup,
		"ports queues ring rx_offloads tx_offloads mtu data_room limit" },
	{ "sample", meter_cmd_sample, "what burst frames device flush millis batch" },
	{ "counts", meter_cmd_counts, "burst frames packets" },
	{ "verify", meter_cmd_verify, "frames packets burst limit" },
	{ "forward", meter_cmd_forward, "burst lcores millis frames" },
	{ NULL, NULL, NULL },
};

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
carry_out(struct meter_cmd *c)
{
	const char *name = json_string_value(json_object_get(c->req, "cmd")), *key;
	const struct meter_command *k = commands;
	json_t *value;

	if (name == NULL)
		return meter_fail(c, -EINVAL, "argument 'cmd' is missing");
	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	if (k->name == NULL)
		return meter_fail(c, -EINVAL, "there is no command '%.60s'", name);
	json_object_foreach(c->req, key, value) {
		if (strcmp(key, "cmd") != 0 && !is_word_of(key, k->keys))
			return meter_fail(c, -EINVAL,
				"command '%s' has no argument '%.60s', but: %s", name, key,
				k->keys);
	}
	return k->run(c);
}

/* One request line to one reply, which the caller frees. */
static json_t *
answer(const char *line)
{
	struct meter_cmd c = { .rep = json_object() };
	json_error_t why;
	int ret;

	c.req = json_loads(line, 0, &why);
	if (!json_is_object(c.req))
		ret = meter_fail(&c, -EINVAL, "no JSON object: %s", why.text);
	else
		ret = carry_out(&c);
	if (c.bad != 0)
		ret = c.bad;
	if (ret < 0)
		meter_put(&c, "error",
			json_string(c.error[0] != '\0' ? c.error : rte_strerror(-ret)));
	meter_put(&c, "ok", json_boolean(ret >= 0));
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

	while (ret == 0 && getline(&line, &size, stdin) >= 0) {
		json_t *reply = answer(line);

		if (json_dumpf(reply, out, JSON_COMPACT) != 0 || fputc('\n', out) == EOF ||
			fflush(out) != 0) {
			fprintf(stderr, "oriel-meter: cannot write a reply: %s\n", strerror(errno));
			ret = -EPIPE;
		}
		json_decref(reply);
	}
	free(line);
	return ret;
}

static int
read_cpu(const char *option, const char *text, unsigned int *cpu)
{
	long nb = sysconf(_SC_NPROCESSORS_ONLN);
	char *end;
	long val = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || val < 0 || val >= nb || val >= CPU_SETSIZE) {
		fprintf(stderr, "oriel-meter: %s %s: accepted are the CPUs 0 to %ld\n", option,
			text, nb - 1);
		return -1;
	}
	*cpu = (unsigned int)val;
	return 0;
}

/* The arguments behind "--". */
static int
read_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "device-cpu", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	bool device = false;
	int opt;

	meter_cpu = (unsigned int)RTE_MAX(sched_getcpu(), 0);
	optind = 1;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?' ||
			read_cpu(opt == 'c' ? "--cpu" : "--device-cpu", optarg,
				opt == 'c' ? &meter_cpu : &meter_device_cpu) < 0)
			return -1;
		device = device || opt == 'd';
	}
	if (optind < argc) {
		fprintf(stderr,
			"oriel-meter: '%s': accepted are --cpu N and --device-cpu M behind --\n",
			argv[optind]);
		return -1;
	}
	if (!device)
		meter_device_cpu = meter_cpu == 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
	return 0;
}

int
main(int argc, char **argv)
{
	FILE *out = take_stdout();
	int ret;

	if (out == NULL) {
		fprintf(stderr, "oriel-meter: stdout: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		fprintf(stderr, "oriel-meter: rte_eal_init: %s\n", rte_strerror(rte_errno));
		fclose(out);
		return EXIT_FAILURE;
	}
	if (read_options(argc - ret, argv + ret) < 0) {
		rte_eal_cleanup();
		fclose(out);
		return 2;
	}
	ret = meter_pin(meter_cpu);
	if (ret < 0)
		fprintf(stderr, "oriel-meter: --cpu %u: %s\n", meter_cpu, strerror(-ret));
	if (ret == 0)
		ret = meter_device_init();
	if (ret == 0) {
		meter_sample_init();
		ret = serve(out);
	}
	meter_ports_stop();
	rte_eal_cleanup();
	fclose(out);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
