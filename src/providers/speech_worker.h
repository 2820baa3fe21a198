#pragma once

// `parley speech-worker`: the process in which the embedded engines live.
// It loads and warms the recogniser and the voices once, then forks one child per lane, so that the children share the
// models' memory, a crash costs one utterance, and the threaded server never forks. It knows nothing of calls.
namespace parley {

struct SpeechWorkerOptions {
    int decoders = 2; // Lanes 0 .. decoders - 1, one recogniser each.
    int voices = 1;   // The lanes after them, one synthesiser each.
    int fd = 3;       // The socket to the server (`subprocess_fd`); frames as in `speech_protocol.h`.
};

// Returns the process's exit code once the other end of `fd` is closed (0), or when nothing could be loaded (1).
int run_speech_worker(const SpeechWorkerOptions&);

} // namespace parley
