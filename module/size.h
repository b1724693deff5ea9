/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SIZE_H
#define PHYSVM_SIZE_H

int size_parse(const char *value, unsigned long *size);

#endif
