// Bytes of one pgoutput message to a struct. Pure.
#pragma once

#include "base/failure.hpp"
#include "decode/message.hpp"

namespace walwire::engine {

// Exactly one message: an unknown kind or flag, a short frame and bytes left over are failures with
// code protocol, for a frame that is only half understood must stop the pipeline, never be skipped.
// The message is valid until the next call with the same buffer, and while `bytes` live.
result<message> parse(std::string_view bytes, message_buffer& buffer);

} // namespace walwire::engine
