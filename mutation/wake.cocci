// Who waits is not woken.
// One mutant: each
@initialize:python@
@@
import re

@@
identifier wake : script:python() { re.match("^(waitq_wake.*|wake|wake_.*|.*_wake|.*_wake_locked|signal_kick.*|.*_notify.*|poll_note.*)$", wake) is not None };
@@
- wake(...);
