import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'build/schema.graphql',
  documents: ['documents/*.graphql'],
  generates: {
    'build/client/': {
      preset: 'client',
      config: {
        strictScalars: true,
        scalars: { CurrencyCode: 'string', Date: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown', URL: 'string' },
      },
    },
  },
};

export default config;
