// Nothing: what belongs to the precompiled header of all tests, see tests/CMakeLists.txt.
