/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIMITS_LIST_H
#define LIMITS_LIST_H

#include "ctl.h"

/* What users and cgroups have, and may have; an exit status. */
int limits_show(struct ctl *ctl);

#endif
