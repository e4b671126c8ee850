#include "mapping/proposal/known_columns.hpp"

#include <algorithm>
#include <array>

namespace referrald::mapping {
namespace {

using Names = std::span<const std::string_view>;
using Own = KnownExport::Own;

// English first, then API and logical names, then the labels of Dynamics 365 in German, French,
// Spanish, Italian and Dutch. Folded: letters and digits, small, without accents.
constexpr std::string_view ids[] = {"dealid", "opportunityid", "recordid",   "id",
                                    "leadid", "potentialid",   "hsobjectid", "leadnumber",
                                    "guid",   "externalid"};
constexpr std::string_view deal_names[] = {
    "topic",          "dealname",    "opportunityname", "dealtitle",   "opportunitytitle",
    "potentialname",  "subject",     "thema",           "betreff",     "sujet",
    "tema",           "argomento",   "onderwerp",       "opportunity", "deal",
    "verkaufschance", "opportunite", "oportunidad",     "opportunita", "verkoopkans",
    "name",           "title"};
constexpr std::string_view companies[] = {"companyname",
                                          "companyaccount",
                                          "company",
                                          "accountname",
                                          "associatedcompany",
                                          "associatedcompanynames",
                                          "organizationname",
                                          "organisationname",
                                          "potentialcustomer",
                                          "account",
                                          "customername",
                                          "customer",
                                          "organization",
                                          "parentaccountidformatted",
                                          "customeridvalueformatted",
                                          "parentaccountidvalueformatted",
                                          "customeridname",
                                          "parentaccountidname",
                                          "firmenname",
                                          "namederfirma",
                                          "firma",
                                          "unternehmen",
                                          "kunde",
                                          "potenziellerkunde",
                                          "nomdelasociete",
                                          "societe",
                                          "compte",
                                          "clientpotentiel",
                                          "entreprise",
                                          "nombredelacompania",
                                          "empresa",
                                          "cuenta",
                                          "clientepotencial",
                                          "nomesocieta",
                                          "azienda",
                                          "cliente",
                                          "bedrijfsnaam",
                                          "bedrijf",
                                          "klant",
                                          "dealorganization",
                                          "relatedaccount",
                                          "relatedcompany",
                                          "primarycompany",
                                          "salesaccount",
                                          "prospect",
                                          "clientname",
                                          "client",
                                          "kundenname"};
constexpr std::string_view first_names[] = {"firstname", "contactfirstname", "givenname",
                                            "vorname",   "prenom",           "nombre",
                                            "nome",      "voornaam"};
constexpr std::string_view last_names[] = {
    "lastname",     "contactlastname", "surname",   "familyname", "nachname",  "nom",
    "nomdefamille", "apellido",        "apellidos", "cognome",    "achternaam"};
constexpr std::string_view full_names[] = {
    "fullname",       "contactname",  "personname",        "contactperson",   "associatedcontact",
    "primarycontact", "contact",      "vollstandigername", "ansprechpartner", "nomcomplet",
    "nombrecompleto", "nomecompleto", "volledigenaam"};
constexpr std::string_view job_titles[] = {
    "jobtitle",          "personjobtitle", "title",  "position",  "stellung",
    "berufsbezeichnung", "fonction",       "puesto", "qualifica", "functie"};
constexpr std::string_view emails[] = {"email",
                                       "emailaddress",
                                       "emailaddress1",
                                       "personemail",
                                       "personemailwork",
                                       "contactemail",
                                       "workemail",
                                       "mail",
                                       "emailadresse",
                                       "adresseemail",
                                       "adressedemessagerie",
                                       "courriel",
                                       "correoelectronico",
                                       "postaelettronica",
                                       "emailadres"};
constexpr std::string_view phones[] = {"businessphone",
                                       "phone",
                                       "phonenumber",
                                       "telephone1",
                                       "mainphone",
                                       "personphone",
                                       "personphonework",
                                       "workphone",
                                       "telephone",
                                       "mobilephone",
                                       "mobile",
                                       "telefongeschaftlich",
                                       "geschaftstelefon",
                                       "telefon",
                                       "telefonnummer",
                                       "telephoneprofessionnel",
                                       "telefonodeltrabajo",
                                       "telefono",
                                       "telefonoufficio",
                                       "telefoonzakelijk",
                                       "telefoon"};
constexpr std::string_view streets[] = {"street1",
                                        "addressline1",
                                        "address1street1",
                                        "address1line1",
                                        "street",
                                        "billingstreet",
                                        "mailingstreet",
                                        "accountbillingstreet",
                                        "streetaddress",
                                        "address",
                                        "addressstreet",
                                        "organizationaddress",
                                        "strasse1",
                                        "strasse",
                                        "adresse1strasse1",
                                        "rue1",
                                        "rue",
                                        "calle1",
                                        "calle",
                                        "via1",
                                        "indirizzo1",
                                        "straat1",
                                        "straat"};
constexpr std::string_view streets2[] = {"street2",       "addressline2", "address1street2",
                                         "address1line2", "strasse2",     "rue2",
                                         "calle2",        "via2",         "straat2"};
constexpr std::string_view cities[] = {
    "city",        "address1city", "billingcity", "mailingcity", "accountbillingcity",
    "addresscity", "town",         "ort",         "stadt",       "adresse1ort",
    "ville",       "ciudad",       "citta",       "plaats"};
constexpr std::string_view states[] = {"stateprovince",
                                       "stateorprovince",
                                       "state",
                                       "address1stateprovince",
                                       "address1stateorprovince",
                                       "billingstate",
                                       "billingstateprovince",
                                       "mailingstate",
                                       "accountbillingstate",
                                       "stateregion",
                                       "addressstate",
                                       "province",
                                       "region",
                                       "bundesland",
                                       "bundeslandkanton",
                                       "departementregion",
                                       "estadooprovincia",
                                       "provincia"};
constexpr std::string_view postal_codes[] = {"zippostalcode",
                                             "postalcode",
                                             "zip",
                                             "zipcode",
                                             "address1zippostalcode",
                                             "address1postalcode",
                                             "billingpostalcode",
                                             "billingzippostalcode",
                                             "mailingpostalcode",
                                             "accountbillingpostalcode",
                                             "addresszipcode",
                                             "postcode",
                                             "addresspostcode",
                                             "addresspostalcode",
                                             "plz",
                                             "postleitzahl",
                                             "codepostal",
                                             "codigopostal",
                                             "cap",
                                             "postcode"};
constexpr std::string_view countries[] = {"countryregion",
                                          "country",
                                          "address1countryregion",
                                          "address1country",
                                          "billingcountry",
                                          "mailingcountry",
                                          "accountbillingcountry",
                                          "countrycode",
                                          "addresscountry",
                                          "addresscountryregionisocode",
                                          "addresscountryregionid",
                                          "organizationcountryofaddress",
                                          "landregion",
                                          "land",
                                          "paysregion",
                                          "pays",
                                          "paisoregion",
                                          "pais",
                                          "paese",
                                          "landregio"};
constexpr std::string_view employees[] = {
    "noofemployees",        "numberofemployees", "employees",         "employeecount",
    "anzahldermitarbeiter", "mitarbeiterzahl",   "anzahlmitarbeiter", "nombredesalaries",
    "nombredemployes",      "effectif",          "numerodeempleados", "ndiempleados",
    "numerodipendenti",     "aantalwerknemers",  "mitarbeiter"};
constexpr std::string_view notes[] = {"description", "dealdescription", "leaddescription",
                                      "notes",       "beschreibung",    "descripcion",
                                      "descrizione", "beschrijving"};
// Not "revenue" and "umsatz", which are what the customer turns over in a year.
constexpr std::string_view values[] = {"estvalue",
                                       "estimatedvalue",
                                       "estimatedamount",
                                       "estrevenue",
                                       "estimatedrevenue",
                                       "dealvalue",
                                       "dealamount",
                                       "amount",
                                       "leadvalue",
                                       "opportunityvalue",
                                       "opportunityamount",
                                       "valueformatted",
                                       "value",
                                       "budgetamount",
                                       "opportunitysize",
                                       "dealsize",
                                       "contractvalue",
                                       "totalcontractvalue",
                                       "expectedvalue",
                                       "expectedrevenue",
                                       "erwarteterumsatz",
                                       "erwarteterwert",
                                       "geschatzterwert",
                                       "geschwert",
                                       "geschatzterumsatz",
                                       "geschumsatz",
                                       "betrag",
                                       "wert",
                                       "valeurestimee",
                                       "chiffredaffairesestime",
                                       "montant",
                                       "revenusestimes",
                                       "revenuestime",
                                       "caestime",
                                       "valorestimado",
                                       "ingresosestimados",
                                       "importe",
                                       "valorestimato",
                                       "ricavistimati",
                                       "importo",
                                       "geschattewaarde",
                                       "geschatteomzet",
                                       "bedrag"};
constexpr std::string_view currencies[] = {"currency",
                                           "currencycode",
                                           "currencyisocode",
                                           "isocurrencycode",
                                           "dealcurrencyofvalue",
                                           "dealcurrencycode",
                                           "amountcurrency",
                                           "transactioncurrencyidvalueformatted",
                                           "opportunitycurrency",
                                           "valuecurrency",
                                           "dealcurrency",
                                           "currencyname",
                                           "currencyid",
                                           "wahrung",
                                           "waehrung",
                                           "devise",
                                           "moneda",
                                           "divisa",
                                           "valuta"};
constexpr std::string_view close_dates[] = {
    "estclosedate",          "estimatedclosedate",
    "estimatedclosingdate",  "closedate",
    "closingdate",           "expectedclosedate",
    "expectedclosingdate",   "expectedclosing",
    "expectedclose",         "expectedenddate",
    "projectedclosedate",    "decisiondate",
    "dealexpectedclosedate", "forecastclosedate",
    "voraussabschlussdatum", "voraussichtlichesabschlussdatum",
    "geschabschlussdatum",   "geschatztesabschlussdatum",
    "abschlussdatum",        "schlusstermin",
    "dateconclusionestimee", "datedefermetureestimee",
    "datedecloture",         "fechadecierreestimada",
    "fechadecierreest",      "fechadecierre",
    "datadichiusurastimata", "datachiusurastimata",
    "datadichiusura",        "geschattesluitingsdatum",
    "sluitingsdatum"};
constexpr std::string_view statuses[] = {"statusreason",
                                         "stagename",
                                         "dealstage",
                                         "stage",
                                         "leadstatus",
                                         "status",
                                         "statuscode",
                                         "statecode",
                                         "dealstatus",
                                         "opportunitystate",
                                         "statusgrund",
                                         "raisondustatut",
                                         "razonparaelestado",
                                         "motivostato",
                                         "statusreden",
                                         "salesstage",
                                         "opportunitystage",
                                         "pipelinestage",
                                         "opportunitystatus",
                                         "statuslabel",
                                         "salesphase",
                                         "phase",
                                         "verkaufsphase",
                                         "vertriebsphase",
                                         "etapa",
                                         "fase"};
constexpr std::string_view owners[] = {"owner",        "owneridformatted", "owneridvalueformatted",
                                       "dealowner",    "opportunityowner", "leadowner",
                                       "ownername",    "ownerfullname",    "besitzer",
                                       "proprietaire", "propietario",      "proprietario",
                                       "eigenaar"};
constexpr std::string_view owner_emails[] = {"owneremail", "dealowneremail", "owneremailaddress"};

// Parts of names of columns about consent, in the same languages.
constexpr std::string_view consents[] = {
    "consent",        "consens",        "optin",      "optedin",     "optout",
    "optedout",       "donotcontact",   "donotcall",  "donotallow",  "donotemail",
    "donotphone",     "donotmail",      "donotbulk",  "unsubscribe", "gdpr",
    "legalbasis",     "permission",     "privacy",    "dsgvo",       "einwilligung",
    "zustimmung",     "einverstan",     "nichtzulas", "datenschutz", "rgpd",
    "nepasautoriser", "consentimiento", "nopermitir", "toestemming", "niettoestaan"};

constexpr auto role_count = static_cast<std::size_t>(Role::count_);
constexpr std::array<Names, role_count> names_by_role{
    Names{ids},        Names{deal_names},   Names{companies},   Names{first_names},
    Names{last_names}, Names{full_names},   Names{job_titles},  Names{emails},
    Names{phones},     Names{streets},      Names{streets2},    Names{cities},
    Names{states},     Names{postal_codes}, Names{countries},   Names{employees},
    Names{notes},      Names{values},       Names{currencies},  Names{close_dates},
    Names{statuses},   Names{owners},       Names{owner_emails}};

constexpr std::string_view dynamics_lead[] = {"donotmodifylead"};
constexpr std::string_view dynamics_opportunity[] = {"donotmodifyopportunity"};
constexpr std::string_view logical_lead[] = {"leadid", "subject"};
constexpr std::string_view logical_opportunity[] = {"opportunityid", "estimatedvalue"};
constexpr std::string_view synapse_lead[] = {"leadid", "subject", "sinkmodifiedon"};
constexpr std::string_view synapse_opportunity[] = {"opportunityid", "estimatedvalue",
                                                    "sinkmodifiedon"};
constexpr std::string_view salesforce_lead[] = {"id", "company", "lastname", "leadsource"};
constexpr std::string_view salesforce_opportunity[] = {"id", "name", "stagename", "closedate"};
constexpr std::string_view salesforce_report[] = {"opportunityname", "accountname", "stage"};
constexpr std::string_view close_opportunity[] = {"id", "leadid", "leadname", "statuslabel"};
constexpr std::string_view hubspot_deal[] = {"recordid", "dealname", "dealstage"};
constexpr std::string_view pipedrive_deal[] = {"dealid", "dealtitle"};

// "Name" of a lead is a person's, and "Title" a profession.
constexpr Own salesforce_lead_own[] = {
    {Role::id, "id"}, {Role::name, ""}, {Role::full_name, "name"}, {Role::job_title, "title"}};
constexpr Own salesforce_opportunity_own[] = {{Role::id, "id"}, {Role::name, "name"}};
constexpr Own hubspot_own[] = {{Role::id, "recordid"},
                               {Role::name, "dealname"},
                               {Role::company, "associatedcompanyprimary"},
                               {Role::company, "associatedcompanynamesprimary"},
                               {Role::company, "associatedcompany"}};
// What Close calls a lead is the customer, and its opportunities have no names.
constexpr Own close_own[] = {{Role::id, "id"},
                             {Role::name, ""},
                             {Role::company, "leadname"},
                             {Role::full_name, "contactname"}};
// A lost deal keeps its stage.
constexpr Own pipedrive_own[] = {
    {Role::id, "dealid"}, {Role::name, "dealtitle"}, {Role::status, "dealstatus"}};
constexpr Own logical_lead_own[] = {{Role::id, "leadid"}, {Role::name, "subject"}};
constexpr Own logical_opportunity_own[] = {{Role::id, "opportunityid"}, {Role::name, "name"}};

// Reports of Salesforce have ids of 15 characters, which are other ids.
constexpr std::string_view salesforce_id = "^[0-9A-Za-z]{18}$";
// Not 2.70402E+13, which a spreadsheet makes of long ones.
constexpr std::string_view digits = "^[0-9]+$";

constexpr KnownExport exports[] = {
    {"Synapse Link leads", "synapse-lead.yaml", synapse_lead, logical_lead_own},
    {"Synapse Link opportunities", "synapse-opportunity.yaml", synapse_opportunity,
     logical_opportunity_own},
    {"Dynamics 365 leads", "dynamics-lead.yaml", dynamics_lead, {}},
    {"Dynamics 365 opportunities", "dynamics-opportunity.yaml", dynamics_opportunity, {}},
    {"Dynamics 365 leads, by logical names", "dynamics-lead-logical.yaml", logical_lead,
     logical_lead_own},
    {"Dynamics 365 opportunities, by logical names", "dynamics-opportunity-logical.yaml",
     logical_opportunity, logical_opportunity_own},
    {"Salesforce opportunities", "salesforce-opportunity.yaml", salesforce_opportunity,
     salesforce_opportunity_own, salesforce_id},
    {"a report of Salesforce opportunities",
     "salesforce-opportunity.yaml",
     salesforce_report,
     {},
     salesforce_id},
    {"Salesforce leads", "salesforce-lead.yaml", salesforce_lead, salesforce_lead_own,
     salesforce_id},
    {"Close opportunities", {}, close_opportunity, close_own},
    {"HubSpot deals", "hubspot-deal.yaml", hubspot_deal, hubspot_own, digits, true},
    {"Pipedrive deals", "pipedrive-deal.yaml", pipedrive_deal, pipedrive_own, digits},
};

}  // namespace

Names names_of(Role role) {
  return names_by_role[static_cast<std::size_t>(role)];
}

bool speaks_of_consent(std::string_view folded) {
  return std::ranges::any_of(
      consents, [&](std::string_view part) { return folded.find(part) != std::string_view::npos; });
}

std::span<const KnownExport> known_exports() {
  return exports;
}

}  // namespace referrald::mapping
