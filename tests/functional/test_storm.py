# SPDX-License-Identifier: MIT
"""Everything at once, in any order: reloads, switches, pauses, drops, jobs, shares, control calls,
and the end at any moment."""
import os
import random
import signal
import threading
import time

from faults import AccountingCase
from harness import main, note, one_cpu
from varlink import Varlink

EASY = "1e-5"
SEED = int(os.environ.get("STORM_SEED", "5"))
ROUNDS = int(os.environ.get("STORM_ROUNDS", "40"))
CLIENTS = 5
CALLS = int(os.environ.get("STORM_CALLS", "400"))  # of each client
SHARES_A_SECOND = 500


class StormTest(AccountingCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.never = threading.Event()

    def pause(self, most):
        """A time of chance, in which the daemon gets to any point of what it does."""
        self.never.wait(self.random.random() * most)

    def reconfigure(self, entries):
        """Any pools in any order, some under another user, and any workers."""
        chosen = self.random.sample(entries, self.random.randint(1, len(entries)))
        chosen = [dict(e, user=self.random.choice(("a.b", "c.d"))) for e in chosen]
        everything = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        workers = self.random.choice((one_cpu(), [{"cpus": everything}],
                                      [{"cpus": everything, "kernel": "generic"}]))
        self.configure(*chosen, workers=workers,
                       failover={"backoff_max": 1, "standby": self.random.randint(0, 2),
                                 "failback_after": self.random.randint(1, 2)})

    def disturb(self, daemon, pools):
        what = self.random.randint(0, 5)
        if what == 0:
            daemon.kill(signal.SIGHUP)
            daemon.kill(signal.SIGHUP)
        elif what == 1:
            daemon.ctl("pause")
            daemon.ctl("resume")
        elif what == 2:
            daemon.ctl("switch", self.random.choice(("p0", "p1", "p2")))
        elif what == 3:
            self.random.choice(pools).command("drop")
        elif what == 4:
            self.random.choice(pools).command("notify clean")

    def test_changes(self):
        pools = [self.pool("--difficulty", EASY, "--extranonce2-size", size + 1)
                 for size in range(3)]
        entries = [self.pool_entry(pool, name=f"p{i}") for i, pool in enumerate(pools)]
        daemon = self.daemon(*entries, workers=one_cpu())
        self.wait_shares(pools[0], 1)
        for _ in range(ROUNDS):
            self.reconfigure(entries)
            if self.random.random() < 0.5:
                daemon.kill(signal.SIGHUP)
            else:
                self.assertEqual(daemon.ctl("reload").returncode, 0)
            self.disturb(daemon, pools)
            self.pause(0.1)
        # With all of them logged in, nothing of a past login is waited for any more.
        self.configure(*entries, workers=one_cpu(), failover={"backoff_max": 1, "standby": 2})
        for arguments in (["reload"], ["resume"], ["switch", "p1"]):
            self.assertEqual(daemon.ctl(*arguments).returncode, 0)
        self.wait_shares(pools[1], 10, since=pools[1].mark())
        daemon.wait_status(lambda s: all(p["state"] in ("active", "standby") for p in s["pools"]))
        self.check_end(daemon, *pools)

    def test_end_at_any_moment(self):
        pool = self.pool("--difficulty", EASY, "--delay", 10)
        for _ in range(15):
            daemon = self.daemon(pool, workers=one_cpu())
            self.pause(0.4)
            daemon.checked = True
            # Before it has begun to look after signals, the signal itself ends it.
            self.assertIn(daemon.stop(), (0, -signal.SIGTERM), daemon.log())


class Client(threading.Thread):
    """A control client that calls any methods, one after another, with a short time between two."""

    def __init__(self, path, seed):
        super().__init__(daemon=True)
        self.path = path
        self.random = random.Random(seed)
        self.never = threading.Event()
        self.replies = 0
        self.errors = []

    def choose(self):
        """Most calls read; those that change the daemon come in any order."""
        return self.random.choices((
            ("Status", None),
            ("Pause", None),
            ("Resume", None),
            ("Limit", {"cpu": self.random.choice((30, 60, 90, 100))}),
            ("Limit", {"hashrate": self.random.choice((0, 1e6, 1e12))}),
            ("SwitchPool", {"name": self.random.choice(("p0", "p1"))}),
            ("Reload", None),
        ), (30, 3, 12, 4, 4, 4, 1))[0]

    def run(self):
        client = Varlink(self.path)
        try:
            for _ in range(CALLS):
                method, parameters = self.choose()
                reply = client.call("io.minerd.Miner." + method, parameters)
                if reply is None:
                    raise OSError("the daemon has closed the connection")
                if "error" in reply:
                    self.errors.append((method, parameters, reply))
                self.replies += 1
                self.never.wait(self.random.random() * 0.04)
        except OSError as error:
            self.errors.append(error)
        finally:
            client.close()


class TrafficTest(AccountingCase):
    """Jobs, shares and control calls at once: the threads of the daemon meet often."""

    def write(self, name, text):
        """At once: a client's reload never reads half a file."""
        os.replace(super().write(name + ".new", text), self.path(name))
        return self.path(name)

    def settings(self, number):
        """Any workers, on all CPUs; a reload starts new threads where they change."""
        everything = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        workers = [[{"cpus": everything}], [{"cpus": everything, "kernel": "generic"}], one_cpu()]
        return {"workers": workers[number % len(workers)],
                "failover": {"backoff_max": 1, "standby": 1, "failback_after": 1,
                             "reply_timeout": 600, "max_rejects": 1_000_000}}

    def share_rate(self, pools, daemon):
        """Sets a difficulty at which this machine finds hundreds of shares a second."""
        before, begun = daemon.status()["hashes"], time.monotonic()
        daemon.wait_status(lambda s: s["hashes"] > before and time.monotonic() - begun >= 1)
        rate = (daemon.status()["hashes"] - before) / (time.monotonic() - begun)
        for pool in pools:
            pool.command(f"difficulty {rate / 2 ** 32 / SHARES_A_SECOND:.3g}")
            pool.command("notify clean")

    def test_jobs_shares_and_clients(self):
        pools = [self.pool("--difficulty", EASY) for _ in range(2)]
        entries = [self.pool_entry(pool, name=f"p{i}") for i, pool in enumerate(pools)]
        daemon = self.daemon(*entries, **self.settings(0))
        daemon.wait_status(lambda s: [p["state"] for p in s["pools"]] == ["active", "standby"])
        self.share_rate(pools, daemon)
        for pool in pools:
            pool.command("set job-interval 0.005")
        clients = [Client(self.socket, SEED * CLIENTS + i) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        rounds = 0
        while any(client.is_alive() for client in clients):
            rounds += 1
            self.configure(*entries, **self.settings(rounds))
            daemon.kill(signal.SIGHUP)
            pools[rounds % 2].command("notify clean")
            clients[rounds % CLIENTS].join(1)
        for client in clients:
            self.assertEqual((client.errors, client.replies), ([], CALLS))
        for pool in pools:
            pool.command("set job-interval 0")
        shares = self.calm(daemon, pools)
        jobs = [pool.stats()["jobs"] for pool in pools]
        note(f"{CLIENTS * CALLS} calls, {rounds} reloads by signal, {sum(jobs)} jobs, "
             f"{shares['found']} shares")

    def calm(self, daemon, pools):
        """Nothing limits the workers any more: shares are accepted again. Returns the counts."""
        for method, parameters in (("Limit", {"cpu": 100}), ("Limit", {"hashrate": 0}),
                                   ("SwitchPool", {"name": "p0"}), ("Resume", None)):
            client = Varlink(self.socket)
            self.assertEqual(client.call("io.minerd.Miner." + method, parameters),
                             {"parameters": {}})
            client.close()
        daemon.wait_status(lambda s: s["pool"] == "p0" and s["state"] == "mining")
        self.wait_shares(pools[0], 50, since=pools[0].mark())
        return self.check_end(daemon, *pools)


if __name__ == "__main__":
    note(f"STORM_SEED={SEED}")
    main()
