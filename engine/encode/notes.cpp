#include "encode/notes.hpp"

namespace walwire::engine {

conversion_notes& notes() {
    thread_local conversion_notes mine;
    return mine;
}

} // namespace walwire::engine
