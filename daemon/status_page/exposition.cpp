#include "daemon/status_page/exposition.hpp"

#include <charconv>
#include <limits>

namespace referrald::status_page {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string take_name(std::string_view& line) {
  std::size_t size = 0;
  while (size < line.size() && is_name(line[size])) ++size;
  std::string name(line.substr(0, size));
  line.remove_prefix(size);
  return name;
}

bool take(std::string_view& line, char wanted) {
  if (!line.starts_with(wanted)) return false;
  line.remove_prefix(1);
  return true;
}

// Behind the opening quote, up to and with the closing one.
std::optional<std::string> take_quoted(std::string_view& line) {
  std::string text;
  while (!line.empty()) {
    char c = line.front();
    line.remove_prefix(1);
    if (c == '"') return text;
    if (c == '\\') {
      if (line.empty()) return std::nullopt;
      c = line.front() == 'n' ? '\n' : line.front();
      line.remove_prefix(1);
    }
    text += c;
  }
  return std::nullopt;
}

bool take_labels(std::string_view& line, std::map<std::string, std::string>& labels) {
  if (!take(line, '{')) return true;
  while (!take(line, '}')) {
    std::string name = take_name(line);
    if (name.empty() || !take(line, '=') || !take(line, '"')) return false;
    auto value = take_quoted(line);
    if (!value) return false;
    labels.insert_or_assign(std::move(name), *std::move(value));
    (void)take(line, ',');
  }
  return true;
}

std::optional<Sample> parse_sample(std::string_view line) {
  Sample sample;
  sample.name = take_name(line);
  if (sample.name.empty() || !take_labels(line, sample.labels) || !take(line, ' '))
    return std::nullopt;
  // A timestamp may follow.
  const auto value = parse_value(line.substr(0, line.find(' ')));
  if (!value) return std::nullopt;
  sample.value = *value;
  return sample;
}

}  // namespace

std::optional<double> parse_value(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void each_sample(std::string_view text, const std::function<void(const Sample&)>& visit) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (const auto sample = parse_sample(line)) visit(*sample);
  }
}

}  // namespace referrald::status_page
