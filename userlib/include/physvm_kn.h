/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Settings of the KasperskyOS calls (KnVm*) that KasperskyOS itself has not.
 */
#ifndef PHYSVM_KN_H
#define PHYSVM_KN_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * physvm_kn_set_implied_reserve() - Let KnVmAllocate() imply VMM_FLAG_RESERVE
 * @on: not 0 to imply it, 0 to demand it
 *
 * For programs of the time before the flag was required.  Off at start; one
 * setting for the whole process, effective from the next call of
 * KnVmAllocate() in any thread.
 *
 * Return: the setting before, 0 or 1.  It cannot fail.
 */
int physvm_kn_set_implied_reserve(int on);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_KN_H */
