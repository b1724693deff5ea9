/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef HANDLE_H
#define HANDLE_H

#include "physvm.h"

struct physvm {
	int fd;		/* invariant after open */
};

/* For those who have the memory already.  0 or -errno. */
int physvm_handle_init(struct physvm *handle);

#endif
