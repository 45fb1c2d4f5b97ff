# SPDX-License-Identifier: MIT
"""Two networks of the test's own, "miner" and "pools", with two links between them that can be cut
without a message to either side. Nothing of it is seen outside; it ends with the test. Needs root."""
import subprocess
import unittest

from harness import die_with_parent

LINKS = 2


class Networks:
    def __init__(self):
        """Skips the test where such networks cannot be made."""
        self.holders = {}
        try:
            self.make()
        except (OSError, subprocess.CalledProcessError) as error:
            self.close()
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
            raise unittest.SkipTest("needs CAP_SYS_ADMIN and CAP_NET_ADMIN, for networks of its own: "
                                    + (said or str(error))) from error

    def make(self):
        # A network namespace lives as long as a process in it, network_namespaces(7).
        for name in ("miner", "pools"):
            holder = self.holders[name] = subprocess.Popen(
                ["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
            said = holder.stdout.readline()
            if said != b"ready\n":
                raise OSError(said.decode(errors="replace").strip())
        for name in self.holders:
            self.ip(name, "link", "set", "lo", "up")
        for link in range(LINKS):
            self.ip("miner", "link", "add", "name", f"link{link}", "type", "veth", "peer", "name",
                    f"link{link}", "netns", str(self.holders["pools"].pid))
            for host, name in enumerate(self.holders, 1):
                self.ip(name, "address", "add", f"198.51.100.{4 * link + host}/30", "dev",
                        f"link{link}")
                self.mend(link, name)

    def prefix(self, name):
        """A command before another one, which then runs in that network."""
        return f"nsenter --net=/proc/{self.holders[name].pid}/ns/net"

    def ip(self, name, *arguments):
        subprocess.run([*self.prefix(name).split(), "ip", *arguments], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def address(self, link):
        """Of the pools' end."""
        return f"198.51.100.{4 * link + 2}"

    def cut(self, link, end):
        self.ip(end, "link", "set", f"link{link}", "down")

    def mend(self, link, end):
        self.ip(end, "link", "set", f"link{link}", "up")

    def close(self):
        for holder in self.holders.values():
            holder.stdin.close()
            holder.stdout.close()
            holder.wait()
