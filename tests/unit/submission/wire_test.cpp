#include "daemon/submission/wire.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::parse_page;
using submission::parse_referral;
using submission::parse_time;
using submission::WallTime;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

WallTime at(int year, unsigned month, unsigned day, std::chrono::milliseconds time = 0ms) {
  return WallTime{std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                                        static_cast<int>(day)}} +
         time;
}

// -- one referral
// -----------------------------------------------------------------------------------

// The members of a referral as the service writes them, those that nobody here reads included.
constexpr std::string_view whole_referral = R"({
  "@odata.context": "http://api.partner.microsoft.com/v1.0/$metadata#Referrals/$entity",
  "id": "1352e03d-0000-4000-8000-00000000000a",
  "engagementId": "65ed0000-0000-4000-8000-00000000000b",
  "organizationId": "0d0a0000-0000-4000-8000-00000000000c",
  "organizationName": "Contoso &amp; Söhne",
  "name": "Fabrikam storage renewal",
  "externalReferenceId": "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11",
  "createdDateTime": "2022-03-07T06:29:18.1234567Z",
  "updatedDateTime": "2022-03-07T06:29:18Z",
  "expirationDateTime": null,
  "status": "Active", "substatus": "Accepted", "statusReason": null,
  "type": "Shared", "qualification": "SalesQualified", "direction": "Outgoing",
  "target": [ { "type": "SolutionProfile", "id": "SOL-34104-EBB" } ],
  "customerProfile": {
    "name": "Fabrikam", "size": "", "address": { "country": "DE", "region": null },
    "team": [ { "firstName": null, "contactPreference": { "locale": null, "disableNotifications": null } } ],
    "ids": [ { "profileType": "Duns", "id": "123456789" }, { "profileType": "External", "id": "x" } ] },
  "consent": { "consentToToShareInfoWithOthers": true, "ConsentToContact": true },
  "details": { "dealValue": 50000.50, "currency": "EUR", "requirements": { "solutions": [], "offers": null } },
  "trackingInfo": { "microsoftMsxId": null }, "registrations": [], "lastRunId": { "id": "other" },
  "links": { "relatedReferrals": { "uri": "https://api.partner.microsoft.com/v1.0/engagments/referrals", "method": "GET" },
             "self": { "uri": "x", "method": "GET" } },
  "eTag": "\"84001c9d-0000-0100-0000-6225a63e0000\"" })";

TEST(ParseReferral, ReadsWhatTheDaemonCaresFor) {
  const auto referral = parse_referral(whole_referral, "");
  ASSERT_TRUE(referral);
  EXPECT_EQ(referral->ids.referral_id, "1352e03d-0000-4000-8000-00000000000a");
  EXPECT_EQ(referral->ids.engagement_id, "65ed0000-0000-4000-8000-00000000000b");
  EXPECT_EQ(referral->ids.organization_id, "0d0a0000-0000-4000-8000-00000000000c");
  EXPECT_EQ(referral->ids.status, "Active");
  EXPECT_EQ(referral->ids.substatus, "Accepted");
  EXPECT_EQ(referral->external_id, "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11");
  EXPECT_EQ(referral->created, at(2022, 3, 7, 6h + 29min + 18s + 123ms));
  EXPECT_FALSE(referral->for_microsoft);
}

TEST(ParseReferral, KeepsTheQuotesOfTheETag) {
  const auto referral = parse_referral(whole_referral, "\"header\"");
  ASSERT_TRUE(referral);
  EXPECT_EQ(referral->ids.etag, "\"84001c9d-0000-0100-0000-6225a63e0000\"");
}

TEST(ParseReferral, TakesTheETagHeaderWhereTheBodyHasNone) {
  for (const std::string_view body : {R"({"id":"a"})", R"({"id":"a","eTag":null})",
                                      R"({"id":"a","eTag":""})", R"({"id":"a","eTag":7})"}) {
    const auto referral = parse_referral(body, "W/\"7\"");
    ASSERT_TRUE(referral) << body;
    EXPECT_EQ(referral->ids.etag, "W/\"7\"") << body;
  }
}

// It goes back in a header, which it could not end.
TEST(ParseReferral, TakesNoETagThatNoHeaderCanHold) {
  for (const std::string_view body :
       {R"({"id":"a","eTag":"7\r\nX: y"})", R"({"id":"a","eTag":"7\u0000"})"}) {
    const auto referral = parse_referral(body, "");
    ASSERT_TRUE(referral) << body;
    EXPECT_EQ(referral->ids.etag, "") << body;
  }
}

TEST(ParseReferral, NeedsNothingButAnId) {
  const auto referral = parse_referral(R"({"id":"a"})", "");
  ASSERT_TRUE(referral);
  EXPECT_EQ(referral->ids.referral_id, "a");
  EXPECT_EQ(referral->ids.engagement_id, "");
  EXPECT_EQ(referral->external_id, "");
  EXPECT_EQ(referral->created, std::nullopt);
  EXPECT_FALSE(referral->for_microsoft);
}

TEST(ParseReferral, ToleratesNullsAndForeignTypesEverywhereElse) {
  const auto nulls = parse_referral(R"({"id":"a","engagementId":null,"organizationId":null,
      "externalReferenceId":null,"createdDateTime":null,"status":null,"substatus":null,
      "target":null,"customerProfile":null,"details":null,"eTag":null,"links":null})",
                                    "");
  ASSERT_TRUE(nulls);
  EXPECT_EQ(nulls->external_id, "");
  const auto foreign = parse_referral(R"({"id":"a","engagementId":7,"organizationId":{},
      "externalReferenceId":12,"createdDateTime":1647,"status":[],"substatus":false,"target":{},
      "new":{"deeply":[[[{"unknown":1e308}]]]}})",
                                      "");
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->created, std::nullopt);
  EXPECT_FALSE(foreign->for_microsoft);
}

TEST(ParseReferral, TakesCustomerIdsInAllFormsOnRecord) {
  for (const std::string_view ids :
       {"[]", "{}", "null", R"([{"profileType":"External","id":"42"}])",
        R"([{"profileType":"Duns","id":null}])", R"([null])"}) {
    const auto body = R"({"customerProfile":{"ids":)" + std::string(ids) + R"(},"id":"outer"})";
    const auto referral = parse_referral(body, "");
    ASSERT_TRUE(referral) << ids;
    EXPECT_EQ(referral->ids.referral_id, "outer") << ids;
  }
}

TEST(ParseReferral, KnowsMicrosoftsReferralByItsTarget) {
  const auto is_microsofts = [](const std::string& target) {
    const auto referral = parse_referral(R"({"id":"a","target":)" + target + "}", "");
    return referral && referral->for_microsoft;
  };
  EXPECT_TRUE(is_microsofts(R"([{"type":"BusinessProfileLocation","id":"msft"}])"));
  EXPECT_TRUE(is_microsofts(R"([null,7,{"id":null},{"id":"SOL-1"},{"id":"msft"}])"));
  EXPECT_FALSE(is_microsofts("[]"));
  EXPECT_FALSE(is_microsofts(R"(["msft"])"));
  EXPECT_FALSE(is_microsofts(R"([{"type":"msft","id":"SOL-1"}])"));
  EXPECT_FALSE(is_microsofts(R"([{"id":"msft-reseller"}])"));
}

TEST(ParseReferral, IsNothingWhenTheBodyIsNoReferral) {
  for (const std::string_view body : std::initializer_list<std::string_view>{
           {},
           "",
           " ",
           "null",
           "[]",
           "true",
           "\"id\"",
           "{}",
           R"({"id":null})",
           R"({"id":""})",
           R"({"id":7})",
           R"({"ID":"a"})",
           R"({"value":[{"id":"a"}]})",
           R"([{"id":"a"}])",
           R"({"id":"a")",
           R"({"id":"a"}})",
           R"({"id":"a"}{"id":"b"})",
           R"({"id":"a","name":nope})",
           "{\"id\":\"\xff\"}",
           "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"}) {
    EXPECT_FALSE(parse_referral(body, "\"etag\"")) << body;
  }
}

TEST(ParseReferral, IsNothingWhereverTheBodyIsCutOff) {
  ASSERT_TRUE(parse_referral(whole_referral, ""));
  for (std::size_t length = 0; length < whole_referral.size(); ++length) {
    ASSERT_FALSE(parse_referral(whole_referral.substr(0, length), "")) << "after " << length;
  }
}

TEST(ParseReferral, ReadsABodyThatBeginsWithAByteOrderMark) {
  const auto referral = parse_referral("\xEF\xBB\xBF{\"id\":\"a\"}", "");
  ASSERT_TRUE(referral);
  EXPECT_EQ(referral->ids.referral_id, "a");
}

// -- a page of the list
// -----------------------------------------------------------------------------

TEST(ParsePage, ReadsItsReferralsInOrder) {
  const auto page = parse_page(
      R"({"@odata.context":"x","@odata.count":100,"value":[
          {"id":"a","externalReferenceId":"1","createdDateTime":"2026-11-22T10:00:00Z"},
          {"id":"b","externalReferenceId":"","target":[{"id":"msft"}]}]})");
  ASSERT_TRUE(page);
  ASSERT_THAT(page->referrals, SizeIs(2));
  EXPECT_EQ(page->referrals[0].ids.referral_id, "a");
  EXPECT_EQ(page->referrals[0].external_id, "1");
  EXPECT_EQ(page->referrals[0].created, at(2026, 11, 22, 10h));
  EXPECT_EQ(page->referrals[1].ids.referral_id, "b");
  EXPECT_TRUE(page->referrals[1].for_microsoft);
  EXPECT_EQ(page->skip_token, std::nullopt);
}

TEST(ParsePage, MayBeEmptyAndStillNotTheLast) {
  const auto page = parse_page(R"({"value":[],"@odata.nextLink":"https://x/y?$skiptoken=k1"})");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->referrals, IsEmpty());
  EXPECT_EQ(page->skip_token, "k1");
}

TEST(ParsePage, KeepsAReferralOfNothingButNulls) {
  const auto page = parse_page(R"({"value":[{"id":null,"externalReferenceId":null},{}]})");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->referrals, SizeIs(2));
  EXPECT_EQ(page->referrals[0].external_id, "");
}

TEST(ParsePage, IsNothingWhenTheBodyIsNoPage) {
  for (const std::string_view body : std::initializer_list<std::string_view>{
           {},
           "{}",
           "[]",
           R"({"value":null})",
           R"({"value":{}})",
           R"({"value":["a"]})",
           R"({"value":[{"id":"a"},7]})",
           R"({"error":{"code":"generalException","message":""}})",
           R"({"value":[{"id":"a"}])",
           R"({"value":[{"id":"a"},{"id")",
           "<html></html>"}) {
    EXPECT_FALSE(parse_page(body)) << body;
  }
}

std::optional<submission::Page> page_with_link(const std::string& json) {
  return parse_page(R"({"value":[{"id":"a"}],"@odata.nextLink":)" + json + "}");
}

TEST(ParsePage, IsTheLastWithoutALink) {
  for (const std::string link : {"null", "\"\""}) {
    const auto page = page_with_link(link);
    ASSERT_TRUE(page) << link;
    EXPECT_EQ(page->skip_token, std::nullopt) << link;
  }
}

TEST(ParsePage, TakesTheSkipTokenFromEveryShapeOfLink) {
  const std::string host = "https://api.partner.microsoft.com/v1.0/engagements/referrals";
  const std::pair<std::string, std::string> cases[] = {
      // As the documentation has it: http, and without /engagements.
      {"http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181", "k181"},
      {host + "?$skiptoken=k181", "k181"},
      {host + "?%24skiptoken=k181", "k181"},
      {host + "?$skipToken=k181", "k181"},
      {host + "?$orderby=createdDateTime%20desc&$skiptoken=k181", "k181"},
      {host + "?$skiptoken=k181&$top=100", "k181"},
      {host + "?$skiptoken=k181#top", "k181"},
      {host + "?$skiptoken=a%2Bb%3D%3D&$top=1", "a%2Bb%3D%3D"},
      {host + "?$skiptoken=eyJrIjoiMSJ9==", "eyJrIjoiMSJ9=="},
      {host + R"(?$top=1\u0026$skiptoken=k1)", "k1"},
      {R"(https:\/\/elsewhere.example\/?$skiptoken=k1)", "k1"},
      {"?$skiptoken=k1", "k1"},
      {"/v1.0/engagements/referrals?$skiptoken=k1", "k1"},
      // The token is a parameter of that name, not a mention of it.
      {host + "?$filter=name eq '$skiptoken=no'&$skiptoken=k1", "k1"},
      {host + "?my$skiptoken=no&$skiptoken=k1", "k1"},
  };
  for (const auto& [link, token] : cases) {
    const auto page = page_with_link('"' + link + '"');
    ASSERT_TRUE(page) << link;
    EXPECT_EQ(page->skip_token, token) << link;
  }
}

// It becomes part of a request line.
TEST(ParsePage, EncodesWhatASkipTokenMayNotHoldInAQuery) {
  const auto page =
      page_with_link(R"("http://x/?$skiptoken=k181… \"<a>\u0000\r\nHost: evil.example\u007f%zz")");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->skip_token, "k181%E2%80%A6%20%22%3Ca%3E%00%0D%0AHost:%20evil.example%7F%25zz");
}

// There is more and no way to reach it: taken for the last page, it would make a referral on the
// next one count as not found, and be created twice.
TEST(ParsePage, IsNothingWhenItsLinkCannotBeFollowed) {
  for (const std::string link : {R"("https://x/y")", R"("https://x/y?page=2")",
                                 R"("https://x/y?$skip=100")", R"("https://x/y?$skiptoken=")",
                                 R"("https://x/y?$skiptoken=&$top=1")", "7", "true", "{}", "[]"}) {
    EXPECT_FALSE(page_with_link(link)) << link;
  }
}

// -- times, and what goes into a query
// --------------------------------------------------------------

TEST(ParseTime, TakesUtcWithUpToNineFractionDigits) {
  const auto noon = at(2026, 11, 22, 12h);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00Z"), noon);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00"), noon);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00+00:00"), noon);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.5Z"), noon + 500ms);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.05Z"), noon + 50ms);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.810144Z"), noon + 810ms);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.9999999Z"), noon + 999ms);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.123456789Z"), noon + 123ms);
  EXPECT_EQ(parse_time("2024-02-29T23:59:59Z"), at(2024, 2, 29, 23h + 59min + 59s));
  EXPECT_EQ(parse_time("0001-01-01T00:00:00Z"), at(1, 1, 1));
}

TEST(ParseTime, RefusesWhatIsNoTime) {
  for (const std::string_view text :
       std::initializer_list<std::string_view>{{},
                                               "",
                                               "2026-11-22",
                                               "2026-11-22T12:00",
                                               "2026-11-22T12:00:0",
                                               "2026-11-22 12:00:00Z",
                                               "2026/11/22T12:00:00Z",
                                               "2026-11-22T12-00-00Z",
                                               "2026-11-22T12.00:00Z",
                                               "2026-02-29T12:00:00Z",
                                               "2026-13-01T12:00:00Z",
                                               "2026-00-01T12:00:00Z",
                                               "2026-11-22T24:00:00Z",
                                               "2026-11-22T12:60:00Z",
                                               "2026-11-22T12:00:61Z",
                                               "-026-11-22T12:00:00Z",
                                               "2026-11-22T-1:00:00Z",
                                               "2026-11-22T12:-1:00Z",
                                               "2026-11-22T12:00:-1Z",
                                               "2026-11-22T12:00:00.Z",
                                               "2026-11-22T12:00:00.1234567890Z",
                                               "2026-11-22T12:00:00z!",
                                               "2026-11-22T12:00:00+02:00",
                                               "2026-11-22T12:00:00Z ",
                                               "22.11.2026 12:00:00"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(FormatTime, IsReadBackAsTheSame) {
  for (const auto time : {at(2026, 11, 22, 10h + 7min + 5s + 42ms), at(1969, 12, 31, 23h + 1ms),
                          at(1, 1, 1), at(9999, 12, 31, 24h - 1ms)}) {
    EXPECT_EQ(parse_time(submission::format_time(time)), time);
  }
  EXPECT_EQ(submission::format_time(at(2026, 1, 2, 3h + 4min + 5s + 6ms)),
            "2026-01-02T03:04:05.006Z");
}

TEST(FormatDate, HasTwoDigitsForMonthAndDay) {
  EXPECT_EQ(submission::format_date(std::chrono::year{2026} / 3 / 4), "2026-03-04");
}

TEST(EncodeQuery, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(submission::encode_query("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(submission::encode_query("engagementId eq 'a&b=c+d%'"),
            "engagementId%20eq%20%27a%26b%3Dc%2Bd%25%27");
  EXPECT_EQ(submission::encode_query("ö\n"), "%C3%B6%0A");
  EXPECT_EQ(submission::encode_query(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(submission::encode_query(""), "");
}

TEST(OdataString, DoublesQuotes) {
  EXPECT_EQ(submission::odata_string("65ed"), "'65ed'");
  EXPECT_EQ(submission::odata_string("O'Neil''s"), "'O''Neil''''s'");
  EXPECT_EQ(submission::odata_string(""), "''");
}

}  // namespace
}  // namespace referrald::test
