# SPDX-License-Identifier: MIT
"""
Prints how many lines of each folder ran, and each line that did not, from what `llvm-cov export
-format=lcov` wrote. Exit status 1 if a folder has less than the minimum.

    python3 packaging/coverage.py LINES.lcov ROOT MINIMUM FOLDER ...

ROOT is the folder of the source, MINIMUM a percentage, FOLDER a folder below ROOT.
"""
import argparse
import pathlib
import sys

BRACES = ("", "{", "}", "};")


def read(lcov, root):
    """{file below the root: {line: times that it ran}}"""
    files = {}
    for line in lcov.read_text().splitlines():
        field, _, value = line.partition(":")
        if field == "SF":
            path = pathlib.Path(value).resolve()
            lines = files.setdefault(path.relative_to(root), {}) \
                if path.is_relative_to(root) else {}
        elif field == "DA":
            number, count = (int(part) for part in value.split(",")[:2])
            lines[number] = lines.get(number, 0) + count
    return files


def missed(root, path, lines):
    """(number, text) of each line of a file that did not run"""
    source = (root / path).read_text().splitlines()
    for number, count in sorted(lines.items()):
        text = source[number - 1].strip()
        if count == 0 and text not in BRACES:
            yield number, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("lcov", type=pathlib.Path)
    parser.add_argument("root", type=lambda name: pathlib.Path(name).resolve())
    parser.add_argument("minimum", type=float)
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args()
    files = read(options.lcov, options.root)
    status = 0
    missing = []
    print(f"{'folder':20} {'lines':>6} {'ran':>6} {'%':>6}")
    for folder in options.folders:
        inside = {path: lines for path, lines in sorted(files.items())
                  if path.is_relative_to(folder)}
        total = sum(len(lines) for lines in inside.values())
        ran = sum(count > 0 for lines in inside.values() for count in lines.values())
        percent = 100 * ran / total if total else 0
        below = percent < options.minimum
        status = 1 if below else status
        print(f"{folder:20} {total:6} {ran:6} {percent:6.1f}"
              f"{f'  below {options.minimum:g}' if below else ''}")
        missing += [f"{path}:{number}: {text}" for path, lines in inside.items()
                    for number, text in missed(options.root, path, lines)]
    print("\nLines that did not run:", *missing, sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
