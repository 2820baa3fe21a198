#include "agent/meta_store.h"

#include <utility>

namespace parley::agent {

void MetaStore::seed(const std::string& token, const Json& first)
{
    if (!first.is_object() || first.as_object().empty())
        return;
    const auto store = stores_.find(token);
    Json::Object values = first.as_object();
    if (store != stores_.end()) {
        for (const auto& [key, value] : store->second)
            values[key] = value;
    }
    replace(token, std::move(values));
}

bool MetaStore::merge(const std::string& token, const Json::Object& values)
{
    const auto store = stores_.find(token);
    Json::Object merged = store == stores_.end() ? Json::Object {} : store->second;
    for (const auto& [key, value] : values)
        merged[key] = value;
    return replace(token, std::move(merged));
}

bool MetaStore::replace(const std::string& token, Json::Object values)
{
    const bool known = stores_.contains(token);
    if ((!known && stores_.size() >= max_stores) || Json(values).dump().size() > max_bytes)
        return false;
    stores_[token] = std::move(values);
    return true;
}

void MetaStore::remove(const std::string& token, const std::vector<std::string>& keys)
{
    const auto store = stores_.find(token);
    if (store == stores_.end())
        return;
    for (const auto& key : keys)
        store->second.erase(key);
}

Json MetaStore::of(const std::string& token) const
{
    const auto store = stores_.find(token);
    return store == stores_.end() ? Json(Json::Object {}) : Json(store->second);
}

} // namespace parley::agent
