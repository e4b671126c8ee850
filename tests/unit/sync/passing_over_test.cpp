// Whatever happened before: whether rows that are as they were are passed over or mapped must make
// no difference but for the time it takes.
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "daemon/sync/survey.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

constexpr const char* mapping = R"(
include:
  - { column: Include, in: [yes] }
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Topic | required}
  qualification: SalesQualified
  customerProfile:
    name: Fabrikam
    address: { addressLine1: Street 1, city: "${City}", country: DE }
    team: [ { firstName: Ada, lastName: Lee, email: ada@fabrikam.example } ]
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  substatus: ${Status}
  details:
    notes: ${Notes}
    dealValue: 1000
    currency: EUR
    requirements: { solutions: [ { type: Name, id: SOL-12345-ABC } ] }
invitation: { notes: "${Help}", assistanceRequestCode: GeneralOrOther }
)";

// One of two that live the same life; one of them maps every row.
class Side : public SyncTest {
 public:
  explicit Side(bool all) {
    maps_all_rows = all;
    own_folder.write("mapping.yaml", mapping);
    std::filesystem::create_directories(folder / "others");
    auto& others = config.sources.emplace_back(config.sources.front());
    others.name = "others";
    others.exports = folder / "others" / "*";
    config.submission.retry.attempts = 2;
    config.submission.reconcile = {.looks = 2, .apart = std::chrono::milliseconds{50}};
  }
  void TestBody() override {}
  using SyncTest::adopt;
  using SyncTest::config;
  using SyncTest::folder;
  using SyncTest::given_file;
  using SyncTest::pull;
  using SyncTest::reader;
  using SyncTest::sync;
  using SyncTest::world;

  std::map<std::string, std::string> rows() const {
    std::map<std::string, std::string> out;
    reader()->list({}, [&](const persistence::RowView& row) {
      out[row.external_id] =
          fmt::format("{} {} {} {} {} {} {} {}", persistence::to_string(row.state),
                      persistence::to_string(row.step), row.deal, row.source, row.own.status,
                      row.reasons, row.taken_back, row.invitation_differs);
    });
    return out;
  }

  std::vector<std::string> rejects() const {
    std::vector<std::string> out;
    reader()->rejects(std::nullopt, std::nullopt, [&](const persistence::RejectView& one) {
      out.push_back(fmt::format("{} {} {} {}", one.origin.source, one.external_id, one.reasons,
                                one.origin.export_name));
    });
    std::ranges::sort(out);
    return out;
  }

  std::string counts() const {
    std::string out;
    for (const char* source : {"leads", "others"})
      for (const auto& [state, rows] : reader()->counts({source}))
        out += fmt::format("{} {} {}\n", source, persistence::to_string(state), rows);
    return out;
  }

  void put(const std::string& name, const std::string& text) {
    if (name.starts_with("others"))
      std::filesystem::rename(given_file("others.new", text), folder / "others" / name);
    else
      given_file(name, text);
  }

  // With and without a limit a survey counts the same, but that the one passes rows over.
  std::map<std::string, sync::SourcePlan> survey(std::optional<std::uint64_t> limit) const {
    const auto ledger = reader();
    sync::Survey survey(ledger.get(), {});
    for (const auto& what : sync::make_work_list(config, {}).exports) survey.read(what, limit);
    return survey.sources();
  }
};

class PastTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  int between(int least, int most) {
    return least + static_cast<int>(chance_.uniform() * (most - least + 1));
  }
  bool one_in(int many) { return between(1, many) == 1; }
  template <typename List>
  std::string any_of(const List& list) {
    return list[static_cast<std::size_t>(between(0, static_cast<int>(std::size(list)) - 1))];
  }

  // In a tidy life exports have nothing but rows that can be sent, each id once.
  bool tidy() const { return GetParam() % 2 == 0; }
  // In some lives they often come as they were, or as they were once.
  bool repeats() const { return GetParam() % 4 > 1; }

  std::string tidy_row(const std::string& id) {
    static const std::vector<std::string> words{"a", "b", "c"};
    static const std::vector<std::string> deals{"private", "private", "partner-led"};
    return fmt::format("{},{},{},{},{},,,yes\n", id, any_of(words), any_of(words), any_of(words),
                       any_of(deals));
  }

  std::string row() {
    if (tidy()) return tidy_row("id-" + std::to_string(++newest_));
    static const std::vector<std::string> deals{"private", "private", "co-sell", "partner-led"};
    static const std::vector<std::string> statuses{"", "", "", "Accepted", "Won", "Lost"};
    static const std::vector<std::string> words{"a", "b"};
    const auto id = one_in(25) ? "" : "id-" + std::to_string(between(1, 12));
    if (one_in(30)) return id + ",too,few\n";
    return fmt::format("{},{},{},{},{},{},{},{}\n", id, one_in(15) ? "" : any_of(words),
                       any_of(words), any_of(words), any_of(deals), any_of(statuses), any_of(words),
                       one_in(GetParam() % 3 == 0 ? 3 : 12) ? "no" : "yes");
  }

  void change_exports() {
    for (auto& [name, rows] : exports_) {
      for (auto& one : rows)
        if (one_in(8)) one = tidy() ? tidy_row(one.substr(0, one.find(','))) : row();
      if (one_in(3)) rows.push_back(row());
      if (rows.size() > 3 && one_in(3)) rows.erase(rows.begin() + between(0, 2));
      if (rows.size() > 1 && one_in(2)) std::swap(rows.front(), rows.back());
      auto& before = before_[name];
      if (repeats() && !before.empty() && one_in(3))
        rows = before[static_cast<std::size_t>(between(0, static_cast<int>(before.size()) - 1))];
      before.push_back(rows);
      std::string text = "Id,Topic,City,Notes,Deal,Status,Help,Include\n";
      for (const auto& one : rows) text += one;
      for (Side* side : {&quick_, &plain_}) side->put(name, text);
    }
  }

  // What happens at Partner Center, and what its users do.
  void meddle() {
    const auto& held = quick_.world->held();
    const bool closes = one_in(3);
    const auto what = between(0, 9);
    if (!held.empty() && what < 3) {
      const auto& one =
          held[static_cast<std::size_t>(between(0, static_cast<int>(held.size()) - 1))];
      const auto id = one.external_id;
      if (id.empty()) return;
      for (Side* side : {&quick_, &plain_}) {
        side->world->edit(id, closes ? "/status" : "/details/notes",
                          closes ? "\"Closed\"" : "\"by hand\"");
      }
    } else if (what == 4) {
      for (Side* side : {&quick_, &plain_}) side->pull();
    } else if (what == 5) {
      for (Side* side : {&quick_, &plain_}) side->adopt();
    }
  }

  void meet_faults() {
    const auto roll = between(0, 9);
    const Fault fault = roll == 0   ? Fault::status_400
                        : roll == 1 ? Fault::drop_after
                        : roll == 2 ? Fault::status_503
                                    : Fault::none;
    for (Side* side : {&quick_, &plain_})
      side->world->fault = [fault, calls = 0](const submission::Request& request) mutable {
        return request.method != "GET" && ++calls % 3 == 0 ? fault : Fault::none;
      };
  }

  void expect_same_sync() {
    auto quick = quick_.sync();
    auto plain = plain_.sync();
    quick.summary.seconds = plain.summary.seconds = 0;
    EXPECT_EQ(quick.exit, plain.exit);
    EXPECT_EQ(quick.summary, plain.summary);
    EXPECT_EQ(quick.rejected_by_reason, plain.rejected_by_reason);
    EXPECT_EQ(quick.need_person, plain.need_person);
    EXPECT_EQ(quick.closed, plain.closed);
    EXPECT_EQ(quick.backward, plain.backward);
    EXPECT_EQ(quick.invitations, plain.invitations);
    EXPECT_EQ(quick.remarks, plain.remarks);
    EXPECT_EQ(quick.messages, plain.messages);
    EXPECT_EQ(quick_.rows(), plain_.rows());
    EXPECT_EQ(quick_.rejects(), plain_.rejects());
    EXPECT_EQ(quick_.counts(), plain_.counts());
    EXPECT_EQ(quick_.world->posts, plain_.world->posts);
    EXPECT_EQ(quick_.world->patch_bodies, plain_.world->patch_bodies);
  }

  void expect_same_survey() const {
    const auto quick = quick_.survey({});
    const auto plain = quick_.survey(1'000'000);
    ASSERT_EQ(quick.size(), plain.size());
    for (const auto& [source, plan] : quick) {
      SCOPED_TRACE(source);
      expect_same_plan(plan, plain.at(source));
    }
  }

  static void expect_same_plan(const sync::SourcePlan& quick, const sync::SourcePlan& plain) {
    EXPECT_EQ(quick.creates, plain.creates);
    EXPECT_EQ(quick.upgrades, plain.upgrades);
    EXPECT_EQ(quick.replaced, plain.replaced);
    EXPECT_EQ(quick.requests, plain.requests);
    EXPECT_EQ(quick.adopted, plain.adopted);
    EXPECT_EQ(quick.warnings, plain.warnings);
    EXPECT_EQ(quick.tally.rows_read, plain.tally.rows_read);
    EXPECT_EQ(quick.tally.admitted, plain.tally.admitted);
    EXPECT_EQ(quick.tally.unchanged, plain.tally.unchanged);
    EXPECT_EQ(quick.tally.changed, plain.tally.changed);
    EXPECT_EQ(quick.tally.excluded, plain.tally.excluded);
    EXPECT_EQ(quick.tally.rejected, plain.tally.rejected);
    EXPECT_EQ(quick.tally.refused, plain.tally.refused);
    EXPECT_EQ(quick.tally.closed, plain.tally.closed);
    EXPECT_EQ(quick.tally.backward, plain.tally.backward);
    EXPECT_EQ(quick.tally.invitations, plain.tally.invitations);
    EXPECT_EQ(quick.tally.remarks, plain.tally.remarks);
  }

  SeededRandom chance_{GetParam() + 1};
  Side quick_{false};
  Side plain_{true};
  std::map<std::string, std::vector<std::string>> exports_;
  std::map<std::string, std::vector<std::vector<std::string>>> before_;
  int newest_ = 0;
};

TEST_P(PastTest, MakesNoDifference) {
  exports_["a.csv"] = {};
  if (one_in(2)) exports_["b.csv"] = {};
  if (!tidy() && one_in(2)) exports_["others.csv"] = {};
  for (auto& [name, rows] : exports_)
    for (int i = between(2, 12); i > 0; --i) rows.push_back(row());
  for (int step = 0; step < 8 && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    if (step == 0 || !(tidy() || repeats()) || one_in(2)) change_exports();
    if (step > 0) meddle();
    meet_faults();
    if (step > 0) expect_same_survey();
    expect_same_sync();
  }
}

INSTANTIATE_TEST_SUITE_P(OfManySeeds, PastTest, ::testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace referrald::test
