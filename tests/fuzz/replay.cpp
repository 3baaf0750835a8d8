// Runs a fuzz target once with every file of the folders it is given: its corpus, in the builds
// that do not fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
    std::size_t files = 0;
    for (int at = 1; at < count; ++at) {
        for (const auto& entry : std::filesystem::directory_iterator{arguments[at]}) {
            std::ifstream file{entry.path(), std::ios::binary};
            const std::vector<char> read{std::istreambuf_iterator{file}, {}};
            // Of exactly this size: a sanitizer then sees the first byte behind it.
            const std::vector<std::uint8_t> bytes(read.begin(), read.end());
            LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
            ++files;
        }
    }
    std::printf("%zu files\n", files);
    return files == 0 ? 1 : 0;
}
