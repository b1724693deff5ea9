/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_CHARDEV_H
#define PHYSVM_CHARDEV_H

struct file;
struct physvm_pool;

int chardev_register(struct physvm_pool *pool);
void chardev_unregister(void);
struct physvm_pool *chardev_pool(const struct file *file);

#endif
