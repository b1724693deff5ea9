/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_CGROUP_H
#define PHYSVM_CGROUP_H

#include <linux/types.h>

struct cgroup;

u64 cgroup_current_id(void);
struct cgroup *cgroup_get_current(void);
bool cgroup_id_at(struct cgroup *cgroup, unsigned int level, u64 *id);
void cgroup_put_current(struct cgroup *cgroup);
bool cgroup_exists(u64 id);

#endif
