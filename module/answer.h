/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_ANSWER_H
#define PHYSVM_ANSWER_H

#include "pager.h"

int answer_carry_out(struct pager *pager, const struct physvm_answer *answer);

#endif
