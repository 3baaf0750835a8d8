// A growing run of bytes for writers that know an upper bound of what comes next.
//
// Grows by doubling and never initialises what it grows. Pointers into it end with the next
// reserve(). One thread at a time.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace walwire::engine {

class byte_buffer {
public:
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    const char* data() const { return bytes_.get(); }
    std::string_view text() const { return {bytes_.get(), size_}; }
    void clear() { size_ = 0; }
    void truncate(std::size_t size) { size_ = size; }

    // At least `size` writable bytes behind the end; commit() says how many were used.
    char* reserve(std::size_t size) {
        if (capacity_ - size_ < size) grow(size);
        return bytes_.get() + size_;
    }
    void commit(std::size_t size) { size_ += size; }

    void append(std::string_view text) {
        if (text.empty()) return;
        std::memcpy(reserve(text.size()), text.data(), text.size());
        size_ += text.size();
    }
    void append(char character) {
        *reserve(1) = character;
        ++size_;
    }

    // `at` is before the end.
    void overwrite(std::size_t at, char character) { bytes_[at] = character; }

private:
    void grow(std::size_t size) {
        std::size_t wanted = capacity_ == 0 ? 64 : capacity_ * 2;
        if (wanted < size_ + size) wanted = size_ + size;
        auto* grown = static_cast<char*>(std::realloc(bytes_.get(), wanted));
        if (grown == nullptr) throw std::bad_alloc{};
        static_cast<void>(bytes_.release());
        bytes_.reset(grown);
        capacity_ = wanted;
    }

    struct freer {
        void operator()(char* bytes) const { std::free(bytes); }
    };
    std::unique_ptr<char[], freer> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace walwire::engine
