// What schemas should look like, in the eyes of graphql-eslint: its recommended rules and those of Relay, and a description everywhere.
import { readFileSync } from 'node:fs';
import graphql from '@graphql-eslint/eslint-plugin';
import { buildSchema, isObjectType } from 'graphql';

const FILE = 'build/schema.graphql';
const schema = buildSchema(readFileSync(FILE, 'utf8'));
const nodes = schema.getPossibleTypes(schema.getType('Node'));
const values = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !nodes.includes(type));

export default [
  {
    files: [FILE],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: FILE } } },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Lists other than edges: pages of a list have `nodes` beside `edges`, and values stand in plain lists.
      '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
      // Values without an identity of their own have no id: every type that is no Node.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { acceptedIdNames: ['id'], acceptedIdTypes: ['ID'], exceptions: { types: values.map((type) => type.name) } },
      ],
      '@graphql-eslint/require-description': [
        'error',
        { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true, DirectiveDefinition: true },
      ],
    },
  },
];
