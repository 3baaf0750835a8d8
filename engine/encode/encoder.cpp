#include "encode/encoder.hpp"

#include "encode/json_dialect.hpp"
#include "encode/text_dialect.hpp"

namespace walwire::engine {

std::optional<dialect> parse_dialect(std::string_view name) {
    if (name == "json") return dialect::json;
    if (name == "text") return dialect::text;
    return std::nullopt;
}

std::string_view to_string(dialect of) {
    switch (of) {
    case dialect::text:
        return "text";
    case dialect::json:
        break;
    }
    return "json";
}

std::unique_ptr<encoder> make_encoder(const encode_options& options) {
    if (options.format == dialect::text) return std::make_unique<text_dialect>(options);
    return std::make_unique<json_dialect>(options);
}

} // namespace walwire::engine
