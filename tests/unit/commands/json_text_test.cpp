#include "daemon/commands/json_text.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace referrald::commands {
namespace {

TEST(JsonText, IsTheDocumentWithFractionsAsPeopleWriteThem) {
  const std::string text =
      R"({"seconds":9.544,"none":null,"list":[1,[],{},"a\"b",true,[0.5,-2]],"long":18446744073709551615})";
  EXPECT_EQ(json_text(boost::json::parse(text)), text);
}

TEST(JsonText, ReadsBackAsTheSameNumber) {
  for (const double number : {0.1, 1e300, 5e-324, 3.63e-1, 0.0}) {
    EXPECT_EQ(boost::json::parse(json_text(number)).to_number<double>(), number);
  }
}

}  // namespace
}  // namespace referrald::commands
