#include "persistence/short_forms.hpp"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/fingerprint.hpp"
#include "persistence/migrations.hpp"

namespace referrald::persistence {
namespace {

using mapping::Fingerprint;

std::string through(std::string_view id) {
  const auto shorter = short_id(id);
  if (!shorter) return "as it is";
  return long_id({shorter->bytes.data(), static_cast<std::size_t>(shorter->size)});
}

TEST(ShortId, KeepsTheLettersOfAGuid) {
  for (const char* id :
       {"0a1b2c3d-4e5f-6789-abcd-ef0123456789", "0A1B2C3D-4E5F-6789-ABCD-EF0123456789",
        "00000000-0000-0000-0000-000000000000", "11111111-2222-3333-4444-555555555555",
        "\"0a1b2c3d-4e5f-6789-abcd-ef0123456789\""})
    EXPECT_EQ(through(id), id);
}

TEST(ShortId, LeavesWhatIsSpelledOtherwise) {
  for (const char* id :
       {"", "L-1", "0a1b2c3d-4e5f-6789-abcd-ef012345678", "0a1b2c3d-4e5f-6789-abcd-ef01234567890",
        "0a1b2c3d-4E5F-6789-abcd-ef0123456789", "0a1b2c3d-4e5f-6789-abcdef-0123456789",
        "0a1b2c3d04e5f-6789-abcd-ef0123456789", "0a1b2c3d-4e5f-6789-abcd-ef012345678g",
        "{0a1b2c3d-4e5f-6789-abcd-ef0123456789}", "\"0A1B2C3D-4E5F-6789-ABCD-EF0123456789\"",
        "W/\"0a1b2c3d-4e5f-6789-abcd-ef0123456789\"", "\"0a1b2c3d-4e5f-6789-abcd-ef0123456789"})
    EXPECT_EQ(through(id), "as it is") << id;
}

TEST(ShortId, ReadsNothingElse) {
  for (const std::size_t size : {0U, 15U, 17U, 18U})
    EXPECT_THROW(long_id(std::string(size, '\7')), std::logic_error) << size;
}

class ShortFingerprintsTest : public testing::Test {
 protected:
  void SetUp() override { migrate(database_, migrations()); }

  // Of members that are multiples of some number, as large as hashes are.
  static Fingerprint print(std::uint32_t leaves, std::uint32_t step = 1) {
    Fingerprint out;
    out.invitation = 0x0123456789U;
    for (std::uint32_t i = 0; i < leaves; ++i)
      out.leaves.push_back({(i + 1) * step * 1'000'003U, 0xFFFFFFFFFFU - i});
    std::ranges::sort(out.leaves, {}, &mapping::LeafHash::member);
    return out;
  }
  void expect_same(const std::string& fingerprint) {
    EXPECT_EQ(prints_.lengthen(prints_.shorten(fingerprint)), fingerprint);
    ShortFingerprints later{statements_};
    EXPECT_EQ(later.lengthen(prints_.shorten(fingerprint)), fingerprint);
  }

  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  Statements statements_{database_};
  ShortFingerprints prints_{statements_};
};

TEST_F(ShortFingerprintsTest, ComeBackAsTheyWere) {
  for (const std::uint32_t leaves : {0U, 1U, 7U, 8U, 9U, 22U, 64U, 200U})
    for (const std::uint32_t step : {1U, 3U}) expect_same(encode(print(leaves, step)));
}

TEST_F(ShortFingerprintsTest, AreHalfAsLong) {
  const std::string whole = encode(print(22));
  EXPECT_EQ(whole.size(), 272U);
  EXPECT_EQ(prints_.shorten(whole).size(), 8U + 1 + 3 + 22 * 5);
}

TEST_F(ShortFingerprintsTest, BeginWithTheInvitation) {
  const std::string whole = encode(print(5));
  EXPECT_EQ(prints_.shorten(whole).substr(0, 8), whole.substr(0, 8));
}

TEST_F(ShortFingerprintsTest, AreTheSameForTheSameOnly) {
  const std::string first = prints_.shorten(encode(print(5)));
  prints_.shorten(encode(print(50, 7)));
  EXPECT_EQ(prints_.shorten(encode(print(5))), first);
  Fingerprint other = print(5);
  other.leaves[2].value ^= 1U;
  EXPECT_NE(prints_.shorten(encode(other)), first);
  other = print(5);
  other.leaves.pop_back();
  EXPECT_NE(prints_.shorten(encode(other)), first);
}

// Rows that have some members and have others blank take turns.
TEST_F(ShortFingerprintsTest, OfMoreKindsThanAreRememberedComeBackAsTheyWere) {
  std::vector<std::string> kinds;
  for (std::uint32_t kind = 0; kind < 24; ++kind) {
    Fingerprint one = print(24);
    one.leaves.erase(one.leaves.begin() + kind);
    kinds.push_back(encode(one));
  }
  for (int turn = 0; turn < 2; ++turn)
    for (const auto& kind : kinds) expect_same(kind);
}

TEST_F(ShortFingerprintsTest, OfTooManyMembersAreKeptAsTheyAre) {
  expect_same(encode(print(2032)));
  expect_same(encode(print(40, 7)));
  EXPECT_EQ(database_.execAndGet("SELECT count(*) FROM member").getInt(), 2032);
}

TEST_F(ShortFingerprintsTest, OfAnotherFormAreKeptAsTheyAre) {
  Fingerprint wide = print(2);
  wide.leaves[0].value = std::uint64_t{1} << 40U;
  Fingerprint twice = print(1);
  twice.leaves.push_back({twice.leaves[0].member, twice.leaves[0].value + 1});
  for (const auto& one : {std::string(), std::string("x"), std::string("12345678"),
                          std::string("of another form"), encode(wide), encode(twice)})
    expect_same(one);
}

TEST_F(ShortFingerprintsTest, AreReadThoughMembersHaveComeSince) {
  prints_.shorten(encode(print(3)));
  ShortFingerprints reader{statements_};
  EXPECT_EQ(reader.lengthen(prints_.shorten(encode(print(3)))), encode(print(3)));
  const std::string later = prints_.shorten(encode(print(20, 5)));
  EXPECT_EQ(reader.lengthen(later), encode(print(20, 5)));
}

TEST_F(ShortFingerprintsTest, ForgetWhatWasRolledBack) {
  database_.exec("BEGIN");
  prints_.shorten(encode(print(3)));
  database_.exec("ROLLBACK");
  prints_.forget();
  expect_same(encode(print(3)));
  expect_same(encode(print(3, 9)));
}

TEST_F(ShortFingerprintsTest, ThatAreDamagedAreNotRead) {
  const std::string good = prints_.shorten(encode(print(9)));
  EXPECT_THROW(prints_.lengthen(good.substr(0, good.size() - 1)), std::logic_error);
  std::string unknown = good;
  unknown[9] = '\xFF';
  unknown[10] = '\xFF';
  EXPECT_THROW(prints_.lengthen(unknown), std::logic_error);
  EXPECT_THROW(prints_.lengthen(good.substr(0, 9)), std::logic_error);
  EXPECT_THROW(prints_.lengthen(good + "x"), std::logic_error);
  std::string more_bits = good;
  ++more_bits[8];
  more_bits.insert(9 + static_cast<std::size_t>(good[8]), 1, '\0');
  EXPECT_THROW(prints_.lengthen(more_bits), std::logic_error);
}

}  // namespace
}  // namespace referrald::persistence
