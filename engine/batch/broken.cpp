// The texts of broken.hpp.
#include "batch/broken.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

namespace walwire::engine {

namespace {

failure broken(std::string_view id, std::string message) {
    return {failure_code::protocol, std::string{id}, std::move(message),
            "the stream was stopped and nothing of this transaction was acknowledged; please "
            "report it with the server's version"};
}

} // namespace

failure begin_inside() { return broken("stream.begin", "a Begin arrived inside a transaction"); }

failure commit_outside() {
    return broken("stream.commit", "a Commit arrived outside a transaction");
}

failure commit_of_another(lsn commit, lsn open) {
    return broken("stream.commit",
                  fmt::format("the Commit of {} closes the transaction that began as {}",
                              to_string(commit), to_string(open)));
}

failure origin_outside() {
    return broken("stream.origin", "an Origin arrived outside a transaction");
}

failure frame_outside(std::string_view what) {
    return broken("stream.outside", fmt::format("{} arrived outside a transaction", what));
}

failure too_many_frames(std::uint32_t xid) {
    return {failure_code::limit, "stream.frames",
            fmt::format("transaction {} has more than 2^32 frames", xid), "split the transaction"};
}

failure undescribed_relation(std::uint32_t oid) {
    return broken(
        "stream.relation",
        fmt::format("a change of table {} arrived, which no Relation message described", oid));
}

failure other_columns(const relation& of, std::size_t values) {
    return broken("stream.columns",
                  fmt::format("a row of {}.{} has {} values, its Relation message {} columns",
                              of.schema, of.table, values, of.columns.size()));
}

} // namespace walwire::engine
