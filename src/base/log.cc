#include "base/log.h"

#include "base/json.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace parley {

namespace {

class NullSink final : public LogSink {
    void write(LogLevel, std::string_view, const std::vector<LogField>&) override { }
};

constexpr std::string_view hidden = "…";

spdlog::level::level_enum to_spdlog(LogLevel level)
{
    switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

class SpdlogSink final : public LogSink {
public:
    explicit SpdlogSink(const LogOptions& options)
        : options_(options)
        , logger_("parley",
              options.file.empty()
                  ? std::static_pointer_cast<spdlog::sinks::sink>(std::make_shared<spdlog::sinks::stderr_sink_mt>())
                  : std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file))
    {
        logger_.set_level(to_spdlog(options.level));
        logger_.flush_on(spdlog::level::info);
        logger_.set_pattern(options.format == LogOptions::Format::json
                ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
            spdlog::pattern_time_type::utc);
    }

    void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override
    {
        if (level < options_.level)
            return;
        logger_.log(to_spdlog(level),
            options_.format == LogOptions::Format::json ? as_json(event, fields) : as_text(event, fields));
    }

private:
    std::string_view shown(const LogField& field) const
    {
        return field.privacy == LogField::Privacy::personal && !options_.pii ? hidden : std::string_view(field.value);
    }

    std::string as_json(std::string_view event, const std::vector<LogField>& fields) const
    {
        std::string line = "\"event\":" + Json(event).dump();
        for (const LogField& field : fields)
            line += "," + Json(field.name).dump() + ":"
                + (field.quoted ? Json(shown(field)).dump() : std::string(shown(field)));
        return line;
    }

    std::string as_text(std::string_view event, const std::vector<LogField>& fields) const
    {
        std::string line(event);
        for (const LogField& field : fields) {
            const std::string_view value = shown(field);
            const bool bare = !value.empty() && value.find_first_of(" \"\r\n\t=") == std::string_view::npos;
            line += " " + std::string(field.name) + "=" + (bare ? std::string(value) : Json(value).dump());
        }
        return line;
    }

    LogOptions options_;
    spdlog::logger logger_;
};

} // namespace

Log Log::none()
{
    static NullSink sink;
    return Log(sink);
}

Log Log::with(std::initializer_list<LogField> more) const
{
    Log copy = *this;
    copy.context_.insert(copy.context_.end(), more.begin(), more.end());
    return copy;
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const
{
    std::vector<LogField> all = context_;
    all.insert(all.end(), fields.begin(), fields.end());
    sink_->write(level, event, all);
}

std::unique_ptr<LogSink> make_log_sink(const LogOptions& options)
{
    return std::make_unique<SpdlogSink>(options);
}

} // namespace parley
