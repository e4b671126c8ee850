#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "mapping/each.hpp"
#include "mapping/node.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

// As other programs write what stands for a column: $Name, $(Name), {{Name}}, %Name%.
bool is_foreign_placeholder(std::string_view text) {
  static const re2::RE2 pattern(R"(\$[A-Za-z]\w*|\$\([^()]+\)|\{\{[^{}]+\}\}|%[A-Za-z][^%]*%)");
  return re2::RE2::FullMatch({text.data(), text.size()}, pattern);
}

using config::YamlNode;

constexpr MemberSpec any_spec{"", Type::any};
constexpr std::string_view each_keys[] = {"each", "element"};
constexpr std::uint32_t most_numbers = 50;  // as many as the API takes of most lists
constexpr std::string_view default_target_type = "SolutionProfile";

std::string_view kind_name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null:
      return "empty";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "";
}

class Loader : YamlLoading {
 public:
  explicit Loader(NodeLoading& loading)
      : YamlLoading(loading.file, loading.problems), loading_(loading) {}

  Node object(const YamlNode& yaml, const Shape& shape, Node node) {
    node.kind = Node::Kind::object;
    if (!expect(yaml, YamlNode::Kind::map, node)) return node;
    for (const auto& member : yaml.members) {
      const MemberSpec* spec = shape.find(member.name);
      if (spec == nullptr) {
        auto unknown = explain_unknown(shape, member.name);
        complain(member, std::move(unknown.message), std::move(unknown.remedy));
        continue;
      }
      add(node, load(member.value, *spec, child(node, member.name, *spec, member.value)));
    }
    return node;
  }

 private:
  Node child(const Node& parent, std::string_view name, const MemberSpec& spec,
             const YamlNode& yaml) const {
    Node node;
    node.name = spec.name.empty() ? MemberName(name) : MemberName::fixed(spec.name);
    node.path = parent.path.empty() ? std::string(name) : parent.path + "/" + std::string(name);
    node.spec = &spec;
    node.place = place(yaml);
    return node;
  }

  static void add(Node& parent, Node&& node) {
    parent.from_row = parent.from_row || node.from_row;
    parent.children.push_back(std::move(node));
  }

  bool expect(const YamlNode& yaml, YamlNode::Kind kind, const Node& node) {
    if (yaml.kind == kind) return true;
    const std::string name = node.path.empty() ? "referral" : node.path;
    if (yaml.kind == YamlNode::Kind::null)
      problems_.add(node.place, fmt::format("{} has no value", name),
                    "write one, or remove the member");
    else
      problems_.add(node.place, fmt::format("{} is {}, and must be {}", name, kind_name(yaml.kind),
                                            kind_name(kind)));
    return false;
  }

  Node load(const YamlNode& yaml, const MemberSpec& spec, Node node) {
    switch (spec.type) {
      case Type::object:
        return object(yaml, *spec.shape, std::move(node));
      case Type::list:
        return list(yaml, spec.shape, std::move(node));
      case Type::target:
        return yaml.kind == YamlNode::Kind::scalar ? lone_target(yaml, spec, std::move(node))
                                                   : list(yaml, spec.shape, std::move(node));
      case Type::any:
        return any(yaml, std::move(node));
      default:
        return expect(yaml, YamlNode::Kind::scalar, node) ? leaf(yaml, std::move(node)) : node;
    }
  }

  // A list of elements, or an `each` alone. No shape: whatever the mapping writes.
  Node list(const YamlNode& yaml, const Shape* shape, Node node) {
    node.kind = Node::Kind::list;
    if (is_each(yaml)) {
      each(yaml, shape, node);
      return node;
    }
    if (!expect(yaml, YamlNode::Kind::sequence, node)) return node;
    for (const YamlNode& element : yaml.elements)
      if (is_each(element))
        each(element, shape, node);
      else
        add(node, load_element(element, shape, node));
    return node;
  }

  Node load_element(const YamlNode& yaml, const Shape* shape, const Node& list) {
    const MemberSpec& spec = shape == nullptr ? any_spec : *list.spec;
    Node node = child(list, std::to_string(list.children.size()), spec, yaml);
    node.name = {};
    return shape == nullptr ? any(yaml, std::move(node)) : object(yaml, *shape, std::move(node));
  }

  void each(const YamlNode& yaml, const Shape* shape, Node& list) {
    const YamlNode* over = yaml.find("each");
    const YamlNode* element = yaml.find("element");
    for (const auto& member : yaml.members) known(member, each_keys, "a list with `each`");
    if (over->kind != YamlNode::Kind::scalar)
      return complain(*over, fmt::format("{}: each must be numbers or a template", list.path),
                      "write each: 1..5, or each: ${Column | split \";\"}");
    if (element == nullptr)
      return complain(yaml, fmt::format("{}: each needs an `element` beside it", list.path),
                      "write element: and what each element of the list is");
    if (const auto range = parse_range(over->text))
      return numbered(*range, *over, *element, shape, list);
    if (is_range(over->text))
      return complain(*over, fmt::format("{}: each cannot be {}", list.path, over->text),
                      range_remedy());
    if (over->text.find("${") == std::string::npos)
      return complain(*over, fmt::format("{}: each cannot be \"{}\"", list.path, over->text),
                      "write each: 1..5, or each: ${Column | split \";\"}");
    of_cell(*over, *element, shape, list);
  }

  // Numbers with dots between them, of any size.
  static bool is_range(std::string_view text) {
    return text.find("..") != std::string_view::npos &&
           text.find_first_not_of("0123456789. ") == std::string_view::npos;
  }

  static std::string range_remedy() {
    return fmt::format("write the first and the last number, as in 1..5, at most {} of them",
                       most_numbers);
  }

  void of_cell(const YamlNode& over, const YamlNode& element, const Shape* shape, Node& list) {
    Node node;
    node.kind = Node::Kind::each;
    node.path = list.path + "/" + std::to_string(list.children.size());
    node.place = place(over);
    node.from_row = true;
    node.text = Template::parse(over.text, loading_.settings, loading_.columns, node.place,
                                problems_, Yield::list);
    const Columns::ItemScope scope(loading_.columns, node.text.columns(loading_.columns),
                                   node.place);
    node.item = scope.id();
    node.children.push_back(load_element(element, shape, list));
    if (!node.children.front().from_row)
      complain(element, fmt::format("{}: the element takes nothing from the row", list.path),
               "write ${item} where the element of the list belongs");
    add(list, std::move(node));
  }

  void numbered(const NumberRange& range, const YamlNode& over, const YamlNode& element,
                const Shape* shape, Node& list) {
    if (range.first > range.last || range.last - range.first >= most_numbers)
      return complain(over, fmt::format("{}: each cannot be {}", list.path, over.text),
                      range_remedy());
    std::vector<std::uint32_t> common;
    for (std::uint32_t number = range.first; number <= range.last; ++number) {
      bool replaced = false;
      const YamlNode yaml = with_number(element, range.text(number), replaced);
      if (!replaced)
        return complain(element, fmt::format("{}: no template of the element holds a #", list.path),
                        "write # where the columns' names have the number: ${Contact # Email}");
      const auto before = problems_.list().size();
      Columns::MentionScope scope(loading_.columns, number != range.first);
      add(list, load_element(yaml, shape, list));
      if (problems_.list().size() != before) return;  // the others would only say so again
      if (number == range.first) {
        common = scope.mentioned();
      } else {
        std::vector<std::uint32_t> group;
        for (const auto id : scope.mentioned())
          if (std::ranges::find(common, id) == common.end()) group.push_back(id);
        loading_.columns.add_group(std::move(group));
      }
    }
  }

  Node lone_target(const YamlNode& yaml, const MemberSpec& spec, Node node) {
    node.kind = Node::Kind::list;
    Node element = child(node, "0", spec, yaml);
    element.name = {};
    element.kind = Node::Kind::object;
    Node type = child(element, "type", *spec.shape->find("type"), yaml);
    type.constant.is = std::string(default_target_type);
    add(element, std::move(type));
    const MemberSpec& id = *spec.shape->find("id");
    add(element, leaf(yaml, child(element, "id", id, yaml)));
    add(node, std::move(element));
    return node;
  }

  Node any(const YamlNode& yaml, Node node) {
    switch (yaml.kind) {
      case YamlNode::Kind::null:
        expect(yaml, YamlNode::Kind::scalar, node);
        break;
      case YamlNode::Kind::scalar:
        return leaf(yaml, std::move(node));
      case YamlNode::Kind::sequence:
        return list(yaml, nullptr, std::move(node));
      case YamlNode::Kind::map:
        if (is_each(yaml)) return list(yaml, nullptr, std::move(node));
        node.kind = Node::Kind::object;
        for (const auto& member : yaml.members)
          add(node, any(member.value, child(node, member.name, any_spec, member.value)));
    }
    return node;
  }

  Node leaf(const YamlNode& yaml, Node node) {
    const auto before = problems_.list().size();
    node.text =
        Template::parse(yaml.text, loading_.settings, loading_.columns, node.place, problems_);
    const bool good = problems_.list().size() == before;
    if (node.text.constant()) {
      if (good) set_constant(yaml, node);
      return node;
    }
    node.kind = Node::Kind::cell;
    node.from_row = true;
    if (good) check_kind(node);
    return node;
  }

  void set_constant(const YamlNode& yaml, Node& node) {
    const std::string text = node.text.constant_text();
    const auto flag = config::as_bool(yaml);
    const auto number = yaml.plain ? plain_number(text) : std::nullopt;
    const Type type = node.spec->type;
    if (type == Type::boolean) {
      if (flag)
        node.constant.is = *flag;
      else
        complain_of_constant(node, "is true or false", text, "write true or false, without quotes");
    } else if (type == Type::number) {
      if (number)
        node.constant.is = *number;
      else
        complain_of_constant(node, "is a number", text, "write it without quotes, as in 1000.50");
    } else if (type == Type::any && flag) {
      node.constant.is = *flag;
    } else if (type == Type::any && number) {
      node.constant.is = *number;
    } else if (is_foreign_placeholder(yaml.text)) {
      problems_.add(node.place,
                    fmt::format("{}: \"{}\" would be sent as it is for every row", node.path, text),
                    "a column's cell is written ${Column}");
    } else if (!text.empty()) {
      if (const auto fault = check_format(*node.spec, text))
        problems_.add(node.place, fmt::format("{}: {}", node.path, fault->message),
                      fault->nearest.empty() ? std::string{}
                                             : fmt::format("did you mean \"{}\"?", fault->nearest));
      node.constant.is = text;
    }
  }

  // A template whose type can never be the member's would reject every row.
  void check_kind(const Node& node) {
    const auto kind = node.text.kind();
    const bool single = node.text.single();
    switch (node.spec->type) {
      case Type::number:
        if (kind == ScalarKind::text)
          complain_of_template(node, "is a number, and the template yields text",
                               single ? "add the filter number: ${Column | number}"
                                      : "use one placeholder with nothing around it");
        break;
      case Type::boolean:
        if (!single || kind == ScalarKind::number)
          complain_of_template(node, "is true or false, and the template yields something else",
                               "use one placeholder, with a lookup in a table if need be");
        break;
      case Type::any:
        break;
      default:
        if (kind == ScalarKind::number)
          complain_of_template(node, "is text, and the template yields a number",
                               "remove the filter number or integer");
    }
  }

  void complain_of_constant(const Node& node, std::string_view what, std::string_view text,
                            std::string remedy) {
    problems_.add(node.place, fmt::format("{} {}, not \"{}\"", node.path, what, text),
                  std::move(remedy));
  }

  void complain_of_template(const Node& node, std::string_view what, std::string remedy) {
    problems_.add(node.place, fmt::format("{} {}", node.path, what), std::move(remedy));
  }

  NodeLoading& loading_;
};

}  // namespace

Node load_object(const YamlNode& yaml, const Shape& shape, NodeLoading& loading) {
  Node root;
  root.place = {loading.file, yaml.line, yaml.column};
  return Loader(loading).object(yaml, shape, std::move(root));
}

}  // namespace referrald::mapping
