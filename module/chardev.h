/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_CHARDEV_H
#define PHYSVM_CHARDEV_H

#include <linux/types.h>

struct file;
struct physvm_pool;

int chardev_register(struct physvm_pool *pools);
void chardev_unregister(void);
bool chardev_is_file(const struct file *file);

#endif
