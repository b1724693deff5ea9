#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: chroot-build.sh CHROOT SOURCES HEADERS
#
# Builds the module of SOURCES inside CHROOT, where HEADERS are.  To be run in a
# mount namespace of its own.  The tools of newer kernels read /proc.
set -eu

trap 'umount "$1/physvm" "$1/proc"' EXIT
mount -t proc proc "$1/proc"
mount --bind "$2" "$1/physvm"
chroot "$1" make -j"$(nproc)" -C "$3" M=/physvm W=1 KCFLAGS=-Werror modules
