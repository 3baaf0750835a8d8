// Decoding allocates while its buffers grow and a block now and then for the rows, and nothing
// else: counted by the operator that allocates for the whole of this program, or by the sanitizer
// that replaces it.
#include "decode/parse.hpp"
#include "decode/relation_cache.hpp"
#include "wire/fixture.hpp"

#include <atomic>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};
} // namespace

#if defined(__has_feature)
#define WALWIRE_HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define WALWIRE_HAS_SANITIZER 0
#endif

#if WALWIRE_HAS_SANITIZER
// A sanitizer brings the operators itself, and lets others listen.
#include <sanitizer/allocator_interface.h>

[[maybe_unused]] static const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});
#else
// Not inlined: GCC would see malloc's memory meet what it knows of delete elsewhere.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace walwire::engine {
namespace {

TEST(decoding, allocates_the_blocks_of_its_rows_alone_once_its_buffers_have_grown) {
    // GIVEN a buffer that has seen every recorded message
    const auto fixtures = tests::load_fixtures();
    message_buffer buffer;
    arena rows;
    const auto decode_all = [&] {
        std::size_t decoded = 0;
        for (const auto& each : fixtures)
            for (const auto& bytes : each.messages)
                decoded += parse(bytes, rows, buffer).has_value();
        return decoded;
    };
    ASSERT_GT(decode_all(), 100u);

    // WHEN they come again and again
    int without_a_block = 0;
    for (int round = 0; round < 20; ++round) {
        const auto held = rows.held_bytes();
        const auto before = allocations.load();
        ASSERT_GT(before, 0u);
        EXPECT_GT(decode_all(), 100u);
        if (rows.held_bytes() != held) continue;

        // THEN
        EXPECT_EQ(allocations.load(), before);
        ++without_a_block;
    }
    EXPECT_GT(without_a_block, 0);
}

TEST(decoding, allocates_nothing_for_a_table_that_is_described_again) {
    message_buffer buffer;
    relation_cache cache;
    const auto bytes = tests::from_hex("5200004000"
                                       "7300"
                                       "7400"
                                       "64"
                                       "0001"
                                       "01"
                                       "696400"
                                       "00000017"
                                       "ffffffff");
    const auto announce = [&] {
        arena rows;
        const auto parsed = parse(bytes, rows, buffer);
        return parsed ? cache.announce(std::get<relation_message>(*parsed)) : nullptr;
    };
    const auto first = announce();
    ASSERT_NE(first, nullptr);
    const auto before = allocations.load();
    const auto again = announce();
    EXPECT_EQ(allocations.load(), before);
    EXPECT_EQ(again, first);
}

} // namespace
} // namespace walwire::engine
