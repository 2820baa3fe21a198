// room: store
#include "base/error.h"
#include "store/page_token.h"

#include <cstddef>
#include <cstdint>

// Whatever a client sends as a token: what is read is written and read back as the same time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const auto time = parley::time_from_text({ reinterpret_cast<const char*>(bytes), size });
    if (!time)
        return 0;
    const std::string text = parley::time_text(*time);
    VERIFY(text.size() == 27);
    // An offset may lead out of the years that can be written; they are moved to the nearest.
    const auto again = parley::time_from_text(text);
    VERIFY(again.has_value());
    VERIFY(parley::time_text(*again) == text);
    if (text > "0000-01-02" && text < "9999-12-31")
        VERIFY(*again == *time);
    return 0;
}
