"""What a user asks for that cannot be: said in one line, and nothing is run."""
import pathlib
import re
import sys


def refuse(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: {text}")


def number(name, text, low, high):
    if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
        refuse(f"{name}={text}: allowed are {low} to {high}")
    return int(text)
