# One backend, adder-pyX.Y.so, for each interpreter in ADDER_PYTHONS.

set(describe_python [[
import sys, sysconfig as s
v = s.get_config_var
print("%d.%d" % sys.version_info[:2], s.get_path("include"), v("LIBDIR"), v("INSTSONAME") or "",
      sys.base_prefix, int(bool(v("Py_ENABLE_SHARED"))), sep="|", end="")
]])

file(GLOB py_sources CONFIGURE_DEPENDS src/py/*.c)
list(FILTER py_sources EXCLUDE REGEX "_test\\.c$")

# add_backend(INTERPRETER): describes it and builds its backend.
function(add_backend interpreter)
    execute_process(COMMAND ${interpreter} -c "${describe_python}"
        OUTPUT_VARIABLE description RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "'${interpreter}' is no Python that runs")
    endif()
    string(REPLACE "|" ";" fields "${description}")
    list(GET fields 0 version)
    list(GET fields 1 include)
    list(GET fields 2 libdir)
    list(GET fields 3 soname)
    list(GET fields 4 home)
    list(GET fields 5 shared)
    if(version VERSION_LESS 3.10)
        message(FATAL_ERROR "'${interpreter}' is Python ${version}; checks need 3.10 or newer")
    endif()
    if(NOT shared)
        message(FATAL_ERROR "'${interpreter}' has no shared libpython")
    endif()
    if(NOT EXISTS ${include}/Python.h)
        message(FATAL_ERROR "'${interpreter}' has no headers: ${include}/Python.h is missing")
    endif()
    find_file(library NAMES ${soname} PATHS ${libdir}
        ${libdir}/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH NO_CACHE REQUIRED)

    # The sources are compiled once and serve the backend and its unit tests.
    set(objects adder-py${version}-objects)
    add_library(${objects} OBJECT ${py_sources})
    target_include_directories(${objects} PUBLIC src include)
    target_include_directories(${objects} SYSTEM PUBLIC ${include})
    target_link_libraries(${objects} PUBLIC adder-core ${library})
    # Without ADDER_VENVS a backend knows only the virtual environment beside it.
    set(venv "")
    if(ADDER_VENVS)
        set(venv ${ADDER_VENVS}/${version})
    endif()
    target_compile_definitions(${objects} PUBLIC
        BACKEND_PYTHON_VERSION="${version}" BACKEND_PYTHON_HOME="${home}"
        BACKEND_PYTHON="${interpreter}" BACKEND_VENV="${venv}")

    add_library(adder-py${version} MODULE)
    set_target_properties(adder-py${version} PROPERTIES PREFIX "")
    target_link_libraries(adder-py${version} PRIVATE ${objects})
    target_link_options(adder-py${version} PRIVATE -Wl,--exclude-libs,ALL)
    get_filename_component(library_dir ${library} DIRECTORY)
    set_target_properties(adder-py${version} PROPERTIES BUILD_RPATH ${library_dir}
        INSTALL_RPATH ${library_dir})
    install(TARGETS adder-py${version} DESTINATION ${CMAKE_INSTALL_LIBDIR}/adder)
    list(APPEND backends ${version})
    set(backends ${backends} PARENT_SCOPE)
endfunction()

foreach(interpreter ${ADDER_PYTHONS})
    add_backend(${interpreter})
endforeach()
