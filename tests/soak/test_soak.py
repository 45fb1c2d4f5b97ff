# SPDX-License-Identifier: MIT
"""A daemon among odd pools, connections that fail, control clients and reloads, all at random, for
SOAK_MINUTES. Now and then all is well for a moment: then the daemon holds no more than before, and
each share is accounted for. README.md says how to read the figures."""
import contextlib
import os
import random
import shutil
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "../functional"), os.path.join(HERE, "../functional/realpool")]

import test_realpool  # noqa: E402
from control_clients import ControlClients  # noqa: E402
from disturbances import DIFFICULTY, HASHRATE, JOB_INTERVAL, Disturbances, Link  # noqa: E402
from faults import FaultCase  # noqa: E402
from figures import Sampler, Series, table, take  # noqa: E402
from harness import main, note, one_cpu, open_files  # noqa: E402
from tls_front import TlsFront, certificate  # noqa: E402

MINUTES = float(os.environ.get("SOAK_MINUTES", "3"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randint(1, 10 ** 6)

STORM_S = 20      # between two calm moments
PAUSE_S = 0.5     # at most between two disturbances
CALM_SHARES = 5   # of each pool, of which none may be lost
WARM_UP = 2       # storms after which everything has had the memory that it needs

# With thresholds that are fixed, malloc(3) returns what is freed as soon as it can: else it keeps up
# to twice the size of the largest block that was ever freed.
RETURN_MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=131072"}

# How much more memory the daemon may hold at a calm moment than after the warm-up. Of the heap: where
# the buffers of CLIENTS_MAX clients were, of up to 128 KiB (larger ones are mapped apart), if what was
# allocated above them lives on. Resident: also the pages of struct minerd, which has 4 MiB and is
# written for the first time as pools come and go and in each five minutes of the first hour.
GROWTH_KIB = {"heap": 1024, "resident": 1024 + 4096}

# Counts of shares that only grow.
COUNTED = ("found", "submitted", "accepted", "rejected", "stale", "duplicate", "unanswered",
           "dropped", "in_flight", "hardware_errors")
TRACE = 60        # disturbances that are printed after a failure


class NpmPool:
    """The pool of realpool, with the counts that a Pool has."""

    def __init__(self, peers):
        self.peers, self.feed, self.port = peers, peers.feed, peers.port
        self.submits = self.accepted = 0

    def stats(self):
        """From the events since the last call, which it drops."""
        with self.feed.condition:
            submits = [item for item in self.feed.items if item["event"] == "submit"]
            self.feed.forget()
        self.submits += len(submits)
        self.accepted += sum(item["error"] is None for item in submits)
        return {"submits": self.submits, "accepted": self.accepted}


def share_key(share):
    """What tells a share from all others; again when it is sent a second time."""
    return tuple(share.get(key) for key in ("job", "extranonce2", "ntime", "nonce", "bits"))


@unittest.skipUnless(shutil.which("openssl"), "needs openssl(1), for a certificate")
class SoakTest(FaultCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.calm = Series()
        self.base = {}      # descriptors and threads at the calm moment before
        self.links = [self.resuming(), self.secure(), *self.foreign()]
        self.daemon = self.start(self.settle_down(), env=RETURN_MEMORY)
        self.counted = dict.fromkeys(COUNTED, 0)
        self.got = {"submits": 0, "accepted": 0}
        self.again = 0      # shares that were sent again, since the start
        clients = ControlClients(self.socket, self.random)
        self.addCleanup(clients.close)
        self.disturbances = Disturbances(self.random, self.daemon, self.links, clients,
                                         self.write_configuration)

    def scripted_pool(self, *options):
        return self.pool("--difficulty", DIFFICULTY, "--job-interval", JOB_INTERVAL, *options)

    def resuming(self):
        """It goes on with the login of a lost connection; its name is looked up for each."""
        pool = self.scripted_pool("--resume")
        proxy = self.proxy(pool)
        entry = self.pool_entry(proxy.port, name="resuming",
                                url=f"stratum+tcp://localhost:{proxy.port}")
        return Link(pool, proxy, entry, self.proxy(pool))

    def secure(self):
        """Faults hit the records of TLS, which ends behind the proxy."""
        pool = self.scripted_pool()
        pair = certificate(self.directory, "soak", "IP:127.0.0.1")
        front = TlsFront(pool.port, *pair)
        self.addCleanup(front.close)
        proxy = self.proxy(front.listen_port)
        entry = self.pool_entry(proxy.port, name="secure", tls_ca=pair[0],
                                url=f"stratum+tls://127.0.0.1:{proxy.port}")
        return Link(pool, proxy, entry, self.proxy(front.listen_port))

    def foreign(self):
        """The pool from npm, if it is there."""
        try:
            test_realpool.setUpModule()
        except unittest.SkipTest as reason:
            note(f"without the pool from npm: {reason}")
            return
        peers = test_realpool.Peers(DIFFICULTY)
        self.addCleanup(peers.stop)
        started = peers.feed.wait(lambda e: e["event"] in ("started", "failed"), timeout=60)
        self.assertTrue(started and started["event"] == "started", (started, peers.complaints[-5:]))
        proxy = self.proxy(peers.port)
        yield Link(NpmPool(peers), proxy,
                   self.pool_entry(proxy.port, name="npm", user="rb1qtest.rig"))

    def write_configuration(self, *pools, **settings):
        return self.configure(*pools, log={"level": "info", "report_interval": 1},
                              state={"directory": self.directory, "interval": 1}, **settings)

    def settle_down(self):
        """Writes the configuration of the calm moments, with which no pool is lost."""
        return self.write_configuration(
            *(link.entry for link in self.links),
            workers=[{**group, "hashrate_limit": HASHRATE} for group in one_cpu()],
            failover=self.limits(failback_after=0, standby=len(self.links) - 1))

    def wait_connected(self, attempts=None):
        """Until all pools take shares, after one attempt more if there are counts of before."""
        def connected(status):
            return status["pool"] and len(status["pools"]) == len(self.links) and all(
                pool["state"] in ("active", "standby")
                and (not attempts or pool["attempts"] > attempts[pool["name"]])
                for pool in status["pools"])
        return self.daemon.wait_status(connected)

    def calm_down(self):
        """Ends all faults, and each connection that may have had one."""
        self.disturbances.undo()
        self.settle_down()
        for command in (("reload",), ("resume",), ("switch", self.links[0].entry["name"])):
            done = self.daemon.ctl(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.end_connections()
        attempts = {pool["name"]: pool["attempts"] for pool in self.wait_connected()["pools"]}
        self.end_connections()
        self.wait_connected(attempts)

    def end_connections(self):
        for link in self.links:
            link.proxy.end()
            if link.second:
                link.pool.command("drop")

    def check_refused(self, pool, calm):
        """Each share that the pool refused was late by its news, refused by the script, or sent
        before, without a reply. Returns how many were sent again."""
        sent, again = set(), 0
        for share in pool.events("share"):
            key = share_key(share)
            again += key in sent
            excused = (share["verdict"] in ("accepted", "forced") or "late_ms" in share
                       or share["verdict"] == "duplicate" and key in sent)
            self.assertTrue(excused, f"refused share: {share}")
            sent.add(key)
        self.assertEqual(pool.events("violation"), [])
        if calm:
            self.check_shares(pool)
        pool.feed.forget()
        return again

    def account(self, calm):
        """Holds what the daemon counted since the last call against what the pools did: to the
        share if no connection was lost. No share is in flight meanwhile."""
        self.assertEqual(self.daemon.ctl("pause").returncode, 0)
        self.daemon.wait_sleep()
        status = self.daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)
        stats = [link.pool.stats() for link in self.links]
        again = sum(self.check_refused(link.pool, calm) for link in self.links if link.second)
        total = {key: sum(count[key] for count in stats) for key in self.got}
        total["submits"] -= self.again + again
        shares = {key: status["shares"][key] - self.counted[key] for key in COUNTED}
        got = {key: total[key] - self.got[key] for key in total}
        self.check_counts(shares, **got)
        if calm:
            self.assertEqual((got["submits"], got["accepted"], 0, 0),
                             (shares["submitted"], shares["accepted"], shares["unanswered"],
                              again))
        self.counted = {key: status["shares"][key] for key in COUNTED}
        self.got, self.again = total, self.again + again
        self.check_counts(self.counted, **self.got)
        self.assertEqual(self.daemon.ctl("resume").returncode, 0)
        return shares

    def mine_on_each(self):
        """All is well: each pool gets shares and accepts them."""
        for link in reversed(self.links):
            name = link.entry["name"]
            self.assertEqual(self.daemon.ctl("switch", name).returncode, 0)

            def accepted(status, name=name):
                return next(p["accepted"] for p in status["pools"] if p["name"] == name)
            wanted = accepted(self.daemon.status()) + CALM_SHARES
            self.daemon.wait_status(lambda s, wanted=wanted: accepted(s) >= wanted)

    def check_flat(self):
        """Descriptors and threads are no more than at any calm moment before, memory is within
        bounds of what it was after the warm-up."""
        def is_flat(_=None):
            here = take(self.daemon.pid)
            return all(here[kind] <= most for kind, most in self.base.items())
        # A connection that was just left is closed in the next iterations.
        with contextlib.suppress(AssertionError):
            self.daemon.wait_status(is_flat)
        figures = take(self.daemon.pid)
        self.assertTrue(is_flat(), (figures, self.base, open_files(self.daemon.pid)))
        self.base = {kind: figures[kind] for kind in ("descriptors", "threads")}
        self.calm.add(figures)
        if len(self.calm.items) > WARM_UP + 1:
            _, before = self.calm.items[WARM_UP]
            for kind, most in GROWTH_KIB.items():
                self.assertLess(figures[kind] - before[kind], most, self.calm.items)

    def moment(self):
        """Returns what was counted in the storm before it."""
        self.calm_down()
        shares = self.account(calm=False)
        self.daemon.feed.forget()
        self.mine_on_each()
        self.account(calm=True)
        self.check_flat()
        return shares

    def storm(self):
        self.disturbances.trace.clear()
        ends = time.monotonic() + STORM_S
        while time.monotonic() < ends:
            self.disturbances.disturb()
            self.disturbances.pause(PAUSE_S)

    def report(self, sampler):
        sampler.stop()
        if sys.exc_info()[0]:
            for what in self.disturbances.trace[-TRACE:]:
                note(what)
        for line in table(sampler.series, self.calm):
            note(line)

    def test_soak(self):
        note(f"seed {SEED}, {MINUTES:g} minutes")
        self.wait_connected()
        self.moment()
        sampler = Sampler(self.daemon.pid)
        ends, storms = time.monotonic() + MINUTES * 60, 0
        try:
            while time.monotonic() < ends:
                self.storm()
                shares, storms = self.moment(), storms + 1
                note(f"storm {storms}: " + ", ".join(f"{shares[kind]} {kind}" for kind in COUNTED
                                                     if shares[kind])
                     + "; resident {resident} KiB, heap {heap} KiB".format(**self.calm.items[-1][1]))
        finally:
            self.report(sampler)
        note(f"{self.counted['found']} shares found in {storms} storms: {self.counted}")


if __name__ == "__main__":
    main()
