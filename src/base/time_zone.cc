#include "base/time_zone.h"

#include "base/time_zone_rule.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace parley {

struct TimeZone::Rules {
    std::vector<ZoneOffset> offsets;   // Never empty; the first is that of the time before all changes.
    std::vector<std::int64_t> changes; // Ascending, in seconds since 1970.
    std::vector<std::uint8_t> to;      // Which of `offsets` begins with the change of the same index.
    std::optional<TimeZoneRule> later; // After the last change.

    [[nodiscard]] const ZoneOffset& at(std::int64_t unix_seconds) const
    {
        const auto next = std::upper_bound(changes.begin(), changes.end(), unix_seconds);
        if (next == changes.end() && later)
            return later->at(unix_seconds);
        if (next == changes.begin())
            return offsets.front();
        return offsets[to[static_cast<std::size_t>(next - changes.begin()) - 1]];
    }
};

namespace {

constexpr std::string_view database = "/usr/share/zoneinfo/";

Error invalid(const char* what)
{
    return { ErrorKind::invalid_request, std::string("time zone: ") + what };
}

// RFC 8536 3.1
struct Counts {
    std::uint32_t is_ut = 0;
    std::uint32_t is_standard = 0;
    std::uint32_t leaps = 0;
    std::uint32_t changes = 0;
    std::uint32_t offsets = 0;
    std::uint32_t letters = 0;

    // Of the block behind the header.
    [[nodiscard]] std::uint64_t bytes(std::uint64_t time) const
    {
        return (time + 1) * changes + std::uint64_t(6) * offsets + letters + (time + 4) * leaps + is_standard + is_ut;
    }
};

constexpr std::size_t header_bytes = 44;

std::int64_t big_endian(std::string_view bytes)
{
    std::uint64_t value = (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0 ? ~std::uint64_t(0) : 0;
    for (const char byte : bytes)
        value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
}

std::optional<Counts> read_header(std::string_view bytes)
{
    if (bytes.size() < header_bytes || !bytes.starts_with("TZif") || bytes[4] < '2')
        return std::nullopt;
    std::array<std::uint32_t, 6> numbers {};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<std::uint32_t>(big_endian(bytes.substr(20 + 4 * i, 4)));
    return Counts { numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5] };
}

constexpr std::int32_t largest_offset = 26 * 3600; // RFC 8536 3.2

Result<std::vector<ZoneOffset>> read_offsets(std::string_view bytes, std::string_view letters)
{
    std::vector<ZoneOffset> offsets;
    for (; !bytes.empty(); bytes.remove_prefix(6)) {
        const auto seconds = static_cast<std::int32_t>(big_endian(bytes.substr(0, 4)));
        const std::size_t index = static_cast<unsigned char>(bytes[5]);
        const auto end = letters.find('\0', index);
        if (seconds < -largest_offset || seconds > largest_offset || end == std::string_view::npos)
            return invalid("an offset is out of range");
        offsets.push_back({ seconds, std::string(letters.substr(index, end - index)) });
    }
    return offsets;
}

Result<TimeZone::Rules> read_rules(std::string_view bytes, const Counts& counts)
{
    TimeZone::Rules rules;
    std::string_view times = bytes.substr(0, std::size_t(8) * counts.changes);
    bytes.remove_prefix(times.size());
    for (; !times.empty(); times.remove_prefix(8)) {
        const auto time = big_endian(times.substr(0, 8));
        if (!rules.changes.empty() && time <= rules.changes.back())
            return invalid("its changes are not in order");
        rules.changes.push_back(time);
    }
    for (const char index : bytes.substr(0, counts.changes)) {
        if (static_cast<unsigned char>(index) >= counts.offsets)
            return invalid("a change names no offset");
        rules.to.push_back(static_cast<std::uint8_t>(index));
    }
    bytes.remove_prefix(counts.changes);
    const auto offset_bytes = std::size_t(6) * counts.offsets;
    auto offsets = read_offsets(bytes.substr(0, offset_bytes), bytes.substr(offset_bytes, counts.letters));
    if (!offsets)
        return std::move(offsets.error());
    rules.offsets = std::move(*offsets);
    return rules;
}

// Names of the database are paths; nothing else may become one.
bool is_name(std::string_view name)
{
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
            || c == '+' || c == '/';
    };
    return !name.empty() && name.size() <= TimeZone::max_name_bytes && name.front() != '/'
        && std::all_of(name.begin(), name.end(), allowed);
}

// Names that newer packages of the database no longer carry, and that programs still use.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> older_names { {
    { "US/Eastern", "America/New_York" },
    { "US/Central", "America/Chicago" },
    { "US/Mountain", "America/Denver" },
    { "US/Pacific", "America/Los_Angeles" },
    { "US/Alaska", "America/Anchorage" },
    { "US/Hawaii", "Pacific/Honolulu" },
} };

std::optional<std::string> read_file(std::string_view name)
{
    std::ifstream file(std::string(database).append(name), std::ios::binary);
    if (!file)
        return std::nullopt;
    std::string bytes(TimeZone::max_file_bytes + 1, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file.gcount() <= 0 || static_cast<std::size_t>(file.gcount()) == bytes.size())
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

Result<TimeZone> load(std::string_view name)
{
    auto bytes = read_file(name);
    for (const auto& [older, newer] : older_names)
        if (!bytes && name == older)
            bytes = read_file(newer);
    if (!bytes)
        return Error { ErrorKind::not_found, "time zone: no such zone: " + std::string(name) };
    return TimeZone::parse(*bytes);
}

// The zones that were asked for. No more than the database has, because what is not in it is not kept.
struct Loaded {
    std::mutex mutex;
    std::map<std::string, TimeZone, std::less<>> zones;
};

} // namespace

TimeZone::TimeZone()
{
    static const auto utc = std::make_shared<const Rules>(Rules { { { 0, "UTC" } }, {}, {}, std::nullopt });
    rules_ = utc;
}

Result<TimeZone> TimeZone::parse(std::string_view tzif)
{
    if (tzif.size() > max_file_bytes)
        return Error { ErrorKind::limit_reached, "time zone: the file is too long" };
    const auto first = read_header(tzif);
    if (!first || first->bytes(4) > tzif.size() - header_bytes)
        return invalid("no TZif file of version 2");
    tzif.remove_prefix(header_bytes + first->bytes(4)); // The 32-bit times, for readers of another age.
    const auto counts = read_header(tzif);
    if (!counts || counts->offsets == 0 || counts->offsets > 256 || counts->bytes(8) > tzif.size() - header_bytes)
        return invalid("the file is cut off");
    tzif.remove_prefix(header_bytes);
    auto rules = read_rules(tzif, *counts);
    if (!rules)
        return std::move(rules.error());
    tzif.remove_prefix(counts->bytes(8));
    const auto end = tzif.find('\n', 1);
    if (!tzif.starts_with('\n') || end == std::string_view::npos)
        return invalid("the file has no end");
    if (end > 1) {
        auto later = TimeZoneRule::parse(tzif.substr(1, end - 1));
        if (!later)
            return std::move(later.error());
        rules->later = std::move(*later);
    }
    return TimeZone(std::make_shared<const Rules>(std::move(*rules)));
}

Result<TimeZone> TimeZone::find(std::string_view name)
{
    if (name == "UTC")
        return TimeZone();
    if (!is_name(name))
        return Error { ErrorKind::not_found, "time zone: no such zone" };
    static Loaded loaded;
    const std::lock_guard lock(loaded.mutex);
    if (const auto known = loaded.zones.find(name); known != loaded.zones.end())
        return known->second;
    auto zone = load(name);
    if (zone)
        loaded.zones.emplace(name, *zone);
    return zone;
}

LocalTime TimeZone::at(WallTime time) const
{
    using namespace std::chrono;
    static constexpr auto first = sys_seconds(sys_days(year(1) / January / 2)).time_since_epoch();
    static constexpr auto last = sys_seconds(sys_days(year(9999) / December / 30)).time_since_epoch();
    const auto moment = std::clamp(floor<seconds>(microseconds(time.microseconds)), first, last);
    const ZoneOffset& offset = rules_->at(moment.count());
    const sys_seconds local(moment + seconds(offset.seconds));
    const auto date = floor<days>(local);
    const year_month_day ymd(date);
    const hh_mm_ss clock(local - date);
    LocalTime shown;
    shown.year = static_cast<int>(ymd.year());
    shown.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
    shown.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
    shown.weekday = static_cast<int>(weekday(date).c_encoding());
    shown.year_day = static_cast<int>((date - sys_days(ymd.year() / January / 1)).count());
    shown.hour = static_cast<int>(clock.hours().count());
    shown.minute = static_cast<int>(clock.minutes().count());
    shown.second = static_cast<int>(clock.seconds().count());
    shown.offset_seconds = offset.seconds;
    shown.zone = offset.abbreviation;
    shown.unix_seconds = moment.count();
    return shown;
}

} // namespace parley
