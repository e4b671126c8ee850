// What the log says of a run: enough to find out what went wrong, and nothing that it must not say.
#include <gmock/gmock.h>

#include "daemon/sync/outcome_log.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using submission::Request;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class RunLogTest : public SyncTest {
 protected:
  std::vector<std::string> of(std::string_view event) const {
    std::vector<std::string> found;
    const std::string name = " event=" + std::string(event) + ' ';
    for (const auto& line : log.lines())
      if (line.find(name) != std::string::npos) found.push_back(line);
    return found;
  }
};

TEST_F(RunLogTest, EveryLineOfARunHasItsId) {
  world->fault = [this](const Request&) {
    return world->posts == 3 ? Fault::status_429 : Fault::none;
  };
  given_export("leads.csv", {{"id-1"}, {"id-2", ""}, {"id-3"}, {"id-4"}});
  const auto outcome = sync();
  ASSERT_GT(outcome.run, 0);
  for (const auto& line : log.lines())
    EXPECT_THAT(line, HasSubstr(" run_id=" + std::to_string(outcome.run)));
  EXPECT_THAT(log.lines().front(), HasSubstr(" event=run-started "));
  EXPECT_THAT(log.lines().back(), HasSubstr(" event=run-finished "));
}

// All may be sent only days later.
TEST_F(RunLogTest, RejectedRowsAreToldOnceTheirExportIsRead) {
  given_export("leads.csv", {{"id-1"}, {"id-2", ""}, {"id-3", ""}});
  world->fault = [this](const Request& request) {
    if (request.method != "POST") return Fault::none;
    if (world->posts == 1) return Fault::status_503;  // it is sent again seconds later
    EXPECT_THAT(of("rows-rejected"), SizeIs(1));
    return Fault::none;
  };
  EXPECT_EQ(sync().exit, Exit::needs_person);
  EXPECT_EQ(world->own("id-1"), 1u);
  EXPECT_THAT(of("rows-rejected"), testing::ElementsAre(HasSubstr(" rows=2 ")));
}

TEST_F(RunLogTest, TheSummaryHasAllCounts) {
  given_export("leads.csv", {{"id-1"}, {"id-2", ""}, {"id-3"}});
  EXPECT_EQ(sync().exit, Exit::needs_person);
  ASSERT_THAT(of("run-finished"), SizeIs(1));
  EXPECT_THAT(of("run-finished")[0],
              AllOf(HasSubstr("info run finished "), HasSubstr(" exit_code=1 "),
                    HasSubstr(" rows_read=3 created=2 updated=0 unchanged=0 changed=0 excluded=0 "
                              "rejected=1 refused=0 in_doubt=0 waiting=0 requests=2 ")));
}

TEST_F(RunLogTest, ARowThatIsRefusedIsToldAtOnceAndOthersLikeItAreCounted) {
  world->fault = [](const Request& request) {
    return request.body.find("id-9") == std::string::npos ? Fault::status_400 : Fault::none;
  };
  std::vector<RowSpec> rows{{"id-9"}};
  for (int i = 100; i < 150; ++i) rows.push_back({.id = "id-" + std::to_string(i)});
  given_export("leads.csv", rows);
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.refused, 50u);
  const auto told = of("row-refused");
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[0],
              AllOf(HasSubstr("warning row refused event=row-refused source=leads "
                              "export=leads.csv line="),
                    HasSubstr(" external_reference_id=id-1"), HasSubstr(" step=own attempt=1 "),
                    HasSubstr(" http_status=400 "), HasSubstr(" client_request_id="),
                    HasSubstr(" duration_ms=20 "), HasSubstr(" remedy=")));
  EXPECT_THAT(told[1], AllOf(HasSubstr("(repeated 49 times)"), HasSubstr(" repeated=49")));
  EXPECT_THAT(of("row-attempted"), SizeIs(51));
}

TEST_F(RunLogTest, ARowInDoubtIsToldAndThatItWasFound) {
  world->fault = [this](const Request&) {
    return world->posts == 1 && world->gets == 0 ? Fault::drop_after : Fault::none;
  };
  given_export("leads.csv", {{"id-1"}});
  EXPECT_EQ(sync().exit, Exit::ok);
  ASSERT_THAT(of("row-in-doubt"), SizeIs(1));
  EXPECT_THAT(of("row-in-doubt")[0],
              AllOf(HasSubstr(" external_reference_id=id-1 "), Not(HasSubstr("http_status"))));
  ASSERT_THAT(of("row-found"), SizeIs(1));
  EXPECT_THAT(of("row-found")[0], HasSubstr(" external_reference_id=id-1 step=own referral_id="));
}

TEST_F(RunLogTest, ARowThatWasRefusedBeforeIsCountedOnceForItsSource) {
  world->fault = [](const Request&) { return Fault::status_400; };
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  EXPECT_EQ(sync().exit, Exit::needs_person);
  ASSERT_THAT(of("rows-refused-before"), SizeIs(1));
  EXPECT_THAT(of("rows-refused-before")[0],
              HasSubstr("warning rows refused before are in the export again "
                        "event=rows-refused-before source=leads export=leads.csv rows=2 line=2 "
                        "external_reference_id=id-1 "));
  EXPECT_THAT(of("row-refused-before"), SizeIs(2));
}

TEST_F(RunLogTest, ARunThatStopsSaysWhyByAnEventOfItsOwn) {
  world->fault = [](const Request&) { return Fault::status_403; };
  given_export("leads.csv", {{"id-1"}});
  sync();
  ASSERT_THAT(of("sign-in-refused"), SizeIs(1));
  EXPECT_THAT(of("sign-in-refused")[0],
              AllOf(HasSubstr("error Partner Center denies access"), HasSubstr(" exit_code=77 ")));
}

TEST_F(RunLogTest, AnExportThatCannotBeReadIsNamed) {
  given_file("leads.csv", "Id,Name\r\nid-1,a\r\n");
  EXPECT_EQ(sync().exit, Exit::invalid);
  ASSERT_THAT(of("export-refused"), SizeIs(1));
  EXPECT_THAT(of("export-refused")[0],
              AllOf(HasSubstr("error "), HasSubstr(" source=leads export=leads.csv ")));
}

TEST_F(RunLogTest, NoFormatHoldsACellATokenOrAnAddress) {
  std::string written;
  log.also = [&](const LogLine& line) {
    written += text_of(line) + '\n' + json_of(line) + '\n' + journal_of(line) + '\n';
  };
  world->fault = [this](const Request&) {
    switch (world->posts % 7) {
      case 1:
        return Fault::status_400;
      case 2:
        return Fault::drop_after;
      case 3:
        return Fault::status_409;
      case 4:
        return Fault::html;
      case 5:
        return Fault::status_401;
      default:
        return Fault::none;
    }
  };
  std::vector<RowSpec> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back({"id-" + std::to_string(i), "Hushed deal", i % 2 == 0 ? "co-sell" : "nonsense",
                    "Confidential help"});
  given_export("leads.csv", rows);
  sync();
  for (auto& row : rows) row.name = "Silenced deal";
  given_export("leads.csv", rows);
  sync();
  pull();
  for (const char* event : {"row-rejected", "row-refused", "row-in-doubt", "row-attempted"})
    EXPECT_THAT(written, HasSubstr("EVENT=" + std::string(event))) << "or this shows nothing";
  for (const char* secret : {"Hushed", "Silenced", "Confidential", "nonsense", "example.com",
                             "Fabrikam", "Main Street", "Ada", "Bearer", "+4900"})
    EXPECT_THAT(written, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace referrald::test
