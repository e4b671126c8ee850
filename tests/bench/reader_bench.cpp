// reader_bench EXPORT [ROUNDS [DELIMITER]]: how fast an export is read on one core, beside the
// limit (reading the file) and beside libcsv, which only finds the cells. The reader finds the
// delimiter and the encoding by itself; libcsv is told the delimiter, and left out for what is no
// UTF-8 CSV.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <csv.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include "mapping/readers/input_file.hpp"
#include "mapping/readers/row_reader.hpp"

namespace {

using namespace referrald::mapping;

constexpr std::size_t kBlock = std::size_t{256} << 10;

struct Counts {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::uint64_t cells = 0;
  std::uint64_t faults = 0;
};

Counts read_only(const std::string& path) {
  InputFile file(path);
  std::vector<char> block(kBlock);
  while (file.read(block.data(), block.size()) == block.size()) {
  }
  return {file.bytes_read(), 0, 0, 0};
}

Counts with_libcsv(const std::string& path, char delimiter) {
  struct Rows {
    Counts counts;
    std::string text;
    std::vector<std::size_t> ends;
  } rows;
  const auto on_cell = [](void* cell, std::size_t size, void* data) {
    auto& rows = *static_cast<Rows*>(data);
    rows.text.append(static_cast<const char*>(cell), size);
    rows.ends.push_back(rows.text.size());
    ++rows.counts.cells;
  };
  const auto on_row = [](int, void* data) {
    auto& rows = *static_cast<Rows*>(data);
    rows.text.clear();
    rows.ends.clear();
    ++rows.counts.rows;
  };
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::runtime_error("csv_init");
  csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
  csv_set_space_func(&parser, [](unsigned char) { return 0; });  // cells as they are
  InputFile file(path);
  std::vector<char> block(kBlock);
  for (std::size_t got = 1; got != 0;) {
    got = file.read(block.data(), block.size());
    if (csv_parse(&parser, block.data(), got, on_cell, on_row, &rows) != got) {
      throw std::runtime_error(csv_strerror(csv_error(&parser)));
    }
  }
  csv_fini(&parser, on_cell, on_row, &rows);
  csv_free(&parser);
  rows.counts.bytes = file.bytes_read();
  --rows.counts.rows;  // the header
  return rows.counts;
}

template <typename ForEachCell>
Counts with_reader(const std::string& path, ForEachCell for_each_cell) {
  const auto reader = open_export(path);
  Counts counts;
  Row row;
  while (reader->next(row)) {
    ++counts.rows;
    counts.cells += row.cells.size();
    counts.faults += row.fault ? 1 : 0;
    for (const std::string_view cell : row.cells) for_each_cell(cell);
  }
  counts.bytes = reader->bytes_read();
  return counts;
}

// libcsv knows bytes only.
bool is_plain_csv(const std::string& path) {
  InputFile file(path);
  std::string start(16, ' ');
  start.resize(file.read(start.data(), start.size()));
  return std::all_of(start.begin(), start.end(), [](char c) { return c != '\0' && c != '\x8B'; }) &&
         !start.starts_with("PK");
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds_of(const std::function<Counts()>& run, int rounds, Counts& counts) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double start = processor_seconds();
    counts = run();
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

void report(std::string_view name, int rounds, const std::function<Counts()>& run) {
  Counts counts;
  const double seconds = seconds_of(run, rounds, counts);
  fmt::print("{:<28}{:>9.0f} MB/s{:>13.0f} rows/s{:>12} rows{:>13} cells{:>8} faults\n", name,
             static_cast<double>(counts.bytes) / seconds / 1e6,
             static_cast<double>(counts.rows) / seconds, counts.rows, counts.cells, counts.faults);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: reader_bench EXPORT [ROUNDS [DELIMITER]]\n");
    return 64;
  }
  const std::string path = argv[1];
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  try {
    std::size_t visible = 0;
    report("read the file", rounds, [&] { return read_only(path); });
    report("reader", rounds, [&] { return with_reader(path, [](std::string_view) {}); });
    report("reader, every cell trimmed", rounds, [&] {
      return with_reader(path, [&](std::string_view cell) { visible += trim(cell).size(); });
    });
    const char delimiter = argc > 3 ? *argv[3] : ',';
    if (is_plain_csv(path)) {
      report("libcsv, rows copied", rounds, [&] { return with_libcsv(path, delimiter); });
    }
    if (visible == 0) fmt::print("no cell has a text\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 74;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("most memory: {} KiB\n", usage.ru_maxrss);
  return 0;
}
