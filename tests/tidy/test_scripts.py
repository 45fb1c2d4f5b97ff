# SPDX-License-Identifier: MIT
"""The scripts of packaging/: their environment, what they say of their progress, and what they say
where something is missing."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import tree

PACKAGING = tree.ROOT / "packaging"

CLEAN = f"""
. {PACKAGING}/environment.sh
environment_clean "$0" "$@"
env
printf '<%s>\\n' "$@"
"""

SLOW = f"""
set -eu
. {PACKAGING}/progress.sh
progress_s=1
progress "$1" sh -c 'echo first; echo; echo ">>> not this"; while [ ! -e "$1" ]; do sleep 0.1; done
	echo last; exit 3' sh "$2" || echo "status $?"
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="minerd-scripts-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def script(self, text, name="script.sh"):
        path = self.folder / name
        path.write_text(text)
        return path

    def run_script(self, path, *arguments, **environment):
        return subprocess.run(["sh", path, *arguments], env=environment, capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL)

    def test_the_environment_is_clean(self):
        given = {"PATH": os.environ["PATH"], "TMPDIR": 'a "b$c', "npm_config_cache": "/cache",
                 "NOTIFY_SOCKET": "/tmp/x", "JOURNAL_STREAM": "1:2", "CFLAGS": "-O9",
                 "MAKEFLAGS": "-j9", "DESTDIR": "/x", "PYTHONPATH": "/x", "CK_FORK": "no"}
        done = self.run_script(self.script(CLEAN), "a b", 'c"$d', "", **given)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-3:], ["<a b>", '<c"$d>', "<>"], done.stderr)
        names = {line.partition("=")[0] for line in lines[:-3]}
        self.assertEqual(names - {"PWD", "SHLVL", "_", "OLDPWD"},
                         {"PATH", "TMPDIR", "npm_config_cache", "MINERD_ENVIRONMENT"})
        self.assertIn('TMPDIR=a "b$c', lines)

    def test_each_script_begins_with_it(self):
        for path in PACKAGING.glob("*.sh"):
            text = path.read_text()
            if text.startswith("#!") and path.name != "install-finish.sh":
                self.assertIn('environment_clean "$0" "$@"', text, path.name)

    def test_progress_is_printed(self):
        end = self.folder / "end"
        child = subprocess.Popen(
            ["sh", self.script(SLOW), self.folder / "log", end], stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"]})
        printed = child.stdout.readline()
        end.touch()
        rest, _ = child.communicate()
        self.assertRegex(printed, r"^ +\d+ s  first$")
        self.assertEqual(rest.splitlines()[-1], "status 3")
        self.assertEqual((self.folder / "log").read_text().split("\n")[-2], "last")

    def test_nobody_goes_on_when_the_script_is_ended(self):
        child = subprocess.Popen(
            ["sh", self.script(SLOW), self.folder / "log", self.folder / "end"],
            stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})
        child.stdout.readline()
        child.terminate()
        child.wait()
        (self.folder / "end").touch()
        # The pipe ends with the last process that holds it.
        child.stdout.read()
        child.stdout.close()

    def bare_path(self, *without):
        """A folder of all programs but some."""
        folder = self.folder / "bin"
        folder.mkdir()
        for place in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"):
            for program in pathlib.Path(place).iterdir():
                target = folder / program.name
                if not re.match("|".join(without), program.name) and not target.is_symlink():
                    target.symlink_to(program)
        return str(folder)

    @unittest.skipUnless(shutil.which("dpkg-query"), "there is no dpkg here")
    def test_deb_says_what_is_missing(self):
        done = self.run_script(PACKAGING / "deb.sh", self.folder / "out",
                               PATH=self.bare_path("dpkg-buildpackage$"))
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("apt-get install", done.stderr)
        self.assertEqual(done.stdout, "")

    @unittest.skipUnless(shutil.which("dpkg-buildpackage"), "dpkg-dev is not installed")
    def test_deb_says_which_build_dependencies_are_missing(self):
        path = self.bare_path("dpkg-checkbuilddeps$")
        fake = pathlib.Path(path, "dpkg-checkbuilddeps")
        fake.write_text("#!/bin/sh\necho 'dpkg-checkbuilddeps: error: Unmet build dependencies: "
                        "build-essential:native check (>= 0.15) debhelper-compat (= 13) "
                        "python3:any systemd-dev | systemd scdoc' >&2\nexit 1\n")
        fake.chmod(0o755)
        done = self.run_script(PACKAGING / "deb.sh", self.folder / "out", PATH=path)
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(
            done.stderr.partition("--no-install-recommends ")[2].split(),
            ["build-essential", "check", "debhelper", "python3", "systemd", "scdoc"])

    def test_check_knows_its_steps(self):
        done = self.run_script(PACKAGING / "check.sh", "gcc", "none", PATH=os.environ["PATH"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("no step none", done.stderr)

    def test_coverage_knows_its_suites(self):
        folder = self.folder / "out"
        done = self.run_script(PACKAGING / "coverage.sh", folder, "unit", "none",
                               PATH=os.environ["PATH"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("no suite none", done.stderr)
        self.assertFalse(folder.exists())


if __name__ == "__main__":
    unittest.main()
