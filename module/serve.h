/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SERVE_H
#define PHYSVM_SERVE_H

#include "../uapi/physvm.h"

struct file;

struct file *serve_open(const struct physvm_pager *args);

#endif
