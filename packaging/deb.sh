#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian package of this tree, for this machine's release:
#
#	sh packaging/deb.sh [OUTPUT]      the packages go to OUTPUT (build-deb)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
output=${1:-$root/build-deb}
mkdir -p "$output"
output=$(cd "$output" && pwd)
tree=$output/minerd

# dpkg wants debian/ on top, and writes beside the source: both in a copy.
rm -rf "$tree"
mkdir "$tree"
tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=node_modules \
	--exclude=__pycache__ -cf - . | tar -C "$tree" -xf -
cp -R "$tree/packaging/debian" "$tree/debian"
cd "$tree"
missing=$(dpkg-checkbuilddeps 2>&1) || {
	echo "deb.sh: $missing" >&2
	exit 1
}
dpkg-buildpackage -b -us -uc
rm -rf "$tree"
ls "$output"/*.deb
