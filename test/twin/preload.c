/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * libc's functions that a program reaches VFIO with. Each looks whether the path or
 * descriptor is the twin's and else does what libc does, errno included.
 */

/* Both would rename the functions that are defined here. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "opts.h"
#include "vfio.h"

#define EXPORT __attribute__((visibility("default")))

struct real_calls real;

static struct {
	int (*stat)(const char *, struct stat *);
	int (*lstat)(const char *, struct stat *);
	int (*xstat)(int, const char *, struct stat *);
	int (*fstatat)(int, const char *, struct stat *, int);
	int (*access)(const char *, int);
	int (*close_range)(unsigned int, unsigned int, int);
	void (*closefrom)(int);
	sighandler_t (*signal)(int, sighandler_t);
	int (*sigprocmask)(int, const sigset_t *, sigset_t *);
} libc;

/* Function pointers from dlsym(), without a cast that compilers warn about. */
#define LOOK_UP(where, name) \
	do { \
		void *sym_ = dlsym(RTLD_NEXT, name); \
		memcpy(&(where), &sym_, sizeof(sym_)); \
	} while (0)

void
real_init(void)
{
	if (real.open != NULL)
		return;
	LOOK_UP(real.openat, "openat");
	LOOK_UP(real.close, "close");
	LOOK_UP(real.ioctl, "ioctl");
	LOOK_UP(real.mmap, "mmap");
	LOOK_UP(real.munmap, "munmap");
	LOOK_UP(real.pread, "pread");
	LOOK_UP(real.pwrite, "pwrite");
	LOOK_UP(real.dup, "dup");
	LOOK_UP(real.dup2, "dup2");
	LOOK_UP(real.dup3, "dup3");
	LOOK_UP(real.fcntl, "fcntl");
	LOOK_UP(real.sigaction, "sigaction");
	LOOK_UP(real.thread_mask, "pthread_sigmask");
	LOOK_UP(libc.stat, "stat");
	LOOK_UP(libc.lstat, "lstat");
	LOOK_UP(libc.xstat, "__xstat");
	LOOK_UP(libc.fstatat, "fstatat");
	LOOK_UP(libc.access, "access");
	LOOK_UP(libc.close_range, "close_range");
	LOOK_UP(libc.closefrom, "closefrom");
	LOOK_UP(libc.signal, "signal");
	LOOK_UP(libc.sigprocmask, "sigprocmask");
	LOOK_UP(real.open, "open");
}

/** Result of the twin's kind (value or negative errno) to libc's kind. */
static long
result(long ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

static bool
wanted(void)
{
	return getenv(TWIN_OPTS_ENV) != NULL;
}

static bool
is_vfio(const char *path)
{
	return vfio_is_path(path) && wanted();
}

/** What a program looks at to see whether VFIO is there at all. */
static bool
is_witness(const char *path)
{
	static const char *const name[] = {
		"/sys/module",
		"/sys/module/vfio",
		"/sys/module/vfio_pci",
		"/dev/vfio",
		"/sys/module/vfio_iommu_type1",
	};

	if (path == NULL || (strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/dev/", 5) != 0))
		return false;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (strcmp(path, name[i]) == 0)
			return wanted();
	return strcmp(path, "/dev/vfio/vfio") == 0 && wanted();
}

/* ---- open ---- */

static mode_t
open_mode(int flags, va_list ap)
{
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		return va_arg(ap, mode_t);
	return 0;
}

static int
open_any(const char *path, int flags, mode_t mode)
{
	real_init();
	if (is_vfio(path))
		return (int)result(vfio_open(path, flags));
	return real.open(path, flags, mode);
}

static int
openat_any(int dir, const char *path, int flags, mode_t mode)
{
	real_init();
	if (is_vfio(path))
		return (int)result(vfio_open(path, flags));
	return real.openat(dir, path, flags, mode);
}

EXPORT int
open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_any(path, flags, mode);
}

EXPORT int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return openat_any(dir, path, flags, mode);
}

/* What open() becomes in programs built with _FORTIFY_SOURCE. */
EXPORT int __open_2(const char *path, int flags);
EXPORT int __openat_2(int dir, const char *path, int flags);

EXPORT int
__open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

EXPORT int
__openat_2(int dir, const char *path, int flags)
{
	return openat_any(dir, path, flags, 0);
}

/* On x86-64 the 64-bit names of these are the same functions. */
EXPORT int open64(const char *path, int flags, ...) __attribute__((alias("open")));
EXPORT int openat64(int dir, const char *path, int flags, ...) __attribute__((alias("openat")));
EXPORT int __open64_2(const char *path, int flags) __attribute__((alias("__open_2")));
EXPORT int __openat64_2(int dir, const char *path, int flags) __attribute__((alias("__openat_2")));

/* ---- what is there ---- */

static void
witness_stat(const char *path, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = strcmp(path, "/dev/vfio/vfio") == 0 ? S_IFCHR | 0666 : S_IFDIR | 0755;
	st->st_nlink = 1;
}

/** A missing witness is made up; an existing one is shown as it is. */
static int
stat_result(int ret, const char *path, struct stat *st)
{
	if (ret == 0 || errno != ENOENT || !is_witness(path))
		return ret;
	witness_stat(path, st);
	return 0;
}

EXPORT int
stat(const char *path, struct stat *st)
{
	real_init();
	return stat_result(libc.stat(path, st), path, st);
}

EXPORT int
lstat(const char *path, struct stat *st)
{
	real_init();
	return stat_result(libc.lstat(path, st), path, st);
}

EXPORT int
fstatat(int dir, const char *path, struct stat *st, int flags)
{
	real_init();
	return stat_result(libc.fstatat(dir, path, st, flags), path, st);
}

/* Programs built against glibc before 2.33 call this for stat(). */
EXPORT int __xstat(int version, const char *path, struct stat *st);

EXPORT int
__xstat(int version, const char *path, struct stat *st)
{
	real_init();
	return stat_result(libc.xstat(version, path, st), path, st);
}

EXPORT int
access(const char *path, int mode)
{
	int ret;

	real_init();
	ret = libc.access(path, mode);
	return ret == 0 || errno != ENOENT || !is_witness(path) ? ret : 0;
}

EXPORT int stat64(const char *path, struct stat64 *st) __attribute__((alias("stat")));
EXPORT int lstat64(const char *path, struct stat64 *st) __attribute__((alias("lstat")));
EXPORT int fstatat64(int dir, const char *path, struct stat64 *st, int flags)
	__attribute__((alias("fstatat")));
EXPORT int __xstat64(int version, const char *path, struct stat64 *st)
	__attribute__((alias("__xstat")));

/* ---- descriptors ---- */

EXPORT int
close(int fd)
{
	real_init();
	if (vfio_is_fd(fd))
		vfio_closing(fd);
	return real.close(fd);
}

static void
closing_range(unsigned int first, unsigned int last)
{
	for (unsigned int fd = first; fd <= last && fd < VFIO_MAX_FD; fd++)
		if (vfio_is_fd((int)fd))
			vfio_closing((int)fd);
}

EXPORT int
close_range(unsigned int first, unsigned int last, int flags)
{
	real_init();
	if (libc.close_range == NULL) {
		errno = ENOSYS;
		return -1;
	}
	/* CLOSE_RANGE_CLOEXEC closes nothing now. */
	if ((flags & (1 << 2)) == 0 && first <= last)
		closing_range(first, last);
	return libc.close_range(first, last, flags);
}

EXPORT void
closefrom(int first)
{
	real_init();
	closing_range(first < 0 ? 0 : (unsigned int)first, VFIO_MAX_FD - 1);
	if (libc.closefrom != NULL)
		libc.closefrom(first);
}

static int
duplicated(int from, int fd)
{
	if (fd >= 0 && vfio_is_fd(from))
		vfio_duplicated(from, fd);
	return fd;
}

EXPORT int
dup(int fd)
{
	real_init();
	return duplicated(fd, real.dup(fd));
}

EXPORT int
dup2(int fd, int to)
{
	real_init();
	if (fd == to)
		return real.dup2(fd, to);
	if (vfio_is_fd(to))
		vfio_closing(to);
	return duplicated(fd, real.dup2(fd, to));
}

EXPORT int
dup3(int fd, int to, int flags)
{
	real_init();
	if (fd != to && vfio_is_fd(to))
		vfio_closing(to);
	return duplicated(fd, real.dup3(fd, to, flags));
}

EXPORT int
fcntl(int fd, int cmd, ...)
{
	void *arg;
	va_list ap;
	int ret;

	real_init();
	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	ret = real.fcntl(fd, cmd, arg);
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		return duplicated(fd, ret);
	return ret;
}

EXPORT int fcntl64(int fd, int cmd, ...) __attribute__((alias("fcntl")));

EXPORT int
ioctl(int fd, unsigned long request, ...)
{
	void *arg;
	va_list ap;

	real_init();
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (vfio_is_fd(fd))
		return (int)result(vfio_ioctl(fd, request, arg));
	return real.ioctl(fd, request, arg);
}

/* ---- memory ---- */

EXPORT void *
mmap(void *va, size_t len, int prot, int flags, int fd, off_t off)
{
	void *ret;

	real_init();
	/* What lay at a fixed address is gone, a BAR mapping or DMA memory among it. */
	if ((flags & MAP_FIXED) != 0 && host_active())
		vfio_memory_gone(va, len);
	if ((flags & MAP_ANONYMOUS) != 0 || !vfio_is_fd(fd))
		return real.mmap(va, len, prot, flags, fd, off);
	ret = vfio_mmap(va, len, prot, flags, fd, (uint64_t)off);
	if ((uintptr_t)ret > (uintptr_t)-4096) {
		errno = (int)-(intptr_t)ret;
		return MAP_FAILED;
	}
	return ret;
}

EXPORT void *mmap64(void *va, size_t len, int prot, int flags, int fd, off64_t off)
	__attribute__((alias("mmap")));

EXPORT int
munmap(void *va, size_t len)
{
	real_init();
	if (host_active() && len != 0 && ((uintptr_t)va & 4095) == 0)
		vfio_memory_gone(va, len);
	return real.munmap(va, len);
}

EXPORT ssize_t
pread(int fd, void *buf, size_t len, off_t off)
{
	real_init();
	if (vfio_is_fd(fd))
		return result(vfio_pread(fd, buf, len, (uint64_t)off));
	return real.pread(fd, buf, len, off);
}

EXPORT ssize_t
pwrite(int fd, const void *buf, size_t len, off_t off)
{
	real_init();
	if (vfio_is_fd(fd))
		return result(vfio_pwrite(fd, buf, len, (uint64_t)off));
	return real.pwrite(fd, buf, len, off);
}

EXPORT ssize_t __pread_chk(int fd, void *buf, size_t len, off_t off, size_t size);

EXPORT ssize_t
__pread_chk(int fd, void *buf, size_t len, off_t off, size_t size)
{
	if (len > size)
		abort();
	return pread(fd, buf, len, off);
}

EXPORT ssize_t pread64(int fd, void *buf, size_t len, off64_t off) __attribute__((alias("pread")));
EXPORT ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t off)
	__attribute__((alias("pwrite")));
EXPORT ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t off, size_t size)
	__attribute__((alias("__pread_chk")));

/* ---- signals: faults on registers must always reach the twin ---- */

static bool
is_trap_signal(int sig)
{
	return sig == SIGSEGV || sig == SIGTRAP;
}

/** The mask as the program wants it, but never with the twin's two signals in it. */
static const sigset_t *
without_traps(const sigset_t *set, sigset_t *copy)
{
	if (set == NULL || !host_active())
		return set;
	*copy = *set;
	sigdelset(copy, SIGSEGV);
	sigdelset(copy, SIGTRAP);
	return copy;
}

EXPORT int
sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction copy;

	real_init();
	if (!host_active())
		return real.sigaction(sig, act, old);
	if (is_trap_signal(sig))
		return trap_sigaction(sig, act, old);
	if (act != NULL) {
		copy = *act;
		sigdelset(&copy.sa_mask, SIGSEGV);
		sigdelset(&copy.sa_mask, SIGTRAP);
		act = &copy;
	}
	return real.sigaction(sig, act, old);
}

EXPORT sighandler_t
signal(int sig, sighandler_t handler)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	real_init();
	if (!host_active() || !is_trap_signal(sig))
		return libc.signal(sig, handler);
	(void)trap_sigaction(sig, &act, &old);
	return old.sa_handler;
}

EXPORT int
pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t copy;

	real_init();
	return real.thread_mask(how, how == SIG_UNBLOCK ? set : without_traps(set, &copy), old);
}

EXPORT int
sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t copy;

	real_init();
	return libc.sigprocmask(how, how == SIG_UNBLOCK ? set : without_traps(set, &copy), old);
}
