// The part of a proposed mapping that shows the referral.
#pragma once

#include <string>
#include <vector>

#include "mapping/proposal/detect.hpp"
#include "mapping/proposal/placement.hpp"

namespace referrald::mapping {

struct ReferralPart {
  std::string text;  // `referral:` and what is below it
  LocaleGuess locale;
  bool numbers_told = false;      // whether the export's numbers show the locale
  std::vector<std::string> must;  // what a person has to fill in
  std::vector<std::string> look;  // what a person should look at, a sentence or two each
};

ReferralPart propose_referral(const Sample& sample, const Placement& placed);

}  // namespace referrald::mapping
