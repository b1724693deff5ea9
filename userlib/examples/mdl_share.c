// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Two KasperskyOS processes and a buffer: the producer fills it and hands it
 * over, the consumer may read it and nothing else.  Between the processes the
 * handle is a descriptor in a message, which is what physvm_kn.h is for.
 */
#include <coresrv/handle/handle_api.h>
#include <coresrv/vmm/vmm_api.h>
#include <hal/page.h>
#include <physvm_kn.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAMES 3

/* The socket's side: one descriptor along with one byte. */

union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static struct msghdr message(struct iovec *byte, union control *control)
{
	return (struct msghdr){
		.msg_iov = byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(*control),
	};
}

static int send_descriptor(int socket, int fd)
{
	union control control = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct iovec byte = { "", 1 };
	struct msghdr msg = message(&byte, &control);

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -1;
}

static int receive_descriptor(int socket)
{
	union control control = { .buffer = "" };
	char nothing;
	struct iovec byte = { &nothing, 1 };
	struct msghdr msg = message(&byte, &control);
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The producer's side */

static Retcode send_handle(int socket, Handle handle)
{
	int fd = physvm_kn_handle_to_fd(handle);
	Retcode rc = rcOk;

	if (fd < 0 || send_descriptor(socket, fd))
		rc = rcTransferError;
	if (fd >= 0)
		close(fd);
	return rc;
}

static void draw(char *frames)
{
	for (int i = 0; i < FRAMES; i++)
		snprintf(frames + i * PAGE_SIZE, PAGE_SIZE, "frame %d", i);
}

/* It draws into the buffer; what goes to the consumer can only be read. */
static Retcode share_frames(int socket, char *frames)
{
	Handle readable;
	Retcode rc = KnPmmMdlCreateFromVm(frames, FRAMES * PAGE_SIZE, VMM_FLAG_READ, &readable);

	if (rc != rcOk)
		return rc;
	rc = send_handle(socket, readable);
	KnHandleClose(readable);
	return rc;
}

static Retcode produce(int socket)
{
	const int flags = VMM_FLAG_READ | VMM_FLAG_WRITE;
	const rtl_size_t size = FRAMES * PAGE_SIZE;
	Handle buffer;
	void *frames;
	Retcode rc;

	rc = KnPmmMdlCreate(size, flags, &buffer);
	if (rc != rcOk)
		return rc;
	rc = KnPmmMdlMap(buffer, 0, size, RTL_NULL, flags, &frames);
	KnHandleClose(buffer);
	if (rc != rcOk)
		return rc;
	draw(frames);
	rc = share_frames(socket, frames);
	KnVmUnmap(frames, size);
	return rc;
}

/* The consumer's side */

static Retcode receive_handle(int socket, Handle *handle)
{
	int fd = receive_descriptor(socket);
	int err;

	if (fd < 0)
		return rcReceiveError;
	err = physvm_kn_handle_from_fd(fd, handle);
	close(fd);
	return err ? rcReceiveError : rcOk;
}

static void show(const char *frames, rtl_size_t size)
{
	for (rtl_size_t i = 0; i < size; i += PAGE_SIZE)
		printf("%s\n", frames + i);
}

static Retcode look_at(Handle buffer)
{
	const int too_much = VMM_FLAG_READ | VMM_FLAG_WRITE;
	rtl_size_t size;
	void *frames;
	Retcode rc;

	rc = KnPmmMdlGetSize(buffer, &size);
	if (rc != rcOk)
		return rc;
	if (KnPmmMdlMap(buffer, 0, size, RTL_NULL, too_much, &frames) != rcInvalidArgument)
		return rcSecurityDisallow;
	rc = KnPmmMdlMap(buffer, 0, size, RTL_NULL, VMM_FLAG_READ, &frames);
	if (rc != rcOk)
		return rc;
	show(frames, size);
	return KnVmUnmap(frames, size);
}

static Retcode consume(int socket)
{
	Handle buffer;
	Retcode rc = receive_handle(socket, &buffer);

	if (rc != rcOk)
		return rc;
	rc = look_at(buffer);
	KnHandleClose(buffer);
	return rc;
}

static int role(const char *name, Retcode (*act)(int socket), int socket)
{
	Retcode rc = act(socket);

	if (rc != rcOk)
		fprintf(stderr, "mdl_share: the %s failed: %d\n", name, rc);
	fflush(stdout);
	return rc != rcOk;
}

/* The producer is gone when the consumer looks at what it left. */
int main(void)
{
	int sockets[2], status = 1;
	pid_t producer;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) {
		perror("mdl_share: socketpair");
		return 1;
	}
	producer = fork();
	if (!producer)
		_exit(role("producer", produce, sockets[1]));
	close(sockets[1]);
	if (waitpid(producer, &status, 0) != producer || status)
		return 1;
	return role("consumer", consume, sockets[0]);
}
