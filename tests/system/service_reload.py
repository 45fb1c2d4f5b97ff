# SPDX-License-Identifier: MIT
"""systemctl reload: it fails where the file has errors, and else lasts until the new configuration
is in force."""
import re
import subprocess
import time

from service import CONFIG, Pool, ServiceCase, until

RELOADS = 20
STAND_S = 1.0  # for how long the reload of a daemon that stands still is looked at


class ReloadCase(ServiceCase):
    def reload(self):
        """(exit status, output)"""
        return self.container.call("systemctl", "reload", "minerd")

    def rename_pool(self, name):
        self.configure(name=name)

    def pool_names(self):
        return [pool["name"] for pool in self.status()["pools"]]

    def test_of_a_good_file(self):
        pid = self.start()
        until("a share", self.accepted)
        self.configure(priority="normal")
        self.container.do("systemctl", "reload", "minerd")
        self.assertTrue(self.is_state("active"))
        reloaded = until("the reload in the journal", lambda: self.journal("ID_RELOADED"))[0]
        self.assertEqual(reloaded["MINERD_FILE"], "/" + CONFIG)
        self.assertEqual(self.show("MainPID"), pid)
        before = self.accepted()
        until("shares go on", lambda: self.accepted() > before)
        # Its pool did not change, so its connection stayed.
        self.assertEqual(len(self.pool.events("connect")), 1)

    def test_it_is_in_force_when_the_command_returns(self):
        self.start()
        for number in range(RELOADS):
            name = f"name-{number}"
            self.rename_pool(name)
            self.container.do("systemctl", "reload", "minerd")
            self.assertEqual(self.pool_names(), [name])
            self.assertTrue(self.is_state("active"))

    def test_the_command_waits_for_the_daemon(self):
        """However late that comes to it: here it stands still for a while."""
        pid = self.start()
        self.rename_pool("late")
        self.container.do("kill", "-STOP", pid)
        command = subprocess.Popen(self.container.inside("systemctl", "reload", "minerd"),
                                   stdin=subprocess.DEVNULL)
        self.addCleanup(command.wait)
        self.addCleanup(self.container.call, "kill", "-CONT", pid)
        # SIGHUP: the last command of the reload is done.
        until("the signal", lambda: self.has_pending(pid, 1))
        time.sleep(STAND_S)
        self.assertIsNone(command.poll())
        self.assertTrue(self.is_state("reloading"))
        self.container.do("kill", "-CONT", pid)
        self.assertEqual(command.wait(60), 0)
        self.assertEqual(self.pool_names(), ["late"])
        self.assertTrue(self.is_state("active"))

    def has_pending(self, pid, number):
        """Whether a signal waits for a process, proc(5)."""
        text = self.container.do("cat", f"/proc/{pid}/status")
        return int(re.search(r"ShdPnd:\s+(\w+)", text).group(1), 16) >> (number - 1) & 1

    def test_of_another_pool(self):
        self.start()
        until("a share", self.accepted)
        other = Pool("--difficulty", "0.0001")
        self.addCleanup(other.stop)
        self.write(CONFIG, 'pools = ({ name = "other"; user = "rig"; '
                           f'url = "stratum+tcp://127.0.0.1:{other.port}"; }});')
        self.container.do("systemctl", "reload", "minerd")
        self.assertEqual(self.pool_names(), ["other"])
        until("the other pool", lambda: self.status()["pool"] == "other")
        self.assertTrue(other.wait("share", verdict="accepted", timeout=60))

    def test_of_a_file_with_errors(self):
        pid = self.start()
        until("a share", self.accepted)
        errors = {
            r"minerd\.conf:\d+: priority": lambda: self.configure(priority="highest"),
            r"minerd\.conf:\d+: ": lambda: self.write(CONFIG, "pools = ({ url = ; });\n"),
            r"minerd\.conf: .*Permission denied": lambda: self.container.do(
                "chmod", "0600", "/" + CONFIG),
            r"minerd\.conf: .*No such file": lambda: self.container.do("rm", "/" + CONFIG),
        }
        self.container.do("chown", "root:minerd", "/" + CONFIG)
        for message, spoil in errors.items():
            with self.subTest(message=message):
                spoil()
                code, text = self.reload()
                self.assertEqual(code, 1, text)
                self.container.do("journalctl", "--sync")
                # At level debug, as here, each share is a line as well.
                for text in (self.journal_text(),
                             self.container.call("systemctl", "--lines=1000", "status",
                                                 "minerd")[1]):
                    self.assertRegex(text, message)
                self.assertTrue(self.is_state("active"))
                self.assertEqual(self.show("MainPID"), pid)
                self.assertEqual(self.pool_names(), ["local"])
        before = self.accepted()
        until("shares go on", lambda: self.accepted() > before)
        self.assertEqual(len(self.pool.events("connect")), 1)
        self.rename_pool("mended")
        self.container.do("chmod", "0644", "/" + CONFIG)
        self.container.do("systemctl", "reload", "minerd")
        self.assertEqual(self.pool_names(), ["mended"])

    def test_a_credential_stays(self):
        """The check, too, sees the password that the service manager keeps."""
        self.write("etc/minerd/secret", "of the credential\n")
        self.drop_in("[Service]\nLoadCredential=pool-password-local:/etc/minerd/secret\n")
        self.start()
        self.pool.wait("authorize", timeout=60)
        self.container.do("systemctl", "reload", "minerd")
        other = Pool("--difficulty", "0.0001")
        self.addCleanup(other.stop)
        self.write(CONFIG, 'pools = ({ name = "local"; user = "rig"; '
                           f'url = "stratum+tcp://127.0.0.1:{other.port}"; }});')
        self.container.do("systemctl", "reload", "minerd")
        login = other.wait("authorize", timeout=60)
        self.assertEqual(login["password"], "of the credential")

    def test_a_signal_of_ones_own(self):
        """Without systemctl nobody checks before: the daemon refuses by itself."""
        pid = self.start()
        self.configure(priority="highest")
        self.container.do("kill", "-HUP", pid)
        failed = until("the refusal in the journal", lambda: self.journal("ID_RELOAD_FAILED"))[0]
        self.assertEqual(failed["MINERD_FILE"], "/" + CONFIG)
        self.assertRegex(self.journal_text(), r"minerd\.conf:\d+: ")
        until("active again", lambda: self.is_state("active"))
        self.assertEqual(self.show("MainPID"), pid)
