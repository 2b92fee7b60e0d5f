/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Wire "pcap": frames come from one capture file and go to another. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "pcaplib.h"
#include "wire.h"

/* More than one record, so that a frame reaches the file in one write and never in part. */
#define OUT_BUFFER (TWIN_MAX_FRAME + 4096)

static const struct pcaplib *lib; /* there as soon as a wire is open */

struct pcap_wire {
	/* The frames of the file in a row: 4 bytes of length, then the frame. */
	uint8_t *in;
	size_t in_len, in_size, in_pos;
	uint64_t in_frames, rounds; /* rounds left */
	/*
	 * A driver switches its receiver on before it has set its filters: frames that came
	 * at once would be lost. So there is a while between the first time that the port
	 * could receive and the first frame.
	 */
	bool playing;
	uint64_t first_ask_ns;
	pcap_t *out_handle;
	pcap_dumper_t *out;
	char out_buf[OUT_BUFFER];
};

static int
keep(struct pcap_wire *pw, const u_char *frame, uint32_t len)
{
	size_t need = pw->in_len + sizeof(len) + len;

	if (need > pw->in_size) {
		size_t size = need * 2;
		uint8_t *mem = realloc(pw->in, size);

		if (mem == NULL)
			return -ENOMEM;
		pw->in = mem;
		pw->in_size = size;
	}
	memcpy(pw->in + pw->in_len, &len, sizeof(len));
	memcpy(pw->in + pw->in_len + sizeof(len), frame, len);
	pw->in_len = need;
	pw->in_frames++;
	return 0;
}

/* Reads every record now: a bad one shall be known before the first frame moves. */
static int
load_records(struct twin_wire *w, struct pcap_wire *pw, pcap_t *in)
{
	const char *path = w->cfg->rx_path;
	unsigned int port = w->port->index;
	struct pcap_pkthdr *hdr;
	const u_char *frame;
	int ret, link = lib->datalink(in);

	if (link != DLT_EN10MB) {
		const char *name = lib->datalink_val_to_name(link);

		twin_log("port %u: pcap %s: link type %s (%d): only Ethernet (EN10MB) is accepted",
			port, path, name != NULL ? name : "unknown", link);
		return -EPROTONOSUPPORT;
	}
	while ((ret = lib->next_ex(in, &hdr, &frame)) == 1) {
		unsigned long long nb = (unsigned long long)pw->in_frames + 1;

		if (hdr->caplen != hdr->len) {
			twin_log("port %u: pcap %s: frame %llu was cut to %u of its %u bytes when "
				 "it was captured: capture whole frames (tcpdump -s 0)",
				port, path, nb, hdr->caplen, hdr->len);
			return -EBADMSG;
		}
		if (hdr->len < TWIN_ETH_HEADER || hdr->len > TWIN_MAX_FRAME) {
			twin_log("port %u: pcap %s: frame %llu has %u bytes: accepted are %u to %u",
				port, path, nb, hdr->len, TWIN_ETH_HEADER, TWIN_MAX_FRAME);
			return -EMSGSIZE;
		}
		ret = keep(pw, frame, hdr->len);
		if (ret < 0) {
			twin_log("port %u: pcap %s: no memory for its frames", port, path);
			return ret;
		}
	}
	if (ret != PCAP_ERROR_BREAK) {
		twin_log("port %u: pcap %s: after frame %llu: %s", port, path,
			(unsigned long long)pw->in_frames, lib->geterr(in));
		return -EBADMSG;
	}
	return 0;
}

static int
open_in(struct twin_wire *w, struct pcap_wire *pw)
{
	char err[PCAP_ERRBUF_SIZE];
	struct stat st;
	pcap_t *in;
	int ret;

	if (stat(w->cfg->rx_path, &st) == 0 && !S_ISREG(st.st_mode)) {
		twin_log("port %u: pcap %s: not a regular file", w->port->index, w->cfg->rx_path);
		return -EINVAL;
	}
	in = lib->open_offline(w->cfg->rx_path, err);
	if (in == NULL) {
		/* libpcap names the file itself when it cannot open it, and not otherwise. */
		twin_log("port %u: pcap rx=%s: %s", w->port->index, w->cfg->rx_path, err);
		return -EINVAL;
	}
	ret = load_records(w, pw, in);
	lib->close(in);
	pw->rounds = pw->in_frames == 0 ? 0 : w->cfg->repeat;
	return ret;
}

static int
open_out(struct twin_wire *w, struct pcap_wire *pw)
{
	const char *why = NULL;
	FILE *f;
	int err;

	f = fopen(w->cfg->tx_path, "we");
	if (f == NULL) {
		err = errno;
		twin_log("port %u: pcap tx=%s: %s", w->port->index, w->cfg->tx_path, strerror(err));
		return -err;
	}
	setvbuf(f, pw->out_buf, _IOFBF, sizeof(pw->out_buf));
	pw->out_handle = lib->open_dead(DLT_EN10MB, TWIN_MAX_FRAME);
	if (pw->out_handle == NULL) {
		why = "no memory";
	} else {
		pw->out = lib->dump_fopen(pw->out_handle, f);
		if (pw->out == NULL)
			why = lib->geterr(pw->out_handle);
		else if (lib->dump_flush(pw->out) < 0)
			why = strerror(errno);
	}
	if (why == NULL)
		return 0;
	twin_log("port %u: pcap tx=%s: %s", w->port->index, w->cfg->tx_path, why);
	if (pw->out == NULL)
		fclose(f);
	return -EIO;
}

static void
pcap_wire_free(struct pcap_wire *pw)
{
	if (pw->out != NULL)
		lib->dump_close(pw->out);
	if (pw->out_handle != NULL)
		lib->close(pw->out_handle);
	free(pw->in);
	free(pw);
}

/* The same file for both would be emptied before it is read. */
static bool
same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
		sa.st_ino == sb.st_ino;
}

static int
pcap_wire_open(struct twin_wire *w)
{
	struct pcap_wire *pw;
	const char *why;
	int ret = 0;

	lib = twin_pcaplib(&why);
	if (lib == NULL) {
		twin_log("port %u: pcap: libpcap cannot be loaded: %s", w->port->index, why);
		return -ENOENT;
	}
	if (w->cfg->rx_path[0] != '\0' && w->cfg->tx_path[0] != '\0' &&
		same_file(w->cfg->rx_path, w->cfg->tx_path)) {
		twin_log("port %u: pcap: rx= and tx= are the same file, %s", w->port->index,
			w->cfg->tx_path);
		return -EINVAL;
	}
	pw = calloc(1, sizeof(*pw));
	if (pw == NULL)
		return -ENOMEM;
	if (w->cfg->rx_path[0] != '\0')
		ret = open_in(w, pw);
	if (ret == 0 && w->cfg->tx_path[0] != '\0')
		ret = open_out(w, pw);
	if (ret < 0) {
		pcap_wire_free(pw);
		return ret;
	}
	w->priv = pw;
	return 0;
}

static void
pcap_wire_close(struct twin_wire *w)
{
	pcap_wire_free(w->priv);
	w->priv = NULL;
}

/*
 * Flushed frame by frame: whoever reads the file finds in it all that was sent, also
 * while the program runs and when it is killed.
 */
static bool
pcap_wire_tx(struct twin_wire *w, const void *frame, uint32_t len)
{
	struct pcap_wire *pw = w->priv;
	struct pcap_pkthdr hdr = { .caplen = len, .len = len };

	if (pw->out == NULL)
		return true;
	gettimeofday(&hdr.ts, NULL);
	lib->dump((u_char *)pw->out, &hdr, frame);
	if (lib->dump_flush(pw->out) == 0)
		return true;
	if (!w->said) {
		w->said = true;
		twin_log("port %u: pcap tx=%s: %s", w->port->index, w->cfg->tx_path,
			strerror(errno));
	}
	w->port->cnt->drops[TWIN_DROP_WIRE]++;
	return true;
}

static void
pcap_wire_play(struct twin_wire *w)
{
	struct pcap_wire *pw = w->priv;

	pw->playing = true;
}

static bool
may_play(const struct twin_wire *w, struct pcap_wire *pw)
{
	uint64_t now;

	if (w->cfg->start_ms == TWIN_START_BY_COMMAND)
		return false;
	if (w->cfg->start_ms != 0) {
		now = twin_now_ns();
		if (pw->first_ask_ns == 0)
			pw->first_ask_ns = now;
		if (now - pw->first_ask_ns < (uint64_t)w->cfg->start_ms * 1000000)
			return false;
	}
	pw->playing = true;
	return true;
}

static void
pcap_wire_pull(struct twin_wire *w)
{
	struct pcap_wire *pw = w->priv;

	if (!pw->playing && !may_play(w, pw))
		return;
	for (int i = 0; i < TWIN_PULL_BURST && pw->rounds != 0; i++) {
		uint8_t *dst = twin_wire_room(w);
		uint32_t len;

		if (dst == NULL)
			return;
		memcpy(&len, pw->in + pw->in_pos, sizeof(len));
		memcpy(dst, pw->in + pw->in_pos + sizeof(len), len);
		twin_wire_accept(w, dst, len);
		pw->in_pos += sizeof(len) + len;
		if (pw->in_pos == pw->in_len) {
			pw->in_pos = 0;
			if (pw->rounds != UINT64_MAX)
				pw->rounds--;
		}
	}
}

const struct twin_wire_ops twin_wire_pcap_ops = {
	.open = pcap_wire_open,
	.close = pcap_wire_close,
	.tx = pcap_wire_tx,
	.pull = pcap_wire_pull,
	.play = pcap_wire_play,
};
