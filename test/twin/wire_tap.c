/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Wire "tap": a network interface of the host's kernel is the far end. */

#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wire.h"

#define TUN_DEVICE "/dev/net/tun"

static void
say_why(const struct twin_wire *w, int err)
{
	unsigned int port = w->port->index;
	const char *name = w->cfg->name;

	switch (err) {
	case EPERM:
	case EACCES:
		twin_log(
			"port %u: tap %s: no permission: run as root, or let root make it for you: "
			"ip tuntap add dev %s mode tap user $USER",
			port, name, name);
		break;
	case EBUSY:
		twin_log("port %u: tap %s: another program has it open", port, name);
		break;
	case EINVAL:
		twin_log("port %u: tap %s: an interface of this name exists and is no plain tap",
			port, name);
		break;
	default:
		twin_log("port %u: tap %s: %s", port, name, strerror(err));
	}
}

static int
tap_open(struct twin_wire *w)
{
	struct ifreq ifr;
	int fd, err;

	fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err = errno;
		if (err == ENOENT || err == ENODEV || err == ENXIO)
			twin_log("port %u: tap %s: the kernel offers no " TUN_DEVICE
				 ": as root: modprobe tun",
				w->port->index, w->cfg->name);
		else
			say_why(w, err);
		return -err;
	}
	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, w->cfg->name, strnlen(w->cfg->name, IFNAMSIZ - 1));
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = errno;
		say_why(w, err);
		close(fd);
		return -err;
	}
	w->fd = fd;
	return 0;
}

static void
tap_close(struct twin_wire *w)
{
	close(w->fd);
	w->fd = -1;
}

static bool
tap_tx(struct twin_wire *w, const void *frame, uint32_t len)
{
	ssize_t n = write(w->fd, frame, len);

	if (n == (ssize_t)len)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
		return false;
	/* EIO: the interface is down, as an unplugged cable. That is no news. */
	if (n < 0 && errno != EIO && !w->said) {
		w->said = true;
		twin_log("port %u: tap %s: cannot send: %s", w->port->index, w->cfg->name,
			strerror(errno));
	}
	w->port->cnt->drops[TWIN_DROP_WIRE]++;
	return true;
}

static void
tap_pull(struct twin_wire *w)
{
	for (int i = 0; i < TWIN_PULL_BURST; i++) {
		uint8_t *dst = twin_wire_room(w);
		ssize_t n;

		if (dst == NULL)
			return;
		n = read(w->fd, dst, TWIN_MAX_FRAME + 1);
		if (n <= 0)
			return;
		twin_wire_accept(w, dst, (size_t)n);
	}
}

const struct twin_wire_ops twin_wire_tap_ops = {
	.open = tap_open,
	.close = tap_close,
	.tx = tap_tx,
	.pull = tap_pull,
};
