#include "mapping/node.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace referrald::mapping {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

void collect_columns(const Node& node, const Columns& columns, std::vector<std::string>& out) {
  if (node.kind == Node::Kind::cell || node.kind == Node::Kind::each)
    node.text.add_columns(columns, out);
  for (const Node& child : node.children) collect_columns(child, columns, out);
}

// `path`: that of the node, without the numbers of elements. `in_list`: it is an element.
void collect_list_members(const Node& node, const std::string& path, bool in_list,
                          std::set<std::string>& members) {
  const bool is_list = node.kind == Node::Kind::list || node.kind == Node::Kind::each;
  for (const Node& child : node.children) {
    const std::string below =
        is_list ? path : fmt::format("{}{}{}", path, path.empty() ? "" : "/", child.name.view());
    if (in_list && !is_list) members.insert(below);
    collect_list_members(child, below, is_list, members);
  }
}

std::optional<bool> boolean(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower == "true" || lower == "yes") return true;
  if (lower == "false" || lower == "no") return false;
  return std::nullopt;
}

CellType cell_type(ScalarKind kind) {
  switch (kind) {
    case ScalarKind::number:
      return CellType::number;
    case ScalarKind::date:
      return CellType::date;
    case ScalarKind::boolean:
      return CellType::boolean;
    default:
      return CellType::text;
  }
}

// Of an element that the mapping does not write out.
constexpr std::size_t not_numbered = std::string_view::npos;

class Evaluation {
 public:
  Evaluation(const RowCells& row, FaultSink& faults) : row_(row), faults_(faults) {}
  // The same at the same place, with other cells.
  Evaluation(const Evaluation& outer, std::span<const Cell> cells)
      : row_{cells, outer.row_.settings, outer.row_.columns},
        faults_(outer.faults_),
        fault_count_(outer.fault_count_),
        elements_(outer.elements_) {}

  // Values are made where they stay. `out` may hold what another row had there: its memory is used
  // again.
  void value(const Node& node, Value& out, bool& filled) {
    switch (node.kind) {
      case Node::Kind::constant:
        out = node.constant;
        return;
      case Node::Kind::cell:
        if (!cell(node, out, filled)) out = {};
        return;
      case Node::Kind::object:
        object(node, out, filled);
        return;
      case Node::Kind::list:
        list(node, out, filled);
        return;
      case Node::Kind::each:
        out = {};
        return;
    }
  }

 private:
  // The list being filled: `size` elements are this row's.
  struct Filling {
    List& list;
    std::size_t size = 0;
  };

  void object(const Node& node, Value& out, bool& filled) {
    if (out.object() == nullptr) out.is.emplace<Object>();
    Object& members = *out.object();
    members.reserve(node.children.size() + 2);  // the deal may add two
    std::size_t size = 0;
    for (const Node& child : node.children) {
      if (size == members.size())
        members.emplace_back(child.name);
      else if (members[size].name.view().data() != child.name.view().data())
        members[size].name = child.name;
      Value& member = members[size].value;
      value(child, member, filled);
      if (!member.absent()) ++size;
    }
    cut(members, size);
    if (members.empty()) out = {};
  }

  void list(const Node& node, Value& out, bool& filled) {
    if (out.list() == nullptr) out.is.emplace<List>();
    Filling elements{*out.list()};
    elements.list.reserve(node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i)
      if (node.children[i].kind == Node::Kind::each)
        each(node, node.children[i], elements, filled);
      else
        element(node, node.children[i], i, elements, filled);
    cut(elements.list, elements.size);
    if (elements.list.empty()) out = {};
  }

  template <typename Elements>
  static void cut(Elements& elements, std::size_t size) {
    elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(size), elements.end());
  }

  void each(const Node& list, const Node& node, Filling& elements, bool& filled) {
    std::vector<Template::Fault> found;
    const auto items = node.text.evaluate_list(row_.cells, row_.settings, found);
    report(found, node);
    filled = filled || !found.empty();
    std::vector<Cell> cells(row_.cells.begin(), row_.cells.end());
    Evaluation inner(*this, cells);
    for (const Constant& item : items) {
      cells[node.item] = Cell(item.text, cell_type(item.kind));
      inner.element(list, node.children.front(), not_numbered, elements, filled);
    }
    fault_count_ = inner.fault_count_;
  }

  // An element whose templates are all blank goes, whatever constants stand beside them: a solution
  // without id is none. One with a fault stays, so that the places of the others do not change.
  void element(const Node& list, const Node& node, std::size_t place, Filling& elements,
               bool& filled) {
    const std::size_t index = elements.size;
    const std::size_t faults = fault_count_;
    bool element_filled = false;
    if (index == elements.list.size()) elements.list.emplace_back();
    Value& made = elements.list[index];
    elements_.push_back({&node, index});
    value(node, made, element_filled);
    elements_.pop_back();
    filled = filled || element_filled;
    const bool faulty = fault_count_ != faults;
    if (!faulty && (made.absent() || (node.from_row && !element_filled))) return;
    ++elements.size;
    if (made.absent()) made.is = Object{};
    if (index != place) faults_.moved({&list, index, &node});
  }

  // False: there is none.
  bool cell(const Node& node, Value& out, bool& filled) {
    Scalar scalar;
    std::vector<Template::Fault> found;
    bool some_blank = false;
    node.text.evaluate(row_.cells, row_.settings, scalar, found, &some_blank);
    report(found, node);
    if (!found.empty()) {
      filled = true;  // the cell holds something, though nothing usable
      return false;
    }
    if (node.is_id && some_blank) {
      report(Code::missing_external_id, node, node.text.columns(row_.columns), {},
             "the externalReferenceId, or a part of it, is blank");
      return false;
    }
    if (scalar.kind == ScalarKind::blank) return false;
    filled = true;
    return typed(node, scalar, out);
  }

  bool typed(const Node& node, const Scalar& scalar, Value& out) {
    switch (node.spec->type) {
      case Type::number:
        if (scalar.kind != ScalarKind::number)
          return refuse(Code::not_a_number, node, scalar, "is no number");
        out.is = decimal(scalar);
        return true;
      case Type::boolean: {
        const auto flag = boolean(scalar.text);
        if (!flag) return refuse(Code::bad_boolean, node, scalar, "is neither true nor false");
        out.is = *flag;
        return true;
      }
      case Type::any:
        if (scalar.kind == ScalarKind::number)
          out.is = decimal(scalar);
        else if (scalar.kind == ScalarKind::boolean)
          out.is = scalar.text == "true";
        else
          set_text(scalar.text, out);
        return true;
      default:
        if (auto fault = check_format(*node.spec, scalar.text)) {
          report(fault->code, node, node.text.columns(row_.columns), std::string(scalar.text),
                 std::move(fault->message),
                 fault->nearest.empty() ? std::string{}
                                        : fmt::format("If {} is meant, write that. {}",
                                                      fault->nearest, rule(fault->code).remedy));
          return false;
        }
        set_text(scalar.text, out);
        return true;
    }
  }

  static void set_text(std::string_view text, Value& out) {
    if (auto* before = std::get_if<std::string>(&out.is))
      before->assign(text);
    else
      out.is.emplace<std::string>(text);
  }

  static Number decimal(const Scalar& scalar) {
    return canonical_number(scalar.text).value_or(Number{"0"});
  }

  // False.
  bool refuse(Code code, const Node& node, const Scalar& scalar, std::string_view what) {
    report(code, node, node.text.columns(row_.columns), std::string(scalar.text),
           fmt::format("\"{}\" {}", scalar.text, what));
    return false;
  }

  void report(std::vector<Template::Fault>& found, const Node& node) {
    for (auto& [column, failure] : found)
      report(failure.code, node, row_.columns.names()[column], std::move(failure.value),
             std::move(failure.message), std::move(failure.remedy));
  }

  void report(Code code, const Node& node, std::string column, std::string value,
              std::string message, std::string remedy = {}) {
    ++fault_count_;
    faults_.fault(code, member_of(node), std::move(column), std::move(value), std::move(message),
                  std::move(remedy));
  }

  // The node's path with the places that the elements have in the referral.
  std::string member_of(const Node& node) const {
    std::string out;
    std::size_t taken = 0;
    for (const auto& [element, index] : elements_) {
      const std::size_t end = element->path.rfind('/') + 1;
      out.append(node.path, taken, end - taken).append(std::to_string(index));
      taken = element->path.size();
    }
    return out.append(node.path, taken);
  }

  struct Element {
    const Node* node;
    std::size_t index;
  };

  RowCells row_;
  FaultSink& faults_;
  std::size_t fault_count_ = 0;
  std::vector<Element> elements_;  // on the way to the node at hand
};

}  // namespace

const Node* Node::find(std::string_view member) const {
  const auto found =
      std::ranges::find_if(children, [&](const Node& child) { return child.name == member; });
  return found == children.end() ? nullptr : &*found;
}

const Node* node_at(const Node& root, std::string_view path, std::span<const MovedElement> moved) {
  const Node* at = &root;
  while (at != nullptr && !path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view step = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (at->kind != Node::Kind::list) {
      at = at->find(step);
      continue;
    }
    std::size_t index = 0;
    std::from_chars(step.data(), step.data() + step.size(), index);
    const auto element = std::ranges::find_if(
        moved, [&](const MovedElement& one) { return one.list == at && one.index == index; });
    if (element != moved.end())
      at = element->element;
    else
      at = index < at->children.size() ? &at->children[index] : nullptr;
  }
  return at;
}

void add_list_members(const Node& node, std::set<std::string>& members) {
  collect_list_members(node, {}, false, members);
}

std::string columns_of(const Node& node, const Columns& columns) {
  std::vector<std::string> names;
  collect_columns(node, columns, names);
  return joined(names);
}

void evaluate(const Node& node, const RowCells& row, FaultSink& faults, bool& filled, Value& out) {
  Evaluation(row, faults).value(node, out, filled);
}

}  // namespace referrald::mapping
