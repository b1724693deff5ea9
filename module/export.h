/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_EXPORT_H
#define PHYSVM_EXPORT_H

#include "../uapi/physvm.h"

struct file;

struct file *export_open(const struct physvm_export *args);
struct file *export_open_all(const struct physvm_export *args);
struct file *export_find_whole(const struct physvm_export *args);

#endif
