/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Descriptors as text, within the ring and not beyond, and how many a TX queue has in use. */

#include "datapath_bed.h"

#include "adapter.h"

#define NB_DESC 64
#define RS_THRESH 8

static struct rte_eth_dev dev;
static struct rte_eth_dev_data data;
static void *queues[2];

static int
dev_setup(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	memset(&data, 0, sizeof(data));
	memset(queues, 0, sizeof(queues));
	dev.data = &data;
	data.rx_queues = queues;
	data.tx_queues = queues;
	return 0;
}

typedef int (*dump_op)(const struct rte_eth_dev *dev, uint16_t queue_id, uint16_t offset,
	uint16_t num, FILE *file);

/* Number of lines that a dump prints, or what it returns; the text in *text, to be freed. */
static int
dump(dump_op op, uint16_t offset, uint16_t num, char **text)
{
	size_t size;
	FILE *file = open_memstream(text, &size);
	int ret = op(&dev, 0, offset, num, file), lines = 0;

	fclose(file);
	for (const char *p = *text; *p != '\0'; p++)
		lines += *p == '\n';
	if (ret != 0)
		assert_int_equal(lines, 0);
	return ret != 0 ? ret : lines;
}

static void
check_ranges(dump_op op)
{
	static const struct {
		uint16_t offset, num;
		int ret;
	} table[] = {
		{ 0, 0, 0 },
		{ 0, 1, 1 },
		{ 0, NB_DESC, NB_DESC },
		{ NB_DESC - 1, 1, 1 },
		{ 0, NB_DESC + 1, -EINVAL },
		{ NB_DESC - 1, 2, -EINVAL },
		{ NB_DESC, 0, -EINVAL },
		{ NB_DESC, 1, -EINVAL },
		{ 1, UINT16_MAX, -EINVAL },
		{ UINT16_MAX, UINT16_MAX, -EINVAL },
	};
	char *text;

	for (unsigned int i = 0; i < RTE_DIM(table); i++) {
		assert_int_equal(dump(op, table[i].offset, table[i].num, &text), table[i].ret);
		free(text);
	}
	/* A queue that was never set up. */
	queues[0] = NULL;
	assert_int_equal(dump(op, 0, 1, &text), -EINVAL);
	free(text);
}

static void
test_rx(void **state)
{
	struct rte_mempool *mp = bed_pool("rx", NB_DESC + 8, BED_ROOM);
	struct oriel_rxq *q = bed_rxq(mp, NB_DESC, 16, 0);
	char *text;

	(void)state;
	queues[0] = q;
	bed_rx_done(q, 0, ORIEL_RXD_PT_IPV6 | ORIEL_RXD_PT_TCP | ORIEL_RSS_TCP_IPV6, 0xcafef00d,
		ORIEL_RXD_DD | ORIEL_RXD_EOP | ORIEL_RXD_VP | ORIEL_RXD_L4CS | ORIEL_RXD_L4E, 1234,
		0x2007);
	assert_int_equal(dump(oriel_rx_descriptor_dump, 0, 2, &text), 2);
	assert_non_null(strstr(text, "rx 0 descriptor 0 (+0) done: length 1234 status "));
	assert_non_null(strstr(text,
		" DD EOP VP L4CS L4E type ipv6 tcp rss 3 hash 0xcafef00d "
		"vlan 0x2007 raw "));
	assert_non_null(strstr(text, "rx 0 descriptor 1 (+1) posted: buffer 0x"));
	free(text);
	/* A frame of an EtherType filter has that filter's number where types are. */
	bed_rx_done(q, 0, ORIEL_RXD_PT_ETQF | ORIEL_PREP(ORIEL_RXD_PT_ETQF_IDX, 5), 0,
		ORIEL_RXD_DD | ORIEL_RXD_EOP, 60, 0);
	assert_int_equal(dump(oriel_rx_descriptor_dump, 0, 1, &text), 1);
	assert_non_null(strstr(text, "type etqf 5 raw "));
	free(text);
	assert_int_equal(dump(oriel_rx_descriptor_dump, NB_DESC - 2, 2, &text), 2);
	assert_non_null(strstr(text, "descriptor 62 (+62) posted: "));
	assert_non_null(strstr(text, "descriptor 63 (+63) not posted: "));
	free(text);
	check_ranges(oriel_rx_descriptor_dump);
	bed_rxq_done(q);
	bed_pool_done(mp);
}

/* As many packets of one descriptor as given, each with its mbuf; the last of eight has RS. */
static void
tx_fill(struct oriel_txq *q, struct rte_mempool *mp, uint16_t nb)
{
	struct rte_mbuf *m;

	for (uint16_t i = 0; i < nb; i++) {
		m = rte_pktmbuf_alloc(mp);
		assert_non_null(m);
		assert_non_null(rte_pktmbuf_append(m, 100));
		assert_int_equal(dev.tx_pkt_burst(q, &m, 1), 1);
	}
}

static void
tx_done(struct oriel_txq *q, uint16_t idx)
{
	q->ring[idx].rd.olinfo |= ORIEL_TXD_STA_DD;
}

static void
test_tx(void **state)
{
	struct rte_mempool *mp = bed_pool("tx", 2 * NB_DESC, BED_ROOM);
	struct oriel_txq *q = bed_txq(NB_DESC, RS_THRESH, RS_THRESH);
	char *text;

	(void)state;
	assert_int_equal(oriel_path_select(&dev, -1), 0);
	queues[0] = q;
	assert_int_equal(oriel_tx_queue_count(q), 0);
	tx_fill(q, mp, 20);
	assert_int_equal(oriel_tx_queue_count(q), 20);
	assert_int_equal(dump(oriel_tx_descriptor_dump, NB_DESC - 21, 21, &text), 21);
	assert_non_null(strstr(text, "descriptor 63 (+43) free: "));
	assert_non_null(strstr(text, "descriptor 0 (+44) in use: buffer 0x"));
	assert_non_null(strstr(text, "descriptor 7 (+51) in use: "));
	assert_non_null(strstr(text, " length 100 payload 100 EOP IFCS RS DEXT raw "));
	free(text);
	/* The device says so of the last of eight at a time, and nothing by others counts. */
	tx_done(q, 3);
	assert_int_equal(oriel_tx_queue_count(q), 20);
	tx_done(q, 7);
	assert_int_equal(oriel_tx_queue_count(q), 12);
	tx_done(q, 15);
	assert_int_equal(oriel_tx_queue_count(q), 4);
	/* Not the second before the first, whatever its descriptor says. */
	q->ring[7].rd.olinfo &= ~ORIEL_TXD_STA_DD;
	assert_int_equal(oriel_tx_queue_count(q), 20);
	tx_done(q, 7);
	/* Over the end of the ring, to the last descriptor that may be used. */
	tx_fill(q, mp, 43);
	assert_int_equal(oriel_tx_queue_count(q), 47);
	check_ranges(oriel_tx_descriptor_dump);
	bed_txq_done(q);
	bed_pool_done(mp);
}

/* What offloads leave in the ring. */
static void
test_tx_context(void **state)
{
	struct oriel_txq *q = bed_txq(NB_DESC, RS_THRESH, RS_THRESH);
	char *text;

	(void)state;
	queues[0] = q;
	q->ring[0].ctx.lens = ORIEL_PREP(ORIEL_TXC_MACLEN, 18) | ORIEL_PREP(ORIEL_TXC_IPLEN, 40) |
		ORIEL_PREP(ORIEL_TXC_VLAN, 0x1fff);
	q->ring[0].ctx.tucmd = ORIEL_TXD_DTYP_CTX | ORIEL_TXD_DEXT | ORIEL_TXC_L4T_SCTP;
	q->ring[0].ctx.mss = ORIEL_PREP(ORIEL_TXC_IDX, 1) | ORIEL_PREP(ORIEL_TXC_L4LEN, 12) |
		ORIEL_PREP(ORIEL_TXC_MSS, 1400);
	q->ring[1].rd.cmd = ORIEL_TXD_DTYP_DATA | ORIEL_TXD_DEXT | ORIEL_TXD_TSE | 77;
	q->ring[1].rd.olinfo = ORIEL_PREP(ORIEL_TXD_IDX, 1) | ORIEL_TXD_TXSM | ORIEL_TXD_STA_DD |
		ORIEL_PREP(ORIEL_TXD_PAYLEN, 200000);
	assert_int_equal(dump(oriel_tx_descriptor_dump, 0, 2, &text), 2);
	assert_non_null(strstr(text,
		"free: context 1 maclen 18 iplen 40 l4len 12 mss 1400 "
		"vlan 0x1fff ipv6 sctp raw "));
	assert_non_null(strstr(text, "length 77 payload 200000 DEXT TSE context 1 TXSM DD raw "));
	free(text);
	bed_txq_done(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rx, dev_setup),
		cmocka_unit_test_setup(test_tx, dev_setup),
		cmocka_unit_test_setup(test_tx_context, dev_setup),
	};

	return cmocka_run_group_tests(tests, bed_eal_init, NULL);
}
