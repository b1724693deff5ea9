#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: check_description.sh [HEADER [DESCRIPTION]]
#
# Fails unless the description for syzkaller has every ioctl, every struct with
# every member in its place and of its width, and every flag and value of the
# header, and nothing that the header has not; and that of the netlink family the
# commands that the module has, and the attributes that it takes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
header=${1:-$here/../../uapi/physvm.h}
description=${2:-$here/dev_physvm.txt}

# Each prints lines "ioctl NAME", "value NAME" and "member STRUCT NUMBER NAME
# BITS"; members are numbered, so that their order counts.

header_facts() {
	awk '
		/^#define PHYSVM_[A-Z0-9_]+[ \t]+_IO/ { print "ioctl", $2; next }
		/^#define PHYSVM_(DEVICE|TYPE|[A-Z_]+_VALID)/ { next }
		/^#define PHYSVM_[A-Z0-9_]+[ \t]+\(/ { print "value", $2 }
		/^enum physvm_/ { in_enum = 1 }
		in_enum && /^\tPHYSVM_/ { print "value", $1 }
		/^struct physvm_/ { name = $2; number = 0 }
		name && /^\t__/ {
			bits = /u8/ ? 8 : /64/ ? 64 : 32
			sub(/;|\[.*/, "", $2)
			print "member", name, ++number, $2, bits
		}
		/^}/ { in_enum = 0; name = "" }' "$header"
}

description_facts() {
	awk '
		/^resource / { split($2, part, /\[|\]|:/); width[part[1]] = part[2] == "int64" ? 64 : 32 }
		/^ioctl\$/ {
			split($1, part, /\$|\(/)
			if (index($0, "const[" part[2] "]"))
				print "ioctl", part[2]
		}
		/^physvm_[a-z_]+ = / {
			for (i = 3; i <= NF; i++) {
				sub(",", "", $i)
				if ($i ~ /^PHYSVM_/)
					print "value", $i
			}
		}
		/^physvm_[a-z_]+ \{/ { name = $1; number = 0; next }
		name && /^\t/ {
			bits = /int64|ptr64/ ? 64 : /int32/ ? 32 : /int8|string/ ? 8 : width[$2]
			print "member", name, ++number, $1, bits
		}
		/^}/ { name = "" }' "$description"
}

netlink_facts() {
	grep -oE '\bPHYSVM_NL_(CMD|A)_[A-Z_]+\b' "$1" | sort -u
}

policies=$here/../../module/netlink_gen.c
requests=$here/socket_netlink_generic_physvm.txt

if ! diff <(header_facts | sort -u) <(description_facts | sort -u); then
	echo "< is only in $header, > only in $description" >&2
	exit 1
fi
if ! diff <(netlink_facts "$policies") <(netlink_facts "$requests"); then
	echo "< is only in $policies, > only in $requests" >&2
	exit 1
fi
