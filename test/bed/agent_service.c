/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The bed agent's service commands: EEPROM, module EEPROM, LEDs, and a telemetry client of its
 * own, so that a test need not be on the machine that the agent runs on.
 */

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <rte_eal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

#define MAX_EEPROM (64u << 10)
#define MAX_REPLY (64u << 10)
#define CONNECT_TRIES 100
#define CONNECT_US 20000

/* ---- EEPROM ---- */

static int
cmd_eeprom_length(struct request *c)
{
	uint16_t port = agent_port(c);
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_get_eeprom_length(port);
	if (ret >= 0)
		request_put_uint(c, "length", (uint64_t)ret);
	return request_ret(c, ret, "rte_eth_dev_get_eeprom_length");
}

/* Reads into a buffer with a guard behind it, so that a byte too many shows. */
static int
read_bytes(struct request *c, int (*get)(uint16_t, struct rte_dev_eeprom_info *), const char *call)
{
	uint16_t port = agent_port(c);
	uint32_t offset = (uint32_t)request_uint_or(c, "offset", 0, 0, UINT32_MAX);
	uint32_t length = (uint32_t)request_uint(c, "length", 0, UINT32_MAX);
	struct rte_dev_eeprom_info info = { .offset = offset, .length = length };
	const size_t room = (length < MAX_EEPROM ? length : MAX_EEPROM) + 8;
	uint8_t *data;
	int ret;

	if (request_bad(c))
		return c->bad;
	data = malloc(room);
	if (data == NULL)
		return request_fail(c, -ENOMEM, "no memory for %u bytes", length);
	memset(data, 0xa5, room);
	info.data = data;
	ret = get(port, &info);
	if (ret == 0) {
		request_put(c, "data", agent_hex(data, room - 8));
		request_put(c, "behind", agent_hex(data + room - 8, 8));
		request_put_uint(c, "magic", info.magic);
	}
	free(data);
	return request_ret(c, ret, call);
}

static int
cmd_eeprom_get(struct request *c)
{
	return read_bytes(c, rte_eth_dev_get_eeprom, "rte_eth_dev_get_eeprom");
}

static int
cmd_eeprom_set(struct request *c)
{
	uint16_t port = agent_port(c);
	uint8_t *data = malloc(MAX_EEPROM);
	struct rte_dev_eeprom_info info = { .data = data };
	int ret;

	if (data == NULL)
		return request_fail(c, -ENOMEM, "no memory");
	info.offset = (uint32_t)request_uint_or(c, "offset", 0, 0, UINT32_MAX);
	info.magic = (uint32_t)request_uint_or(c, "magic", 0, 0, UINT32_MAX);
	info.length = (uint32_t)agent_hex_or(c, "data", data, MAX_EEPROM);
	info.length = (uint32_t)request_uint_or(c, "length", info.length, 0, UINT32_MAX);
	if (request_bad(c)) {
		free(data);
		return c->bad;
	}
	ret = rte_eth_dev_set_eeprom(port, &info);
	free(data);
	return request_ret(c, ret, "rte_eth_dev_set_eeprom");
}

static int
cmd_module_info(struct request *c)
{
	uint16_t port = agent_port(c);
	struct rte_eth_dev_module_info info = { 0 };
	int ret;

	if (request_bad(c))
		return c->bad;
	ret = rte_eth_dev_get_module_info(port, &info);
	if (ret == 0) {
		request_put_uint(c, "type", info.type);
		request_put_uint(c, "length", info.eeprom_len);
	}
	return request_ret(c, ret, "rte_eth_dev_get_module_info");
}

static int
cmd_module_eeprom(struct request *c)
{
	return read_bytes(c, rte_eth_dev_get_module_eeprom, "rte_eth_dev_get_module_eeprom");
}

/* ---- LEDs ---- */

static int
cmd_led(struct request *c)
{
	uint16_t port = agent_port(c);
	bool on = request_bool(c, "on", true);

	if (request_bad(c))
		return c->bad;
	return request_ret(
		c, on ? rte_eth_led_on(port) : rte_eth_led_off(port), "rte_eth_led_on/off");
}

/* ---- telemetry ---- */

/* A new connection to this process's own socket, its greeting in `hello`; or negative errno. */
static int
telemetry_connect(char *path, size_t size, char *hello, size_t hello_size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char pattern[200];
	glob_t found;
	ssize_t n;
	int fd, ret, i;

	snprintf(pattern, sizeof(pattern), "%s/dpdk_telemetry.v2*", rte_eal_get_runtime_dir());
	ret = glob(pattern, 0, NULL, &found);
	if (ret == 0)
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	if (ret != 0)
		return -ENOENT;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (fd < 0)
		return -errno;
	/* At most ten clients at a time: one that has just gone may still count. */
	for (i = 0; i < CONNECT_TRIES; i++) {
		ret = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
		n = ret == 0 ? read(fd, hello, hello_size - 1) : -1;
		if (n > 0) {
			hello[n] = '\0';
			return fd;
		}
		if (ret == 0) {
			close(fd);
			fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		}
		usleep(CONNECT_US);
	}
	close(fd);
	return ret != 0 ? ret : -EBUSY;
}

/* Sends "query" as it is and gives the answer as text: a test may want it broken. */
static int
cmd_telemetry(struct request *c)
{
	const char *query = request_str(c, "query");
	int timeout = (int)request_uint_or(c, "timeout_ms", 20000, 1, 120000);
	char *reply, path[sizeof(((struct sockaddr_un *)0)->sun_path)] = "", hello[1024];
	struct pollfd poller;
	ssize_t n = -1;
	int fd, ret = 0;

	if (request_bad(c))
		return c->bad;
	fd = telemetry_connect(path, sizeof(path), hello, sizeof(hello));
	if (fd < 0)
		return request_fail(c, fd, "telemetry socket: %s", strerror(-fd));
	reply = malloc(MAX_REPLY);
	poller = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (reply == NULL)
		ret = request_fail(c, -ENOMEM, "no memory");
	else if (write(fd, query, strlen(query)) < 0)
		ret = request_fail(c, -errno, "telemetry: write: %s", strerror(errno));
	else if (poll(&poller, 1, timeout) != 1)
		ret = request_fail(c, -ETIMEDOUT, "telemetry: no answer in %d ms", timeout);
	else
		n = read(fd, reply, MAX_REPLY - 1);
	if (n >= 0) {
		request_put(c, "socket", json_string(path));
		request_put(c, "hello", json_string(hello));
		request_put(c, "text", json_stringn(reply, (size_t)n));
	} else if (ret == 0) {
		ret = request_fail(c, -EIO, "telemetry: read: %s", strerror(errno));
	}
	free(reply);
	close(fd);
	return ret;
}

const struct request_command agent_service_commands[] = {
	{ "eeprom_length", cmd_eeprom_length, "port" },
	{ "eeprom_get", cmd_eeprom_get, "port offset length" },
	{ "eeprom_set", cmd_eeprom_set, "port offset length magic data" },
	{ "module_info", cmd_module_info, "port" },
	{ "module_eeprom", cmd_module_eeprom, "port offset length" },
	{ "led", cmd_led, "port on" },
	{ "telemetry", cmd_telemetry, "query timeout_ms" },
	{ NULL, NULL, NULL },
};
