# SPDX-License-Identifier: MIT
"""minerctl when something is wrong: who is to blame, what helps, and that it always ends."""
import concurrent.futures
import os
import signal
import socket
import subprocess

from harness import DEADLINE, FunctionalTest, SCALE, hold_port, main, one_cpu, program

EASY = "2e-5"
NOBODY = 65534
VERBS = (["status"], ["pools"], ["workers"], ["latency"], ["metrics"], ["version"], ["pause"],
         ["resume"], ["mine", "1"], ["switch", "one"], ["limit", "cpu=50"], ["reload"],
         ["--json", "status"],
         ["--json", "top"])


class MinerctlCase(FunctionalTest):
    def ctl(self, *arguments, **options):
        return subprocess.run([program("MINERCTL"), "-s", self.socket, *arguments],
                              capture_output=True, text=True, timeout=DEADLINE * SCALE, **options)

    def start_mining(self, *entries):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="one"), *entries, workers=one_cpu())
        self.wait_shares(pool, 3)
        return pool, daemon


class HangTest(MinerctlCase):
    def all_verbs(self):
        with concurrent.futures.ThreadPoolExecutor(len(VERBS)) as executor:
            return zip(VERBS, executor.map(lambda verb: self.ctl(*verb), VERBS))

    def test_every_verb_ends(self):
        """A daemon that is stopped takes connections and calls, and replies to none."""
        _, daemon = self.start_mining()
        daemon.kill(signal.SIGSTOP)
        try:
            for verb, done in self.all_verbs():
                with self.subTest(verb=verb):
                    self.assertEqual(done.returncode, 3, done.stderr)
                    self.assertIn(f"{self.socket}: minerd (pid {daemon.pid}) does not reply: the "
                                  "process is stopped (SIGSTOP)", done.stderr)
                    self.assertIn(f"kill -CONT {daemon.pid}", done.stderr)
                    self.assertNotIn("systemctl start", done.stderr)
        finally:
            daemon.kill(signal.SIGCONT)
        # The daemon obeys once it goes on, and runs as before.
        self.assertEqual(self.ctl("resume").returncode, 0)

    def test_a_full_backlog(self):
        """Nor does a connection that nobody takes keep it for longer."""
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.socket)
        listening.listen(0)
        first = socket.socket(socket.AF_UNIX)
        self.addCleanup(first.close)
        first.connect(self.socket)
        done = self.ctl("status")
        self.assertEqual(done.returncode, 3)
        self.assertIn("does not accept connections: it hangs", done.stderr)

    def test_a_peer_that_says_nothing_or_half(self):
        for said in (b"", b'{"parameters":{'):
            with self.subTest(said=said):
                self.socket = self.path(f"peer{len(said)}")
                listening = socket.socket(socket.AF_UNIX)
                self.addCleanup(listening.close)
                listening.bind(self.socket)
                listening.listen()
                child = subprocess.Popen([program("MINERCTL"), "-s", self.socket, "status"],
                                         stderr=subprocess.PIPE, text=True)
                peer, _ = listening.accept()
                self.addCleanup(peer.close)
                peer.sendall(said)
                _, text = child.communicate(timeout=DEADLINE * SCALE)
                self.assertEqual(child.returncode, 3)
                self.assertIn(f"(pid {os.getpid()})", text)
                self.assertRegex(text, "no end of a message" if said else r"no reply from .* for \d s")


class CauseTest(MinerctlCase):
    def test_permission(self):
        """Which path, which group helps; never how to start what runs."""
        if os.geteuid() != 0:
            self.skipTest("needs root, to be another user")
        os.chmod(self.directory, 0o755)
        tool = self.path("minerctl")
        with open(program("MINERCTL"), "rb") as file, open(tool, "wb") as copy:
            copy.write(file.read())
        os.chmod(tool, 0o755)
        folder = self.path("run")
        os.mkdir(folder, 0o750)
        os.chown(folder, 0, 4)
        self.socket = os.path.join(folder, "control.sock")
        self.start_mining()

        def as_nobody(*arguments):
            return subprocess.run(["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
                                   "--clear-groups", tool, "-s", self.socket, *arguments],
                                  capture_output=True, text=True, timeout=DEADLINE * SCALE)

        done = as_nobody("status")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, rf"permission denied: user \w+ may not enter directory {folder} "
                                      r"\(owner root, group \w+, mode 0750\)")
        self.assertRegex(done.stderr, r"Members of group \w+ may: usermod -aG \w+ ")
        os.chmod(folder, 0o700)
        self.assertIn("Only root may", as_nobody("status").stderr)
        os.chmod(folder, 0o755)
        os.chmod(self.socket, 0o600)
        self.assertIn(f"may not connect to socket {self.socket}", as_nobody("status").stderr)
        os.chmod(self.socket, 0o666)
        self.assertEqual(as_nobody("status").returncode, 0)
        done = as_nobody("pause")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a member of group minerd", done.stderr)

    def test_other_kinds_of_sockets(self):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            with self.subTest(kind=kind):
                self.socket = self.path(f"socket{kind}")
                other = socket.socket(socket.AF_UNIX, kind)
                self.addCleanup(other.close)
                other.bind(self.socket)
                if kind == socket.SOCK_SEQPACKET:
                    other.listen()
                done = self.ctl()
                self.assertEqual(done.returncode, 3)
                self.assertIn("it belongs to another program", done.stderr)
                self.assertNotIn("Start it", done.stderr)

    def test_a_service_that_is_down(self):
        """The default socket, on a machine that systemd runs: there alone systemctl helps."""
        done = subprocess.run([program("MINERCTL"), "status"], capture_output=True, text=True,
                              timeout=DEADLINE * SCALE)
        if done.returncode == 0:
            self.skipTest("the service runs here")
        self.assertEqual(done.returncode, 3)
        self.assertIn("/run/minerd", done.stderr)
        if "does not exist" in done.stderr:
            self.assertEqual("systemctl start minerd" in done.stderr,
                             os.path.isdir("/run/systemd/system"))


class SwitchTest(MinerctlCase):
    def test_a_pool_that_is_down(self):
        _, daemon = self.start_mining(self.pool_entry(hold_port(self), name="two"))
        done = self.ctl("switch", "two")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^two is chosen, but it is not connected: .*[Cc]onnection "
                                      r"refused.*; next attempt in \d+s\n"
                                      r"minerd mines on one until two is connected, and then ")
        self.assertEqual(daemon.status()["pool"], "one")

    def test_a_pool_that_works(self):
        other = self.pool("--difficulty", EASY)
        self.start_mining(self.pool_entry(other, name="two"))
        done = self.ctl("switch", "two")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "switched to two\n", ""))
        self.wait_shares(other, 3)

    def test_a_pool_that_is_not_connected_yet(self):
        """The third of three, with one on standby."""
        others = [self.pool("--difficulty", EASY) for _ in range(2)]
        _, daemon = self.start_mining(*(self.pool_entry(pool, name=f"n{i}")
                                        for i, pool in enumerate(others)))
        daemon.wait_status(lambda s: [p["state"] for p in s["pools"]][1:] == ["standby", "disabled"])
        self.assertEqual(self.ctl("switch", "n1").stdout, "switched to n1\n")

    def test_no_pool_at_all(self):
        self.daemon(self.pool_entry(hold_port(self), name="one"), workers=one_cpu()).status()
        done = self.ctl("switch", "one")
        self.assertEqual(done.returncode, 0)
        self.assertIn("No other pool can be mined on either", done.stdout)

    def test_a_name_that_there_is_not(self):
        self.start_mining(self.pool_entry(hold_port(self), name="two"))
        done = self.ctl("switch", "three")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn('no pool has the name "three"', done.stderr)
        self.assertIn("the pools are: one, two", done.stderr)


class OutputTest(MinerctlCase):
    def test_a_reader_that_has_seen_enough(self):
        """Whatever SIGPIPE does where it runs: it ends, and says nothing."""
        self.start_mining()
        for verb in (["status"], ["metrics"], ["--json", "status"], ["--json", "top"], ["--help"]):
            for restored in (True, False):
                with self.subTest(verb=verb, restored=restored):
                    reader, writer = os.pipe()
                    os.close(reader)
                    done = subprocess.run([program("MINERCTL"), "-s", self.socket, *verb],
                                          stdout=writer, stderr=subprocess.PIPE, text=True,
                                          restore_signals=restored, timeout=DEADLINE * SCALE)
                    os.close(writer)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_no_place_for_it(self):
        self.start_mining()
        for verb in (["status"], ["metrics"], ["--json", "top"]):
            with self.subTest(verb=verb), open("/dev/full", "w") as full:
                done = subprocess.run([program("MINERCTL"), "-s", self.socket, *verb], stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=DEADLINE * SCALE)
                self.assertEqual(done.returncode, 1)
                self.assertIn("cannot write to stdout", done.stderr)

    def test_ascii(self):
        """In the C locale, of every command, with a name that is not ASCII."""
        pool = self.pool("--difficulty", EASY)
        self.daemon(self.pool_entry(pool, name="größe"), self.pool_entry(hold_port(self), name="µ"),
                    workers=one_cpu())
        self.wait_shares(pool, 3)
        environment = {**os.environ, "LC_ALL": "C"}
        for verb in (["status"], ["pools"], ["workers"], ["latency"], ["version"],
                     ["switch", "größe"], ["switch", "µ"], ["switch", "é"], ["limit", "cpu=é"],
                     ["é"], ["limit", "cpu=50"], ["--json", "status"], ["--json", "pools"],
                     ["pause"], ["reload"], ["--help"]):
            with self.subTest(verb=verb):
                done = self.ctl(*verb, env=environment)
                self.assertTrue((done.stdout + done.stderr).isascii(), done.stdout + done.stderr)
        self.assertIn("gr??e", self.ctl("pools", env=environment).stdout)
        self.assertIn("größe", self.ctl("pools", env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout)


if __name__ == "__main__":
    main()
