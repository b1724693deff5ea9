// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test guest.
 *
 * Loads drivers and physvm, runs one program, looks whether the pool, the
 * module and the kernel survived it, and powers off.  The host puts its orders
 * into /etc/vm and gets the verdict over the virtio port "verdict", the kernel
 * log since the module was loaded over the port "log", what was executed of the
 * module over the port "gcov".
 *
 * "/init check-pool" is for programs to run: says what is missing in the pool.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/physvm.h>

#define MODULE_NAME "physvm"
#define MODULE_FILE "/lib/physvm.ko"
#define SHADOW_FILE "/lib/physvm_shadow.ko"
#define DRIVERS_DIR "/lib/drivers"
#define KMEMLEAK "/sys/kernel/debug/kmemleak"
#define GCOV "/sys/kernel/debug/gcov"
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

/* kmemleak keeps quiet about objects younger than five seconds. */
#define KMEMLEAK_AGE 6
/* Files are released, and pages scrubbed, some time after a process is gone. */
#define BASELINE_WAIT 15
#define UNLOAD_WAIT 10
#define PORT_WAIT 10

static FILE *verdict;

static void tell(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(verdict, fmt, ap);
	va_end(ap);
	fputc('\n', verdict);
	fflush(verdict);
}

/* The contents of a small file of the host's orders; NULL if there is none. */
static char *order(const char *name, ssize_t *len)
{
	static char buf[16384];
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/etc/vm/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	*len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (*len < 0)
		return NULL;
	buf[*len] = '\0';
	return buf;
}

static int ordered(const char *name)
{
	ssize_t len;

	return order(name, &len) != NULL;
}

/* Says whether it was written. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int written;

	if (fd < 0)
		return 0;
	written = write(fd, text, strlen(text)) >= 0;
	if (!written)
		fprintf(stderr, "init: %s: %m\n", path);
	close(fd);
	return written;
}

static void mount_at(const char *source, const char *target, const char *type, const char *options)
{
	mkdir(target, 0755);
	if (mount(source, target, type, 0, options) && errno != EBUSY)
		fprintf(stderr, "init: mount %s: %m\n", target);
}

static void link_streams(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			fprintf(stderr, "init: %s: %m\n", links[i][1]);
}

static void mount_all(void)
{
	mount_at("proc", "/proc", "proc", NULL);
	mount_at("sysfs", "/sys", "sysfs", NULL);
	mount_at("dev", "/dev", "devtmpfs", NULL);
	mount_at("devpts", "/dev/pts", "devpts", NULL);
	mount_at("shm", "/dev/shm", "tmpfs", "mode=1777");
	mount_at("tmp", "/tmp", "tmpfs", "mode=1777");
	mount_at("run", "/run", "tmpfs", NULL);
	mount_at("debugfs", "/sys/kernel/debug", "debugfs", NULL);
	if (access("/sys/kernel/tracing", F_OK) == 0)
		mount_at("tracefs", "/sys/kernel/tracing", "tracefs", NULL);
	link_streams();
}

/* File systems on devices, whose drivers are modules. */
static void mount_extras(void)
{
	if (ordered("disk"))
		mount_at("/dev/vda", "/disk", "ext4", NULL);
	if (ordered("shared"))
		mount_at("shared", "/shared", "9p", "trans=virtio,version=9p2000.L,ro");
}

static int insert(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, params, 0))
		err = errno;
	close(fd);
	return err == EEXIST ? 0 : err;
}

/* The host numbered the files in the order they depend on each other. */
static void load_drivers(void)
{
	struct dirent **list;
	char path[512];
	int i, n, err;

	n = scandir(DRIVERS_DIR, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), DRIVERS_DIR "/%s", list[i]->d_name);
		err = insert(path, "");
		if (err)
			fprintf(stderr, "init: %s: %s\n", path, strerror(err));
	}
}

/* The name of virtio port number i, of which the driver learns in its own time. */
static int port_is(int i, const char *wanted)
{
	char path[64], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport0p%d/name", i);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%63s", name) != 1)
		name[0] = '\0';
	fclose(f);
	return strcmp(name, wanted) == 0;
}

static int open_port(const char *wanted)
{
	char path[64];
	int i, tries;

	for (tries = 0; tries < PORT_WAIT * 100; tries++) {
		for (i = 0; i < 8; i++) {
			if (!port_is(i, wanted))
				continue;
			snprintf(path, sizeof(path), "/dev/vport0p%d", i);
			return open(path, O_WRONLY | O_CLOEXEC);
		}
		usleep(10000);
	}
	errno = ENODEV;
	return -1;
}

static void open_verdict(void)
{
	int fd = open_port("verdict");

	verdict = fd < 0 ? NULL : fdopen(fd, "w");
	if (!verdict) {
		fprintf(stderr, "init: no port for the verdict: %m\n");
		verdict = stderr;
	}
}

/*
 * The console of virtio, untouched by the kernel's own messages: a terminal, for
 * programs to write whole lines, and at one exit of the guest each.
 */
static int open_output(void)
{
	int fd = open("/dev/hvc0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0)
		return STDERR_FILENO;
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

/* From here on the log matters: the console repeats it in case of a panic. */
static int start_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(fd, 0, SEEK_END);
	klogctl(8, NULL, 8);
	return fd;
}

/* A record is "prefix;text\n", then lines " KEY=value". */
static void put_record(FILE *out, char *record)
{
	char *text = strchr(record, ';');
	char *end;

	if (!text)
		return;
	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	fprintf(out, "%s\n", text + 1);
}

static void dump_log(int kmsg)
{
	int fd = open_port("log");
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	char record[8192];
	ssize_t n;

	if (!out) {
		tell("log-lost");
		return;
	}
	for (;;) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE) {
			fprintf(out, "init: messages were lost here\n");
			continue;
		}
		if (n <= 0)
			break;
		record[n] = '\0';
		put_record(out, record);
	}
	fclose(out);
}

static unsigned long tainted(void)
{
	/* BAD_PAGE, DIE, WARN, SOFTLOCKUP */
	const unsigned long wrong = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14;
	unsigned long bits = 0;
	FILE *f = fopen("/proc/sys/kernel/tainted", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &bits) != 1)
		bits = 0;
	fclose(f);
	return bits & wrong;
}

static int loaded(void)
{
	return access("/sys/module/" MODULE_NAME, F_OK) == 0;
}

static int load_module(void)
{
	const char *params;
	ssize_t len;
	int err;

	params = order("params", &len);
	err = insert(MODULE_FILE, params ? params : "");
	if (err)
		tell("insmod %d %s", err, strerror(err));
	return err;
}

static int pool_stat(struct physvm_pool_stat *st, unsigned int pool)
{
	int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	int err = 0;

	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->pool = pool;
	if (fd < 0)
		return errno;
	if (ioctl(fd, PHYSVM_POOL_STAT, st))
		err = errno;
	close(fd);
	return err;
}

static int pool_is_whole(const struct physvm_pool_stat *st)
{
	return st->out_free_pages == st->out_total_pages && st->out_areas == 0;
}

static void check_pool(unsigned int pool)
{
	struct physvm_pool_stat st;
	int err, i;

	for (i = 0; i < BASELINE_WAIT * 10; i++) {
		err = pool_stat(&st, pool);
		if (err || pool_is_whole(&st))
			break;
		usleep(100000);
	}
	if (err)
		tell("pool %u: PHYSVM_POOL_STAT: %s", pool, strerror(err));
	else if (!pool_is_whole(&st))
		tell("pool %u: %llu pages: %llu free, %llu used, %llu quarantined, %llu areas",
		     pool, (unsigned long long)st.out_total_pages, (unsigned long long)st.out_free_pages,
		     (unsigned long long)st.out_used_pages,
		     (unsigned long long)st.out_quarantined_pages,
		     (unsigned long long)st.out_areas);
}

/* Only on purpose does a program leave anything, and no test has that purpose. */
static void check_names(void)
{
	struct physvm_name_next name = { .size = sizeof(name) };
	int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);

	for (; fd >= 0 && !ioctl(fd, PHYSVM_NAME_NEXT, &name); name.after = name.out_id)
		tell("pool: the name \"%s\" of user %u is left", (char *)name.out_name,
		     name.out_uid);
	close(fd);
}

static void check_pools(void)
{
	check_pool(PHYSVM_POOL_RAM);
	check_pool(PHYSVM_POOL_HIDDEN);
	check_names();
}

static void unload_module(void)
{
	int i;

	for (i = 0; i < UNLOAD_WAIT * 10; i++) {
		if (syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) == 0)
			return;
		if (errno != EAGAIN && errno != EBUSY)
			break;
		usleep(100000);
	}
	tell("rmmod %d %s", errno, strerror(errno));
}

/*
 * The first scan only finds candidates; what the second confirms is reported. kmemleak
 * that has run out of memory for its own lists scans no more.
 */
static void scan_for_leaks(void)
{
	char line[512];
	FILE *f;

	if (!write_file(KMEMLEAK, "scan") || !write_file(KMEMLEAK, "scan"))
		tell("leaks-unknown");
	f = fopen(KMEMLEAK, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		fprintf(verdict, "kmemleak %s", line);
	fclose(f);
	write_file(KMEMLEAK, "clear");
}

/*
 * Leaks are looked for at the end. A scan every few minutes would find them no
 * better, and take as long each time as many tests.
 */
static void calm_kmemleak(void)
{
	if (access(KMEMLEAK, F_OK))
		return;
	/* It has done its work when it is loaded, and tests look at what else is. */
	if (!insert(SHADOW_FILE, ""))
		syscall(SYS_delete_module, "physvm_shadow", O_NONBLOCK);
	write_file(KMEMLEAK, "scan=off");
	write_file(KMEMLEAK, "clear");
}

/* Backtraces of leaks have only addresses by then; this makes sense of them. */
static void tell_module_address(void)
{
	char line[512];
	FILE *f = fopen("/proc/modules", "r");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, MODULE_NAME " ", strlen(MODULE_NAME " ")) == 0)
			fprintf(verdict, "address %s", line);
	fclose(f);
}

/*
 * Leaks are looked for without the module, as its own data would keep alive
 * what it forgot about.
 */
static void unload_and_check_leaks(void)
{
	int kmemleak = access(KMEMLEAK, F_OK) == 0;

	if (kmemleak) {
		tell_module_address();
		sleep(KMEMLEAK_AGE);
	}
	if (loaded())
		unload_module();
	if (kmemleak)
		scan_for_leaks();
}

/*
 * The kernel keeps the counters of unloaded modules, and adds those of a module
 * that is loaded again.  Its files say they are empty, which tar would believe.
 */
static void send_counters(void)
{
	int fd = ordered("gcov") ? open_port("gcov") : -1;

	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	close(fd);
	if (system("mkdir /tmp/gcov && cd /tmp/gcov &&"
		   "for file in $(find " GCOV " -name '*.gcda'); do"
		   "	cat \"$file\" >\"${file##*/}\";"
		   "done &&"
		   "tar -c *.gcda"))
		tell("gcov-lost");
}

static char **program(void)
{
	static char *argv[256];
	ssize_t len;
	char *text = order("argv", &len);
	char *copy = text ? malloc(len + 1) : NULL;
	int i, at = 0;

	if (!copy)
		return NULL;
	memcpy(copy, text, len + 1);
	for (i = 0; at < len && i < 255; i++) {
		argv[i] = copy + at;
		at += strlen(argv[i]) + 1;
	}
	return argv;
}

static void become(char **argv, int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	setenv("PATH", "/test:/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/tmp", 1);
	if (chdir("/test") == 0)
		execvp(argv[0], argv);
	fprintf(stderr, "init: %s: %m\n", argv[0]);
	_exit(127);
}

static void reap(pid_t wanted, int *status)
{
	int other;
	pid_t pid;

	do {
		pid = wait(&other);
		if (pid == wanted)
			*status = other;
	} while (pid != wanted && (pid > 0 || errno == EINTR));
}

static void run(char **argv)
{
	int output = open_output();
	int status = 127 << 8;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		become(argv, output);
	if (pid > 0)
		reap(pid, &status);
	kill(-1, SIGKILL);
	while (wait(NULL) > 0)
		;
	tcdrain(output);
	if (WIFSIGNALED(status))
		tell("exit %d", 128 + WTERMSIG(status));
	else
		tell("exit %d", WEXITSTATUS(status));
}

static void settle(void)
{
	ssize_t len;
	const char *seconds = order("settle", &len);

	if (seconds)
		sleep(atoi(seconds));
}

static void run_with_module(void)
{
	if (ordered("no-module")) {
		run(program());
	} else if (load_module() == 0) {
		settle();
		run(program());
	}
	if (loaded())
		check_pools();
	unload_and_check_leaks();
}

/*
 * Jiffies stand still where a test waits with interrupts off. A kernel takes them when
 * it could not tell how fast the TSC is; it is better booted again.
 */
static void need_a_clock(void)
{
	char name[32] = "";
	FILE *f = fopen(CLOCK, "r");

	if (f) {
		if (!fgets(name, sizeof(name), f))
			name[0] = '\0';
		fclose(f);
	}
	if (!strstr(name, "jiffies"))
		return;
	write_file("/dev/kmsg", "<3>init: the clock is jiffies\n");
	reboot(RB_POWER_OFF);
}

static void check_taint(unsigned long before)
{
	unsigned long after = tainted();

	if (after & ~before)
		tell("taint %lu", after & ~before);
}

int main(int argc, char **argv)
{
	unsigned long taint;
	int kmsg;

	if (argc > 1 && strcmp(argv[1], "check-pool") == 0) {
		verdict = stdout;
		check_pools();
		return 0;
	}
	mount_all();
	need_a_clock();
	load_drivers();
	open_verdict();
	mount_extras();
	calm_kmemleak();
	taint = tainted();
	kmsg = start_log();
	tell("booted");
	run_with_module();
	send_counters();
	check_taint(taint);
	dump_log(kmsg);
	tell("done");
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
