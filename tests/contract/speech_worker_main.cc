// `parley speech-worker` alone, so that the tests need not link the server.

#include "providers/speech_worker.h"

#include <cstdlib>
#include <cstring>

int main(int argc, char** argv)
{
    parley::SpeechWorkerOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--decoders") == 0)
            options.decoders = std::atoi(argv[i + 1]);
        if (std::strcmp(argv[i], "--voices") == 0)
            options.voices = std::atoi(argv[i + 1]);
    }
    return parley::run_speech_worker(options);
}
