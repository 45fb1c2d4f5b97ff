# SPDX-License-Identifier: MIT
"""The files of the project and what was built from them."""
import json
import os
import pathlib
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# meson's test() sets it: the folder that was built.
BUILD = pathlib.Path(os.environ.get("MINERD_BUILD", ROOT / "build")).resolve()


def paths():
    """All files, as paths from the root: those of git, or of the folder where git does not know."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
        ).stdout.decode()
        found = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = []
    if not found:
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [
                name for name in folders
                if name not in (".git", "node_modules", "__pycache__")
                and not name.startswith("build")
            ]
            found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(name for name in found if (ROOT / name).is_file())


def sources(*endings):
    """Paths with one of the endings, and the text of each."""
    for name in paths():
        if name.endswith(endings):
            yield name, (ROOT / name).read_text()


def include_folders():
    """Folders of the tree, "" for its root, that the build puts on an include path."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    found = {os.path.relpath(os.path.join(command["directory"], word[2:]), ROOT)
             for command in commands for word in shlex.split(command["command"])
             if word.startswith("-I")}
    return {"" if folder == "." else folder for folder in found if not folder.startswith("..")}


def compiled():
    """(source, object) of everything that the build folder compiles in C."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    for command in commands:
        source = os.path.relpath(os.path.join(command["directory"], command["file"]), ROOT)
        output = pathlib.Path(command["directory"]) / command["output"]
        if source.endswith(".c") and not source.startswith(".."):
            yield source, output
