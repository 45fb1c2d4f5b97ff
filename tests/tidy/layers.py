# SPDX-License-Identifier: MIT
"""
What each folder may know: pure functions that give a list of complaints. test_rules.py proves that
each fires, test_tree.py applies them twice: to the #include lines, followed from header to header,
and to what the compiler says that it has read.
"""
import re

_BELOW_POOL = {"common", "config", "daemon/bitcoin", "daemon/io"}

# The folders, and which others the files of each may reach: by an #include of their own or through
# any chain of headers. Tests may reach everything.
FOLDERS = {
    "common": set(),
    "config": {"common"},
    "systemd": {"common"},
    "ctl": {"common"},
    "daemon/bitcoin": {"common"},
    "daemon/miner": {"common", "daemon/bitcoin"},
    # Files in daemon/miner: kernels, probes and workers never see the configuration.
    "daemon/miner/placement": {"common", "config", "daemon/bitcoin", "daemon/miner"},
    "daemon/io": {"common"},
    "daemon/upstream/node": _BELOW_POOL,
    "daemon/upstream/stratum": _BELOW_POOL,
    "daemon/upstream": _BELOW_POOL | {"daemon/upstream/node", "daemon/upstream/stratum"},
    "daemon/pool": _BELOW_POOL | {"daemon/upstream"},
    "daemon/control": {"common", "daemon/io"},
    "daemon/state": _BELOW_POOL | {"daemon/pool", "daemon/upstream"},
    "daemon/status": _BELOW_POOL | {"daemon/miner", "daemon/pool", "daemon/state",
                                    "daemon/upstream", "systemd"},
    "daemon/methods": _BELOW_POOL | {"daemon/control", "daemon/miner", "daemon/pool", "daemon/state",
                                     "daemon/upstream"},
    "daemon/cmd": {"common", "daemon/bitcoin", "daemon/miner"},
}
# The wiring: everything of the daemon, but of a pool's protocol only the interface.
FOLDERS["daemon"] = set(FOLDERS) - {"ctl", "daemon/upstream/node", "daemon/upstream/stratum"}

# The only files of daemon/ itself.
WIRING = {"command_line.c", "command_line.h", "load.c", "load.h", "main.c", "minerd.c", "minerd.h",
          "pool_options.c", "pool_options.h", "reload.c", "reload.h", "setup.c", "setup.h",
          "solo.c", "solo.h"}

# Folders whose other headers only their own files and folders within may reach, or they are within.
FRONTS = {"daemon/upstream": {"daemon/upstream/upstream.h", "daemon/upstream/upstream_base.h"}}

# Constants without code that every folder may include.
SHARED = {"systemd/ids.h"}

# Libraries by how their headers begin: the folders that may include them, and those that may reach
# them through headers of the former.
LIBRARIES = {
    "json-c/": ({"common", "ctl", "daemon", "daemon/upstream/node", "daemon/upstream/stratum",
                 "daemon/pool", "daemon/control", "daemon/cmd", "daemon/methods", "daemon/state"},
                {"daemon/upstream", "daemon/status"}),
    "liburing": ({"daemon/io"},
                 {"daemon", "daemon/upstream/node", "daemon/upstream/stratum", "daemon/upstream",
                  "daemon/pool", "daemon/control", "daemon/methods", "daemon/state",
                  "daemon/status"}),
    "libconfig": ({"config"}, set()),
    "curl/": ({"daemon/io"}, set()),
    "libpsl": ({"daemon/upstream/stratum"}, set()),
    "systemd/sd-": ({"systemd"}, set()),
    "openssl/": ({"daemon/io"}, set()),
    "check.h": (set(), set()),
}


def folder_of(path):
    """
    The innermost folder of FOLDERS that a file lies in; "daemon/NAME" or "NAME" if it is new. Files of
    one name, such as daemon/miner/placement*.c, count as a folder if FOLDERS has it.
    """
    *parts, name = path.split("/")
    family = "/".join([*parts, re.split("[._]", name)[0]])
    if family in FOLDERS and len(parts) > 1:
        return family
    for n in range(len(parts), 0, -1):
        name = "/".join(parts[:n])
        if name in FOLDERS and (name != "daemon" or len(parts) == 1):
            return name
    return "/".join(parts[:2 if parts[:1] == ["daemon"] else 1])


def included(text):
    """(line, bracket or quote, path) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def resolve(path, target, paths):
    """
    The file that path means by #include "target": from the root, from daemon/, or beside it. One
    that is in none of the places is made by the build.
    """
    beside = f"{path.rpartition('/')[0]}/{target}"
    found = next((name for name in (target, f"daemon/{target}", beside) if name in paths), None)
    if found:
        return found
    inner = f"daemon/{target}"
    return inner if "/" in target and folder_of(inner) in FOLDERS else target


def may_reach(path, target):
    """Whether path may know the file target of the project."""
    folder, other = folder_of(path), folder_of(target)
    if folder == "tests" or other in ("", folder) or target in SHARED:
        return True
    if other in FRONTS and not f"{folder}/".startswith(f"{other}/") and target not in FRONTS[other]:
        return False
    return other in FOLDERS.get(folder, set())


def may_know(path, header, directly=False):
    """Whether path may know <header>; directly: by an #include of its own."""
    folder = folder_of(path)
    known = next((LIBRARIES[name] for name in LIBRARIES if header.startswith(name)), None)
    if known is None or folder == "tests":
        return True
    include, reach = known
    return folder in include or (not directly and folder in reach)


def places(paths):
    """Every file lies in a folder that is listed, and daemon/ itself holds the wiring alone."""
    complaints = []
    for path in paths:
        folder, name = folder_of(path), path.rpartition("/")[2]
        if folder != "tests" and folder not in FOLDERS:
            complaints.append(f"{path}: its folder is not in FOLDERS of tests/tidy/layers.py")
        elif folder == "daemon" and name not in WIRING:
            complaints.append(f"{path}: daemon/ itself is for the wiring: {sorted(WIRING)}")
    return complaints


def stale(paths):
    """Every folder that is listed has files."""
    there = {folder_of(path) for path in paths}
    return [f"{folder}: in FOLDERS, but without files" for folder in FOLDERS if folder not in there]


def includes(texts):
    """{path: text} of all sources: a complaint for each thing that a file reaches and may not."""
    lines = {path: list(included(text)) for path, text in texts.items()}
    complaints = []
    for path in texts:
        ways, left = {path: path}, [path]
        while left:
            here = left.pop()
            for number, kind, target in lines.get(here, ()):
                way = f"{path}:{number}" if here == path else ways[here]
                verb = "include" if here == path else "reach"
                if kind == "<":
                    if not may_know(path, target, here == path):
                        complaints.append(f"{way}: {folder_of(path)} may not {verb} <{target}>")
                    continue
                header = resolve(here, target, texts)
                if ".." in target.split("/"):
                    if here == path:
                        complaints.append(
                            f"{way}: {target} is not a path from the root or from daemon/")
                elif not may_reach(path, header):
                    complaints.append(f"{way}: {folder_of(path)} may not {verb} {target}")
                elif header not in ways:
                    ways[header] = f"{ways[here]} -> {header}"
                    left.append(header)
    return complaints


def compiled(path, files):
    """
    The same by the compiler: files are those that it has read for the source path, from the root of
    the project, or absolute ones of the system.
    """
    complaints = []
    for name in files:
        if name.startswith("/"):
            header = re.sub(r"^/usr/(local/)?include/(\w+-linux-gnu\w*/)?", "", name)
            if not may_know(path, header):
                complaints.append(f"{path}: {folder_of(path)} may not reach <{header}> "
                                  "(by the compiler)")
        elif not may_reach(path, name):
            complaints.append(f"{path}: {folder_of(path)} may not reach {name} (by the compiler)")
    return complaints
