// A CRM that exports a source's rows several times a day, and knows what is to become of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/partner_center_world.hpp"

namespace referrald::test {

// What its exports hold: for the mapping of each source.
extern const std::string_view crm_mapping;

class SimulatedCrm {
 public:
  // What a referral holds of a row.
  struct Content {
    std::string name;
    int value = 0;
    bool operator==(const Content&) const = default;
  };

  // Ids begin with `prefix`.
  SimulatedCrm(std::string prefix, SeededRandom& chance)
      : prefix_(std::move(prefix)), chance_(chance) {}

  // Exports: what is new and what has changed, beside some that is not; everything; `rows` new
  // rows.
  std::string changes();
  std::string everything();
  std::string backfill(int rows);
  // Of one row that nothing else touches.
  std::string special(const std::string& id, const std::string& deal, const Content& content);
  // Something else stands at Partner Center, and stays.
  void expect_instead(const std::string& id, const Content& content) { instead_[id] = content; }

  // Exactly what the exports asked for is held, once; returns how many referrals these are.
  std::size_t expect_held(const PartnerCenterWorld& world) const;

 private:
  struct Row {
    Content content;
    std::string deal;
    bool included = true;
    bool withdrawn = false;         // it was included once
    std::vector<Content> wanted{};  // of all exports; none: never good
  };

  int between(int least, int most);
  std::string& add_row(const std::string& deal);
  void change(const std::string& id);
  std::string any();
  std::string line(const std::string& id);
  std::string with_header(const std::vector<std::string>& ids);
  void touch(std::vector<std::string>& ids);
  static void expect_row(const PartnerCenterWorld& world, const std::string& id, const Row& row,
                         const Content& content);

  std::string prefix_;
  SeededRandom& chance_;
  std::map<std::string, Row> rows_;
  std::map<std::string, Content> instead_;
  std::vector<std::string> live_;    // ids that may change
  std::vector<std::string> broken_;  // ids that were never good
  int numbers_ = 0;
  int versions_ = 0;
};

}  // namespace referrald::test
