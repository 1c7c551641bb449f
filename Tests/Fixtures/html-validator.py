#!/usr/bin/python3
"""Checks all HTML pages beneath a folder and prints what is wrong, one line each.

html5lib's strict parser finds every parse error of the HTML standard, tidy what elements and attributes must not do:
unknown ones, those at wrong places, identifiers that stand there twice.
"""
import os
import re
import subprocess
import sys

import html5lib

# Of ARIA 1.1, which became a standard after this tidy.
FORGIVEN = re.compile(r'proprietary attribute "aria-current"')

pages = sorted(
    os.path.join(folder, name) for folder, _, names in os.walk(sys.argv[1]) for name in names if name.endswith(".html"))
if not pages:
    sys.exit("there are no pages in " + sys.argv[1])
wrong = 0
for page in pages:
    with open(page, "rb") as file:
        content = file.read()
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(content, transport_encoding="utf-8")
    found = [f"{position[0]}: {code} {details}" for position, code, details in parser.errors]
    tidy = subprocess.run(
        ["tidy", "-quiet", "-errors", "-utf8", "--show-info", "no", "--drop-empty-elements", "no", "--gnu-emacs", "yes"],
        input=content, capture_output=True)
    found += [line for line in tidy.stderr.decode("utf-8", "replace").splitlines() if not FORGIVEN.search(line)]
    for line in found[:20]:
        print(f"{page}: {line}")
    wrong += len(found)
print(f"{len(pages)} pages, {wrong} errors")
sys.exit(1 if wrong else 0)
