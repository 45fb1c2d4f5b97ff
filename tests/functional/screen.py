# SPDX-License-Identifier: MIT
"""A terminal with a program on it: a pty, and what an xterm of that size would show."""
import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

from harness import DEADLINE, SCALE, die_with_parent

CONTROL = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])")


class Screen:
    """The characters of the window; colours are passed over. Characters are one column wide."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.alternate = None  # the normal screen, while the alternate one is shown
        self.cursor_shown = self.wraps = True
        self.lines = [" " * columns for _ in range(rows)]
        self.x = self.y = 0
        self.pending_wrap = False
        self.shown = None  # the lines that the user still sees, during a synchronized update
        self.unknown = []
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.rest = ""
        self.seen = ""  # all that was ever written

    def resize(self, columns, rows):
        self.lines = [line[:columns].ljust(columns) for line in self.lines[:rows]]
        self.lines += [" " * columns] * (rows - len(self.lines))
        self.columns, self.rows = columns, rows
        self.x, self.y = min(self.x, columns - 1), min(self.y, rows - 1)

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.seen += text[len(self.rest):]
        self.rest = ""
        place = 0
        while place < len(text):
            if text[place] != "\x1b":
                self.put(text[place])
                place += 1
                continue
            match = CONTROL.match(text, place)
            if not match and len(text) - place < 16:
                self.rest = text[place:]
                return
            if match:
                self.control(*match.groups())
            else:
                self.unknown.append(text[place:place + 16])
            place = match.end() if match else place + 1

    def put(self, character):
        if character == "\r":
            self.x = 0
        elif character == "\n":
            self.feed_line()
        elif character == "\b":
            self.x = max(self.x - 1, 0)
        elif character >= " ":
            if self.pending_wrap and self.wraps:
                self.x = 0
                self.feed_line()
            line = self.lines[self.y]
            self.lines[self.y] = line[:self.x] + character + line[self.x + 1:]
            self.pending_wrap = self.x == self.columns - 1
            # At the right edge the cursor stays on the last character.
            self.x = min(self.x + 1, self.columns - 1)
            return
        elif character not in "\a\t":
            self.unknown.append(character)
        self.pending_wrap = False

    def feed_line(self):
        self.pending_wrap = False
        if self.y < self.rows - 1:
            self.y += 1
        else:
            self.lines = self.lines[1:] + [" " * self.columns]

    def control(self, private, numbers, kind):
        numbers = [int(n or 0) for n in numbers.split(";")]
        if kind == "m":
            return
        self.pending_wrap = False
        if private:
            self.mode(numbers[0], kind == "h")
        elif kind == "H":
            place = (numbers + [1])[:2]
            self.y = min(max(place[0], 1), self.rows) - 1
            self.x = min(max(place[1], 1), self.columns) - 1
        elif kind == "K":
            self.lines[self.y] = self.lines[self.y][:self.x].ljust(self.columns)
        elif kind == "J":
            self.control("", "0", "K")
            self.lines[self.y + 1:] = [" " * self.columns] * (self.rows - self.y - 1)
        else:
            self.unknown.append(kind)

    def mode(self, number, on):
        if number == 7:
            self.wraps = on
        elif number == 25:
            self.cursor_shown = on
        elif number == 2026:
            self.shown = list(self.lines) if on else None
        elif number == 1049 and on and self.alternate is None:
            self.alternate = (self.lines, self.x, self.y)
            self.lines = [" " * self.columns for _ in range(self.rows)]
        elif number == 1049 and not on and self.alternate is not None:
            self.lines, self.x, self.y = self.alternate
            self.alternate = None
            self.resize(self.columns, self.rows)

    def text(self):
        return "\n".join(line.rstrip() for line in self.shown or self.lines)


class Terminal:
    """A program, leader of a session whose terminal this is."""

    def __init__(self, arguments, columns=80, rows=24, env=None):
        self.screen = Screen(columns, rows)
        self.changed = threading.Condition()
        self.ended = False
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = self.modes()
        # Whatever the test itself runs under: signals that stop are not ignored.
        self.child = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=slave,
                                      preexec_fn=self.become, close_fds=True,
                                      env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8",
                                           **(env or {})})
        os.close(slave)
        self.pid = self.child.pid
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    @staticmethod
    def become():
        die_with_parent()
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP,
                       signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)

    def read(self):
        while True:
            try:
                # With a time limit: the end closes the descriptor.
                if not select.select([self.master], [], [], 0.2)[0]:
                    if self.ended:
                        return
                    continue
                data = os.read(self.master, 65536)
            except (OSError, ValueError):
                data = b""
            with self.changed:
                if not data:
                    self.ended = True
                else:
                    self.screen.feed(data)
                self.changed.notify_all()
            if not data:
                return

    def modes(self):
        """Of the terminal, as the program sets them: tcgetattr(3) without speeds."""
        return termios.tcgetattr(self.master)[:4]

    def canonical(self):
        return bool(self.modes()[3] & termios.ICANON)

    def wait(self, accept, timeout=DEADLINE):
        """The text of the screen, once accept() takes it."""
        deadline = time.monotonic() + timeout * SCALE
        with self.changed:
            while not accept(self.screen.text()):
                left = deadline - time.monotonic()
                if left <= 0 or self.ended:
                    if accept(self.screen.text()):
                        break
                    raise AssertionError("the screen never got there:\n" + self.screen.text()
                                         + f"\n--- all: {self.screen.seen[-2000:]!r}")
                self.changed.wait(min(left, 1))
            return self.screen.text()

    def wait_for(self, pattern, timeout=DEADLINE):
        return self.wait(re.compile(pattern).search, timeout)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, columns, rows):
        with self.changed:
            self.screen.resize(columns, rows)
            # The kernel tells the program: SIGWINCH.
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def finish(self, timeout=DEADLINE):
        """Waits for the end of the program, and of what it has written; the exit code."""
        try:
            code = self.child.wait(timeout * SCALE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            code = None
        self.thread.join(5)
        return code

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.ended = True
        self.thread.join(5)
        os.close(self.master)
