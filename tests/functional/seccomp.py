# SPDX-License-Identifier: MIT
"""A filter that refuses one system call with an errno, for the child of a test (x86-64)."""
import ctypes
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LD_NR, JEQ, RET = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
# The same numbers on every architecture.
IO_URING_SETUP, CLONE3 = 425, 435


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refuse(number, error):
    """seccomp(2): struct sock_filter {code, jt, jf, k}, the call's number at offset 0."""
    code = b"".join(struct.pack("HBBI", *each) for each in (
        (LD_NR, 0, 0, 0), (JEQ, 0, 1, number), (RET, 0, 0, ERRNO | error), (RET, 0, 0, ALLOW)))
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(code) // 8, code)
    zero = ctypes.c_ulong(0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) or libc.prctl(
            PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "seccomp")
