#pragma once

#include "base/id.h"
#include "base/log.h"
#include "rest/access_keys.h"
#include "rest/call_door.h"
#include "rest/request.h"
#include "rest/response.h"
#include "store/message_store.h"

#include <functional>

// The REST door to the log: routes, credentials, queries, page tokens, errors, the JSON of each resource.
// Also the door for commands to calls (`call_commands.h`). Turns a request value into a response value; knows no
// sockets and no threads.
namespace parley {

class RestApi {
public:
    // Called once for each request: before `handle` returns, or later on a thread of the store's own.
    using Respond = std::function<void(RestResponse)>;

    // Store and calls outlive this.
    RestApi(MessageStore& store, CallDoor& calls, AccessKeys keys, IdSource ids, Log log);

    // For requests from now on.
    void renew(AccessKeys keys) { keys_ = std::move(keys); }

    // Used by one thread. What it starts does not refer to this object.
    void handle(const RestRequest&, Respond);

private:
    MessageStore& store_;
    CallDoor& calls_;
    AccessKeys keys_;
    IdSource ids_;
    Log log_;
};

} // namespace parley
