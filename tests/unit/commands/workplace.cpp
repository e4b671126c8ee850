#include "tests/unit/commands/workplace.hpp"

#include <array>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace referrald::test {
namespace {

constexpr const char* configuration = R"(partner_center:
  url: https://api.example
  auth:
    tenant: contoso.onmicrosoft.com
    client_id: 00000000-0000-0000-0000-000000000000
    refresh_token: { file: refresh-token }
ledger: sqlite:ledger.db
sources:
  - name: leads
    exports: leads/*.csv
    mapping: lead.yaml
  - name: deals
    exports: deals.csv
    mapping: lead.yaml
)";

constexpr const char* mapping = R"(deal: private
referral:
  externalReferenceId: ${Id}
  name: ${Topic}
  qualification: SalesQualified
  customerProfile:
    name: ${Company}
    address: { addressLine1: "1 Main St", city: Oslo, country: "NO" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${Value | number}", currency: EUR, closingDateTime: "2027-01-31T00:00:00Z" }
tests:
  - row: { Id: T-1, Topic: Storage renewal, Company: Contoso, Value: "100" }
    referral: { name: Storage renewal }
)";

void read_into(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  ::lseek(fd, 0, SEEK_SET);
  for (ssize_t count = 0; (count = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(fd);
}

int temporary_file(const std::filesystem::path& folder) {
  return ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

// Runs in `folder`, with standard output and error into files, so that nothing can block.
Ran execute(const std::vector<std::string>& command, const std::filesystem::path& folder) {
  Ran ran;
  const int out = temporary_file(folder);
  const int err = temporary_file(folder);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::unsetenv("REFERRALD_CONFIG");
    ::unsetenv("JOURNAL_STREAM");
    ::setenv("REFERRALD", REFERRALD_PROGRAM, 1);
    if (::chdir(folder.c_str()) == 0) ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  read_into(out, ran.out);
  read_into(err, ran.err);
  return ran;
}

}  // namespace

Workplace::Workplace() {
  write("referrald.yaml", configuration);
  write("lead.yaml", mapping);
  const auto token = write("refresh-token", "r3fresh\n");
  std::filesystem::permissions(token, std::filesystem::perms{0600});
  std::filesystem::create_directory(folder() / "leads");
}

void Workplace::change(const std::filesystem::path& name, std::string_view part,
                       std::string_view other) const {
  std::string content = content_of(folder() / name);
  const auto at = content.find(part);
  if (at == std::string::npos) throw std::runtime_error("not there: " + std::string(part));
  write(name, content.replace(at, part.size(), other));
}

Ran Workplace::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-c", "referrald.yaml"});
  return run_bare(arguments);
}

Ran Workplace::run_bare(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{REFERRALD_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return execute(command, folder());
}

Ran Workplace::shell(const std::string& script) const {
  return execute({"/bin/bash", "-c", script}, folder());
}

Seeder::Seeder(const Workplace& workplace, persistence::Timestamp now)
    : now_(now), ledger_(persistence::open_for_writing(workplace.ledger(), now)) {
  transact([&] { run_ = ledger_->start_run("sync", now_); });
}

void Seeder::transact(const std::function<void()>& work) {
  ledger_->begin();
  work();
  ledger_->commit();
}

persistence::RowKey Seeder::offer(const std::string& id, const std::string& source,
                                  const std::string& deal) {
  persistence::Desired desired;
  desired.external_id = id;
  desired.deal = deal;
  desired.co_sell = deal == "co-sell";
  desired.own_body = R"({"name":"x"})";
  if (desired.co_sell) {
    desired.microsoft_body = R"({"name":"x","target":[]})";
    desired.invitation = "{}";
  }
  desired.fingerprint = std::string(20, 'f');
  persistence::Origin origin{source, source + ".csv", 2, "Id,Topic", id + ",x"};
  persistence::RowKey row = 0;
  transact([&] { row = ledger_->offer(desired, origin, now_).row; });
  return row;
}

persistence::RowKey Seeder::send(const std::string& id, const std::string& source,
                                 const std::string& deal) {
  const persistence::RowKey row = offer(id, source, deal);
  transact([&] { ledger_->claim({run_, {source}}, 1, now_); });
  return row;
}

void Seeder::synced(const std::string& id, const std::string& source) {
  persistence::Settlement settlement;
  settlement.row = send(id, source);
  settlement.state = persistence::State::synced;
  settlement.ids = ids_of(id);
  settlement.at = now_;
  transact([&] { ledger_->record(settlement, run_); });
}

void Seeder::failed(const std::string& id, persistence::State state, persistence::Failure failure) {
  persistence::Settlement settlement;
  settlement.row = send(id);
  settlement.state = state;
  settlement.failure = std::move(failure);
  settlement.at = now_;
  settlement.due = now_ + std::chrono::hours(1);
  transact([&] { ledger_->record(settlement, run_); });
}

void Seeder::rejected(const std::string& id, const std::string& columns, const std::string& cells,
                      const std::string& reasons, const std::string& source, std::uint64_t line) {
  const persistence::Rejection rejection{
      {source, source + ".csv", line, columns, cells}, id, reasons};
  transact([&] { ledger_->reject(rejection, run_, now_); });
}

void Seeder::finish_run(int exit_code, const persistence::RunSummary& summary) {
  transact([&] { ledger_->finish_run(run_, summary, exit_code, now_); });
}

persistence::Timestamp real_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

persistence::ReferralIds ids_of(const std::string& id) {
  return {"r-" + id, "e-" + id, "\"tag\"", "org-1", "Active", "Accepted"};
}

}  // namespace referrald::test
