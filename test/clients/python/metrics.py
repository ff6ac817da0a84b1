"""
Reads what a Prometheus would scrape, with Prometheus' own parser, and judges it as promtool does.

usage: metrics.py http://<host>:<port>/metrics <token>

Prints one JSON object: {"names": [...], "problems": [...]}.
"""

import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def main():
    headers = {"Authorization": "Bearer " + sys.argv[2]}
    request = urllib.request.Request(sys.argv[1], headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode("utf-8")
    problems = []
    names = []
    seen = set()
    for family in text_string_to_metric_families(text):
        names.append(family.name)
        if not family.documentation:
            problems.append(f"{family.name}: no help")
        if family.type == "unknown":
            problems.append(f"{family.name}: no type")
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in seen:
                problems.append(f"{key} is told twice")
            seen.add(key)
    if len(set(names)) != len(names):
        problems.append("a name has two families")
    print(json.dumps({"names": names, "problems": problems}))


main()
