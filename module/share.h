/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SHARE_H
#define PHYSVM_SHARE_H

#include <linux/list.h>

#include "../uapi/physvm.h"

struct file;
struct session;

int share_add(const struct physvm_name_add *args, struct session *session);
struct file *share_open(struct physvm_name_open *args);
int share_remove(const struct physvm_name_remove *args, struct list_head *taken);

#endif
