# SPDX-License-Identifier: MIT
"""
Which files may reach the world outside the process. A simulation links others in the place of these,
so that whatever else a pool's life consists of runs unchanged: no other file may call the functions.
"""
import re

# Folders that a simulation links: their objects are judged.
FOLDERS = ("common/", "config/", "daemon/bitcoin/", "daemon/control/", "daemon/io/", "daemon/pool/",
           "daemon/state/", "daemon/status/", "daemon/upstream/", "tests/pool/")

TIME = set("""
clock_getres clock_gettime clock_nanosleep clock_settime ftime gettimeofday nanosleep setitimer sleep
time timer_create timer_settime timerfd_create timerfd_settime usleep
""".split())

RANDOM = set("""
arc4random arc4random_buf arc4random_uniform drand48 getentropy getrandom lrand48 mrand48 rand rand_r
random
""".split())

THREADS = set("clone execve fork posix_spawn pthread_create system thrd_create vfork".split())

EVENTS = set("""
epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd eventfd_read eventfd_write inotify_init1 pipe
pipe2 poll ppoll pselect select signalfd
""".split())

NAMES = set("""
freeaddrinfo getaddrinfo getaddrinfo_a gethostbyname gethostbyname2 getnameinfo if_indextoname
if_nametoindex
""".split())

SOCKETS = set("""
accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmsg
send sendmmsg sendmsg sendto setsockopt shutdown socket socketpair
""".split())

# Also what works on any descriptor. Streams of stdio may lie in memory: what opens a file counts.
FILES = set("""
access chmod chown close creat dup dup2 dup3 faccessat fchmod fchown fcntl fdatasync fdopen flock fopen
fstat fstatat fsync ftruncate glob ioctl link linkat lseek lstat mkdir mkdirat mkostemp mkstemp mmap open
open_by_handle_at openat opendir pread preadv pwrite pwritev read readdir readlink readv realpath rename
renameat renameat2 rmdir stat statfs statx symlink sync tmpfile truncate unlink unlinkat write writev
""".split())

# What calls a library that is loaded at run time, libcurl, gets its functions by http_curl().
LIBRARY = set("dlopen dlmopen dlsym dlvsym".split())
HTTP = {"http_curl"}

RING = set("io_uring_enter io_uring_queue_init_params syscall".split())

OUTSIDE = TIME | RANDOM | THREADS | EVENTS | NAMES | SOCKETS | FILES | LIBRARY | HTTP | RING

# The doors. A file that is none of them calls nothing of OUTSIDE.
DOORS = {
    "common/clock.c": TIME,
    "common/random.c": RANDOM,
    "common/thread.c": THREADS,
    # The network, and what the io thread waits for.
    "daemon/io/ring.c": RING | {"nanosleep", "fcntl"},
    "daemon/io/ring_refusal.c": {"open", "read", "close"},
    "daemon/io/signals.c": {"signalfd", "close"},
    "daemon/io/socket.c": SOCKETS | {"close", "fcntl"},
    "daemon/io/http.c": HTTP,
    "daemon/io/http_curl.c": LIBRARY,
    "daemon/io/http_reason.c": HTTP,
    "daemon/io/http_socket.c": HTTP,
    "daemon/io/http_tls.c": HTTP,
    "daemon/io/resolve.c": NAMES | {"eventfd", "write", "close"},
    "daemon/io/helper.c": {"eventfd", "eventfd_write", "fcntl", "close"},
    # Files.
    "daemon/io/store_files.c": FILES | {"nanosleep"},
    # The log: a program that simulates sets a sink of its own, log_set_sink().
    "common/log.c": {"poll", "write"},
    "common/outbox.c": {"nanosleep"},
    # What is done before anything runs that is simulated: descriptors, a configuration that is read,
    # the file of the control socket.
    "common/standard_fds.c": {"open", "fcntl"},
    "config/conf_checks.c": {"stat"},
    "config/conf_file.c": {"stat", "open", "fstat", "read", "close"},
    "config/conf_password.c": {"access", "opendir", "readdir"},
    "config/conf_user.c": {"open", "fork"},
    "daemon/control/control_peer.c": {"getsockopt"},
    "daemon/control/control_socket.c": FILES | SOCKETS | {"nanosleep"},
    # The pool for tests: the bytes of its miners, and what makes it a program.
    "tests/pool/wire.c": SOCKETS | {"close"},
    "tests/pool/loop.c": EVENTS | SOCKETS | {"read", "close"},
}


def calls(objdump):
    """The functions outside of the object that it calls, by the names that the C library documents."""
    for line in objdump.splitlines():
        match = re.match(r"[0-9a-f]+ .{7} \*UND\*\t[0-9a-f]+ (?:\.hidden )?(\w+)", line)
        if match:
            # open64, __read_chk (with _FORTIFY_SOURCE), __isoc99_..
            name = re.sub(r"^__(\w+)_chk$", r"\1", match.group(1))
            yield re.sub(r"64(_2)?$", "", name)


def reaches(path, objdump):
    """The object of path calls nothing outside, or is a door for what it calls."""
    if not path.startswith(FOLDERS):
        return []
    return [
        f"{path}: calls {name}(), which belongs to a door (DOORS in tests/tidy/doors.py)"
        for name in sorted(set(calls(objdump)) & OUTSIDE - DOORS.get(path, set()))
    ]
