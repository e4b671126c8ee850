#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ConfigFiles : public ConfigTest {
 protected:
  std::vector<std::string> ledger(const std::string& value) {
    return problems(valid_but(6, "ledger: " + value));
  }
  // A source whose line is 8 and whose values begin in known columns.
  std::vector<std::string> source(const std::string& members) {
    return problems(valid_but(8, "  - { name: leads, " + members + " }"));
  }
  std::vector<std::string> ca_file(const std::string& value) {
    Lines lines = valid();
    lines.insert(lines.begin() + 1, "  ca_file: " + value);
    return problems(lines);
  }
};

TEST_F(ConfigFiles, AMissingMappingIsReportedAtTheValue) {
  EXPECT_THAT(source("exports: x, mapping: maps/deal.yaml"),
              ElementsAre("DIR/referrald.yaml:8:41: sources[leads].mapping: \"DIR/maps/deal.yaml\" "
                          "does not exist (relative paths begin in the folder of the configuration "
                          "file)"));
}

TEST_F(ConfigFiles, AFolderIsNoMapping) {
  EXPECT_THAT(
      source("exports: x, mapping: ."),
      ElementsAre(StartsWith("DIR/referrald.yaml:8:41: sources[leads].mapping: \"DIR\" is a "
                             "folder, not a file")));
}

TEST_F(ConfigFiles, ExportsNeedNotExistYet) {
  EXPECT_THAT(source("exports: not/yet/*.csv, mapping: lead.yaml"), IsEmpty());
}

TEST_F(ConfigFiles, APatternStandsInTheLastPartOnly) {
  EXPECT_THAT(source("exports: 'a/*/b.csv', mapping: lead.yaml"),
              ElementsAre(StartsWith("DIR/referrald.yaml:8:29: sources[leads].exports: "
                                     "\"a/*/b.csv\" has a pattern before its last part")));
  EXPECT_THAT(source("exports: 'a/b[0-9]?*.csv', mapping: lead.yaml"), IsEmpty());
}

TEST_F(ConfigFiles, APatternCharacterInTheConfigurationsOwnFolderIsNoPattern) {
  write("conf[1]/lead.yaml", "");
  std::string text;
  for (const std::string& line : valid()) text += line + "\n";
  Problems problems;
  EXPECT_TRUE(load_config(write("conf[1]/referrald.yaml", text), problems).has_value());
}

TEST_F(ConfigFiles, AnArchiveIsAnotherFolder) {
  write("file", "");
  EXPECT_THAT(source("exports: in/*, mapping: lead.yaml, archive: in/done"), IsEmpty());
  for (const std::string archive : {"in", "in/", "./in", "in/x/.."}) {
    EXPECT_THAT(
        source("exports: in/*, mapping: lead.yaml, archive: " + archive),
        ElementsAre(HasSubstr("8:64: sources[leads].archive: \"DIR/in\" is where the exports "
                              "are")));
  }
  EXPECT_THAT(source("exports: in/*, mapping: lead.yaml, archive: file"),
              ElementsAre(HasSubstr("archive: \"DIR/file\" is not a folder")));
}

TEST_F(ConfigFiles, ATildeIsNotExpanded) {
  EXPECT_THAT(
      source("exports: ~/leads/*, mapping: lead.yaml"),
      ElementsAre("DIR/referrald.yaml:8:29: sources[leads].exports: \"~/leads/*\" begins with "
                  "~, which only a shell knows (write ${HOME}/…)"));
}

TEST_F(ConfigFiles, ACertificateFileMustHoldOne) {
  write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  write("trusted.pem", "-----BEGIN TRUSTED CERTIFICATE-----\n");
  write("key.pem", "-----BEGIN PRIVATE KEY-----\n");
  EXPECT_THAT(ca_file("ca.pem"), IsEmpty());
  EXPECT_THAT(ca_file("trusted.pem"), IsEmpty());
  EXPECT_THAT(ca_file("key.pem"), ElementsAre("DIR/referrald.yaml:2:12: partner_center.ca_file: "
                                              "\"DIR/key.pem\" holds no certificate (it must be in "
                                              "PEM form)"));
  EXPECT_THAT(
      ca_file("missing.pem"),
      ElementsAre(HasSubstr("2:12: partner_center.ca_file: \"DIR/missing.pem\" does not exist")));
  EXPECT_THAT(ca_file("."), ElementsAre(HasSubstr("ca_file: \"DIR\" is a folder")));
}

TEST_F(ConfigFiles, ALedgerIsASqliteFile) {
  for (const std::string value : {"/var/lib/ledger.db", "mysql://host/db", "sqlite", "SQLITE:x"}) {
    EXPECT_THAT(ledger(value), ElementsAre("DIR/referrald.yaml:6:9: ledger: is not a ledger that "
                                           "referrald knows (write sqlite:PATH, such as "
                                           "sqlite:/var/lib/referrald/ledger.db)"))
        << value;
  }
  for (const std::string value : {"'sqlite:'", "'sqlite::memory:'", "sqlite://ledger.db"}) {
    EXPECT_THAT(ledger(value), ElementsAre(HasSubstr("6:9: ledger: names no file"))) << value;
  }
  EXPECT_THAT(ledger("sqlite:."),
              ElementsAre(HasSubstr("ledger: \"DIR\" is a folder, not a file")));
  EXPECT_THAT(ledger("sqlite:x/"), ElementsAre(HasSubstr("is a folder, not a file")));
  EXPECT_THAT(ledger("sqlite:not/yet/ledger.db"), IsEmpty());
}

TEST_F(ConfigFiles, AThreeSlashLedgerIsAnAbsolutePath) {
  EXPECT_EQ(loaded(valid_but(6, "ledger: sqlite:///var/lib/ledger.db")).ledger,
            "/var/lib/ledger.db");
}

TEST_F(ConfigFiles, APostgresqlLedgerIsNotThereYet) {
  for (const std::string value :
       {"postgresql://db.example/referrald", "postgres://u@db.example/r"}) {
    EXPECT_THAT(ledger(value), ElementsAre("DIR/referrald.yaml:6:9: ledger: this version has no "
                                           "PostgreSQL ledger yet (write sqlite:PATH, such as "
                                           "sqlite:/var/lib/referrald/ledger.db)"));
  }
}

TEST_F(ConfigFiles, APasswordInAPostgresqlUrlIsRefusedAndNotShown) {
  for (const std::string value :
       {"postgresql://u:hunter2@db.example/r", "postgresql://u:hunter@2@db.example/r",
        "postgresql://:hunter2@/r", "'postgresql://db.example/r?password=hunter2'",
        "'postgresql://db.example/r?sslpassword=hunter2'",
        "'postgresql://db.example/r?PassWord=hunter2'"}) {
    EXPECT_THAT(ledger(value),
                ElementsAre("DIR/referrald.yaml:6:9: ledger: the URL holds a password "
                            "(remove it, and use a password file (~/.pgpass))"))
        << value;
  }
}

}  // namespace
}  // namespace referrald::config
