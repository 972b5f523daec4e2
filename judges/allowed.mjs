// What graphql-eslint finds and we leave as it is, one by one, with the reason. docs/development.md says the same.
const OWN_WORD = 'the word of the glossary; the table, the commands and the settings have it too';

export const allowed = [
  { rule: 'no-typename-prefix', about: '"paymentDate" starts with the name of the parent type "Payment"', reason: OWN_WORD },
  { rule: 'no-typename-prefix', about: '"refundDate" starts with the name of the parent type "Refund"', reason: OWN_WORD },
  { rule: 'no-typename-prefix', about: '"schedule" starts with the name of the parent type "Schedule"', reason: OWN_WORD },
  { rule: 'relay-edge-types', about: "Edge type's field `node` must implement `Node` interface", reason: 'a mismatch is a value of two rows and has no id' },
];
