# SPDX-License-Identifier: MIT
"""The service that does not start, crashes or hangs: what the administrator is told, and how often
it is tried again."""
import re
import time

from service import CONFIG, ROOT, ServiceCase, note, until

STARTS = 10  # that fail, for each reason
BURST = 10   # StartLimitBurst= of the unit
# Some versions count the restart that the limit refuses.
RESTARTS = (str(BURST - 1), str(BURST))
OTHER = "minerd-other"


class FailureCase(ServiceCase):
    def settle(self):
        super().settle()
        self.container.call("systemctl", "stop", OTHER)

    def fail_to_start(self, status):
        """One start that fails with this exit status; what `systemctl status` then shows."""
        self.container.call("systemctl", "reset-failed", "minerd")
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        self.assertEqual(self.show("ExecMainStatus"), str(status))
        # A restart in a while is not of interest here.
        self.container.do("systemctl", "stop", "minerd")
        self.container.do("journalctl", "--sync")
        return self.container.call("systemctl", "status", "minerd")[1]

    def names_the_reason_each_time(self, status, reason):
        missing = [text for text in (self.fail_to_start(status) for _ in range(STARTS))
                   if not re.search(reason, text)]
        self.assertFalse(missing, f"{len(missing)} of {STARTS}, such as\n" + "".join(missing[:1]))

    def test_the_reason_of_an_error_is_in_the_status(self):
        self.configure("wrong = 1;")
        self.names_the_reason_each_time(78, r"minerd\.conf:\d+: .*wrong")

    def test_the_reason_of_a_refused_io_uring_is_in_the_status(self):
        self.drop_in("[Service]\nSystemCallFilter=~io_uring_setup\n")
        self.names_the_reason_each_time(77, "SystemCallFilter")

    def test_the_reason_of_a_socket_in_use_is_in_the_status(self):
        self.occupy_socket()
        self.names_the_reason_each_time(
            71, r"control socket /var/lib/minerd/control\.sock: .*another minerd")

    def occupy_socket(self):
        """Another daemon has the control socket, outside of the service's RuntimeDirectory."""
        self.configure('control = { socket = "/var/lib/minerd/control.sock"; };')
        self.container.do(
            "systemd-run", "--quiet", f"--unit={OTHER}", "-p", "Type=notify", "-p", "User=minerd",
            "-p", "StateDirectory=minerd", "-p", "StateDirectoryMode=0750",
            "minerd", "-c", "/" + CONFIG)

    def test_starts_again_after_a_crash(self):
        pid = self.start()
        self.container.do("kill", "-KILL", pid)
        until("another process", lambda: self.show("MainPID") not in ("0", pid))
        until("active again", lambda: self.is_state("active"))
        until("a share", lambda: self.accepted() > 0)
        self.assertEqual(self.show("NRestarts"), "1")

    def test_a_crash_leaves_no_core(self):
        pid = self.start()
        self.assertEqual(self.show("LimitCORE"), "0")
        self.container.do("kill", "-SEGV", pid)
        until("another process", lambda: self.show("MainPID") not in ("0", pid))
        text = self.journal_text()
        self.assertIn("status=11/SEGV", text)
        self.assertNotIn("code=dumped", text)

    def test_crashes_in_a_row_end(self):
        self.drop_in("[Service]\nRestartSec=100ms\n")
        pids = {self.start()}

        def crash():
            pid = self.show("MainPID")
            if pid != "0":
                pids.add(pid)
                self.container.call("kill", "-KILL", pid)
            return self.is_state("failed")

        until("the end of it", crash, 120)
        self.assertLessEqual(len(pids), BURST)
        self.assertIn(self.show("NRestarts"), RESTARTS)
        self.assertIn("repeated too quickly", self.journal_text())
        # The remedy that the manual names.
        self.container.do("systemctl", "reset-failed", "minerd")
        self.start()
        until("a share", self.accepted)

    def test_starts_that_fail_in_a_row_end(self):
        self.occupy_socket()
        self.drop_in("[Service]\nRestartSec=100ms\n")
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        until("the end of it", lambda: self.is_state("failed"), 120)
        self.assertIn(self.show("NRestarts"), RESTARTS)

    def test_restarts_are_slowed_down_where_systemd_can(self):
        """And where it cannot, it finds no key that it does not know."""
        version = int(re.search(r"systemd (\d+)", self.container.do("systemctl", "--version"))[1])
        unit = self.container.do("systemctl", "cat", "minerd")
        self.assertEqual("RestartSteps=" in unit, version >= 254)
        self.assertEqual("RestartMaxDelaySec=" in unit, version >= 254)
        self.assertNotRegex(self.container.do("journalctl", "-q", "-b", "_PID=1"),
                            "minerd.service:.*Unknown")
        note(f"systemd {version}: {' '.join(re.findall('(?m)^Restart.*', unit))}")

    def test_wrong_use_is_not_repeated(self):
        self.drop_in("[Service]\nExecStart=\nExecStart=/usr/sbin/minerd --no-such-option\n")
        self.assertNotEqual(self.container.call("systemctl", "start", "minerd")[0], 0)
        until("failed", lambda: self.is_state("failed"))
        self.assertEqual(self.show("ExecMainStatus"), "64")
        self.assertEqual(self.show("NRestarts"), "0")

    def test_a_bad_configuration_is_not_retried(self):
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

    def test_watchdog_ends_what_hangs(self):
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
