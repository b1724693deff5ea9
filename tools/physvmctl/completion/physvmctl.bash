# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of physvmctl for bash.

_physvmctl_words() {
	# shellcheck disable=SC2207 # words are wanted
	COMPREPLY=($(compgen -W "$*" -- "${COMP_WORDS[COMP_CWORD]}"))
}

# Words that follow an option, or an argument that names somebody.
_physvmctl_value() {
	case $1 in
	--by) _physvmctl_words use cache user ;;
	--sort) _physvmctl_words owned committed areas mappings ;;
	--pool) _physvmctl_words ram hidden ;;
	--user | set | reset)
		# shellcheck disable=SC2207
		COMPREPLY=($(compgen -u -- "${COMP_WORDS[COMP_CWORD]}"))
		;;
	--at | --node | --size | --percent | --areas | --delay | --count | --timeout) ;;
	*) return 1 ;;
	esac
}

_physvmctl_options() {
	case $1 in
	pool) echo --by ;;
	map) echo --svg --by ;;
	areas) echo --mappings --user ;;
	top) echo --sort --delay --count ;;
	watch) echo --count --timeout ;;
	limits) echo --size --percent --areas ;;
	rm-name) echo --id ;;
	grow | shrink) echo --pool --at --node --partial ;;
	watermarks) echo --pool ;;
	esac
}

# Names may have spaces, and are seen by who may see them.
_physvmctl_names() {
	local IFS=$'\n'
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -W "$(physvmctl names 2>/dev/null |
		sed '1d; s/^ *\([^ ]* *\)\{8\}//')" -- "${COMP_WORDS[COMP_CWORD]}"))
}

_physvmctl() {
	local verb=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_physvmctl_words status pool areas names regions top watch limits rm-name grow \
			shrink watermarks doctor map metrics --help --version
		return
	fi
	_physvmctl_value "${COMP_WORDS[COMP_CWORD - 1]}" && return
	case $word in
	-*)
		_physvmctl_words "$(_physvmctl_options "$verb")" --json --bytes --help
		return
		;;
	esac
	case $verb in
	limits) _physvmctl_words set reset ;;
	rm-name) _physvmctl_names ;;
	esac
}

complete -F _physvmctl physvmctl
