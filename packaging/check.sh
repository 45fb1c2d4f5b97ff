#!/bin/sh
# SPDX-License-Identifier: MIT
# Every test there is, on Debian 12 or 13: installs what they need, builds with gcc and with clang,
# both without a warning, and with the sanitizers (which make compilers see faults that are none),
# and runs
#
#	gcc         unit, fuzz corpora, functional, a real pool and node from npm, the package
#	            under a booted systemd (needs root)
#	clang       unit, rules of the source, clang-tidy
#	sanitizers  unit, fuzz corpora and functional under AddressSanitizer and UBSan
#	threads     unit and the shortest functional test under ThreadSanitizer
#
#	sh packaging/check.sh [STEP ..]      all steps, or those named
#
# What was skipped is told with its reason. The last line is "N passed, M failed".
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build-check
# shellcheck source=packaging/packages.sh
. "$root/packaging/packages.sh"

logs=
broken=

say() {
	printf '\n== %s  (%s s)\n' "$1" "$(($(date +%s) - begun))"
}

# build STEP COMPILER OPTION ..: false, and counted, when it fails.
build() {
	step=$1
	compiler=$2
	shift 2
	say "$step: build"
	rm -rf "${folder:?}/$step/meson-logs"
	if [ ! -f "$folder/$step/build.ninja" ]; then
		rm -rf "${folder:?}/$step"
		set -- "$folder/$step" "$root" "$@"
	else
		set -- --reconfigure "$folder/$step" "$root" "$@"
	fi
	if CC=$compiler meson setup "$@" >"$folder/$step.log" 2>&1 &&
		ninja -C "$folder/$step" >>"$folder/$step.log" 2>&1; then
		return 0
	fi
	tail -n 40 "$folder/$step.log"
	broken="$broken --broken build:$step"
	return 1
}

# tests STEP NAME OPTION ..: runs tests of a build; NAME is that of the log.
tests() {
	step=$1
	name=$2
	shift 2
	say "$step: tests ($name)"
	log=$folder/$step/meson-logs/$name.json
	ended=0
	MESON_TESTTHREADS=${MESON_TESTTHREADS:-$(nproc)} $personality \
		meson test -C "$folder/$step" --no-rebuild --logbase "$name" "$@" || ended=$?
	[ ! -s "$log" ] || logs="$logs $log"
	# It tells of failed tests by its status, too; of what else went wrong, by that alone.
	if [ ! -s "$log" ] ||
		{ [ "$ended" -ne 0 ] && python3 "$root/packaging/count.py" "$log" >/dev/null; }; then
		broken="$broken --broken tests:$step:$name"
	fi
}

step_gcc() {
	build gcc gcc --werror || return 0
	say 'gcc: a pool and a node from npm'
	sh "$root/tests/functional/realpool/setup.sh" || broken="$broken --broken realpool:npm"
	tests gcc all --no-suite tidy -t 2
}

step_clang() {
	build clang clang --werror || return 0
	tests clang unit --suite unit -t 2
	tests clang tidy --suite tidy
}

step_sanitizers() {
	build sanitizers gcc -Dbuildtype=debugoptimized -Db_sanitize=address,undefined || return 0
	tests sanitizers all --suite unit --suite fuzz --suite functional -t 3
}

step_threads() {
	build threads gcc -Dbuildtype=debugoptimized -Db_sanitize=thread || return 0
	# ThreadSanitizer knows no more than 28 random bits of an address.
	personality="setarch $(uname -m) -R"
	tests threads unit --suite unit -t 5
	tests threads mining -t 5 'functional mining'
	personality=
}

begun=$(date +%s)
personality=
mkdir -p "$folder"
say 'What the tests need'
# Node.js may be there from elsewhere than Debian, whose npm would not go with it.
command -v node >/dev/null 2>&1 || packages_check="$packages_check nodejs"
command -v npm >/dev/null 2>&1 || packages_check="$packages_check npm"
# shellcheck disable=SC2086
packages_install $packages_build $packages_check
[ $# -gt 0 ] || set -- gcc clang sanitizers threads
for wanted in "$@"; do
	case $wanted in
	gcc | clang | sanitizers | threads) "step_$wanted" ;;
	*) echo "check.sh: no step $wanted" >&2 && exit 2 ;;
	esac
done

say 'Result'
# shellcheck disable=SC2086
exec python3 "$root/packaging/count.py" $logs $broken
