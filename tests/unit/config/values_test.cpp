#include "config/values.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Durations, HaveAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30s));
  EXPECT_EQ(parse_duration("5m"), milliseconds(5min));
  EXPECT_EQ(parse_duration("2h"), milliseconds(2h));
  EXPECT_EQ(parse_duration("14d"), milliseconds(14 * 24h));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(Durations, AreNothingElse) {
  for (const auto* text : {"", "s", "30", "30 s", " 30s", "30s ", "-1s", "+1s", "1.5h", "1h30m",
                           "30S", "30sec", "5min", "1w", "1e3s", "0x1s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Durations, FitIntoAHundredYears) {
  EXPECT_EQ(parse_duration("36500d"), milliseconds(36'500 * 24h));
  for (const auto* text :
       {"36501d", "3153600000001ms", "9223372036854775807d", "99999999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Rates, ArePerSecondMinuteOrHour) {
  EXPECT_DOUBLE_EQ(parse_rate("60/min").value().value(), 1.0);
  EXPECT_DOUBLE_EQ(parse_rate("2.5/s").value().value(), 2.5);
  EXPECT_DOUBLE_EQ(parse_rate("3600/h").value().value(), 1.0);
  EXPECT_DOUBLE_EQ(parse_rate("0.5/h").value().value(), 0.5 / 3600);
}

TEST(Rates, MayBeUnlimited) {
  const auto rate = parse_rate("unlimited");
  ASSERT_TRUE(rate.has_value());
  EXPECT_FALSE(rate->has_value());
}

TEST(Rates, AreNothingElse) {
  for (const auto* text :
       {"", "60", "60/m", "60/minute", "/s", "0/s", "0.0/min", "-1/s", "1e3/s", "60 /min",
        "60/ min", "1./s", ".5/s", "nan/s", "inf/s", "Unlimited", "100001/s", "1234567890/h"}) {
    EXPECT_EQ(parse_rate(text), std::nullopt) << text;
  }
}

TEST(Shares, AreInPercent) {
  EXPECT_DOUBLE_EQ(parse_share("30%").value(), 0.3);
  EXPECT_DOUBLE_EQ(parse_share("2.5%").value(), 0.025);
  EXPECT_DOUBLE_EQ(parse_share("0%").value(), 0.0);
  EXPECT_DOUBLE_EQ(parse_share("100%").value(), 1.0);
  for (const auto* text : {"", "%", "30", "0.3", "101%", "-1%", "30 %", "1e1%", "30%%"}) {
    EXPECT_EQ(parse_share(text), std::nullopt) << text;
  }
}

TEST(WholeNumbers, AreDigitsWithoutLeadingZeros) {
  EXPECT_EQ(parse_whole("0"), 0U);
  EXPECT_EQ(parse_whole("18446744073709551615"), UINT64_MAX);
  for (const auto* text : {"", "012", "00", "-1", "+1", "1.0", "1e3", "0x10", "1_000", "1,000",
                           "18446744073709551616", " 1"}) {
    EXPECT_EQ(parse_whole(text), std::nullopt) << text;
  }
}

TEST(Schedules, AreOnArrivalOrEveryOrDaily) {
  EXPECT_EQ(parse_schedule("on arrival").value().kind, Schedule::Kind::on_arrival);
  const auto every = parse_schedule("every 15m").value();
  EXPECT_EQ(every.kind, Schedule::Kind::every);
  EXPECT_EQ(every.every, milliseconds(15min));
  const auto daily = parse_schedule("daily 02:30").value();
  EXPECT_EQ(daily.kind, Schedule::Kind::daily);
  EXPECT_EQ(daily.at, std::chrono::minutes(150));
  EXPECT_EQ(parse_schedule("daily 00:00").value().at, std::chrono::minutes(0));
  EXPECT_EQ(parse_schedule("daily 23:59").value().at, std::chrono::minutes(1439));
  EXPECT_EQ(daily.zone, "");
  EXPECT_EQ(parse_schedule("daily 02:30 Europe/Berlin").value().zone, "Europe/Berlin");
  EXPECT_EQ(parse_schedule("daily 02:30 Europe/Berlin").value().at, std::chrono::minutes(150));
}

TEST(Schedules, AreNothingElse) {
  for (const auto* text : {"", "15m", "every", "every ", "every 0s", "every 15", "every  15m",
                           "daily", "daily 2:30", "daily 24:00", "daily 12:60", "daily 02:30:00",
                           "daily 02.30", "daily 02:30 ", "daily 02:30 Europe/Atlantis",
                           "daily 02:30  UTC", "On arrival", "hourly", "*/15 * * * *"}) {
    EXPECT_EQ(parse_schedule(text), std::nullopt) << text;
  }
}

TEST(LogNames, GoThereAndBack) {
  for (const auto level :
       {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug, LogLevel::trace}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  for (const auto format :
       {LogFormat::automatic, LogFormat::text, LogFormat::json, LogFormat::journal}) {
    EXPECT_EQ(parse_log_format(to_string(format)), format);
  }
  EXPECT_EQ(to_string(LogLevel::warning), "warning");
  EXPECT_EQ(to_string(LogFormat::automatic), "auto");
  EXPECT_EQ(parse_log_level("warn"), std::nullopt);
  EXPECT_EQ(parse_log_level("INFO"), std::nullopt);
  EXPECT_EQ(parse_log_format("automatic"), std::nullopt);
}

TEST(Endpoints, AreHostAndPort) {
  for (const auto* text : {"127.0.0.1:8321", "localhost:1", "[::1]:65535", "status.example:80"}) {
    EXPECT_TRUE(is_endpoint(text)) << text;
  }
  for (const auto* text :
       {"", "8321", ":8321", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
        "127.0.0.1:080", "::1:8321", "[]:1", "[x]:1", "a b:1", "http://127.0.0.1:1"}) {
    EXPECT_FALSE(is_endpoint(text)) << text;
  }
}

TEST(ServiceUrls, AreHttpsOfAHost) {
  EXPECT_EQ(parse_service_url("https://api.partner.microsoft.com").url,
            "https://api.partner.microsoft.com");
  EXPECT_EQ(parse_service_url("https://api.partner.microsoft.com/").url,
            "https://api.partner.microsoft.com");
  EXPECT_EQ(parse_service_url("HTTPS://host.example:8443").url, "https://host.example:8443");
}

TEST(ServiceUrls, MayBeHttpTowardsALoopbackAddressOnly) {
  for (const auto* text : {"http://127.0.0.1:8080", "http://127.9.8.7", "http://[::1]:8080",
                           "http://localhost:8080", "http://LOCALHOST"}) {
    EXPECT_EQ(parse_service_url(text).error, "") << text;
  }
  for (const auto* text :
       {"http://api.partner.microsoft.com", "http://128.0.0.1", "http://10.0.0.1", "http://[::2]",
        "http://localhost.example", "http://127.0.0.1.example", "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]", "http://notlocalhost"}) {
    EXPECT_EQ(parse_service_url(text).error, "is http, which anyone on the way can read") << text;
    EXPECT_EQ(parse_service_url(text).url, "");
  }
}

TEST(ServiceUrls, MayBeOfAHostThatLooksLikeAnAddress) {
  EXPECT_EQ(parse_service_url("https://127.0.0.1.example").url, "https://127.0.0.1.example");
}

TEST(ServiceUrls, AreNothingElse) {
  const auto error = [](std::string_view text) { return parse_service_url(text).error; };
  for (const auto* text :
       {"", "api.partner.microsoft.com", "https:", "/etc", "://host", "https:/x"}) {
    EXPECT_EQ(error(text), "is not a URL") << text;
  }
  for (const auto* text : {"https://", "https:///x", "https://a b", "https://:443", "https://[::1",
                           "https://[x]", "https://[::1]x:1", "https://::1", "https://h%41"}) {
    EXPECT_EQ(error(text), "names no host") << text;
  }
  for (const auto* text : {"https://host:0", "https://host:70000", "https://host:99999x",
                           "https://host:", "https://host:1:2"}) {
    EXPECT_EQ(error(text), "has a port that is none") << text;
  }
  EXPECT_EQ(error("ftp://host"), "has a scheme that is not https");
  EXPECT_EQ(error("https://u:p@host"), "holds a user or a password");
  EXPECT_EQ(error("https://host/v1.0"), "goes on after the host");
  EXPECT_EQ(error("https://host?x=1"), "goes on after the host");
  EXPECT_EQ(error("https://host#x"), "goes on after the host");
}

}  // namespace
}  // namespace referrald::config
