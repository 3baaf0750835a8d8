// Owns the pipeline and its sinks: start, drain, stop. The main thread lives here, on Boost.Asio.
#pragma once

#include "base/failure.hpp"
#include "config/settings.hpp"
#include "host/options.hpp"
#include "source/server_check.hpp"

#include <functional>
#include <vector>

namespace walwire::engine {

struct run_request {
    source_config source;
    server_facts facts;
    engine_config engine;
    std::vector<sink_config> sinks;
};

// Checks every sink before the first change to the server, then runs until SIGINT, SIGTERM, the end
// that was asked for, or a failure. Main thread, once per process: SIGINT, SIGTERM and SIGHUP
// (unless it is ignored) belong to it meanwhile, and a second one ends the process at once.
//
// A plugin that does not come back when interrupted makes the process end without unloading it;
// `before_abandon` is called then, as the last thing.
class engine {
public:
    // First of all, before any descriptor is opened.
    static void prepare_process();

    // What is wrong with a sink: its plugin (plugin.*), its options (plugin.option, plugin.create,
    // with the option's path as their subject), its references (config.reference).
    static std::vector<failure> find_mistakes(const engine_config& config, const sink_config& sink,
                                              reference_use references);
    // Fails with the first sink's that has any.
    static result<void> check(const engine_config& config, const std::vector<sink_config>& sinks);
    static result<void> run(const run_request& request,
                            const std::function<void()>& before_abandon);
};

} // namespace walwire::engine
