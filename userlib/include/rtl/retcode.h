/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef RTL_RETCODE_H
#define RTL_RETCODE_H

/**
 * typedef Retcode - Outcome of a call
 *
 * rcOk, which is 0, or one of the errors below, which are negative.  Compare
 * with the names: the numbers are this library's own.
 */
typedef __INT32_TYPE__ Retcode;

/* The top bit is the severity; the rest tells the errors apart. */
#define PHYSVM_RC_ERROR(code)	((Retcode)(-__INT32_MAX__ - 1 + (code)))

#define rcOk			((Retcode)0)
#define rcFail			PHYSVM_RC_ERROR(1)
#define rcInvalidArgument	PHYSVM_RC_ERROR(2)
#define rcOutOfMemory		PHYSVM_RC_ERROR(3)
#define rcUnimplemented		PHYSVM_RC_ERROR(4)
#define rcSecurityDisallow	PHYSVM_RC_ERROR(5)
#define rcDeviceNotFound	PHYSVM_RC_ERROR(6)
#define rcBusy			PHYSVM_RC_ERROR(7)
#define rcAlreadyExists		PHYSVM_RC_ERROR(8)
#define rcQuotaExceeded		PHYSVM_RC_ERROR(9)
#define rcResourceNotFound	PHYSVM_RC_ERROR(10)
#define rcInvalidOperation	PHYSVM_RC_ERROR(11)
#define rcInternalError		PHYSVM_RC_ERROR(12)
#define rcTimeout		PHYSVM_RC_ERROR(13)
#define rcNotReady		PHYSVM_RC_ERROR(14)
#define rcNotConnected		PHYSVM_RC_ERROR(15)
#define rcBufferTooSmall	PHYSVM_RC_ERROR(16)
#define rcBufferTooLarge	PHYSVM_RC_ERROR(17)
#define rcTransferError		PHYSVM_RC_ERROR(18)
#define rcReceiveError		PHYSVM_RC_ERROR(19)
#define rcSourceFault		PHYSVM_RC_ERROR(20)
#define rcTargetFault		PHYSVM_RC_ERROR(21)
#define rcIpcInterrupt		PHYSVM_RC_ERROR(22)
#define rcRestart		PHYSVM_RC_ERROR(23)
#define rcNoCapability		PHYSVM_RC_ERROR(24)
#define rcFutexWouldBlock	PHYSVM_RC_ERROR(25)
#define rcAbort			PHYSVM_RC_ERROR(26)
#define rcInvalidThreadState	PHYSVM_RC_ERROR(27)
#define rcHandleRevoked		PHYSVM_RC_ERROR(28)

#endif /* RTL_RETCODE_H */
