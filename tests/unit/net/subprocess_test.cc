#include "net/subprocess.h"

#include "net/clock.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace parley;

namespace {

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text_of(std::span<const std::byte> bytes)
{
    return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
}

// A child and all it did. `run` returns when it has exited.
struct Child {
    EventLoop loop;
    std::vector<std::string> frames;
    std::optional<SubprocessExit> exit;
    std::unique_ptr<Subprocess> process;

    explicit Child(std::vector<std::string> argv)
    {
        auto started = Subprocess::start(loop, std::move(argv),
            { [this](std::vector<std::byte> frame) { frames.push_back(text_of(frame)); },
                [this](const SubprocessExit& how) {
                    exit = how;
                    loop.stop();
                } });
        EXPECT_TRUE(started);
        if (started)
            process = std::move(*started);
    }

    void run()
    {
        Timer give_up(loop);
        give_up.set(now() + 20s, [this] { loop.stop(); });
        loop.run();
    }
};

// `cat` between its standard streams would do, but the frames come at descriptor 3.
std::vector<std::string> shell(const std::string& script)
{
    return { "/bin/sh", "-c", script };
}

} // namespace

TEST(Subprocess, answers_frames_until_we_finish)
{
    Child child(shell("exec cat <&3 >&3"));
    ASSERT_TRUE(child.process);
    const std::string large(1'000'000, 'x');
    ASSERT_TRUE(child.process->send(bytes_of("one")));
    ASSERT_TRUE(child.process->send(bytes_of("")));
    ASSERT_TRUE(child.process->send(bytes_of(large)));
    child.process->finish();
    EXPECT_FALSE(child.process->send(bytes_of("too late")));
    child.run();
    ASSERT_EQ(child.frames.size(), 3U);
    EXPECT_EQ(child.frames[0], "one");
    EXPECT_EQ(child.frames[1], "");
    EXPECT_EQ(child.frames[2], large);
    ASSERT_TRUE(child.exit);
    EXPECT_EQ(child.exit->status, 0);
}

TEST(Subprocess, tells_how_it_ended_after_its_last_frames)
{
    Child child(shell("printf '\\004\\000\\000\\000last\\001\\000' >&3; exit 7"));
    child.run();
    EXPECT_EQ(child.frames, std::vector<std::string> { "last" });
    ASSERT_TRUE(child.exit);
    EXPECT_EQ(child.exit->status, 7);
    EXPECT_FALSE(child.exit->signal);
    EXPECT_FALSE(child.process->send(bytes_of("x")));
}

TEST(Subprocess, tells_a_crash)
{
    Child child(shell("kill -SEGV $$"));
    child.run();
    ASSERT_TRUE(child.exit);
    EXPECT_EQ(child.exit->signal, SIGSEGV);
}

TEST(Subprocess, ends_a_child_whose_frame_is_too_long)
{
    Child child(shell("printf '\\001\\000\\100\\000' >&3; exec sleep 1000")); // 4 MiB + 1.
    child.run();
    ASSERT_TRUE(child.exit);
    EXPECT_EQ(child.exit->signal, SIGKILL);
    EXPECT_TRUE(child.frames.empty());
}

TEST(Subprocess, refuses_frames_when_the_child_does_not_read)
{
    Child child(shell("exec sleep 1000"));
    const std::string frame(1'000'000, 'x');
    Result<void> sent;
    int count = 0;
    while (sent && count < 100) {
        sent = child.process->send(bytes_of(frame));
        ++count;
    }
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, ErrorKind::limit_reached);
    EXPECT_GT(count, 15);
}

TEST(Subprocess, inherits_its_end_and_the_standard_streams_only)
{
    const int leaky = ::fcntl(2, F_DUPFD, 50); // Not close-on-exec.
    Child child(shell("test -e /proc/$$/fd/3 && ! test -e /proc/$$/fd/" + std::to_string(leaky)));
    child.run();
    ::close(leaky);
    ASSERT_TRUE(child.exit);
    EXPECT_EQ(child.exit->status, 0);
}

TEST(Subprocess, is_killed_and_reaped_when_destroyed)
{
    Child child(shell("exec sleep 1000"));
    const std::string path = "/proc/" + std::to_string(child.process->pid());
    EXPECT_TRUE(std::filesystem::exists(path));
    child.process.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Subprocess, may_be_destroyed_inside_its_events)
{
    EventLoop loop;
    std::unique_ptr<Subprocess> process;
    int frames = 0;
    auto started
        = Subprocess::start(loop, shell("printf '\\001\\000\\000\\000a\\001\\000\\000\\000b' >&3; exec sleep 1000"),
            { [&](std::vector<std::byte>) {
                 ++frames;
                 process.reset();
                 loop.stop();
             },
                nullptr });
    ASSERT_TRUE(started);
    process = std::move(*started);
    loop.run();
    EXPECT_EQ(frames, 1);
}

TEST(Subprocess, says_that_a_program_does_not_exist)
{
    EventLoop loop;
    auto started = Subprocess::start(loop, { "/no/such/program" }, {});
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().what.find("/no/such/program"), std::string::npos);
}

TEST(PipeFrames, of_the_child_side_go_there_and_back)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ASSERT_TRUE(write_frame(ends[0], bytes_of("hello")));
    ASSERT_TRUE(write_frame(ends[0], bytes_of("")));
    auto first = read_frame(ends[1]);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(text_of(**first), "hello");
    auto second = read_frame(ends[1]);
    ASSERT_TRUE(second && *second);
    EXPECT_TRUE((*second)->empty());
    ASSERT_EQ(::send(ends[0], "\x05\0\0\0ab", 6, 0), 6); // Broken off.
    ::close(ends[0]);
    EXPECT_EQ(read_frame(ends[1]).error().kind, ErrorKind::invalid_request);
    auto end = read_frame(ends[1]);
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
    EXPECT_FALSE(write_frame(ends[1], bytes_of("x")));
    ::close(ends[1]);
}
