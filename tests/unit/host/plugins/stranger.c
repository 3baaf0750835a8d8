/* A shared library that has nothing to do with walwire. */
extern __attribute__((visibility("default"))) int add(int a, int b);
int add(int a, int b) { return a + b; }
