/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Run folders. A launcher that was killed cannot remove its own, so the next one does:
 * a folder is in use as long as a process holds a lock on its file "launcher" or "owner".
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rundir.h"

#define PREFIX "oriel-twin-"
#define NEW_S 60 /* a folder this young may belong to a launcher that has not locked it yet */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) != 0 && errno != ENOENT)
		twin_log("%s: cannot remove: %s", path, strerror(errno));
	return 0;
}

void
rundir_remove(const char *run_dir)
{
	/* Depth first and never through a link: nothing outside is touched. */
	(void)nftw(run_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool
is_locked(const char *dir, const char *name)
{
	struct flock lk = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[TWIN_PATH_MAX + 16];
	bool locked;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno != ENOENT;
	locked = fcntl(fd, F_GETLK, &lk) != 0 || lk.l_type != F_UNLCK;
	close(fd);
	return locked;
}

/** Folders of this user's launchers that are no more. */
static void
sweep(const char *where)
{
	DIR *d = opendir(where);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		char path[TWIN_PATH_MAX];
		struct stat st;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0 ||
			strlen(e->d_name) != strlen(PREFIX) + 6 ||
			snprintf(path, sizeof(path), "%s/%s", where, e->d_name) >=
				(int)sizeof(path))
			continue;
		if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
			time(NULL) - st.st_ctime < NEW_S)
			continue;
		if (!is_locked(path, "launcher") && !is_locked(path, "owner"))
			rundir_remove(path);
	}
	closedir(d);
}

static int
take_lock(const char *dir)
{
	struct flock lk = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[TWIN_PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/launcher", dir);
	/* Stays open: the lock goes with the process. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 || fcntl(fd, F_SETLK, &lk) != 0 ? -errno : 0;
}

int
rundir_make(struct twin_config *cfg)
{
	const char *where[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };
	int ret = -ENOENT;

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		if (where[i] == NULL || where[i][0] != '/' ||
			snprintf(cfg->run_dir, sizeof(cfg->run_dir), "%s/" PREFIX "XXXXXX",
				where[i]) >= (int)sizeof(cfg->run_dir))
			continue;
		/* Before there is one of ours: a process does not see its own locks. */
		sweep(where[i]);
		if (mkdtemp(cfg->run_dir) == NULL) {
			ret = -errno;
			continue;
		}
		ret = take_lock(cfg->run_dir);
		if (ret == 0)
			return 0;
		rundir_remove(cfg->run_dir);
	}
	twin_log("no folder for the run: XDG_RUNTIME_DIR, TMPDIR or /tmp must be writable: %s",
		strerror(-ret));
	cfg->run_dir[0] = '\0';
	return ret;
}
