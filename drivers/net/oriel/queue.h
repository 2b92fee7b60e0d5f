/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * RX and TX queues. What the bursts touch for every packet comes first in each
 * struct and fits one or two cache lines; a line says where that ends. A burst gets
 * all it needs from its queue and knows no adapter.
 */

#ifndef ORIEL_QUEUE_H
#define ORIEL_QUEUE_H

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include "compat.h"
#include "desc.h"
#include "mmio.h"

/** Ring sizes, descriptors: a multiple of ORIEL_RING_ALIGN_DESC between these. */
#define ORIEL_MIN_DESC 32
#define ORIEL_MAX_DESC 4096
#define ORIEL_DEFAULT_DESC 512
/** Burst that applications are advised to use. */
#define ORIEL_DEFAULT_BURST 32
/** Default of rx_free_thresh, two bursts: one doorbell for both; at most a quarter of the ring. */
#define ORIEL_DEFAULT_RX_FREE_THRESH 64
/** Default of tx_rs_thresh: one write-back for a burst; at most a quarter of the ring. */
#define ORIEL_DEFAULT_RS_THRESH 32
/**
 * Header buffers of buffer split, bytes; multiples of 64. The longest header: addresses, two
 * tags, type, 60 of IP, 60 of TCP.
 */
#define ORIEL_RX_HDR_LEN 192u
/** Smallest room for data in an mbuf of an RX pool, bytes without headroom (BSIZEPACKET is in KiB).
 */
#define ORIEL_MIN_RX_BUF 1024u
/** Largest buffer that the device is told of, bytes: any frame fits. */
#define ORIEL_MAX_RX_BUF RTE_ALIGN_CEIL(ORIEL_MAX_FRAME, 1024u)
/** What a frame has beyond the MTU, bytes: Ethernet header, two VLAN tags, CRC. */
#define ORIEL_ETH_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + 2 * 4u)
#define ORIEL_MIN_MTU RTE_ETHER_MIN_MTU
#define ORIEL_MAX_MTU (ORIEL_MAX_FRAME - ORIEL_ETH_OVERHEAD)
/** Most segments with data in a frame to send; a ring of few descriptors allows fewer. */
#define ORIEL_TX_MAX_SEGS 64u
/** sw_ring entries behind the last one, so that a burst may prefetch without a wrap. */
#define ORIEL_SW_RING_PAD 8

/** Filters that mark PTP frames: theirs by the convention of this family's drivers. */
#define ORIEL_PTP_ETQF 3u
#define ORIEL_PTP_FTQF 3u
/** Packets of a burst that is short enough for oriel_tx_few(). */
#define ORIEL_TX_FEW 4
/** Of a queue's `stamps`: time synchronisation is on. All ones, see struct oriel_txq. */
#define ORIEL_STAMPS_ON UINT8_MAX

/** Written by one lcore (the queue's), read by the control path: plain 64-bit loads. */
struct oriel_rxq_stats {
	uint64_t packets;
	uint64_t bytes;		/* without CRC */
	uint64_t alloc_failed;	/* times that the pool had too few mbufs for a refill */
	uint64_t bad_length;	/* frames with a device-given length that cannot be */
	uint64_t no_eop;	/* one-buffer path: frames without EOP */
	uint64_t chain_overrun; /* scattered path: more buffers than the largest frame needs */
	uint64_t errors;	/* RXE: the MAC saw a bad frame */
};

/*
 * The mbufs that a queue holds lie in sw_ring[next .. next + nb_desc - nb_hold), modulo
 * nb_desc; the nb_hold entries before `next` are stale and never looked at. Of those that
 * it holds, the device owns all but the last: head == tail would mean an empty ring. So a
 * descriptor is believed only if it is one of nb_desc - 1 - nb_hold from `next` on,
 * whatever the device wrote elsewhere.
 *
 * A queue that is stopped has nb_hold == nb_desc and refill_at beyond it: a burst on it
 * finds nothing and touches no register.
 */
struct oriel_rxq {
	struct oriel_rx_desc *ring; /* nb_desc descriptors, device-writable memory */
	struct rte_mbuf **sw_ring;  /* the mbuf posted in each descriptor */
	volatile void *tail;	    /* this queue's RDT */
	uint64_t mbuf_init;	    /* rearm data: data_off, refcnt 1, nb_segs 1, port */
	uint64_t ol_init;	    /* RTE_MBUF_F_EXTERNAL if the pool's buffers are external */
	uint16_t nb_desc;
	uint16_t next;	      /* descriptor to look at next */
	uint16_t nb_hold;     /* descriptors taken and not yet given back */
	uint16_t refill_at;   /* refill when nb_hold reaches it */
	uint16_t buf_len;     /* bytes of a buffer as the device was told */
	uint16_t min_len;     /* shortest length that leaves a byte of data: crc_len + 1 */
	uint32_t status_mask; /* bits of wb.status that may be believed, see oriel_rx_flags */
	uint8_t rss_mask;     /* ORIEL_RXD_RSS_TYPE if the hash is in the descriptor, else 0 */
	uint8_t crc_len;      /* 4 with KEEP_CRC, else 0 */
	uint8_t max_segs;     /* buffers that the largest frame needs */
	bool skip_frame;      /* drop buffers up to the next EOP */
	uint16_t port_id;
	uint16_t nb_segs; /* scattered path: buffers of the frame in progress */
	/* ---- scattered path and statistics: second line ---- */
	struct rte_mempool *mp;
	/*
	 * From an mbuf to the IO address that its frame goes to, if that is the same for all of
	 * the pool; 0: it is not. Then an mbuf, long out of the caches when it is posted, need
	 * not be looked at before its frame is there.
	 */
	uint64_t buf_distance;
	struct rte_mbuf *seg_first; /* frame in progress */
	struct rte_mbuf *seg_last;
	struct oriel_rxq_stats stats;
	uint16_t refill_head; /* first entry of those that nb_hold counts */
	uint16_t singles;     /* descriptors to be looked at one by one, see rx_vec.h */
	/*
	 * What vector rows take from the mbuf's 16 bytes at packet_type: crc_len at pkt_len and
	 * at data_len.
	 */
	uint16_t crc_fields[8];
	uint8_t stamps; /* ORIEL_STAMPS_ON or 0: what the device says of PTP frames is believed */
	/* ---- end of the hot part ---- */
	/*
	 * Tags that bursts of the "Queue Strip" rows take out, EtherTypes as in a frame: 0 for
	 * none; and the type of the tag before it, 0 if it is the first one. See rx_strip.h.
	 */
	rte_be16_t strip_tpid, strip_outer;
	/*
	 * Buffer split, see rx_split.h: the header buffer of each descriptor, NULL where its
	 * frame took it; no array, no split.
	 */
	struct rte_mbuf **hdr_ring;
	struct rte_mempool *hdr_mp;
	uint32_t psrtype;  /* of the headers behind which frames are cut */
	uint64_t offloads; /* VLAN_STRIP: whether this queue strips, by whatever means */
	struct oriel_mmio *mmio;
	uint32_t reg_base; /* ORIEL_RXQ(queue_id) */
	uint16_t queue_id;
	uint16_t free_thresh; /* as configured; refill_at of a running queue */
	bool deferred_start;
	bool drop_en;
	uint8_t pthresh, hthresh, wthresh;
	uint32_t no_device; /* where the tail goes when the device has gone */
	const struct rte_memzone *mz;
} __rte_cache_aligned;

/** A TX context as the device has it; equal means that no new descriptor is needed. */
struct oriel_tx_ctx {
	uint64_t q0; /* first qword of the descriptor */
	uint64_t q1; /* second one without IDX; 0: none (DTYP is never 0) */
};

/**
 * Packets that a context slot serves, as far as can be told without a look at what their
 * offloads mean: the same flags, header lengths and tag as those that the slot was last used
 * for. Fields that those offloads do not use are masked out.
 */
struct oriel_tx_class {
	uint64_t ol;		  /* of ol_flags RTE_MBUF_F_TX_OFFLOAD_MASK; UINT64_MAX: no class */
	uint64_t lens, lens_mask; /* of tx_offload */
	uint64_t tag, tag_mask;	  /* of the mbuf's qword at data_len */
	uint64_t q1;		  /* what they add to a data descriptor's second qword, with IDX */
	uint16_t min_len, max_len; /* of a packet, bytes */
};

/** No packet is of this one, and it limits none. */
#define ORIEL_TX_NO_CLASS \
	((struct oriel_tx_class){ .ol = UINT64_MAX, .min_len = 0, .max_len = UINT16_MAX })

struct oriel_txq_stats {
	uint64_t packets;
	uint64_t bytes;	   /* of the mbufs: before segmentation, without CRC */
	uint64_t contexts; /* context descriptors written */
	uint64_t errors;   /* packets that cannot be sent, freed */
};

/*
 * Descriptors in [clean, next), modulo nb_desc, are in use; nb_free of the others may be
 * written, one is always kept unused. RS is set on the EOP descriptor of the packet that
 * makes nb_used reach rs_thresh; its index goes into rs_fifo. The device works in order,
 * so the DD of the oldest index in the FIFO says that everything up to it has been read.
 * No other DD is looked at. ORIEL_TX_RS_HOLES goes with the index if some of the descriptors
 * that it covers own no mbuf, or a segment.
 *
 * A frame takes at most max_desc = nb_desc - rs_thresh descriptors: with the at most
 * rs_thresh - 1 that no RS covers yet it always fits an otherwise empty ring.
 *
 * A queue that is stopped has nb_free == 0 and an empty FIFO: a burst takes nothing and
 * touches no register.
 */
#define ORIEL_TX_RS_HOLES 0x8000u
#define ORIEL_TX_RS_IDX 0x7fffu

/**
 * Set in a pointer of a TX queue's sw_ring: a segment with others behind it, which have entries
 * of their own. Without it an entry owns its mbuf and all that hangs on it.
 */
#define ORIEL_TX_LINK ((uintptr_t)1)

static inline bool
oriel_tx_is_link(const struct rte_mbuf *entry)
{
	return (uintptr_t)entry & ORIEL_TX_LINK;
}

/** The mbuf of an entry, link or not. */
static inline struct rte_mbuf *
oriel_tx_entry_mbuf(struct rte_mbuf *entry)
{
	return (struct rte_mbuf *)((uintptr_t)entry & ~ORIEL_TX_LINK);
}

struct oriel_txq {
	struct oriel_tx_desc *ring;
	struct rte_mbuf **sw_ring; /* what each descriptor owns, see ORIEL_TX_LINK; or NULL */
	volatile void *tail;	   /* this queue's TDT */
	uint64_t pad_iova;	   /* zeros that lengthen frames below ORIEL_TX_MIN_FRAME */
	uint16_t *rs_fifo;	   /* descriptors with RS, oldest at rs_head; a power of two */
	uint16_t nb_desc;
	uint16_t next;	/* descriptor to write next */
	uint16_t clean; /* oldest descriptor in use */
	uint16_t nb_free;
	uint16_t nb_used; /* descriptors written since the last RS */
	uint16_t rs_thresh;
	uint16_t free_thresh;	   /* reclaim when nb_free is below */
	uint16_t rs_head, rs_tail; /* free-running: masked with rs_mask */
	uint16_t rs_mask;
	uint16_t max_desc; /* of one frame */
	uint16_t holes;	   /* ORIEL_TX_RS_HOLES if there are some since the last RS */
	/* ---- offload path and statistics: further lines ---- */
	struct oriel_tx_ctx ctx[ORIEL_NB_TX_CTX] __rte_cache_min_aligned;
	struct oriel_tx_class class[ORIEL_NB_TX_CTX]; /* of the slots' contexts */
	struct oriel_txq_stats stats;
	bool fast_free;	  /* MBUF_FAST_FREE: one pool, nobody else holds an mbuf */
	uint8_t ctx_last; /* slot used last; the other one is replaced */
	uint8_t few;	  /* packets of a burst for oriel_tx_few(); 0: of none */
	/* What makes a burst no matter of one run, as one number: singles, and stamps above it. */
	union {
		struct {
			uint8_t singles; /* packets that are not for runs, see oriel_tx_walk() */
			uint8_t stamps;	 /* ORIEL_STAMPS_ON or 0: packets may ask for a stamp */
		};
		uint16_t odd;
	};
	/* ---- end of the hot part ---- */
	uint64_t offloads;
	struct oriel_mmio *mmio;
	uint32_t reg_base; /* ORIEL_TXQ(queue_id) */
	uint16_t queue_id;
	uint16_t port_id;
	bool deferred_start;
	uint8_t pthresh, hthresh, wthresh;
	uint32_t no_device; /* where the tail goes when the device has gone */
	const struct rte_memzone *mz;
} __rte_cache_aligned;

_Static_assert(offsetof(struct oriel_rxq, mp) <= 64, "RX: one line for every packet");
_Static_assert(offsetof(struct oriel_txq, ctx) <= 64, "TX: one line for every packet");
_Static_assert(ORIEL_MAX_DESC <= ORIEL_TX_RS_IDX + 1, "an index leaves room for a flag");

_Static_assert(offsetof(struct oriel_txq, stamps) == offsetof(struct oriel_txq, singles) + 1,
	"stamps is the high byte of odd");

/** A descriptor's index moved on by at most a ring. */
static __rte_always_inline uint16_t
oriel_ring_add(uint16_t idx, uint16_t n, uint16_t nb_desc)
{
	uint32_t sum = (uint32_t)idx + n;

	return sum >= nb_desc ? sum - nb_desc : sum;
}

static __rte_always_inline uint16_t
oriel_ring_next(uint16_t idx, uint16_t nb_desc)
{
	return unlikely(idx + 1 == nb_desc) ? 0 : idx + 1;
}

/* ---- queue_setup.c: dev_ops; signatures and errors as in DPDK's ethdev driver API ---- */

int oriel_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_rxconf *conf, struct rte_mempool *mp);
int oriel_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
	unsigned int socket_id, const struct rte_eth_txconf *conf);
void oriel_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
void oriel_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);
void oriel_rxq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_rxq_info *info);
void oriel_txq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_txq_info *info);

/** What dev_infos_get says of queues: limits, default configurations, smallest RX buffer, MTU. */
void oriel_queues_dev_info(struct rte_eth_dev_info *info);

/**
 * Whether frames of an MTU fit the RX buffers of all queues that are set up, for mtu_set.
 *
 * @return
 *   0; -EINVAL if they do not and SCATTER is off; -EBUSY if they do not, SCATTER is on and
 *   the port runs with the one-buffer burst (stop, set, start). Logged.
 */
int oriel_queues_check_mtu(struct rte_eth_dev *dev, uint16_t mtu);

/* ---- queue_info.c: dev_ops and function pointers of rte_eth_dev ---- */

/**
 * Prints descriptors of a ring, decoded and as they are, one a line. For debugging: lcores may
 * go on meanwhile, each descriptor is read once.
 *
 * @param offset
 *   RX: 0 is the descriptor of the frame that is received next. TX: 0 is the one that is written
 *   next. Below nb_desc.
 * @param num
 *   Descriptors from there on; offset + num is at most nb_desc.
 * @return
 *   0; -EINVAL for descriptors that the ring does not have (logged).
 */
int oriel_rx_descriptor_dump(const struct rte_eth_dev *dev, uint16_t queue_id, uint16_t offset,
	uint16_t num, FILE *file);
int oriel_tx_descriptor_dump(const struct rte_eth_dev *dev, uint16_t queue_id, uint16_t offset,
	uint16_t num, FILE *file);

/**
 * Descriptors of a TX queue that the device has not said to have done. They are looked up where
 * it says so: one in tx_rs_thresh. Changes nothing; for the queue's own lcore.
 */
int oriel_tx_queue_count(void *txq);

/* ---- queue.c: dev_ops ---- */

int oriel_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_tx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int oriel_tx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);

/*
 * The control path's steps, in this order.
 *
 * oriel_queues_program(): with RCTL.RXEN = 0 and TCTL.EN = 0. Fetches the mbufs, writes
 *   rings, SRRCTL and thresholds of every queue, sets dev->data->scattered_rx. On an error
 *   (-EINVAL: not set up, or frames do not fit; -ENOMEM: the pool) it has freed all again.
 *   RXCSUM, RCTL.SECRC, CTRL.VME and MRQC must be as dev_conf says: from here on bursts
 *   believe what dev_conf asked for.
 * oriel_path_select() (path.h): any time after it and before rte_eth_dev_start() returns.
 * Then the caller sets RCTL.RXEN and TCTL.EN: RXDCTL.ENABLE and TXDCTL.ENABLE read 0 until then.
 * oriel_queues_enable(): enables all queues that are not deferred, waits for ENABLE, then
 *   writes RDT (ignored before) and sets the states. On an error (-ETIMEDOUT, -EIO, -ENODEV)
 *   it has disabled and freed all again.
 * oriel_queues_disable(): with TCTL.EN still set, so that what was queued leaves (waits up
 *   to ORIEL_TX_DRAIN_US for all queues together); RCTL.RXEN may be off already. Clears
 *   ENABLE, waits within a bound, pushes posted writes out by a read, frees what the rings
 *   hold. -ETIMEDOUT: some queue did not stop; its mbufs stay posted because the device may
 *   still write to them. The caller must stop the device's DMA by other means (reset, bus
 *   master off) and call oriel_queues_abandon().
 * oriel_queues_abandon(): frees without touching the device, for one that has gone or was
 *   reset. The bursts find stopped queues afterwards.
 */
#define ORIEL_TX_DRAIN_US 10000
int oriel_queues_program(struct rte_eth_dev *dev);
int oriel_queues_enable(struct rte_eth_dev *dev);
int oriel_queues_disable(struct rte_eth_dev *dev);
void oriel_queues_abandon(struct rte_eth_dev *dev);

/**
 * Keeps the bursts off the registers of a device that has gone: their doorbells go nowhere
 * until the next oriel_queues_program(). For the first thread that sees it; lcores may be
 * inside a burst. A mapping that the kernel took away would fault for ever.
 */
void oriel_queues_detach(struct rte_eth_dev *dev);

/**
 * Makes the bursts believe what dev_conf.rxmode and ad->rx_mode say now; after
 * vlan_offload_set changed VLAN_STRIP, say. Call it after the device was told.
 */
void oriel_queues_update_offloads(struct rte_eth_dev *dev);

/** How many of a port's RX queues strip VLAN tags (offloads); *nb is the number of queues. */
unsigned int oriel_queues_strip_count(const struct rte_eth_dev *dev, unsigned int *nb);
/** Sets for all RX queues of a port whether they strip. */
void oriel_queues_strip_all(struct rte_eth_dev *dev, bool on);

/** What oriel_rxq.buf_distance is for a pool. */
uint64_t oriel_rxq_buf_distance(struct rte_mempool *mp);

/* ---- queue_split.c ---- */

/** What rte_eth_rxconf.rx_seg asks for. */
struct oriel_rx_split {
	struct rte_mempool *hdr_mp; /* NULL: no split */
	struct rte_mempool *mp;	    /* of all else */
	uint32_t psrtype;
	uint16_t max_buf; /* bytes, 0: as many as mbufs of mp have */
};

/**
 * Checks the segments of an RX queue's configuration.
 *
 * @param mp
 *   The queue's pool if it is not to split.
 * @return
 *   0 with *split filled in, also if no split is asked for; -EINVAL or -ENOTSUP (logged).
 */
int oriel_queue_split_check(struct rte_eth_dev *dev, uint16_t queue_id,
	const struct rte_eth_rxconf *conf, uint64_t offloads, struct rte_mempool *mp,
	struct oriel_rx_split *split);
/** Fetches a header buffer for every descriptor that is armed, and arms it; 0 or -ENOMEM. */
int oriel_rxq_fill_headers(struct oriel_rxq *q);
/** Frees all header buffers of a ring. */
void oriel_rxq_free_headers(struct oriel_rxq *q);
/** Limits of buffer split for dev_infos_get, and the dev_op for its headers. */
void oriel_queue_split_dev_info(struct rte_eth_dev_info *info);
#if ORIEL_PTYPES_GET_HAS_COUNT
const uint32_t *oriel_split_hdr_ptypes_get(struct rte_eth_dev *dev, size_t *nb);
#else
const uint32_t *oriel_split_hdr_ptypes_get(struct rte_eth_dev *dev);
#endif

/* Software state alone, for release and for tests: a stopped queue that holds nothing. */
void oriel_rxq_reset(struct oriel_rxq *q);
void oriel_txq_reset(struct oriel_txq *q);
/** Sets what the burst believes and adds from a port's RX offloads. */
void oriel_rxq_set_offloads(struct oriel_rxq *q, uint64_t offloads);
/** Fetches an mbuf for every descriptor and runs the ring from `head` on; 0 or -ENOMEM. */
int oriel_rxq_fill(struct oriel_rxq *q);
void oriel_rxq_run(struct oriel_rxq *q, uint16_t head);
void oriel_txq_run(struct oriel_txq *q, uint16_t head);
/** Whether packets may ask for a stamp: ORIEL_STAMPS_ON or 0. The queue may be at work. */
void oriel_txq_set_stamps(struct oriel_txq *q, uint8_t stamps);

/* ---- rx.c, tx.c, tx_prepare.c: dev_ops and function pointers of rte_eth_dev ---- */

oriel_queue_count_t oriel_rx_queue_count(void *rxq);
int oriel_rx_descriptor_status(void *rxq, uint16_t offset);
int oriel_get_monitor_addr(void *rxq, struct rte_power_monitor_cond *pmc);
int oriel_tx_descriptor_status(void *txq, uint16_t offset);
int oriel_tx_done_cleanup(void *txq, uint32_t free_cnt);
uint16_t oriel_tx_prepare(void *txq, struct rte_mbuf **pkts, uint16_t nb_pkts);

#endif /* ORIEL_QUEUE_H */
