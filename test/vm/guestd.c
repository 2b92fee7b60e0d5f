/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */
/* Process 1 of the test guest: runs commands that the host asks for over a virtio-serial port.
 *
 * Both directions carry frames: three 32-bit little-endian words (session, type, length), then
 * `length` bytes. The host picks the session number; several sessions run at once. The host side
 * is channel.py. image.py links this file statically.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PORT_NAME "oriel.command"
#define MAX_SESSIONS 64
#define MAX_ARGS 256
#define MAX_FRAME (256 * 1024)
#define READ_SIZE (32 * 1024)
/* The port is not read while a session has this much input that its process does not take. */
#define MAX_PENDING (1024 * 1024)
/* A pipe holds 64 KiB: reads of what an ended process has left end here whatever happens. */
#define MAX_LAST_READS 64

enum frame_type {
	FRAME_EXEC = 1,	   /* flags word, then the arguments, each ended by NUL */
	FRAME_STDIN = 2,   /* bytes; an empty frame closes the input */
	FRAME_SIGNAL = 3,  /* signal number, for the session's process group */
	FRAME_HELLO = 16,  /* the guest is ready */
	FRAME_STDOUT = 17, /* bytes */
	FRAME_STDERR = 18, /* bytes */
	FRAME_EXIT = 19,   /* wait status word */
	FRAME_FAILED = 20, /* not started; text says why */
};

#define EXEC_PTY 0x1u /* the standard streams are a terminal */
#define EXEC_RAW 0x2u /* that terminal neither echoes nor edits lines */

struct frame {
	uint32_t session;
	uint32_t type;
	uint32_t len;
};

struct session {
	uint32_t id;
	pid_t pid; /* 0: the slot is free */
	int in;
	int out;
	int err;
	bool pty;
	bool close_in; /* close `in` once `pending` has been written */
	uint8_t *pending;
	size_t nb_pending;
};

static struct session sessions[MAX_SESSIONS];
static int port = -1;
static sigset_t old_mask;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "guestd: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void
write_port(const void *data, size_t len)
{
	const uint8_t *pos = data;

	while (len > 0) {
		ssize_t n = write(port, pos, len);

		if (n > 0) {
			pos += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = port, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			die("write to the command port");
		}
	}
}

static void
send_frame(uint32_t session, enum frame_type type, const void *data, size_t len)
{
	struct frame head = { .session = session, .type = type, .len = (uint32_t)len };

	write_port(&head, sizeof(head));
	write_port(data, len);
}

/* Find the port by the name that QEMU gives it; it appears soon after start-up. */
static int
open_port(void)
{
	for (int tries = 0; tries < 500; tries++) {
		glob_t names;

		if (glob("/sys/class/virtio-ports/*/name", 0, NULL, &names) == 0) {
			for (size_t i = 0; i < names.gl_pathc; i++) {
				char text[64] = "", dev[80] = "";
				FILE *f = fopen(names.gl_pathv[i], "r");

				if (f == NULL)
					continue;
				if (fgets(text, sizeof(text), f) == NULL)
					text[0] = '\0';
				fclose(f);
				text[strcspn(text, "\n")] = '\0';
				if (strcmp(text, PORT_NAME) != 0)
					continue;
				if (sscanf(names.gl_pathv[i],
					    "/sys/class/virtio-ports/%40[^/]/name", text) == 1)
					snprintf(dev, sizeof(dev), "/dev/%s", text);
				globfree(&names);
				return open(dev, O_RDWR | O_NONBLOCK | O_CLOEXEC);
			}
			globfree(&names);
		}
		usleep(20 * 1000);
	}
	errno = ENODEV;
	return -1;
}

static struct session *
session_find(uint32_t id)
{
	for (int i = 0; i < MAX_SESSIONS; i++)
		if (sessions[i].pid != 0 && sessions[i].id == id)
			return &sessions[i];
	return NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
session_free(struct session *s)
{
	close_fd(&s->in);
	close_fd(&s->out);
	close_fd(&s->err);
	free(s->pending);
	*s = (struct session){ .in = -1, .out = -1, .err = -1 };
}

/* Take one read's worth from *fd to the host. Returns false once there is nothing more now. */
static bool
session_forward(struct session *s, int *fd, enum frame_type type)
{
	static uint8_t buf[READ_SIZE];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, buf, sizeof(buf));
	if (n > 0) {
		send_frame(s->id, type, buf, (size_t)n);
		return true;
	}
	/* EIO: the last process with the terminal open has gone. */
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(fd);
	return false;
}

static void
session_feed(struct session *s)
{
	while (s->in >= 0 && s->nb_pending > 0) {
		ssize_t n = write(s->in, s->pending, s->nb_pending);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			/* Nobody reads any more. */
			s->nb_pending = 0;
			close_fd(&s->in);
			return;
		}
		s->nb_pending -= (size_t)n;
		memmove(s->pending, s->pending + n, s->nb_pending);
	}
	if (s->close_in && s->nb_pending == 0)
		close_fd(&s->in);
}

static void
session_input(struct session *s, const uint8_t *data, size_t len)
{
	static const uint8_t end_of_file = 4; /* what a terminal takes for it */
	uint8_t *grown;

	if (s->in < 0)
		return;
	if (len == 0) {
		if (!s->pty) {
			s->close_in = true;
			session_feed(s);
			return;
		}
		data = &end_of_file;
		len = 1;
	}
	grown = realloc(s->pending, s->nb_pending + len);
	if (grown == NULL)
		die("input buffer");
	s->pending = grown;
	memcpy(s->pending + s->nb_pending, data, len);
	s->nb_pending += len;
	session_feed(s);
}

/* In the child: streams in place, then the command. Does not return. */
static _Noreturn void
child(char **argv, int in, int out, int err, bool pty)
{
	setsid();
	if (pty)
		ioctl(in, TIOCSCTTY, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	execvp(argv[0], argv);
	dprintf(2, "guestd: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int
make_terminal(bool raw, int *master)
{
	struct termios t;
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0)
		return -1;
	slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave >= 0 && raw && tcgetattr(slave, &t) == 0) {
		cfmakeraw(&t);
		t.c_lflag |= ISIG;
		tcsetattr(slave, TCSANOW, &t);
	}
	return slave;
}

/* Make the streams: mine[] stay here (in, out, err), theirs[] go to the command. */
static int
make_streams(uint32_t flags, int mine[3], int theirs[3])
{
	int pipes[3][2];

	if (flags & EXEC_PTY) {
		theirs[0] = make_terminal(flags & EXEC_RAW, &mine[1]);
		theirs[1] = theirs[2] = theirs[0];
		mine[0] = fcntl(mine[1], F_DUPFD_CLOEXEC, 3);
		mine[2] = -1;
		if (theirs[0] < 0 || mine[0] < 0)
			return -errno;
	} else {
		for (int i = 0; i < 3; i++) {
			if (pipe2(pipes[i], O_CLOEXEC) < 0)
				return -errno;
			mine[i] = pipes[i][i == 0 ? 1 : 0];
			theirs[i] = pipes[i][i == 0 ? 0 : 1];
		}
	}
	for (int i = 0; i < 3; i++)
		if (mine[i] >= 0)
			fcntl(mine[i], F_SETFL, fcntl(mine[i], F_GETFL) | O_NONBLOCK);
	return 0;
}

static const char *
session_start(uint32_t id, uint8_t *data, size_t len)
{
	struct session *s = NULL;
	int mine[3] = { -1, -1, -1 }, theirs[3] = { -1, -1, -1 };
	char *argv[MAX_ARGS + 1];
	int nb_args = 0;
	uint32_t flags;

	for (int i = 0; i < MAX_SESSIONS && s == NULL; i++)
		if (sessions[i].pid == 0)
			s = &sessions[i];
	if (s == NULL)
		return "too many commands at once";
	if (session_find(id) != NULL)
		return "session number in use";
	if (len <= sizeof(flags) || data[len - 1] != '\0')
		return "malformed request";
	memcpy(&flags, data, sizeof(flags));
	for (size_t pos = sizeof(flags); pos < len; pos += strlen((char *)data + pos) + 1) {
		if (nb_args == MAX_ARGS)
			return "too many arguments";
		argv[nb_args++] = (char *)data + pos;
	}
	argv[nb_args] = NULL;
	if (make_streams(flags, mine, theirs) < 0)
		return "no pipes or terminal";

	*s = (struct session){
		.id = id, .in = mine[0], .out = mine[1], .err = mine[2], .pty = flags & EXEC_PTY
	};
	s->pid = fork();
	if (s->pid == 0)
		child(argv, theirs[0], theirs[1], theirs[2], s->pty);
	for (int i = 0; i < (s->pty ? 1 : 3); i++)
		close(theirs[i]);
	if (s->pid < 0) {
		session_free(s);
		return "fork failed";
	}
	return NULL;
}

static void
handle_frame(const struct frame *head, uint8_t *data)
{
	struct session *s = session_find(head->session);
	const char *problem = NULL;
	uint32_t number;

	switch (head->type) {
	case FRAME_EXEC:
		problem = session_start(head->session, data, head->len);
		break;
	case FRAME_STDIN:
		/* A command that has ended takes no more: not an error. */
		if (s != NULL)
			session_input(s, data, head->len);
		break;
	case FRAME_SIGNAL:
		if (s != NULL && head->len == sizeof(number)) {
			memcpy(&number, data, sizeof(number));
			kill(-s->pid, (int)number);
		}
		break;
	default:
		problem = "unknown frame type";
	}
	if (problem != NULL)
		send_frame(head->session, FRAME_FAILED, problem, strlen(problem));
}

/* Read what the host has sent and handle all whole frames. */
static void
handle_port(void)
{
	static uint8_t buf[sizeof(struct frame) + MAX_FRAME];
	static size_t have;
	size_t pos = 0;
	ssize_t n = read(port, buf + have, sizeof(buf) - have);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("read from the command port");
	if (n > 0)
		have += (size_t)n;
	while (have - pos >= sizeof(struct frame)) {
		struct frame head;

		memcpy(&head, buf + pos, sizeof(head));
		if (head.len > MAX_FRAME) {
			errno = EPROTO;
			die("frame from the host");
		}
		if (have - pos - sizeof(head) < head.len)
			break;
		handle_frame(&head, buf + pos + sizeof(head));
		pos += sizeof(head) + head.len;
	}
	have -= pos;
	memmove(buf, buf + pos, have);
}

/* Every ended process is waited for: as process 1 this also gets the orphans. */
static void
handle_ended(int sigfd)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(sigfd, &info, sizeof(info)) > 0)
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		uint32_t word = (uint32_t)status;

		for (int i = 0; i < MAX_SESSIONS; i++) {
			struct session *s = &sessions[i];

			if (s->pid != pid)
				continue;
			/* Its output goes before its end; children with the pipe do not hold it. */
			for (int k = 0; k < MAX_LAST_READS; k++)
				if (!session_forward(s, &s->out, FRAME_STDOUT))
					break;
			for (int k = 0; k < MAX_LAST_READS; k++)
				if (!session_forward(s, &s->err, FRAME_STDERR))
					break;
			send_frame(s->id, FRAME_EXIT, &word, sizeof(word));
			session_free(s);
		}
	}
}

static void
serve(int sigfd)
{
	struct pollfd fds[2 + 3 * MAX_SESSIONS];
	bool held = false;

	for (int i = 0; i < MAX_SESSIONS; i++)
		held |= sessions[i].nb_pending > MAX_PENDING;
	fds[0] = (struct pollfd){ .fd = port, .events = held ? 0 : POLLIN };
	fds[1] = (struct pollfd){ .fd = sigfd, .events = POLLIN };
	for (int i = 0; i < MAX_SESSIONS; i++) {
		struct session *s = &sessions[i];
		bool used = s->pid != 0;

		fds[2 + 3 * i] = (struct pollfd){ .fd = used && s->nb_pending > 0 ? s->in : -1,
			.events = POLLOUT };
		fds[3 + 3 * i] = (struct pollfd){ .fd = used ? s->out : -1, .events = POLLIN };
		fds[4 + 3 * i] = (struct pollfd){ .fd = used ? s->err : -1, .events = POLLIN };
	}
	if (poll(fds, 2 + 3 * MAX_SESSIONS, -1) < 0 && errno != EINTR)
		die("poll");
	for (int i = 0; i < MAX_SESSIONS; i++) {
		struct session *s = &sessions[i];

		if (fds[2 + 3 * i].revents != 0)
			session_feed(s);
		if (fds[3 + 3 * i].revents != 0)
			session_forward(s, &s->out, FRAME_STDOUT);
		if (fds[4 + 3 * i].revents != 0)
			session_forward(s, &s->err, FRAME_STDERR);
	}
	if (fds[1].revents != 0)
		handle_ended(sigfd);
	if (fds[0].revents & POLLHUP) {
		/* The host has gone: nobody is left to ask for anything. */
		errno = ECONNRESET;
		die("command port");
	}
	if (fds[0].revents & POLLIN)
		handle_port();
}

int
main(int argc, char **argv)
{
	const char *hello = argc > 1 ? argv[1] : "";
	sigset_t mask;
	int sigfd;

	for (int i = 0; i < MAX_SESSIONS; i++)
		session_free(&sessions[i]);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &old_mask);
	sigfd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (sigfd < 0)
		die("signalfd");
	port = open_port();
	if (port < 0)
		die("command port");
	send_frame(0, FRAME_HELLO, hello, strlen(hello));
	for (;;)
		serve(sigfd);
}
