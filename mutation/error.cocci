// On the way out of an error something is not undone.
// One mutant: each
@@
identifier undo !~ "^(printk|count|trace|race_point|panic)$";
identifier out, err;
expression C;
constant E;
symbol false;
@@
  if (C) {
  ...
- undo(...);
(
  return -E;
|
  return err;
|
  return NULL;
|
  return false;
|
  goto out;
)
  }
