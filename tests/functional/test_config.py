# SPDX-License-Identifier: MIT
"""The configuration as an administrator writes, checks and reloads it."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import threading
import unittest

from harness import DEADLINE, FunctionalTest, SCALE, main, one_cpu, program
from tls_front import TlsFront, certificate

ROOT = pathlib.Path(__file__).resolve().parents[2]
EASY = "2e-5"
LONELY = 64998  # a user that nobody else runs anything as
POOL = 'url = "stratum+tcp://127.0.0.1:3333"; user = "u";'


class ConfigTest(FunctionalTest):
    # On a machine with the service installed, root is warned of all that is in a test's folder.
    SERVICE = "user minerd of the service"

    def check_file(self, config, *before, service=False):
        """minerd --check-config: its exit code, its messages, and what it prints besides."""
        done = subprocess.run([*before, program("MINERD"), "-c", config, "--check-config"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=DEADLINE * SCALE)
        messages = done.stderr.splitlines()
        if not service:
            messages = [message for message in messages if self.SERVICE not in message]
        return done.returncode, messages, done.stdout

    def check(self, text, mode=0o600):
        config = self.path("minerd.conf")
        with open(config, "wb") as file:
            file.write(text.encode(errors="surrogateescape"))
        os.chmod(config, mode)
        return self.check_file(config)

    def refused(self, text, *patterns):
        """Exactly these messages, in this order."""
        code, messages, said = self.check(text)
        self.assertEqual((code, said), (78, ""), messages)
        self.assertEqual(len(messages), len(patterns), messages)
        for message, pattern in zip(messages, patterns):
            self.assertRegex(message, "^" + re.escape(self.directory) + "/" + pattern)


PLACEHOLDER = '"bc1q...."'
ADDRESS = '"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"'


def examples():
    """(file, configuration) of each example that could stand alone, in README and manual."""
    for path in [ROOT / "README.md", *sorted((ROOT / "man").glob("*.scd"))]:
        for block in re.findall(r"(?ms)^```\n(.*?)^```$", path.read_text()):
            if block.startswith("pools = "):
                yield path.name, block


class ExamplesTest(ConfigTest):
    def test_every_example_is_right(self):
        found = list(examples())
        self.assertEqual({name for name, _ in found}, {"README.md", "minerd.conf.5.scd"})
        self.assertTrue(any(".onion" in text for _, text in found))
        for name, text in found:
            with self.subTest(file=name, text=text):
                # Whoever copies it has to write an address of his own.
                if PLACEHOLDER in text:
                    self.refused(text, r"minerd\.conf:\d+: address: ")
                text = text.replace(PLACEHOLDER, ADDRESS)
                self.assertEqual(self.check(text),
                                 (0, [], self.path("minerd.conf") + ": ok\n"))


class MessagesTest(ConfigTest):
    def test_a_large_number(self):
        self.assertEqual(self.check(f"pools = ({{ {POOL} }});\n"
                                    "workers = ({ hashrate_limit = 5000000000; });\n")[:2],
                         (0, []))
        self.refused(f"pools = ({{ {POOL} }});\nworkers = ({{ hashrate_limit = 6e15; }});\n",
                     r"minerd\.conf:2: hashrate_limit: 6e15 is above the maximum 1e15$")

    def test_one_message_each_in_the_order_of_lines(self):
        self.write("part.conf", "\nlog = { level = \"loud\"; };\n")
        self.refused(
            'priority = "idle";\n'
            f'pools = ({{ {POOL} user = "v"; }});\n'
            'failover = { standby = 4294967296; };\n'
            '@include "part.conf"\n'
            'priority = "batch";\n'
            'control = { socket = "/tmp/\udce9"; };\n'
            '@include "minerd.conf"\n'
            'odd = 1;\n',
            r'minerd\.conf:2: duplicate key "user": .*/minerd\.conf:2 sets it first',
            r"minerd\.conf:3: standby: 4294967296 is above the maximum 15",
            r'part\.conf:2: level: "loud" is not one of',
            r'minerd\.conf:5: duplicate key "priority": .*/minerd\.conf:1 sets it first',
            r"minerd\.conf:6: the byte \\xe9 is not UTF-8",
            r"minerd\.conf:7: @include loop "
            r"\((.*/minerd\.conf) -> .*/minerd\.conf\)",
            r'minerd\.conf:8: unknown key "odd"')

    def test_credentials_in_a_url_are_not_shown(self):
        for url in ("stratum+tcp://user:hunter2@pool.example:3333", "http://user:hunter2@h:8332"):
            code, messages, _ = self.check(f'pools = ({{ url = "{url}"; user = "u"; }});')
            self.assertEqual((code, len(messages)), (78, 1))
            self.assertNotIn("hunter2", messages[0])
            self.assertIn("url", messages[0])


class FilesTest(ConfigTest):
    """A file that would be waited for is not opened: each run here ends within its time."""

    def setUp(self):
        super().setUp()
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("folder"))

    def test_other_kinds_of_files(self):
        for name, kind in (("fifo", "FIFO"), ("folder", "directory"), ("/dev/zero", "device")):
            path = os.path.join(self.directory, name)
            with self.subTest(kind=kind):
                code, messages, _ = self.check_file(path)
                self.assertEqual((code, messages), (78, [
                    f"{path}: cannot read the configuration: it is a {kind}; name a regular file"]))
                for key, url in (("password_file", "tcp"), ("tls_ca", "tls")):
                    self.refused(f'pools = ({{ url = "stratum+{url}://h:1"; user = "u";\n'
                                 f'{key} = "{path}"; }});',
                                 rf"minerd\.conf:2: cannot read {key} .*: it is a {kind}; ")
                self.refused(f'pools = ({{ {POOL} }});\n@include "{path}"\n',
                             rf"minerd\.conf:2: cannot read the included file .*: it is a {kind};")

    def test_a_reload_does_not_wait_either(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        self.configure(self.pool_entry(pool, password_file=self.path("fifo")), workers=one_cpu())
        config = pathlib.Path(self.path("minerd.conf"))
        config.write_text(config.read_text().replace(' password = "x";', ""))
        done = subprocess.run([program("MINERCTL"), "-s", self.socket, "reload"],
                              capture_output=True, text=True, timeout=DEADLINE * SCALE)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("it is a FIFO", done.stderr)
        self.wait_shares(pool, 1, since=pool.mark())
        self.assertEqual(daemon.stop(), 0)


class SecretsTest(ConfigTest):
    def test_a_password_that_others_can_read(self):
        text = f'pools = ({{ {POOL}\npassword = "hunter2"; }});'
        code, messages, said = self.check(text, 0o644)
        self.assertEqual((code, said), (0, self.path("minerd.conf") + ": ok\n"))
        self.assertEqual(len(messages), 1, messages)
        self.assertRegex(messages[0], r"minerd\.conf:2: warning: password: .* \(mode 0644\); chmod")
        self.assertNotIn("hunter2", messages[0])
        self.assertEqual(self.check(text, 0o640)[:2], (0, []))

    def test_the_daemon_starts_with_a_warning(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, password="hunter2"), workers=one_cpu())
        self.wait_log(daemon, r"minerd\.conf:1: warning: password: ")
        self.wait_shares(pool, 1)
        self.assertEqual(daemon.stop(), 0)

    def test_an_empty_password_is_sent(self):
        pool = self.pool("--difficulty", EASY)
        empty = self.write("empty", "\n")
        os.chmod(empty, 0o600)
        for keys in ({"password": ""}, {"password_file": empty}):
            since = pool.mark()
            entry = {"url": f"stratum+tcp://127.0.0.1:{pool.port}", "user": "miner.test", **keys}
            daemon = self.daemon(entry, workers=one_cpu())
            self.assertEqual(self.wait(pool, "authorize", since=since)["password"], "")
            self.assertEqual(daemon.stop(), 0)

    def as_service(self, config):
        """A check by root where user minerd is there, if need be for this one process."""
        passwd = self.write("passwd", pathlib.Path("/etc/passwd").read_text()
                            + "minerd:x:65533:65533::/:/usr/sbin/nologin\n")
        os.chmod(passwd, 0o644)
        before = ["unshare", "--mount", "sh", "-c",
                  f'mount --bind "{passwd}" /etc/passwd && exec "$@"', "sh"]
        works = subprocess.run([*before, "true"], capture_output=True, text=True, check=False)
        if works.returncode != 0:
            self.skipTest(f"no mount namespace of its own: {works.stderr.strip()}")
        return self.check_file(config, *before, service=True)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"),
                         "not root, who alone can ask for another user")
    def test_what_the_service_cannot_read(self):
        os.chmod(self.directory, 0o755)
        secret = self.write("secret", "hunter2\n")
        os.chmod(secret, 0o600)
        config = self.write("minerd.conf",
                            f'pools = ({{ {POOL}\npassword_file = "{secret}"; }});')
        code, messages, said = self.as_service(config)
        self.assertEqual((code, said), (0, f"{config}: ok\n"), messages)
        self.assertEqual(len(messages), 1, messages)
        self.assertRegex(messages[0], re.escape(f"{config}:2: warning: password_file {secret}: user "
                                                "minerd of the service may not read it; "))
        os.chmod(self.directory, 0o700)
        code, messages, said = self.as_service(config)
        self.assertEqual((code, said), (0, f"{config}: ok\n"), messages)
        self.assertRegex(messages[0], re.escape(f"{config}: warning: ") + ".*user minerd of the "
                         f"service may not enter the directory {re.escape(self.directory)};")


class CertificatesTest(ConfigTest):
    def test_certificates_are_read_with_the_configuration(self):
        """A changed content counts from the next reload on, and not before."""
        good = certificate(self.directory, "good", "DNS:localhost")
        other = certificate(self.directory, "other", "DNS:localhost")
        trusted = shutil.copy(good[0], self.path("trusted.pem"))
        pool = self.pool("--difficulty", EASY)
        front = TlsFront(pool.port, *good)
        self.addCleanup(front.close)
        daemon = self.daemon({"url": f"stratum+tls://localhost:{front.listen_port}", "user": "u",
                              "tls_ca": trusted}, workers=one_cpu(), failover={"backoff_max": 1})
        self.wait_shares(pool, 1)
        shutil.copy(other[0], trusted)
        since = pool.mark()
        pool.command("drop")
        self.wait_shares(pool, 1, since=since)
        since = daemon.mark()
        daemon.ctl("reload")
        self.wait_log(daemon, "self-signed", since=since)
        shutil.copy(good[0], trusted)
        since = pool.mark()
        daemon.ctl("reload")
        self.wait_shares(pool, 1, since=since)
        self.assertEqual(daemon.stop(), 0)

    def test_a_file_without_certificates(self):
        _, key = certificate(self.directory, "good", "DNS:localhost")
        self.refused('pools = ({ url = "stratum+tls://h:1"; user = "u";\n'
                     f'tls_ca = "{key}"; }});',
                     r"minerd\.conf:2: tls_ca .*/good\.key: it holds no certificate in PEM")


class ReloadTest(ConfigTest):
    def test_keys_that_need_a_restart_are_named(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        config = self.configure(pool, workers=one_cpu(), control={"socket": self.path("elsewhere")},
                                state={"directory": self.directory})
        since = daemon.mark()
        daemon.ctl("reload")
        self.wait_log(daemon, re.escape(config) + ": restart minerd to apply the new value "
                      "of control.socket, state.directory", since=since)
        self.assertEqual(daemon.stop(), 0)

    def test_what_a_connection_can_take_over(self):
        """Difficulty, payout and name change in place; the log names what changed."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="one"), workers=one_cpu())
        self.wait_shares(pool, 1)
        since = daemon.mark()
        self.configure(self.pool_entry(pool, name="uno", suggest_difficulty=4e-5),
                       workers=one_cpu())
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.wait_log(daemon, "pool uno: name, suggest_difficulty changed; staying connected",
                      since=since)
        daemon.wait_status(lambda s: s["pools"][0]["difficulty"] == 4e-5)
        self.assertEqual(daemon.status()["pool"], "uno")
        self.assertEqual(pool.stats()["connects"], 1)
        since = daemon.mark()
        self.configure(self.pool_entry(pool, name="uno", user="other"), workers=one_cpu())
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.wait_log(daemon, "pool uno: suggest_difficulty, user changed; reconnecting|"
                      "pool uno: user, suggest_difficulty changed; reconnecting", since=since)
        self.wait(pool, "authorize", user="other")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: RLIMIT_NPROC does not bind root itself")
    def test_workers_that_cannot_be_started(self):
        """A reload that fails leaves what ran before: here its user may have no more threads."""
        os.chmod(self.directory, 0o777)
        pool = self.pool("--difficulty", EASY)
        config = self.configure(pool, workers=one_cpu())
        # The daemon, its log, a worker; and one more: it reads the file, but cannot measure.
        daemon = self.start(config, before=["prlimit", "--nproc=4", "setpriv", "--reuid",
                                            str(LONELY), "--regid", str(LONELY),
                                            "--clear-groups"])
        self.wait_shares(pool, 1)
        before = [worker["cpu"] for worker in daemon.status()["workers"]]
        self.configure(pool, workers=[{"cpu_limit": 90}])
        for _ in range(3):
            since = daemon.mark()
            result = daemon.ctl("reload")
            self.assertEqual(result.returncode, 1, result.stderr)
            self.wait_log(daemon, "RLIMIT_NPROC", since=since)
            self.wait_log(daemon, "not reloaded: .*; the running configuration stays in force",
                          since=since)
            self.wait_shares(pool, 3, since=pool.mark())
            self.assertEqual([worker["cpu"] for worker in daemon.status()["workers"]], before)
        self.assertEqual(pool.stats()["connects"], 1)

    def test_one_reload_after_the_other(self):
        """Calls that come while one runs get the result of the next, and each gets one."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        for number in range(5):
            self.configure(pool, workers=one_cpu() if number % 2 else [{"cpu_limit": 90}])
            callers = [threading.Thread(target=lambda: codes.append(
                daemon.ctl("reload").returncode)) for _ in range(5)]
            codes = []
            for caller in callers:
                caller.start()
            daemon.kill(signal.SIGHUP)
            for caller in callers:
                caller.join()
            self.assertEqual(codes, [0] * 5)
        self.wait_shares(pool, 3, since=pool.mark())


if __name__ == "__main__":
    main()
