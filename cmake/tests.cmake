# Unit tests: every src/LAYER/x_test.c is a cmocka program of its own, linked with its layer. They
# are built by the target unit-tests.
# End-to-end tests: every folder of tests/ with a test_*.py is a pytest suite, run once for each
# Python runtime; tests/server, which needs none of adder's, and tests/dev, which tests ./dev itself,
# once in all. Every tests/SUITE/x.c is a program SUITE-x for the suite, linked with the layer SUITE.

if(NOT ADDER_TESTS)
    return()
elseif(NOT ADDER_VENVS)
    message(WARNING "There will be no tests: they need the virtual environments in ADDER_VENVS")
    set(ADDER_TESTS OFF)
    return()
endif()
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
add_custom_target(unit-tests)

# For the sanitizers. cmocka would turn a bad access into a mere failure, without a stack. CPython
# keeps memory until the process ends.
set(unit_environment ASAN_OPTIONS=handle_segv=2:handle_sigbus=2)
set(leak_environment LSAN_OPTIONS=print_suppressions=0:suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp)
set(py_environment ${unit_environment}:malloc_context_size=4 ${leak_environment})
set(suite_environment ASAN_OPTIONS=malloc_context_size=4 ${leak_environment})

# add_unit_tests(PREFIX FOLDER LIBRARIES...)
function(add_unit_tests prefix folder)
    file(GLOB tests CONFIGURE_DEPENDS src/${folder}/*_test.c)
    foreach(source ${tests})
        get_filename_component(name ${source} NAME_WE)
        set(target ${prefix}-${name})
        add_executable(${target} EXCLUDE_FROM_ALL ${source})
        add_dependencies(unit-tests ${target})
        target_link_options(${target} PRIVATE -fno-lto)
        set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
        target_link_libraries(${target} PRIVATE ${ARGN} PkgConfig::CMOCKA)
        target_compile_definitions(${target} PRIVATE SOURCE_DIR="${CMAKE_SOURCE_DIR}"
            BINARY_DIR="${CMAKE_BINARY_DIR}")
        string(REGEX REPLACE "_test$" "" name ${name})
        add_test(NAME ${prefix}.${name} COMMAND ${target})
        set_tests_properties(${prefix}.${name} PROPERTIES TIMEOUT 300 LABELS unit
            ENVIRONMENT "${environment}")
    endforeach()
endfunction()

# add_suite(NAME FOLDER VERSION): pytest on tests/FOLDER with the virtual environment of VERSION.
function(add_suite name folder version)
    set(venv ${ADDER_VENVS}/${version})
    add_test(NAME ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
        COMMAND ${venv}/bin/python -m pytest -q -p no:cacheprovider --timeout=900
            tests/${folder})
    set(environment ADDER=$<TARGET_FILE:adder> ADDER_PYTHON=${version} ADDER_VENV=${venv}
        ADDER_SANITIZE=${ADDER_SANITIZE} ${suite_environment})
    # A suite looks at the whole machine, other runs of itself included: one at a time.
    set_tests_properties(${name} PROPERTIES TIMEOUT 1800 LABELS pytest
        RESOURCE_LOCK ${folder} ENVIRONMENT "${environment}")
endfunction()

set(environment ${unit_environment})
foreach(layer ${layers})
    add_unit_tests(${layer} ${layer} adder-${layer})
endforeach()
set(environment ${py_environment})
foreach(version ${backends})
    add_unit_tests(py${version} py adder-py${version}-objects)
endforeach()

file(GLOB suites CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/tests tests/*/test_*.py)
list(TRANSFORM suites REPLACE "/.*" "")
list(REMOVE_DUPLICATES suites)
list(GET backends 0 newest)
foreach(suite ${suites})
    if(suite MATCHES "^(out|server)$")
        add_suite(${suite} ${suite} ${newest})
    elseif(NOT suite STREQUAL dev)
        foreach(version ${backends})
            add_suite(${suite}.py${version} ${suite} ${version})
        endforeach()
    elseif(NOT ADDER_SANITIZE)
        add_suite(dev dev ${newest})
    endif()
endforeach()

file(GLOB programs CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/tests tests/*/*.c)
foreach(program ${programs})
    get_filename_component(layer ${program} DIRECTORY)
    get_filename_component(name ${program} NAME_WE)
    add_executable(${layer}-${name} EXCLUDE_FROM_ALL tests/${program})
    target_link_libraries(${layer}-${name} PRIVATE adder-${layer})
    add_dependencies(unit-tests ${layer}-${name})
endforeach()
