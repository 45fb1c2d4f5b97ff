#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs all tests on Debian 12 or 13: installs the packages that they need, builds with gcc and with
# clang, for which each warning is an error, and with the sanitizers, for which it is not (they make
# compilers warn of correct code), and runs
#
#	gcc         unit, fuzz corpora, functional, simulator, soak, a pool and full nodes that know
#	            nothing of minerd, the package under a booted systemd (needs root)
#	clang       unit, rules of the source, clang-tidy
#	analyze     gcc -fanalyzer and cppcheck over the programs
#	sanitizers  unit, fuzz corpora, simulator and functional under AddressSanitizer and UBSan
#	threads     unit and the functional tests of mining and of storms under ThreadSanitizer
#	fuzz        each fuzzer for a while, under AddressSanitizer and UBSan; new inputs and those
#	            that fail are in build-check/fuzz/tests/fuzz/
#
#	sh packaging/check.sh [STEP ..]      all steps, or those named
#
# The script prints its progress; all output of builds and tests is in build-check/. At the end it
# lists the failed tests, and the skipped ones with the reason. The last line is "N passed, M
# failed".
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/environment.sh
. "$root/packaging/environment.sh"
environment_clean "$0" "$@"
# shellcheck source=packaging/progress.sh
. "$root/packaging/progress.sh"
# shellcheck source=packaging/packages.sh
. "$root/packaging/packages.sh"

folder=$root/build-check
personality=
targets=
logs=
broken=

# build STEP COMPILER OPTION ..: false if it fails, which then counts as a failed test.
build() {
	step=$1
	compiler=$2
	shift 2
	say "$step: build (log: $folder/$step.log)"
	rm -rf "${folder:?}/$step/meson-logs"
	if [ ! -f "$folder/$step/build.ninja" ]; then
		rm -rf "${folder:?}/$step"
		set -- "$folder/$step" "$root" "$@"
	else
		set -- --reconfigure "$folder/$step" "$root" "$@"
	fi
	# shellcheck disable=SC2086
	if progress "$folder/$step-setup.log" env "CC=$compiler" meson setup "$@" &&
		progress "$folder/$step.log" ninja -C "$folder/$step" $targets; then
		return 0
	fi
	tail -n 40 "$folder/$step-setup.log"
	[ ! -f "$folder/$step.log" ] || tail -n 40 "$folder/$step.log"
	broken="$broken --broken build:$step"
	return 1
}

# tests STEP NAME OPTION ..: runs tests of a build; NAME is the name of the log.
tests() {
	step=$1
	name=$2
	shift 2
	console=$folder/$step-$name.log
	say "$step: tests: $name (log: $console)"
	log=$folder/$step/meson-logs/$name.json
	ended=0
	# Tests wait most of the time: two run at once on each CPU.
	# shellcheck disable=SC2086
	progress "$console" env "MESON_TESTTHREADS=${MESON_TESTTHREADS:-$(($(nproc) * 2))}" $personality \
		meson test -C "$folder/$step" --no-rebuild --verbose --logbase "$name" "$@" || ended=$?
	grep -E '^ *[0-9]+/[0-9]+ .* (FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) ' "$console" || :
	sed -n -E 's/^(Ok|Fail|Skipped|Timeout): +/\1: /p' "$console" | tr '\n' ' '
	echo
	[ ! -s "$log" ] || logs="$logs $log"
	# A status that is not 0 without a failed test in the log means that meson itself failed.
	if [ ! -s "$log" ]; then
		tail -n 40 "$console"
		broken="$broken --broken tests:$step:$name"
	elif [ "$ended" -ne 0 ] && python3 "$root/packaging/count.py" "$log" >/dev/null; then
		broken="$broken --broken tests:$step:$name"
	fi
}

step_gcc() {
	# Fetched while the build runs.
	sh "$root/tests/functional/nodes/setup.sh" >"$folder/nodes.log" 2>&1 </dev/null &
	nodes=$!
	build gcc gcc --werror || return 0
	say "gcc: full nodes, and a pool from npm (log: $folder/nodes.log)"
	wait "$nodes" || {
		tail -n 40 "$folder/nodes.log"
		broken="$broken --broken nodes:setup"
	}
	tests gcc all --no-suite tidy --no-suite analyze
}

step_clang() {
	build clang clang --werror || return 0
	tests clang unit --suite unit
	tests clang tidy --suite tidy
}

step_analyze() {
	targets=generated
	if build analyze gcc -Dbuildtype=debugoptimized; then
		tests analyze all --suite analyze
	fi
	targets=
}

step_sanitizers() {
	build sanitizers gcc -Dbuildtype=debugoptimized -Db_sanitize=address,undefined || return 0
	tests sanitizers all --suite unit --suite fuzz --suite sim --suite functional
}

step_threads() {
	build threads gcc -Dbuildtype=debugoptimized -Db_sanitize=thread || return 0
	# ThreadSanitizer fails if addresses have more than 28 random bits.
	personality="setarch $(uname -m) -R"
	tests threads unit --suite unit
	tests threads functional 'functional mining' 'functional storm'
	personality=
}

step_fuzz() {
	targets=fuzzers
	if build fuzz clang -Dbuildtype=debugoptimized -Dfuzzers=true \
		-Db_sanitize=address,undefined -Db_lundef=false; then
		# They never wait: one for each CPU.
		tests fuzz all --suite fuzzing --num-processes "$(nproc)"
	fi
	targets=
}

steps='gcc clang analyze sanitizers threads fuzz'
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $steps
for wanted in "$@"; do
	case " $steps " in
	*" $wanted "*) ;;
	*) echo "check.sh: no step $wanted: the steps are $steps" >&2 && exit 2 ;;
	esac
done
mkdir -p "$folder"
say "Steps: $*. Installing the packages that they need"
# Node.js may be installed from another source; Debian's npm would conflict with it.
command -v node >/dev/null 2>&1 || packages_check="$packages_check nodejs"
command -v npm >/dev/null 2>&1 || packages_check="$packages_check npm"
# shellcheck disable=SC2086
packages_install $packages_build $packages_deb $packages_check
echo 'All packages are installed.'
for wanted in "$@"; do
	"step_$wanted"
done

say 'Result'
# shellcheck disable=SC2086
exec python3 "$root/packaging/count.py" $logs $broken
