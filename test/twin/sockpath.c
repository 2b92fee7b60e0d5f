/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Binds unix sockets to paths without ever destroying what is not ours. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sockpath.h"

int
twin_sockpath_addr(const char *path, struct sockaddr_un *sa)
{
	size_t len = strlen(path);

	if (len == 0)
		return -EINVAL;
	if (len > TWIN_SOCKPATH_MAX)
		return -ENAMETOOLONG;
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	memcpy(sa->sun_path, path, len);
	return 0;
}

/* Removes a socket that nobody serves any more. */
static int
clear_stale(const char *path, const struct sockaddr_un *sa, int type)
{
	struct stat st;
	int fd, err;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0 ? errno : 0;
	close(fd);
	/* Only a refusal proves that it is dead: EAGAIN is a full backlog, EPROTOTYPE another type.
	 */
	if (err == ENOENT)
		return 0;
	if (err != ECONNREFUSED)
		return err == EACCES ? -EACCES : -EADDRINUSE;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int
twin_sockpath_bind(const char *path, int type)
{
	struct sockaddr_un sa;
	int fd, ret;

	ret = twin_sockpath_addr(path, &sa);
	if (ret < 0)
		return ret;
	ret = clear_stale(path, &sa, type);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

const char *
twin_sockpath_why(int err)
{
	switch (err < 0 ? -err : err) {
	case EADDRINUSE:
		return "a running program has this socket";
	case EEXIST:
		return "a file that is no socket is in its place";
	case ENAMETOOLONG:
		return "the path is longer than a unix socket's may be (107 bytes)";
	case EINVAL:
		return "the path is empty";
	default:
		return strerror(err < 0 ? -err : err);
	}
}
