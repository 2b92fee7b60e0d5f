/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The sysfs tree in the run folder. */

#ifndef TWIN_SYSFS_H
#define TWIN_SYSFS_H

#include "twin.h"

/** /dev/vfio/<group> of a port. */
#define SYSFS_GROUP(port) ((port) + 1)

/** Makes the tree under cfg->run_dir; 0 or negative errno, said with twin_log(). */
int sysfs_build(const struct twin_config *cfg);

/** Where the devices' folders are, for SYSFS_PCI_DEVICES. */
void sysfs_devices_path(const struct twin_config *cfg, char *path, size_t size);

#endif /* TWIN_SYSFS_H */
