/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_IOCTL_H
#define PHYSVM_IOCTL_H

struct physvm_pool;
struct session;

long ioctl_dispatch(struct physvm_pool *pools, struct session *session, unsigned int cmd,
		    unsigned long arg);

#endif
