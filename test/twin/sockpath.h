/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Names of unix sockets in the file system: how long they may be, and how one is taken over. */

#ifndef TWIN_SOCKPATH_H
#define TWIN_SOCKPATH_H

#include <stddef.h>
#include <sys/un.h>

/** Bytes that a path may have, without its end. */
#define TWIN_SOCKPATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

/** Fills *sa; 0, or -ENAMETOOLONG or -EINVAL (empty). */
int twin_sockpath_addr(const char *path, struct sockaddr_un *sa);

/**
 * Binds a socket of `type` (SOCK_STREAM or SOCK_DGRAM) to `path`, close-on-exec and
 * non-blocking. What a dead process left there is replaced; a socket that somebody
 * listens on (-EADDRINUSE) and a file that is no socket (-EEXIST) are left alone.
 * Returns the descriptor or a negative errno.
 */
int twin_sockpath_bind(const char *path, int type);

/** Why twin_sockpath_bind() failed, for a message. */
const char *twin_sockpath_why(int err);

#endif /* TWIN_SOCKPATH_H */
