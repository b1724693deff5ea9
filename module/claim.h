/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_CLAIM_H
#define PHYSVM_CLAIM_H

#include <linux/types.h>

struct file;

struct file *claim_open(u64 phys, u64 length);
struct file *claim_get(int fd);
bool claim_covers(const struct file *claim, u64 phys, u64 length);

#endif
