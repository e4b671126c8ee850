#include <fmt/format.h>

#include "mapping/node.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr MemberSpec any_spec{"", Type::any};
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

class Loader {
 public:
  explicit Loader(NodeLoading& loading) : loading_(loading) {}

  Node object(const YamlNode& yaml, const Shape& shape, Node node) {
    node.kind = Node::Kind::object;
    if (!expect(yaml, YamlNode::Kind::map, node)) return node;
    for (const auto& member : yaml.members) {
      const MemberSpec* spec = shape.find(member.name);
      if (spec == nullptr) {
        auto unknown = explain_unknown(shape, member.name);
        loading_.problems.add(place(member.line, member.column), std::move(unknown.message),
                              std::move(unknown.remedy));
        continue;
      }
      add(node, load(member.value, *spec, child(node, member.name, *spec, member.value)));
    }
    return node;
  }

 private:
  config::Place place(int line, int column) const { return {loading_.file, line, column}; }

  Node child(const Node& parent, std::string_view name, const MemberSpec& spec,
             const YamlNode& yaml) const {
    Node node;
    node.name = name;
    node.path = parent.path.empty() ? std::string(name) : parent.path + "/" + std::string(name);
    node.spec = &spec;
    node.place = place(yaml.line, yaml.column);
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
      loading_.problems.add(node.place, fmt::format("{} has no value", name),
                            "write one, or remove the member");
    else
      loading_.problems.add(node.place, fmt::format("{} is {}, and must be {}", name,
                                                    kind_name(yaml.kind), kind_name(kind)));
    return false;
  }

  Node load(const YamlNode& yaml, const MemberSpec& spec, Node node) {
    switch (spec.type) {
      case Type::object:
        return object(yaml, *spec.shape, std::move(node));
      case Type::list:
        return list(yaml, *spec.shape, std::move(node));
      case Type::target:
        return yaml.kind == YamlNode::Kind::scalar ? lone_target(yaml, spec, std::move(node))
                                                   : list(yaml, *spec.shape, std::move(node));
      case Type::any:
        return any(yaml, std::move(node));
      default:
        return expect(yaml, YamlNode::Kind::scalar, node) ? leaf(yaml, std::move(node)) : node;
    }
  }

  Node list(const YamlNode& yaml, const Shape& shape, Node node) {
    node.kind = Node::Kind::list;
    if (!expect(yaml, YamlNode::Kind::sequence, node)) return node;
    for (std::size_t i = 0; i < yaml.elements.size(); ++i) {
      Node element = child(node, std::to_string(i), *node.spec, yaml.elements[i]);
      element.name.clear();
      add(node, object(yaml.elements[i], shape, std::move(element)));
    }
    return node;
  }

  Node lone_target(const YamlNode& yaml, const MemberSpec& spec, Node node) {
    node.kind = Node::Kind::list;
    Node element = child(node, "0", spec, yaml);
    element.name.clear();
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
        node.kind = Node::Kind::list;
        for (std::size_t i = 0; i < yaml.elements.size(); ++i) {
          Node element = child(node, std::to_string(i), any_spec, yaml.elements[i]);
          element.name.clear();
          add(node, any(yaml.elements[i], std::move(element)));
        }
        break;
      case YamlNode::Kind::map:
        node.kind = Node::Kind::object;
        for (const auto& member : yaml.members)
          add(node, any(member.value, child(node, member.name, any_spec, member.value)));
    }
    return node;
  }

  Node leaf(const YamlNode& yaml, Node node) {
    const auto before = loading_.problems.list().size();
    node.text = Template::parse(yaml.text, loading_.settings, loading_.columns, node.place,
                                loading_.problems);
    const bool good = loading_.problems.list().size() == before;
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
        complain(node, "is true or false", text, "write it without quotes");
    } else if (type == Type::number) {
      if (number)
        node.constant.is = *number;
      else
        complain(node, "is a number", text, "write it without quotes, as in 1000.50");
    } else if (type == Type::any && flag) {
      node.constant.is = *flag;
    } else if (type == Type::any && number) {
      node.constant.is = *number;
    } else if (!text.empty()) {
      if (const auto fault = check_format(*node.spec, text))
        loading_.problems.add(node.place, fmt::format("{}: {}", node.path, fault->message),
                              fault->nearest.empty()
                                  ? std::string{}
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
                               "remove the filter number");
    }
  }

  void complain(const Node& node, std::string_view what, std::string_view text,
                std::string remedy) {
    loading_.problems.add(node.place, fmt::format("{} {}, not \"{}\"", node.path, what, text),
                          std::move(remedy));
  }

  void complain_of_template(const Node& node, std::string_view what, std::string remedy) {
    loading_.problems.add(node.place, fmt::format("{} {}", node.path, what), std::move(remedy));
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
