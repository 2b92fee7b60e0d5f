/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests test/twin/wire.[ch]: the frame ring, loop, pair, none, both policies, injection. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin_fake.h"

#define MAX_WAITING 16384

/* What should be in a ring: the frames' numbers and lengths, oldest first. */
struct expected {
	uint32_t id[MAX_WAITING], len[MAX_WAITING];
	unsigned int head, nb;
	uint64_t bytes, records; /* of frames; of the memory that they take */
};

static uint8_t frame[TWIN_MAX_FRAME + 1];
static uint8_t other[TWIN_MAX_FRAME + 1];

static void
expect(struct expected *e, uint32_t id, uint32_t len)
{
	unsigned int at = (e->head + e->nb) % MAX_WAITING;

	assert_true(e->nb < MAX_WAITING);
	e->id[at] = id;
	e->len[at] = len;
	e->nb++;
	e->bytes += len;
	e->records += twin_ring_record(len);
}

/* Takes the next frame from the wire, which must be the oldest of those expected. */
static void
take(struct twin_port *p, struct expected *e)
{
	uint32_t len = 0, again = 0;
	const uint8_t *got = twin_wire_rx_peek(p, &len);

	if (e->nb == 0) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_int_equal(len, e->len[e->head]);
	/* Looking changes nothing. */
	assert_ptr_equal(twin_wire_rx_peek(p, &again), got);
	assert_int_equal(again, len);
	fake_frame(other, len, e->id[e->head]);
	assert_memory_equal(got, other, len);
	twin_wire_rx_done(p);
	e->bytes -= len;
	e->records -= twin_ring_record(len);
	e->head = (e->head + 1) % MAX_WAITING;
	e->nb--;
}

/* From exactly as much memory as the frame has, so that a sanitizer sees a read too far. */
static bool
send_frame(struct twin_port *p, uint32_t id, uint32_t len)
{
	uint8_t *exact = malloc(len);
	bool taken;

	fake_frame(exact, len, id);
	taken = twin_wire_tx(p, exact, len);
	free(exact);
	return taken;
}

static uint32_t
random_len(int shape)
{
	switch (shape) {
	case 0:
		return 60;
	case 1:
		return 60 + (uint32_t)rand() % 1459;
	case 2:
		return 1 + (uint32_t)rand() % 64;
	case 3:
		return 9000 + (uint32_t)rand() % (TWIN_MAX_FRAME - 8999);
	default:
		return 1 + (uint32_t)rand() % TWIN_MAX_FRAME;
	}
}

static void
test_copy_lengths(void **state)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_LOOP, TWIN_FIFO_DEFAULT);
	static struct expected e;

	(void)state;
	memset(&e, 0, sizeof(e));
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t len = 1; len <= 200; len++) {
		assert_true(send_frame(p, len, len));
		expect(&e, len, len);
	}
	while (e.nb > 0)
		take(p, &e);
	take(p, &e);
	twin_wire_close(p);
	assert_null(p->wire);
}

/* Random sizes in and out; the ring refuses or loses exactly when it is full, never else. */
static void
run_random(enum twin_fifo_policy fifo, int shape)
{
	struct twin_port *p = fake_port(2, TWIN_WIRE_LOOP, fifo);
	bool drop = fifo != TWIN_FIFO_WAIT;
	static const uint32_t longest[] = { 60, 1518, 64, TWIN_MAX_FRAME, TWIN_MAX_FRAME };
	uint64_t missed = 0, lost = 0, full = 0;
	/* Few long frames fill it as well as many short ones. */
	uint32_t phase = longest[shape] > 2000 ? 1000 : 8000;
	static struct expected e;

	memset(&e, 0, sizeof(e));
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t id = 0; id < 6 * phase; id++) {
		uint32_t len = random_len(shape);
		/* Phases in which the ring fills and in which it empties. */
		bool filling = (id / phase) % 2 == 0;
		int weight = filling ? 3 : 1;
		uint32_t before = p->wire->ring.frames;

		assert_true(send_frame(p, id, len) || !drop);
		if (p->wire->ring.frames == before) {
			/* Nothing is refused that there is room for, but for a gap at the end. */
			bool bytes_full = drop && e.bytes + len > TWIN_FIFO_BYTES;
			bool memory_full = e.records + 2 * twin_ring_record(longest[shape]) >
				TWIN_RING_BYTES;

			/* Of frames as they are on a wire the bytes alone decide. */
			assert_true(bytes_full || (memory_full && (!drop || shape == 2)));
			lost += drop;
			full++;
		} else {
			expect(&e, id, len);
		}
		if (drop)
			assert_true(e.bytes <= TWIN_FIFO_BYTES);
		assert_int_equal(p->wire->ring.bytes, e.bytes);
		while (e.nb > 0 && rand() % 4 >= weight)
			take(p, &e);
		if (rand() % 100 == 0)
			missed += twin_wire_take_missed(p);
		if (!filling && rand() % 500 == 0)
			while (e.nb > 0)
				take(p, &e);
	}
	while (e.nb > 0)
		take(p, &e);
	take(p, &e);
	assert_true(full > 0);
	missed += twin_wire_take_missed(p);
	assert_int_equal(missed, lost);
	assert_int_equal(p->cnt->drops[TWIN_DROP_NO_DESC], lost);
	assert_int_equal(twin_wire_take_missed(p), 0);
	twin_wire_close(p);
}

static void
test_random_drop(void **state)
{
	(void)state;
	for (int shape = 0; shape < 5; shape++)
		run_random(TWIN_FIFO_DEFAULT, shape);
}

static void
test_random_wait(void **state)
{
	(void)state;
	for (int shape = 0; shape < 5; shape++)
		run_random(TWIN_FIFO_WAIT, shape);
}

/* The receive packet buffer takes 65,536 bytes of frames to the byte. */
static void
test_fifo_limit(void **state)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_LOOP, TWIN_FIFO_DROP);
	static struct expected e;

	(void)state;
	memset(&e, 0, sizeof(e));
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t i = 0; i < 1024; i++) {
		assert_true(send_frame(p, i, 64));
		expect(&e, i, 64);
	}
	assert_int_equal(p->wire->ring.bytes, TWIN_FIFO_BYTES);
	assert_int_equal(twin_wire_take_missed(p), 0);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(send_frame(p, 7777, 60));
	assert_int_equal(twin_wire_take_missed(p), 10);
	assert_int_equal(p->cnt->drops[TWIN_DROP_NO_DESC], 10);
	take(p, &e);
	assert_true(send_frame(p, 1024, 65));
	assert_int_equal(twin_wire_take_missed(p), 1);
	assert_true(send_frame(p, 1025, 64));
	expect(&e, 1025, 64);
	assert_int_equal(twin_wire_take_missed(p), 0);
	while (e.nb > 0)
		take(p, &e);
	twin_wire_close(p);
}

static void
test_pair(void **state)
{
	struct twin_port *a = fake_port(1, TWIN_WIRE_PAIR, TWIN_FIFO_WAIT);
	struct twin_port *b = fake_port(4, TWIN_WIRE_PAIR, TWIN_FIFO_WAIT);
	static struct expected ea, eb;
	uint32_t len;

	(void)state;
	memset(&ea, 0, sizeof(ea));
	memset(&eb, 0, sizeof(eb));
	twin_cfg.port[1].wire.peer = 4;
	twin_cfg.port[4].wire.peer = 1;
	assert_int_equal(twin_wire_open(a), 0);
	/* Nobody at the far end yet. */
	assert_true(send_frame(a, 0, 60));
	assert_int_equal(a->cnt->drops[TWIN_DROP_WIRE], 1);
	assert_int_equal(twin_wire_open(b), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		len = 60 + (uint32_t)rand() % 1500;
		if (send_frame(a, i, len))
			expect(&eb, i, len);
		len = 60 + (uint32_t)rand() % 9000;
		if (send_frame(b, i + 100000, len))
			expect(&ea, i + 100000, len);
		if (rand() % 2)
			take(a, &ea);
		if (rand() % 2)
			take(b, &eb);
	}
	/* What waits at one end says nothing about the other. */
	while (send_frame(a, 5000, 1000))
		expect(&eb, 5000, 1000);
	while (ea.nb > 0)
		take(a, &ea);
	assert_true(send_frame(b, 1, 1000));
	expect(&ea, 1, 1000);
	take(a, &ea);
	while (eb.nb > 0)
		take(b, &eb);
	assert_int_equal(a->cnt->drops[TWIN_DROP_NO_DESC] + b->cnt->drops[TWIN_DROP_NO_DESC], 0);

	/* One end goes: the other sends into the void, and nothing is touched after free. */
	assert_true(send_frame(b, 2, 60));
	twin_wire_close(b);
	assert_true(send_frame(a, 1, 60));
	assert_int_equal(a->cnt->drops[TWIN_DROP_WIRE], 2);
	expect(&ea, 2, 60);
	take(a, &ea);
	twin_wire_close(a);

	/* With the policy "drop" the receiving end counts. */
	twin_cfg.port[1].wire.fifo = TWIN_FIFO_DEFAULT;
	twin_cfg.port[4].wire.fifo = TWIN_FIFO_DEFAULT;
	assert_int_equal(twin_wire_open(b), 0);
	assert_int_equal(twin_wire_open(a), 0);
	for (uint32_t i = 0; i < 2000; i++)
		assert_true(send_frame(a, i, 64));
	assert_int_equal(b->cnt->drops[TWIN_DROP_NO_DESC], 2000 - 1024);
	assert_int_equal(twin_wire_take_missed(b), 2000 - 1024);
	assert_int_equal(twin_wire_take_missed(a), 0);
	twin_wire_close(a);
	twin_wire_close(b);
}

static void
test_pair_bad(void **state)
{
	struct twin_port *p = fake_port(1, TWIN_WIRE_PAIR, TWIN_FIFO_DEFAULT);

	(void)state;
	twin_cfg.port[1].wire.peer = 1;
	assert_int_equal(twin_wire_open(p), -EINVAL);
	twin_cfg.port[1].wire.peer = TWIN_MAX_PORTS;
	assert_int_equal(twin_wire_open(p), -EINVAL);
	assert_int_equal(fake_logged, 2);
	assert_null(p->wire);
	twin_wire_close(p);
}

static void
test_none_and_bad_lengths(void **state)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_NONE, TWIN_FIFO_DEFAULT);
	uint32_t len;

	(void)state;
	assert_int_equal(twin_wire_fd(p), -1);
	assert_int_equal(twin_wire_open(p), 0);
	assert_int_equal(twin_wire_fd(p), -1);
	assert_true(send_frame(p, 1, 1514));
	assert_null(twin_wire_rx_peek(p, &len));
	/* Done with nothing there is harmless. */
	twin_wire_rx_done(p);
	assert_null(twin_wire_rx_peek(p, &len));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 0);
	assert_true(twin_wire_tx(p, frame, 0));
	assert_true(twin_wire_tx(p, frame, TWIN_MAX_FRAME + 1));
	assert_true(twin_wire_tx(p, frame, UINT32_MAX));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 3);
	twin_wire_close(p);
}

static void
test_inject(void **state)
{
	struct twin_port *p = fake_port(3, TWIN_WIRE_NONE, TWIN_FIFO_DEFAULT);
	static struct expected e;
	int ret;

	(void)state;
	memset(&e, 0, sizeof(e));
	assert_int_equal(twin_wire_inject(p, frame, 60), -ENODEV);
	assert_int_equal(twin_wire_open(p), 0);
	assert_int_equal(twin_wire_inject(p, frame, 0), -EMSGSIZE);
	assert_int_equal(twin_wire_inject(p, frame, TWIN_MAX_FRAME + 1), -EMSGSIZE);
	/* As it is given, also where no station would have sent it. */
	fake_frame(frame, 1, 9);
	assert_int_equal(twin_wire_inject(p, frame, 1), 0);
	expect(&e, 9, 1);
	take(p, &e);
	for (uint32_t id = 10;; id++) {
		fake_frame(frame, TWIN_MAX_FRAME, id);
		ret = twin_wire_inject(p, frame, TWIN_MAX_FRAME);
		if (ret < 0)
			break;
		expect(&e, id, TWIN_MAX_FRAME);
	}
	assert_int_equal(ret, -ENOBUFS);
	assert_true(e.nb >= 4);
	while (e.nb > 0)
		take(p, &e);
	twin_wire_close(p);
}

static void
test_policy(void **state)
{
	static const struct {
		enum twin_wire_kind kind;
		enum twin_fifo_policy as_default;
	} want[] = {
		{ TWIN_WIRE_NONE, TWIN_FIFO_WAIT },
		{ TWIN_WIRE_LOOP, TWIN_FIFO_DROP },
		{ TWIN_WIRE_PAIR, TWIN_FIFO_DROP },
		{ TWIN_WIRE_TAP, TWIN_FIFO_WAIT },
		{ TWIN_WIRE_PCAP, TWIN_FIFO_WAIT },
		{ TWIN_WIRE_SOCKET, TWIN_FIFO_WAIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(twin_wire_fifo(fake_port(0, want[i].kind, TWIN_FIFO_DEFAULT)),
			want[i].as_default);
		assert_int_equal(
			twin_wire_fifo(fake_port(0, want[i].kind, TWIN_FIFO_DROP)), TWIN_FIFO_DROP);
		assert_int_equal(
			twin_wire_fifo(fake_port(0, want[i].kind, TWIN_FIFO_WAIT)), TWIN_FIFO_WAIT);
	}
}

/* No judgement on the figure: it is for whoever changes the ring. */
static void
test_throughput(void **state)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_LOOP, TWIN_FIFO_DEFAULT);
	const uint32_t rounds = 32768, burst = 32;
	static uint8_t from[32][64], to[32][64];
	struct timespec t0, t1;
	uint64_t got = 0;
	double s;

	(void)state;
	assert_int_equal(twin_wire_open(p), 0);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (uint32_t i = 0; i < rounds; i++) {
		for (uint32_t j = 0; j < burst; j++)
			twin_wire_tx(p, from[j], 64);
		for (uint32_t j = 0; j < burst; j++) {
			uint32_t len = 0;
			const void *f = twin_wire_rx_peek(p, &len);

			if (f == NULL)
				break;
			memcpy(to[j], f, len);
			twin_wire_rx_done(p);
			got++;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	assert_int_equal(got, (uint64_t)rounds * burst);
	s = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	printf("# loop, 64-byte frames in bursts of 32: %.1f million frames/s, %.1f ns each\n",
		(double)got / s / 1e6, s * 1e9 / (double)got);
	twin_wire_close(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_lengths),
		cmocka_unit_test(test_random_drop),
		cmocka_unit_test(test_random_wait),
		cmocka_unit_test(test_fifo_limit),
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_pair_bad),
		cmocka_unit_test(test_none_and_bad_lengths),
		cmocka_unit_test(test_inject),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_throughput),
	};

	fake_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
