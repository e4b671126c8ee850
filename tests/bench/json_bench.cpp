// json_bench [MEGABYTES [ROUNDS]]: how fast JSON is read on one core, beside a plain pass of
// simdjson: the whole file in memory, parsed into a tree, the tree walked.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mapping/readers/input_file.hpp"
#include "mapping/readers/json.hpp"

namespace {

using namespace referrald::mapping;
namespace dom = simdjson::dom;

// A lead as the Dataverse Web API writes it, with annotations.
std::string lead(std::uint64_t i) {
  return fmt::format(
      R"({{"@odata.etag":"W/\"{0}\"","leadid":"7f0e3c0a-6a52-4f35-9a51-{0:012}",)"
      R"("subject":"Storage renewal {0}","companyname":"Contoso Müller {1} GmbH",)"
      R"("firstname":"Ann","lastname":"Lee {1}","emailaddress1":"ann.lee{0}@contoso{1}.example",)"
      R"("telephone1":"+49 30 {0}","estimatedamount":{2}.50,)"
      R"("estimatedamount@OData.Community.Display.V1.FormattedValue":"€{2}.50",)"
      R"("estimatedclosedate":"2026-03-31","statuscode":3,)"
      R"("statuscode@OData.Community.Display.V1.FormattedValue":"Qualified",)"
      R"("_ownerid_value":"39e0dbe4-131b-e111-ba7e-78e7d1620f5e",)"
      R"("_ownerid_value@OData.Community.Display.V1.FormattedValue":"Sam Owner",)"
      R"("_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser",)"
      R"("address1_line1":"Main street {1}","address1_city":"Berlin","fax":null,"donotemail":false,)"
      R"("description":"Wants to renew\r\nthe \"old\" storage, see {{1}} and [2]; asked {0} times",)"
      R"("createdon":"2026-01-02T14:30:00Z"}})",
      i, i % 977, i * 37 % 100000);
}

enum class Shape { list, page, lines };

void write(const std::filesystem::path& file, Shape shape, std::uint64_t bytes) {
  std::ofstream out(file, std::ios::binary);
  std::uint64_t written = 0;
  if (shape == Shape::list) out << "[\n";
  if (shape == Shape::page) {
    out << R"j({"@odata.context":"https://x/api/data/v9.2/$metadata#leads(subject)","value":[)j";
  }
  for (std::uint64_t i = 0; written < bytes; ++i) {
    const std::string record = lead(i);
    if (i != 0) out << (shape == Shape::lines ? "\n" : ",\n");
    out << record;
    written += record.size() + 2;
  }
  if (shape == Shape::list) out << "\n]\n";
  if (shape == Shape::page) out << "]}\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

struct Counts {
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;  // of texts, so that nothing is left out
};

void walk(dom::element element, Counts& counts) {
  switch (element.type()) {
    case dom::element_type::ARRAY:
      for (const dom::element child : dom::array(element)) walk(child, counts);
      break;
    case dom::element_type::OBJECT:
      for (const auto [key, value] : dom::object(element)) {
        counts.bytes += key.size();
        walk(value, counts);
      }
      break;
    case dom::element_type::STRING:
      counts.bytes += std::string_view(element).size();
      [[fallthrough]];
    default:
      ++counts.values;
  }
}

Counts plain_pass(const std::filesystem::path& file, Shape shape) {
  Counts counts;
  simdjson::padded_string text = simdjson::padded_string::load(file.string());
  dom::parser parser;
  if (shape != Shape::lines) {
    walk(parser.parse(text), counts);
    return counts;
  }
  dom::document_stream lines = parser.parse_many(text);
  for (const dom::element record : lines) {
    ++counts.rows;
    walk(record, counts);
  }
  return counts;
}

Counts with_reader(const std::filesystem::path& file, const std::vector<std::string>& wanted) {
  const auto reader = open_json(std::make_unique<InputFile>(file), {}, wanted);
  Counts counts;
  Row row;
  while (reader->next(row)) {
    if (row.fault) throw std::runtime_error(row.fault->message);
    ++counts.rows;
    counts.values += row.cells.size();
    for (const std::string_view cell : row.cells) counts.bytes += cell.size();
  }
  return counts;
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double best_of(int rounds, const std::function<Counts()>& run) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double start = processor_seconds();
    if (run().values == 0) throw std::runtime_error("nothing was read");
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

long most_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void compare(std::string_view name, Shape shape, std::uint64_t bytes, int rounds) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("referrald-json-bench-{}", ::getpid());
  write(file, shape, bytes);
  const double size = static_cast<double>(std::filesystem::file_size(file)) / 1e6;
  const std::vector<std::string> wanted = {"leadid", "subject", "estimatedamount",
                                           "statuscode@formatted", "fax"};
  const double reader = best_of(rounds, [&] { return with_reader(file, wanted); });
  const double all = best_of(rounds, [&] { return with_reader(file, {}); });
  const long memory = most_memory();
  const double plain = best_of(rounds, [&] { return plain_pass(file, shape); });
  std::filesystem::remove(file);
  fmt::print(
      "{:<16}{:>6.0f} MB  reader {:>5.0f} MB/s  all columns first {:>5.0f} MB/s  simdjson "
      "{:>5.0f} MB/s  ratio {:.2f}, {:.2f}  memory before simdjson {} KiB\n",
      name, size, size / reader, size / all, size / plain, reader / plain, all / plain, memory);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t megabytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  try {
    compare("Dataverse page", Shape::page, 4000000, rounds);
    compare("NDJSON", Shape::lines, megabytes * 1000000, rounds);
    compare("list", Shape::list, megabytes * 1000000, rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 74;
  }
  return 0;
}
