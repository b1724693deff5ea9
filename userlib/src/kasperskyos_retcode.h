/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef KASPERSKYOS_RETCODE_H
#define KASPERSKYOS_RETCODE_H

#include "rtl/retcode.h"

/* err: 0 or -errno */
Retcode physvm_kn_retcode(int err);

#endif
