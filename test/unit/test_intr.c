/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Interrupts: the order of set-up, vectors of queues, causes, a device that has gone. */

#include "fake_device.h"

#include "intr.c"

static void
test_vectors(void **state)
{
	struct oriel_intr intr = { .nb_rx_vectors = 9 };
	uint16_t q;

	(void)state;
	for (q = 0; q < ORIEL_NB_QUEUES; q++)
		assert_int_equal(oriel_intr_rx_vector(&intr, q), q < 9 ? q + 1 : 9);
	intr.nb_rx_vectors = 1;
	for (q = 0; q < ORIEL_NB_QUEUES; q++)
		assert_int_equal(oriel_intr_rx_vector(&intr, q), 1);
}

/* First index of a write to off, or nb_log. */
static unsigned int
when(uint32_t off)
{
	unsigned int i;

	for (i = 0; i < fake.nb_log && fake.log[i].off != off; i++)
		;
	return i;
}

static void
test_setup_msix(void **state)
{
	unsigned int gpie;
	int i;

	(void)state;
	fake_ad.intr = (struct oriel_intr){
		.mode = ORIEL_INTR_MSIX, .link = true, .nb_rxq = 16, .nb_rx_vectors = 9
	};
	assert_int_equal(oriel_intr_setup(&fake_ad), 0);
	gpie = when(ORIEL_GPIE);
	assert_int_equal(fake.log[gpie].val, 0xc0000011);
	/* Masked before, routed after. */
	assert_true(when(ORIEL_EIMC) < gpie);
	assert_true(when(ORIEL_IMC) < gpie);
	assert_true(gpie < when(ORIEL_IVAR_MISC));
	assert_true(gpie < when(ORIEL_IVAR(0)));
	assert_true(gpie < when(ORIEL_EIAC));
	assert_int_equal(*fake_reg(ORIEL_IVAR_MISC), 0x8000);
	for (i = 0; i < 8; i++)
		assert_int_equal(*fake_reg(ORIEL_IVAR(i)), (0x80u + i + 1) | 0x890000);
	assert_int_equal(*fake_reg(ORIEL_EIAC), 0x3ff);
	assert_int_equal(*fake_reg(ORIEL_EIAM), 0x3ff);
	assert_int_equal(when(ORIEL_EIMS), fake.nb_log);
	assert_int_equal(when(ORIEL_IMS), fake.nb_log);
	/* Link alone: vector 0 and no queue. */
	fake_setup(NULL);
	fake_ad.intr = (struct oriel_intr){ .mode = ORIEL_INTR_MSIX, .link = true };
	assert_int_equal(oriel_intr_setup(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_EIAC), 1);
	assert_int_equal(*fake_reg(ORIEL_IVAR(0)), 0);
}

static void
test_setup_single(void **state)
{
	(void)state;
	fake_ad.intr = (struct oriel_intr){ .mode = ORIEL_INTR_SINGLE, .link = true };
	*fake_reg(ORIEL_GPIE) = UINT32_MAX;
	assert_int_equal(oriel_intr_setup(&fake_ad), 0);
	assert_int_equal(*fake_reg(ORIEL_GPIE), 0);
	oriel_intr_set(&fake_ad, true);
	assert_int_equal(
		*fake_reg(ORIEL_IMS), ORIEL_ICR_LSC | ORIEL_ICR_DOUTSYNC | ORIEL_ICR_DRSTA);
	assert_int_equal(when(ORIEL_EIMS), fake.nb_log);
	oriel_intr_set(&fake_ad, false);
	assert_int_equal(*fake_reg(ORIEL_IMC), UINT32_MAX);
	assert_int_equal(*fake_reg(ORIEL_EIMC), UINT32_MAX);
}

static void
test_cause(void **state)
{
	static const struct {
		uint32_t icr, cause;
	} table[] = {
		{ 0, 0 },
		{ ORIEL_ICR_INT_ASSERTED | ORIEL_ICR_LSC, ORIEL_INTR_CAUSE_LINK },
		{ ORIEL_ICR_DRSTA, ORIEL_INTR_CAUSE_RESET },
		{ ORIEL_ICR_DOUTSYNC, ORIEL_INTR_CAUSE_DMA },
		{ ORIEL_ICR_TXDW | ORIEL_ICR_RXDW | ORIEL_ICR_VMMB, 0 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(table); i++) {
		*fake_reg(ORIEL_ICR) = table[i].icr;
		assert_int_equal(oriel_intr_cause(&fake_ad), table[i].cause);
		assert_int_equal(*fake_reg(ORIEL_ICR), 0);
	}
	/* All-ones is no cause, whether the device is there or not. */
	*fake_reg(ORIEL_ICR) = UINT32_MAX;
	assert_int_equal(oriel_intr_cause(&fake_ad), 0);
	assert_false(fake_ad.mmio.gone);
	fake.gone = true;
	assert_int_equal(oriel_intr_cause(&fake_ad), 0);
	assert_true(fake_ad.mmio.gone);
}

static void
test_rxq(void **state)
{
	(void)state;
	oriel_intr_rxq_set(&fake_ad, 3, true);
	assert_int_equal(*fake_reg(ORIEL_EIMS), 8);
	oriel_intr_rxq_set(&fake_ad, 9, false);
	assert_int_equal(*fake_reg(ORIEL_EIMC), 0x200);
	/* Without queue interrupts in intr_conf there is none to switch. */
	assert_int_equal(oriel_rx_queue_intr_enable(fake_dev, 0), -EINVAL);
	assert_int_equal(oriel_rx_queue_intr_disable(fake_dev, 0), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vectors, fake_setup),
		cmocka_unit_test_setup(test_setup_msix, fake_setup),
		cmocka_unit_test_setup(test_setup_single, fake_setup),
		cmocka_unit_test_setup(test_cause, fake_setup),
		cmocka_unit_test_setup(test_rxq, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
