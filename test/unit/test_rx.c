/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * RX bursts on made-up rings, with a device that keeps to the rules: every row of the
 * table takes the same frames the same way.
 */

#include "rx_bed.h"

/* ---- what is normal ---- */

static void
row_metadata(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, ALL_RX);
	struct rte_mbuf *posted[3] = { q->sw_ring[0], q->sw_ring[1], q->sw_ring[2] }, *pkts[32];

	assert_int_equal(row->burst(q, pkts, 32), 0);
	/* TCP over IPv4, hashed, tagged, both sums right */
	bed_rx_done(q, 0, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_TCP | ORIEL_RSS_TCP_IPV4, 0xcafef00d,
		DD | EOP | ORIEL_RXD_VP | ORIEL_RXD_IPCS | ORIEL_RXD_L4CS, 60, 0x2064);
	/* UDP over IPv6, wrong sum, no hash */
	bed_rx_done(q, 1, ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_UDP, 0,
		DD | EOP | ORIEL_RXD_L4CS | ORIEL_RXD_L4E, 1514, 0);
	bed_rx_done(q, 2, 0, 0, DD | EOP, 42, 0);
	assert_int_equal(row->burst(q, pkts, 32), 3);
	assert_memory_equal(pkts, posted, sizeof(posted));

	assert_int_equal(pkts[0]->pkt_len, 60);
	assert_int_equal(pkts[0]->data_len, 60);
	assert_int_equal(pkts[0]->nb_segs, 1);
	assert_int_equal(pkts[0]->port, 0);
	assert_int_equal(pkts[0]->hash.rss, 0xcafef00d);
	assert_int_equal(pkts[0]->vlan_tci, 0x2064);
	assert_int_equal(
		pkts[0]->packet_type, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP);
	assert_int_equal(pkts[0]->ol_flags,
		RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_RSS_HASH |
			RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
	assert_int_equal(pkts[1]->pkt_len, 1514);
	assert_int_equal(
		pkts[1]->packet_type, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6 | RTE_PTYPE_L4_UDP);
	assert_int_equal(pkts[1]->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_BAD);
	assert_int_equal(pkts[2]->ol_flags, 0);
	assert_int_equal(pkts[2]->packet_type, RTE_PTYPE_L2_ETHER);
	assert_int_equal(q->stats.packets, 3);
	assert_int_equal(q->stats.bytes, 60 + 1514 + 42);
	assert_accounted(q, 3);
	check_and_free(pkts, 3);
	bed_rxq_done(q);
}

static void
test_metadata(void **state)
{
	(void)state;
	each_row(row_metadata);
}

/** A device that keeps to the rules, for many rounds of the ring. */
static void
run_rounds(const struct oriel_rx_path *row, uint16_t nb_desc, uint16_t free_thresh, uint16_t burst)
{
	struct oriel_rxq *q = bed_rxq(pool, nb_desc, free_thresh, 0);
	uint16_t head = 0, tail = nb_desc - 1;
	uint32_t sent = 0, got = 0;
	struct rte_mbuf *pkts[64];

	while (got < 5000) {
		uint16_t n = 0, before = q->nb_hold;
		uint32_t bell;

		/* Give as many as a burst and a bit, as far as the tail allows. */
		while (head != tail && n < burst + 1) {
			bed_rx_done(q, head, 0, sent, DD | EOP, 60 + sent % 1000, 0);
			head = (head + 1) % nb_desc;
			sent++;
			n++;
		}
		n = row->burst(q, pkts, burst);
		for (uint16_t i = 0; i < n; i++, got++) {
			assert_int_equal(pkts[i]->hash.rss, got);
			assert_int_equal(pkts[i]->pkt_len, 60 + got % 1000);
		}
		check_and_free(pkts, n);
		bell = bed_take_doorbell(q->tail);
		/* Refilled exactly when the threshold was reached, all at once. */
		if (before + n < free_thresh) {
			assert_int_equal(bell, BED_NO_DOORBELL);
			assert_int_equal(q->nb_hold, before + n);
		} else {
			assert_int_equal(q->nb_hold, 0);
			assert_int_equal(bell, (q->next + nb_desc - 1) % nb_desc);
			tail = bell;
		}
		assert_accounted(q, 0);
	}
	assert_int_equal(q->stats.packets, got);
	bed_rxq_done(q);
}

static void
row_rounds(const struct oriel_rx_path *row)
{
	run_rounds(row, 32, 8, 32);
	run_rounds(row, 32, 31, 7);
	run_rounds(row, 40, 10, 1);
	run_rounds(row, 64, 1, 3);
	run_rounds(row, 72, 32, 32);
	run_rounds(row, 128, 32, 64);
}

static void
test_rounds(void **state)
{
	(void)state;
	each_row(row_rounds);
}

static void
row_empty(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[4];

	for (int i = 0; i < 100; i++)
		assert_int_equal(row->burst(q, pkts, 4), 0);
	assert_int_equal(row->burst(q, pkts, 0), 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	/* A stopped queue: nothing, whatever the ring says. */
	oriel_rxq_reset(q);
	for (int i = 0; i < RING; i++)
		bed_rx_done(q, i, 0, 0, DD | EOP, 60, 0);
	assert_int_equal(row->burst(q, pkts, 4), 0);
	assert_int_equal(bed_take_doorbell(q->tail), BED_NO_DOORBELL);
	assert_int_equal(oriel_rx_queue_count(q), 0);
	bed_rxq_done(q);
}

static void
test_empty(void **state)
{
	(void)state;
	each_row(row_empty);
}

/* ---- metadata tables ---- */

static uint64_t
expected_flags(uint32_t status, uint64_t offloads)
{
	uint64_t flags = 0;

	if (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP && status & ORIEL_RXD_VP)
		flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	if (offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM && status & ORIEL_RXD_IPCS)
		flags |= status & ORIEL_RXD_IPE ? RTE_MBUF_F_RX_IP_CKSUM_BAD :
						  RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	if (offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM && status & ORIEL_RXD_L4CS)
		flags |= status & ORIEL_RXD_L4E ? RTE_MBUF_F_RX_L4_CKSUM_BAD :
						  RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	return flags;
}

/** All combinations of 8 status and error bits that could matter, with all offloads on and off. */
static void
row_flags(const struct oriel_rx_path *row)
{
	static const uint32_t bits[] = { ORIEL_RXD_VP, ORIEL_RXD_UDPCS, ORIEL_RXD_L4CS,
		ORIEL_RXD_IPCS, ORIEL_RXD_PIF, ORIEL_RXD_UDPV, ORIEL_RXD_L4E, ORIEL_RXD_IPE };
	static const uint64_t offs[] = { RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
		RTE_ETH_RX_OFFLOAD_IPV4_CKSUM, RTE_ETH_RX_OFFLOAD_TCP_CKSUM };
	struct rte_mbuf *pkts[1];

	for (unsigned int o = 0; o < 1u << RTE_DIM(offs); o++) {
		uint64_t offloads = 0;
		struct oriel_rxq *q;

		for (unsigned int i = 0; i < RTE_DIM(offs); i++)
			offloads |= o >> i & 1 ? offs[i] : 0;
		q = bed_rxq(pool, RING, 16, offloads);
		for (unsigned int c = 0; c < 1u << RTE_DIM(bits); c++) {
			uint32_t status = DD | EOP;

			for (unsigned int i = 0; i < RTE_DIM(bits); i++)
				status |= c >> i & 1 ? bits[i] : 0;
			bed_rx_done(
				q, q->next, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_UDP, 0, status, 64, 0);
			assert_int_equal(row->burst(q, pkts, 1), 1);
			assert_int_equal(pkts[0]->ol_flags, expected_flags(status, offloads));
			rte_pktmbuf_free(pkts[0]);
		}
		bed_rxq_done(q);
	}
}

static void
test_flags(void **state)
{
	(void)state;
	each_row(row_flags);
}

/** Erratum: on SCTP frames of 60 bytes "wrong" may be wrong; on no other. */
static void
row_sctp_erratum(const struct oriel_rx_path *row)
{
	const uint32_t bad = DD | EOP | ORIEL_RXD_IPCS | ORIEL_RXD_L4CS | ORIEL_RXD_L4E;
	const uint32_t sctp = ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_SCTP;
	static const uint64_t offloads[] = { ALL_RX, ALL_RX | RTE_ETH_RX_OFFLOAD_KEEP_CRC };
	struct rte_mbuf *pkts[8];

	for (unsigned int i = 0; i < RTE_DIM(offloads); i++) {
		struct oriel_rxq *q = bed_rxq(pool, RING, 32, offloads[i]);

		bed_rx_done(q, 0, sctp, 0, bad, 60 + q->crc_len, 0);
		bed_rx_done(q, 1, sctp, 0, bad, 61 + q->crc_len, 0);
		bed_rx_done(q, 2, ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_TCP, 0, bad, 60 + q->crc_len, 0);
		bed_rx_done(q, 3, sctp, 0, bad & ~ORIEL_RXD_L4E, 60 + q->crc_len, 0);
		assert_int_equal(row->burst(q, pkts, 8), 4);
		assert_int_equal(pkts[0]->ol_flags, RTE_MBUF_F_RX_IP_CKSUM_GOOD);
		assert_int_equal(pkts[1]->ol_flags,
			RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD);
		assert_int_equal(pkts[2]->ol_flags,
			RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD);
		assert_int_equal(pkts[3]->ol_flags,
			RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
		check_and_free(pkts, 4);
		bed_rxq_done(q);
	}
}

static void
test_sctp_erratum(void **state)
{
	(void)state;
	each_row(row_sctp_erratum);
}

static uint32_t
expected_l4(uint32_t info, uint32_t tcp, uint32_t udp, uint32_t sctp)
{
	switch (info & (ORIEL_RXD_PT_TCP | ORIEL_RXD_PT_UDP | ORIEL_RXD_PT_SCTP)) {
	case ORIEL_RXD_PT_TCP:
		return tcp;
	case ORIEL_RXD_PT_UDP:
		return udp;
	case ORIEL_RXD_PT_SCTP:
		return sctp;
	default:
		return 0;
	}
}

static uint32_t
expected_ptype(uint32_t info)
{
	bool v4 = info & (ORIEL_RXD_PT_IPV4 | ORIEL_RXD_PT_IPV4_OPT);
	bool v6 = info & (ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_IPV6_EXT);
	bool l4 = info & (ORIEL_RXD_PT_TCP | ORIEL_RXD_PT_UDP | ORIEL_RXD_PT_SCTP);
	uint32_t l3_v4 = info & ORIEL_RXD_PT_IPV4_OPT ? RTE_PTYPE_L3_IPV4_EXT : RTE_PTYPE_L3_IPV4;

	if (info & ORIEL_RXD_PT_ETQF || (!v4 && !v6))
		return RTE_PTYPE_L2_ETHER;
	if (v4 && v6)
		return RTE_PTYPE_L2_ETHER | l3_v4 | RTE_PTYPE_TUNNEL_IP |
			(info & ORIEL_RXD_PT_IPV6_EXT ? RTE_PTYPE_INNER_L3_IPV6_EXT :
					l4	      ? RTE_PTYPE_INNER_L3_IPV6 :
							RTE_PTYPE_INNER_L3_IPV6_EXT_UNKNOWN) |
			expected_l4(info, RTE_PTYPE_INNER_L4_TCP, RTE_PTYPE_INNER_L4_UDP,
				RTE_PTYPE_INNER_L4_SCTP);
	if (v4)
		return RTE_PTYPE_L2_ETHER | l3_v4 |
			expected_l4(info, RTE_PTYPE_L4_TCP, RTE_PTYPE_L4_UDP, RTE_PTYPE_L4_SCTP);
	return RTE_PTYPE_L2_ETHER |
		(info & ORIEL_RXD_PT_IPV6_EXT ? RTE_PTYPE_L3_IPV6_EXT :
				l4	      ? RTE_PTYPE_L3_IPV6 :
						RTE_PTYPE_L3_IPV6_EXT_UNKNOWN) |
		expected_l4(info, RTE_PTYPE_L4_TCP, RTE_PTYPE_L4_UDP, RTE_PTYPE_L4_SCTP);
}

/** All values of the packet type field, with all RSS types, offload on and off. */
static void
row_types(const struct oriel_rx_path *row)
{
	struct rte_mbuf *pkts[1];

	for (int on = 0; on < 2; on++) {
		struct oriel_rxq *q = bed_rxq(pool, RING, 16, on ? RTE_ETH_RX_OFFLOAD_RSS_HASH : 0);

		for (uint32_t v = 0; v < 1u << 17; v++) {
			uint32_t type = v & 0xf;
			bool hash = on && type >= ORIEL_RSS_TCP_IPV4 &&
				type <= ORIEL_RSS_UDP_IPV6_EX;

			bed_rx_done(q, q->next, v | ORIEL_MASK(31, 17), v * 7, DD | EOP, 64, 0);
			assert_int_equal(row->burst(q, pkts, 1), 1);
			assert_int_equal(pkts[0]->packet_type, expected_ptype(v));
			assert_int_equal(pkts[0]->ol_flags, hash ? RTE_MBUF_F_RX_RSS_HASH : 0);
			if (hash)
				assert_int_equal(pkts[0]->hash.rss, v * 7);
			rte_pktmbuf_free(pkts[0]);
		}
		bed_rxq_done(q);
	}
}

static void
test_types(void **state)
{
	(void)state;
	each_row(row_types);
}

/* ---- questions ---- */

static void
test_status(void **state)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 48, 0);
	struct rte_mbuf *pkts[40];

	(void)state;
	assert_int_equal(oriel_rx_descriptor_status(q, RING), -EINVAL);
	assert_int_equal(oriel_rx_descriptor_status(q, UINT16_MAX), -EINVAL);
	assert_int_equal(oriel_rx_descriptor_status(q, 0), RTE_ETH_RX_DESC_AVAIL);
	assert_int_equal(oriel_rx_descriptor_status(q, RING - 2), RTE_ETH_RX_DESC_AVAIL);
	assert_int_equal(oriel_rx_descriptor_status(q, RING - 1), RTE_ETH_RX_DESC_UNAVAIL);
	for (int n = 0; n < RING; n++) {
		assert_int_equal(oriel_rx_queue_count(q), RTE_MIN(n, RING - 1));
		bed_rx_done(q, n, 0, 0, DD | EOP, 60, 0);
		assert_int_equal(oriel_rx_descriptor_status(q, n),
			n == RING - 1 ? RTE_ETH_RX_DESC_UNAVAIL : RTE_ETH_RX_DESC_DONE);
	}
	assert_int_equal(oriel_rx_burst_onebuf(q, pkts, 40), 40);
	check_and_free(pkts, 40);
	assert_int_equal(oriel_rx_queue_count(q), RING - 1 - 40);
	assert_int_equal(oriel_rx_descriptor_status(q, RING - 1 - 41), RTE_ETH_RX_DESC_DONE);
	assert_int_equal(oriel_rx_descriptor_status(q, RING - 1 - 40), RTE_ETH_RX_DESC_UNAVAIL);
	bed_rxq_done(q);
}

/* ---- pools whose buffers lie outside ---- */

static void
row_external(const struct oriel_rx_path *row)
{
	struct oriel_rxq *q = bed_rxq(pool, RING, 32, 0);
	struct rte_mbuf *pkts[1];

	q->ol_init = RTE_MBUF_F_EXTERNAL;
	bed_rx_done(q, 0, 0, 0, DD | EOP, 60, 0);
	if (row->scattered)
		bed_rx_done(q, 0, 0, 0, DD, BED_ROOM, 0);
	bed_rx_done(q, 1, 0, 0, DD | EOP, 60, 0);
	assert_int_equal(row->burst(q, pkts, 1), 1);
	/* Losing the flag would make rte_pktmbuf_clone() compute a wrong owner. */
	for (struct rte_mbuf *m = pkts[0]; m != NULL; m = m->next) {
		assert_true(RTE_MBUF_HAS_EXTBUF(m));
		m->ol_flags = 0;
	}
	rte_pktmbuf_free(pkts[0]);
	bed_rxq_done(q);
}

static void
test_external(void **state)
{
	(void)state;
	each_row(row_external);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_metadata, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sctp_erratum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_external, setup, teardown),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
