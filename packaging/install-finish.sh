#!/bin/sh
# SPDX-License-Identifier: MIT
# The last step of `meson install`: installs the configuration, unless one exists. On the running
# system it also creates the account and makes the service manager read its new files.
set -eu

example=$1
config=${DESTDIR:-}/etc/minerd/minerd.conf

if [ -e "$config" ]; then
	echo "$config is left as it is."
else
	install -D -m 0644 "$example" "$config"
fi

# A package's own scripts do the rest when it is installed.
[ -z "${DESTDIR:-}" ] && [ "$(id -u)" -eq 0 ] || exit 0

run() {
	command -v "$1" >/dev/null 2>&1 || return 0
	"$@" || echo "This command failed; run it again by hand: $*" >&2
}

run systemd-sysusers minerd.conf
run systemd-tmpfiles --create minerd.conf
run journalctl --update-catalog
[ ! -d /run/systemd/system ] || run systemctl daemon-reload
