#include "host/flight_codec.h"

#include "host/flight_values.h"

namespace parley::flight {

namespace {

template <typename T> Result<T> decode(const Json& json)
{
    T value = blank<T>();
    if (!read(json, value))
        return Error { ErrorKind::invalid_request,
            std::string("no ") + std::string(type_name<T>()) + " of this version" };
    return value;
}

} // namespace

Json encode(const CallMade& made)
{
    return write(made);
}
Json encode(const SessionMade& made)
{
    return write(made);
}
Json encode(const CallEvent& event)
{
    return write(event);
}
Json encode(const CallOutput& output)
{
    return write(output);
}
Json encode(const agent::Event& event)
{
    return write(event);
}
Json encode(const agent::Command& command)
{
    return write(command);
}

Result<CallMade> decode_call(const Json& json)
{
    return decode<CallMade>(json);
}
Result<SessionMade> decode_session(const Json& json)
{
    return decode<SessionMade>(json);
}
Result<CallEvent> decode_call_event(const Json& json)
{
    return decode<CallEvent>(json);
}
Result<agent::Event> decode_session_event(const Json& json)
{
    return decode<agent::Event>(json);
}

} // namespace parley::flight
