/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children that are somebody else: user, groups, capabilities, namespaces.
 */
#ifndef PHYSVM_SELFTESTS_PERSON_H
#define PHYSVM_SELFTESTS_PERSON_H

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>

#include "child.h"
#include "util.h"

/* Whoever a child is to be. Its descriptor of the device is root's. */
struct person {
	uid_t uid;
	gid_t gid;
	gid_t group;	/* one more, if not 0 */
	int capability;	/* the only one, if not 0 */
};

static inline bool keep_only(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (capability)
		data[0].effective = data[0].permitted = 1u << capability;
	return !syscall(SYS_capset, &header, data);
}

static inline void become(const struct person *person)
{
	child_need(!prctl(PR_SET_KEEPCAPS, 1));
	child_need(!setgroups(!!person->group, &person->group));
	child_need(!setresgid(person->gid, person->gid, person->gid));
	child_need(!setresuid(person->uid, person->uid, person->uid));
	child_need(keep_only(person->capability));
}

typedef int act_t(int fd, const void *arg);	/* an errno */

struct task {
	const struct person *person;
	act_t *act;
	const void *arg;
};

static inline void act_as(int fd, const void *arg)
{
	const struct task *task = arg;

	become(task->person);
	_exit(task->act(fd, task->arg));
}

/* What @act returns when somebody else does it; -1 if it did not come to that. */
static inline int as(const struct person *person, act_t *act, int fd, const void *arg)
{
	const struct task task = { person, act, arg };
	pid_t pid = child_start(act_as, fd, &task);
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* User namespaces, in which everybody has all capabilities. */

static inline bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = write(fd, text, strlen(text)) == strlen(text);

	close(fd);
	return ok;
}

static inline bool enter_namespace(void)
{
	prctl(PR_SET_DUMPABLE, 1);
	return !unshare(CLONE_NEWUSER);
}

static inline bool map_to_root(unsigned int id)
{
	char line[32];

	snprintf(line, sizeof(line), "0 %u 1", id);
	return write_text("/proc/self/uid_map", line) &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/gid_map", line);
}

#endif
