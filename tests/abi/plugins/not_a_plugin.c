/* A sound shared library that has nothing to do with walwire. */
__attribute__((visibility("default"))) int answer(void);

int answer(void) { return 42; }
