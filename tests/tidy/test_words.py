# SPDX-License-Identifier: MIT
"""What is written about the programs, against what the programs themselves say."""
import os
import re
import subprocess
import tempfile
import unittest

import rules
import tree

# A misspelt key in each group of the configuration: the answer lists those that are known there.
WRONG_KEYS = """
zzzzzzzz = 1;
pools = ({ url = "stratum+tcp://127.0.0.1:1"; user = "u"; zzzzzzzz = 1;
          payout = { address = "b"; zzzzzzzz = 1; }; });
workers = ({ zzzzzzzz = 1; });
failover = { zzzzzzzz = 1; };
control = { zzzzzzzz = 1; };
log = { zzzzzzzz = 1; };
state = { zzzzzzzz = 1; };
"""
GROUPS = WRONG_KEYS.count("zzzzzzzz")


def says(program, *arguments):
    done = subprocess.run(
        [os.environ[program], *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, check=False,
    )
    return done.stdout.decode()


def known_keys():
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(WRONG_KEYS)
        file.flush()
        lists = re.findall(r"known here are (.*)", says("MINERD", "-c", file.name,
                                                        "--check-config"))
    return [key for keys in lists for key in keys.split(", ")], len(lists)


def page(name):
    """A manual page as plain text: scdoc's emphasis and escapes taken away."""
    return re.sub(r"[*_\\]", "", (tree.ROOT / "man" / f"{name}.scd").read_text())


class Words(unittest.TestCase):
    def none_missing(self, words, text, where):
        self.assertTrue(words)
        missing = [word for word in words
                   if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]
        self.assertEqual(missing, [], f"not in {where}")

    def keys(self):
        keys, groups = known_keys()
        self.assertEqual(groups, GROUPS, "the program lists the keys of every group")
        return keys

    def test_every_method_is_in_the_interface(self):
        methods = tree.ROOT / "daemon" / "methods"
        rows = re.findall(r'^\t\{"(\w+)", (?:true|false), \w+\},$',
                          (methods / "methods.c").read_text(), re.MULTILINE)
        described = re.findall(r"^method (\w+)\(",
                               (methods / "io.minerd.Miner.varlink").read_text(), re.MULTILINE)
        self.assertTrue(rows)
        self.assertEqual(sorted(rows), sorted(described))

    def test_every_key_is_in_the_manual(self):
        keys = [re.sub("_", "", key) for key in self.keys()]
        self.none_missing(keys, page("minerd.conf.5"), "minerd.conf(5)")

    def test_every_key_is_in_the_example(self):
        text = (tree.ROOT / "config/minerd.conf.example").read_text()
        self.none_missing(self.keys(), text, "the example")

    def test_every_option_of_minerd_is_in_its_manual(self):
        options = re.findall(r"(?<!\S)\[?(--?[a-z][a-z-]*)", says("MINERD", "--help"))
        self.none_missing(options, page("minerd.8"), "minerd(8)")

    def test_every_verb_and_option_of_minerctl_is_in_its_manual(self):
        text = says("MINERCTL", "--help")
        verbs = re.findall(r"^  ([a-z]+)  ", text, re.M)
        options = re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", text)
        self.assertIn("status", verbs)
        self.assertIn("--json", options)
        self.none_missing(verbs + options, page("minerctl.1"), "minerctl(1)")

    def test_every_event_is_in_the_catalog(self):
        text = (tree.ROOT / "systemd/minerd.catalog").read_text()
        catalog = rules.catalog(text)
        self.assertEqual(len({identity for identity, _, _ in catalog.values()}),
                         len(re.findall(r"^-- ", text, re.M)), "an entry has no ID_ of its own")
        for name, (_, given, needed) in catalog.items():
            self.assertEqual(needed - given, set(), f"the text of {name} uses other fields")
            self.none_missing(given or {"Fields"}, text.split("\n\n")[0], "the list of fields")
        logged = set()
        for path, source in tree.sources(".c"):
            if not path.startswith(("daemon/", "systemd/")):
                continue
            for name, fields in rules.events(source):
                logged.add(name)
                self.assertEqual(catalog[name][1] - fields, set(), f"{path} logs {name} without")
        self.assertEqual(set(catalog) - logged, set(), "nobody logs these events")

    def test_every_test_that_is_named_exists(self):
        defined = {path: rules.tests_defined(path, text)
                   for path, text in tree.sources(".c", ".py") if path.startswith("tests/")}
        for document in ("ARCHITECTURE.md", "SECURITY.md"):
            named = list(rules.tests_named((tree.ROOT / document).read_text()))
            self.assertGreater(len(named), 20, document)
            missing = [f"{path}: {test}" for path, test in named
                       if test not in defined.get(path, ())]
            self.assertEqual(missing, [], f"{document} names tests that do not exist")


if __name__ == "__main__":
    unittest.main()
