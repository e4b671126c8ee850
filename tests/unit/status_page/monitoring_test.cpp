// What is shipped in config/monitoring/.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/status_page/exposition.hpp"
#include "daemon/status_page/metrics.hpp"
#include "tests/support/scripted_snapshot.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

const std::filesystem::path monitoring =
    std::filesystem::path(REFERRALD_SOURCE_DIR) / "config" / "monitoring";

std::set<std::string> names_in(const std::string& text) {
  static const std::regex name("referrald_[a-z_]+");
  std::set<std::string> names;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), name);
       found != std::sregex_iterator(); ++found)
    names.insert(found->str());
  return names;
}

// With everything that there can be to tell.
std::set<std::string> names_of_metrics() {
  const status_page::Metrics metrics({"leads"});
  std::set<std::string> names;
  status_page::each_sample(metrics.text(troubled_snapshot(at_ten)),
                           [&](const auto& sample) { names.insert(sample.name); });
  return names;
}

boost::json::value dashboard() {
  return boost::json::parse(content_of(monitoring / "grafana-dashboard.json"));
}

TEST(Monitoring, NamesNoMetricThatDoesNotExist) {
  const auto metrics = names_of_metrics();
  for (const char* file : {"alerts.yaml", "alerts_test.yaml", "grafana-dashboard.json"}) {
    const auto named = names_in(content_of(monitoring / file));
    EXPECT_GE(named.size(), 10u) << file;
    for (const std::string& name : named)
      EXPECT_TRUE(metrics.contains(name)) << file << ": " << name;
  }
}

TEST(Monitoring, DocumentsEveryMetricAndEveryAlert) {
  const std::string page =
      content_of(std::filesystem::path(REFERRALD_SOURCE_DIR) / "docs" / "monitoring.md");
  for (std::string name : names_of_metrics()) {
    for (const std::string suffix : {"_bucket", "_count", "_sum"})
      if (name.starts_with("referrald_request_duration") && name.ends_with(suffix))
        name.resize(name.size() - suffix.size());
    EXPECT_THAT(page, testing::HasSubstr("`" + name)) << name;
  }
  const std::string rules = content_of(monitoring / "alerts.yaml");
  static const std::regex alert("alert: (\\w+)");
  for (auto found = std::sregex_iterator(rules.begin(), rules.end(), alert);
       found != std::sregex_iterator(); ++found)
    EXPECT_THAT(page, testing::HasSubstr("`" + found->str(1) + "`"));
  for (const std::string& name : names_in(page))
    EXPECT_TRUE(names_of_metrics().contains(name) || name == "referrald_request_duration_seconds")
        << name;
}

TEST(Monitoring, HasADashboardWhoseEveryPanelAsksSomething) {
  const auto document = dashboard();
  EXPECT_EQ(document.at("title"), "referrald");
  std::set<std::int64_t> ids;
  for (const auto& panel : document.at("panels").as_array()) {
    EXPECT_TRUE(ids.insert(panel.at("id").as_int64()).second);
    EXPECT_FALSE(panel.at("title").as_string().empty());
    ASSERT_FALSE(panel.at("targets").as_array().empty());
    const auto& place = panel.at("gridPos");
    EXPECT_LE(place.at("x").as_int64() + place.at("w").as_int64(), 24);
    for (const auto& target : panel.at("targets").as_array())
      EXPECT_FALSE(target.at("expr").as_string().empty());
  }
  EXPECT_GE(ids.size(), 12u);
}

class PromtoolTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v promtool >/dev/null") != 0)
      GTEST_SKIP() << "SKIPPED: the alert rules were not tested; promtool is not there "
                      "(scripts/install-dependencies.sh test)";
  }
  static int promtool(const std::string& arguments) {
    return std::system(("cd '" + monitoring.string() + "' && promtool " + arguments).c_str());
  }
};

TEST_F(PromtoolTest, TakesTheRules) {
  EXPECT_EQ(promtool("check rules alerts.yaml"), 0);
}

TEST_F(PromtoolTest, SeesEachAlertWhenItIsDueAndNotBefore) {
  EXPECT_EQ(promtool("test rules alerts_test.yaml"), 0);
  const std::string tests = content_of(monitoring / "alerts_test.yaml");
  const std::string rules = content_of(monitoring / "alerts.yaml");
  static const std::regex alert("alert: (\\w+)");
  for (auto found = std::sregex_iterator(rules.begin(), rules.end(), alert);
       found != std::sregex_iterator(); ++found)
    EXPECT_THAT(tests, testing::HasSubstr("alertname: " + found->str(1) + "\n        exp_alerts:"));
}

// Each expression of the dashboard is one that Prometheus would take, as a rule of its own.
TEST_F(PromtoolTest, TakesTheDashboardsExpressions) {
  TemporaryFolder folder;
  std::string rules = "groups:\n- name: dashboard\n  rules:\n";
  const auto document = dashboard();
  for (const auto& panel : document.at("panels").as_array())
    for (const auto& target : panel.at("targets").as_array()) {
      std::string expression(target.at("expr").as_string());
      expression = std::regex_replace(expression, std::regex("\\$__rate_interval"), "5m");
      rules += "  - record: a:b:c\n    expr: '" + expression + "'\n    labels: { n: \"" +
               std::to_string(rules.size()) + "\" }\n";
    }
  write_content(folder / "rules.yaml", rules);
  EXPECT_EQ(promtool("check rules '" + (folder / "rules.yaml").string() + "'"), 0);
}

}  // namespace
}  // namespace referrald::test
