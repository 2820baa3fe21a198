#pragma once

#include "base/json.h"

#include <string>
#include <string_view>
#include <vector>

// Where names are looked up: layers of JSON, borrowed from whoever fills the scope, never copied.
namespace parley::expand {

// What a path led to: JSON, or an object that its owner does not hold as JSON. Neither: nothing.
struct Found {
    const Json* json = nullptr;
    const Json::Object* object = nullptr;

    explicit operator bool() const { return json != nullptr || object != nullptr; }
};

class Scope {
public:
    static constexpr std::size_t max_path_bytes = 1024; // A longer one leads to nothing.

    // Every key of it is a name. What was added later hides what was added earlier; all of it outlives the scope.
    void add_root(const Json::Object&);
    void add_root(const Json&); // What is no object adds nothing.
    void add_named(std::string name, const Json&);
    void add_named(std::string name, const Json::Object&);
    void add_root(Json&&) = delete;
    void add_root(Json::Object&&) = delete;
    void add_named(std::string name, Json&&) = delete;
    void add_named(std::string name, Json::Object&&) = delete;

    // `name.key[2].key`. A key that has dots itself is found if no shorter one is. JSON's null is found.
    [[nodiscard]] Found find(std::string_view path) const;

private:
    struct Layer {
        std::string name; // Empty: the keys of the object are names.
        Found held;
    };

    std::vector<Layer> layers_;
};

} // namespace parley::expand
