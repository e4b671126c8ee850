#include "daemon/submission/sign_in.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

#include <boost/json.hpp>
#include <simdjson.h>
#include <sys/stat.h>

#include "daemon/submission/base64url.hpp"
#include "daemon/submission/secret_file.hpp"

namespace referrald::submission {
namespace {

constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_reason = 2'048;
constexpr std::size_t largest_file = 16 * 1024;

// The first of these members that is a text.
std::string first_text(simdjson::dom::object object,
                       std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::string_view value;
    if (object[name].get(value) == simdjson::SUCCESS && !value.empty() &&
        value.size() <= longest_text)
      return std::string(value);
  }
  return {};
}

std::optional<Refusal> refusal_of(simdjson::dom::object object) {
  simdjson::dom::object refused;
  std::int64_t at = 0;
  std::string_view why;
  if (object["refused"].get(refused) != simdjson::SUCCESS ||
      refused["at_ms"].get(at) != simdjson::SUCCESS || refused["why"].get(why) != simdjson::SUCCESS)
    return std::nullopt;
  return Refusal{WallTime(std::chrono::milliseconds(at)), std::string(why)};
}

bool is_older(const std::filesystem::path& file, const std::filesystem::path& than) {
  struct stat one {};
  struct stat other {};
  if (::stat(file.c_str(), &one) != 0 || ::stat(than.c_str(), &other) != 0) return true;
  if (one.st_mtim.tv_sec != other.st_mtim.tv_sec) return one.st_mtim.tv_sec < other.st_mtim.tv_sec;
  return one.st_mtim.tv_nsec < other.st_mtim.tv_nsec;
}

}  // namespace

Account account_of(std::string_view token) {
  Account account;
  const auto begin = token.find('.');
  const auto end = begin == std::string_view::npos ? begin : token.find('.', begin + 1);
  if (end == std::string_view::npos) return account;
  const auto claims = decode_base64url(token.substr(begin + 1, end - begin - 1));
  if (!claims) return account;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(*claims).get(object) != simdjson::SUCCESS) return account;
  // Version 2 of the endpoint says preferred_username, version 1 upn or unique_name.
  account.user = first_text(object, {"preferred_username", "upn", "unique_name", "email"});
  account.name = first_text(object, {"name"});
  account.tenant_id = first_text(object, {"tid"});
  return account;
}

std::filesystem::path sign_in_file(const std::filesystem::path& refresh_token) {
  return real_place(refresh_token).string() + ".account";
}

std::optional<SignIn> read_sign_in(const std::filesystem::path& refresh_token) {
  const auto file = sign_in_file(refresh_token);
  if (is_older(file, refresh_token)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  std::string text(largest_file, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::int64_t renewed = 0;
  if (parser.parse(text).get(object) != simdjson::SUCCESS ||
      object["renewed_ms"].get(renewed) != simdjson::SUCCESS)
    return std::nullopt;
  return SignIn{{first_text(object, {"user"}), first_text(object, {"name"}),
                 first_text(object, {"tenant_id"})},
                WallTime(std::chrono::milliseconds(renewed)),
                refusal_of(object)};
}

void store_sign_in(const std::filesystem::path& refresh_token_file, std::string_view refresh_token,
                   const SignIn& sign_in) {
  const auto place = real_place(refresh_token_file);
  FolderLock lock(place.parent_path());
  lock.lock();
  SecretWriter writer(place);
  writer.commit(refresh_token);
  keep_sign_in(place, sign_in);
}

void keep_sign_in(const std::filesystem::path& refresh_token, const SignIn& sign_in) {
  boost::json::object object{{"user", sign_in.account.user},
                             {"name", sign_in.account.name},
                             {"tenant_id", sign_in.account.tenant_id},
                             {"renewed_ms", sign_in.renewed.time_since_epoch().count()}};
  if (const auto& refused = sign_in.refused)
    object["refused"] = {{"at_ms", refused->at.time_since_epoch().count()},
                         {"why", refused->why.substr(0, longest_reason)}};
  try {
    SecretWriter writer(sign_in_file(refresh_token));
    writer.commit(boost::json::serialize(object) + '\n');
  } catch (const std::system_error&) {
  }
}

}  // namespace referrald::submission
