#include "base/log.h"

#include "base/json.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

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
        : file_(options.file)
        , format_(options.format)
        , level_(options.level)
        , pii_(options.pii)
        , target_(std::make_shared<spdlog::sinks::dist_sink_mt>())
        , logger_("parley", target_)
    {
        open();
        logger_.set_level(spdlog::level::debug); // `level_` decides.
        logger_.flush_on(spdlog::level::info);
    }

    void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override
    {
        if (level < level_)
            return;
        logger_.log(to_spdlog(level), as_line(event, fields));
    }

    void change(const LogOptions& options) override
    {
        level_ = options.level;
        pii_ = options.pii;
        try {
            open();
        } catch (const spdlog::spdlog_ex& error) { // The old file is still open.
            logger_.error(as_line("log file not opened anew", { { "error", error.what() } }));
        }
    }

private:
    void open()
    {
        std::shared_ptr<spdlog::sinks::sink> sink;
        if (file_.empty())
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        else
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file_);
        sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(format_ == LogOptions::Format::json
                ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
            spdlog::pattern_time_type::utc));
        target_->set_sinks({ std::move(sink) });
    }

    std::string as_line(std::string_view event, const std::vector<LogField>& fields) const
    {
        return format_ == LogOptions::Format::json ? as_json(event, fields) : as_text(event, fields);
    }

    std::string_view shown(const LogField& field) const
    {
        return field.privacy == LogField::Privacy::personal && !pii_ ? hidden : std::string_view(field.value);
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

    const std::string file_;
    const LogOptions::Format format_;
    std::atomic<LogLevel> level_;
    std::atomic<bool> pii_;
    std::shared_ptr<spdlog::sinks::dist_sink_mt> target_;
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
