#!/usr/bin/env python3
"""Look at pages in a real browser (make look-gallery): what its console says is wrong.

    browse.py FOLDER        each *.html there, as TAP

Chromium opens each page from the disk at a phone's width, and the first one
with a timeline also as on a desk and as printed; what it saw is kept beside the
pages, in looks/.
"""
import pathlib
import re
import subprocess
import sys

BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
           "--enable-logging=stderr", "--virtual-time-budget=4000")
WRONG = re.compile(r'CONSOLE.*?"(.*?(?:Uncaught|Error|error|Failed|Refused).*?)"')
PHONE, DESK = "390,1600", "1200,3200"


def open_page(page, *options):
    """What the console said that is wrong."""
    done = subprocess.run([*BROWSER, *options, page.resolve().as_uri()], text=True, errors="replace",
                          timeout=300, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return WRONG.findall(done.stderr)


def picture(looks, page, size, name):
    return f"--screenshot={(looks / f'{page.stem}-{name}.png').resolve()}", f"--window-size={size}"


def main():
    folder = pathlib.Path(sys.argv[1])
    pages = sorted(folder.glob("*.html"))
    looks = folder / "looks"
    looks.mkdir(exist_ok=True)
    bad = 0
    for number, page in enumerate(pages, 1):
        wrong = open_page(page, *picture(looks, page, PHONE, "phone"))
        bad += bool(wrong)
        print("not ok" if wrong else "ok", number, "-", page.name, flush=True)
        print(*("# " + line for line in wrong), sep="\n", end="\n" if wrong else "")
    shown = next((page for page in pages if (folder / f"{page.stem}-timeline.html").exists()), None)
    if shown:
        open_page(shown, *picture(looks, shown, DESK, "desk"))
        open_page(shown, f"--print-to-pdf={(looks / f'{shown.stem}.pdf').resolve()}")
    print(f"1..{len(pages)}")
    sys.exit(not pages or bad > 0)


if __name__ == "__main__":
    main()
