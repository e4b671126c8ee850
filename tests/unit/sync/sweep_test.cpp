// Looking for doubtful rows in lists as services make them.
#include "daemon/sync/sweep.hpp"

#include <gmock/gmock.h>

#include "mapping/entities.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Request;

class SweepTest : public SyncTest {
 protected:
  // The n-th POST takes effect, and its answer is lost.
  void lose_answer(std::size_t n) {
    world->fault = [this, n](const Request& request) {
      return request.method == "POST" && world->posts == n ? Fault::drop_after : Fault::none;
    };
  }
};

TEST_F(SweepTest, AnEmptyPageIsNotTheEndOfTheList) {
  world->empty_pages = true;
  lose_answer(1);
  given_export("leads.csv", {{"id-1"}});
  sync();
  expect_exactly_once({{"id-1"}});
}

TEST_F(SweepTest, NorOfAnEngagementsReferrals) {
  const RowSpec row{.id = "id-1", .deal = "co-sell"};
  world->empty_pages = true;
  lose_answer(2);
  given_export("leads.csv", {row});
  sync();
  expect_exactly_once({row});
}

TEST_F(SweepTest, AnEngagementsReferralsAreReadToTheirEnd) {
  const RowSpec row{.id = "id-1", .deal = "co-sell"};
  world->page_size = 1;
  lose_answer(2);
  given_export("leads.csv", {row});
  sync();
  expect_exactly_once({row});
}

// The service's clock decides, since it writes the times that the look goes by.
TEST_F(SweepTest, AServiceWhoseClockIsBehindOursIsSearchedFarEnough) {
  world->clock_behind = 1h;
  world->page_size = 2;
  config.submission.connections = 1;
  lose_answer(1);
  std::vector<RowSpec> rows;
  for (int i = 0; i < 12; ++i) rows.push_back({"id-" + std::to_string(i)});
  given_export("leads.csv", rows);
  sync();
  expect_exactly_once(rows);
}

// The process dies while our clock is wrong, and looks for what it left when that is right again.
class WrongClockTest : public SweepTest, public testing::WithParamInterface<int> {
 protected:
  WrongClockTest() {
    world->page_size = 2;
    config.submission.connections = 1;
    config.submission.reconcile.looks = 1;
  }
  void given_our_clock_ahead_by(std::chrono::hours ahead) {
    world->clock_behind = ahead;
    tokens->now = [this] {
      return submission::ServiceMoment{clock().wall() - world->clock_behind, clock().steady()};
    };
  }
  void put_our_clock_right() {
    clock().set_wall(clock().wall() - world->clock_behind);
    world->clock_behind = 0h;
  }
  // Enough to fill the first pages of a list.
  void create_others_meanwhile() {
    for (int i = 0; i < 6; ++i) world->add(R"({"name": "Another deal"})");
  }
};

TEST_P(WrongClockTest, WhatItClaimedIsSearchedForByTheServicesClock) {
  given_our_clock_ahead_by(5h);
  given_export("leads.csv", {{"id-1"}});
  (void)sync({.dies_after = GetParam()});
  put_our_clock_right();
  clock().advance(6h);
  create_others_meanwhile();
  sync();
  EXPECT_EQ(world->own("id-1"), 1u);
}

INSTANTIATE_TEST_SUITE_P(EachPieceOfLedgerWork, WrongClockTest, testing::Range(0, 30));

TEST_F(SweepTest, ASearchEndsWhereTheListIsOlderThanTheRow) {
  std::vector<RowSpec> rows;
  for (int i = 0; i < 12; ++i) rows.push_back({"old-" + std::to_string(i)});
  given_export("leads.csv", rows);
  sync();
  clock().advance(1h);
  world->page_size = 2;
  lose_answer(13);
  world->list_delay = 3s;  // the first look does not find it
  given_export("leads.csv", {{"new"}});
  sync();
  EXPECT_EQ(world->gets, 2u) << "one page for each look";
  rows.push_back({"new"});
  expect_exactly_once(rows);
}

TEST_F(SweepTest, AnIdThatIsListedWithHtmlEntitiesIsTheSameId) {
  world->escapes_html = true;
  lose_answer(1);
  given_export("leads.csv", {{"A&B1"}});
  sync();
  expect_exactly_once({{"A&B1"}});
}

TEST(HtmlDecoded, ResolvesEachReferenceOnce) {
  using mapping::html_decoded;
  EXPECT_EQ(html_decoded("plain"), std::nullopt);
  EXPECT_EQ(html_decoded("A & B; C"), std::nullopt);
  EXPECT_EQ(html_decoded("A&amp;B"), "A&B");
  EXPECT_EQ(html_decoded("&amp;amp;"), "&amp;");
  EXPECT_EQ(html_decoded("&lt;a b=&quot;&gt; &apos;&#39;&#x27;"), "<a b=\"> '''");
  EXPECT_EQ(html_decoded("&#8364;&#x1F600;&nbsp;"), "\u20ac\U0001F600\u00a0");
  EXPECT_EQ(html_decoded("&amp;&unknown;&#0;&#xD800;&#x110000;&"),
            "&&unknown;&#0;&#xD800;&#x110000;&");
}

}  // namespace
}  // namespace referrald::test
