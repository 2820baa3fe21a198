#pragma once

#include "net/dns_lookup.h"
#include "net/http_client.h"
#include "net/http_url.h"

#include <curl/curl.h>

#include <memory>
#include <vector>

// One request of the `HttpClient` from URL to last byte, over as many hops and addresses as it takes. Lives on the
// outbound loop. For the .cc files of `net/` alone.
namespace parley {

// What a transfer tells; carried to the requester's thread by the client.
struct TransferEvents {
    std::function<void(HttpResponse)> head;
    std::function<void(std::string)> body;          // Empty: the body is collected.
    std::function<void(Result<HttpResponse>)> done; // Once. The transfer may be destroyed inside.
};

class HttpTransfer {
public:
    HttpTransfer(EventLoop&, CURLM* multi, HttpClientRequest, TransferEvents);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    void start();
    void hop_done(CURLcode); // The library finished with the handle of this transfer.
    [[nodiscard]] static HttpTransfer& of(CURL*);

private:
    void look_up();
    void resolved(Result<std::vector<IpAddress>>);
    void connect();
    void set_up_method(CURL*);
    [[nodiscard]] Result<void> set_up_headers(CURL*);
    void set_up_connection(CURL*);
    void release_handle();
    void redirect();
    void arm_idle();
    void finish(Result<HttpResponse>);
    void fail(ErrorKind, std::string what);

    [[nodiscard]] bool redirects() const;
    std::size_t header_line(std::string_view);
    std::size_t body_piece(std::string_view);
    int connected(const char* ip);
    int open_socket(const curl_sockaddr&) const;

    EventLoop& loop_;
    CURLM* const multi_;
    HttpClientRequest request_;
    TransferEvents events_;

    HttpUrl url_;
    int hops_ = 0;
    bool same_origin_ = true; // As the first URL: credentials may go along.
    std::unique_ptr<DnsLookup> lookup_;
    std::vector<IpAddress> addresses_; // Allowed ones not yet tried, the current one first.

    CURL* easy_ = nullptr;
    curl_slist* headers_ = nullptr;
    curl_slist* connect_to_ = nullptr;
    bool connected_ = false;

    HttpResponse response_;
    bool head_done_ = false;
    std::size_t received_ = 0;
    std::optional<Error> refused_; // Why we stopped the library.

    Instant last_byte_ {};
    Timer connect_timer_;
    Timer total_timer_;
    Timer idle_timer_;
};

} // namespace parley
