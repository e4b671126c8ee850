// xlsx_bench WORKBOOK [ROUNDS]: how fast a worksheet is read on one core, beside what the libraries
// cost by themselves: all XML of the workbook inflated, and inflated and parsed with handlers that
// do nothing.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <expat.h>
#include <fmt/format.h>
#include <minizip/unzip.h>
#include <sys/resource.h>

#include "mapping/readers/xlsx.hpp"

namespace {

using namespace referrald::mapping;

constexpr int kBlock = 64 << 10;

struct Counts {
  std::uint64_t bytes = 0;  // of XML
  std::uint64_t rows = 0;
  std::uint64_t cells = 0;
  std::uint64_t faults = 0;
};

// Calls `block` with every piece of every XML part, and `end` behind each part.
template <typename Block, typename End>
void for_each_part(const std::string& path, Block block, End end) {
  const unzFile zip = unzOpen64(path.c_str());
  if (zip == nullptr) throw std::runtime_error(path + " is no zip file");
  for (int state = unzGoToFirstFile(zip); state == UNZ_OK; state = unzGoToNextFile(zip)) {
    std::array<char, 256> name{};
    unzGetCurrentFileInfo64(zip, nullptr, name.data(), name.size() - 1, nullptr, 0, nullptr, 0);
    const std::string_view part(name.data());
    if (!part.ends_with(".xml") && !part.ends_with(".rels")) continue;
    unzOpenCurrentFile(zip);
    const auto buffer = std::make_unique<char[]>(kBlock);
    for (int got = 1; got > 0;) {
      got = unzReadCurrentFile(zip, buffer.get(), kBlock);
      if (got < 0) throw std::runtime_error(path + " is damaged");
      block(buffer.get(), got);
    }
    end();
    unzCloseCurrentFile(zip);
  }
  unzClose(zip);
}

Counts inflate_only(const std::string& path) {
  Counts counts;
  for_each_part(
      path, [&](const char*, int size) { counts.bytes += static_cast<std::uint64_t>(size); },
      [] {});
  return counts;
}

Counts inflate_and_parse(const std::string& path) {
  Counts counts;
  XML_Parser parser = nullptr;
  for_each_part(
      path,
      [&](const char* text, int size) {
        if (parser == nullptr) {
          parser = XML_ParserCreate(nullptr);
          XML_SetElementHandler(
              parser, [](void*, const char*, const char**) {}, [](void*, const char*) {});
          XML_SetCharacterDataHandler(parser, [](void*, const char*, int) {});
        }
        counts.bytes += static_cast<std::uint64_t>(size);
        if (XML_Parse(parser, text, size, size == 0) != XML_STATUS_OK) {
          throw std::runtime_error(XML_ErrorString(XML_GetErrorCode(parser)));
        }
      },
      [&] {
        XML_ParserFree(parser);
        parser = nullptr;
      });
  return counts;
}

Counts with_reader(const std::string& path) {
  const auto reader = open_xlsx(path, {});
  Counts counts;
  Row row;
  while (reader->next(row)) {
    ++counts.rows;
    counts.cells += row.cells.size();
    counts.faults += row.fault ? 1 : 0;
  }
  return counts;
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Best {
  double seconds = 1e9;
  Counts counts;

  void measure(const std::function<Counts()>& run) {
    const double start = processor_seconds();
    counts = run();
    seconds = std::min(seconds, processor_seconds() - start);
  }
};

long most_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: xlsx_bench WORKBOOK [ROUNDS]\n");
    return 64;
  }
  const std::string path = argv[1];
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  try {
    Best inflated;
    Best parsed;
    Best read;
    // In turns, so that all three meet the same weather.
    for (int i = 0; i < rounds; ++i) {
      read.measure([&] { return with_reader(path); });
      inflated.measure([&] { return inflate_only(path); });
      parsed.measure([&] { return inflate_and_parse(path); });
    }
    const auto line = [&](std::string_view name, const Best& best) {
      fmt::print("{:<28}{:>8.3f} s{:>8.0f} MB/s of XML{:>7.2f} times the plain pass\n", name,
                 best.seconds, static_cast<double>(parsed.counts.bytes) / best.seconds / 1e6,
                 best.seconds / parsed.seconds);
    };
    line("inflate", inflated);
    line("inflate and expat", parsed);
    line("reader", read);
    fmt::print("{} rows, {} cells, {} faults, {:.0f} rows/s\n", read.counts.rows, read.counts.cells,
               read.counts.faults, static_cast<double>(read.counts.rows) / read.seconds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 74;
  }
  fmt::print("most memory: {} KiB\n", most_memory());
  return 0;
}
