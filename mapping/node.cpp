#include "mapping/node.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace referrald::mapping {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

void collect_columns(const Node& node, const Columns& columns, std::vector<std::string>& out) {
  if (node.kind == Node::Kind::cell) {
    std::string names = node.text.columns(columns);
    if (std::ranges::find(out, names) == out.end()) out.push_back(std::move(names));
  }
  for (const Node& child : node.children) collect_columns(child, columns, out);
}

std::optional<bool> boolean(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower == "true" || lower == "yes") return true;
  if (lower == "false" || lower == "no") return false;
  return std::nullopt;
}

class Evaluation {
 public:
  Evaluation(const RowCells& row, FaultSink& faults) : row_(row), faults_(faults) {}

  Value value(const Node& node, bool& filled) {
    switch (node.kind) {
      case Node::Kind::constant:
        return node.constant;
      case Node::Kind::cell:
        return cell(node, filled);
      case Node::Kind::object:
        return object(node, filled);
      case Node::Kind::list:
        return list(node, filled);
    }
    return {};
  }

 private:
  Value object(const Node& node, bool& filled) {
    Object members;
    members.reserve(node.children.size() + 2);  // the deal may add two
    for (const Node& child : node.children)
      if (Value value = this->value(child, filled); !value.absent())
        members.emplace_back(child.name, std::move(value));
    return members.empty() ? Value{} : Value{std::move(members)};
  }

  // An element whose templates are all blank goes, whatever constants stand beside them: a solution
  // without id is none.
  Value list(const Node& node, bool& filled) {
    List elements;
    for (const Node& child : node.children) {
      bool element_filled = false;
      Value value = this->value(child, element_filled);
      filled = filled || element_filled;
      if (!value.absent() && (element_filled || !child.from_row))
        elements.push_back(std::move(value));
    }
    return elements.empty() ? Value{} : Value{std::move(elements)};
  }

  Value cell(const Node& node, bool& filled) {
    Scalar scalar;
    std::vector<Template::Fault> found;
    bool some_blank = false;
    node.text.evaluate(row_.cells, row_.settings, scalar, found, &some_blank);
    for (auto& fault : found) {
      filled = true;  // the cell holds something, though nothing usable
      faults_.fault(fault.failure.code, node, row_.columns.names()[fault.column],
                    std::move(fault.failure.value), std::move(fault.failure.message),
                    std::move(fault.failure.remedy));
    }
    if (!found.empty()) return {};
    if (node.is_id && some_blank) {
      faults_.fault(Code::missing_external_id, node, node.text.columns(row_.columns), {},
                    "the externalReferenceId, or a part of it, is blank", {});
      return {};
    }
    if (scalar.kind == ScalarKind::blank) return {};
    filled = true;
    return typed(node, scalar);
  }

  Value typed(const Node& node, const Scalar& scalar) {
    switch (node.spec->type) {
      case Type::number:
        if (scalar.kind == ScalarKind::number) return decimal(scalar);
        return refuse(Code::not_a_number, node, scalar, "is no number");
      case Type::boolean:
        if (const auto flag = boolean(scalar.text)) return Value{*flag};
        return refuse(Code::bad_boolean, node, scalar, "is neither true nor false");
      case Type::any:
        if (scalar.kind == ScalarKind::number) return decimal(scalar);
        if (scalar.kind == ScalarKind::boolean) return Value{scalar.text == "true"};
        return Value{std::string(scalar.text)};
      default:
        if (auto fault = check_format(*node.spec, scalar.text)) {
          faults_.fault(fault->code, node, node.text.columns(row_.columns),
                        std::string(scalar.text), std::move(fault->message),
                        fault->nearest.empty()
                            ? std::string{}
                            : fmt::format("If {} is meant, write that. {}", fault->nearest,
                                          rule(fault->code).remedy));
          return {};
        }
        return Value{std::string(scalar.text)};
    }
  }

  static Value decimal(const Scalar& scalar) {
    return Value{canonical_number(scalar.text).value_or(Number{"0"})};
  }

  Value refuse(Code code, const Node& node, const Scalar& scalar, std::string_view what) {
    faults_.fault(code, node, node.text.columns(row_.columns), std::string(scalar.text),
                  fmt::format("\"{}\" {}", scalar.text, what), {});
    return {};
  }

  const RowCells& row_;
  FaultSink& faults_;
};

}  // namespace

const Node* Node::find(std::string_view member) const {
  const auto found = std::ranges::find(children, member, &Node::name);
  return found == children.end() ? nullptr : &*found;
}

const Node* nearest_node(const Node& root, std::string_view path) {
  const Node* at = &root;
  while (true) {
    const Node* next = nullptr;
    for (const Node& child : at->children)
      if (path == child.path || (path.starts_with(child.path) && path[child.path.size()] == '/'))
        next = &child;
    if (next == nullptr) return at;
    at = next;
  }
}

std::string columns_of(const Node& node, const Columns& columns) {
  std::vector<std::string> names;
  collect_columns(node, columns, names);
  return joined(names);
}

Value evaluate(const Node& node, const RowCells& row, FaultSink& faults, bool& filled) {
  return Evaluation(row, faults).value(node, filled);
}

}  // namespace referrald::mapping
