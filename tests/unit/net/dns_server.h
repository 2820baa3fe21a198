#pragma once

#include "net/dns_lookup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace parley {

// A name server of a test's own on a port of 127.0.0.1, UDP and TCP, with a thread of its own (RFC 1035). It knows the
// names that the test tells it, and may be told to behave badly about some. To be filled before it is asked.
class DnsServer {
public:
    enum class Manner : std::uint8_t {
        truthful,
        silent,
        fails,      // SERVFAIL
        garbage,    // Bytes that are no message.
        broken,     // A response whose record ends in the middle.
        truncated,  // Over UDP nothing but the TC bit.
        lies_first, // Somebody else's response with another number comes before the true one: 203.0.113.6.
    };

    DnsServer()
        : udp_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
        , tcp_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
        , stop_(::eventfd(0, EFD_CLOEXEC))
    {
        bind_both();
        thread_ = std::thread([this] { serve(); });
    }
    ~DnsServer()
    {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
        thread_.join();
        for (const int fd : { udp_, tcp_, stop_ })
            ::close(fd);
    }
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

    void address(const std::string& name, const std::string& ip)
    {
        std::array<std::uint8_t, 16> bytes {};
        const bool v6 = ip.find(':') != std::string::npos;
        if (::inet_pton(v6 ? AF_INET6 : AF_INET, ip.c_str(), bytes.data()) != 1)
            throw std::invalid_argument(ip);
        add(name, v6 ? aaaa : a, std::string(bytes.begin(), bytes.begin() + (v6 ? 16 : 4)));
    }
    void alias(const std::string& name, const std::string& target) { add(name, cname, wire_name(target)); }
    void srv(const std::string& name, const DnsSrv& one)
    {
        add(name, srv_type, number(one.priority) + number(one.weight) + number(one.port) + wire_name(one.target));
    }
    void naptr(const std::string& name, const DnsNaptr& one)
    {
        add(name, naptr_type,
            number(one.order) + number(one.preference) + counted(one.flags) + counted(one.service) + counted("")
                + wire_name(one.replacement));
    }
    // About a name, or about one question as `asked` shows it; "" is everything.
    void behave(Manner manner, const std::string& name = "")
    {
        const std::lock_guard lock(mutex_);
        manners_[name] = manner;
    }

    [[nodiscard]] DnsOptions options() const { return { .servers = { local_ } }; }
    // For servers that do not answer; how long a look-up takes then: 150 ms.
    [[nodiscard]] DnsOptions impatient() const { return { .servers = { local_ }, .one_try = 50ms, .tries = 2 }; }

    // "SRV _sip._udp.carrier.test", in the order of asking; over TCP with " (TCP)" behind it.
    // Waits at most 20 s until there are so many: a question that nobody waits for may still be on its way.
    [[nodiscard]] std::vector<std::string> asked(std::size_t at_least = 0)
    {
        std::unique_lock lock(mutex_);
        heard_.wait_for(lock, std::chrono::seconds(20), [&] { return asked_.size() >= at_least; });
        return asked_;
    }

private:
    enum Type : std::uint16_t { a = 1, cname = 5, aaaa = 28, srv_type = 33, naptr_type = 35 };
    struct Question {
        std::string name;
        std::uint16_t type = 0;
        std::string bytes; // As it was asked.
    };

    static std::string number(std::size_t value)
    {
        return { static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff) };
    }
    static std::uint16_t number_at(std::string_view bytes, std::size_t at)
    {
        return static_cast<std::uint16_t>(
            static_cast<unsigned char>(bytes.at(at)) << 8 | static_cast<unsigned char>(bytes.at(at + 1)));
    }
    static std::string counted(const std::string& text) { return static_cast<char>(text.size()) + text; }
    static std::string wire_name(std::string_view name)
    {
        std::string wire;
        while (!name.empty()) {
            const std::string_view label = name.substr(0, name.find('.'));
            wire += counted(std::string(label));
            name.remove_prefix(std::min(name.size(), label.size() + 1));
        }
        return wire + '\0';
    }
    static std::string record(const std::string& name, std::uint16_t type, const std::string& content)
    {
        return wire_name(name) + number(type) + number(1) + number(0) + number(60) + number(content.size()) + content;
    }
    static Question question_of(std::string_view query)
    {
        Question question;
        std::size_t at = 12;
        while (const auto length = static_cast<unsigned char>(query.at(at))) {
            question.name += (question.name.empty() ? "" : ".") + std::string(query.substr(at + 1, length));
            at += length + 1U;
        }
        question.type = number_at(query, at + 1);
        question.bytes = query.substr(12, at + 5 - 12);
        return question;
    }
    static std::string response(
        std::uint16_t id, std::uint16_t flags, const Question& question, std::size_t count, const std::string& records)
    {
        return number(id) + number(0x8180U | flags) + number(1) + number(count) + number(0) + number(0) + question.bytes
            + records;
    }

    void bind_both()
    {
        const timeval bound { 5, 0 };
        for (int attempt = 0; attempt < 20; ++attempt) { // The other kind of port may be taken.
            sockaddr_in address {};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            auto* const general = reinterpret_cast<sockaddr*>(&address);
            socklen_t size = sizeof address;
            if (::bind(tcp_, general, size) != 0 || ::listen(tcp_, 8) != 0 || ::getsockname(tcp_, general, &size) != 0)
                break;
            ::setsockopt(tcp_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
            local_ = { "127.0.0.1", ntohs(address.sin_port) };
            if (::bind(udp_, general, size) == 0)
                return;
            ::close(std::exchange(tcp_, ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
        }
        throw std::runtime_error("no port for a name server");
    }

    void add(const std::string& name, Type type, std::string content)
    {
        const std::lock_guard lock(mutex_);
        records_[name][type].push_back(std::move(content));
    }

    void serve()
    {
        while (true) {
            std::array<pollfd, 3> ready { { { udp_, POLLIN, 0 }, { tcp_, POLLIN, 0 }, { stop_, POLLIN, 0 } } };
            ::poll(ready.data(), ready.size(), -1);
            if (ready[2].revents != 0)
                return;
            if (ready[0].revents != 0)
                serve_datagram();
            if (ready[1].revents != 0)
                serve_connection();
        }
    }

    void serve_datagram()
    {
        std::array<char, 1500> bytes {};
        sockaddr_in source {};
        socklen_t size = sizeof source;
        const auto got = ::recvfrom(udp_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&source), &size);
        if (got < 17)
            return;
        for (const std::string& reply : replies({ bytes.data(), static_cast<std::size_t>(got) }, false))
            ::sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&source), size);
    }

    // One query a connection.
    void serve_connection()
    {
        const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
        std::array<char, 1500> bytes {};
        std::size_t have = 0;
        while (have < 2 || have < 2U + number_at({ bytes.data(), 2 }, 0)) {
            const auto got = ::recv(fd, bytes.data() + have, bytes.size() - have, 0);
            if (got <= 0)
                break;
            have += static_cast<std::size_t>(got);
        }
        if (have > 19)
            for (const std::string& reply : replies({ bytes.data() + 2, have - 2 }, true)) {
                const std::string framed = number(reply.size()) + reply;
                ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
            }
        ::close(fd);
    }

    std::vector<std::string> replies(std::string_view query, bool over_tcp)
    {
        const std::lock_guard lock(mutex_);
        const std::uint16_t id = number_at(query, 0);
        const Question question = question_of(query);
        asked_.push_back(word(question.type) + ' ' + question.name + (over_tcp ? " (TCP)" : ""));
        heard_.notify_all();
        switch (manner_of(question)) {
        case Manner::truthful: break;
        case Manner::silent: return {};
        case Manner::fails: return { response(id, 2, question, 0, "") };
        case Manner::garbage: return { "garbage", std::string(40, '\xff') };
        case Manner::broken: {
            const std::string whole = record(question.name, question.type, std::string(40, '\xff'));
            return { response(id, 0, question, 1, whole.substr(0, whole.size() - 20)) };
        }
        case Manner::truncated:
            if (over_tcp)
                break;
            return { response(id, 0x0200, question, 0, "") };
        case Manner::lies_first:
            return { response(id ^ 1U, 0, question, 1, record(question.name, a, std::string("\xcb\x00\x71\x06", 4))),
                truth(id, question) };
        }
        return { truth(id, question) };
    }

    std::string truth(std::uint16_t id, const Question& question) const
    {
        std::string name = question.name;
        std::string found;
        std::size_t count = 0;
        auto known = records_.find(name);
        while (known != records_.end() && known->second.contains(cname)) {
            const std::string& target = known->second.at(cname).front();
            found += record(name, cname, target);
            ++count;
            name = question_of(std::string(12, '\0') + target + std::string(4, '\0')).name;
            known = records_.find(name);
        }
        if (known == records_.end())
            return response(id, 3, question, count, found); // NXDOMAIN
        if (const auto records = known->second.find(question.type); records != known->second.end())
            for (const std::string& content : records->second) {
                found += record(name, question.type, content);
                ++count;
            }
        return response(id, 0, question, count, found);
    }

    Manner manner_of(const Question& question) const
    {
        for (const std::string& told : { word(question.type) + ' ' + question.name, question.name, std::string() })
            if (const auto manner = manners_.find(told); manner != manners_.end())
                return manner->second;
        return Manner::truthful;
    }
    static std::string word(std::uint16_t type)
    {
        switch (type) {
        case a: return "A";
        case aaaa: return "AAAA";
        case srv_type: return "SRV";
        case naptr_type: return "NAPTR";
        }
        return std::to_string(type);
    }

    int udp_;
    int tcp_;
    int stop_;
    SocketAddress local_;
    std::mutex mutex_;
    std::map<std::string, std::map<std::uint16_t, std::vector<std::string>>> records_; // By name and type.
    std::map<std::string, Manner> manners_;
    std::vector<std::string> asked_;
    std::condition_variable heard_;
    std::thread thread_;
};

} // namespace parley
