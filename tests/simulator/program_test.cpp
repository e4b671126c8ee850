// The program as users start it: options, the line it prints, files, signals, exit codes.
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulator/loopback_client.hpp"
#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

// A child process whose output is read through one pipe.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::string path = SIMULATOR_PROGRAM;
    std::vector<char*> argv{path.data()};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failed = ::posix_spawn(&id_, path.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    if (failed != 0) throw std::runtime_error("spawn");
  }
  ~Program() {
    if (id_ != 0) {
      ::kill(id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
    }
    std::fclose(out_);
  }
  Program(const Program&) = delete;

  std::string line() {
    std::string text;
    for (int c = std::fgetc(out_); c != EOF && c != '\n'; c = std::fgetc(out_)) {
      text += static_cast<char>(c);
    }
    return text;
  }
  std::string rest() {
    std::string text;
    for (int c = std::fgetc(out_); c != EOF; c = std::fgetc(out_)) text += static_cast<char>(c);
    return text;
  }
  void signal(int number) const { ::kill(id_, number); }
  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(id_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = 0;
  std::FILE* out_ = nullptr;
};

class ProgramTest : public testing::Test {
 protected:
  ProgramTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("simulator-program-{}-{}", ::getpid(),
                            testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directory(folder_);
  }
  ~ProgramTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const char* name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The URL of its "listening on" line.
  static std::string url(Program& program) {
    const auto line = program.line();
    EXPECT_EQ(line.rfind("listening on http://127.0.0.1:", 0), 0U) << line;
    return line.substr(line.find("http"));
  }
  static std::uint16_t port(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  static std::string token(std::uint16_t port) {
    const auto told = LoopbackClient(port).ask(
        http_text("POST", "/t/oauth2/v2.0/token",
                  "grant_type=refresh_token&client_id=a&refresh_token=simulator-refresh-token"
                  "&scope=https://api.partner.microsoft.com/.default",
                  "Content-Type: application/x-www-form-urlencoded\r\n"));
    return std::string{json::parse(told.response.body()).at("access_token").as_string()};
  }
  static unsigned create(std::uint16_t port, const std::string& token, const std::string& id) {
    const auto headers =
        fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", token);
    return LoopbackClient(port)
        .ask(http_text("POST", referrals_path, own_referral(id), headers))
        .status();
  }

  std::filesystem::path folder_;
};

TEST_F(ProgramTest, SaysWhereItListensServesReportsAndSaves) {
  Program program({"--port-file", file("port"), "--save", file("held.json"), "--seed", "7"});
  const auto address = url(program);
  EXPECT_EQ(content(file("port")), std::to_string(port(address)) + "\n");
  const auto access = token(port(address));
  EXPECT_EQ(create(port(address), access, "one"), 201U);

  Program clean({"report", address});
  EXPECT_THAT(clean.rest(), HasSubstr("No duplicates."));
  EXPECT_EQ(clean.exit_code(), 0);

  EXPECT_EQ(create(port(address), access, "one"), 201U);
  Program doubled({"report", address});
  EXPECT_THAT(doubled.rest(), HasSubstr("externalReferenceId one"));
  EXPECT_EQ(doubled.exit_code(), 1);

  program.signal(SIGTERM);
  EXPECT_EQ(program.exit_code(), 0);
  const auto held = json::parse(content(file("held.json")));
  EXPECT_EQ(held.at("state").at("seed").to_number<int>(), 7);
  ASSERT_EQ(held.at("referrals").as_array().size(), 2U);
  EXPECT_EQ(held.at("referrals").at(1).at("externalReferenceId"), "one");
}

TEST_F(ProgramTest, SavesManyAndNoneAlike) {
  for (const int count : {0, 400}) {
    Program program({"--save", file("held.json")});
    const auto at = port(url(program));
    const auto access = token(at);
    for (int i = 0; i < count; ++i) ASSERT_EQ(create(at, access, std::to_string(i)), 201U);
    program.signal(SIGINT);
    EXPECT_EQ(program.exit_code(), 0);
    const auto held = json::parse(content(file("held.json")));
    EXPECT_EQ(held.at("referrals").as_array().size(), static_cast<std::size_t>(count));
  }
}

TEST_F(ProgramTest, FollowsAFaultScriptThenChance) {
  std::ofstream(file("script")) << "504\nok\n";
  Program program({"--fault-script", file("script"), "--throttle", "1", "--verbose"});
  const auto at = port(url(program));
  const auto access = token(at);
  EXPECT_EQ(create(at, access, "a"), 504U);
  EXPECT_EQ(create(at, access, "b"), 201U);
  EXPECT_EQ(create(at, access, "c"), 429U);
  program.signal(SIGTERM);
  EXPECT_THAT(program.rest(),
              HasSubstr("POST /v1.0/engagements/referrals 504 fault=gateway-timeout\n"));
}

TEST_F(ProgramTest, EachSwitchReachesTheService) {
  Program program({"--strict-request-id", "--require-secret", "--no-rotate", "--list-delay-ms",
                   "1000", "--max-concurrent", "none", "--faults-on", "create"});
  const auto at = port(url(program));
  const auto told = LoopbackClient(at).ask(
      http_text("POST", "/t/oauth2/v2.0/token",
                "grant_type=refresh_token&client_id=a&refresh_token=simulator-refresh-token"
                "&client_secret=simulator-secret&scope=https://api.partner.microsoft.com/"
                ".default+offline_access",
                "Content-Type: application/x-www-form-urlencoded\r\n"));
  ASSERT_EQ(told.status(), 200U) << told.response.body();
  const auto answer = json::parse(told.response.body());
  EXPECT_EQ(answer.at("refresh_token"), "simulator-refresh-token");
  EXPECT_EQ(create(at, std::string{answer.at("access_token").as_string()}, "a"), 400U);
}

TEST_F(ProgramTest, WrongUseIsToldAndEndsWithItsCode) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{"--bogus"}, 64, "--bogus"},
      {{"--address", "0.0.0.0"}, 64, "loopback"},
      {{"--throttle", "2"}, 64, "--throttle"},
      {{"--max-concurrent", "few"}, 64, "--max-concurrent"},
      {{"--tls-cert", "c.pem"}, 64, "--tls-key"},
      {{"--fault-script", file("none")}, 66, "none"},
      {{"--port-file", file("no/such/folder")}, 74, "no/such/folder"},
      {{"report", "http://127.0.0.1:1"}, 69, "http://127.0.0.1:1"},
  };
  for (const auto& [arguments, code, text] : cases) {
    Program program(arguments);
    EXPECT_THAT(program.rest(), HasSubstr(text));
    EXPECT_EQ(program.exit_code(), code) << arguments.front();
  }
}

}  // namespace
}  // namespace referrald::simulator
