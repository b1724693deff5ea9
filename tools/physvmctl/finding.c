// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

void found(struct finding *finding, enum verdict verdict, const char *advice,
	   const char *format, ...)
{
	va_list list;

	if (*finding->text && verdict <= finding->verdict)
		return;
	finding->verdict = verdict;
	va_start(list, format);
	vsnprintf(finding->text, sizeof(finding->text), format, list);
	va_end(list);
	snprintf(finding->advice, sizeof(finding->advice), "%s", advice);
}
