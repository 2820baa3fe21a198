#include "agent/redaction.h"

#include "base/json.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

// The answer may stand in a fence or between words.
std::string_view array_in(std::string_view answer)
{
    const auto begin = answer.find('[');
    const auto end = answer.rfind(']');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
        return {};
    return answer.substr(begin, end - begin + 1);
}

} // namespace

void Redaction::add(const std::string& text)
{
    if (!on() || text.empty() || seen_.size() >= max_texts || text.size() > max_asked_bytes)
        return;
    if (!seen_.insert(text).second)
        return;
    order_.push_back(text);
    waiting_.push_back(text);
}

void Redaction::ask_again()
{
    for (const auto& text : order_) {
        if (!known_.contains(text) && std::ranges::find(waiting_, text) == waiting_.end())
            waiting_.push_back(text);
    }
}

std::vector<std::string> Redaction::take()
{
    std::vector<std::string> texts;
    std::size_t bytes = 0;
    while (!waiting_.empty() && bytes + waiting_.front().size() <= max_asked_bytes) {
        bytes += waiting_.front().size();
        texts.push_back(std::move(waiting_.front()));
        waiting_.erase(waiting_.begin());
    }
    completed_ = completed_ && !waiting_.empty();
    return texts;
}

LmRequest Redaction::question(const std::vector<std::string>& texts, ModelOptions options) const
{
    Json::Array array;
    for (const auto& text : texts)
        array.emplace_back(text);
    LmRequest request;
    request.options = std::move(options);
    request.options.temperature = 0.0;
    request.messages.push_back({ LmMessage::Role::system,
        "You make transcripts fit to be read by others. You are given a JSON array of texts. Answer with a JSON array "
        "of "
        "as many texts in the same order, and nothing else: each text letter by letter, but ---- in place of every "
        "piece that the following rule covers. The rule: "
            + what_,
        {}, {} });
    request.messages.push_back({ LmMessage::Role::user, Json(std::move(array)).dump(), {}, {} });
    return request;
}

void Redaction::answered(const std::vector<std::string>& texts, std::string_view answer)
{
    const auto json = Json::parse(array_in(answer));
    if (!json || !json->is_array() || json->as_array().size() != texts.size())
        return;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Json& masked_text = json->as_array()[i];
        if (masked_text.is_string() && is_masked_form(texts[i], masked_text.as_string()))
            known_[texts[i]] = masked_text.as_string();
    }
}

std::string Redaction::masked(const std::string& text) const
{
    if (!on() || text.empty())
        return text;
    const auto found = known_.find(text);
    return found == known_.end() ? std::string(mask) : found->second;
}

bool is_masked_form(std::string_view text, std::string_view masked)
{
    bool after_mask = false; // The piece may begin later than where we are.
    std::size_t at = 0;
    while (!masked.empty()) {
        const auto run = masked.find(Redaction::mask);
        const auto piece = masked.substr(0, run);
        if (run == std::string_view::npos) { // The last piece stands at the end.
            if (!after_mask)
                return text.substr(at) == piece;
            return text.size() - at >= piece.size() && text.ends_with(piece);
        }
        const auto found = after_mask ? text.find(piece, at) : (text.substr(at).starts_with(piece) ? at : text.npos);
        if (found == std::string_view::npos)
            return false;
        at = found + piece.size();
        masked.remove_prefix(run);
        masked.remove_prefix(std::min(masked.find_first_not_of('-'), masked.size()));
        after_mask = true;
    }
    return after_mask || at == text.size();
}

} // namespace parley::agent
