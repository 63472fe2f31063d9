"""One picture of a trace that stands still: a column for each hart, time from top to
bottom, a row for each thing that happened.  It is drawn without colours that mean
anything, so that it can be printed; make trace draws the one that moves.

    lanes.draw(story, rows=40)      SVG, of the last moments before the end
"""
import html

COLUMN, ROW, LEFT, TOP, DEEPER = 200, 17, 84, 30, 7
BARS = ("fault", "lock", "shoot", "wait")
HIDDEN = ("passes", "name", "mark")
STEPS = ("point", "wait")       # of a choreography
STEPS_SHOWN = 12
STYLE = """<style>
text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: #111; stroke: #fff; stroke-width: 3px;
       paint-order: stroke }
.hart { font-weight: 600; font-size: 13px } .us { fill: #555; text-anchor: end }
.lane { stroke: #ccc } .gap { stroke: #555; stroke-dasharray: 2 4 } .bar { fill: #ececec; stroke: #777 } .arrow { fill: none; stroke: #444 }
.dot { fill: #111 } .crime { fill: #fff; stroke: #111; stroke-width: 2 } .told { font-weight: 600 }
</style>"""
TIP = ('<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
       'orient="auto"><path d="M0 0L8 4L0 8z" fill="#444"/></marker>')


def who(story, tid):
    name = story.names.get(tid)
    return f"{name} {tid}" if name else f"thread {tid}"


# ---- what gets a row: (us, hart, text, kind) ----

def rows_of(story):
    for m in story.moments:
        if m.kind not in HIDDEN:
            yield m.us, m.hart, m.text + (f" {m.key[-5:]}" if m.key else ""), m.kind
    for s in story.slices:
        if s.depth == 0 and s.tid:
            yield s.start, s.hart, f"\u2192 {who(story, s.tid)}", "run"
        elif s.kind in BARS:
            yield s.start, s.hart, s.text, s.kind


def told_before(before, last):
    """Crimes, and the last steps of a choreography that has none among the @last
    rows: what the picture is about is shown though it lies further back."""
    steps = [row for row in before if row[3] in STEPS]
    if any(row[3] in STEPS for row in last):
        steps = []
    return sorted([row for row in before if row[3] == "crime"] + steps[-STEPS_SHOWN:])


def last_rows(story, most):
    """When it ended, the rows, and how many of them lie further back."""
    end = story.mark.us if story.mark else story.end
    rows = sorted(row for row in set(rows_of(story)) if row[0] <= end)
    before, last = rows[:-most], rows[-most:]
    told = told_before(before, last)
    return end, told + last, len(told)


# ---- places ----

class Sheet:
    def __init__(self, end, rows, told, harts):
        self.end, self.rows, self.told, self.harts = end, rows, told, harts
        self.out = []

    @property
    def first(self):
        """Since when all is shown."""
        return self.rows[self.told][0]

    @property
    def width(self):
        return LEFT + self.harts * COLUMN

    @property
    def height(self):
        return TOP + (len(self.rows) + 2) * ROW

    def x(self, hart):
        return LEFT + hart * COLUMN + 14

    def y(self, us):
        """Of the first row that is not before."""
        below = sum(row[0] < us for row in self.rows)
        return TOP + (below + 1) * ROW

    def add(self, text):
        self.out.append(text)

    def text(self, x, y, words, kind=""):
        self.add(f'<text x="{x}" y="{y}" class="{kind}">{html.escape(words)}</text>')


# ---- drawing ----

def draw_lanes(sheet):
    for hart in range(sheet.harts):
        x = sheet.x(hart)
        sheet.text(x - 8, 16, f"hart {hart}", "hart")
        sheet.add(f'<line class="lane" x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{sheet.height - 4}"/>')


def draw_gap(sheet):
    if sheet.told:
        y = TOP + sheet.told * ROW + ROW // 2
        sheet.add(f'<line class="gap" x1="0" x2="{sheet.width}" y1="{y}" y2="{y}"/>')


def draw_bars(sheet, story):
    told = {row[:3] for row in sheet.rows[:sheet.told]}
    for s in story.slices:
        is_told = (s.start, s.hart, s.text) in told
        if s.kind in BARS and (s.end >= sheet.first or is_told) and s.start <= sheet.end:
            top, bottom = sheet.y(s.start if is_told else max(s.start, sheet.first)), sheet.y(s.end)
            x = sheet.x(s.hart) - 4 + DEEPER * (s.depth - 1) // 2
            sheet.add(f'<rect class="bar" x="{x}" y="{top - 6}" width="8" '
                      f'height="{max(bottom - top, ROW - 5)}"/>')


def draw_arrows(sheet, story):
    for a in story.arrows:
        if a.hart != a.to_hart and a.us >= sheet.first and a.to_us <= sheet.end:
            dash = ' stroke-dasharray="4 3"' if a.kind == "wake" else ""
            sheet.add(f'<path class="arrow"{dash} marker-end="url(#tip)" d="M{sheet.x(a.hart)} '
                      f'{sheet.y(a.us)}L{sheet.x(a.to_hart)} {sheet.y(a.to_us)}"/>')


def draw_rows(sheet):
    for number, (us, hart, text, kind) in enumerate(sheet.rows, 1):
        y = TOP + number * ROW
        if number == 1 or us - sheet.rows[number - 2][0] >= 0.05:
            sheet.text(LEFT - 8, y + 4, f"\u2212{sheet.end - us:,.1f}", "us")
        crime = kind == "crime"
        sheet.add(f'<circle class="{"crime" if crime else "dot"}" cx="{sheet.x(hart)}" '
                  f'cy="{y}" r="{5 if crime else 2.5}"/>')
        room = (COLUMN - 26) // 6 if hart < sheet.harts - 1 else 40
        sheet.text(sheet.x(hart) + 10, y + 4, text[:room], "told" if crime else "")


def draw_end(sheet, story):
    if story.mark:
        y = sheet.height - ROW + 4
        sheet.text(LEFT - 8, y, "0", "us")
        sheet.text(sheet.x(0), y, f"hart {story.mark.hart}: {story.trace.why}", "told")


def draw(story, rows=40):
    end, chosen, told = last_rows(story, rows)
    sheet = Sheet(end, chosen, told, story.trace.harts)
    if chosen:
        draw_lanes(sheet)
        draw_gap(sheet)
        draw_bars(sheet, story)
        draw_arrows(sheet, story)
        draw_rows(sheet)
        draw_end(sheet, story)
    title = "What each hart did; microseconds before the end. " + story.trace.why
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sheet.width} {sheet.height}" '
            f'width="{sheet.width}" height="{sheet.height}" role="img">'
            f"<title>{html.escape(title)}</title>{STYLE}<defs>{TIP}</defs>\n"
            + "\n".join(sheet.out) + "\n</svg>\n")
