#include "base/failure.hpp"

namespace walwire::engine {

bool is_transient(const failure& found) { return found.code == failure_code::connection; }

int exit_code(const failure& found) {
    switch (found.code) {
    case failure_code::usage:
    case failure_code::config:
        return 2;
    case failure_code::environment:
    case failure_code::connection:
        return 3;
    case failure_code::gap:
        return 5;
    default:
        return 1;
    }
}

std::string to_text(const failure& found) {
    std::string text = "error[" + found.id + "]: " + found.message + "\n";
    if (!found.help.empty()) text += "  = help: " + found.help + "\n";
    return text;
}

} // namespace walwire::engine
