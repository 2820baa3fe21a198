#pragma once

#include "base/id.h"
#include "base/time.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// A log line is an event in the past tense plus fields: `turn committed call=… turn=3 words=4`.
// Static text, variable fields. What people said, numbers, prompts, tokens and tool arguments are `Pii`.
namespace parley {

// A value that must not reach a log unless the operator asked for it (`log.pii: true`). Forgetting is a compile error:
// a field takes no plain value out of it, and `reveal` says at the call site what happens.
template <typename T> class Pii {
public:
    Pii() = default;
    explicit Pii(T value)
        : value_(std::move(value))
    {
    }
    [[nodiscard]] const T& reveal() const { return value_; }
    friend bool operator==(const Pii&, const Pii&) = default;

private:
    T value_;
};

struct LogField {
    enum class Privacy : std::uint8_t { plain, personal };

    std::string_view name; // Static text.
    std::string value;
    Privacy privacy = Privacy::plain;
    bool quoted = true; // False for numbers and booleans in JSON output.

    LogField(std::string_view n, std::string_view v)
        : name(n)
        , value(v)
    {
    }
    LogField(std::string_view n, const char* v)
        : name(n)
        , value(v)
    {
    }
    LogField(std::string_view n, const std::string& v)
        : name(n)
        , value(v)
    {
    }
    LogField(std::string_view n, bool v)
        : name(n)
        , value(v ? "true" : "false")
        , quoted(false)
    {
    }
    LogField(std::string_view n, std::integral auto v)
        : name(n)
        , value(std::to_string(v))
        , quoted(false)
    {
    }
    LogField(std::string_view n, double v)
        : name(n)
        , value(std::to_string(v))
        , quoted(false)
    {
    }
    LogField(std::string_view n, Duration v)
        : name(n)
        , value(std::to_string(to_milliseconds(v)))
        , quoted(false)
    {
    } // ms
    template <typename Tag> LogField(std::string_view n, const Id<Tag>& v)
        : name(n)
        , value(v.value)
    {
    }
    template <typename Tag> LogField(std::string_view n, Ordinal<Tag> v)
        : name(n)
        , value(std::to_string(v.value))
        , quoted(false)
    {
    }
    LogField(std::string_view n, const Pii<std::string>& v)
        : name(n)
        , value(v.reveal())
        , privacy(Privacy::personal)
    {
    }
};

enum class LogLevel : std::uint8_t {
    debug,   // A decision and why.
    info,    // A state of a call, session or connection changed.
    warning, // We recovered.
    error,   // Someone must act.
};

struct LogOptions;

// Where lines go. Called from any thread.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void write(LogLevel, std::string_view event, const std::vector<LogField>& fields) = 0;

    // From now on; a file is opened anew, by the name that it has then. Format and target stay.
    virtual void change(const LogOptions&) { }
};

// A sink plus the fields that every line of one owner carries (`call`, `session`). Cheap to copy; the sink outlives it.
class Log {
public:
    explicit Log(LogSink& sink, std::vector<LogField> context = {})
        : sink_(&sink)
        , context_(std::move(context))
    {
    }

    // A log whose lines go nowhere.
    static Log none();

    [[nodiscard]] Log with(std::initializer_list<LogField> more) const;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const
    {
        write(LogLevel::debug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) const
    {
        write(LogLevel::info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const
    {
        write(LogLevel::warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) const
    {
        write(LogLevel::error, event, fields);
    }

private:
    void write(LogLevel, std::string_view event, std::initializer_list<LogField>) const;

    LogSink* sink_;
    std::vector<LogField> context_;
};

struct LogOptions {
    enum class Format : std::uint8_t { text, json };

    LogLevel level = LogLevel::info;
    Format format = Format::text;
    bool pii = false; // Print what people said. Off unless the operator asks.
    std::string file; // Empty: standard error.
};

// Writes lines through the logging library; thread-safe.
[[nodiscard]] std::unique_ptr<LogSink> make_log_sink(const LogOptions&);

} // namespace parley
