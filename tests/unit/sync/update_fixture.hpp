// Leads whose rows change, with a mapping of more members than SyncTest's.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {

struct Lead {
  std::string id = "1", topic = "Backup", city = "Berlin", notes = "first", value = "1000",
              deal = "private", status = {}, help = "help us", solution = "SOL-1-ABC",
              quantity = "5";
};

class UpdateTest : public SyncTest {
 protected:
  UpdateTest() {
    own_folder.write("mapping.yaml", R"(
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Topic}
  qualification: SalesQualified
  customerProfile:
    name: Fabrikam
    address: { addressLine1: Street 1, city: "${City}", country: DE }
    team: [ { firstName: Ada, lastName: Lee, email: ada@fabrikam.example } ]
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  substatus: ${Status}
  details:
    notes: ${Notes}
    dealValue: ${Value | number}
    currency: EUR
    requirements: { solutions: [ { type: Name, id: "${Solution}", quantity: "${Quantity | number}" } ] }
invitation: { notes: "${Help}", assistanceRequestCode: GeneralOrOther }
)");
  }

  void given(const std::vector<Lead>& leads) {
    std::string text = "Id,Topic,City,Notes,Value,Deal,Status,Help,Solution,Quantity\n";
    for (const auto& lead : leads)
      text +=
          fmt::format("{},{},{},{},{},{},{},{},{},{}\n", lead.id, lead.topic, lead.city, lead.notes,
                      lead.value, lead.deal, lead.status, lead.help, lead.solution, lead.quantity);
    given_file("leads.csv", text);
  }
  sync::SyncOutcome synced(const std::vector<Lead>& leads) {
    given(leads);
    return sync();
  }
  std::string reasons_of(const std::string& id) const { return reader()->find(id)->reasons; }
  std::size_t requests() const { return world->posts + world->patches + world->gets; }
};

}  // namespace referrald::test
