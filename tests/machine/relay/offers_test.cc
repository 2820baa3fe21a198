#include "relay/offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

struct Told {
    std::string operator()(const OfferCall& c) const { return "offer " + c.call.value + " to " + c.connection.value; }
    std::string operator()(const CallTaken& c) const { return c.connection.value + " took " + c.call.value; }
    std::string operator()(const WithdrawOffer& c) const
    {
        return "withdraw " + c.call.value + " from " + c.connection.value;
    }
    std::string operator()(const RefuseCall& c) const { return "refuse " + c.call.value; }
};

class Story {
public:
    explicit Story(OfferPolicy policy = { 5s, 10s })
        : offers_(policy)
    {
    }
    Lines client(
        const char* name, std::set<ContextName> contexts = { ContextName { "office" } }, const char* project = "p")
    {
        return event(ClientSubscribed { ConnectionId { name }, ProjectId { project }, std::move(contexts) });
    }
    Lines leaves(const char* name) { return event(ClientLeft { ConnectionId { name } }); }
    Lines call(const char* id, const char* context = "office")
    {
        return event(CallArrived { CallId { id }, ProjectId { "p" }, ContextName { context } });
    }
    Lines acknowledges(const char* name, const char* id)
    {
        return event(OfferAcknowledged { CallId { id }, ConnectionId { name } });
    }
    Lines commands(const char* name, const char* id)
    {
        return event(CallCommanded { CallId { id }, ConnectionId { name } });
    }
    Lines over(const char* id) { return event(CallOver { CallId { id } }); }
    Lines after(Duration d)
    {
        now_ += d;
        std::vector<OfferCommand> out;
        offers_.handle_timeout(now_, out);
        return told(out);
    }
    [[nodiscard]] std::optional<Duration> due() const
    {
        const auto deadline = offers_.deadline();
        return deadline ? std::optional(*deadline - now_) : std::nullopt;
    }

    Lines event(const OfferEvent& e)
    {
        std::vector<OfferCommand> out;
        offers_.handle(e, now_, out);
        return told(out);
    }

private:
    static Lines told(const std::vector<OfferCommand>& out)
    {
        Lines lines;
        for (const auto& command : out)
            lines.push_back(std::visit(Told {}, command));
        return lines;
    }

    Instant now_ {};
    Offers offers_;
};

TEST(Offers, ACallGoesToTheClientOfItsContextAndProject) // Checklist 35
{
    Story story;
    story.client("a", { ContextName { "sales" } });
    story.client("b", { ContextName { "office" } }, "another project");
    story.client("c");
    EXPECT_THAT(story.call("1"), ElementsAre("offer 1 to c"));
    EXPECT_THAT(story.acknowledges("c", "1"), ElementsAre("c took 1"));
    EXPECT_THAT(story.commands("c", "1"), IsEmpty());
    EXPECT_FALSE(story.due());
}

TEST(Offers, CallsAreSpreadOverTheClients)
{
    Story story;
    story.client("a");
    story.client("b");
    EXPECT_THAT(story.call("1"), ElementsAre("offer 1 to a"));
    EXPECT_THAT(story.call("2"), ElementsAre("offer 2 to b"));
    story.acknowledges("a", "1");
    story.acknowledges("b", "2");
    story.over("2");
    EXPECT_THAT(story.call("3"), ElementsAre("offer 3 to b")); // Fewest calls.
    story.acknowledges("b", "3");
    EXPECT_THAT(story.call("4"), ElementsAre("offer 4 to a")); // As many, and asked longest ago.
}

TEST(Offers, WithoutAnAcknowledgementTheNextClientIsAskedAfter5Seconds)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    EXPECT_EQ(story.due(), Duration(5s));
    EXPECT_THAT(story.after(4'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("offer 1 to b"));
    EXPECT_THAT(story.acknowledges("b", "1"), ElementsAre("b took 1", "withdraw 1 from a"));
    EXPECT_THAT(story.acknowledges("a", "1"), IsEmpty());
}

TEST(Offers, AWithdrawnOfferNoLongerCountsAndIsNotCountedOffTwice)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.after(5s);
    story.acknowledges("b", "1"); // Withdrawn from a.
    for (const auto& [client, call] : { std::pair { "a", "2" }, std::pair { "b", "3" } }) {
        EXPECT_THAT(story.call(call), ElementsAre(std::string("offer ") + call + " to " + client));
        story.acknowledges(client, call);
    }
    story.over("1");
    for (const auto& [client, call] : { std::pair { "a", "4" }, std::pair { "b", "5" } }) {
        EXPECT_THAT(story.call(call), ElementsAre(std::string("offer ") + call + " to " + client));
        story.acknowledges(client, call);
    }
    story.over("5");
    EXPECT_THAT(story.call("6"), ElementsAre("offer 6 to b")); // a has two calls, b one.
}

TEST(Offers, ALateAcknowledgementStillCountsWhileNobodyElseTookTheCall)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.after(5s);
    EXPECT_THAT(story.acknowledges("a", "1"), ElementsAre("a took 1", "withdraw 1 from b"));
}

TEST(Offers, AClientThatLeavesBeforeItAcknowledgedIsReplacedAtOnce)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    EXPECT_THAT(story.leaves("a"), ElementsAre("offer 1 to b"));
    EXPECT_THAT(story.leaves("b"), IsEmpty());
    EXPECT_EQ(story.due(), Duration(10s));
}

TEST(Offers, WhoCommandsACallTookItEvenWithoutAnAcknowledgement)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    EXPECT_THAT(story.commands("a", "1"), ElementsAre("a took 1"));
    EXPECT_THAT(story.after(60s), IsEmpty()); // Neither offered to b nor refused.
    EXPECT_THAT(story.acknowledges("a", "1"), IsEmpty());
}

TEST(Offers, WhoCommandsACallThatOthersWereAskedForTakesItFromThem)
{
    Story story;
    story.client("a");
    story.client("b", {}); // Another program of the project; it learned of the call elsewhere.
    story.call("1");
    EXPECT_THAT(story.commands("b", "1"), ElementsAre("b took 1", "withdraw 1 from a"));
    EXPECT_THAT(story.acknowledges("a", "1"), IsEmpty());
    EXPECT_THAT(story.commands("a", "1"), IsEmpty());
    EXPECT_THAT(story.commands("nobody", "7"), IsEmpty());
}

TEST(Offers, TheWaitIsTheSameHoweverManyAreAsked)
{
    Story story;
    for (const char* name : { "a", "b", "c" })
        story.client(name);
    EXPECT_THAT(story.call("1"), ElementsAre("offer 1 to a"));
    EXPECT_THAT(story.after(5s), ElementsAre("offer 1 to b"));
    EXPECT_EQ(story.due(), Duration(5s));
    EXPECT_THAT(story.after(5s), ElementsAre("refuse 1")); // c is not asked for a call that is over.
    EXPECT_FALSE(story.due());
}

TEST(Offers, ALateTimerAsksEveryoneWhoseTurnItWasInBetween)
{
    Story story { OfferPolicy { 2s, 10s } };
    for (const char* name : { "a", "b", "c" })
        story.client(name);
    story.call("1");
    EXPECT_THAT(story.after(5s), ElementsAre("offer 1 to b", "offer 1 to c"));
}

TEST(Offers, NobodyThereIsRefusedAfterTheWait)
{
    Story story;
    EXPECT_THAT(story.call("1"), IsEmpty());
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("refuse 1"));
    EXPECT_FALSE(story.due());
}

TEST(Offers, WhoAppearsDuringTheWaitIsAsked)
{
    Story story;
    story.call("1");
    story.after(9s);
    EXPECT_THAT(story.client("a", { ContextName { "sales" } }), IsEmpty());
    EXPECT_THAT(story.client("a"), ElementsAre("offer 1 to a")); // It added the context with `receive`.
    EXPECT_EQ(story.due(), Duration(1s));
    EXPECT_THAT(story.acknowledges("a", "1"), ElementsAre("a took 1"));
    EXPECT_THAT(story.after(10s), IsEmpty()); // Nobody else is there: it keeps the call.
    EXPECT_FALSE(story.due());
}

TEST(Offers, NobodyIsAskedTwiceForOneCall) // Checklist 33
{
    Story story;
    story.client("a");
    story.call("1");
    EXPECT_THAT(story.after(5s), IsEmpty());
    EXPECT_THAT(story.client("a"), IsEmpty()); // The same subscription again.
    EXPECT_THAT(story.after(4'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("refuse 1"));
}

TEST(Offers, ACommandedCallIsNeverOfferedAgain) // Checklist 33
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.acknowledges("a", "1");
    story.event(CallCommanded { CallId { "1" }, ConnectionId { "a" } });
    EXPECT_THAT(story.event(ClientAway { ConnectionId { "a" } }), IsEmpty());
    EXPECT_THAT(story.leaves("a"), IsEmpty());
    EXPECT_THAT(story.client("a"), IsEmpty());
    EXPECT_THAT(story.after(60s), IsEmpty());
}

TEST(Offers, ACallWhoseTakerIsLostBeforeItAnsweredGoesToTheNextOne)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.acknowledges("a", "1");
    EXPECT_THAT(story.event(ClientAway { ConnectionId { "a" } }), IsEmpty()); // It may be back in a moment.
    EXPECT_THAT(story.after(4'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("offer 1 to b"));
    // It comes back after all, and still has the call.
    EXPECT_THAT(story.event(ClientReturned { ConnectionId { "a" }, ConnectionId { "c" } }),
        ElementsAre("c took 1", "withdraw 1 from b"));
    EXPECT_EQ(story.due(), Duration(10s)); // As one that has just acknowledged.
}

TEST(Offers, ATakerThatComesBackInTimeKeepsItsCall) // Checklist 33
{
    Story story;
    story.client("a");
    story.call("1");
    story.acknowledges("a", "1");
    story.event(ClientAway { ConnectionId { "a" } });
    story.after(4s);
    EXPECT_THAT(story.event(ClientReturned { ConnectionId { "a" }, ConnectionId { "c" } }), ElementsAre("c took 1"));
    EXPECT_THAT(story.client("c"), IsEmpty());
    EXPECT_THAT(story.after(60s), IsEmpty());
}

TEST(Offers, ADoubtfulOfferIsMadeAgainIfNoSignComes)
{
    Story story;
    story.client("a");
    story.call("1");
    EXPECT_THAT(story.event(ClientAway { ConnectionId { "a" } }), IsEmpty());
    EXPECT_THAT(story.event(ClientReturned { ConnectionId { "a" }, ConnectionId { "c" } }), IsEmpty());
    story.event(OfferDoubtful { CallId { "1" }, ConnectionId { "c" } });
    EXPECT_THAT(story.client("c"), IsEmpty()); // Not at once: it may have it.
    EXPECT_THAT(story.after(4'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("offer 1 to c"));
}

TEST(Offers, ADoubtfulOfferThatShowsASignIsTaken) // Checklist 33
{
    Story story;
    story.client("a");
    story.call("1");
    story.event(ClientAway { ConnectionId { "a" } });
    story.event(ClientReturned { ConnectionId { "a" }, ConnectionId { "c" } });
    story.event(OfferDoubtful { CallId { "1" }, ConnectionId { "c" } });
    EXPECT_THAT(story.event(CallCommanded { CallId { "1" }, ConnectionId { "c" } }), ElementsAre("c took 1"));
    EXPECT_THAT(story.after(60s), IsEmpty());
}

TEST(Offers, APassedCallGoesToTheNextOneAndNeverBack) // Checklist 53
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.acknowledges("a", "1");
    EXPECT_THAT(story.event(OfferPassed { CallId { "1" }, ConnectionId { "a" } }), ElementsAre("offer 1 to b"));
    EXPECT_THAT(story.event(OfferPassed { CallId { "1" }, ConnectionId { "b" } }), IsEmpty());
    EXPECT_THAT(story.client("d"), ElementsAre("offer 1 to d")); // As a call that nobody has taken yet.
    story.event(OfferPassed { CallId { "1" }, ConnectionId { "d" } });
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("refuse 1"));
}

TEST(Offers, ACallThatEndsMeanwhileNeedsNobody)
{
    Story story;
    story.client("a");
    story.call("1");
    EXPECT_THAT(story.over("1"), IsEmpty());
    EXPECT_FALSE(story.due());
    EXPECT_THAT(story.acknowledges("a", "1"), IsEmpty());
    EXPECT_THAT(story.over("1"), IsEmpty());
}

TEST(Offers, WhoAcknowledgesAndDoesNothingSharesTheCallWithTheNextOne) // Checklist 42
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.after(2s);
    story.acknowledges("a", "1");
    EXPECT_EQ(story.due(), Duration(10s));
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("offer 1 to b")); // a keeps it until b commands.
    EXPECT_THAT(story.acknowledges("b", "1"), IsEmpty());
    EXPECT_THAT(story.commands("b", "1"), ElementsAre("b took 1", "withdraw 1 from a"));
    EXPECT_THAT(story.commands("a", "1"), IsEmpty());
    EXPECT_FALSE(story.due());
}

TEST(Offers, WhoAcknowledgedMayStillCommandWhileOthersAreAsked) // Checklist 42
{
    Story story;
    for (const char* name : { "a", "b", "c" })
        story.client(name);
    story.call("1");
    story.acknowledges("a", "1");
    EXPECT_THAT(story.after(10s), ElementsAre("offer 1 to b"));
    EXPECT_THAT(story.after(5s), ElementsAre("offer 1 to c")); // b does not even acknowledge.
    EXPECT_THAT(story.after(60s), IsEmpty()); // Never refused: a has it, and the call has its own time.
    EXPECT_THAT(story.commands("a", "1"), ElementsAre("a took 1", "withdraw 1 from b", "withdraw 1 from c"));
}

TEST(Offers, AnAcknowledgedCallThatWaitsIsOfferedToWhoAppears) // Checklist 42
{
    Story story;
    story.client("a");
    story.call("1");
    story.acknowledges("a", "1");
    EXPECT_THAT(story.client("b"), IsEmpty()); // a has its time.
    EXPECT_THAT(story.after(10s), ElementsAre("offer 1 to b"));
    EXPECT_THAT(story.leaves("b"), IsEmpty());
    EXPECT_FALSE(story.due());
    EXPECT_THAT(story.client("c"), ElementsAre("offer 1 to c"));
    EXPECT_THAT(story.leaves("a"), IsEmpty()); // c is being asked; now the caller may wait in vain again.
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("refuse 1"));
}

TEST(Offers, OfTwoThatAcknowledgedOneMayGoOrPass) // Checklist 42
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    story.call("2");
    story.acknowledges("a", "1");
    story.acknowledges("b", "2");
    EXPECT_THAT(story.after(10s), ElementsAre("offer 1 to b", "offer 2 to a"));
    story.acknowledges("b", "1");
    story.acknowledges("a", "2");
    EXPECT_THAT(story.event(OfferPassed { CallId { "2" }, ConnectionId { "a" } }), IsEmpty()); // b has it.
    EXPECT_THAT(story.leaves("a"), IsEmpty());
    EXPECT_THAT(story.after(60s), IsEmpty());
    EXPECT_THAT(story.commands("b", "2"), ElementsAre("b took 2"));
}

TEST(Offers, WhoWasNotAskedCommandsACallThatAnotherOneHasWithoutTakingIt)
{
    Story story;
    story.client("a");
    story.client("b", {});
    story.call("1");
    story.acknowledges("a", "1");
    EXPECT_THAT(story.commands("b", "1"), IsEmpty());
    EXPECT_FALSE(story.due());
    EXPECT_THAT(story.commands("a", "1"), IsEmpty());
}

TEST(Offers, UnsubscribedContextsAreNotServed)
{
    Story story;
    story.client("a");
    story.client("a", {});
    EXPECT_THAT(story.call("1"), IsEmpty());
}

TEST(Offers, ANonsensicalAcknowledgementChangesNothing)
{
    Story story;
    story.client("a");
    story.client("b");
    story.call("1");
    EXPECT_THAT(story.acknowledges("b", "1"), IsEmpty()); // Was not asked.
    EXPECT_THAT(story.acknowledges("a", "7"), IsEmpty());
}

} // namespace
} // namespace parley::relay
