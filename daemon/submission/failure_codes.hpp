// The codes of a row's failures that are ours: the service has no say in them, or none that helps.
// Each is explained in daemon/failure_table.cpp. A failure that the service answered has its code,
// or "http-" and the status.
#pragma once

#include <array>
#include <string_view>

namespace referrald::submission::failure_code {

inline constexpr std::string_view cannot_resolve = "cannot-resolve";
inline constexpr std::string_view cannot_connect = "cannot-connect";
inline constexpr std::string_view tls_refused = "tls-refused";
inline constexpr std::string_view proxy_refused = "proxy-refused";
inline constexpr std::string_view timeout = "timeout";
inline constexpr std::string_view connection_closed = "connection-closed";
inline constexpr std::string_view no_answer = "no-answer";
inline constexpr std::string_view unreadable_answer = "unreadable-answer";
inline constexpr std::string_view reported_conflict = "reported-conflict";
inline constexpr std::string_view referral_gone = "referral-gone";

inline constexpr std::array all{
    cannot_resolve,    cannot_connect, tls_refused,       proxy_refused,     timeout,
    connection_closed, no_answer,      unreadable_answer, reported_conflict, referral_gone};

}  // namespace referrald::submission::failure_code
