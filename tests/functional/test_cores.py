# SPDX-License-Identifier: MIT
"""Cores of several classes, nodes and threads: what minerd makes of a machine that is not this one.

The daemon sees a sysfs of the test's own, mounted in a namespace of its own."""
import json
import os
import re
import signal
import subprocess
from unittest import mock

from harness import FunctionalTest, main, program

EASY = "2e-5"

WRAPPER = """#!/bin/sh
exec unshare --map-root-user --mount sh -c '
mount --bind "$0" /sys/devices || exit 99
exec "$@"' {sysfs} {minerd} "$@"
"""


class CoresTest(FunctionalTest):
    def setUp(self):
        super().setUp()
        if subprocess.run(["unshare", "--map-root-user", "--mount", "mount", "--bind",
                           self.directory, "/sys/devices"], capture_output=True).returncode:
            self.skipTest("needs a mount namespace")
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            self.skipTest("needs two CPUs")
        # Without a cpus of its own a worker group has all that the process may use.
        self.addCleanup(os.sched_setaffinity, 0, cpus)
        self.cpus = cpus[:2]
        os.sched_setaffinity(0, self.cpus)
        self.both = f"{cpus[0]},{cpus[1]}"

    def sysfs(self, files):
        for name, text in files.items():
            path = self.path(f"sysfs/{name}")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(f"{text}\n")
        wrapper = self.write("minerd", WRAPPER.format(sysfs=self.path("sysfs"),
                                                      minerd=program("MINERD")))
        os.chmod(wrapper, 0o700)
        patch = mock.patch.dict(os.environ, {"MINERD": wrapper})
        patch.start()
        self.addCleanup(patch.stop)

    def hybrid(self):
        self.sysfs({"cpu_core/cpus": self.cpus[0], "cpu_atom/cpus": self.cpus[1]})

    def threads(self):
        """Both CPUs are one core, says sysfs."""
        self.sysfs({f"system/cpu/cpu{cpu}/topology/thread_siblings_list": self.both
                    for cpu in self.cpus})

    def placed(self, daemon):
        return [(worker["group"], worker["cpu"]) for worker in daemon.status()["workers"]]

    def list_kernels(self, *options):
        return subprocess.run([os.environ["MINERD"], "--list-kernels", *options],
                              capture_output=True, text=True, check=True, timeout=60).stdout

    def test_a_group_for_each_class(self):
        self.hybrid()
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool)
        self.wait_log(daemon, f"on the performance cores, CPU {self.cpus[0]} .measured")
        self.wait_log(daemon, f"on the efficiency cores, CPU {self.cpus[1]} .measured")
        self.wait_log(daemon, f"worker group 1: efficiency cores of node 0, CPU {self.cpus[1]}")
        self.wait_shares(pool, 10)
        self.assertEqual(self.placed(daemon), [(0, self.cpus[0]), (1, self.cpus[1])])
        limited = daemon.ctl("limit", "group=1,cpu=30")
        self.assertEqual(limited.returncode, 0, limited.stderr)
        self.assertEqual([group["cpu_limit"] for group in daemon.status()["worker_groups"]],
                         [100, 30])
        # A reload without a change measures nothing and lets the workers be.
        since = daemon.mark()
        daemon.kill(signal.SIGHUP)
        self.wait_log(daemon, "reloaded: ", since=since)
        self.assertFalse([line for line in daemon.log()[since:] if "fastest" in line])
        self.assertEqual([group["cpu_limit"] for group in daemon.status()["worker_groups"]],
                         [100, 100])
        self.check_shares(pool)

    def test_one_group_for_each_node(self):
        self.sysfs({"system/node/online": "0-1",
                    "system/node/node0/cpulist": self.cpus[1],
                    "system/node/node1/cpulist": self.cpus[0]})
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool)
        self.wait_shares(pool, 5)
        self.assertEqual(self.placed(daemon), [(0, self.cpus[0]), (1, self.cpus[1])])
        self.wait_log(daemon, f"worker group 0: cores of node 1, CPU {self.cpus[0]}")
        fastest = [line for line in daemon.log() if "is the fastest on this CPU" in line]
        self.assertEqual(len(fastest), 1)

    def test_threads_of_a_core_by_measuring(self):
        self.threads()
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool)
        line = self.wait_log(daemon, "a core: .*H/s with 1 thread.*: [12] worker")
        self.wait_shares(pool, 5)
        chosen = int(re.search("([12]) workers? a core", line).group(1))
        self.assertEqual(self.placed(daemon), [(0, cpu) for cpu in self.cpus[:chosen]])

    def test_threads_per_core(self):
        self.threads()
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=[{"threads_per_core": 1}])
        self.wait_shares(pool, 5)
        self.assertEqual(self.placed(daemon), [(0, self.cpus[0])])
        self.assertFalse([line for line in daemon.log() if "a core:" in line])
        for threads in (2, 1):
            self.configure(pool, workers=[{"threads_per_core": threads}])
            since = daemon.mark()
            daemon.kill(signal.SIGHUP)
            self.wait_log(daemon, f"reloaded: .*{threads} worker", since=since)
            self.assertEqual(self.placed(daemon), [(0, cpu) for cpu in self.cpus[:threads]])
            self.wait_shares(pool, 5, since=pool.mark())
        self.check_shares(pool)

    def test_list_kernels(self):
        self.hybrid()
        text = self.list_kernels()
        self.assertRegex(text, f"On the performance cores, CPU {self.cpus[0]}:\nKERNEL")
        self.assertRegex(text, f"On the efficiency cores, CPU {self.cpus[1]}:\nKERNEL")
        self.assertEqual(text.count("<- auto"), 2)

    def test_list_kernels_as_json(self):
        self.threads()
        # On a busy machine it may be that the two never run at once.
        for _ in range(5):
            said = json.loads(self.list_kernels("--json"))
            self.assertEqual(len(said["classes"]), 1)
            only = said["classes"][0]
            if len(only["core"]) == 2:
                break
        self.assertIsNone(only["class"])
        self.assertEqual(only["kernels"], said["kernels"])
        self.assertEqual(only["auto"], said["auto"])
        self.assertEqual([step["threads"] for step in only["core"]], [1, 2])
        for step in only["core"]:
            self.assertGreater(step["hashrate"], 0)
        gain = only["core"][1]["hashrate"] / only["core"][0]["hashrate"]
        self.assertEqual(only["threads_per_core"], 2 if gain > 1.03 else 1)


if __name__ == "__main__":
    main()
