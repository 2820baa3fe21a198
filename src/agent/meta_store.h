#pragma once

#include "base/json.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What functions remember of the call, by token: those that have the same token share a store. Only they see it; no
// prompt does.
namespace parley::agent {

class MetaStore {
public:
    static constexpr std::size_t max_bytes = 64 * 1024; // Of one store, as JSON.
    static constexpr std::size_t max_stores = 256;

    // What is not there yet; null and others than objects are nothing.
    void seed(const std::string& token, const Json& first);

    // Shallow; null stays as null. False: it would be too much, and nothing was changed.
    bool merge(const std::string& token, const Json::Object& values);
    bool replace(const std::string& token, Json::Object values);
    void remove(const std::string& token, const std::vector<std::string>& keys);

    [[nodiscard]] Json of(const std::string& token) const; // An object.

private:
    std::map<std::string, Json::Object> stores_;
};

} // namespace parley::agent
