// The referral part of a mapping file as a tree: constants and templates in the API's shape.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/yaml_reader.hpp"
#include "mapping/schema.hpp"
#include "mapping/template.hpp"
#include "mapping/value.hpp"

namespace referrald::mapping {

struct Node {
  enum class Kind : std::uint8_t { constant, cell, object, list, each };

  Kind kind = Kind::constant;
  MemberName name;   // empty for list elements
  std::string path;  // "customerProfile/team/0/email"
  const MemberSpec* spec = nullptr;
  Value constant;              // constant
  Template text;               // cell; each: what yields the elements
  std::vector<Node> children;  // object, list; each: the one element
  std::uint32_t item = 0;      // each: the column that stands for the element
  config::Place place;
  bool from_row = false;  // a template is here or below
  bool is_id = false;     // the externalReferenceId

  const Node* find(std::string_view member) const;
};

// What loading needs and fills.
struct NodeLoading {
  const FilterSettings& settings;
  Columns& columns;
  const std::string& file;
  config::Problems& problems;
};

// Loads an object of that shape. Faults are problems.
Node load_object(const config::YamlNode& yaml, const Shape& shape, NodeLoading& loading);

// An element of a list that does not stand where the mapping has it, since some before it were
// blank, or since a cell had several.
struct MovedElement {
  const Node* list = nullptr;
  std::size_t index = 0;  // in the referral
  const Node* element = nullptr;
};

// The node of a member of the referral, "customerProfile/team/0/email"; nullptr when there is none.
const Node* node_at(const Node& root, std::string_view path,
                    std::span<const MovedElement> moved = {});
// The members below that elements of lists get: "customerProfile/team/email".
void add_list_members(const Node& node, std::set<std::string>& members);
// The columns that feed a node, comma-separated, each once.
std::string columns_of(const Node& node, const Columns& columns);

// Takes a row's faults, and what is to be known of its lists.
class FaultSink {
 public:
  virtual ~FaultSink() = default;
  // `member` is the path in the referral.
  virtual void fault(Code code, std::string member, std::string column, std::string value,
                     std::string message, std::string remedy) = 0;
  virtual void moved(const MovedElement& element) = 0;
};

struct RowCells {
  std::span<const Cell> cells;  // trimmed, in the order of the mapping's columns
  const FilterSettings& settings;
  const Columns& columns;
};

// Makes `out` the node's value for a row; absent when it is blank or empty. The memory of what it
// was for another row is used again. `filled` is set when a template at or below the node was not
// blank.
void evaluate(const Node& node, const RowCells& row, FaultSink& faults, bool& filled, Value& out);

}  // namespace referrald::mapping
