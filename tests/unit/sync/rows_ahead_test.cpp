#include "daemon/sync/rows_ahead.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

// With so many threads.
class RowsAheadTest : public SyncTest, public testing::WithParamInterface<unsigned> {
 protected:
  static constexpr const char* header = "Id,Name,Deal,Help,Include\r\n";

  // Of each row the id, or "?" and how many reasons; and how many were passed over before it.
  struct Taken {
    std::vector<std::string> rows;
    std::vector<std::uint64_t> passed_over;
    bool damaged = false;
  };
  Taken take(const sync::UnchangedRows& unchanged = {}, std::size_t most = 1'000'000) const {
    Taken taken;
    const auto work = sync::make_work_list(config, {});
    sync::ExportRows rows(work.exports.front());
    sync::RowsAhead ahead(rows, unchanged, GetParam());
    sync::PassedOver passed_over;
    try {
      while (taken.rows.size() < most) {
        const auto* const row = ahead.next(passed_over);
        taken.passed_over.push_back(passed_over.rows());
        if (row == nullptr) break;
        taken.rows.push_back(text_of(*row));
      }
    } catch (const mapping::ExportError&) {
      taken.damaged = true;
    }
    return taken;
  }
  static std::string text_of(const sync::ExportRow& row) {
    if (const auto* mapped = std::get_if<mapping::Mapped>(&row.outcome))
      return fmt::format("{} {} {}", row.origin.line, mapped->external_id,
                         *mapped->referral.find("name")->string());
    return fmt::format("{} rejected", row.origin.line);
  }
  static std::string row(int number, const std::string& name = "Name") {
    return fmt::format("id-{},{},private,,yes\r\n", number, name);
  }
};

INSTANTIATE_TEST_SUITE_P(Threads, RowsAheadTest, testing::Values(1U, 2U, 4U),
                         testing::PrintToStringParamName());

TEST_P(RowsAheadTest, ComeInTheirOrder) {
  std::string text = header;
  std::vector<std::string> expected;
  for (int i = 0; i < 3'000; ++i) {
    text += row(i, i % 7 == 0 ? "" : "Name " + std::to_string(i));
    expected.push_back(i % 7 == 0 ? fmt::format("{} rejected", i + 2)
                                  : fmt::format("{} id-{} Name {}", i + 2, i, i));
  }
  given_file("leads.csv", text);
  EXPECT_EQ(take().rows, expected);
}

// More text than is kept for a group of rows together.
TEST_P(RowsAheadTest, MayBeLarge) {
  std::string text = header;
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string name(i % 50 == 0 ? 300'000 : 3'000, static_cast<char>('a' + i % 26));
    text += row(i, name);
    expected.push_back(name.size() > 200'000 ? fmt::format("{} rejected", i + 2)
                                             : fmt::format("{} id-{} {}", i + 2, i, name));
  }
  given_file("leads.csv", text);
  const auto taken = take().rows;
  ASSERT_EQ(taken.size(), expected.size());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto& name = taken[i].substr(taken[i].rfind(' ') + 1);
    if (i % 50 != 0) {
      EXPECT_TRUE(taken[i] == expected[i]) << i << " " << name.size();
    }
  }
}

TEST_P(RowsAheadTest, AreToldUpToADamage) {
  std::string text = header;
  for (int i = 0; i < 500; ++i) text += row(i);
  given_file("leads.csv", text + "\"left open");
  const auto taken = take();
  EXPECT_EQ(taken.rows.size(), 500u);
  EXPECT_TRUE(taken.damaged);
}

TEST_P(RowsAheadTest, NeedNotBeTakenToTheEnd) {
  std::string text = header;
  for (int i = 0; i < 5'000; ++i) text += row(i);
  given_file("leads.csv", text);
  EXPECT_EQ(take({}, 3).rows.size(), 3u);
}

TEST_P(RowsAheadTest, SayHowManyUnchangedOnesStandBetween) {
  std::vector<RowSpec> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({"id-" + std::to_string(i)});
  given_export("leads.csv", rows);
  sync();
  rows[2].name = rows[19'000].name = "Another";
  given_export("leads.csv", rows);
  const auto work = sync::make_work_list(config, {});
  const auto ledger = reader();
  const auto taken = take(sync::find_unchanged(work.exports.front(), *ledger, {}));
  EXPECT_THAT(taken.rows, testing::SizeIs(2));
  EXPECT_THAT(taken.passed_over, testing::ElementsAre(2u, 18'997u, 999u));
}

TEST_P(RowsAheadTest, OfAnEmptyExportAreNone) {
  given_file("leads.csv", header);
  EXPECT_THAT(take().rows, testing::IsEmpty());
}

}  // namespace
}  // namespace referrald::test
