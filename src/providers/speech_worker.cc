#include "providers/speech_worker.h"

#include "net/subprocess.h"
#include "providers/flite_voices.h"
#include "providers/line_recogniser.h"
#include "providers/speech_lane.h"
#include "providers/speech_protocol.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace parley {
namespace {

using namespace speech;

constexpr int max_lanes = 64;

// What the default voice is warmed with.
constexpr const char* warm_up_text = "Hello, how can I help you?";

struct Lane {
    int fd = -1;
    pid_t pid = -1;
};

// The process that owns the models, passes frames on, and replaces children that died.
class SpeechWorker {
public:
    explicit SpeechWorker(const SpeechWorkerOptions& options)
        : options_(options)
        , lanes_(static_cast<std::size_t>(options.decoders + options.voices))
    {
    }

    int run()
    {
        // The default voice is ready in each child; the others load in a few milliseconds when they are asked for.
        static_cast<void>(synthesize(warm_up_text, default_voice, 8'000));
        if (!start(static_cast<std::size_t>(options_.decoders), lanes_.size()))
            return 1;
        // The recogniser takes a second to load; the voices speak meanwhile.
        std::jthread loader;
        if (options_.decoders > 0) {
            loaded_ = eventfd(0, EFD_CLOEXEC);
            if (loaded_ < 0)
                return 1;
            loader = std::jthread([this] {
                recognises_ = load_recogniser();
                static_cast<void>(eventfd_write(loaded_, 1));
            });
        }
        for (;;) {
            // What is not open yet, or not any more, is -1, which poll passes over.
            std::vector<pollfd> waiting { { options_.fd, POLLIN, 0 }, { loaded_, POLLIN, 0 } };
            for (const auto& lane : lanes_)
                waiting.push_back({ lane.fd, POLLIN, 0 });
            if (poll(waiting.data(), waiting.size(), -1) < 0) {
                if (errno != EINTR)
                    return 1;
                continue;
            }
            const bool lane_ended = std::any_of(
                waiting.begin() + 2, waiting.end(), [](const pollfd& lane) { return (lane.revents & POLLHUP) != 0; });
            if (loader.joinable() && (waiting[1].revents != 0 || lane_ended)) {
                loader.join(); // Children are made while there is no second thread.
                close(std::exchange(loaded_, -1));
                if (!recognises_ || !start(0, static_cast<std::size_t>(options_.decoders)))
                    return 1;
            }
            for (std::size_t i = 0; i < lanes_.size(); ++i) {
                if (waiting[i + 2].revents != 0 && !from_lane(i))
                    return 1;
            }
            if (waiting[0].revents != 0 && !from_server())
                break;
        }
        for (auto& lane : lanes_)
            stop(lane);
        return 0;
    }

private:
    bool load_recogniser()
    {
        auto recogniser = LineRecogniser::create();
        if (!recogniser) {
            std::fprintf(stderr, "speech-worker: %s\n", recogniser.error().what.c_str());
            return false;
        }
        recogniser_ = std::move(*recogniser);
        return true;
    }

    bool start(std::size_t first, std::size_t last)
    {
        for (std::size_t i = first; i < last; ++i) {
            if (!start(i))
                return false;
        }
        return true;
    }

    bool start(std::size_t index)
    {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
            return false;
        std::fflush(nullptr);
        const pid_t pid = fork();
        if (pid < 0) {
            close(pair[0]);
            close(pair[1]);
            return false;
        }
        if (pid == 0)
            become_lane(index, pair[0], pair[1]);
        close(pair[1]);
        lanes_[index] = { pair[0], pid };
        return tell_server(index, LaneReady {});
    }

    [[noreturn]] void become_lane(std::size_t index, int parent_end, int own_end)
    {
        close(options_.fd);
        close(parent_end);
        for (const auto& other : lanes_) {
            if (other.fd >= 0)
                close(other.fd);
        }
        if (static_cast<int>(index) < options_.decoders)
            run_listening_lane(own_end, static_cast<int>(index), *recogniser_);
        else
            run_speaking_lane(own_end, static_cast<int>(index));
        // Nothing of the parent's is torn down here.
        _exit(0);
    }

    static void stop(Lane& lane)
    {
        if (lane.pid < 0)
            return;
        close(lane.fd);
        // A child in the middle of a sentence notices within one piece of it; a stuck one is not waited for.
        kill(lane.pid, SIGKILL);
        waitpid(lane.pid, nullptr, 0);
        lane = {};
    }

    // False when the server is gone.
    bool tell_server(std::size_t index, Answer answer) const
    {
        return write_frame(options_.fd, encode(LaneAnswer { static_cast<std::uint8_t>(index), 0, std::move(answer) }))
            .has_value();
    }

    bool from_lane(std::size_t index)
    {
        auto frame = read_frame(lanes_[index].fd);
        if (frame && *frame)
            return write_frame(options_.fd, **frame).has_value();
        return replace(index);
    }

    bool replace(std::size_t index)
    {
        stop(lanes_[index]);
        return tell_server(index, LaneLost {}) && start(index);
    }

    bool from_server()
    {
        auto frame = read_frame(options_.fd);
        if (!frame || !*frame)
            return false;
        const std::size_t index = (*frame)->empty() ? lanes_.size() : std::to_integer<std::size_t>((*frame)->front());
        if (index >= lanes_.size() || lanes_[index].fd < 0)
            return true;
        if (const auto request = decode_request(**frame);
            request && std::holds_alternative<RestartLane>(request->request))
            return replace(index);
        // A lane that just died is noticed when its own end is read.
        static_cast<void>(write_frame(lanes_[index].fd, **frame));
        return true;
    }

    SpeechWorkerOptions options_;
    std::unique_ptr<LineRecogniser> recogniser_;
    bool recognises_ = false; // The loader's verdict; read once it ended.
    int loaded_ = -1;         // The loader says that it is through.
    std::vector<Lane> lanes_;
};

} // namespace

int run_speech_worker(const SpeechWorkerOptions& options)
{
    if (options.decoders < 0 || options.voices < 0 || options.decoders + options.voices < 1
        || options.decoders + options.voices > max_lanes) {
        std::fprintf(stderr, "speech-worker: between 1 and %d lanes\n", max_lanes);
        return 1;
    }
    // A reader that went away is seen as a failed write.
    signal(SIGPIPE, SIG_IGN);
    // A terminal's Ctrl-C ends the server, and its end ends us.
    signal(SIGINT, SIG_IGN);
    return SpeechWorker(options).run();
}

} // namespace parley
