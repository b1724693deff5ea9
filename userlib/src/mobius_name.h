/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_NAME_H
#define MOBIUS_NAME_H

#include <linux/physvm.h>
#include <wchar.h>

/**
 * physvm_vmm_name() - Write a name as the device wants it
 * @name: of characters
 * @utf8: filled in, with zeros behind
 *
 * Return: 0, -EINVAL for NULL, -ENAMETOOLONG, or -EILSEQ when one of @name is no
 * character.
 */
int physvm_vmm_name(const wchar_t *name, char utf8[PHYSVM_NAME_SIZE]);

#endif
