/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_NETLINK_CALLS_H
#define FUZZ_NETLINK_CALLS_H

void netlink_find_family(void);

#endif
