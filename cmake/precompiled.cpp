// Nothing: what belongs to the precompiled headers, see precompiled.cmake.
