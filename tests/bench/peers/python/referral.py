"""From a row of a Dynamics 365 lead export to a private deal, as tests/bench/leads-mapping.yaml says."""

COUNTRIES = {
    "United States": "US", "USA": "US", "Germany": "DE", "United Kingdom": "GB",
    "Côte d'Ivoire": "CI", "Japan": "JP", "Sweden": "SE",
}
SIZES = (
    (9, "1to9employees"), (50, "10to50employees"), (250, "51to250employees"),
    (1000, "251to1000employees"), (5000, "1001to5000employees"),
    (10000, "5001to10000employees"), (20000, "10001to20000employees"),
)
INVISIBLE = " \t\r\n\u200b\ufeff"


def is_meant(row):
    return row["Status Reason"] in ("Qualified", "Contacted")


def referral_of(row):
    cell = {column: text.strip(INVISIBLE) for column, text in row.items()}
    month, day, year = cell["Est. Close Date"].split("/")
    requirements = {
        "additionalRequirements": {
            "attributes": [{"type": "CustomerMarketplaceIntent", "id": "HaveNotDecided"}],
        },
    }
    if solution := cell["Solution Id"]:
        requirements["solutions"] = [{"type": "Name", "id": solution}]
    return filled({
        "externalReferenceId": cell["(Do Not Modify) Lead"],
        "name": cell["Topic"][:200],
        "qualification": "SalesQualified",
        "customerProfile": filled({
            "name": cell["Company Name"],
            "size": size_of(cell["No. of Employees"]),
            "address": filled({
                "addressLine1": cell["Street 1"],
                "city": cell["City"],
                "state": cell["State/Province"],
                "postalCode": cell["ZIP/Postal Code"],
                "country": COUNTRIES[cell["Country/Region"]],
            }),
            "team": [filled({
                "firstName": cell["First Name"],
                "lastName": cell["Last Name"],
                "email": cell["Email"],
                "phoneNumber": cell["Business Phone"],
            })],
        }),
        "consent": {
            "consentToToShareInfoWithOthers": True,
            "consentToContact": True,
            "consentToShareReferralWithMicrosoftSellers": False,
        },
        "details": filled({
            "notes": cell["Description"][:4000],
            "dealValue": number_of(cell["Est. Value"]),
            "currency": cell["Currency"] or "USD",
            "closingDateTime": f"{year}-{month}-{day}T00:00:00Z",
            "requirements": requirements,
        }),
        "type": "Independent",
        "target": [],
    })


def patch_of(referral):
    """What may change of a referral that exists, as a JSON Patch."""
    return [
        {"op": "replace", "path": "/" + member, "value": referral[member]}
        for member in ("name", "details")
        if member in referral
    ]


def size_of(employees):
    if not employees:
        return ""
    count = int(employees)
    return next((size for most, size in SIZES if count <= most), "Morethan20000employees")


def number_of(text):
    value = float(text)
    return int(value) if value.is_integer() else value


def filled(members):
    return {name: value for name, value in members.items() if value != ""}
