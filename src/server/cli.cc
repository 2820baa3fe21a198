#include "server/cli.h"

#include <CLI/CLI.hpp>

#include <sstream>

namespace parley {

Arguments parse_arguments(int argc, const char* const* argv)
{
    CLI::App app { "Parley: telephone calls answered by an AI agent that your program steers" };
    app.name("parley");
    app.require_subcommand(1);

    ServeArguments serve;
    CLI::App* serve_command = app.add_subcommand("serve", "Answer calls");
    serve_command->add_option("--config", serve.config, "YAML file; examples/parley.yaml explains it")->required();
    serve_command->add_flag("--check", serve.check, "Check the configuration and end");

    CallArguments call;
    CLI::App* call_command = app.add_subcommand("call", "Call a SIP address and speak; see `parley call --help`");
    call_command->prefix_command();
    call_command->set_help_flag();

    ChatArguments chat;
    CLI::App* chat_command = app.add_subcommand("chat", "Talk to an agent in the terminal, by text");
    chat_command->add_option("agent", chat.agent, "The `ai` object of calling.ai as a JSON or YAML file")->required();
    chat_command->add_option(
        "--config", chat.config, "Use the language model of this configuration, not the offline one");
    chat_command->add_option("--project", chat.project, "Put webhooks under this project's outbound policy");
    chat_command->add_flag("--messages", chat.messages, "Print the rows of the message log, a JSON object a line");

    DoctorArguments doctor;
    CLI::App* doctor_command = app.add_subcommand("doctor", "Look for what would keep a server from working");
    doctor_command->add_option("--config", doctor.config, "The YAML file that the server would read")->required();
    doctor_command->add_option(
        "--stun", doctor.stun, "address:port of a STUN server: where do others see this machine?");

    ReplayArguments replayed;
    CLI::App* replay_command = app.add_subcommand("replay", "Play a recorded call through the machines again");
    replay_command->add_option("file", replayed.file, "A flight record with content (log.flight_content)")->required();
    replay_command->add_flag("--content", replayed.content, "Show what was said and asked, not only the names");

    SpeechWorkerArguments speech_worker;
    CLI::App* worker_command = app.add_subcommand("speech-worker", "Recognise or speak for a server that started it");
    worker_command->add_option("--decoders", speech_worker.decoders, "Recognisers");
    worker_command->add_option("--voices", speech_worker.voices, "Voices");
    worker_command->add_option("--fd", speech_worker.fd, "The socket to the server");

    OfflineModelArguments offline;
    CLI::App* model_command = app.add_subcommand("offline-model", "Serve the offline model as Chat Completions");
    model_command->add_option("--listen", offline.listen, "address:port; port 0 lets the kernel choose")
        ->capture_default_str();
    model_command->add_option("--rules", offline.rules, "A rule file instead of the built-in rules");

    CLI::App* version_command = app.add_subcommand("version", "Print the version");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::ostringstream text;
        const int code = app.exit(e, text, text);
        return UsageAnswer { text.str(), code };
    }
    if (serve_command->parsed())
        return serve;
    if (call_command->parsed())
        return CallArguments { call_command->remaining() };
    if (chat_command->parsed())
        return chat;
    if (doctor_command->parsed())
        return doctor;
    if (replay_command->parsed())
        return replayed;
    if (worker_command->parsed())
        return speech_worker;
    if (model_command->parsed())
        return offline;
    (void)version_command;
    return VersionArguments {};
}

} // namespace parley
