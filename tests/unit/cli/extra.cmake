# The commands are part of the program, not of a library: what is tested is compiled in.
target_sources(unit_cli PRIVATE ${PROJECT_SOURCE_DIR}/engine/cli/dotenv.cpp)
