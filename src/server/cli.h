#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

// The command line as values. Parses and explains; does nothing.
namespace parley {

struct ServeArguments {
    std::string config;
    bool check = false; // Check the configuration and end.
};

// The rest of the line belongs to the caller (`server/caller.h`).
struct CallArguments {
    std::vector<std::string> rest;
};

// The same agent as on a call, in a terminal.
struct ChatArguments {
    std::string agent;     // A file: the `ai` object as JSON or YAML.
    std::string config;    // Names the language model; empty: the offline one.
    std::string project;   // Whose outbound policy webhooks are under; empty: none, the operator wrote the file.
    bool messages = false; // Print each row of the message log as JSON, in place of the conversation.
};

struct DoctorArguments {
    std::string config;
    std::string stun; // address:port of a STUN server to be asked; empty: none is.
};

struct ReplayArguments {
    std::string file;
    bool content = false; // Show what was said and asked, not only the names.
};

struct SpeechWorkerArguments {
    int decoders = 2;
    int voices = 1;
    int fd = 3; // The socket to the server that started it.
};

struct OfflineModelArguments {
    std::string listen = "127.0.0.1:0";
    std::string rules; // Empty: the built-in ones.
};

struct VersionArguments { };

// Nothing to do but print: help, or what was wrong with the line.
struct UsageAnswer {
    std::string text;
    int exit_code = 0;
};

using Arguments = std::variant<ServeArguments, CallArguments, ChatArguments, DoctorArguments, ReplayArguments,
    SpeechWorkerArguments, OfflineModelArguments, VersionArguments, UsageAnswer>;

[[nodiscard]] Arguments parse_arguments(int argc, const char* const* argv);

} // namespace parley
