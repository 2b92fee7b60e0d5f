/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The private folder of one oriel-twin: made, marked as in use, and those left behind removed. */

#ifndef TWIN_RUNDIR_H
#define TWIN_RUNDIR_H

#include "twin.h"

/** Makes cfg->run_dir; 0 or negative errno, said with twin_log(). Held until the process ends. */
int rundir_make(struct twin_config *cfg);

/** Removes a run folder with all that is in it. */
void rundir_remove(const char *run_dir);

#endif /* TWIN_RUNDIR_H */
