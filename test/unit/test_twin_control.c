/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests test/twin/control.c and control_cmd.c: every command, every refusal, and bad clients. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "../twin/control.h"
#include "../twin/twin.h"

struct twin_config twin_cfg;
struct twin_port twin_ports[TWIN_MAX_PORTS];

/* What the device was told, and whether the lock was held as it must be. */
static struct {
	pthread_mutex_t lock;
	bool held;
	unsigned int kicks, faults;
	int cable, partner, unplugged, played, inject_ret, unplug_ret;
	bool request;
	int fault_port, fault_ret;
	enum twin_fault fault;
	uint32_t fault_queues;
	bool fault_on;
	unsigned int step_port, step_rx, step_tx;
	unsigned int clock_port;
	int32_t clock_ppb;
	uint64_t now;
	uint8_t frame[TWIN_MAX_FRAME];
	uint32_t frame_len;
	char log[256];
} dev = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct twin_counters counters[TWIN_MAX_PORTS];
static uint32_t regs[TWIN_BAR0_SIZE / 4];
static char dir[64];

void
twin_lock(void)
{
	pthread_mutex_lock(&dev.lock);
	dev.held = true;
}

void
twin_unlock(void)
{
	dev.held = false;
	pthread_mutex_unlock(&dev.lock);
}

void
twin_kick(void)
{
	dev.kicks++;
}

void
twin_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(dev.log, sizeof(dev.log), fmt, ap);
	va_end(ap);
}

uint64_t
twin_now_ns(void)
{
	return ++dev.now;
}

uint64_t
twin_model_set_clock(struct twin_port *p, const int32_t *ppb)
{
	dev.faults += !dev.held;
	dev.clock_port = p->index;
	dev.clock_ppb = ppb != NULL ? *ppb : 1;
	dev.now += 10;
	return UINT64_MAX;
}

void
twin_model_set_cable(struct twin_port *p, bool plugged)
{
	dev.faults += !dev.held;
	dev.cable = (int)p->index * 2 + plugged;
}

void
twin_model_set_partner(struct twin_port *p, bool pause, bool asym_pause)
{
	dev.faults += !dev.held;
	dev.partner = (int)p->index * 4 + pause * 2 + asym_pause;
}

/* These take the lock themselves. */
int
twin_unplug(unsigned int port, bool request)
{
	dev.faults += dev.held;
	dev.unplugged = (int)port;
	dev.request = request;
	return dev.unplug_ret;
}

int
twin_fault(unsigned int port, enum twin_fault kind, uint32_t queues, bool on)
{
	dev.faults += dev.held;
	dev.fault_port = (int)port;
	dev.fault = kind;
	dev.fault_queues = queues;
	dev.fault_on = on;
	return dev.fault_ret;
}

unsigned int
twin_step(unsigned int port, unsigned int rx, unsigned int tx)
{
	dev.faults += dev.held;
	dev.step_port = port;
	dev.step_rx = rx;
	dev.step_tx = tx;
	return rx + tx;
}

int
twin_wire_inject(struct twin_port *p, const void *frame, uint32_t len)
{
	dev.faults += !dev.held || p->index >= twin_cfg.nb_ports;
	if (dev.inject_ret == 0) {
		memcpy(dev.frame, frame, len);
		dev.frame_len = len;
	}
	return dev.inject_ret;
}

int
twin_wire_play(struct twin_port *p)
{
	dev.faults += !dev.held;
	dev.played = (int)p->index;
	return p->index == 0 ? -ENOTSUP : 0;
}

static int
setup(void **state)
{
	(void)state;
	memset(&twin_cfg, 0, sizeof(twin_cfg));
	memset(twin_ports, 0, sizeof(twin_ports));
	memset(counters, 0, sizeof(counters));
	strcpy(dir, "/tmp/oriel-control-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(twin_cfg.control_path, sizeof(twin_cfg.control_path), "%s/s", dir);
	twin_cfg.nb_ports = 3;
	twin_cfg.lockstep = true;
	for (unsigned int i = 0; i < 3; i++) {
		twin_ports[i].index = i;
		twin_ports[i].cfg = &twin_cfg.port[i];
		twin_ports[i].cnt = &counters[i];
		twin_ports[i].regs = regs;
		snprintf(twin_cfg.port[i].pci_addr, 16, "0000:%02x:00.0", i + 1);
	}
	for (uint32_t i = 0; i < TWIN_BAR0_SIZE / 4; i++)
		regs[i] = 0xa0000000u + 4 * i;
	counters[1].rx[0].frames = 42;
	counters[1].dma_violations = 1;
	counters[1].violation[0].iova = 0xdead0000;
	dev.kicks = dev.faults = 0;
	dev.cable = dev.partner = dev.unplugged = dev.fault_port = -1;
	dev.fault_ret = 0;
	dev.inject_ret = dev.unplug_ret = 0;
	dev.log[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	twin_control_stop();
	unlink(twin_cfg.control_path);
	return rmdir(dir) == 0 && dev.faults == 0 ? 0 : -1;
}

static int
connect_client(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sa.sun_path, twin_cfg.control_path, sizeof(sa.sun_path) - 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void
send_text(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		assert_true(n > 0);
		text += n;
		len -= (size_t)n;
	}
}

/* One line from the socket, parsed; NULL at its end. */
static json_t *
read_reply(int fd)
{
	static char line[1 << 20];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	json_error_t err;
	json_t *reply;
	size_t n = 0;

	for (;;) {
		assert_true(n < sizeof(line));
		assert_int_equal(poll(&pfd, 1, 10000), 1);
		if (recv(fd, line + n, 1, 0) != 1) {
			assert_int_equal(n, 0);
			return NULL;
		}
		if (line[n] == '\n')
			break;
		n++;
	}
	reply = json_loadb(line, n, JSON_REJECT_DUPLICATES, &err);
	if (reply == NULL)
		fail_msg("reply is not JSON: %.*s", (int)n, line);
	return reply;
}

static json_t *
command(const char *text)
{
	char *line = twin_control_command(text, strlen(text));
	json_error_t err;
	json_t *reply;

	assert_non_null(line);
	assert_int_equal(strcspn(line, "\n") + 1, strlen(line));
	reply = json_loads(line, JSON_REJECT_DUPLICATES, &err);
	assert_non_null(reply);
	free(line);
	return reply;
}

static json_t *
done(const char *text)
{
	json_t *reply = command(text);

	if (!json_is_true(json_object_get(reply, "ok")))
		fail_msg("%s: %s", text, json_string_value(json_object_get(reply, "error")));
	return reply;
}

static void
is_error(json_t *reply, const char *words)
{
	const char *error = json_string_value(json_object_get(reply, "error"));

	assert_true(json_is_false(json_object_get(reply, "ok")));
	if (error == NULL || strstr(error, words) == NULL)
		fail_msg("no '%s' in: %s", words, error != NULL ? error : "(nothing)");
	json_decref(reply);
}

static json_int_t
num(const json_t *obj, const char *key)
{
	assert_true(json_is_integer(json_object_get(obj, key)));
	return json_integer_value(json_object_get(obj, key));
}

static void
test_counters_and_violations(void **state)
{
	json_t *reply = done("{\"cmd\":\"counters\"}"), *p;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(reply, "ports")), 3);
	p = json_array_get(json_object_get(reply, "ports"), 1);
	assert_int_equal(num(json_object_get(p, "rx"), "frames"), 42);
	json_decref(reply);
	reply = done("{\"cmd\":\"counters\",\"port\":1}");
	assert_int_equal(json_array_size(json_object_get(reply, "ports")), 1);
	p = json_array_get(json_object_get(reply, "ports"), 0);
	assert_int_equal(num(p, "port"), 1);
	json_decref(reply);
	reply = done("{\"cmd\":\"violations\"}");
	assert_int_equal(num(reply, "total"), 1);
	p = json_array_get(json_object_get(reply, "violations"), 0);
	assert_int_equal(num(p, "port"), 1);
	assert_string_equal(json_string_value(json_object_get(p, "iova")), "0xdead0000");
	json_decref(reply);
	reply = done("{\"cmd\":\"violations\",\"port\":0}");
	assert_int_equal(num(reply, "total"), 0);
	json_decref(reply);
}

static void
test_clock(void **state)
{
	json_t *reply = done("{\"cmd\":\"clock\",\"port\":2,\"ppb\":-100000000}");

	(void)state;
	assert_int_equal(dev.clock_port, 2);
	assert_int_equal(dev.clock_ppb, -100000000);
	assert_string_equal(
		json_string_value(json_object_get(reply, "systim")), "18446744073709551615");
	assert_int_equal(json_integer_value(json_object_get(reply, "after_ns")),
		json_integer_value(json_object_get(reply, "before_ns")) + 11);
	json_decref(reply);
	/* Read only. */
	json_decref(done("{\"cmd\":\"clock\",\"port\":0}"));
	assert_int_equal(dev.clock_port, 0);
	assert_int_equal(dev.clock_ppb, 1);
}

static void
test_link_unplug_step(void **state)
{
	json_t *reply;

	(void)state;
	json_decref(done("{\"cmd\":\"link\",\"port\":1,\"up\":false}"));
	assert_int_equal(dev.cable, 2);
	json_decref(done("{\"cmd\":\"link\",\"port\":2,\"up\":true}"));
	assert_int_equal(dev.cable, 5);
	assert_int_equal(dev.partner, -1);
	assert_int_equal(dev.kicks, 2);
	for (int i = 0; i < 4; i++) {
		static const char *const pause[] = { "none", "asym", "pause", "both" };
		char line[96];

		snprintf(line, sizeof(line),
			"{\"cmd\":\"link\",\"port\":1,\"up\":true,\"pause\":\"%s\"}", pause[i]);
		json_decref(done(line));
		assert_int_equal(dev.partner, 4 + i);
		assert_int_equal(dev.cable, 3);
	}
	dev.kicks = 2;
	json_decref(done("{\"cmd\":\"unplug\",\"port\":2,\"kind\":\"request\"}"));
	assert_int_equal(dev.unplugged, 2);
	assert_true(dev.request);
	json_decref(done("{\"cmd\":\"unplug\",\"port\":0,\"kind\":\"surprise\"}"));
	assert_int_equal(dev.unplugged, 0);
	assert_false(dev.request);
	dev.unplug_ret = -ENODEV;
	is_error(
		command("{\"cmd\":\"unplug\",\"port\":0,\"kind\":\"surprise\"}"), "No such device");

	reply = done("{\"cmd\":\"step\",\"port\":1,\"rx\":3,\"tx\":4}");
	assert_int_equal(num(reply, "moved"), 7);
	json_decref(reply);
	assert_int_equal(dev.step_port, 1);
	assert_int_equal(dev.step_rx, 3);
	assert_int_equal(dev.step_tx, 4);
	json_decref(done("{\"cmd\":\"step\",\"port\":0,\"tx\":1}"));
	assert_int_equal(dev.step_rx, 0);
	assert_int_equal(dev.step_tx, 1);
	twin_cfg.lockstep = false;
	is_error(command("{\"cmd\":\"step\",\"port\":1,\"rx\":3}"), "--lockstep");
}

static void
test_fault(void **state)
{
	static const struct {
		const char *text;
		enum twin_fault kind;
		uint32_t queues;
		bool on;
	} table[] = {
		{ "{\"cmd\":\"fault\",\"port\":1,\"kind\":\"tx-hang\"}", TWIN_FAULT_TX_HANG, 0xffff,
			true },
		{ "{\"cmd\":\"fault\",\"port\":1,\"kind\":\"tx-hang\",\"queues\":5,\"on\":false}",
			TWIN_FAULT_TX_HANG, 5, false },
		{ "{\"cmd\":\"fault\",\"port\":1,\"kind\":\"dma\"}", TWIN_FAULT_DMA, 0xffff, true },
		{ "{\"cmd\":\"fault\",\"port\":1,\"kind\":\"reset\"}", TWIN_FAULT_RESET, 0xffff,
			true },
		{ "{\"cmd\":\"fault\",\"port\":1,\"kind\":\"lost\",\"on\":false}", TWIN_FAULT_LOST,
			0xffff, false },
	};
	unsigned int kicks;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		dev.fault_port = -1;
		json_decref(done(table[i].text));
		assert_int_equal(dev.fault_port, 1);
		assert_int_equal(dev.fault, table[i].kind);
		assert_int_equal(dev.fault_queues, table[i].queues);
		assert_int_equal(dev.fault_on, table[i].on);
		assert_int_equal(dev.kicks, i + 1);
	}
	kicks = dev.kicks;
	dev.fault_port = -1;
	is_error(command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"flood\"}"), "\"kind\" is not");
	is_error(command("{\"cmd\":\"fault\",\"port\":1}"), "\"kind\" is not");
	is_error(command("{\"cmd\":\"fault\",\"port\":3,\"kind\":\"dma\"}"), "0 to 2");
	is_error(command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"tx-hang\",\"queues\":65536}"),
		"0 to 65535");
	is_error(
		command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"dma\",\"queues\":1}"), "tx-hang");
	is_error(command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"reset\",\"on\":true}"), "lost");
	is_error(command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"lost\",\"on\":1}"),
		"true or false");
	assert_int_equal(dev.fault_port, -1);
	dev.fault_ret = -ENODEV;
	is_error(command("{\"cmd\":\"fault\",\"port\":1,\"kind\":\"dma\"}"), "No such device");
	assert_int_equal(dev.kicks, kicks);
}

static void
test_play(void **state)
{
	(void)state;
	json_decref(done("{\"cmd\":\"play\",\"port\":2}"));
	assert_int_equal(dev.played, 2);
	assert_int_equal(dev.kicks, 1);
	is_error(command("{\"cmd\":\"play\",\"port\":0}"), "no pcap wire");
	is_error(command("{\"cmd\":\"play\"}"), "\"port\" is missing");
}

static void
test_regs(void **state)
{
	json_t *reply, *values;

	(void)state;
	reply = done("{\"cmd\":\"regs\",\"port\":0,\"offset\":8}");
	values = json_object_get(reply, "values");
	assert_int_equal(json_array_size(values), 1);
	assert_int_equal(json_integer_value(json_array_get(values, 0)), 0xa0000008);
	json_decref(reply);
	reply = done("{\"cmd\":\"regs\",\"port\":0,\"offset\":\"0x1f000\",\"count\":1024}");
	values = json_object_get(reply, "values");
	assert_int_equal(json_array_size(values), 1024);
	assert_int_equal(json_integer_value(json_array_get(values, 1023)), 0xa001fffc);
	assert_int_equal(num(reply, "offset"), 0x1f000);
	json_decref(reply);
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":2}"), "multiple of 4");
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":131072}"), "0 to 131068");
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":131068,\"count\":2}"), "0x20000");
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":0,\"count\":0}"), "1 to 1024");
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":0,\"count\":1025}"), "0 to 1024");
	twin_ports[0].regs = NULL;
	is_error(command("{\"cmd\":\"regs\",\"port\":0,\"offset\":0}"), "not in use");
}

static void
test_inject(void **state)
{
	char *text = malloc(2 * TWIN_MAX_FRAME + 128), *at;
	json_t *reply;

	(void)state;
	reply = done("{\"cmd\":\"inject\",\"port\":2,\"frame\":\"00fFA5\"}");
	assert_int_equal(num(reply, "len"), 3);
	json_decref(reply);
	assert_int_equal(dev.frame_len, 3);
	assert_memory_equal(dev.frame, "\x00\xff\xa5", 3);
	assert_int_equal(dev.kicks, 1);
	at = text + sprintf(text, "{\"cmd\":\"inject\",\"port\":0,\"frame\":\"");
	for (int i = 0; i < TWIN_MAX_FRAME; i++)
		at += sprintf(at, "%02x", i % 251);
	assert_true(strlen(text) < TWIN_CONTROL_LINE);
	strcpy(at, "\"}");
	json_decref(done(text));
	assert_int_equal(dev.frame_len, TWIN_MAX_FRAME);
	assert_int_equal(dev.frame[TWIN_MAX_FRAME - 1], (TWIN_MAX_FRAME - 1) % 251);
	strcpy(at, "00\"}");
	is_error(command(text), "1 to 16384 bytes");
	free(text);
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":\"\"}"), "1 to 16384");
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":\"abc\"}"), "1 to 16384");
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":\"00zz\"}"), "at byte 1");
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":7}"), "1 to 16384");
	dev.inject_ret = -ENOBUFS;
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":\"00\"}"), "port 0 is full");
	dev.inject_ret = -ENODEV;
	is_error(command("{\"cmd\":\"inject\",\"port\":0,\"frame\":\"00\"}"), "No such device");
}

static const struct {
	const char *text, *words;
} refused[] = {
	{ "{", "not JSON" },
	{ "hello", "not JSON" },
	{ "{\"cmd\":\"help\"} x", "not JSON" },
	{ "{\"cmd\":\"help\",\"cmd\":\"help\"}", "not JSON" },
	{ "{\"cmd\":\"\xff\xfe\"}", "" },
	{ "[]", "not a JSON object" },
	{ "7", "not a JSON object" },
	{ "{}", "\"cmd\" is missing" },
	{ "{\"cmd\":7}", "\"cmd\" is missing" },
	{ "{\"cmd\":\"reboot\"}", "unknown command \"reboot\"" },
	{ "{\"cmd\":\"counters\",\"prot\":1}", "unknown key \"prot\"" },
	{ "{\"cmd\":\"counters\",\"port\":3}", "\"port\" is not a number from 0 to 2" },
	{ "{\"cmd\":\"counters\",\"port\":-1}", "\"port\" is not a number from 0 to 2" },
	{ "{\"cmd\":\"counters\",\"port\":null}", "\"port\" is not a number from 0 to 2" },
	{ "{\"cmd\":\"counters\",\"port\":0.5}", "\"port\" is not a number from 0 to 2" },
	{ "{\"cmd\":\"counters\",\"port\":\"0x\"}", "\"port\" is not a number from 0 to 2" },
	{ "{\"cmd\":\"counters\",\"port\":\"99999999999999999999\"}", "\"port\" is not a number" },
	{ "{\"cmd\":\"clock\"}", "\"port\" is missing" },
	{ "{\"cmd\":\"clock\",\"port\":0,\"ppb\":100000001}", "\"ppb\" is not" },
	{ "{\"cmd\":\"clock\",\"port\":0,\"ppb\":-100000001}", "\"ppb\" is not" },
	{ "{\"cmd\":\"clock\",\"port\":0,\"ppb\":\"1\"}", "\"ppb\" is not" },
	{ "{\"cmd\":\"link\",\"up\":true}", "\"port\" is missing" },
	{ "{\"cmd\":\"link\",\"port\":0}", "\"up\" is not" },
	{ "{\"cmd\":\"link\",\"port\":0,\"up\":1}", "\"up\" is not" },
	{ "{\"cmd\":\"unplug\",\"port\":0}", "\"kind\" is not" },
	{ "{\"cmd\":\"unplug\",\"port\":0,\"kind\":\"soft\"}", "\"kind\" is not" },
	{ "{\"cmd\":\"step\",\"port\":0}", "give one or both" },
	{ "{\"cmd\":\"step\",\"port\":0,\"rx\":-1}", "\"rx\" is not a number" },
	{ "{\"cmd\":\"step\",\"port\":0,\"rx\":1,\"tx\":\"a\"}", "\"tx\" is not a number" },
	{ "{\"cmd\":\"regs\",\"port\":0}", "\"offset\" is missing" },
	{ "{\"cmd\":\"violations\",\"port\":9}", "\"port\" is not a number" },
	{ "{\"cmd\":\"inject\",\"port\":0}", "\"frame\" is not" },
};

static void
test_refused(void **state)
{
	json_t *reply, *list;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		is_error(command(refused[i].text), refused[i].words);
	/* None of them did anything. */
	assert_int_equal(dev.cable, -1);
	assert_int_equal(dev.unplugged, -1);
	assert_int_equal(dev.kicks, 0);
	/* A byte of zero ends nothing. */
	text = twin_control_command("{\"cmd\":\"help\"}\0", 15);
	assert_non_null(strstr(text, "not JSON"));
	free(text);
	reply = done("{\"cmd\":\"help\"}");
	list = json_object_get(reply, "commands");
	assert_int_equal(json_array_size(list), 11);
	json_decref(reply);
}

static void
test_socket(void **state)
{
	int fd[3], i;
	json_t *reply;

	(void)state;
	assert_int_equal(twin_control_start(), 0);
	assert_int_equal(twin_control_start(), 0);
	for (i = 0; i < 3; i++)
		fd[i] = connect_client();
	/* Halves of lines from several clients at once, and several lines at a time. */
	send_text(fd[0], "{\"cmd\":\"coun", 12);
	send_text(fd[1], "{\"cmd\":\"help\"}\n{\"cmd\":", 22);
	send_text(fd[2], "\n  \r\n{\"cmd\":\"violations\"}\n{\"cmd\":\"bad\"}\r\n", 41);
	reply = read_reply(fd[1]);
	assert_true(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
	send_text(fd[0], "ters\",\"port\":1}\n", 16);
	reply = read_reply(fd[0]);
	assert_int_equal(json_array_size(json_object_get(reply, "ports")), 1);
	json_decref(reply);
	reply = read_reply(fd[2]);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);
	is_error(read_reply(fd[2]), "unknown command");
	send_text(fd[1], "\"violations\"}\n", 14);
	reply = read_reply(fd[1]);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);

	/* A last line without its newline, from a client that has closed its half. */
	send_text(fd[0], "{\"cmd\":\"violations\"}", 20);
	shutdown(fd[0], SHUT_WR);
	reply = read_reply(fd[0]);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);
	assert_null(read_reply(fd[0]));
	for (i = 0; i < 3; i++)
		close(fd[i]);
	twin_control_stop();
	assert_int_equal(access(twin_cfg.control_path, F_OK), -1);
	/* And again. */
	assert_int_equal(twin_control_start(), 0);
	fd[0] = connect_client();
	send_text(fd[0], "{\"cmd\":\"help\"}\n", 15);
	json_decref(read_reply(fd[0]));
	twin_control_stop();
	assert_null(read_reply(fd[0]));
	close(fd[0]);
}

static void
test_overlong_and_garbage(void **state)
{
	size_t size = 3 * TWIN_CONTROL_LINE;
	char *text = malloc(size);
	json_t *reply;
	int fd;

	(void)state;
	assert_int_equal(twin_control_start(), 0);
	fd = connect_client();
	memset(text, 'x', size);
	send_text(fd, text, size);
	is_error(read_reply(fd), "longer than 65536");
	send_text(fd, "\n{\"cmd\":\"violations\"}\n", 22);
	reply = read_reply(fd);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);

	/* As long as a line may be, blanks and all, and one byte more. */
	memset(text, ' ', size);
	memcpy(text, "{\"cmd\":\"violations\"}", 20);
	text[TWIN_CONTROL_LINE] = '\n';
	send_text(fd, text, TWIN_CONTROL_LINE + 1);
	reply = read_reply(fd);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);
	text[TWIN_CONTROL_LINE] = ' ';
	text[TWIN_CONTROL_LINE + 1] = '\n';
	send_text(fd, text, TWIN_CONTROL_LINE + 2);
	is_error(read_reply(fd), "longer than 65536");

	/* Noise: each line gets one answer, an error, and the next good one is served. */
	for (int round = 0; round < 200; round++) {
		size_t len = 1 + (size_t)rand() % 300;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)rand();
		for (size_t i = 0; i < len; i++)
			if (text[i] == '\n')
				text[i] = '{';
		text[0] = '}';
		text[len] = '\n';
		send_text(fd, text, len + 1);
		is_error(read_reply(fd), "");
	}
	send_text(fd, "{\"cmd\":\"violations\"}\n", 21);
	json_decref(read_reply(fd));
	close(fd);
	free(text);
}

/* A client that asks and never reads holds up nobody else, and takes no memory without end. */
static void
test_deaf_client(void **state)
{
	const char *ask = "{\"cmd\":\"regs\",\"port\":0,\"offset\":0,\"count\":1024}\n";
	int deaf, fd, sent = 0;
	struct timespec pause = { .tv_nsec = 1000000 };

	(void)state;
	assert_int_equal(twin_control_start(), 0);
	deaf = connect_client();
	fcntl(deaf, F_SETFL, O_NONBLOCK);
	/* Until the server stops taking lines: its buffer and the socket's are full. */
	for (int idle = 0; idle < 200;) {
		if (send(deaf, ask, strlen(ask), MSG_NOSIGNAL) > 0) {
			sent++;
			idle = 0;
			assert_true(sent < 1000000);
		} else {
			idle++;
			nanosleep(&pause, NULL);
		}
	}
	fd = connect_client();
	for (int i = 0; i < 20; i++) {
		send_text(fd, "{\"cmd\":\"help\"}\n", 15);
		json_decref(read_reply(fd));
	}
	/* The lock is free. */
	assert_int_equal(pthread_mutex_trylock(&dev.lock), 0);
	pthread_mutex_unlock(&dev.lock);
	/* When it does read, its replies are all there. */
	for (int i = 0; i < 30 && i < sent - 1; i++) {
		json_t *reply = read_reply(deaf);

		assert_int_equal(json_array_size(json_object_get(reply, "values")), 1024);
		json_decref(reply);
	}
	close(deaf);
	send_text(fd, "{\"cmd\":\"help\"}\n", 15);
	json_decref(read_reply(fd));
	close(fd);
}

static void
test_many_clients(void **state)
{
	json_t *reply;
	int fd[17];

	(void)state;
	assert_int_equal(twin_control_start(), 0);
	for (int i = 0; i < 16; i++) {
		fd[i] = connect_client();
		send_text(fd[i], "{\"cmd\":\"help\"}\n", 15);
		json_decref(read_reply(fd[i]));
	}
	fd[16] = connect_client();
	is_error(read_reply(fd[16]), "16 clients");
	assert_null(read_reply(fd[16]));
	/* A place is free again; the thread needs a moment to see it. */
	close(fd[3]);
	send_text(fd[4], "{\"cmd\":\"help\"}\n", 15);
	json_decref(read_reply(fd[4]));
	fd[3] = connect_client();
	send_text(fd[3], "{\"cmd\":\"violations\"}\n", 21);
	reply = read_reply(fd[3]);
	assert_int_equal(num(reply, "total"), 1);
	json_decref(reply);
	for (int i = 0; i < 17; i++)
		close(fd[i]);
}

static void
test_start_refused(void **state)
{
	struct stat st;
	int fd, status;
	pid_t pid;

	(void)state;
	/* No path: no socket, no error. */
	char *path = twin_cfg.control_path, c = path[0];

	path[0] = '\0';
	assert_int_equal(twin_control_start(), 0);
	path[0] = c;

	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	assert_int_equal(twin_control_start(), -EEXIST);
	assert_non_null(strstr(dev.log, "no socket"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(path);

	/* A twin that was killed left its socket: it is replaced. One that lives keeps it. */
	pid = fork();
	if (pid == 0) {
		twin_control_start();
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(twin_control_start(), 0);
	pid = fork();
	if (pid == 0) {
		/* A forked child neither stops its parent's thread nor takes the name away. */
		twin_control_stop();
		kill(getpid(), access(path, F_OK) == 0 ? SIGKILL : SIGTERM);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	fd = connect_client();
	send_text(fd, "{\"cmd\":\"help\"}\n", 15);
	json_decref(read_reply(fd));
	close(fd);
}

#define CONTROL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(test_counters_and_violations),
		CONTROL_TEST(test_clock),
		CONTROL_TEST(test_link_unplug_step),
		CONTROL_TEST(test_fault),
		CONTROL_TEST(test_play),
		CONTROL_TEST(test_regs),
		CONTROL_TEST(test_inject),
		CONTROL_TEST(test_refused),
		CONTROL_TEST(test_socket),
		CONTROL_TEST(test_overlong_and_garbage),
		CONTROL_TEST(test_deaf_client),
		CONTROL_TEST(test_many_clients),
		CONTROL_TEST(test_start_refused),
	};
	const char *seed = getenv("ORIEL_TEST_SEED");
	unsigned int s = seed != NULL ? (unsigned int)strtoul(seed, NULL, 0) :
					(unsigned int)time(NULL);

	printf("# ORIEL_TEST_SEED=%u\n", s);
	srand(s);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
