// Rows that `rejects` wrote and that come back: whether they need to be taken in, see
// is_overtaken().
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

TEST_P(LedgerContract, ARowOfRejectsIsOvertakenOnceItsRowNeedsNobody) {
  const auto overtaken = [&](RejectionId answers, const std::string& file = "rejects.csv") {
    return ledger().is_overtaken("a", "leads", answers, file);
  };
  reject("a");
  const RejectionId rejection = rejects().at(0).rejection;
  EXPECT_FALSE(overtaken(rejection));
  offer("a");
  EXPECT_TRUE(overtaken(rejection));
  EXPECT_FALSE(overtaken(rejection, "leads.csv"));  // which has brought it
  created(claim_one());
  EXPECT_TRUE(overtaken(rejection));
  reject("a");
  EXPECT_FALSE(overtaken(rejection));
}

TEST_P(LedgerContract, ARefusedRowIsOvertakenOnceItIsSent) {
  given(State::refused, "a");
  EXPECT_FALSE(ledger().is_overtaken("a", "leads", 0, "rejects.csv"));
  offer("a", "mended elsewhere");
  EXPECT_TRUE(ledger().is_overtaken("a", "leads", 0, "rejects.csv"));
}

TEST_P(LedgerContract, ARowThatNobodyKnowsIsOvertakenWhenItsRejectionHasEnded) {
  EXPECT_FALSE(ledger().is_overtaken("a", "leads", 0, "rejects.csv"));
  EXPECT_TRUE(ledger().is_overtaken("a", "leads", 7, "rejects.csv"));
  reject("");
  EXPECT_FALSE(ledger().is_overtaken("a", "leads", rejects().at(0).rejection, "rejects.csv"));
}

// The first that a source brings of it is rejected, so that the row is adopt's still.
TEST_P(LedgerContract, ARejectedRowOfAnAdoptedReferralIsOvertakenByNothing) {
  Existing existing;
  existing.external_id = "a";
  existing.ids = ids("a");
  existing.deal = "private";
  ledger().adopt(existing, now());
  reject("a");
  const RejectionId rejection = rejects().at(0).rejection;
  EXPECT_FALSE(ledger().is_overtaken("a", "leads", rejection, "rejects.csv"));
  restart();
  EXPECT_FALSE(reader()->is_overtaken("a", "leads", rejection, "rejects.csv"));
  offer("a", "mended");
  EXPECT_TRUE(rejects().empty());
}

}  // namespace
}  // namespace referrald::persistence
