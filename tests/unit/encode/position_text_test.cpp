// What events of one transaction have in common, and that nothing of it is shown of another.
#include "encode/position_text.hpp"

#include "unit/encode/made_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace walwire::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

class position_text_test : public testing::Test {
protected:
    std::string write(const walwire_event& event) {
        position_.use(event);
        std::string text(position_.bound() + write_slack, '\0');
        text.resize(
            static_cast<std::size_t>(position_.write(text.data(), event.position) - text.data()));
        return text;
    }

private:
    position_text position_;
};

TEST_F(position_text_test, an_origin_is_not_shown_of_the_next_transaction) {
    // GIVEN a transaction that came from elsewhere
    auto replicated = made_transaction();
    replicated.origin = str_of("elsewhere");
    EXPECT_THAT(write(made_event(WALWIRE_INSERT, &replicated)),
                HasSubstr(R"("origin":"elsewhere")"));
    // WHEN one that was made here follows it
    auto own = made_transaction();
    own.xid = replicated.xid + 1;
    // THEN neither it nor what belongs to no transaction has an origin
    EXPECT_THAT(write(made_event(WALWIRE_INSERT, &own)), Not(HasSubstr("origin")));
    EXPECT_THAT(write(made_event(WALWIRE_INSERT, &replicated)), HasSubstr("elsewhere"));
    EXPECT_THAT(write(made_event(WALWIRE_GAP, nullptr)), Not(HasSubstr("origin")));
}

TEST_F(position_text_test, an_origin_alone_makes_another_text) {
    auto one = made_transaction();
    one.origin = str_of("one");
    auto other = made_transaction();
    other.origin = str_of("other");
    EXPECT_THAT(write(made_event(WALWIRE_INSERT, &one)), HasSubstr(R"("origin":"one")"));
    EXPECT_THAT(write(made_event(WALWIRE_INSERT, &other)), HasSubstr(R"("origin":"other")"));
}

} // namespace
} // namespace walwire::engine
