# cmake -DSOURCE=DIR -DSCRIPTS=LIST -DOUTPUT=FILE.c -P embed.cmake: puts style and scripts into page.html, and it into
# a C file.

# base64 OUT HEX: what Content-Security-Policy wants digests to be written in.
function(base64 out hex)
	set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
	set(text "")
	string(LENGTH "${hex}" length)
	foreach(at RANGE 0 ${length} 6)
		string(SUBSTRING "${hex}" ${at} 6 group)
		string(LENGTH "${group}" got)
		if(got EQUAL 0)
			break()
		endif()
		string(SUBSTRING "${group}000000" 0 6 group)
		foreach(shift 18 12 6 0)
			math(EXPR digit "(0x${group} >> ${shift}) & 63")
			string(SUBSTRING "${digits}" ${digit} 1 letter)
			string(APPEND text "${letter}")
		endforeach()
		math(EXPR padding "(6 - ${got}) / 2")
		if(padding GREATER 0)
			string(LENGTH "${text}" all)
			math(EXPR kept "${all} - ${padding}")
			string(SUBSTRING "${text}" 0 ${kept} text)
			string(SUBSTRING "==" 0 ${padding} equals)
			string(APPEND text "${equals}")
		endif()
	endforeach()
	set(${out} "${text}" PARENT_SCOPE)
endfunction()

# source OUT DIGEST NAME...: the files' text, one behind the other, and how the policy names it.
function(source out digest)
	set(all "")
	foreach(name ${ARGN})
		file(READ "${SOURCE}/${name}" text)
		string(APPEND all "${text}")
	endforeach()
	string(SHA256 hex "${all}")
	base64(letters "${hex}")
	set(${out} "${all}" PARENT_SCOPE)
	set(${digest} "'sha256-${letters}'" PARENT_SCOPE)
endfunction()

source(style style_digest page.css)
source(script script_digest ${SCRIPTS})
file(READ "${SOURCE}/page.html" html)
string(REPLACE "@STYLE@" "${style}" html "${html}")
string(REPLACE "@SCRIPT@" "${script}" html "${html}")
string(HEX "${html}" hex)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
	octets "${octets}")
set(policy "default-src 'none'; style-src ${style_digest}; script-src ${script_digest}; connect-src 'self'; \
img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
file(WRITE "${OUTPUT}" "/* Made by embed.cmake. */
#include \"${SOURCE}/page.h\"

const char page_policy[] = \"${policy}\";

const char page_html[] = {
${octets}
0 };
")
