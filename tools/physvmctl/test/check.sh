#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What physvmctl prints, of memory that is made up and where there is no module; its
# man page; its completion.  TAP.
set -u

cd "$(dirname "$0")" || exit 1
export LC_ALL=C.UTF-8
number=0 failed=0

# expect NAME COMMAND…
expect() {
	local name=$1 said result=ok
	shift
	number=$((number + 1))
	if ! said=$("$@" 2>&1); then
		result="not ok"
		failed=$((failed + 1))
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
	printf '%s %s %s\n' "$result" "$number" "$name"
}

# prints TEXT ARGUMENT…: print says exactly that
prints() {
	local text=$1
	shift
	diff <(printf '%s\n' "$text") <(build/print "$@")
}

# exits STATUS WORD ARGUMENT…: and says the word
exits() {
	local status=$1 word=$2 said got=0
	shift 2
	said=$(../physvmctl "$@" 2>&1) || got=$?
	printf '%s: %s\n' "$got" "$said"
	[ "$got" = "$status" ] && grep -qF -- "$word" <<<"$said"
}

picture_ascii='  0x0040000000  #+-rq,.
  0x004c600000  .
  each is 2M:  q quarantine  r reserved  # full  + half used  - little used  , free, dirty  . free, clean'
picture_unicode='  0x0040000000  █▅▂▒?░·
  0x004c600000  ·
  each is 2M:  ? quarantine  ▒ reserved  █ full  ▅ half used  ▂ little used  ░ free, dirty  · free, clean'
picture_cache='  0x0040000000  BCUBB..
  0x004c600000  .
  each is 2M:  . free  B write-back  C write-combining  U uncached'
table='  N  NAME  SIZE
  1  été    10M
200  -       1K'
sizes='0 0
1 1
1023 1023
1024 1K
1536 1.5K
1048575 1024.0K
1048576 1M
5368709120 5G
1099511627776 1T
18446744073709551615 16777216.0T'

no_escape_without_colour() {
	! build/print picture use unicode 80 | grep -q $'\033' &&
		build/print picture use colour 80 | grep -q $'\033\[32m#'
}

# A line has eight cells at least, and no more than the screen has room for.
widths() {
	local width
	for width in 40 60 80 200; do
		[ "$(build/print picture use ascii $width | sed '$d' | wc -L)" -le "$width" ] || return
	done
}

svg_is_well_formed() {
	local subject
	for subject in use cache user; do
		build/print svg $subject | xmllint --noout - || return
	done
	[ "$(build/print svg use | grep -c '^<g><title>0x')" = 8 ]
}

json_is_valid() {
	build/print json | jq -e '.text == "\"\\\n\u00e9" and .damaged == "?" and
		.unknown == null and has("number")'
}

metrics_are_valid() {
	build/print metrics | awk -f openmetrics.awk
}

# Each of these has one thing wrong.
metrics_checker_sees() {
	local edit
	for edit in '/# EOF/d' 's/^# HELP test_size.*//' 's/test_things_total/test_things/' \
		's/UNIT test_size_bytes bytes/UNIT test_size_bytes pages/' 's/ 2$/ x/' \
		'/TYPE test_things/d' 's/who="b"/who="b/' '/what=/p'; do
		! build/print metrics | sed "$edit" | awk -f openmetrics.awk >/dev/null ||
			{ echo "not seen: $edit"; return 1; }
	done
}

man_page() {
	! man --warnings -E UTF-8 -l -Tutf8 -Z ../physvmctl.8 2>&1 >/dev/null | grep .
}

verbs() {
	../physvmctl --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'
}

own_options() {
	sed -n 's/^\t\t{ "\([a-z]*\)", .*_argument, .*/\1/p' ../*.c | sort -u
}

# Verbs and options are in the man page and in the completion.
everything_is_told_of() {
	local word
	for word in $(verbs); do
		grep "^\.BR\? " ../physvmctl.8 | grep -qF -- "${word//-/\\-}" || { echo "man: $word"; return 1; }
		grep -qw -- "$word" ../completion/physvmctl.bash || { echo "completion: $word"; return 1; }
	done
	for word in $(own_options); do
		grep -qF -- "\\-\\-$word" ../physvmctl.8 || { echo "man: $word"; return 1; }
		grep -qF -- "--$word" ../completion/physvmctl.bash ../options.c ||
			[ "$word" = json ] || [ "$word" = bytes ] || { echo "completion: $word"; return 1; }
	done
}

completes() {
	# shellcheck disable=SC2016
	bash -c '. ../completion/physvmctl.bash
		COMP_WORDS=(physvmctl "${@:2}") COMP_CWORD=$(($# - 1))
		_physvmctl
		[ "${COMPREPLY[*]}" = "$1" ] || { echo "${COMPREPLY[*]}"; exit 1; }' - "$@"
}

helps() {
	local verb
	for verb in $(verbs); do
		../physvmctl "$verb" --help | grep -q "^usage: physvmctl $verb " || return
	done
}

full_disk() {
	! ../physvmctl --help >/dev/full
}

echo "TAP version 13"
expect "a picture in ASCII" prints "$picture_ascii" picture use ascii 80
expect "a picture in Unicode" prints "$picture_unicode" picture use unicode 80
expect "a picture of cache modes" prints "$picture_cache" picture cache ascii 80
expect "colours only where they are wanted" no_escape_without_colour
expect "pictures fit the screen" widths
expect "SVG is well-formed" svg_is_well_formed
expect "SVG has nothing that is XML to others" prints '&lt;a href=&quot;b&quot;&gt;&amp;' escaped
expect "JSON is valid" json_is_valid
expect "OpenMetrics is valid" metrics_are_valid
expect "the checker of OpenMetrics sees what is wrong" metrics_checker_sees
expect "columns are aligned" prints "$table" table
expect "sizes" prints "$sizes" sizes
for pair in 0:0 4096:4096 1K:1024 3m:3145728 0x10:16 2T:2199023255552 :no -1:no 1X:no 1KB:no \
	0x:no 99999999999T:no 18446744073709551616:no ' 1:no'; do
	expect "size '${pair%:*}'" prints "${pair#*:}" parse "${pair%:*}"
done
expect "no verb" exits 2 usage:
expect "an unknown verb" exits 2 'there is no frobnicate' frobnicate
expect "an unknown option" exits 2 "unrecognized option '--frob'" doctor --frob
expect "too many arguments" exits 2 'x: too much' doctor x
expect "version" exits 0 "physvmctl $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' ../../../dkms.conf)" --version
expect "every verb helps" helps
expect "no module" exits 3 'the module physvm is not loaded' status
expect "no module to watch" exits 3 'the module physvm is not loaded' watch
expect "the doctor sees that there is no module" exits 1 'FAIL  module: not loaded' doctor
expect "what cannot be written is an error" full_disk
expect "man page" man_page
expect "man page and completion have all verbs and options" everything_is_told_of
expect "completion of verbs" completes grow gr
expect "completion of options" completes '--pool --partial' grow --p
expect "completion of values" completes 'use cache user' pool --by ''
echo "1..$number"
[ "$failed" = 0 ]
