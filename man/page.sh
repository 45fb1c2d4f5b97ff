#!/bin/sh
# SPDX-License-Identifier: MIT
# page.sh SCDOC: makes a manual page from its source. The first line is for man(1): pages may have
# tables, which tbl(1) lays out. The second keeps groff from hyphenating names of keys.
printf '%s\n' "'\\\" t" '.nr HY 0'
exec "$1"
