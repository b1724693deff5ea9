/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_IOCTL_H
#define PHYSVM_IOCTL_H

struct file;

long ioctl_dispatch(struct file *file, unsigned int cmd, unsigned long arg);

#endif
