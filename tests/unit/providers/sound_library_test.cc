#include "providers/sound_library.h"

#include "audio/wav.h"
#include "net/http_server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>

namespace parley {
namespace {

std::string wav_of(std::size_t samples)
{
    const std::string path = testing::TempDir() + "/sound_library_test.wav";
    EXPECT_TRUE(write_wav(path, { 8'000, 1, std::vector<std::int16_t>(samples, 1'000) }));
    std::ifstream in(path, std::ios::binary);
    return { std::istreambuf_iterator<char>(in), {} };
}

class SoundLibraryTest : public testing::Test {
protected:
    SoundLibraryTest()
    {
        web_.call([&] {
            server_ = HttpServer::listen(
                web_.loop(), { "127.0.0.1", 0 }, [this](const HttpRequest& request, HttpResponder responder) {
                    serve(std::string(request.path()), std::move(responder));
                }).value();
        });
        outbound_.call([&] { client_ = std::make_unique<HttpClient>(outbound_.loop()); });
        open({});
    }
    ~SoundLibraryTest() override
    {
        files_.call([&] { library_.reset(); });
        outbound_.call([&] { client_.reset(); });
        web_.call([&] {
            held_.clear();
            server_.reset();
        });
    }

    void open(SoundLibraryOptions options)
    {
        files_.call([&] { library_ = std::make_unique<SoundLibrary>(files_.loop(), *client_, options, Log::none()); });
    }

    void serve(const std::string& path, HttpResponder responder)
    {
        const std::lock_guard lock(mutex_);
        ++requests_;
        HttpResponse response;
        if (path == "/missing")
            response.status = 404;
        else if (path == "/page")
            response.body = "<html>";
        else
            response.body = wav_of(path == "/long" ? 80'000 : 8'000);
        if (path == "/fresh")
            response.headers.add("Cache-Control", "no-store");
        if (path == "/held")
            held_.push_back(std::move(responder));
        else
            responder.respond(std::move(response));
        changed_.notify_all();
    }

    std::size_t ask(const std::string& path, const char* project = "p", const char* allowed = "127.0.0.1")
    {
        const std::lock_guard lock(mutex_);
        const std::size_t slot = answers_.size();
        answers_.emplace_back();
        library_->fetch(ProjectId { project }, "http://127.0.0.1:" + std::to_string(server_->local().port) + path,
            OutboundPolicy::create({ allowed }).value(), home_.loop(), [this, slot](Result<SoundLibrary::Sound> sound) {
                EXPECT_TRUE(home_.loop().on_thread());
                const std::lock_guard answered(mutex_);
                answers_[slot] = std::move(sound);
                changed_.notify_all();
            });
        return slot;
    }
    Result<SoundLibrary::Sound> answer(std::size_t slot)
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return answers_[slot].has_value(); });
        return answers_[slot].value();
    }
    Result<SoundLibrary::Sound> fetch(
        const std::string& path, const char* project = "p", const char* allowed = "127.0.0.1")
    {
        return answer(ask(path, project, allowed));
    }
    void answer_held(HttpResponse response)
    {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !held_.empty(); });
        }
        web_.call([&] { held_.front().respond(std::move(response)); });
    }
    int requests()
    {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    LoopThread web_ { "web" };
    LoopThread outbound_ { "outbound" };
    LoopThread files_ { "files" };
    LoopThread home_ { "home" };
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<SoundLibrary> library_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::optional<Result<SoundLibrary::Sound>>> answers_;
    std::vector<HttpResponder> held_;
    int requests_ = 0;
};

TEST_F(SoundLibraryTest, a_file_is_fetched_once_and_kept)
{
    const auto first = fetch("/a");
    ASSERT_TRUE(first) << first.error().what;
    EXPECT_EQ((*first)->samples.size(), 8'000U);
    EXPECT_EQ(fetch("/a").value(), *first);
    EXPECT_EQ(requests(), 1);
}

TEST_F(SoundLibraryTest, what_one_project_fetched_is_not_anothers)
{
    ASSERT_TRUE(fetch("/a"));
    const auto other = fetch("/a", "q", "192.0.2.1"); // May not reach this address.
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::invalid_request);
    EXPECT_EQ(requests(), 1);
}

TEST_F(SoundLibraryTest, those_who_ask_meanwhile_share_the_fetch)
{
    const auto first = ask("/held");
    const auto second = ask("/held");
    answer_held({ 200, {}, wav_of(800) });
    EXPECT_EQ(answer(first).value(), answer(second).value());
    EXPECT_EQ(requests(), 1);
}

TEST_F(SoundLibraryTest, what_says_no_store_is_fetched_again)
{
    ASSERT_TRUE(fetch("/fresh"));
    ASSERT_TRUE(fetch("/fresh"));
    EXPECT_EQ(requests(), 2);
}

TEST_F(SoundLibraryTest, what_is_old_is_fetched_again)
{
    SoundLibraryOptions options;
    options.keep = 0ms;
    open(options);
    ASSERT_TRUE(fetch("/a"));
    ASSERT_TRUE(fetch("/a"));
    EXPECT_EQ(requests(), 2);
}

TEST_F(SoundLibraryTest, the_one_that_was_unused_for_longest_goes)
{
    SoundLibraryOptions options;
    options.max_kept_bytes = 40'000; // Two of 16000 bytes.
    open(options);
    for (const char* path : { "/a", "/b", "/a", "/c", "/a", "/b" })
        ASSERT_TRUE(fetch(path));
    EXPECT_EQ(requests(), 4);    // a, b, c, and b again.
    ASSERT_TRUE(fetch("/long")); // Does not fit, and drops nothing.
    ASSERT_TRUE(fetch("/b"));
    EXPECT_EQ(requests(), 5);
}

TEST_F(SoundLibraryTest, failures_say_what_failed_and_are_not_kept)
{
    EXPECT_EQ(fetch("/missing").error().what, "HTTP 404");
    EXPECT_EQ(fetch("/missing").error().kind, ErrorKind::unavailable);
    EXPECT_EQ(fetch("/page").error().what, "not a WAV, MP3, Ogg or FLAC file");
    EXPECT_EQ(requests(), 3);
}

TEST_F(SoundLibraryTest, there_are_limits)
{
    SoundLibraryOptions options;
    options.max_file_bytes = 10'000;
    options.max_fetches = 1;
    open(options);
    EXPECT_EQ(fetch("/a").error().kind, ErrorKind::limit_reached);
    const auto held = ask("/held");
    EXPECT_EQ(fetch("/b").error().what, "too many sound files are being fetched");
    answer_held({ 404, {}, "" });
    EXPECT_FALSE(answer(held));
}

} // namespace
} // namespace parley
