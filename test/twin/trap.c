/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The program's accesses to BAR0: its mappings have no access rights where registers
 * have side effects, and the SIGSEGV handler carries the faulting instruction out on
 * the device model. Only what emul.c does not know is single-stepped.
 */

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "emul.h"
#include "host.h"

#define TRAP_PAGE 4096u
#define TRAP_MAX_MAPS 64
#define TRAP_FLAG_TF 0x100  /* RFLAGS: single step */
#define TRAP_ERR_WRITE 0x2  /* page fault error code: it was a write */
#define TRAP_STEP_DWORDS 32 /* two 64-byte operands */

/** One mapping of (a part of) a BAR in the program. len is 0 in a free entry. */
struct trap_map {
	_Atomic uintptr_t va;
	_Atomic size_t len;
	struct twin_port *p;
	unsigned int bar;
	uint32_t off; /* in the BAR */
	int prot;     /* what the program asked for */
	void *file;
};

static struct trap_map trap_maps[TRAP_MAX_MAPS]; /* changed under twin_lock() */
static struct sigaction trap_chained[2];	 /* the program's: SIGSEGV, SIGTRAP */

/** The step that a thread is in the middle of; it holds twin_lock() meanwhile. */
static __thread struct {
	bool active;
	sigset_t mask;
	bool had_tf;
	struct twin_port *p;
	unsigned int nb;
	struct {
		uint32_t off;	/* in BAR0 */
		uint32_t shown; /* what the instruction saw */
		uint32_t keep;	/* what the register holds */
		bool write;
	} dword[TRAP_STEP_DWORDS];
	unsigned int nb_pages;
	uintptr_t page[2 * EMUL_MAX_EXTENTS];
	struct trap_map *map;
} step;

/* ---- mappings ---- */

static struct trap_map *
trap_find(uintptr_t va)
{
	for (unsigned int i = 0; i < TRAP_MAX_MAPS; i++) {
		size_t len = atomic_load_explicit(&trap_maps[i].len, memory_order_acquire);
		uintptr_t at = atomic_load_explicit(&trap_maps[i].va, memory_order_relaxed);

		if (len != 0 && va >= at && va - at < len)
			return &trap_maps[i];
	}
	return NULL;
}

bool
trap_overlaps(uintptr_t va, size_t len)
{
	for (unsigned int i = 0; i < TRAP_MAX_MAPS; i++) {
		size_t mlen = atomic_load_explicit(&trap_maps[i].len, memory_order_acquire);
		uintptr_t at = atomic_load_explicit(&trap_maps[i].va, memory_order_relaxed);

		if (mlen != 0 && va < at + mlen && at < va + len)
			return true;
	}
	return false;
}

/** The hot pages of one mapping get the access that the port's state wants. */
static void
trap_apply_map(const struct trap_map *m)
{
	bool plain = !twin_cfg.exact && !m->p->gone && m->p->memory_on;
	uintptr_t va = atomic_load(&m->va);
	size_t len = atomic_load(&m->len);

	if (m->bar != 0)
		return;
	for (size_t at = 0; at < len; at += TRAP_PAGE) {
		if (!twin_page_is_hot(m->off + (uint32_t)at))
			continue;
		if (mprotect((void *)(va + at), TRAP_PAGE, plain ? m->prot : PROT_NONE) != 0)
			twin_log("mprotect of a register page: %s", strerror(errno));
	}
}

void
trap_apply(struct twin_port *p)
{
	for (unsigned int i = 0; i < TRAP_MAX_MAPS; i++)
		if (atomic_load(&trap_maps[i].len) != 0 && trap_maps[i].p == p)
			trap_apply_map(&trap_maps[i]);
}

static struct trap_map *
trap_free_map(void)
{
	for (unsigned int i = 0; i < TRAP_MAX_MAPS; i++)
		if (atomic_load(&trap_maps[i].len) == 0)
			return &trap_maps[i];
	return NULL;
}

int
trap_add(struct twin_port *p, unsigned int bar, void *va, size_t len, uint32_t off, int prot,
	void *file)
{
	struct trap_map *m = trap_free_map();

	if (m == NULL)
		return -ENOMEM;
	m->p = p;
	m->bar = bar;
	m->off = off;
	m->prot = prot & (PROT_READ | PROT_WRITE);
	m->file = file;
	atomic_store_explicit(&m->va, (uintptr_t)va, memory_order_relaxed);
	atomic_store_explicit(&m->len, len, memory_order_release);
	trap_apply_map(m);
	return 0;
}

void
trap_remove(uintptr_t va, size_t len, void (*put)(void *file))
{
	uintptr_t end = va + ((len + TRAP_PAGE - 1) & ~(uintptr_t)(TRAP_PAGE - 1));

	for (unsigned int i = 0; i < TRAP_MAX_MAPS; i++) {
		struct trap_map *m = &trap_maps[i], *rest;
		size_t mlen = atomic_load(&m->len);
		uintptr_t at = atomic_load(&m->va);
		uintptr_t mend = at + mlen;

		if (mlen == 0 || va >= mend || at >= end)
			continue;
		if (va > at && end < mend) {
			/* A hole: the part behind it becomes a mapping of its own. */
			rest = trap_free_map();
			atomic_store(&m->len, va - at);
			if (rest == NULL)
				continue;
			rest->p = m->p;
			rest->bar = m->bar;
			rest->off = m->off + (uint32_t)(end - at);
			rest->prot = m->prot;
			rest->file = NULL;
			atomic_store(&rest->va, end);
			atomic_store(&rest->len, mend - end);
		} else if (va > at) {
			atomic_store(&m->len, va - at);
		} else if (end < mend) {
			atomic_store(&m->len, 0);
			m->off += (uint32_t)(end - at);
			atomic_store(&m->va, end);
			atomic_store(&m->len, mend - end);
		} else {
			atomic_store(&m->len, 0);
			if (m->file != NULL)
				put(m->file);
			m->file = NULL;
		}
	}
}

/* ---- accesses ---- */

static void
trap_count(struct twin_port *p, uint32_t off, unsigned int width, bool write)
{
	struct twin_counters *c = p->cnt;

	if (write)
		c->mmio_writes++;
	else
		c->mmio_reads++;
	if (width != 4 || (off & 3) != 0)
		c->mmio_bad_width++;
}

/** True if the access reaches the device; it first pushes what was posted before it. */
static bool
trap_reaches(struct twin_port *p)
{
	if (p->gone || !p->memory_on)
		return false;
	if (!twin_cfg.exact)
		twin_model_sync_hot(p);
	return true;
}

static uint64_t
trap_low(uint64_t v, unsigned int width)
{
	return width >= 8 ? v : v & ((UINT64_C(1) << (width * 8)) - 1);
}

/*
 * Other widths than 32 bits aligned are not defined for the 82576: a read gives the
 * bytes of the registers that it touches (with their side effects), a narrow write
 * keeps the register's other bytes.
 */
uint64_t
trap_bar0_read(struct twin_port *p, uint32_t off, unsigned int width)
{
	uint32_t first = off & ~3u, shift = (off & 3) * 8;
	uint64_t v;

	trap_count(p, off, width, false);
	if (!trap_reaches(p))
		return trap_low(UINT64_MAX, width);
	v = twin_model_read(p, first);
	if ((off & 3) + width > 4 && first + 4 < TWIN_BAR0_SIZE)
		v |= (uint64_t)twin_model_read(p, first + 4) << 32;
	v >>= shift;
	if ((off & 3) + width > 8 && first + 8 < TWIN_BAR0_SIZE)
		v |= (uint64_t)twin_model_read(p, first + 8) << (64 - shift);
	return trap_low(v, width);
}

void
trap_bar0_write(struct twin_port *p, uint32_t off, unsigned int width, uint64_t val)
{
	trap_count(p, off, width, true);
	if (!trap_reaches(p))
		return;
	if (width == 4 && (off & 3) == 0) {
		twin_model_write(p, off, (uint32_t)val);
	} else {
		while (width > 0 && off < TWIN_BAR0_SIZE) {
			uint32_t in_reg = off & 3, n = width < 4 - in_reg ? width : 4 - in_reg;
			uint32_t mask = (uint32_t)trap_low(UINT32_MAX, n) << (in_reg * 8);
			uint32_t old = twin_reg(p, off - in_reg);

			twin_model_write(p, off - in_reg,
				(old & ~mask) | ((uint32_t)(val << (in_reg * 8)) & mask));
			val = n < 8 ? val >> (n * 8) : 0;
			off += n;
			width -= n;
		}
	}
	twin_kick();
}

/* ---- the single-step way ---- */

/** Makes [off, off + len) of the mapping show what a read gives, and remembers it. */
static bool
step_show(struct trap_map *m, uint32_t off, size_t len, bool write)
{
	uint32_t first = off & ~3u, last = (off + (uint32_t)len + 3) & ~3u;
	struct twin_port *p = m->p;
	bool alive = trap_reaches(p);

	if (last > TWIN_BAR0_SIZE)
		last = TWIN_BAR0_SIZE;
	trap_count(p, off, (unsigned int)len, write);
	for (uint32_t o = first; o < last; o += 4) {
		if (step.nb == TRAP_STEP_DWORDS)
			return false;
		step.dword[step.nb].off = o;
		step.dword[step.nb].write = write;
		step.dword[step.nb].shown = !alive ? UINT32_MAX :
			write			   ? twin_reg(p, o) :
						     twin_model_read(p, o);
		step.dword[step.nb].keep = twin_reg(p, o);
		step.nb++;
	}
	for (unsigned int i = 0; i < step.nb; i++)
		twin_reg_set(p, step.dword[i].off, step.dword[i].shown);
	return true;
}

static bool
step_open_page(uintptr_t page)
{
	for (unsigned int i = 0; i < step.nb_pages; i++)
		if (step.page[i] == page)
			return true;
	if (step.nb_pages == 2 * EMUL_MAX_EXTENTS ||
		mprotect((void *)page, TRAP_PAGE, PROT_READ | PROT_WRITE) != 0)
		return false;
	step.page[step.nb_pages++] = page;
	return true;
}

/** Registers back to what the device holds, pages back to what the port's state wants. */
static void
step_restore(void)
{
	for (unsigned int i = 0; i < step.nb_pages; i++)
		mprotect((void *)step.page[i], TRAP_PAGE, PROT_NONE);
	trap_apply_map(step.map);
	for (unsigned int i = step.nb; i-- > 0;)
		twin_reg_set(step.p, step.dword[i].off, step.dword[i].keep);
}

/** Shows the instruction what it shall see and opens the pages that it touches. */
static bool
step_prepare(const ucontext_t *uc, struct trap_map *m, uintptr_t fault)
{
	struct emul_extent ext[EMUL_MAX_EXTENTS];
	unsigned int nb = emul_extents(uc, ext), shown = 0;
	uintptr_t va = atomic_load(&m->va), rest;
	size_t len = atomic_load(&m->len);

	for (unsigned int i = 0; i < nb; i++) {
		if (ext[i].len == 0 || ext[i].ea < va || ext[i].ea + ext[i].len > va + len)
			continue;
		if (!step_show(m, m->off + (uint32_t)(ext[i].ea - va), ext[i].len, ext[i].write))
			return false;
		shown++;
		for (uintptr_t pg = ext[i].ea & ~(uintptr_t)(TRAP_PAGE - 1);
			pg < ext[i].ea + ext[i].len; pg += TRAP_PAGE)
			if (!step_open_page(pg))
				return false;
	}
	if (shown > 0)
		return true;
	/* Operands that cannot be placed (gathers, FS): up to 64 bytes from where it faulted. */
	rest = len - (fault - va);
	return step_show(m, m->off + (uint32_t)(fault - va), rest < 64 ? rest : 64,
		       (uc->uc_mcontext.gregs[REG_ERR] & TRAP_ERR_WRITE) != 0) &&
		step_open_page(fault & ~(uintptr_t)(TRAP_PAGE - 1));
}

/** Gives access for one instruction. The lock stays taken until SIGTRAP. */
static bool
step_begin(ucontext_t *uc, struct trap_map *m, uintptr_t fault)
{
	step.nb = 0;
	step.nb_pages = 0;
	step.p = m->p;
	step.map = m;
	if (!step_prepare(uc, m, fault)) {
		step_restore();
		return false;
	}
	m->p->cnt->mmio_single_steps++;
	step.had_tf = (uc->uc_mcontext.gregs[REG_EFL] & TRAP_FLAG_TF) != 0;
	uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG_TF;
	step.mask = uc->uc_sigmask;
	sigfillset(&uc->uc_sigmask);
	sigdelset(&uc->uc_sigmask, SIGTRAP);
	sigdelset(&uc->uc_sigmask, SIGSEGV);
	step.active = true;
	return true;
}

/** Takes access away again, applies what the instruction wrote, gives the lock back. */
static void
step_end(ucontext_t *uc)
{
	struct twin_port *p = step.p;
	bool alive = !p->gone && p->memory_on;
	uint32_t now[TRAP_STEP_DWORDS];

	for (unsigned int i = 0; i < step.nb; i++)
		now[i] = twin_reg(p, step.dword[i].off);
	step_restore();
	for (unsigned int i = 0; i < step.nb; i++)
		if (alive && step.dword[i].write)
			twin_model_write(p, step.dword[i].off, now[i]);
	if (!step.had_tf)
		uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG_TF;
	uc->uc_sigmask = step.mask;
	step.active = false;
	twin_kick();
	twin_unlock();
}

/* ---- the handlers ---- */

static struct sigaction *
trap_chain_of(int sig)
{
	return &trap_chained[sig == SIGSEGV ? 0 : 1];
}

/** Hands a signal that is not ours to the handler that the program set for it. */
static void
trap_chain(int sig, siginfo_t *info, ucontext_t *uc)
{
	struct sigaction *chained = trap_chain_of(sig), act = *chained;
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t mask;

	if (act.sa_handler == SIG_IGN && info->si_code <= 0)
		return; /* sent by a process, and ignored */
	if (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN) {
		/* The instruction faults again and meets the default; a sent signal is sent again.
		 */
		real.sigaction(sig, &dfl, NULL);
		if (info->si_code <= 0)
			raise(sig);
		return;
	}
	if ((act.sa_flags & SA_RESETHAND) != 0)
		chained->sa_handler = SIG_DFL;
	sigorset(&mask, &uc->uc_sigmask, &act.sa_mask);
	if ((act.sa_flags & SA_NODEFER) == 0)
		sigaddset(&mask, sig);
	real.thread_mask(SIG_SETMASK, &mask, NULL);
	if ((act.sa_flags & SA_SIGINFO) != 0)
		act.sa_sigaction(sig, info, uc);
	else
		act.sa_handler(sig);
}

/** Carries out one access; false if it is not to be answered by us. */
static bool
trap_emulate(ucontext_t *uc, struct trap_map *m, uintptr_t fault)
{
	struct emul_insn in;
	uint64_t mem = 0, out;
	uintptr_t va = atomic_load(&m->va);
	size_t len = atomic_load(&m->len);
	uint32_t off;

	if (!emul_decode(uc, &in) || in.ea < va || in.ea - va > len - in.width || fault < in.ea ||
		fault >= in.ea + in.width)
		return step_begin(uc, m, fault);
	if ((in.stores && (m->prot & PROT_WRITE) == 0) || m->prot == PROT_NONE)
		return false;
	off = m->off + (uint32_t)(in.ea - va);
	if (in.loads)
		mem = trap_bar0_read(m->p, off, in.width);
	emul_finish(uc, &in, mem, &out);
	if (in.stores)
		trap_bar0_write(m->p, off, in.width, out);
	return true;
}

static void
trap_on_segv(int sig, siginfo_t *info, void *ctx)
{
	uintptr_t fault = (uintptr_t)info->si_addr;
	int saved_errno = errno;
	bool stepping = step.active, mine = false;
	struct trap_map *m;

	/* A positive code: the processor raised it, so si_addr is true. */
	if (info->si_code > 0 && trap_find(fault) != NULL && host_active()) {
		twin_lock();
		m = trap_find(fault);
		if (stepping)
			/* A second register page of the instruction being stepped. */
			mine = m != NULL && step_open_page(fault & ~(uintptr_t)(TRAP_PAGE - 1));
		else if (m != NULL)
			mine = trap_emulate(ctx, m, fault);
		/* A step that begins here keeps the lock until its SIGTRAP. */
		if (stepping || !step.active)
			twin_unlock();
	}
	if (!mine)
		trap_chain(sig, info, ctx);
	errno = saved_errno;
}

static void
trap_on_trap(int sig, siginfo_t *info, void *ctx)
{
	int saved_errno = errno;

	if (step.active)
		step_end(ctx);
	else
		trap_chain(sig, info, ctx);
	errno = saved_errno;
}

/** Puts our handler in place; what was there is chained, unless it is ours already. */
static int
trap_install(int sig, void (*handler)(int, siginfo_t *, void *), struct sigaction *act)
{
	struct sigaction old;

	act->sa_sigaction = handler;
	if (real.sigaction(sig, act, &old) != 0)
		return -errno;
	if (old.sa_sigaction != handler)
		*trap_chain_of(sig) = old;
	return 0;
}

int
trap_start(void)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };
	int ret;

	/*
	 * All other signals wait: their handlers may touch registers too, and the lock
	 * is held. A fault of the model itself must still find its way to the chain.
	 */
	sigfillset(&act.sa_mask);
	sigdelset(&act.sa_mask, SIGSEGV);
	sigdelset(&act.sa_mask, SIGBUS);
	sigdelset(&act.sa_mask, SIGFPE);
	sigdelset(&act.sa_mask, SIGILL);
	sigdelset(&act.sa_mask, SIGABRT);
	ret = trap_install(SIGSEGV, trap_on_segv, &act);
	return ret != 0 ? ret : trap_install(SIGTRAP, trap_on_trap, &act);
}

int
trap_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction *chained = trap_chain_of(sig), was;
	sigset_t saved;

	host_enter(&saved);
	was = *chained;
	if (act != NULL)
		*chained = *act;
	host_leave(&saved);
	if (old != NULL)
		*old = was;
	return 0;
}

void
trap_forked(void)
{
	real.sigaction(SIGSEGV, &trap_chained[0], NULL);
	real.sigaction(SIGTRAP, &trap_chained[1], NULL);
}
