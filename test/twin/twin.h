/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The seams of the twin: what its host side (VFIO, IOMMU, traps, engine), its
 * device model and its wires promise one another. Everything here is internal
 * to liboriel_twin.so and oriel-twin except twin_step() and what is "offered to
 * benches", which a bench may look up with dlsym().
 *
 * One lock, twin_lock(), guards the device model and the wires of all ports. It
 * is held during every call into the model or a wire, and while DMA windows
 * change, so that an unmap returns only when no DMA is in flight.
 */

#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWIN_MAX_PORTS 8
#define TWIN_NB_QUEUES 16	/* RX and TX each, 82576 */
#define TWIN_NB_MSIX 10		/* MSI-X table entries of the PF, 82576 */
#define TWIN_BAR0_SIZE 0x20000u /* register space of the PF */
#define TWIN_MAX_FRAME 16384	/* bytes; the MAC's own limit is 9728 with CRC */
#define TWIN_FIFO_BYTES 65536	/* RX packet buffer of the 82576 at reset (RXPBS = 0x40) */
#define TWIN_PATH_MAX 256

/* ---- options (opts.c), passed from oriel-twin to the library through the environment ---- */

enum twin_wire_kind {
	TWIN_WIRE_NONE,
	TWIN_WIRE_LOOP,
	TWIN_WIRE_PAIR,
	TWIN_WIRE_TAP,
	TWIN_WIRE_PCAP,
	TWIN_WIRE_SOCKET,
	TWIN_WIRE_FLOOD,
};

#define TWIN_START_BY_COMMAND UINT32_MAX /* start_ms: not before twin_wire_play() */

enum twin_fifo_policy {
	TWIN_FIFO_DEFAULT, /* drop for loop and pair, wait for the others */
	TWIN_FIFO_DROP, /* no RX descriptor: the FIFO fills, then frames are dropped and counted */
	TWIN_FIFO_WAIT, /* no RX descriptor: frames stay outside, nothing is lost */
};

struct twin_wire_config {
	enum twin_wire_kind kind;
	enum twin_fifo_policy fifo;
	unsigned int port;	     /* the port it hangs on */
	unsigned int peer;	     /* pair: the other port */
	char name[16];		     /* tap: interface name */
	char rx_path[TWIN_PATH_MAX]; /* pcap: file to receive; socket: local path */
	char tx_path[TWIN_PATH_MAX]; /* pcap: file to write; socket: remote path */
	uint64_t repeat;	     /* pcap: how often rx_path is played, default 1 */
	uint32_t start_ms;	     /* pcap: wait so long, or for twin_wire_play() */
	uint64_t frames;	     /* flood: so many come in, UINT64_MAX: no end */
	uint32_t flows;		     /* flood: so many different frames */
	uint32_t size;		     /* flood: bytes of each, without CRC */
};

struct twin_port_config {
	uint16_t device_id; /* PCI device id, a PF of the 82576 family */
	uint8_t mac[6];
	bool nvm_corrupt;  /* the NVM's checksum word is wrong */
	char pci_addr[16]; /* DDDD:BB:DD.F */
	struct twin_wire_config wire;
};

struct twin_config {
	unsigned int nb_ports;
	bool exact;    /* trap the queue register pages too */
	bool lockstep; /* the engine moves only by twin_step() */
	bool spin;     /* the engine never sleeps */
	bool allow_dma_violations;
	bool summary;
	uint64_t seed;
	char control_path[TWIN_PATH_MAX]; /* empty: no control socket */
	char stats_path[TWIN_PATH_MAX];	  /* empty: no file */
	char run_dir[TWIN_PATH_MAX];	  /* made by oriel-twin: sysfs tree, counters */
	struct twin_port_config port[TWIN_MAX_PORTS];
};

/* ---- counters: in a file mapped shared, so that oriel-twin reads them after a crash ---- */

enum twin_drop {
	TWIN_DROP_NO_DESC,  /* FIFO full for want of RX descriptors */
	TWIN_DROP_QUEUE,    /* SRRCTL.DROP_EN or QDE: queue without descriptors */
	TWIN_DROP_FILTER,   /* no address, VLAN or mode let it in */
	TWIN_DROP_OVERSIZE, /* longer than the limit */
	TWIN_DROP_DISABLED, /* receiver off, link down, no bus master, queue off */
	TWIN_DROP_TX_BAD,   /* malformed TX descriptors or context, frame not sent */
	TWIN_DROP_WIRE,	    /* the wire did not take it */
	TWIN_DROP_DMA,	    /* DMA refused */
	TWIN_NB_DROPS
};

extern const char *const twin_drop_name[TWIN_NB_DROPS];

struct twin_queue_counters {
	uint64_t frames, bytes; /* bytes without CRC */
	uint64_t doorbells;	/* tail writes seen; in fast mode: tail changes seen */
	uint64_t desc_fetched;	/* descriptors read by the device */
	uint64_t desc_written;	/* descriptors written back */
	uint64_t contexts;	/* TX context descriptors */
	uint64_t dropped;
};

struct twin_violation {
	uint64_t iova, len;
	uint32_t write;	 /* 1: the device wanted to write */
	uint32_t reason; /* 0 no window, 1 no permission, 2 bus master off */
};

#define TWIN_NB_VIOLATIONS 64 /* how many are recorded; all are counted */

struct twin_counters {
	struct twin_queue_counters rx[TWIN_NB_QUEUES], tx[TWIN_NB_QUEUES];
	uint64_t drops[TWIN_NB_DROPS];
	uint64_t mmio_reads, mmio_writes; /* trapped accesses */
	uint64_t mmio_hot_reads;	  /* exact mode: reads of queue registers */
	uint64_t mmio_hot_writes;	  /* exact mode: writes of queue registers */
	uint64_t mmio_unknown;		  /* accesses of offsets that the 82576 does not have */
	uint64_t mmio_bad_width;	  /* accesses that are not 32 bits wide and aligned */
	uint64_t mmio_single_steps;	  /* instructions that had to be single-stepped */
	uint64_t desc_bytes_read, desc_bytes_written;
	uint64_t payload_bytes_read, payload_bytes_written;
	uint64_t irqs[TWIN_NB_MSIX];
	uint64_t irq_lost; /* raised with the vector disabled */
	uint64_t resets, flrs;
	uint64_t dma_violations;
	struct twin_violation violation[TWIN_NB_VIOLATIONS];
};

struct twin_shared {
	uint32_t version, nb_ports;
	uint32_t failed; /* 1: the library could not start, the program saw no port */
	struct twin_counters port[TWIN_MAX_PORTS];
};

/* ---- a port ---- */

struct twin_model; /* private to model_*.c */
struct twin_host;  /* private to the host side */
struct twin_wire;  /* private to wire_*.c */

#define TWIN_FLOOD_MAX_FLOWS 64u
#define TWIN_FLOOD_MAX_SIZE 1514u

/** The frames of a wire that is always full: a few, which never change, over and over. */
struct twin_flood {
	uint64_t left; /* that are still to come in, UINT64_MAX: no end */
	uint32_t nb;   /* of data[] */
	uint32_t next; /* the one in front */
	uint32_t size; /* of each */
	const uint8_t *data[TWIN_FLOOD_MAX_FLOWS];
};

static inline void
twin_flood_advance(struct twin_flood *f)
{
	f->next = f->next + 1 == f->nb ? 0 : f->next + 1;
	if (f->left != UINT64_MAX)
		f->left--;
}

struct twin_port {
	unsigned int index;
	const struct twin_port_config *cfg;
	/*
	 * The device's own mapping of BAR0 (same memory that the driver maps), always
	 * readable and writable. The model keeps every register's value here, at its
	 * offset: what a plain load by the driver shall see.
	 */
	uint32_t *regs;
	struct twin_counters *cnt;
	struct twin_model *model;
	struct twin_host *host;
	struct twin_wire *wire;
	struct twin_flood *flood; /* of a flood wire, else NULL */
	bool bus_master;	  /* PCI command register, bit 2; kept by the host side */
	bool memory_on;		  /* PCI command register, bit 1; kept by the host side */
	bool gone;		  /* unplugged: reads give all-ones, nothing moves */
};

extern struct twin_config twin_cfg;
extern struct twin_port twin_ports[TWIN_MAX_PORTS];

static inline uint32_t
twin_reg(const struct twin_port *p, uint32_t off)
{
	return *(volatile const uint32_t *)((const uint8_t *)p->regs + off);
}

static inline void
twin_reg_set(struct twin_port *p, uint32_t off, uint32_t val)
{
	*(volatile uint32_t *)((uint8_t *)p->regs + off) = val;
}

/* ---- offered by the host side ---- */

/** Takes the one lock; a waiter is let in before the engine's next pass. */
void twin_lock(void);
void twin_unlock(void);

/** CLOCK_MONOTONIC in ns. */
uint64_t twin_now_ns(void);

/**
 * Where the device's address range lies in this process, or NULL if it is not
 * wholly inside memory mapped for this port's container with that permission
 * (then counted and recorded as a violation) or is not contiguous there.
 * Valid until the lock is given back.
 */
void *twin_dma_ptr(struct twin_port *p, uint64_t iova, uint32_t len, bool write);

/** A hint that the device will soon access the first bytes there; never a violation. */
void twin_dma_prefetch(struct twin_port *p, uint64_t iova, bool write);

/** The device addresses first..last lie at va; there are none if last is before first. */
struct twin_window {
	uint64_t first, last;
	uint8_t *va;
};

/**
 * The window around iova, for accesses without a look-up each; it holds until
 * twin_dma_epoch() is another one. False if the device may not go there: to be counted as a
 * violation only by an access.
 */
uint64_t twin_dma_epoch(const struct twin_port *p);
bool twin_dma_window(struct twin_port *p, uint64_t iova, bool write, struct twin_window *w);

/** Copies across windows; false if any byte is refused (then nothing is copied). */
bool twin_dma_read(struct twin_port *p, uint64_t iova, void *dst, uint32_t len);
bool twin_dma_write(struct twin_port *p, uint64_t iova, const void *src, uint32_t len);

/** Sends MSI-X message `vector` (0..9) if the function has MSI-X on and an eventfd is set for it.
 */
void twin_irq(struct twin_port *p, unsigned int vector);

/** Wakes a sleeping engine: there may be work (a trapped tail write, an injected frame). */
void twin_kick(void);

/**
 * Lockstep: lets port `port` take up to rx frames from its wire to the rings and up
 * to tx frames from the rings to the wire. Returns the frames moved. Takes the lock.
 * Exported by the library for benches: dlsym(RTLD_DEFAULT, "twin_step").
 */
unsigned int twin_step(unsigned int port, unsigned int rx, unsigned int tx);

/**
 * True while lines that the device writes to host memory are to leave the caches, as with a
 * device that writes to memory. Set by twin_flush_written().
 */
extern bool twin_flush_on;
void twin_flush_lines(const void *at, uint32_t len);

/** To be called after the device wrote there. */
static inline void
twin_wrote(const void *at, uint32_t len)
{
	if (__builtin_expect(twin_flush_on, 0))
		twin_flush_lines(at, len);
}

/*
 * ---- offered to benches: exported, found with dlsym(RTLD_DEFAULT, ...). They do nothing,
 * and return 0, false or NULL, before the program has opened /dev/vfio ----
 */

struct twin_frame {
	const void *data;
	uint32_t len; /* bytes without CRC */
};

/**
 * Puts frames into the receive side of a port, in order, as many as there is room for (about
 * TWIN_RING_BYTES); twin_step() brings them to the rings. Returns how many. Takes the lock.
 */
unsigned int twin_inject(unsigned int port, const struct twin_frame *frames, unsigned int nb);

/**
 * Switches a mode in which all lines that the device wrote (RX data, descriptors of both
 * directions) are in memory and in no cache when twin_step() returns. False: no twin.
 */
bool twin_flush_written(bool on);

/** How the twin was started, and the counters of a port, live. */
const struct twin_config *twin_config_get(void);
const struct twin_counters *twin_counters_get(unsigned int port);

/** Rounds of the engine's over all ports since the start, and those without any frame. */
struct twin_passes {
	uint64_t all, idle;
};

struct twin_passes twin_passes_get(void);

/** Unplugs a port: request = REQ eventfd only, else surprise (all-ones from now on). */
int twin_unplug(unsigned int port, bool request);

enum twin_fault {
	TWIN_FAULT_TX_HANG, /* TX queues fetch no descriptor until told or reset */
	TWIN_FAULT_DMA,	    /* ICR.DOUTSYNC; no DMA until a function-level reset */
	TWIN_FAULT_RESET,   /* somebody else resets the port: ICR.DRSTA */
	TWIN_FAULT_LOST,    /* the link to the device: all-ones, until told */
};

/** Makes a port fail. queues: those that hang, bit n queue n; on: whether a fault comes or goes. */
int twin_fault(unsigned int port, enum twin_fault kind, uint32_t queues, bool on);

/** A line on stderr, prefixed "oriel-twin: "; never from the hot path. */
void twin_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- offered by the device model; called with the lock held ---- */

enum twin_reset {
	TWIN_RESET_POWER, /* power-on: everything, NVM loaded */
	TWIN_RESET_FLR,	  /* function-level: as power-on but for sticky PCI state */
	TWIN_RESET_SW,	  /* CTRL.RST: the model does this one by itself */
};

int twin_model_init(struct twin_port *p);
void twin_model_reset(struct twin_port *p, enum twin_reset kind);

/**
 * A register access with all its side effects: self-clearing, clear-on-read,
 * write-one-to-clear, read-to-set, starting an operation. off < TWIN_BAR0_SIZE,
 * aligned. The model updates p->regs itself.
 */
uint32_t twin_model_read(struct twin_port *p, uint32_t off);
void twin_model_write(struct twin_port *p, uint32_t off, uint32_t val);

/**
 * Fast mode: the queue register pages (twin_page_is_hot()) are plain memory to the
 * driver. This looks for what changed there since the last call (tails, ENABLE bits,
 * ring bases, the alias blocks of queues 0..3) and acts as on a write. Called by the
 * engine before each pass and by the host before each trapped access, because a read
 * must push posted writes.
 */
void twin_model_sync_hot(struct twin_port *p);

/** True for the 4 KiB pages with RX and TX queue blocks: 0x2000, 0x3000, 0xc000, 0xe000. */
static inline bool
twin_page_is_hot(uint32_t off)
{
	uint32_t page = off & ~0xfffu;

	return page == 0x2000 || page == 0x3000 || page == 0xc000 || page == 0xe000;
}

/**
 * Moves frames: up to rx from wire to rings and up to tx from rings to wire (budgets
 * over all queues). Also runs timers (autonegotiation, interrupt throttling). Returns
 * the number of frames moved.
 */
unsigned int twin_model_poll(struct twin_port *p, unsigned int rx, unsigned int tx);

/** ns until a timer of the model is due, UINT64_MAX if none. */
uint64_t twin_model_next_timer(struct twin_port *p);

/** The cable: link partner appears or goes. */
void twin_model_set_cable(struct twin_port *p, bool plugged);

/** The model's part of a fault, see twin_fault(). */
void twin_model_fault(struct twin_port *p, enum twin_fault kind, uint32_t queues, bool on);

/** The PAUSE abilities that the link partner advertises; both at first. */
void twin_model_set_partner(struct twin_port *p, bool pause, bool asym_pause);

/** How far the crystal is off from now on, parts per billion; NULL: as it is. Returns SYSTIM. */
uint64_t twin_model_set_clock(struct twin_port *p, const int32_t *ppb);

/* ---- offered by the wires; called with the lock held ---- */

/** Opens the port's wire as p->cfg->wire says. 0 or negative errno, said with twin_log(). */
int twin_wire_open(struct twin_port *p);
void twin_wire_close(struct twin_port *p);

/**
 * A frame without CRC leaves the MAC. False if the wire has no room now (a lossless
 * wire whose far end waits): the model then keeps the frame and tries again.
 */
bool twin_wire_tx(struct twin_port *p, const void *frame, uint32_t len);

/**
 * The next frame that comes in, without CRC, or NULL. It stays until twin_wire_rx_done(),
 * so that a port without RX descriptors can leave it outside (TWIN_FIFO_WAIT).
 *
 * With TWIN_FIFO_WAIT a port that cannot receive at all (receiver off, link down, no bus
 * master) does not ask either: a capture file must not run dry before the driver is up.
 * With TWIN_FIFO_DROP it asks, and drops what it gets as TWIN_DROP_DISABLED.
 */
const void *twin_wire_rx_peek(struct twin_port *p, uint32_t *len);
void twin_wire_rx_done(struct twin_port *p);

/**
 * Frames lost since the last call because the port's receive FIFO was full: for the
 * model to add to MPC. TWIN_DROP_NO_DESC is already counted by the wire. Only with
 * TWIN_FIFO_DROP; the model treats both policies alike: it leaves a frame that finds
 * no descriptor where it is.
 */
uint32_t twin_wire_take_missed(struct twin_port *p);

/** A test puts a frame into the port's receive side (control command "inject"). */
int twin_wire_inject(struct twin_port *p, const void *frame, uint32_t len);

/**
 * Starts the capture of a pcap wire now (control command "play"). -ENOTSUP if the port
 * has no such wire.
 */
int twin_wire_play(struct twin_port *p);

/** A descriptor to wait on while idle (socket, tap), or -1. */
int twin_wire_fd(struct twin_port *p);

/** TWIN_FIFO_DROP or TWIN_FIFO_WAIT, the default of the kind resolved. */
enum twin_fifo_policy twin_wire_fifo(const struct twin_port *p);

/** What a port is told at once, whoever moves the frame; with the lock held. */
struct twin_wire_watch {
	/** A frame came in, and with it the ring holds so many bytes or more. */
	void (*high)(struct twin_port *p);
	/** A frame of twin_wire_control(). False: it goes into the ring like any other. */
	bool (*control)(struct twin_port *p, const void *frame, uint32_t len);
};

/** Who wants to be told, from how many bytes on (UINT32_MAX: never, of the ring). */
void twin_wire_watch(struct twin_port *p, uint32_t bytes, const struct twin_wire_watch *watch);
/** Bytes of frames that have come in and wait, where TWIN_FIFO_DROP makes that a buffer; else 0. */
uint32_t twin_wire_level(const struct twin_port *p);
/** Sends a frame of the MAC itself: it waits for nothing and is lost where it cannot be sent. */
void twin_wire_control(struct twin_port *p, const void *frame, uint32_t len);

/* ---- offered by opts.c, control.c, counters.c ---- */

/**
 * Command line to *cfg. Returns the index of COMMAND in argv, 0 when --help or --version
 * was served, or -1 after an error was printed (what was given, what is accepted).
 */
int twin_opts_parse(int argc, char **argv, struct twin_config *cfg);

/** The configuration as one environment string and back; 0 or negative errno. */
int twin_opts_to_env(const struct twin_config *cfg);
int twin_opts_from_env(struct twin_config *cfg);

/** The control socket's thread. */
int twin_control_start(void);
void twin_control_stop(void);

/** Counters as JSON (jansson) to a file, and the --summary table. */
int twin_counters_write(
	const struct twin_shared *sh, const struct twin_config *cfg, const char *path);
void twin_counters_summary(const struct twin_shared *sh, const struct twin_config *cfg);

#endif /* TWIN_H */
