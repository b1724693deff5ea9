/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading the modules of kmod/. One that an earlier test has left behind is
 * removed first.
 */
#ifndef PHYSVM_SELFTESTS_KMOD_H
#define PHYSVM_SELFTESTS_KMOD_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 or the errno; ENOENT when it was not there. */
static inline int kmod_unload(const char *name)
{
	return syscall(SYS_delete_module, name, 0) ? errno : 0;
}

/* 0 or the errno; ENOENT when there is no such module on this machine. */
static inline int kmod_load(const char *name, const char *params)
{
	char path[64];
	int fd, err;

	kmod_unload(name);
	snprintf(path, sizeof(path), "/lib/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
	close(fd);
	return err;
}

#endif
