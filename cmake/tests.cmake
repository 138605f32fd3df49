# Unit tests: every src/LAYER/x_test.c is a cmocka program of its own, linked with its layer.
# End-to-end tests: pytest in tests/, run by CTest like the rest.

if(NOT BUILD_TESTING OR NOT ADDER_TESTS)
    return()
endif()
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# add_unit_tests(PREFIX FOLDER LIBRARIES...)
function(add_unit_tests prefix folder)
    file(GLOB tests CONFIGURE_DEPENDS src/${folder}/*_test.c)
    foreach(source ${tests})
        get_filename_component(name ${source} NAME_WE)
        set(target ${prefix}-${name})
        add_executable(${target} ${source})
        target_link_libraries(${target} PRIVATE ${ARGN} PkgConfig::CMOCKA)
        target_compile_definitions(${target} PRIVATE SOURCE_DIR="${CMAKE_SOURCE_DIR}"
            BINARY_DIR="${CMAKE_BINARY_DIR}")
        add_test(NAME ${prefix}.${name} COMMAND ${target})
        set_tests_properties(${prefix}.${name} PROPERTIES TIMEOUT 300 LABELS unit)
    endforeach()
endfunction()

foreach(layer core metrics obfuscate host collect embed cli)
    add_unit_tests(${layer} ${layer} adder-${layer})
endforeach()
foreach(version ${backends})
    add_unit_tests(py${version} py adder-py${version}-objects)
endforeach()
