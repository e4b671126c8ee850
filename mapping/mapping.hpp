// A mapping file: one row of an export in, a referral or the reasons why not out. Pure: no
// database, no network, no clock.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/diagnostics.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/value.hpp"

namespace referrald::mapping {

// The deal types of the reference's section 4.
enum class Deal { private_, partner_led, co_sell };
std::string_view to_string(Deal deal);  // "private", "partner-led", "co-sell"

// One reason why a row cannot be sent.
struct Reason {
  std::string code;     // stable: "required-member", "bad-number", …
  std::string member;   // "details/dealValue"; empty when no member is to blame
  std::string column;   // the export's column(s); empty when none
  std::string value;    // the offending value: shown in `rejects` and `plan`, never logged
  std::string message;  // what is wrong
  std::string remedy;   // what to do
  // Of a conflict, beside `value`, which is the CRM's: what Partner Center holds, and what was
  // synced last; JSON texts, the second blank where it is not kept.
  std::string partner_center{}, last_synced{};
};

// A row that is to become a referral (co-sell: two).
struct Mapped {
  std::string external_id;
  Deal deal = Deal::private_;
  Value referral;    // the own referral, complete, as it is sent
  Value invitation;  // co-sell: members of the second referral's inviteContext; else absent
  std::vector<std::string_view> warnings;  // codes of what the portal would not like
};
// A row that `include` leaves out, or of a record that is gone in the CRM. The external id, where
// it could be told.
struct Excluded {
  std::string external_id;
  bool deleted = false;
};
// A row that cannot be sent, with every reason at once.
struct Rejected {
  std::string external_id;  // empty when it could not be told
  std::vector<Reason> reasons;
};
using Outcome = std::variant<Mapped, Excluded, Rejected>;

// The body of the create: the referral without its status, which a create says nothing of.
std::string own_body(const Mapped& mapped);
void append_own_body(std::string& out, const Mapped& mapped);
// The body of the second referral of a co-sell deal (reference, section 4.2): the own one without
// externalReferenceId, with target msft. The engagementId and the inviteContext are added when the
// first one's answer is known, by complete_microsoft_body().
std::string microsoft_body(const Mapped& mapped);
// `organization_id` may be empty; else it becomes inviteContext.invitedBy.organizationId.
std::string complete_microsoft_body(std::string_view microsoft_body, std::string_view invitation,
                                    std::string_view engagement_id,
                                    std::string_view organization_id);

// A mapping bound to one export's header: knows each column's index. Const and thread-safe.
class BoundMapping {
 public:
  virtual ~BoundMapping() = default;
  // Maps one row. A row with a fault is rejected with that fault as its reason. The memory of what
  // `out` was for another row is used again.
  virtual void map(const Row& row, Outcome& out) const = 0;
  Outcome map(const Row& row) const {
    Outcome out;
    map(row, out);
    return out;
  }
  // The external id that the row has or would have, without mapping the rest; empty when it cannot
  // be told.
  virtual std::string external_id(const Row& row) const = 0;
  // external_id() looks at no cells but so many first ones.
  virtual std::size_t cells_of_id() const = 0;
  // Which of the header's columns the mapping uses, by their index.
  virtual std::vector<bool> used_columns() const = 0;
};

// What a mapping is bound to. Refers to the names.
struct Header {
  std::span<const std::string> names;
  std::span<const std::string> aliases;  // by the names' index; empty: none
  bool complete = true;                  // false: a column that is not there is blank
  bool has_paths = false;                // of JSON: "address.city" is a part of "address"
  std::string how_found{};               // what was taken for it; empty: it had not to be found
  std::string other_way{};               // what to do when something else is the header
};

class Mapping {
 public:
  virtual ~Mapping() = default;
  // Binds to an export's header. nullptr exactly when a problem was added: a mapped column is
  // missing (with the nearest name of the header) or doubled. The problems' places are the mapping
  // file's. A column is known by its name in the header, by its alias, as NAME#2 (the second one of
  // that name) or as #2 (the second one of all).
  std::unique_ptr<BoundMapping> bind(const RowReader& reader, config::Problems& problems) const;
  std::unique_ptr<BoundMapping> bind(const std::vector<std::string>& header,
                                     config::Problems& problems) const;
  virtual std::unique_ptr<BoundMapping> bind(const Header& header,
                                             config::Problems& problems) const = 0;
  // What the mapping says of its exports.
  virtual const ExportFormat& format() const = 0;
  // The columns that templates, conditions and deal name, each once.
  virtual const std::vector<std::string>& columns() const = 0;
  // The members that it gives to the elements of lists: "customerProfile/team/email".
  virtual std::set<std::string> list_members() const = 0;
  // The files that were read for it: the mapping file, and those of its tables and lists.
  virtual std::vector<std::filesystem::path> files() const = 0;
  // Tells the mapping from what it was and will be: by what these files were before they were read.
  virtual std::string version() const = 0;
  // Whether one of them has changed since, so that the mapping is to be loaded again.
  virtual bool files_changed() const = 0;
  // Runs the mapping's `tests`; a failing one is a problem that shows what differs.
  virtual void run_tests(config::Problems& problems) const = 0;
  virtual std::size_t test_count() const = 0;
};

// What `init` writes for a column that a person must fill in; no mapping that names it is valid.
inline constexpr std::string_view unknown_column = "FILL IN";

// Reads and validates a mapping file. nullptr exactly when a problem was added.
std::unique_ptr<Mapping> load_mapping(const std::filesystem::path& file,
                                      config::Problems& problems);

}  // namespace referrald::mapping
