#include "config/reference.hpp"

#include "base/printable.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace walwire::engine {

namespace {

constexpr std::size_t value_bytes_max = 64 * 1024;

std::unexpected<failure> unusable(std::string message, std::string help) {
    return std::unexpected{
        failure{failure_code::config, "config.reference", std::move(message), std::move(help)}};
}

class descriptor {
public:
    explicit descriptor(int number) : number_{number} {}
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

result<std::string> load_value(const std::string& path, bool may_everybody_read) {
    const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat about{};
    if (file.number() < 0 || ::fstat(file.number(), &about) != 0)
        return unusable(fmt::format("cannot read {}: {}", in_quotes(path), std::strerror(errno)),
                        "make the file, readable by the user walwire runs as");
    if (!S_ISREG(about.st_mode))
        return unusable(fmt::format("{} is no file", in_quotes(path)),
                        "name a file with the value");
    if (!may_everybody_read && (about.st_mode & S_IRWXO) != 0)
        return unusable(fmt::format("{} can be read or changed by everybody (mode {:04o})",
                                    in_quotes(path), about.st_mode & 07777),
                        fmt::format("chmod o= {}", path));
    std::string value(value_bytes_max + 2, '\0'); // room to see that it is too long
    std::size_t size = 0;
    while (size < value.size()) {
        const auto count = ::read(file.number(), value.data() + size, value.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            return unusable(
                fmt::format("cannot read {}: {}", in_quotes(path), std::strerror(errno)), "");
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    value.resize(size);
    if (value.ends_with('\n')) value.pop_back();
    if (value.size() > value_bytes_max)
        return unusable(fmt::format("{} has more than {} bytes", in_quotes(path), value_bytes_max),
                        "name a file that holds the value and nothing else");
    return value;
}

result<std::string> checked(result<std::string> value, const value_reference& from) {
    if (value && value->contains('\0'))
        return unusable(fmt::format("the value of {} {} has a NUL byte", to_string(from.kind),
                                    in_quotes(from.name)),
                        "only text can be used");
    return value;
}

} // namespace

std::optional<reference_kind> parse_reference_kind(std::string_view word) {
    for (const auto kind : {reference_kind::env, reference_kind::file, reference_kind::credential})
        if (word == to_string(kind)) return kind;
    return std::nullopt;
}

std::string_view to_string(reference_kind of) {
    switch (of) {
    case reference_kind::env:
        return "env";
    case reference_kind::file:
        return "file";
    case reference_kind::credential:
        break;
    }
    return "credential";
}

result<std::string> resolve(const value_reference& wanted) {
    if (wanted.kind == reference_kind::env) {
        if (const char* value = std::getenv(wanted.name.c_str())) return std::string{value};
        return unusable(fmt::format("the environment has no variable {}", in_quotes(wanted.name)),
                        "set it for the process; a value may be empty, but not absent");
    }
    if (wanted.kind == reference_kind::file) return checked(load_value(wanted.name, false), wanted);
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0')
        return unusable(
            fmt::format("there is no credential {}, because $CREDENTIALS_DIRECTORY is "
                        "not set",
                        in_quotes(wanted.name)),
            fmt::format("systemd sets it for a unit with LoadCredential={}:/path", wanted.name));
    if (wanted.name.empty() || wanted.name.contains('/') || wanted.name.starts_with('.'))
        return unusable(fmt::format("{} is no name of a credential", in_quotes(wanted.name)),
                        "as in LoadCredential=NAME:/path, without slashes");
    // The directory itself is closed to others.
    return checked(load_value(std::string{directory} + "/" + wanted.name, true), wanted);
}

} // namespace walwire::engine
