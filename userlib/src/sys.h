/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef SYS_H
#define SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

int physvm_sys_open(const char *path);
int physvm_sys_open_to_read(const char *path);
ssize_t physvm_sys_read(int fd, void *buffer, size_t size);
void physvm_sys_close(int fd);
int physvm_sys_dup(int fd);
int physvm_sys_ioctl_once(int fd, unsigned long request, void *arg);
int physvm_sys_ioctl(int fd, unsigned long request, void *arg);
int physvm_sys_fstat(int fd, struct stat *status);
int physvm_sys_fdinfo(int fd, char *text, size_t size);
int physvm_sys_pread(int fd, void *to, size_t size, uint64_t offset, size_t *total);
int physvm_sys_mmap(int fd, uint64_t offset, size_t length, int prot, int flags, void **addr);
int physvm_sys_map_anonymous(size_t length, int prot, void **addr);
int physvm_sys_munmap(void *addr, size_t length);
int physvm_sys_madvise(void *addr, size_t length, int advice);
int physvm_sys_mprotect(void *addr, size_t length, int prot);
size_t physvm_sys_page_size(void);
size_t physvm_sys_whole_pages(size_t length);

#endif
