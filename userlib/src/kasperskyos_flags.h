/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef KASPERSKYOS_FLAGS_H
#define KASPERSKYOS_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

struct physvm_alloc;
struct physvm_query;

int physvm_kn_alloc_flags(int flags, struct physvm_alloc *alloc);
int physvm_kn_io_flags(uint32_t prot, uint32_t attr, struct physvm_alloc *alloc);
int physvm_kn_protection(int flags, uint32_t *prot);
int physvm_kn_rights(int flags, uint32_t *prot);
int physvm_kn_cache_flag(uint32_t cache);
int physvm_kn_guards(const struct physvm_query *page);
int physvm_kn_made_with(const struct physvm_query *page);
bool physvm_kn_describes(int flags, const struct physvm_query *page);

#endif
