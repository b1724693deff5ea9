// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Every system call of the library, so that a test can put others in their
 * place.  They return -errno and leave errno as they found it.
 */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int result(int ret, int saved_errno)
{
	if (ret < 0)
		ret = -errno;
	errno = saved_errno;
	return ret;
}

/*
 * A program that runs with closed standard streams may write to descriptor 2,
 * or dup over it, without asking who has it.
 */
int physvm_sys_dup(int fd)
{
	int saved_errno = errno;
	int copy = result(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), saved_errno);

	/* No number from there on is within the limit of the process. */
	return copy == -EINVAL ? -EMFILE : copy;
}

static int above_standard_streams(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = physvm_sys_dup(fd);
	close(fd);
	if (moved >= 0)
		return moved;
	errno = -moved;
	return -1;
}

static int open_as(const char *path, int access)
{
	int saved_errno = errno;
	int fd;

	do {
		fd = open(path, access | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return result(above_standard_streams(fd), saved_errno);
}

int physvm_sys_open(const char *path)
{
	return open_as(path, O_RDWR);
}

int physvm_sys_open_to_read(const char *path)
{
	return open_as(path, O_RDONLY);
}

ssize_t physvm_sys_read(int fd, void *buffer, size_t size)
{
	int saved_errno = errno;
	ssize_t got = read(fd, buffer, size);

	if (got < 0)
		got = -errno;
	errno = saved_errno;
	return got;
}

/* Never again after EINTR: Linux has given the number away by then. */
void physvm_sys_close(int fd)
{
	int saved_errno = errno;

	close(fd);
	errno = saved_errno;
}

/* For a call that waits: the caller may want to know of a signal. */
int physvm_sys_ioctl_once(int fd, unsigned long request, void *arg)
{
	int saved_errno = errno;

	return result(ioctl(fd, request, arg), saved_errno);
}

/* A call that failed has changed nothing, so it may simply be made again. */
int physvm_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int saved_errno = errno;
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return result(ret, saved_errno);
}

int physvm_sys_fstat(int fd, struct stat *status)
{
	int saved_errno = errno;

	return result(fstat(fd, status), saved_errno);
}

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		return -1;
	text[length] = '\0';
	return 0;
}

/* What /proc tells about a descriptor, or EINVAL if it tells nothing. */
int physvm_sys_fdinfo(int fd, char *text, size_t size)
{
	int saved_errno = errno;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	err = result(read_text(path, text, size), saved_errno);
	return err && err != -EMFILE && err != -ENFILE ? -EINVAL : err;
}

static ssize_t read_some(int fd, void *to, size_t size, uint64_t offset)
{
	ssize_t got;

	do {
		got = pread(fd, to, size, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* How much there was up to the end of the file, at most @size. */
int physvm_sys_pread(int fd, void *to, size_t size, uint64_t offset, size_t *total)
{
	int saved_errno = errno;
	ssize_t got;

	for (*total = 0; *total < size; *total += (size_t)got) {
		got = read_some(fd, (char *)to + *total, size - *total, offset + *total);
		if (got <= 0)
			return result((int)got, saved_errno);
	}
	return 0;
}

/* *addr: the address asked for, and on success where it is. */
int physvm_sys_mmap(int fd, uint64_t offset, size_t length, int prot, int flags, void **addr)
{
	int saved_errno = errno;
	void *at = mmap(*addr, length, prot, flags, fd, (off_t)offset);

	if (at == MAP_FAILED)
		return result(-1, saved_errno);
	*addr = at;
	return 0;
}

int physvm_sys_map_anonymous(size_t length, int prot, void **addr)
{
	*addr = NULL;
	return physvm_sys_mmap(-1, 0, length, prot, MAP_PRIVATE | MAP_ANONYMOUS, addr);
}

int physvm_sys_munmap(void *addr, size_t length)
{
	int saved_errno = errno;

	return result(munmap(addr, length), saved_errno);
}

int physvm_sys_madvise(void *addr, size_t length, int advice)
{
	int saved_errno = errno;

	return result(madvise(addr, length, advice), saved_errno);
}

int physvm_sys_mprotect(void *addr, size_t length, int prot)
{
	int saved_errno = errno;

	return result(mprotect(addr, length, prot), saved_errno);
}

size_t physvm_sys_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* 0 when that is beyond the last page, and 0 is what the device refuses. */
size_t physvm_sys_whole_pages(size_t length)
{
	size_t mask = physvm_sys_page_size() - 1;

	return (length + mask) & ~mask;
}
