#pragma once

// What one child of the speech worker does until its socket is closed. Runs in a process of its own.
namespace parley {

class LineRecogniser;

void run_listening_lane(int fd, int lane, LineRecogniser&);
void run_speaking_lane(int fd, int lane);

} // namespace parley
