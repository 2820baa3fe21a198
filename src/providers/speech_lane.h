#pragma once

// What one child of the speech worker does until its socket is closed. Runs in a process of its own.
namespace parley {

class SphinxDecoder;

void run_listening_lane(int fd, int lane, SphinxDecoder&);
void run_speaking_lane(int fd, int lane);

} // namespace parley
