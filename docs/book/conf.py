"""How Sphinx makes the book; its own blocks are told in tools/book.py."""
import os
import pathlib
import sys

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from pygments.lexers.special import TextLexer

TOP = pathlib.Path(os.environ["DROVER"])
sys.path.insert(0, str(TOP / "tools"))
import book         # noqa: E402
import excerpt      # noqa: E402

project = "drover"
html_title = "drover: concurrency by running it"
author = "the authors of drover"
root_doc = "docs/book/index"
extensions = ["myst_parser", "sphinx.ext.graphviz"]
myst_heading_anchors = 3
# A lecturer's pages stay where they are; the chapters' own links tools/check_docs.py looks at.
suppress_warnings = ["myst.header", "myst.xref_missing", "ref.myst",
                     "misc.highlighting_failure"]
graphviz_output_format = "svg"
html_theme = "alabaster"
html_theme_options = {"font_family": "Georgia, serif", "page_width": "64em", "sidebar_width": "15em",
                      "code_font_size": "0.85em", "show_powered_by": False}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_permalinks = False
html_static_path = []
html_copy_source = html_show_sphinx = False
pygments_style = "bw"
# On paper there are the chapters; what they link to is on the site.
if tags.has("paper"):       # noqa: F821
    exclude_patterns = ["races", "labs", "README.md", "CONTRIBUTING.md", "docs/*.md"]
    suppress_warnings += ["toc.excluded", "toc.not_readable"]
    html_theme, html_theme_options, html_sidebars = "basic", {"nosidebar": True}, {}
    html_static_path = html_css_files = ["paper.css"]

LANGUAGES = {".c": "c", ".h": "c"}


class Source(Directive):
    """A definition, under its name."""
    required_arguments = 1
    option_spec = {"first": directives.unchanged, "last": directives.unchanged}

    def run(self):
        where = self.arguments[0]
        text = excerpt.find(where, **self.options)
        code = nodes.literal_block(text, text)
        code["language"] = LANGUAGES.get(pathlib.Path(where.partition(":")[0]).suffix, "text")
        return [nodes.paragraph("", "", nodes.literal(where, where), classes=["where"]), code]


class Run(Directive):
    """What was typed, and what came."""
    required_arguments = 1

    def run(self):
        text = book.run_text(self.arguments[0])
        longest = max(map(len, text.splitlines()))
        code = nodes.literal_block(text, text, classes=[
            name for name, columns in (("wide", 100), ("widest", 125)) if longest > columns])
        code["language"] = "text"
        return [code]


def chapters_alone(app, name, source):
    """On paper, of the index."""
    source[0] = source[0].partition("```{toctree}\n:hidden:\n:caption: Beside it")[0]


def setup(app):
    if tags.has("paper"):       # noqa: F821
        app.connect("source-read", chapters_alone)
    app.add_directive("source", Source)
    app.add_directive("run", Run)
    app.add_lexer("mermaid", TextLexer)
