#include <algorithm>

#include <fmt/format.h>

#include "mapping/deal.hpp"
#include "mapping/plan.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/tables.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view top_keys[] = {
    "format", "optional_columns", "include",    "tables", "lists", "deal",
    "rules",  "referral",         "invitation", "tests"};

class FileLoader : YamlLoading {
 public:
  FileLoader(Plan& plan, config::Problems& problems)
      : YamlLoading(plan.file, problems), plan_(plan) {}

  void load(const YamlNode& root) {
    if (auto numbers = number_format("en-US")) plan_.settings.numbers = std::move(*numbers);
    if (root.kind != YamlNode::Kind::map) {
      problems_.add({plan_.file, 1, 1}, "a mapping file is a map with `referral` in it",
                    "see docs/mapping.md for an example");
      return;
    }
    for (const auto& member : root.members) known(member, top_keys, "a mapping");
    if (const YamlNode* node = root.find("format")) load_format(*node, plan_, problems_);
    if (const YamlNode* node = root.find("tables")) load_tables(*node, plan_, problems_);
    if (const YamlNode* node = root.find("lists")) load_lists(*node, plan_, problems_);
    if (const YamlNode* node = root.find("rules")) rules(*node);
    if (const YamlNode* node = root.find("include"))
      plan_.include = load_conditions(*node, plan_.file, plan_.settings, plan_.columns, problems_);
    deal(root.find("deal"));
    referral(root);
    if (const YamlNode* node = root.find("invitation")) invitation(*node);
    if (const YamlNode* node = root.find("optional_columns")) optional_columns(*node);
    if (const YamlNode* node = root.find("tests")) load_tests(*node, plan_, problems_);
  }

 private:
  void rules(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar && (node.text == "strict" || node.text == "standard"))
      plan_.strict = node.text == "strict";
    else
      complain(node, fmt::format("rules: \"{}\" is not known", node.text),
               "write strict (what the portal asks for rejects, too) or standard");
  }

  void deal(const YamlNode* node) {
    plan_.fixed_deal = Deal::private_;  // the least that anyone else sees
    if (node == nullptr) return;
    plan_.deal_place = place(*node);
    if (node->kind != YamlNode::Kind::scalar)
      return complain(*node, "deal must be a single value",
                      "write private, partner-led, co-sell or a template");
    const auto before = problems_.list().size();
    plan_.deal =
        Template::parse(node->text, plan_.settings, plan_.columns, place(*node), problems_);
    if (problems_.list().size() != before) return;
    plan_.fixed_deal = parse_deal(plan_.deal.constant() ? node->text : "");
    if (plan_.deal.constant() && !plan_.fixed_deal)
      complain(*node, fmt::format("deal: \"{}\" is not known", node->text),
               "write private, partner-led, co-sell or a template that yields one of them");
  }

  void referral(const YamlNode& root) {
    const YamlNode* node = root.find("referral");
    if (node == nullptr)
      return complain(root, "the mapping has no `referral`", "see docs/mapping.md for an example");
    NodeLoading loading{plan_.settings, plan_.columns, plan_.file, problems_};
    const auto before = problems_.list().size();
    plan_.referral = load_object(*node, referral_shape(), loading);
    if (plan_.fixed_deal && problems_.list().size() == before)
      check_fixed_deal(*plan_.fixed_deal, plan_.referral, problems_);
    if (node->kind == YamlNode::Kind::map) required(*node);
    external_id();
  }

  // A mapping that lacks one of these would reject every row.
  void required(const YamlNode& referral) {
    const YamlNode* consent = referral.find("consent");
    const auto need = [&](const YamlNode& in, std::string_view path, std::string_view name) {
      if (in.find(name) == nullptr)
        complain(in,
                 fmt::format("the mapping sets no {}{}, which every referral needs", path, name),
                 "add the member");
    };
    need(referral, "", "externalReferenceId");
    need(referral, "", "customerProfile");
    need(referral, "", "details");
    need(referral, "", "consent");
    if (consent == nullptr || consent->kind != YamlNode::Kind::map) return;
    need(*consent, "consent/", "consentToToShareInfoWithOthers");
    need(*consent, "consent/", "consentToContact");
  }

  void external_id() {
    for (Node& node : plan_.referral.children) {
      if (node.name != "externalReferenceId") continue;
      node.is_id = true;
      if (node.kind == Node::Kind::constant && !node.constant.absent())
        problems_.add(node.place, "externalReferenceId would be the same for every row",
                      "map the column that holds the record's id, as ${Column}");
    }
  }

  void invitation(const YamlNode& node) {
    NodeLoading loading{plan_.settings, plan_.columns, plan_.file, problems_};
    plan_.invitation = load_object(node, invitation_shape(), loading);
  }

  // Read when all mentions are known: a name that nothing mentions is misspelt.
  void optional_columns(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::sequence)
      return complain(node, "optional_columns must be a list of columns",
                      "write optional_columns: [Fax, Website]");
    const auto& names = plan_.columns.names();
    for (const YamlNode& element : node.elements) {
      const std::string name(trim(element.text));
      if (element.kind != YamlNode::Kind::scalar || name.empty()) {
        complain(element, "optional_columns: a column's name must be a single value",
                 "write it as in ${…}, without the filters");
      } else if (std::ranges::find(names, name) == names.end()) {
        const auto near =
            config::nearest(name, std::vector<std::string_view>(names.begin(), names.end()));
        complain(element,
                 fmt::format("optional_columns: nothing in the mapping takes \"{}\"", name),
                 near ? fmt::format("did you mean \"{}\"?", *near) : "remove it");
      } else {
        plan_.optional_columns.insert(name);
      }
    }
  }

  Plan& plan_;
};

}  // namespace

std::shared_ptr<const Plan> read_plan(const std::filesystem::path& file,
                                      config::Problems& problems) {
  const auto before = problems.list().size();
  auto plan = std::make_shared<Plan>();
  plan->file = file.string();
  plan->files.emplace_back(file);
  if (const auto root = config::read_yaml(file, problems)) FileLoader(*plan, problems).load(*root);
  return problems.list().size() == before ? plan : nullptr;
}

}  // namespace referrald::mapping
