# SPDX-License-Identifier: MIT
"""minerd as its users have it: the service of the Debian package."""
import json
import re
import time
import unittest

from service import CONFIG, ServiceCase, note, until
from service_failure import FailureCase  # noqa: F401
from service_package import PackageCase  # noqa: F401
from service_reload import ReloadCase  # noqa: F401

# The most that systemd-analyze(1) security may complain about; 0 is best, 10 is worst.
EXPOSURE_MAX = 2.0


class LifeCase(ServiceCase):
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

    def test_stops_soon(self):
        self.start()
        until("a share", self.accepted)
        begun = time.monotonic()
        self.container.do("systemctl", "stop", "minerd")
        note(f"systemctl stop took {(time.monotonic() - begun) * 1000:.0f} ms")
        # Within TimeoutStopSec=, after which it would have been killed.
        self.assertEqual(self.show("ActiveState"), "inactive")
        self.assertEqual(self.show("Result"), "success")
        self.assertEqual(self.show("ExecMainStatus"), "0")
        self.assertEqual(self.container.call("ls", "/run/minerd")[0], 2, "is it gone?")

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
        self.configure(priority="idle")
        pid = self.start()
        until("the workers", lambda: self.status()["workers"])
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
