/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef HANDLE_H
#define HANDLE_H

#include "physvm.h"

struct physvm {
	int fd;		/* invariant after open */
};

#endif
