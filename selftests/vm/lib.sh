# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the other files of the VM runner share.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/physvm

say() {
	printf 'vm: %s\n' "$*" >&2
}

# The harness itself failed; nothing is known about the module.
die() {
	say "$*"
	exit 125
}

# Not a failure: a kernel that Debian may or may not have is not to be had.
no_such_kernel() {
	say "$*"
	exit 119
}

need_packages() {
	"$top/tools/need-packages.sh" "$@" || die "cannot go on without: $*"
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root"
}

# quietly LOG COMMAND…: its output matters only when it fails
quietly() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 30 "$log" >&2
	die "failed: $*  (all of it: $log)"
}

# once DIRECTORY COMMAND…: fills DIRECTORY by calling COMMAND with a fresh
# directory's name, unless that was done before; two callers do not collide
once() {
	local dir=$1 new=$1.new
	shift
	[ ! -e "$dir" ] || return 0
	mkdir -p "$(dirname "$dir")"
	(
		flock 9
		[ ! -e "$dir" ] || exit 0
		rm -rf "$new"
		mkdir "$new"
		"$@" "$new"
		mv "$new" "$dir"
	) 9>"$dir.lock"
}
