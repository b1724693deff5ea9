// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The connection.
 */
#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/physvm.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "export.h"

int physvm_nl_errno(int nl_error)
{
	switch (nl_error < 0 ? -nl_error : nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
		return -EPERM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	default:
		return -EIO;
	}
}

/* Messages that explain, and errors without a copy of the request. */
static int ask_for_explanations(struct nl_sock *socket)
{
	const int on = 1, fd = nl_socket_get_fd(socket);

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		return -errno;
	return 0;
}

/* genl_connect() leaves errno as socket(2) and bind(2) have set it. */
static int connect_socket(struct nl_sock *socket)
{
	errno = 0;
	if (!genl_connect(socket))
		return 0;
	return errno ? -errno : -EIO;
}

static int prepare(struct nl_sock *socket, int *family)
{
	int err = connect_socket(socket);

	if (!err)
		err = ask_for_explanations(socket);
	if (err)
		return err;
	*family = genl_ctrl_resolve(socket, PHYSVM_FAMILY_NAME);
	return *family < 0 ? physvm_nl_errno(*family) : 0;
}

int physvm_nl_connect(struct nl_sock **socket, int *family)
{
	int err;

	*socket = nl_socket_alloc();
	if (!*socket)
		return -ENOMEM;
	err = prepare(*socket, family);
	if (err)
		nl_socket_free(*socket);
	return err;
}

EXPORT int physvm_nl_open(struct physvm_nl **nl)
{
	const int saved_errno = errno;
	struct physvm_nl *made = calloc(1, sizeof(*made));
	int err = made ? physvm_nl_connect(&made->socket, &made->family) : -ENOMEM;

	if (err) {
		free(made);
	} else {
		made->device_fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
		*nl = made;
	}
	errno = saved_errno;
	return err;
}

EXPORT void physvm_nl_close(struct physvm_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->socket);
	if (nl->device_fd >= 0)
		close(nl->device_fd);
	free(nl);
}

EXPORT const char *physvm_nl_message(const struct physvm_nl *nl)
{
	return nl->message;
}
