# SPDX-License-Identifier: MIT
"""The programs that judge the tree: each gives what it complains about, "" for nothing."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

import tree

# Other versions format some lines in another way, and find other faults: these are Debian 12's.
CLANG_FORMAT = 14
CLANG_TIDY = 14

# Headers of another architecture's C library, from libc6-dev-arm64-cross.
ARM64_INCLUDE = pathlib.Path("/usr/aarch64-linux-gnu/include")


def version(program):
    text = subprocess.run([program, "--version"], capture_output=True, check=True).stdout.decode()
    match = re.search(r"version:? (\d+)", text)
    return int(match.group(1)) if match else 0


def program(name, major=None):
    """The command for a tool; None when it is not there in the version wanted."""
    for command in (f"{name}-{major}", name) if major else (name,):
        if shutil.which(command) and (not major or version(command) == major):
            return command
    return None


def need(test, name, major=None):
    """Skips a test, with the reason, when its tool is not there."""
    if not program(name, major):
        test.skipTest(f"{name}{f' {major}' if major else ''} is not installed")


def said(command):
    """All output of a command that fails when it has something to say."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tree.ROOT, check=False
    )
    return done.stdout.decode(errors="replace") if done.returncode else ""


def said_of(command):
    """The output of a command that must not fail."""
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def clang_format(files):
    style = f"--style=file:{tree.ROOT / '.clang-format'}"
    return said([program("clang-format", CLANG_FORMAT), style, "--dry-run", "-Werror", *files])


def shellcheck(files):
    return said([program("shellcheck"), "-x", *files])


def clang_tidy_alone(files):
    config = f"--config-file={tree.ROOT / '.clang-tidy'}"
    return said([program("clang-tidy", CLANG_TIDY), config, "--quiet", "--warnings-as-errors=*", *files, "--"])


def clang_tidy(files):
    """Files of the compile database, several at a time."""
    command = [
        program("clang-tidy", CLANG_TIDY), f"--config-file={tree.ROOT / '.clang-tidy'}", "--quiet",
        "--warnings-as-errors=*", "-p", str(tree.BUILD),
        # The database may be gcc's, whose options clang does not all know.
        "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument",
    ]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return "".join(pool.map(lambda file: said([*command, file]), files))


def multiarch():
    """This machine's own folder of headers, which other libraries' configuration is in."""
    done = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, check=True)
    return done.stdout.decode().strip()


def compile_for_arm64(files):
    command = [
        program("clang"), "--target=aarch64-linux-gnu", "-nostdlibinc", "-isystem",
        str(ARM64_INCLUDE), "-idirafter", "/usr/include", "-idirafter",
        f"/usr/include/{multiarch()}", "-I.", "-Idaemon", f"-I{tree.BUILD}", f"-I{tree.BUILD}/daemon",
        "-std=gnu17", "-D_GNU_SOURCE", '-DMINERD_VERSION=""', "-Wall", "-Wextra", "-Werror",
        "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-fsyntax-only",
    ]
    return said([*command, *files])
