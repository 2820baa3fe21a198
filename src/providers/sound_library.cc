#include "providers/sound_library.h"

#include "audio/sound_file.h"
#include "net/clock.h"

#include <algorithm>
#include <optional>
#include <span>

namespace parley {

namespace {

using Key = std::pair<ProjectId, std::string>;

struct Waiting {
    EventLoop& home;
    SoundLibrary::Answer answer;
};

std::size_t bytes_of(const AudioFrame& sound)
{
    return sound.samples.size() * sizeof(std::int16_t);
}

bool may_keep(const HttpResponse& response)
{
    const auto control = response.headers.find("Cache-Control");
    return !control
        || (control->find("no-store") == std::string_view::npos && control->find("no-cache") == std::string_view::npos);
}

Result<AudioFrame> decode(const HttpResponse& response)
{
    if (response.status != 200)
        return Error { ErrorKind::unavailable, "HTTP " + std::to_string(response.status) };
    return decode_sound_file(std::as_bytes(std::span(response.body)));
}

} // namespace

struct SoundLibrary::Inside : std::enable_shared_from_this<SoundLibrary::Inside> {
    struct Fetch {
        HttpExchange exchange;
        std::vector<Waiting> waiting;
    };
    struct Kept {
        Key key;
        Sound sound;
        Instant until;
    };

    Inside(EventLoop& loop, HttpClient& http, SoundLibraryOptions given, Log logger)
        : own(loop)
        , client(http)
        , options(given)
        , log(std::move(logger))
    {
    }

    static void answer(Waiting& waiting, Result<Sound> sound)
    {
        waiting.home.post(
            [answer = std::move(waiting.answer), sound = std::move(sound)]() mutable { answer(std::move(sound)); });
    }

    // Moves it to the front: the last one is the one that was unused for longest.
    Sound find(const Key& key)
    {
        const auto found = std::ranges::find(kept, key, &Kept::key);
        if (found == kept.end())
            return nullptr;
        if (found->until <= now()) {
            drop(found);
            return nullptr;
        }
        kept.splice(kept.begin(), kept, found);
        return kept.front().sound;
    }

    void drop(std::list<Kept>::iterator which)
    {
        kept_bytes -= bytes_of(*which->sound);
        kept.erase(which);
    }

    void keep(const Key& key, const Sound& sound)
    {
        if (bytes_of(*sound) > options.max_kept_bytes)
            return;
        kept.push_front({ key, sound, now() + options.keep });
        kept_bytes += bytes_of(*sound);
        while (kept_bytes > options.max_kept_bytes)
            drop(std::prev(kept.end()));
    }

    void fetch(Key key, const OutboundPolicy& policy, Waiting waiting)
    {
        if (auto sound = find(key))
            return answer(waiting, std::move(sound));
        if (const auto under_way = fetches.find(key); under_way != fetches.end()) {
            under_way->second.waiting.push_back(std::move(waiting));
            return;
        }
        if (fetches.size() >= options.max_fetches)
            return answer(waiting, Error { ErrorKind::limit_reached, "too many sound files are being fetched" });
        HttpClientRequest request;
        request.url = key.second;
        request.headers.add("Accept", "audio/*");
        request.policy = policy;
        request.follow_redirects = true; // Each hop is asked for again.
        request.connect_timeout = options.connect_timeout;
        request.total_timeout = options.total_timeout;
        request.max_response_bytes = options.max_file_bytes;
        HttpClientCallbacks callbacks;
        callbacks.on_done = [weak = weak_from_this(), key](Result<HttpResponse> response) {
            if (const auto self = weak.lock())
                self->fetched(key, std::move(response));
        };
        Fetch& fetch = fetches[key];
        fetch.waiting.push_back(std::move(waiting));
        fetch.exchange = client.start(std::move(request), std::move(callbacks), own);
    }

    void fetched(const Key& key, Result<HttpResponse> response)
    {
        auto fetch = fetches.extract(key);
        const Instant begun = now();
        auto decoded = response ? decode(*response) : Result<AudioFrame>(response.error());
        Result<Sound> sound = Error { ErrorKind::unavailable, "" };
        if (decoded) {
            sound = std::make_shared<const AudioFrame>(std::move(*decoded));
            log.info("sound file fetched",
                { { "bytes", response->body.size() }, { "length_ms", (*sound)->duration() },
                    { "decoding_ms", now() - begun } });
            if (may_keep(*response))
                keep(key, *sound);
        } else {
            sound = decoded.error();
            log.warning("sound file not usable", { { "error", decoded.error().what } });
        }
        for (Waiting& waiting : fetch.mapped().waiting)
            answer(waiting, sound);
    }

    EventLoop& own;
    HttpClient& client;
    SoundLibraryOptions options;
    Log log;
    std::map<Key, Fetch> fetches;
    std::list<Kept> kept;
    std::size_t kept_bytes = 0;
};

SoundLibrary::SoundLibrary(EventLoop& own, HttpClient& client, SoundLibraryOptions options, Log log)
    : inside_(std::make_shared<Inside>(own, client, options, std::move(log)))
    , own_(own)
{
}

SoundLibrary::~SoundLibrary() = default;

void SoundLibrary::fetch(
    const ProjectId& project, std::string url, const OutboundPolicy& policy, EventLoop& home, Answer answer)
{
    own_.post([weak = std::weak_ptr(inside_), key = Key { project, std::move(url) }, policy,
                  waiting = Waiting { home, std::move(answer) }]() mutable {
        if (const auto inside = weak.lock())
            inside->fetch(std::move(key), policy, std::move(waiting));
    });
}

} // namespace parley
