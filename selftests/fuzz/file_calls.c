// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors, and I/O between them and memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "machine.h"

#define MAX_IO (4 * BLOCK)

static uint64_t io_length(uint64_t length)
{
	return length < MAX_IO ? length : MAX_IO;
}

static bool is_regular(int fd)
{
	struct stat stat;

	return !fstat(fd, &stat) && S_ISREG(stat.st_mode);
}

/* Files from their beginning, so that they do not grow; the others as they are. */
long call_read(struct machine *machine, const uint64_t *args)
{
	void *addr = (void *)args[1];

	if (is_regular(args[0]))
		return result_of(pread(args[0], addr, io_length(args[2]), 0));
	return result_of(read(args[0], addr, io_length(args[2])));
}

long call_write(struct machine *machine, const uint64_t *args)
{
	const void *addr = (void *)args[1];

	if (is_regular(args[0]))
		return result_of(pwrite(args[0], addr, io_length(args[2]), 0));
	return result_of(write(args[0], addr, io_length(args[2])));
}

long call_vmsplice(struct machine *machine, const uint64_t *args)
{
	struct iovec vector = { (void *)args[0], args[1] };

	return result_of(vmsplice(machine->fds[FD_PIPE_IN], &vector, 1,
				  args[2] | SPLICE_F_NONBLOCK));
}

long call_drain(struct machine *machine, const uint64_t *args)
{
	static char into[16 * PAGE];
	uint64_t done = 0;
	ssize_t n;

	do {
		n = read(machine->fds[FD_PIPE_OUT], into, sizeof(into));
		done += n > 0 ? n : 0;
	} while (n > 0 && done < args[0]);
	return n < 0 && !done ? -errno : 0;
}

/* Descriptors. */

/* The slot forgets what it had: that stays open until the program ends. */
static long note_fd(struct machine *machine, uint64_t slot, int fd)
{
	if (fd < 0)
		return -errno;
	machine->fds[slot] = fd;
	return 0;
}

long call_dup(struct machine *machine, const uint64_t *args)
{
	return note_fd(machine, args[0], dup(args[1]));
}

long call_close(struct machine *machine, const uint64_t *args)
{
	if ((int)args[0] == machine->device)
		return -EBADF;
	return result_of(close(args[0]));
}

long call_open(struct machine *machine, const uint64_t *args)
{
	return note_fd(machine, args[0], open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC));
}

union fd_message {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

#define MESSAGE(control, byte) { \
		.msg_iov = &(byte), .msg_iovlen = 1, \
		.msg_control = &(control), .msg_controllen = sizeof(control) }

long call_send(struct machine *machine, const uint64_t *args)
{
	union fd_message control = { .header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int)),
	} };
	struct iovec byte = { "", 1 };
	struct msghdr message = MESSAGE(control, byte);
	const int fd = args[0];

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return result_of(sendmsg(machine->sockets[0], &message, 0));
}

long call_receive(struct machine *machine, const uint64_t *args)
{
	union fd_message control = {};
	char dummy;
	struct iovec byte = { &dummy, 1 };
	struct msghdr message = MESSAGE(control, byte);
	int fd = -1;

	if (recvmsg(machine->sockets[1], &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (message.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return note_fd(machine, args[0], fd);
}

/* An area's descriptor is not a file to read, to write or to truncate. */

struct file_args {
	struct machine *machine;
	int fd;
	off_t offset;
	size_t length;
	void *addr;
};

static long file_stat(const struct file_args *args)
{
	struct stat stat;

	return fstat(args->fd, &stat);
}

static long file_truncate(const struct file_args *args)
{
	return is_regular(args->fd) ? 0 : ftruncate(args->fd, args->length);
}

static long file_fallocate(const struct file_args *args)
{
	return is_regular(args->fd) ? 0 : fallocate(args->fd, 0, args->offset, args->length);
}

static long file_punch_hole(const struct file_args *args)
{
	return is_regular(args->fd) ? 0 :
	       fallocate(args->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, args->offset,
			 args->length);
}

static long file_seek(const struct file_args *args)
{
	return lseek(args->fd, args->offset, SEEK_SET) < 0 ? -1 : 0;
}

static long file_read(const struct file_args *args)
{
	return pread(args->fd, args->addr, io_length(args->length), args->offset);
}

static long file_write(const struct file_args *args)
{
	return is_regular(args->fd) ? 0 :
	       pwrite(args->fd, args->addr, io_length(args->length), args->offset);
}

static long file_sync(const struct file_args *args)
{
	return fsync(args->fd);
}

static long file_chmod(const struct file_args *args)
{
	return fchmod(args->fd, args->length & 0777);
}

static long file_reopen(const struct file_args *args)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", args->fd);
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static long file_flock(const struct file_args *args)
{
	return flock(args->fd, LOCK_EX | LOCK_NB);
}

static long file_seals(const struct file_args *args)
{
	return fcntl(args->fd, F_ADD_SEALS, args->length & 0x1f);
}

static long file_readahead(const struct file_args *args)
{
	return readahead(args->fd, args->offset, args->length);
}

static long file_sendfile(const struct file_args *args)
{
	off_t offset = args->offset;

	return sendfile(args->machine->fds[FD_PIPE_IN], args->fd, &offset,
			io_length(args->length));
}

/* A pipe that blocks would only be waiting to be killed. */
static long file_setfl(const struct file_args *args)
{
	return fcntl(args->fd, F_SETFL, (args->length & (O_APPEND | O_ASYNC)) | O_NONBLOCK);
}

static long file_poll(const struct file_args *args)
{
	struct pollfd fd = { .fd = args->fd, .events = POLLIN | POLLOUT };

	return poll(&fd, 1, 0) < 0 ? -1 : 0;
}

static long (*const file_calls[NR_FILE_CALLS])(const struct file_args *args) = {
	[FILE_STAT] = file_stat,
	[FILE_TRUNCATE] = file_truncate,
	[FILE_FALLOCATE] = file_fallocate,
	[FILE_SEEK] = file_seek,
	[FILE_READ] = file_read,
	[FILE_WRITE] = file_write,
	[FILE_SYNC] = file_sync,
	[FILE_CHMOD] = file_chmod,
	[FILE_REOPEN] = file_reopen,
	[FILE_FLOCK] = file_flock,
	[FILE_SEALS] = file_seals,
	[FILE_READAHEAD] = file_readahead,
	[FILE_SENDFILE] = file_sendfile,
	[FILE_SETFL] = file_setfl,
	[FILE_PUNCH_HOLE] = file_punch_hole,
	[FILE_POLL] = file_poll,
};

long call_file(struct machine *machine, const uint64_t *args)
{
	const struct file_args file = {
		.machine = machine,
		.fd = args[0],
		.offset = args[2],
		.length = args[3],
		.addr = (void *)args[4],
	};

	if (args[1] >= NR_FILE_CALLS)
		return -EINVAL;
	return result_of(file_calls[args[1]](&file));
}

/* Registered with io_uring: held for as long as the ring lives. */
long call_pin(struct machine *machine, const uint64_t *args)
{
	struct iovec buffer = { (void *)args[1], args[2] };
	struct io_uring_params params = {};
	int ring = syscall(SYS_io_uring_setup, 4, &params);

	if (ring < 0)
		return -errno;
	machine->fds[args[0]] = ring;
	return result_of(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS,
				 &buffer, 1));
}
