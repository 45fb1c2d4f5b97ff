# SPDX-License-Identifier: MIT
"""
What tests of the service share: the Debian package, built once and installed in a Debian that
systemd has booted, beside a test pool on that container's loopback.
"""
import atexit
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))

from container import ROOT, Container, until  # noqa: E402
from harness import Pool, note  # noqa: E402, F401

BUILD = pathlib.Path(os.environ["MINERD_BUILD"])
CONFIG = "etc/minerd/minerd.conf"
DROP_IN = "run/systemd/system/minerd.service.d/test.conf"


def message_id(name):
    """The value of an ID_ constant."""
    text = (ROOT / "systemd/minerd.catalog").read_text()
    return re.search(rf"^# {name}\b.*\n-- ([0-9a-f]{{32}})$", text, re.M).group(1)


def boot():
    """A booted container with the package of this tree; it ends with the process."""
    folder = BUILD / "system"
    container = Container(folder)
    container.install(container.package(folder / "deb"))
    atexit.register(container.end)
    container.boot()
    # The harness starts the pool by this name: on the container's loopback.
    wrapper = folder / "testpool"
    wrapper.write_text("#!/bin/sh\nexec "
                       + " ".join(container.on_its_network(os.environ["TESTPOOL"])) + ' "$@"\n')
    wrapper.chmod(0o755)
    os.environ["TESTPOOL"] = str(wrapper)
    return container


class ServiceCase(unittest.TestCase):
    container = None  # one for all classes

    @classmethod
    def setUpClass(cls):
        if not ServiceCase.container:
            ServiceCase.container = boot()

    def setUp(self):
        self.pool = Pool("--difficulty", "0.0001", "--job-interval", "2")
        self.addCleanup(self.pool.stop)
        self.addCleanup(self.settle)
        self.configure()
        self.since = self.container.do("date", "+%s.%N").strip()

    def settle(self):
        """Whatever a test did: the next one begins with a stopped service as it was installed."""
        self.container.call("systemctl", "stop", "minerd")
        self.container.call("rm", "-f", "/" + DROP_IN)
        self.container.call("systemctl", "daemon-reload")
        self.container.call("systemctl", "reset-failed", "minerd")

    def write(self, path, text):
        """Through the container, whose /run is its own."""
        code = f"mkdir -p $(dirname /{path}) && cat >/{path}"
        subprocess.run(self.container.inside("sh", "-c", code), input=text.encode(), check=True)

    def configure(self, more="", name="local", priority="batch"):
        # At idle priority, the default, whatever else runs on the machine would come first.
        self.write(CONFIG, f"""
priority = "{priority}";
pools = ({{ url = "stratum+tcp://127.0.0.1:{self.pool.port}"; user = "rig"; name = "{name}"; }});
log = {{ level = "debug"; }};
{more}
""")

    def drop_in(self, text):
        self.write(DROP_IN, text)
        self.container.do("systemctl", "daemon-reload")

    def show(self, name):
        return self.container.do("systemctl", "show", "--value", "-p", name, "minerd").strip()

    def is_state(self, state):
        return self.show("ActiveState") == state

    def start(self):
        self.container.do("systemctl", "start", "minerd")
        return self.show("MainPID")

    def status(self):
        return json.loads(self.container.do("minerctl", "--json", "status"))

    def accepted(self):
        return self.status()["shares"]["accepted"]

    def settled(self):
        """A status that the next one agrees with on what was found; the workers are paused."""
        last = None
        while True:
            status = self.status()
            if last and last["shares"] == status["shares"] and not status["shares"]["in_flight"]:
                return status
            last = status
            time.sleep(0.2)

    def journal(self, name):
        """The entries of one event since the test began."""
        text = self.container.do(
            "journalctl", "-q", "-u", "minerd", "--since", "@" + self.since, "-o", "json",
            "MESSAGE_ID=" + message_id(name),
        )
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def journal_text(self):
        return self.container.do(
            "journalctl", "-q", "-x", "-u", "minerd", "--since", "@" + self.since
        )
