# What `./dev install` puts below the prefix; backends are in python.cmake.

install(TARGETS adder libadder)
install(FILES include/adder.h TYPE INCLUDE)
install(DIRECTORY checks/adder_checks DESTINATION ${CMAKE_INSTALL_DATADIR}/adder/checks
    PATTERN __pycache__ EXCLUDE)

configure_file(cmake/adder.pc.in adder.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/adder.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

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
