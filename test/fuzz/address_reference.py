"""Reads From values as Python's email package does: one JSON string a line in, one JSON list of addresses a line out.

null: the package fails on the value, which is no opinion.
"""

import json
import sys
from email.policy import default


def read(value):
    return [each.addr_spec for each in default.header_factory("From", value).addresses]


def addresses(value):
    # The package fails on a dot right before a bracket ("Ana.<ana@x.example>"), and not on one with a blank between.
    for spelling in (value, value.replace(".<", ". <")):
        try:
            return read(spelling)
        except Exception:
            continue
    return None


for line in sys.stdin:
    print(json.dumps(addresses(json.loads(line))))
