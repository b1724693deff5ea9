#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# What the compiler does not notice: headers that cannot stand alone, symbols
# that escape, functions without a man page, man pages with mistakes, damaged
# images that do harm.

set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=check_pages.sh
. ./check_pages.sh

check_headers() {
	for header in include/*.h include/*/*.h include/*/*/*.h; do
		for compiler in "${CC:-cc} -std=gnu11 -xc" "${CXX:-c++} -std=c++17 -fno-exceptions -fno-rtti -xc++"; do
			echo 'typedef int nothing;' |
				$compiler -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude \
					-Ibuild/include -include "${header#include/}" - ||
				complain "$header: $compiler"
		done
	done
}

# What is declared elsewhere has to be what we declare.
check_prototypes() {
	prototypes=../selftests/mobius_prototypes.h
	[ -e "$prototypes" ] || return
	for compiler in "${CC:-cc} -std=gnu11 -xc" "${CXX:-c++} -std=c++17 -xc++"; do
		echo 'typedef int nothing;' |
			$compiler -Wall -Wextra -Werror -fsyntax-only -Iinclude -Ibuild/include \
				-include mobius/vmm.h -include "$prototypes" - ||
			complain "$prototypes: $compiler"
	done
}

# Both libraries: the static one has no map to hide a symbol.
check_symbols() {
	nm -D --defined-only libphysvm.so | sed -n 's/.* T \([^@]*\).*/\1/p' | sort >build/exported
	map_symbols libphysvm.map | diff - build/exported >&2 || complain 'libphysvm.so exports something else'
	nm -g --defined-only libphysvm.a | sed -n 's/^[0-9a-f]* [A-Z] //p' | grep -v '^physvm_\|^Kn\|^KosMem\|^Vmm\|^HndClose$\|^virtual_alloc_' &&
		complain 'libphysvm.a has a name that is not ours to take'
}

# Images nobody vouches for, read under the compiler's sanitizers.
check_images() {
	${CC:-cc} -std=gnu11 -Wall -Wextra -O1 -g -D_FILE_OFFSET_BITS=64 -Iinclude -Ibuild/include \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-o build/check_images check_images.c src/*.c || complain 'check_images.c'
	build/check_images 200000 >build/check_images.out || complain 'images are not read safely'
}

check_headers
check_prototypes
check_symbols
check_pages libphysvm.map
check_images
exit $failed
