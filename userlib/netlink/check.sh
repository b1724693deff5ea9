#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# What the compiler does not notice: a header that cannot stand alone, symbols
# that escape, functions without a man page, man pages with mistakes.

set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=../check_pages.sh
. ../check_pages.sh

check_header() {
	for compiler in "${CC:-cc} -std=gnu11 -xc" "${CXX:-c++} -std=c++17 -xc++"; do
		echo 'typedef int nothing;' |
			$compiler -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude \
				-Ibuild/include -include physvm_netlink.h - ||
			complain "physvm_netlink.h: $compiler"
	done
}

check_symbols() {
	nm -D --defined-only libphysvm-netlink.so | sed -n 's/.* T \([^@]*\).*/\1/p' |
		sort >build/exported
	map_symbols libphysvm-netlink.map | diff - build/exported >&2 ||
		complain 'libphysvm-netlink.so exports something else'
	nm -g --defined-only libphysvm-netlink.a | sed -n 's/^[0-9a-f]* [A-Z] //p' |
		diff - build/exported >&2 || complain 'libphysvm-netlink.a exports something else'
	sed -n 's/^\(int\|void\|const char \*\|uint64_t \).*\(physvm_nl_[a-z_]*\)(.*/\2/p' \
		include/physvm_netlink.h | sort | diff - build/exported >&2 ||
		complain 'physvm_netlink.h declares something else'
}

check_header
check_symbols
check_pages libphysvm-netlink.map
exit $failed
