// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which cgroup v2 a task is, and in which that is. A number stays a cgroup's for
 * ever: no other gets it when the cgroup is gone, so none need be kept for us.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/sched.h>

#include "cgroup.h"

#ifdef CONFIG_CGROUPS

/* 0 on a kernel without cgroups: then there is nobody else to charge than users. */
u64 cgroup_current_id(void)
{
	u64 id;

	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(current));
	rcu_read_unlock();
	return id;
}

/* The task may be on its way to another one, and this one on its way out. */
struct cgroup *cgroup_get_current(void)
{
	struct cgroup *cgroup;

	rcu_read_lock();
	for (;;) {
		cgroup = task_dfl_cgroup(current);
		if (css_tryget(&cgroup->self))
			break;
		cpu_relax();
	}
	rcu_read_unlock();
	return cgroup;
}

/**
 * cgroup_id_at() - The number of a cgroup, or of one it is in
 * @cgroup: the cgroup
 * @level: 0 is the root
 * @id: filled
 *
 * Return: whether there is one, which is above @cgroup or that itself.
 */
bool cgroup_id_at(struct cgroup *cgroup, unsigned int level, u64 *id)
{
	const struct cgroup *ancestor = cgroup_ancestor(cgroup, level);

	if (ancestor)
		*id = cgroup_id(ancestor);
	return ancestor;
}

void cgroup_put_current(struct cgroup *cgroup)
{
	css_put(&cgroup->self);
}

bool cgroup_exists(u64 id)
{
	struct cgroup *cgroup = cgroup_get_from_id(id);

	if (IS_ERR_OR_NULL(cgroup))
		return false;
	css_put(&cgroup->self);
	return true;
}

#else

u64 cgroup_current_id(void)
{
	return 0;
}

struct cgroup *cgroup_get_current(void)
{
	return NULL;
}

bool cgroup_id_at(struct cgroup *cgroup, unsigned int level, u64 *id)
{
	return false;
}

void cgroup_put_current(struct cgroup *cgroup)
{
}

bool cgroup_exists(u64 id)
{
	return false;
}

#endif
