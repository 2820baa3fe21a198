// room: sip

#include "sip/digest_client.h"
#include "sip/digest_server.h"

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The input is the value of an Authorization field, and of a challenge. What can be read is written and read back the
// same, and nothing that was not computed from the password gets in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    using namespace parley::sip;

    const std::string text(reinterpret_cast<const char*>(bytes), size);
    if (const auto credentials = parse_credentials(text)) {
        const auto again = parse_credentials(write(*credentials));
        // A control character within quotes is left out when it is written.
        VERIFY(again || again.error().kind == ErrorKind::invalid_request);
    }
    DigestServerSettings settings;
    settings.key = "a key of sixteen bytes and more";
    DigestServer server(settings, { { "ann", make_secret("ann", settings.realm, "secret") } });
    Request request { "REGISTER", "sip:parley" };
    request.headers.add("Authorization", text);
    VERIFY(server.check(request, "198.51.100.7", Instant(1s)).kind != DigestVerdict::Kind::accepted);

    Response response { 401, "Unauthorized" };
    response.headers.add("WWW-Authenticate", text);
    DigestClient client({ "ann", "secret" });
    if (client.take_challenges(response, 0)) {
        IdSource ids(1);
        client.authorize(request, ids);
        VERIFY(request.headers.count("Authorization") == 1);
    }
    return 0;
}
