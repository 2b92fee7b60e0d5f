/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Wire "socket": a unix datagram socket, one frame without CRC in each datagram, as
 * QEMU's `-netdev dgram,local.type=unix,remote.type=unix` speaks it.
 */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockpath.h"
#include "wire.h"

static int
socket_open(struct twin_wire *w)
{
	struct sockaddr_un *remote;
	int fd, ret;

	remote = malloc(sizeof(*remote));
	if (remote == NULL)
		return -ENOMEM;
	ret = twin_sockpath_addr(w->cfg->tx_path, remote);
	if (ret < 0) {
		twin_log("port %u: socket: remote=%s: %s", w->port->index, w->cfg->tx_path,
			twin_sockpath_why(ret));
		free(remote);
		return ret;
	}
	fd = twin_sockpath_bind(w->cfg->rx_path, SOCK_DGRAM);
	if (fd < 0) {
		twin_log("port %u: socket: local=%s: %s", w->port->index, w->cfg->rx_path,
			twin_sockpath_why(fd));
		free(remote);
		return fd;
	}
	w->fd = fd;
	w->priv = remote;
	return 0;
}

static void
socket_close(struct twin_wire *w)
{
	close(w->fd);
	w->fd = -1;
	unlink(w->cfg->rx_path);
	free(w->priv);
	w->priv = NULL;
}

/*
 * Sent by address, not over a connection: the far end may come later, and may be
 * another one after a restart; and a connected socket would take frames from its peer's
 * bound name only.
 */
static bool
socket_tx(struct twin_wire *w, const void *frame, uint32_t len)
{
	ssize_t n = sendto(w->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL, w->priv,
		sizeof(struct sockaddr_un));

	if (n == (ssize_t)len)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
		return false;
	if (n < 0 && errno != ENOENT && errno != ECONNREFUSED && !w->said) {
		w->said = true;
		twin_log("port %u: socket: cannot send to %s: %s", w->port->index, w->cfg->tx_path,
			strerror(errno));
	}
	w->port->cnt->drops[TWIN_DROP_WIRE]++;
	return true;
}

static void
socket_pull(struct twin_wire *w)
{
	for (int i = 0; i < TWIN_PULL_BURST; i++) {
		uint8_t *dst = twin_wire_room(w);
		ssize_t n;

		if (dst == NULL)
			return;
		n = recv(w->fd, dst, TWIN_MAX_FRAME + 1, MSG_DONTWAIT);
		if (n < 0)
			return;
		twin_wire_accept(w, dst, (size_t)n);
	}
}

const struct twin_wire_ops twin_wire_socket_ops = {
	.open = socket_open,
	.close = socket_close,
	.tx = socket_tx,
	.pull = socket_pull,
};
