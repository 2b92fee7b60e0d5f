/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * The telemetry commands below /oriel: which port, the locks, and what acts on the device. Each
 * client of telemetry has a thread of its own. One lock guards the list of ports and is held
 * while a command runs, so that a port is not closed under it; the port's control lock keeps
 * the control path away from what is shown.
 */

#include <pthread.h>
#include <stdlib.h>

#include "control.h"
#include "hw.h"
#include "log.h"
#include "selftest.h"
#include "telemetry.h"
#include "telemetry_show.h"
#include "watch.h"

#define RESET_TOKEN "yes-reset-"

static struct rte_eth_dev *ports[RTE_MAX_ETHPORTS];
static pthread_mutex_t ports_lock = PTHREAD_MUTEX_INITIALIZER;
static bool registered;

int
oriel_show_number(const char *text, unsigned int max, unsigned int *value, const char **rest)
{
	uint64_t sum = 0;
	const char *p;

	for (p = text; p != NULL && *p >= '0' && *p <= '9' && sum <= max; p++)
		sum = 10 * sum + (unsigned int)(*p - '0');
	if (p == NULL || p == text || (*p != '\0' && *p != ',') || sum > max)
		return -EINVAL;
	*value = sum;
	*rest = *p == ',' ? p + 1 : NULL;
	return 0;
}

/*
 * Resets the hardware of a port that runs too: then the bursts find nothing any more, and the
 * application is told to stop, reset and start the port.
 */
static int
reset(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	struct oriel_adapter *ad = oriel_adapter(dev);
	const char *address = ORIEL_DEV_TO_PCI(dev)->name;
	char want[64];
	int ret;

	snprintf(want, sizeof(want), RESET_TOKEN "%s", address);
	if (args == NULL || strcmp(args, want) != 0) {
		oriel_refuse(ad);
		ORIEL_DRV_LOG(ERR, "port %u: /oriel/reset with token '%.64s' refused: it is '%s'",
			ad->port_id, args == NULL ? "" : args, want);
		return -EPERM;
	}
	ORIEL_DRV_LOG(WARNING, "port %u: reset by telemetry%s", ad->port_id,
		ad->started ? " while it runs: stop, reset and start it" : "");
	/* The event is raised here: the watch is not to raise it once more. */
	if (ad->started)
		oriel_watch_told(ad);
	ret = oriel_hw(dev)->reset(ad);
	if (!ad->started)
		ad->at_rest = ret == 0;
	rte_tel_data_add_dict_string(d, "reset", ret == 0 ? "done" : strerror(-ret));
	rte_tel_data_add_dict_string(d, "next",
		ad->started ? "RTE_ETH_EVENT_INTR_RESET raised: stop, reset, start" : "start");
	return ret;
}

static int
selftest(struct rte_eth_dev *dev, const char *args, struct rte_tel_data *d)
{
	static const char *const result[] = { "pass", "fail", "skip" };
	const bool offline = args != NULL && strcmp(args, "offline") == 0;
	struct oriel_selftest out;
	bool failed = false;
	char name[32];
	unsigned int i;
	int ret;

	if (args != NULL && !offline && strcmp(args, "online") != 0) {
		ORIEL_DRV_LOG(ERR, "port %u: /oriel/selftest '%.64s': online or offline",
			oriel_adapter(dev)->port_id, args);
		return -EINVAL;
	}
	ret = oriel_selftest(dev, offline, &out);
	rte_tel_data_add_dict_string(d, "mode", offline ? "offline" : "online");
	for (i = 0; i < ORIEL_NB_SELFTEST; i++) {
		failed |= out.item[i].result == ORIEL_SELFTEST_FAIL;
		rte_tel_data_add_dict_string(d, oriel_selftest_name[i], result[out.item[i].result]);
		snprintf(name, sizeof(name), "%s_why", oriel_selftest_name[i]);
		if (out.item[i].why[0] != '\0')
			rte_tel_data_add_dict_string(d, name, out.item[i].why);
	}
	rte_tel_data_add_dict_string(d, "result", failed ? "fail" : "pass");
	return ret;
}

static const struct {
	const char *name;
	oriel_show_t show;
	bool raises_reset; /* the application of a running port is told */
	const char *help;
} commands[] = {
	{ "/oriel/info", oriel_show_info, false, "What a port is. Parameters: PORT" },
	{ "/oriel/rxq", oriel_show_rxq, false, "An RX ring. Parameters: PORT,QUEUE" },
	{ "/oriel/txq", oriel_show_txq, false, "A TX ring. Parameters: PORT,QUEUE" },
	{ "/oriel/path", oriel_show_path, false, "The bursts in use. Parameters: PORT" },
	{ "/oriel/contexts", oriel_show_contexts, false,
		"TX contexts that the device has. Parameters: PORT" },
	{ "/oriel/filters", oriel_show_filters, false, "Filters in use. Parameters: PORT" },
	{ "/oriel/interrupts", oriel_show_interrupts, false,
		"Mode, vectors and masks of interrupts. Parameters: PORT" },
	{ "/oriel/errors", oriel_show_errors, false,
		"The last errors and warnings. Parameters: PORT" },
	{ "/oriel/dma", oriel_show_dma, false,
		"Memory that the device is told of. Parameters: PORT" },
	{ "/oriel/selftest", selftest, false,
		"Self-test; offline for a stopped port. Parameters: PORT[,online|offline]" },
	{ "/oriel/reset", reset, true,
		"Resets the hardware. Parameters: PORT," RESET_TOKEN "PCI_ADDRESS" },
};

/* The port that `params` begins with, or NULL. The caller holds ports_lock. */
static struct rte_eth_dev *
find_port(const char *cmd, const char *params, const char **rest)
{
	struct rte_eth_dev *dev = NULL;
	unsigned int port = 0;

	if (oriel_show_number(params, RTE_MAX_ETHPORTS - 1, &port, rest) == 0)
		dev = ports[port];
	if (dev == NULL)
		ORIEL_DRV_LOG(ERR, "%s '%.64s': PORT is wanted, a port that /oriel/list names", cmd,
			params == NULL ? "" : params);
	return dev;
}

static int
on_command(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const char *rest = NULL;
	struct rte_eth_dev *dev;
	struct oriel_adapter *ad;
	bool raise = false;
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(commands) && strcmp(cmd, commands[i].name) != 0; i++)
		;
	if (i == RTE_DIM(commands))
		return -EINVAL;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&ports_lock);
	dev = find_port(cmd, params, &rest);
	ret = dev == NULL ? -EINVAL : 0;
	if (ret == 0) {
		ad = oriel_adapter(dev);
		oriel_control_lock(ad);
		rte_tel_data_add_dict_int(d, "port", ad->port_id);
		ret = commands[i].show(dev, rest, d);
		raise = ret == 0 && ad->started && commands[i].raises_reset;
		oriel_control_unlock(ad);
	}
	pthread_mutex_unlock(&ports_lock);
	/* Without locks: the application may well call back. */
	if (raise)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
	return ret;
}

static int
list(const char *cmd, const char *params, struct rte_tel_data *d)
{
	unsigned int i;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	rte_tel_data_start_array(d, RTE_TEL_INT_VAL);
	pthread_mutex_lock(&ports_lock);
	for (i = 0; i < RTE_DIM(ports); i++) {
		if (ports[i] != NULL)
			rte_tel_data_add_array_int(d, i);
	}
	pthread_mutex_unlock(&ports_lock);
	return 0;
}

static void
register_commands(void)
{
	unsigned int i;
	int ret = rte_telemetry_register_cmd("/oriel/list", list, "The driver's ports.");

	for (i = 0; i < RTE_DIM(commands) && ret == 0; i++)
		ret = rte_telemetry_register_cmd(commands[i].name, on_command, commands[i].help);
	if (ret != 0)
		ORIEL_INIT_LOG(NOTICE, "telemetry: not all commands are there: %s", strerror(-ret));
}

void
oriel_telemetry_add(struct rte_eth_dev *dev)
{
	pthread_mutex_lock(&ports_lock);
	ports[dev->data->port_id] = dev;
	if (!registered)
		register_commands();
	registered = true;
	pthread_mutex_unlock(&ports_lock);
}

void
oriel_telemetry_remove(struct rte_eth_dev *dev)
{
	pthread_mutex_lock(&ports_lock);
	if (ports[dev->data->port_id] == dev)
		ports[dev->data->port_id] = NULL;
	pthread_mutex_unlock(&ports_lock);
}
