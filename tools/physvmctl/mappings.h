/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MAPPINGS_H
#define MAPPINGS_H

#include "ctl.h"

/* Where areas are mapped; an exit status. */
int mappings_show(struct ctl *ctl);

#endif
