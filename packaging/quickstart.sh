#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh Debian 12 or 13 to accepted shares: installs the packages that the build needs,
# builds, and mines for a while on the pool that comes with the tests. The miner connects to this
# machine only. The script installs only Debian's packages, and ends each process that it starts.
#
#	sh packaging/quickstart.sh [SECONDS]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/environment.sh
. "$root/packaging/environment.sh"
environment_clean "$0" "$@"
# shellcheck source=packaging/progress.sh
. "$root/packaging/progress.sh"
seconds=${1:-20}
build=$root/build-quickstart
# shellcheck source=packaging/packages.sh
. "$root/packaging/packages.sh"

work=
pool=
miner=

# Ends the processes that were started; a second Ctrl-C does not interrupt it.
finish() {
	trap '' INT TERM HUP
	for pid in $miner $pool; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in $miner $pool; do
		wait "$pid" 2>/dev/null || true
	done
	[ -z "$work" ] || rm -rf "$work"
}
trap finish EXIT
trap 'echo; exit 130' INT
trap 'exit 143' TERM HUP

fail() {
	echo "quickstart: $1" >&2
	for log in "$work"/*.log; do
		[ ! -s "$log" ] || { echo "-- the end of ${log##*/}:" && tail -n 20 "$log"; } >&2
	done
	exit 1
}

# wait_for WHAT COMMAND ..: until it succeeds, at most 60 s.
wait_for() {
	what=$1
	tries=600
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "$what did not come up"
		sleep 0.1
	done
}

say 'Installing the packages that the build needs'
# shellcheck disable=SC2086
packages_install $packages_build
echo 'All packages are installed.'

say "Building in $build"
[ -f "$build/build.ninja" ] || meson setup "$build" "$root" >"$root/build-quickstart.log" 2>&1 || {
	cat "$root/build-quickstart.log"
	exit 1
}
rm -f "$root/build-quickstart.log"
ninja -C "$build" daemon/minerd ctl/minerctl tests/pool/testpool
minerd=$build/daemon/minerd
minerctl=$build/ctl/minerctl

work=$(mktemp -d)

say 'Measuring the hash rate of this machine'
"$minerd" --benchmark --seconds 1 --json >"$work/benchmark"
hashrate=$(sed -n 's/.*"hashrate": *\([0-9]*\).*/\1/p' "$work/benchmark")
kernel=$(sed -n 's/.*"kernel": *"\([^"]*\)".*/\1/p' "$work/benchmark")
[ -n "$hashrate" ] || fail 'the benchmark gave no hash rate'
# A difficulty at which a share takes half a second on average: difficulty 1 takes 2^32 hashes.
difficulty=$(awk "BEGIN { printf \"%.9f\", $hashrate * 0.5 / 4294967296 }")
awk "BEGIN { printf \"%.1f MH/s with kernel %s\\n\", $hashrate / 1e6, \"$kernel\" }"

say "Mining for $seconds s on a pool of our own (Ctrl-C ends it)"
mkfifo "$work/commands"
"$build/tests/pool/testpool" --human --difficulty "$difficulty" --job-interval 5 \
	<>"$work/commands" >"$work/pool.log" 2>&1 &
pool=$!
wait_for 'the pool' grep -q stratum+tcp "$work/pool.log"
url=$(sed -n 's,.*\(stratum+tcp://[0-9.:]*\).*,\1,p;' "$work/pool.log" | head -n 1)

cat >"$work/minerd.conf" <<END
pools = ({ url = "$url"; user = "quickstart"; name = "local"; });
control = { socket = "$work/control.sock"; };
priority = "batch";	# at "idle", the default, a busy machine would leave nothing to see
END
"$minerd" -c "$work/minerd.conf" >"$work/minerd.log" 2>&1 &
miner=$!
wait_for 'minerd' "$minerctl" -s "$work/control.sock" status

# Prints the lines of the pool's log since the last call.
shown=0
news() {
	sed "1,${shown}d; s/^/pool: /" "$work/pool.log" | tail -n 6
	shown=$(wc -l <"$work/pool.log")
}

shares() {
	"$minerctl" -s "$work/control.sock" --json status |
		tr -d ' \n' | sed -n 's/.*"shares":{[^}]*"accepted":\([0-9]*\).*/\1/p'
}

# From here on Ctrl-C, which minerd and the pool get too, ends only the mining.
stopped=
trap 'stopped=yes' INT
accepted=0
look() {
	sleep 2
	kill -0 "$pool" && kill -0 "$miner" || return
	news
	echo
	"$minerctl" -s "$work/control.sock" status || return
	echo
	now=$(shares) && accepted=${now:-$accepted}
}
# A busy machine gets more time for its first share.
end=$(($(date +%s) + seconds))
last=$((end + 120))
while [ -z "$stopped" ]; do
	clock=$(date +%s)
	[ "$clock" -lt "$end" ] || { [ "$accepted" -eq 0 ] && [ "$clock" -lt "$last" ]; } || break
	look || [ "$stopped" ] || fail 'minerd or the pool has ended'
done
[ "$accepted" -gt 0 ] || [ "$stopped" ] || fail 'no share was accepted'

sudo=
[ "$(id -u)" -eq 0 ] || sudo='sudo '
say "It mines: $accepted shares were found here, and verified and accepted by the pool"
cat <<END
To mine for a pool of yours, on this machine, as a service:

  ${sudo}meson install -C $build
  ${sudo}editor /etc/minerd/minerd.conf      (the pool's url, and the user it pays)
  ${sudo}systemctl start minerd              (enable --now: with every boot)
  minerctl top

The manual: man minerd, man minerd.conf, man minerctl.
All tests: sh packaging/check.sh
END
