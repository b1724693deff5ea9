/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef EXPORT_H
#define EXPORT_H

/* Everything else is hidden; libphysvm-netlink.map has to list it as well. */
#define EXPORT __attribute__((visibility("default")))

#endif
