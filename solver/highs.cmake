# How HiGHS is compiled in this checkout: several sources at a time (a "unity" build) and with -O2.
# This halves the time that HiGHS's own defaults take. See docs/adr/0003-highs-from-source.md.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16 CACHE STRING "")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "")
