/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The state of one modelled 82576 port and what the model's files promise one
 * another. Nothing outside model_*.c and their unit tests includes this.
 *
 * Where values live. A register without side effects lives in port->regs and is read
 * from there. What a frame's way needs lives in struct twin_model, refreshed on the
 * write that changes it. Every value that comes from the driver (registers, tails,
 * descriptors, addresses) is checked or masked before it is used, and host memory is
 * reached through twin_dma_*() only.
 */

#ifndef TWIN_MODEL_H
#define TWIN_MODEL_H

#include <string.h>

#include "twin.h"
#include "regs.h"
#include "desc.h"

#define MODEL_TX_BUF (ORIEL_TX_MAX_HDR + ORIEL_TX_MAX_PAYLEN + 1 + 128)
#define MODEL_NB_VECTORS 25 /* interrupt causes inside the chip; 10 have a message */
#define MODEL_NVM_WORDS 1024u
#define MODEL_SPI_PAGE 32u    /* bytes that the NVM writes at once */
#define MODEL_PHY_PAGED 64    /* paged PHY registers that are remembered */
#define MODEL_LB_BYTES 65536u /* loopback inside the MAC or PHY: bytes in flight */
#define MODEL_MIN_FRAME 60u
#define MODEL_CRC_LEN 4u
#define MODEL_BURST 32u	     /* descriptors of one queue before another queue's turn */
#define MODEL_NB_RS 256u     /* finished RS descriptors that may wait for their write-back */
#define MODEL_WB_MAX 64u     /* write-backs held; WTHRESH is 5 bits */
#define MODEL_AHEAD_DESC 64u /* descriptors between one that is used and one prefetched */
#define MODEL_AHEAD_DATA 32u /* the same for the data that descriptors point to */
/* TX: a frame in one piece with nothing to be done but its CRC. */
#define MODEL_PLAIN_MASK (~(ORIEL_TXD_DTALEN | ORIEL_TXD_RS))
#define MODEL_PLAIN_CMD (ORIEL_TXD_DTYP_DATA | ORIEL_TXD_DEXT | ORIEL_TXD_EOP | ORIEL_TXD_IFCS)
#define MODEL_POPTS ORIEL_MASK(13, 8)
#define MODEL_MAX_NO_CRC (ORIEL_MAX_FRAME - MODEL_CRC_LEN)

#define MODEL_RSS_INPUT 36u /* longest hash input, bytes */

#define MODEL_NS_PER_US 1000ull
#define MODEL_AN_NS (10 * 1000 * MODEL_NS_PER_US) /* autonegotiation; seconds on silicon */
#define MODEL_NVM_NS (200 * MODEL_NS_PER_US)	  /* NVM load after a reset */
#define MODEL_SPI_NS (500 * MODEL_NS_PER_US)	  /* the NVM writes a page; 5 ms on silicon */
#define MODEL_PHY_NS (300 * MODEL_NS_PER_US)	  /* PHY configuration after its reset */
#define MODEL_MDIC_NS (10 * MODEL_NS_PER_US)	  /* one MDIO access */
#define MODEL_I2C_NS (100 * MODEL_NS_PER_US)	  /* one I2C access; 0.4 ms at 100 kHz */
#define MODEL_NEVER UINT64_MAX

/* dwords of a queue block */
enum model_qreg {
	MQ_BAL = 0x00 / 4,
	MQ_BAH = 0x04 / 4,
	MQ_LEN = 0x08 / 4,
	MQ_SRRCTL = 0x0c / 4, /* RX */
	MQ_H = 0x10 / 4,
	MQ_CTL = 0x14 / 4,
	MQ_T = 0x18 / 4,
	MQ_DCTL = 0x28 / 4,
	MQ_RQDPC = 0x30 / 4, /* RX */
	MQ_WBAL = 0x38 / 4,  /* TX */
	MQ_WBAH = 0x3c / 4,  /* TX */
	MQ_NB = 16
};

struct model_ctx {
	uint32_t lens, sa_idx, tucmd, mss;
	bool valid;
};

/** A write-back that waits for its batch or for the next poll. */
struct model_wb {
	uint32_t idx;
	uint32_t pad;
	uint64_t q[2];
};

/** A ring as the device sees it; RX and TX blocks have the same layout but for few dwords. */
struct model_queue {
	/* what a frame needs */
	uint64_t base;
	void *ring;  /* of this batch, NULL between polls or if not in one piece */
	uint32_t nb; /* descriptors, 0: the ring has no length */
	uint32_t head, tail;
	bool active; /* ENABLE took effect */
	bool tx;
	bool stalled;	  /* tail beyond the ring */
	bool drop_en;	  /* RX: SRRCTL.DROP_EN or QDE */
	uint8_t desctype; /* RX */
	uint8_t wthresh;
	uint8_t index;
	uint32_t bsize, hsize; /* RX: bytes of the packet and the header buffer */
	uint32_t dmt;	       /* RX: descriptor minimum threshold */

	/* not yet in the twin's counters */
	uint32_t acc_frames, acc_fetched, acc_written;
	uint64_t acc_bytes;

	/* RX: the frame that is in the middle of its descriptors */
	bool partial;
	uint32_t part_off;

	/* TX */
	uint32_t rate;	    /* factor of the rate scheduler, 0: none */
	uint64_t rate_next; /* ns, no frame before */
	uint32_t seg_done;  /* segments already sent of the TSO frame at head */
	bool skip;	    /* a malformed frame is being skipped up to its EOP */
	uint32_t wb_head;   /* first finished descriptor that is not written back */
	uint32_t wb_nb;	    /* finished ones from there on */
	uint32_t nb_rs;	    /* those of them with RS */
	uint32_t rs[MODEL_NB_RS];
	struct model_ctx ctx[ORIEL_NB_TX_CTX];

	/* RX: write-backs held for WTHRESH */
	uint32_t nb_wb;
	struct model_wb wb[MODEL_WB_MAX];

	bool wanted;	     /* ENABLE as the driver wrote it */
	uint32_t reg[MQ_NB]; /* the block as last shown to the driver */
	uint32_t off, alias; /* of the block and its other copy, 0: none */
};

/** Good frames of one direction that are not yet in the MAC's counters. */
struct model_acc {
	uint32_t frames;
	uint32_t bin[6]; /* by length with CRC */
	uint32_t broadcast, multicast;
	uint64_t bytes; /* without CRC */
};

struct model_stats {
	uint64_t v[0x140 / 4]; /* 0x4000..0x413f; octet pairs in the low half's place */
	uint64_t scvpc, hrmpc;
};

#define MODEL_STAT(m, name) ((m)->stats.v[(ORIEL_##name - ORIEL_CRCERRS) / 4])

struct model_irq {
	uint32_t icr, ims, iam;
	uint32_t eicr, eims, eiac, eiam, gpie;
	uint32_t level;			 /* vectors whose message stands for what is pending */
	bool legacy_level;		 /* single vector: the same */
	uint64_t next[MODEL_NB_VECTORS]; /* ns, no message before; 0: free */
	uint32_t waiting;		 /* vectors held back by their throttle */
	uint8_t vec_rx[TWIN_NB_QUEUES], vec_tx[TWIN_NB_QUEUES]; /* IVAR bytes */
};

/** PAUSE frames that this end sends. */
struct model_fc {
	bool xoff;	  /* sent, and not taken back by XON */
	uint64_t until;	  /* ns, the partner sends again */
	uint64_t refresh; /* ns, XOFF is due anew; 0: never */
};

struct model_phy {
	uint16_t reg[32];
	uint16_t page; /* register 31 */
	uint32_t nb_paged;
	struct {
		uint16_t page, reg, val;
	} paged[MODEL_PHY_PAGED];
	bool cable;	/* plugged, with a partner that can do all */
	uint16_t pause; /* the partner's abilities, as in ANLPAR */
	bool link;	/* of the PHY or PCS */
	bool serdes;	/* link by the PCS, no PHY */
	uint32_t speed; /* ORIEL_SPEED_* of the PHY */
	bool fd;
	uint64_t an_done;    /* ns when autonegotiation ends, MODEL_NEVER: none runs */
	uint64_t mdic_ready; /* ns */
	uint64_t cfg_done;   /* ns */
	bool mdic_irq;	     /* MDAC is due at mdic_ready */
};

struct model_nvm {
	uint16_t word[MODEL_NVM_WORDS];
	uint64_t ready; /* ns when the load after a reset ends */
	/* the SPI memory behind EECD */
	bool sk, cs;
	bool wren;
	uint8_t in, opcode;
	uint8_t nb_bits;   /* of the byte that comes in */
	uint32_t nb_bytes; /* since chip select */
	uint32_t addr;	   /* bytes */
	uint8_t out;
	bool out_on;
	uint8_t page[MODEL_SPI_PAGE]; /* bytes of a write, by their place in the page */
	uint32_t page_set;	      /* bit n: page[n] was given */
	uint64_t busy_until;	      /* ns when the page is written */
};

#define MODEL_SFP_PAGES 2u /* addresses A0h and A2h */
#define MODEL_SFP_BYTES 256u

/** The module of a fibre board, behind I2CCMD. */
struct model_sfp {
	bool present;
	uint64_t ready; /* ns when the command ends, 0: none was given */
	uint8_t byte[MODEL_SFP_PAGES][MODEL_SFP_BYTES];
};

struct model_time {
	uint64_t systim; /* at ref */
	uint64_t ref;	 /* ns */
	int32_t ppb;	 /* by which the crystal is too fast; a reset does not mend it */
	uint32_t latch_h;
	uint64_t tx_stamp, rx_stamp;
	uint64_t rx_satr;
	bool tx_valid, rx_valid;
};

/** What the parser finds in a frame; offsets in bytes from its start. */
struct model_pkt {
	const uint8_t *data;
	uint32_t len;	   /* without CRC */
	uint32_t ptype;	   /* at its place in wb.info */
	uint32_t l3, l4;   /* offsets, 0: none */
	uint32_t end;	   /* end of the IP packet, <= len */
	uint16_t etype;	   /* after tags */
	uint16_t vlan;	   /* tag, if tagged */
	uint16_t vlan_off; /* of the tag that is filtered and stripped */
	uint8_t proto;	   /* of layer 4, valid with l4 */
	bool tagged;
	bool ext_tag; /* outer tag of double VLAN mode */
	bool ipv4, ipv6;
	bool frag;	      /* a fragment */
	bool first;	      /* first fragment */
	bool tunnel;	      /* IPv6 inside IPv4 */
	bool exthdr;	      /* IPv6 extension headers were walked */
	uint16_t home, route; /* offsets of the addresses that replace source, destination; 0 */
};

/** Where a frame goes. */
struct model_dest {
	uint32_t queue;
	uint32_t hash, rss_type;
	bool pif;
	bool stamp; /* TS_1588 of the filter that matched */
	bool imm;   /* immediate interrupt */
	int etqf;   /* index, -1: none */
};

/* a frame may go on */
#define MODEL_PASS TWIN_NB_DROPS

struct model_flood; /* private to model_flood.c */

struct twin_model {
	struct twin_port *port;
	uint64_t now;	    /* ns of this call, 0: not asked yet */
	uint64_t timer;	    /* earliest of all timers, MODEL_NEVER */
	bool stuck;	    /* a DMA read was refused: nothing moves until FLR */
	uint32_t tx_frozen; /* bit n: a fault holds TX queue n until the next reset */

	/* what RX needs at once; see model_rx_config() */
	uint32_t rctl, rxcsum, mrqc, rfctl, qde, vet, vet_ext;
	uint32_t max_len[3];	    /* without CRC, by number of tags */
	uint64_t rar[ORIEL_NB_RAR]; /* address as bytes 0..5 of the word, bit 48: valid */
	uint32_t nb_rar;	    /* valid ones, at the front of rar_list */
	uint8_t rar_list[ORIEL_NB_RAR];
	uint32_t etqf_on; /* bit n: enabled */
	uint32_t ftqf_on;
	bool syn_on, vme, ext_vlan, strip_crc, loopback;
	bool rx_on;	  /* receiver enabled, link up, bus master on */
	bool hol_counted; /* the waiting frame's RNBC is counted */
	uint8_t part_q;	  /* the RX queue that may hold part of the frame in front */
	uint32_t tx_turn, sync_turn;
	uint64_t config; /* goes up when anything that decides about frames may have changed */
	struct model_flood *flood;
	bool published; /* p->regs shows the statistics as they are */
	bool rss_dirty;
	struct model_acc acc_rx, acc_tx;
	uint32_t rss_table[2 * MODEL_RSS_INPUT][16];

	struct model_queue rxq[TWIN_NB_QUEUES], txq[TWIN_NB_QUEUES];
	uint32_t rx_active, tx_active; /* bit n: queue n is active */
	uint32_t tx_due;	       /* bit n: queue n has write-backs for the next poll */
	uint64_t wb_flush;	       /* ns when held write-backs go out, 0: none are held */
	uint32_t causes_rx, causes_tx; /* bit n: tell queue n's vector at the end of the poll */

	struct model_irq irq;
	struct model_phy phy;
	struct model_nvm nvm;
	struct model_sfp sfp;
	struct model_time time;
	struct model_stats stats;
	uint64_t pause_until; /* ns, a PAUSE frame stops the transmitter */
	struct model_fc fc;

	uint32_t lb_head, lb_tail, lb_bytes; /* frames in lb, each after its length */
	uint8_t *lb;			     /* MODEL_LB_BYTES + TWIN_MAX_FRAME + 16 */
	uint8_t *tx_buf;		     /* MODEL_TX_BUF: a gathered frame */
	uint8_t *seg_buf;		     /* TWIN_MAX_FRAME: a frame as it goes out */
	uint8_t *rx_buf;		     /* TWIN_MAX_FRAME: a frame that RX had to change */
};

/* ---- bytes ---- */

static inline uint16_t
model_be16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t
model_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline void
model_put_be16(uint8_t *p, uint32_t val)
{
	p[0] = (uint8_t)(val >> 8);
	p[1] = (uint8_t)val;
}

static inline void
model_put_be32(uint8_t *p, uint32_t val)
{
	val = __builtin_bswap32(val);
	memcpy(p, &val, 4);
}

/** Good frames of one length to one station, to be folded into the counters. */
static inline void
model_acc_add_unicast(struct model_acc *a, uint32_t len, uint32_t nb)
{
	uint32_t octets = len + MODEL_CRC_LEN;
	unsigned int bin = octets <= 64 ? 0 :
		octets <= 127		? 1 :
		octets <= 255		? 2 :
		octets <= 511		? 3 :
		octets <= 1023		? 4 :
					  5;

	a->frames += nb;
	a->bytes += (uint64_t)len * nb;
	a->bin[bin] += nb;
}

/** A good frame, to be folded into the counters at the end of the batch. */
static inline void
model_acc_add(struct model_acc *a, const uint8_t *frame, uint32_t len)
{
	model_acc_add_unicast(a, len, 1);
	if (frame[0] & 1) {
		if (model_be32(frame) == UINT32_MAX && model_be16(frame + 4) == UINT16_MAX)
			a->broadcast++;
		else
			a->multicast++;
	}
}

/** The time of this call, asked of the clock once. */
static inline uint64_t
model_now(struct twin_model *m)
{
	if (m->now == 0)
		m->now = twin_now_ns();
	return m->now;
}

static inline void
model_timer(struct twin_model *m, uint64_t ns)
{
	if (ns < m->timer)
		m->timer = ns;
}

/* ---- model_access.c ---- */

enum model_access {
	ACC_NONE, /* the 82576 has no such register */
	ACC_RW,
	ACC_RO,
	ACC_WO,
	ACC_RC,
	ACC_W1C,
	ACC_W1S,
	ACC_MX, /* by bit, in the code that owns it */
};

static inline bool
model_in_array(uint32_t off, uint32_t first, uint32_t count)
{
	return off >= first && off < first + 4 * count;
}

void model_access_init(void);
enum model_access model_access(uint32_t off);
/** The address that an offset is another one of, for registers with two. */
uint32_t model_access_canonical(uint32_t off);
/** Bits that a write can change. */
uint32_t model_access_mask(uint32_t off);

/* ---- model_regs.c ---- */

/** Copies what the frame's way needs from the registers; after writes and resets. */
void model_rx_config(struct twin_port *p);

/* ---- model_queue.c ---- */
void model_queue_reset(struct twin_port *p);
/** Side effects of a write to dword `idx` of a queue block. */
void model_queue_write(struct twin_port *p, struct model_queue *q, unsigned int idx, uint32_t val);
uint32_t model_queue_read(struct twin_port *p, struct model_queue *q, unsigned int idx);
/** The queue whose block holds `off`, or NULL; *idx its dword. */
struct model_queue *model_queue_find(struct twin_port *p, uint32_t off, unsigned int *idx);
/** Queues wait for RXEN and TCTL.EN: called when these or QDE may have changed. */
void model_queue_gate(struct twin_port *p);
/** Shows dword `idx` in both copies of the block. */
void model_queue_show(struct twin_port *p, struct model_queue *q, unsigned int idx, uint32_t val);
/** RX fields that come from SRRCTL, RCTL and QDE. */
void model_queue_config(struct twin_port *p, struct model_queue *q);
/** Descriptor `idx` for reading and writing, or NULL after a refused access (then stuck). */
void *model_queue_desc(struct twin_port *p, struct model_queue *q, uint32_t idx);

/** The index `n` behind head, n being less than the descriptors that the device has. */
static inline uint32_t
model_queue_ahead(const struct model_queue *q, uint32_t n)
{
	uint32_t idx = q->head + n;

	return idx >= q->nb ? idx - q->nb : idx;
}
/** True if the port may use the bus now. */
bool model_dma_on(const struct twin_port *p);
/** Finds the ring in host memory for this batch. False: nothing to be done on it now. */
bool model_queue_map(struct twin_port *p, struct model_queue *q);

/* ---- model_irq.c ---- */
void model_irq_reset(struct twin_port *p);
bool model_irq_read(struct twin_port *p, uint32_t off, uint32_t *val);
bool model_irq_write(struct twin_port *p, uint32_t off, uint32_t val);
/** A cause of ICR happens. */
void model_irq_cause(struct twin_port *p, uint32_t icr);
/** Queues' write-backs of this poll, bit n queue n. */
void model_irq_queues(struct twin_port *p, uint32_t rx, uint32_t tx);
/** Vectors whose throttle ran out; also returns them, for write-backs on EITR. */
uint32_t model_irq_timer(struct twin_port *p);
/** The vector of a queue, or -1 */
int model_irq_vector(const struct twin_model *m, bool tx, unsigned int q);

/* ---- model_nvm.c ---- */
void model_nvm_init(struct twin_port *p);
void model_nvm_load(struct twin_port *p);
bool model_nvm_read(struct twin_port *p, uint32_t off, uint32_t *val);
bool model_nvm_write(struct twin_port *p, uint32_t off, uint32_t val);

/* ---- model_sfp.c ---- */
void model_sfp_init(struct twin_port *p);
bool model_sfp_read(struct twin_port *p, uint32_t off, uint32_t *val);
bool model_sfp_write(struct twin_port *p, uint32_t off, uint32_t val);

/* ---- model_phy.c ---- */
void model_phy_init(struct twin_port *p);
/** PHY hard reset (power-on, FLR, CTRL.PHY_RST); the PCS of the SerDes variants too. */
void model_phy_reset(struct twin_port *p);
/** What CTRL.RST resets of the PCS. */
void model_pcs_reset(struct twin_port *p);
bool model_phy_read(struct twin_port *p, uint32_t off, uint32_t *val);
bool model_phy_write(struct twin_port *p, uint32_t off, uint32_t val);
/** STATUS.LU, SPEED, FD from PHY, PCS and CTRL; raises LSC when LU changes. */
void model_link_update(struct twin_port *p);
void model_phy_timer(struct twin_port *p);

/* ---- model_stats.c ---- */
void model_stats_reset(struct twin_port *p);
bool model_stats_read(struct twin_port *p, uint32_t off, uint32_t *val);
/** Puts what was gathered during a batch into the MAC's counters. */
void model_stats_fold(struct twin_model *m);
/** The same for a queue's own counters of the twin. */
void model_stats_fold_queue(struct twin_port *p, struct model_queue *q);
/** Shows the counters in p->regs, for dumps that shall not clear. */
void model_stats_publish(struct twin_port *p);

/* ---- model_time.c ---- */
void model_time_reset(struct twin_port *p);
bool model_time_read(struct twin_port *p, uint32_t off, uint32_t *val);
bool model_time_write(struct twin_port *p, uint32_t off, uint32_t val);
/** A frame whose descriptor has TSTAMP leaves. */
void model_time_tx(struct twin_port *p);
/** True if the received frame was stamped. */
bool model_time_rx(struct twin_port *p, const struct model_pkt *pkt, const struct model_dest *d);

/* ---- model_parse.c ---- */
void model_parse(
	const struct twin_model *m, const uint8_t *frame, uint32_t len, struct model_pkt *pkt);

/* ---- model_filter.c ---- */
/** MODEL_PASS, or the cause why the frame ends here. */
unsigned int model_filter_l2(
	struct twin_port *p, const struct model_pkt *pkt, struct model_dest *d);
/** The frame's queue. */
void model_filter_queue(struct twin_port *p, struct model_pkt *pkt, struct model_dest *d);

/* ---- model_rss.c ---- */
/** Hash and type by MRQC, 0 and ORIEL_RSS_NONE if none applies. */
uint32_t model_rss_hash(struct twin_model *m, const struct model_pkt *pkt, uint32_t *type);
uint32_t model_rss_toeplitz(struct twin_model *m, const uint8_t *input, uint32_t len);

/* ---- model_csum.c ---- */
/** One's complement sum of bytes as big-endian words, odd byte padded with 0, added to sum. */
uint64_t model_sum(const uint8_t *data, uint32_t len, uint64_t sum);
uint16_t model_fold(uint64_t sum);
/** Sum of the pseudo-header of the packet at l3. */
uint64_t model_pseudo(const struct model_pkt *pkt, uint32_t l4_len);
/** Ethernet CRC, in the value whose little-endian bytes follow the frame. */
uint32_t model_crc32(const uint8_t *data, uint32_t len);
/** CRC32c as in SCTP, little-endian bytes in the packet. */
uint32_t model_crc32c(const uint8_t *data, uint32_t len, uint32_t crc);
/** Status and error bits of the received frame. */
uint32_t model_rx_checks(const struct twin_model *m, const struct model_pkt *pkt, uint32_t *extra);

/* ---- model_rx.c ---- */
unsigned int model_rx_poll(struct twin_port *p, unsigned int budget);
/** Writes back what WTHRESH held. */
void model_rx_flush(struct twin_port *p, struct model_queue *q);

/* ---- model_fc.c ---- */
/** True if the frame is of the MAC alone: then it ends here. Obeys PAUSE frames. */
bool model_fc_in(struct twin_port *p, const uint8_t *frame, uint32_t len);
/** Frames were taken from the packet buffer: it may be below FCRTL. */
void model_fc_low(struct twin_port *p);
void model_fc_timer(struct twin_port *p);
/** CTRL or FCRTH has changed. */
void model_fc_config(struct twin_port *p);

/* ---- model_rate.c ---- */
/** RTTBCNRC of the queue in RTTDQSEL. */
void model_rate_write(struct twin_port *p, uint32_t val);
/** Whether a limited queue may send now; if not, a timer will run. */
bool model_rate_open(struct twin_port *p, struct model_queue *q);
/** A limited queue has sent frames of so many bytes with CRC. */
void model_rate_sent(struct twin_port *p, struct model_queue *q, uint64_t bytes);

/* ---- model_flood.c: frames of a flood wire and of plain TX descriptors in bulk ---- */

/** A received frame as it went into its one descriptor and buffer. */
struct model_rx_done {
	const struct model_queue *q;
	const uint8_t *data;
	uint32_t len; /* as stored */
	uint64_t q0, q1;
};

/** The frame in front of the flood went this way: so will the same frame while nothing changes. */
void model_flood_learn(struct twin_port *p, const struct model_rx_done *done);
/** Frames that are known go to their descriptors. 0: the one in front has to go the long way. */
unsigned int model_flood_rx(struct twin_port *p, unsigned int budget);
/** Plain frames of a queue, whose ring is mapped, leave for a wire that does not look. */
unsigned int model_flood_tx(struct twin_port *p, struct model_queue *q, unsigned int budget);

/* ---- model_tx.c ---- */
unsigned int model_tx_poll(struct twin_port *p, unsigned int budget);
void model_tx_writeback(struct twin_port *p, struct model_queue *q, bool force);
/** Hands a finished frame to the wire or back to RX. False: no room, try again. */
bool model_tx_out(struct twin_port *p, struct model_queue *q, const uint8_t *frame, uint32_t len);

/* ---- model_offload.c ---- */

/** A frame gathered from its descriptors. */
struct model_txf {
	uint8_t *data; /* in tx_buf */
	uint32_t len;
	uint32_t cmd, olinfo; /* of the first descriptor */
};

enum model_tx_result {
	MODEL_TX_SENT,
	MODEL_TX_BAD,	/* malformed: dropped */
	MODEL_TX_AGAIN, /* the wire has no room */
};

/** Edits the frame as its first descriptor and the context say, and sends it or its segments. */
enum model_tx_result model_offload_send(
	struct twin_port *p, struct model_queue *q, struct model_txf *f, unsigned int *sent);

/* ---- loopback store, model_tx.c ---- */
const uint8_t *model_lb_peek(struct twin_model *m, uint32_t *len);
void model_lb_pop(struct twin_model *m);

#endif /* TWIN_MODEL_H */
