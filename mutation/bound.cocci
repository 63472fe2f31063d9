// A bound is one off.
// One mutant: each
@@
expression A, B;
@@
(
- A < B
+ A <= B
|
- A <= B
+ A < B
|
- A > B
+ A >= B
|
- A >= B
+ A > B
)
