// Bytes of one pgoutput message to a struct. Pure.
#pragma once

#include "base/arena.hpp"
#include "base/failure.hpp"
#include "decode/message.hpp"

namespace walwire::engine {

// Exactly one message: an unknown kind or flag, a short frame and bytes left over are failures with
// code protocol, for a frame that is only half understood must stop the pipeline, never be skipped.
// Tuples are written into `rows` and stay there; the rest of the message is valid until the next
// call with the same buffer; all of it while `bytes` live.
result<message> parse(std::string_view bytes, arena& rows, message_buffer& buffer);

} // namespace walwire::engine
