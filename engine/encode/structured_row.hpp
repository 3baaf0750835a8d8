// A row with the columns in it that are arrays, composites or hstores already written as JSON.
#pragma once

#include "base/byte_buffer.hpp"
#include "encode/relation_plan.hpp"

#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

// Belongs to one encoder; what render() returns is valid until its next call.
class structured_row {
public:
    // The event as it is when its plan has nothing structured, which costs nothing; else a copy.
    const walwire_event& render(const relation_plan& plan, const walwire_event& event) {
        return plan.structured_columns().empty() ? event : render_copy(plan, event);
    }

private:
    struct piece {
        walwire_value* value;
        std::size_t offset;
    };
    const walwire_event& render_copy(const relation_plan& plan, const walwire_event& event);
    const walwire_value* copy(const relation_plan& plan, const walwire_event& event,
                              const walwire_value* row, std::vector<walwire_value>& into);
    void render_value(const value_plan& plan, bool is_known, walwire_value& value);

    walwire_event event_{};
    std::vector<walwire_value> before_;
    std::vector<walwire_value> after_;
    std::vector<piece> pieces_;
    byte_buffer text_;
};

} // namespace walwire::engine
