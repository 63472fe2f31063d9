#!/usr/bin/env python3
"""
Claim   A page of the gallery links to the other pages and to nothing that is
        not beside it; it shows a run only where one has seen the race; a run
        is made again only for a kernel that is newer.  Each race that no run
        shows has a model.
Method  The functions that make pages, on made-up runs.  What a browser says of
        all pages is `make look-gallery`: the runs take an hour.
"""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import gallery
import races
import tap

links = gallery.linked('<a href="../dirtycow/README.md">one</a> <a href="../README.md#the-invariants">two</a> '
                       '<a href="../../docs/models.md">three</a>')
tap.ok(links == '<a href="dirtycow.html">one</a> <a href="index.html">two</a> three',
       "links lead to pages that are there", links)

with tempfile.TemporaryDirectory() as name:
    gallery.OUT = pathlib.Path(name)
    race = races.find("dirtycow")
    folder = gallery.OUT / "runs/dirtycow"
    folder.mkdir(parents=True)
    tap.ok(gallery.timeline(race) == "", "nothing was run, nothing is shown")
    for file, text in {"trace.html": "moves", "lanes.svg": "<svg/>", "said": "ended by: nothing\n"}.items():
        (folder / file).write_text(text)
    tap.ok(gallery.timeline(race) == "", "a run that saw nothing is not shown")
    (folder / "said").write_text("trace: 7 events of 4 harts; ended by: the file <changed>\n")
    shown = gallery.timeline(race)
    tap.ok("<svg/>" in shown and "the file &lt;changed&gt;" in shown and
           (gallery.OUT / "dirtycow-timeline.html").read_text() == "moves", "one that saw it is", shown)

    kernel = gallery.OUT / "kernel.elf"
    kernel.touch()
    os.utime(kernel, (1, 1))
    page = folder / "trace.html"
    tap.ok(gallery.is_fresh(page, kernel), "a run that is newer than its kernel stays")
    os.utime(page, (0, 0))
    tap.ok(not gallery.is_fresh(page, kernel), "an older one is made again")

lost = [race.name for race in races.read() if not race.runs and not gallery.model_of(race.name)]
tap.ok(not lost, "where no run shows a race a model does", " ".join(lost))
tap.end()
