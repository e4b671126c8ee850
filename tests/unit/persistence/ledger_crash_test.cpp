// The process dies at any moment; what was committed is there, and what was under way is in doubt.
#include <csignal>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/persistence/ledger_story.hpp"

namespace referrald::persistence {
namespace {

// What the writer says, over a pipe, once a commit has returned; and what it is about to do.
struct Report {
  enum class Kind : char { offered, claiming, claimed, synced } kind;
  std::int64_t row;
};

// Offers, claims and answers for ever, group by group, and reports what is durable. A Report is
// smaller than PIPE_BUF, so it arrives whole or not at all.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int pipe, unsigned seed) {
  std::mt19937 random(seed);
  LedgerStory story;
  story.use(open_for_writing(file, story.now()));
  story.ledger().recover(story.now());
  const auto say = [&](Report::Kind kind, std::int64_t row) {
    const Report report{kind, row};
    if (::write(pipe, &report, sizeof report) != sizeof report) ::_exit(1);
  };
  while (true) {
    std::vector<RowKey> offered;
    story.ledger().begin();
    for (unsigned i = 0; i < 1 + random() % 20; ++i) {
      offered.push_back(story.offer(std::to_string(random())).row);
    }
    story.ledger().commit();
    for (const RowKey row : offered) say(Report::Kind::offered, row);

    story.ledger().begin();
    const auto intents = story.claim(1 + random() % 20);
    for (const auto& intent : intents) say(Report::Kind::claiming, intent.row);
    story.ledger().commit();
    for (const auto& intent : intents) say(Report::Kind::claimed, intent.row);

    story.ledger().begin();
    for (const auto& intent : intents) story.created(intent);
    story.ledger().commit();
    for (const auto& intent : intents) say(Report::Kind::synced, intent.row);
  }
}

struct Told {
  std::set<RowKey> offered, claiming, claimed, synced;
};

// Kills the child after so many reports, and reads what it still said.
Told kill_after(int pipe, pid_t child, unsigned reports) {
  Told told;
  Report report{};
  while (::read(pipe, &report, sizeof report) == sizeof report) {
    switch (report.kind) {
      case Report::Kind::offered:
        told.offered.insert(report.row);
        break;
      case Report::Kind::claiming:
        told.claiming.insert(report.row);
        break;
      case Report::Kind::claimed:
        told.claimed.insert(report.row);
        break;
      case Report::Kind::synced:
        told.synced.insert(report.row);
        break;
    }
    if (reports-- == 0) ::kill(child, SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  return told;
}

TEST(LedgerCrash, NothingThatWasCommittedIsLostAndNothingUnderWayIsForgotten) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const test::TemporaryFolder folder;
  const auto file = folder / "ledger.db";
  std::set<RowKey> offered, synced;
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child_seed = static_cast<unsigned>(random());
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(file, ends[1], child_seed);
    }
    ::close(ends[1]);
    const Told told = kill_after(ends[0], child, static_cast<unsigned>(random() % 300));
    ::close(ends[0]);
    offered.insert(told.offered.begin(), told.offered.end());
    synced.insert(told.synced.begin(), told.synced.end());

    LedgerStory story;
    story.use(open_for_writing(file, story.now()));
    std::map<RowKey, State> found;
    story.ledger().list({}, [&](const RowView& row) {
      found[row.row] = row.state;
      if (row.state == State::synced) {
        EXPECT_EQ(row.own.referral_id, "referral-" + row.external_id)
            << "an answer without its ids";
      }
    });
    for (const RowKey row : offered) EXPECT_TRUE(found.contains(row)) << row;
    for (const RowKey row : synced) EXPECT_EQ(found[row], State::synced) << row;
    for (const RowKey row : told.claimed) {
      EXPECT_TRUE(found[row] == State::sending || found[row] == State::synced) << row;
    }
    std::uint64_t sending = 0;
    Counts counted;
    for (const auto& [row, state] : found) {
      ++counted[state];
      if (state != State::sending) continue;
      ++sending;
      EXPECT_TRUE(told.claiming.contains(row)) << row << " is sending, and nobody claimed it";
    }
    EXPECT_EQ(story.ledger().counts({}), counted);
    EXPECT_EQ(story.ledger().recover(story.now()), sending);
    for (const auto& doubt : story.ledger().doubts(story.now(), 0, 1'000'000)) {
      if (told.claiming.contains(doubt.row)) --sending;
    }
    EXPECT_EQ(sending, 0U) << "each of them is in doubt now";
  }
  EXPECT_GT(synced.size(), 50U) << "the test must get somewhere";
}

// It is older than what the index of ids looks for behind its newest.
TEST(LedgerCrash, ARowOfAdoptThatASyncHasTakenOverIsKnown) {
  const test::TemporaryFolder folder;
  const auto file = folder / "ledger.db";
  Existing existing;
  existing.ids = {"referral", "engagement", "etag", "", "Active", "Accepted"};
  existing.deal = "private";
  existing.fingerprint = "of what is there";
  {
    LedgerStory story;
    story.use(open_for_writing(file, story.now()));
    story.ledger().begin();
    for (const char* id : {"a", "b", "c"}) {
      existing.external_id = id;
      story.ledger().adopt(existing, story.now());
    }
    story.ledger().commit();
  }
  const pid_t child = ::fork();
  if (child == 0) {
    LedgerStory story;
    story.use(open_for_writing(file, story.now()));
    story.ledger().begin();
    story.offer("b");
    story.ledger().commit();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  LedgerStory story;
  story.use(open_for_writing(file, story.now()));
  for (const char* id : {"a", "b", "c"})
    EXPECT_NE(story.verdict(id), Verdict::created) << id << " would be created again";
}

}  // namespace
}  // namespace referrald::persistence
