/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Tests test/twin/trap.c and emul.c: instructions on registers without access rights do
 * what the processor does on memory, with every side effect once, from many threads too.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../twin/host.h"
#include "twin_fake.h"

#define REG_PLAIN 0x1000u  /* keeps what is written */
#define REG_TICKET 0x1100u /* each read gives the next number */
#define REG_ONES 0x1200u   /* counts the writes of 1 */
#define REG_HOT 0xc018u
#define NB_THREADS 4
#define NB_ROUNDS 5000

struct real_calls real;

static struct twin_host host;
static struct twin_port *port;
static uint8_t *bar; /* the program's mapping */
static pthread_mutex_t mutex;
static unsigned int nb_reads, nb_writes, nb_syncs, nb_kicks;
static uint32_t ticket, ones;

/* ---- what trap.c needs of the rest ---- */

void
twin_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void
twin_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

void
host_enter(sigset_t *saved)
{
	(void)saved;
	twin_lock();
}

void
host_leave(const sigset_t *saved)
{
	(void)saved;
	twin_unlock();
}

bool
host_active(void)
{
	return true;
}

void
twin_kick(void)
{
	nb_kicks++;
}

void
twin_model_sync_hot(struct twin_port *p)
{
	(void)p;
	nb_syncs++;
}

uint32_t
twin_model_read(struct twin_port *p, uint32_t off)
{
	nb_reads++;
	if (off == REG_TICKET)
		return ticket++;
	return twin_reg(p, off);
}

void
twin_model_write(struct twin_port *p, uint32_t off, uint32_t val)
{
	nb_writes++;
	if (off == REG_ONES && val == 1)
		ones++;
	else
		twin_reg_set(p, off, val);
}

/* ---- instructions, on memory and on registers ---- */

struct regs {
	uint64_t a, c, flags;
};

typedef void (*insn_fn)(void *mem, struct regs *r);

/* Runs one instruction with RAX, RCX and the flags given; the operand is (%rdx). */
#define INSN(name, text) \
	static void name(void *mem, struct regs *r) \
	{ \
		__asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushq %2\n\tpopfq\n\t" text \
				 "\n\tpushfq\n\tpopq %2\n\tleaq 128(%%rsp), %%rsp" \
				 : "+a"(r->a), "+c"(r->c), "+b"(r->flags) \
				 : "d"(mem) \
				 : "memory", "cc"); \
	}

INSN(mov_l32, "movl (%%rdx), %%eax")
INSN(mov_s32, "movl %%eax, (%%rdx)")
INSN(mov_i32, "movl $0x12345678, (%%rdx)")
INSN(mov_l64, "movq (%%rdx), %%rax")
INSN(mov_s64, "movq %%rcx, (%%rdx)")
INSN(mov_i64, "movq $-2, (%%rdx)")
INSN(mov_l16, "movw (%%rdx), %%ax")
INSN(mov_s16, "movw %%ax, (%%rdx)")
INSN(mov_l8, "movb (%%rdx), %%al")
INSN(mov_lh, "movb (%%rdx), %%ah")
INSN(mov_s8, "movb %%cl, (%%rdx)")
INSN(mov_sh, "movb %%ch, (%%rdx)")
INSN(movnti32, "movnti %%eax, (%%rdx)")
INSN(movnti64, "movnti %%rax, (%%rdx)")
INSN(movzx8, "movzbl (%%rdx), %%eax")
INSN(movzx16, "movzwq (%%rdx), %%rax")
INSN(movsx8, "movsbl (%%rdx), %%eax")
INSN(movsx16, "movswq (%%rdx), %%rax")
INSN(movsxd, "movslq (%%rdx), %%rax")
INSN(movbe_l, "movbe (%%rdx), %%eax")
INSN(movbe_s, "movbe %%eax, (%%rdx)")
INSN(movbe_l64, "movbe (%%rdx), %%rax")
INSN(test_rm, "testl %%eax, (%%rdx)")
INSN(test_im, "testl $0x80000000, (%%rdx)")
INSN(test_i8, "testb $0x10, 1(%%rdx)")
INSN(cmp_rm, "cmpl %%eax, (%%rdx)")
INSN(cmp_mr, "cmpl (%%rdx), %%eax")
INSN(cmp_i8, "cmpl $-1, (%%rdx)")
INSN(cmp_w, "cmpw %%cx, (%%rdx)")
INSN(and_mr, "andl (%%rdx), %%eax")
INSN(and_rm, "andl %%eax, (%%rdx)")
INSN(or_mr, "orl (%%rdx), %%eax")
INSN(or_im, "orl $0x40, (%%rdx)")
INSN(or_lock, "lock orl $0x40, (%%rdx)")
INSN(xor_mr, "xorl (%%rdx), %%eax")
INSN(xor_rm8, "xorb %%al, (%%rdx)")
INSN(add_mr, "addl (%%rdx), %%eax")
INSN(add_rm, "addl %%eax, (%%rdx)")
INSN(add_64, "addq (%%rdx), %%rax")
INSN(adc_mr, "adcl (%%rdx), %%eax")
INSN(adc_rm, "adcw %%ax, (%%rdx)")
INSN(sub_mr, "subl (%%rdx), %%eax")
INSN(sub_rm, "subl %%ecx, (%%rdx)")
INSN(sbb_mr, "sbbl (%%rdx), %%eax")
INSN(sbb_rm, "sbbb %%al, (%%rdx)")
INSN(not_m, "notl (%%rdx)")
INSN(inc_m, "incl (%%rdx)")
INSN(dec_m, "decw (%%rdx)")
INSN(bt_i, "btl $5, (%%rdx)")
INSN(bt_r, "andl $63, %%ecx\n\tbtl %%ecx, (%%rdx)")
INSN(bts_i, "btsl $31, (%%rdx)")
INSN(btr_i, "btrl $3, (%%rdx)")
INSN(btc_i, "btcq $40, (%%rdx)")
INSN(xchg_rm, "xchgl %%eax, (%%rdx)")
INSN(cmovz, "cmovzl (%%rdx), %%eax")
INSN(cmovnz, "cmovnzl (%%rdx), %%eax")
INSN(cmovl, "cmovll (%%rdx), %%eax")
INSN(cmovg, "cmovgq (%%rdx), %%rax")
INSN(cmovbe, "cmovbel (%%rdx), %%eax")
INSN(cmovs, "cmovsl (%%rdx), %%eax")
INSN(cmovp, "cmovpl (%%rdx), %%eax")
INSN(disp_index, "xorl %%ecx, %%ecx\n\tincl %%ecx\n\tmovl 4(%%rdx,%%rcx,8), %%eax")
INSN(disp_neg, "movl %%eax, -4(%%rdx)\n\tmovl -4(%%rdx), %%ecx")

static const struct {
	const char *name;
	insn_fn fn;
} insns[] = {
#define ROW(x) \
	{ \
#x, x \
	}
	ROW(mov_l32),
	ROW(mov_s32),
	ROW(mov_i32),
	ROW(mov_l64),
	ROW(mov_s64),
	ROW(mov_i64),
	ROW(mov_l16),
	ROW(mov_s16),
	ROW(mov_l8),
	ROW(mov_lh),
	ROW(mov_s8),
	ROW(mov_sh),
	ROW(movnti32),
	ROW(movnti64),
	ROW(movzx8),
	ROW(movzx16),
	ROW(movsx8),
	ROW(movsx16),
	ROW(movsxd),
	ROW(movbe_l),
	ROW(movbe_s),
	ROW(movbe_l64),
	ROW(test_rm),
	ROW(test_im),
	ROW(test_i8),
	ROW(cmp_rm),
	ROW(cmp_mr),
	ROW(cmp_i8),
	ROW(cmp_w),
	ROW(and_mr),
	ROW(and_rm),
	ROW(or_mr),
	ROW(or_im),
	ROW(or_lock),
	ROW(xor_mr),
	ROW(xor_rm8),
	ROW(add_mr),
	ROW(add_rm),
	ROW(add_64),
	ROW(adc_mr),
	ROW(adc_rm),
	ROW(sub_mr),
	ROW(sub_rm),
	ROW(sbb_mr),
	ROW(sbb_rm),
	ROW(not_m),
	ROW(inc_m),
	ROW(dec_m),
	ROW(bt_i),
	ROW(bt_r),
	ROW(bts_i),
	ROW(btr_i),
	ROW(btc_i),
	ROW(xchg_rm),
	ROW(cmovz),
	ROW(cmovnz),
	ROW(cmovl),
	ROW(cmovg),
	ROW(cmovbe),
	ROW(cmovs),
	ROW(cmovp),
	ROW(disp_index),
	ROW(disp_neg),
};

static uint64_t
random64(void)
{
	/* Edge values now and then: they set the rarer flags. */
	static const uint64_t edge[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff,
		0x80000000, 0xffffffff, UINT64_MAX };

	if (rand() % 3 == 0)
		return edge[(unsigned int)rand() % (sizeof(edge) / sizeof(edge[0]))];
	return (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
}

static void
set_up(void)
{
	ticket = ones = 0;
	nb_reads = nb_writes = nb_syncs = nb_kicks = 0;
	memset(port->cnt, 0, sizeof(*port->cnt));
	port->gone = false;
	port->memory_on = true;
	twin_cfg.exact = false;
	trap_apply(port);
	/* cmocka sets handlers of its own before each test: they are chained. */
	assert_int_equal(trap_start(), 0);
}

static void
test_instructions(void **state)
{
	const uint64_t arith = 0x8d5;

	(void)state;
	set_up();
	for (unsigned int i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		for (unsigned int round = 0; round < 300; round++) {
			/* Also misaligned within the page. */
			uint32_t off = REG_PLAIN + 16 +
				(round < 200 ? 0 : (unsigned int)rand() % 8);
			struct regs cpu = { .a = random64(), .c = random64() }, emu;
			uint64_t mem[8] __attribute__((aligned(64)));

			for (unsigned int k = 0; k < 8; k++)
				mem[k] = random64();
			memcpy((uint8_t *)port->regs + REG_PLAIN, mem, sizeof(mem));
			cpu.flags = 0x202 | ((uint64_t)rand() & arith);
			emu = cpu;
			insns[i].fn((uint8_t *)mem + (off - REG_PLAIN), &cpu);
			insns[i].fn(bar + off, &emu);
			if (cpu.a != emu.a || cpu.c != emu.c ||
				(cpu.flags & arith) != (emu.flags & arith) ||
				memcmp((uint8_t *)port->regs + REG_PLAIN, mem, sizeof(mem)) != 0)
				fail_msg("%s, round %u: rax %#llx and %#llx, flags %#llx and %#llx",
					insns[i].name, round, (unsigned long long)cpu.a,
					(unsigned long long)emu.a, (unsigned long long)cpu.flags,
					(unsigned long long)emu.flags);
		}
	}
	/* All of them by emulation. */
	assert_int_equal(port->cnt->mmio_single_steps, 0);
}

static void
test_side_effects_once(void **state)
{
	volatile uint32_t *reg = (volatile uint32_t *)(bar + REG_TICKET);
	volatile uint32_t *one = (volatile uint32_t *)(bar + REG_ONES);

	(void)state;
	set_up();
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(*reg, i);
		*one = 1;
	}
	assert_int_equal(ones, 10);
	assert_int_equal(port->cnt->mmio_reads, 10);
	assert_int_equal(port->cnt->mmio_writes, 10);
	assert_int_equal(port->cnt->mmio_bad_width, 0);
	/* A read pushes the posted writes of the plain pages; a write wakes the engine. */
	assert_int_equal(nb_syncs, 20);
	assert_int_equal(nb_kicks, 10);
	assert_int_equal(
		*(volatile uint8_t *)(bar + REG_PLAIN), *((uint8_t *)port->regs + REG_PLAIN));
	assert_int_equal(port->cnt->mmio_bad_width, 1);
}

static void
test_hot_pages(void **state)
{
	volatile uint32_t *tail = (volatile uint32_t *)(bar + REG_HOT);

	(void)state;
	set_up();
	*tail = 7;
	assert_int_equal(*tail, 7);
	assert_int_equal(twin_reg(port, REG_HOT), 7);
	assert_int_equal(port->cnt->mmio_reads + port->cnt->mmio_writes, 0);

	twin_cfg.exact = true;
	trap_apply(port);
	*tail = 9;
	assert_int_equal(*tail, 9);
	assert_int_equal(port->cnt->mmio_reads, 1);
	assert_int_equal(port->cnt->mmio_writes, 1);
	assert_int_equal(nb_syncs, 0);
}

static void
test_gone(void **state)
{
	volatile uint32_t *tail = (volatile uint32_t *)(bar + REG_HOT);
	volatile uint32_t *reg = (volatile uint32_t *)(bar + REG_PLAIN);

	(void)state;
	set_up();
	*tail = 1;
	*reg = 2;
	for (unsigned int i = 0; i < 2; i++) {
		nb_reads = nb_writes = 0;
		port->gone = i == 0;
		port->memory_on = i == 0;
		trap_apply(port);
		assert_int_equal(*tail, UINT32_MAX);
		assert_int_equal(*reg, UINT32_MAX);
		assert_int_equal(*(volatile uint64_t *)(bar + REG_PLAIN), UINT64_MAX);
		assert_int_equal(*(volatile uint8_t *)(bar + REG_PLAIN), UINT8_MAX);
		*tail = 5;
		*reg = 6;
		assert_int_equal(nb_reads + nb_writes, 0);
		port->gone = false;
		port->memory_on = true;
		trap_apply(port);
		assert_int_equal(*tail, 1);
		assert_int_equal(*reg, 2);
	}
}

/* Vector accesses that the compiler cannot move, split or leave out. */
static __m128i
vector_load(const void *mem)
{
	__m128i v;

	__asm__ volatile("movups (%1), %0" : "=x"(v) : "r"(mem) : "memory");
	return v;
}

static void
vector_store(void *mem, __m128i v)
{
	__asm__ volatile("movups %0, (%1)" : : "x"(v), "r"(mem) : "memory");
}

/* What emul.c does not know is stepped: vectors, string operations. */
static void
test_single_step(void **state)
{
	uint32_t in[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, out[8] = { 0 };
	uint32_t *to = out, *from = (uint32_t *)(bar + REG_PLAIN);
	unsigned long nb = 8;
	__m128i v;

	(void)state;
	set_up();
	vector_store(bar + REG_PLAIN, vector_load(in));
	assert_int_equal(nb_writes, 4);
	vector_store(bar + REG_PLAIN + 16, vector_load(&in[4]));
	assert_memory_equal((uint8_t *)port->regs + REG_PLAIN, in, sizeof(in));
	v = vector_load(bar + REG_PLAIN);
	assert_memory_equal(&v, in, sizeof(v));
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(nb) : : "memory");
	assert_memory_equal(out, in, sizeof(in));
	assert_true(port->cnt->mmio_single_steps >= 4);

	/* Side effects are the same on this way: four tickets, and each is gone. */
	ticket = 5;
	v = vector_load(bar + REG_TICKET);
	assert_int_equal(_mm_cvtsi128_si32(v), 5);
	assert_int_equal(ticket, 6);
	assert_int_equal(*(volatile uint32_t *)(bar + REG_TICKET), 6);

	/* Afterwards the page traps again. */
	nb_reads = 0;
	assert_int_equal(*(volatile uint32_t *)(bar + REG_PLAIN), 1);
	assert_int_equal(nb_reads, 1);

	port->gone = true;
	trap_apply(port);
	v = vector_load(bar + REG_PLAIN);
	assert_int_equal(_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(-1))), 0xffff);
	port->gone = false;
	trap_apply(port);
	assert_int_equal(twin_reg(port, REG_PLAIN), 1);
}

static uint32_t seen[NB_THREADS][NB_ROUNDS];

static void *
hammer(void *arg)
{
	uint32_t *mine = arg;
	volatile uint32_t *sum = (volatile uint32_t *)(bar + REG_PLAIN);

	for (unsigned int i = 0; i < NB_ROUNDS; i++) {
		mine[i] = *(volatile uint32_t *)(bar + REG_TICKET);
		*(volatile uint32_t *)(bar + REG_ONES) = 1;
		/* One instruction is one turn, so this is atomic here. */
		__asm__ volatile("incl %0" : "+m"(*sum));
	}
	return NULL;
}

static void
test_threads(void **state)
{
	static uint8_t taken[NB_THREADS * NB_ROUNDS];
	pthread_t t[NB_THREADS];

	(void)state;
	set_up();
	twin_reg_set(port, REG_PLAIN, 0);
	memset(taken, 0, sizeof(taken));
	for (unsigned int i = 0; i < NB_THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, hammer, seen[i]), 0);
	for (unsigned int i = 0; i < NB_THREADS; i++)
		pthread_join(t[i], NULL);
	/* Every ticket was given to exactly one thread. */
	for (unsigned int i = 0; i < NB_THREADS; i++)
		for (unsigned int k = 0; k < NB_ROUNDS; k++) {
			assert_true(seen[i][k] < NB_THREADS * NB_ROUNDS);
			taken[seen[i][k]]++;
		}
	for (unsigned int i = 0; i < NB_THREADS * NB_ROUNDS; i++)
		assert_int_equal(taken[i], 1);
	assert_int_equal(ones, NB_THREADS * NB_ROUNDS);
	assert_int_equal(twin_reg(port, REG_PLAIN), NB_THREADS * NB_ROUNDS);
	assert_int_equal(port->cnt->mmio_single_steps, 0);
}

static sigjmp_buf back;
static volatile int caught;

static void
on_segv(int sig)
{
	caught = sig;
	siglongjmp(back, 1);
}

/* Faults of the program's own reach its handler, and ours stays in place. */
static void
test_chain(void **state)
{
	struct sigaction act = { .sa_handler = on_segv }, old;
	volatile uint32_t *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	set_up();
	assert_ptr_not_equal(none, MAP_FAILED);
	assert_int_equal(trap_sigaction(SIGSEGV, &act, &old), 0);
	caught = 0;
	if (sigsetjmp(back, 1) == 0) {
		*none = 1;
		fail_msg("a write to memory without access came back");
	}
	assert_int_equal(caught, SIGSEGV);
	assert_int_equal(*(volatile uint32_t *)(bar + REG_TICKET), 0);
	assert_int_equal(trap_sigaction(SIGSEGV, &old, &act), 0);
	assert_ptr_equal(act.sa_handler, on_segv);
	munmap((void *)(uintptr_t)none, 4096);
}

static unsigned int nb_put;

static void
count_put(void *file)
{
	assert_ptr_equal(file, &nb_put);
	nb_put++;
}

static void
test_mappings(void **state)
{
	/* With memory of ours behind it, as the kernel puts mappings side by side. */
	uint8_t *va = mmap(NULL, 0x5000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	set_up();
	nb_put = 0;
	assert_ptr_not_equal(va, MAP_FAILED);
	assert_ptr_equal(
		mmap(va, 0x4000, PROT_NONE, MAP_SHARED | MAP_FIXED, host.memfd, 0xc000), va);
	assert_int_equal(trap_add(port, 0, va, 0x4000, 0xc000, PROT_READ | PROT_WRITE, &nb_put), 0);
	assert_true(trap_overlaps((uintptr_t)va + 0x3fff, 1));
	assert_false(trap_overlaps((uintptr_t)va + 0x4000, 0x1000));
	twin_reg_set(port, 0xd000, 0xd);
	twin_reg_set(port, 0xf000, 0xf);
	assert_int_equal(*(volatile uint32_t *)(va + 0x1000), 0xd);
	/* A hole in the middle: both ends keep working. */
	trap_remove((uintptr_t)va + 0x2000, 0x1000, count_put);
	assert_int_equal(*(volatile uint32_t *)(va + 0x1000), 0xd);
	assert_int_equal(*(volatile uint32_t *)(va + 0x3000), 0xf);
	assert_int_equal(nb_put, 0);
	trap_remove((uintptr_t)va, 0x4000, count_put);
	assert_int_equal(nb_put, 1);
	assert_false(trap_overlaps((uintptr_t)va, 0x4000));
	munmap(va, 0x5000);
}

static int
make_port(void **state)
{
	pthread_mutexattr_t attr;
	void *regs;

	(void)state;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&mutex, &attr);
	real.sigaction = sigaction;
	real.thread_mask = pthread_sigmask;
	port = fake_port(0, TWIN_WIRE_NONE, TWIN_FIFO_DROP);
	port->host = &host;
	host.memfd = memfd_create("bar", MFD_CLOEXEC);
	if (host.memfd < 0 || ftruncate(host.memfd, TWIN_BAR0_SIZE) != 0)
		return -1;
	regs = mmap(NULL, TWIN_BAR0_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, host.memfd, 0);
	bar = mmap(NULL, TWIN_BAR0_SIZE, PROT_NONE, MAP_SHARED, host.memfd, 0);
	if (regs == MAP_FAILED || bar == MAP_FAILED)
		return -1;
	port->regs = regs;
	port->memory_on = true;
	return trap_add(port, 0, bar, TWIN_BAR0_SIZE, 0, PROT_READ | PROT_WRITE, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_side_effects_once),
		cmocka_unit_test(test_hot_pages),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_single_step),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_mappings),
	};

	fake_seed();
	return cmocka_run_group_tests_name("twin_trap", tests, make_port, NULL);
}
