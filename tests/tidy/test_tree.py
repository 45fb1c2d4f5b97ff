# SPDX-License-Identifier: MIT
"""The rules and the tools, applied to the whole tree."""
import pathlib
import re
import unittest

import circles
import doors
import layers
import rules
import tools
import tree


class Tree(unittest.TestCase):
    def quiet(self, said):
        if said:
            self.fail(said)

    def keeps(self, rule, *endings, apart=()):
        seen = 0
        complaints = []
        for path, text in tree.sources(*endings):
            if not path.startswith(apart):
                seen += 1
                complaints += rule(path, text)
        self.assertGreater(seen, 0, "no file was looked at")
        self.quiet("\n".join(complaints))

    def objects_keep(self, rule, apart=("tests/",)):
        """What a test program keeps, and what stands in for a library, is mostly its own affair."""
        seen = 0
        complaints = []
        for source, output in tree.compiled():
            if source.startswith(apart) or not output.exists():
                continue
            seen += 1
            complaints += rule(source, tools.said_of(["objdump", "-t", output]))
        self.assertGreater(seen, 0, "no object was looked at")
        self.quiet("\n".join(complaints))

    def test_every_file_has_a_place(self):
        paths = [path for path, _ in tree.sources(".c", ".h")]
        self.assertGreater(len(paths), 0, "no file was looked at")
        self.quiet("\n".join(layers.places(paths) + layers.stale(paths)))

    def test_includes_run_one_way(self):
        texts = dict(tree.sources(".c", ".h"))
        self.assertGreater(len(texts), 0, "no file was looked at")
        self.quiet("\n".join(layers.includes(texts)))

    def test_the_compiler_reads_one_way(self):
        reads = tree.compiler_reads()
        self.assertGreater(len(reads), 50)
        self.quiet("\n".join(
            complaint for source, files in reads for complaint in layers.compiled(source, files)))

    def test_headers_are_no_insides(self):
        self.keeps(lambda path, _: rules.internal(path), ".h")

    def test_modules_have_no_circles(self):
        includes = circles.include_graph(dict(tree.sources(".c", ".h")))
        calls = circles.call_graph([
            (source, tools.said_of(["nm", output]), tools.said_of(["objdump", "-r", output]))
            for source, output in tree.compiled()
            if output.exists() and not output.is_relative_to(tree.BUILD / "tests")
        ])
        self.assertGreater(len(calls), 50)
        self.assertGreater(sum(map(len, calls.values())), 100, "no calls were found")
        self.quiet("\n".join(circles.complaints("includes", includes)
                             + circles.complaints("calls", calls)
                             + circles.mended([includes, calls])))

    def test_files_are_short(self):
        self.keeps(rules.file_length, ".c", ".h", ".py", ".sh", ".build")

    def test_every_source_is_built(self):
        """A kernel of another CPU family is in the list of all kernels at least."""
        listed = (tree.ROOT / "daemon/miner/kernels/meson.build").read_text()
        built = {source for source, _ in tree.compiled()}
        self.quiet("\n".join(
            f"{path}: no meson.build names it" for path, _ in tree.sources(".c")
            if path not in built
            and f"'{pathlib.Path(path).stem.removeprefix('kernel_').replace('_', '-')}'" not in listed))

    def test_functions_are_short(self):
        self.keeps(rules.function_length, ".c", ".h")

    def test_every_source_names_its_licence(self):
        self.keeps(rules.licence, ".c", ".h", ".py", ".sh", ".js")

    def test_headers_have_a_guard(self):
        self.keeps(rules.header, ".h")

    def test_headers_hide_none_of_the_system(self):
        folders = tree.include_folders()
        self.assertLessEqual({"", "daemon"}, folders)
        self.keeps(lambda path, _: rules.shadowing(path, folders), ".h")

    def test_numbers_are_drawn_in_order(self):
        self.keeps(rules.draws, ".c")

    def test_nothing_is_left_for_later(self):
        # The rule's own samples are here.
        self.keeps(
            rules.unfinished, ".c", ".h", ".py", ".sh", ".build", ".md", ".scd", ".js", ".in",
            apart=("tests/tidy/",),
        )

    def test_globals_do_not_change(self):
        self.objects_keep(rules.mutable)

    def test_shared_names_have_a_prefix(self):
        self.objects_keep(rules.prefix)

    def test_the_world_is_reached_through_doors(self):
        self.objects_keep(doors.reaches, apart=())
        compiled = {source for source, _ in tree.compiled()}
        self.assertLessEqual(set(doors.DOORS), compiled)

    def test_clang_format(self):
        tools.need(self, "clang-format", tools.CLANG_FORMAT)
        said = tools.clang_format([path for path, _ in tree.sources(".c", ".h")])
        self.quiet(said)

    def test_clang_tidy(self):
        tools.need(self, "clang-tidy", tools.CLANG_TIDY)
        files = sorted({source for source, output in tree.compiled()})
        self.assertGreater(len(files), 0)
        said = tools.clang_tidy(files)
        self.quiet(said)

    def test_another_architecture(self):
        """All but the kernels of x86-64 is for any other, too: this one is at hand."""
        tools.need(self, "clang")
        if not tools.ARM64_INCLUDE.is_dir():
            self.skipTest(f"{tools.ARM64_INCLUDE} is not there (libc6-dev-arm64-cross)")
        files = sorted({
            source for source, output in tree.compiled()
            if not source.startswith("tests/") and not re.search("avx|sha_ni|sha256_ni", source)
        })
        self.assertGreater(len(files), 50)
        self.quiet(tools.compile_for_arm64(files))

    def test_shellcheck(self):
        tools.need(self, "shellcheck")
        scripts = [
            path for path in tree.paths()
            if (tree.ROOT / path).open("rb").readline().startswith((b"#!/bin/sh", b"#!/bin/bash",
                                                                    b"#!/usr/bin/env bash"))
        ]
        self.assertGreater(len(scripts), 0)
        said = tools.shellcheck(scripts)
        self.quiet(said)


if __name__ == "__main__":
    unittest.main()
