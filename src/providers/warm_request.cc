#include "providers/warm_request.h"

#include "net/clock.h"
#include "net/event_loop.h"

#include <utility>

namespace parley {

WarmRequest::WarmRequest(Options options, HttpClient& client, EventLoop& home)
    : options_(std::move(options))
    , client_(client)
    , home_(home)
{
}

void WarmRequest::warm()
{
    if (!options_.wanted || now() < warm_until_)
        return;
    warm_until_ = now() + stays_warm;
    HttpClientRequest request;
    request.method = "HEAD";
    request.url = options_.url;
    request.policy = OutboundPolicy::unrestricted(); // The operator wrote this URL.
    request.connect_timeout = options_.connect_timeout;
    request.total_timeout = answer_within;
    request.ca_file = options_.ca_file;
    // Whatever it answers, the connection is there; if it does not answer, the request itself will find that out.
    exchange_ = client_.start(std::move(request), {}, home_);
}

void WarmRequest::used()
{
    warm_until_ = now() + stays_warm;
}

} // namespace parley
