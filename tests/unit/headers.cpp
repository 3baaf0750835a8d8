// Holds the precompiled headers of the unit tests: CMake wants a program to compile them for.

int main() {}
