// SPDX-License-Identifier: GPL-2.0-only
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int exit_status(int err)
{
	return err == -EPERM || err == -EACCES ? EXIT_DENIED : EXIT_FAILURE;
}

/* 6.1 hands on no explanation of why a list is refused, nor of a subscription. */
static const char *explanation(const struct ctl *ctl, int err)
{
	const char *said = ctl->nl ? physvm_nl_message(ctl->nl) : "";

	if (!*said && err == -EPERM)
		return "CAP_SYS_ADMIN is needed, or for some of it access to /dev/physvm";
	return said;
}

int fail(const struct ctl *ctl, int err, const char *format, ...)
{
	const char *said = explanation(ctl, err);
	va_list list;

	fflush(stdout);
	fprintf(stderr, "physvmctl %s: ", ctl->verb);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, ": %s%s%s%s\n", strerror(-err), *said ? " (" : "", said,
		*said ? ")" : "");
	return exit_status(err);
}

int fail_usage(const struct ctl *ctl, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "physvmctl %s: ", ctl->verb);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "; see physvmctl %s --help\n", ctl->verb);
	return EXIT_USAGE;
}

int fail_connect(int err)
{
	if (err == -ENOENT) {
		fprintf(stderr,
			"physvmctl: the module physvm is not loaded; try modprobe physvm\n");
		return EXIT_ABSENT;
	}
	fprintf(stderr, "physvmctl: cannot connect: %s\n", strerror(-err));
	return exit_status(err);
}

int list_result(const struct ctl *ctl, int result, const char *what)
{
	if (result < 0)
		return fail(ctl, result, "%s", what);
	if (result)
		fprintf(stderr, "physvmctl %s: %s changed meanwhile\n", ctl->verb,
			what);
	return EXIT_SUCCESS;
}
