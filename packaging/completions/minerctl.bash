# SPDX-License-Identifier: MIT
# bash completion for minerctl(1)

_minerctl() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split=false
	local verbs='status pools workers latency top pause resume switch limit reload metrics version'
	local i verb='' options=()

	_init_completion -s -n : || return
	case $prev in
	-s | --socket)
		_filedir
		return
		;;
	-H | --host)
		_known_hosts_real -- "$cur"
		return
		;;
	esac
	$split && return
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--socket --host --json --help --version' -- "$cur")
		return
	fi
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-s | --socket)
			options+=(-s "${words[++i]}")
			;;
		-H | --host)
			# No connection to another machine for the sake of a name.
			return
			;;
		-*) ;;
		*)
			verb=${words[i]}
			break
			;;
		esac
	done
	if [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
	elif [[ $verb == switch ]]; then
		mapfile -t COMPREPLY < <(minerctl "${options[@]}" --json pools 2>/dev/null |
			sed -n 's/^ *"name": *"\(.*\)",*$/\1/p' | while IFS= read -r name; do
				[[ $name == "$cur"* ]] && printf '%q\n' "$name"
			done)
		__ltrim_colon_completions "$cur"
	fi
} && complete -F _minerctl minerctl
