#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the RPM package of this tree:
#
#	sh packaging/rpm.sh [OUTPUT [OPTION OF RPMBUILD ..]]      packages go to OUTPUT (build-rpm)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/environment.sh
. "$root/packaging/environment.sh"
environment_clean "$0" "$@"

command -v rpmbuild >/dev/null 2>&1 || {
	echo "rpm.sh: rpmbuild is missing. Run as root: dnf install rpm-build (Debian: apt-get install rpm)" >&2
	exit 1
}
output=${1:-$root/build-rpm}
[ $# -eq 0 ] || shift
mkdir -p "$output/SOURCES"
output=$(cd "$output" && pwd)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")

tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=node_modules \
	--exclude=__pycache__ --transform "s,^\.,minerd-$version," \
	-czf "$output/SOURCES/minerd-$version.tar.gz" .
rpmbuild -bb --define "_topdir $output" --define "project_version $version" "$@" \
	"$root/packaging/minerd.spec"
find "$output/RPMS" -name '*.rpm'
