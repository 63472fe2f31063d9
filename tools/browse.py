#!/usr/bin/env python3
"""Look at pages in a real browser (make look-gallery), as TAP.

    browse.py FOLDER        each *.html there

Chromium opens each page from the disk, as wide as a phone.  Wrong is: what its
console says, a page that is wider than the phone, and a link to a page that is
not there.  A page with a timeline is used by keys alone, which have to move what
it shows, and a page of a race is printed.  What was seen is kept beside the
pages, in looks/.

The browser is told what to do by its DevTools protocol, over a pipe: messages
are JSON, and end with a zero byte.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
           "--allow-file-access-from-files", "--remote-debugging-pipe")
PHONE, DESK = (390, 844), (1200, 900)
KEYS = {"+": ("+", "Equal"), "right": ("ArrowRight", "ArrowRight"), "left": ("ArrowLeft", "ArrowLeft"),
        "e": ("e", "KeyE"), "a": ("a", "KeyA"), "-": ("-", "Minus")}
PATIENCE_MS = 600000        # of one evaluation: that it hangs, not that the host is busy
WIDE = """(() => {
    const most = document.documentElement.clientWidth + 1;
    return document.documentElement.scrollWidth <= most ? "" : [...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > most && !e.closest("pre, .wide, figure, svg"))
        .slice(0, 3).map(e => e.tagName + " " + e.textContent.trim().slice(0, 40)).join("; ") || "wider";
})()"""
LINKS = "[...document.querySelectorAll('a[href], iframe[src]')].map(e => e.href || e.src)"
READY = "new Promise(done => document.readyState == 'complete' ? done(1) : addEventListener('load', () => done(1)))"


class Browser:
    """One Chromium; a page at a time."""

    def __init__(self, profile):
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(["bash", "-c", shell, "sh", *BROWSER, f"--user-data-dir={profile}"],
                                        pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.answers = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self.number, self.session, self.said, self.rest = 0, "", [], b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait()

    def message(self):
        while b"\0" not in self.rest:
            chunk = os.read(self.answers.fileno(), 1 << 20)
            if not chunk:
                sys.exit("browse: the browser has gone")
            self.rest += chunk
        one, _, self.rest = self.rest.partition(b"\0")
        return json.loads(one)

    def ask(self, method, **params):
        """What it answers; what its console says meanwhile is kept."""
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        self.out.write(json.dumps(request).encode() + b"\0")
        self.out.flush()
        while (found := self.message()).get("id") != self.number:
            self.note(found.get("method"), found.get("params", {}))
        if "error" in found:
            sys.exit(f"browse: {method}: {found['error']['message']}")
        return found["result"]

    def note(self, event, params):
        if event == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.said.append(details.get("exception", {}).get("description", details["text"]))
        elif event == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert", "warning"):
            self.said.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.said.append(params["entry"]["text"])

    def value(self, expression):
        return self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                        timeout=PATIENCE_MS)["result"].get("value")

    def open(self, page, size):
        self.said = []
        self.ask("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
                 mobile=size == PHONE)
        self.ask("Page.navigate", url=page.resolve().as_uri())
        self.value(READY)

    def picture(self):
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def press(self, key):
        name, code = KEYS[key]
        text = {"text": name} if len(name) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=code, **(text if kind == "keyDown" else {}))
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
        return self.picture()


def gone(links, folder):
    """Those that lead to no file."""
    names = {link.partition("#")[0].rpartition("/")[2] for link in links or [] if link.startswith("file:")}
    return sorted(name for name in names if not (folder / name).exists())


def on_a_phone(browser, page, looks):
    """What is wrong with it."""
    browser.open(page, PHONE)
    (looks / f"{page.stem}-phone.png").write_bytes(browser.picture())
    wide = browser.value(WIDE)
    wrong = [*browser.said, *([f"wider than a phone: {wide}"] if wide else []),
             *(f"no page {name}" for name in gone(browser.value(LINKS), page.parent))]
    return wrong


def by_keys(browser, page):
    """A key that changes nothing, after another one that has to have made room for it."""
    browser.open(page, DESK)
    before, dead = browser.picture(), []
    for key in KEYS:
        after = browser.press(key)
        dead += [f"the key {key} changes nothing"] if after == before else []
        before = after
    return [*browser.said, *dead]


def printed(browser, page, looks):
    browser.open(page, DESK)
    (looks / f"{page.stem}-desk.png").write_bytes(browser.picture())
    paper = base64.b64decode(browser.ask("Page.printToPDF")["data"])
    (looks / f"{page.stem}.pdf").write_bytes(paper)
    return browser.said + ([] if paper.startswith(b"%PDF") and len(paper) > 10000 else ["it cannot be printed"])


def looked_at(browser, page, looks):
    wrong = on_a_phone(browser, page, looks)
    if page.stem.endswith("-timeline"):
        wrong += by_keys(browser, page)
    elif (page.parent / f"{page.stem}-timeline.html").exists():
        wrong += printed(browser, page, looks)
    return wrong


def main():
    folder = pathlib.Path(sys.argv[1])
    pages = sorted(folder.glob("*.html"))
    looks = folder / "looks"
    looks.mkdir(exist_ok=True)
    bad = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        for number, page in enumerate(pages, 1):
            wrong = looked_at(browser, page, looks)
            bad += bool(wrong)
            print("not ok" if wrong else "ok", number, "-", page.name, flush=True)
            print(*("# " + line for line in wrong), sep="\n", end="\n" if wrong else "", flush=True)
        browser.close()
    print(f"1..{len(pages)}")
    sys.exit(not pages or bad > 0)


if __name__ == "__main__":
    main()
