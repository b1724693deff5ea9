/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NAME_USER_H
#define PHYSVM_NAME_USER_H

#include <linux/uidgid.h>

int name_user_charge(kuid_t uid);
void name_user_uncharge(kuid_t uid);

#endif
