/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests test/twin/opts*.c: what the options mean, every error, and the way through the environment.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../twin/opts.h"

#define PATH_108 \
	"/tmp/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaa"

static struct twin_config cfg;
static char said[16384]; /* what the last parse printed */

/* Parses with one stream caught in `said`. */
static int
parse_catching(int catch_fd, int argc, char **argv)
{
	char name[] = "/tmp/oriel-opts-XXXXXX";
	int tmp = mkstemp(name), saved, ret;
	ssize_t n;

	assert_true(tmp >= 0);
	unlink(name);
	fflush(NULL);
	saved = dup(catch_fd);
	dup2(tmp, catch_fd);
	ret = twin_opts_parse(argc, argv, &cfg);
	fflush(NULL);
	dup2(saved, catch_fd);
	close(saved);
	n = pread(tmp, said, sizeof(said) - 1, 0);
	assert_true(n >= 0 && n < (ssize_t)sizeof(said) - 1);
	said[n] = '\0';
	close(tmp);
	return ret;
}

/* The words of `line` as a command line. */
static int
parse(const char *line, int catch_fd)
{
	char *copy = strdup(line), *rest = copy, *word, *argv[40];
	int argc = 0, ret;

	argv[argc++] = strdup("oriel-twin");
	while ((word = strsep(&rest, " ")) != NULL) {
		assert_true(argc < 39);
		argv[argc++] = strdup(strcmp(word, "''") == 0 ? "" : word);
	}
	argv[argc] = NULL;
	ret = parse_catching(catch_fd, argc, argv);
	while (argc > 0)
		free(argv[--argc]);
	free(copy);
	return ret;
}

static int
good(const char *line)
{
	int ret = parse(line, STDERR_FILENO);

	if (ret <= 0)
		fail_msg("'%s' was refused: %s", line, said);
	assert_string_equal(said, "");
	return ret;
}

static void
test_defaults(void **state)
{
	static const uint8_t mac0[6] = { 0x02, 0x00, 0x00, 0x82, 0x76, 0x01 };

	(void)state;
	assert_int_equal(good("-- cmd"), 2);
	assert_int_equal(cfg.nb_ports, 1);
	assert_int_equal(cfg.port[0].device_id, 0x10c9);
	assert_memory_equal(cfg.port[0].mac, mac0, 6);
	assert_string_equal(cfg.port[0].pci_addr, "0000:01:00.0");
	assert_int_equal(cfg.port[0].wire.kind, TWIN_WIRE_LOOP);
	assert_int_equal(cfg.port[0].wire.fifo, TWIN_FIFO_DEFAULT);
	assert_int_equal(cfg.port[0].wire.port, 0);
	assert_int_equal(cfg.seed, 1);
	assert_false(cfg.exact || cfg.lockstep || cfg.spin || cfg.summary);
	assert_false(cfg.allow_dma_violations || cfg.port[0].nvm_corrupt);
	assert_string_equal(cfg.control_path, "");
	assert_string_equal(cfg.stats_path, "");

	good("--ports 8 -- cmd");
	assert_int_equal(cfg.nb_ports, 8);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(cfg.port[i].wire.kind, TWIN_WIRE_LOOP);
		assert_int_equal(cfg.port[i].wire.port, i);
		assert_int_equal(cfg.port[i].mac[5], i + 1);
		assert_int_equal(cfg.port[i].mac[0] & 3, 2);
	}
	assert_string_equal(cfg.port[7].pci_addr, "0000:08:00.0");
}

static void
test_command(void **state)
{
	(void)state;
	assert_int_equal(good("cmd --ports 99 --help"), 1);
	assert_int_equal(good("--ports 2 cmd -- -x"), 3);
	assert_int_equal(good("--ports 2 -- cmd --bad"), 4);
	assert_int_equal(good("--ports=2 -- --bad"), 3);
}

static void
test_all_options(void **state)
{
	static const uint8_t mac2[6] = { 0x02, 0xaa, 0xbb, 0xff, 0x00, 0x01 };
	static const uint8_t mac1[6] = { 0x06, 1, 2, 3, 4, 5 };

	(void)state;
	good("--ports 3 --mmio exact --lockstep --control /tmp/c --device-id 10e6 "
	     "--device-id 1,0x1526 --mac 02:AA:BB:fe:ff:ff --mac 1,06:01:02:03:04:05 "
	     "--nvm-corrupt=2 --seed 18446744073709551615 --allow-dma-violations "
	     "--stats s.json --summary -- cmd");
	assert_int_equal(cfg.nb_ports, 3);
	assert_true(cfg.exact && cfg.lockstep && cfg.allow_dma_violations && cfg.summary);
	assert_string_equal(cfg.control_path, "/tmp/c");
	assert_string_equal(cfg.stats_path, "s.json");
	assert_true(cfg.seed == UINT64_MAX);
	assert_int_equal(cfg.port[0].device_id, 0x10e6);
	assert_int_equal(cfg.port[1].device_id, 0x1526);
	assert_int_equal(cfg.port[2].device_id, 0x10e6);
	assert_memory_equal(cfg.port[1].mac, mac1, 6);
	assert_memory_equal(cfg.port[2].mac, mac2, 6);
	assert_false(cfg.port[0].nvm_corrupt || cfg.port[1].nvm_corrupt);
	assert_true(cfg.port[2].nvm_corrupt);
	good("--nvm-corrupt --ports 2 --spin --mmio fast cmd");
	assert_true(cfg.port[0].nvm_corrupt && cfg.port[1].nvm_corrupt && cfg.spin);
	assert_false(cfg.exact);
	good("--device-id 150A cmd");
	assert_int_equal(cfg.port[0].device_id, 0x150a);
}

static void
test_wires(void **state)
{
	const struct twin_wire_config *w = NULL;

	(void)state;
	good("--wire pair:3,1,fifo=wait --wire tap:0,tap-a.1 cmd");
	assert_int_equal(cfg.nb_ports, 4);
	w = &cfg.port[3].wire;
	assert_int_equal(w->kind, TWIN_WIRE_PAIR);
	assert_int_equal(w->port, 3);
	assert_int_equal(w->peer, 1);
	assert_int_equal(w->fifo, TWIN_FIFO_WAIT);
	w = &cfg.port[1].wire;
	assert_int_equal(w->kind, TWIN_WIRE_PAIR);
	assert_int_equal(w->port, 1);
	assert_int_equal(w->peer, 3);
	assert_int_equal(w->fifo, TWIN_FIFO_WAIT);
	assert_int_equal(cfg.port[2].wire.kind, TWIN_WIRE_LOOP);
	w = &cfg.port[0].wire;
	assert_int_equal(w->kind, TWIN_WIRE_TAP);
	assert_string_equal(w->name, "tap-a.1");

	good("--wire pcap:0,rx=in,tx=out,repeat=12,fifo=drop --wire pcap:1,tx=o2 "
	     "--wire pcap:2,rx=in,repeat=forever --wire none:3 "
	     "--wire socket:4,remote=/b=c,local=/a --ports 6 cmd");
	w = &cfg.port[0].wire;
	assert_int_equal(w->kind, TWIN_WIRE_PCAP);
	assert_string_equal(w->rx_path, "in");
	assert_string_equal(w->tx_path, "out");
	assert_int_equal(w->repeat, 12);
	assert_int_equal(w->fifo, TWIN_FIFO_DROP);
	assert_string_equal(cfg.port[1].wire.rx_path, "");
	assert_int_equal(cfg.port[1].wire.repeat, 1);
	assert_true(cfg.port[2].wire.repeat == UINT64_MAX);
	assert_int_equal(cfg.port[0].wire.start_ms, 1000);
	assert_int_equal(cfg.port[4].wire.start_ms, 0);
	assert_int_equal(cfg.port[3].wire.kind, TWIN_WIRE_NONE);
	w = &cfg.port[4].wire;
	assert_int_equal(w->kind, TWIN_WIRE_SOCKET);
	assert_string_equal(w->rx_path, "/a");
	assert_string_equal(w->tx_path, "/b=c");
	assert_int_equal(cfg.port[5].wire.kind, TWIN_WIRE_LOOP);

	good("--wire pcap:0,rx=a --wire pcap:1,rx=a,start=7 --wire pcap:2,rx=a,start=command "
	     "--lockstep cmd");
	assert_int_equal(cfg.port[0].wire.start_ms, 0);
	assert_int_equal(cfg.port[1].wire.start_ms, 7);
	assert_true(cfg.port[2].wire.start_ms == TWIN_START_BY_COMMAND);

	good("--wire flood:0 --wire flood:1,frames=18446744073709551614,size=1514,flows=64 "
	     "--wire flood:2,frames=forever,flows=1,size=60 cmd");
	w = &cfg.port[0].wire;
	assert_int_equal(w->kind, TWIN_WIRE_FLOOD);
	assert_int_equal(w->size, 60);
	assert_int_equal(w->flows, 16);
	assert_true(w->frames == UINT64_MAX);
	w = &cfg.port[1].wire;
	assert_int_equal(w->size, 1514);
	assert_int_equal(w->flows, 64);
	assert_true(w->frames == UINT64_MAX - 1);
	assert_int_equal(cfg.port[2].wire.flows, 1);
	assert_true(cfg.port[2].wire.frames == UINT64_MAX);
}

/* What was given, and what would have been accepted. */
static const struct {
	const char *line, *given, *accepted;
} errors[] = {
	{ "--ports 2", "COMMAND", "oriel-twin [options] -- COMMAND" },
	{ "--ports 2 --", "COMMAND", "COMMAND [ARGS]" },
	{ "-- ''", "COMMAND", "COMMAND [ARGS]" },
	{ "--prots 2 -- cmd", "--prots", "--ports" },
	{ "--s 1 cmd", "'--s'", "--seed" },
	{ "-x cmd", "'-x'", "--wire" },
	{ "--ports", "--ports", "missing" },
	{ "--spin=3 cmd", "--spin=3", "no value" },
	{ "--ports 0 cmd", "--ports 0", "1 to 8" },
	{ "--ports 9 cmd", "--ports 9", "1 to 8" },
	{ "--ports -1 cmd", "--ports -1", "1 to 8" },
	{ "--ports 2x cmd", "--ports 2x", "1 to 8" },
	{ "--ports '' cmd", "--ports ", "1 to 8" },
	{ "--ports 99999999999999999999999 cmd", "99999999999999999999999", "1 to 8" },
	{ "--mmio slow cmd", "--mmio slow", "fast and exact" },
	{ "--seed 0x10 cmd", "--seed 0x10", "0 to 18446744073709551615" },
	{ "--seed 18446744073709551616 cmd", "18446744073709551616", "0 to 18446744073709551615" },
	{ "--spin --lockstep cmd", "--lockstep", "one of them" },
	{ "--control '' cmd", "--control", "1 to 107 bytes" },
	{ "--control " PATH_108 " cmd", PATH_108, "1 to 107 bytes" },
	{ "--stats '' cmd", "--stats", "1 to 255 bytes" },
	{ "--device-id 10ca cmd", "10ca", "10c9 10e6 10e7 10e8 1526 150a 1518 150d" },
	{ "--device-id zz cmd", "zz", "10c9" },
	{ "--device-id 110c9 cmd", "110c9", "10c9" },
	{ "--device-id 8,10c9 cmd", "port '8'", "0 to 7" },
	{ "--device-id 12345,10c9 cmd", "port '12345'", "0 to 7" },
	{ "--device-id 1,10c9 cmd", "port 1", "are 0 to 0" },
	{ "--mac 02:00:00:00:00 cmd", "02:00:00:00:00", "six bytes" },
	{ "--mac 02:00:00:00:00:0g cmd", "0g", "six bytes" },
	{ "--mac 02:00:00:00:00:0x cmd", "0x", "six bytes" },
	{ "--mac 02-00-00-00-00-01 cmd", "02-00-00-00-00-01", "six bytes" },
	{ "--mac 02:00:00:00:00:011 cmd", "011", "six bytes" },
	{ "--mac 01:00:5e:00:00:01 cmd", "01:00:5e:00:00:01", "unicast" },
	{ "--mac ff:ff:ff:ff:ff:ff cmd", "ff:ff:ff:ff:ff:ff", "unicast" },
	{ "--mac 00:00:00:00:00:00 cmd", "00:00:00:00:00:00", "unicast" },
	{ "--mac x,02:00:00:00:00:01 cmd", "port 'x'", "0 to 7" },
	{ "--ports 2 --mac 3,02:00:00:00:00:01 cmd", "port 3", "0 to 1" },
	{ "--ports 2 --mac 0,02:00:00:82:76:02 cmd", "ports 0 and 1", "same address" },
	{ "--nvm-corrupt=8 cmd", "=8", "0 to 7" },
	{ "--ports 2 --nvm-corrupt=2 cmd", "port 2", "0 to 1" },
	{ "--wire bus:0 cmd", "bus:0", "loop:P, pair:P,Q" },
	{ "--wire loop cmd", "--wire loop", "loop:P" },
	{ "--wire loop0 cmd", "loop0", "loop:P" },
	{ "--wire '' cmd", "--wire", "loop:P" },
	{ "--wire loop: cmd", "port ''", "0 to 7" },
	{ "--wire loop:8 cmd", "port '8'", "0 to 7" },
	{ "--wire loop:-1 cmd", "port '-1'", "0 to 7" },
	{ "--wire loop:0,1 cmd", "'1'", "loop:P[,fifo=drop|wait]" },
	{ "--wire loop:0, cmd", "''", "loop:P[,fifo=drop|wait]" },
	{ "--wire loop:0,rx=a cmd", "'rx=a'", "loop:P[,fifo=drop|wait]" },
	{ "--wire loop:0,fifo=no cmd", "fifo=no", "drop and wait" },
	{ "--wire loop:0,fifo=drop,fifo=drop cmd", "fifo=", "twice" },
	{ "--wire none:0,fifo=drop cmd", "fifo=drop", "none:P" },
	{ "--ports 2 --wire loop:2 cmd", "loop:2 names port 2", "0 to 1" },
	{ "--wire loop:0 --wire none:0 cmd", "none:0", "already, loop:0: accepted is one" },
	{ "--wire pair:0,1 --wire loop:1 cmd", "loop:1", "already, pair:0,1" },
	{ "--wire loop:1 --wire pair:0,1 cmd", "pair:0,1", "already, loop:1" },
	{ "--wire pair:0,0 cmd", "pair:0,0", "loop:0" },
	{ "--wire pair:0 cmd", "pair:0", "pair:P,Q" },
	{ "--wire pair:0,9 cmd", "port '9'", "0 to 7" },
	{ "--wire pair:0, cmd", "port ''", "0 to 7" },
	{ "--ports 1 --wire pair:0,1 cmd", "pair:0,1 names port 1", "0 to 0" },
	{ "--wire tap:0 cmd", "name ''", "1 to 15" },
	{ "--wire tap:0,abcdefghijklmnop cmd", "abcdefghijklmnop", "1 to 15" },
	{ "--wire tap:0,a/b cmd", "a/b", "'/'" },
	{ "--wire tap:0,tap%d cmd", "tap%d", "'%'" },
	{ "--wire tap:0,.. cmd", "'..'", "1 to 15" },
	{ "--wire tap:0,a --wire tap:1,a cmd", "ports 0 and 1", "tap a" },
	{ "--wire pcap:0 cmd", "pcap:0", "rx=FILE or tx=FILE" },
	{ "--wire pcap:0,rx= cmd", "rx=:", "1 to 255 bytes" },
	{ "--wire pcap:0,rx=a,repeat=0 cmd", "repeat=0", "from 1" },
	{ "--wire pcap:0,rx=a,repeat=x cmd", "repeat=x", "forever" },
	{ "--wire pcap:0,tx=a,repeat=2 cmd", "repeat=", "rx=FILE" },
	{ "--wire pcap:0,tx=a,start=2 cmd", "start=", "rx=FILE" },
	{ "--wire pcap:0,rx=a,start=3600001 cmd", "start=3600001", "0 to 3600000 milliseconds" },
	{ "--wire pcap:0,rx=a,start=now cmd", "start=now", "the word command" },
	{ "--wire pcap:0,rx=a,tx=a cmd", "rx=a,tx=a", "same path" },
	{ "--wire pcap:0,rx=a,local=a cmd", "local=a", "pcap:P[,rx=FILE]" },
	{ "--wire pcap:0,tx=a --wire pcap:1,tx=a cmd", "ports 0 and 1", "pcap a" },
	{ "--wire socket:0,local=/a cmd", "remote=PATH", "socket:P,local=PATH,remote=PATH" },
	{ "--wire socket:0,remote=/a cmd", "local=PATH", "socket:P,local=PATH,remote=PATH" },
	{ "--wire socket:0,local=/a,remote=/a cmd", "remote=/a", "same path" },
	{ "--wire socket:0,local=,remote=/a cmd", "local=:", "1 to 107 bytes" },
	{ "--wire socket:0,local=" PATH_108 ",remote=/a cmd", PATH_108, "1 to 107 bytes" },
	{ "--wire socket:0,local=/a,remote=" PATH_108 " cmd", "remote=/tmp/a", "1 to 107 bytes" },
	{ "--wire flood:0,size=59 cmd", "size=59", "60 to 1514" },
	{ "--wire flood:0,size=1515 cmd", "size=1515", "60 to 1514" },
	{ "--wire flood:0,flows=0 cmd", "flows=0", "1 to 64" },
	{ "--wire flood:0,flows=65 cmd", "flows=65", "1 to 64" },
	{ "--wire flood:0,frames=0 cmd", "frames=0", "from 1" },
	{ "--wire flood:0,frames=x cmd", "frames=x", "forever" },
	{ "--wire flood:0,fifo=drop cmd", "fifo=drop", "flood:P[,size=BYTES]" },
	{ "--wire flood:0,frames=1,frames=1 cmd", "frames=", "twice" },
	{ "--wire flood:8 cmd", "port '8'", "0 to 7" },
	{ "--wire loop:0,size=60 cmd", "size=60", "loop:P[,fifo=drop|wait]" },
	{ "--control /a --wire socket:0,local=/a,remote=/b cmd", "--control /a", "port 0" },
};

static void
test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int ret = parse(errors[i].line, STDERR_FILENO);

		if (ret != -1)
			fail_msg("'%s': taken as good (%d)", errors[i].line, ret);
		if (strncmp(said, "oriel-twin: ", 12) != 0 ||
			strstr(said, errors[i].given) == NULL ||
			strstr(said, errors[i].accepted) == NULL || strstr(said, "--help") == NULL)
			fail_msg("'%s': no '%s' and '%s' in: %s", errors[i].line, errors[i].given,
				errors[i].accepted, said);
	}
}

static void
test_long_path(void **state)
{
	char path[TWIN_PATH_MAX + 1], line[2 * TWIN_PATH_MAX + 64];

	(void)state;
	memset(path, 'p', TWIN_PATH_MAX);
	path[TWIN_PATH_MAX] = '\0';
	snprintf(line, sizeof(line), "--stats %s cmd", path);
	assert_int_equal(parse(line, STDERR_FILENO), -1);
	assert_non_null(strstr(said, "1 to 255 bytes"));
	snprintf(line, sizeof(line), "--wire pcap:0,tx=%s cmd", path);
	assert_int_equal(parse(line, STDERR_FILENO), -1);
	assert_non_null(strstr(said, "1 to 255 bytes"));
	path[TWIN_PATH_MAX - 1] = '\0';
	snprintf(line, sizeof(line), "--stats %s --wire pcap:0,tx=%s cmd", path, path);
	good(line);
	assert_string_equal(cfg.stats_path, path);
}

static void
test_help(void **state)
{
	static const char *const words[] = { "--ports N", "--wire SPEC", "loop:P", "pair:P,Q",
		"tap:P,NAME", "pcap:P", "socket:P,local=PATH,remote=PATH", "none:P", "fifo=drop",
		"fifo=wait", "--mmio fast|exact", "--lockstep", "--spin", "--control PATH",
		"--device-id", "--mac", "--nvm-corrupt", "--seed N", "--allow-dma-violations",
		"--stats FILE", "--summary", "--help", "--version", "10c9", "10e6", "10e7", "10e8",
		"1526", "150a", "1518", "150d", "Examples", "Exit code" };
	const char *line = said;

	(void)state;
	assert_int_equal(parse("--ports 2 --help", STDOUT_FILENO), 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(said, words[i]) == NULL)
			fail_msg("--help lacks %s", words[i]);
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (len > 90)
			fail_msg("%zu columns: %.*s", len, (int)len, line);
		line += len + (line[len] == '\n');
	}
	assert_int_equal(parse("-h", STDOUT_FILENO), 0);
	assert_int_equal(parse("--version", STDOUT_FILENO), 0);
	assert_string_equal(said, "oriel-twin " ORIEL_VERSION "\n");
}

static void
random_text(char *dst, size_t size)
{
	size_t len = (size_t)rand() % size;

	for (size_t i = 0; i < len; i++)
		dst[i] = (char)(1 + rand() % 255);
	dst[len] = '\0';
}

/* Zeroed first, so that padding is equal and memcmp() sees every field. */
static void
random_config(struct twin_config *c)
{
	memset(c, 0, sizeof(*c));
	c->nb_ports = 1 + (unsigned int)rand() % TWIN_MAX_PORTS;
	c->exact = rand() & 1;
	c->lockstep = rand() & 1;
	c->spin = rand() & 1;
	c->allow_dma_violations = rand() & 1;
	c->summary = rand() & 1;
	c->seed = (uint64_t)rand() << 33 ^ (uint64_t)rand();
	random_text(c->control_path, sizeof(c->control_path));
	random_text(c->stats_path, sizeof(c->stats_path));
	random_text(c->run_dir, sizeof(c->run_dir));
	for (unsigned int i = 0; i < c->nb_ports; i++) {
		struct twin_port_config *p = &c->port[i];

		p->device_id = (uint16_t)rand();
		for (int j = 0; j < 6; j++)
			p->mac[j] = (uint8_t)rand();
		p->nvm_corrupt = rand() & 1;
		random_text(p->pci_addr, sizeof(p->pci_addr));
		p->wire.kind = (enum twin_wire_kind)(rand() % (TWIN_WIRE_SOCKET + 1));
		p->wire.fifo = (enum twin_fifo_policy)(rand() % (TWIN_FIFO_WAIT + 1));
		p->wire.port = (unsigned int)rand() % TWIN_MAX_PORTS;
		p->wire.peer = (unsigned int)rand() % TWIN_MAX_PORTS;
		p->wire.repeat = rand() & 1 ? UINT64_MAX : (uint64_t)rand();
		p->wire.start_ms = rand() & 1 ? UINT32_MAX : (uint32_t)rand();
		random_text(p->wire.name, sizeof(p->wire.name));
		random_text(p->wire.rx_path, sizeof(p->wire.rx_path));
		random_text(p->wire.tx_path, sizeof(p->wire.tx_path));
	}
}

/* Bytes behind a string's end do not travel. */
static void
test_env_round_trip(void **state)
{
	static struct twin_config a, b;

	(void)state;
	for (int i = 0; i < 300; i++) {
		random_config(&a);
		memset(&b, 0xa5, sizeof(b));
		assert_int_equal(twin_opts_to_env(&a), 0);
		assert_int_equal(twin_opts_from_env(&b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	/* The largest there can be. */
	memset(&a, 0, sizeof(a));
	a.nb_ports = TWIN_MAX_PORTS;
	memset(a.control_path, 0xff, sizeof(a.control_path) - 1);
	memset(a.stats_path, 0xff, sizeof(a.stats_path) - 1);
	memset(a.run_dir, 0xff, sizeof(a.run_dir) - 1);
	a.seed = UINT64_MAX;
	for (unsigned int i = 0; i < TWIN_MAX_PORTS; i++) {
		memset(a.port[i].wire.rx_path, 0xff, TWIN_PATH_MAX - 1);
		memset(a.port[i].wire.tx_path, 0xff, TWIN_PATH_MAX - 1);
		memset(a.port[i].wire.name, 0xff, sizeof(a.port[i].wire.name) - 1);
		memset(a.port[i].pci_addr, 0xff, sizeof(a.port[i].pci_addr) - 1);
		a.port[i].wire.repeat = UINT64_MAX;
	}
	assert_int_equal(twin_opts_to_env(&a), 0);
	assert_int_equal(twin_opts_from_env(&b), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void
test_env_bad(void **state)
{
	static const char *const bad[] = { "", "version", "version=1 pci=a", "version=2",
		"version=2 exact=0", "version=2 exact=2 pci=a", "version=2 pci=a mac=1",
		"version=2 pci=a mac=zz:00:00:00:00:00", "version=2 pci=a wire=7",
		"version=2 pci=a fifo=3", "version=2 pci=a wire_port=8",
		"version=2 pci=a nonsense=1", "version=2 pci=a wire_port",
		"version=2 pci=0123456789abcdef", "version=2 pci=%", "version=2 pci=%4",
		"version=2 pci=%zz", "version=2 pci=%00", "version=2  pci=a",
		"version=2 pci=a device=65536", "version=2 seed=-1 pci=a",
		"version=2 pci=a pci=a pci=a pci=a pci=a pci=a pci=a pci=a pci=a" };
	static struct twin_config a, b;
	char *text, *copy;
	size_t len;

	(void)state;
	unsetenv("ORIEL_TWIN");
	assert_int_equal(twin_opts_from_env(&b), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("ORIEL_TWIN", bad[i], 1);
		memset(&b, 0x5a, sizeof(b));
		memset(&a, 0x5a, sizeof(a));
		if (twin_opts_from_env(&b) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	/* Whatever damage there is, it is read within bounds. */
	random_config(&a);
	twin_opts_to_env(&a);
	text = strdup(getenv("ORIEL_TWIN"));
	len = strlen(text);
	for (int i = 0; i < 3000; i++) {
		int ret;

		copy = strdup(text);
		copy[(size_t)rand() % len] = (char)(1 + rand() % 255);
		copy[(size_t)rand() % len] = (char)(rand() % 256);
		setenv("ORIEL_TWIN", copy, 1);
		ret = twin_opts_from_env(&b);
		assert_true(ret == 0 || ret == -EINVAL);
		if (ret == 0)
			assert_in_range(b.nb_ports, 1, TWIN_MAX_PORTS);
		free(copy);
	}
	free(text);
	unsetenv("ORIEL_TWIN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_all_options),
		cmocka_unit_test(test_wires),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_env_round_trip),
		cmocka_unit_test(test_env_bad),
	};
	const char *seed = getenv("ORIEL_TEST_SEED");
	unsigned int s = seed != NULL ? (unsigned int)strtoul(seed, NULL, 0) :
					(unsigned int)time(NULL);

	print_message("# ORIEL_TEST_SEED=%u\n", s);
	srand(s);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
