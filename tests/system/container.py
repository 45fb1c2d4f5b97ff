# SPDX-License-Identifier: MIT
"""
A Debian that is really booted: systemd as process 1 of a systemd-nspawn container whose root was
made by debootstrap, with a network of its own that has a loopback and nothing else. It is of this
machine's release, or of that which the environment names: MINERD_SYSTEM_SUITE=trixie.
"""
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Stretches each deadline, as that of functional tests.
SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))

# capabilities(7) that debootstrap and systemd-nspawn need, and their bits.
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}


def missing_capabilities():
    status = pathlib.Path("/proc/self/status").read_text()
    effective = next(int(line.split()[1], 16) for line in status.splitlines()
                     if line.startswith("CapEff:"))
    return [name for name, bit in CAPABILITIES.items() if not effective >> bit & 1]


def run(*command, **options):
    """The output of a command, which must succeed."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, check=False, **options,
    )
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{text}")
    return text


def until(what, condition, seconds=60):
    """Waits for a condition; its value."""
    end = time.monotonic() + seconds * SCALE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds * SCALE:.0f} s")
        time.sleep(0.1)


def need(condition, reason):
    if not condition:
        raise unittest.SkipTest(reason)


def copy_source(target):
    """The files of git's index and those beside them that are new."""
    listed = run("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others",
                 "--exclude-standard")
    shutil.rmtree(target, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path)


# In a root of another release, whose packages stay for the next time.
BUILD_IN_ROOT = """
set -e
. /srv/minerd/packaging/progress.sh
. /srv/minerd/packaging/packages.sh
packages_install $packages_build $packages_deb
rm -rf /srv/deb
DEB_BUILD_OPTIONS="nocheck noautodbgsym" sh /srv/minerd/packaging/deb.sh /srv/deb
"""


class Container:
    def __init__(self, folder):
        """Makes the root in folder, where a base stays for the next time."""
        host = platform.freedesktop_os_release()
        self.root = None
        self.log = folder / "console.log"
        self.nspawn = None
        self.leader = None
        need(os.geteuid() == 0, "needs root")
        lacking = missing_capabilities()
        need(not lacking, f"needs {', '.join(lacking)} to boot a container")
        for tool in ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-buildpackage"):
            need(shutil.which(tool), f"{tool} is not installed")
        need(host.get("ID") == "debian", "the host is no Debian: the package would not fit the root")
        self.suite = os.environ.get("MINERD_SYSTEM_SUITE", host.get("VERSION_CODENAME"))
        self.foreign = self.suite != host.get("VERSION_CODENAME")
        self.base = folder / f"base-{self.suite}"
        folder.mkdir(parents=True, exist_ok=True)
        if not self.base.exists():
            fresh = folder / "fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            run("debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv", self.suite,
                fresh)
            fresh.rename(self.base)

    def fresh(self, name):
        """A new copy of the base, by that name."""
        root = self.base.parent / name
        shutil.rmtree(root, ignore_errors=True)
        run("cp", "-a", "--reflink=auto", self.base, root)
        return root

    @staticmethod
    def alone(root, *command):
        """A command as the only one in such a copy, which has the host's network."""
        words = ["systemd-nspawn", "-q", "-D", root, "--register=no", "--console=pipe"]
        if not pathlib.Path("/run/systemd/system").exists():
            # No systemd on the host that could give it a unit.
            words.append("--keep-unit")
        return [str(word) for word in (*words, "--", *command)]

    def package(self, folder):
        """The Debian package of this tree, for the container's release."""
        if self.foreign:
            builder = self.base.parent / f"builder-{self.suite}"
            if not builder.exists():
                self.fresh(builder.name)
            copy_source(builder / "srv/minerd")
            run(*self.alone(builder, "sh", "-c", BUILD_IN_ROOT), timeout=3600 * SCALE)
            folder = builder / "srv/deb"
        else:
            run("sh", ROOT / "packaging/deb.sh", folder,
                env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"})
        return sorted(folder.glob("minerd_*.deb"))[-1]

    def install(self, package):
        """A new copy of the base with a package, and what it needs, in it."""
        self.root = self.fresh("root")
        shutil.copy(package, self.root / "tmp/minerd.deb")
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        run("chroot", self.root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y",
            "--no-install-recommends", "install", "/tmp/minerd.deb")
        # Next time the archives are there already.
        archives = "var/cache/apt/archives"
        for archive in (self.root / archives).glob("*.deb"):
            shutil.copy(archive, self.base / archives)
        # Empty: the first boot chooses one.
        (self.root / "etc/machine-id").write_text("")
        (self.root / "etc/resolv.conf").unlink()

    def boot(self):
        command = ["systemd-nspawn", "-D", self.root, "-b", "--register=no", "--private-network",
                   "--console=pipe", "--hostname=minerd-test"]
        if not pathlib.Path("/run/systemd/system").exists():
            # No systemd on the host that could give it a unit.
            command.append("--keep-unit")
        with self.log.open("wb") as log:
            self.nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=subprocess.STDOUT)
        try:
            self.leader = until("a process 1", self.find_leader, 15)
            until("a booted system", self.is_running, 60)
        except AssertionError as error:
            self.end()
            console = self.log.read_text(errors="replace")[-2000:]
            raise unittest.SkipTest(
                f"systemd does not boot in systemd-nspawn here: {error}: {console!r}"
            ) from error

    def find_leader(self):
        if self.nspawn.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self.nspawn.returncode}")
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        for pid in children.read_text().split():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            inner = [line.split()[-1] for line in status.splitlines() if line.startswith("NSpid")]
            if inner == ["1"]:
                return pid
        return None

    def is_running(self):
        return self.call("systemctl", "is-system-running")[1].strip() in ("running", "degraded")

    def inside(self, *command):
        return ["nsenter", "-t", self.leader, "-a", "--", *map(str, command)]

    def call(self, *command):
        """(exit status, output) of a command inside."""
        done = subprocess.run(
            self.inside(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False, timeout=120 * SCALE,
        )
        return done.returncode, done.stdout.decode(errors="replace")

    def do(self, *command):
        """The output of a command inside, which must succeed."""
        return run(*self.inside(*command), timeout=120 * SCALE)

    def on_its_network(self, *command):
        """A command of the host on the container's loopback."""
        return ["nsenter", "-t", self.leader, "-n", "--", *map(str, command)]

    def end(self):
        if not self.nspawn:
            return
        if self.nspawn.poll() is None:
            # systemd-nspawn(1): an orderly power-off.
            self.nspawn.send_signal(signal.SIGTERM)
            try:
                self.nspawn.wait(20 * SCALE)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        self.nspawn = None
