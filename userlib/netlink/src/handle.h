/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef HANDLE_H
#define HANDLE_H

#include <netlink/netlink.h>

#include "physvm_netlink.h"

#define MESSAGE_SIZE 256

/**
 * struct physvm_nl - a connection
 * @socket: of libnl
 * @family: number of the family
 * @device_fd: open /dev/physvm, or -1
 * @message: what the kernel said last
 */
struct physvm_nl {
	struct nl_sock *socket;
	int family;
	int device_fd;
	char message[MESSAGE_SIZE];
};

/* A socket and the number of the family; 0 or -errno. */
int physvm_nl_connect(struct nl_sock **socket, int *family);

/* libnl's errors are numbers of its own, many errnos for one. */
int physvm_nl_errno(int nl_error);

#endif
