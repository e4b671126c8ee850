// CSV whose columns somebody else knows, as in a partition of an Azure Synapse Link folder.
#include <gmock/gmock.h>

#include "mapping/readers/csv.hpp"
#include "mapping/readers/input_file.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ReadExport read_part(std::string_view bytes, bool short_rows_allowed = true) {
  const TemporaryFile file(bytes);
  return read_all([&] {
    return open_csv(
        std::make_unique<InputFile>(file.path()), {}, {},
        {.columns = Cells{"Id", "name", "IsDelete"}, .short_rows_allowed = short_rows_allowed});
  });
}

TEST(CsvPart, TheFirstLineIsARow) {
  const ReadExport read = read_part("1,\"Fabrikam, Inc.\",False\r\n2,Contoso,\r\n");
  EXPECT_THAT(read.header, ElementsAre("Id", "name", "IsDelete"));
  EXPECT_THAT(read.cells(),
              ElementsAre(Cells{"1", "Fabrikam, Inc.", "False"}, Cells{"2", "Contoso", ""}));
  EXPECT_THAT(read.lines(), ElementsAre(1, 2));
  EXPECT_THAT(read.faults(), ElementsAre("", ""));
}

TEST(CsvPart, AnEmptyPartHasNoRows) {
  for (const char* text : {"", "\n", "\xEF\xBB\xBF"}) {
    const ReadExport read = read_part(text);
    EXPECT_FALSE(read.error) << read.message;
    EXPECT_THAT(read.rows, IsEmpty());
  }
}

TEST(CsvPart, AShorterRowHasBlanksAtItsEnd) {
  const ReadExport read = read_part("1\n\"2\",Contoso\n3,Fabrikam,True\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "", ""}, Cells{"2", "Contoso", ""},
                                        Cells{"3", "Fabrikam", "True"}));
  EXPECT_THAT(read.faults(), ElementsAre("", "", ""));
}

TEST(CsvPart, ALongerRowIsAFault) {
  EXPECT_THAT(read_part("1,a,False,x\n2,b,False\n").faults(), ElementsAre("cell-count", ""));
}

TEST(CsvPart, AShorterRowIsAFaultUnlessAllowed) {
  EXPECT_THAT(read_part("1,a\n2,b,False\n", false).faults(), ElementsAre("cell-count", ""));
}

}  // namespace
}  // namespace referrald::mapping
