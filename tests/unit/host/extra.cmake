# The plugins of the tests of host/, one library per file of plugins/.
set(host_plugins ${PROJECT_BINARY_DIR}/tests/unit_host_plugins)
foreach(plugin relay small next_major stranger)
  add_library(unit_host_${plugin} MODULE ${CMAKE_CURRENT_LIST_DIR}/plugins/${plugin}.c)
  target_link_libraries(unit_host_${plugin} PRIVATE walwire_sdk)
  set_target_properties(unit_host_${plugin} PROPERTIES
    PREFIX "" OUTPUT_NAME ${plugin} C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${host_plugins})
  add_dependencies(unit_host unit_host_${plugin})
endforeach()
target_compile_definitions(unit_host PRIVATE WALWIRE_TEST_PLUGINS_DIR="${host_plugins}")
