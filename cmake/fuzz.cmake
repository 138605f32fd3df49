# Fuzz targets: every fuzz/x_fuzz.c is a libFuzzer program, fuzz-x, that may use all layers and the
# newest backend. They are built by the target fuzz-targets.

if(NOT ADDER_FUZZ)
    return()
endif()
add_custom_target(fuzz-targets)
list(GET backends 0 newest)
file(GLOB fuzz_sources CONFIGURE_DEPENDS fuzz/*_fuzz.c)
foreach(source ${fuzz_sources})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name ${name})
    add_executable(fuzz-${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(fuzz-${name} PRIVATE adder-cli adder-py${newest}-objects)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz-targets fuzz-${name})
endforeach()
