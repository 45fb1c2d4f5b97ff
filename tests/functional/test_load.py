# SPDX-License-Identifier: MIT
"""Much at once, and nothing at all: storms of jobs and of shares, pools that are all dead, and what
is left over after many losses."""
import os
import time

from faults import EASY, FaultCase
from harness import (SCALE, hold_port, main, note, one_cpu, open_files, rss_kib,
                     sanitized)

CYCLES = int(os.environ.get("LOAD_CYCLES", "30"))
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads of a process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


class StormTest(FaultCase):
    def storm(self, pool):
        """Seconds for 1,000 jobs, from the first one sent until all are handled; the workers end on
        the last one."""
        since, jobs, begun = pool.mark(), pool.stats()["jobs"], time.monotonic()
        pool.command("set job-interval 0.0008")
        self.wait(pool, "job", since=since, count=2000, timeout=60)
        pool.command("set job-interval 0")
        jobs, since = pool.stats()["jobs"] - jobs, pool.mark()
        pool.command("ping 77")
        # Its answer comes after everything that was sent before it.
        self.wait(pool, "reply", since=since, id=77)
        lasted = time.monotonic() - begun
        last = pool.events("job")[-1]["job"]
        self.wait_shares(pool, 20, since=pool.mark(), job=last)
        self.assertEqual([s for s in pool.events("share")[-10:] if s["job"] != last], [])
        note(f"{jobs} jobs in {lasted:.2f} s")
        return (lasted / jobs * 1000,)

    def test_a_thousand_jobs_a_second(self):
        """Each is handled, in order, and nothing piles up."""
        pool = self.pool("--difficulty", EASY, "--branches", 12)
        daemon = self.daemon(pool, workers=one_cpu(), failover=self.limits(),
                             log={"level": "info"})
        self.wait_shares(pool, 10)
        resident = rss_kib(daemon.pid)
        self.storm(pool)
        self.check_best(lambda: self.storm(pool), 1)
        if not sanitized():
            self.assertLess(rss_kib(daemon.pid) - resident, 2048)
        self.assertEqual(pool.stats()["connects"], 1)
        self.check_exact(daemon, pool)

    def shares(self, pool, daemon):
        """Seconds for 2,000 shares, at a difficulty for half as many again at the rate of the last
        half second."""
        zero, before = time.monotonic(), daemon.status()["hashes"]
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=0.5 / SCALE))
        rate = (daemon.status()["hashes"] - before) / (time.monotonic() - zero)
        pool.command(f"difficulty {rate / 2 ** 32 / 3000:.3g}")
        pool.command("notify")
        before, zero = daemon.status()["shares"]["accepted"], time.monotonic()
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] - before >= 8000, timeout=60)
        lasted, accepted = time.monotonic() - zero, status["shares"]["accepted"] - before
        note(f"{accepted / lasted:.0f} shares a second accepted, "
             f"{status['shares']['overflows']} that did not fit the workers' queues")
        return (lasted / accepted * 2000,)

    def test_two_thousand_shares_a_second(self):
        """Whatever the rate of this machine: the difficulty follows it."""
        pool = self.pool("--difficulty", EASY, "--quiet")
        daemon = self.daemon(pool, workers=one_cpu(), failover=self.limits(),
                             log={"level": "info"})
        daemon.wait_status(lambda s: s["shares"]["accepted"] >= 100)
        self.check_best(lambda: self.shares(pool, daemon), 1)
        shares = self.check_exact(daemon, pool)
        # The rate for which the difficulty was chosen may rise, on a busy machine to several times it.
        self.assertEqual((shares["rejected"], shares["stale"]), (0, 0))
        self.assertEqual(shares["dropped"], shares["overflows"])


class DeadTest(FaultCase):
    def die(self, daemon, *pools):
        """Until the workers sleep."""
        for pool in pools:
            self.assertEqual(pool.stop(), 0)
        daemon.wait_status(lambda s: s["state"] == "idle")
        daemon.wait_sleep()

    def check_calm(self, daemon):
        hashes, used, begun = daemon.status()["hashes"], cpu_seconds(daemon.pid), time.monotonic()
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=4 / SCALE))
        used = (cpu_seconds(daemon.pid) - used) / (time.monotonic() - begun)
        note(f"CPU time while all pools are dead: {used * 100:.2f} %")
        self.assertLess(used, 0.05)
        self.assertEqual(daemon.status()["hashes"], hashes)

    def test_all_pools_are_dead_for_a_while(self):
        """The workers sleep, no CPU time is used, and the first pool that is back is mined on
        within its backoff, whichever it is."""
        ports = [hold_port(self) for _ in range(2)]
        pools = [self.pool("--difficulty", EASY, "--port", port) for port in ports]
        entries = [self.pool_entry(port, name=f"pool{i}") for i, port in enumerate(ports)]
        daemon = self.daemon(*entries, workers=one_cpu(), failover=self.limits(),
                             log={"level": "info"})
        daemon.wait_status(lambda s: [p["state"] for p in s["pools"]] == ["active", "standby"])
        self.wait_shares(pools[0], 10)
        self.die(daemon, *pools)
        self.check_calm(daemon)

        def come_back():
            if len(pools) > len(ports):
                self.die(daemon, pools[-1])
            pools.append(self.pool("--difficulty", EASY, "--port", ports[len(pools) % 2]))
            zero = time.monotonic()
            self.wait_shares(pools[-1], 1)
            note(f"return of a pool to its first share, s: {time.monotonic() - zero:.2f}")
            return (time.monotonic() - zero,)

        # The backoff is 1 s at most, and most often less.
        self.check_best(come_back, 1)
        # The other one comes back too: nothing of its past login is waited for any more.
        pools.append(self.pool("--difficulty", EASY, "--port", ports[len(pools) % 2]))
        daemon.wait_status(lambda s: all(p["state"] in ("active", "standby") for p in s["pools"]))
        self.check_end(daemon, *pools)


class LeakTest(FaultCase):
    def things(self, daemon):
        return {"files": len(open_files(daemon.pid)),
                "threads": len(os.listdir(f"/proc/{daemon.pid}/task")),
                "resident": rss_kib(daemon.pid)}

    def test_losses_leave_nothing_behind(self):
        """Every way to lose a connection, in turns, at either pool, with shares on their way; what
        a sanitizer's build leaks it tells at its end."""
        daemon, proxy, first, second = self.start_two(failback_after=0)
        faults = (proxy.reset, proxy.end, proxy.half_a_line,
                  lambda: first.command("long-line 1100000"), lambda: first.command("garbage"),
                  lambda: first.command("reconnect"), lambda: second.command("drop"),
                  lambda: second.command("reconnect"), lambda: daemon.ctl("switch", "two"),
                  lambda: daemon.ctl("switch", "one"))
        start, resident = self.things(daemon), None
        for cycle in range(CYCLES):
            if cycle == len(faults):  # each has had the memory that it needs
                resident = rss_kib(daemon.pid)
            faults[cycle % len(faults)]()
            daemon.wait_status(lambda s: s["pool"] and all(
                p["state"] in ("active", "standby") for p in s["pools"]))
        # A connection that was just left is closed in the next iterations.
        daemon.wait_status(lambda s: all(self.things(daemon)[kind] <= start[kind]
                                         for kind in ("files", "threads")))
        end = self.things(daemon)
        note(f"before {start}, after {CYCLES} losses {end}")
        if not sanitized():
            self.assertLess(end["resident"] - resident, 1024)
        self.check_end(daemon, first, second)


if __name__ == "__main__":
    main()
