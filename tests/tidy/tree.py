# SPDX-License-Identifier: MIT
"""The files of the project and what was built from them."""
import concurrent.futures
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


def compiler_reads():
    """(source, the files that the compiler reads for it) of all but tests, asked side by side."""
    commands = {}
    for command in json.loads((BUILD / "compile_commands.json").read_text()):
        source = from_root(command, command["file"])
        if source.endswith(".c") and not source.startswith((".", "tests/")):
            commands[source] = command

    def ask(source):
        words = shlex.split(commands[source]["command"])
        # ccache would only be in the way; -M says more than what -MD is to write at the same time.
        words = words[1:] if words[0].endswith("ccache") else words
        for option in ("-MQ", "-MF", "-o"):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        words = [word for word in words if word not in ("-MD", "-c")] + ["-M"]
        said = subprocess.run(
            words, cwd=commands[source]["directory"], capture_output=True, check=True
        ).stdout.decode()
        names = said.replace("\\\n", " ").partition(":")[2].split()
        return source, [name if name.startswith("/") and not name.startswith(f"{ROOT}/")
                        else from_root(commands[source], name) for name in names]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(ask, sorted(commands)))


def from_root(command, name):
    """The path from the root of what a command of the build names, also where the build made it."""
    path = os.path.normpath(os.path.join(command["directory"], name))
    for folder in (BUILD, ROOT):
        if pathlib.Path(path).is_relative_to(folder):
            return os.path.relpath(path, folder)
    return os.path.relpath(path, ROOT)


def compiled():
    """(source, object) of everything that the build folder compiles in C."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    for command in commands:
        source = os.path.relpath(os.path.join(command["directory"], command["file"]), ROOT)
        output = pathlib.Path(command["directory"]) / command["output"]
        if source.endswith(".c") and not source.startswith(".."):
            yield source, output
