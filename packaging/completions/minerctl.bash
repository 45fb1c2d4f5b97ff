# SPDX-License-Identifier: MIT
# bash completion for minerctl(1)

# Values of a member of what `minerctl --json $2` prints, a line each; not from another machine.
_minerctl_ask() {
	LC_ALL=C.UTF-8 timeout 2 minerctl "${options[@]}" --json "$2" 2>/dev/null |
		sed -n 's/^ *"'"$1"'": *\(.*[^,]\),\{0,1\}$/\1/p' |
		sed 's/^"\(.*\)"$/\1/; s/\\\(["\\/]\)/\1/g'
}

# The candidates that begin as $cur does, quoted for the shell.
_minerctl_offer() {
	local candidate quoted

	for candidate; do
		printf -v quoted %q "$candidate"
		if [[ $candidate == "$cur"* || $quoted == "$cur"* ]]; then
			COMPREPLY+=("$quoted")
		fi
	done
}

# KEY=VALUE, several of them with commas between.
_minerctl_limit() {
	local item=${cur##*,} key value
	local before=${cur%"$item"}
	local candidates=() names=()

	case $item in
	cpu=*)
		candidates=(cpu={100,90,80,70,60,50,40,30,20,10})
		;;
	hashrate=*)
		value=${item#*=}
		candidates=(hashrate=0)
		if [[ $value =~ ^[0-9.]*[0-9]$ ]]; then
			candidates=(hashrate="$value"{k,M,G,T})
		fi
		;;
	group=*)
		mapfile -t names < <(_minerctl_ask pool workers | sort -nu)
		for value in "${names[@]}"; do
			candidates+=("group=$value")
		done
		;;
	*)
		compopt -o nospace
		for key in cpu= hashrate= group=; do
			[[ ,$before == *,$key* ]] || candidates+=("$key")
		done
		;;
	esac
	for value in "${candidates[@]}"; do
		[[ $before$value == "$cur"* ]] && COMPREPLY+=("$before$value")
	done
}

# readline keeps what lies before the last of its word breaks.
_minerctl_trim() {
	local breaks=${COMP_WORDBREAKS//[^:=]/}
	local kept i

	[[ -n $breaks && $cur == *["$breaks"]* ]] || return
	kept=${cur%"${cur##*["$breaks"]}"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$kept"}
	done
}

_minerctl() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split=false
	local verbs='status pools workers latency top pause resume switch limit reload metrics version'
	local i verb='' far='' options=() names=()

	_init_completion -s -n := || return
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
		--socket=*)
			options+=("${words[i]}")
			;;
		-H | --host)
			far=yes
			((i++))
			;;
		--host=*)
			far=yes
			;;
		-*) ;;
		*)
			[[ -z $verb ]] || return
			verb=${words[i]}
			;;
		esac
	done
	# No connection to another machine for the sake of a name.
	[[ -z $far ]] || options=(-s /dev/null)
	case $verb in
	'')
		mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
		;;
	switch)
		mapfile -t names < <(_minerctl_ask name pools)
		_minerctl_offer "${names[@]}"
		;;
	limit)
		_minerctl_limit
		;;
	esac
	_minerctl_trim
} && complete -F _minerctl minerctl
