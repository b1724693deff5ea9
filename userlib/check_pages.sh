# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# What the checks of both libraries share: complaints, the symbols of a map, man
# pages.

failed=0

complain() {
	echo "check: $*" >&2
	failed=1
}

# map_symbols MAP
map_symbols() {
	sed -n 's/^\t\t\([A-Za-z_0-9]*\);$/\1/p' "$1" | sort
}

# check_pages MAP: those of man/
check_pages() {
	for symbol in $(map_symbols "$1"); do
		[ -e "man/$symbol.3" ] || complain "$symbol has no man page"
	done
	for page in man/*.[0-9]; do
		check_page "$page"
	done
}

check_page() {
	if grep -q '^\.so ' "$1"; then
		[ -e "man/$(sed -n 's|^\.so man./||p' "$1")" ] || complain "$1 leads nowhere"
		return
	fi
	! LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null | grep . ||
		complain "$1: man has warnings"
	command -v mandoc >/dev/null || return
	! mandoc -T lint -W warning "$1" | grep . || complain "$1: mandoc has warnings"
}
