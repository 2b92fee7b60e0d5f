/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The meter: times the bursts of whatever PMD it is given, in the protocol of
 * common/request.c. This file is the program: its options, its commands.
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
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meter.h"

unsigned int meter_cpu, meter_device_cpu;

int
meter_ret(struct request *c, int ret, const char *call, unsigned int port)
{
	if (ret < 0)
		return request_fail(c, ret, "port %u: %s: %s", port, call, rte_strerror(-ret));
	return ret;
}

unsigned int
meter_choice(struct request *c, const char *key, unsigned int def, const char *const *names)
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
	request_argument_error(c, key, wanted);
	return def;
}

int
meter_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : -errno;
}

/* ---- commands ---- */

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
cmd_hello(struct request *c)
{
	const struct twin_config *twin = meter_twin();
	struct rte_eth_dev_info info = { 0 };
	uint16_t nb = rte_eth_dev_count_avail();
	int ret = 0;

	if (nb > 0)
		ret = rte_eth_dev_info_get(0, &info);
	if (ret != 0)
		return meter_ret(c, ret, "rte_eth_dev_info_get", 0);
	request_put(c, "driver", json_string(info.driver_name != NULL ? info.driver_name : ""));
	request_put_uint(c, "ports", nb);
	request_put_uint(c, "tsc_hz", rte_get_tsc_hz());
	request_put(c, "iova", json_string(rte_eal_iova_mode() == RTE_IOVA_VA ? "va" : "pa"));
	request_put(c, "hugepages", json_boolean(rte_eal_has_hugepages()));
	request_put(c, "twin",
		json_string(twin == NULL       ? "none" :
				twin->lockstep ? "lockstep" :
						 "free"));
	request_put(c, "exact", json_boolean(twin != NULL && twin->exact));
	request_put(c, "cpu", cpu_model());
	request_put(c, "dpdk", json_string(rte_version()));
	request_put_uint(c, "pid", (uint64_t)getpid());
	return 0;
}

static const struct request_command commands[] = {
	{ "hello", cmd_hello, "" },
	{ "setup", meter_cmd_setup,
		"ports queues ring rx_offloads tx_offloads mtu data_room limit" },
	{ "sample", meter_cmd_sample, "what burst frames device flush millis batch" },
	{ "counts", meter_cmd_counts, "burst frames packets" },
	{ "verify", meter_cmd_verify, "frames packets burst limit" },
	{ "forward", meter_cmd_forward, "burst lcores millis frames" },
	{ NULL, NULL, NULL },
};

static const struct request_command *const command_tables[] = { commands, NULL };

/* ---- the program ---- */

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
	struct request_server server = { .program = "oriel-meter", .tables = command_tables };
	int ret = request_init(&server, argc, argv);

	if (ret < 0)
		return EXIT_FAILURE;
	if (read_options(argc - ret, argv + ret) < 0) {
		rte_eal_cleanup();
		fclose(server.out);
		return 2;
	}
	ret = meter_pin(meter_cpu);
	if (ret < 0)
		fprintf(stderr, "oriel-meter: --cpu %u: %s\n", meter_cpu, strerror(-ret));
	if (ret == 0)
		ret = meter_device_init();
	if (ret == 0) {
		meter_sample_init();
		ret = request_serve(&server);
	}
	meter_ports_stop();
	rte_eal_cleanup();
	fclose(server.out);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
