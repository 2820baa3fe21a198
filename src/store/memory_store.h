#pragma once

#include "store/message_store.h"
#include "store/stamp.h"

#include <functional>
#include <memory>

namespace parley {

// The log in memory: the same promises as a database for as long as the process lives. For tests and for machines that
// want a store without a file.
// One thread uses it; it answers before the call returns.
class MemoryStore final : public MessageStore {
public:
    explicit MemoryStore(std::function<WallTime()> wall_clock);
    ~MemoryStore() override;

    void append(Message, Answer<Stored> committed) override;
    void list(MessageQuery, Answer<MessagePage>) override;
    void get(CustomerId, MessageId, Answer<Message>) override;

    void put(AiCall, Answer<Stored> committed) override;
    void list_ai_calls(PageQuery, Answer<Page<AiCall>>) override;
    void get_ai_call(CustomerId, AiSessionId, Answer<AiCall>) override;

    void put(Activeflow, Answer<Stored> committed) override;
    void list_activeflows(PageQuery, Answer<Page<Activeflow>>) override;
    void get_activeflow(CustomerId, ActiveflowId, Answer<Activeflow>) override;

    void put(Customer, Answer<Stored> committed) override;
    void list_customers(PageQuery, Answer<Page<Customer>>) override;
    void get_customer(CustomerId, Answer<Customer>) override;

    [[nodiscard]] std::size_t backlog() const override { return 0; }

private:
    struct Tables;

    std::function<WallTime()> wall_clock_;
    Stamp stamp_;
    std::unique_ptr<Tables> tables_;
};

} // namespace parley
