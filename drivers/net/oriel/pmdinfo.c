/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* What dpdk-pmdinfo.py reads out of the plugin: driver name, kernel module and PCI ids. */

/*
 * DPDK's own build generates such strings; a plain build has to bring them. The tool looks for
 * "PMD_INFO_STRING= " among the strings of .rodata and wants JSON behind it, with decimal numbers:
 * vendor, device, subsystem vendor and device (65535: any). A test compares them with the ids
 * that the driver matches devices by.
 */
extern const char oriel_pmdinfo_pf[];
const char oriel_pmdinfo_pf[] __attribute__((
	used)) = "PMD_INFO_STRING= {\"name\" : \"net_oriel\", \"kmod\" : \"* vfio-pci\", "
		 "\"params\" : \"burst=<scalar|sse|avx2|avx512>\", \"pci_ids\" : ["
		 "[32902, 4297, 65535, 65535]," /* 10c9 82576 */
		 "[32902, 4326, 65535, 65535]," /* 10e6 82576 fiber */
		 "[32902, 4327, 65535, 65535]," /* 10e7 82576 serdes */
		 "[32902, 4328, 65535, 65535]," /* 10e8 82576 quad copper */
		 "[32902, 5386, 65535, 65535]," /* 150a 82576 NS */
		 "[32902, 5389, 65535, 65535]," /* 150d 82576 serdes quad */
		 "[32902, 5400, 65535, 65535]," /* 1518 82576 NS serdes */
		 "[32902, 5414, 65535, 65535]"	/* 1526 82576 quad copper ET2 */
		 "]}";
