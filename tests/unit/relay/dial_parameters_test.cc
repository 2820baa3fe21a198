#include "relay/dial_parameters.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

Result<DialSpec> read(std::string_view params)
{
    auto parsed = Json::parse(params);
    EXPECT_TRUE(parsed) << params;
    return dial_spec(parsed->as_object());
}

std::string error(std::string_view params)
{
    auto spec = read(params);
    return spec ? "" : std::string(to_string(spec.error().kind)) + " " + spec.error().what;
}

std::string device_error(std::string_view device)
{
    return error(
        R"({"tag":"t","devices":[[{"type":"phone","params":{"to_number":"+1"}},)" + std::string(device) + "]]}");
}

TEST(DialParameters, OuterIsOneAfterTheOtherInnerAtTheSameTime) // Checklist 62
{
    const auto spec = read(
        R"({"tag":"t","max_duration":"600","devices":[
            [{"type":"phone","params":{"to_number":"+15550100","from_number":"+15550101","timeout":20}},
             {"type":"sip","params":{"to":"sip:bob@example.com","from":"sip:alice@example.org","from_name":"Alice",
              "headers":[],"codecs":["PCMU"]}}],
            [{"type":"phone","params":{"to_number":"100"}}]]})")
                          .value();
    EXPECT_EQ(spec.tag, "t");
    EXPECT_EQ(spec.max_duration, 600s);
    ASSERT_EQ(spec.groups.size(), 2U);
    ASSERT_EQ(spec.groups[0].size(), 2U);
    const DialTarget& phone = spec.groups[0][0];
    EXPECT_EQ(phone.device, (CallDevice { DeviceType::phone, "+15550101", "+15550100", "" }));
    EXPECT_EQ(phone.to, "+15550100");
    EXPECT_EQ(phone.from, "+15550101");
    EXPECT_EQ(phone.timeout, 20s);
    const DialTarget& sip = spec.groups[0][1];
    EXPECT_EQ(sip.device, (CallDevice { DeviceType::sip, "sip:alice@example.org", "sip:bob@example.com", "Alice" }));
    EXPECT_EQ(sip.from, "alice");
    EXPECT_EQ(sip.timeout, 30s);
    EXPECT_EQ(spec.groups[1][0].to, "100");
}

TEST(DialParameters, TakesADeviceInPlaceOfAGroup)
{
    const auto spec = read(R"({"tag":"t","devices":[{"type":"phone","params":{"to_number":"+1"}}]})").value();
    ASSERT_EQ(spec.groups.size(), 1U);
    EXPECT_EQ(spec.groups[0].size(), 1U);
}

TEST(DialParameters, WhatIsWrongIsNamed)
{
    EXPECT_EQ(error("{}"), "invalid_request tag: is missing");
    EXPECT_EQ(error(R"({"tag":"t"})"), "invalid_request devices: is missing");
    EXPECT_EQ(
        error(R"({"tag":"t","devices":[]})"), "invalid_request devices: must be an array of 1 to 10 groups of devices");
    EXPECT_EQ(
        error(R"({"tag":"t","devices":[[]]})"), "invalid_request devices[0]: must be an array of 1 to 10 devices");
    EXPECT_EQ(device_error("7"), "invalid_request devices[0][1]: must be an object");
    EXPECT_EQ(device_error("{}"), "invalid_request devices[0][1].type: is missing");
    EXPECT_EQ(device_error(R"({"type":"fax"})"), "invalid_request devices[0][1].type: must be phone or sip");
    EXPECT_EQ(device_error(R"({"type":"sip"})"), "invalid_request devices[0][1].params: must be an object");
    EXPECT_EQ(
        device_error(R"({"type":"phone","params":{}})"), "invalid_request devices[0][1].params.to_number: is missing");
    EXPECT_EQ(device_error(R"({"type":"phone","params":{"to_number":"+1 555"}})"),
        "invalid_request devices[0][1].params.to_number: must be a number of at most 32 digits, with or without + "
        "before it");
    EXPECT_EQ(device_error(R"({"type":"sip","params":{"to":"bob"}})"),
        "invalid_request devices[0][1].params.to: must be a SIP address, as sip:user@host");
    EXPECT_EQ(device_error(R"({"type":"phone","params":{"to_number":"1","timeout":0}})"),
        "invalid_request devices[0][1].params.timeout: must be between 1 and 300 seconds");
    EXPECT_EQ(error(R"({"tag":"t","max_duration":0,"devices":[{"type":"phone","params":{"to_number":"+1"}}]})"),
        "invalid_request max_duration: must be between 1 s and 7 days");
}

TEST(DialParameters, NothingCanBeSmuggledIntoTheMessage)
{
    for (const char* to :
        { R"(sip:a@b\r\nX: y)", R"(sip:a@b>)", R"(sip:a@b;lr)", R"(sip:a@b?Subject=x)", R"(sip:a b@c)" })
        EXPECT_NE(device_error(R"({"type":"sip","params":{"to":")" + std::string(to) + "\"}}"), "") << to;
}

std::string header_error(const std::string& headers)
{
    return device_error(R"({"type":"phone","params":{"to_number":"1","headers":)" + headers + "}}");
}

TEST(DialParameters, HeadersOfTheProgramAndAFewOthersArePassedOn)
{
    const auto spec = read(R"({"tag":"t","devices":[[{"type":"phone","params":{"to_number":"+1","headers":[
        {"name":"X-Order","value":"7; of=8"},{"name":"subject","value":"Bücher"},{"name":"User-to-User"}]}}]]})")
                          .value();
    EXPECT_EQ(spec.groups[0][0].device.headers,
        (std::vector<LegHeader> { { "X-Order", "7; of=8" }, { "subject", "Bücher" }, { "User-to-User", "" } }));
}

TEST(DialParameters, OtherHeadersAreRefusedByName)
{
    const std::string where = "invalid_request devices[0][1].params.headers";
    for (const std::string name : { "Route", "From", "Via", "Contact", "P-Asserted-Identity", "Diversion", "Privacy",
             "Authorization", "Replaces", "Content-Length", "X-", "X A", "X-A\\r\\nRoute", "" })
        EXPECT_EQ(header_error(R"([{"name":"X-A"},{"name":")" + name + "\"}]").find(where + "[1].name: "), 0U) << name;
    EXPECT_EQ(header_error(R"([{"name":"Route","value":"x"}])"),
        where + "[0].name: \"Route\" is no X-... and none of the fields that are passed on");
    EXPECT_EQ(header_error(R"([{"name":"X-A","value":"a\r\nRoute: <sip:x>"}])"), where + "[0].value: must be one line");
    EXPECT_EQ(header_error("7"), where + ": must be an array of at most 20 objects with name and value");
    EXPECT_EQ(header_error("[7]"), where + "[0]: must be an object");
    EXPECT_EQ(header_error(R"([{"name":"X-A","value":")" + std::string(4'094, 'x') + "\"}]"),
        where + ": must be at most 4096 bytes together");
    std::string many = "[";
    for (int i = 0; i < 21; ++i)
        many += std::string(i == 0 ? "" : ",") + R"({"name":"X-A"})";
    EXPECT_NE(header_error(many + "]"), "");
}

} // namespace
} // namespace parley::relay
