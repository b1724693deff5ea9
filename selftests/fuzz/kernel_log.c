// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel_log.h"

#define MAX_SPLATS 128

static regex_t splats[MAX_SPLATS];
static unsigned int nr_splats;
static int log_fd = -1;

static void read_splats(FILE *file)
{
	char line[256];

	while (nr_splats < MAX_SPLATS && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && !regcomp(&splats[nr_splats], line, REG_EXTENDED | REG_NOSUB))
			nr_splats++;
	}
}

/* @path: an extended regular expression a line. */
bool kernel_log_open(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	read_splats(file);
	fclose(file);
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return log_fd >= 0 && lseek(log_fd, 0, SEEK_END) >= 0;
}

static bool is_splat(const char *text)
{
	unsigned int i;

	for (i = 0; i < nr_splats; i++)
		if (!regexec(&splats[i], text, 0, NULL, 0))
			return true;
	return false;
}

/* The first line since the last time that is one; NULL when there is none. */
const char *kernel_log_complaint(void)
{
	static char record[8192];
	ssize_t n;

	for (;;) {
		n = read(log_fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return NULL;
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0';
		if (is_splat(record))
			return strchr(record, ';') ?: record;
	}
}
