# SPDX-License-Identifier: MIT
"""The Debian package itself, judged by Debian's own checker."""
import shutil
import subprocess

from service import BUILD, ServiceCase, note


class PackageCase(ServiceCase):
    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        changes = sorted((BUILD / "system/deb").glob("minerd_*.changes"))
        if self.container.foreign or not changes:
            self.skipTest("the package was built in a container of another release")
        done = subprocess.run(
            ["lintian", "--allow-root", "--fail-on", "error,warning", "--display-info",
             changes[-1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        for line in done.stdout.splitlines():
            note(line)
        self.assertEqual(done.returncode, 0, done.stdout)
