# SPDX-License-Identifier: MIT
# bash completion for minerd(8)

_minerd() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split=false
	local options='--config --verbose --check-config --benchmark --seconds --threads --kernel
		--no-version-rolling --json --list-kernels --version --help'

	_init_completion -s || return
	case $prev in
	-c | --config)
		_filedir
		return
		;;
	--kernel)
		mapfile -t COMPREPLY < <(compgen -W 'auto avx512 avx512-pair avx512-trio sha-ni avx2 avx2-pair generic' -- "$cur")
		return
		;;
	--threads)
		mapfile -t COMPREPLY < <(compgen -W "$(seq 1 "$(nproc)")" -- "$cur")
		return
		;;
	--seconds)
		return
		;;
	esac
	$split && return
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
} && complete -F _minerd minerd
