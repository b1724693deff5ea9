/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_HIDDEN_H
#define PHYSVM_HIDDEN_H

#include "pool.h"

int hidden_init(struct physvm_pool *pool, void (*unmap)(const struct physvm_run *run));
void hidden_destroy(struct physvm_pool *pool);

#endif
