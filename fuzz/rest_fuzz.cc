// room: rest
#include "base/json.h"
#include "rest/call_commands.h"
#include "rest/rest_api.h"
#include "store/memory_store.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace parley;

const char* const customer = "11111111-1111-4111-8111-111111111111";
const char* const session = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

// Takes every command and knows no call.
class NoCalls : public CallDoor {
public:
    void command(CallDoorRequest, Answer answer) override { answer(Error { ErrorKind::not_found, "no such call" }); }
};

// A log with one of everything.
struct Door {
    Door()
    {
        const auto stored = [](const Result<Stored>& result) { VERIFY(result.has_value()); };
        store.put(Customer { { customer }, "Acme", "", {} }, stored);
        AiCall ai_call;
        ai_call.id = { session };
        ai_call.customer = { customer };
        store.put(ai_call, stored);
        Message message;
        message.id = { session };
        message.customer = { customer };
        message.session = { session };
        message.content = "hello";
        store.append(message, stored);
    }

    MemoryStore store { [] { return WallTime { 1'709'287'205'000'000 }; } };
    NoCalls calls;
    RestApi api { store, calls, *AccessKeys::create({ { { customer }, "k" } }), IdSource(1), Log::none() };
};

std::string_view line_of(std::string_view& rest)
{
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

} // namespace

// First line: the target, or "POST" and the body of a command. Then headers. Every request is answered once, with an
// envelope if it failed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    static Door door;
    std::string_view rest { reinterpret_cast<const char*>(bytes), size };
    RestRequest request { "GET", std::string(line_of(rest)), {} };
    if (request.target.starts_with("POST")) {
        request.method = "POST";
        request.body = request.target.substr(4);
        request.target = call_commands_path;
        request.headers.emplace_back("Authorization", "Basic cDp0");
    }
    while (!rest.empty()) {
        std::string_view line = line_of(rest);
        const std::size_t colon = std::min(line.find(':'), line.size());
        request.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
    }
    int answers = 0;
    door.api.handle(request, [&](const RestResponse& response) {
        ++answers;
        const auto body = Json::parse(response.body);
        VERIFY(body.has_value());
        const Json* error = body->find("error");
        VERIFY((response.status >= 400) == (error != nullptr && error->is_object()));
        VERIFY(response.status == 200 || (response.status >= 400 && response.status < 500) || response.status == 501);
        const auto id = response.header("X-Request-Id");
        VERIFY(id && !id->empty() && id->find_first_of("\r\n") == std::string_view::npos);
    });
    VERIFY(answers == 1);
    return 0;
}
