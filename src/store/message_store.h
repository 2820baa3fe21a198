#pragma once

#include "base/result.h"
#include "store/ai_call.h"
#include "store/message.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace parley {

inline constexpr std::size_t max_page_size = 100;

// Rows strictly older than `before`, newest first.
struct PageQuery {
    CustomerId customer;
    std::optional<WallTime> before;
    std::size_t limit = max_page_size;
};

struct MessageQuery : PageQuery {
    AiSessionId session;
};

template <typename Row> struct Page {
    std::vector<Row> rows;
};
using MessagePage = Page<Message>;

// What was made durable and the time it was given.
struct Stored {
    WallTime created;
};

// The log of every AI message and the sessions, calls and customers that its rows name. Never blocks; operations take
// effect in the order of the calls, and an answer comes only when what it says is durable. A read sees everything that
// was written before it. Answers are delivered on a thread of the store's own: the carrier posts them on. `created` is
// strictly increasing over all rows of a table and above the newest stored one, clock steps included.
//
// An answer `conflict` says that the row is not stored and never will be (its id is taken). `unavailable` says that it
// is not durable: the store still tries while the process lives, unless the queue was full, and `what` says which.
class MessageStore {
public:
    template <typename T> using Answer = std::function<void(Result<T>)>;

    virtual ~MessageStore() = default;

    virtual void append(Message, Answer<Stored> committed) = 0;
    virtual void list(MessageQuery, Answer<MessagePage>) = 0;
    virtual void get(CustomerId, MessageId, Answer<Message>) = 0; // not_found also for another customer's.

    // Inserts, or updates status, updated and ended (`updated_row`). Answers with the time of the first insert.
    virtual void put(AiCall, Answer<Stored> committed) = 0;
    virtual void list_ai_calls(PageQuery, Answer<Page<AiCall>>) = 0;
    virtual void get_ai_call(CustomerId, AiSessionId, Answer<AiCall>) = 0;

    virtual void put(Activeflow, Answer<Stored> committed) = 0;
    virtual void list_activeflows(PageQuery, Answer<Page<Activeflow>>) = 0;
    virtual void get_activeflow(CustomerId, ActiveflowId, Answer<Activeflow>) = 0;

    virtual void put(Customer, Answer<Stored> committed) = 0;
    virtual void list_customers(PageQuery, Answer<Page<Customer>>) = 0; // PageQuery::customer is ignored.
    virtual void get_customer(CustomerId, Answer<Customer>) = 0;

    // Appends that are queued and not yet durable; admission looks at it.
    [[nodiscard]] virtual std::size_t backlog() const = 0;
};

} // namespace parley
