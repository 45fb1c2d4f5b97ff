# SPDX-License-Identifier: MIT
"""Completion of minerctl's command line, as somebody types it into bash or zsh."""
import os
import re
import shutil
import signal

from fake_daemon import FakeDaemon
from harness import FunctionalTest, main, program
from screen import Terminal

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
READY = "ready> "

STATUS = {"state": "mining", "pool": "first",
          "pools": [{"name": name, "state": "standby", "last_error": "name: x"}
                    for name in ("first", "pool.example:3333", "größe", 'an "odd" one')],
          "workers": [{"cpu": cpu, "group": cpu // 2, "kernel": "k"} for cpu in range(6)]}


def completions():
    """The folder of the build that has them."""
    return os.path.join(os.path.dirname(program("MINERCTL")), "../packaging/completions")


class CompletionCase(FunctionalTest):
    """What stands on the line once TAB was pressed; lists of candidates stand below it."""

    def setUp(self):
        super().setUp()
        fake = FakeDaemon(self.socket, STATUS)
        self.addCleanup(fake.close)
        self.start_shell()

    def shell(self, *arguments, **env):
        self.terminal = Terminal(list(arguments), columns=150, rows=50,
                                 env={"TERM": "dumb", "HOME": self.directory, "LC_ALL": "C.UTF-8",
                                      "PATH": os.path.dirname(program("MINERCTL")) + ":"
                                      + os.environ["PATH"], **env})
        self.addCleanup(self.terminal.close)
        self.terminal.wait_for(READY.strip())

    def type(self, text, wanted):
        """A new line with the text and a TAB, until the pattern is seen."""
        terminal = self.terminal
        mark = len(terminal.screen.seen)
        terminal.press(text + "\t")
        try:
            terminal.wait(lambda _: re.search(wanted, self.plain(terminal.screen.seen[mark:])),
                          timeout=15)
        except AssertionError:
            self.fail(f"{text!r} did not become {wanted!r}:\n{terminal.screen.text()}")
        self.forget()

    def type_in_vain(self, text):
        """TAB adds nothing, and what is typed after it is taken."""
        terminal = self.terminal
        mark = len(terminal.screen.seen)
        terminal.press(text + "\tend")
        terminal.wait(lambda _: text + "end" in self.plain(terminal.screen.seen[mark:]))
        self.forget()

    def forget(self):
        """Ctrl-U and an empty line: a new prompt."""
        mark = len(self.terminal.screen.seen)
        self.terminal.press("\x15\r")
        self.terminal.wait(lambda _: READY in self.plain(self.terminal.screen.seen[mark:]))

    @staticmethod
    def plain(text):
        return re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\x07|\r", "", text)

    def check_words(self):
        ctl = f"minerctl -s {self.socket}"
        self.type("minerctl li", r"limit $")
        self.type("minerctl --js", r"--json $")
        self.type(f"{ctl} switch fi", r"switch first $")
        self.type(f"{ctl} switch grö", r"switch größe $")
        self.type(f"{ctl} switch pool.example:3", r":3333 $")
        self.type(f"minerctl --socket={self.socket} switch fi", r"switch first $")

    def check_limits(self):
        ctl = f"minerctl -s {self.socket}"
        self.type(f"{ctl} limit c", r"limit cpu=$")
        self.type(f"{ctl} limit h", r"limit hashrate=$")
        self.type(f"{ctl} limit cpu=5", r"cpu=50")
        self.type(f"{ctl} limit cpu=50,h", r"cpu=50,hashrate=$")
        self.type(f"{ctl} limit cpu=50,group=\t", r"0 +1 +2")


class BashTest(CompletionCase):
    def start_shell(self):
        if not os.access(BASH_COMPLETION, os.R_OK):
            self.skipTest(f"{BASH_COMPLETION} is not there (bash-completion)")
        start = self.write("rc", f". {BASH_COMPLETION}\n. {completions()}/minerctl\n"
                                 f"PS1='{READY}'\nbind 'set enable-bracketed-paste off'\n"
                                 "bind 'set bell-style none'\n")
        self.shell("bash", "--noprofile", "--rcfile", start, "-i")

    def test_words(self):
        self.check_words()
        self.type(f"minerctl -s {self.socket} switch an", r'an\\ \\"odd\\"\\ one $')

    def test_limits(self):
        self.check_limits()
        ctl = f"minerctl -s {self.socket}"
        self.type(f"{ctl} limit hashrate=5\t", r"5G +5M +5T +5k")
        # A key that was given is not offered again.
        self.type(f"{ctl} limit cpu=50,group=1,", r"group=1,hashrate=$")

    def test_another_machine(self):
        """No connection is made for the sake of a name."""
        ssh = self.path("ssh")
        with open(ssh, "w") as file:
            file.write(f"#!/bin/sh\ntouch {self.path('called')}\n")
        os.chmod(ssh, 0o755)
        self.terminal.press(f"PATH={self.directory}:$PATH\r")
        self.type_in_vain("minerctl -H far switch fi")
        self.type_in_vain("minerctl --host=far limit group=")
        self.type("minerctl -H far li", r"limit $")
        self.assertFalse(os.path.exists(self.path("called")))

    def test_a_daemon_that_hangs(self):
        """The shell does not hang with it."""
        stuck = self.path("stuck")
        with open(self.path("sleeper"), "w") as file:
            file.write("import socket, sys, time\ns = socket.socket(socket.AF_UNIX)\n"
                       "s.bind(sys.argv[1])\ns.listen()\nprint(flush=True)\ntime.sleep(1000)\n")
        sleeper = Terminal(["python3", self.path("sleeper"), stuck])
        self.addCleanup(sleeper.close)
        sleeper.wait(lambda _: os.path.exists(stuck))
        os.kill(sleeper.pid, signal.SIGSTOP)
        self.type_in_vain(f"minerctl -s {stuck} switch fi")
        self.type("minerctl li", r"limit $")


class ZshTest(CompletionCase):
    def start_shell(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        self.write(".zshrc", f"fpath=({completions()} $fpath)\nautoload -Uz compinit\n"
                             f"compinit -u -d {self.path('dump')}\nPS1='{READY}'\n"
                             "unsetopt zle_bracketed_paste prompt_sp beep list_beep 2>/dev/null\n")
        self.shell("zsh", "-i", ZDOTDIR=self.directory)

    def test_words(self):
        self.check_words()

    def test_limits(self):
        self.check_limits()


if __name__ == "__main__":
    main()
