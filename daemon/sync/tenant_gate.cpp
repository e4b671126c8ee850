#include "daemon/sync/tenant_gate.hpp"

namespace referrald::sync {
namespace {

using persistence::Ledger;
using Part = AdoptPlace::Part;

// Notes of the ledger, whose names may not change.
constexpr std::string_view tenant_note = "tenant";  // any value: known
constexpr std::string_view strangers_note = "tenant.strangers";
constexpr std::string_view adopted_note = "adopted";
constexpr std::string_view part_note = "adopt.part";
constexpr std::string_view next_note = "adopt.next";
constexpr std::string_view newest_note = "adopt.newest";

constexpr std::string_view rest = "rest";
constexpr std::string_view head = "head";

void forget_adopt_place(Ledger& ledger) {
  for (const auto note : {part_note, next_note, newest_note}) ledger.set_note(note, "");
}

}  // namespace

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::known:
      return "known";
    case Standing::fresh:
      return "new";
    case Standing::strangers:
      return "strangers";
    case Standing::adopting:
      break;
  }
  return "adopting";
}

// Referrals in the ledger prove nothing: an adopt that was cut off has put some there.
Standing standing_of(Ledger* ledger) {
  if (ledger == nullptr) return Standing::fresh;
  if (adopt_place(*ledger).part != Part::none) return Standing::adopting;
  if (ledger->note(tenant_note) || ledger->note(adopted_note)) return Standing::known;
  return ledger->note(strangers_note) ? Standing::strangers : Standing::fresh;
}

std::string reason_for_standing(Standing standing) {
  switch (standing) {
    case Standing::known:
    case Standing::fresh:
      break;
    case Standing::strangers:
      return "this ledger is new, and Partner Center holds referrals already, which may be of the "
             "same deals. `referrald adopt` learns them, without a write; only if they have "
             "nothing to do with these exports, say so once and for good: `referrald sync "
             "--without-adopt`";
    case Standing::adopting:
      return "an adopt has not come to its end, so that this ledger knows only a part of the "
             "referrals at Partner Center. `referrald adopt` goes on where it stood";
  }
  return {};
}

void set_known(Ledger& ledger) {
  if (!ledger.note(tenant_note)) ledger.set_note(tenant_note, "known");
  ledger.set_note(strangers_note, "");
  forget_adopt_place(ledger);
}

void set_strangers(Ledger& ledger) {
  ledger.set_note(strangers_note, "met");
}

AdoptPlace adopt_place(Ledger& ledger) {
  AdoptPlace place;
  const auto part = ledger.note(part_note);
  if (!part) return place;
  place.part = *part == head ? Part::head : Part::rest;
  place.next = ledger.note(next_note).value_or("");
  place.newest = ledger.note(newest_note).value_or("");
  return place;
}

void set_adopt_place(Ledger& ledger, const AdoptPlace& place) {
  ledger.set_note(part_note, place.part == Part::head ? head : rest);
  ledger.set_note(next_note, place.next);
  ledger.set_note(newest_note, place.newest);
}

void set_adopted(Ledger& ledger, std::string_view at) {
  forget_adopt_place(ledger);
  ledger.set_note(strangers_note, "");
  ledger.set_note(adopted_note, at);
}

}  // namespace referrald::sync
