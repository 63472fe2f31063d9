#!/usr/bin/env python3
"""
Claim   The console is a terminal: a prompt comes, programs run from it,
        Ctrl-C ends one, Ctrl-D ends the shell, and the next shell can power
        the machine off.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

# ash asks the terminal where the cursor is, after its prompt.
PROMPT = r"(drover:.*# |dsh% )(\x1b\[6n)?$"
# A program that says when a key can reach it: before, the shell gets it.
LONG = "dsh -c 'echo started; sleep 1000'"
CTRL_C, CTRL_D, CTRL_Z, ERASE = "\x03", "\x04", "\x1a", "\x7f"


class Session:
    def __init__(self, shell, console):
        self.shell, self.console = shell, console
        self.says(PROMPT, "a prompt")

    def says(self, pattern, name):
        found = self.console.expect(pattern)
        tap.ok(found, f"{self.shell}: {name}", self.console.output)

    def types(self, text, pattern, name):
        """What comes after the echo of the text, and then the prompt."""
        self.console.send(text)
        self.says(pattern, name)
        if pattern != PROMPT:
            self.console.expect(PROMPT)


def common(session):
    session.types("true && echo one'1'two\n", r"^one1two$", "a command runs")
    session.types("echo a b c | cat | wc\n", r"^\s*1\s+3\s+6$", "a pipeline")
    session.types("echo hex" + ERASE + "llo'!'\n", r"^hello!$", "a character is erased")

    session.console.send(LONG + "\n")
    session.console.expect(r"^started$")
    session.types(CTRL_C, PROMPT, "Ctrl-C ends a program")

    session.console.send(LONG + " | cat\n")
    session.console.expect(r"^started$")
    session.console.send(CTRL_Z)
    session.says(PROMPT, "Ctrl-Z stops a pipeline")
    session.types("jobs\n", r"[Ss]topped", "jobs knows it")
    session.types("kill -9 %1; wait; echo gone''!\n", r"^gone!$", "and it can be killed")


def run(shell, machine, farewell):
    with guest.Console(machine) as console:
        session = Session(shell, console)
        common(session)
        farewell(session)


def leave_shell(session):
    """init runs the one shell: its end is the machine's."""
    session.console.send("exit 7\n")
    tap.ok(session.console.wait() == 7, "dsh: exit 7 ends the machine", session.console.output)


def power_off(session):
    session.types("exit\n", PROMPT, "exit: init starts the next shell")
    session.types(CTRL_D, PROMPT, "Ctrl-D: and the next")
    session.types("kill -STOP 1; kill -KILL 1; echo still''here\n", r"^stillhere$",
                  "process 1 is neither stopped nor killed")
    session.console.send("kill -TERM 1\n")
    tap.ok(session.console.wait() == 0, "kill -TERM 1 powers off", session.console.output)


run("dsh", guest.Machine(append="-- /bin/dsh"), leave_shell)
run("sh", guest.Machine(), power_off)
tap.end()
