/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests the wires to the host: test/twin/wire_{pcap,socket,tap}.c and sockpath.c. */

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "../twin/sockpath.h"
#include "twin_fake.h"

static char dir[64];
static uint8_t frame[TWIN_MAX_FRAME + 64];
static uint8_t other[TWIN_MAX_FRAME + 64];

/* Lengths as they occur, the limits among them. */
static const uint32_t lens[] = { 60, 61, 64, 65, 128, 1514, 1518, 9014, 9728, TWIN_MAX_FRAME, 60 };
#define NB_LENS (sizeof(lens) / sizeof(lens[0]))

static int
make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/oriel-wire-XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_dir(void **state)
{
	static const char *const names[] = { "in", "out", "a", "b" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void
in_dir(char *path, const char *name)
{
	snprintf(path, TWIN_PATH_MAX, "%s/%s", dir, name);
}

/* Frame `id` comes in next, padded as it should be. */
static void
take(struct twin_port *p, uint32_t id, uint32_t len)
{
	uint32_t got_len = 0;
	const uint8_t *got = twin_wire_rx_peek(p, &got_len);

	if (got == NULL)
		fail_msg("frame %u is missing", id);
	memset(other, 0, TWIN_MIN_FRAME);
	fake_frame(other, len, id);
	assert_int_equal(got_len, len < TWIN_MIN_FRAME ? TWIN_MIN_FRAME : len);
	assert_memory_equal(got, other, got_len);
	twin_wire_rx_done(p);
}

static void
take_none(struct twin_port *p)
{
	uint32_t len;

	assert_null(twin_wire_rx_peek(p, &len));
}

static bool
send_frame(struct twin_port *p, uint32_t id, uint32_t len)
{
	fake_frame(frame, len, id);
	return twin_wire_tx(p, frame, len);
}

/* ---- pcap ---- */

static struct twin_port *
pcap_port(const char *rx, const char *tx)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_PCAP, TWIN_FIFO_DEFAULT);

	if (rx != NULL)
		in_dir(twin_cfg.port[0].wire.rx_path, rx);
	if (tx != NULL)
		in_dir(twin_cfg.port[0].wire.tx_path, tx);
	return p;
}

/* A capture with frames 0, 1, ... of these lengths, the last one cut by `cut` bytes. */
static void
write_capture(const char *name, int link, const uint32_t *len, uint32_t nb, uint32_t cut)
{
	char path[TWIN_PATH_MAX];
	pcap_t *handle = pcap_open_dead(link, 65535);
	pcap_dumper_t *out;

	in_dir(path, name);
	out = pcap_dump_open(handle, path);
	assert_non_null(out);
	for (uint32_t i = 0; i < nb; i++) {
		struct pcap_pkthdr hdr = { .caplen = len[i], .len = len[i] };

		if (i == nb - 1)
			hdr.caplen -= cut;
		fake_frame(frame, len[i], i);
		pcap_dump((u_char *)out, &hdr, frame);
	}
	pcap_dump_close(out);
	pcap_close(handle);
}

/* The file holds frames first, first + 1, ... of these lengths and no more. */
static void
check_capture(const char *name, const uint32_t *len, uint32_t nb, uint32_t first)
{
	char path[TWIN_PATH_MAX], err[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *hdr;
	const u_char *data;
	pcap_t *in;

	in_dir(path, name);
	in = pcap_open_offline(path, err);
	if (in == NULL)
		fail_msg("%s", err);
	assert_int_equal(pcap_datalink(in), DLT_EN10MB);
	for (uint32_t i = 0; i < nb; i++) {
		assert_int_equal(pcap_next_ex(in, &hdr, &data), 1);
		assert_int_equal(hdr->caplen, len[i]);
		assert_int_equal(hdr->len, len[i]);
		fake_frame(other, len[i], first + i);
		assert_memory_equal(data, other, len[i]);
	}
	assert_int_equal(pcap_next_ex(in, &hdr, &data), PCAP_ERROR_BREAK);
	pcap_close(in);
}

static void
test_pcap_round_trip(void **state)
{
	struct twin_port *p = pcap_port("in", "out");

	(void)state;
	write_capture("in", DLT_EN10MB, lens, NB_LENS, 0);
	assert_int_equal(twin_wire_open(p), 0);
	assert_int_equal(twin_wire_fd(p), -1);
	for (uint32_t i = 0; i < NB_LENS; i++) {
		uint32_t len = 0;
		const void *got = twin_wire_rx_peek(p, &len);

		assert_non_null(got);
		assert_true(twin_wire_tx(p, got, len));
		twin_wire_rx_done(p);
		/* Complete at any time, not only after the end. */
		check_capture("out", lens, i + 1, 0);
	}
	take_none(p);
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 0);
	twin_wire_close(p);
	check_capture("out", lens, NB_LENS, 0);
}

static void
test_pcap_repeat_and_padding(void **state)
{
	static const uint32_t shorts[] = { 14, 42, 59, 60, 1514 };
	struct twin_port *p = pcap_port("in", NULL);

	(void)state;
	write_capture("in", DLT_EN10MB, shorts, 5, 0);
	twin_cfg.port[0].wire.repeat = 100;
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t i = 0; i < 500; i++)
		take(p, i % 5, shorts[i % 5]);
	take_none(p);
	/* Without tx= frames vanish, and nobody minds. */
	assert_true(send_frame(p, 1, 60));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 0);
	twin_wire_close(p);

	twin_cfg.port[0].wire.repeat = UINT64_MAX;
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t i = 0; i < 5000; i++)
		take(p, i % 5, shorts[i % 5]);
	twin_wire_close(p);

	/* An empty capture is a short one. */
	write_capture("in", DLT_EN10MB, lens, 0, 0);
	assert_int_equal(twin_wire_open(p), 0);
	take_none(p);
	twin_wire_close(p);
}

static void
test_pcap_start(void **state)
{
	struct twin_port *p = pcap_port("in", NULL);

	(void)state;
	write_capture("in", DLT_EN10MB, lens, 3, 0);
	twin_cfg.port[0].wire.start_ms = 1500;
	assert_int_equal(twin_wire_open(p), 0);
	/* The time begins when the port could receive for the first time. */
	fake_now_ns = 10000000000;
	take_none(p);
	fake_now_ns += 1499999999;
	take_none(p);
	fake_now_ns += 1;
	for (uint32_t i = 0; i < 3; i++)
		take(p, i, lens[i]);
	take_none(p);
	twin_wire_close(p);

	twin_cfg.port[0].wire.start_ms = TWIN_START_BY_COMMAND;
	assert_int_equal(twin_wire_open(p), 0);
	fake_now_ns += 10000000000000;
	take_none(p);
	assert_int_equal(twin_wire_play(p), 0);
	for (uint32_t i = 0; i < 3; i++)
		take(p, i, lens[i]);
	take_none(p);
	twin_wire_close(p);

	p = fake_port(0, TWIN_WIRE_LOOP, TWIN_FIFO_DEFAULT);
	assert_int_equal(twin_wire_play(p), -ENOTSUP);
	assert_int_equal(twin_wire_open(p), 0);
	assert_int_equal(twin_wire_play(p), -ENOTSUP);
	twin_wire_close(p);
}

/* A frame that finds no descriptor: with "wait" nothing goes on, with "drop" the file does. */
static void
test_pcap_policies(void **state)
{
	static const uint32_t two[] = { 1500, 1500 };
	struct twin_port *p = pcap_port("in", NULL);
	uint32_t len = 0;

	(void)state;
	write_capture("in", DLT_EN10MB, two, 2, 0);
	twin_cfg.port[0].wire.repeat = 500;
	assert_int_equal(twin_wire_open(p), 0);
	for (int i = 0; i < 1000; i++)
		assert_non_null(twin_wire_rx_peek(p, &len));
	for (uint32_t i = 0; i < 1000; i++)
		take(p, i % 2, 1500);
	take_none(p);
	assert_int_equal(twin_wire_take_missed(p), 0);
	twin_wire_close(p);

	twin_cfg.port[0].wire.fifo = TWIN_FIFO_DROP;
	assert_int_equal(twin_wire_open(p), 0);
	for (int i = 0; i < 1000; i++)
		assert_non_null(twin_wire_rx_peek(p, &len));
	for (uint32_t i = 0; i < TWIN_FIFO_BYTES / 1500; i++)
		take(p, i % 2, 1500);
	take_none(p);
	assert_int_equal(p->cnt->drops[TWIN_DROP_NO_DESC], 1000 - TWIN_FIFO_BYTES / 1500);
	assert_int_equal(twin_wire_take_missed(p), 1000 - TWIN_FIFO_BYTES / 1500);
	twin_wire_close(p);
}

static void
refused(struct twin_port *p, int err, const char *words)
{
	int ret = twin_wire_open(p);

	if (ret != err)
		fail_msg("%d, not %d: %s", ret, err, fake_log);
	if (strstr(fake_log, words) == NULL)
		fail_msg("no '%s' in: %s", words, fake_log);
	assert_int_equal(fake_logged, 1);
	fake_logged = 0;
	assert_null(p->wire);
}

static void
test_pcap_refused(void **state)
{
	static const uint32_t runt[] = { 60, 13 }, giant[] = { TWIN_MAX_FRAME + 1 };
	struct twin_port *p = pcap_port("in", "out");
	char path[TWIN_PATH_MAX];
	struct stat st;
	int fd;

	(void)state;
	refused(p, -EINVAL, "No such file");
	write_capture("in", DLT_RAW, lens, 3, 0);
	refused(p, -EPROTONOSUPPORT, "link type RAW (12): only Ethernet");
	write_capture("in", DLT_EN10MB, lens, 3, 1);
	refused(p, -EBADMSG, "frame 3 was cut to 63 of its 64 bytes");
	write_capture("in", DLT_EN10MB, runt, 2, 0);
	refused(p, -EMSGSIZE, "frame 2 has 13 bytes: accepted are 14 to 16384");
	write_capture("in", DLT_EN10MB, giant, 1, 0);
	refused(p, -EMSGSIZE, "frame 1 has 16385 bytes");

	/* The file ends within a record. */
	write_capture("in", DLT_EN10MB, lens, 3, 0);
	in_dir(path, "in");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	refused(p, -EBADMSG, "after frame 2");
	assert_int_equal(truncate(path, 0), 0);
	refused(p, -EINVAL, "truncated");
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, "this is no capture file at all", 30), 30);
	close(fd);
	refused(p, -EINVAL, "unknown file format");

	snprintf(twin_cfg.port[0].wire.rx_path, TWIN_PATH_MAX, "%s", dir);
	refused(p, -EINVAL, "not a regular file");
	/* None of these may have emptied the file to write. */
	in_dir(path, "out");
	assert_int_equal(access(path, F_OK), -1);

	/* Two names of one file. */
	write_capture("in", DLT_EN10MB, lens, 3, 0);
	p = pcap_port("in", "in");
	refused(p, -EINVAL, "same file");
	in_dir(path, "in");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 100);

	p = pcap_port("in", NULL);
	strcpy(twin_cfg.port[0].wire.tx_path, "/nonexistent/out");
	refused(p, -ENOENT, "tx=/nonexistent/out");
	if (access("/dev/full", W_OK) == 0) {
		strcpy(twin_cfg.port[0].wire.tx_path, "/dev/full");
		refused(p, -EIO, "No space");
	}
}

/* What was sent is in the file also when the program had no chance to end it. */
static void
test_pcap_killed(void **state)
{
	struct twin_port *p = pcap_port(NULL, "out");
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (twin_wire_open(p) == 0)
			for (uint32_t i = 0; i < NB_LENS; i++)
				send_frame(p, i, lens[i]);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	check_capture("out", lens, NB_LENS, 0);
}

/* ---- socket ---- */

static struct twin_port *
socket_port(enum twin_fifo_policy fifo)
{
	struct twin_port *p = fake_port(5, TWIN_WIRE_SOCKET, fifo);

	in_dir(twin_cfg.port[5].wire.rx_path, "a");
	in_dir(twin_cfg.port[5].wire.tx_path, "b");
	return p;
}

/* The far end: bound to b, and it sends to a. */
static int
far_end(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/b", dir);
	unlink(sa.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static bool
far_send(int fd, uint32_t id, uint32_t len)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/a", dir);
	fake_frame(frame, len, id);
	return sendto(fd, frame, len, MSG_DONTWAIT, (struct sockaddr *)&sa, sizeof(sa)) ==
		(ssize_t)len;
}

static void
far_take(int fd, uint32_t id, uint32_t len)
{
	static uint8_t got[TWIN_MAX_FRAME + 64];
	ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

	assert_int_equal(n, len);
	fake_frame(other, len, id);
	assert_memory_equal(got, other, len);
}

static void
test_socket_both_ways(void **state)
{
	struct twin_port *p = socket_port(TWIN_FIFO_DEFAULT);
	struct pollfd pfd = { .events = POLLIN };
	int fd = far_end();

	(void)state;
	assert_int_equal(twin_wire_open(p), 0);
	pfd.fd = twin_wire_fd(p);
	assert_true(pfd.fd >= 0);
	take_none(p);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	for (uint32_t i = 0; i < NB_LENS; i++) {
		assert_true(far_send(fd, i, lens[i]));
		assert_int_equal(poll(&pfd, 1, 1000), 1);
		take(p, i, lens[i]);
		assert_true(send_frame(p, 1000 + i, lens[i]));
		far_take(fd, 1000 + i, lens[i]);
	}
	/* Short ones are padded, and what is no frame is dropped. */
	assert_true(far_send(fd, 1, 42));
	take(p, 1, 42);
	assert_true(far_send(fd, 1, 13));
	assert_true(far_send(fd, 1, 0));
	assert_true(far_send(fd, 1, TWIN_MAX_FRAME + 1));
	assert_true(far_send(fd, 2, 60));
	take(p, 2, 60);
	take_none(p);
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 2);
	assert_int_equal(p->cnt->drops[TWIN_DROP_OVERSIZE], 1);
	twin_wire_close(p);
	close(fd);
	/* The name goes with the wire. */
	assert_int_equal(access(twin_cfg.port[5].wire.rx_path, F_OK), -1);
}

/* The far end comes late, goes, and another comes. */
static void
test_socket_far_end_comes_and_goes(void **state)
{
	struct twin_port *p = socket_port(TWIN_FIFO_DEFAULT);
	int fd;

	(void)state;
	assert_int_equal(twin_wire_open(p), 0);
	assert_true(send_frame(p, 1, 60));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 1);
	fd = far_end();
	assert_true(send_frame(p, 2, 60));
	far_take(fd, 2, 60);
	close(fd);
	assert_true(send_frame(p, 3, 60));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 2);
	fd = far_end();
	assert_true(send_frame(p, 4, 60));
	far_take(fd, 4, 60);
	close(fd);
	assert_int_equal(fake_logged, 0);
	twin_wire_close(p);
}

/* A far end that does not read: nothing is lost in either direction, all is in order. */
static void
test_socket_back_pressure(void **state)
{
	struct twin_port *p = socket_port(TWIN_FIFO_DEFAULT);
	uint32_t sent = 0, taken = 0, len;
	int fd = far_end();

	(void)state;
	assert_int_equal(twin_wire_open(p), 0);
	while (send_frame(p, sent, 60 + sent % 1400)) {
		sent++;
		assert_true(sent < 100000);
	}
	assert_true(sent > 0);
	assert_false(send_frame(p, sent, 60 + sent % 1400));
	while (taken < 3000) {
		far_take(fd, taken, 60 + taken % 1400);
		taken++;
		while (sent < 3000 && send_frame(p, sent, 60 + sent % 1400))
			sent++;
	}
	assert_int_equal(recv(fd, frame, sizeof(frame), MSG_DONTWAIT), -1);
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 0);

	/* The other way round: a port without descriptors stops its peer. */
	for (sent = 0; sent < 100000 && far_send(fd, sent, 1000); sent++)
		assert_non_null(twin_wire_rx_peek(p, &len));
	assert_in_range(sent, 2, 99999);
	for (taken = 0; taken < 5000; taken++) {
		take(p, taken, 1000);
		while (sent < 5000 && far_send(fd, sent, 1000))
			sent++;
	}
	take_none(p);
	assert_int_equal(p->cnt->drops[TWIN_DROP_NO_DESC], 0);
	twin_wire_close(p);
	close(fd);
}

static void
test_socket_drop(void **state)
{
	struct twin_port *p = socket_port(TWIN_FIFO_DROP);
	uint32_t len, kept = TWIN_FIFO_BYTES / 1000;
	int fd = far_end();

	(void)state;
	assert_int_equal(twin_wire_open(p), 0);
	for (uint32_t i = 0; i < 500; i++) {
		assert_true(far_send(fd, i, 1000));
		assert_non_null(twin_wire_rx_peek(p, &len));
	}
	/* The last one sent may not have been asked for yet. */
	twin_wire_rx_peek(p, &len);
	for (uint32_t i = 0; i < kept; i++)
		take(p, i, 1000);
	take_none(p);
	assert_int_equal(p->cnt->drops[TWIN_DROP_NO_DESC], 500 - kept);
	assert_int_equal(twin_wire_take_missed(p), 500 - kept);
	twin_wire_close(p);
	close(fd);
}

static void
test_socket_refused(void **state)
{
	struct twin_port *p = socket_port(TWIN_FIFO_DEFAULT);
	char *path = twin_cfg.port[5].wire.rx_path;
	struct stat st;
	int fd;

	(void)state;
	/* A file is in the way: it stays. */
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	refused(p, -EEXIST, "no socket");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(path);

	/* Somebody has it: it stays his. */
	fd = twin_sockpath_bind(path, SOCK_DGRAM);
	assert_true(fd >= 0);
	refused(p, -EADDRINUSE, "running program");
	assert_int_equal(access(path, F_OK), 0);
	/* He dies without tidying up: it is ours. */
	close(fd);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(twin_wire_open(p), 0);
	twin_wire_close(p);

	/* A socket of another kind that is served. */
	fd = twin_sockpath_bind(path, SOCK_STREAM);
	assert_true(fd >= 0);
	assert_int_equal(listen(fd, 1), 0);
	refused(p, -EADDRINUSE, "running program");
	close(fd);
	unlink(path);

	strcpy(path, "/nonexistent/a");
	refused(p, -ENOENT, "/nonexistent/a");
	memset(path, 'x', 108);
	path[108] = '\0';
	refused(p, -ENAMETOOLONG, "107 bytes");
	in_dir(path, "a");
	twin_cfg.port[5].wire.tx_path[0] = '\0';
	refused(p, -EINVAL, "empty");
}

/* ---- tap ---- */

/* Brings the interface up and opens a raw socket on it. */
static int
tap_far_end(const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(0x88b5));
	struct ifreq ifr;

	assert_true(fd >= 0);
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_UP;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	ll.sll_ifindex = (int)if_nametoindex(name);
	assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	return fd;
}

static void
tap_frame(uint8_t *f, uint32_t len, uint32_t id)
{
	static const uint8_t head[14] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0x82, 0x76,
		1, 0x88, 0xb5 };

	fake_frame(f, len, id);
	memcpy(f, head, sizeof(head));
}

static void
test_tap(void **state)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_TAP, TWIN_FIFO_DEFAULT);
	char *name = twin_cfg.port[0].wire.name;
	struct pollfd pfd = { .events = POLLIN };
	uint32_t len = 0;
	int fd, ret;

	(void)state;
	snprintf(name, 16, "ot%u", (unsigned int)getpid() % 1000000);
	ret = twin_wire_open(p);
	if (ret < 0) {
		/* Not allowed here, or not there: then it must say how to get it. */
		if (strstr(fake_log, "ip tuntap add") == NULL &&
			strstr(fake_log, "modprobe tun") == NULL)
			fail_msg("%s", fake_log);
		print_message("# no tap on this machine: %s\n", fake_log);
		skip();
	}
	/* Down: what is sent is lost, as on an unplugged cable, and not worth a line. */
	assert_true(send_frame(p, 1, 60));
	assert_int_equal(p->cnt->drops[TWIN_DROP_WIRE], 1);
	assert_int_equal(fake_logged, 0);
	fd = tap_far_end(name);
	pfd.fd = fd;
	for (uint32_t i = 0; i < 20; i++) {
		uint32_t size = i == 0 ? 60 : 60 + (uint32_t)rand() % 1455;
		const uint8_t *got;

		tap_frame(frame, size, i);
		assert_true(twin_wire_tx(p, frame, size));
		assert_int_equal(poll(&pfd, 1, 2000), 1);
		assert_int_equal(recv(fd, other, sizeof(other), 0), size);
		assert_memory_equal(frame, other, size);

		/* The kernel has things to say on a new interface: they are not ours. */
		tap_frame(frame, size, 1000 + i);
		assert_int_equal(send(fd, frame, size, 0), size);
		for (;;) {
			struct pollfd wait = { .fd = twin_wire_fd(p), .events = POLLIN };

			got = twin_wire_rx_peek(p, &len);
			if (got == NULL) {
				assert_int_equal(poll(&wait, 1, 2000), 1);
				continue;
			}
			if (got[12] == 0x88 && got[13] == 0xb5)
				break;
			twin_wire_rx_done(p);
		}
		assert_int_equal(len, size);
		assert_memory_equal(got, frame, size);
		twin_wire_rx_done(p);
	}
	close(fd);

	/* A second one of that name. */
	fake_port(1, TWIN_WIRE_TAP, TWIN_FIFO_DEFAULT);
	strcpy(twin_cfg.port[1].wire.name, name);
	refused(&twin_ports[1], -EBUSY, "another program");
	strcpy(twin_cfg.port[1].wire.name, "lo");
	refused(&twin_ports[1], -EINVAL, "no plain tap");
	twin_wire_close(p);
	assert_int_equal(if_nametoindex(name), 0);
}

#define WIRE_TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE_TEST(test_pcap_round_trip),
		WIRE_TEST(test_pcap_repeat_and_padding),
		WIRE_TEST(test_pcap_start),
		WIRE_TEST(test_pcap_policies),
		WIRE_TEST(test_pcap_refused),
		WIRE_TEST(test_pcap_killed),
		WIRE_TEST(test_socket_both_ways),
		WIRE_TEST(test_socket_far_end_comes_and_goes),
		WIRE_TEST(test_socket_back_pressure),
		WIRE_TEST(test_socket_drop),
		WIRE_TEST(test_socket_refused),
		cmocka_unit_test(test_tap),
	};

	fake_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
