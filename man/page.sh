#!/bin/sh
# SPDX-License-Identifier: MIT
# page.sh SCDOC: makes a manual page from its source. The first line is for man(1): pages may have
# tables, which tbl(1) lays out.
printf '%s\n' "'\\\" t"
exec "$1"
