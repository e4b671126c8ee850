#include "tests/support/temporary_folder.hpp"
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

class SqliteHome : public LedgerHome {
 public:
  std::unique_ptr<Ledger> open() override {
    return open_for_writing(folder_ / "ledger.db", Timestamp{});
  }
  std::unique_ptr<Ledger> open_reader() override { return open_for_reading(folder_ / "ledger.db"); }

 private:
  test::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerContract,
                         testing::Values(LedgerForm{"Sqlite",
                                                    [] { return std::make_unique<SqliteHome>(); }}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace referrald::persistence
