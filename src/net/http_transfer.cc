#include "net/http_transfer.h"

#include "net/clock.h"
#include "net/socket_calls.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::size_t max_head_bytes = 64 * 1024;

bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; // RFC 9110 5.6.2
    });
}

bool is_field_value(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    return text;
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace

HttpTransfer::HttpTransfer(EventLoop& loop, CURLM* multi, HttpClientRequest request, TransferEvents events)
    : loop_(loop)
    , multi_(multi)
    , request_(std::move(request))
    , events_(std::move(events))
    , connect_timer_(loop)
    , total_timer_(loop)
    , idle_timer_(loop)
{
}

HttpTransfer::~HttpTransfer()
{
    release_handle();
}

HttpTransfer& HttpTransfer::of(CURL* easy)
{
    void* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    return *static_cast<HttpTransfer*>(self);
}

void HttpTransfer::start()
{
    auto url = parse_http_url(request_.url);
    if (!url) {
        finish(std::move(url.error()));
        return;
    }
    url_ = std::move(*url);
    if (!request_.basic_auth)
        request_.basic_auth = url_.user;
    if (!is_token(request_.method)) {
        fail(ErrorKind::invalid_request, "method: not a token");
        return;
    }
    last_byte_ = now();
    connect_timer_.set(now() + request_.connect_timeout,
        [this] { fail(ErrorKind::timed_out, "no connection to " + url_.host + " in time"); });
    if (request_.total_timeout > Duration::zero())
        total_timer_.set(now() + request_.total_timeout,
            [this] { fail(ErrorKind::timed_out, "no complete answer of " + url_.host + " in time"); });
    if (request_.idle_timeout > Duration::zero())
        arm_idle();
    look_up();
}

void HttpTransfer::arm_idle()
{
    idle_timer_.set(last_byte_ + request_.idle_timeout, [this] {
        if (now() >= last_byte_ + request_.idle_timeout)
            fail(ErrorKind::timed_out, url_.host + " fell silent");
        else
            arm_idle();
    });
}

void HttpTransfer::look_up()
{
    if (const auto literal = parse_ip(url_.host)) {
        resolved(std::vector { *literal });
        return;
    }
    lookup_ = std::make_unique<DnsLookup>(
        loop_, DnsLookup::Type::addresses, url_.host, [this](Result<DnsLookup::Records> found) {
            if (found)
                resolved(std::get<std::vector<IpAddress>>(std::move(*found)));
            else
                resolved(std::move(found.error()));
        });
}

void HttpTransfer::resolved(Result<std::vector<IpAddress>> found)
{
    if (!found) {
        finish(std::move(found.error()));
        return;
    }
    addresses_ = std::move(*found);
    std::erase_if(addresses_, [this](const IpAddress& address) { return !request_.policy.allows(address); });
    if (addresses_.empty()) {
        fail(ErrorKind::invalid_request, "url: the address of " + url_.host + " is not allowed");
        return;
    }
    connect();
}

void HttpTransfer::connect()
{
    easy_ = curl_easy_init();
    if (!easy_) {
        fail(ErrorKind::unavailable, "no memory for a request");
        return;
    }
    response_ = {};
    head_done_ = false;
    received_ = 0;
    connected_ = false;
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_URL, url_.text.c_str());
    curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L); // Each hop passes the policy again: `redirect`.
    if (!request_.ca_file.empty())
        curl_easy_setopt(easy_, CURLOPT_CAINFO, request_.ca_file.c_str());
    set_up_connection(easy_);
    set_up_method(easy_);
    if (auto set = set_up_headers(easy_); !set) {
        finish(set.error());
        return;
    }
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK)
        fail(ErrorKind::unavailable, "the request could not start");
}

void HttpTransfer::set_up_connection(CURL* easy)
{
    // The connection is pinned to an address that passed the policy. Unlike a DNS entry this is part of what a pooled
    // connection is found by, so nobody gets a connection that was opened under another policy.
    const std::string ip = to_string(addresses_.front());
    const std::string target = "::" + (addresses_.front().v6 ? "[" + ip + "]" : ip) + ":" + std::to_string(url_.port);
    connect_to_ = curl_slist_append(nullptr, target.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); // A proxy of the environment would connect for us, unchecked.
    const auto share = request_.connect_timeout / static_cast<int>(addresses_.size());
    curl_easy_setopt(
        easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, to_milliseconds(share))));

    // Told apart from the pinning on purpose: whatever the library does, it reaches no other address.
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(
        easy, CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) -> curl_socket_t {
            return static_cast<const HttpTransfer*>(self)->open_socket(*address);
        });
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(
        easy, CURLOPT_PREREQFUNCTION, +[](void* self, char* ip_text, char*, int, int) {
            return static_cast<HttpTransfer*>(self)->connected(ip_text);
        });
}

int HttpTransfer::open_socket(const curl_sockaddr& address) const
{
    const auto ip = parse_ip(from_system(&address.addr).ip);
    if (!ip || *ip != addresses_.front())
        return CURL_SOCKET_BAD;
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

int HttpTransfer::connected(const char* ip_text)
{
    const auto ip = parse_ip(ip_text);
    if (!ip || *ip != addresses_.front()) {
        refused_ = Error { ErrorKind::invalid_request, "url: the address of " + url_.host + " is not allowed" };
        return CURL_PREREQFUNC_ABORT;
    }
    connected_ = true;
    connect_timer_.cancel();
    return CURL_PREREQFUNC_OK;
}

void HttpTransfer::set_up_method(CURL* easy)
{
    const bool carries_body
        = !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
    if (carries_body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str()); // Stays where it is until the hop is over.
    }
    if (request_.method == "HEAD")
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (request_.method != (carries_body ? "POST" : "GET"))
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(
        easy, CURLOPT_HEADERFUNCTION, +[](char* text, std::size_t size, std::size_t count, void* self) {
            return static_cast<HttpTransfer*>(self)->header_line({ text, size * count });
        });
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(
        easy, CURLOPT_WRITEFUNCTION, +[](char* text, std::size_t size, std::size_t count, void* self) {
            return static_cast<HttpTransfer*>(self)->body_piece({ text, size * count });
        });
}

Result<void> HttpTransfer::set_up_headers(CURL* easy)
{
    const auto append = [this](const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); };
    for (const auto& [name, value] : request_.headers) {
        if (!is_token(name) || !is_field_value(value))
            return Error { ErrorKind::invalid_request, "headers: not a valid header field" };
        const bool secret = equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name, "Cookie")
            || equal_ignoring_case(name, "Proxy-Authorization");
        const bool ours = equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding")
            || equal_ignoring_case(name, "Expect");
        const bool replaced = equal_ignoring_case(name, "Authorization") && request_.basic_auth;
        if (ours || replaced || (secret && !same_origin_))
            continue;
        append(
            value.empty() ? name + ";" : name + ": " + value); // "Name;" is the library's spelling of an empty value.
    }
    if (request_.basic_auth && same_origin_)
        append("Authorization: " + basic_authorization(request_.basic_auth->first, request_.basic_auth->second));
    append("Expect:"); // No waiting for "100 Continue".
    if (!request_.headers.contains("Content-Type"))
        append("Content-Type:"); // Nor a guess what the body is.
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    return {};
}

void HttpTransfer::release_handle()
{
    if (easy_) {
        curl_multi_remove_handle(multi_, easy_);
        curl_easy_cleanup(std::exchange(easy_, nullptr));
    }
    curl_slist_free_all(std::exchange(headers_, nullptr));
    curl_slist_free_all(std::exchange(connect_to_, nullptr));
}

bool HttpTransfer::redirects() const
{
    return request_.follow_redirects && is_redirect(response_.status) && response_.headers.contains("Location");
}

std::size_t HttpTransfer::header_line(std::string_view line)
{
    last_byte_ = now();
    received_ += head_done_ ? 0 : line.size();
    if (!head_done_ && received_ > max_head_bytes) {
        refused_ = Error { ErrorKind::limit_reached, "the answer's headers are too large" };
        return 0;
    }
    if (head_done_)
        return line.size(); // Trailers.
    if (line.starts_with("HTTP/")) {
        response_ = {};
        const auto space = line.find(' ');
        response_.status
            = space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        response_.headers.add(
            std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1))));
    } else if (trimmed(line).empty() && response_.status >= 200) { // 1xx announce another head.
        head_done_ = true;
        received_ = 0;
        if (!redirects() && events_.head)
            events_.head(response_);
    }
    return line.size();
}

std::size_t HttpTransfer::body_piece(std::string_view piece)
{
    last_byte_ = now();
    received_ += piece.size();
    if (received_ > request_.max_response_bytes) {
        refused_ = Error { ErrorKind::limit_reached, "the answer of " + url_.host + " is too large" };
        return 0;
    }
    if (redirects())
        return piece.size();
    if (events_.body)
        events_.body(std::string(piece));
    else
        response_.body += piece;
    return piece.size();
}

void HttpTransfer::hop_done(CURLcode code)
{
    release_handle();
    if (refused_) {
        finish(std::move(*refused_));
    } else if (code != CURLE_OK && !connected_ && addresses_.size() > 1) {
        addresses_.erase(addresses_.begin());
        connect();
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        fail(ErrorKind::timed_out, "no connection to " + url_.host + " in time");
    } else if (code != CURLE_OK) {
        fail(ErrorKind::unavailable, url_.host + ": " + curl_easy_strerror(code));
    } else if (redirects()) {
        redirect();
    } else {
        finish(std::move(response_));
    }
}

void HttpTransfer::redirect()
{
    if (++hops_ > HttpClient::max_redirects) {
        fail(ErrorKind::invalid_request, "url: too many redirects");
        return;
    }
    auto next = follow_location(url_, std::string(*response_.headers.find("Location")));
    if (!next) {
        finish(std::move(next.error()));
        return;
    }
    same_origin_ = same_origin_ && next->same_origin(url_);
    url_ = std::move(*next);
    const bool keeps_method = response_.status == 307 || response_.status == 308 || request_.method == "HEAD";
    if (!keeps_method) {
        request_.method = "GET";
        request_.body.clear();
        request_.headers.remove("Content-Type");
    }
    connect_timer_.set(now() + request_.connect_timeout,
        [this] { fail(ErrorKind::timed_out, "no connection to " + url_.host + " in time"); });
    look_up();
}

void HttpTransfer::fail(ErrorKind kind, std::string what)
{
    finish(Error { kind, std::move(what) });
}

void HttpTransfer::finish(Result<HttpResponse> result)
{
    lookup_.reset();
    release_handle();
    connect_timer_.cancel();
    total_timer_.cancel();
    idle_timer_.cancel();
    const auto done = std::move(events_.done);
    done(std::move(result));
}

} // namespace parley
