# The status page as C: its bytes, and a policy that lets a browser run its one script and use its
# one style sheet, which it knows by their hashes, and nothing else.
#
# Included, it adds a command that runs it again as a script: cmake -DPAGE=IN -DTO=OUT -P page.cmake

set(page_rules "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; \
form-action 'none'; frame-ancestors 'none'")

if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(page ${PROJECT_SOURCE_DIR}/src/server/page.html)
    set(to ${PROJECT_BINARY_DIR}/page.c)
    add_custom_command(OUTPUT ${to} VERBATIM DEPENDS ${page} ${CMAKE_CURRENT_LIST_FILE}
        COMMAND ${CMAKE_COMMAND} -DPAGE=${page} -DTO=${to} -P ${CMAKE_CURRENT_LIST_FILE})
    target_sources(adder-server PRIVATE ${to})
    return()
endif()

# page_hash(ELEMENT): 'sha256-...' of what stands between <ELEMENT> and </ELEMENT>, in base64,
# which CMake does not know: three hexadecimal digits are two of its own.
function(page_hash element)
    set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
    string(FIND "${text}" "<${element}>" from)
    string(FIND "${text}" "</${element}>" to)
    string(LENGTH "<${element}>" length)
    math(EXPR from "${from} + ${length}")
    math(EXPR length "${to} - ${from}")
    string(SUBSTRING "${text}" ${from} ${length} content)
    string(SHA256 hash "${content}")
    set(base64 "")
    foreach(i RANGE 0 63 3)
        string(SUBSTRING "${hash}00" ${i} 3 group)
        math(EXPR high "0x${group} >> 6")
        math(EXPR low "0x${group} & 63")
        string(SUBSTRING ${digits} ${high} 1 high)
        string(SUBSTRING ${digits} ${low} 1 low)
        string(APPEND base64 ${high}${low})
    endforeach()
    string(SUBSTRING ${base64} 0 43 base64) # the last digit stands for nothing
    set(${element}_hash "'sha256-${base64}='" PARENT_SCOPE)
endfunction()

file(READ ${PAGE} text)
page_hash(script)
page_hash(style)
file(READ ${PAGE} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REPEAT "." 80 line)
string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"server/page.h\"\n\n"
    "const unsigned char page_html[] = {\n${bytes}\n};\n"
    "const size_t page_html_len = sizeof(page_html);\n"
    "const char page_policy[] = \"${page_rules}; script-src ${script_hash}; "
    "style-src ${style_hash}\";\n")
