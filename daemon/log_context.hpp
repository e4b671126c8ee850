// A log whose every line says more: of which run, of which source.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <variant>
#include <vector>

#include "daemon/log.hpp"

namespace referrald {

// Adds the fields behind each line's own, which go first where both have the same.
class ContextLog final : public Log {
 public:
  // `log` outlives the object; the fields are copied.
  ContextLog(Log& log, Fields fields) : Log(log.level()), log_(log), fields_(fields) {
    for (Field& field : fields_)
      if (const auto* text = std::get_if<std::string_view>(&field.value))
        field.value = std::string_view(texts_.emplace_back(*text));
  }

 protected:
  void line(const LogLine& what) override {
    std::vector<Field> all(what.fields.begin(), what.fields.end());
    for (const Field& field : fields_) {
      const auto same = [&](const Field& own) { return own.name == field.name; };
      if (std::ranges::none_of(what.fields, same)) all.push_back(field);
    }
    log_.pass_on({what.event, what.message, all});
  }

 private:
  Log& log_;
  std::list<std::string> texts_;  // what fields_ point to
  std::vector<Field> fields_;
};

}  // namespace referrald
