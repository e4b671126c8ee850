#include "tests/simulator/report.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json.hpp>
#include <boost/url.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>

namespace referrald::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using tcp = asio::ip::tcp;

constexpr std::size_t shown_duplicates = 20;
constexpr std::size_t shown_ids = 5;  // of one duplicate

template <class Stream>
std::string exchange(Stream& stream, const std::string& host, const std::string& path) {
  http::request<http::empty_body> request{http::verb::get, path, 11};
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(1ULL << 30);
  http::read(stream, buffer, parser);
  if (parser.get().result() != http::status::ok) {
    throw ReportError(
        fmt::format("{} answered {}: is it a simulator?", path, parser.get().result_int()));
  }
  return std::move(parser.get().body());
}

std::string get(const boost::urls::url_view& url, const std::string& path) {
  const bool tls = url.scheme_id() == boost::urls::scheme::https;
  const std::string host = url.host_address();
  const std::string port =
      url.has_port() ? std::string{url.port()} : std::string{tls ? "443" : "80"};
  asio::io_context io;
  tcp::resolver resolver(io);
  tcp::socket socket(io);
  asio::connect(socket, resolver.resolve(host, port));
  if (!tls) return exchange(socket, host, path);
  // Its certificate is its owner's, made for a test; nothing secret is sent.
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_verify_mode(asio::ssl::verify_none);
  asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
  stream.handshake(asio::ssl::stream_base::client);
  return exchange(stream, host, path);
}

std::uint64_t count_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code error;
  const auto found = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
  if (value == nullptr || error) throw ReportError("the answer is not a simulator's");
  return found;
}

void print_counts(std::ostream& out, std::string_view title, const json::object& counts) {
  bool titled = false;
  for (const auto& [name, value] : counts) {
    const auto count = value.to_number<std::uint64_t>();
    if (count == 0) continue;
    if (!titled) fmt::print(out, "{}\n", title);
    titled = true;
    fmt::print(out, "  {:<50}{:>10}\n", std::string_view{name.data(), name.size()}, count);
  }
}

void print_duplicates(std::ostream& out, const json::object& duplicates, const char* list,
                      const char* name) {
  const auto& entries = duplicates.at(list).as_array();
  std::size_t shown = 0;
  for (const auto& entry : entries) {
    if (shown++ == shown_duplicates) {
      fmt::print(out, "  … and {} more: GET /__simulator/duplicates\n",
                 entries.size() - shown_duplicates);
      return;
    }
    fmt::print(out, "  {} {}\n", name, std::string{entry.as_object().at(name).as_string()});
    const auto& ids = entry.as_object().at("referrals").as_array();
    for (std::size_t i = 0; i < ids.size() && i < shown_ids; ++i) {
      fmt::print(out, "      {}\n", std::string{ids[i].as_string()});
    }
    if (ids.size() > shown_ids) fmt::print(out, "      … and {} more\n", ids.size() - shown_ids);
  }
}

bool print(std::ostream& out, const json::object& state, const json::object& duplicates) {
  const auto row = [&](std::string_view label, const char* name) {
    fmt::print(out, "{:<52}{:>10}\n", label, count_of(state, name));
  };
  row("Referrals", "referrals");
  row("  own", "own");
  row("  Microsoft's", "microsoft");
  row("Engagements", "engagements");
  row("Shared, Microsoft's referral missing", "shared_engagements_without_microsoft_referral");
  row("External reference ids used more than once", "duplicate_external_reference_ids");
  row("Engagements with several of Microsoft's", "engagements_with_many_microsoft_referrals");
  print_counts(out, "Requests", state.at("requests").as_object());
  print_counts(out, "Answers by status", state.at("answers").as_object());
  print_counts(out, "Faults dealt", state.at("faults").as_object());
  print_counts(out, "Members sent that the service does not know",
               state.at("ignored_members").as_object());
  const bool clean = count_of(state, "duplicate_external_reference_ids") == 0 &&
                     count_of(state, "engagements_with_many_microsoft_referrals") == 0;
  if (clean) {
    fmt::print(out, "No duplicates.\n");
    return true;
  }
  fmt::print(out, "DUPLICATES\n");
  print_duplicates(out, duplicates, "external_reference_ids", "externalReferenceId");
  print_duplicates(out, duplicates, "microsoft_referrals", "engagementId");
  return false;
}

}  // namespace

bool report(const std::string& url, std::ostream& out) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->host().empty() ||
      (parsed->scheme_id() != boost::urls::scheme::http &&
       parsed->scheme_id() != boost::urls::scheme::https)) {
    throw ReportError(fmt::format("'{}' is no URL; http://127.0.0.1:8080 is one", url));
  }
  try {
    const auto state = json::parse(get(*parsed, "/__simulator/state"));
    const auto duplicates = json::parse(get(*parsed, "/__simulator/duplicates"));
    return print(out, state.as_object(), duplicates.as_object());
  } catch (const boost::system::system_error& error) {
    throw ReportError(fmt::format("ask {}: {}", url, error.code().message()));
  } catch (const std::exception& error) {
    throw ReportError(fmt::format("ask {}: {}", url, error.what()));
  }
}

}  // namespace referrald::simulator
