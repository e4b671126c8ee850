// From a row of a Dynamics 365 lead export to a private deal, as tests/bench/leads-mapping.yaml says.

const countries = new Map([
  ['United States', 'US'],
  ['USA', 'US'],
  ['Germany', 'DE'],
  ['United Kingdom', 'GB'],
  ["Côte d'Ivoire", 'CI'],
  ['Japan', 'JP'],
  ['Sweden', 'SE'],
]);
const sizes = [
  [9, '1to9employees'],
  [50, '10to50employees'],
  [250, '51to250employees'],
  [1000, '251to1000employees'],
  [5000, '1001to5000employees'],
  [10000, '5001to10000employees'],
  [20000, '10001to20000employees'],
];
const invisible = /^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g;

export function isMeant(row) {
  return row['Status Reason'] === 'Qualified' || row['Status Reason'] === 'Contacted';
}

export function referralOf(row) {
  const cell = (column) => row[column].replace(invisible, '') || undefined;
  const country = countries.get(cell('Country/Region'));
  if (!country) throw new Error(`no code for the country of ${cell('(Do Not Modify) Lead')}`);
  const [month, day, year] = cell('Est. Close Date').split('/');
  const solution = cell('Solution Id');
  return {
    externalReferenceId: cell('(Do Not Modify) Lead'),
    name: truncated(cell('Topic'), 200),
    qualification: 'SalesQualified',
    customerProfile: {
      name: cell('Company Name'),
      size: sizeOf(cell('No. of Employees')),
      address: {
        addressLine1: cell('Street 1'),
        city: cell('City'),
        state: cell('State/Province'),
        postalCode: cell('ZIP/Postal Code'),
        country,
      },
      team: [
        {
          firstName: cell('First Name'),
          lastName: cell('Last Name'),
          email: cell('Email'),
          phoneNumber: cell('Business Phone'),
        },
      ],
    },
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: false,
    },
    details: {
      notes: truncated(cell('Description'), 4000),
      dealValue: Number(cell('Est. Value')),
      currency: cell('Currency') ?? 'USD',
      closingDateTime: `${year}-${month}-${day}T00:00:00Z`,
      requirements: {
        solutions: solution && [{ type: 'Name', id: solution }],
        additionalRequirements: {
          attributes: [{ type: 'CustomerMarketplaceIntent', id: 'HaveNotDecided' }],
        },
      },
    },
    type: 'Independent',
    target: [],
  };
}

// What may change of a referral that exists, as a JSON Patch.
export function patchOf(referral) {
  return ['name', 'details']
    .filter((member) => referral[member] !== undefined)
    .map((member) => ({ op: 'replace', path: `/${member}`, value: referral[member] }));
}

function sizeOf(employees) {
  if (employees === undefined) return undefined;
  const count = Number(employees);
  return sizes.find(([most]) => count <= most)?.[1] ?? 'Morethan20000employees';
}

// By code points, as the service counts.
function truncated(text, most) {
  return text === undefined || text.length <= most ? text : [...text].slice(0, most).join('');
}
