# The scripted plugin is the one that the tests of host/ build.
add_dependencies(unit_dispatch unit_host_relay)
target_compile_definitions(
  unit_dispatch PRIVATE WALWIRE_TEST_PLUGINS_DIR="${PROJECT_BINARY_DIR}/tests/unit_host_plugins")
