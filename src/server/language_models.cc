#include "server/language_models.h"

#include "providers/bedrock_model.h"
#include "providers/offline_model.h"
#include "providers/openai_model.h"

#include <fstream>
#include <sstream>

namespace parley {

namespace {

// What every remote provider has.
template <typename Options> Options common_options(const ModelConfiguration& model)
{
    Options options;
    options.base_url = model.base_url;
    options.model = model.model;
    options.models = model.models;
    options.connect_timeout = model.connect_timeout;
    options.first_token_timeout = model.first_token_timeout;
    options.total_timeout = model.total_timeout;
    return options;
}

} // namespace

Result<OfflineRules> read_offline_rules(std::string_view asked_by, const std::string& file)
{
    if (file.empty())
        return default_offline_rules();
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
        return Error { ErrorKind::not_found, std::string(asked_by) + ": " + file + " cannot be read" };
    auto rules = parse_offline_rules(text.str());
    if (!rules)
        return Error { rules.error().kind, std::string(asked_by) + ": " + file + ": " + rules.error().what };
    return rules;
}

std::unique_ptr<LanguageModel> make_language_model(
    const ModelConfiguration& model, const OfflineRules& rules, HttpClient& client, EventLoop& home, const Log& log)
{
    switch (model.provider) {
    case ModelConfiguration::Provider::offline: return std::make_unique<OfflineModel>(rules, home);
    case ModelConfiguration::Provider::bedrock: {
        auto options = common_options<BedrockOptions>(model);
        options.region = model.region;
        options.credentials = { model.access_key, model.secret_key, model.session_token };
        return std::make_unique<BedrockModel>(std::move(options), client, home, log);
    }
    case ModelConfiguration::Provider::openai: break;
    }
    auto options = common_options<OpenAiOptions>(model);
    options.api_key = model.api_key;
    return std::make_unique<OpenAiModel>(std::move(options), client, home, log);
}

} // namespace parley
