/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* Tests test/twin/iommu.[ch]: windows of type1v2, look-ups, refused DMA and its record. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../twin/host.h"
#include "twin_fake.h"

#define PAGE IOMMU_PAGE
#define RW (IOMMU_READ | IOMMU_WRITE)
#define NB_PAGES 64

static struct twin_iommu io;
static struct twin_host host;
static uint8_t memory[NB_PAGES * PAGE] __attribute__((aligned(IOMMU_PAGE)));

static struct twin_port *
port(void)
{
	struct twin_port *p = fake_port(0, TWIN_WIRE_NONE, TWIN_FIFO_DROP);

	(void)iommu_unmap_all(&io);
	memset(&host, 0, sizeof(host));
	host.iommu = &io;
	p->host = &host;
	p->bus_master = true;
	return p;
}

static uintptr_t
page(unsigned int n)
{
	return (uintptr_t)memory + n * PAGE;
}

static void
test_map_errors(void **state)
{
	(void)state;
	(void)port();
	assert_int_equal(iommu_map(&io, 0, page(0), 0, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 1, page(0), PAGE, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0, page(0) + 8, PAGE, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0, page(0), PAGE + 1, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0, page(0), PAGE, 0), -EINVAL);
	assert_int_equal(iommu_map(&io, 0, page(0), PAGE, 4), -EINVAL);
	/* Wraps around the end of the address space. */
	assert_int_equal(iommu_map(&io, UINT64_MAX - PAGE + 1, page(0), 2 * PAGE, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0, UINTPTR_MAX - PAGE + 1, 2 * PAGE, RW), -EINVAL);
	/* Above 48 bits, and where interrupt messages go. */
	assert_int_equal(iommu_map(&io, UINT64_C(1) << 48, page(0), PAGE, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0xfee00000, page(0), PAGE, RW), -EINVAL);
	assert_int_equal(iommu_map(&io, 0xfedff000, page(0), 2 * PAGE, RW), -EINVAL);
	assert_int_equal(io.nb_win, 0);
}

static void
test_overlap(void **state)
{
	(void)state;
	(void)port();
	assert_int_equal(iommu_map(&io, 4 * PAGE, page(0), 4 * PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 4 * PAGE, page(0), 4 * PAGE, RW), -EEXIST);
	assert_int_equal(iommu_map(&io, 3 * PAGE, page(8), 2 * PAGE, RW), -EEXIST);
	assert_int_equal(iommu_map(&io, 7 * PAGE, page(8), 2 * PAGE, RW), -EEXIST);
	assert_int_equal(iommu_map(&io, 5 * PAGE, page(8), PAGE, RW), -EEXIST);
	assert_int_equal(iommu_map(&io, 0, page(8), 16 * PAGE, RW), -EEXIST);
	assert_int_equal(iommu_map(&io, 3 * PAGE, page(8), PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 8 * PAGE, page(9), PAGE, RW), 0);
	assert_int_equal(io.nb_win, 3);
}

static void
test_unmap(void **state)
{
	uint64_t bytes;

	(void)state;
	(void)port();
	assert_int_equal(iommu_map(&io, 4 * PAGE, page(0), 4 * PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 8 * PAGE, page(4), 4 * PAGE, RW), 0);
	/* Never through the middle of a window, from either side. */
	assert_int_equal(iommu_unmap(&io, 5 * PAGE, PAGE, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, 4 * PAGE, PAGE, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, 4 * PAGE, 6 * PAGE, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, 6 * PAGE, 6 * PAGE, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, 0, 0, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, 8, PAGE, &bytes), -EINVAL);
	assert_int_equal(iommu_unmap(&io, UINT64_MAX - PAGE + 1, 2 * PAGE, &bytes), -EINVAL);
	assert_int_equal(io.nb_win, 2);
	/* Nothing there is no error. */
	assert_int_equal(iommu_unmap(&io, 0, 2 * PAGE, &bytes), 0);
	assert_int_equal(bytes, 0);
	assert_int_equal(iommu_unmap(&io, 0, 64 * PAGE, &bytes), 0);
	assert_int_equal(bytes, 8 * PAGE);
	assert_int_equal(io.nb_win, 0);
	assert_int_equal(iommu_map(&io, 4 * PAGE, page(0), PAGE, RW), 0);
	assert_int_equal(iommu_unmap_all(&io), PAGE);
}

static void
test_merge(void **state)
{
	struct twin_port *p = port();
	unsigned int hit = 0;
	uint64_t bytes;

	(void)state;
	/* Neighbours in both spaces with equal rights are one piece to the device. */
	assert_int_equal(iommu_map(&io, 16 * PAGE, page(0), PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 18 * PAGE, page(2), PAGE, RW), 0);
	assert_null(twin_dma_ptr(p, 17 * PAGE - 8, 16, false));
	assert_int_equal(p->cnt->dma_violations, 1);
	assert_int_equal(iommu_map(&io, 17 * PAGE, page(1), PAGE, RW), 0);
	assert_ptr_equal(twin_dma_ptr(p, 17 * PAGE - 8, 16, false), memory + PAGE - 8);
	assert_ptr_equal(twin_dma_ptr(p, 16 * PAGE, 3 * PAGE, true), memory);
	assert_int_equal(iommu_find(&io, 18 * PAGE, &hit)->first, 16 * PAGE);
	/* An unmap still works window by window. */
	assert_int_equal(iommu_unmap(&io, 17 * PAGE, PAGE, &bytes), 0);
	assert_null(twin_dma_ptr(p, 17 * PAGE, 1, false));
	assert_non_null(twin_dma_ptr(p, 16 * PAGE, PAGE, false));
	/* Other rights, or another place in memory: not joined. */
	assert_int_equal(iommu_map(&io, 17 * PAGE, page(1), PAGE, IOMMU_READ), 0);
	assert_int_equal(iommu_find(&io, 17 * PAGE, &hit)->prot, IOMMU_READ);
	assert_int_equal(iommu_find(&io, 16 * PAGE, &hit)->last, 17 * PAGE - 1);
}

static void
test_copy_across(void **state)
{
	struct twin_port *p = port();
	uint8_t buf[64], seen[64];

	(void)state;
	/* Two windows, neighbours to the device but not in memory. */
	assert_int_equal(iommu_map(&io, 16 * PAGE, page(0), PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 17 * PAGE, page(8), PAGE, RW), 0);
	fake_frame(buf, sizeof(buf), 1);
	assert_null(twin_dma_ptr(p, 17 * PAGE - 20, sizeof(buf), true));
	assert_int_equal(p->cnt->dma_violations, 0);
	assert_true(twin_dma_write(p, 17 * PAGE - 20, buf, sizeof(buf)));
	assert_memory_equal(memory + PAGE - 20, buf, 20);
	assert_memory_equal(memory + 8 * PAGE, buf + 20, 44);
	assert_true(twin_dma_read(p, 17 * PAGE - 20, seen, sizeof(seen)));
	assert_memory_equal(seen, buf, sizeof(buf));

	/* One refused byte: nothing at all is copied, and the record names the bad part. */
	memset(memory, 0, sizeof(memory));
	memset(seen, 0x5a, sizeof(seen));
	assert_false(twin_dma_write(p, 18 * PAGE - 60, buf, sizeof(buf)));
	assert_int_equal(memory[9 * PAGE - 60], 0);
	assert_int_equal(p->cnt->dma_violations, 1);
	assert_int_equal(p->cnt->violation[0].iova, 18 * PAGE);
	assert_int_equal(p->cnt->violation[0].len, 4);
	assert_int_equal(p->cnt->violation[0].write, 1);
	assert_false(twin_dma_read(p, 18 * PAGE - 60, seen, sizeof(seen)));
	assert_int_equal(seen[0], 0x5a);
}

static void
test_refused(void **state)
{
	struct twin_port *p = port();
	uint32_t word = 1;

	(void)state;
	assert_int_equal(iommu_map(&io, 0, page(0), PAGE, IOMMU_READ), 0);
	assert_int_equal(iommu_map(&io, PAGE, page(2), PAGE, IOMMU_WRITE), 0);
	assert_true(twin_dma_read(p, 0, &word, 4));
	assert_false(twin_dma_write(p, 0, &word, 4));
	assert_int_equal(p->cnt->violation[0].reason, 1);
	assert_false(twin_dma_read(p, PAGE, &word, 4));
	assert_int_equal(p->cnt->violation[1].write, 0);
	assert_int_equal(p->cnt->violation[1].reason, 1);
	assert_null(twin_dma_ptr(p, UINT64_MAX, 16, false));
	assert_int_equal(p->cnt->violation[2].reason, 0);
	p->bus_master = false;
	assert_null(twin_dma_ptr(p, 0, 4, false));
	assert_int_equal(p->cnt->violation[3].reason, 2);
	p->bus_master = true;
	host.iommu = NULL;
	for (unsigned int i = 0; i < 2 * TWIN_NB_VIOLATIONS; i++)
		assert_false(twin_dma_read(p, i, &word, 4));
	/* All are counted, the first ones are kept. */
	assert_int_equal(p->cnt->dma_violations, 4 + 2 * TWIN_NB_VIOLATIONS);
	assert_int_equal(p->cnt->violation[0].iova, 0);
	assert_int_equal(p->cnt->violation[TWIN_NB_VIOLATIONS - 1].iova, TWIN_NB_VIOLATIONS - 5);
}

static void
test_forget(void **state)
{
	struct twin_port *p = port();
	uint64_t bytes;

	(void)state;
	assert_int_equal(iommu_map(&io, 0, page(0), 2 * PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 2 * PAGE, page(2), 2 * PAGE, RW), 0);
	/* The program gave memory back that the device could still reach. */
	iommu_forget_memory(&io, page(1), PAGE);
	assert_null(twin_dma_ptr(p, 0, 4, true));
	assert_non_null(twin_dma_ptr(p, 2 * PAGE, 4, true));
	assert_int_equal(p->cnt->dma_violations, 1);
	assert_int_equal(iommu_unmap(&io, 0, 4 * PAGE, &bytes), 0);
	assert_int_equal(bytes, 4 * PAGE);
}

/* A window that is kept by the device has a number that each change makes another one. */
static void
test_window(void **state)
{
	struct twin_port *p = port();
	struct twin_window w = { 0 };
	uint64_t bytes, epoch[6] = { twin_dma_epoch(p) };

	(void)state;
	assert_int_equal(iommu_map(&io, 16 * PAGE, page(0), PAGE, RW), 0);
	epoch[1] = twin_dma_epoch(p);
	assert_int_equal(iommu_map(&io, 17 * PAGE, page(1), PAGE, RW), 0);
	assert_int_equal(iommu_map(&io, 18 * PAGE, page(2), PAGE, IOMMU_READ), 0);
	epoch[2] = twin_dma_epoch(p);
	assert_true(twin_dma_window(p, 17 * PAGE + 5, true, &w));
	assert_int_equal(w.first, 16 * PAGE);
	assert_int_equal(w.last, 18 * PAGE - 1);
	assert_ptr_equal(w.va, memory);
	assert_int_equal(twin_dma_epoch(p), epoch[2]);
	assert_true(twin_dma_window(p, 18 * PAGE, false, &w));
	assert_ptr_equal(w.va, memory + 2 * PAGE);
	assert_false(twin_dma_window(p, 18 * PAGE, true, &w));
	assert_false(twin_dma_window(p, 19 * PAGE, false, &w));
	iommu_forget_memory(&io, page(2), PAGE);
	epoch[3] = twin_dma_epoch(p);
	assert_int_equal(iommu_unmap(&io, 17 * PAGE, PAGE, &bytes), 0);
	epoch[4] = twin_dma_epoch(p);
	(void)iommu_unmap_all(&io);
	epoch[5] = twin_dma_epoch(p);
	assert_false(twin_dma_window(p, 16 * PAGE, false, &w));
	for (unsigned int i = 1; i < 6; i++)
		assert_int_not_equal(epoch[i], epoch[i - 1]);
	p->bus_master = false;
	assert_false(twin_dma_window(p, 16 * PAGE, false, &w));
	assert_int_equal(p->cnt->dma_violations, 0);
}

/* Random windows against a table with one entry per page. */
static void
test_random(void **state)
{
	struct twin_port *p = port();
	uintptr_t at[NB_PAGES] = { 0 };
	uint32_t prot[NB_PAGES] = { 0 };

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int first = (unsigned int)rand() % NB_PAGES;
		unsigned int nb = 1 +
			(unsigned int)rand() % (NB_PAGES - first < 6 ? NB_PAGES - first : 6);
		unsigned int from = (unsigned int)rand() % (NB_PAGES - nb + 1);
		uint32_t rights = 1 + (uint32_t)rand() % 3;
		uint64_t bytes, before = 0;
		bool taken = false;
		uint8_t *got;

		for (unsigned int i = first; i < first + nb; i++)
			taken = taken || at[i] != 0;
		if (rand() % 2) {
			int ret = iommu_map(&io, first * PAGE, page(from), nb * PAGE, rights);

			assert_int_equal(ret, taken ? -EEXIST : 0);
			for (unsigned int i = 0; i < nb && !taken; i++) {
				at[first + i] = page(from + i);
				prot[first + i] = rights;
			}
		} else if (iommu_unmap(&io, first * PAGE, nb * PAGE, &bytes) == 0) {
			for (unsigned int i = first; i < first + nb; i++) {
				before += at[i] != 0 ? PAGE : 0;
				at[i] = 0;
			}
			assert_int_equal(bytes, before);
		}
		first = (unsigned int)rand() % NB_PAGES;
		from = (unsigned int)rand() % PAGE;
		got = twin_dma_ptr(p, first * PAGE + from, 1, rights & 1);
		if (at[first] != 0 && (prot[first] & ((rights & 1) ? IOMMU_WRITE : IOMMU_READ)))
			assert_ptr_equal(got, at[first] + from);
		else
			assert_null(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_errors),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_copy_across),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_random),
	};
	int ret;

	fake_seed();
	ret = cmocka_run_group_tests_name("twin_iommu", tests, NULL, NULL);
	(void)iommu_unmap_all(&io);
	return ret;
}
