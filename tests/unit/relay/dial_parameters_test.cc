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
    EXPECT_EQ(device_error(R"({"type":"phone","params":{"to_number":"1","headers":[{"name":"X-A","value":"1"}]}})"),
        "unsupported devices[0][1].params.headers: are not available yet");
}

} // namespace
} // namespace parley::relay
