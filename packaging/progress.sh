# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shows the progress of a script. Read this file with ".".

progress_s=10 # between two lines
progress_begun=$(date +%s)

progress_seconds() {
	echo "$(($(date +%s) - progress_begun))"
}

# say TEXT: prints which step begins.
say() {
	printf '\n== %s  (%s s)\n' "$1" "$(progress_seconds)"
}

# The last line of a log, until the script has ended.
progress_show() {
	while sleep "$progress_s" >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		line=$(tr '\r' '\n' <"$1" | grep -v -e '^>>>' -e '^[[:space:]]*$' | tail -n 1 | cut -c 1-90)
		printf '  %5s s  %s\n' "$(progress_seconds)" "$line"
	done
}

# progress LOG COMMAND ..: runs a command whose output goes to LOG, and shows the last line of that
# every few seconds. The exit status is that of the command.
progress() {
	progress_log=$1
	shift
	: >"$progress_log"
	progress_show "$progress_log" &
	progress_pid=$!
	progress_status=0
	"$@" >>"$progress_log" 2>&1 </dev/null || progress_status=$?
	kill "$progress_pid" 2>/dev/null || :
	wait "$progress_pid" 2>/dev/null || :
	return "$progress_status"
}
