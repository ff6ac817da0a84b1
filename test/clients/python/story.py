"""
A story through LINSTOR's Python library, unmodified, against a controller of ours.

usage: story.py linstor://<host>:<port>

Needs a cluster without nodes whose satellites n1, n2 and n3 are running; each machine has the
volume group vg0 with the thin pool vg0/thin, and the empty disk /dev/sdb. Prints one JSON line per
chapter, {"chapter", "problem"?, "seconds"}, and at the end {"uncalled": [...]}.
"""

import json
import sys
import time
import traceback

import watched

watched.watch()

import chapters_cluster
import chapters_data
import chapters_kept
import chapters_objects
import linstor

CHAPTERS = (
    *chapters_cluster.CHAPTERS,
    *chapters_data.CHAPTERS,
    *chapters_kept.CHAPTERS,
    *chapters_objects.CHAPTERS,
    *chapters_cluster.LAST_CHAPTERS,
)


def play(chapter, uri):
    started = time.monotonic()
    line = {"chapter": chapter.__name__.replace("_", " ")}
    try:
        with linstor.Linstor(uri, timeout=60) as api:
            chapter(api, uri)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in where if "chapters_" in frame.filename]
        at = f" at {ours[-1].line}" if ours else ""
        line["problem"] = f"{type(error).__name__}: {error}{at}"
    line["seconds"] = round(time.monotonic() - started, 2)
    print(json.dumps(line), flush=True)


def main():
    uri = sys.argv[1]
    for chapter in CHAPTERS:
        play(chapter, uri)
    print(json.dumps({"uncalled": watched.uncalled()}), flush=True)


main()
