# SPDX-License-Identifier: MIT
"""
The rules of the source as pure functions: each takes a text and gives a list of complaints, empty
when the text keeps the rule. test_rules.py proves that each fires, test_tree.py applies them.
"""
import re

FILE_LINES = 500
FUNCTION_LINES = 70

# Headers of the C library and the compiler, and those above: what an #include <NAME> of anybody means.
# A list of its own, because what lies in /usr/include depends on what else is installed.
SYSTEM = set("""
aio alloca ar argp argz assert byteswap complex cpio cpuid crypt ctype dirent dlfcn elf endian envz err
errno error execinfo fcntl features fenv float fmtmsg fnmatch fstab fts ftw gconv getopt glob
gnu-versions grp gshadow iconv ifaddrs immintrin inttypes iso646 langinfo lastlog libgen libintl limits
link locale malloc math mcheck memory mntent monetary mqueue ncurses ndbm netdb nl_types nss obstack
paths poll printf proc_service pthread pty pwd re_comp regex regexp resolv sched search semaphore setjmp
sgtty shadow signal spawn stab stdalign stdarg stdatomic stdbool stdc-predef stdckdint stddef stdint
stdio stdio_ext stdlib stdnoreturn string strings stropts syscall sysexits syslog tar termio termios
tgmath thread_db threads time trace ttyent uchar ucontext ulimit unistd unwind utime utmp utmpx values
varargs wait wchar wctype wordexp x86intrin
check libconfig liburing libpsl zlib
""".split())

# Objects that may change although they belong to nobody: file, and their names.
MUTABLE = {
    "common/log.c": {"log_state"},
    # The functions of a library that is loaded once, for all of the process.
    "daemon/io/http_curl.c": {"http_curl_state"},
}


def file_length(path, text):
    n = text.count("\n")
    return [f"{path}: {n} lines, more than {FILE_LINES}"] if n > FILE_LINES else []


def functions(text):
    """(first line, last line, name) of each function of a file that clang-format has formatted."""
    lines = text.splitlines()
    begun = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            first = number - 1
            # The head of a function may take several lines; it follows an empty line or a comment.
            while first > 1 and not re.match(r"$|\s*\*/|/\*.*\*/$|#|[}{]", lines[first - 2]):
                first -= 1
            head = " ".join(lines[first - 1:number - 1])
            match = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
            begun = (first, match.group(1) if match else head)
        elif line == "}" and begun:
            yield begun[0], number, begun[1]
            begun = None


def function_length(path, text):
    return [
        f"{path}:{first}: {name} has {last - first + 1} lines, more than {FUNCTION_LINES}"
        for first, last, name in functions(text)
        if last - first + 1 > FUNCTION_LINES
    ]


def licence(path, text):
    """The first line (the second of a script) names the licence."""
    head = text.splitlines()[:2]
    if head and head[0].startswith("#!"):
        head = head[1:]
    if head and re.fullmatch(r"(/\* |# |// |; ?)SPDX-License-Identifier: MIT( \*/)?", head[0]):
        return []
    return [f"{path}:1: does not begin with its SPDX-License-Identifier"]


def header(path, text):
    """A header has one guard, of the modern kind, right below its licence."""
    if text.splitlines()[1:2] == ["#pragma once"]:
        return []
    return [f"{path}:2: is not #pragma once"]


def internal(path):
    """No header is the inside of several files: a module has an interface, or it is one file."""
    return [f"{path}: several files share their insides"] if path.endswith("_parts.h") else []


def unfinished(path, text):
    """Nothing is left for later in the tree: it would be there for ever."""
    return [
        f"{path}:{number}: left for later: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    ]


def draws(path, text):
    """
    No two arguments of a call draw random numbers: the order is the compiler's choice, and a seed
    would be another run in a program of another compiler.
    """
    complaints = []
    drawing = []  # for each open parenthesis: whether each argument so far draws
    for match in re.finditer(r"\b(?:chance_\w+|random_u64)\(|[(),]", text):
        token = match.group()
        if token == "," and drawing:
            drawing[-1].append(False)
        elif token == ")" and drawing:
            if drawing.pop().count(True) > 1:
                line = text.count("\n", 0, match.start()) + 1
                complaints.append(f"{path}:{line}: two arguments draw random numbers")
        elif token.endswith("("):
            if len(token) > 1:
                for arguments in drawing:
                    arguments[-1] = True
            drawing.append([False])
    return complaints


def symbols(objdump):
    """(name, section, is global, kind) of functions (F) and objects (O) in what objdump -t says."""
    for line in objdump.splitlines():
        match = re.match(
            r"[0-9a-f]+ (.)....(.)(.) (\S+)\t[0-9a-f]+ +(?:\.(?:hidden|protected) )?(\S+)$", line
        )
        if not match or match.group(2) != " ":
            continue
        binding, _, kind, section, name = match.groups()
        if kind == " " and section.startswith((".tbss", ".tdata")):
            kind = "O"
        if kind in "FO":
            yield name, section, binding != "l", kind


def mutable(path, objdump):
    """No object that can change, but for those allowed; .data.rel.ro is constant once loaded."""
    return [
        f"{path}: {name} is a global that can change ({section})"
        for name, section, _, kind in symbols(objdump)
        if kind == "O"
        and re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*", section)
        and name.split(".")[0] not in MUTABLE.get(path, set())
    ]


def prefix(path, objdump):
    """What a file gives to others bears the name of the file, or of the family it belongs to."""
    stem = path.rsplit("/", 1)[-1].removesuffix(".c")
    family = stem.split("_")[0]
    return [
        f"{path}: {name} does not begin with {family}"
        for name, section, shared, _ in symbols(objdump)
        if shared and section != "*UND*" and name != "main" and not name.startswith(family)
    ]


def shadowing(path, folders):
    """No header hides one of the system's: of that name in a folder that is on an include path."""
    folder, _, name = path.rpartition("/")
    if folder in folders and name.removesuffix(".h") in SYSTEM:
        return [f"{path}: hides the system's <{name}>: {folder or '.'} is on an include path"]
    return []


def catalog(text):
    """{ID_ constant: (its id, the fields given with it, those its text needs)} of the catalog."""
    entries = re.split(r"(?m)^# (ID_\w+)(?: \([^)]*\))?:(.*)\n-- ([0-9a-f]{32})$", text)
    return {
        name: (identity, set(re.findall(r"\w+", given)),
               set(re.findall(r"@([A-Z][A-Z0-9_]*)@", entry)))
        for name, given, identity, entry in zip(*(entries[n::4] for n in range(1, 5)))
    }


def events(text):
    """(ID_ constant, the fields given with it) of each event that a source tells."""
    for given in re.findall(r"LOG_FIELDS\((.*?)\),\n", text, re.S):
        match = re.search(r"{\"MESSAGE_ID\",\s*(\w+)}", given)
        if match:
            yield match.group(1), set(re.findall(r'{"(\w+)",', given)) - {"MESSAGE_ID"}


def tests_named(text):
    """(file, test) of each reference "u/test_NAME.c: test, test" of a document."""
    folders = {"u": "tests/unit", "f": "tests/functional"}
    for folder, name, tests in re.findall(
        r"\b(u|f|tests/\w+)/(test_\w+\.(?:c|py)):\s+(\w+(?:,\s+\w+)*)", text
    ):
        for test in re.split(r",\s+", tests):
            yield f"{folders.get(folder, folder)}/{name}", test


def tests_defined(path, text):
    """The names of the tests in a file."""
    pattern = r"START_TEST\((\w+)\)" if path.endswith(".c") else r"(?m)^    def (test_\w+)\("
    return set(re.findall(pattern, text))
