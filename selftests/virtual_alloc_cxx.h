/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of virtual_alloc_cxx_test that is C++. What returns a number returns the
 * line of what is wrong, else 0.
 */
#ifndef PHYSVM_SELFTESTS_VIRTUAL_ALLOC_CXX_H
#define PHYSVM_SELFTESTS_VIRTUAL_ALLOC_CXX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int cxx_before_init(void);
int cxx_result(void);
int cxx_usual_life(void);
int cxx_frames(void);
int cxx_scope(void);
int cxx_static_object(void);

/* -1 for yes, -2 for no. */
int cxx_can_attempt_contiguous_mappings(void);

/* These end the process. */
uintptr_t cxx_value_of_an_error(void);
int cxx_error_of_a_value(void);

#ifdef __cplusplus
}
#endif

#endif
