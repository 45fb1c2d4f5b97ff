# SPDX-License-Identifier: MIT
"""What is done to a daemon that mines, its pools and the connections between them: at random from a
seed, and all of it can be undone."""
import os
import signal
import threading
import urllib.parse

from harness import one_cpu
from test_hostile import BAD_JOBS, FATAL, ODD

DIFFICULTY = 1e-4      # 430 thousand hashes a share
HASHRATE = 4_000_000   # H/s, so that a test of hours leaves the machine to others: 10 shares/s
NBITS = "17034219"     # of a block that nobody finds
MASK = "1fffe000"
JOB_INTERVAL = 1       # s

FREEZE_S = 1.5         # longer than some of the deadlines that a configuration may have

# A proxy's ways to carry bytes. Plain is more often, so that some lines come through.
CARRIAGES = ("plain", "plain", "slow", "bytes", "cut", "join", "stall", "refuse")
LOSSES = ("reset", "end", "half_a_line", "half_closed")

# What a pool does is undone by these commands.
CALM = ("silence off", "lose off", "delay 0", "lag 0", "reject 0", "error-form array",
        f"set job-interval {JOB_INTERVAL}", f"set nbits {NBITS}", "set branches 12",
        "set coinbase-size 0", f"difficulty {DIFFICULTY}", f"mask {MASK}", "notify clean")


class Link:
    """A pool with the proxy before it, and its entry in the configuration. second: another proxy
    before it, for redirections; None: the pool takes no commands."""

    def __init__(self, pool, proxy, entry, second=None):
        self.pool, self.proxy, self.entry, self.second = pool, proxy, entry, second
        self.narrow = False  # its version mask


class Disturbances:
    """links: in order of priority. configure(pools, **settings) writes the configuration. trace:
    what was done, for the report of a failure."""

    def __init__(self, random, daemon, links, clients, configure):
        self.random, self.daemon, self.links = random, daemon, links
        self.clients, self.configure = clients, configure
        self.trace = []
        self.never = threading.Event()

    def pause(self, most):
        """A time of chance, in which the daemon gets to any point of what it does."""
        self.never.wait(self.random.random() * most)

    def disturb(self):
        """Does one thing."""
        kind = self.random.choices((self.lose, self.carry, self.mood, self.say, self.reload,
                                    self.control, self.client, self.freeze),
                                   (4, 4, 10, 3, 3, 3, 4, 1))[0]
        self.trace.append(f"{kind.__name__}: {kind()}")
        self.clients.read()

    def link(self):
        """Most often the one that is mined on first."""
        return self.random.choices(self.links, [3] + [1] * (len(self.links) - 1))[0]

    def scripted(self):
        return self.random.choice([link for link in self.links if link.second])

    def lose(self):
        link, loss = self.link(), self.random.choice(LOSSES)
        getattr(link.proxy, loss)()
        return f"{link.entry['name']} {loss}"

    def carry(self):
        link, mode = self.link(), self.random.choice(CARRIAGES)
        link.proxy.set(mode)
        return f"{link.entry['name']} {mode}"

    def mood(self):
        link = self.scripted()
        command = self.random.choice((
            self.difficulty, self.mask, self.extranonce, self.jobs, self.blocks, self.silence,
            self.slowness, self.rejects, self.ends))(link)
        link.pool.command(command)
        return f"{link.entry['name']} {command}"

    def difficulty(self, link):
        return f"difficulty {DIFFICULTY * 2 ** self.random.randint(-2, 3)}"

    def mask(self, link):
        """Wide and narrow in turns: a share of the wide one, late by one change, is excused."""
        link.narrow = not link.narrow
        return "mask " + ("0000e000" if link.narrow else MASK)

    def extranonce(self, link):
        """Another extranonce1 each time: the size of both together is that of the pool's work."""
        size = self.random.randint(4, 6)
        return f"extranonce {self.random.randbytes(size).hex()} {8 - size}"

    def jobs(self, link):
        return self.random.choice(("notify", "notify clean", "notify block", "notify same",
                                   "notify previous", "burst 20", "burst 5 clean",
                                   "set job-interval 0.05", "set job-interval 0",
                                   "set job-interval 1", "set branches 3", "set branches 15",
                                   "set coinbase-size 5000"))

    def blocks(self, link):
        """1e00ffff is met by one share in about ten."""
        return "set nbits " + self.random.choice(("1e00ffff", NBITS))

    def silence(self, link):
        return self.random.choice(("silence on", "silence jobs", "silence replies",
                                   "silence verdicts", "silence off", "silence off", "lose on",
                                   "lose off", "lose off"))

    def slowness(self, link):
        return (f"{self.random.choice(('delay', 'lag'))} "
                f"{self.random.choice((0, 0, 10, 100, 600))}")

    def rejects(self, link):
        return self.random.choice((f"reject {self.random.randint(1, 30)} 20 Not today",
                                   "error-form pair", "error-form object", "error-form string",
                                   "error-form reason", "error-form array"))

    def ends(self, link):
        host = urllib.parse.urlsplit(link.entry["url"]).hostname
        return self.random.choice(("drop", "drop-after 5", "reconnect", "ping 9", "get-version",
                                   f"reconnect {host} {link.second.port} 1",
                                   "reconnect example.org 1 0"))

    def say(self):
        link = self.scripted()
        line = self.random.choice((*("raw " + text for text in ODD + BAD_JOBS + FATAL),
                                   "garbage", "long-line 1100000", "show-message hello"))
        link.pool.command(line)
        return f"{link.entry['name']} {line[:60]}"

    def reload(self):
        """Any of the pools in any order, some under another user, other workers and deadlines."""
        chosen = self.random.sample(self.links, self.random.randint(1, len(self.links)))
        pools = [dict(link.entry, user=self.random.choice(("a.b", "c.d"))) for link in chosen]
        everything = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        workers = self.random.choice((one_cpu(), [{"cpus": everything}],
                                      [{"cpus": everything, "kernel": "generic"}]))
        self.configure(*pools, workers=[{**group, "hashrate_limit": HASHRATE} for group in workers],
                       failover={"backoff_max": 1, "standby": self.random.randint(0, 2),
                                 "failback_after": self.random.randint(0, 2),
                                 "job_timeout": self.random.choice((1, 5, 120)),
                                 "reply_timeout": self.random.choice((1, 5, 120)),
                                 "max_rejects": self.random.choice((5, 20))})
        if self.random.random() < 0.5:
            self.daemon.kill(signal.SIGHUP)
        else:
            self.daemon.ctl("reload")
        return " ".join(pool["name"] for pool in pools)

    def control(self):
        command = self.random.choice((
            ("pause",), ("resume",), ("resume",), ("limit", "cpu=20"), ("limit", "cpu=100"),
            ("limit", f"hashrate={2 * HASHRATE}"), ("switch", self.link().entry["name"])))
        # The pool that it names may be one that the configuration leaves out now.
        self.daemon.ctl(*command)
        return " ".join(command)

    def client(self):
        return self.clients.come()

    def freeze(self):
        """SIGSTOP, as a suspended machine or a frozen cgroup."""
        self.daemon.kill(signal.SIGSTOP)
        self.never.wait(FREEZE_S)
        self.daemon.kill(signal.SIGCONT)
        return f"{FREEZE_S} s"

    def undo(self):
        """All but what the daemon was told: configuration, pause and preferred pool."""
        self.clients.close()
        for link in self.links:
            link.proxy.set("plain")
            link.narrow = False
            for command in CALM if link.second else ():
                link.pool.command(command)
