/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Interrupts of a port: the eventfds that VFIO_DEVICE_SET_IRQS hands over, and the
 * device's messages to them.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

unsigned int
irq_count(unsigned int index, uint32_t *flags)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		*flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
		return 1;
	case VFIO_PCI_MSI_IRQ_INDEX:
		*flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
		return 1;
	case VFIO_PCI_MSIX_IRQ_INDEX:
		*flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
		return TWIN_NB_MSIX;
	case VFIO_PCI_ERR_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		*flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
		return 1;
	default:
		*flags = 0;
		return 0;
	}
}

void
irq_init(struct twin_port *p)
{
	for (unsigned int i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		struct host_irq_index *x = &p->host->irq[i];

		memset(x, 0, sizeof(*x));
		for (unsigned int v = 0; v < TWIN_NB_MSIX; v++)
			x->eventfd[v] = -1;
	}
}

static void
irq_drop(struct host_irq_index *x, unsigned int v)
{
	if (x->eventfd[v] >= 0)
		real.close(x->eventfd[v]);
	x->eventfd[v] = -1;
}

static void
irq_disable(struct twin_port *p, unsigned int index)
{
	struct host_irq_index *x = &p->host->irq[index];

	for (unsigned int v = 0; v < TWIN_NB_MSIX; v++)
		irq_drop(x, v);
	x->nb_ctx = 0;
	x->masked = false;
	x->pending = false;
}

static void
irq_show_enable(struct twin_port *p)
{
	const struct host_irq_index *x = p->host->irq;

	pci_set_irq_enable(
		p, x[VFIO_PCI_MSIX_IRQ_INDEX].nb_ctx != 0, x[VFIO_PCI_MSI_IRQ_INDEX].nb_ctx != 0);
}

void
irq_disable_all(struct twin_port *p)
{
	for (unsigned int i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		irq_disable(p, i);
	irq_show_enable(p);
}

static bool
irq_fire(const struct host_irq_index *x, unsigned int v)
{
	uint64_t one = 1;

	if (v >= TWIN_NB_MSIX || x->eventfd[v] < 0)
		return false;
	/* EAGAIN: the counter is at its end, so the reader will wake anyway. */
	return write(x->eventfd[v], &one, sizeof(one)) == sizeof(one) || errno == EAGAIN;
}

bool
irq_signal(struct twin_port *p, unsigned int index)
{
	return index < VFIO_PCI_NUM_IRQS && irq_fire(&p->host->irq[index], 0);
}

void
twin_irq(struct twin_port *p, unsigned int vector)
{
	struct host_irq_index *x = p->host->irq;
	struct host_irq_index *intx = &x[VFIO_PCI_INTX_IRQ_INDEX];
	bool sent = false;

	if (vector >= TWIN_NB_MSIX) {
		p->cnt->irq_lost++;
		return;
	}
	if (x[VFIO_PCI_MSIX_IRQ_INDEX].nb_ctx != 0) {
		/* A message is a DMA write: without bus mastership it does not leave. */
		sent = p->bus_master && vector < x[VFIO_PCI_MSIX_IRQ_INDEX].nb_ctx &&
			irq_fire(&x[VFIO_PCI_MSIX_IRQ_INDEX], vector);
	} else if (x[VFIO_PCI_MSI_IRQ_INDEX].nb_ctx != 0) {
		sent = p->bus_master && irq_fire(&x[VFIO_PCI_MSI_IRQ_INDEX], 0);
	} else if (intx->nb_ctx != 0) {
		if (intx->masked) {
			intx->pending = true;
			return;
		}
		/* Level triggered: vfio masks the line until the program unmasks it. */
		intx->masked = true;
		sent = irq_fire(intx, 0);
	}
	if (sent)
		p->cnt->irqs[vector]++;
	else
		p->cnt->irq_lost++;
}

/** A descriptor of our own for the eventfd fd; negative errno if it is none. */
static int
irq_take_eventfd(int fd)
{
	char link[48], name[64];
	ssize_t n;
	int own;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return -EBADF;
	name[n] = '\0';
	if (strcmp(name, "anon_inode:[eventfd]") != 0)
		return -EINVAL;
	own = real.fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return own < 0 ? -errno : own;
}

static int
irq_set_eventfds(
	struct host_irq_index *x, unsigned int start, unsigned int count, const int32_t *fd)
{
	for (unsigned int i = 0; i < count; i++) {
		int own = -1;

		if (fd[i] < -1)
			return -EINVAL;
		if (fd[i] >= 0) {
			own = irq_take_eventfd(fd[i]);
			if (own < 0)
				return own;
		}
		irq_drop(x, start + i);
		x->eventfd[start + i] = own;
	}
	return 0;
}

/** DATA_NONE and DATA_BOOL of a trigger: the program rings its own eventfds. */
static int
irq_loopback(struct host_irq_index *x, const struct vfio_irq_set *set, const void *data)
{
	const uint8_t *on = data;

	for (unsigned int i = 0; i < set->count; i++)
		if ((set->flags & VFIO_IRQ_SET_DATA_NONE) != 0 || on[i] != 0)
			(void)irq_fire(x, set->start + i);
	return 0;
}

/** INTX, MSI, MSI-X: only one of them is on at a time. */
static int
irq_trigger(struct twin_port *p, const struct vfio_irq_set *set, const void *data)
{
	struct host_irq_index *x = &p->host->irq[set->index];
	int ret;

	for (unsigned int i = 0; i <= VFIO_PCI_MSIX_IRQ_INDEX; i++)
		if (i != set->index && p->host->irq[i].nb_ctx != 0)
			return -EINVAL;

	if (set->count == 0 && (set->flags & VFIO_IRQ_SET_DATA_NONE) != 0) {
		irq_disable(p, set->index);
		irq_show_enable(p);
		return 0;
	}
	if ((set->flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0) {
		bool was_on = x->nb_ctx != 0;

		if (was_on && set->start + set->count > x->nb_ctx)
			return -EINVAL;
		if (!was_on)
			x->nb_ctx = set->start + set->count;
		ret = irq_set_eventfds(x, set->start, set->count, data);
		if (ret != 0 && !was_on)
			irq_disable(p, set->index);
		irq_show_enable(p);
		return ret;
	}
	if (x->nb_ctx == 0 || set->start + set->count > x->nb_ctx)
		return -EINVAL;
	return irq_loopback(x, set, data);
}

/** ERR and REQ: one eventfd, nothing to enable. */
static int
irq_notifier(struct host_irq_index *x, const struct vfio_irq_set *set, const void *data)
{
	if (set->start != 0 || set->count > 1)
		return -EINVAL;
	if ((set->flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0)
		return set->count == 0 ? -EINVAL : irq_set_eventfds(x, 0, 1, data);
	if (x->eventfd[0] < 0)
		return -EINVAL;
	if (set->count == 0) {
		irq_drop(x, 0);
		return 0;
	}
	return irq_loopback(x, set, data);
}

/** Only INTX can be masked; the kernel answers ENOTTY for the others. */
static int
irq_mask(struct twin_port *p, const struct vfio_irq_set *set, const void *data, bool mask)
{
	struct host_irq_index *x = &p->host->irq[VFIO_PCI_INTX_IRQ_INDEX];
	bool on = (set->flags & VFIO_IRQ_SET_DATA_NONE) != 0;

	if (x->nb_ctx == 0 || set->start != 0 || set->count != 1)
		return -EINVAL;
	if ((set->flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0)
		return -ENOTTY;
	if ((set->flags & VFIO_IRQ_SET_DATA_BOOL) != 0)
		on = *(const uint8_t *)data != 0;
	if (!on)
		return 0;
	x->masked = mask;
	if (!mask && x->pending) {
		x->pending = false;
		twin_irq(p, 0);
	}
	return 0;
}

int
irq_set(struct twin_port *p, const struct vfio_irq_set *set, const void *data)
{
	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_MASK:
	case VFIO_IRQ_SET_ACTION_UNMASK:
		if (set->index != VFIO_PCI_INTX_IRQ_INDEX)
			return -ENOTTY;
		return irq_mask(p, set, data, (set->flags & VFIO_IRQ_SET_ACTION_MASK) != 0);
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		if (set->index <= VFIO_PCI_MSIX_IRQ_INDEX)
			return irq_trigger(p, set, data);
		return irq_notifier(&p->host->irq[set->index], set, data);
	default:
		return -EINVAL;
	}
}
