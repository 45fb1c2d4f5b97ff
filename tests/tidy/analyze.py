# SPDX-License-Identifier: MIT
"""
Runs gcc -fanalyzer and cppcheck, which follow values through the functions of the daemon and of
minerctl, and returns their findings. FALSE lists the findings that are wrong.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import tree

# Other versions have other findings: these are the versions of Debian 12.
VERSIONS = {"gcc": "12", "cppcheck": "2.10"}

FOLDERS = ("common/", "config/", "ctl/", "daemon/")

# -fanalyzer takes many minutes for the unrolled rounds of these kernels, and cppcheck stops with an
# error of its own. They allocate nothing; `meson test kernel` compares what they compute.
UNROLLED = re.compile(r"daemon/miner/kernels/kernel_(generic|avx.*)\.c")

Finding = collections.namedtuple("Finding", "source name message")

# Findings that are wrong, each with the reason.
FALSE = {
    # gcc loses track of memory behind an array, a cast or a structure of the caller.
    Finding("config/conf_messages.c", "analyzer-malloc-leak", "leak of ‘text’"):
        "the list of the messages owns the text from conf_messages_insert() on",
    Finding("config/conf_text.c", "analyzer-null-dereference", "dereference of NULL ‘file’"):
        "conf_text_loop() finds a file above this one only where there is a parent",
    Finding("config/conf_text.c", "analyzer-malloc-leak", "leak of ‘*text.out’"):
        "the stream is a member of what the caller owns; conf_text_deinit() closes it",
    Finding("daemon/upstream/node/template_transactions.c", "analyzer-malloc-leak",
            "leak of ‘<unknown>’"):
        "the template owns its transactions; template_unref() frees them",
    # cppcheck takes the name of a structure for a word of C++.
    Finding("daemon/upstream/node/node.c", "CastIntegerToAddressAtReturn",
            "Returning an integer in a function with pointer return type is not portable."):
        "node_templates_find() returns a pointer to a struct template",
    # cppcheck does not know every place of an attribute.
    Finding("daemon/setup.c", "memleak", "Memory leak: specs"):
        "CLEANUP(cleanup_free) releases the array at the end of its scope",
}


def version(program):
    option = "-dumpversion" if program == "gcc" else "--version"
    said = subprocess.run([program, option], capture_output=True, check=True).stdout.decode()
    return said.split()[-1]


def need(test, program):
    """Skips a test, with the reason, when its tool is not there."""
    wanted = VERSIONS[program]
    if not shutil.which(program) or version(program) != wanted:
        test.skipTest(f"{program} {wanted} is not installed")


def commands():
    """{source: its command in the compile database} of what is analyzed."""
    found = {}
    for command in json.loads((tree.BUILD / "compile_commands.json").read_text()):
        source = tree.from_root(command, command["file"])
        if source.endswith(".c") and source.startswith(FOLDERS) and not UNROLLED.fullmatch(source):
            found.setdefault(source, command)
    return found


def gcc_words(command):
    """The command without what names its outputs, and without a cache in front of it."""
    words = shlex.split(command["command"])
    for option in ("-MQ", "-MF", "-o"):
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    apart = ("ccache", "cc", "gcc", "-MD", "-Werror", "-g")
    return [word for word in words if word not in apart]


# "FILE:LINE:COLUMN: warning: MESSAGE [CWE-N] [-WNAME]"; the CWE is not always there.
GCC_LINE = re.compile(r"^\S+: warning: (.*?)(?: \[CWE-\d+\])? \[-W([\w=-]+)\]$", re.M)


def gcc(found):
    """[(finding, all output for its source)]. A source that does not compile is a finding, too."""
    def ask(source):
        command = found[source]
        done = subprocess.run(
            ["gcc", *gcc_words(command), "-fanalyzer", "-fdiagnostics-plain-output",
             "-o", os.devnull],
            cwd=command["directory"], env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True, check=False)
        said = done.stderr.decode(errors="replace")
        findings = [Finding(source, name, message) for message, name in GCC_LINE.findall(said)]
        if done.returncode:
            findings.append(Finding(source, "error", f"status {done.returncode}"))
        return [(finding, said) for finding in findings]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [pair for pairs in pool.map(ask, sorted(found)) for pair in pairs]


CPPCHECK_LINE = re.compile(r"^(\S+):\d+: (\w+): (.*)$", re.M)


def cppcheck(found):
    """[(finding, its line of the output)]. An error without such a line is a finding, too."""
    with tempfile.TemporaryDirectory(prefix="minerd-cppcheck-") as folder:
        database = pathlib.Path(folder) / "compile_commands.json"
        database.write_text(json.dumps(list(found.values())))
        done = subprocess.run(
            ["cppcheck", f"--project={database}", "--enable=warning,performance,portability",
             "--inline-suppr", "--quiet", "-j", str(os.cpu_count()), "--error-exitcode=1",
             f"--library={tree.ROOT / 'tests/tidy/cppcheck.cfg'}",
             "--template={file}:{line}: {id}: {message}"],
            cwd=tree.ROOT, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    findings = [
        (Finding(os.path.relpath(tree.ROOT / match[1], tree.ROOT), match[2], match[3]), match[0])
        for match in CPPCHECK_LINE.finditer(said)
    ]
    if done.returncode and not findings:
        findings.append((Finding("", "error", said), said))
    return findings


def complaints(findings, false, of):
    """The output for each finding that false does not list, and each row of false that matches no
    finding; of(name) says whether the analyzer has findings of that name."""
    unknown = {said for finding, said in findings if finding not in false}
    stale = {row for row in false if of(row.name)} - {finding for finding, _ in findings}
    return sorted(unknown) + [f"{finding.source}: FALSE has {finding.name}: {finding.message}, "
                              "which is found no more" for finding in sorted(stale)]
