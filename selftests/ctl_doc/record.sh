#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: record.sh FILE
#
# Runs the commands of a Markdown file's blocks, which are lines "$ physvmctl ..."
# at their beginning, in a guest where memory of several users is there, and puts what
# they print in the place of what the blocks have.  Addresses and numbers of processes
# are the same each time; times are made so.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}

# The guest's script: the first part makes the scene, and runs itself in it.
script() {
	cat <<'END'
#!/bin/sh
export LC_ALL=C.UTF-8 PATH=/test:$PATH
cd /test
if [ "${1-}" != inside ]; then
	echo 999 >/proc/sys/kernel/ns_last_pid
	# The guest's output is a terminal: no colours, and top ends by itself.
	scene sh ./commands.sh inside | cat
	exit
fi
exec 2>&1
echo @@begin
END
	commands "$1"
}

# What is watched has to happen.
commands() {
	sed -n 's/^\$ \(physvmctl.*\)$/\1/p' "$1" | while IFS= read -r command; do
		[[ $command != *" watch"* ]] || echo '(sleep 3; scene) &'
		printf 'echo "@@ %s"\n%s\n' "$command" "$command"
	done
}

run() {
	"$top/selftests/vm/run.sh" --cmdline norandmaps --params pool_size=64M \
		--file /usr/lib/locale/C.utf8:/usr/lib/locale/C.utf8 \
		--file "$top/tools/physvmctl/physvmctl" --file "$here/build/scene" \
		-- "$1" | tr -d '\r'
}

# merge RECORDED FILE
merge() {
	awk '
	FNR == NR && /^@@ / { command = substr($0, 4); next }
	FNR == NR { said[command] = said[command] $0 "\n"; next }
	/^\$ physvmctl/ { print; printf "%s", said[substr($0, 3)]; inside = 1; next }
	/^```/ { inside = 0 }
	!inside { print }' "$@"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
script "$1" >"$work/commands.sh"
chmod +x "$work/commands.sh"
run "$work/commands.sh" >"$work/said"
grep -q '^@@begin' "$work/said" || {
	cat "$work/said" >&2
	exit 1
}
sed -E 's/^\[ *[0-9]+\.[0-9]+\]/[    12.345678]/' "$work/said" >"$work/recorded"
merge "$work/recorded" "$1" >"$work/file"
cp "$work/file" "$1"
