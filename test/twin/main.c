/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * oriel-twin: prepares the run folder and the environment, runs the command with the
 * twin preloaded, and says afterwards what the device saw.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rundir.h"
#include "sysfs.h"
#include "twin.h"

#define EXIT_USAGE 2 /* bad options or no way to start the command */
#define EXIT_VIOLATIONS 3
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
#define NB_FORWARDED (sizeof(forwarded) / sizeof(forwarded[0]))

static volatile pid_t child_pid;

/* ---- the library ---- */

static bool
library_in(const char *dir, const char *rest, char *path, size_t size)
{
	int n = snprintf(path, size, "%s%s/liboriel_twin.so", dir, rest);

	return n > 0 && (size_t)n < size && access(path, R_OK) == 0;
}

/** Next to the binary (a build folder), or where `meson install` puts it. */
static bool
library_find(char *path, size_t size)
{
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *slash;

	if (n > 0) {
		dir[n] = '\0';
		slash = strrchr(dir, '/');
		if (slash != NULL) {
			*slash = '\0';
			if (library_in(dir, "", path, size) ||
				library_in(dir, "/../" ORIEL_LIBDIR_NAME "/oriel", path, size))
				return true;
		}
	}
	return library_in(ORIEL_LIBDIR, "/oriel", path, size);
}

/**
 * The sanitizer's runtime when this is a sanitizer build: it must come before the
 * library, and a command that was not built with it does not bring it along.
 */
static const char *
library_sanitizer(void)
{
	void *sym = dlsym(RTLD_DEFAULT, "__asan_init");
	Dl_info info;

	if (sym == NULL || dladdr(sym, &info) == 0 || info.dli_fname == NULL ||
		strstr(info.dli_fname, ".so") == NULL)
		return NULL;
	return info.dli_fname;
}

static int
environment_set(const struct twin_config *cfg, const char *library)
{
	const char *before = getenv("LD_PRELOAD"), *asan = library_sanitizer();
	char devices[TWIN_PATH_MAX + 16], *preload;
	int ret;

	ret = twin_opts_to_env(cfg);
	if (ret != 0)
		return ret;
	sysfs_devices_path(cfg, devices, sizeof(devices));
	if (setenv("SYSFS_PCI_DEVICES", devices, 1) != 0)
		return -errno;
	/* Behind what is there already: a sanitizer's runtime insists on being first. */
	if (asprintf(&preload, "%s%s%s%s%s", asan != NULL ? asan : "", asan != NULL ? ":" : "",
		    before != NULL ? before : "", before != NULL && *before != '\0' ? ":" : "",
		    library) < 0)
		return -ENOMEM;
	ret = setenv("LD_PRELOAD", preload, 1) == 0 ? 0 : -errno;
	free(preload);
	return ret;
}

/* ---- the run folder ---- */

static struct twin_shared *
counters_make(const struct twin_config *cfg)
{
	char path[TWIN_PATH_MAX + 16];
	struct twin_shared *sh = MAP_FAILED;
	int fd;

	snprintf(path, sizeof(path), "%s/counters", cfg->run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && ftruncate(fd, sizeof(*sh)) == 0)
		sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sh == MAP_FAILED)
		twin_log("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (sh == MAP_FAILED)
		return NULL;
	sh->version = 1;
	sh->nb_ports = cfg->nb_ports;
	return sh;
}

/* ---- the command ---- */

static void
forward(int sig, siginfo_t *info, void *ctx)
{
	(void)ctx;
	/* A key on the terminal reaches the command by itself: it is in the same group. */
	if (info->si_code != SI_KERNEL && child_pid > 0)
		kill(child_pid, sig);
}

static void
command_exec(char **argv, const sigset_t *mask, pid_t parent)
{
	int err;

	/* A launcher that is killed takes its command along. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_USAGE);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	err = errno;
	twin_log("%s: %s", argv[0], strerror(err));
	_exit(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/** Runs the command; its exit code, or 128 + the signal that ended it. */
static int
command_run(char **argv)
{
	struct sigaction act = { .sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction was[NB_FORWARDED];
	sigset_t block, before;
	pid_t self = getpid(), pid;
	int status;

	/* Held back until the child's number is known. */
	sigemptyset(&block);
	for (size_t i = 0; i < NB_FORWARDED; i++)
		sigaddset(&block, forwarded[i]);
	sigprocmask(SIG_BLOCK, &block, &before);

	pid = fork();
	if (pid < 0) {
		twin_log("fork: %s", strerror(errno));
		sigprocmask(SIG_SETMASK, &before, NULL);
		return EXIT_USAGE;
	}
	if (pid == 0)
		command_exec(argv, &before, self);
	child_pid = pid;
	sigfillset(&act.sa_mask);
	for (size_t i = 0; i < NB_FORWARDED; i++) {
		/* What is ignored here (nohup) stays so, there and here. */
		sigaction(forwarded[i], NULL, &was[i]);
		if (was[i].sa_handler != SIG_IGN)
			sigaction(forwarded[i], &act, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_USAGE;
	child_pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static uint64_t
violations(const struct twin_shared *sh, const struct twin_config *cfg)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < cfg->nb_ports; i++)
		n += sh->port[i].dma_violations;
	return n;
}

/** The counters after the command, and the exit code that they leave. */
static int
report(const struct twin_shared *sh, const struct twin_config *cfg, int code)
{
	uint64_t bad = violations(sh, cfg);
	int ret;

	if (cfg->stats_path[0] != '\0') {
		ret = twin_counters_write(sh, cfg, cfg->stats_path);
		if (ret != 0) {
			twin_log("--stats %s: %s", cfg->stats_path, strerror(-ret));
			if (code == 0)
				code = EXIT_USAGE;
		}
	}
	if (cfg->summary)
		twin_counters_summary(sh, cfg);
	if (sh->failed && code == 0) {
		twin_log("the command ran without its ports, for the reason given above");
		code = EXIT_USAGE;
	}
	if (bad == 0)
		return code;
	for (unsigned int i = 0; i < cfg->nb_ports; i++) {
		static const char *const why[] = { "no window", "no permission", "no bus master" };
		const struct twin_counters *c = &sh->port[i];
		const struct twin_violation *v = &c->violation[0];

		if (c->dma_violations > 0)
			twin_log("port %u: %llu DMA violations, the first a %s of %llu bytes at "
				 "0x%llx (%s)",
				i, (unsigned long long)c->dma_violations,
				v->write ? "write" : "read", (unsigned long long)v->len,
				(unsigned long long)v->iova, why[v->reason % 3]);
	}
	return code == 0 && !cfg->allow_dma_violations ? EXIT_VIOLATIONS : code;
}

int
main(int argc, char **argv)
{
	static struct twin_config cfg;
	char library[PATH_MAX];
	struct twin_shared *sh;
	int command, ret, code = EXIT_USAGE;

	command = twin_opts_parse(argc, argv, &cfg);
	if (command <= 0)
		return command == 0 ? EXIT_SUCCESS : EXIT_USAGE;
	if (!library_find(library, sizeof(library))) {
		twin_log("liboriel_twin.so is neither next to oriel-twin nor in " ORIEL_LIBDIR
			 "/oriel");
		return EXIT_USAGE;
	}
	if (rundir_make(&cfg) != 0)
		return EXIT_USAGE;
	sh = counters_make(&cfg);
	if (sh != NULL && sysfs_build(&cfg) == 0) {
		ret = environment_set(&cfg, library);
		if (ret != 0) {
			twin_log("environment: %s", strerror(-ret));
		} else {
			code = command_run(&argv[command]);
			code = report(sh, &cfg, code);
		}
	}
	rundir_remove(cfg.run_dir);
	return code;
}
