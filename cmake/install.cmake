# What `./dev install` puts below the prefix; backends are in python.cmake.

install(TARGETS adder libadder)
install(FILES include/adder.h TYPE INCLUDE)
install(DIRECTORY checks/adder_checks DESTINATION ${CMAKE_INSTALL_DATADIR}/adder/checks
    PATTERN __pycache__ EXCLUDE)

# What an installed program and library look for, seen from the program's folder: the prefix may
# be another one than was configured. A folder that was given as an absolute path stays there.
file(RELATIVE_PATH backends ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/adder)
foreach(target adder-embed libadder)
    target_compile_definitions(${target} PRIVATE ADDER_BACKENDS_FROM_PROGRAM="${backends}")
endforeach()
set(checks ${CMAKE_INSTALL_FULL_DATADIR}/adder/checks)
file(RELATIVE_PATH checks_from_program ${CMAKE_INSTALL_FULL_BINDIR} ${checks})
target_compile_definitions(adder-cli PRIVATE
    ADDER_CHECKS_DIR="${checks}" ADDER_CHECKS_FROM_PROGRAM="${checks_from_program}")

configure_file(cmake/adder.pc.in adder.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/adder.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES docs/adder.yaml.example DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The unit names the program, so it is made for the prefix that is installed to.
set(unit ${CMAKE_CURRENT_SOURCE_DIR}/packaging/adder.service)
install(CODE "set(bindir ${CMAKE_INSTALL_BINDIR})
    cmake_path(ABSOLUTE_PATH bindir BASE_DIRECTORY \${CMAKE_INSTALL_PREFIX})
    configure_file(${unit} ${CMAKE_CURRENT_BINARY_DIR}/adder.service @ONLY)")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/adder.service DESTINATION lib/systemd/system)

foreach(section 1 3 5 7 8)
    file(GLOB pages CONFIGURE_DEPENDS docs/man/*.${section})
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# add_completion(SHELL FOLDER NAME): what the program itself prints for the shell, installed where
# the shell looks for it.
function(add_completion shell folder name)
    set(script ${CMAKE_CURRENT_BINARY_DIR}/completion/${name})
    add_custom_command(OUTPUT ${script} DEPENDS adder VERBATIM
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/completion
        COMMAND adder completion ${shell} > ${script})
    add_custom_target(completion-${shell} ALL DEPENDS ${script})
    install(FILES ${script} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
endfunction()

add_completion(bash bash-completion/completions adder)
add_completion(zsh zsh/site-functions _adder)
add_completion(fish fish/vendor_completions.d adder.fish)
