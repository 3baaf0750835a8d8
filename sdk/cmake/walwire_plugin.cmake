# walwire_add_plugin(<name> <source>...): the shared library <name>.so, built as a plugin has to be.
# It exports one symbol, is complete in itself, and stays where it is once it is loaded. The target
# is walwire_plugin_<name>; the file lies in CMAKE_LIBRARY_OUTPUT_DIRECTORY, else beside the build.

function(walwire_add_plugin name)
  set(target walwire_plugin_${name})
  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/walwire_plugin.map)
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE walwire_sdk)
  target_link_options(${target} PRIVATE -Wl,--version-script=${exports} -Wl,-z,nodelete)
  # A sanitizer's functions come from the executable, and clang has no library to name instead.
  if(NOT WALWIRE_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name}
    PREFIX ""
    SUFFIX ".so"
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${exports})
endfunction()
