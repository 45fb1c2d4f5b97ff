# SPDX-License-Identifier: MIT
"""
minerd as its users have it: the Debian package, installed in a Debian that systemd has booted,
mining on the test pool over that container's loopback.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))

from container import Container, run, until  # noqa: E402
from harness import Pool, note  # noqa: E402

ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ["MINERD_BUILD"])
CONFIG = "etc/minerd/minerd.conf"
DROP_IN = "run/systemd/system/minerd.service.d/test.conf"

# The most that systemd-analyze(1) security may complain about; 0 is best, 10 is worst.
EXPOSURE_MAX = 2.0


def message_id(name):
    """The value of an ID_ constant."""
    text = (ROOT / "systemd/ids.h").read_text()
    return re.search(rf'#define {name} +"([0-9a-f]{{32}})"', text).group(1)


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = BUILD / "system"
        cls.container = Container(folder)
        cls.addClassCleanup(cls.container.end)
        run("sh", ROOT / "packaging/deb.sh", folder / "deb",
            env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"})
        packages = sorted((folder / "deb").glob("minerd_*.deb"))
        cls.container.install(packages[-1])
        cls.container.boot()
        # The harness starts the pool by this name: on the container's loopback.
        wrapper = folder / "testpool"
        testpool = os.environ["TESTPOOL"]
        wrapper.write_text(
            "#!/bin/sh\nexec " + " ".join(cls.container.on_its_network(testpool)) + ' "$@"\n'
        )
        wrapper.chmod(0o755)
        os.environ["TESTPOOL"] = str(wrapper)

    def setUp(self):
        self.pool = Pool("--difficulty", "0.0001", "--job-interval", "2")
        self.addCleanup(self.pool.stop)
        self.addCleanup(self.settle)
        self.configure()
        self.since = self.container.do("date", "+%s.%N").strip()

    def settle(self):
        """Whatever a test did: the next one begins with a stopped service as it was installed."""
        self.container.call("systemctl", "stop", "minerd")
        self.container.call("rm", "-f", "/" + DROP_IN)
        self.container.call("systemctl", "daemon-reload")
        self.container.call("systemctl", "reset-failed", "minerd")

    def write(self, path, text):
        """Through the container, whose /run is its own."""
        code = f"mkdir -p $(dirname /{path}) && cat >/{path}"
        subprocess.run(self.container.inside("sh", "-c", code), input=text.encode(), check=True)

    def configure(self, more=""):
        self.write(CONFIG, f"""
pools = ({{ url = "stratum+tcp://127.0.0.1:{self.pool.port}"; user = "rig"; name = "local"; }});
log = {{ level = "debug"; }};
{more}
""")

    def drop_in(self, text):
        self.write(DROP_IN, text)
        self.container.do("systemctl", "daemon-reload")

    def show(self, name):
        return self.container.do("systemctl", "show", "--value", "-p", name, "minerd").strip()

    def is_state(self, state):
        return self.show("ActiveState") == state

    def start(self):
        self.container.do("systemctl", "start", "minerd")
        return self.show("MainPID")

    def status(self):
        return json.loads(self.container.do("minerctl", "--json", "status"))

    def accepted(self):
        return self.status()["shares"]["accepted"]

    def settled(self):
        """A status that the next one agrees with on what was found; the workers are paused."""
        last = None
        while True:
            status = self.status()
            if last and last["shares"] == status["shares"] and not status["shares"]["in_flight"]:
                return status
            last = status
            time.sleep(0.2)

    def journal(self, name):
        """The entries of one event since the test began."""
        text = self.container.do(
            "journalctl", "-q", "-u", "minerd", "--since", "@" + self.since, "-o", "json",
            "MESSAGE_ID=" + message_id(name),
        )
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def journal_text(self):
        return self.container.do(
            "journalctl", "-q", "-x", "-u", "minerd", "--since", "@" + self.since
        )

    def test_starts_and_mines(self):
        pid = self.start()
        self.assertEqual(self.show("ActiveState"), "active")
        self.assertEqual(self.show("SubState"), "running")
        self.assertNotEqual(pid, "0")
        until("ten accepted shares", lambda: self.accepted() >= 10)
        status = self.status()
        self.assertEqual(str(status["pid"]), pid)
        self.assertEqual(status["pool"], "local")
        self.assertEqual(status["shares"]["hardware_errors"], 0)
        self.assertIn("local", self.container.do("minerctl", "status"))

    def test_status_text_tells_what_it_does(self):
        self.start()
        text = until(
            "a status text with the hash rate",
            lambda: re.search(r".*\d [kMGT]?H/s.*", self.show("StatusText")),
        ).group(0)
        self.assertIn("local", text)
        note(f"STATUS={text}")
        self.assertIn(text[:20], self.container.call("systemctl", "status", "minerd")[1])

    def test_journal_has_the_fields_and_their_explanation(self):
        self.start()
        started = until("the start in the journal", lambda: self.journal("ID_STARTED"))[0]
        self.assertEqual(started["SYSLOG_IDENTIFIER"], "minerd")
        self.assertEqual(started["_SYSTEMD_UNIT"], "minerd.service")
        self.assertEqual(started["_TRANSPORT"], "journal")
        self.assertEqual(int(started["MINERD_WORKERS"]), len(self.status()["workers"]))
        connected = until("the pool in the journal", lambda: self.journal("ID_POOL_CONNECTED"))[0]
        self.assertEqual(connected["MINERD_POOL"], "local")
        self.assertEqual(connected["MINERD_URL"], f"stratum+tcp://127.0.0.1:{self.pool.port}")
        self.assertRegex(connected["PRIORITY"], "[56]")
        self.assertTrue(self.journal("ID_POOL_ACTIVE"))
        self.pool.stop()
        lost = until("the loss in the journal", lambda: self.journal("ID_POOL_LOST"))[0]
        self.assertTrue(lost["MINERD_REASON"])
        text = self.journal_text()
        self.assertIn("Subject: Pool local is lost", text)
        self.assertIn("minerctl pools", text)
        self.container.do("systemctl", "stop", "minerd")
        self.assertTrue(self.journal("ID_STOPPING"))
        # Nothing was left to the stream of stderr, where it would have no fields.
        self.assertNotIn("<7>", self.journal_text())

    def test_reload_of_a_good_file(self):
        pid = self.start()
        until("a share", self.accepted)
        self.configure('priority = "batch";')
        self.container.do("systemctl", "reload", "minerd")
        reloaded = until("the reload in the journal", lambda: self.journal("ID_RELOADED"))[0]
        self.assertEqual(reloaded["MINERD_FILE"], "/" + CONFIG)
        until("active again", lambda: self.is_state("active"))
        self.assertEqual(self.show("MainPID"), pid)
        before = self.accepted()
        until("shares go on", lambda: self.accepted() > before)
        # Its pool did not change, so its connection stayed.
        self.assertEqual(len(self.pool.events("connect")), 1)

    def test_reload_of_another_pool(self):
        self.start()
        until("a share", self.accepted)
        other = Pool("--difficulty", "0.0001")
        self.addCleanup(other.stop)
        self.write(CONFIG, 'pools = ({ name = "other"; user = "rig"; '
                           f'url = "stratum+tcp://127.0.0.1:{other.port}"; }});')
        self.container.do("systemctl", "reload", "minerd")
        until("the other pool", lambda: self.status()["pool"] == "other")
        self.assertTrue(other.wait("share", verdict="accepted", timeout=60))

    def test_reload_of_a_bad_file(self):
        pid = self.start()
        until("a share", self.accepted)
        self.configure('priority = "highest";')
        self.container.call("systemctl", "reload", "minerd")
        failed = until("the refusal in the journal", lambda: self.journal("ID_RELOAD_FAILED"))[0]
        self.assertEqual(failed["MINERD_FILE"], "/" + CONFIG)
        self.assertRegex(self.journal_text(), r"minerd\.conf:\d+: ")
        until("active again", lambda: self.is_state("active"))
        self.assertEqual(self.show("MainPID"), pid)
        before = self.accepted()
        until("shares go on", lambda: self.accepted() > before)

    def test_stops_soon(self):
        self.start()
        until("a share", self.accepted)
        begun = time.monotonic()
        self.container.do("systemctl", "stop", "minerd")
        took = time.monotonic() - begun
        note(f"systemctl stop took {took * 1000:.0f} ms")
        self.assertLess(took, 10)
        self.assertEqual(self.show("ActiveState"), "inactive")
        self.assertEqual(self.show("Result"), "success")
        self.assertEqual(self.show("ExecMainStatus"), "0")
        self.assertEqual(self.container.call("ls", "/run/minerd")[0], 2, "is it gone?")

    def test_starts_again_after_a_crash(self):
        pid = self.start()
        self.container.do("kill", "-KILL", pid)
        until("another process", lambda: self.show("MainPID") not in ("0", pid))
        until("active again", lambda: self.is_state("active"))
        until("a share", lambda: self.accepted() > 0)
        self.assertEqual(self.show("NRestarts"), "1")

    def test_the_best_share_outlives_it(self):
        """In the unit's StateDirectory, which the sandbox leaves writable."""
        self.container.call("rm", "-f", "/var/lib/minerd/state.json")
        self.start()
        until("a share", self.accepted)
        self.container.do("minerctl", "pause")
        status = self.settled()
        self.container.do("systemctl", "stop", "minerd")
        self.assertEqual(
            self.container.do("stat", "-c", "%U:%G %a", "/var/lib/minerd",
                              "/var/lib/minerd/state.json").split("\n")[:2],
            ["minerd:minerd 750", "minerd:minerd 600"],
        )
        kept = json.loads(self.container.do("cat", "/var/lib/minerd/state.json"))
        self.assertEqual(kept["best"], status["shares"]["best_ever"])
        self.pool.command("difficulty 1e9")
        pid = self.start()
        again = self.status()
        self.assertEqual(again["shares"]["best_ever"], kept["best"])
        self.assertEqual(again["lifetime"], status["lifetime"])
        # Nor does a crash take it away.
        self.container.do("kill", "-KILL", pid)
        until("another process", lambda: self.show("MainPID") not in ("0", pid))
        until("active again", lambda: self.is_state("active"))
        self.assertEqual(self.status()["shares"]["best_ever"], kept["best"])

    def test_watchdog_ends_what_hangs(self):
        # At idle priority a busy machine could keep the workers from advancing.
        self.configure('priority = "batch";')
        self.drop_in("[Service]\nWatchdogSec=3\nRestartSec=100ms\nTimeoutAbortSec=1\n")
        pid = self.start()
        # While it is well, nobody interferes.
        time.sleep(5)
        self.assertEqual(self.show("MainPID"), pid)
        self.container.do("kill", "-STOP", pid)
        until("another process", lambda: self.show("MainPID") not in ("0", pid))
        self.assertIn("watchdog", self.container.do(
            "journalctl", "-q", "-u", "minerd", "--since", "@" + self.since).lower())
        until("a share", lambda: self.is_state("active") and self.accepted() > 0)

    def test_runs_with_nothing_to_lose(self):
        pid = self.start()
        user = self.container.do("id", "-u", "minerd").strip()
        self.assertNotEqual(user, "0")
        status = self.container.do("cat", f"/proc/{pid}/status")
        self.assertRegex(status, rf"Uid:\t{user}\t{user}\t{user}\t{user}\n")
        for name, value in (("CapEff", "0" * 16), ("CapBnd", "0" * 16), ("NoNewPrivs", "1"),
                            ("Seccomp", "2")):
            self.assertRegex(status, rf"{name}:\t{value}\n")
        self.assertEqual(
            self.container.do("stat", "-c", "%U:%G %a", "/" + CONFIG).strip(), "root:minerd 640"
        )

    def test_workers_are_idle_and_pinned(self):
        pid = self.start()
        until("a share", self.accepted)
        cpus = {str(worker["cpu"]) for worker in self.status()["workers"]}
        policies = self.container.do("chrt", "-ap", pid)
        self.assertEqual(policies.count("SCHED_IDLE"), len(cpus), policies)
        # What they need to leave that priority again, setrlimit(2): 20 - nice. A container may not
        # be allowed to give it.
        self.assertEqual(self.show("LimitNICE"), "20")
        affinities = re.findall(r"list: (\S+)", self.container.do("taskset", "-acp", pid))
        self.assertTrue(cpus <= set(affinities), affinities)

    def test_exposure(self):
        text = self.container.do("systemd-analyze", "--no-pager", "security", "minerd.service")
        figure = float(re.search(r"Overall exposure level for minerd.service: ([\d.]+)", text)[1])
        note(f"systemd-analyze security minerd.service: {figure}")
        self.assertLessEqual(figure, EXPOSURE_MAX, text)

    def test_unit_is_valid(self):
        text = self.container.call("systemd-analyze", "verify", "minerd.service")[1]
        # Manual pages are left out of a minimal root.
        lines = [line for line in text.splitlines() if "man " not in line]
        self.assertEqual(lines, [])

    def test_a_bad_configuration_is_told_once(self):
        self.configure("wrong = 1;")
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        until("failed", lambda: self.is_state("failed"))
        self.assertEqual(self.show("ExecMainStatus"), "78")
        self.assertEqual(self.show("NRestarts"), "0")
        self.assertRegex(self.journal_text(), r"/etc/minerd/minerd\.conf:\d+: .*wrong")

    def test_an_unedited_configuration_names_the_line(self):
        self.write(CONFIG, (ROOT / "config/minerd.conf.example").read_text())
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        until("failed", lambda: self.is_state("failed"))
        self.assertEqual(self.show("ExecMainStatus"), "78")
        self.assertRegex(self.journal_text(), r"/etc/minerd/minerd\.conf:\d+: .*user")

    def test_a_refused_io_uring_is_explained(self):
        self.drop_in("[Service]\nSystemCallFilter=~io_uring_setup\n")
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        until("failed", lambda: self.is_state("failed"))
        self.assertEqual(self.show("ExecMainStatus"), "77")
        self.assertEqual(self.show("NRestarts"), "0")
        self.assertIn("SystemCallFilter", self.journal_text())

    def test_a_password_comes_as_a_credential(self):
        self.write("etc/minerd/secret", "of the credential\n")
        self.drop_in("[Service]\nLoadCredential=pool-password-local:/etc/minerd/secret\n")
        self.start()
        login = self.pool.wait("authorize", timeout=60)
        self.assertEqual(login["password"], "of the credential")

    def test_only_its_group_may_change_it(self):
        self.start()
        until("a share", self.accepted)

        def as_user(*who):
            return ["setpriv", "--reuid=65534", "--regid=65534", *who, "minerctl"]

        stranger = as_user("--clear-groups")
        member = as_user("--groups", self.container.do("id", "-g", "minerd").strip())
        self.container.do(*stranger, "status")
        code, text = self.container.call(*stranger, "pause")
        self.assertEqual(code, 1, text)
        self.assertEqual(self.status()["state"], "mining")
        self.container.do(*member, "pause")
        self.assertEqual(self.status()["state"], "paused")
        self.container.do("minerctl", "resume")
        until("it mines again", lambda: self.status()["state"] == "mining")
        self.container.do("systemctl", "stop", "minerd")
        code, text = self.container.call(*stranger, "status")
        self.assertEqual(code, 3)
        self.assertIn("systemctl start minerd", text)


if __name__ == "__main__":
    unittest.main()
