// Who waits is not woken.
// One mutant: each
@@
identifier wake =~ "^(waitq_wake.*|wake|wake_.*|.*_wake|.*_wake_locked|signal_kick.*|.*_notify.*|poll_note.*)$";
@@
- wake(...);
