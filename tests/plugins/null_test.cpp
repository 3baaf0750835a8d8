// The bundled null, loaded from its file.
#include "support/payload_batch.hpp"
#include "support/plugin_instance.hpp"
#include "support/stub_host.hpp"

#include <gtest/gtest.h>

namespace walwire::test {
namespace {

TEST(null_plugin, acks_each_batch_by_its_own_number) {
    stub_host host;
    plugin_instance sink{NULL_PLUGIN, host};
    const payload_batch third{3, {"row"}};
    const payload_batch fourth{4, {"row"}};
    EXPECT_EQ(sink.start(), WALWIRE_OK);
    EXPECT_EQ(sink.deliver(third.get()), WALWIRE_OK);
    EXPECT_EQ(sink.deliver(fourth.get()), WALWIRE_OK);
    EXPECT_EQ(host.acks(), (std::vector<stub_host::range>{{3, 3}, {4, 4}}));
}

TEST(null_plugin, lets_the_host_encode_so_that_encoding_is_measured) {
    stub_host host;
    const plugin_instance sink{NULL_PLUGIN, host};
    EXPECT_EQ(sink.table().flags & WALWIRE_NO_PAYLOADS, 0U);
}

} // namespace
} // namespace walwire::test
