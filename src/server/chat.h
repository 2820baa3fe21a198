#pragma once

#include "server/cli.h"

// `parley chat`: an agent in the terminal, the same as on a call but for the sound. Lines of standard input are the
// user's; what the agent says, and the tools that it uses, stand on standard output.
namespace parley {

// Blocks until the input ends, the agent hangs up, or a signal comes. 0: the session ended well.
int run_chat(const ChatArguments&);

} // namespace parley
