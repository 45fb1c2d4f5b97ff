# SPDX-License-Identifier: MIT
"""
Runs the unittest cases of a file and tells meson each of them by TAP, the Test Anything Protocol:

    python3 tests/tap.py FILE [NAME ...]      all tests, or those whose name holds a NAME

They run in an environment without what a service manager gives to a service of its own, such as
whoever runs them, and with deadlines for a machine as busy as it is: TEST_TIME_SCALE is multiplied
by the number of programs that want each CPU.
"""
import importlib.util
import os
import re
import sys
import traceback
import unittest


# sd_notify(3), sd_listen_fds(3), systemd.exec(5): meant for the process that they were given to.
SERVICE = re.compile("(NOTIFY_SOCKET|JOURNAL_STREAM|WATCHDOG_.*|LISTEN_.*|INVOCATION_ID|MAINPID"
                     "|(RUNTIME|STATE|CACHE|LOGS|CONFIGURATION|CREDENTIALS)_DIRECTORY)")


def prepare():
    for name in filter(SERVICE.fullmatch, list(os.environ)):
        del os.environ[name]
    busy = os.getloadavg()[0] / len(os.sched_getaffinity(0))
    scale = float(os.environ.get("TEST_TIME_SCALE", "1")) * max(1, busy)
    os.environ["TEST_TIME_SCALE"] = f"{scale:.2f}"


class Result(unittest.TestResult):
    """Writes one line a test, with what went wrong below it as comments."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def tell(self, ok, test, remark="", detail=""):
        self.number += 1
        name = str(test).split(" ")[0].removeprefix("test_")
        print(f"{'ok' if ok else 'not ok'} {self.number} - {name}{remark}")
        for line in detail.splitlines():
            print("# " + line)
        sys.stdout.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.tell(True, test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.tell(False, test, detail=self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self.tell(False, test, detail=self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(True, test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, error):
        # A test with several parts is one test; it is told once, when a part has failed.
        super().addSubTest(test, subtest, error)
        if error:
            self.tell(False, subtest, detail="".join(traceback.format_exception(*error)))

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.tell(True, test)


def load(path):
    """The tests of a file, which may import its neighbours."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(path, wanted):
    prepare()
    suite = load(path)
    if wanted:
        suite = unittest.TestSuite(
            test for case in suite for test in case
            if any(name in test.id() for name in wanted)
        )
    result = Result()
    suite.run(result)
    print(f"1..{result.number}")
    return 0 if result.wasSuccessful() and result.number else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    sys.exit(main(sys.argv[1], sys.argv[2:]))
