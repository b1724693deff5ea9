/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SESSION_H
#define PHYSVM_SESSION_H

#include <linux/types.h>

/**
 * struct session - What is remembered of an open /dev/physvm
 * @id: of this one only, not 0
 * @named: names have been added by way of it
 */
struct session {
	u64 id;
	bool named;
};

#endif
