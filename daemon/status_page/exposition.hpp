// Reads the text format as far as this program writes it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::status_page {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// "0.25", "+Inf".
std::optional<double> parse_value(std::string_view text);

// Visits the samples in their order; skips comments and lines that are none.
void each_sample(std::string_view text, const std::function<void(const Sample&)>& visit);

}  // namespace referrald::status_page
