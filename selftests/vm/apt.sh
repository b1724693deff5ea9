# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packages of any Debian release, from the mirror this machine uses already,
# with package lists of their own: the machine's stay untouched, and nobody
# needs root.

host_codename() {
	# shellcheck source=/dev/null
	. /etc/os-release
	printf '%s\n' "${VERSION_CODENAME:-}"
}

# mirror_of RELEASE: the address this machine's apt has for it
mirror_of() {
	apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" 'Created-By: Packages' |
		sed -n "s/^$1 //p" | head -n 1
}

debian_mirror() {
	local mirror
	for release in "$(host_codename)" stable oldstable; do
		mirror=$(mirror_of "$release")
		[ -z "$mirror" ] || break
	done
	[ -n "$mirror" ] || die "found no Debian mirror in this machine's apt configuration"
	printf '%s\n' "$mirror"
}

# apt_sources RELEASE: a deb822 file on stdout
apt_sources() {
	local release=$1 security
	print_source "$(debian_mirror)" "$(suites_of "$release")"
	security=$(mirror_of "$(host_codename)-security")
	[ -z "$security" ] || is_rolling "$release" || print_source "$security" "$release-security"
}

is_rolling() {
	[ "$1" = sid ] || [ "$1" = experimental ]
}

# suites_of RELEASE
suites_of() {
	case $1 in
	sid) echo sid ;;
	experimental) echo sid experimental ;;
	*) echo "$1 $1-updates $1-backports" ;;
	esac
}

# base_of RELEASE: experimental is no whole system
base_of() {
	[ "$1" = experimental ] && echo sid || echo "$1"
}

print_source() {
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
		"$1" "$2" /usr/share/keyrings/debian-archive-keyring.gpg
}

# apt_of RELEASE TOOL ARGS…: apt-get or apt-cache over that release's lists
apt_of() {
	local dir=$cache/apt/$1 tool=$2
	shift 2
	LC_ALL=C "$tool" -q -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$dir/sources" -o Dir::State::lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" -o Dir::State::status=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Acquire::Languages=none \
		-o APT::Sandbox::User= "$@"
}

# valid_until: what this machine's apt thinks of old package lists, for others
valid_until() {
	apt-config dump --format '%F "%v";%n' Acquire::Check-Valid-Until
}

# apt_lists RELEASE: there, and not older than half a day if that can be had
apt_lists() {
	local dir=$cache/apt/$1
	mkdir -p "$dir/sources" "$dir/lists/partial" "$dir/cache/archives/partial"
	(
		flock 9
		[ -z "$(find "$dir/fresh" -mmin -720 2>/dev/null)" ] || exit 0
		apt_sources "$1" >"$dir/sources/debian.sources"
		if apt_of "$1" apt-get update >"$dir/update.log" 2>&1; then
			touch "$dir/fresh"
		elif [ -e "$dir/fresh" ]; then
			say "cannot reach the mirror; using the package lists of $(date -r "$dir/fresh")"
		else
			cat "$dir/update.log" >&2
			exit 1
		fi
	) 9>"$dir/lock" || die "no package lists for $1"
}

# apt_known RELEASE NAME COMMAND…: what COMMAND prints of the lists.  That takes a
# second each time, and every guest would ask again, so it is kept as long as they are.
apt_known() {
	local dir=$cache/apt/$1 file=$cache/apt/$1/known/${2//\//_}
	shift 2
	mkdir -p "$dir/known"
	if [ ! -s "$file" ] || [ ! "$file" -nt "$dir/fresh" ]; then
		"$@" >"$file.$BASHPID"
		mv "$file.$BASHPID" "$file"
	fi
	cat "$file"
}

# apt_version RELEASE PACKAGE
apt_version() {
	apt_known "$1" "version-$2" look_up_version "$@"
}

look_up_version() {
	apt_of "$1" apt-cache show --no-all-versions "$2" 2>/dev/null | sed -n 's/^Version: //p'
}

# apt_unpack RELEASE DIRECTORY PACKAGE…: their files, not installed
apt_unpack() {
	local release=$1 dir=$2 debs deb
	shift 2
	debs=$(mktemp -d)
	(cd "$debs" && quietly "$cache/apt/$release/download.log" \
		apt_of "$release" apt-get download "$@")
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$debs"
}
