#!/usr/bin/python3
"""The races as pages to look at (make gallery): build/gallery/index.html.

    gallery.py [RACE...] [--jobs N]

One page for each race of the catalogue: what races/RACE/README.md tells, with
a picture and a timeline of a real run, or the steps of the model where no run
can show it.  The pages need nothing but each other: they may be put on any web
server, or opened from the disk.

A run is made once for a kernel (build/gallery/runs/RACE), two at a time; only
what has changed since is run again.  With names those are run anew, and only
those; pages are made of what there is.

The interpreter is the system's, as the Markdown library is.
"""
import argparse
import concurrent.futures
import functools
import html
import pathlib
import re
import shutil
import subprocess

import guest
import models
import races

OUT = guest.BUILD / "gallery"
TEMPLATE = (pathlib.Path(__file__).parent / "gallery.html").read_text()
ITEMS, ROWS, SECONDS = 1500, 48, 40
LINK = re.compile(r'<a href="([^"#]*)(#[^"]*)?">(.*?)</a>', re.S)
WHY = re.compile(r"ended by: (.*)$", re.M)


# ---- the runs ----

def is_fresh(made, source):
    return made.exists() and made.stat().st_mtime > pathlib.Path(source).stat().st_mtime


def run(race, anew):
    """What ended it; the files are in its folder."""
    folder, kernel = OUT / "runs" / race.name, guest.kernel("lab", race.name)
    if anew or not is_fresh(folder / "trace.html", kernel):
        done = subprocess.run(
            ["tools/trace.py", "--bug", race.name, "--kernel", kernel, "--duration", str(SECONDS), "--items",
             str(ITEMS), "--rows", str(ROWS), "--alone", "--out", str(folder)], cwd=guest.ROOT, text=True,
            errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        (folder / "said").write_text(done.stdout)
        (folder / "trace.json").unlink(missing_ok=True)
        print(f"{race.name}: {why_of(race) or 'nothing was seen'}", flush=True)


def why_of(race):
    said = OUT / "runs" / race.name / "said"
    found = WHY.search(said.read_text()) if said.exists() else None
    return "" if not found or found[1] == "nothing" else found[1]


def model_of(name):
    return next((model for model in models.all_models() if name in models.names(model, "BUGS")), None)


def steps_of(name, model):
    """How the model goes wrong, as `make models` prints it."""
    path = OUT / "runs" / name / "steps"
    if not is_fresh(path, models.MODELS / f"{model}.pml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(subprocess.run(["tools/models.py", model, name], cwd=guest.ROOT, text=True,
                                       stdout=subprocess.PIPE).stdout)
    return path.read_text()


# ---- a page ----

@functools.cache
def markdown():
    import markdown_it      # not there where pages are not made
    return markdown_it.MarkdownIt("commonmark").enable("table")


def linked(text):
    """Links among the pages; what else a link names is named only."""
    def one(found):
        target, _, words = found.groups()
        other = re.fullmatch(r"(?:\.\./)?(\w+)/README\.md", target)
        if other:
            return f'<a href="{other[1]}.html">{words}</a>'
        if target in ("../README.md", "README.md"):
            return f'<a href="index.html">{words}</a>'
        return words
    return LINK.sub(one, text)


def timeline(race):
    folder = OUT / "runs" / race.name
    if not why_of(race) or not (folder / "lanes.svg").exists():
        return ""
    shutil.copy(folder / "trace.html", OUT / f"{race.name}-timeline.html")
    return f"""<p><code>make trace BUG={race.name}</code> ended by: <b>{html.escape(why_of(race))}</b></p>
<figure tabindex="0" aria-label="The last moments of the run, a column for each hart">
{(folder / "lanes.svg").read_text()}</figure>
<div class="moving"><p>The same run, to move in (<a href="{race.name}-timeline.html">as a page of its own</a>).
Keys, once it has the focus: arrows move, <kbd>+</kbd> <kbd>-</kbd> zoom, <kbd>s</kbd> steps, <kbd>t</kbd> time,
<kbd>e</kbd> the end, <kbd>a</kbd> all, <kbd>c</kbd> the crime, <kbd>/</kbd> finds.</p>
<iframe src="{race.name}-timeline.html" title="timeline of {race.name}"></iframe></div>"""


def searched(name):
    model = model_of(name)
    if not model:
        return ""
    return f"""<p>No run on QEMU shows it. The model does: <code>make models MODEL={model} BUG={name}</code></p>
<pre tabindex="0">{html.escape(steps_of(name, model))}</pre>"""


def real_run(race):
    shown = timeline(race) if race.runs else searched(race.name)
    return f"<h2>A real run</h2>\n{shown}\n" if shown and race.runs else \
        f"<h2>A search that finds it</h2>\n{shown}\n" if shown else ""


def story(race):
    """The page's text, with the run between the interleaving and what it breaks."""
    text = race.patch.with_name("README.md").read_text().split("\n", 1)[1]
    body = linked(markdown().render(text))
    parts = re.split(r"(?=<h2>The invariant)", body, maxsplit=1)
    return real_run(race).join(parts) if len(parts) == 2 else body + real_run(race)


def framed(title, body, before="", after=""):
    return TEMPLATE.replace("TITLE", html.escape(title)).replace("BEFORE", before) \
        .replace("AFTER", after).replace("BODY", body)


def link_to(page, rel, words):
    return f'<a rel="{rel}" href="{page.name}.html">{words} {page.name}</a>' if page else ""


def write_pages(pages):
    for n, page in enumerate(pages):
        before, after = pages[n - 1] if n else None, pages[n + 1] if n + 1 < len(pages) else None
        body = f"<h1>{page.name}: {linked(markdown().renderInline(page.title))}</h1>\n" + story(races.find(page.name))
        (OUT / f"{page.name}.html").write_text(framed(
            page.name, body, link_to(before, "prev", "\u2190"), link_to(after, "next", "\u2192")))


# ---- the index ----

def table(title, pages):
    rows = "\n".join(
        f'<tr><td><a href="{p.name}.html">{p.name}</a></td><td>{markdown().renderInline(p.title)}</td>'
        f"<td>{p.invariant}</td><td>{p.difficulty}</td><td>{markdown().renderInline(p.shows)}</td></tr>"
        for p in pages)
    return (f'<h3>{html.escape(title)}</h3>\n<div class="wide" tabindex="0"><table><thead><tr><th>race</th><th>what goes '
            f"wrong</th><th>breaks</th><th>difficulty</th><th>shows</th></tr></thead>\n<tbody>{rows}</tbody></table></div>")


def write_index(pages):
    kinds = [table(title, [p for p in pages if p.kind == kind]) for kind, title in races.KINDS.items()
             if any(p.kind == kind for p in pages)]
    levels = [table(f"{n}. {title}", [p for p in pages if p.difficulty == n])
              for n, title in enumerate(races.LEVELS, 1) if any(p.difficulty == n for p in pages)]
    body = (f"<h1>The races of drover</h1>\n<p>{len(pages)} kernels that are wrong in one place each: the story, a run in "
            "which it happened, the line that was dropped, an exercise. The pages go from easy to hard.</p>\n"
            "<h2>By kind</h2>\n" + "\n".join(kinds) + "\n<h2>By difficulty</h2>\n" + "\n".join(levels))
    (OUT / "index.html").write_text(framed("the races of drover", body))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("races", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()

    OUT.mkdir(parents=True, exist_ok=True)
    wanted = [races.find(name) for name in args.races] or races.read()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda race: run(race, bool(args.races)), [race for race in wanted if race.runs]))
    pages = sorted(races.pages(), key=lambda p: (p.difficulty, p.kind, p.name))
    write_pages(pages)
    write_index(pages)
    print(f"gallery: {OUT}/index.html, {len(pages)} races (any browser)")


if __name__ == "__main__":
    main()
