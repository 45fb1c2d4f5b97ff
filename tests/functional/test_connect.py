# SPDX-License-Identifier: MIT
"""How a connection is made and how long each step may take: names with several addresses, of which
some do not answer, servers that fall silent at every step, and a cable that is pulled.

Names are those of a hosts file that only the daemon sees, in a mount namespace, for addresses
127.0.5.x that no other test uses; the cable is a pair of virtual Ethernet interfaces between two
network namespaces."""
import json
import os
import select
import socket
import subprocess
import threading
from unittest import mock

from harness import FunctionalTest, die_with_parent, hold_port, main, one_cpu, program

EASY = "2e-5"
NAME = "pool.test"
HOSTS = "192.0.2.1", "192.0.2.2"  # the ends of the cable
MACS = "02:00:00:00:00:01", "02:00:00:00:00:02"

HOSTS_WRAPPER = """#!/bin/sh
exec unshare --map-root-user --mount sh -c '
mount --bind "$0" /etc/hosts || exit 99
exec "$@"' {hosts} {program} "$@"
"""

NETWORK_WRAPPER = """#!/bin/sh
exec nsenter --target {pid} --net -- {program} "$@"
"""


class Silent:
    """An address whose machine does not answer: a full queue of a listener drops what comes."""

    def __init__(self, test, host="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, port), family=family, backlog=0)
        test.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        for _ in range(8):
            client = socket.socket(family)
            test.addCleanup(client.close)
            client.setblocking(False)
            client.connect_ex((host, self.port))
            if not select.select([], [client], [], 0.2)[1]:
                return
        raise AssertionError("the queue of a listener is never full")


class Mute:
    """A server that accepts, answers the methods that it knows and says nothing else."""

    def __init__(self, test, answers):
        self.answers = answers
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with client, client.makefile("rb") as lines:
                for line in lines:
                    self.answer(client, line)
        except OSError:
            pass  # the client has left

    def answer(self, client, line):
        try:
            request = json.loads(line)
        except ValueError:
            return  # it speaks TLS
        self.asked.append(request["method"])
        if request["method"] in self.answers:
            reply = {"id": request["id"], "result": self.answers[request["method"]], "error": None}
            client.sendall(json.dumps(reply).encode() + b"\n")


class ConnectCase(FunctionalTest):
    def easy(self, *options):
        return self.pool("--difficulty", EASY, *options)

    def limits(self, **limits):
        return {"backoff_max": 1, "failback_after": 0, **limits}

    def wrap(self, variable, wrapper, **words):
        """Has a program of the test run through a script, until the test is over."""
        path = self.write(variable.lower(), wrapper.format(program=program(variable), **words))
        os.chmod(path, 0o700)
        patch = mock.patch.dict(os.environ, {variable: path})
        patch.start()
        self.addCleanup(patch.stop)

    def need_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("needs the IPv6 address ::1")


class NamesTest(ConnectCase):
    def hosts(self, *addresses):
        """What the daemon takes NAME for."""
        text = "".join(f"{address} {NAME}\n" for address in addresses)
        if os.path.exists(self.path("hosts")):
            self.write("hosts", text)
            return
        self.write("hosts", text)
        if subprocess.run(["unshare", "--map-root-user", "--mount", "mount", "--bind",
                           self.path("hosts"), "/etc/hosts"], capture_output=True).returncode:
            self.skipTest("needs a mount namespace")
        self.wrap("MINERD", HOSTS_WRAPPER, hosts=self.path("hosts"))

    def entry(self, port, host=NAME, **keys):
        return {"url": f"stratum+tcp://{host}:{port}", "user": "miner.test", "name": "one", **keys}

    def check_first_attempt(self, daemon, address):
        """It is mined on, and nothing ever failed."""
        pool = daemon.wait_status(lambda s: s["pool"] == "one")["pools"][0]
        self.assertEqual((pool["attempts"], pool["failures"], pool["address"]), (1, 0, address))

    def test_ipv6_literal(self):
        self.need_ipv6()
        pool = self.easy("--host", "::1")
        daemon = self.daemon(self.entry(pool.port, host="[::1]"), workers=one_cpu())
        self.wait_shares(pool, 3)
        self.check_first_attempt(daemon, f"[::1]:{pool.port}")

    def test_ipv6_that_is_silent(self):
        self.need_ipv6()
        pool = self.easy("--host", "127.0.5.1")
        Silent(self, "::1", pool.port)
        self.hosts("::1", "127.0.5.1")
        daemon = self.daemon(self.entry(pool.port), workers=one_cpu())
        self.wait_shares(pool, 3)
        self.check_first_attempt(daemon, f"127.0.5.1:{pool.port}")

    def test_only_ipv6_answers(self):
        self.need_ipv6()
        pool = self.easy("--host", "::1")
        Silent(self, "127.0.5.1", pool.port)
        self.hosts("::1", "127.0.5.1")
        daemon = self.daemon(self.entry(pool.port), workers=one_cpu())
        self.wait_shares(pool, 3)
        self.check_first_attempt(daemon, f"[::1]:{pool.port}")

    def test_all_addresses_are_tried(self):
        """Whichever comes first: the one that works is found within one attempt."""
        pool = self.easy("--host", "127.0.5.4")
        Silent(self, "127.0.5.3", pool.port)
        self.hosts("127.0.5.1", "127.0.5.2", "127.0.5.3", "127.0.5.4")
        daemon = self.daemon(self.entry(pool.port), workers=one_cpu())
        self.wait_shares(pool, 3)
        self.check_first_attempt(daemon, f"127.0.5.4:{pool.port}")

    def test_no_address_answers(self):
        self.need_ipv6()
        self.hosts("::1", "127.0.5.1")
        daemon = self.daemon(self.entry(hold_port(self)), workers=one_cpu())
        self.wait_log(daemon, "one: attempt failed: connect: ::1 Connection refused; "
                      "127.0.5.1 Connection refused")

    def test_looked_up_again(self):
        """A pool that moves: before it was ever there, and after it was mined on."""
        first = self.easy("--host", "127.0.5.1")
        second = self.easy("--host", "127.0.5.2", "--port", first.port)
        self.hosts("127.0.5.3")
        daemon = self.daemon(self.entry(first.port), workers=one_cpu(), failover=self.limits())
        self.wait_log(daemon, "127.0.5.3 Connection refused")
        self.hosts("127.0.5.1")
        self.wait_shares(first, 3)
        self.hosts("127.0.5.2")
        first.command("drop")
        self.wait_shares(second, 3)


class DeadlinesTest(ConnectCase):
    def leave(self, server, pattern, scheme="tcp", version_rolling=False, **limits):
        """A pool is left for the reason given, and the next one mined on."""
        second = self.easy("--job-interval", "0.2")
        entry = {"url": f"stratum+{scheme}://127.0.0.1:{server.port}", "user": "miner.test",
                 "name": "one", "version_rolling": version_rolling}
        daemon = self.daemon(entry, self.pool_entry(second, name="two"), workers=one_cpu(),
                             failover=self.limits(**limits))
        self.wait_log(daemon, f"pool one: attempt failed: {pattern}; next attempt in")
        self.wait_shares(second, 3)

    def test_connection(self):
        self.leave(Silent(self), "no connection within 1 s: 127.0.0.1 no answer",
                   connect_timeout=1)

    def test_tls_handshake(self):
        self.leave(Mute(self, {}), "no TLS handshake within 1 s: the peer says nothing; "
                   r"is it stratum\+tcp://\?", scheme="tls", tls_timeout=1)

    def test_configure(self):
        server = Mute(self, {})
        self.leave(server, "no reply to mining.configure and mining.subscribe; the next attempt "
                   "sends mining.configure after the login", version_rolling=True, handshake_timeout=1)
        self.assertEqual(server.asked[:2], ["mining.configure", "mining.subscribe"])

    def test_subscribe(self):
        self.leave(Mute(self, {}), "no reply to mining.subscribe within 1 s", handshake_timeout=1)

    def test_authorize(self):
        self.leave(Mute(self, {"mining.subscribe": [[], "abcd", 4]}),
                   "no reply to mining.authorize within 1 s", handshake_timeout=1)

    def test_first_job(self):
        self.leave(Mute(self, {"mining.subscribe": [[], "abcd", 4], "mining.authorize": True}),
                   "no mining.notify for 1 s", job_timeout=1)


class Network:
    """A network namespace that lives as long as a process of it."""

    def __init__(self, test):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo there; exec cat"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        test.addCleanup(self.end)
        self.pid = self.holder.pid
        self.there = self.holder.stdout.readline() == b"there\n"

    def end(self):
        self.holder.communicate()

    def ip(self, words):
        return subprocess.run(["nsenter", "--target", str(self.pid), "--net", "ip",
                               *words.split()], capture_output=True).returncode == 0


class CableTest(ConnectCase):
    """Between the miner's machine and the pool's."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root for two network namespaces")
        self.far, near = Network(self), Network(self)
        if not (self.far.there and near.there
                and near.ip(f"link add near address {MACS[0]} type veth peer name far "
                            f"address {MACS[1]} netns {self.far.pid}")):
            self.skipTest("needs network namespaces and virtual Ethernet")
        for network, name, host, peer in ((near, "near", 0, 1), (self.far, "far", 1, 0)):
            for words in (f"addr add {HOSTS[host]}/24 dev {name}", f"link set {name} up",
                          f"neigh add {HOSTS[peer]} lladdr {MACS[peer]} dev {name}"):
                self.assertTrue(network.ip(words), words)
        self.wrap("MINERD", NETWORK_WRAPPER, pid=near.pid)
        self.wrap("TESTPOOL", NETWORK_WRAPPER, pid=self.far.pid)

    def cable(self, whole):
        """Whether what the pool's machine sends gets to the miner; no error tells either side."""
        self.assertTrue(self.far.ip(f"route {'del' if whole else 'add'} blackhole {HOSTS[0]}/32"))

    def connect(self, *options, **limits):
        pool = self.pool("--host", HOSTS[1], *options)
        entry = {"url": f"stratum+tcp://{HOSTS[1]}:{pool.port}", "user": "miner.test",
                 "name": "one"}
        daemon = self.daemon(entry, workers=one_cpu(), failover=self.limits(**limits))
        daemon.wait_status(lambda s: s["pool"] == "one")
        return pool, daemon

    def pull(self, daemon):
        self.cable(False)
        self.wait_log(daemon, "pool one: connection lost: peer no longer acknowledges data")

    def test_shares_that_nobody_acknowledges(self):
        pool, daemon = self.connect("--difficulty", EASY, tcp_timeout=2, keepalive=0,
                                    reply_timeout=600, job_timeout=600, connect_timeout=2)
        self.wait_shares(pool, 3)
        self.pull(daemon)
        self.wait_log(daemon, f"no connection within 2 s: {HOSTS[1]} no answer")
        self.cable(True)
        daemon.wait_status(lambda s: s["pool"] == "one")
        since = pool.mark()
        self.wait_shares(pool, 3, since=since)
        self.assertGreater(daemon.status()["shares"]["unanswered"], 0)
        self.settle(pool, daemon)

    def test_silence_is_probed(self):
        """Nothing is on its way, and no job is due for long."""
        _, daemon = self.connect("--difficulty", "1e6", tcp_timeout=2, keepalive=1,
                                 job_timeout=600)
        self.pull(daemon)


if __name__ == "__main__":
    main()
