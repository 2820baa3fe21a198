// room: audio
// Sound files from strangers: whatever they hold, a sound or an error.
#include "audio/sound_file.h"

#include <cstdlib>

// Broken Ogg files leak a little in libsndfile; that is not ours to mend.
extern "C" const char* __lsan_default_suppressions()
{
    return "leak:vorbis_info_init\nleak:ogg_\nleak:sf_open_virtual\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const auto sound = parley::decode_sound_file({ reinterpret_cast<const std::byte*>(bytes), size });
    if (sound && (sound->sample_rate < 8'000 || sound->sample_rate > parley::highest_sound_rate))
        std::abort();
    return 0;
}
