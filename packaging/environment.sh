# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The environment of the scripts here. Read this file with ".", before anything else.

# The variables that a script keeps of its caller's environment. Others could change what is built
# or tested: CFLAGS, DESTDIR, MAKEFLAGS, the NOTIFY_SOCKET of another service.
environment_kept='PATH HOME XDG_CACHE_HOME USER LOGNAME SHELL TERM TMPDIR TZ LANG LC_ALL LC_CTYPE
	http_proxy https_proxy ftp_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY
	SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS PYENV_ROOT PYENV_VERSION SUDO_ASKPASS
	CCACHE_DIR CCACHE_MAXSIZE SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS DEB_BUILD_PROFILES
	DEBFULLNAME DEBEMAIL MESON_TESTTHREADS MINERD_SYSTEM_SUITE TEST_TIME_SCALE'

# environment_clean SCRIPT [ARGUMENT ..]: starts the script anew in such an environment, once.
environment_clean() {
	[ "${MINERD_ENVIRONMENT:-}" != "$1" ] || return 0
	script=$1
	set -- sh "$@"
	for name in $environment_kept $(env | sed -n 's/^\(npm_config_[a-z_]*\)=.*/\1/p'); do
		eval "[ -z \"\${$name+set}\" ]" || eval "set -- \"$name=\${$name}\" \"\$@\""
	done
	exec env -i "MINERD_ENVIRONMENT=$script" "$@"
}
