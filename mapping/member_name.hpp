// The name of a JSON object's member. What the API's schema names stands in the program itself and
// is not copied with each row.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>

namespace referrald::mapping {

class MemberName {
 public:
  MemberName() = default;
  // NOLINTBEGIN(google-explicit-constructor): it stands where a text stood.
  MemberName(std::string_view text) : MemberName(text, new char[text.size()]) {}
  MemberName(const std::string& text) : MemberName(std::string_view(text)) {}
  MemberName(const char* text) : MemberName(std::string_view(text)) {}
  operator std::string_view() const { return text_; }
  // NOLINTEND(google-explicit-constructor)
  // Refers to the text, which must be there as long as the program.
  static MemberName fixed(std::string_view text) {
    MemberName name;
    name.text_ = text;
    return name;
  }

  MemberName(const MemberName& other)
      : MemberName(other.owned_ ? MemberName(other.text_) : fixed(other.text_)) {}
  MemberName& operator=(const MemberName& other) { return *this = MemberName(other); }
  MemberName(MemberName&&) noexcept = default;
  MemberName& operator=(MemberName&&) noexcept = default;
  ~MemberName() = default;

  std::string_view view() const { return text_; }
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const MemberName& name, const Text& other) {
    return name.text_ == std::string_view(other);
  }

 private:
  MemberName(std::string_view text, char* owned) : text_(owned, text.size()), owned_(owned) {
    text.copy(owned, text.size());
  }

  std::string_view text_;
  std::unique_ptr<char[]> owned_;
};

}  // namespace referrald::mapping
