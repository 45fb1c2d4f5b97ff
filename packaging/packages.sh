# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The packages that other scripts here install, by their names in Debian 12 and 13, and a function
# that installs them. Read this file with ".", after progress.sh.

# shellcheck disable=SC2034
packages_build='gcc libc6-dev meson ninja-build pkg-config check liburing-dev libsystemd-dev
	libjson-c-dev libconfig-dev libcurl4-openssl-dev libpsl-dev libssl-dev scdoc'

# The Debian package needs these, too.
# shellcheck disable=SC2034
packages_deb='build-essential dpkg-dev debhelper python3 systemd'

# shellcheck disable=SC2034
packages_check='python3 binutils clang clang-tidy clang-format libclang-rt-dev shellcheck cppcheck
	debootstrap lintian systemd-container util-linux openssl ca-certificates iproute2 strace'

# shellcheck disable=SC2034
packages_coverage='python3 clang libclang-rt-dev llvm openssl'

# A test compiles the source for another architecture.
if [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ]; then
	packages_check="$packages_check libc6-dev-arm64-cross"
fi

packages_missing() {
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# packages_install PACKAGE ..: as root or with sudo; without either it prints the command and fails.
packages_install() {
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "This system has no apt-get. Install what these Debian packages contain:" "$@"
		return 0
	fi
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -eq 0 ]; then
		as_root=
	elif command -v sudo >/dev/null 2>&1; then
		as_root=sudo
	else
		echo "Packages are missing. Run as root: apt-get install $missing" >&2
		return 1
	fi
	echo "Installing, with what they depend on: $missing"
	packages_log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { progress "$packages_log" $as_root apt-get -q update &&
		progress "$packages_log" $as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get -q -y --no-install-recommends install $missing; }; then
		cat "$packages_log" >&2
		rm -f "$packages_log"
		echo "The packages could not be installed." >&2
		return 1
	fi
	rm -f "$packages_log"
}
