/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests test/twin/counters.c: the JSON and the table say what was counted. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../twin/counters.h"

static struct twin_shared shared;
static struct twin_config cfg;
static char path[64];

static int
setup(void **state)
{
	struct twin_counters *c = &shared.port[1];

	(void)state;
	memset(&shared, 0, sizeof(shared));
	memset(&cfg, 0, sizeof(cfg));
	shared.version = 1;
	shared.nb_ports = 2;
	cfg.nb_ports = 2;
	cfg.seed = 77;
	strcpy(cfg.port[0].pci_addr, "0000:01:00.0");
	strcpy(cfg.port[1].pci_addr, "0000:02:00.0");
	cfg.port[0].wire.kind = TWIN_WIRE_LOOP;
	cfg.port[1].wire.kind = TWIN_WIRE_SOCKET;
	c->rx[0] = (struct twin_queue_counters){ 100, 6400, 10, 128, 100, 0, 3 };
	c->rx[15] = (struct twin_queue_counters){ 300, 19200, 30, 384, 300, 0, 0 };
	c->tx[4] = (struct twin_queue_counters){ 200, 12800, 50, 210, 7, 10, 1 };
	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++)
		c->drops[i] = 1000 + i;
	c->mmio_reads = 11;
	c->mmio_writes = 12;
	c->mmio_hot_reads = 60;
	c->mmio_hot_writes = 90;
	c->mmio_unknown = 13;
	c->mmio_bad_width = 14;
	c->mmio_single_steps = 18;
	c->desc_bytes_read = 6000;
	c->desc_bytes_written = 3000;
	c->payload_bytes_read = 12800;
	c->payload_bytes_written = 25600;
	c->irqs[0] = 5;
	c->irqs[9] = 6;
	c->irq_lost = 15;
	c->resets = 16;
	c->flrs = 17;
	c->dma_violations = 2;
	c->violation[0] = (struct twin_violation){ 0xfedcba9876543210, 64, 1, 0 };
	c->violation[1] = (struct twin_violation){ 0x1000, 16, 0, 2 };
	strcpy(path, "/tmp/oriel-counters-XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* obj.a.b as a number. */
static double
num(const json_t *obj, const char *a, const char *b)
{
	const json_t *v = json_object_get(obj, a);

	if (b != NULL)
		v = json_object_get(v, b);
	if (!json_is_number(v))
		fail_msg("no number %s.%s", a, b != NULL ? b : "");
	return json_number_value(v);
}

static void
test_json(void **state)
{
	json_t *all, *p, *q;
	json_error_t err;

	(void)state;
	assert_int_equal(twin_counters_write(&shared, &cfg, path), 0);
	all = json_load_file(path, JSON_REJECT_DUPLICATES, &err);
	assert_non_null(all);
	assert_int_equal(num(all, "seed", NULL), 77);
	assert_int_equal(json_array_size(json_object_get(all, "ports")), 2);

	p = json_array_get(json_object_get(all, "ports"), 1);
	assert_int_equal(num(p, "port", NULL), 1);
	assert_string_equal(json_string_value(json_object_get(p, "pci")), "0000:02:00.0");
	assert_string_equal(json_string_value(json_object_get(p, "wire")), "socket");
	assert_int_equal(num(p, "rx", "frames"), 400);
	assert_int_equal(num(p, "rx", "bytes"), 25600);
	assert_int_equal(num(p, "rx", "doorbells"), 40);
	assert_int_equal(num(p, "rx", "desc_fetched"), 512);
	assert_int_equal(num(p, "rx", "desc_written"), 400);
	assert_int_equal(num(p, "rx", "dropped"), 3);
	assert_int_equal(num(p, "tx", "frames"), 200);
	assert_int_equal(num(p, "tx", "contexts"), 10);
	assert_int_equal(num(p, "mmio", "reads"), 11);
	assert_int_equal(num(p, "mmio", "writes"), 12);
	assert_int_equal(num(p, "mmio", "hot_reads"), 60);
	assert_int_equal(num(p, "mmio", "hot_writes"), 90);
	assert_int_equal(num(p, "mmio", "unknown"), 13);
	assert_int_equal(num(p, "mmio", "bad_width"), 14);
	assert_int_equal(num(p, "mmio", "single_steps"), 18);
	assert_int_equal(num(p, "dma", "desc_bytes_read"), 6000);
	assert_int_equal(num(p, "dma", "desc_bytes_written"), 3000);
	assert_int_equal(num(p, "dma", "payload_bytes_read"), 12800);
	assert_int_equal(num(p, "dma", "payload_bytes_written"), 25600);
	assert_int_equal(num(p, "dma", "violations"), 2);
	assert_int_equal(num(p, "irqs_lost", NULL), 15);
	assert_int_equal(num(p, "resets", NULL), 16);
	assert_int_equal(num(p, "flrs", NULL), 17);
	assert_int_equal(json_array_size(json_object_get(p, "irqs")), TWIN_NB_MSIX);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(p, "irqs"), 9)), 6);

	/* Only queues that saw something, each with its number. */
	assert_int_equal(json_array_size(json_object_get(p, "rx_queues")), 2);
	q = json_array_get(json_object_get(p, "rx_queues"), 1);
	assert_int_equal(num(q, "queue", NULL), 15);
	assert_int_equal(num(q, "frames", NULL), 300);
	assert_int_equal(json_array_size(json_object_get(p, "tx_queues")), 1);
	q = json_array_get(json_object_get(p, "tx_queues"), 0);
	assert_int_equal(num(q, "queue", NULL), 4);
	assert_int_equal(num(q, "dropped", NULL), 1);
	json_decref(all);
}

static void
test_json_drops_and_ratios(void **state)
{
	static const char *const names[] = { "no_desc", "queue", "filter", "oversize", "disabled",
		"tx_bad", "wire", "dma" };
	json_t *p, *v;

	(void)state;
	p = twin_counters_json(&shared.port[1], &cfg.port[1], 1);
	for (unsigned int i = 0; i < TWIN_NB_DROPS; i++) {
		assert_string_equal(twin_drop_name[i], names[i]);
		assert_int_equal(num(p, "drops", names[i]), 1000 + i);
	}
	assert_int_equal(num(p, "drops", "total"), 8028);
	assert_true(num(p, "per_frame", "rx_doorbells") == 0.1);
	assert_true(num(p, "per_frame", "tx_doorbells") == 0.25);
	assert_true(num(p, "per_frame", "desc_bytes") == 15.0);
	assert_true(num(p, "per_frame", "payload_bytes") == 64.0);
	assert_true(num(p, "per_frame", "hot_reads") == 0.1);
	assert_true(num(p, "per_frame", "hot_writes") == 0.15);
	v = json_array_get(json_object_get(p, "violations"), 0);
	assert_string_equal(json_string_value(json_object_get(v, "iova")), "0xfedcba9876543210");
	assert_int_equal(num(v, "len", NULL), 64);
	assert_true(json_is_true(json_object_get(v, "write")));
	assert_string_equal(json_string_value(json_object_get(v, "reason")), "no window");
	v = json_array_get(json_object_get(p, "violations"), 1);
	assert_true(json_is_false(json_object_get(v, "write")));
	assert_string_equal(json_string_value(json_object_get(v, "reason")), "bus master off");
	assert_int_equal(json_array_size(json_object_get(p, "violations")), 2);
	json_decref(p);

	/* A port that did nothing. */
	p = twin_counters_json(&shared.port[0], &cfg.port[0], 0);
	assert_int_equal(json_array_size(json_object_get(p, "rx_queues")), 0);
	assert_true(json_is_null(json_object_get(json_object_get(p, "per_frame"), "rx_doorbells")));
	assert_int_equal(num(p, "drops", "total"), 0);
	json_decref(p);

	/* More happened than could be recorded. */
	shared.port[1].dma_violations = 1000;
	p = twin_violations_json(&shared.port[1], 1);
	assert_int_equal(json_array_size(p), TWIN_NB_VIOLATIONS);
	json_decref(p);
}

static void
test_write_errors(void **state)
{
	(void)state;
	assert_int_equal(twin_counters_write(&shared, &cfg, "/nonexistent/file"), -ENOENT);
	if (access("/dev/full", W_OK) == 0)
		assert_int_equal(twin_counters_write(&shared, &cfg, "/dev/full"), -ENOSPC);
	/* A damaged file of counters names more ports than there can be. */
	shared.nb_ports = 4000000000;
	cfg.nb_ports = 2;
	assert_int_equal(twin_counters_write(&shared, &cfg, path), 0);
}

static void
test_summary(void **state)
{
	static const char *const words[] = { "port 0, 0000:01:00.0, wire loop",
		"port 1, 0000:02:00.0, wire socket", "rx q0", "rx q15", "25600", "no_desc 1000",
		"dma 1007", "drops:  none", "rx doorbells 0.1000", "tx doorbells 0.2500",
		"descriptor bytes 15.0000", "dma violations: 2",
		"write of 64 bytes at 0xfedcba9876543210: no window", "vector 9 6", "lost 15" };
	char text[8192];
	ssize_t n;
	int tmp = open(path, O_RDWR), saved;

	(void)state;
	assert_true(tmp >= 0);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(tmp, STDERR_FILENO);
	twin_counters_summary(&shared, &cfg);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(tmp, text, sizeof(text) - 1, 0);
	close(tmp);
	assert_true(n > 0);
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]) == NULL)
			fail_msg("no '%s' in:\n%s", words[i], text);
	/* One queue alone is its own sum. */
	assert_null(strstr(text, "tx q4"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_drops_and_ratios, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
