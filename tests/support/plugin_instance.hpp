// One instance of a plugin, loaded from its file the way a host loads it: created with the guard
// and destroyed with it. The library stays loaded, as it does in the engine.
#pragma once

#include "support/stub_host.hpp"

#include <dlfcn.h>
#include <stdexcept>
#include <string>

namespace walwire::test {

class plugin_instance {
public:
    plugin_instance(const std::string& file, const stub_host& host) : plugin_{load(file)} {
        self_ = plugin_.create(host.table());
        if (self_ == nullptr) throw std::runtime_error{file + ": create() failed"};
    }
    ~plugin_instance() {
        if (plugin_.destroy != nullptr) plugin_.destroy(self_);
    }
    plugin_instance(const plugin_instance&) = delete;
    plugin_instance& operator=(const plugin_instance&) = delete;

    const walwire_plugin& table() const { return plugin_; }
    walwire_result start() { return plugin_.start != nullptr ? plugin_.start(self_) : WALWIRE_OK; }
    walwire_result deliver(const walwire_batch& batch) { return plugin_.deliver(self_, &batch); }
    void stop(std::uint32_t grace_ms) {
        if (plugin_.stop != nullptr) plugin_.stop(self_, grace_ms);
    }
    void interrupt() {
        if (plugin_.interrupt != nullptr) plugin_.interrupt(self_);
    }

private:
    static const walwire_plugin& load(const std::string& file) {
        void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) throw std::runtime_error{::dlerror()};
        const void* symbol = ::dlsym(library, "walwire_plugin_v1");
        if (symbol == nullptr) throw std::runtime_error{file + " exports no walwire_plugin_v1"};
        return *static_cast<const walwire_plugin*>(symbol);
    }

    const walwire_plugin& plugin_;
    void* self_ = nullptr;
};

} // namespace walwire::test
