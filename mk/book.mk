# The book, docs/book/, and the gallery of races (tools/book.py, tools/gallery.py).

## book: the book as a site and as a PDF: build/book/html/docs/book/index.html, build/book/drover.pdf
NEEDS_book := book graph
SPHINX     := DROVER=$(CURDIR) sphinx-build -q -c docs/book
.PHONY: book
book:
	@tools/book.py check
	@tools/book.py stage build/book/src
	@$(SPHINX) -d build/book/trees -b html build/book/src build/book/html
	@$(SPHINX) -d build/book/paper-trees -t paper -b singlehtml build/book/src build/book/paper
	@weasyprint -q build/book/paper/docs/book/index.html build/book/drover.pdf
	@echo "book: build/book/html/docs/book/index.html (any browser), build/book/drover.pdf"

## book-record: the runs that chapters show, made anew (long)
NEEDS_book-record := build run test
.PHONY: book-record
book-record:
	@tools/book.py record

## gallery: a page for each race, with a real run of it: build/gallery/index.html (the first time: an hour)
##   BUG=name: run only that one anew
NEEDS_gallery  := build run models gallery
BUILDS_gallery  = kernel boot-image $(or $(BUG:%=variant/%),$(mutants))
.PHONY: gallery
gallery: built
	@tools/gallery.py $(BUG)

## look-gallery: its pages in a real browser: console, a phone's width, links, keys, paper; pictures of what it saw
NEEDS_look-gallery := browser python
.PHONY: look-gallery
look-gallery:
	@tools/browse.py build/gallery
