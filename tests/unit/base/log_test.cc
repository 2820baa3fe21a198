#include "base/json.h"
#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace parley {
namespace {

std::string written(LogOptions options, const std::function<void(const Log&)>& write)
{
    options.file = testing::TempDir() + "parley_log_test.log";
    std::remove(options.file.c_str());
    {
        const auto sink = make_log_sink(options);
        write(Log(*sink).with({ { "call", CallId { "c1" } } }));
    }
    std::ifstream file(options.file);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void two_lines(const Log& log)
{
    log.info("turn committed", { { "turn", TurnId { 3 } }, { "words", Pii<std::string>("my card is lost") } });
    log.debug("not shown", {});
}

TEST(Log, what_people_say_is_hidden_unless_asked_for)
{
    const std::string hidden = written({}, two_lines);
    EXPECT_NE(hidden.find("turn committed call=c1 turn=3 words=…"), std::string::npos) << hidden;
    EXPECT_EQ(hidden.find("card"), std::string::npos);
    EXPECT_EQ(hidden.find("not shown"), std::string::npos);
    LogOptions open;
    open.pii = true;
    EXPECT_NE(written(open, two_lines).find("my card is lost"), std::string::npos);
}

TEST(Log, json_lines_are_json)
{
    LogOptions options;
    options.format = LogOptions::Format::json;
    const auto line = Json::parse(written(options, two_lines));
    ASSERT_TRUE(line) << line.error().what;
    EXPECT_EQ(line->string_or("event"), "turn committed");
    EXPECT_EQ(line->find("turn")->as_integer(), 3);
    EXPECT_EQ(line->string_or("words"), "…");
}

TEST(Log, a_change_counts_at_once_and_opens_the_file_anew)
{
    LogOptions options;
    options.file = testing::TempDir() + "parley_log_change.log";
    const std::string rotated = options.file + ".1";
    std::remove(options.file.c_str());
    const auto sink = make_log_sink(options);
    const Log log(*sink);
    log.info("before");
    std::rename(options.file.c_str(), rotated.c_str());
    options.level = LogLevel::debug;
    options.pii = true;
    sink->change(options);
    log.debug("after", { { "words", Pii<std::string>("hello") } });
    log.info("more"); // Lines of this level are on disk at once.
    const auto text_of = [](const std::string& path) {
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    };
    EXPECT_NE(text_of(rotated).find("before"), std::string::npos);
    EXPECT_EQ(text_of(rotated).find("after"), std::string::npos);
    EXPECT_NE(text_of(options.file).find("after words=hello"), std::string::npos);
}

} // namespace
} // namespace parley
