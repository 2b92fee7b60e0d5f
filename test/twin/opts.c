/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The command line of oriel-twin: options, defaults, help. */

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opts.h"
#include "sockpath.h"

#ifndef ORIEL_VERSION
#error "the build sets ORIEL_VERSION from the file VERSION"
#endif

#define DEFAULT_SEED 1
#define DEFAULT_START_MS 1000

/* The PF ids of the family, vendor 8086. */
static const struct {
	uint16_t id;
	const char *what;
} device_ids[] = {
	{ 0x10c9, "82576 copper (default)" },
	{ 0x10e6, "82576 fiber" },
	{ 0x10e7, "82576 SerDes" },
	{ 0x10e8, "82576 quad copper" },
	{ 0x1526, "82576 quad copper ET2" },
	{ 0x150a, "82576 NS copper" },
	{ 0x1518, "82576 NS SerDes" },
	{ 0x150d, "82576 quad SerDes" },
};

#define NB_DEVICE_IDS (sizeof(device_ids) / sizeof(device_ids[0]))

enum {
	OPT_PORTS = 256,
	OPT_WIRE,
	OPT_MMIO,
	OPT_LOCKSTEP,
	OPT_SPIN,
	OPT_CONTROL,
	OPT_DEVICE_ID,
	OPT_MAC,
	OPT_NVM_CORRUPT,
	OPT_SEED,
	OPT_ALLOW_DMA_VIOLATIONS,
	OPT_STATS,
	OPT_SUMMARY,
	OPT_VERSION,
};

static const struct option options[] = {
	{ "ports", required_argument, NULL, OPT_PORTS },
	{ "wire", required_argument, NULL, OPT_WIRE },
	{ "mmio", required_argument, NULL, OPT_MMIO },
	{ "lockstep", no_argument, NULL, OPT_LOCKSTEP },
	{ "spin", no_argument, NULL, OPT_SPIN },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "device-id", required_argument, NULL, OPT_DEVICE_ID },
	{ "mac", required_argument, NULL, OPT_MAC },
	{ "nvm-corrupt", optional_argument, NULL, OPT_NVM_CORRUPT },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "allow-dma-violations", no_argument, NULL, OPT_ALLOW_DMA_VIOLATIONS },
	{ "stats", required_argument, NULL, OPT_STATS },
	{ "summary", no_argument, NULL, OPT_SUMMARY },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* What the options said, before ports and defaults are settled. */
struct given {
	struct twin_config *cfg;
	unsigned int ports; /* 0: not said */
	const char *wire[TWIN_MAX_PORTS];
	uint16_t device_all;
	uint16_t device[TWIN_MAX_PORTS];
	bool mac_all, mac[TWIN_MAX_PORTS];
	uint8_t mac_first[6];
	bool corrupt_all, corrupt[TWIN_MAX_PORTS];
};

/* As it looks on the screen. */
/* clang-format off */
static const char help_head[] =
"Usage: oriel-twin [options] -- COMMAND [ARGS]\n"
"\n"
"Runs COMMAND, any DPDK program, with software twins of the Intel 82576 as its\n"
"network ports: at 0000:01:00.0, 0000:02:00.0 ..., behind VFIO and an IOMMU that lets\n"
"the device touch mapped memory only. Needs no privileges, no NIC and no hugepages\n"
"(give the program --no-huge).\n"
"\n"
"Ports and wires\n"
"  --ports N          ports, 1 to 8 (default: as many as --wire needs, at least 1)\n"
"  --wire SPEC        what a port is connected to; once a port (default: loop:P)\n"
"      loop:P                 what port P sends, it receives\n"
"      pair:P,Q               ports P and Q are connected to one another\n"
"      tap:P,NAME             network interface NAME of this host, 1 to 15 characters;\n"
"                             made here by root, or beforehand by root for a user: ip\n"
"                             tuntap add dev NAME mode tap user USER. Address, MTU and\n"
"                             \"up\" are set from outside\n"
"      pcap:P[,rx=FILE][,tx=FILE][,repeat=N][,start=MS]\n"
"                             receives the frames of rx, an Ethernet capture of whole\n"
"                             frames, N times (1 or more, or the word forever; default\n"
"                             1; read into memory at start), from MS milliseconds\n"
"                             after the port could first receive, so that filters are\n"
"                             set by then (0 to 3600000; default 1000, with --lockstep\n"
"                             0), or with start=command at the control command play;\n"
"                             writes what is sent to tx, complete after each frame\n"
"      socket:P,local=PATH,remote=PATH\n"
"                             unix datagram sockets, a frame without CRC in each\n"
"                             datagram, as QEMU's -netdev dgram; paths of 1 to 107\n"
"                             bytes; frames are dropped and counted while nobody has\n"
"                             bound remote\n"
"      flood:P[,size=BYTES][,flows=N][,frames=N]\n"
"                             for benches of drivers: always full of frames of BYTES\n"
"                             without CRC (60 to 1514, default 60) of N flows of\n"
"                             UDP/IPv4 (1 to 64, default 16) to the port's address,\n"
"                             N in all (1 or more, or the word forever, the default);\n"
"                             they wait for receive descriptors. What is sent is gone,\n"
"                             plain frames unread\n"
"      none:P                 nothing comes in, and what is sent is gone\n"
"    and after any but flood and none, for frames that find no receive descriptor:\n"
"      ,fifo=drop             the packet buffer (64 KiB) fills, then frames are lost and\n"
"                             counted (default of loop and pair)\n"
"      ,fifo=wait             frames wait outside, nothing is lost (default of the rest)\n"
"    Commas separate: they cannot be part of a file name here.\n"
"\n"
"Device\n"
"  --device-id [P,]ID PCI device id of all ports, or of port P, hexadecimal:\n";

static const char help_tail[] =
"  --mac [P,]MAC      station address, six hexadecimal bytes with colons, no multicast\n"
"                     address. Without P: port 0 has it, each further port one more\n"
"                     (default 02:00:00:82:76:01 for port 0, ...:02 for port 1 ...)\n"
"  --nvm-corrupt[=P]  the NVM of all ports, or of port P, has a wrong checksum\n"
"\n"
"Time and accuracy\n"
"  --mmio fast|exact  fast (default): the pages with queue registers are plain memory,\n"
"                     the device looks for changes. exact: each access of any register\n"
"                     is trapped and counted; slow\n"
"  --lockstep         the device moves only when told: by the control command \"step\",\n"
"                     or by the symbol twin_step(port, rx, tx) in the program\n"
"  --spin             the device's thread never sleeps (default: it does after less\n"
"                     than 1 s without work). Not with --lockstep\n"
"  --seed N           seed of all that is random in the twin, 0 to 2^64-1 (default 1)\n"
"\n"
"Watching and steering\n"
"  --control PATH     unix stream socket (path of 1 to 107 bytes), one JSON object a\n"
"                     line each way; {\"cmd\":\"help\"} lists the commands: counters, link,\n"
"                     unplug, step, regs, violations, inject, play\n"
"  --stats FILE       writes all counters to FILE as JSON when COMMAND has ended\n"
"  --summary          prints the counters as a table to stderr when COMMAND has ended\n"
"  --allow-dma-violations\n"
"                     accesses outside mapped memory, refused and counted all the same,\n"
"                     do not make the exit code 3\n"
"  -h, --help         this text\n"
"  --version          the version\n"
"\n"
"Exit code: COMMAND's own; 128 + N if signal N ended it; 3 if it succeeded and the\n"
"device tried to access memory that was not mapped for it; 2 if this command line is\n"
"wrong.\n"
"\n"
"Examples\n"
"  oriel-twin --summary -- dpdk-testpmd -d librte_net_oriel.so --no-huge -m 256 \\\n"
"      -l 0,1 -- --forward-mode=txonly --stats-period=1\n"
"  oriel-twin --wire pair:0,1 --control twin.sock -- dpdk-testpmd --no-huge -m 256\n"
"  oriel-twin --wire pcap:0,rx=in.pcap,tx=out.pcap --stats out.json -- dpdk-testpmd ...\n"
"  oriel-twin --wire socket:0,local=a.sock,remote=b.sock -- dpdk-testpmd ...\n"
"  sudo oriel-twin --wire tap:0,oriel0 -- dpdk-testpmd ...\n";
/* clang-format on */

int
twin_opts_error(const char *fmt, ...)
{
	va_list ap;

	fputs("oriel-twin: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\noriel-twin: 'oriel-twin --help' shows all options\n", stderr);
	return -1;
}

bool
twin_opts_path(char *dst, const char *path)
{
	size_t len = strlen(path);

	if (len == 0 || len >= TWIN_PATH_MAX)
		return false;
	memcpy(dst, path, len + 1);
	return true;
}

static void
print_help(void)
{
	fputs(help_head, stdout);
	for (size_t i = 0; i < NB_DEVICE_IDS; i++)
		printf("                       %04x  %s\n", device_ids[i].id, device_ids[i].what);
	fputs(help_tail, stdout);
}

/* Splits "P,REST" (REST alone: *all). Returns REST, or NULL after an error. */
static const char *
port_prefix(const char *opt, const char *arg, unsigned int *port, bool *all)
{
	const char *comma = strchr(arg, ',');
	char digits[4] = "";
	uint64_t val;

	*all = comma == NULL;
	if (comma == NULL)
		return arg;
	if ((size_t)(comma - arg) < sizeof(digits))
		memcpy(digits, arg, (size_t)(comma - arg));
	if (!twin_opts_number(digits, 10, TWIN_MAX_PORTS - 1, &val)) {
		twin_opts_error("--%s %s: port '%.*s': accepted are 0 to %d", opt, arg,
			(int)(comma - arg), arg, TWIN_MAX_PORTS - 1);
		return NULL;
	}
	*port = (unsigned int)val;
	return comma + 1;
}

static int
read_device_id(const char *arg, struct given *g)
{
	unsigned int port = 0;
	char accepted[256];
	size_t n = 0;
	uint64_t id;
	bool all;
	const char *text = port_prefix("device-id", arg, &port, &all);

	if (text == NULL)
		return -1;
	if (twin_opts_number(text, 16, UINT16_MAX, &id)) {
		for (size_t i = 0; i < NB_DEVICE_IDS; i++) {
			if (device_ids[i].id != id)
				continue;
			if (all)
				g->device_all = (uint16_t)id;
			else
				g->device[port] = (uint16_t)id;
			return 0;
		}
	}
	for (size_t i = 0; i < NB_DEVICE_IDS; i++)
		n += (size_t)snprintf(
			accepted + n, sizeof(accepted) - n, " %04x", device_ids[i].id);
	return twin_opts_error("--device-id %s: accepted are%s (PFs of the 82576)", arg, accepted);
}

static int
read_mac(const char *arg, struct given *g)
{
	unsigned int port = 0;
	uint8_t mac[6];
	bool all;
	const char *text = port_prefix("mac", arg, &port, &all);
	bool ok;

	if (text == NULL)
		return -1;
	ok = strlen(text) == 17;
	for (unsigned int i = 0; ok && i < 6; i++) {
		char hex[3] = { text[3 * i], text[3 * i + 1], '\0' };
		uint64_t byte = 0;

		ok = isxdigit((unsigned char)hex[0]) && twin_opts_number(hex, 16, 255, &byte) &&
			text[3 * i + 2] == (i < 5 ? ':' : '\0');
		mac[i] = (uint8_t)byte;
	}
	if (!ok)
		return twin_opts_error(
			"--mac %s: accepted are six bytes like 02:00:00:82:76:01", arg);
	if (mac[0] & 1)
		return twin_opts_error(
			"--mac %s: a multicast address (lowest bit of the first byte "
			"is set): accepted are unicast addresses",
			arg);
	if ((mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0)
		return twin_opts_error("--mac %s: all zeros: accepted are unicast addresses", arg);
	if (all) {
		g->mac_all = true;
		memcpy(g->mac_first, mac, 6);
	} else {
		g->mac[port] = true;
		memcpy(g->cfg->port[port].mac, mac, 6);
	}
	return 0;
}

static int
read_corrupt(const char *arg, struct given *g)
{
	uint64_t port;

	if (arg == NULL) {
		g->corrupt_all = true;
		return 0;
	}
	if (!twin_opts_number(arg, 10, TWIN_MAX_PORTS - 1, &port))
		return twin_opts_error(
			"--nvm-corrupt=%s: accepted are ports 0 to %d", arg, TWIN_MAX_PORTS - 1);
	g->corrupt[port] = true;
	return 0;
}

static int
read_ports(const char *arg, struct given *g)
{
	uint64_t val;

	if (!twin_opts_number(arg, 10, TWIN_MAX_PORTS, &val) || val == 0)
		return twin_opts_error("--ports %s: accepted are 1 to %d", arg, TWIN_MAX_PORTS);
	g->ports = (unsigned int)val;
	return 0;
}

static int
read_mmio(const char *arg, struct twin_config *cfg)
{
	if (strcmp(arg, "fast") == 0)
		cfg->exact = false;
	else if (strcmp(arg, "exact") == 0)
		cfg->exact = true;
	else
		return twin_opts_error("--mmio %s: accepted are fast and exact", arg);
	return 0;
}

static int
read_option(int opt, const char *arg, struct given *g)
{
	struct twin_config *cfg = g->cfg;

	switch (opt) {
	case OPT_PORTS:
		return read_ports(arg, g);
	case OPT_WIRE:
		return twin_opts_wire(arg, cfg, g->wire);
	case OPT_MMIO:
		return read_mmio(arg, cfg);
	case OPT_LOCKSTEP:
		cfg->lockstep = true;
		return 0;
	case OPT_SPIN:
		cfg->spin = true;
		return 0;
	case OPT_CONTROL:
		if (strlen(arg) > TWIN_SOCKPATH_MAX || !twin_opts_path(cfg->control_path, arg))
			return twin_opts_error(
				"--control %s: accepted is a path of 1 to %zu bytes, "
				"as unix sockets have it",
				arg, TWIN_SOCKPATH_MAX);
		return 0;
	case OPT_DEVICE_ID:
		return read_device_id(arg, g);
	case OPT_MAC:
		return read_mac(arg, g);
	case OPT_NVM_CORRUPT:
		return read_corrupt(arg, g);
	case OPT_SEED:
		if (!twin_opts_number(arg, 10, UINT64_MAX, &cfg->seed))
			return twin_opts_error("--seed %s: accepted are 0 to %llu", arg,
				(unsigned long long)UINT64_MAX);
		return 0;
	case OPT_ALLOW_DMA_VIOLATIONS:
		cfg->allow_dma_violations = true;
		return 0;
	case OPT_STATS:
		if (!twin_opts_path(cfg->stats_path, arg))
			return twin_opts_error("--stats %s: accepted is a path of 1 to %d bytes",
				arg, TWIN_PATH_MAX - 1);
		return 0;
	case OPT_SUMMARY:
		cfg->summary = true;
		return 0;
	}
	return -1;
}

/* What getopt could not make sense of. */
static int
say_unknown(int opt, char **argv)
{
	const char *text = argv[optind - 1];
	char names[512] = "";
	size_t n = 0;

	for (size_t i = 0; options[i].name != NULL; i++) {
		if (opt == ':' && options[i].val == optopt)
			return twin_opts_error("--%s: its value is missing", options[i].name);
		if (opt == '?' && optopt != 0 && options[i].val == optopt)
			return twin_opts_error("%s: --%s takes no value", text, options[i].name);
		n += (size_t)snprintf(names + n, sizeof(names) - n, " --%s", options[i].name);
	}
	if (optopt != 0)
		return twin_opts_error("unknown option '-%c': accepted are%s", optopt, names);
	return twin_opts_error("unknown or ambiguous option '%s': accepted are%s", text, names);
}

/* A port that was named and does not exist. */
static int
check_ports(const struct given *g)
{
	for (unsigned int i = g->cfg->nb_ports; i < TWIN_MAX_PORTS; i++) {
		const char *what = g->wire[i] != NULL ? "--wire" :
			g->device[i] != 0	      ? "--device-id" :
			g->mac[i]		      ? "--mac" :
			g->corrupt[i]		      ? "--nvm-corrupt" :
							NULL;

		if (what == NULL)
			continue;
		return twin_opts_error("%s%s%s names port %u: with %u port%s accepted are 0 to %u",
			what, g->wire[i] != NULL ? " " : "", g->wire[i] != NULL ? g->wire[i] : "",
			i, g->cfg->nb_ports, g->cfg->nb_ports == 1 ? "" : "s",
			g->cfg->nb_ports - 1);
	}
	return 0;
}

/* The vendor's half stays; the last three bytes count on. */
static void
mac_add(uint8_t mac[6], const uint8_t base[6], unsigned int n)
{
	uint32_t low = ((uint32_t)base[3] << 16 | (uint32_t)base[4] << 8 | base[5]) + n;

	memcpy(mac, base, 3);
	mac[3] = (uint8_t)(low >> 16);
	mac[4] = (uint8_t)(low >> 8);
	mac[5] = (uint8_t)low;
}

static void
settle_port(struct given *g, unsigned int i)
{
	static const uint8_t default_mac[6] = { 0x02, 0x00, 0x00, 0x82, 0x76, 0x01 };
	struct twin_port_config *p = &g->cfg->port[i];

	p->device_id = g->device[i] != 0 ? g->device[i] :
		g->device_all != 0	 ? g->device_all :
					   device_ids[0].id;
	p->nvm_corrupt = g->corrupt_all || g->corrupt[i];
	if (!g->mac[i])
		mac_add(p->mac, g->mac_all ? g->mac_first : default_mac, i);
	snprintf(p->pci_addr, sizeof(p->pci_addr), "0000:%02x:00.0", (i + 1) & 0xff);
	if (p->wire.start_ms == TWIN_START_DEFAULT)
		p->wire.start_ms = p->wire.kind != TWIN_WIRE_PCAP || g->cfg->lockstep ?
			0 :
			DEFAULT_START_MS;
	if (g->wire[i] == NULL) {
		memset(&p->wire, 0, sizeof(p->wire));
		p->wire.kind = TWIN_WIRE_LOOP;
		p->wire.port = i;
		p->wire.repeat = 1;
	}
}

static int
settle(struct given *g)
{
	struct twin_config *cfg = g->cfg;

	cfg->nb_ports = g->ports != 0 ? g->ports : 1;
	for (unsigned int i = 0; g->ports == 0 && i < TWIN_MAX_PORTS; i++)
		if (g->wire[i] != NULL)
			cfg->nb_ports = i + 1;
	if (check_ports(g) < 0)
		return -1;
	for (unsigned int i = 0; i < cfg->nb_ports; i++)
		settle_port(g, i);
	for (unsigned int i = 0; i < cfg->nb_ports; i++)
		for (unsigned int j = 0; j < i; j++)
			if (memcmp(cfg->port[i].mac, cfg->port[j].mac, 6) == 0)
				return twin_opts_error(
					"--mac: ports %u and %u have the same address", j, i);
	if (cfg->lockstep && cfg->spin)
		return twin_opts_error("--spin with --lockstep: accepted is one of them");
	return twin_opts_wires_distinct(cfg);
}

int
twin_opts_parse(int argc, char **argv, struct twin_config *cfg)
{
	struct given g = { .cfg = cfg };
	int opt;

	memset(cfg, 0, sizeof(*cfg));
	cfg->seed = DEFAULT_SEED;
	opterr = 0;
	optind = 0; /* begins afresh, also after an earlier parse */
	while ((opt = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (opt == 'h') {
			print_help();
			return 0;
		}
		if (opt == OPT_VERSION) {
			puts("oriel-twin " ORIEL_VERSION);
			return 0;
		}
		if (opt == '?' || opt == ':')
			return say_unknown(opt, argv);
		if (read_option(opt, optarg, &g) < 0)
			return -1;
	}
	if (settle(&g) < 0)
		return -1;
	if (optind >= argc || argv[optind][0] == '\0')
		return twin_opts_error("COMMAND is missing: accepted is "
				       "oriel-twin [options] -- COMMAND [ARGS]");
	return optind;
}
