#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ConfigSecrets : public ConfigTest {
 protected:
  // A client secret, on line 5 from column 20.
  static Lines with_secret(const std::string& value) {
    Lines lines = valid();
    lines.insert(lines.begin() + 4, "    client_secret: " + value);
    return lines;
  }
  std::vector<std::string> secret(const std::string& value) { return problems(with_secret(value)); }
  // The refresh token, on line 5 from column 20.
  std::vector<std::string> token(const std::string& value) {
    return problems(valid_but(5, "    refresh_token: " + value));
  }
};

TEST_F(ConfigSecrets, AreNeverWrittenInline) {
  const std::string refused =
      "DIR/referrald.yaml:5:20: partner_center.auth.client_secret: a secret is never written into "
      "the configuration itself (put it into a file of mode 600 and write { file: PATH }, or write "
      "{ env: NAME })";
  set_variable("REFERRALD_TEST_SECRET", "hunter2");
  for (const std::string value :
       {"hunter2", "\"hunter2\"", "[hunter2]", "123", "${REFERRALD_TEST_SECRET}"}) {
    EXPECT_THAT(secret(value), ElementsAre(refused)) << value;
  }
  EXPECT_THAT(token("hunter2"),
              ElementsAre("DIR/referrald.yaml:5:20: partner_center.auth.refresh_token: a secret is "
                          "never written into the configuration itself (write { file: PATH }; "
                          "referrald login creates the file)"));
}

TEST_F(ConfigSecrets, AreNotShownWhateverTheMistake) {
  set_variable("REFERRALD_TEST_SECRET", "hunter2");
  for (const std::string value :
       {"hunter2", "{ value: hunter2 }", "{hunter2}", "{ hunter2: x }", "[hunter2]", "*hunter2",
        "&hunter2 x", "!hunter2 x", "@hunter2", "\"\\hunter2\"", "{ env: 'hunter2 ' }",
        "{ env: \"${REFERRALD_TEST_SECRET}\" }", "{ env: $hunter2 }", "{ env: [hunter2] }",
        "{ file: [hunter2] }", "a: hunter2", "{ file: \"~/${REFERRALD_TEST_SECRET}\" }",
        "\"hunter2", "|\n      hunter2"}) {
    const auto found = secret(value);
    EXPECT_THAT(found, Not(IsEmpty())) << value;
    EXPECT_THAT(found, Each(Not(HasSubstr("hunter2")))) << value;
    const auto others = token(value);
    EXPECT_THAT(others, Not(IsEmpty())) << value;
    EXPECT_THAT(others, Each(Not(HasSubstr("hunter2")))) << value;
  }
}

TEST_F(ConfigSecrets, AreNotShownWhenTheyExpandToAFile) {
  set_variable("REFERRALD_TEST_SECRET", "hunter2");
  EXPECT_THAT(secret("{ file: \"${REFERRALD_TEST_SECRET}\" }"),
              ElementsAre(HasSubstr("\"${REFERRALD_TEST_SECRET}\" does not exist")));
}

TEST_F(ConfigSecrets, AreNotShownUnderAMisspeltKey) {
  Lines lines = valid();
  lines.insert(lines.begin() + 4, "    client_secert: hunter2");
  EXPECT_THAT(problems(lines),
              ElementsAre("DIR/referrald.yaml:5:5: unknown key \"client_secert\" in "
                          "partner_center.auth (did you mean client_secret?)"));
}

TEST_F(ConfigSecrets, AreNotShownWhenTheyLandInAnotherKey) {
  set_variable("REFERRALD_TEST_SECRET", "hunter 2");
  EXPECT_THAT(
      problems(valid_but(4, "    client_id: abc~hunter2")),
      ElementsAre(StartsWith("DIR/referrald.yaml:4:16: partner_center.auth.client_id: holds a "
                             "character that it cannot have")));
  EXPECT_THAT(problems(valid_and({"status_page: ${REFERRALD_TEST_SECRET}",
                                  "submission: { rate: \"${REFERRALD_TEST_SECRET}\" }"})),
              Each(Not(HasSubstr("hunter"))));
  Lines lines = valid();
  lines.insert(lines.begin() + 1, "  url: https://me:hunter2@host.example");
  EXPECT_THAT(problems(lines),
              ElementsAre("DIR/referrald.yaml:2:8: partner_center.url: the URL holds "
                          "a user or a password (remove the part up to the @)"));
  lines[1] = "  url: https://host.example/?code=hunter2";
  EXPECT_THAT(problems(lines), Each(Not(HasSubstr("hunter2"))));
}

TEST_F(ConfigSecrets, ComeFromAFileOrTheEnvironment) {
  write("secret", "hunter2");
  set_variable("REFERRALD_TEST_SECRET", "hunter2");
  const Config file = loaded(with_secret("{ file: secret }"));
  EXPECT_EQ(file.partner_center.auth.client_secret.value().file, folder_ / "secret");
  EXPECT_EQ(file.partner_center.auth.client_secret.value().env, std::nullopt);
  const Config env = loaded(with_secret("{ env: REFERRALD_TEST_SECRET }"));
  EXPECT_EQ(env.partner_center.auth.client_secret.value().env, "REFERRALD_TEST_SECRET");
  EXPECT_EQ(env.partner_center.auth.client_secret.value().file, std::nullopt);
  EXPECT_EQ(read_secret(env.partner_center.auth.client_secret.value()), "hunter2");
}

TEST_F(ConfigSecrets, ComeFromExactlyOnePlace) {
  EXPECT_THAT(
      secret("{ file: a, env: B }"),
      ElementsAre(StartsWith("DIR/referrald.yaml:5:20: partner_center.auth.client_secret: has "
                             "both file and env")));
  EXPECT_THAT(secret("{}"), ElementsAre(StartsWith(
                                "DIR/referrald.yaml:5:20: partner_center.auth.client_secret: has "
                                "neither file nor env")));
  EXPECT_THAT(secret("~"), ElementsAre(HasSubstr("5:20: partner_center.auth.client_secret: has no "
                                                 "value")));
  EXPECT_THAT(secret("{ file: }"), ElementsAre(HasSubstr("5:22: partner_center.auth.client_secret."
                                                         "file: has no value")));
}

TEST_F(ConfigSecrets, AMisspeltPlaceIsAnsweredWithTheNearestName) {
  EXPECT_THAT(
      secret("{ flie: x }"),
      ElementsAre(HasSubstr("5:20: partner_center.auth.client_secret: has neither"),
                  "DIR/referrald.yaml:5:22: unknown key in partner_center.auth.client_secret "
                  "(did you mean file?)"));
}

TEST_F(ConfigSecrets, AVariableMustBeSet) {
  set_variable("REFERRALD_TEST_EMPTY", "");
  EXPECT_THAT(secret("{ env: REFERRALD_TEST_UNSET }"),
              ElementsAre("DIR/referrald.yaml:5:27: partner_center.auth.client_secret.env: the "
                          "environment variable REFERRALD_TEST_UNSET is not set (set it for the "
                          "service, or use { file: PATH })"));
  EXPECT_THAT(secret("{ env: REFERRALD_TEST_EMPTY }"), ElementsAre(HasSubstr("is empty")));
}

TEST_F(ConfigSecrets, AClientSecretsFileMustExist) {
  EXPECT_THAT(
      secret("{ file: missing }"),
      ElementsAre(StartsWith("DIR/referrald.yaml:5:28: partner_center.auth.client_secret.file: "
                             "\"DIR/missing\" does not exist")));
  write("empty", "");
  EXPECT_THAT(secret("{ file: empty }"), ElementsAre(HasSubstr("\"DIR/empty\" is empty")));
  EXPECT_THAT(secret("{ file: . }"), ElementsAre(HasSubstr("\"DIR\" is a folder")));
}

TEST_F(ConfigSecrets, AFileThatOthersCanReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0644U, 0444U}) {
    write("secret", "hunter2", mode);
    EXPECT_THAT(secret("{ file: secret }"),
                ElementsAre("DIR/referrald.yaml:5:28: partner_center.auth.client_secret.file: "
                            "\"DIR/secret\" holds a secret and can be read by others (chmod 600 "
                            "DIR/secret)"))
        << std::oct << mode;
    write("token", "hunter2", mode);
    EXPECT_THAT(token("{ file: token }"),
                ElementsAre("DIR/referrald.yaml:5:28: partner_center.auth.refresh_token.file: "
                            "\"DIR/token\" holds a secret and can be read by others (chmod 600 "
                            "DIR/token)"));
    write("token", "hunter2", 0600);
  }
  for (const mode_t mode : {0600U, 0400U}) {
    write("secret", "hunter2", mode);
    EXPECT_THAT(secret("{ file: secret }"), IsEmpty()) << std::oct << mode;
  }
}

TEST_F(ConfigSecrets, ARefreshTokensFileNeedNotExist) {
  EXPECT_THAT(token("{ file: not/yet/token }"), IsEmpty());
  EXPECT_THAT(token("{ file: . }"), ElementsAre(HasSubstr("5:28: partner_center.auth.refresh_token."
                                                          "file: \"DIR\" is a folder")));
}

TEST_F(ConfigSecrets, ARefreshTokenIsAFileBecauseItIsReplaced) {
  EXPECT_THAT(
      token("{ env: TOKEN }"),
      ElementsAre("DIR/referrald.yaml:5:20: partner_center.auth.refresh_token: must be a file, "
                  "because the service replaces the token now and then (write { file: PATH }; "
                  "referrald login creates the file)"));
  EXPECT_THAT(token("{}"), ElementsAre(HasSubstr("refresh_token.file: is missing")));
}

TEST_F(ConfigSecrets, TheTwoSecretsHaveAFileEach) {
  write("token", "hunter2");
  EXPECT_THAT(
      secret("{ file: token }"),
      ElementsAre(StartsWith("DIR/referrald.yaml:6:20: partner_center.auth.refresh_token: is "
                             "the same file as client_secret, and would overwrite it")));
}

}  // namespace
}  // namespace referrald::config
