# The book, docs/book/ (tools/book.py).

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
