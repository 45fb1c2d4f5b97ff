# SPDX-License-Identifier: MIT
"""Each rule fires on a bad sample and leaves a good one alone."""
import pathlib
import subprocess
import tempfile
import unittest

import circles
import doors
import layers
import rules
import tools

LICENCE = "/* SPDX-License-Identifier: MIT */\n"


def compiled(source, *commands):
    """What each command says of the object that a C text is compiled to."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "sample.o")
        subprocess.run(
            ["cc", "-fPIE", "-O1", "-x", "c", "-", "-c", "-o", path],
            input=source.encode(), check=True,
        )
        return [tools.said_of([*command, path]) for command in commands]


def objdump(source):
    """What objdump -t says of a compiled C text."""
    return compiled(source, ["objdump", "-t"])[0]


class Rules(unittest.TestCase):
    def fires(self, complaints, *words):
        self.assertEqual(len(complaints), 1, complaints)
        for word in words:
            self.assertIn(word, complaints[0])

    def test_includes_run_one_way(self):
        def check(path, line):
            return layers.includes({path: LICENCE + line + "\n"})

        stratum = "daemon/upstream/stratum/session.c"
        for path, line, *words in (
            ("common/hex.c", '#include "config/conf.h"', "common/hex.c:2", "config"),
            ("daemon/miner/rate.c", '#include "io/ring.h"', "daemon/miner may not include"),
            ("daemon/miner/rate.c", '#include "upstream/upstream.h"', "daemon/miner"),
            ("daemon/miner/probe.c", '#include "config/conf.h"', "daemon/miner may not include"),
            ("daemon/miner/probe.c", '#include "miner/placement.h"', "daemon/miner may not"),
            ("daemon/miner/placement_plan.c", '#include "io/ring.h"', "placement may not"),
            (stratum, '#include "miner/share.h"', "daemon/upstream/stratum may not include"),
            (stratum, '#include "upstream/upstream.h"', "daemon/upstream/stratum"),
            ("daemon/pool/pool.c", '#include "upstream/stratum/session.h"', "daemon/pool"),
            ("daemon/pool/pool.c", '#include "upstream/upstream_kind.h"', "daemon/pool"),
            ("daemon/minerd.c", '#include "upstream/stratum/session.h"', "daemon may not"),
            ("daemon/io/tls.c", '#include "pool/pools.h"', "daemon/io"),
            ("daemon/bitcoin/job.c", '#include "daemon/io/ring.h"', "daemon/bitcoin"),
            ("daemon/pool/pools.c", '#include "daemon/minerd.h"', "daemon/pool"),
            ("daemon/new/file.c", '#include "common/hex.h"', "daemon/new"),
            ("daemon/minerd.c", '#include "ctl/ctl.h"', "daemon may not include"),
            ("ctl/main.c", '#include "config/conf.h"', "ctl"),
            ("ctl/main.c", '#\tinclude "systemd/notify.h"', "ctl"),
            ("daemon/minerd.c", '#include "../common/hex.h"', "not a path"),
            ("daemon/miner/rate.c", "#include <json-c/json.h>", "<json-c/json.h>"),
            (stratum, "#include <liburing.h>", "<liburing.h>"),
            ("daemon/minerd.c", "#include <liburing.h>", "<liburing.h>"),
            ("daemon/minerd.c", "#include <libconfig.h>", "<libconfig.h>"),
            ("daemon/pool/pool.c", "#include <libpsl.h>", "<libpsl.h>"),
            ("common/log.c", "#include <systemd/sd-journal.h>", "<systemd/sd-journal.h>"),
        ):
            self.fires(check(path, line), *words)
        for path, line in (
            ("daemon/miner/rate.c", '#include "bitcoin/job.h"'),
            ("daemon/miner/placement.c", '#include "config/conf.h"'),
            ("daemon/miner/placement.c", '#include "miner/probe.h"'),
            ("daemon/pool/pools.c", '#include "upstream/upstream.h"'),
            ("daemon/upstream/upstream.c", '#include "upstream/stratum/session.h"'),
            ("daemon/minerd.c", '#include "miner/rate.h"'),
            ("tests/unit/test_rate.c", '#include "upstream/stratum/session.h"'),
            ("daemon/io/ring.c", "#include <liburing.h>"),
            ("daemon/pool/pools.c", '#include "systemd/ids.h"'),
            ("systemd/notify.c", "#include <systemd/sd-daemon.h>"),
        ):
            self.assertEqual(check(path, line), [])

    def test_nothing_is_reached_over_headers_of_others(self):
        texts = {
            "config/conf_read.h": "#include <libconfig.h>\n",
            "config/conf.h": "#include <stddef.h>\n",
            "config/conf.c": '#include "config/conf_read.h"\n',
            "daemon/io/ring.h": "#include <liburing.h>\n",
            "daemon/pool/pool.h": '#include "config/conf.h"\n#include "io/ring.h"\n',
            "daemon/pool/pool.c": '#include "pool.h"\n',
            "tests/unit/test_conf.c": '#include "config/conf_read.h"\n#include <check.h>\n',
        }
        self.assertEqual(layers.includes(texts), [])
        texts["config/conf.h"] = '#include "config/conf_read.h"\n'
        self.assertEqual(layers.includes(texts), [
            "daemon/pool/pool.h -> config/conf.h -> config/conf_read.h: "
            "daemon/pool may not reach <libconfig.h>",
            "daemon/pool/pool.c -> daemon/pool/pool.h -> config/conf.h -> config/conf_read.h: "
            "daemon/pool may not reach <libconfig.h>",
        ])
        # The same for headers of the project.
        found = layers.includes({
            "daemon/io/stream.h": '#include "upstream/upstream.h"\n',
            "daemon/control/control.c": '#include "io/stream.h"\n',
        })
        self.assertEqual(found, [
            "daemon/io/stream.h:1: daemon/io may not include upstream/upstream.h",
            "daemon/control/control.c -> daemon/io/stream.h: "
            "daemon/control may not reach upstream/upstream.h",
        ])

    def test_nothing_is_reached_by_the_compiler(self):
        files = ["daemon/pool/pool.c", "daemon/pool/pool.h", "config/conf.h", "systemd/ids.h",
                 "/usr/include/stdio.h", "/usr/include/x86_64-linux-gnu/bits/types.h",
                 "/usr/include/json-c/json.h", "/usr/include/liburing.h"]
        self.assertEqual(layers.compiled("daemon/pool/pool.c", files), [])
        for name in ("/usr/include/libconfig.h", "/usr/include/x86_64-linux-gnu/openssl/ssl.h",
                     "/usr/local/include/libpsl.h", "daemon/control/control.h",
                     "daemon/upstream/upstream_kind.h"):
            self.fires(layers.compiled("daemon/pool/pool.c", files + [name]), "may not reach",
                       name.removeprefix("/usr/include/").split("/")[-1])

    def test_every_file_has_a_place(self):
        self.assertEqual(layers.places(["daemon/main.c", "daemon/io/ring.c", "daemon/reload.h",
                                        "daemon/miner/kernels/lanes.h", "tests/unit/a.h"]), [])
        self.fires(layers.places(["daemon/status.c"]), "daemon/ itself")
        self.fires(layers.places(["daemon/new/file.c"]), "not in FOLDERS")
        self.fires(layers.places(["new/file.c"]), "not in FOLDERS")
        files = [f"{folder}/file.c" for folder in layers.FOLDERS]
        self.assertEqual(layers.stale(files), [])
        self.fires(layers.stale(files[1:]), "common: in FOLDERS")

    def test_headers_are_no_insides(self):
        self.assertEqual(rules.internal("daemon/pool/pool.h"), [])
        self.fires(rules.internal("daemon/pool/pool_parts.h"), "daemon/pool/pool_parts.h")

    def test_names_of_tests_in_documents(self):
        text = ("| a | u/test_a.c: one, two; f/test_b.py: test_c\n"
                "| b | tests/tidy/test_d.py: test_e |")
        self.assertEqual(list(rules.tests_named(text)), [
            ("tests/unit/test_a.c", "one"), ("tests/unit/test_a.c", "two"),
            ("tests/functional/test_b.py", "test_c"), ("tests/tidy/test_d.py", "test_e"),
        ])
        self.assertEqual(rules.tests_defined("a.c", "START_TEST(one)\n{\n"), {"one"})
        text = "class A:\n    def test_a(self):\n"
        self.assertEqual(rules.tests_defined("a.py", text), {"test_a"})

    def test_modules_include_in_no_circle(self):
        texts = {
            "daemon/a/one.h": "",
            "daemon/a/one.c": '#include "a/one.h"\n#include "a/two.h"\n',
            "daemon/a/two.h": '#include "three.h"\n',
            "daemon/a/three.h": "#include <one.h>\n",
        }
        graph = circles.include_graph(texts)
        self.assertEqual(graph["daemon/a/one"], {"daemon/a/two"})
        self.assertEqual(circles.complaints("includes", graph, {}), [])
        texts["daemon/a/three.c"] = '#include "daemon/a/one.h"\n'
        graph = circles.include_graph(texts)
        self.fires(circles.complaints("includes", graph, {}), "daemon/a/three -> daemon/a/one")
        self.fires(circles.complaints("includes", graph, {r"daemon/a/t\w+": ""}), "circle")
        self.assertEqual(circles.complaints("includes", graph, {r"daemon/a/\w+": ""}), [])
        self.assertEqual(circles.mended([{}, graph], {r"daemon/a/\w+": ""}), [])
        self.fires(circles.mended([{}], {r"daemon/a/\w+": ""}), "no circle any more", "daemon/a")

    def test_modules_call_in_no_circle(self):
        def called(text):
            return circles.call_graph([
                (path, *compiled(source, ["nm"], ["objdump", "-r"])) for path, source in (
                    ("one.c", "void two(void); int one_n; void one(void) { two(); two(); }"),
                    ("two.c", "void three(void); void two(void) { three(); three(); }"),
                    ("three.c", text),
                )
            ])

        graph = called("void one(void); void three(void) { one(); }")
        self.assertEqual(graph, {"one": {"two"}, "two": {"three"}, "three": {"one"}})
        self.fires(circles.complaints("calls", graph, {}), "one -> two, three -> one, two -> three")
        # Neither data nor a table of callbacks is a call, nor what nobody here defines.
        for text in (
            "extern int one_n; int three(void) { return one_n; }",
            "void one(void); void (*const three_table[])(void) = {one}; void three(void) {}",
            "void one(void); typedef void fn(void); fn *three(void) { return one; }",
            "void abort(void); void three(void) { abort(); }",
        ):
            graph = called(text)
            self.assertEqual(graph["three"], set(), text)
            self.assertEqual(circles.complaints("calls", graph, {}), [])

    def test_length_of_files(self):
        self.assertEqual(rules.file_length("a.c", "\n" * 500), [])
        self.fires(rules.file_length("a.c", "\n" * 501), "a.c", "501")

    def test_length_of_functions(self):
        def text(n):
            return (
                LICENCE + "#include <a.h>\n\nstruct a b = {\n\t1,\n};\n\n/* Long. */\n"
                "static int a_long(int a,\n\t\t  int b) __attribute__((unused))\n{\n"
                + "\ta();\n" * n + "}\n\nint a_short(void)\n{\n}\n"
            )

        found = list(rules.functions(text(3)))
        self.assertEqual(found, [(9, 15, "a_long"), (17, 19, "a_short")])
        self.assertEqual(rules.function_length("a.c", text(66)), [])
        self.fires(rules.function_length("a.c", text(67)), "a.c:9", "a_long", "71")

    def test_licence_comes_first(self):
        for path, text in (
            ("a.c", LICENCE),
            ("a.py", "# SPDX-License-Identifier: MIT\n"),
            ("a.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n"),
        ):
            self.assertEqual(rules.licence(path, text), [])
        self.fires(rules.licence("a.c", "#include <a.h>\n" + LICENCE), "a.c:1")
        self.fires(rules.licence("a.c", "/* SPDX-License-Identifier: GPL-2.0 */\n"), "a.c:1")
        self.fires(rules.licence("a.c", ""), "a.c:1")

    def test_headers_have_a_guard(self):
        self.assertEqual(rules.header("a.h", LICENCE + "#pragma once\n"), [])
        self.fires(rules.header("a.h", LICENCE + "#ifndef A_H\n#define A_H\n#endif\n"), "a.h:2")
        self.fires(rules.header("a.h", LICENCE), "a.h:2")

    def test_nothing_is_left_for_later(self):
        self.assertEqual(rules.unfinished("a.sh", "d=$(mktemp -d /tmp/a.XXXXXX)\n"), [])
        for word in ("TODO", "FIXME", "XXX", "HACK"):
            self.fires(rules.unfinished("a.c", f"\n/* {word}: more */\n"), "a.c:2", word)

    def test_numbers_are_drawn_in_order(self):
        for good in ("f(chance_below(chance_below(3)), 2);", "x = random_u64() ? random_u64() : 0;"):
            self.assertEqual(rules.draws("a.c", good), [])
        for bad in (
            "f(1,\n  (unsigned)chance_below(2), random_u64())",
            "f(g(random_u64()), h(random_u64()))",
        ):
            self.fires(rules.draws("a.c", bad), "a.c:", "two arguments")

    def test_globals_do_not_change(self):
        good = objdump(
            "extern int puts(const char *);\n"
            "static const char *const names[] = {\"a\", \"b\"};\n"
            "const struct { int (*f)(const char *); } sample_table = {puts};\n"
            "const char *sample_name(int i) { return names[i]; }\n"
        )
        self.assertEqual(rules.mutable("sample.c", good), [])
        for text, section in (
            ("static int count; int sample(void) { return count++; }", ".bss"),
            ("static int count = 1; int sample(void) { return count++; }", ".data"),
            ("int sample(void) { static int count; return count++; }", ".bss"),
            ("_Thread_local int sample_count;", ".tbss"),
            ("_Thread_local int sample_count = 1;", ".tdata"),
            ("const char *sample_name = \"a\";", ".data.rel"),
        ):
            self.fires(rules.mutable("sample.c", objdump(text)), "sample.c", section)
        self.assertEqual(
            rules.mutable("common/log.c", objdump("int log_state = 1;")), []
        )
        self.fires(rules.mutable("common/log.c", objdump("int log_other = 1;")), "log_other")

    def test_shared_names_have_a_prefix(self):
        text = objdump("static void other(void) {} int main(void) { other(); return 0; }")
        self.assertEqual(rules.prefix("daemon/main.c", text), [])
        text = objdump("const int kernel_a = 1; void kernel_b(void) {}")
        self.assertEqual(rules.prefix("daemon/miner/kernel_avx2.c", text), [])
        text = objdump("extern void other(void); void sample(void) { other(); }")
        self.assertEqual(rules.prefix("daemon/sample.c", text), [])
        self.fires(rules.prefix("daemon/pool.c", objdump("void drain(void) {}")), "drain", "pool")
        self.fires(rules.prefix("daemon/pool.c", objdump("const int limit = 1;")), "limit")

    def test_the_world_is_reached_through_doors(self):
        text = objdump("#include <unistd.h>\nint pool_sample(int fd) { return close(fd); }\n")
        self.fires(doors.reaches("daemon/pool/pool.c", text), "daemon/pool/pool.c", "close()")
        self.fires(doors.reaches("daemon/io/stream.c", text), "close()")
        self.assertEqual(doors.reaches("daemon/io/socket.c", text), [])
        self.assertEqual(doors.reaches("daemon/minerd.c", text), [])
        text = objdump("#include <stdio.h>\nint pool_sample(void) { return puts(\"a\"); }\n")
        self.assertEqual(doors.reaches("daemon/pool/pool.c", text), [])
        # A name of its own, and one that the C library has for the same function.
        text = objdump("int close(int fd) { return fd; }\n")
        self.assertEqual(doors.reaches("daemon/pool/pool.c", text), [])
        text = objdump("int open64(const char *, int);\n"
                       "int pool_sample(void) { return open64(\"a\", 0); }\n")
        self.fires(doors.reaches("daemon/pool/pool.c", text), "open()")

    def test_headers_hide_none_of_the_system(self):
        folders = {"", "daemon", "tests/pool"}
        for path in ("daemon/io/ring.h", "daemon/io/limits.h", "common/assert.h", "daemon/sha256.h",
                     "tests/pool/event.h"):
            self.assertEqual(rules.shadowing(path, folders), [], path)
        self.fires(rules.shadowing("daemon/limits.h", folders), "<limits.h>", "daemon is on")
        self.fires(rules.shadowing("time.h", folders), "<time.h>", ". is on")
        self.fires(rules.shadowing("tests/pool/check.h", folders), "<check.h>")
        self.fires(rules.shadowing("common/assert.h", folders | {"common"}), "<assert.h>")

    def test_events_and_their_catalog(self):
        self.assertEqual(
            rules.catalog(f"# ID_A (now): ONE, TWO\n-- {'a' * 32}\nSubject: @ONE@\n\n"
                          f"# ID_B:\n-- {'b' * 32}\nx\n"),
            {"ID_A": ("a" * 32, {"ONE", "TWO"}, {"ONE"}), "ID_B": ("b" * 32, set(), set())},
        )
        self.assertEqual(
            list(rules.events(
                'log_event(A, LOG_FIELDS({"MESSAGE_ID", ID_A},\n\t\t{"ONE", f(a, b)}),\n\t"x");\n'
                'log_event(A, LOG_FIELDS({"TWO", a}),\n\t"x");\n'
            )),
            [("ID_A", {"ONE"})],
        )


class Tools(unittest.TestCase):
    """The programs that judge the tree are there, of the right version, and find something."""

    def judged(self, tool, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.write_text(text)
            return tool([str(path)])

    def test_clang_format_finds_a_wrong_indent(self):
        tools.need(self, "clang-format", tools.CLANG_FORMAT)
        bad = self.judged(tools.clang_format, "a.c", "int a(void)\n{\n  return 0;\n}\n")
        self.assertIn("a.c:2", bad)
        self.assertEqual(
            self.judged(tools.clang_format, "a.c", "int a(void)\n{\n\treturn 0;\n}\n"), ""
        )

    def test_clang_tidy_finds_a_bug(self):
        tools.need(self, "clang-tidy", tools.CLANG_TIDY)
        bad = self.judged(
            tools.clang_tidy_alone, "a.c",
            "int a(const int *p);\nint a(const int *p)\n{\n\tif (!p)\n\t\treturn *p;\n"
            "\treturn 0;\n}\n",
        )
        self.assertIn("clang-analyzer-core.NullDereference", bad)

    def test_shellcheck_finds_a_bug(self):
        tools.need(self, "shellcheck")
        self.assertIn("SC2086", self.judged(tools.shellcheck, "a.sh", "#!/bin/sh\nrm $1\n"))
        self.assertEqual(self.judged(tools.shellcheck, "a.sh", '#!/bin/sh\nrm "$1"\n'), "")


if __name__ == "__main__":
    unittest.main()
