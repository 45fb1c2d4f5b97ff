#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the nodes of the tests "nodes ..": bcoin, with all that the test "realpool" needs, and
# Bitcoin Knots of Debian sid. Each is fetched once; a second call does nothing.
#
# Knots is not installed: it and the libraries that it needs are unpacked into a folder and run by
# sid's own loader. That is 27 MB and takes 10 s, needs no root, and works on each release of
# Debian; a debootstrap of sid is 150 MB and takes 2 minutes. apt checks the signatures, with the
# machine's own mirrors and settings, but with lists and caches in a temporary folder.
#
# The folder outlives the build folders: $XDG_CACHE_HOME/minerd/knots. Remove it to fetch a newer
# release. Where sid cannot be had, the file knots.missing beside it holds the reason, with which
# the tests are skipped, and this script succeeds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/minerd
knots=$cache/knots
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

sh "$here/../realpool/setup.sh"
[ ! -x "$knots/bitcoind" ] || exit 0

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

missing() {
	echo "Bitcoin Knots: $1"
	echo "$1" >"$cache/knots.missing"
	exit 0
}

# As if on a machine of sid on which nothing is installed.
apt() {
	LC_ALL=C apt-get -q -y -o "Dir::State=$work" -o "Dir::State::status=$work/status" \
		-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" \
		-o "Dir::Cache::archives=$work/archives" -o "Dir::Etc::sourcelist=$work/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Dir::Etc::trusted=/dev/null \
		-o Dir::Etc::trustedparts=/dev/null -o APT::Install-Recommends=false \
		-o APT::Sandbox::User= -o APT::Update::Error-Mode=any -o Acquire::Languages=none \
		-o Acquire::Retries=2 "$@" >>"$work/log" 2>&1
}

# The first of the machine's mirrors that has sid.
lists() {
	# shellcheck disable=SC2016 # apt's own names
	for mirror in $(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u); do
		echo "deb [signed-by=$keyring] $mirror sid main" >"$work/sources.list"
		! apt update || return 0
	done
	return 1
}

for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null 2>&1 || missing "this system has no $tool"
done
[ -r $keyring ] || missing "there is no $keyring (package debian-archive-keyring)"
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root/usr/lib"
: >"$work/status"
: >"$work/log"
lists || {
	cat "$work/log"
	missing "no mirror of this machine has Debian sid"
}
apt --download-only install bitcoin-knots || {
	cat "$work/log"
	missing "bitcoin-knots cannot be fetched from Debian sid"
}
ln -s usr/lib "$work/root/lib"
for package in "$work"/archives/*.deb; do
	case ${package##*/} in
	# What its service needs to be installed.
	systemd_* | debconf_*) continue ;;
	esac
	dpkg-deb -x "$package" "$work/root"
done
rm -rf "$work/root/usr/share" "$work/root/usr/lib/systemd"
libraries=$(dirname "$(find "$work/root/usr/lib" -name 'libc.so.6' | head -n 1)")
loader=$(find "$libraries" -name 'ld-linux*.so.*' | head -n 1)
cat >"$work/root/bitcoind" <<EOF
#!/bin/sh
libraries=\${0%/*}/usr/lib/${libraries##*/}
exec "\$libraries/${loader##*/}" --library-path "\$libraries" "\${0%/*}/usr/bin/bitcoind" "\$@"
EOF
chmod +x "$work/root/bitcoind"
version=$("$work/root/bitcoind" --version 2>&1 | head -n 1) || :
case $version in
*Knots*) ;;
*) missing "Debian sid's bitcoin-knots does not start here: $version" ;;
esac
rm -rf "$knots"
mv "$work/root" "$knots"
rm -f "$cache/knots.missing"
echo "$version"
