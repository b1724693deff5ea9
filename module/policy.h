/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_POLICY_H
#define PHYSVM_POLICY_H

#include <linux/types.h>

bool policy_denies_wx(void);
int policy_check_prot(u32 prot);

bool policy_shows_phys(void);
int policy_check_phys(void);

#endif
