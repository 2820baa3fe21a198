#pragma once

#include "base/result.h"
#include "base/time.h"
#include "speech/speech_to_text.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The wire of streaming recognisers that take sound as binary messages and answer with `Results` (Deepgram's
// `/v1/listen` and servers like it), without the wire: the URL, and what a message means.
namespace parley {

struct ListenOptions {
    std::string name = "listen"; // In the log and in figures.
    std::string url;             // "wss://api.deepgram.com/v1/listen"; a query of its own is kept.
    std::string api_key;         // Sent as `Authorization: Token`; empty: none.
    std::string model;           // Empty: the provider's.
    std::string language;        // Empty: the call's.
    std::string ca_file;         // PEM; empty: the system's authorities.
    Duration connect_timeout = 500ms;
    Duration final_timeout = 500ms; // From the end of speech to its final words.
    int attempts = 0;               // To connect, in a row, until it gives up. 0: never.
    int warm = 1;                   // Connections kept open between calls.
    Duration warm_for = 60s;        // So long nobody took one: it is closed.
    int max_streams = 0;            // Of the whole server at the same time; 0: no limit.

    friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

inline constexpr std::size_t max_listen_hints = 100;        // Further ones are left out.
inline constexpr std::size_t max_listen_hint_bytes = 2'048; // All together, as written into the URL.
inline constexpr std::size_t max_listen_words = 2'000;      // Of one result; more is nonsense.

[[nodiscard]] std::string listen_url(const ListenOptions&, const SttOptions&);

// Times count from the first sample sent on the connection.
struct ListenResult {
    std::string text; // May be empty: nothing was said.
    bool final = false;
    float confidence = 0;
    Duration start {};
    Duration end {};
    std::vector<TimedWord> words;
};
struct ListenError {
    std::string what;
};
struct ListenNotice { }; // Something else: a sign of life.
using ListenMessage = std::variant<ListenResult, ListenError, ListenNotice>;

// An error names what is wrong.
[[nodiscard]] Result<ListenMessage> parse_listen_message(std::string_view text);

} // namespace parley
