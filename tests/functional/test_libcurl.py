# SPDX-License-Identifier: MIT
"""libcurl, which minerd loads for nodes alone, and a machine without it."""
import os
import subprocess

from harness import DEADLINE, SCALE, FunctionalTest, free_ports, main, program

EASY = "2e-5"
NEEDS = r"solo mining needs libcurl\.so\.4: .*; install the package libcurl4 "


class LibcurlTest(FunctionalTest):
    def node_entry(self):
        """Where nothing listens."""
        return {"url": f"http://127.0.0.1:{free_ports(1)[0]}", "user": "u", "password": "p",
                "name": "node",
                "payout": {"address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"}}

    def loaded(self, daemon):
        with open(f"/proc/{daemon.child.pid}/maps") as maps:
            return "libcurl" in maps.read()

    def broken(self):
        """An environment in which the loader finds a libcurl.so.4 that it cannot load."""
        self.write("libcurl.so.4", "this is no library\n")
        return {"LD_LIBRARY_PATH": self.directory}

    def test_loaded_at_the_reload_that_brings_a_node(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool)
        self.wait_shares(pool, 1)
        self.assertFalse(self.loaded(daemon))
        self.configure(pool, self.node_entry())
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.wait_log(daemon, "pool node: .*connection refused")
        self.assertTrue(self.loaded(daemon))

    def test_check_config_warns(self):
        config = self.configure(self.node_entry())
        os.chmod(config, 0o600)
        done = subprocess.run([program("MINERD"), "-c", config, "--check-config"], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=DEADLINE * SCALE, env={**os.environ, **self.broken()})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, f"(?m)^{config}: warning: {NEEDS}.*; until then no node is used$")

    def test_the_pools_are_mined_on_without_it(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.node_entry(), pool, env=self.broken())
        self.wait_log(daemon, NEEDS)
        self.wait_log(daemon, r"pool node: .*libcurl\.so\.4, which solo mining needs, is not loaded: "
                              "install the package libcurl4 ")
        self.wait_shares(pool, 1)
        # Once it is there, a reload suffices.
        os.unlink(self.path("libcurl.so.4"))
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.wait_log(daemon, "pool node: .*connection refused")
        self.assertTrue(self.loaded(daemon))


if __name__ == "__main__":
    main()
