#include "persistence/id_index.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "persistence/migrations.hpp"

namespace referrald::persistence {
namespace {

// All ids have one hash: what two of a great many ids may have.
IdHash colliding() {
  return [](std::string_view) { return 7; };
}

class IdIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    migrate(database_, migrations());
    database_.exec("PRAGMA foreign_keys = OFF");
    index_.load(make_id_hash("0123456789abcdef"), false);
  }

  void put_row(RowKey row, const std::string& id) {
    SQLite::Statement insert(database_,
                             "INSERT INTO row (id, external_id, source, state, step, deal, "
                             "co_sell, run, claimed, first_seen, changed, export, line, "
                             "fingerprint) VALUES (?, ?, 1, 'synced', 'own', 'private', 0, 1, 1, "
                             "1, 1, 1, 1, x'')");
    insert.bind(1, row);
    insert.bind(2, id);
    insert.exec();
  }
  void add(RowKey row, const std::string& id) {
    put_row(row, id);
    index_.add(id, row);
  }
  void delete_row(RowKey row) {
    database_.exec("DELETE FROM row WHERE id = " + std::to_string(row));
  }
  SeenRecord seen(const std::string& id) {
    const std::vector<std::int64_t> ids{index_.hash_of(id)};
    std::vector<SeenRecord> out(1);
    index_.seen_records(ids, out);
    return out.front();
  }

  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  Statements statements_{database_};
  IdIndex index_{statements_};
};

TEST_F(IdIndexTest, FindsARowBeforeAndAfterItIsStored) {
  add(1, "L-1");
  EXPECT_EQ(index_.find("L-1"), 1);
  EXPECT_EQ(index_.find("L-2"), 0);
  index_.store(true);
  EXPECT_EQ(index_.find("L-1"), 1);
  EXPECT_EQ(index_.find("L-2"), 0);
}

TEST_F(IdIndexTest, FindsAgainWhatAKilledProcessHadNotStored) {
  add(1, "L-1");
  index_.store(true);
  add(2, "L-2");
  IdIndex next{statements_};
  next.load(make_id_hash("0123456789abcdef"), false);
  EXPECT_EQ(next.find("L-1"), 1);
  EXPECT_EQ(next.find("L-2"), 2);
}

TEST_F(IdIndexTest, AReaderFindsRowsThatCameLater) {
  IdIndex reader{statements_};
  reader.load(make_id_hash("0123456789abcdef"), true);
  EXPECT_EQ(reader.find("L-1"), 0);
  add(1, "L-1");
  EXPECT_EQ(reader.find("L-1"), 1);
}

TEST_F(IdIndexTest, TellsIdsOfOneHashApart) {
  for (const bool stored : {false, true}) {
    SCOPED_TRACE(stored);
    index_.load(colliding(), false);
    const RowKey first = stored ? 11 : 1;
    const std::string mark = stored ? "b" : "a";
    add(first, mark + "1");
    add(first + 1, mark + "2");
    add(first + 2, mark + "3");
    index_.store(stored);
    EXPECT_EQ(index_.find(mark + "1"), first);
    EXPECT_EQ(index_.find(mark + "2"), first + 1);
    EXPECT_EQ(index_.find(mark + "3"), first + 2);
    EXPECT_EQ(index_.find(mark + "4"), 0);
  }
}

TEST_F(IdIndexTest, ARowThatGoesHidesNoOtherOfItsHash) {
  index_.load(colliding(), false);
  add(1, "L-1");
  add(2, "L-2");
  index_.store(true);
  index_.remove("L-1", 1);
  delete_row(1);
  EXPECT_EQ(index_.find("L-1"), 0);
  EXPECT_EQ(index_.find("L-2"), 2);
  index_.store(true);
  EXPECT_EQ(index_.find("L-2"), 2);
  add(3, "L-1");
  EXPECT_EQ(index_.find("L-1"), 3);
  index_.remove("L-2", 2);
  delete_row(2);
  EXPECT_EQ(index_.find("L-2"), 0);
  EXPECT_EQ(index_.find("L-1"), 3);
}

TEST_F(IdIndexTest, SeesRecordsOfManyIdsAtOnce) {
  std::vector<std::int64_t> ids;
  for (RowKey row = 1; row <= 2000; ++row) {
    const auto id = "L-" + std::to_string(row);
    add(row, id);
    if (row % 3 == 0) index_.see(id, row, row * 10);
    ids.push_back(index_.hash_of(id));
    if (row % 50 == 0) ids.push_back(index_.hash_of("unknown " + id));
  }
  index_.store(true);
  std::ranges::sort(ids);
  std::vector<SeenRecord> all(ids.size());
  index_.seen_records(ids, all);
  std::vector<SeenRecord> one(1);
  std::size_t known = 0;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    index_.seen_records(std::span(&ids[i], 1), one);
    EXPECT_EQ(all[i].row, one[0].row);
    EXPECT_EQ(all[i].record, one[0].record);
    known += all[i].row != 0 ? 1 : 0;
    seen += all[i].record != 0 ? 1 : 0;
    if (all[i].record != 0) {
      EXPECT_EQ(all[i].record, all[i].row * 10);
    }
  }
  EXPECT_EQ(known, 2000);
  EXPECT_EQ(seen, 2000 / 3);
}

TEST_F(IdIndexTest, ARecordThatIsForgottenStaysForgottenThoughTheProcessDies) {
  add(1, "L-1");
  index_.see("L-1", 1, 42);
  index_.store(true);
  EXPECT_EQ(seen("L-1").record, 42);
  index_.see("L-1", 1, 43);
  index_.forget_record("L-1", 1);
  EXPECT_EQ(seen("L-1").record, 0);
  index_.store(true);
  EXPECT_EQ(seen("L-1").record, 0);
}

TEST_F(IdIndexTest, ForgetsTheRecordOfWhatWasFoundLastAndOfNothingElse) {
  index_.load(colliding(), false);
  for (RowKey row = 1; row <= 2; ++row) {
    const auto id = "L-" + std::to_string(row);
    add(row, id);
    index_.see(id, row, 40 + row);
  }
  index_.store(true);
  EXPECT_FALSE(index_.forget_record_of_found(2)) << "nothing was found";
  index_.find("L-2");
  EXPECT_FALSE(index_.forget_record_of_found(1));
  EXPECT_TRUE(index_.forget_record_of_found(2));
  std::vector<SeenRecord> seen(2);
  index_.seen_records(std::vector<std::int64_t>{7, 8}, seen);
  EXPECT_EQ(seen[0].record, 41);
  EXPECT_EQ(seen[1].record, 0);
  index_.find("L-1");
  index_.remove("L-1", 1);
  EXPECT_FALSE(index_.forget_record_of_found(1));
}

// -- records of ids that no row has
// -----------------------------------------------------------------

TEST_F(IdIndexTest, SeesARecordOfAnIdThatNoRowHas) {
  index_.see_excluded("L-1", 43);
  EXPECT_EQ(index_.find("L-1"), 0);
  index_.store(true);
  EXPECT_EQ(index_.find("L-1"), 0);
  EXPECT_EQ(seen("L-1").record, 43);
  EXPECT_EQ(seen("L-1").row, 0);
  index_.see_excluded("L-1", 45);
  index_.store(true);
  EXPECT_EQ(seen("L-1").record, 45);
}

TEST_F(IdIndexTest, ARowTakesThePlaceOfTheRecordOfItsIdThoughTheProcessDies) {
  for (const bool found : {false, true}) {
    for (const bool stored : {false, true}) {
      SCOPED_TRACE(found + 2 * stored);
      const RowKey row = 1 + found + 2 * stored;
      const auto id = "L-" + std::to_string(row);
      index_.see_excluded(id, 43);
      if (stored) index_.store(true);
      if (found) index_.find(id);
      put_row(row, id);
      EXPECT_TRUE(index_.add(id, row));
      EXPECT_EQ(seen(id).record, 0);
      EXPECT_EQ(index_.find(id), row);
      IdIndex next{statements_};
      next.load(make_id_hash("0123456789abcdef"), false);
      EXPECT_EQ(next.find(id), row);
      index_.store(true);
      EXPECT_EQ(seen(id).row, row);
      EXPECT_EQ(seen(id).record, 0);
    }
  }
}

TEST_F(IdIndexTest, TheRecordOfAnIdHidesNoRowOfItsHash) {
  index_.load(colliding(), false);
  index_.see_excluded("L-1", 43);
  index_.store(true);
  add(2, "L-2");
  EXPECT_EQ(index_.find("L-2"), 2);
  index_.see_excluded("L-1", 43);  // there is no place for it any more
  add(3, "L-3");
  index_.remove("L-2", 2);
  delete_row(2);
  index_.see_excluded("L-1", 43);
  index_.forget_excluded("L-1");
  index_.store(true);
  EXPECT_EQ(index_.find("L-3"), 3);
  EXPECT_EQ(index_.find("L-1"), 0);
  EXPECT_EQ(seen("L-1").record, 0);
}

TEST_F(IdIndexTest, ARecordOfAnIdThatIsForgottenStaysForgotten) {
  index_.see_excluded("L-1", 43);
  index_.store(true);
  index_.see_excluded("L-1", 45);
  index_.forget_excluded("L-1");
  EXPECT_EQ(seen("L-1").record, 0);
  index_.store(true);
  EXPECT_EQ(seen("L-1").record, 0);
}

// As adopt's rows do when they get a source, long after they were stored.
TEST_F(IdIndexTest, ARowOfOldThatGetsAnotherIdIsFoundThoughTheProcessDies) {
  for (RowKey row = 1; row <= 3; ++row) add(row, "L-" + std::to_string(row));
  index_.store(true);
  add(4, "L-4");
  index_.remove("L-2", 2);
  index_.add("M-2", 2);
  database_.exec("UPDATE row SET external_id = 'M-2' WHERE id = 2");
  IdIndex next{statements_};
  next.load(make_id_hash("0123456789abcdef"), false);
  EXPECT_EQ(next.find("M-2"), 2);
  EXPECT_EQ(next.find("L-2"), 0);
  EXPECT_EQ(next.find("L-4"), 4);
}

TEST_F(IdIndexTest, ARowThatGoesHidesNoOtherOfItsHashThoughTheProcessDies) {
  index_.load(colliding(), false);
  add(1, "L-1");
  add(2, "L-2");
  index_.store(true);
  index_.remove("L-1", 1);
  delete_row(1);
  IdIndex next{statements_};
  next.load(colliding(), false);
  EXPECT_EQ(next.find("L-2"), 2);
}

// Where an id would stand that was not found is remembered, and is nobody else's place.
TEST_F(IdIndexTest, AnIdThatIsNotFoundHidesNoOtherOfItsHash) {
  index_.load(colliding(), false);
  add(1, "L-1");
  index_.see("L-1", 1, 42);
  index_.store(true);
  EXPECT_EQ(index_.find("L-2"), 0);
  index_.forget_record("L-1", 1);
  EXPECT_EQ(seen("L-1").record, 0);
}

TEST_F(IdIndexTest, StoresByItselfOnceThereIsMuch) {
  IdIndex index{statements_, 1'000};
  index.load(make_id_hash("0123456789abcdef"), false);
  const auto stored = [&] { return database_.execAndGet("SELECT count(*) FROM known").getInt(); };
  for (RowKey row = 1; row <= 900; ++row) index.add("L-" + std::to_string(row), row);
  index.store(false);
  EXPECT_EQ(stored(), 0);
  for (RowKey row = 901; row <= 5'000; ++row) {
    index.add("L-" + std::to_string(row), row);
    index.store(false);
    EXPECT_GE(stored(), row - 1'000);
  }
  EXPECT_LT(stored(), 5'000);
  index.store(true);
  EXPECT_EQ(stored(), 5'000);
}

// Wherever the process dies while a part is in the table.
TEST_F(IdIndexTest, FindsAgainWhatWasStoredInPartOnly) {
  IdIndex index{statements_, 100};
  index.load(make_id_hash("0123456789abcdef"), false);
  for (RowKey row = 1; row <= 1'000; ++row) {
    const auto id = "L-" + std::to_string(row);
    put_row(row, id);
    index.add(id, row);
    index.see(id, row, row * 10);
    index.store(false);
    if (row % 37 != 0) continue;
    IdIndex next{statements_, 100};
    next.load(make_id_hash("0123456789abcdef"), false);
    for (RowKey one = 1; one <= row; ++one)
      ASSERT_EQ(next.find("L-" + std::to_string(one)), one) << "of " << row;
    EXPECT_EQ(next.find("L-" + std::to_string(row + 1)), 0);
  }
  // Some places are known by what the table has, and with their record.
  EXPECT_GT(database_.execAndGet("SELECT value FROM meta WHERE key = 'indexed'").getInt(), 500);
  EXPECT_EQ(database_.execAndGet("SELECT count(*) FROM known WHERE record <> 10 * row").getInt(),
            0);
}

TEST_F(IdIndexTest, AReaderFindsAllBesideAWriterThatStoresInPart) {
  IdIndex writer{statements_, 100};
  writer.load(make_id_hash("0123456789abcdef"), false);
  IdIndex reader{statements_, 100};
  reader.load(make_id_hash("0123456789abcdef"), true);
  for (RowKey row = 1; row <= 1'000; ++row) {
    const auto id = "L-" + std::to_string(row);
    put_row(row, id);
    writer.add(id, row);
    writer.store(false);
    ASSERT_EQ(reader.find(id), row);
    ASSERT_EQ(reader.find("L-" + std::to_string(1 + row / 2)), 1 + row / 2);
  }
}

// Against a map, with places that lie close together, too.
TEST(RecentPlacesTest, AreWhatWasPutThere) {
  std::mt19937_64 random(1);
  RecentPlaces places;
  std::map<std::int64_t, RowKey> wanted;
  const auto place = [&] {
    const auto number = static_cast<std::int64_t>(random());
    return number % 4 == 0 ? number % 500 : number >> 50 << 50;
  };
  for (int i = 0; i < 50'000; ++i) {
    const auto at = place();
    if (random() % 4 == 0) {
      places.erase(at);
      wanted.erase(at);
    } else {
      places.put({at, i, i * 2});
      wanted[at] = i;
    }
    const auto other = place();
    const auto* found = places.find(other);
    ASSERT_EQ(found != nullptr, wanted.contains(other));
    if (found != nullptr) {
      ASSERT_EQ(found->row, wanted[other]);
      ASSERT_EQ(found->record, found->row * 2);
    }
    ASSERT_EQ(places.size(), wanted.size());
  }
  ASSERT_GT(wanted.size(), 1'000u);
  std::vector<std::pair<std::int64_t, RowKey>> taken;
  for (std::size_t range = 0; range < RecentPlaces::ranges; ++range)
    for (const auto& entry : places.take(range)) taken.emplace_back(entry.place, entry.row);
  EXPECT_EQ(taken, (std::vector<std::pair<std::int64_t, RowKey>>(wanted.begin(), wanted.end())));
  EXPECT_EQ(places.size(), 0u);
}

}  // namespace
}  // namespace referrald::persistence
