/*
 * models/bug.pml - bug(NAME) in a model, as debug/race.h has it in the kernel.
 *
 * 1 where the model is made with -DBUG_NAME, otherwise 0.
 * unless_bug(NAME, statement) is a statement that the bug drops.
 */
#define BUG_GIVEN_1 0,
#define BUG_SECOND(first, second, ...) second
#define BUG_CHOOSE(x) BUG_SECOND(x 1, 0, 0)
#define BUG_IS_GIVEN(value) BUG_PASTE(value)
#define BUG_PASTE(value) BUG_CHOOSE(BUG_GIVEN_##value)
#define bug(name) BUG_IS_GIVEN(BUG_##name)

#define unless_bug(name, statement) \
	if :: bug(name) :: !bug(name) -> statement fi
