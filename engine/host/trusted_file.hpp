// Whether only root and we ourselves can have put a file where it is.
#pragma once

#include "base/failure.hpp"

#include <filesystem>

namespace walwire::engine {

// Fails with plugin.writable when others may change the file or its folder, with plugin.not_found
// when either cannot be looked at, with plugin.not_a_library when it is no regular file. Requires a
// canonical path: of a symbolic link it would be the link that is judged.
result<void> check_trusted(const std::filesystem::path& canonical);

} // namespace walwire::engine
