# SPDX-License-Identifier: MIT
"""minerctl top: what stands on the screen at every size, and the terminal after every way out."""
import os
import re
import signal
import stat

from fake_daemon import FakeDaemon
from harness import FunctionalTest, main, one_cpu, program
from screen import Terminal

EASY = "2e-5"
WORDS = " ".join(f"w{i:02}" for i in range(60))


def status(**changes):
    """A status that stands still."""
    latency = {"count": 5, "p50": 12.3, "p90": 20.5, "p99": 120000, "max": 120000, "sum": 130000}
    pool = {"name": "one", "url": "stratum+tcp://p:1", "user": "u", "state": "active",
            "difficulty": 512, "accepted": 142, "rejected": 0, "stale": 0, "state_s": 200,
            "submit_us": latency, "last_job_s": 12}
    return {"version": "9.9", "pid": 77, "uptime_s": 60, "state": "mining", "pool": "one",
            "hashrate": {"10s": 5e7, "1m": 5e7, "15m": 5e7, "session": 5e7}, "hashes": 1e12,
            "pools": [pool, {**pool, "name": "two", "state": "backoff", "down_s": 9,
                             "next_attempt_s": 2.0, "last_loss": WORDS}],
            "shares": {"accepted": 142, "rejected": 0, "stale": 0}, "blocks_found": 0,
            "workers": [{"cpu": 0, "kernel": "k", "hashrate": 5e7, "hashes": 1e12,
                         "outside_percent": 0.1}],
            "latency_us": {"packet_to_hash": latency, "submit": latency}, **changes}


class TopCase(FunctionalTest):
    def terminal(self, *arguments, columns=80, rows=24, env=None):
        terminal = Terminal(list(arguments) or [program("MINERCTL"), "-s", self.socket, "top"],
                            columns, rows, env)
        self.addCleanup(terminal.close)
        return terminal

    def fake(self, **changes):
        fake = FakeDaemon(self.socket, status(**changes))
        self.addCleanup(fake.close)
        return fake

    def check_restored(self, terminal):
        """The terminal is as top found it."""
        self.assertEqual(terminal.modes(), terminal.before)
        screen = terminal.screen
        self.assertIsNone(screen.alternate)
        self.assertTrue(screen.cursor_shown and screen.wraps)
        self.assertEqual(screen.unknown, [])

    def wait_taken_again(self, terminal):
        """A key that is pressed before that is flushed with the terminal's input."""
        terminal.wait(lambda _: terminal.screen.seen.count("\x1b[?1049h") == 2)

    def quit(self, terminal):
        terminal.press("q")
        self.assertEqual(terminal.finish(), 0)
        self.check_restored(terminal)


class SizeTest(TopCase):
    def test_last_column(self):
        """Words fill the lines up to each column in turn: every one is whole."""
        self.fake()
        full = 0
        for columns in (80, 79, 81, 78, 82, 40, 41, 42, 43, 200):
            with self.subTest(columns=columns):
                terminal = self.terminal(columns=columns, rows=60)
                text = terminal.wait_for("q quits")
                self.assertEqual(re.findall(r"\bw\d\d\b", text), WORDS.split())
                full += any(len(line) == columns for line in text.splitlines())
                self.quit(terminal)
        self.assertGreater(full, 1, "windows with a line that is just as wide")

    def test_the_last_figure_of_a_table(self):
        """A table that is just as wide as the window: its last column ends with a unit."""
        self.fake()
        terminal = self.terminal(columns=200, rows=60)
        text = terminal.wait_for("q quits")
        table = [line for line in text.splitlines() if re.search(r"packet \.\. first hash", line)][0]
        self.assertTrue(table.endswith("120 ms"))
        self.quit(terminal)
        terminal = self.terminal(columns=len(table), rows=60)
        self.assertIn(table, terminal.wait_for("q quits").splitlines())
        self.quit(terminal)

    def test_every_size(self):
        """Down to one character; what has no place is counted in the lowest line."""
        self.fake()
        for columns, rows in ((80, 24), (79, 24), (81, 24), (40, 10), (200, 50), (30, 5), (12, 3),
                              (5, 2), (1, 1), (300, 1)):
            with self.subTest(columns=columns, rows=rows):
                terminal = self.terminal(columns=columns, rows=rows)
                text = terminal.wait_for(r"\S")
                if rows >= 3 and columns >= 30:
                    lines = terminal.wait_for(r"^● mining on one(.|\n)*q quits").splitlines()
                    self.assertEqual(len(lines), rows)
                    self.assertRegex(lines[-1], r"q quits   (\d+ more lines?   )?upda")
                self.assertEqual(text[0], "●")
                self.quit(terminal)

    def test_resize(self):
        """After each change of the window it shows what one of that size shows from the start."""
        self.fake()
        terminal = self.terminal()
        terminal.wait_for("q quits")
        for columns, rows in ((100, 40), (79, 24), (40, 10), (60, 6), (200, 50), (80, 24)):
            with self.subTest(columns=columns, rows=rows):
                fresh = self.terminal(columns=columns, rows=rows)
                wanted = fresh.wait_for(r"^● mining on one(.|\n)*q quits").splitlines()[:-1]
                terminal.resize(columns, rows)
                terminal.wait(lambda text: text.splitlines()[:-1] == wanted)
                self.quit(fresh)
        self.quit(terminal)

    def test_ascii(self):
        self.fake(pool="größe")
        terminal = self.terminal(env={"LC_ALL": "C"})
        terminal.wait_for(r"\* mining on gr\?\?e(.|\n)*q quits")
        self.quit(terminal)
        self.assertTrue(terminal.screen.seen.isascii(), terminal.screen.seen)


class WayOutTest(TopCase):
    def test_signals(self):
        self.fake()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                       signal.SIGUSR1):
            with self.subTest(signal=number.name):
                terminal = self.terminal()
                terminal.wait_for("q quits")
                self.assertFalse(terminal.canonical())
                os.kill(terminal.pid, number)
                self.assertEqual(terminal.finish(), 0)
                self.check_restored(terminal)

    def test_keys(self):
        self.fake()
        for keys in ("q", "Q", "\x03", "xyz\x0cq"):
            with self.subTest(keys=keys):
                terminal = self.terminal()
                terminal.wait_for("q quits")
                terminal.press(keys)
                self.assertEqual(terminal.finish(), 0)
                self.check_restored(terminal)

    def under_shell(self):
        """top as a job of a shell, which says so when it stops or ends."""
        script = ('set -m; "$@"; echo "stopped $?"; read line; echo "read $line"; fg >/dev/null; '
                  'echo "ended $?"; read line')
        terminal = self.terminal("bash", "--norc", "-c", script, "bash", program("MINERCTL"),
                                 "-s", self.socket, "top")
        terminal.wait_for("q quits")
        return terminal

    def stop_and_continue(self, stop):
        fake = self.fake()
        terminal = self.under_shell()
        self.assertFalse(terminal.canonical())
        stop(terminal)
        # 128 + SIGTSTP, as the shell has it from wait(2).
        terminal.wait_for("stopped 148")
        self.check_restored(terminal)
        fake.status = status(state="paused")
        terminal.press("hello\r")
        # On the normal screen the shell has read a line, with echo, before top has the window.
        terminal.wait_for(r"● paused, connected to one(.|\n)*q quits")
        self.assertIsNotNone(terminal.screen.alternate)
        self.assertIn("read hello", "\n".join(terminal.screen.alternate[0]))
        self.assertFalse(terminal.canonical())
        fake.tell(status(state="stopping"))
        terminal.wait_for("● stopping")
        terminal.press("q")
        terminal.wait_for("ended 0")
        self.check_restored(terminal)

    def test_ctrl_z(self):
        self.stop_and_continue(lambda terminal: terminal.press("\x1a"))

    def test_sigtstp(self):
        def stop(terminal):
            self.assertEqual(os.tcgetpgrp(terminal.master),
                             int(self.children(terminal.pid)[0]))
            os.kill(os.tcgetpgrp(terminal.master), signal.SIGTSTP)
        self.stop_and_continue(stop)

    def children(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return children.read().split()

    def test_ctrl_z_without_a_shell(self):
        """Nobody could continue it: it goes on."""
        fake = self.fake()
        terminal = self.terminal()
        terminal.wait_for("q quits")
        terminal.press("\x1a")
        self.wait_taken_again(terminal)
        fake.tell(status(state="paused"))
        terminal.wait_for("● paused")
        self.quit(terminal)

    def test_stopped_by_force(self):
        """SIGSTOP leaves no time to put the terminal back, but SIGCONT takes it again."""
        fake = self.fake()
        terminal = self.terminal()
        terminal.wait_for("q quits")
        os.kill(terminal.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOWAIT)
        fake.status = status(state="paused")
        os.kill(terminal.pid, signal.SIGCONT)
        self.wait_taken_again(terminal)
        terminal.wait_for("● paused")
        self.quit(terminal)

    def test_without_a_daemon(self):
        """The terminal is not touched for an error."""
        terminal = self.terminal(columns=200)
        self.assertEqual(terminal.finish(), 3)
        self.assertIn("does not exist: minerd is not running", terminal.screen.text())
        self.assertNotIn("\x1b", terminal.screen.seen)
        self.check_restored(terminal)

    def test_terminal_that_cannot_move_its_cursor(self):
        self.fake()
        terminal = self.terminal(env={"TERM": "dumb"})
        self.assertEqual(terminal.finish(), 2)
        self.assertNotIn("\x1b", terminal.screen.seen)


class DaemonTest(TopCase):
    def start_mining(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="one"), workers=one_cpu())
        self.wait_shares(pool, 3)
        return daemon

    def test_restart(self):
        daemon = self.start_mining()
        terminal = self.terminal()
        terminal.wait_for(rf"● mining on one.*pid {daemon.pid}\b")
        self.assertEqual(daemon.stop(), 0)
        text = terminal.wait_for(r"● connection to minerd lost at \d\d:\d\d:\d\d \(\d+s ago\); retrying")
        self.assertRegex(text, r"The figures below are from \d\d:\d\d:\d\d")
        self.assertNotIn("● mining", text)
        terminal.wait_for(r"lost at [\d:]+ \([1-9]\d*s ago\)")
        again = self.start(self.path("minerd.conf"))
        terminal.wait_for(rf"● mining on one.*pid {again.pid}\b")
        # And a crash.
        again.checked = True
        again.kill(signal.SIGKILL)
        again.finish()
        terminal.wait_for(r"connection to minerd lost at(.|\n)*nobody listens on this socket")
        self.quit(terminal)

    def test_a_daemon_that_hangs(self):
        daemon = self.start_mining()
        terminal = self.terminal()
        terminal.wait_for("● mining on one")
        daemon.kill(signal.SIGSTOP)
        text = terminal.wait_for(r"● no status from minerd for \d+s; the figures below are from \d\d:")
        self.assertNotIn("● mining", text)
        text = terminal.wait_for(rf"● minerd hangs: no status for \d+s(.|\n)*"
                                 rf"minerd \(pid {daemon.pid}\) does not")
        self.assertIn("SIGSTOP", text)
        self.assertNotIn("● mining", text)
        daemon.kill(signal.SIGCONT)
        terminal.wait_for("● mining on one")
        self.quit(terminal)

    def test_another_program_takes_its_place(self):
        fake = self.fake()
        terminal = self.terminal()
        terminal.wait_for("● mining on one")
        fake.close()
        terminal.wait_for("● connection to minerd lost at")
        other = FakeDaemon(self.socket, {"no": "status"})
        terminal.wait_for('does(\n| )+not(\n| )+speak(\n| )+minerd\'s(\n| )+protocol')
        other.close()
        self.fake()
        terminal.wait_for("● mining on one")
        self.quit(terminal)

    def test_over_ssh(self):
        """A program in the place of ssh, which runs the command here."""
        folder = self.path("bin")
        os.mkdir(folder)
        ssh = os.path.join(folder, "ssh")
        with open(ssh, "w") as file:
            file.write('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\n'
                       f'PATH={os.path.dirname(program("MINERCTL"))}:$PATH exec sh -c "$3"\n')
        os.chmod(ssh, stat.S_IRWXU)
        fake = self.fake()
        terminal = self.terminal(program("MINERCTL"), "-H", "me@far", "-s", self.socket, "top",
                                 env={"PATH": folder + ":" + os.environ["PATH"]})
        terminal.wait_for("● mining on one(.|\n)*on me@far")
        fake.close()
        terminal.wait_for("● connection to minerd lost at")
        again = self.fake()
        terminal.wait_for("● mining on one", timeout=60)
        again.close()
        self.quit(terminal)


if __name__ == "__main__":
    main()
