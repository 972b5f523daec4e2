// What schemas should look like, in the eyes of graphql-eslint: its recommended rules and those of Relay.
import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;

export default [
  {
    files: ['build/linted.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: 'build/linted.graphql' } } },
    rules: {
      ...recommended,
      ...relay,
      // Lists of values are plain, and connections have `nodes` beside `edges`.
      '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
      // `paymentDate` of a payment is the glossary's word.
      '@graphql-eslint/no-typename-prefix': 'off',
      // Values without an identity of their own have no id: see docs/api.md.
      '@graphql-eslint/strict-id-in-types': 'off',
      '@graphql-eslint/require-description': [
        'error',
        { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true, DirectiveDefinition: true },
      ],
    },
  },
];
