#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian package of this tree, for this machine's release, and runs the unit tests:
#
#	sh packaging/deb.sh [OUTPUT]      the packages go to OUTPUT (build-deb)
#
# DEB_BUILD_OPTIONS=nocheck, as in the Debian Policy Manual, builds no tests and runs none.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/environment.sh
. "$root/packaging/environment.sh"
environment_clean "$0" "$@"
# shellcheck source=packaging/progress.sh
. "$root/packaging/progress.sh"

output=${1:-$root/build-deb}
mkdir -p "$output"
output=$(cd "$output" && pwd)
tree=$output/minerd
log=$output/build.log

# The packages that a complaint of dpkg-checkbuilddeps names; of alternatives the last one, which
# older releases have, too.
unmet() {
	sed -n -e 's/([^)]*)//g' -e 's/:[a-z]*\>//g' -e 's/[^ ]*  *|  *//g' -e 's/-compat\>//g' \
		-e 's/.*Unmet build dependencies: *//p'
}

missing() {
	echo "deb.sh: packages are missing. Run as root: apt-get install --no-install-recommends $1" >&2
	exit 1
}

if ! command -v dpkg-buildpackage >/dev/null 2>&1; then
	command -v dpkg >/dev/null 2>&1 || {
		echo "deb.sh: this system has no dpkg; for RPM packages see packaging/rpm.sh" >&2
		exit 1
	}
	# shellcheck source=packaging/packages.sh
	. "$root/packaging/packages.sh"
	# shellcheck disable=SC2086
	missing "$(packages_missing $packages_build $packages_deb)"
fi

complaint=$(dpkg-checkbuilddeps "$root/packaging/debian/control" 2>&1) || {
	wanted=$(echo "$complaint" | unmet)
	[ -n "$wanted" ] || wanted="build-essential  ($complaint)"
	missing "$wanted"
}

say "Copying the source to $tree"
# dpkg wants debian/ on top, and writes beside the source: both in a copy.
rm -rf "$tree"
mkdir "$tree"
tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=node_modules \
	--exclude=__pycache__ -cf - . | tar -C "$tree" -xf -
cp -R "$tree/packaging/debian" "$tree/debian"
cd "$tree"

say "Building the package (log: $log)"
progress "$log" dpkg-buildpackage -b -us -uc || {
	# Compilers and tests run side by side, so that the error is rarely at the end of the log.
	grep -n -E -e '(error|FAILED|not ok)' -e ' (FAIL|TIMEOUT|ERROR) ' "$log" | head -n 40 >&2 || :
	tail -n 40 "$log" >&2
	echo "deb.sh: the package could not be built; the log is $log" >&2
	exit 1
}
rm -rf "$tree"
say 'Built'
ls "$output"/*.deb
