/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The control socket: a thread that reads lines from several clients and writes the
 * replies. Nothing here waits for one client: what a client does not take stays in its
 * buffer, and until it has, no more of its lines are read.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "sockpath.h"
#include "twin.h"

#define NB_CLIENTS 16

struct client {
	int fd;	   /* -1: free */
	bool eof;  /* it sends no more */
	bool skip; /* in a line that is too long */
	size_t in_len;
	char *out; /* one reply, or NULL */
	size_t out_len, out_pos;
	char in[TWIN_CONTROL_LINE + 1];
};

static struct {
	bool running;
	pid_t owner; /* a forked child has no thread to stop */
	int listener, wake;
	pthread_t thread;
	struct client *client;
} ctl;

static void
client_close(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	free(c->out);
	c->out = NULL;
}

static void
client_reply(struct client *c, char *reply)
{
	/* Without memory for a reply the client would wait in vain. */
	if (reply == NULL) {
		client_close(c);
		return;
	}
	c->out = reply;
	c->out_len = strlen(reply);
	c->out_pos = 0;
}

/* False if the client has gone, or takes no more now. */
static bool
client_flush(struct client *c)
{
	while (c->out != NULL) {
		ssize_t n = send(c->fd, c->out + c->out_pos, c->out_len - c->out_pos,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				client_close(c);
			return false;
		}
		c->out_pos += (size_t)n;
		if (c->out_pos == c->out_len) {
			free(c->out);
			c->out = NULL;
		}
	}
	return true;
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

/* Takes one line out of the input and answers it. False if there is none yet. */
static bool
client_line(struct client *c)
{
	char *end = memchr(c->in, '\n', c->in_len);
	size_t len, used;

	if (end == NULL && !c->eof) {
		if (c->in_len <= TWIN_CONTROL_LINE)
			return false;
		c->in_len = 0;
		if (!c->skip)
			client_reply(c,
				twin_control_error("line longer than %d bytes", TWIN_CONTROL_LINE));
		c->skip = true;
		return true;
	}
	/* At the end of input the last line may lack its newline. */
	if (end == NULL && c->in_len == 0)
		return false;
	len = end != NULL ? (size_t)(end - c->in) : c->in_len;
	used = end != NULL ? len + 1 : len;
	if (!c->skip && !is_blank(c->in, len))
		client_reply(c, twin_control_command(c->in, len));
	c->skip = false;
	memmove(c->in, c->in + used, c->in_len - used);
	c->in_len -= used;
	return true;
}

static void
client_read(struct client *c)
{
	size_t room = sizeof(c->in) - c->in_len;
	ssize_t n;

	if (room == 0 || c->eof)
		return;
	n = recv(c->fd, c->in + c->in_len, room, MSG_DONTWAIT);
	if (n > 0)
		c->in_len += (size_t)n;
	else if (n == 0)
		c->eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		client_close(c);
}

/* All that can be done for a client without waiting for it. */
static void
client_serve(struct client *c)
{
	while (c->fd >= 0 && client_flush(c)) {
		if (client_line(c))
			continue;
		if (c->fd >= 0 && c->eof)
			client_close(c);
		return;
	}
}

static void
accept_client(void)
{
	int fd = accept4(ctl.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	char *reply;

	if (fd < 0) {
		/* Out of descriptors: the client still waits, and shall not make this spin. */
		if (errno != EAGAIN && errno != ECONNABORTED)
			usleep(100000);
		return;
	}
	for (unsigned int i = 0; i < NB_CLIENTS; i++) {
		struct client *c = &ctl.client[i];

		if (c->fd >= 0)
			continue;
		c->fd = fd;
		c->eof = false;
		c->skip = false;
		c->in_len = 0;
		return;
	}
	reply = twin_control_error("%d clients are connected already", NB_CLIENTS);
	if (reply != NULL && send(fd, reply, strlen(reply), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		twin_log("control: a client too many is turned away");
	free(reply);
	close(fd);
}

static void *
control_main(void *arg)
{
	struct pollfd pfd[2 + NB_CLIENTS];

	(void)arg;
	for (;;) {
		pfd[0] = (struct pollfd){ .fd = ctl.wake, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = ctl.listener, .events = POLLIN };
		for (unsigned int i = 0; i < NB_CLIENTS; i++) {
			struct client *c = &ctl.client[i];
			short want = c->out != NULL ? POLLOUT : POLLIN;

			pfd[2 + i] = (struct pollfd){ .fd = c->fd, .events = want };
		}
		if (poll(pfd, 2 + NB_CLIENTS, -1) < 0)
			continue;
		if (pfd[0].revents != 0)
			return NULL;
		for (unsigned int i = 0; i < NB_CLIENTS; i++) {
			if (pfd[2 + i].fd < 0 || pfd[2 + i].revents == 0)
				continue;
			/* A client that hung up without taking its reply. */
			if (pfd[2 + i].revents == POLLHUP && ctl.client[i].out != NULL)
				client_close(&ctl.client[i]);
			if (pfd[2 + i].revents & (POLLIN | POLLHUP | POLLERR))
				client_read(&ctl.client[i]);
			client_serve(&ctl.client[i]);
		}
		if (pfd[1].revents != 0)
			accept_client();
	}
}

static int
start_thread(void)
{
	sigset_t block, old;
	int ret;

	/* Signals are the program's affair; a fault of our own shall still be seen. */
	sigfillset(&block);
	sigdelset(&block, SIGSEGV);
	sigdelset(&block, SIGBUS);
	sigdelset(&block, SIGILL);
	sigdelset(&block, SIGFPE);
	sigdelset(&block, SIGTRAP);
	pthread_sigmask(SIG_SETMASK, &block, &old);
	ret = pthread_create(&ctl.thread, NULL, control_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret == 0)
		pthread_setname_np(ctl.thread, "twin-control");
	return -ret;
}

static void
give_back(void)
{
	if (ctl.client != NULL)
		for (unsigned int i = 0; i < NB_CLIENTS; i++)
			if (ctl.client[i].fd >= 0)
				client_close(&ctl.client[i]);
	free(ctl.client);
	ctl.client = NULL;
	if (ctl.wake >= 0)
		close(ctl.wake);
	if (ctl.listener >= 0) {
		close(ctl.listener);
		unlink(twin_cfg.control_path);
	}
}

int
twin_control_start(void)
{
	int ret;

	if (twin_cfg.control_path[0] == '\0' || ctl.running)
		return 0;
	ctl.wake = -1;
	ctl.listener = twin_sockpath_bind(twin_cfg.control_path, SOCK_STREAM);
	if (ctl.listener < 0) {
		ret = ctl.listener;
		twin_log("control: %s: %s", twin_cfg.control_path, twin_sockpath_why(ret));
		return ret;
	}
	ctl.client = calloc(NB_CLIENTS, sizeof(*ctl.client));
	ctl.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = ctl.client == NULL ? -ENOMEM : ctl.wake < 0 ? -errno : 0;
	for (unsigned int i = 0; ret == 0 && i < NB_CLIENTS; i++)
		ctl.client[i].fd = -1;
	if (ret == 0 && listen(ctl.listener, NB_CLIENTS) < 0)
		ret = -errno;
	if (ret == 0)
		ret = start_thread();
	if (ret < 0) {
		twin_log("control: %s: %s", twin_cfg.control_path, strerror(-ret));
		/* Clients beyond memory were never set to free. */
		free(ctl.client);
		ctl.client = NULL;
		give_back();
		return ret;
	}
	ctl.owner = getpid();
	ctl.running = true;
	return 0;
}

void
twin_control_stop(void)
{
	if (!ctl.running || ctl.owner != getpid())
		return;
	ctl.running = false;
	if (eventfd_write(ctl.wake, 1) == 0)
		pthread_join(ctl.thread, NULL);
	give_back();
}
