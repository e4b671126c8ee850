// Which proxy the environment names for a host.
#include "daemon/submission/proxy.hpp"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::test {
namespace {

using submission::is_exempt;
using submission::Proxy;
using submission::proxy_for;
using submission::ProxyError;
using testing::HasSubstr;
using testing::Not;

constexpr const char* api = "https://api.partner.microsoft.com";

using Variables = std::map<std::string, std::string>;

std::optional<Proxy> proxy_with(const Variables& variables, const std::string& url = api) {
  return proxy_for(url, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string refusal_of(const std::string& value) {
  try {
    (void)proxy_with({{"HTTPS_PROXY", value}});
  } catch (const ProxyError& error) {
    return error.what();
  }
  ADD_FAILURE() << value << " was accepted";
  return "";
}

TEST(ProxyOfTheEnvironment, IsNoneWhereNoneIsNamed) {
  EXPECT_FALSE(proxy_with({}));
  EXPECT_FALSE(proxy_with({{"HTTPS_PROXY", ""}, {"https_proxy", ""}}));
  EXPECT_FALSE(proxy_with({{"HTTP_PROXY", "http://p:1"}, {"ALL_PROXY", "http://p:1"}}));
}

TEST(ProxyOfTheEnvironment, HasHostAndPort) {
  const auto proxy = proxy_with({{"HTTPS_PROXY", "http://proxy.example.com:3128"}});
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "proxy.example.com");
  EXPECT_EQ(proxy->port, 3128);
  EXPECT_EQ(proxy->label, "proxy.example.com:3128");
  EXPECT_EQ(proxy->variable, "HTTPS_PROXY");
  EXPECT_EQ(proxy->authorization, "");
}

TEST(ProxyOfTheEnvironment, MayLackSchemeOrPortAndEndWithASlash) {
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "proxy:3128"}})->label, "proxy:3128");
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "HTTP://proxy"}})->label, "proxy:80");
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "http://10.0.0.1:8080/"}})->label, "10.0.0.1:8080");
  const auto ipv6 = proxy_with({{"HTTPS_PROXY", "http://u@[fd00::1]:3128"}});
  EXPECT_EQ(ipv6->host, "fd00::1");
  EXPECT_EQ(ipv6->port, 3128);
  EXPECT_EQ(ipv6->label, "[fd00::1]:3128");
}

TEST(ProxyOfTheEnvironment, LowerCaseGoesFirst) {
  const Variables both{{"https_proxy", "http://lower:1"}, {"HTTPS_PROXY", "http://upper:1"}};
  EXPECT_EQ(proxy_with(both)->label, "lower:1");
  EXPECT_EQ(proxy_with(both)->variable, "https_proxy");
  EXPECT_EQ(proxy_with({{"https_proxy", ""}, {"HTTPS_PROXY", "http://upper:1"}})->label, "upper:1");
  EXPECT_FALSE(proxy_with(
      {{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "microsoft.com"}, {"NO_PROXY", "x"}}));
}

TEST(ProxyOfTheEnvironment, UserAndPasswordAreDecodedAndNotInTheLabel) {
  // "user:p@ss:wörd%", as RFC 7617 wants it.
  const auto proxy = proxy_with({{"HTTPS_PROXY", "http://user:p%40ss:w%C3%B6rd%25@proxy:3128"}});
  EXPECT_EQ(proxy->authorization, "Basic dXNlcjpwQHNzOnfDtnJkJQ==");
  EXPECT_EQ(proxy->label, "proxy:3128");
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "http://user@proxy"}})->authorization, "Basic dXNlcjo=");
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "http://ab:c@proxy"}})->authorization, "Basic YWI6Yw==");
  // An @ that should have been encoded: the last one counts.
  EXPECT_EQ(proxy_with({{"HTTPS_PROXY", "http://ab:c@d@proxy"}})->label, "proxy:80");
}

TEST(ProxyOfTheEnvironment, PlainHttpNeverGoesByIt) {
  EXPECT_FALSE(proxy_with({{"HTTPS_PROXY", "http://p:1"}}, "http://127.0.0.1:8080"));
  EXPECT_FALSE(proxy_with({{"HTTPS_PROXY", "no proxy at all"}}, "http://localhost:8080"));
  EXPECT_TRUE(proxy_with({{"HTTPS_PROXY", "http://p:1"}}, "https://localhost:8443"));
}

TEST(ProxyOfTheEnvironment, WhatIsNoneIsRefusedWithoutItsPassword) {
  for (const std::string value :
       {"http://", "http://user:secret@", "http://user:secret@proxy:0", "http://u:secret@proxy:x",
        "http://u:secret@proxy:99999", "http://u:secret@proxy/path", "http://u:sec/ret@proxy?x",
        "http://u:secret@[::1", "http://u:secret@[::1]3128", "http://u:secret@[x]:1",
        "http://u:secret%zz@proxy", "http://u:secret%4@proxy", "http://u%3a:secret@proxy",
        "ftp://u:secret@proxy", "http://u:secret@pro xy", "secret@:3128"}) {
    const std::string why = refusal_of(value);
    EXPECT_THAT(why, HasSubstr("the environment variable HTTPS_PROXY"));
    EXPECT_THAT(why, Not(HasSubstr("sec"))) << value;
  }
  EXPECT_THAT(refusal_of("http://proxy:port"), HasSubstr("\"http://proxy:port\""));
  EXPECT_THAT(refusal_of("http://proxy:8550/path"), HasSubstr("a proxy has no path"));
}

TEST(ProxyOfTheEnvironment, OtherKindsOfProxyAreRefusedByName) {
  EXPECT_THAT(refusal_of("https://proxy:3128"), HasSubstr("spoken to by TLS"));
  for (const std::string value : {"socks5://proxy:1080", "socks5h://proxy", "SOCKS4://proxy"}) {
    EXPECT_THAT(refusal_of(value), HasSubstr("SOCKS is not supported"));
  }
}

TEST(ProxyOfTheEnvironment, IsNotLookedAtWhereAHostIsExempt) {
  EXPECT_FALSE(proxy_with({{"HTTPS_PROXY", "socks5://p"}, {"NO_PROXY", ".microsoft.com"}}));
}

TEST(NoProxy, HoldsNamesAndWhatEndsWithThem) {
  for (const std::string list :
       {"example.com", "EXAMPLE.COM.", ".example.com", "*.example.com", "x, example.com ,y",
        "x example.com", "api.example.com", "example.com:443", "*", "x,*"}) {
    EXPECT_TRUE(is_exempt(list, "api.example.com", 443)) << list;
  }
  EXPECT_TRUE(is_exempt("example.com", "example.com", 443));
  EXPECT_TRUE(is_exempt(".example.com", "example.com", 443)) << "as curl takes it";
  EXPECT_TRUE(is_exempt("example.com", "API.Example.com.", 443));
  for (const std::string list : {"", ",", " ", "ample.com", "example", "api", "other.example.com",
                                 "example.com:8443", "example.com:", "*example.com", ".", ":443"}) {
    EXPECT_FALSE(is_exempt(list, "api.example.com", 443)) << list;
  }
  EXPECT_FALSE(is_exempt("example.com", "badexample.com", 443));
}

TEST(NoProxy, HoldsAddressesAndNetworks) {
  for (const std::string list : {"10.1.2.3", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0",
                                 "fe80::/10,10.1.0.0/16", "10.1.2.3:443"}) {
    EXPECT_TRUE(is_exempt(list, "10.1.2.3", 443)) << list;
  }
  for (const std::string list : {"10.1.2.4", "11.0.0.0/8", "10.1.2.0/33", "10.0.0.0/", "10.0.0.0/x",
                                 "1.2.3", "10.1.2.3:80", "::/0", ".3"}) {
    EXPECT_FALSE(is_exempt(list, "10.1.2.3", 443)) << list;
  }
  for (const std::string list :
       {"fd00::1", "FD00:0::1", "[fd00::1]", "[fd00::1]:443", "fd00::/8"}) {
    EXPECT_TRUE(is_exempt(list, "fd00::1", 443)) << list;
  }
  for (const std::string list :
       {"fd00::2", "[fd00::1]:80", "[fd00::1", "10.0.0.0/8", "fe80::/10"}) {
    EXPECT_FALSE(is_exempt(list, "fd00::1", 443)) << list;
  }
  EXPECT_FALSE(is_exempt("10.0.0.0/8", "ten.example.com", 443)) << "names are not resolved for it";
}

}  // namespace
}  // namespace referrald::test
