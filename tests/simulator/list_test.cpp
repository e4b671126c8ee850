// Lists: paging, order, filter and selection (reference, sections 1.1 and 11.6).
#include <algorithm>

#include <gmock/gmock.h>

#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ListTest : public ServiceTest {
 protected:
  void given(int count, int from = 0) {
    for (int i = from; i < from + count; ++i) {
      ASSERT_EQ(create(own_referral(std::to_string(i))).status, 201U);
    }
  }
  // All pages of a list, by the token alone.
  std::vector<std::string> all_pages(const std::string& query) {
    Told page = list(query);
    auto ids = external_ids(page);
    while (page.json().as_object().contains("@odata.nextLink")) {
      page = list(skiptoken(page));
      for (auto& id : external_ids(page)) ids.push_back(std::move(id));
    }
    return ids;
  }
  std::vector<std::string> filtered(const std::string& filter) {
    const auto page = list("$filter=" + encode_component(filter));
    EXPECT_EQ(page.status, 200U) << page.body;
    return external_ids(page);
  }
  std::string refused(const std::string& query) {
    const auto told = list(query);
    return told.status == 400 ? told.text("/error/target") : "accepted";
  }
  static std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i != to; i += from < to ? 1 : -1) all.push_back(std::to_string(i));
    return all;
  }
};

TEST_F(ListTest, AnEmptyListHasNoNextLink) {
  EXPECT_EQ(list("").body,
            R"({"@odata.context":"http://127.0.0.1/v1.0/$metadata#Referrals","@odata.count":0,)"
            R"("value":[]})");
}

TEST_F(ListTest, PagesHaveAHundred) {
  given(250);
  const auto first = list("");
  EXPECT_THAT(external_ids(first), SizeIs(100));
  EXPECT_EQ(first.text("/@odata.nextLink")
                .rfind("http://127.0.0.1/v1.0/engagements/referrals?$skiptoken=k1", 0),
            0U);
  EXPECT_EQ(all_pages(""), numbers(0, 250));
  EXPECT_EQ(all_pages("$orderby=createdDateTime%20desc"), numbers(249, -1));
}

TEST_F(ListTest, AFullLastPageHasNoNextLink) {
  given(100);
  EXPECT_FALSE(list("").json().as_object().contains("@odata.nextLink"));
}

TEST_F(ListTest, PagesStandStillWhileReferralsArrive) {
  given(150);
  const auto page = list("$orderby=createdDateTime+desc");
  given(50, 150);
  const auto rest = list(skiptoken(page));
  EXPECT_EQ(external_ids(rest), numbers(49, -1));
}

TEST_F(ListTest, ATokenKeepsFilterAndSelectionAndRefusesOthers) {
  given(120);
  const auto page = list("$filter=status+eq+'Active'&$select=externalReferenceId&$count=true");
  EXPECT_EQ(page.json().at("@odata.count").to_number<int>(), 120);
  const auto rest = list(skiptoken(page));
  EXPECT_EQ(rest.json().at("value").at(0).as_object().size(), 1U);
  EXPECT_EQ(rest.json().at("@odata.count").to_number<int>(), 120);
  EXPECT_EQ(list(skiptoken(page) + "&$filter=status+eq+'Active'").status, 200U);
  EXPECT_EQ(refused(skiptoken(page) + "&$filter=status+eq+'New'"), "$filter");
  EXPECT_EQ(refused(skiptoken(page) + "&$orderby=updatedDateTime"), "$orderby");
}

TEST_F(ListTest, TheDocumentedNextLinkIsBrokenOnDemand) {
  settings_.broken_next_link = true;
  given(101);
  const auto page = list("");
  EXPECT_EQ(page.text("/@odata.nextLink")
                .rfind("http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k1", 0),
            0U);
  EXPECT_THAT(external_ids(list(skiptoken(page))), ElementsAre("100"));
}

TEST_F(ListTest, TopAndSkipCountOverPages) {
  given(250);
  EXPECT_EQ(all_pages("$top=5"), numbers(0, 5));
  EXPECT_EQ(all_pages("$top=120&$skip=10"), numbers(10, 130));
  EXPECT_EQ(all_pages("$top=100"), numbers(0, 100));
  EXPECT_EQ(all_pages("$skip=240"), numbers(240, 250));
  EXPECT_THAT(all_pages("$top=0"), IsEmpty());
}

TEST_F(ListTest, CountIsOfThePageUnlessAsked) {
  given(101);
  EXPECT_EQ(list("").json().at("@odata.count").to_number<int>(), 100);
  EXPECT_EQ(list("$count=true").json().at("@odata.count").to_number<int>(), 101);
  EXPECT_FALSE(list("$count=false").json().as_object().contains("@odata.count"));
}

TEST_F(ListTest, ChangedReferralsComeLastByUpdateTime) {
  given(3);
  const auto id = list("").text("/value/0/id");
  ask(patch_of(id, R"([{"op":"replace","path":"/name","value":"x"}])"));
  EXPECT_EQ(all_pages("$orderby=updatedDateTime"), (std::vector<std::string>{"1", "2", "0"}));
  EXPECT_EQ(all_pages("$orderby=updatedDateTime+desc&$top=1"), (std::vector<std::string>{"0"}));
}

TEST_F(ListTest, FiltersByTheDocumentedFields) {
  given(1);
  create(own_referral("fr", R"(,"inviteContext":{"notes":"x"})"));
  auto french = own_referral("paris");
  french.replace(french.find("\"DE\""), 4, "\"FR\"");
  french.replace(french.find("SalesQualified"), 14, "None");
  french.replace(french.find("sam@example.com"), 15, "o'hara@x.fr");
  ASSERT_EQ(create(french).status, 201U);
  EXPECT_THAT(filtered("customerProfile/address/country eq 'FR'"), ElementsAre("paris"));
  EXPECT_THAT(filtered("qualification eq 'None'"), ElementsAre("paris"));
  EXPECT_THAT(filtered("email eq 'o''hara@x.fr'"), ElementsAre("paris"));
  EXPECT_THAT(filtered("team/any(t:t/email eq 'o''hara@x.fr')"), ElementsAre("paris"));
  EXPECT_THAT(filtered("team/any(m: m/email eq 'sam@example.com') and type eq 'Independent'"),
              ElementsAre("0", "fr"));
  EXPECT_THAT(filtered("direction eq 'Outgoing' and (status eq 'Active' and "
                       "(substatus eq 'Accepted'))"),
              SizeIs(3));
  EXPECT_THAT(filtered("direction eq 'Incoming'"), IsEmpty());
}

TEST_F(ListTest, FiltersByEngagementQuotedOrNot) {
  given(3);
  const auto engagement = list("").text("/value/1/engagementId");
  create(invitation(engagement));
  for (const auto& filter : {fmt::format("engagementId eq '{}'", engagement),
                             fmt::format("engagementId eq {}", engagement)}) {
    const auto page = list("$filter=" + encode_component(filter));
    ASSERT_EQ(page.status, 200U) << page.body;
    EXPECT_EQ(page.json().at("value").as_array().size(), 2U);
    EXPECT_EQ(page.text("/value/1/target/0/id"), "msft");
  }
}

TEST_F(ListTest, FiltersByUpdateTime) {
  given(1);
  clock_.advance(std::chrono::minutes{30});
  given(1, 1);
  EXPECT_THAT(filtered("updatedDateTime ge 2026-01-01T00:30:00Z"), ElementsAre("1"));
  EXPECT_THAT(filtered("updatedDateTime lt '2026-01-01T00:30:00Z'"), ElementsAre("0"));
  EXPECT_THAT(filtered("updatedDateTime gt 2026-01-01T00:30:00Z"), IsEmpty());
}

TEST_F(ListTest, UpdateTimeIsNoFieldWhenSwitchedSo) {
  settings_.refuse_updated_filter = true;
  EXPECT_EQ(refused("$filter=updatedDateTime+ge+2026-01-01T00:30:00Z"), "$filter");
}

TEST_F(ListTest, UnknownFieldsAndOperatorsAreRefused) {
  for (const char* filter : {"externalReferenceId eq 'x'",
                             "id eq 'x'",
                             "name eq 'x'",
                             "createdDateTime gt 2026-01-01",
                             "status ne 'New'",
                             "status gt 'New'",
                             "status eq 'New' or status eq 'Active'",
                             "contains(name,'x')",
                             "not status eq 'New'",
                             "status eq New",
                             "status eq",
                             "status",
                             "(status eq 'New'",
                             "status eq 'New')",
                             "status eq 'New",
                             "",
                             "engagementId eq 'x'",
                             "updatedDateTime ge yesterday",
                             "team/any(t:x/email eq 'a')",
                             "team/any(t:t/name eq 'a')",
                             "team/all(t:t/email eq 'a')",
                             "'New' eq status",
                             "status eq 'New' and",
                             "status eq \xff"}) {
    EXPECT_EQ(refused("$filter=" + encode_component(filter)), "$filter") << filter;
  }
  EXPECT_EQ(refused("$filter=" + encode_component(std::string(4000, '('))), "$filter");
}

TEST_F(ListTest, OtherBadOptionsAreRefused) {
  EXPECT_EQ(refused("$orderby=name"), "$orderby");
  EXPECT_EQ(refused("$orderby=createdDateTime+down"), "$orderby");
  EXPECT_EQ(refused("$select=id,nothing"), "$select");
  EXPECT_EQ(refused("$top=-1"), "$top");
  EXPECT_EQ(refused("$top=x"), "$top");
  EXPECT_EQ(refused("$skip=1x"), "$skip");
  EXPECT_EQ(refused("$count=yes"), "$count");
  EXPECT_EQ(refused("$expand=team"), "$expand");
  EXPECT_EQ(refused("$top=1&$top=2"), "$top");
  EXPECT_EQ(refused("$skiptoken=nonsense"), "$skiptoken");
  EXPECT_EQ(refused("$skiptoken=k1AAAA"), "$skiptoken");
  EXPECT_EQ(refused("page=2"), "accepted");
}

TEST_F(ListTest, SelectGivesTheNamedMembersInItsOrder) {
  given(1);
  const auto page = list("$select=status,%20externalReferenceId");
  EXPECT_EQ(page.json().at("value").at(0),
            boost::json::parse(R"({"status":"Active","externalReferenceId":"0"})"));
}

TEST_F(ListTest, ANewReferralShowsOnlyAfterTheDelay) {
  settings_.list_delay = std::chrono::milliseconds{2000};
  const auto id = create(own_referral("late")).text("/id");
  EXPECT_THAT(external_ids(list("$orderby=createdDateTime+desc&$count=true")), IsEmpty());
  EXPECT_EQ(get(id).status, 200U);
  clock_.advance(std::chrono::seconds{2});
  EXPECT_THAT(external_ids(list("")), ElementsAre("late"));
}

}  // namespace
}  // namespace referrald::simulator
