# Benchmarks in C: every bench/x_bench.c is a program, x_bench, that may use all layers. They are
# built by the target benchmarks.

add_custom_target(benchmarks)
file(GLOB bench_sources CONFIGURE_DEPENDS bench/*_bench.c)
foreach(source ${bench_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(${name} PRIVATE adder-cli)
    add_dependencies(benchmarks ${name})
endforeach()
