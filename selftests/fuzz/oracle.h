/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: says what must be true whatever a program did. It complains
 * about what is not.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include "machine.h"

struct physvm_pool_stat oracle_stat(int device);
struct physvm_pool_stat oracle_stat_of(int device, uint32_t pool);
int oracle_query(struct machine *machine, uint64_t addr, struct physvm_query *query);
uint64_t oracle_area_at(struct machine *machine, uint64_t addr);

void oracle_error(struct machine *machine, unsigned long cmd, long result);
void oracle_zero(struct machine *machine, uint64_t addr, uint64_t length);
void oracle_state(struct machine *machine, uint64_t addr, uint64_t length, uint32_t state);
void oracle_gone(struct machine *machine, uint64_t addr);
void oracle_alloc(struct machine *machine, const struct physvm_alloc *asked,
		  const struct physvm_alloc *got);
int oracle_plain_touch(struct machine *machine, uint64_t addr, bool write);
bool oracle_touch(struct machine *machine, uint64_t addr, bool write);
void oracle_mappings(struct machine *machine);

#endif
