/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The commands of the control socket: checks what is asked, does it, and builds the reply. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "counters.h"

#define REGS_MAX 1024	     /* registers in one reply */
#define PPB_MAX 100000000    /* a tenth, either way */
#define STEP_MAX 1000000000u /* frames in one step */

/* Why a command failed. */
struct answer {
	char error[256];
};

typedef json_t *(*handler)(json_t *req, struct answer *ans);

static json_t *cmd_help(json_t *req, struct answer *ans);

/* Always NULL, for the handler to return. */
static json_t *
fail(struct answer *ans, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ans->error, sizeof(ans->error), fmt, ap);
	va_end(ap);
	return NULL;
}

static json_t *
ok(void)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "ok", json_true());
	return obj;
}

static void
put(json_t *obj, const char *name, uint64_t val)
{
	json_object_set_new(obj, name, json_integer((json_int_t)val));
}

/* A number from 0 to max; text as strtoul() reads it ("0x2828") will do too. */
static bool
number(json_t *req, const char *key, uint64_t max, uint64_t *val, struct answer *ans)
{
	json_t *v = json_object_get(req, key);
	const char *text = json_string_value(v);
	char *end;

	if (v == NULL) {
		fail(ans, "\"%s\" is missing: accepted are 0 to %llu", key,
			(unsigned long long)max);
		return false;
	}
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*val = (uint64_t)json_integer_value(v);
		if (*val <= max)
			return true;
	}
	if (text != NULL && text[0] >= '0' && text[0] <= '9') {
		errno = 0;
		*val = strtoull(text, &end, 0);
		if (*end == '\0' && errno == 0 && *val <= max)
			return true;
	}
	fail(ans, "\"%s\" is not a number from 0 to %llu", key, (unsigned long long)max);
	return false;
}

static struct twin_port *
port_of(json_t *req, struct answer *ans)
{
	uint64_t port;

	if (!number(req, "port", twin_cfg.nb_ports - 1, &port, ans))
		return NULL;
	return &twin_ports[port];
}

/* A moment's copy, so that the lock is not held while text is made of it. */
static struct twin_counters *
snapshot(const struct twin_port *p)
{
	struct twin_counters *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return NULL;
	twin_lock();
	*copy = *p->cnt;
	twin_unlock();
	return copy;
}

/* The ports that are asked for: "port", or all. */
static bool
port_range(json_t *req, unsigned int *first, unsigned int *last, struct answer *ans)
{
	struct twin_port *p;

	*first = 0;
	*last = twin_cfg.nb_ports - 1;
	if (json_object_get(req, "port") == NULL)
		return true;
	p = port_of(req, ans);
	if (p == NULL)
		return false;
	*first = *last = (unsigned int)(p - twin_ports);
	return true;
}

static json_t *
cmd_counters(json_t *req, struct answer *ans)
{
	unsigned int first, last;
	json_t *reply, *ports;

	if (!port_range(req, &first, &last, ans))
		return NULL;
	reply = ok();
	ports = json_array();
	for (unsigned int i = first; i <= last; i++) {
		struct twin_counters *c = snapshot(&twin_ports[i]);

		if (c == NULL)
			continue;
		json_array_append_new(ports, twin_counters_json(c, &twin_cfg.port[i], i));
		free(c);
	}
	json_object_set_new(reply, "ports", ports);
	return reply;
}

static json_t *
cmd_violations(json_t *req, struct answer *ans)
{
	unsigned int first, last;
	json_t *reply, *list;
	uint64_t total = 0;

	if (!port_range(req, &first, &last, ans))
		return NULL;
	reply = ok();
	list = json_array();
	for (unsigned int i = first; i <= last; i++) {
		struct twin_counters *c = snapshot(&twin_ports[i]);
		json_t *some;

		if (c == NULL)
			continue;
		total += c->dma_violations;
		some = twin_violations_json(c, i);
		json_array_extend(list, some);
		json_decref(some);
		free(c);
	}
	put(reply, "total", total);
	json_object_set_new(reply, "violations", list);
	return reply;
}

/* The partner's PAUSE abilities; false if the text is none of them. */
static bool
pause_of(const char *text, bool *pause, bool *asym)
{
	*pause = strcmp(text, "both") == 0 || strcmp(text, "pause") == 0;
	*asym = strcmp(text, "both") == 0 || strcmp(text, "asym") == 0;
	return *pause || *asym || strcmp(text, "none") == 0;
}

static json_t *
cmd_link(json_t *req, struct answer *ans)
{
	json_t *up = json_object_get(req, "up"), *partner = json_object_get(req, "pause"), *reply;
	const char *text = json_string_value(partner);
	struct twin_port *p = port_of(req, ans);
	bool pause = false, asym = false;

	if (p == NULL)
		return NULL;
	if (!json_is_boolean(up))
		return fail(ans, "\"up\" is not true or false");
	if (partner != NULL && (text == NULL || !pause_of(text, &pause, &asym)))
		return fail(ans, "\"pause\" is not \"none\", \"pause\", \"asym\" or \"both\"");
	twin_lock();
	if (partner != NULL)
		twin_model_set_partner(p, pause, asym);
	twin_model_set_cable(p, json_is_true(up));
	twin_unlock();
	twin_kick();
	reply = ok();
	put(reply, "port", p->index);
	json_object_set(reply, "up", up);
	return reply;
}

static json_t *
cmd_clock(json_t *req, struct answer *ans)
{
	json_t *ppb = json_object_get(req, "ppb"), *reply;
	struct twin_port *p = port_of(req, ans);
	uint64_t before, after, systim;
	int32_t val = 0;
	bool ready;

	if (p == NULL)
		return NULL;
	if (ppb != NULL) {
		json_int_t given = json_integer_value(ppb);

		if (!json_is_integer(ppb) || given < -PPB_MAX || given > PPB_MAX)
			return fail(
				ans, "\"ppb\" is not a number from -%d to %d", PPB_MAX, PPB_MAX);
		val = (int32_t)given;
	}
	twin_lock();
	ready = p->regs != NULL;
	before = twin_now_ns();
	systim = ready ? twin_model_set_clock(p, ppb != NULL ? &val : NULL) : 0;
	after = twin_now_ns();
	twin_unlock();
	if (!ready)
		return fail(ans, "port %u is not in use yet", p->index);
	reply = ok();
	put(reply, "port", p->index);
	/* As text: JSON's numbers end at 2^63. */
	json_object_set_new(reply, "systim", json_sprintf("%" PRIu64, systim));
	put(reply, "before_ns", before);
	put(reply, "after_ns", after);
	return reply;
}

static json_t *
cmd_unplug(json_t *req, struct answer *ans)
{
	const char *kind = json_string_value(json_object_get(req, "kind"));
	struct twin_port *p = port_of(req, ans);
	json_t *reply;
	int ret;

	if (p == NULL)
		return NULL;
	if (kind == NULL || (strcmp(kind, "request") != 0 && strcmp(kind, "surprise") != 0))
		return fail(ans, "\"kind\" is not \"request\" or \"surprise\"");
	ret = twin_unplug(p->index, strcmp(kind, "request") == 0);
	if (ret < 0)
		return fail(ans, "unplug of port %u: %s", p->index, strerror(-ret));
	twin_kick();
	reply = ok();
	put(reply, "port", p->index);
	json_object_set_new(reply, "kind", json_string(kind));
	return reply;
}

static json_t *
cmd_fault(json_t *req, struct answer *ans)
{
	static const char *const kinds[] = {
		[TWIN_FAULT_TX_HANG] = "tx-hang",
		[TWIN_FAULT_DMA] = "dma",
		[TWIN_FAULT_RESET] = "reset",
		[TWIN_FAULT_LOST] = "lost",
	};
	const char *kind = json_string_value(json_object_get(req, "kind"));
	json_t *on = json_object_get(req, "on"), *reply;
	struct twin_port *p = port_of(req, ans);
	uint64_t queues = (UINT64_C(1) << TWIN_NB_QUEUES) - 1;
	size_t k = 0;
	int ret;

	if (p == NULL)
		return NULL;
	while (k < sizeof(kinds) / sizeof(kinds[0]) &&
		(kind == NULL || strcmp(kind, kinds[k]) != 0))
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0]))
		return fail(ans, "\"kind\" is not \"tx-hang\", \"dma\", \"reset\" or \"lost\"");
	if (json_object_get(req, "queues") != NULL && k != TWIN_FAULT_TX_HANG)
		return fail(ans, "\"queues\" goes with \"tx-hang\" only");
	if (json_object_get(req, "queues") != NULL && !number(req, "queues", queues, &queues, ans))
		return NULL;
	if (on != NULL && (k == TWIN_FAULT_DMA || k == TWIN_FAULT_RESET))
		return fail(ans, "\"on\" goes with \"tx-hang\" and \"lost\" only");
	if (on != NULL && !json_is_boolean(on))
		return fail(ans, "\"on\" is not true or false");
	ret = twin_fault(p->index, k, (uint32_t)queues, on == NULL || json_is_true(on));
	if (ret < 0)
		return fail(ans, "fault of port %u: %s", p->index, strerror(-ret));
	twin_kick();
	reply = ok();
	put(reply, "port", p->index);
	json_object_set_new(reply, "kind", json_string(kind));
	return reply;
}

static json_t *
cmd_step(json_t *req, struct answer *ans)
{
	uint64_t rx = 0, tx = 0;
	struct twin_port *p = port_of(req, ans);
	json_t *reply;

	if (p == NULL)
		return NULL;
	if (!twin_cfg.lockstep)
		return fail(ans, "step works with --lockstep only: the device moves by itself");
	if (json_object_get(req, "rx") == NULL && json_object_get(req, "tx") == NULL)
		return fail(ans, "\"rx\" and \"tx\" are missing: give one or both");
	if (json_object_get(req, "rx") != NULL && !number(req, "rx", STEP_MAX, &rx, ans))
		return NULL;
	if (json_object_get(req, "tx") != NULL && !number(req, "tx", STEP_MAX, &tx, ans))
		return NULL;
	reply = ok();
	put(reply, "port", p->index);
	put(reply, "moved", twin_step(p->index, (unsigned int)rx, (unsigned int)tx));
	return reply;
}

static json_t *
cmd_regs(json_t *req, struct answer *ans)
{
	struct twin_port *p = port_of(req, ans);
	uint32_t copy[REGS_MAX];
	json_t *reply, *values;
	uint64_t off, count = 1;
	bool ready;

	if (p == NULL || !number(req, "offset", TWIN_BAR0_SIZE - 4, &off, ans))
		return NULL;
	if (json_object_get(req, "count") != NULL && !number(req, "count", REGS_MAX, &count, ans))
		return NULL;
	if (off % 4 != 0)
		return fail(ans, "\"offset\" is not a multiple of 4");
	if (count == 0 || off + 4 * count > TWIN_BAR0_SIZE)
		return fail(ans, "\"count\" is not from 1 to %d, or reaches past 0x%x", REGS_MAX,
			TWIN_BAR0_SIZE);
	twin_lock();
	ready = p->regs != NULL;
	for (uint32_t i = 0; ready && i < count; i++)
		copy[i] = twin_reg(p, (uint32_t)off + 4 * i);
	twin_unlock();
	if (!ready)
		return fail(ans, "port %u is not in use yet", p->index);
	reply = ok();
	values = json_array();
	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(values, json_integer(copy[i]));
	put(reply, "port", p->index);
	put(reply, "offset", off);
	json_object_set_new(reply, "values", values);
	return reply;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static json_t *
cmd_inject(json_t *req, struct answer *ans)
{
	const char *hex = json_string_value(json_object_get(req, "frame"));
	struct twin_port *p = port_of(req, ans);
	uint8_t frame[TWIN_MAX_FRAME];
	size_t digits;
	json_t *reply;
	int ret;

	if (p == NULL)
		return NULL;
	digits = hex != NULL ? strlen(hex) : 0;
	if (digits == 0 || digits % 2 != 0 || digits / 2 > TWIN_MAX_FRAME)
		return fail(ans, "\"frame\" is not 1 to %d bytes in hexadecimal", TWIN_MAX_FRAME);
	for (size_t i = 0; i < digits; i += 2) {
		int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return fail(ans, "\"frame\" has no hexadecimal digits at byte %zu", i / 2);
		frame[i / 2] = (uint8_t)(high << 4 | low);
	}
	twin_lock();
	ret = twin_wire_inject(p, frame, (uint32_t)(digits / 2));
	twin_unlock();
	if (ret == -ENOBUFS)
		return fail(ans, "the receive side of port %u is full", p->index);
	if (ret < 0)
		return fail(ans, "inject into port %u: %s", p->index, strerror(-ret));
	twin_kick();
	reply = ok();
	put(reply, "port", p->index);
	put(reply, "len", digits / 2);
	return reply;
}

static json_t *
cmd_play(json_t *req, struct answer *ans)
{
	struct twin_port *p = port_of(req, ans);
	json_t *reply;
	int ret;

	if (p == NULL)
		return NULL;
	twin_lock();
	ret = twin_wire_play(p);
	twin_unlock();
	if (ret < 0)
		return fail(ans, "port %u has no pcap wire", p->index);
	twin_kick();
	reply = ok();
	put(reply, "port", p->index);
	return reply;
}

static const struct command {
	const char *name;
	const char *keys[5]; /* accepted beside "cmd" */
	handler run;
	const char *form;
	const char *does;
} commands[] = {
	{ "help", { NULL }, cmd_help, "{\"cmd\":\"help\"}", "lists the commands" },
	{ "counters", { "port" }, cmd_counters, "{\"cmd\":\"counters\"[,\"port\":P]}",
		"counters of all ports, or of one" },
	{ "link", { "port", "up", "pause" }, cmd_link,
		"{\"cmd\":\"link\",\"port\":P,\"up\":true|false"
		"[,\"pause\":\"none\"|\"pause\"|\"asym\"|\"both\"]}",
		"plugs the port's cable in or out, and says what PAUSE the partner can do" },
	{ "clock", { "port", "ppb" }, cmd_clock, "{\"cmd\":\"clock\",\"port\":P[,\"ppb\":N]}",
		"reads the port's clock between two looks at the host's; makes it fast or slow" },
	{ "unplug", { "port", "kind" }, cmd_unplug,
		"{\"cmd\":\"unplug\",\"port\":P,\"kind\":\"request\"|\"surprise\"}",
		"asks the program to let go of the device, or takes it away" },
	{ "fault", { "port", "kind", "queues", "on" }, cmd_fault,
		"{\"cmd\":\"fault\",\"port\":P,\"kind\":\"tx-hang\"|\"dma\"|\"reset\"|\"lost\""
		"[,\"queues\":MASK][,\"on\":true|false]}",
		"makes the device fail: TX queues stand still, DMA out of step, a reset by "
		"somebody else, registers that read all-ones" },
	{ "step", { "port", "rx", "tx" }, cmd_step,
		"{\"cmd\":\"step\",\"port\":P[,\"rx\":N][,\"tx\":N]}",
		"with --lockstep: takes up to N frames from the wire, and N to it" },
	{ "regs", { "port", "offset", "count" }, cmd_regs,
		"{\"cmd\":\"regs\",\"port\":P,\"offset\":O[,\"count\":N]}",
		"reads 1 to 1024 registers without their side effects" },
	{ "violations", { "port" }, cmd_violations, "{\"cmd\":\"violations\"[,\"port\":P]}",
		"accesses of the device outside mapped memory" },
	{ "inject", { "port", "frame" }, cmd_inject,
		"{\"cmd\":\"inject\",\"port\":P,\"frame\":\"hex\"}",
		"puts a frame without CRC into the port's receive side" },
	{ "play", { "port" }, cmd_play, "{\"cmd\":\"play\",\"port\":P}",
		"starts the capture of a pcap wire now" },
};

#define NB_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static json_t *
cmd_help(json_t *req, struct answer *ans)
{
	json_t *reply = ok(), *list = json_array();

	(void)req;
	(void)ans;
	for (size_t i = 0; i < NB_COMMANDS; i++) {
		json_t *obj = json_object();

		json_object_set_new(obj, "cmd", json_string(commands[i].name));
		json_object_set_new(obj, "form", json_string(commands[i].form));
		json_object_set_new(obj, "does", json_string(commands[i].does));
		json_array_append_new(list, obj);
	}
	json_object_set_new(reply, "commands", list);
	return reply;
}

/* A misspelt key would otherwise be taken for one left out. */
static bool
keys_known(json_t *req, const struct command *cmd, struct answer *ans)
{
	const char *key;
	json_t *val;

	json_object_foreach(req, key, val) {
		bool known = strcmp(key, "cmd") == 0;

		for (size_t i = 0; !known && i < 5 && cmd->keys[i] != NULL; i++)
			known = strcmp(key, cmd->keys[i]) == 0;
		if (!known) {
			fail(ans, "unknown key \"%.32s\": accepted is %s", key, cmd->form);
			return false;
		}
	}
	return true;
}

static json_t *
dispatch(json_t *req, struct answer *ans)
{
	const char *name;

	if (!json_is_object(req))
		return fail(ans, "not a JSON object");
	name = json_string_value(json_object_get(req, "cmd"));
	if (name == NULL)
		return fail(ans, "\"cmd\" is missing: {\"cmd\":\"help\"} lists the commands");
	for (size_t i = 0; i < NB_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		return keys_known(req, &commands[i], ans) ? commands[i].run(req, ans) : NULL;
	}
	return fail(ans, "unknown command \"%.32s\": {\"cmd\":\"help\"} lists the commands", name);
}

/* One line of text; the object is given back. */
static char *
to_line(json_t *reply)
{
	size_t len;
	char *text;

	len = json_dumpb(
		reply, NULL, 0, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
	text = len != 0 ? malloc(len + 2) : NULL;
	if (text != NULL) {
		json_dumpb(reply, text, len,
			JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
		text[len] = '\n';
		text[len + 1] = '\0';
	}
	json_decref(reply);
	return text;
}

char *
twin_control_error(const char *fmt, ...)
{
	json_t *reply = json_object();
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_set_new(reply, "ok", json_false());
	/* Cut inside a character of several bytes it would not be valid text. */
	if (json_object_set_new(reply, "error", json_string(text)) < 0)
		json_object_set_new(reply, "error", json_string("unprintable"));
	return to_line(reply);
}

char *
twin_control_command(const char *line, size_t len)
{
	struct answer ans = { .error = "" };
	json_error_t err;
	json_t *req, *reply;

	req = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
	if (req == NULL)
		return twin_control_error("not JSON: %s", err.text);
	reply = dispatch(req, &ans);
	json_decref(req);
	if (reply == NULL)
		return twin_control_error("%s", ans.error);
	return to_line(reply);
}
