#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures which lines of the daemon the tests run: builds with the counters of clang, runs the unit,
# functional and simulation tests, and prints
#
#	a table: for each folder the number of its lines, of those that ran, and their share in %
#	FILE:LINE: TEXT for each line of these folders that did not run
#
#	sh packaging/coverage.sh FOLDER [SUITE ..]      SUITE: unit, functional, sim; default: all
#
# FOLDER holds the build, the counters and all output; each run removes the counters of the last. A
# process writes its counters at exit(3): the counters of a process that a signal or _exit(2) ends
# are missing. The exit status is 1 if a test failed or a folder has less than 92 %.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/environment.sh
. "$root/packaging/environment.sh"
environment_clean "$0" "$@"
# shellcheck source=packaging/progress.sh
. "$root/packaging/progress.sh"
# shellcheck source=packaging/packages.sh
. "$root/packaging/packages.sh"

minimum=92 # %
measured='daemon/pool daemon/upstream daemon/control daemon/bitcoin daemon/state config'

# run LOG COMMAND ..: ends the script with the end of the log if the command fails.
run() {
	progress "$@" || {
		tail -n 40 "$1" >&2
		echo "coverage.sh: the build failed; the log is $1" >&2
		exit 1
	}
}

[ $# -gt 0 ] || {
	echo 'usage: coverage.sh FOLDER [SUITE ..]' >&2
	exit 2
}
folder=$1
shift
[ $# -gt 0 ] || set -- unit functional sim
for suite in "$@"; do
	case $suite in
	unit | functional | sim) ;;
	*) echo "coverage.sh: no suite $suite: the suites are unit, functional, sim" >&2 && exit 2 ;;
	esac
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
build=$folder/build

# shellcheck disable=SC2086
packages_install $packages_build $packages_coverage

say "build (log: $folder/build.log)"
if [ ! -f "$build/build.ninja" ]; then
	run "$folder/setup.log" env CC=clang meson setup "$build" "$root" -Dbuildtype=debugoptimized \
		'-Dc_args=-fprofile-instr-generate -fcoverage-mapping' \
		-Dc_link_args=-fprofile-instr-generate
fi
run "$folder/build.log" ninja -C "$build"

rm -rf "${folder:?}/counters"
mkdir "$folder/counters"
failed=0
for suite in "$@"; do
	say "tests: $suite (log: $folder/$suite.log)"
	# %m: one file for each program; its processes add their counters one after the other.
	progress "$folder/$suite.log" env "LLVM_PROFILE_FILE=$folder/counters/%m.profraw" \
		"MESON_TESTTHREADS=${MESON_TESTTHREADS:-$(($(nproc) * 2))}" \
		meson test -C "$build" --no-rebuild --suite "$suite" --logbase "$suite" || failed=1
	grep -E '^ *[0-9]+/[0-9]+ .* (FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) ' "$folder/$suite.log" || :
	sed -n -E 's/^(Ok|Fail|Skipped|Timeout): +/\1: /p' "$folder/$suite.log" | tr '\n' ' '
	echo
done

say 'Result'
# A process that a test kills while it writes may leave a damaged file: the others count.
llvm-profdata merge -sparse --failure-mode=all "$folder"/counters/*.profraw \
	-o "$folder/counters/all.profdata"
set -- "$build/daemon/minerd"
for program in "$build/tests/sim/sim" "$build"/tests/unit/test_*; do
	[ ! -f "$program" ] || set -- "$@" -object "$program"
done
# llvm-cov warns of functions such as main() that differ between programs.
llvm-cov export -format=lcov -instr-profile "$folder/counters/all.profdata" "$@" \
	>"$folder/lines.lcov" 2>"$folder/export.log"
# shellcheck disable=SC2086
python3 "$root/packaging/coverage.py" "$folder/lines.lcov" "$root" $minimum $measured || failed=1
exit $failed
