#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/submission/wire.hpp"

namespace referrald::test {
namespace {

using submission::parse_error;
using submission::ServiceError;

void expect_error(std::string_view body, std::string_view code, std::string_view message,
                  std::string_view target = {}) {
  const ServiceError error = parse_error(body);
  EXPECT_EQ(error.code, code) << body;
  EXPECT_EQ(error.message, message) << body;
  EXPECT_EQ(error.target, target) << body;
}

TEST(ParseError, ReadsTheDocumentedShape) {
  expect_error(R"({"error":{"code":"invalidRequest","message":"No such country.",
                   "target":"customerProfile.address.country"}})",
               "invalidRequest", "No such country.", "customerProfile.address.country");
}

TEST(ParseError, TakesTheDeepestCodeAndTheOutermostMessage) {
  expect_error(R"({"error":{"code":"invalidRequest","message":"outer","target":"referral",
                   "innerError":{"code":"badArgument","message":"inner",
                   "innerError":{"code":"countryUnknown","message":"innermost"}}}})",
               "countryUnknown", "outer", "referral");
}

TEST(ParseError, TakesTheOtherSpellingOfInnerError) {
  expect_error(R"({"error":{"code":"a","message":"m","innererror":{"code":"b"}}})", "b", "m");
  expect_error(R"({"error":{"code":"a","message":"m","innererror":
                   {"code":"b","innerError":{"code":"c"}}}})",
               "c", "m");
}

TEST(ParseError, PassesOverLevelsWithoutACode) {
  expect_error(R"({"error":{"code":"a","message":"m","innerError":{"innerError":{"code":"c"}}}})",
               "c", "m");
  expect_error(R"({"error":{"code":"a","message":"m","innerError":{"code":null}}})", "a", "m");
  expect_error(R"({"error":{"code":"a","message":"m","innerError":{"code":""}}})", "a", "m");
  for (const std::string inner : {"null", "{}", "[]", "\"b\"", "7"}) {
    expect_error(R"({"error":{"code":"a","message":"m","innerError":)" + inner + "}}", "a", "m");
  }
}

// The code goes into the log, the message does not: a cell's value must not pass for a code.
TEST(ParseError, TakesNothingForACodeThatIsNotShapedLikeOne) {
  const std::string longest(64, 'a');
  for (const std::string& code :
       std::vector<std::string>{"invalidRequest", "invalid_request", "a.b-C.9", longest}) {
    expect_error(R"({"error":{"code":")" + code + R"(","message":"m"}})", code, "m");
  }
  for (const std::string& code :
       std::vector<std::string>{"Fabrikam Inc", "ada@example.com", "+4900000", "M\u00fcnchen",
                                "a\\nb", "a:b", longest + "a"}) {
    expect_error(R"({"error":{"code":")" + code + R"(","message":"m"}})", "", "m");
    expect_error(R"({"code":")" + code + R"(","message":"m"})", "", "m");
    expect_error(R"({"error":")" + code + R"(","error_description":"m"})", "", "m");
    // The last that is one stays.
    expect_error(R"({"error":{"code":"a","message":"m","innerError":{"code":")" + code + R"("}}})",
                 "a", "m");
  }
}

// A body may be hostile, or just broken.
TEST(ParseError, ComesBackFromNestingWithoutEnd) {
  const auto nested = [](int depth) {
    std::string body = R"({"error":{"code":"outer","message":"m")";
    for (int i = 0; i < depth; ++i) body += R"(,"innerError":{"code":"inner")";
    return body + std::string(static_cast<std::size_t>(depth) + 2, '}');
  };
  expect_error(nested(10), "inner", "m");
  expect_error(nested(500), "inner", "m");
  expect_error(nested(100'000), "", "");
}

TEST(ParseError, ReadsTheShapeOfTheThrottle) {
  expect_error(
      R"({ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." })", "",
      "Rate limit is exceeded. Try again in 57 seconds.");
}

TEST(ParseError, ReadsTheShapeOfTheOtherHost) {
  expect_error(R"({"code":"2002","description":"Not allowed.","data":[],"source":"PartnerFD"})",
               "2002", "Not allowed.");
}

TEST(ParseError, ReadsTheShapeOfOauth) {
  expect_error(R"({"error":"insufficient_claims","error_description":"AADSTS50076: …",
                   "error_codes":[50076],"trace_id":"x"})",
               "insufficient_claims", "AADSTS50076: …");
  expect_error(R"({"error":"invalid_token"})", "invalid_token", "");
}

TEST(ParseError, ToleratesNullsAndForeignTypes) {
  expect_error(R"({"error":{"code":null,"message":null,"target":null,"innerError":null}})", "", "");
  expect_error(R"({"error":{"code":7,"message":{},"target":[]}})", "", "");
  expect_error(R"({"error":null,"message":"m"})", "", "m");
  expect_error(R"({"error":null})", "", "");
  expect_error(R"({"error":[]})", "", "");
  expect_error("{}", "", "");
}

TEST(ParseError, IsEmptyForAnythingElse) {
  for (const std::string_view body :
       std::initializer_list<std::string_view>{{},
                                               "",
                                               "null",
                                               "[]",
                                               "\"error\"",
                                               "Service Unavailable",
                                               "<html><head><title>503</title></head></html>",
                                               R"({"error":{"code":"invalidRequest")",
                                               "{\"error\":{\"code\":\"\xc3\"}}"}) {
    expect_error(body, "", "");
  }
}

TEST(ParseError, ReadsABodyThatBeginsWithAByteOrderMark) {
  expect_error("\xEF\xBB\xBF{\"error\":{\"code\":\"a\",\"message\":\"m\"}}", "a", "m");
}

}  // namespace
}  // namespace referrald::test
